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

/* As above, with what answers to it. */
static void add_answer(struct recorder *r, enum method method, struct str target, struct str type,
		       struct str body, int status, struct str answer_type, struct str answer)
{
	struct header headers[] = { { S("Content-Type"), type } };
	struct header answers[] = {
		{ S("Content-Type"), answer_type },
		{ S("Location"), S("https://x/api/data/v9.2/queues(password_column='hush')") },
		{ S("OData-EntityId"), S("https://x/queues(name=1,password_column=%27hush%27)") },
	};
	struct request q = {
		.method = method, .target = target, .headers = headers, .nheaders = 1, .body = body
	};
	struct response a = { .status = status,
			      .headers = answers,
			      .nheaders = COUNT_OF(answers),
			      .fate = FATE_ANSWERED };
	struct recorded_body b = { answer, 0 };

	recorder_add(r, &q, &a, &b, 1, 12);
}

static bool find_again(struct str target)
{
	struct recording back = read_back();
	struct request q = { .method = METHOD_GET, .target = target };

	return recording_find(&back, &q) != NULL;
}

static void a_secret_in_a_url_is_not_in_the_file_and_found_all_the_same(void **state)
{
	static const char *const targets[] = {
		"queues?$filter=password_column eq 'hush'",
		"queues?$filter=name%20eq%20'kept'%20or%20password_column%20eq%20%27hu''hush%27",
		"queues?$filter=contains(password_column,'hush')&$top=3",
		"queues?$filter=password_column in ('a','hush')",
		"queues?$filter=Password_Column eq 'hush'",
		"queues?$filter=pass%77ord_column eq 'hush'",
		"queues?$filter=password_column eq @p&@p='hush'",
		"queues?$filter=_keyid_value eq 00000000-hush-0000-0000-000000000000",
		"queues?$filter=Microsoft.Dynamics.CRM.In(PropertyName='password_column',"
		"PropertyValues=[\"hush\"])",
		"queues?%24filter=owner/password_column+eq+%27hush%27",
		"queues?$expand=owner($filter=password_column eq 'hush')",
		"queues?$orderby=password_column&$skiptoken=%3Ccookie%20last%3D%22hush%22%3E",
		"queues(password_column='hush')",
		"queues(name='kept',password_column='hu''hush')/owner?$select=name",
		"queues(name='k,(p',password_column=%27hush%27)",
		"queues(password_column=@p)?@p='hush'",
		"queues?fetchXml=%3Cfetch%3E%3Centity%20name=%22queue%22%3E%3Cfilter%3E%3Ccondition%20"
		"attribute=%22password_column%22%20operator=%22eq%22%20value=%22hush%22/%3E%3C/filter%3E"
		"%3C/entity%3E%3C/fetch%3E",
		"queues?fetchXml=<fetch><entity name='queue'><filter><condition value='hush' "
		"operator='in' attribute = 'password_column'><value>hush</value><value>hush</value>"
		"</condition></filter></entity></fetch>",
		"queues?fetchXml=<fetch page='2' paging-cookie='%26lt;c last=hush'><entity name='queue'>"
		"<order attribute='password_column'/></entity></fetch>",
		"queues?FetchXML=<fetch><entity name='q'><filter><condition "
		"attribute='password%26%2395;column' operator='eq' value='hush'/></filter></entity></fetch>",
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(targets); i++) {
		struct recorder *r = begin();

		add(r, METHOD_GET, str_from(targets[i]), S(""), S(""), 200, S("{}"));
		finish(r);
		if (has(file_text(), "hush") || !has(file_text(), "(secret)"))
			fail_msg("%s", targets[i]);
		/* with the true value, and as it stands in the file */
		if (!find_again(str_from(targets[i])) ||
		    !find_again(read_back().exchanges[0].request.target))
			fail_msg("%s is not found", targets[i]);
	}
}

static void what_asks_for_no_secret_stays_as_it_is(void **state)
{
	static const char *const targets[] = {
		"queues?$filter=name%20eq%20'kept'&$select=password_column",
		"queues(name='kept')",
		("queues?fetchXml=<fetch><entity name='queue'><attribute name='password_column'/>"
		 "<filter><condition attribute='name' operator='eq' value='kept'/></filter>"
		 "</entity></fetch>"),
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(targets); i++) {
		struct recorder *r = begin();

		add(r, METHOD_GET, str_from(targets[i]), S(""), S(""), 200, S("{}"));
		finish(r);
		assert_true(str_eq(read_back().exchanges[0].request.target, str_from(targets[i])));
		assert_false(has(file_text(), "hidden"));
	}
}

