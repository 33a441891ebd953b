/* SPDX-License-Identifier: MIT */
/*
 * The three limits of one user. A window slides in steps of a three-hundredth of its span, so that its
 * memory does not grow with the requests. Who comes back before the time that was told is refused again,
 * and for longer.
 */
#include "org/reality_parts.h"

#include "base/limits.h"

#include "base/banned.h"

#define SECOND_MS 1000

static int64_t step_of(const struct window *w, int64_t now)
{
	return now / (int64_t)(w->span / WINDOW_STEPS);
}

static void window_add(struct window *w, int64_t now, uint64_t n)
{
	int64_t step = step_of(w, now);
	size_t i = (size_t)(step % WINDOW_STEPS);

	if (w->steps[i].step != step) {
		w->steps[i].step = step;
		w->steps[i].n = 0;
	}
	w->steps[i].n += n;
}

/* What will still count at `step` of what counts now. */
static uint64_t window_sum(const struct window *w, int64_t step)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < WINDOW_STEPS; i++) {
		if (w->steps[i].step > step - WINDOW_STEPS)
			sum += w->steps[i].n;
	}
	return sum;
}

/* Milliseconds until less than `limit` counts. */
static uint64_t window_wait(const struct window *w, int64_t now, uint64_t limit)
{
	int64_t width = (int64_t)(w->span / WINDOW_STEPS);
	int64_t step = step_of(w, now);
	int64_t last = step + WINDOW_STEPS;

	while (step < last && window_sum(w, step) >= limit)
		step++;
	return step * width > now ? (uint64_t)(step * width - now) : 0;
}

/* 1,200,000 */
static struct str grouped(struct arena *a, uint64_t n)
{
	struct str digits = str_fmt(a, "%llu", (unsigned long long)n);
	DEFER(buf_release) struct buf b = buf_make(0);

	for (size_t i = 0; i < digits.n; i++) {
		if (i > 0 && (digits.n - i) % 3 == 0)
			buf_add_char(&b, ',');
		buf_add_char(&b, digits.p[i]);
	}
	return str_dup(a, buf_str(&b));
}

struct usages usages_make(struct arena *a, const struct limits *l)
{
	unsigned long long requests_span = l->requests_span / SECOND_MS;
	unsigned long long work_span = l->work_span / SECOND_MS;
	struct usages all = { .arena = a, .limits = l };

	/* facts/webapi.md 3.5 */
	all.reasons[FACET_REQUESTS] = str_cstr(
		a, str_fmt(a,
			   "Number of requests exceeded the limit of %llu over time window of "
			   "%llu seconds.",
			   (unsigned long long)l->requests, requests_span));
	all.reasons[FACET_WORK] = str_cstr(
		a, str_fmt(a,
			   "Combined execution time of incoming requests exceeded limit of %.*s "
			   "milliseconds over time window of %llu seconds. Decrease number of "
			   "concurrent requests or reduce the duration of requests and try again "
			   "later.",
			   STR_ARG(grouped(a, l->work)), work_span));
	all.reasons[FACET_CONCURRENT] =
		str_cstr(a, str_fmt(a, "Number of concurrent requests exceeded the limit of %llu.",
				    (unsigned long long)l->concurrent));
	return all;
}

/* The one that was not heard of for the longest time and waits for nothing. */
static struct usage *oldest(struct usages *all)
{
	struct usage *found = NULL;

	for (size_t i = 0; i < all->all.n; i++) {
		struct usage *u = all->all.p[i];

		if (u->running == 0 && (!found || u->seen < found->seen))
			found = u;
	}
	return found;
}

struct usage *usages_of(struct usages *all, struct guid user, int64_t now)
{
	struct usage *u = NULL;

	for (size_t i = 0; i < all->all.n; i++) {
		if (guid_eq(all->all.p[i]->user, user)) {
			all->all.p[i]->seen = now;
			return all->all.p[i];
		}
	}
	if (all->all.n >= LIMIT_RATE_USERS)
		u = oldest(all);
	if (!u) {
		u = arena_new(all->arena, struct usage);
		*VEC_PUSH(all->arena, &all->all) = u;
	}
	*u = (struct usage){ .user = user,
			     .seen = now,
			     .requests = { .span = all->limits->requests_span },
			     .work = { .span = all->limits->work_span } };
	/* no step of all time is before the first */
	for (size_t i = 0; i < WINDOW_STEPS; i++)
		u->requests.steps[i].step = u->work.steps[i].step = INT64_MIN;
	return u;
}

/* False: this facet has room. *wait: milliseconds until it has. */
static bool exceeds(const struct usages *all, const struct usage *u, enum facet facet, int64_t now,
		    uint64_t *wait)
{
	const struct limits *l = all->limits;

	switch (facet) {
	case FACET_REQUESTS:
		*wait = window_wait(&u->requests, now, l->requests);
		return l->requests &&
		       window_sum(&u->requests, step_of(&u->requests, now)) >= l->requests;
	case FACET_WORK:
		*wait = window_wait(&u->work, now, l->work);
		return l->work && window_sum(&u->work, step_of(&u->work, now)) >= l->work;
	case FACET_CONCURRENT:
		*wait = SECOND_MS;
		return l->concurrent && u->running >= l->concurrent;
	}
	return false;
}

static struct verdict refuse(const struct usages *all, struct usage *u, enum facet facet,
			     int64_t now, uint64_t wait)
{
	static const uint32_t codes[] = { [FACET_REQUESTS] = 0x80072322u,
					  [FACET_WORK] = 0x80072321u,
					  [FACET_CONCURRENT] = 0x80072326u };
	uint64_t span = facet == FACET_WORK ? all->limits->work_span : all->limits->requests_span;
	uint64_t most = (span + SECOND_MS - 1) / SECOND_MS;
	uint64_t seconds = (wait + SECOND_MS - 1) / SECOND_MS;

	seconds = (seconds ? seconds : 1) * (1 + u->pushes++);
	seconds = seconds < most ? seconds : most;
	u->facet = facet;
	/* too many at once is over as soon as some of them are */
	u->blocked = facet == FACET_CONCURRENT ? now : now + (int64_t)(seconds * SECOND_MS);
	return (struct verdict){ .effect = EFFECT_THROTTLE,
				 .status = 429,
				 .retry_after = (int)seconds,
				 .code = codes[facet],
				 .reason = all->reasons[facet] };
}

bool usages_take(struct usages *all, struct usage *u, int64_t now, struct verdict *refused)
{
	uint64_t wait;

	if (now < u->blocked) {
		*refused = refuse(all, u, u->facet, now, (uint64_t)(u->blocked - now));
		return false;
	}
	for (int i = FACET_REQUESTS; i <= FACET_CONCURRENT; i++) {
		if (exceeds(all, u, (enum facet)i, now, &wait)) {
			*refused = refuse(all, u, (enum facet)i, now, wait);
			return false;
		}
	}
	u->pushes = 0;
	u->running++;
	window_add(&u->requests, now, 1);
	return true;
}

void usages_leave(struct usage *u, int64_t now, uint64_t worked)
{
	if (u->running > 0)
		u->running--;
	window_add(&u->work, now, worked);
}

static uint64_t left(uint64_t limit, const struct window *w, int64_t now)
{
	uint64_t used = window_sum(w, step_of(w, now));

	return used < limit ? limit - used : 0;
}

uint64_t usages_requests_left(const struct usages *all, const struct usage *u, int64_t now)
{
	return left(all->limits->requests, &u->requests, now);
}

uint64_t usages_work_left(const struct usages *all, const struct usage *u, int64_t now)
{
	return left(all->limits->work, &u->work, now);
}
