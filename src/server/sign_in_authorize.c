/* SPDX-License-Identifier: MIT */
/*
 * The authorization endpoint: the code flow with PKCE (RFC 6749, 7636, 8252). What is wrong before the redirect URI
 * is known to be the application's is told on a page, everything else to the redirect URI.
 */
#include "server/sign_in_flow.h"

#include "base/codec.h"

#include "base/banned.h"

#define CHALLENGE_MIN 43
#define CHALLENGE_MAX 128

enum response_mode { RESPONSE_QUERY, RESPONSE_FRAGMENT, RESPONSE_FORM };

struct authorization {
	const struct application *app;
	struct str redirect, state;
	enum response_mode mode;
	struct scope scope;
	struct str challenge, nonce;
	bool plain;
};

static bool is_challenge(struct str s)
{
	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];
		bool ok = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
			  (c >= '0' && c <= '9') || str_find_char(S("-._~"), c) != STR_NONE;

		if (!ok)
			return false;
	}
	return s.n >= CHALLENGE_MIN && s.n <= CHALLENGE_MAX;
}

static bool read_challenge(struct turn *t, struct authorization *a)
{
	struct str method = form_get(&t->form, S("code_challenge_method"));

	a->challenge = form_get(&t->form, S("code_challenge"));
	a->plain = method.n == 0 || str_eq(method, S("plain"));
	if (a->challenge.n == 0)
		return method.n == 0 || sign_in_refuse(t, SIGN_IN_BAD_CHALLENGE, "it is missing");
	if (!a->plain && !str_eq(method, S("S256")))
		return sign_in_refuse(t, SIGN_IN_BAD_CHALLENGE, "the method is %.*s",
				      STR_ARG(method));
	return is_challenge(a->challenge) ||
	       sign_in_refuse(t, SIGN_IN_BAD_CHALLENGE, "43 to 128 characters are needed");
}

/* To whom an error is told is known from here on. */
static bool read_return(struct turn *t, struct authorization *a)
{
	struct str mode = form_get(&t->form, S("response_mode"));

	if (!client_find(t, &a->app) || !turn_need(t, "redirect_uri", &a->redirect))
		return false;
	if (!identity_redirects(a->app, a->redirect))
		return sign_in_refuse(t, SIGN_IN_REDIRECT, "%.*s", STR_ARG(a->redirect));
	if (mode.n > 0 && !str_eq(mode, S("query")) && !str_eq(mode, S("fragment")) &&
	    !str_eq(mode, S("form_post")))
		return sign_in_refuse(t, SIGN_IN_BAD_REQUEST, "response_mode %.*s", STR_ARG(mode));
	a->mode = str_eq(mode, S("fragment"))    ? RESPONSE_FRAGMENT
		  : str_eq(mode, S("form_post")) ? RESPONSE_FORM
						 : RESPONSE_QUERY;
	a->state = form_get(&t->form, S("state"));
	return true;
}

static bool read_rest(struct turn *t, struct authorization *a)
{
	struct str type;

	if (!turn_need(t, "response_type", &type))
		return false;
	if (!str_eq(type, S("code")))
		return sign_in_refuse(t, SIGN_IN_RESPONSE_TYPE, "%.*s", STR_ARG(type));
	a->nonce = form_get(&t->form, S("nonce"));
	/* v1 may name the resource later, at the token endpoint; then it is this server */
	if (t->v1 && form_get(&t->form, S("resource")).n == 0)
		a->scope =
			(struct scope){ .resource = t->job->base, .openid = true, .offline = true };
	else if (!scope_read(t, &a->scope))
		return false;
	return read_challenge(t, a);
}

/* ---- back to the client ---- */

static void answer_redirect(struct turn *t, const struct authorization *a, struct str parameters)
{
	char sign = a->mode == RESPONSE_FRAGMENT                  ? '#'
		    : str_find_char(a->redirect, '?') != STR_NONE ? '&'
								  : '?';
	struct job *j = t->job;

	page_answer(t, 302, "Back to the application", S(""));
	job_header(
		j, S("Location"),
		str_fmt(t->arena, "%.*s%c%.*s", STR_ARG(a->redirect), sign, STR_ARG(parameters)));
}

/* A form that the browser sends by a click: no script is needed. */
static void answer_form(struct turn *t, const struct authorization *a, const struct form *f)
{
	DEFER(buf_release) struct buf b = buf_make(0);

	buf_add(&b, S("<form method=\"post\" action=\""));
	html_encode(&b, a->redirect);
	buf_add(&b, S("\">\n"));
	for (size_t i = 0; i < f->fields.n; i++) {
		buf_add(&b, S("<input type=\"hidden\" name=\""));
		html_encode(&b, f->fields.p[i].name);
		buf_add(&b, S("\" value=\""));
		html_encode(&b, f->fields.p[i].value);
		buf_add(&b, S("\">\n"));
	}
	buf_add(&b, S("<button>Back to the application</button>\n</form>\n"));
	page_answer(t, 200, "Signed in", buf_str(&b));
}

static void answer_client(struct turn *t, const struct authorization *a, struct form *f)
{
	DEFER(buf_release) struct buf parameters = buf_make(0);

	if (a->state.n > 0)
		*VEC_PUSH(t->arena, &f->fields) = (struct form_field){ S("state"), a->state };
	for (size_t i = 0; i < f->fields.n; i++)
		form_add(&parameters, f->fields.p[i].name, f->fields.p[i].value);
	if (a->mode == RESPONSE_FORM)
		answer_form(t, a, f);
	else
		answer_redirect(t, a, buf_str(&parameters));
}

