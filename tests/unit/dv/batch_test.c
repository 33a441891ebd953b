/* SPDX-License-Identifier: MIT */
/*
 * multipart/mixed, both ways. The texts follow facts/webapi.md 3.1 and RFC 2046.
 */
#include "dv/batch.h"

#include "shared.h"

#include "base/limits.h"

static struct str with_crlf(struct arena *a, const char *text)
{
	DEFER(buf_release) struct buf b = buf_make(0);
	for (const char *p = text; *p; p++) {
		if (*p == '\n')
			buf_add_char(&b, '\r');
		buf_add_char(&b, *p);
	}
	return str_dup(a, buf_str(&b));
}

static void requests_are_written_as_parts(void **state)
{
	(void)state;
	DEFER(arena_release) struct arena a = arena_make(0);
	DEFER(buf_release) struct buf out = buf_make(0);
	const struct header headers[] = { { S("Content-Type"), S("application/json; type=entry") },
					  { S("If-Match"), S("W/\"1\"\r\nEvil: 1") } };
	struct request get = { .method = METHOD_GET, .target = S("queues?$select=name") };
	struct request post = { .method = METHOD_POST,
				.target = S("queues"),
				.headers = headers,
				.nheaders = 2,
				.body = S("{\"name\":\"a\"}") };
	struct request put = { .method = METHOD_PUT,
			       .target = S("$1/ownerid/$ref"),
			       .body = S("{}") };
	batch_write_request(&out, S("batch_x"), S(""), &get);
	batch_write_changeset(&out, S("batch_x"), S("changeset_y"));
	batch_write_request(&out, S("changeset_y"), S("1"), &post);
	batch_write_request(&out, S("changeset_y"), S("2"), &put);
	batch_write_end(&out, S("changeset_y"));
	batch_write_end(&out, S("batch_x"));
	struct str want = with_crlf(&a, "--batch_x\n"
					"Content-Type: application/http\n"
					"Content-Transfer-Encoding: binary\n"
					"\n"
					"GET /api/data/v9.2/queues?$select=name HTTP/1.1\n"
					"\n"
					"\n"
					"--batch_x\n"
					"Content-Type: multipart/mixed; boundary=changeset_y\n"
					"\n"
					"--changeset_y\n"
					"Content-Type: application/http\n"
					"Content-Transfer-Encoding: binary\n"
					"Content-ID: 1\n"
					"\n"
					"POST /api/data/v9.2/queues HTTP/1.1\n"
					"Content-Type: application/json; type=entry\n"
					"If-Match: W/\"1\"  Evil: 1\n"
					"\n"
					"{\"name\":\"a\"}\n"
					"--changeset_y\n"
					"Content-Type: application/http\n"
					"Content-Transfer-Encoding: binary\n"
					"Content-ID: 2\n"
					"\n"
					"PUT $1/ownerid/$ref HTTP/1.1\n"
					"\n"
					"{}\n"
					"--changeset_y--\n"
					"--batch_x--\n");
	expect_str(buf_str(&out), str_cstr(&a, want));
}

static void answers_are_written_as_parts(void **state)
{
	(void)state;
	DEFER(arena_release) struct arena a = arena_make(0);
	DEFER(buf_release) struct buf out = buf_make(0);
	const struct header location = { S("OData-EntityId"),
					 S("http://h/api/data/v9.2/queues(1)") };
	const struct header own[] = { { S("odata-version"), S("4.0") },
				      { S("Content-Type"), S("application/json") } };
	struct response created = { .status = 204, .headers = &location, .nheaders = 1 };
	struct response failed = { .status = 404, .headers = own, .nheaders = 2, .body = S("{}") };
	batch_write_response(&out, S("r"), S("1"), &created);
	batch_write_response(&out, S("r"), S(""), &failed);
	batch_write_end(&out, S("r"));
	struct str want = with_crlf(&a, "--r\n"
					"Content-Type: application/http\n"
					"Content-Transfer-Encoding: binary\n"
					"Content-ID: 1\n"
					"\n"
					"HTTP/1.1 204 No Content\n"
					"OData-Version: 4.0\n"
					"OData-EntityId: http://h/api/data/v9.2/queues(1)\n"
					"\n"
					"\n"
					"--r\n"
					"Content-Type: application/http\n"
					"Content-Transfer-Encoding: binary\n"
					"\n"
					"HTTP/1.1 404 Not Found\n"
					"odata-version: 4.0\n"
					"Content-Type: application/json\n"
					"\n"
					"{}\n"
					"--r--\n");
	expect_str(buf_str(&out), str_cstr(&a, want));
}

