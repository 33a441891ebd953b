/* SPDX-License-Identifier: MIT */
/*
 * The pace against a simulated service, by a clock that is only a number: windows of requests and of work that slide
 * over 300 s, a limit of requests at once, refusals that become longer for who does not wait (facts/webapi.md 3.5;
 * the ceiling is that of facts/peers.md 3.3).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>

#include "dv/service_code.h"
#include "remote/pace.h"

#include "base/banned.h"

#define SPAN_MS 300000 /* unless the model says another */
#define FLIGHTS 128

struct model {
	const char *name;
	int64_t requests, work_ms, concurrent, hint;
	int64_t way_ms; /* there and back */
	int64_t request_ms, row_ms;
	int64_t rows; /* of a request */
	bool tells_left, tells_hint, tells_retry_after;
	int64_t span_ms; /* 0: SPAN_MS */
	int64_t others;  /* requests of the same user by others, one each so many ms; 0: none */
};

struct entry {
	int64_t at, n;
};
struct window {
	int64_t span;
	struct entry *entries; /* a ring */
	size_t first, n, cap;
	int64_t sum;
};

struct flight {
	bool used, arrived, done, refused;
	int64_t sent, at; /* what happens next */
	struct pace_answer answer;
};

struct world {
	const struct model *m;
	struct window requests, work;
	struct flight flights[FLIGHTS];
	int64_t running, blocked, pushes;
	int64_t served, refused, early; /* early: sent while a Retry-After ran that had arrived */
	int64_t told_until, next_other;
	uint32_t code; /* of the limit that blocks */
};

static void window_add(struct window *w, int64_t at, int64_t n)
{
	if (w->n == w->cap) {
		struct window bigger = { .span = w->span, .cap = w->cap ? w->cap * 2 : 1024 };

		bigger.entries = calloc(bigger.cap, sizeof(*bigger.entries));
		assert_non_null(bigger.entries);
		for (size_t i = 0; i < w->n; i++)
			bigger.entries[i] = w->entries[(w->first + i) % w->cap];
		bigger.n = w->n;
		bigger.sum = w->sum;
		free(w->entries);
		*w = bigger;
	}
	w->entries[(w->first + w->n++) % w->cap] = (struct entry){ at, n };
	w->sum += n;
}

static int64_t window_sum(struct window *w, int64_t now)
{
	while (w->n > 0 && w->entries[w->first].at <= now - w->span) {
		w->sum -= w->entries[w->first].n;
		w->first = (w->first + 1) % w->cap;
		w->n--;
	}
	return w->sum;
}

/* Until the sum is below the limit. */
static int64_t window_wait(struct window *w, int64_t now, int64_t limit)
{
	int64_t sum = window_sum(w, now), at = now;

	for (size_t i = 0; i < w->n && sum >= limit; i++) {
		struct entry e = w->entries[(w->first + i) % w->cap];

		sum -= e.n;
		at = e.at + w->span;
	}
	return at - now;
}

static void refuse(struct world *w, struct flight *f, uint32_t code, int64_t wait, int64_t now)
{
	int64_t seconds = (wait + 999) / 1000;

	seconds = (seconds ? seconds : 1) * (1 + w->pushes++);
	seconds = seconds < w->requests.span / 1000 ? seconds : w->requests.span / 1000;
	w->code = code;
	f->refused = true;
	f->answer.status = 429;
	f->answer.code = code;
	f->answer.retry_after_ms = w->m->tells_retry_after ? seconds * 1000 : -1;
	if (code != SERVICE_CODE_CONCURRENT && w->m->tells_retry_after)
		w->blocked = now + seconds * 1000;
	f->done = true;
	f->at = now + w->m->way_ms - w->m->way_ms / 2;
	w->refused++;
}

