/* SPDX-License-Identifier: MIT */
/*
 * Two budgets of a sliding window, and a width. Everything errs on the side of the service: what is in flight counts as
 * used, what a header tells is taken as of the moment when its request was sent, and a limit that seems to have
 * become smaller is believed at once, one that seems larger only by and by.
 */
#include "remote/pace.h"

#include <math.h>
#include <string.h>

#include "dv/service_code.h"

#include "base/banned.h"

#define SECOND_MS 1000
#define HORIZON_S 60 /* over which what is left is spread */
#define NEAREST_S 2  /* shorter moments are what the margin is for */
#define SCARCE 4     /* spread from a quarter of the window on */
#define MARGIN 50    /* a fiftieth of the window is never used */
#define LONGEST_INTERVAL_MS 5000
#define SPAN_LEAST_S 3 /* no window is believed to be shorter */
#define GROWTH 0.5 /* of one, by as many answers as are in flight; one by each before any refusal */
#define BELIEF 8   /* the part of a limit's growth that is believed at once */
#define LEARNED_GROWTH 400 /* a limit that was learned from a 429 is tried out by so many-th */
#define LEARNED_LEAST_REQUESTS 600
#define LEARNED_LEAST_MS 120000
#define BACKOFF_MS 1000 /* of a 429 that tells no Retry-After */
#define BACKOFF_DOUBLINGS 5

struct pace pace_make(struct pace_options o)
{
	struct pace p = { .options = o, .sent_at = -1, .began = -1, .span = PACE_WINDOW };

	if (p.options.most == 0)
		p.options.most = PACE_MOST;
	p.width = o.fixed ? o.fixed : PACE_FIRST;
	p.halved_at = INT64_MIN;
	return p;
}

static double ceiling(const struct pace *p)
{
	double c = p->hint ? PACE_BEYOND * p->hint : PACE_UNHINTED;

	if (p->options.fixed)
		c = p->options.fixed;
	if (p->cap > 0 && c > p->cap)
		c = p->cap;
	if (c > p->options.most)
		c = p->options.most;
	return c < 1 ? 1 : c;
}

unsigned pace_width(const struct pace *p)
{
	double most = ceiling(p);

	return (unsigned)(p->width < most ? p->width : most);
}

static int64_t *step_at(struct pace_budget *b, int64_t step)
{
	return &b->steps[(size_t)(step % PACE_STEPS)];
}

static void begin_step(struct pace *p, struct pace_budget *b)
{
	int64_t leaving = p->step - p->span - 1;

	if (leaving >= 0)
		b->used -= *step_at(b, leaving);
	*step_at(b, p->step) = 0;
}

/* What is older than the window is used no more. */
static void advance(struct pace *p, int64_t now)
{
	int64_t step = now / SECOND_MS;

	if (step - p->step > PACE_STEPS) { /* all have left it */
		memset(p->requests.steps, 0, sizeof(p->requests.steps));
		memset(p->work.steps, 0, sizeof(p->work.steps));
		p->requests.used = p->work.used = 0;
		p->step = step;
	}
	while (p->step < step) {
		p->step++;
		begin_step(p, &p->requests);
		begin_step(p, &p->work);
	}
}

/* What was used in the last seconds, so many of them. */
static int64_t newest(const struct pace *p, const struct pace_budget *b, int64_t seconds)
{
	int64_t sum = 0;

	for (int64_t i = 0; i < seconds && i < PACE_STEPS && i <= p->step; i++)
		sum += b->steps[(size_t)((p->step - i) % PACE_STEPS)];
	return sum;
}

/* What leaves the window in so many seconds. */
static int64_t falling(const struct pace *p, const struct pace_budget *b, int64_t seconds)
{
	int64_t step = p->step + seconds - p->span - 1;

	return step >= 0 && step <= p->step ? b->steps[(size_t)(step % PACE_STEPS)] : 0;
}

/*
 * Requests a second so that what is left now and what becomes free meanwhile last, at each moment until the horizon.
 * False: there is plenty, or nothing is known.
 */