static void boundaries_are_found_quoted_or_not(void **state)
{
	(void)state;
	static const char *const good[][2] = {
		{ "multipart/mixed;boundary=batch_AAA123", "batch_AAA123" },
		{ "Multipart/Mixed; charset=\"a;boundary=no\" ; BOUNDARY = \"batch;1\" ; x=y",
		  "batch;1" },
		{ "multipart/mixed; boundary=\"b c\"", "b c" },
	};
	static const char *const bad[] = { "",
					   "multipart/mixed",
					   "multipart/mixed; boundary",
					   "multipart/mixed; boundary=",
					   "multipart/mixed; boundary=\"\"",
					   "application/json; boundary=x" };
	struct err e;
	for (size_t i = 0; i < COUNT_OF(good); i++) {
		struct str boundary;
		assert_true(batch_boundary(str_from(good[i][0]), &boundary, &e));
		expect_str(boundary, good[i][1]);
	}
	for (size_t i = 0; i < COUNT_OF(bad); i++) {
		struct str boundary = S("kept");
		assert_false(batch_boundary(str_from(bad[i]), &boundary, &e));
		assert_int_equal(e.kind, ERR_BAD_REQUEST);
		expect_str(boundary, "kept");
	}
}

static const char LOOSE[] = "a preamble\n"
			    "--b1\n"
			    "content-transfer-encoding:binary\n"
			    "CONTENT-ID:7\n"
			    "content-type:Application/HTTP; msgtype=request\n"
			    "\n"
			    "PATCH https://org.crm4.dynamics.com/api/data/v9.0/queues(1) HTTP/1.1\n"
			    "if-match:*\n"
			    "\n"
			    "{\n"
			    "  \"a\": \"--b12\"\n"
			    "}\n"
			    "--b1  \n"
			    "Content-Type: application/http\n"
			    "\n"
			    "GET queues?$filter=name eq 'x' HTTP/1.1\n"
			    "\n"
			    "\n"
			    "--b1\n"
			    "Content-Type: application/http\n"
			    "\n"
			    "DELETE /api/data/v9.2/queues(2) HTTP/1.1\n"
			    "--b1--\n"
			    "an epilogue --b1\n";

static void check_loose(struct arena *a, struct str body, const char *json)
{
	struct batch_reader r = batch_reader_make(body, S("b1"));
	struct batch_part part;
	struct request q;
	struct err e = { 0 };
	bool more = false;
	if (!batch_next(&r, a, &part, &more, &e))
		fail_msg("%s", e.msg);
	assert_true(more);
	expect_str(part.content_type, "application/http");
	expect_str(part.content_id, "7");
	assert_int_equal(part.boundary.n, 0);
	assert_true(batch_read_request(a, part.body, &q, &e));
	assert_int_equal(q.method, METHOD_PATCH);
	expect_str(q.target, "queues(1)");
	assert_int_equal(q.nheaders, 1);
	expect_str(*header_find(q.headers, 1, S("If-Match")), "*");
	expect_str(q.body, json);
	assert_true(batch_next(&r, a, &part, &more, &e) && more);
	assert_true(batch_read_request(a, part.body, &q, &e));
	assert_int_equal(q.method, METHOD_GET);
	expect_str(q.target, "queues?$filter=name eq 'x'");
	assert_int_equal(q.body.n, 0);
	assert_int_equal(part.content_id.n, 0);
	assert_true(batch_next(&r, a, &part, &more, &e) && more);
	assert_true(batch_read_request(a, part.body, &q, &e));
	assert_int_equal(q.method, METHOD_DELETE);
	assert_int_equal(q.body.n, 0);
	assert_true(batch_next(&r, a, &part, &more, &e));
	assert_false(more);
	assert_true(batch_next(&r, a, &part, &more, &e));
	assert_false(more);
}

