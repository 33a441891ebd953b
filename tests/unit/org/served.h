/* SPDX-License-Identifier: MIT */
/*
 * A local organization behind its service, in a folder of its own: ask, and look at the answer.
 */
#ifndef FERRY_TESTS_SERVED_H
#define FERRY_TESTS_SERVED_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "base/codec.h"
#include "base/file.h"
#include "base/limits.h"
#include "io/json.h"
#include "org/app.h"

#include "../folder.h"

struct served {
	char folder[64];
	const char *path;
	struct arena arena;
	struct org *org;
	struct header headers[4]; /* of the next requests */
	size_t nheaders;
	struct response answer; /* the last one */
	struct err e;
};

static inline void served_must(struct served *s, bool ok)
{
	if (!ok)
		fail_msg("%s", s->e.msg);
}

static inline void served_open(struct served *s, bool write)
{
	org_close(&s->org);
	served_must(s, org_open(&s->org, &s->arena, s->path, write, &s->e));
}

/* Made once in a program, with or without a sample, and copied for every test. */
static inline void served_create(struct served *s, const char *sample)
{
	static struct arena kept;
	static struct str files[2]; /* lives as long as the program */
	struct org_create_options options = { .seeded = true, .seed = 7, .sample = sample };
	struct str *bytes = &files[sample != NULL];

	if (bytes->n > 0) {
		served_must(s, file_write(s->path, 0600, *bytes, &s->e));
		return;
	}
	served_must(s, org_create(s->path, &options, &s->e));
	served_must(s, file_read(&kept, s->path, 64 * LIMIT_MIB, bytes, &s->e));
}

static inline int served_setup_with(void **state, const char *sample)
{
	struct served *s = calloc(1, sizeof(*s));

	assert_non_null(s);
	*s = (struct served){ .arena = arena_make(0) };
	assert_non_null(test_folder(s->folder, sizeof(s->folder)));
	s->path = str_cstr(&s->arena, str_fmt(&s->arena, "%s/contoso.db", s->folder));
	served_create(s, sample);
	served_open(s, true);
	*state = s;
	return 0;
}

static inline int served_setup(void **state)
{
	return served_setup_with(state, NULL);
}

static inline int served_teardown(void **state)
{
	struct served *s = *state;

	org_close(&s->org);
	served_must(s, file_remove(s->folder, &s->e));
	arena_release(&s->arena);
	free(s);
	return 0;
}

static inline void with_header(struct served *s, const char *name, const char *value)
{
	assert_true(s->nheaders < COUNT_OF(s->headers));
	s->headers[s->nheaders++] = (struct header){ str_from(name), str_from(value) };
}

/* The headers given before go with this request alone. */
static inline int ask_str(struct served *s, enum method method, struct str target, const char *body)
{
	struct request r = { .method = method,
			     .target = target,
			     .headers = s->headers,
			     .nheaders = s->nheaders,
			     .body = str_from(body) };

	served_must(s, service_call(org_service(s->org), &r, &s->answer, &s->e));
	s->nheaders = 0;
	return s->answer.status;
}

static inline int ask(struct served *s, enum method method, const char *target, const char *body)
{
	return ask_str(s, method, str_from(target), body);
}

static inline void expect_status(struct served *s, int got, int wanted)
{
	if (got != wanted)
		fail_msg("%d instead of %d: %.*s", got, wanted, STR_ARG(s->answer.body));
}

/* The code of an error's body. */
static inline void expect_code(struct served *s, int got, int status, const char *code)
{
	struct json body;

	expect_status(s, got, status);
	served_must(s, json_parse(&s->arena, s->answer.body, "error", &body, &s->e));

	const struct json *error = json_get(&body, S("error"));

	if (!str_eq(json_text(error, S("code")), str_from(code)))
		fail_msg("%s expected: %.*s", code, STR_ARG(s->answer.body));
	assert_true(json_text(error, S("message")).n > 0);
}

static inline int fetch(struct served *s, const char *set, const char *xml)
{
	DEFER(buf_release) struct buf url = buf_make(0);

	buf_add(&url, str_from(set));
	buf_add(&url, S("?fetchXml="));
	url_encode(&url, str_from(xml));
	return ask_str(s, METHOD_GET, buf_str(&url), NULL);
}

static inline const struct json *answer_json(struct served *s)
{
	struct json *body = arena_new(&s->arena, struct json);

	served_must(s, json_parse(&s->arena, s->answer.body, "answer", body, &s->e));
	return body;
}

/* The texts of one property of all rows, joined by '|'; "-" where it is absent. */
static inline const char *joined(struct served *s, const char *property)
{
	DEFER(buf_release) struct buf b = buf_make(0);
	const struct json *rows = json_get(answer_json(s), S("value"));

	assert_non_null(rows);
	for (size_t i = 0; i < rows->n; i++) {
		const struct json *v = json_get(&rows->items[i], str_from(property));

		buf_add(&b, i > 0 ? S("|") : S(""));
		if (!v)
			buf_add_char(&b, '-');
		else if (v->kind == JSON_BOOL)
			buf_add(&b, v->yes ? S("true") : S("false"));
		else
			buf_add(&b, v->text);
	}
	return str_cstr(&s->arena, buf_str(&b));
}

static inline const char *answer_header(struct served *s, const char *name)
{
	const struct str *v = header_find(s->answer.headers, s->answer.nheaders, str_from(name));

	return v ? str_cstr(&s->arena, *v) : "(none)";
}

static inline bool answer_has(struct served *s, const char *text)
{
	return str_find(s->answer.body, str_from(text)) != STR_NONE;
}

#endif
