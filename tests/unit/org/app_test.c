/* SPDX-License-Identifier: MIT */
/*
 * The organization as a Web API: rows and links over their URLs, batches, metadata, errors
 * (facts/webapi.md 2, 3.1, 5).
 */
#include "served.h"

#define ID(n) "11111111-0000-4000-8000-00000000000" n
#define ROOT "local:/api/data/v9.2/"

static void make_account(struct served *s, const char *id, const char *name)
{
	struct str body = str_fmt(&s->arena, "{\"accountid\":\"%s\",\"name\":\"%s\"}", id, name);

	expect_status(s, ask(s, METHOD_POST, "accounts", str_cstr(&s->arena, body)), 204);
}

/* The name, or the status when the row cannot be read. */
static const char *name_of(struct served *s, const char *id)
{
	struct str url = str_fmt(&s->arena, "accounts(%s)?$select=name", id);
	int status = ask_str(s, METHOD_GET, url, NULL);

	if (status != 200)
		return str_cstr(&s->arena, str_fmt(&s->arena, "%d", status));
	return str_cstr(&s->arena, json_text(answer_json(s), S("name")));
}

static void who_am_i_tells_three_ids(void **state)
{
	struct served *s = *state;

	expect_status(s, ask(s, METHOD_GET, "WhoAmI", NULL), 200);
	assert_int_equal(json_text(answer_json(s), S("OrganizationId")).n, 36);
	assert_int_equal(json_text(answer_json(s), S("BusinessUnitId")).n, 36);
	expect_status(s, ask(s, METHOD_GET, "WhoAmI()", NULL), 200);
	assert_int_equal(json_text(answer_json(s), S("UserId")).n, 36);
	assert_string_equal(answer_header(s, "odata-version"), "4.0");
}

static void a_created_row_tells_its_address(void **state)
{
	struct served *s = *state;

	make_account(s, ID("1"), "One");
	assert_string_equal(answer_header(s, "OData-EntityId"), ROOT "accounts(" ID("1") ")");
	assert_int_equal(s->answer.body.n, 0);
	expect_code(s, ask(s, METHOD_POST, "accounts", "{\"accountid\":\"" ID("1") "\"}"), 412,
		    "0x80040237");

	with_header(s, "Prefer", "return=representation");
	expect_status(s, ask(s, METHOD_POST, "accounts?$select=name", "{\"name\":\"Two\"}"), 201);
	assert_string_equal(str_cstr(&s->arena, json_text(answer_json(s), S("name"))), "Two");
	assert_int_equal(json_text(answer_json(s), S("accountid")).n, 36);
	assert_string_equal(answer_header(s, "Preference-Applied"), "return=representation");
}

static void one_row_is_read_with_its_nulls(void **state)
{
	struct served *s = *state;

	make_account(s, ID("2"), "Single");
	expect_status(s,
		      ask(s, METHOD_GET,
			  "accounts(" ID("2") ")?$select=name,revenue,_ownerid_value", NULL),
		      200);

	const struct json *row = answer_json(s);

	assert_true(answer_has(s, ROOT "$metadata#accounts(name,revenue,_ownerid_value)/$entity"));
	assert_int_equal(json_get(row, S("revenue"))->kind, JSON_NULL);
	assert_int_equal(json_text(row, S("_ownerid_value")).n, 36);
	assert_true(str_starts(json_text(row, S("@odata.etag")), S("W/\"")));
	/* without $select: every column */
	expect_status(s, ask(s, METHOD_GET, "accounts(accountid=" ID("2") ")", NULL), 200);
	assert_non_null(json_get(answer_json(s), S("numberofemployees")));
	expect_code(s, ask(s, METHOD_GET, "accounts(" ID("9") ")", NULL), 404, "0x80040217");
	expect_code(s, ask(s, METHOD_GET, "accounts(" ID("2") ")?$select=ownerid", NULL), 400,
		    "0x80060888");
	expect_code(s, ask(s, METHOD_GET, "accounts(1)", NULL), 400, "0x80060888");
}