static void a_batch_is_read_with_either_line_end(void **state)
{
	(void)state;
	DEFER(arena_release) struct arena a = arena_make(0);
	check_loose(&a, str_from(LOOSE), "{\n  \"a\": \"--b12\"\n}");
	check_loose(&a, with_crlf(&a, LOOSE), "{\r\n  \"a\": \"--b12\"\r\n}");
}

static void what_is_written_is_read_back(void **state)
{
	(void)state;
	DEFER(arena_release) struct arena a = arena_make(0);
	DEFER(buf_release) struct buf out = buf_make(0);
	const struct header length = { S("Content-Length"), S("6") };
	struct request binary = { .method = METHOD_PATCH,
				  .target = S("queues(1)/file"),
				  .headers = &length,
				  .nheaders = 1,
				  .body = S("\r\n\0\n\r\n") };
	struct response answer = { .status = 201, .body = S("{\"x\":1}\r\n") };
	struct request q;
	struct response s;
	struct batch_part part;
	struct err e = { 0 };
	bool more;
	batch_write_changeset(&out, S("o"), S("i"));
	batch_write_request(&out, S("i"), S("1"), &binary);
	batch_write_end(&out, S("i"));
	batch_write_response(&out, S("o"), S(""), &answer);
	batch_write_end(&out, S("o"));
	struct batch_reader outer = batch_reader_make(buf_str(&out), S("o"));
	assert_true(batch_next(&outer, &a, &part, &more, &e) && more);
	expect_str(part.content_type, "multipart/mixed");
	expect_str(part.boundary, "i");
	struct batch_reader inner = batch_reader_make(part.body, part.boundary);
	assert_true(batch_next(&inner, &a, &part, &more, &e) && more);
	assert_true(batch_read_request(&a, part.body, &q, &e));
	assert_int_equal(q.method, METHOD_PATCH);
	assert_true(str_eq(q.body, binary.body));
	assert_true(batch_next(&inner, &a, &part, &more, &e) && !more);
	assert_true(batch_next(&outer, &a, &part, &more, &e) && more);
	assert_true(batch_read_response(&a, part.body, &s, &e));
	assert_int_equal(s.status, 201);
	expect_str(s.body, "{\"x\":1}\r\n");
	assert_true(batch_next(&outer, &a, &part, &more, &e) && !more);
}

static void targets_are_taken_below_the_service_root(void **state)
{
	(void)state;
	static const char *const cases[][2] = {
		{ "queues", "queues" },
		{ "$1/name", "$1/name" },
		{ "/api/data/v9.2/queues", "queues" },
		{ "/api/data/v9.0/$metadata", "$metadata" },
		{ "/API/data/v9.2.1/queues", "queues" },
		{ "/api/data/v9.2/", "" },
		{ "/api/data/v9.2", "" },
		{ "http://127.0.0.1:8080/api/data/v9.1/queues(1)?$select=a",
		  "queues(1)?$select=a" },
		{ "queues?$filter=url eq 'http://a/b'", "queues?$filter=url eq 'http://a/b'" },
		{ "/api/data/v9.2/a(b='http://c/d')", "a(b='http://c/d')" },
		{ "a(b='http://c/d')", "a(b='http://c/d')" },
		{ "/queues", NULL },
		{ "/api/data/queues", NULL },
		{ "/api/data/v/queues", NULL },
		{ "/api/data/v9.2x/queues", NULL },
		{ "https://org.crm.dynamics.com", NULL },
		{ "https://org.crm.dynamics.com/other/api/data/v9.2/a", NULL },
	};
	DEFER(arena_release) struct arena a = arena_make(0);
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct request r;
		struct err e;
		struct str message = str_fmt(&a, "GET %s HTTP/1.1\r\n\r\n", cases[i][0]);
		bool ok = batch_read_request(&a, message, &r, &e);
		if (ok != (cases[i][1] != NULL))
			fail_msg("%s", cases[i][0]);
		if (ok)
			expect_str(r.target, cases[i][1]);
		else
			assert_int_equal(e.kind, ERR_BAD_REQUEST);
	}
}

