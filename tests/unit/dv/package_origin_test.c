/* SPDX-License-Identifier: MIT */
/*
 * ferry/origin.xml: what is written is read again; what is not understood is refused with its place.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "base/limits.h"
#include "dv/package_origin.h"

#define ORGANIZATION "11111111-2222-4333-8444-555555555555"
#define USER "aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee"
#define ROOT "<origin version=\"1\" organization=\"" ORGANIZATION "\" user=\"" USER "\""

static struct arena arena;

static int setup(void **state)
{
	(void)state;
	arena = arena_make(0);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	arena_release(&arena);
	return 0;
}

static bool read_text(struct str text, struct package_origin *out, struct err *e)
{
	struct str_source in = str_source_make(text);

	return package_origin_read(&arena, &in.source, ORIGIN_ENTRY, out, e);
}

static void refused(const char *text, const char *part)
{
	struct package_origin out;
	struct err e;

	assert_false(read_text(str_from(text), &out, &e));
	assert_int_equal(e.kind, ERR_INPUT);
	if (!strstr(e.msg, part))
		fail_msg("%s: %s, not %s", text, e.msg, part);
}

static struct guid id_of(const char *text)
{
	struct guid id;

	assert_true(guid_parse(str_from(text), &id));
	return id;
}

static void it_tells_where_a_package_comes_from(void **state)
{
	struct package_origin o;
	struct err e;

	(void)state;
	if (!read_text(S(ROOT
			 " environment=\"https://contoso.crm4.dynamics.com\" "
			 "exported=\"2026-01-31T12:00:00Z\">"
			 "<table name=\"queue\" rows=\"complete\" columns=\"name  description\"/>"
			 "<later/><table name=\"account\" columns=\"name\"><x/></table>"
			 "<table name=\"team\"/></origin>"),
		       &o, &e))
		fail_msg("%s", e.msg);
	assert_true(guid_eq(o.organization, id_of(ORGANIZATION)));
	assert_true(guid_eq(o.user, id_of(USER)));
	assert_true(str_eq(o.environment, S("https://contoso.crm4.dynamics.com")));
	assert_true(str_eq(o.exported, S("2026-01-31T12:00:00Z")));
	assert_int_equal(o.ntables, 3);

	const struct package_origin_table *queue = package_origin_find(&o, S("queue"));
	const struct package_origin_table *account = package_origin_find(&o, S("account"));

	assert_true(queue->complete);
	assert_false(account->complete);
	assert_int_equal(queue->ncolumns, 2);
	assert_true(package_origin_tells(queue, S("description")));
	assert_false(package_origin_tells(queue, S("emailaddress")));
	assert_false(package_origin_tells(account, S("description")));
	assert_false(package_origin_tells(package_origin_find(&o, S("team")), S("name")));
	assert_null(package_origin_find(&o, S("contact")));
	assert_false(package_origin_tells(NULL, S("name")));
}

static void what_is_written_is_read_again(void **state)
{
	DEFER(buf_release) struct buf bytes = buf_make(0);
	struct buf_sink sink = buf_sink_make(&bytes);
	struct str columns[] = { S("name"), S("description") };
	struct package_origin_table tables[] = {
		{ .name = S("queue"), .complete = true, .columns = columns, .ncolumns = 2 },
		{ .name = S("team") },
	};
	struct package_origin out, o = {
		.organization = id_of(ORGANIZATION),
		.user = id_of(USER),
		.environment = S("local:a & \"b\".db"),
		.exported = S("2026-01-31T12:00:00Z"),
		.tables = tables,
		.ntables = 2,
	};
	struct err e;

	(void)state;
	assert_true(package_origin_write(&sink.sink, &o, &e));
	if (!read_text(buf_str(&bytes), &out, &e))
		fail_msg("%s", e.msg);
	assert_true(guid_eq(out.organization, o.organization));
	assert_true(guid_eq(out.user, o.user));
	assert_true(str_eq(out.environment, o.environment));
	assert_true(str_eq(out.exported, o.exported));
	assert_int_equal(out.ntables, 2);
	assert_true(out.tables[0].complete);
	assert_true(str_eq(out.tables[0].name, S("queue")));
	assert_int_equal(out.tables[0].ncolumns, 2);
	assert_true(str_eq(out.tables[0].columns[1], S("description")));
	assert_false(out.tables[1].complete);
	assert_int_equal(out.tables[1].ncolumns, 0);
}

static void what_is_not_understood_is_refused_with_its_place(void **state)
{
	(void)state;
	refused("", ORIGIN_ENTRY);
	refused("<orig/>", "<origin>");
	refused("<origin version=\"2\"/>", "newer");
	refused("<origin/>", "newer");
	refused("<origin version=\"1\" user=\"" USER "\"/>", "organization");
	refused("<origin version=\"1\" organization=\"x\" user=\"" USER "\"/>",
		"\"x\" is not an id");
	refused("<origin version=\"1\" organization=\"" ORGANIZATION "\"/>", "user");
	refused(ROOT " exported=\"yesterday\"/>", "yesterday");
	refused(ROOT " exported=\"2026-01-31T12:00:00+02:00\"/>", "UTC");
	refused(ROOT ">\n<table/></origin>", ":2");
	refused(ROOT "><table name=\"a\"/><table name=\"a\"/></origin>", "table a comes twice");
	refused(ROOT "><table name=\"a\" columns=\"b c b\"/></origin>", "column b comes twice");
	refused(ROOT "><table name=\"a\" rows=\"all\"/></origin>", "\"all\"");
	refused(ROOT "><table name=\"a\"></origin>", ORIGIN_ENTRY);
	refused("<!DOCTYPE origin><origin/>", "DOCTYPE");
}

static void it_is_not_larger_than_it_has_to_be(void **state)
{
	DEFER(buf_release) struct buf bytes = buf_make(0);
	struct package_origin out;
	struct err e;

	(void)state;
	buf_add(&bytes, S(ROOT ">"));
	while (bytes.n <= LIMIT_ORIGIN_FILE)
		buf_add(&bytes,
			S("<unknown attribute=\"0123456789012345678901234567890123456789\"/>"));
	buf_add(&bytes, S("</origin>"));
	assert_false(read_text(buf_str(&bytes), &out, &e));
	assert_int_equal(e.kind, ERR_INPUT);
	assert_non_null(strstr(e.msg, "larger"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(it_tells_where_a_package_comes_from, setup,
						teardown),
		cmocka_unit_test_setup_teardown(what_is_written_is_read_again, setup, teardown),
		cmocka_unit_test_setup_teardown(what_is_not_understood_is_refused_with_its_place,
						setup, teardown),
		cmocka_unit_test_setup_teardown(it_is_not_larger_than_it_has_to_be, setup,
						teardown),
	};

	return cmocka_run_group_tests_name(NULL, tests, NULL, NULL);
}
