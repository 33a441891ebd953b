/* SPDX-License-Identifier: MIT */
/*
 * Pages of the sign-in: as plain as can be, and so that a script can fill in their forms. What came from
 * outside goes through html_encode.
 */
#include "server/sign_in_flow.h"

#include "base/codec.h"

#include "base/banned.h"

#define STYLE                                                                                      \
	"body{font-family:sans-serif;max-width:32rem;margin:3rem auto;line-height:1.5}"            \
	"button,input{font:inherit;padding:.4rem .8rem;margin:.2rem 0;display:block;width:100%;"   \
	"box-sizing:border-box}"

void page_answer(struct turn *t, int status, const char *title, struct str body)
{
	struct job *j = t->job;
	struct buf *b = &j->body;

	buf_clear(b);
	j->headers.n = 0;
	j->status = status;
	buf_add(b, S("<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>"));
	html_encode(b, str_from(title));
	buf_add(b, S("</title><style>" STYLE "</style></head>\n<body><h1>"));
	html_encode(b, str_from(title));
	buf_add(b, S("</h1>\n"));
	buf_add(b, body);
	buf_add(b, S("</body></html>\n"));
	job_header(j, S("Content-Type"), S("text/html; charset=utf-8"));
	job_header(j, S("Cache-Control"), S("no-store, no-cache"));
	job_header(j, S("Content-Security-Policy"),
		   S("default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"));
	job_header(j, S("X-Frame-Options"), S("DENY"));
	job_header(j, S("Referrer-Policy"), S("no-referrer"));
	job_header(j, S("X-Content-Type-Options"), S("nosniff"));
}

void page_answer_error(struct turn *t)
{
	DEFER(buf_release) struct buf b = buf_make(0);

	buf_add(&b, S("<p>"));
	html_encode(&b, sign_in_error_text(t));
	buf_add(&b, S("</p>\n"));
	page_answer(t, sign_in_known(t->refusal.error)->status, "This is not possible",
		    buf_str(&b));
}

void page_choose(struct turn *t, const char *title, struct str action, struct str extra_fields)
{
	DEFER(buf_release) struct buf b = buf_make(0);
	bool secret = false;

	buf_add(&b, S("<form method=\"post\" action=\""));
	html_encode(&b, action);
	buf_add(&b, S("\">\n"));
	buf_add(&b, extra_fields);
	for (size_t i = 0; i < t->s->identity->accounts.n; i++)
		secret = secret || t->s->identity->accounts.p[i].password.n > 0;
	if (secret)
		buf_add(&b, S("<input type=\"password\" name=\"password\" placeholder=\"password\" "
			      "autocomplete=\"off\">\n"));
	for (size_t i = 0; i < t->s->identity->accounts.n; i++) {
		struct str name = t->s->identity->accounts.p[i].name;

		buf_add(&b, S("<button name=\"user\" value=\""));
		html_encode(&b, name);
		buf_add(&b, S("\">"));
		html_encode(&b, name);
		buf_add(&b, S("</button>\n"));
	}
	buf_add(&b, S("<button name=\"decline\" value=\"yes\">Decline</button>\n</form>\n"));
	page_answer(t, 200, title, buf_str(&b));
}

bool page_chosen(struct turn *t, const struct account **out)
{
	struct str name;

	if (form_get(&t->form, S("decline")).n > 0)
		return sign_in_refuse(t, SIGN_IN_DECLINED, "%s", "");
	if (!turn_need(t, "user", &name))
		return false;

	const struct account *account = identity_account(t->s->identity, name);

	if (!account)
		return sign_in_refuse(t, SIGN_IN_UNKNOWN_USER, "%.*s", STR_ARG(name));
	if (account->password.n > 0 &&
	    !crypto_same(account->password, form_get(&t->form, S("password"))))
		return sign_in_refuse(t, SIGN_IN_BAD_PASSWORD, "%s", "");
	if (account->disabled)
		return sign_in_refuse(t, SIGN_IN_DISABLED_USER, "%.*s", STR_ARG(name));
	*out = account;
	return true;
}

bool page_is_own(struct turn *t)
{
	struct str origin = turn_header(t, S("Origin"));

	/* a browser always tells it; what is none is no page of somebody else */
	return origin.n == 0 || str_eq_ascii_nocase(origin, t->job->base) ||
	       sign_in_refuse(t, SIGN_IN_BAD_REQUEST, "it comes from a page of another server");
}