static bool is_scarce(const struct pace *p, const struct pace_budget *b, double cost, double *rate)
{
	if (b->limit == 0)
		return false;

	int64_t most = b->most > b->limit ? b->most : b->limit;
	int64_t nearest = (int64_t)p->took_ms / SECOND_MS;
	int64_t margin = b->limit / MARGIN, scarce = most / SCARCE;
	double left = (double)(b->limit - b->used - margin) - p->in_flight * cost;

	if (left >= (double)scarce)
		return false;
	nearest = nearest < NEAREST_S ? NEAREST_S : nearest < HORIZON_S ? nearest : HORIZON_S;
	*rate = INFINITY;
	for (int64_t s = 1; s <= HORIZON_S; s++) {
		left += (double)falling(p, b, s);
		if (s >= nearest && left / (double)s < *rate)
			*rate = left / (double)s;
	}
	*rate /= cost;
	return true;
}

static int64_t interval(const struct pace *p)
{
	double cost = p->took_ms > 1 ? p->took_ms : 1;
	double wanted = SECOND_MS * (double)pace_width(p) / cost;
	double allowed = wanted, rate;
	/* what nothing is left for is tried now and then: others may have stopped */
	double longest = 2 * cost > LONGEST_INTERVAL_MS ? 2 * cost : LONGEST_INTERVAL_MS;

	if (is_scarce(p, &p->requests, 1, &rate) && rate < allowed)
		allowed = rate;
	if (is_scarce(p, &p->work, cost, &rate) && rate < allowed)
		allowed = rate;
	if (allowed >= wanted)
		return 0;
	if (allowed <= SECOND_MS / longest)
		return (int64_t)longest;
	return (int64_t)(SECOND_MS / allowed + 0.5);
}

static void spread(struct pace *p)
{
	p->interval = interval(p);
	p->next_at = p->sent_at + p->interval;
}

int64_t pace_wait(const struct pace *p, int64_t now)
{
	int64_t until = p->quiet_until > p->next_at ? p->quiet_until : p->next_at;

	if (p->in_flight >= pace_width(p))
		return INT64_MAX;
	return now < until ? until - now : 0;
}

void pace_sent(struct pace *p, int64_t now)
{
	if (p->began < 0)
		p->began = now;
	p->sent_at = now;
	p->in_flight++;
	advance(p, now);
	spread(p);
}

static void ended(struct pace *p, int64_t now)
{
	assert(p->in_flight > 0);
	p->in_flight--;
	advance(p, now);
}

static void take_hint(struct pace *p, int64_t hint)
{
	if (hint <= 0 || p->options.fixed)
		return;

	bool first = p->hint == 0;

	p->hint = (unsigned)(hint < p->options.most ? hint : p->options.most);
	/* what came before it was a guess, unless it was too much already */
	if (first && p->halved_at == INT64_MIN)
		p->width = p->hint;
}

/* The headers say what was left at some moment since the request was sent. */
static void take_remaining(struct pace *p, struct pace_budget *b, int64_t remaining,
			   int64_t took_ms)
{
	if (remaining < 0)
		return;

	int64_t limit = remaining + b->used - newest(p, b, took_ms / SECOND_MS + 1);

	if (limit < 1)
		limit = 1;
	if (remaining > b->most)
		b->most = remaining;
	if (b->limit == 0 || limit < b->limit)
		b->limit = limit;
	else
		b->limit += (limit - b->limit + BELIEF - 1) / BELIEF;
}

static void set_span(struct pace *p, int64_t span)
{
	p->span = span;
	p->requests.used = newest(p, &p->requests, span + 1);
	p->work.used = newest(p, &p->work, span + 1);
}

/*
 * When clearly more is left than a window of that length would leave, it is shorter: as long as it takes to have used
 * what is missing. Requests are counted there as here; work is not.
 */
static void learn_span(struct pace *p, int64_t remaining)
{
	const struct pace_budget *b = &p->requests;
	int64_t slack = b->most / 20 + p->in_flight + 2;
	int64_t missing = b->most - remaining;
	int64_t sum = 0, s = 0;

	if (remaining < 0 || missing < 0)
		return;
	/* it cannot have been so short, unless others use it, too */
	if (p->span < PACE_WINDOW && missing > b->used + slack)
		set_span(p, PACE_WINDOW);
	if (missing + slack >= b->used)
		return;
	while (s < p->span && s <= p->step && sum < missing + slack)
		sum += b->steps[(size_t)((p->step - s++) % PACE_STEPS)];
	s = s > SPAN_LEAST_S ? s : SPAN_LEAST_S;
	if (s < p->span * 3 / 4)
		set_span(p, s);
}