static void answer_refusal(struct turn *t, const struct authorization *a)
{
	struct str name = sign_in_known(t->refusal.error)->name;
	struct form f = { .repeated = false };

	*VEC_PUSH(t->arena, &f.fields) = (struct form_field){ S("error"), name };
	*VEC_PUSH(t->arena, &f.fields) =
		(struct form_field){ S("error_description"), sign_in_error_text(t) };
	answer_client(t, a, &f);
}

static struct str code_of(struct turn *t, const struct authorization *a,
			  const struct account *account)
{
	DEFER(buf_release) struct buf text = buf_make(0);
	struct buf_sink sink = buf_sink_make(&text);
	DEFER(json_writer_release) struct json_writer w = json_writer_make(&sink.sink);
	const struct {
		const char *name;
		struct str value;
	} members[] = {
		{ "kind", S("code") },
		{ "id", guid_text(t->arena, sign_in_new_id()) },
		{ "client", guid_text(t->arena, a->app->client) },
		{ "user", account->name },
		{ "resource", a->scope.resource },
		{ "scope", scope_write(t->arena, &a->scope) },
		{ "redirect", a->redirect },
		{ "challenge", a->challenge },
		{ "nonce", a->nonce },
	};
	struct err ignored;

	json_object(&w);
	for (size_t i = 0; i < COUNT_OF(members); i++) {
		json_key(&w, str_from(members[i].name));
		json_str(&w, members[i].value);
	}
	json_key(&w, S("plain"));
	json_bool(&w, a->plain);
	json_key(&w, S("exp"));
	json_i64(&w, t->now + (int64_t)t->s->identity->code_lifetime);
	json_object_end(&w);
	/* into memory without an end */
	(void)!json_writer_finish(&w, &ignored);
	return sign_in_seal(t->s, t->arena, buf_str(&text));
}

static void answer_code(struct turn *t, const struct authorization *a,
			const struct account *account)
{
	struct form f = { .repeated = false };

	*VEC_PUSH(t->arena, &f.fields) = (struct form_field){ S("code"), code_of(t, a, account) };
	*VEC_PUSH(t->arena, &f.fields) =
		(struct form_field){ S("session_state"), guid_text(t->arena, sign_in_new_id()) };
	answer_client(t, a, &f);
}

/* ---- who ---- */

/* Without a person: the one who was hinted at, or the first. */
static bool approve(struct turn *t, const struct account **out)
{
	const struct identity *i = t->s->identity;
	struct str hint = form_get(&t->form, S("login_hint"));

	*out = hint.n > 0 ? identity_account(i, hint) : i->accounts.n > 0 ? i->accounts.p : NULL;
	if (!*out)
		return sign_in_refuse(t, SIGN_IN_UNKNOWN_USER, "%.*s", STR_ARG(hint));
	return !(*out)->disabled ||
	       sign_in_refuse(t, SIGN_IN_DISABLED_USER, "%.*s", STR_ARG((*out)->name));
}

/* The page posts what was chosen to a URL that carries the request; a client may post the request itself. */
static bool read_request(struct turn *t, struct form *chosen)
{
	struct str target = t->job->request.target;
	size_t at = str_find_char(target, '?');

	*chosen = (struct form){ .repeated = false };
	if (t->job->request.method != METHOD_POST || at == STR_NONE)
		return true;
	*chosen = t->form;
	if (!form_read(t->arena, str_skip(target, at + 1), &t->form) || t->form.repeated)
		return sign_in_refuse(t, SIGN_IN_BAD_REQUEST, "the parameters of the URL");
	return true;
}

/* The URL of this request, whichever way it came. */
static struct str own_url(struct turn *t)
{
	DEFER(buf_release) struct buf b = buf_make(0);

	for (size_t i = 0; i < t->form.fields.n; i++)
		form_add(&b, t->form.fields.p[i].name, t->form.fields.p[i].value);
	return str_fmt(t->arena, "/%.*s?%.*s", STR_ARG(t->path), STR_ARG(buf_str(&b)));
}

/* False with *asked: nothing is refused, a page was answered. */
static bool choose(struct turn *t, struct form *chosen, const struct account **out, bool *asked)
{
	struct form request = t->form;

	*asked = false;
	if (t->s->auto_approve)
		return approve(t, out);
	if (str_eq(form_get(&t->form, S("prompt")), S("none")))
		return sign_in_refuse(t, SIGN_IN_LOGIN_REQUIRED, "%s", "");
	if (chosen->fields.n == 0) {
		*asked = true;
		page_choose(t, "Sign in", own_url(t), S(""));
		return false;
	}
	t->form = *chosen;

	bool ok = page_is_own(t) && page_chosen(t, out);

	t->form = request;
	return ok;
}

bool authorize_endpoint(struct turn *t)
{
	struct authorization a = { .app = NULL };
	const struct account *account = NULL;
	struct form chosen;
	bool asked = false;

	if (!read_request(t, &chosen) || !read_return(t, &a))
		return false;
	if (!read_rest(t, &a) || !choose(t, &chosen, &account, &asked)) {
		bool person = t->refusal.error == SIGN_IN_BAD_PASSWORD ||
			      t->refusal.error == SIGN_IN_UNKNOWN_USER;

		/* who mistyped may try again; the client does not hear of it */
		if (!asked && person)
			return false;
		if (!asked)
			answer_refusal(t, &a);
		return true;
	}
	answer_code(t, &a, account);
	return true;
}
