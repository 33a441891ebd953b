/* SPDX-License-Identifier: MIT */
/*
 * Distance, limits and accidents: how they are written, and what becomes of requests (facts/webapi.md 1.3,
 * 3.5). The clock is a number.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "org/reality.h"
#include "org/reality_answer.h"

struct world {
	struct arena arena;
	struct reality *reality;
	struct guid user;
	int64_t now;
	struct err e;
};

static int setup(void **state)
{
	static struct world w;

	w = (struct world){ .arena = arena_make(0), .now = 1000000 };
	*state = &w;
	return 0;
}

static int teardown(void **state)
{
	struct world *w = *state;

	arena_release(&w->arena);
	return 0;
}

static void make(struct world *w, const char *latency, const char *limits, const char *fault,
		 uint64_t seed)
{
	struct reality_options o = { .latency = latency,
				     .limits = limits,
				     .faults = &fault,
				     .nfaults = fault != NULL,
				     .seed = seed };

	if (!reality_make(&w->reality, &w->arena, &o, &w->e))
		fail_msg("%s", w->e.msg);
}

static struct verdict ask(struct world *w, enum method method, const char *target)
{
	struct arrival a = {
		.method = method, .target = str_from(target), .user = w->user, .now = w->now
	};

	return reality_arrive(w->reality, &a);
}

/* One letter for each request: '.' is an ordinary one, 'x' one with an accident. */
static const char *pattern(struct world *w, enum method method, const char *target, size_t n)
{
	static char text[128];

	assert_true(n < sizeof(text));
	for (size_t i = 0; i < n; i++)
		text[i] = ask(w, method, target).effect == EFFECT_NONE ? '.' : 'x';
	text[n] = '\0';
	return text;
}

static void expect_wrong(struct world *w, const char *latency, const char *limits,
			 const char *fault, const char *says)
{
	struct reality_options o = {
		.latency = latency, .limits = limits, .faults = &fault, .nfaults = fault != NULL
	};

	assert_false(reality_make(&w->reality, &w->arena, &o, &w->e));
	assert_int_equal(w->e.kind, ERR_USAGE);
	if (!strstr(w->e.msg, says))
		fail_msg("\"%s\" is not in: %s", says, w->e.msg);
}

static void what_is_written_wrong_is_told_with_its_place(void **state)
{
	struct world *w = *state;

	expect_wrong(w, "rtt=150", NULL, NULL, "\"150\" at character 5");
	expect_wrong(w, "rtt=1s,rows=2ms", NULL, NULL, "\"rows=2ms\" at character 8");
	expect_wrong(w, "rtt=-5ms", NULL, NULL, "character 5");
	expect_wrong(w, "rtt=99999999999999999999ms", NULL, NULL, "character 5");
	expect_wrong(w, "rtt=2000min", NULL, NULL, "character 5");
	expect_wrong(w, "", "rtt=1s", NULL, "character 1");
	expect_wrong(w, NULL, "requests=0/10s", NULL, "character 10");
	expect_wrong(w, NULL, "requests=5/10ms", NULL, "300ms");
	expect_wrong(w, NULL, "service-protection,dop=x", NULL, "\"x\" at character 24");
	expect_wrong(w, NULL, NULL, "POST queues 503", "no ':'");
	expect_wrong(w, NULL, NULL, "FETCH queues: 503", "\"FETCH\" at character 1");
	expect_wrong(w, NULL, NULL, "GET|PUSH queues: 503", "\"PUSH\" at character 5");
	expect_wrong(w, NULL, NULL, "GET: 503", "target is missing");
	expect_wrong(w, NULL, NULL, "GET queues: 200", "\"200\" at character 13");
	expect_wrong(w, NULL, NULL, "GET queues: vanish", "\"vanish\" at character 13");
	expect_wrong(w, NULL, NULL, "GET queues 0: cut", "\"0\" at character 12");
	expect_wrong(w, NULL, NULL, "GET queues 5-3: cut", "\"5-3\" at character 12");
	expect_wrong(w, NULL, NULL, "GET queues every: cut", "character 12");
	expect_wrong(w, NULL, NULL, "GET queues 101%: cut", "1% to 100%");
	expect_wrong(w, NULL, NULL, "GET queues: slow=fast", "character 13");
	expect_wrong(w, NULL, NULL, "GET queues: 503 later", "\"later\" at character 17");
	expect_wrong(w, NULL, NULL, "GET a: cut; GET b: cat", "\"cat\" at character 8");
}

