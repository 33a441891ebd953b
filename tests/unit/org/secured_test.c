/* SPDX-License-Identifier: MIT */
/*
 * Columns with column security read null, or masked, for whoever may not read them.
 */
#include "org/secured.h"

#include "org/access_query.h"
#include "org/bind.h"
#include "org/result.h"
#include "org/sql_function.h"

#include "organization.h"
#include "papers.h"

#define A "11111111-2222-4333-8444-555555555501"
#define NOBODY "99999999-2222-4333-8444-555555555599"

static int setup(void **state)
{
	struct guid id;

	organization_setup(state);

	struct organization *o = *state;

	expect_ok(o, sql_register(&o->store, &o->e));
	expect_ok(o, papers_add(o->store.db, &o->e));
	expect_ok(o, create(o, "new_paper",
			    "{\"new_paperid\":\"" A "\",\"new_name\":\"n\",\"new_secret\":\"s\","
			    "\"new_number\":7}",
			    &id));
	return 0;
}

/* The row as it is answered. */
static struct json read_paper(struct organization *o)
{
	static const struct str names[] = { STR_INIT("new_name"), STR_INIT("new_secret"),
					    STR_INIT("new_number") };
	static const struct prefer prefer;
	DEFER(buf_release) struct buf text = buf_make(0);
	struct buf_sink sink = buf_sink_make(&text);
	struct query *q;
	struct json body;

	expect_ok(o, bind_row(&o->arena, table_of(o, "new_paper"), guid_of(A), names,
			      COUNT_OF(names), &q, &o->e));

	struct result r = { .store = &o->store,
			    .arena = &o->arena,
			    .query = q,
			    .prefer = &prefer,
			    .root = S("local:/") };

	expect_ok(o, result_row(&r, &sink.sink, &o->e));
	expect_ok(o, json_parse(&o->arena, buf_str(&text), "row", &body, &o->e));
	return body;
}

static void the_administrator_reads_everything(void **state)
{
	struct organization *o = *state;
	struct json row = read_paper(o);

	assert_true(str_eq(json_text(&row, S("new_secret")), S("s")));
	assert_int_equal(json_int(&row, S("new_number"), 0), 7);
}

static void others_read_null_in_secured_columns(void **state)
{
	struct organization *o = *state;

	o->store.caller = guid_of(NOBODY);

	struct json row = read_paper(o);

	assert_true(str_eq(json_text(&row, S("new_name")), S("n")));
	assert_int_equal(json_get(&row, S("new_secret"))->kind, JSON_NULL);
	assert_int_equal(json_get(&row, S("new_number"))->kind, JSON_NULL);
}

static void or_a_mask_in_place_of_a_text(void **state)
{
	struct organization *o = *state;

	o->store.caller = guid_of(NOBODY);
	o->store.variants.secured = SECURED_IS_MASKED;

	struct json row = read_paper(o);

	assert_true(str_eq(json_text(&row, S("new_secret")), S("****")));
	assert_int_equal(json_get(&row, S("new_number"))->kind, JSON_NULL);
	expect_ok(o, db_exec(o->store.db, "update new_paper set new_secret = null", &o->e));
	row = read_paper(o);
	assert_int_equal(json_get(&row, S("new_secret"))->kind, JSON_NULL);
}

static bool change_paper(struct organization *o, const char *body)
{
	const struct table *t = table_of(o, "new_paper");
	struct payload p;
	bool created;

	expect_ok(o, db_begin(o->store.db, &o->e));

	bool ok = payload_read(&o->store, &o->arena, t, str_from(body), &p, &o->e) &&
		  crud_update(&o->store, &o->arena, t, guid_of(A), CRUD_IF_EXISTS, 0, &p, &created,
			      &o->e);

	end(o, ok);
	return ok;
}

static void nobody_else_writes_them(void **state)
{
	struct organization *o = *state;
	struct guid id;

	o->store.caller = guid_of(NOBODY);
	assert_false(create(o, "new_paper", "{\"new_name\":\"n\",\"new_secret\":\"s\"}", &id));
	assert_int_equal(o->e.kind, ERR_FORBIDDEN);
	assert_int_equal(o->e.code, 0x8004F502u);
	assert_false(change_paper(o, "{\"new_secret\":\"t\"}"));
	assert_int_equal(o->e.code, 0x8004F507u);
	expect_ok(o, change_paper(o, "{\"new_name\":\"m\"}"));
}

/* The query for rows whose secret is "s". */
static bool ask_for_secret(struct organization *o)
{
	const struct table *t = table_of(o, "new_paper");
	struct fetch f;
	struct query *q;

	expect_ok(o, fetch_parse(&o->arena,
				 S("<fetch><entity name='new_paper'><filter><condition "
				   "attribute='new_secret' operator='eq' value='s'/></filter>"
				   "</entity></fetch>"),
				 "test", 1, &f, &o->e) &&
			     bind_fetch(&o->store, &o->arena, t, &f, &q, &o->e));
	return access_query(&o->store, q, &o->e);
}

static void nobody_else_filters_by_them(void **state)
{
	struct organization *o = *state;

	expect_ok(o, ask_for_secret(o));
	o->store.caller = guid_of(NOBODY);
	assert_false(ask_for_secret(o));
	assert_int_equal(o->e.code, 0x8004F506u);
}

static void but_who_is_in_a_profile_that_allows_it(void **state)
{
	struct organization *o = *state;
	static const char sql[] =
		"insert into fieldpermission(fieldpermissionid, fieldsecurityprofileid, entityname, "
		"attributelogicalname, canread, cancreate, canupdate, versionnumber) values "
		"('" A "', '" A "', 'new_paper', 'new_secret', 4, 0, 4, 1);"
		"insert into systemuserprofiles(systemuserprofilesid, systemuserid, "
		"fieldsecurityprofileid, versionnumber) values ('" A "', '" NOBODY "', '" A "', 1)";

	expect_ok(o, db_exec(o->store.db, sql, &o->e));
	o->store.caller = guid_of(NOBODY);

	struct json row = read_paper(o);

	assert_true(str_eq(json_text(&row, S("new_secret")), S("s")));
	assert_int_equal(json_get(&row, S("new_number"))->kind, JSON_NULL);
	expect_ok(o, ask_for_secret(o));
	expect_ok(o, change_paper(o, "{\"new_secret\":\"t\"}"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, organization_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_administrator_reads_everything),
		TEST(others_read_null_in_secured_columns),
		TEST(or_a_mask_in_place_of_a_text),
		TEST(nobody_else_writes_them),
		TEST(nobody_else_filters_by_them),
		TEST(but_who_is_in_a_profile_that_allows_it),
	};

	return cmocka_run_group_tests_name("org/secured", tests, NULL, NULL);
}