static void what_an_answer_calls_a_secret_otherwise_is_not_in_the_file(void **state)
{
	struct recorder *r = begin();

	(void)state;
	add(r, METHOD_GET,
	    S("queues?fetchXml=<fetch><entity name='queue'><attribute name='password_column' "
	      "alias='other'/></entity></fetch>"),
	    S(""), S(""), 200,
	    S("{\"value\":[{\"other\":\"hush\",\"a_x002e_password_column\":\"hush\"}]}"));
	add(r, METHOD_GET, S("queues?$apply=aggregate(password_column with max as most)"), S(""),
	    S(""), 200, S("{\"value\":[{\"most\":\"hush\",\"PASSWORD_COLUMN\":\"hush\"}]}"));
	add(r, METHOD_GET,
	    S("queues?fetchXml=<fetch><entity name='queue'><order attribute='password_column'/>"
	      "</entity></fetch>"),
	    S(""), S(""), 200,
	    S("{\"@Microsoft.Dynamics.CRM.fetchxmlpagingcookie\":\"<cookie hush>\",\"value\":[],"
	      "\"@odata.nextLink\":\"https://x/queues?$orderby=password_column&$skiptoken=hush\"}"));
	add(r, METHOD_POST, S("queues(1)/owners/$ref"), JSON_TYPE,
	    S("{\"@odata.id\":\"https://x/owners(password_column=\\u0027hush\\u0027)\",\"a@odata.bind\":"
	      "[\"/owners(password_column='hush')\"]}"),
	    204, S(""));
	add_answer(r, METHOD_POST, S("queues"), JSON_TYPE, S("{}"), 204, S(""), S(""));
	/* a type that is not true, and a mark of the byte order */
	add(r, METHOD_POST, S("queues"), S("text/plain"),
	    S("\xef\xbb\xbf[{\"password_column\":\"hush\"}]"), 204, S(""));
	add(r, METHOD_POST, S("queues"), JSON_TYPE, S("{\"bad\\qname\":\"hush\"}"), 204, S(""));
	finish(r);
	assert_false(has(file_text(), "hush"));
}

static void an_error_that_quotes_a_secret_is_told_without_it(void **state)
{
	static const char *const answers[] = {
		"{\"error\":{\"code\":\"0x1\",\"message\":\"the value 'hush-hush-hush' is taken\"}}",
		"{\"error\":{\"code\":\"0x1\",\"message\":\"hush\\u002dhush-hush\"}}",
		"{\"error\":{\"code\":\"0x1\",\"message\":\"aHVzaC1odXNoLWh1c2g=\"}}",
		"{\"error\":{\"code\":\"0x1\",\"message\":\"hush-hu... is too long\"}}",
		"<html>hush-hush-hush</html>",
		"{\"error\": hush-hush-hush",
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(answers); i++) {
		struct recorder *r = begin();
		struct str answer = str_from(answers[i]);

		add_answer(r, METHOD_POST, S("queues"), JSON_TYPE,
			   S("{\"password_column\":\"hush-hush-hush\"}"), 400, JSON_TYPE, answer);
		add_answer(r, METHOD_GET, S("queues(password_column='hush-hush-hush')"), S(""),
			   S(""), 404, JSON_TYPE, answer);
		add_answer(r, METHOD_PUT, S("queues(1)/password_column"), JSON_TYPE,
			   S("{\"value\":\"hush-hush-hush\"}"), 400, JSON_TYPE, answer);
		finish(r);
		if (has(file_text(), "hush") || has(file_text(), "aHVza"))
			fail_msg("%s", answers[i]);
	}
	assert_true(has(file_text(), "(secret)"));
}

static void errors_in_the_answer_to_a_batch_are_told_without_it(void **state)
{
	struct recorder *r = begin();

	(void)state;
	add_answer(
		r, METHOD_POST, S("$batch"), BATCH_TYPE("one"), S(BATCH("one", "hush-hush-hush")),
		200, BATCH_TYPE("two"),
		S("--two\r\nContent-Type: application/http\r\nContent-Length: 3\r\n\r\nHTTP/1.1 400 Bad "
		  "Request\r\nContent-Type: application/json\r\nContent-Length: 3\r\nX-Other: hush\r\n\r\n"
		  "{\"error\":{\"message\":\"'hush-hush-hush' is taken\"}}\r\n--two--\r\nand "
		  "{\"password_column\": \"hush\"}"));
	add_answer(
		r, METHOD_POST, S("$batch"), BATCH_TYPE("one"),
		S("--one\r\nContent-Type: application/http\r\n\r\nGET "
		  "/api/data/v9.2/queues(password_column='hush') HTTP/1.1\r\nAccept: a\r\n\r\n\r\n"
		  "--one\r\nContent-Type: application/http\r\n\r\nGET "
		  "queues(1)/password_column HTTP/1.1\r\n\r\n\r\n--one--\r\n"),
		200, BATCH_TYPE("two"),
		S("--two\r\nContent-Type: application/http\r\n\r\nHTTP/1.1 204 No Content\r\n"
		  "OData-EntityId: https://x/queues(password_column='hush')\r\n\r\n\r\n"
		  "--two\r\nContent-Type: application/http\r\n\r\nHTTP/1.1 200 OK\r\n\r\n"
		  "{\"value\":\"hush\"}\r\n--two--\r\n"));
	finish(r);
	assert_false(has(file_text(), "hush"));
	assert_true(has(file_text(), "is taken"));
}