static void a_fault_comes_when_it_is_its_turn(void **state)
{
	struct world *w = *state;

	make(w, NULL, NULL, "GET q: cut", 0);
	assert_string_equal(pattern(w, METHOD_GET, "q", 4), "xxxx");
	make(w, NULL, NULL, "GET q 3: cut", 0);
	assert_string_equal(pattern(w, METHOD_GET, "q", 6), "..x...");
	make(w, NULL, NULL, "GET q 2-4: cut", 0);
	assert_string_equal(pattern(w, METHOD_GET, "q", 6), ".xxx..");
	make(w, NULL, NULL, "GET q 4-: cut", 0);
	assert_string_equal(pattern(w, METHOD_GET, "q", 6), "...xxx");
	make(w, NULL, NULL, "GET q every 3: cut", 0);
	assert_string_equal(pattern(w, METHOD_GET, "q", 9), "..x..x..x");
	make(w, NULL, NULL, "GET q: expire-token", 0);
	assert_string_equal(pattern(w, METHOD_GET, "q", 3), "x..");
	make(w, NULL, NULL, "GET q 100%: cut", 0);
	assert_string_equal(pattern(w, METHOD_GET, "q", 3), "xxx");
}

static void each_of_several_faults_counts_for_itself(void **state)
{
	struct world *w = *state;

	make(w, NULL, NULL, " GET q 1-2: 503 ; GET q 2-3: html;", 0);
	assert_int_equal(ask(w, METHOD_GET, "q").effect, EFFECT_STATUS);
	assert_int_equal(ask(w, METHOD_GET, "q").effect, EFFECT_STATUS);
	assert_int_equal(ask(w, METHOD_GET, "q").effect, EFFECT_HTML);
	assert_int_equal(ask(w, METHOD_GET, "q").effect, EFFECT_NONE);
}

static void chance_is_the_same_for_the_same_seed(void **state)
{
	struct world *w = *state;
	char first[128];
	size_t n = 0;

	make(w, NULL, NULL, "GET q 25%: cut", 7);
	memcpy(first, pattern(w, METHOD_GET, "q", 100), 101);
	for (size_t i = 0; i < 100; i++)
		n += first[i] == 'x';
	assert_in_range(n, 10, 45);
	make(w, NULL, NULL, "GET q 25%: cut", 7);
	assert_string_equal(pattern(w, METHOD_GET, "q", 100), first);
	make(w, NULL, NULL, "GET q 25%: cut", 8);
	assert_string_not_equal(pattern(w, METHOD_GET, "q", 100), first);
}

static bool fits(struct world *w, const char *fault, enum method method, const char *target)
{
	make(w, NULL, NULL, fault, 0);
	return ask(w, method, target).effect != EFFECT_NONE;
}

