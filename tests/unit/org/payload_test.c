/* SPDX-License-Identifier: MIT */
/*
 * Bodies of requests: what is a column, what is a reference, and what is refused with which code.
 */
#include "org/payload.h"

#include "organization.h"

#define PAYLOAD 0x80048d19u
#define URL 0x80060888u

static bool read(struct organization *o, const char *table, const char *body, struct payload *p)
{
	return payload_read(&o->store, &o->arena, table_of(o, table), str_from(body), p, &o->e);
}

static const struct value *value_of(const struct payload *p, const char *column)
{
	for (size_t i = 0; i < p->n; i++) {
		if (str_eq(p->columns[i]->name, str_from(column)))
			return &p->values[i];
	}
	fail_msg("no value for %s", column);
	return NULL;
}

static void expect_text(const struct payload *p, const char *column, const char *text)
{
	const struct value *v = value_of(p, column);

	assert_int_equal(v->kind, VALUE_TEXT);
	assert_true(str_eq(v->text, str_from(text)));
}

static void columns_are_told_by_their_logical_names(void **state)
{
	struct organization *o = *state;
	struct payload p;

	expect_ok(o, read(o, "queue",
			  "{\"@odata.type\":\"Microsoft.Dynamics.CRM.queue\","
			  "\"queueid\":\"{" TEAM "}\",\"name\":\"Gold\",\"queueviewtype\":1,"
			  "\"description\":null,\"numberofitems@odata.type\":\"#Int32\"}",
			  &p));
	assert_true(p.has_id);
	assert_true(guid_eq(p.id, guid_of(TEAM)));
	assert_int_equal(p.n, 3);
	expect_text(&p, "name", "Gold");
	expect_text(&p, "queueviewtype", "1");
	assert_int_equal(value_of(&p, "description")->kind, VALUE_NULL);
}

static void an_empty_text_is_a_null(void **state)
{
	struct organization *o = *state;
	struct payload p;

	expect_ok(o, read(o, "queue", "{\"description\":\"\"}", &p));
	assert_int_equal(value_of(&p, "description")->kind, VALUE_NULL);
}

static void a_reference_may_be_written_in_every_form_of_url(void **state)
{
	static const char *const urls[] = {
		"/systemusers(" ADMIN ")",
		"systemusers(" ADMIN ")",
		"/api/data/v9.2/systemusers(" ADMIN ")",
		"https://contoso.crm4.dynamics.com/api/data/v9.1/systemusers(" ADMIN ")",
		"http://127.0.0.1:8080/api/data/v9.0/systemusers(ownerid=" ADMIN ")",
	};
	struct organization *o = *state;
	struct payload p;

	for (size_t i = 0; i < COUNT_OF(urls); i++) {
		struct str body =
			str_fmt(&o->arena, "{\"primaryuserid@odata.bind\":\"%s\"}", urls[i]);

		expect_ok(o, read(o, "queue", str_cstr(&o->arena, body), &p));

		const struct value *v = value_of(&p, "primaryuserid");

		assert_int_equal(v->kind, VALUE_REF);
		assert_true(str_eq(v->text, S(ADMIN)));
		assert_true(str_eq(v->table, S("systemuser")));
	}
}

static void a_url_that_names_no_row_is_refused(void **state)
{
	static const char *const urls[] = {
		"",
		"systemusers",
		ADMIN,
		"systemuser(" ADMIN ")",
		"systemusers(123)",
		"systemusers(domainname='x')",
		"/nowhere/systemusers(" ADMIN ")",
		"/api/data/systemusers(" ADMIN ")",
		"https://contoso.crm4.dynamics.com/systemusers(" ADMIN ")",
		"https:///systemusers(" ADMIN ")",
		"queues(" ADMIN ")",
		"$1",
	};
	struct organization *o = *state;
	struct payload p;

	for (size_t i = 0; i < COUNT_OF(urls); i++) {
		struct str body =
			str_fmt(&o->arena, "{\"primaryuserid@odata.bind\":\"%s\"}", urls[i]);

		expect_error(o, read(o, "queue", str_cstr(&o->arena, body), &p), ERR_BAD_REQUEST,
			     URL);
	}
}

static void the_target_of_several_is_chosen_by_navigation(void **state)
{
	struct organization *o = *state;
	struct payload p;

	expect_ok(o, read(o, "queue", "{\"ownerid@odata.bind\":\"/teams(" TEAM ")\"}", &p));
	assert_true(str_eq(value_of(&p, "ownerid")->table, S("team")));
	expect_error(o, read(o, "queue", "{\"ownerid@odata.bind\":\"/queues(" TEAM ")\"}", &p),
		     ERR_BAD_REQUEST, URL);
	expect_ok(o, read(o, "contact",
			  "{\"parentcustomerid_contact@odata.bind\":null,"
			  "\"parentcustomerid_account@odata.bind\":\"accounts(" TEAM ")\"}",
			  &p));
	assert_int_equal(p.n, 1);
	assert_true(str_eq(value_of(&p, "parentcustomerid")->table, S("account")));
	expect_error(o,
		     read(o, "contact",
			  "{\"parentcustomerid_account@odata.bind\":\"contacts(" TEAM ")\"}", &p),
		     ERR_BAD_REQUEST, URL);
	expect_error(o,
		     read(o, "contact",
			  "{\"parentcustomerid_contact@odata.bind\":\"contacts(" TEAM ")\","
			  "\"parentcustomerid_account@odata.bind\":\"accounts(" TEAM ")\"}",
			  &p),
		     ERR_BAD_REQUEST, PAYLOAD);
}