static void conditions_of_an_update_are_kept(void **state)
{
	struct served *s = *state;

	make_account(s, ID("3"), "Old");
	with_header(s, "if-match", "*");
	with_header(s, "If-None-Match", "null");
	expect_status(s, ask(s, METHOD_PATCH, "accounts(" ID("3") ")", "{\"name\":\"New\"}"), 204);
	assert_string_equal(name_of(s, ID("3")), "New");

	const char *etag = str_cstr(&s->arena, json_text(answer_json(s), S("@odata.etag")));

	with_header(s, "If-Match", etag);
	expect_status(s, ask(s, METHOD_PATCH, "accounts(" ID("3") ")", "{\"name\":\"Newer\"}"),
		      204);
	with_header(s, "If-Match", etag);
	expect_code(s, ask(s, METHOD_PATCH, "accounts(" ID("3") ")", "{\"name\":\"Late\"}"), 412,
		    "0x80060882");
	with_header(s, "If-None-Match", "*");
	expect_code(s, ask(s, METHOD_PATCH, "accounts(" ID("3") ")", "{\"name\":\"Late\"}"), 412,
		    "0x80040237");
	with_header(s, "If-Match", "*");
	expect_code(s, ask(s, METHOD_PATCH, "accounts(" ID("8") ")", "{\"name\":\"None\"}"), 404,
		    "0x80040217");
	with_header(s, "If-Match", "version 3");
	expect_code(s, ask(s, METHOD_PATCH, "accounts(" ID("3") ")", "{\"name\":\"Late\"}"), 400,
		    "0x80060888");
	assert_string_equal(name_of(s, ID("3")), "Newer");
	/* without a condition a missing row is made */
	with_header(s, "Prefer", "return=representation");
	expect_status(s, ask(s, METHOD_PATCH, "accounts(" ID("4") ")", "{\"name\":\"Made\"}"), 201);
	expect_status(s, ask(s, METHOD_DELETE, "accounts(" ID("4") ")", NULL), 204);
	expect_code(s, ask(s, METHOD_DELETE, "accounts(" ID("4") ")", NULL), 404, "0x80040217");
	expect_code(s, ask(s, METHOD_DELETE, "accounts", NULL), 405, "0x80060888");
}

/* The two ends of the relationship between queues and users. */
static void links_are_made_and_removed(void **state)
{
	struct served *s = *state;
	static const char add[] = "queues(" ID("5") ")/queuemembership_association/$ref";
	static const char user_add[] = "systemusers(%s)/queuemembership_association/$ref";

	expect_status(s, ask(s, METHOD_GET, "WhoAmI", NULL), 200);

	const char *user = str_cstr(&s->arena, json_text(answer_json(s), S("UserId")));
	const char *body = str_cstr(
		&s->arena,
		str_fmt(&s->arena, "{\"@odata.id\":\"https://x/api/data/v9.2/systemusers(%s)\"}",
			user));

	expect_status(s,
		      ask(s, METHOD_POST, "queues",
			  "{\"queueid\":\"" ID("5") "\",\"name\":\"Q\",\"msdyn_priority\":1}"),
		      204);
	expect_status(s, ask(s, METHOD_POST, add, body), 204);
	expect_code(s, ask(s, METHOD_POST, add, body), 412, "0x80040237");

	/* the same pair from its other end */
	struct str other = str_fmt(&s->arena, user_add, user);

	expect_code(s, ask_str(s, METHOD_POST, other, "{\"@odata.id\":\"queues(" ID("5") ")\"}"),
		    412, "0x80040237");
	expect_status(s,
		      fetch(s, "queuememberships",
			    "<fetch><entity name='queuemembership'><attribute name='queueid'/>"
			    "<filter><condition attribute='queueid' operator='eq' value='" ID(
				    "5") "'/></filter></entity></fetch>"),
		      200);
	assert_string_equal(joined(s, "queueid"), ID("5"));

	struct str remove = str_fmt(
		&s->arena, "queues(" ID("5") ")/queuemembership_association(%s)/$ref", user);

	expect_status(s, ask_str(s, METHOD_DELETE, remove, NULL), 204);
	expect_code(s, ask_str(s, METHOD_DELETE, remove, NULL), 404, "0x80040217");
	expect_status(s, ask(s, METHOD_POST, add, body), 204);
	remove = str_fmt(&s->arena,
			 "queues(" ID("5") ")/queuemembership_association/"
					   "$ref?$id=systemusers(%s)",
			 user);
	expect_status(s, ask_str(s, METHOD_DELETE, remove, NULL), 204);
	/* case counts, and the row must be of the other table */
	expect_code(
		s,
		ask(s, METHOD_POST, "queues(" ID("5") ")/QueueMembership_association/$ref", body),
		404, "0x80060888");
	expect_code(s, ask(s, METHOD_POST, add, "{\"@odata.id\":\"queues(" ID("5") ")\"}"), 400,
		    "0x80060888");
	expect_code(s, ask(s, METHOD_POST, add, "{}"), 400, "0x80048d19");
	expect_code(s, ask(s, METHOD_POST, "queuememberships", "{}"), 400, "0x80040203");
}

