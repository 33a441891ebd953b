/* SPDX-License-Identifier: MIT */
/*
 * FetchXML as it is written, and paging cookies. The encoded cookies were made with Python's
 * urllib.parse.quote.
 */
#include "dv/fetchxml.h"

#include "fetch_same.h"

#include "base/codec.h"
#include "base/limits.h"
#include "io/json.h"

static void a_query_is_written_on_one_line(void **state)
{
	(void)state;
	DEFER(arena_release) struct arena a = arena_make(0);
	DEFER(buf_release) struct buf out = buf_make(0);
	struct str values[] = { S("a<b>&\"c\""), S("d") };
	struct str tab = S("one\ttwo");
	struct fetch_condition conditions[] = {
		{ .attribute = S("name"), .op = FETCH_EQ, .values = values, .nvalues = 1 },
		{ .attribute = S("name"), .op = FETCH_IN, .values = values, .nvalues = 2 },
		{ .attribute = S("name"), .op = FETCH_EQ, .values = &tab, .nvalues = 1 },
		{ .attribute = S("ownerid"), .op = FETCH_EQ_USER },
	};
	struct fetch_filter filter = { .conditions = conditions, .nconditions = 4 };
	struct fetch_attribute attribute = { .name = S("name") };
	struct fetch_order order = { .attribute = S("queueid") };
	struct fetch f = { .count = 5000, .page = 2, .cookie = S("<cookie page=\"1\"/>") };
	f.entity = (struct fetch_node){ .table = S("queue"),
					.attributes = &attribute,
					.nattributes = 1,
					.orders = &order,
					.norders = 1,
					.filters = &filter,
					.nfilters = 1 };
	fetch_format(&out, &f);
	expect_str(
		buf_str(&out),
		"<fetch count=\"5000\" page=\"2\" "
		"paging-cookie=\"&lt;cookie page=&quot;1&quot;/&gt;\"><entity name=\"queue\">"
		"<attribute name=\"name\"/><order attribute=\"queueid\"/><filter type=\"and\">"
		"<condition attribute=\"name\" operator=\"eq\" "
		"value=\"a&lt;b&gt;&amp;&quot;c&quot;\"/>"
		"<condition attribute=\"name\" operator=\"in\">"
		"<value>a&lt;b&gt;&amp;\"c\"</value><value>d</value></condition>"
		"<condition attribute=\"name\" operator=\"eq\"><value>one\ttwo</value></condition>"
		"<condition attribute=\"ownerid\" operator=\"eq-userid\"/>"
		"</filter></entity></fetch>");
	struct fetch g;
	parse(&a, str_cstr(&a, buf_str(&out)), &g);
	check_round_trip(&a, &g);
	expect_str(g.entity.filters[0].conditions[2].values[0], "one\ttwo");
}

static void values_come_back_byte_for_byte(void **state)
{
	(void)state;
	DEFER(arena_release) struct arena a = arena_make(0);
	DEFER(buf_release) struct buf out = buf_make(0);
	static const char *const texts[] = { "",         " ",
					     "a b",      "line\nline",
					     "cr\r\nlf", "\"'&<>",
					     "]]>&amp;", "gr\xc3\xbc\xc3\x9f \xf0\x9f\x92\x9a" };
	for (size_t i = 0; i < COUNT_OF(texts); i++) {
		struct str value = str_from(texts[i]);
		struct fetch_condition c = {
			.attribute = S("a"), .op = FETCH_EQ, .values = &value, .nvalues = 1
		};
		struct fetch_filter filter = { .conditions = &c, .nconditions = 1 };
		struct fetch f = { 0 }, g;
		f.entity =
			(struct fetch_node){ .table = S("t"), .filters = &filter, .nfilters = 1 };
		buf_clear(&out);
		fetch_format(&out, &f);
		parse(&a, str_cstr(&a, buf_str(&out)), &g);
		assert_int_equal(g.entity.filters[0].conditions[0].nvalues, 1);
		same(g.entity.filters[0].conditions[0].values[0], value);
	}
}

#define INNER                                                                                      \
	"<cookie page=\"1\"><name last=\"\xc3\x9cnit &amp; (b)\" first=\"a-z_~.\" /><queueid "     \
	"last=\"{70BF4D48-34CB-ED11-B596-0022481D68CD}\" "                                         \
	"first=\"{49B0BE2E-D01C-ED11-B83E-000D3A572421}\" /></cookie>"
#define TWICE                                                                                      \
	"%253ccookie%2520page%253d%25221%2522%253e%253cname%2520last%253d%2522%25c3%259cnit%2520%" \
	"2526amp%253b%2520%2528b%2529%2522%2520first%253d%2522a-z_~.%2522%2520%252f%253e%"         \
	"253cqueueid%2520last%253d%2522%257b70BF4D48-34CB-ED11-B596-0022481D68CD%257d%2522%"       \
	"2520first%253d%2522%257b49B0BE2E-D01C-ED11-B83E-000D3A572421%257d%2522%2520%252f%"        \
	"253e%253c%252fcookie%253e"
