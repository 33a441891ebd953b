/* SPDX-License-Identifier: MIT */
/*
 * Which resource, and what of it: there is one resource, this server, under any of its names.
 */
#include "server/sign_in_flow.h"

#include "base/banned.h"

#define DEFAULT "/.default"
#define IMPERSONATION "/user_impersonation"

bool scope_resource(struct turn *t, struct str resource, struct str *out)
{
	struct str base = t->job->base;
	size_t at = str_find(base, S("://")) + 3;
	struct str scheme = str_sub(base, 0, at);
	struct str name = resource;

	if (str_ends(name, S("/")))
		name.n--;
	if (!str_starts(name, scheme) || !guard_knows(t->s->guard, str_skip(name, at)))
		return sign_in_refuse(t, SIGN_IN_RESOURCE, "%.*s; this server is %.*s",
				      STR_ARG(resource), STR_ARG(base));
	*out = name;
	return true;
}

static bool take_resource(struct turn *t, struct str resource, struct scope *s)
{
	struct str name;

	if (!scope_resource(t, resource, &name))
		return false;
	if (s->resource.n > 0 && !str_eq(s->resource, name))
		return sign_in_refuse(t, SIGN_IN_SCOPE, "it names two resources");
	s->resource = name;
	return true;
}

/* openid and its like. */
static bool take_word(struct scope *s, struct str word)
{
	const struct {
		struct str word;
		bool *at;
	} words[] = { { S("openid"), &s->openid },
		      { S("profile"), &s->profile },
		      { S("email"), &s->email },
		      { S("offline_access"), &s->offline } };

	for (size_t i = 0; i < COUNT_OF(words); i++) {
		if (str_eq(words[i].word, word)) {
			*words[i].at = true;
			return true;
		}
	}
	return false;
}

static bool take(struct turn *t, struct str word, struct scope *s)
{
	if (take_word(s, word))
		return true;
	if (str_ends(word, S(DEFAULT))) {
		s->by_default = true;
		return take_resource(t, str_sub(word, 0, word.n - S(DEFAULT).n), s);
	}
	if (str_ends(word, S(IMPERSONATION)))
		return take_resource(t, str_sub(word, 0, word.n - S(IMPERSONATION).n), s);
	return sign_in_refuse(
		t, str_find(word, S("://")) == STR_NONE ? SIGN_IN_SCOPE : SIGN_IN_SCOPE_UNKNOWN,
		"%.*s", STR_ARG(word));
}

bool scope_read(struct turn *t, struct scope *out)
{
	struct scope s = { .offline = t->v1 };
	struct str text;

	if (!turn_need(t, t->v1 ? "resource" : "scope", &text))
		return false;
	if (t->v1) {
		s.openid = true;
		if (!take_resource(t, text, &s))
			return false;
		*out = s;
		return true;
	}

	struct str_splitter words = str_splitter(text);

	for (struct str word; str_split(&words, ' ', &word);) {
		if (word.n > 0 && !take(t, word, &s))
			return false;
	}
	if (s.resource.n == 0)
		return sign_in_refuse(t, SIGN_IN_SCOPE, "it names no resource");
	*out = s;
	return true;
}

struct str scope_write(struct arena *a, const struct scope *s)
{
	struct str r = s->resource;

	return str_fmt(a, "%s%s%s%s%.*s" IMPERSONATION "%s%.*s%s", s->openid ? "openid " : "",
		       s->profile ? "profile " : "", s->email ? "email " : "",
		       s->offline ? "offline_access " : "", STR_ARG(r), s->by_default ? " " : "",
		       STR_ARG(s->by_default ? r : S("")), s->by_default ? DEFAULT : "");
}

struct scope scope_parse(struct str resource, struct str text)
{
	struct scope s = { .resource = resource };
	struct str_splitter words = str_splitter(text);

	for (struct str word; str_split(&words, ' ', &word);) {
		if (!take_word(&s, word))
			s.by_default = s.by_default || str_ends(word, S(DEFAULT));
	}
	return s;
}