static void a_target_means_its_resource_or_what_its_stars_allow(void **state)
{
	struct world *w = *state;

	assert_true(fits(w, "GET queues: cut", METHOD_GET, "queues"));
	assert_true(fits(w, "GET queues: cut", METHOD_GET, "queues?$top=1"));
	assert_true(fits(w, "GET queues: cut", METHOD_GET, "queues(1)/name"));
	assert_false(fits(w, "GET queues: cut", METHOD_GET, "queuesets"));
	assert_false(fits(w, "GET queues: cut", METHOD_GET, "myqueues"));
	assert_false(fits(w, "GET queues: cut", METHOD_POST, "queues"));
	assert_true(fits(w, "GET|POST /queues: cut", METHOD_POST, "queues"));
	/* the paths of the sign-in are meant only by what begins with a '/' */
	assert_true(fits(w, "POST /*/token: cut", METHOD_POST, "/x/oauth2/token"));
	assert_true(fits(w, "* /devicelogin: cut", METHOD_GET, "/devicelogin?a=b"));
	assert_true(fits(w, "* /*: cut", METHOD_GET, "/devicelogin"));
	assert_false(fits(w, "POST */token: cut", METHOD_POST, "/x/oauth2/token"));
	assert_false(fits(w, "* *: cut", METHOD_POST, "/x/oauth2/token"));
	assert_false(fits(w, "* /*/token: cut", METHOD_POST, "queues"));
	assert_false(fits(w, "GET|POST queues: cut", METHOD_PATCH, "queues"));
	assert_true(fits(w, "* *: cut", METHOD_DELETE, "anything"));
	assert_true(fits(w, "GET *name*: cut", METHOD_GET, "queues?$select=name,x"));
	assert_false(fits(w, "GET *name: cut", METHOD_GET, "queues?$select=name,x"));
	assert_true(fits(w, "GET q*u*s: cut", METHOD_GET, "queues"));
	assert_true(fits(w, "POST $batch: cut", METHOD_POST, "$batch"));
	assert_true(fits(w, "GET q(d=2020-01-01T10:00:00Z): cut", METHOD_GET,
			 "q(d=2020-01-01T10:00:00Z)"));
}

static void effects_are_what_was_written(void **state)
{
	struct world *w = *state;
	struct verdict v;

	make(w, NULL, NULL, "GET q: 503 retry-after=7", 0);
	v = ask(w, METHOD_GET, "q");
	assert_int_equal(v.status, 503);
	assert_int_equal(v.retry_after, 7);
	assert_string_equal(v.fault, "GET q: 503 retry-after=7");
	make(w, NULL, NULL, "GET q: 429", 0);
	v = ask(w, METHOD_GET, "q");
	assert_int_equal(v.code, 0x80072322u);
	assert_int_equal(v.retry_after, 1);
	make(w, NULL, NULL, "GET q: slow=20k", 0);
	assert_int_equal(ask(w, METHOD_GET, "q").rate, 20000);
	make(w, NULL, NULL, "GET q:duplicate", 0);
	assert_true(effect_runs(ask(w, METHOD_GET, "q").effect));
	make(w, NULL, NULL, "GET q:cut", 0);
	assert_false(effect_runs(ask(w, METHOD_GET, "q").effect));
}

static void latency_is_of_the_way_and_of_the_rows(void **state)
{
	struct world *w = *state;

	make(w, "rtt=151ms,row=20ms", NULL, NULL, 0);
	assert_int_equal(reality_way_there(w->reality) + reality_way_back(w->reality, 0), 151);
	assert_int_equal(reality_way_back(w->reality, 10) - reality_way_back(w->reality, 0), 200);
	make(w, "rtt=2min", NULL, NULL, 0);
	assert_int_equal(reality_way_there(w->reality), 60000);
	make(w, NULL, NULL, NULL, 0);
	assert_int_equal(reality_way_back(w->reality, 1000), 0);
}

static void the_documented_number_of_requests_is_allowed_and_no_more(void **state)
{
	struct world *w = *state;
	struct verdict v;

	make(w, NULL, "service-protection", NULL, 0);
	for (int i = 0; i < 6000; i++) {
		v = ask(w, METHOD_GET, "q");
		assert_int_equal(v.effect, EFFECT_NONE);
		assert_true(v.counted);
		reality_leave(w->reality, w->user, w->now, 1);
	}
	v = ask(w, METHOD_GET, "q");
	assert_int_equal(v.effect, EFFECT_THROTTLE);
	assert_int_equal(v.status, 429);
	assert_int_equal(v.code, 0x80072322u);
	assert_false(v.counted);
	assert_string_equal(v.reason, "Number of requests exceeded the limit of 6000 over time "
				      "window of 300 seconds.");
	assert_in_range(v.retry_after, 299, 300);
	w->now += v.retry_after * INT64_C(1000) - 1;
	assert_int_equal(ask(w, METHOD_GET, "q").effect, EFFECT_THROTTLE);
	w->now += 300000;
	assert_int_equal(ask(w, METHOD_GET, "q").effect, EFFECT_NONE);
}