static void arrive(struct world *w, struct flight *f, int64_t now)
{
	const struct model *m = w->m;

	f->arrived = true;
	if (now < w->blocked) {
		refuse(w, f, w->code, w->blocked - now, now);
	} else if (window_sum(&w->requests, now) >= m->requests) {
		refuse(w, f, SERVICE_CODE_REQUESTS, window_wait(&w->requests, now, m->requests),
		       now);
	} else if (window_sum(&w->work, now) >= m->work_ms) {
		refuse(w, f, SERVICE_CODE_WORK, window_wait(&w->work, now, m->work_ms), now);
	} else if (w->running >= m->concurrent) {
		refuse(w, f, SERVICE_CODE_CONCURRENT, 1000, now);
	} else {
		w->pushes = 0;
		w->running++;
		window_add(&w->requests, now, 1);
		f->answer.status = 204;
		f->at = now + m->request_ms + m->rows * m->row_ms;
	}
}

static void tell(struct world *w, struct flight *f, int64_t now)
{
	const struct model *m = w->m;
	int64_t requests = m->requests - window_sum(&w->requests, now);
	int64_t work = m->work_ms - window_sum(&w->work, now);

	if (m->tells_hint)
		f->answer.hint = m->hint;
	if (!m->tells_left)
		return;
	f->answer.requests_remaining = requests > 0 ? requests : 0;
	f->answer.time_remaining_ms = work > 0 ? work : 0;
}

static void step(struct world *w, struct flight *f, struct pace *p, int64_t now)
{
	if (!f->arrived) {
		arrive(w, f, now);
		if (f->refused)
			tell(w, f, now);
	} else if (!f->done) {
		w->running--;
		tell(w, f, now);
		window_add(&w->work, now, w->m->request_ms + w->m->rows * w->m->row_ms);
		f->done = true;
		f->at = now + w->m->way_ms - w->m->way_ms / 2;
		w->served++;
	} else {
		f->used = false;
		f->answer.took_ms = now - f->sent;
		if (f->refused && f->answer.retry_after_ms > 0 &&
		    now + f->answer.retry_after_ms > w->told_until)
			w->told_until = now + f->answer.retry_after_ms;
		pace_answered(p, &f->answer, now);
	}
}

static void send_one(struct world *w, struct pace *p, int64_t now)
{
	for (size_t i = 0; i < FLIGHTS; i++) {
		struct flight *f = &w->flights[i];

		if (f->used)
			continue;
		*f = (struct flight){
			.used = true,
			.sent = now,
			.at = now + w->m->way_ms / 2,
			.answer = { 0, 0, -1, -1, -1, -1, 0 },
		};
		if (now < w->told_until)
			w->early++;
		pace_sent(p, now);
		return;
	}
	fail_msg("too many in flight");
}

/* What happens next, at the latest at `end`. */
static int64_t next_moment(const struct world *w, int64_t now, int64_t wait, int64_t end)
{
	int64_t next = end;

	if (wait < INT64_MAX && now + wait < next)
		next = now + wait;
	for (size_t i = 0; i < FLIGHTS; i++) {
		if (w->flights[i].used && w->flights[i].at < next)
			next = w->flights[i].at;
	}
	if (w->m->others && w->next_other < next)
		next = w->next_other;
	return next > now ? next : now + 1;
}

static void others(struct world *w, int64_t now)
{
	if (!w->m->others || now < w->next_other)
		return;
	w->next_other = now + w->m->others;
	if (window_sum(&w->requests, now) < w->m->requests)
		window_add(&w->requests, now, 1);
}

static void run(struct world *w, struct pace *p, int64_t from, int64_t until)
{
	for (int64_t now = from; now < until;) {
		others(w, now);
		for (size_t i = 0; i < FLIGHTS; i++) {
			if (w->flights[i].used && w->flights[i].at <= now)
				step(w, &w->flights[i], p, now);
		}
		while (pace_wait(p, now) == 0)
			send_one(w, p, now);
		now = next_moment(w, now, pace_wait(p, now), until);
	}
}

static struct world world_make(const struct model *m)
{
	int64_t span = m->span_ms ? m->span_ms : SPAN_MS;

