/* SPDX-License-Identifier: MIT */
/*
 * URLs of requests taken apart.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "org/odata_url.h"

#define ID "0a000000-0000-4000-8000-000000000001"

static struct url parse(struct arena *a, const char *target)
{
	struct url u;
	struct err e;

	if (!url_parse(a, str_from(target), &u, &e))
		fail_msg("%s: %s", target, e.msg);
	return u;
}

static void segments_have_names_and_keys(void **state)
{
	DEFER(arena_release) struct arena a = arena_make(0);
	struct url u = parse(&a, "queues(" ID ")/members(x)/$ref?$id=queues(1)");

	(void)state;
	assert_int_equal(u.nsegments, 3);
	assert_true(str_eq(u.segments[0].name, S("queues")));
	assert_true(str_eq(u.segments[0].key, S(ID)));
	assert_true(str_eq(u.segments[1].key, S("x")));
	assert_false(u.segments[2].has_key);
	assert_true(str_eq(*url_option(&u, S("$id")), S("queues(1)")));
	u = parse(&a, "WhoAmI()");
	assert_true(u.segments[0].has_key);
	assert_int_equal(u.segments[0].key.n, 0);
	assert_int_equal(parse(&a, "").nsegments, 0);
}

static void what_is_encoded_belongs_to_its_value(void **state)
{
	DEFER(arena_release) struct arena a = arena_make(0);
	struct url u = parse(&a, "a%2Fb?x=1%262%3D3&y=a+b%2Bc&%24select=p%20,q&empty");
	struct str *list;
	size_t n;

	(void)state;
	assert_int_equal(u.nsegments, 1);
	assert_true(str_eq(u.segments[0].name, S("a/b")));
	assert_true(str_eq(*url_option(&u, S("x")), S("1&2=3")));
	assert_true(str_eq(*url_option(&u, S("y")), S("a b+c")));
	assert_int_equal(url_option(&u, S("empty"))->n, 0);
	assert_null(url_option(&u, S("z")));
	url_list(&a, url_option(&u, S("$select")), &list, &n);
	assert_int_equal(n, 2);
	assert_true(str_eq(list[0], S("p")));
	url_list(&a, NULL, &list, &n);
	assert_int_equal(n, 0);
}

static void bad_urls_are_refused(void **state)
{
	static const char *const bad[] = { "a%2", "a?b=%g0",   "a?b=%00",          "a?b=%ff",
					   "a(b", "a?b=1&b=2", "a/b/c/d/e/f/g/h/i" };
	DEFER(arena_release) struct arena a = arena_make(0);

	(void)state;
	for (size_t i = 0; i < COUNT_OF(bad); i++) {
		struct url u;
		struct err e;

		if (url_parse(&a, str_from(bad[i]), &u, &e))
			fail_msg("%s was taken", bad[i]);
		assert_int_equal(e.code, 0x80060888);
	}
}

/* Each is looked up among the others, so that a URL of nothing but options would take long. */
static void a_url_has_at_most_100_options(void **state)
{
	DEFER(arena_release) struct arena a = arena_make(0);
	DEFER(buf_release) struct buf target = buf_make(0);
	struct url u;
	struct err e;

	(void)state;
	buf_add(&target, S("a?"));
	for (int i = 0; i < 100; i++)
		buf_add_fmt(&target, "o%d&", i);
	assert_true(url_parse(&a, buf_str(&target), &u, &e));
	assert_int_equal(u.noptions, 100);
	buf_add(&target, S("o100"));
	assert_false(url_parse(&a, buf_str(&target), &u, &e));
	assert_int_equal(e.kind, ERR_BAD_REQUEST);
	assert_int_equal(e.code, 0x80060888);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(segments_have_names_and_keys),
		cmocka_unit_test(what_is_encoded_belongs_to_its_value),
		cmocka_unit_test(bad_urls_are_refused),
		cmocka_unit_test(a_url_has_at_most_100_options),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
