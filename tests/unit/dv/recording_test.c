/* SPDX-License-Identifier: MIT */
/*
 * Recordings: nothing secret is in the file, everything else is, and a request is found again in whatever form it comes.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "dv/recording.h"
#include "io/json.h"

#include "base/banned.h"

static struct arena arena;
static char folder[] = "/tmp/ferry-recording-XXXXXX";
static const char *path;

static bool is_secret(void *context, struct str column)
{
	(void)context;
	return str_eq(column, S("password_column")) || str_eq(column, S("keyid"));
}

static struct recorder *begin(void)
{
	struct recorder *r = NULL;
	struct err e;

	if (!recorder_open(&r, &arena, path, S("https://contoso.crm4.dynamics.com"), is_secret,
			   NULL, &e))
		fail_msg("%s", e.msg);
	return r;
}

static void finish(struct recorder *r)
{
	struct err e;

	assert_true(recorder_close(&r, &e));
	assert_null(r);
}

static void add(struct recorder *r, enum method method, struct str target, struct str type,
		struct str body, int status, struct str answer)
{
	struct header headers[] = {
		{ S("Content-Type"), type },
		{ S("Authorization"), S("Bearer eyJ-token") },
		{ S("Cookie"), S("ARRAffinity=eyJ-token") },
		{ S("X-Unknown"), S("eyJ-token") },
		{ S("Prefer"), S("return=representation") },
	};
	struct header answers[] = {
		{ S("Content-Type"), S("application/json") }, { S("Set-Cookie"), S("eyJ-token") },
		{ S("WWW-Authenticate"), S("eyJ-token") },    { S("Preference-Applied"), S("a") },
		{ S("Preference-Applied"), S("b") },
	};
	struct request q = { .method = method,
			     .target = target,
			     .headers = headers,
			     .nheaders = COUNT_OF(headers),
			     .body = body };
	struct response a = { .status = status,
			      .headers = answers,
			      .nheaders = COUNT_OF(answers),
			      .fate = status ? FATE_ANSWERED : FATE_UNKNOWN };
	struct recorded_body b = { answer, 0 };

	recorder_add(r, &q, &a, &b, 1, 12);
}

static struct recording read_back(void)
{
	struct recording r;
	struct err e;

	if (!recording_read(&arena, path, &r, &e))
		fail_msg("%s", e.msg);
	return r;
}

static struct str file_text(void)
{
	struct str text;
	struct err e;

	assert_true(file_read(&arena, path, 10 * 1024 * 1024, &text, &e));
	return text;
}

static bool has(struct str text, const char *part)
{
	return str_find(text, str_from(part)) != STR_NONE;
}

#define JSON_TYPE S("application/json; charset=utf-8")

static void what_was_said_is_read_back(void **state)
{
	struct recorder *r = begin();

	(void)state;
	add(r, METHOD_GET, S("queues?$top=3"), S(""), S(""), 200,
	    S("{\"value\":[\"\xc3\xa9\\n\"]}"));
	add(r, METHOD_POST, S("queues"), JSON_TYPE, S("{\"name\":\"a\"}"), 204, S(""));
	add(r, METHOD_PATCH, S("accounts(1)/file"), S("application/octet-stream"),
	    S("\xff\x00\xfe"), 0, S(""));
	finish(r);

	struct recording back = read_back();
	struct stat st;

	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	assert_int_equal(back.n, 3);
	assert_true(str_eq(back.service, S("https://contoso.crm4.dynamics.com")));
	assert_int_equal(back.exchanges[0].line, 2);
	assert_int_equal(back.exchanges[0].ms, 12);
	assert_int_equal(back.exchanges[0].response.status, 200);
	assert_true(str_eq(back.exchanges[0].response.body, S("{\"value\":[\"\xc3\xa9\\n\"]}")));
	assert_true(
		str_eq(*header_find(back.exchanges[0].response.headers,
				    back.exchanges[0].response.nheaders, S("preference-applied")),
		       S("a, b")));
	assert_int_equal(back.exchanges[1].request.method, METHOD_POST);
	assert_true(str_eq(back.exchanges[1].request.body, S("{\"name\":\"a\"}")));
	assert_true(str_eq(back.exchanges[2].request.body, S("\xff\x00\xfe")));
	assert_int_equal(back.exchanges[2].response.status, 0);
	assert_int_equal(back.exchanges[2].response.fate, FATE_UNKNOWN);
}

static void no_credential_is_in_the_file(void **state)
{
	struct recorder *r = begin();

	(void)state;
	add(r, METHOD_POST, S("UploadBlock"), JSON_TYPE,
	    S("{\"FileContinuationToken\":\"eyJ-token\",\"BlockId\":\"x\"}"), 204, S(""));
	add(r, METHOD_PATCH, S("accounts(1)/file?sessiontoken=eyJ-token&a=b"),
	    S("application/octet-stream"), S("bytes"), 204, S(""));
	add(r, METHOD_POST, S("$batch"), S("multipart/mixed; boundary=b"),
	    S("--b\r\nContent-Type: application/http\r\n\r\n"
	      "GET /api/data/v9.2/x?sessiontoken=eyJ-one&sessiontoken=eyJ-two HTTP/1.1\r\n\r\n\r\n--b--"),
	    204, S(""));
	finish(r);

	struct str text = file_text();

	assert_false(has(text, "eyJ"));
	assert_false(has(text, "X-Unknown"));
	assert_true(has(text, "return=representation"));
	assert_true(has(text, "sessiontoken=(secret)&a=b"));
	assert_true(has(text, "sessiontoken=(secret)&sessiontoken=(secret) HTTP/1.1"));
	assert_true(has(text, "BlockId"));
}

#define FORMATTED "OData.Community.Display.V1.FormattedValue"

static void the_value_of_a_secret_column_is_not_in_the_file(void **state)
{
	static const char *const bodies[] = {
		"{\"password_column\":\"hush\",\"name\":\"kept\"}",
		"{\"name\":\"kept\",\"password_column\" : \"hu\\\"hush\"}",
		"{\"name\":\"kept\",\"password_column\":{\"a\":[\"hush\",\"}\"]},\"b\":\"kept\"}",
		"{\"value\":[{\"name\":\"kept\",\"password_column@" FORMATTED "\":\"hush\","
		"\"password_column\":123456789}]}",
		"{\"link.password_column\":\"hush\",\"name\":\"kept\"}",
		"{\"_keyid_value\":\"hush\",\"keyid@odata.bind\":\"/keys(hush)\",\"name\":\"kept\"}",
		"{\"password\\u005fcolumn\":\"hush\",\"name\":\"kept\"}",
		/* half of a JSON */
		"{\"name\":\"kept\",\"password_column\":\"hush",
		"{\"name\":\"kept\",\"password_column\":[\"hush\"",
	};
	struct recorder *r = begin();

	(void)state;
	for (size_t i = 0; i < COUNT_OF(bodies); i++)
		add(r, METHOD_POST, S("queues"), JSON_TYPE, str_from(bodies[i]), 200,
		    str_from(bodies[i]));
	finish(r);

	struct recording back = read_back();

	assert_false(has(file_text(), "hush"));
	assert_false(has(file_text(), "123456789"));
	assert_int_equal(back.n, COUNT_OF(bodies));
	for (size_t i = 0; i < back.n; i++) {
		assert_true(has(back.exchanges[i].request.body, "kept"));
		assert_true(has(back.exchanges[i].request.body, "\"(secret)\""));
		assert_true(
			str_eq(back.exchanges[i].request.body, back.exchanges[i].response.body));
	}
	assert_true(str_eq(back.exchanges[0].request.body,
			   S("{\"password_column\":\"(secret)\",\"name\":\"kept\"}")));
	assert_true(
		str_eq(back.exchanges[2].request.body,
		       S("{\"name\":\"kept\",\"password_column\":\"(secret)\",\"b\":\"kept\"}")));
}