	return (struct world){ .m = m, .requests = { .span = span }, .work = { .span = span } };
}

static void release(struct world *w)
{
	free(w->requests.entries);
	free(w->work.entries);
}

/* Rows a second that the limits allow. */
static double ceiling(const struct model *m)
{
	double span = (double)(m->span_ms ? m->span_ms : SPAN_MS);
	double by_requests = (double)m->requests / span * 1000;
	double by_work =
		(double)m->work_ms / span / (double)(m->request_ms + m->rows * m->row_ms) * 1000;

	return (double)m->rows * (by_requests < by_work ? by_requests : by_work);
}

#define START 5000000

static void check(const struct model *m, int64_t minutes, double least)
{
	struct world w = world_make(m);
	struct pace p = pace_make((struct pace_options){ 0 });
	int64_t end = START + minutes * 60000;

	run(&w, &p, START, START + minutes * 30000);

	int64_t half = w.served;

	run(&w, &p, START + minutes * 30000, end);

	double rows = (double)(w.served * m->rows);
	double rate = rows / (double)(minutes * 60);
	double late = (double)((w.served - half) * m->rows) / (double)(minutes * 30);

	if (getenv("FERRY_PACE"))
		fprintf(stderr,
			"%-28s rows=%-4d row=%-3dms: %6.1f%% then %6.1f%% refused %d early %d width %u\n",
			m->name, (int)m->rows, (int)m->row_ms, 100 * rate / ceiling(m),
			100 * late / ceiling(m), (int)w.refused, (int)w.early, pace_width(&p));
	assert_int_equal(w.early, 0);
	assert_int_equal(w.refused, p.throttled);
	assert_true(rate >= least * ceiling(m));
	assert_true(late >= least * ceiling(m));
	assert_true((double)w.refused * 10000 <= 2 * rows);
	release(&w);
}

/* The way back is work, as it is for `ferry serve`; and a service that counts only its own. */
static const struct {
	int64_t rows, row_ms;
} LOADS[] = {
	{ 1, 2 },   { 1, 20 },  { 1, 100 },  { 5, 20 },   { 10, 5 },   { 10, 20 },  { 50, 20 },
	{ 100, 2 }, { 100, 5 }, { 100, 20 }, { 100, 50 }, { 500, 20 }, { 1000, 5 },
};

static void check_loads(struct model m, int64_t minutes, size_t every)
{
	static const int64_t request_ms[] = { 75, 15 };

	for (size_t i = 0; i < COUNT_OF(LOADS); i += every) {
		m.rows = LOADS[i].rows;
		m.row_ms = LOADS[i].row_ms;
		m.request_ms = request_ms[i % COUNT_OF(request_ms)];
		check(&m, minutes, 0.9);
	}
}

static const struct model DOCUMENTED = {
	.name = "documented",
	.requests = 6000,
	.work_ms = 1200000,
	.concurrent = 52,
	.hint = 4,
	.way_ms = 150,
	.tells_left = true,
	.tells_hint = true,
	.tells_retry_after = true,
};

static void the_documented_limits_are_used_and_not_passed(void **state)
{
	(void)state;
	check_loads(DOCUMENTED, 30, 1);
}

static void the_limits_that_were_measured_live_are_used_and_not_passed(void **state)
{
	struct model m = DOCUMENTED;

	(void)state;
	m.name = "live";
	m.requests = 8000;
	m.concurrent = 100;
	check_loads(m, 30, 3);
	m.hint = 52;
	m.name = "live, wide";
	check_loads(m, 30, 3);
}

static void a_service_without_a_hint_is_used_and_not_overrun(void **state)
{
	struct model m = DOCUMENTED;

	(void)state;
	m.name = "no hint";
	m.tells_hint = false;
	check_loads(m, 30, 2);
}

