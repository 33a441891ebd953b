/* SPDX-License-Identifier: MIT */
/*
 * What the tests of a remote service share: tokens, a scripted environment with a service before it, one request and
 * its answer.
 */
#ifndef FERRY_TESTS_REMOTE_BED_H
#define FERRY_TESTS_REMOTE_BED_H

#include "remote/remote.h"

#include "scripted_server.h"

#define JSON "Content-Type: application/json; odata.metadata=minimal\r\nOData-Version: 4.0\r\n"
#define PAGE "Content-Type: text/html; charset=utf-8\r\n"
#define ERROR(code, message) "{\"error\":{\"code\":\"" code "\",\"message\":\"" message "\"}}"
#define TOKEN_1 "eyJ-the-first-token"
#define TOKEN_2 "eyJ-the-second-token"

static struct arena arena;

/* ---- tokens ---- */

struct tokens {
	struct token_source source;
	unsigned asked, renewed;
	bool refuses; /* to renew */
};

static inline bool tokens_get(struct token_source *source, bool renew, struct str *out,
			      struct err *e)
{
	struct tokens *t = CONTAINER_OF(source, struct tokens, source);

	t->asked++;
	t->renewed += renew;
	if (renew && t->refuses)
		return err_set(e, ERR_AUTH, "the secret has expired");
	*out = t->renewed ? S(TOKEN_2) : S(TOKEN_1);
	return true;
}

/* ---- one environment ---- */

struct bed {
	struct scripted server;
	struct profile profile;
	struct tokens tokens;
	struct remote *remote;
	struct remote_options options;
};

static inline struct bed bed_make(const struct scripted_step *steps, size_t n)
{
	struct bed b = { .server = scripted_start(steps, n),
			 .tokens = { .source = { .get = tokens_get } } };

	b.profile.url = str_fmt(&arena, "http://127.0.0.1:%u", b.server.port);
	b.options.seed = 5;
	return b;
}

static inline struct service *bed_open(struct bed *b)
{
	struct err e;

	b->options.profile = &b->profile;
	b->options.tokens = &b->tokens.source;
	assert_true(remote_open(&b->remote, &arena, &b->options, &e));
	return remote_service(b->remote);
}

static inline void bed_close(struct bed *b)
{
	remote_close(&b->remote);
	scripted_stop(&b->server);
}

#define BED(name, ...)                                                                             \
	static const struct scripted_step name##_steps[] = { __VA_ARGS__ };                        \
	DEFER(bed_close) struct bed name = bed_make(name##_steps, COUNT_OF(name##_steps))

static inline struct response call(struct service *s, const struct request *r)
{
	uint64_t tag = 0;
	struct response out = { 0 };
	struct err e;

	assert_true(s->submit(s, r, 7, &e));
	if (!s->next(s, &tag, &out, &e))
		fail_msg("%s", e.msg);
	assert_int_equal(tag, 7);
	return out;
}

static inline struct err call_fails(struct service *s, const struct request *r)
{
	uint64_t tag = 0;
	struct response out;
	struct err e;

	assert_true(s->submit(s, r, 7, &e));
	assert_false(s->next(s, &tag, &out, &e));
	return e;
}

static const struct request get_queues = {
	.method = METHOD_GET, .target = STR_INIT("queues?$filter=name%20eq%20'secret'")
};
static const struct request post_queue = { .method = METHOD_POST,
					   .target = STR_INIT("queues"),
					   .body = STR_INIT("{\"name\":\"a\"}") };

static inline bool has(struct str text, const char *part)
{
	return str_find(text, str_from(part)) != STR_NONE;
}

#define HAS(text, part)                                                                            \
	do {                                                                                       \
		if (!has((text), (part)))                                                          \
			fail_msg("no \"%s\" in: %.*s", (part), STR_ARG(text));                     \
	} while (0)

static inline bool cancelled_at(void *context)
{
	return scripted_now() >= *(int64_t *)context;
}

static inline int set_up(void **state)
{
	(void)state;
	arena = arena_make(0);
	return 0;
}

static inline int tear_down(void **state)
{
	(void)state;
	arena_release(&arena);
	return 0;
}

#endif