static void that_a_secret_is_empty_may_be_told(void **state)
{
	struct recorder *r = begin();

	(void)state;
	add(r, METHOD_POST, S("queues"), JSON_TYPE,
	    S("{\"password_column\":null,\"a\":\"password_column\"}"), 204, S(""));
	finish(r);
	assert_true(str_eq(read_back().exchanges[0].request.body,
			   S("{\"password_column\":null,\"a\":\"password_column\"}")));
}

static void a_secret_column_asked_for_by_itself_is_not_in_the_file(void **state)
{
	struct recorder *r = begin();

	(void)state;
	add(r, METHOD_PUT, S("queues(1)/password_column"), JSON_TYPE, S("{\"value\":\"hush\"}"),
	    204, S(""));
	add(r, METHOD_GET, S("queues(1)/password_column/$value?size=full"), S(""), S(""), 200,
	    S("hush"));
	finish(r);
	assert_false(has(file_text(), "hush"));
}

#define BATCH_TYPE(boundary) S("multipart/mixed; boundary=\"" boundary "\"")
#define BATCH(boundary, secret)                                                                    \
	"--" boundary "\r\nContent-Type: application/http\r\n"                                     \
	"Content-Transfer-Encoding: binary\r\n\r\n"                                                \
	"POST /api/data/v9.2/queues HTTP/1.1\r\nAuthorization: Bearer eyJ-token\r\n"               \
	"Content-Type: application/json\r\n\r\n{\"password_column\":\"" secret                     \
	"\",\"name\":\"kept\"}\r\n"                                                                \
	"--" boundary "\r\nContent-Type: multipart/mixed; boundary=inner\r\n\r\n"                  \
	"--inner\r\nContent-Type: application/http\r\nContent-ID: 1\r\n\r\n"                       \
	"PATCH /api/data/v9.2/queues(1) HTTP/1.1\r\nContent-Type: application/json\r\n\r\n"        \
	"{\"password_column\":\"" secret "\"}\r\n--inner--\r\n"                                    \
	"--" boundary "--\r\n"