/* Refusals are the only way to find the limit, which is then kept. */
static void limits_that_nobody_tells_are_learned(void **state)
{
	struct model m = DOCUMENTED;

	(void)state;
	m.name = "says nothing";
	m.tells_left = m.tells_hint = false;
	check_loads(m, 90, 4);
	m.name = "no Retry-After, too";
	m.tells_retry_after = false;
	check_loads(m, 90, 4);
}

/* No real one has other windows, but a test bed may. */
static void a_window_that_is_shorter_is_noticed(void **state)
{
	static const struct {
		int64_t requests, span_ms;
	} cases[] = { { 30, 10000 }, { 100, 10000 }, { 600, 60000 }, { 2000, 120000 } };
	struct model m = DOCUMENTED;

	(void)state;
	m.name = "short window";
	m.rows = 10;
	m.row_ms = 2;
	m.request_ms = 5;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		m.requests = cases[i].requests;
		m.span_ms = cases[i].span_ms;
		check(&m, 30, 0.5);
	}
}

static void a_service_that_others_use_too_is_left_to_them(void **state)
{
	struct model m = DOCUMENTED;
	struct world w = world_make(&m);
	struct pace p = pace_make((struct pace_options){ 0 });

	(void)state;
	m.rows = 1;
	m.row_ms = 5;
	m.request_ms = 15;
	m.others = 100; /* ten a second, half of what is allowed */
	run(&w, &p, START, START + 1800000);
	assert_int_equal(w.early, 0);
	assert_true(w.refused <= 20);
	assert_true(w.served >= 1800 * 10 * 9 / 10);
	release(&w);
}

/* What the fewer connections can do at all. */
static void a_fixed_width_is_never_passed(void **state)
{
	struct model m = DOCUMENTED;
	struct world w = world_make(&m);
	struct pace p = pace_make((struct pace_options){ .fixed = 2 });

	(void)state;
	m.rows = 100;
	m.row_ms = 20;
	m.request_ms = 75;
	assert_int_equal(pace_width(&p), 2);
	for (int64_t t = START; t < START + 600000; t += 1000) {
		run(&w, &p, t, t + 1000);
		assert_true(p.in_flight <= 2);
		assert_true(pace_width(&p) <= 2);
	}
	assert_int_equal(w.refused, 0);
	assert_true((double)w.served >= 600.0 * 2 / 2.3);
	release(&w);
}

static struct pace_answer plain(int status)
{
	return (struct pace_answer){ status, 0, -1, -1, -1, -1, 100 };
}

static void more_than_recommended_is_tried_but_not_more_than_twice_as_many(void **state)
{
	struct pace p = pace_make((struct pace_options){ 0 });
	struct pace_answer a = plain(200);

	(void)state;
	a.hint = 6;
	for (unsigned i = 0; i < 20; i++) {
		pace_sent(&p, START);
		pace_answered(&p, &a, START + 100);
		assert_int_equal(pace_width(&p), i < 6 ? 6 + i : 12);
	}
	/* what the service recommends now counts */
	a.hint = 2;
	pace_sent(&p, START);
	pace_answered(&p, &a, START + 100);
	assert_int_equal(pace_width(&p), 4);
}

static void nothing_is_sent_while_a_retry_after_runs(void **state)
{
	struct pace p = pace_make((struct pace_options){ 0 });
	struct pace_answer a = plain(429);

	(void)state;
	for (int i = 0; i < 3; i++) {
		assert_int_equal(pace_wait(&p, START), 0);
		pace_sent(&p, START);
	}
	a.retry_after_ms = 7000;
	pace_answered(&p, &a, START + 100);
	/* two are still on their way, and no more may be */
	assert_int_equal(pace_wait(&p, START + 100), INT64_MAX);
	a.retry_after_ms = 3000;
	a.took_ms = 200;
	pace_answered(&p, &a, START + 200);
	assert_int_equal(pace_wait(&p, START + 200), 6900);
	/* the longer one stands, and an answer of one that was on its way ends it not */
	a = plain(200);
	pace_answered(&p, &a, START + 300);
	assert_int_equal(pace_wait(&p, START + 300), 6800);
	assert_int_equal(pace_wait(&p, START + 7099), 1);
	assert_int_equal(pace_wait(&p, START + 7100), 0);
	assert_int_equal(p.throttled, 2);
}

