/* SPDX-License-Identifier: MIT */
/*
 * facts/webapi.md 1.2, 1.3, 3.5.
 */
#include "remote/wire.h"

#include "dv/odata.h"
#include "remote/retry.h"

#include "base/banned.h"

/* Of what others wrote, in a message: bytes. */
#define TABLE_SHOWN 100
#define ID_SHOWN 100
#define WORDS_SHOWN 1200

struct list {
	struct http_header *p;
	size_t n;
	const struct request *request;
};

static void add(struct list *l, struct str name, struct str value)
{
	if (header_find(l->request->headers, l->request->nheaders, name))
		return;
	l->p[l->n++] = (struct http_header){ name, value };
}

static void add_impersonated(struct list *l, struct str who)
{
	struct str user = S("user:");

	if (who.n == 0)
		return;
	if (str_starts(who, user))
		add(l, S("MSCRMCallerID"), str_skip(who, user.n));
	else
		add(l, S("CallerObjectId"), who);
}

void wire_headers(struct arena *a, const struct request *r, const struct wire_identity *who,
		  const struct http_header **out, size_t *n)
{
	struct list l = { arena_array(a, struct http_header, r->nheaders + WIRE_HEADERS), 0, r };

	add(&l, S("Accept"), S("application/json"));
	add(&l, S("OData-MaxVersion"), S("4.0"));
	add(&l, S("OData-Version"), S("4.0"));
	if (r->method == METHOD_GET)
		add(&l, S("If-None-Match"), S("null"));
	if (r->body.n > 0)
		add(&l, S("Content-Type"), S("application/json; charset=utf-8"));
	add(&l, S("x-ms-client-request-id"), who->id);
	add_impersonated(&l, who->impersonate);
	if (who->token.n > 0)
		add(&l, S("Authorization"), str_fmt(a, "Bearer %.*s", STR_ARG(who->token)));
	for (size_t i = 0; i < r->nheaders; i++)
		l.p[l.n++] = (struct http_header){ r->headers[i].name, r->headers[i].value };
	*out = l.p;
	*n = l.n;
}

/* 1,199.99 in thousandths; -1: it is none. */
static int64_t thousandths(const struct str *s)
{
	int64_t whole = 0, fraction = 0, unit = 100;
	size_t i = 0;

	if (!s || s->n == 0 || s->n > 20)
		return -1;
	for (; i < s->n && s->p[i] != '.'; i++) {
		if (s->p[i] == ',' && i > 0)
			continue;
		if (s->p[i] < '0' || s->p[i] > '9' || whole > INT64_MAX / 100000)
			return -1;
		whole = whole * 10 + (s->p[i] - '0');
	}
	for (i++; i < s->n && unit > 0; i++, unit /= 10) {
		if (s->p[i] < '0' || s->p[i] > '9')
			return -1;
		fraction += (s->p[i] - '0') * unit;
	}
	return whole * 1000 + fraction;
}

static int64_t number_header(const struct http_answer *a, struct str name)
{
	int64_t n = thousandths(http_answer_header(a, name));

	return n < 0 ? -1 : n / 1000;
}

struct pace_answer wire_pace(const struct http_answer *a, int64_t took_ms, int64_t now)
{
	const struct str *left =
		http_answer_header(a, S("x-ms-ratelimit-time-remaining-xrm-requests"));
	const struct str *after = http_answer_header(a, S("Retry-After"));
	const struct str *date = http_answer_header(a, S("Date"));
	int64_t theirs = now;

	/* their clock counts: ours may be wrong */
	if (date && !retry_http_date(*date, &theirs))
		theirs = now;

	struct pace_answer out = {
		.status = a->status,
		.hint = number_header(a, S("x-ms-dop-hint")),
		.requests_remaining =
			number_header(a, S("x-ms-ratelimit-burst-remaining-xrm-requests")),
		.time_remaining_ms = thousandths(left),
		.retry_after_ms = after ? retry_after_ms(*after, theirs) : -1,
		.took_ms = took_ms,
	};
	struct err e;

	/* "at once" of who cannot answer is no reason to hurry */
	if (out.retry_after_ms == 0)
		out.retry_after_ms = -1;
	if (a->status == 429) {
		(void)odata_error_read(a->status, a->body, &e);
		out.code = e.code;
	}
	return out;
}

struct str wire_table(struct str target)
{
	size_t end = 0;

	while (end < target.n && target.p[end] != '(' && target.p[end] != '?')
		end++;
	return str_sub(target, 0, end < TABLE_SHOWN ? end : TABLE_SHOWN);
}