static void who_pushes_waits_longer_and_who_waits_is_let_in(void **state)
{
	struct world *w = *state;
	int first, second, third;

	make(w, NULL, "requests=2/10s", NULL, 0);
	assert_string_equal(pattern(w, METHOD_GET, "q", 2), "..");
	w->now += 8000;
	first = ask(w, METHOD_GET, "q").retry_after;
	second = ask(w, METHOD_GET, "q").retry_after;
	third = ask(w, METHOD_GET, "q").retry_after;
	assert_in_range(first, 2, 3);
	assert_true(second > first);
	assert_true(third > second);
	w->now += third * INT64_C(1000);
	assert_int_equal(ask(w, METHOD_GET, "q").effect, EFFECT_NONE);
}

static void the_window_slides(void **state)
{
	struct world *w = *state;

	make(w, NULL, "requests=3/3s", NULL, 0);
	for (int i = 0; i < 20; i++) {
		assert_int_equal(ask(w, METHOD_GET, "q").effect, EFFECT_NONE);
		w->now += 1010;
	}
}

static void work_counts_as_time(void **state)
{
	struct world *w = *state;
	struct verdict v;

	make(w, NULL, "time=10s/60s", NULL, 0);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(ask(w, METHOD_GET, "q").effect, EFFECT_NONE);
		reality_leave(w->reality, w->user, w->now, 5000);
	}
	v = ask(w, METHOD_GET, "q");
	assert_int_equal(v.code, 0x80072321u);
	assert_non_null(strstr(v.reason, "limit of 10,000 milliseconds over time window of 60 "));
	w->now += 61000;
	assert_int_equal(ask(w, METHOD_GET, "q").effect, EFFECT_NONE);
}

static void so_many_at_once_and_the_next_when_one_is_done(void **state)
{
	struct world *w = *state;
	struct verdict v;

	make(w, NULL, "concurrent=2", NULL, 0);
	assert_string_equal(pattern(w, METHOD_GET, "q", 2), "..");
	v = ask(w, METHOD_GET, "q");
	assert_int_equal(v.code, 0x80072326u);
	assert_string_equal(v.reason, "Number of concurrent requests exceeded the limit of 2.");
	reality_leave(w->reality, w->user, w->now, 1);
	assert_int_equal(ask(w, METHOD_GET, "q").effect, EFFECT_NONE);
}

static void each_user_has_limits_of_its_own(void **state)
{
	struct world *w = *state;

	make(w, NULL, "requests=2/10s", NULL, 0);
	assert_string_equal(pattern(w, METHOD_GET, "q", 3), "..x");
	/* more users than are counted at once */
	for (uint32_t i = 1; i < 1500; i++) {
		memcpy(w->user.b, &i, sizeof(i));
		assert_int_equal(ask(w, METHOD_GET, "q").effect, EFFECT_NONE);
		reality_leave(w->reality, w->user, w->now, 1);
	}
}

static void a_throttled_request_is_none_for_the_faults(void **state)
{
	struct world *w = *state;

	make(w, NULL, "requests=1/1s", "GET q 2: html", 0);
	assert_int_equal(ask(w, METHOD_GET, "q").effect, EFFECT_NONE);
	assert_int_equal(ask(w, METHOD_GET, "q").effect, EFFECT_THROTTLE);
	w->now += 5000;
	assert_int_equal(ask(w, METHOD_GET, "q").effect, EFFECT_HTML);
}

static const char *header(struct world *w, const char *name)
{
	struct header out[REALITY_HEADERS];
	size_t n = reality_headers(w->reality, &w->arena, w->user, w->now, out);
	const struct str *v = header_find(out, n, str_from(name));

	return v ? str_cstr(&w->arena, *v) : "(none)";
}