static void null_clears_a_reference_in_both_ways(void **state)
{
	struct organization *o = *state;
	struct payload p;

	expect_ok(o, read(o, "queue", "{\"primaryuserid@odata.bind\":null}", &p));
	assert_int_equal(value_of(&p, "primaryuserid")->kind, VALUE_NULL);
	expect_ok(o, read(o, "queue", "{\"primaryuserid\":null}", &p));
	assert_int_equal(value_of(&p, "primaryuserid")->kind, VALUE_NULL);
}

static void what_the_table_does_not_declare_is_refused(void **state)
{
	static const char *const bodies[] = {
		"",
		"[]",
		"{\"name\":\"a\"",
		"{\"nam\":\"a\"}",
		"{\"Name\":\"a\"}",
		"{\"_primaryuserid_value\":\"" ADMIN "\"}",
		"{\"primaryuserid\":\"" ADMIN "\"}",
		"{\"PrimaryUserId@odata.bind\":\"/systemusers(" ADMIN ")\"}",
		"{\"queueid\":\"x\"}",
		"{\"queueid\":null}",
		"{\"name\":\"a\",\"name\":\"b\"}",
		"{\"name\":1}",
		"{\"name\":[\"a\"]}",
		"{\"queueviewtype\":\"1\"}",
		"{\"primaryuserid@odata.bind\":7}",
		/* the column of this navigation property has another name */
		"{\"msdyn_assignmentinputcontractid\":null}",
	};
	struct organization *o = *state;
	struct payload p;

	for (size_t i = 0; i < COUNT_OF(bodies); i++)
		expect_error(o, read(o, "queue", bodies[i], &p), ERR_BAD_REQUEST, PAYLOAD);
}

static void a_value_that_does_not_fit_has_the_code_of_its_type(void **state)
{
	struct organization *o = *state;
	struct payload p;
	struct str body = str_fmt(&o->arena, "{\"name\":\"%0600d\"}", 0);

	expect_error(o, read(o, "queue", str_cstr(&o->arena, body), &p), ERR_BAD_REQUEST,
		     0x80044331u);
	assert_non_null(strstr(o->e.msg, "name"));
	expect_error(o, read(o, "queue", "{\"importsequencenumber\":2147483648}", &p),
		     ERR_BAD_REQUEST, 0x8004432fu);
	expect_error(o, read(o, "queue", "{\"queueviewtype\":77}", &p), ERR_BAD_REQUEST,
		     0x8004431au);
	expect_error(o, read(o, "contact", "{\"creditlimit\":-1}", &p), ERR_BAD_REQUEST,
		     0x80044330u);
}

static void related_rows_are_nested_or_bound(void **state)
{
	struct organization *o = *state;
	struct payload p;

	expect_ok(o,
		  read(o, "queue",
		       "{\"primaryuserid\":{\"lastname\":\"x\"},"
		       "\"queuemembership_association@odata.bind\":[\"systemusers(" ADMIN ")\"]}",
		       &p));
	assert_int_equal(p.nrelated, 2);
	assert_int_equal(p.related[0].navigation.kind, NAVIGATION_LOOKUP);
	assert_int_equal(p.related[0].row->n, 1);
	assert_int_equal(p.related[1].navigation.kind, NAVIGATION_PAIRS);
	assert_true(guid_eq(p.related[1].id, guid_of(ADMIN)));
	/* the lookup is given, though not yet known */
	assert_int_equal(value_of(&p, "primaryuserid")->kind, VALUE_ABSENT);
}

static void too_much_has_a_code_of_its_own(void **state)
{
	struct organization *o = *state;
	DEFER(buf_release) struct buf body = buf_make(0);
	struct payload p;

	expect_error(o, read(o, "queue", "{\"overriddencreatedon\":\"1752-12-31\"}", &p),
		     ERR_BAD_REQUEST, 0x80040239u);
	buf_add(&body, S("{\"msdyn_allowedpresences\":\"1"));
	for (int i = 0; i < 150; i++)
		buf_add(&body, S(", 1"));
	buf_add(&body, S("\"}"));
	expect_error(o, read(o, "msdyn_liveworkstream", str_cstr(&o->arena, buf_str(&body)), &p),
		     ERR_BAD_REQUEST, 0x80050222u);
}

static void values_of_lookups_are_refused_or_passed_over(void **state)
{
	static const char body[] = "{\"_primaryuserid_value\":\"" ADMIN "\",\"name\":\"n\"}";
	struct organization *o = *state;
	struct payload p;

	expect_error(o, read(o, "queue", body, &p), ERR_BAD_REQUEST, PAYLOAD);
	o->store.variants.lookup_value = LOOKUP_VALUE_IGNORED;
	expect_ok(o, read(o, "queue", body, &p));
	assert_int_equal(p.n, 1);
	expect_error(o, read(o, "queue", "{\"_nothing_value\":null}", &p), ERR_BAD_REQUEST,
		     PAYLOAD);
	o->store.variants.lookup_value = LOOKUP_VALUE_REFUSED;
}

int main(void)
{
#define TEST(f) cmocka_unit_test(f)
	const struct CMUnitTest tests[] = {
		TEST(columns_are_told_by_their_logical_names),
		TEST(an_empty_text_is_a_null),
		TEST(a_reference_may_be_written_in_every_form_of_url),
		TEST(a_url_that_names_no_row_is_refused),
		TEST(the_target_of_several_is_chosen_by_navigation),
		TEST(null_clears_a_reference_in_both_ways),
		TEST(what_the_table_does_not_declare_is_refused),
		TEST(a_value_that_does_not_fit_has_the_code_of_its_type),
		TEST(related_rows_are_nested_or_bound),
		TEST(too_much_has_a_code_of_its_own),
		TEST(values_of_lookups_are_refused_or_passed_over),
	};

	return cmocka_run_group_tests(tests, organization_setup, organization_teardown);
}
