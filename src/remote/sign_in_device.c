/* SPDX-License-Identifier: MIT */
/*
 * The device code flow (RFC 8628): a person enters a code on any machine, while this one asks again and again, no more often
 * than it is allowed to.
 */
#include "base/datetime.h"
#include "remote/sign_in_parts.h"

#include "base/banned.h"

#define DEVICE_GRANT "urn:ietf:params:oauth:grant-type:device_code"
#define INTERVAL 5 /* seconds, where none is told; and what slow_down adds (RFC 8628 3.2, 3.5) */
#define LONGEST 3600
#define LONGEST_TEXT 500 /* that goes to a terminal */

struct code {
	struct str device, user, page;
	int64_t interval, seconds;
};

static int64_t number(const struct json *tree, struct str name, int64_t otherwise)
{
	int64_t n;

	if (str_parse_i64(json_text(tree, name), &n))
		return n;
	return json_int(tree, name, otherwise);
}

static int64_t within(int64_t n, int64_t least, int64_t most)
{
	return n < least ? least : n > most ? most : n;
}

static bool ask_code(struct sign_in *s, struct str client, struct code *out, struct err *e)
{
	const struct field fields[] = {
		{ "client_id", client },
		{ "scope", sign_in_scope(s, true) },
	};
	struct ask_answer r;
	struct json tree;
	struct code c = { .interval = INTERVAL };

	if (!sign_in_post(s, "devicecode", fields, COUNT_OF(fields), &tree, &r, e))
		return false;
	c.device = json_text(&tree, S("device_code"));
	c.user = json_text(&tree, S("user_code"));
	c.page = json_text(&tree, S("verification_uri"));
	if (c.page.n == 0)
		c.page = json_text(&tree, S("verification_url"));
	/* asked more than once a second, nobody answers sooner */
	c.interval = within(number(&tree, S("interval"), INTERVAL), 1, LONGEST);
	c.seconds = within(number(&tree, S("expires_in"), 900), 1, LONGEST);
	if (c.device.n == 0 || !str_is_plain(c.user, LONGEST_TEXT) ||
	    !str_is_plain(c.page, LONGEST_TEXT) || !ask_may_send(c.page, false))
		return err_set(e, ERR_NETWORK, "%.*s gave no usable device code",
			       STR_ARG(profile_host(s->authority.base)));
	*out = c;
	return true;
}

static bool wait_for_person(struct sign_in *s, struct str client, struct code *c, int64_t until,
			    struct token *out, struct err *e)
{
	const struct field fields[] = {
		{ "grant_type", S(DEVICE_GRANT) },
		{ "client_id", client },
		{ "device_code", c->device },
	};

	while (steady_ms() < until) {
		int64_t left = until - steady_ms();
		int64_t wait = c->interval * 1000;

		if (!ask_rest(&s->asker, wait < left ? wait : left, e))
			return false;
		if (sign_in_redeem(s, fields, COUNT_OF(fields), out, e))
			return true;
		if (!s->denied)
			return false;
		if (denial_is(&s->denial, "slow_down"))
			c->interval = within(c->interval + INTERVAL, 1, LONGEST);
		else if (!denial_is(&s->denial, "authorization_pending"))
			return false;
	}
	return err_set(e, ERR_AUTH, "nobody entered the code within %lld seconds: sign in again",
		       (long long)c->seconds);
}

static bool ask_person(struct sign_in *s, struct token *out, struct err *e)
{
	struct code c = { .interval = INTERVAL };
	struct str client;

	if (!sign_in_client(s, true, &client, e) || !ask_code(s, client, &c, e))
		return false;

	int64_t until = steady_ms() + c.seconds * 1000;

	s->options.person.device(s->options.person.context, c.page, c.user, (unsigned)c.seconds);
	return wait_for_person(s, client, &c, until, out, e);
}

bool sign_in_by_device(struct sign_in *s, struct token *out, struct err *e)
{
	return sign_in_person(s, s->options.person.device != NULL, ask_person, out, e);
}