static void what_is_not_there_answers_as_the_platform_or_501(void **state)
{
	static const struct {
		enum method method;
		const char *target;
		int status;
		const char *code;
	} cases[] = {
		{ METHOD_GET, "nothings", 404, "0x80060888" },
		{ METHOD_GET, "Accounts", 404, "0x80060888" },
		{ METHOD_GET, "nothings(1)/x", 404, "0x80060888" },
		{ METHOD_GET, "accounts?$deltatoken=1", 400, "0x80060888" },
		{ METHOD_GET, "accounts?sql=select", 501, "0x0" },
		{ METHOD_GET, "accounts?$skip=1", 400, "0x80060888" },
		{ METHOD_GET, "accounts?fetchXml=a&fetchXml=b", 400, "0x80060888" },
		{ METHOD_GET, "accounts?fetchXml=%zz", 400, "0x80060888" },
		{ METHOD_GET, "accounts(", 400, "0x80060888" },
		{ METHOD_POST, "accounts(" ID("1") ")/primarycontactid/$ref", 405, "0x80060888" },
		{ METHOD_GET, "accounts(accountnumber='x')", 400, "0x80060888" },
		{ METHOD_GET, "EntityDefinitions(LogicalName='nothing')", 404, "0x80041102" },
	};
	struct served *s = *state;

	for (size_t i = 0; i < COUNT_OF(cases); i++)
		expect_code(s, ask(s, cases[i].method, cases[i].target, NULL), cases[i].status,
			    cases[i].code);
	expect_status(s, ask(s, METHOD_GET, "accounts(" ID("1") ")?tag=x", NULL), 200);
}

static void a_url_that_is_too_long_is_refused(void **state)
{
	struct served *s = *state;
	size_t n = 70000;
	char *url = arena_alloc(&s->arena, n);

	memset(url, 'a', n);
	expect_code(s, ask_str(s, METHOD_GET, str_of(url, n), NULL), 400, "0x80060888");
}

static void definitions_are_given_for_the_tables_asked_for(void **state)
{
	struct served *s = *state;

	expect_status(s,
		      ask(s, METHOD_GET,
			  "EntityDefinitions?$select=LogicalName,EntitySetName&$filter="
			  "LogicalName%20eq%20'account'%20or%20LogicalName%20eq%20'nothing'%20or%20"
			  "LogicalName%20eq%20'queue'&$expand=Attributes($select=LogicalName),"
			  "ManyToManyRelationships,Keys",
			  NULL),
		      200);
	assert_string_equal(joined(s, "LogicalName"), "account|queue");

	const struct json *rows = json_get(answer_json(s), S("value"));

	assert_non_null(json_get(&rows->items[1], S("ManyToManyRelationships")));
	assert_null(json_get(&rows->items[1], S("ManyToOneRelationships")));
	assert_true(json_get(&rows->items[1], S("Attributes"))->n > 20);

	expect_status(s, ask(s, METHOD_GET, "EntityDefinitions(LogicalName='queue')", NULL), 200);
	assert_true(str_eq(json_text(answer_json(s), S("EntitySetName")), S("queues")));
	expect_status(s, ask(s, METHOD_GET, "EntityDefinitions?$select=LogicalName", NULL), 200);
	assert_true(json_get(answer_json(s), S("value"))->n > 70);
}

#define PART "--b\r\nContent-Type: application/http\r\n\r\n"
#define SET "--b\r\nContent-Type: multipart/mixed;boundary=c\r\n\r\n"
#define MEMBER(id) "--c\r\nContent-Type: application/http\r\nContent-ID: " id "\r\n\r\n"
#define CREATE(id, name)                                                                           \
	"POST /api/data/v9.2/accounts HTTP/1.1\r\nContent-Type: application/json\r\n\r\n"          \
	"{\"accountid\":\"" id "\",\"name\":\"" name "\"}\r\n"
#define READ(id) "GET /api/data/v9.2/accounts(" id ")?$select=name HTTP/1.1\r\n\r\n\r\n"

static int batch(struct served *s, const char *body)
{
	with_header(s, "Content-Type", "multipart/mixed; boundary=\"b\"");
	return ask(s, METHOD_POST, "$batch", body);
}

static size_t count(struct served *s, const char *text)
{
	struct str rest = s->answer.body;
	size_t n = 0;

	for (size_t at = str_find(rest, str_from(text)); at != STR_NONE;
	     at = str_find(rest, str_from(text))) {
		rest = str_skip(rest, at + strlen(text));
		n++;
	}
	return n;
}

