/* SPDX-License-Identifier: MIT */
/*
 * CreateMultiple, UpdateMultiple, UpsertMultiple, DeleteMultiple, and how a client finds out which table knows them
 * (facts/webapi.md 3.2).
 */
#include "served.h"

#include "papers.h"

#define A "11111111-2222-4333-8444-555555555501"
#define B "11111111-2222-4333-8444-555555555502"
#define C "11111111-2222-4333-8444-555555555503"
#define TYPE "\"@odata.type\":\"Microsoft.Dynamics.CRM.new_paper\""
#define ON(message) "new_papers/Microsoft.Dynamics.CRM." message

static int setup(void **state)
{
	DEFER(db_close) struct db *db = NULL;

	served_setup(state);

	struct served *s = *state;

	org_close(&s->org);
	served_must(s, db_open(&db, &s->arena, s->path, DB_WRITE, &s->e));
	served_must(s, papers_add(db, &s->e));
	/* as sdk_messages_add_table has it */
	served_must(s,
		    db_exec(db,
			    "insert into sdkmessagefilter(sdkmessagefilterid, sdkmessageid, "
			    "primaryobjecttypecode, versionnumber) "
			    "select printf('00000000-0000-4000-8000-%012d', rowid), sdkmessageid, "
			    "'new_paper', 1 from sdkmessage",
			    &s->e));
	db_close(&db);
	served_open(s, true);
	return 0;
}

static int post(struct served *s, const char *target, const char *targets)
{
	return ask(s, METHOD_POST, target,
		   str_cstr(&s->arena, str_fmt(&s->arena, "{\"Targets\":[%s]}", targets)));
}

static const char *names(struct served *s)
{
	expect_status(s,
		      fetch(s, "new_papers",
			    "<fetch><entity name='new_paper'><attribute name='new_name'/>"
			    "<order attribute='new_name'/></entity></fetch>"),
		      200);
	return joined(s, "new_name");
}

static void new_rows_answer_with_their_ids_in_order(void **state)
{
	struct served *s = *state;

	expect_status(s,
		      post(s, ON("CreateMultiple"),
			   "{" TYPE ",\"new_name\":\"a\",\"new_paperid\":\"" B "\"},"
			   "{\"@odata.type\":\"#Microsoft.Dynamics.CRM.new_paper\","
			   "\"new_name\":\"b\",\"new_paperid\":\"" A "\"},"
			   "{" TYPE ",\"new_name\":\"c\"}"),
		      200);

	const struct json *body = answer_json(s);
	const struct json *ids = json_get(body, S("Ids"));

	assert_true(str_ends(json_text(body, S("@odata.context")),
			     S("$metadata#Microsoft.Dynamics.CRM.CreateMultipleResponse")));
	assert_int_equal(ids->n, 3);
	assert_true(str_eq(ids->items[0].text, S(B)));
	assert_true(str_eq(ids->items[1].text, S(A)));
	assert_string_equal(names(s), "a|b|c");
}

static void all_rows_are_written_or_none(void **state)
{
	struct served *s = *state;

	expect_code(s,
		    post(s, ON("CreateMultiple"),
			 "{" TYPE ",\"new_name\":\"a\",\"new_paperid\":\"" A "\"},"
			 "{" TYPE ",\"new_paperid\":\"" A "\"}"),
		    412, "0x80040237");
	assert_string_equal(names(s), "");
}

static void every_row_tells_its_type(void **state)
{
	struct served *s = *state;

	expect_code(s, post(s, ON("CreateMultiple"), "{\"new_name\":\"a\"}"), 400, "0x80048d19");
	expect_code(
		s,
		post(s, ON("CreateMultiple"), "{\"@odata.type\":\"Microsoft.Dynamics.CRM.queue\"}"),
		400, "0x80040203");
	expect_code(s,
		    post(s, ON("CreateMultiple"),
			 "{\"@odata.type\":\"Microsoft.Dynamics.CRM.nothing\"}"),
		    400, "0x80048d19");
	expect_code(s, post(s, ON("CreateMultiple"), ""), 400, "0x80040203");
	expect_code(s, ask(s, METHOD_POST, ON("CreateMultiple"), "{}"), 400, "0x80048d19");
}

