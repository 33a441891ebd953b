/* SPDX-License-Identifier: MIT */
/*
 * Where the jobs of GitHub Actions and of Azure Pipelines ask for a token that tells who they are: the URL stands in
 * their environment, with a token for the asking.
 */
#include "server/sign_in_flow.h"

#include "base/banned.h"

#define LIFETIME 300
#define DEFAULT_AUDIENCE "api://AzureADTokenExchange"

static bool is_asked_by(struct turn *t, struct str token)
{
	struct str scheme = S("Bearer ");
	struct str header = turn_header(t, S("Authorization"));

	return token.n > 0 && str_eq_ascii_nocase(str_sub(header, 0, scheme.n), scheme) &&
	       crypto_same(str_trim(str_skip(header, scheme.n)), token);
}

static bool sign(struct turn *t, const char *issuer, struct str subject, struct str audience,
		 struct str *out)
{
	DEFER(buf_release) struct buf text = buf_make(0);
	struct buf_sink sink = buf_sink_make(&text);
	DEFER(json_writer_release) struct json_writer w = json_writer_make(&sink.sink);
	const struct {
		const char *name;
		struct str value;
	} texts[] = {
		{ "jti", guid_text(t->arena, sign_in_new_id()) },
		{ "iss", str_fmt(t->arena, "%.*s/federation/%s", STR_ARG(t->job->base), issuer) },
		{ "sub", subject },
		{ "aud", audience },
	};
	const struct {
		const char *name;
		int64_t value;
	} times[] = { { "iat", t->now }, { "nbf", t->now }, { "exp", t->now + LIFETIME } };
	struct err ignored;

	json_object(&w);
	for (size_t i = 0; i < COUNT_OF(texts); i++) {
		json_key(&w, str_from(texts[i].name));
		json_str(&w, texts[i].value);
	}
	for (size_t i = 0; i < COUNT_OF(times); i++) {
		json_key(&w, str_from(times[i].name));
		json_i64(&w, times[i].value);
	}
	json_object_end(&w);
	/* into memory without an end */
	(void)!json_writer_finish(&w, &ignored);
	return issue_signed(t, buf_str(&text), out);
}

static bool answer_message(struct turn *t, int status, const char *text)
{
	json_object(turn_json(t));
	turn_member(t, S("message"), str_from(text));
	json_object_end(&t->json);
	turn_answer(t, status);
	return true;
}

bool github_endpoint(struct turn *t)
{
	const struct identity *i = t->s->identity;
	struct str audience = form_get(&t->form, S("audience"));
	struct str token;

	if (!is_asked_by(t, i->github))
		return answer_message(t, 401, "the request token is missing or wrong");
	/* without one it is for the owner of the repository, which no cloud accepts */
	if (audience.n == 0)
		audience = S("https://github.com/owner");
	if (!sign(t, "github", i->github_subject, audience, &token))
		return false;
	json_object(turn_json(t));
	json_key(&t->json, S("count"));
	json_i64(&t->json, (int64_t)token.n);
	turn_member(t, S("value"), token);
	json_object_end(&t->json);
	turn_answer(t, 200);
	return true;
}

bool pipelines_endpoint(struct turn *t)
{
	const struct identity *i = t->s->identity;
	struct str target = t->job->request.target;
	size_t at = str_find_char(target, '?');
	struct str token;
	struct form query;
	struct guid id;

	if (!is_asked_by(t, i->pipelines))
		return answer_message(t, 401, "the access token is missing or wrong");
	if (!form_read(t->arena, at == STR_NONE ? S("") : str_skip(target, at + 1), &query))
		return answer_message(t, 400, "the query cannot be read");
	if (form_get(&query, S("api-version")).n == 0)
		return answer_message(t, 400, "no api-version was supplied");
	if (!guid_parse(form_get(&query, S("serviceConnectionId")), &id))
		return answer_message(t, 400, "serviceConnectionId is missing or no GUID");
	for (size_t n = 0; n < i->connections.n; n++) {
		const struct connection *c = &i->connections.p[n];

		if (!guid_eq(c->id, id))
			continue;
		if (!sign(t, "azure-pipelines", c->subject, S(DEFAULT_AUDIENCE), &token))
			return false;
		json_object(turn_json(t));
		turn_member(t, S("oidcToken"), token);
		json_object_end(&t->json);
		turn_answer(t, 200);
		return true;
	}
	return answer_message(t, 404, "there is no such service connection");
}