static void the_parts_of_a_batch_are_looked_through(void **state)
{
	struct recorder *r = begin();

	(void)state;
	add(r, METHOD_POST, S("$batch"), BATCH_TYPE("one"), S(BATCH("one", "hush")), 200, S(""));
	add(r, METHOD_POST, S("$batch"), BATCH_TYPE("two"), S("--one\r\nhush"), 200, S(""));
	finish(r);

	struct recording back = read_back();
	struct str text = file_text();

	assert_false(has(text, "hush"));
	assert_false(has(text, "eyJ"));
	/* the same batch with another boundary and the true secret */
	struct header headers[] = { { S("Content-Type"), BATCH_TYPE("other") } };
	struct request q = { .method = METHOD_POST,
			     .target = S("$batch"),
			     .headers = headers,
			     .nheaders = 1,
			     .body = S(BATCH("other", "hush")) };

	assert_ptr_equal(recording_find(&back, &q), &back.exchanges[0]);
	assert_null(recording_find(&back, &q));
}

static const struct recorded *find(struct recording *r, enum method method, struct str target,
				   struct str body)
{
	struct request q = { .method = method, .target = target, .body = body };

	return recording_find(r, &q);
}

static void a_request_is_found_whatever_the_order_in_it(void **state)
{
	struct recorder *r = begin();
	struct str target = S("queues?$top=3&$select=name");
	struct str turned = S("queues?$select=name&$top=3");

	(void)state;
	add(r, METHOD_GET, target, S(""), S(""), 200, S("1"));
	add(r, METHOD_POST, S("queues"), JSON_TYPE, S("{\"a\":1,\"b\":[1,2]}"), 204, S("2"));
	add(r, METHOD_POST, S("queues"), JSON_TYPE, S("{\"a\":1,\"b\":[2,1]}"), 204, S("3"));
	finish(r);

	struct recording back = read_back();

	assert_ptr_equal(find(&back, METHOD_GET, turned, S("")), &back.exchanges[0]);
	assert_null(find(&back, METHOD_GET, S("queues?$top=4&$select=name"), S("")));
	assert_null(find(&back, METHOD_DELETE, target, S("")));
	assert_ptr_equal(find(&back, METHOD_POST, S("queues"), S("{ \"b\" : [2, 1], \"a\" : 1 }")),
			 &back.exchanges[2]);
	assert_ptr_equal(find(&back, METHOD_POST, S("queues"), S("{\"b\":[1,2],\"a\":1}")),
			 &back.exchanges[1]);
	assert_null(find(&back, METHOD_POST, S("queues"), S("{\"b\":[1,2],\"a\":2}")));
}

static void answers_come_in_their_order_and_the_last_one_of_a_read_stays(void **state)
{
	struct recorder *r = begin();

	(void)state;
	for (int i = 0; i < 3; i++) {
		add(r, METHOD_GET, S("jobs"), S(""), S(""), 200, S("x"));
		add(r, METHOD_POST, S("jobs"), JSON_TYPE, S("{}"), 204, S(""));
	}
	finish(r);

	struct recording back = read_back();

	for (size_t i = 0; i < 3; i++) {
		assert_ptr_equal(find(&back, METHOD_GET, S("jobs"), S("")), &back.exchanges[2 * i]);
		assert_ptr_equal(find(&back, METHOD_POST, S("jobs"), S("{}")),
				 &back.exchanges[2 * i + 1]);
	}
	assert_ptr_equal(find(&back, METHOD_GET, S("jobs"), S("")), &back.exchanges[4]);
	assert_null(find(&back, METHOD_POST, S("jobs"), S("{}")));
}