static void rates_are_told_as_the_platform_tells_them(void **state)
{
	struct world *w = *state;

	make(w, NULL, NULL, NULL, 0);
	assert_string_equal(header(w, "x-ms-dop-hint"), "(none)");
	make(w, NULL, "service-protection,dop=7", NULL, 0);
	assert_string_equal(header(w, "x-ms-dop-hint"), "7");
	assert_string_equal(header(w, "x-ms-ratelimit-time-remaining-xrm-requests"), "1,200.00");
	assert_int_equal(ask(w, METHOD_GET, "q").effect, EFFECT_NONE);
	reality_leave(w->reality, w->user, w->now, 250430);
	assert_string_equal(header(w, "x-ms-ratelimit-time-remaining-xrm-requests"), "949.57");
	assert_string_equal(header(w, "x-ms-ratelimit-burst-remaining-xrm-requests"), "5999");
}

static void numbers_of_our_own_go_before_those_of_the_platform(void **state)
{
	struct world *w = *state;

	make(w, NULL, "requests=3/60s,service-protection", NULL, 0);
	assert_string_equal(pattern(w, METHOD_GET, "q", 4), "...x");
	make(w, NULL, "service-protection,requests=3/60s", NULL, 0);
	assert_string_equal(pattern(w, METHOD_GET, "q", 4), "...x");
}

static void a_refusal_has_the_platforms_body(void **state)
{
	struct world *w = *state;

	make(w, NULL, NULL, "GET q: 429 retry-after=9", 0);

	struct verdict v = ask(w, METHOD_GET, "q");
	struct response r = reality_answer(&w->arena, &v, S("Bearer x=y"));

	assert_int_equal(r.status, 429);
	assert_string_equal(
		str_cstr(&w->arena, *header_find(r.headers, r.nheaders, S("retry-after"))), "9");
	assert_true(str_starts(r.body, S("{\"error\":{\"code\":\"0x80072322\",\"message\":")));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(what_is_written_wrong_is_told_with_its_place, setup,
						teardown),
		cmocka_unit_test_setup_teardown(a_fault_comes_when_it_is_its_turn, setup, teardown),
		cmocka_unit_test_setup_teardown(each_of_several_faults_counts_for_itself, setup,
						teardown),
		cmocka_unit_test_setup_teardown(chance_is_the_same_for_the_same_seed, setup,
						teardown),
		cmocka_unit_test_setup_teardown(a_target_means_its_resource_or_what_its_stars_allow,
						setup, teardown),
		cmocka_unit_test_setup_teardown(effects_are_what_was_written, setup, teardown),
		cmocka_unit_test_setup_teardown(latency_is_of_the_way_and_of_the_rows, setup,
						teardown),
		cmocka_unit_test_setup_teardown(
			the_documented_number_of_requests_is_allowed_and_no_more, setup, teardown),
		cmocka_unit_test_setup_teardown(who_pushes_waits_longer_and_who_waits_is_let_in,
						setup, teardown),
		cmocka_unit_test_setup_teardown(the_window_slides, setup, teardown),
		cmocka_unit_test_setup_teardown(work_counts_as_time, setup, teardown),
		cmocka_unit_test_setup_teardown(so_many_at_once_and_the_next_when_one_is_done,
						setup, teardown),
		cmocka_unit_test_setup_teardown(each_user_has_limits_of_its_own, setup, teardown),
		cmocka_unit_test_setup_teardown(a_throttled_request_is_none_for_the_faults, setup,
						teardown),
		cmocka_unit_test_setup_teardown(rates_are_told_as_the_platform_tells_them, setup,
						teardown),
		cmocka_unit_test_setup_teardown(numbers_of_our_own_go_before_those_of_the_platform,
						setup, teardown),
		cmocka_unit_test_setup_teardown(a_refusal_has_the_platforms_body, setup, teardown),
	};

	return cmocka_run_group_tests_name("reality", tests, NULL, NULL);
}