static void width_is_halved_once_for_all_that_were_on_their_way_and_comes_back_slowly(void **state)
{
	struct pace p = pace_make((struct pace_options){ 0 });
	struct pace_answer a = plain(200);
	int64_t now = START;

	(void)state;
	a.hint = 16;
	pace_sent(&p, now);
	pace_answered(&p, &a, now += 100);
	assert_int_equal(pace_width(&p), 16);
	for (int i = 0; i < 16; i++)
		pace_sent(&p, now);
	a = plain(429);
	a.retry_after_ms = 0;
	now += 100;
	for (int i = 0; i < 16; i++)
		pace_answered(&p, &a, now);
	assert_int_equal(pace_width(&p), 8);
	a = plain(200);
	for (int i = 0; i < 8; i++) {
		pace_sent(&p, now);
		pace_answered(&p, &a, now += 100);
	}
	assert_int_equal(pace_width(&p), 8);
	for (int i = 0; i < 400; i++) {
		pace_sent(&p, now);
		pace_answered(&p, &a, now += 100);
	}
	assert_true(pace_width(&p) >= 16);
}

static void without_a_retry_after_the_waits_become_longer(void **state)
{
	struct pace p = pace_make((struct pace_options){ 0 });
	struct pace_answer a = plain(429);
	int64_t now = START, before = 0;

	(void)state;
	for (int i = 0; i < 4; i++) {
		pace_sent(&p, now);
		pace_answered(&p, &a, now += 100);

		int64_t wait = pace_wait(&p, now);

		assert_true(wait >= 2 * before && wait >= 1000 && wait <= 32000);
		before = wait;
		now += wait;
	}
}

static void a_service_without_limits_is_never_kept_waiting(void **state)
{
	struct pace p = pace_make((struct pace_options){ 0 });
	struct pace_answer a = plain(200);
	int64_t now = START;

	(void)state;
	a.took_ms = 1;
	for (int i = 0; i < 1000000; i++) {
		assert_int_equal(pace_wait(&p, now), 0);
		pace_sent(&p, now);
		pace_answered(&p, &a, now += i % 10 == 0);
	}
	assert_int_equal(pace_width(&p), PACE_UNHINTED);
}

static void width_goes_back_when_connections_break_but_never_to_nothing(void **state)
{
	struct pace p = pace_make((struct pace_options){ 0 });

	(void)state;
	for (int i = 0; i < 100; i++) {
		pace_sent(&p, START + i);
		pace_broken(&p, START + i);
	}
	assert_int_equal(pace_width(&p), 1);
	assert_int_equal(pace_wait(&p, START + 200), 0);
	pace_hold(&p, 500, START + 200);
	assert_int_equal(pace_wait(&p, START + 300), 400);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_documented_limits_are_used_and_not_passed),
		cmocka_unit_test(the_limits_that_were_measured_live_are_used_and_not_passed),
		cmocka_unit_test(a_service_without_a_hint_is_used_and_not_overrun),
		cmocka_unit_test(limits_that_nobody_tells_are_learned),
		cmocka_unit_test(a_window_that_is_shorter_is_noticed),
		cmocka_unit_test(a_service_that_others_use_too_is_left_to_them),
		cmocka_unit_test(a_fixed_width_is_never_passed),
		cmocka_unit_test(more_than_recommended_is_tried_but_not_more_than_twice_as_many),
		cmocka_unit_test(nothing_is_sent_while_a_retry_after_runs),
		cmocka_unit_test(
			width_is_halved_once_for_all_that_were_on_their_way_and_comes_back_slowly),
		cmocka_unit_test(without_a_retry_after_the_waits_become_longer),
		cmocka_unit_test(a_service_without_limits_is_never_kept_waiting),
		cmocka_unit_test(width_goes_back_when_connections_break_but_never_to_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
