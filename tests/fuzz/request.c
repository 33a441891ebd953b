/* SPDX-License-Identifier: MIT */
/*
 * Requests to a local organization: method and target, headers, an empty line, the body; a line of three
 * dots alone ends one. Whatever they say, they are answered; an error as Dataverse tells it, and never with 500.
 */
#include "fuzz.h"

#include "io/json.h"

#include "organization.h"

#include "base/banned.h"

#define REQUESTS_MAX 8
#define HEADERS_MAX 8

static bool is_code(struct str s)
{
	if (!str_starts(s, S("0x")) || s.n > 10)
		return false;
	for (size_t i = 2; i < s.n; i++) {
		char c = s.p[i];

		if (!(c >= '0' && c <= '9') && !(c >= 'a' && c <= 'f') && !(c >= 'A' && c <= 'F'))
			return false;
	}
	return s.n > 2;
}

/* The answer to a batch holds its errors inside. */
static void check_error(struct arena *a, const struct response *r)
{
	struct json body;
	struct err e;

	if (str_starts(r->body, S("--batch")))
		return;

	bool read = json_parse(a, r->body, "the error", &body, &e);

	assert(read);

	const struct json *error = json_get(&body, S("error"));

	assert(error && is_code(json_text(error, S("code"))));
	assert(json_text(error, S("message")).n > 0);
}

static void check(struct arena *a, const struct response *r)
{
	assert(r->status == 501 || (r->status >= 200 && r->status < 500));
	for (size_t i = 0; i < r->nheaders; i++)
		assert(str_find_char(r->headers[i].value, '\n') == STR_NONE);
	if (r->status >= 400)
		check_error(a, r);
}

static bool read_headers(struct str *rest, struct request *r, struct header *headers)
{
	for (;;) {
		struct str line = fuzz_take(rest, '\n');

		if (line.n == 0)
			break;
		if (r->nheaders == HEADERS_MAX)
			return false;
		headers[r->nheaders].name = fuzz_take(&line, ':');
		headers[r->nheaders++].value = str_trim(line);
	}
	r->headers = headers;
	return true;
}

static bool ask(struct arena *a, struct org *org, struct str text)
{
	struct header headers[HEADERS_MAX];
	struct request r = { 0 };
	struct response answer;
	struct err e;
	struct str line = fuzz_take(&text, '\n');
	struct str method = fuzz_take(&line, ' ');

	if (!method_parse(method, &r.method) || !read_headers(&text, &r, headers))
		return false;
	r.target = line;
	r.body = text;

	bool answered = service_call(org_service(org), &r, &answer, &e);

	assert(answered);
	check(a, &answer);
	return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	DEFER(arena_release) struct arena a = arena_make(0);
	struct org *org = fuzz_open_organization();
	struct str rest = fuzz_text(data, size);

	for (int i = 0; i < REQUESTS_MAX && rest.n > 0; i++) {
		size_t end = str_find(rest, S("\n...\n"));
		struct str one = str_sub(rest, 0, end);

		rest = end == STR_NONE ? S("") : str_skip(rest, end + 5);
		if (!ask(&a, org, one))
			return -1;
	}
	return 0;
}