static void of_a_row_told_twice_the_first_update_counts(void **state)
{
	struct served *s = *state;

	expect_status(s,
		      post(s, ON("CreateMultiple"),
			   "{" TYPE ",\"new_name\":\"a\",\"new_paperid\":\"" A "\"},"
			   "{" TYPE ",\"new_name\":\"b\",\"new_paperid\":\"" B "\"}"),
		      200);
	expect_status(s,
		      post(s, ON("UpdateMultiple"),
			   "{" TYPE ",\"new_name\":\"x\",\"new_paperid\":\"" A "\"},"
			   "{" TYPE ",\"new_name\":\"y\",\"new_paperid\":\"" B "\"},"
			   "{" TYPE ",\"new_name\":\"z\",\"new_paperid\":\"" A "\"}"),
		      204);
	assert_int_equal(s->answer.body.n, 0);
	assert_string_equal(names(s), "x|y");
	/* neither without a key nor of a row that is not there */
	expect_code(s, post(s, ON("UpdateMultiple"), "{" TYPE ",\"new_name\":\"q\"}"), 400,
		    "0x80040203");
	expect_code(s,
		    post(s, ON("UpdateMultiple"),
			 "{" TYPE ",\"new_name\":\"q\",\"new_paperid\":\"" A "\"},"
			 "{" TYPE ",\"new_name\":\"q\",\"new_paperid\":\"" C "\"}"),
		    404, "0x80040217");
	assert_string_equal(names(s), "x|y");
}

static void an_upsert_finds_rows_by_any_key(void **state)
{
	struct served *s = *state;

	expect_status(s,
		      post(s, ON("UpsertMultiple"),
			   "{" TYPE ",\"new_name\":\"a\",\"new_paperid\":\"" A "\"},"
			   "{" TYPE
			   ",\"new_name\":\"b\",\"@odata.id\":\"new_papers(new_code='k')\"}"),
		      204);
	assert_int_equal(s->answer.body.n, 0);
	expect_status(s,
		      post(s, ON("UpsertMultiple"),
			   "{" TYPE ",\"new_name\":\"c\",\"new_paperid\":\"" A "\"},"
			   "{" TYPE
			   ",\"new_name\":\"d\",\"@odata.id\":\"new_papers(new_code='k')\"},"
			   "{" TYPE ",\"new_name\":\"e\",\"@odata.id\":\"new_papers(" B ")\"}"),
		      204);
	assert_string_equal(names(s), "c|d|e");
	expect_code(s,
		    post(s, ON("UpsertMultiple"),
			 "{" TYPE ",\"new_name\":\"f\",\"@odata.id\":\"new_papers(new_code='n')\"},"
			 "{" TYPE
			 ",\"new_name\":\"g\",\"@odata.id\":\"new_papers(new_code='n')\"}"),
		    400, "0x80040203");
	assert_string_equal(names(s), "c|d|e");
}

static void deletemultiple_is_for_elastic_tables(void **state)
{
	struct served *s = *state;

	expect_status(s, post(s, ON("DeleteMultiple"), "{" TYPE ",\"new_paperid\":\"" A "\"}"),
		      501);
	assert_true(answer_has(s, "DeleteMultiple has not yet been implemented."));
	expect_code(s, post(s, "accounts/Microsoft.Dynamics.CRM.DeleteMultiple", "{}"), 400,
		    "0x80040800");
}

static void a_client_can_ask_which_table_knows_a_message(void **state)
{
	static const char query[] =
		"sdkmessagefilters?$select=sdkmessagefilterid&$filter=sdkmessageid/name%%20eq%%20@message"
		"%%20and%%20primaryobjecttypecode%%20eq%%20@table&@message='%s'&@table='%s'";
	static const struct {
		const char *message, *table;
		size_t rows;
	} cases[] = {
		{ "CreateMultiple", "msdyn_liveworkstream", 1 },
		{ "UpdateMultiple", "msdyn_liveworkstream", 1 },
		{ "UpsertMultiple", "msdyn_liveworkstream", 0 },
		{ "DeleteMultiple", "msdyn_liveworkstream", 0 },
		{ "CreateMultiple", "account", 0 },
		{ "CreateMultiple", "queue", 0 },
	};
	struct served *s = *state;

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct str url = str_fmt(&s->arena, query, cases[i].message, cases[i].table);

		expect_status(s, ask_str(s, METHOD_GET, url, NULL), 200);
		assert_int_equal(json_get(answer_json(s), S("value"))->n, cases[i].rows);
	}
	expect_code(s,
		    post(s, "accounts/Microsoft.Dynamics.CRM.CreateMultiple",
			 "{\"@odata.type\":\"Microsoft.Dynamics.CRM.account\",\"name\":\"a\"}"),
		    400, "0x80040800");
	expect_code(s,
		    post(s, "accounts/Microsoft.Dynamics.CRM.UpsertMultiple",
			 "{\"@odata.type\":\"Microsoft.Dynamics.CRM.account\",\"name\":\"a\"}"),
		    400, "0x80040800");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, served_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(new_rows_answer_with_their_ids_in_order),
		TEST(all_rows_are_written_or_none),
		TEST(every_row_tells_its_type),
		TEST(of_a_row_told_twice_the_first_update_counts),
		TEST(an_upsert_finds_rows_by_any_key),
		TEST(deletemultiple_is_for_elastic_tables),
		TEST(a_client_can_ask_which_table_knows_a_message),
	};

	return cmocka_run_group_tests_name("org/bulk", tests, NULL, NULL);
}