#define B "22222222-0000-4000-8000-00000000000"

static void a_batch_answers_its_parts_in_order(void **state)
{
	struct served *s = *state;

	expect_status(s, batch(s, PART CREATE(B "1", "First") PART READ(B "1") "--b--\r\n"), 200);
	assert_true(str_starts(str_from(answer_header(s, "Content-Type")),
			       S("multipart/mixed; boundary=batchresponse_")));
	assert_int_equal(count(s, "HTTP/1.1 204"), 1);
	assert_int_equal(count(s, "HTTP/1.1 200"), 1);
	assert_true(answer_has(s, "OData-EntityId: " ROOT "accounts(" B "1)"));
	assert_true(answer_has(s, "\"name\":\"First\""));
}

static void the_first_failure_ends_a_batch_and_leaves_what_was_done(void **state)
{
	struct served *s = *state;
	static const char body[] = PART CREATE(B "2", "Done") PART CREATE(B "2", "Again")
		PART CREATE(B "3", "Never") "--b--\r\n";

	expect_status(s, batch(s, body), 412);
	assert_int_equal(count(s, "HTTP/1.1 "), 2);
	assert_true(answer_has(s, "0x80040237"));
	assert_string_equal(name_of(s, B "2"), "Done");
	assert_string_equal(name_of(s, B "3"), "404");
}

static void continue_on_error_answers_every_part(void **state)
{
	struct served *s = *state;

	with_header(s, "Prefer", "odata.continue-on-error");
	expect_status(
		s,
		batch(s, PART CREATE(B "4", "Yes") PART CREATE(B "4", "No") PART
		      "GET nothings HTTP/1.1\r\n\r\n\r\n" PART CREATE(B "5", "Too") "--b--\r\n"),
		200);
	assert_int_equal(count(s, "HTTP/1.1 "), 4);
	assert_string_equal(name_of(s, B "4"), "Yes");
	assert_string_equal(name_of(s, B "5"), "Too");
}

static void a_change_set_is_done_whole(void **state)
{
	struct served *s = *state;

	expect_status(s,
		      batch(s, SET MEMBER("7") CREATE(B "6", "In") MEMBER("8")
				       CREATE(B "7", "In too") "--c--\r\n--b--\r\n"),
		      200);
	assert_int_equal(count(s, "HTTP/1.1 204"), 2);
	assert_true(answer_has(s, "boundary=changesetresponse_"));
	assert_true(answer_has(s, "Content-ID: 8"));
	assert_string_equal(name_of(s, B "7"), "In too");
}

static void or_not_at_all(void **state)
{
	struct served *s = *state;

	with_header(s, "Prefer", "odata.continue-on-error");
	expect_status(s,
		      batch(s, PART CREATE(B "8", "Before") SET MEMBER("1") CREATE(B "9", "Undone")
				       MEMBER("2") CREATE(B "8", "Fails") "--c--\r\n" PART CREATE(
					       B "a", "After") "--b--\r\n"),
		      200);
	assert_int_equal(count(s, "HTTP/1.1 "), 3);
	assert_int_equal(count(s, "HTTP/1.1 412"), 1);
	assert_string_equal(name_of(s, B "8"), "Before");
	assert_string_equal(name_of(s, B "9"), "404");
	assert_string_equal(name_of(s, B "a"), "After");
}

static void a_malformed_batch_undoes_everything(void **state)
{
	struct served *s = *state;

	expect_status(s, batch(s, PART CREATE(B "b", "Gone") PART "nonsense\r\n--b--\r\n"), 400);
	assert_string_equal(name_of(s, B "b"), "404");
	expect_status(s, batch(s, PART CREATE(B "b", "Gone")), 400);
	assert_string_equal(name_of(s, B "b"), "404");
	expect_status(s,
		      batch(s, SET "--c\r\nContent-Type: application/http\r\n\r\n" CREATE(
				       B "b", "No id") "--c--\r\n--b--\r\n"),
		      400);
	expect_code(s, ask(s, METHOD_POST, "$batch", PART), 400, "0x80048d19");
	assert_string_equal(name_of(s, B "b"), "404");
}

static void what_parts_cannot_do(void **state)
{
	struct served *s = *state;

	expect_status(s, batch(s, SET MEMBER("1") READ(B "1") "--c--\r\n--b--\r\n"), 400);
	expect_status(s, batch(s, PART "POST $batch HTTP/1.1\r\n\r\n\r\n--b--\r\n"), 400);
	expect_status(s, batch(s, "--b--\r\n"), 200);
}