#define ONCE                                                                                       \
	"%3ccookie%20page%3d%221%22%3e%3cname%20last%3d%22%c3%9cnit%20%26amp%3b%20%28b%29%22%"     \
	"20first%3d%22a-z_~.%22%20%2f%3e%3cqueueid%20last%3d%22%7b70BF4D48-34CB-ED11-B596-"        \
	"0022481D68CD%7d%22%20first%3d%22%7b49B0BE2E-D01C-ED11-B83E-000D3A572421%7d%22%20%2f%"     \
	"3e%3c%2fcookie%3e"

static void a_cookie_is_encoded_twice_in_lower_case(void **state)
{
	(void)state;
	DEFER(arena_release) struct arena a = arena_make(0);
	DEFER(buf_release) struct buf out = buf_make(0);
	fetch_cookie_to_annotation(&out, 2, S(INNER));
	expect_str(buf_str(&out),
		   "<cookie pagenumber=\"2\" pagingcookie=\"" TWICE "\" istracking=\"False\" />");
	struct str inner;
	assert_true(fetch_cookie_from_annotation(&a, buf_str(&out), &inner));
	expect_str(inner, INNER);
}

static void a_cookie_is_read_however_often_it_is_encoded(void **state)
{
	(void)state;
	DEFER(arena_release) struct arena a = arena_make(0);
	struct str inner;
	assert_true(fetch_cookie_from_annotation(
		&a, S("<cookie pagenumber=\"1\" pagingcookie=\"" ONCE "\" istracking=\"False\" />"),
		&inner));
	expect_str(inner, INNER);
	assert_true(fetch_cookie_from_annotation(
		&a, S("<cookie pagenumber='1' pagingcookie='&lt;cookie page=\"1\"/&gt;'/>"),
		&inner));
	expect_str(inner, "<cookie page=\"1\"/>");
	/* a client that hands the cookie on as it came */
	struct fetch f;
	parse(&a, "<fetch page='2' paging-cookie='" TWICE "'><entity name='queue'/></fetch>", &f);
	expect_str(f.cookie, INNER);
}

static void what_is_no_cookie_is_told(void **state)
{
	(void)state;
	static const char *const texts[] = { "",
					     "cookie",
					     "<cookie/>",
					     "<cookie pagingcookie=''/>",
					     "<cookie pagingcookie='abc'/>",
					     "<cookie pagingcookie='%3'/>",
					     "<cookie pagingcookie='%3cbiscuit%3e'/>",
					     "<biscuit pagingcookie='%3ccookie%3e'/>",
					     "<cookie pagingcookie='%252525252525252525253c'/>" };
	DEFER(arena_release) struct arena a = arena_make(0);
	for (size_t i = 0; i < COUNT_OF(texts); i++) {
		struct str inner = S("untouched");
		assert_false(fetch_cookie_from_annotation(&a, str_from(texts[i]), &inner));
		expect_str(inner, "untouched");
	}
}

static size_t nqueries;

/* The fetchXml of the recorded request and the cookie of its answer. */
static void check_exchange(struct arena *a, const char *path)
{
	struct str text;
	struct err e;
	assert_true(file_read(a, path, LIMIT_SCHEMA_FILE, &text, &e));
	size_t at = str_find(text, S("?fetchXml="));
	if (at == STR_NONE)
		return;
	struct str url = str_skip(text, at + 10);
	url = str_sub(url, 0, str_find_char(url, '\n'));
	DEFER(buf_release) struct buf xml = buf_make(0);
	assert_true(url_decode(&xml, str_trim(url), false));
	struct fetch f;
	if (!fetch_parse(a, buf_str(&xml), path, 1, &f, &e) && e.kind != ERR_UNSUPPORTED)
		fail_msg("%s", e.msg);
	nqueries++;
	struct json answer;
	size_t body = str_find(text, S("\n{"));
	if (body == STR_NONE || !json_parse(a, str_skip(text, body), path, &answer, &e))
		return;
	struct str cookie = json_text(&answer, S("@Microsoft.Dynamics.CRM.fetchxmlpagingcookie"));
	if (cookie.n == 0)
		return;
	struct str inner;
	assert_true(fetch_cookie_from_annotation(a, cookie, &inner));
	assert_true(str_starts(inner, S("<cookie page=\"")));
	assert_true(str_ends(inner, S("</cookie>")));
	DEFER(buf_release) struct buf again = buf_make(0);
	fetch_cookie_to_annotation(&again, 2, inner);
	if (str_find(cookie, S("%253ccookie")) != STR_NONE) /* the current form, byte for byte */
		same(buf_str(&again), cookie);
}

static void recorded_queries_and_cookies_are_read(void **state)
{
	(void)state;
	DEFER(arena_release) struct arena a = arena_make(0);
	nqueries = 0;
	each_file(&a, shared_path("data/http"), "fetch", check_exchange);
	assert_true(nqueries >= 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_query_is_written_on_one_line),
		cmocka_unit_test(values_come_back_byte_for_byte),
		cmocka_unit_test(a_cookie_is_encoded_twice_in_lower_case),
		cmocka_unit_test(a_cookie_is_read_however_often_it_is_encoded),
		cmocka_unit_test(what_is_no_cookie_is_told),
		cmocka_unit_test(recorded_queries_and_cookies_are_read),
	};
	return cmocka_run_group_tests_name("fetchxml_write", tests, NULL, NULL);
}
