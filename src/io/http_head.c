/* SPDX-License-Identifier: MIT */
/*
 * libcurl has looked at every line before: here they are only kept.
 */
#include "io/http_head.h"

#include "base/limits.h"

#include "base/banned.h"

static void begin(struct http_head *head, struct str line)
{
	struct str rest = str_skip(line, str_find_char(line, ' '));
	uint64_t status = 0;

	if (!str_parse_u64(str_sub(str_trim(rest), 0, 3), &status))
		status = 0;
	head->headers.n = 0;
	head->ended = false;
	head->status = status >= 200 ? (int)status : 0;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* A line that begins with white space goes on with the value before it (RFC 9112 5.2). */
static void go_on(struct http_head *head, struct arena *a, struct str line)
{
	struct str *value = &head->headers.p[head->headers.n - 1].value;

	*value = str_fmt(a, "%.*s %.*s", STR_ARG(*value), STR_ARG(line));
}

bool http_head_add(struct http_head *head, struct arena *a, struct str line)
{
	struct str text = str_trim(line);
	size_t colon = str_find_char(text, ':');

	head->size += line.n;
	if (head->size > LIMIT_HTTP_HEADERS)
		return false;
	if (str_starts(text, S("HTTP/"))) {
		begin(head, text);
	} else if (head->ended || head->status == 0) {
		return true;
	} else if (text.n == 0) {
		head->ended = true;
	} else if (is_blank(line.p[0]) && head->headers.n > 0) {
		go_on(head, a, text);
	} else if (colon != STR_NONE) {
		text = str_dup(a, text);
		*VEC_PUSH(a, &head->headers) = (struct http_header){
			.name = str_trim(str_sub(text, 0, colon)),
			.value = str_trim(str_skip(text, colon + 1)),
		};
	}
	return true;
}

const struct str *http_answer_header(const struct http_answer *answer, struct str name)
{
	for (size_t i = 0; i < answer->nheaders; i++) {
		if (str_eq_ascii_nocase(answer->headers[i].name, name))
			return &answer->headers[i].value;
	}
	return NULL;
}
