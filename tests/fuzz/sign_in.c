/* SPDX-License-Identifier: MIT */
/*
 * What strangers say while somebody signs in: challenges, answers with tokens, refusals, dates, a file of the cache. What is
 * taken keeps its promises, and no message has a control character of theirs.
 */
#include "fuzz.h"

#include "remote/authority.h"
#include "remote/retry.h"
#include "remote/sign_in_denial.h"
#include "remote/token_answer.h"

#include "base/banned.h"

static void check_message(const struct err *e)
{
	for (const char *p = e->msg; *p; p++)
		assert((unsigned char)*p >= ' ');
}

static void check_challenge(struct arena *a, struct str text)
{
	struct challenge c;
	struct err e;

	if (!challenge_read(a, text, &c, &e)) {
		assert(e.kind == ERR_AUTH);
		check_message(&e);
		return;
	}
	assert(ask_may_send(c.authority, false) && c.tenant.n > 0);
	assert(str_find_char(c.tenant, '/') == STR_NONE &&
	       str_find_char(c.tenant, '?') == STR_NONE);
}

static void check_denial(struct arena *a, struct str text)
{
	struct denial_context context = { .host = S("host") };
	struct denial d;
	struct err e;

	if (!denial_read(a, text, &d))
		d = denial_of(a, text, text);
	assert(!denial_tell(&d, &context, &e));
	assert(e.kind == ERR_AUTH);
	check_message(&e);
}

static void check_token(struct arena *a, struct str text)
{
	struct token_moment at = { 1800000000, 0 };
	struct token t;
	struct err e;

	if (!token_of_text(a, text, &at, &t, &e)) {
		check_message(&e);
		return;
	}
	assert(token_is_text(t.text) && t.renew <= t.expires && t.renew >= at.now);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	DEFER(arena_release) struct arena a = arena_make(0);
	struct str text = fuzz_text(data, size);
	int64_t when;

	check_challenge(&a, text);
	check_denial(&a, text);
	check_token(&a, text);
	(void)!retry_http_date(text, &when);
	return 0;
}