static void more_than_a_thousand_parts_are_refused(void **state)
{
	struct served *s = *state;
	DEFER(buf_release) struct buf body = buf_make(0);

	for (int i = 0; i < 1001; i++)
		buf_add(&body, S(PART "GET WhoAmI HTTP/1.1\r\n\r\n\r\n"));
	buf_add(&body, S("--b--\r\n"));
	expect_status(s, batch(s, str_cstr(&s->arena, buf_str(&body))), 400);
}

static void a_read_only_organization_answers_and_is_not_written(void **state)
{
	struct served *s = *state;

	make_account(s, ID("6"), "Readable");
	served_open(s, false);
	assert_string_equal(name_of(s, ID("6")), "Readable");
	expect_code(s, ask(s, METHOD_POST, "accounts", "{\"name\":\"x\"}"), 403, "0x80040220");
	expect_code(s, ask(s, METHOD_DELETE, "accounts(" ID("6") ")", NULL), 403, "0x80040220");
	expect_status(s, batch(s, PART READ(ID("6")) "--b--\r\n"), 200);
	expect_status(s, batch(s, SET MEMBER("1") CREATE(B "c", "x") "--c--\r\n--b--\r\n"), 403);
	served_open(s, true);
	assert_string_equal(name_of(s, B "c"), "404");
}

struct counting_sink {
	struct sink sink;
	size_t n;
	size_t limit; /* fails beyond */
};

static bool count_bytes(struct sink *sink, struct str bytes, struct err *e)
{
	struct counting_sink *c = CONTAINER_OF(sink, struct counting_sink, sink);

	c->n += bytes.n;
	return c->n <= c->limit || err_set(e, ERR_NETWORK, "the sink is full");
}

static void bodies_go_into_the_callers_sink_but_errors_do_not(void **state)
{
	struct served *s = *state;
	struct counting_sink sink = { .sink = { .write = count_bytes }, .limit = SIZE_MAX };
	struct request r = { .method = METHOD_GET, .target = S("WhoAmI"), .into = &sink.sink };
	struct service *service = org_service(s->org);
	uint64_t tag = 0;

	served_must(s, service->submit(service, &r, 77, &s->e));
	served_must(s, service->next(service, &tag, &s->answer, &s->e));
	assert_int_equal(tag, 77);
	assert_int_equal(s->answer.body.n, 0);
	assert_true(sink.n > 100);
	assert_int_equal(service->width, 1);

	size_t before = sink.n;

	r.target = S("nothings");
	served_must(s, service_call(service, &r, &s->answer, &s->e));
	assert_int_equal(s->answer.status, 404);
	assert_int_equal(sink.n, before);
	assert_true(s->answer.body.n > 0);

	/* a sink that fails is not an answer */
	sink.limit = 0;
	r.target = S("EntityDefinitions");
	served_must(s, service->submit(service, &r, 78, &s->e));
	assert_false(service->next(service, &tag, &s->answer, &s->e));
	assert_int_equal(tag, 78);
	assert_string_equal(s->e.msg, "the sink is full");
	/* and the organization goes on */
	expect_status(s, ask(s, METHOD_GET, "WhoAmI", NULL), 200);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(who_am_i_tells_three_ids),
		cmocka_unit_test(a_created_row_tells_its_address),
		cmocka_unit_test(one_row_is_read_with_its_nulls),
		cmocka_unit_test(conditions_of_an_update_are_kept),
		cmocka_unit_test(links_are_made_and_removed),
		cmocka_unit_test(what_is_not_there_answers_as_the_platform_or_501),
		cmocka_unit_test(a_url_that_is_too_long_is_refused),
		cmocka_unit_test(definitions_are_given_for_the_tables_asked_for),
		cmocka_unit_test(a_batch_answers_its_parts_in_order),
		cmocka_unit_test(the_first_failure_ends_a_batch_and_leaves_what_was_done),
		cmocka_unit_test(continue_on_error_answers_every_part),
		cmocka_unit_test(a_change_set_is_done_whole),
		cmocka_unit_test(or_not_at_all),
		cmocka_unit_test(a_malformed_batch_undoes_everything),
		cmocka_unit_test(what_parts_cannot_do),
		cmocka_unit_test(more_than_a_thousand_parts_are_refused),
		cmocka_unit_test(a_read_only_organization_answers_and_is_not_written),
		cmocka_unit_test(bodies_go_into_the_callers_sink_but_errors_do_not),
	};

	return cmocka_run_group_tests(tests, served_setup, served_teardown);
}