static void malformed_messages_are_refused(void **state)
{
	(void)state;
	static const char *const requests[] = { "",
						"\r\n\r\n",
						"GET",
						"GET queues",
						"GET HTTP/1.1",
						"GET  HTTP/1.1",
						"GET queues HTTP/2",
						"get queues HTTP/1.1",
						"TRACE queues HTTP/1.1",
						"GET queues HTTP/1.1\r\nno colon\r\n\r\n",
						"GET queues HTTP/1.1\r\n: no name\r\n\r\n",
						"GET queues HTTP/1.1\r\n folded: x\r\n\r\n",
						"GET queues HTTP/1.1\r\nname : x\r\n\r\n" };
	static const char *const answers[] = { "",
					       "HTTP/1.1",
					       "HTTP/1.1 20",
					       "HTTP/1.1 2000 OK",
					       "HTTP/1.1 099 Low",
					       "HTTP/1.1 abc OK",
					       "HTTP 200 OK",
					       "200 OK" };
	DEFER(arena_release) struct arena a = arena_make(0);
	for (size_t i = 0; i < COUNT_OF(requests); i++) {
		struct request r;
		struct err e = { 0 };
		if (batch_read_request(&a, str_from(requests[i]), &r, &e))
			fail_msg("%s", requests[i]);
		assert_int_equal(e.kind, ERR_BAD_REQUEST);
	}
	for (size_t i = 0; i < COUNT_OF(answers); i++) {
		struct response r;
		struct err e = { 0 };
		if (batch_read_response(&a, str_from(answers[i]), &r, &e))
			fail_msg("%s", answers[i]);
		assert_int_equal(e.kind, ERR_BAD_REQUEST);
	}
	struct response r;
	struct err e;
	assert_true(batch_read_response(&a, S("\nHTTP/1.1 204"), &r, &e));
	assert_int_equal(r.status, 204);
}

static bool read_all(struct arena *a, struct str body, size_t *n, struct err *e)
{
	struct batch_reader r = batch_reader_make(body, S("b"));
	struct batch_part part;
	bool more = true;
	for (*n = 0; more; *n += more) {
		if (!batch_next(&r, a, &part, &more, e))
			return false;
	}
	return true;
}

static void malformed_batches_are_refused(void **state)
{
	(void)state;
	static const char *const bodies[] = {
		"",
		"no boundary at all",
		"--bb\n--bb--\n",
		"x--b\n",
		"--b\nContent-Type: application/http\n\nGET a HTTP/1.1\n",
		"--b\nContent-Type: application/http\n\nGET a HTTP/1.1\n--b\n",
		"--b\nContent-Type: application/http\n\nGET a HTTP/1.1\n--bx--\n",
		"--b\n\nGET a HTTP/1.1\n--b--",
		"--b\nContent-Type\n\nGET a HTTP/1.1\n--b--",
		"--b\nContent-Type: multipart/mixed\n\n--b--",
	};
	DEFER(arena_release) struct arena a = arena_make(0);
	struct err e = { 0 };
	size_t n;
	for (size_t i = 0; i < COUNT_OF(bodies); i++) {
		if (read_all(&a, str_from(bodies[i]), &n, &e))
			fail_msg("%s", bodies[i]);
		assert_int_equal(e.kind, ERR_BAD_REQUEST);
	}
	assert_true(read_all(&a, S("--b--"), &n, &e));
	assert_int_equal(n, 0);
	assert_false(read_all(&a, S("--b\nContent-Type: a/b\n\n--b\nx\n--b--"), &n, &e));
	assert_string_equal(e.msg, "part 2 of the batch: \"x\" is not a header line");
}