#define PART_OF(name)                                                                              \
	"Content-Type: application/http\r\n\r\nPOST /api/data/v9.2/queues HTTP/1.1\r\n"            \
	"Content-Type: application/json\r\n\r\n{\"name\":\"" name "\"}\r\n"
#define ANSWER_OF(id)                                                                              \
	"Content-Type: application/http\r\n\r\nHTTP/1.1 204 No Content\r\nOData-EntityId: " id     \
	"\r\n\r\n\r\n"

static bool compose(struct recording *r, struct str target, struct str type, struct str body,
		    struct response *out)
{
	struct header headers[] = { { S("Content-Type"), type } };
	struct request q = { .method = METHOD_POST,
			     .target = target,
			     .headers = headers,
			     .nheaders = 1,
			     .body = body };

	return recording_compose(r, &arena, &q, out);
}

static void parts_of_batches_are_answered_in_other_batches(void **state)
{
	struct recorder *r = begin();
	struct header types[] = { { S("Content-Type"), BATCH_TYPE("one") } };
	struct request q = { .method = METHOD_POST,
			     .target = S("$batch"),
			     .headers = types,
			     .nheaders = 1,
			     .body = S("--one\r\n" PART_OF("a") "--one\r\n" PART_OF(
				     "b") "--one\r\n" PART_OF("c") "--one--\r\n") };
	struct response a = { .status = 200, .headers = types, .nheaders = 1 };
	struct recorded_body body = { S("--one\r\n" ANSWER_OF("1") "--one\r\n" ANSWER_OF(
					      "2") "--one\r\n" ANSWER_OF("3") "--one--\r\n"),
				      0 };
	struct response out;

	(void)state;
	recorder_add(r, &q, &a, &body, 1, 1);
	finish(r);

	struct recording back = read_back();

	/* one that is not there takes none of the others */
	assert_false(compose(&back, S("$batch"), BATCH_TYPE("x"),
			     S("--x\r\n" PART_OF("c") "--x\r\n" PART_OF("d") "--x--\r\n"), &out));
	assert_true(compose(&back, S("$batch"), BATCH_TYPE("x"),
			    S("--x\r\n" PART_OF("c") "--x\r\n" PART_OF("a") "--x--\r\n"), &out));
	assert_int_equal(out.status, 200);

	size_t third = str_find(out.body, S("OData-EntityId: 3"));
	size_t first = str_find(out.body, S("OData-EntityId: 1"));

	assert_true(third != STR_NONE && first != STR_NONE && third < first);
	/* each is given once */
	assert_false(compose(&back, S("$batch"), BATCH_TYPE("x"),
			     S("--x\r\n" PART_OF("a") "--x--\r\n"), &out));
	assert_true(compose(&back, S("$batch"), BATCH_TYPE("x"),
			    S("--x\r\n" PART_OF("b") "--x--\r\n"), &out));
}

#define MULTIPLE S("queues/Microsoft.Dynamics.CRM.CreateMultiple")

static void rows_of_bulk_messages_are_answered_in_others(void **state)
{
	struct recorder *r = begin();
	struct response out;

	(void)state;
	add(r, METHOD_POST, MULTIPLE, JSON_TYPE,
	    S("{\"Targets\":[{\"name\":\"a\"},{\"name\":\"b\"},{\"name\":\"c\"}]}"), 200,
	    S("{\"Ids\":[\"1\",\"2\",\"3\"]}"));
	add(r, METHOD_POST, S("queues/Microsoft.Dynamics.CRM.UpdateMultiple"), JSON_TYPE,
	    S("{\"Targets\":[{\"name\":\"a\"},{\"name\":\"b\"}]}"), 204, S(""));
	finish(r);

	struct recording back = read_back();

	assert_true(compose(&back, MULTIPLE, JSON_TYPE,
			    S("{\"Targets\":[{\"name\":\"c\"},{\"name\":\"a\"}]}"), &out));
	assert_int_equal(out.status, 200);
	assert_true(str_eq(out.body, S("{\"Ids\":[\"3\",\"1\"]}")));
	assert_false(
		compose(&back, MULTIPLE, JSON_TYPE, S("{\"Targets\":[{\"name\":\"a\"}]}"), &out));
	assert_true(compose(&back, S("queues/Microsoft.Dynamics.CRM.UpdateMultiple"), JSON_TYPE,
			    S("{\"Targets\":[{\"name\":\"b\"}]}"), &out));
	assert_int_equal(out.status, 204);
	assert_int_equal(out.body.n, 0);
	assert_false(compose(&back, S("queues"), JSON_TYPE, S("{\"name\":\"a\"}"), &out));
}