/* A 429 names the limit, and no header does: the window holds what it has in it now. */
static void learn(struct pace_budget *b, int64_t least)
{
	int64_t limit = b->used > least ? b->used : least;

	b->limit = b->limit > 0 && b->limit < limit ? b->limit : limit;
}

static void learn_limit(struct pace *p, const struct pace_answer *a)
{
	if (a->code == SERVICE_CODE_REQUESTS && a->requests_remaining < 0)
		learn(&p->requests, LEARNED_LEAST_REQUESTS);
	if (a->code == SERVICE_CODE_WORK && a->time_remaining_ms < 0)
		learn(&p->work, LEARNED_LEAST_MS);
	if (a->code == SERVICE_CODE_CONCURRENT)
		p->cap = p->width * 3 / 4 > 1 ? p->width * 3 / 4 : 1;
}

static int64_t backoff(const struct pace *p)
{
	unsigned doublings = p->streak < BACKOFF_DOUBLINGS ? p->streak : BACKOFF_DOUBLINGS;

	return (int64_t)BACKOFF_MS << doublings;
}

static void throttled(struct pace *p, const struct pace_answer *a, int64_t now)
{
	p->throttled++;
	/* those that were on their way when the first was refused say nothing new */
	if (now - a->took_ms >= p->halved_at) {
		if (a->code != SERVICE_CODE_CONCURRENT)
			set_span(p, PACE_WINDOW);
		learn_limit(p, a);
		p->width = p->width / 2 > 1 ? p->width / 2 : 1;
		p->halved_at = now;
		p->streak++;
	}
	pace_hold(p, a->retry_after_ms >= 0 ? a->retry_after_ms : backoff(p), now);
}

static void add(const struct pace *p, struct pace_budget *b, int64_t n, bool told)
{
	b->steps[(size_t)(p->step % PACE_STEPS)] += n;
	b->used += n;
	if (b->limit == 0 || told)
		return;
	/* nothing tells when a learned limit has become larger, but trying */
	b->credit += n;
	b->limit += b->credit / LEARNED_GROWTH;
	b->credit %= LEARNED_GROWTH;
}

static void served(struct pace *p, const struct pace_answer *a)
{
	double weight = p->took_ms > 0 ? 0.125 : 1;

	p->streak = 0;
	add(p, &p->requests, 1, a->requests_remaining >= 0);
	add(p, &p->work, a->took_ms > 0 ? a->took_ms : 1, a->time_remaining_ms >= 0);
	p->took_ms += ((double)a->took_ms - p->took_ms) * weight;
	if (p->cap > 0)
		p->cap += 1 / p->cap / PACE_WINDOW;

	double most = ceiling(p);

	if (p->width < most)
		p->width += p->halved_at == INT64_MIN ? 1 : GROWTH / p->width;
	if (p->width > most)
		p->width = most;
}

void pace_answered(struct pace *p, const struct pace_answer *a, int64_t now)
{
	ended(p, now);
	learn_span(p, a->requests_remaining);
	take_remaining(p, &p->requests, a->requests_remaining, a->took_ms);
	take_remaining(p, &p->work, a->time_remaining_ms, a->took_ms);
	if (a->status == 429)
		throttled(p, a, now);
	else
		served(p, a);
	take_hint(p, a->hint);
	spread(p);
}

void pace_broken(struct pace *p, int64_t now)
{
	ended(p, now);
	if (p->width > 1)
		p->width -= p->width * 0.1 < p->width - 1 ? p->width * 0.1 : p->width - 1;
	spread(p);
}

void pace_unsent(struct pace *p, int64_t now)
{
	ended(p, now);
	spread(p);
}

void pace_hold(struct pace *p, int64_t ms, int64_t now)
{
	if (now + ms > p->quiet_until)
		p->quiet_until = now + ms;
}