static void a_batch_has_at_most_1000_parts(void **state)
{
	(void)state;
	DEFER(arena_release) struct arena a = arena_make(0);
	DEFER(buf_release) struct buf b = buf_make(0);
	struct err e;
	size_t n;
	for (int i = 0; i < 1000; i++)
		buf_add(&b, S("--b\nContent-Type: application/http\n\nGET a HTTP/1.1\n"));
	size_t length = b.n;
	buf_add(&b, S("--b--"));
	assert_true(read_all(&a, buf_str(&b), &n, &e));
	assert_int_equal(n, 1000);
	buf_truncate(&b, length);
	buf_add(&b, S("--b\nContent-Type: application/http\n\nGET a HTTP/1.1\n--b--"));
	assert_false(read_all(&a, buf_str(&b), &n, &e));
	assert_string_equal(e.msg, "a batch has at most 1000 parts");
}

/* Every part of a recorded batch, change sets included. */
static size_t replay(struct arena *a, struct str body, struct str boundary, bool answers)
{
	struct batch_reader r = batch_reader_make(body, boundary);
	struct batch_part part;
	struct err e = { 0 };
	size_t n = 0;
	for (bool more = true;;) {
		struct request q;
		struct response s;
		if (!batch_next(&r, a, &part, &more, &e))
			fail_msg("%s", e.msg);
		if (!more)
			return n;
		n++;
		if (part.boundary.n > 0)
			n += replay(a, part.body, part.boundary, answers) - 1;
		else if (!(answers ? batch_read_response(a, part.body, &s, &e)
				   : batch_read_request(a, part.body, &q, &e)))
			fail_msg("%s", e.msg);
		else if (!answers)
			assert_true(q.target.p[0] != '/' && q.target.p[0] != '[');
	}
}

/* The documentation's "[Organization URI]" holds a blank that no URL has. */
static struct str fill_in_host(struct arena *a, struct str text)
{
	DEFER(buf_release) struct buf b = buf_make(0);
	while (text.n > 0) {
		bool here = str_eq_ascii_nocase(str_sub(text, 0, 18), S("[Organization URI]"));
		buf_add(&b, here ? S("https://org.example") : str_sub(text, 0, 1));
		text = str_skip(text, here ? 18 : 1);
	}
	return str_dup(a, buf_str(&b));
}

static size_t nparts;

static void replay_exchange(struct arena *a, const char *path)
{
	struct str text, boundary;
	struct err e = { 0 };
	assert_true(file_read(a, path, LIMIT_SCHEMA_FILE, &text, &e));
	text = fill_in_host(a, text);
	size_t middle = str_find(text, S("=== RESPONSE ==="));
	struct str request = str_sub(text, 0, middle);
	struct str type = str_skip(request, str_find(request, S("multipart/mixed")));
	if (!batch_boundary(str_sub(type, 0, str_find_char(type, '\n')), &boundary, &e))
		fail_msg("%s: %s", path, e.msg);
	size_t n = replay(a, str_skip(request, str_find(request, S("\n\n--"))), boundary, false);
	assert_true(n >= 2);
	nparts += n;
	struct str answer = str_skip(text, middle);
	size_t start = str_find(answer, S("\n--"));
	if (start == STR_NONE)
		return; /* one error for the whole */
	boundary = str_skip(answer, start + 3);
	boundary = str_sub(boundary, 0, str_find_char(boundary, '\n'));
	assert_int_equal(replay(a, str_skip(answer, start), boundary, true), n);
}

static void recorded_batches_are_read(void **state)
{
	(void)state;
	DEFER(arena_release) struct arena a = arena_make(0);
	nparts = 0;
	each_file(&a, shared_path("data/http"), "batch", replay_exchange);
	print_message("# %zu recorded parts\n", nparts);
	assert_true(nparts >= 15);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(requests_are_written_as_parts),
		cmocka_unit_test(answers_are_written_as_parts),
		cmocka_unit_test(boundaries_are_found_quoted_or_not),
		cmocka_unit_test(a_batch_is_read_with_either_line_end),
		cmocka_unit_test(what_is_written_is_read_back),
		cmocka_unit_test(targets_are_taken_below_the_service_root),
		cmocka_unit_test(malformed_messages_are_refused),
		cmocka_unit_test(malformed_batches_are_refused),
		cmocka_unit_test(a_batch_has_at_most_1000_parts),
		cmocka_unit_test(recorded_batches_are_read),
	};
	return cmocka_run_group_tests_name("batch", tests, NULL, NULL);
}