static void a_body_that_is_too_long_leaves_its_length(void **state)
{
	struct recorder *r = begin();
	struct request q = { .method = METHOD_GET, .target = S("queues") };
	struct response a = { .status = 200 };
	struct recorded_body body = { S("beginning"), 123456789012 };

	(void)state;
	recorder_add(r, &q, &a, &body, 1, 1);
	finish(r);
	assert_true(has(file_text(), "{\"leftOut\":123456789012}"));
	assert_false(has(file_text(), "beginning"));
	assert_true(read_back().exchanges[0].left_out);
}

static void what_is_no_recording_is_told_with_its_line(void **state)
{
#define HEAD "{\"ferry\":\"recording\",\"version\":1,\"service\":\"https://x\"}\n"
	static const struct {
		const char *text, *where;
	} cases[] = {
		{ "", "empty" },
		{ "\n", ":1: " },
		{ "{}\n", ":1: " },
		{ "[]", ":1: " },
		{ "{\"ferry\":\"recording\",\"version\":2}", "version" },
		{ HEAD "{\"request\":{}}", ":2: " },
		{ HEAD "\n{\"request\":", ":3:" },
		{ HEAD "{\"request\":{\"method\":\"GET\",\"target\":\"a\"}}", "no status" },
		{ HEAD "{\"request\":{\"method\":\"FETCH\",\"target\":\"a\"}}", "method" },
		{ HEAD "{\"request\":{\"method\":\"GET\",\"target\":\"a\",\"headers\":{\"a\":1}}}",
		  "header" },
		{ HEAD
		  "{\"request\":{\"method\":\"GET\",\"target\":\"a\",\"body\":{\"base64\":\"!\"}}}",
		  "base64" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct recording r;
		struct err e;

		assert_true(file_remove(path, &e));
		assert_true(file_write(path, 0600, str_from(cases[i].text), &e));
		assert_false(recording_read(&arena, path, &r, &e));
		assert_int_equal(e.kind, ERR_INPUT);
		if (!has(str_from(e.msg), cases[i].where) || !has(str_from(e.msg), path))
			fail_msg("%s", e.msg);
	}
}

static void what_stands_there_is_replaced_but_no_folder(void **state)
{
	struct recorder *r = NULL;
	struct err e;

	(void)state;
	assert_true(file_remove(path, &e));
	assert_int_equal(symlink("/dev/full", path), 0);
	/* a link is replaced, not followed */
	assert_true(recorder_open(&r, &arena, path, S("https://x"), NULL, NULL, &e));
	assert_true(recorder_close(&r, &e));
	assert_true(has(file_text(), "recording"));
	assert_false(recorder_open(&r, &arena, folder, S("https://x"), NULL, NULL, &e));
	assert_int_equal(e.kind, ERR_USAGE);
}

static int set_up(void **state)
{
	(void)state;
	arena = arena_make(0);
	assert_non_null(mkdtemp(folder));
	path = str_cstr(&arena, str_fmt(&arena, "%s/record.jsonl", folder));
	return 0;
}

static int tear_down(void **state)
{
	struct err e;

	(void)state;
	assert_true(file_remove(folder, &e));
	arena_release(&arena);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_was_said_is_read_back),
		cmocka_unit_test(no_credential_is_in_the_file),
		cmocka_unit_test(the_value_of_a_secret_column_is_not_in_the_file),
		cmocka_unit_test(that_a_secret_is_empty_may_be_told),
		cmocka_unit_test(a_secret_column_asked_for_by_itself_is_not_in_the_file),
		cmocka_unit_test(the_parts_of_a_batch_are_looked_through),
		cmocka_unit_test(a_request_is_found_whatever_the_order_in_it),
		cmocka_unit_test(answers_come_in_their_order_and_the_last_one_of_a_read_stays),
		cmocka_unit_test(parts_of_batches_are_answered_in_other_batches),
		cmocka_unit_test(rows_of_bulk_messages_are_answered_in_others),
		cmocka_unit_test(a_body_that_is_too_long_leaves_its_length),
		cmocka_unit_test(what_is_no_recording_is_told_with_its_line),
		cmocka_unit_test(what_stands_there_is_replaced_but_no_folder),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