static struct str service_id(const struct http_answer *a)
{
	const struct str *id = http_answer_header(a, S("x-ms-service-request-id"));

	if (!id)
		id = http_answer_header(a, S("REQ_ID"));
	return id ? str_sub(*id, 0, ID_SHOWN) : S("");
}

static void add_ids(struct buf *out, const struct wire_failure *f)
{
	struct str theirs = service_id(f->answer);

	if (theirs.n > 0)
		buf_add_fmt(out, "; request id %.*s, ours %.*s", STR_ARG(theirs), STR_ARG(f->id));
	else
		buf_add_fmt(out, "; our request id %.*s", STR_ARG(f->id));
	if (f->tries > 1)
		buf_add_fmt(out, ", after %u tries", f->tries);
}

/* What is said behind it must have room. */
static struct str shortened(struct str s)
{
	size_t n = WORDS_SHOWN;

	if (s.n <= n)
		return s;
	while (n > 0 && ((unsigned char)s.p[n] & 0xc0) == 0x80)
		n--;
	return str_sub(s, 0, n);
}

static void add_service_words(struct buf *out, const struct http_answer *a)
{
	struct err said;

	(void)odata_error_read(a->status, a->body, &said);
	if (said.code)
		buf_add_fmt(out, ": 0x%08x", said.code);
	if (a->body.n == 0)
		return;
	buf_add(out, said.code ? S(" ") : S(": "));
	buf_add(out, shortened(str_from(said.msg)));
}

static void add_what(struct buf *out, const struct wire_failure *f)
{
	const struct http_answer *a = f->answer;
	const struct str *type = http_answer_header(a, S("Content-Type"));

	if (a->failure) {
		buf_add(out, str_from(a->failure->msg));
	} else if (f->foreign) {
		buf_add_fmt(out,
			    "%.*s answered %d with %.*s, which is no answer of the Web API: a "
			    "proxy or a sign-in page stands in between",
			    STR_ARG(f->host), a->status, STR_ARG(type ? *type : S("no type")));
	} else if (f->broken) {
		buf_add_fmt(out, "%.*s ended its answer (status %d) in the middle",
			    STR_ARG(f->host), a->status);
	} else {
		buf_add_fmt(out, "%.*s answered %d", STR_ARG(f->host), a->status);
		add_service_words(out, a);
	}
}

struct str wire_remedy(enum http_why why)
{
	switch (why) {
	case HTTP_WHY_PROXY:
		return S("check the proxy variables, and the name and password in them");
	case HTTP_WHY_UNTRUSTED:
		return S("check the URL and the clock of this machine; if the certificate is that "
			 "of your own authority, name that with --ca-file, or in the profile");
	case HTTP_WHY_UNREACHED:
		return S("check the URL, the network and the proxy variables");
	case HTTP_WHY_OTHER:
	case HTTP_WHY_HELD:
		break;
	}
	return S("try again later");
}

static struct str remedy_of(const struct wire_failure *f)
{
	const struct http_answer *a = f->answer;

	if (f->doubt)
		return S("whether it was done is not known");
	if (a->hopeless)
		return wire_remedy(a->why);
	if (f->foreign)
		return S("check the URL and the proxy variables");
	switch (a->outcome) {
	case HTTP_TOO_LARGE:
		return S("ask for less at once");
	case HTTP_NOT_SENT:
		return S("check the URL, the network and the proxy variables");
	case HTTP_ANSWERED:
	case HTTP_PERHAPS_SENT:
	case HTTP_ANSWER_BROKEN:
	case HTTP_SINK_FAILED:
	case HTTP_CANCELLED:
		break;
	}
	switch (a->status) {
	case 401:
		return f->anonymous
			       ? S("the environment wants a sign-in, and none was used: \"ferry env add\" makes "
				   "a profile that tells how")
			       : S("sign in again, or check what the profile signs in with");
	case 429:
		return S("the environment is used up for now; try again later, or with a "
			 "smaller --concurrency");
	default:
		return S("try again later");
	}
}

static enum err_kind kind_of(const struct wire_failure *f)
{
	return f->answer->status == 401 && !f->foreign ? ERR_AUTH : ERR_NETWORK;
}

bool wire_failed(const struct wire_failure *f, struct err *e)
{
	DEFER(buf_release) struct buf text = buf_make(0);
	struct str remedy = remedy_of(f);

	add_what(&text, f);
	add_ids(&text, f);
	return err_set(
		e, kind_of(f), "%.*s %.*s: %.*s; %.*s", STR_ARG(method_name(f->request->method)),
		STR_ARG(wire_table(f->request->target)), STR_ARG(buf_str(&text)), STR_ARG(remedy));
}