static void tokens_that_a_server_gives_back_are_not_in_the_file(void **state)
{
	struct recorder *r = begin();

	(void)state;
	recorder_hide(r, S("opaque/token+1"));
	recorder_hide(r, S("opaque/token+1"));
	recorder_hide(r, S("opaque/token+2"));
	add(r, METHOD_GET, S("queues?a=opaque/token+2"), S(""), S(""), 401,
	    S("{\"error\":{\"message\":\"opaque/token+1 is no good, nor is opaque/token+2\"}}"));
	add(r, METHOD_GET, S("queues?a=1&SessionToken=hush&b=%3Fsessiontoken=hush&sig=hush"), S(""),
	    S(""), 200, S(""));
	finish(r);
	assert_false(has(file_text(), "opaque"));
	assert_false(has(file_text(), "hush"));
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

static void a_list_of_values_is_found_in_any_order(void **state)
{
#define FETCH(a, b, c)                                                                             \
	S("rows?fetchXml=%3Ccondition%3E%3Cvalue%3E" a "%3C%2Fvalue%3E%3Cvalue%3E" b               \
	  "%3C%2Fvalue%3E%3C%2Fcondition%3E%3Ccondition%3E%3Cvalue%3E" c "%3C%2Fvalue%3E")
	struct recorder *r = begin();

	(void)state;
	add(r, METHOD_GET, FETCH("1", "2", "3"), S(""), S(""), 200, S("{}"));
	finish(r);

	struct recording back = read_back();

	assert_non_null(find(&back, METHOD_GET, FETCH("2", "1", "3"), S("")));
	assert_null(find(&back, METHOD_GET, FETCH("1", "3", "2"), S("")));
	assert_null(find(&back, METHOD_GET, FETCH("1", "1", "3"), S("")));
}

static void half_a_line_at_the_end_is_left_out(void **state)
{
	struct recorder *r = begin();
	struct err e;

	(void)state;
	add(r, METHOD_GET, S("one"), S(""), S(""), 200, S("{}"));
	add(r, METHOD_GET, S("two"), S(""), S(""), 200, S("{}"));
	finish(r);
	assert_int_equal(read_back().cut, 0);

	struct str text = file_text();

	/* without its line end it is whole all the same */
	for (size_t less = 1; less < 60; less += 29) {
		assert_true(file_remove(path, &e));
		assert_true(file_write(path, 0600, str_sub(text, 0, text.n - less), &e));
		assert_int_equal(read_back().n, less == 1 ? 2 : 1);
		assert_int_equal(read_back().cut, less == 1 ? 0 : 3);
	}
}

static void two_do_not_write_into_one_file(void **state)
{
	struct recorder *r = begin(), *other = NULL;
	struct err e;

	(void)state;
	assert_false(recorder_open(&other, &arena, path, S("https://x"), NULL, NULL, &e));
	assert_int_equal(e.kind, ERR_USAGE);
	assert_true(has(str_from(e.msg), "another ferry"));
	add(r, METHOD_GET, S("one"), S(""), S(""), 200, S("{}"));
	finish(r);
	assert_int_equal(read_back().n, 1);
	assert_true(recording_is(path));
	assert_true(recorder_open(&other, &arena, path, S("https://x"), NULL, NULL, &e));
	finish(other);
	assert_int_equal(read_back().n, 0);
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
		{ HEAD "\n{\"request\":\n", ":3:" },
		{ HEAD "{\"request\":{},\"hidden\":1}", ":2: " },
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
		cmocka_unit_test(a_secret_in_a_url_is_not_in_the_file_and_found_all_the_same),
		cmocka_unit_test(what_asks_for_no_secret_stays_as_it_is),
		cmocka_unit_test(what_an_answer_calls_a_secret_otherwise_is_not_in_the_file),
		cmocka_unit_test(an_error_that_quotes_a_secret_is_told_without_it),
		cmocka_unit_test(errors_in_the_answer_to_a_batch_are_told_without_it),
		cmocka_unit_test(tokens_that_a_server_gives_back_are_not_in_the_file),
		cmocka_unit_test(that_a_secret_is_empty_may_be_told),
		cmocka_unit_test(a_secret_column_asked_for_by_itself_is_not_in_the_file),
		cmocka_unit_test(the_parts_of_a_batch_are_looked_through),
		cmocka_unit_test(a_request_is_found_whatever_the_order_in_it),
		cmocka_unit_test(answers_come_in_their_order_and_the_last_one_of_a_read_stays),
		cmocka_unit_test(parts_of_batches_are_answered_in_other_batches),
		cmocka_unit_test(rows_of_bulk_messages_are_answered_in_others),
		cmocka_unit_test(a_body_that_is_too_long_leaves_its_length),
		cmocka_unit_test(a_list_of_values_is_found_in_any_order),
		cmocka_unit_test(half_a_line_at_the_end_is_left_out),
		cmocka_unit_test(two_do_not_write_into_one_file),
		cmocka_unit_test(what_is_no_recording_is_told_with_its_line),
		cmocka_unit_test(what_stands_there_is_replaced_but_no_folder),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
