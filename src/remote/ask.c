/* SPDX-License-Identifier: MIT */
/*
 * Waits are slices of io/http's, so that cancelling is seen several times a second.
 */
#include "remote/ask.h"

#include <time.h>

#include "base/datetime.h"
#include "base/limits.h"
#include "remote/retry.h"

#include "base/banned.h"

#define SLICE_MS 100
#define CONNECT_MS 15000

bool asker_open(struct asker *k, struct arena *a, const struct surroundings *in,
		const char *ca_file, const char *user_agent, struct err *e)
{
	struct http_options o = {
		.connections = 1,
		.connect_ms = CONNECT_MS,
		.collected_max = LIMIT_SIGN_IN_ANSWER,
		.streamed_max = LIMIT_SIGN_IN_ANSWER,
		.ca_file = ca_file,
		.user_agent = user_agent,
	};

	*k = (struct asker){ .in = in, .rng = rng_from_system() };
	return http_open(&k->http, a, &o, e);
}

void asker_close(struct asker *k)
{
	http_close(&k->http);
}

bool ask_is_cancelled(const struct asker *k)
{
	return k->in->cancelled && k->in->cancelled(k->in->context);
}

bool ask_rest(struct asker *k, int64_t ms, struct err *e)
{
	int64_t until = steady_ms() + ms;
	struct http_answer none;

	for (int64_t left = ms; left > 0; left = until - steady_ms()) {
		if (ask_is_cancelled(k))
			return err_set(e, ERR_CANCELLED, "the sign-in was cancelled");
		(void)!http_wait(k->http, (unsigned)(left < SLICE_MS ? left : SLICE_MS), &none);
	}
	return true;
}

/* ---- URLs ---- */

struct str ask_host(struct str url)
{
	size_t at = str_find(url, S("://"));
	struct str rest = at == STR_NONE ? url : str_skip(url, at + 3);
	size_t n = 0;

	while (n < rest.n && rest.p[n] != '/' && rest.p[n] != '?' && rest.p[n] != '#')
		n++;
	return str_sub(rest, 0, n);
}

static bool is_on_link(struct str url)
{
	struct str host = ask_host(url);
	size_t dots = 0;

	for (size_t i = 0; i < host.n && host.p[i] != ':'; i++) {
		if (host.p[i] == '.')
			dots++;
		else if (host.p[i] < '0' || host.p[i] > '9')
			return false;
	}
	return dots == 3 && str_starts(host, S("169.254."));
}

static bool is_clear(struct str url)
{
	struct str scheme = S("http://");

	return str_eq_ascii_nocase(str_sub(url, 0, scheme.n), scheme);
}

bool ask_may_send(struct str url, bool on_link)
{
	struct str scheme = S("https://");

	if (str_find_char(ask_host(url), '@') != STR_NONE)
		return false;
	if (is_clear(url))
		return profile_is_loopback(url) || (on_link && is_on_link(url));
	return str_eq_ascii_nocase(str_sub(url, 0, scheme.n), scheme) && ask_host(url).n > 0;
}

/* ---- dates ---- */

static bool digits(struct str s, int *out)
{
	uint64_t n;

	/* a sign is no digit */
	if (s.n == 0 || s.p[0] < '0' || s.p[0] > '9' || !str_parse_u64(s, &n) || n > 9999)
		return false;
	*out = (int)n;
	return true;
}

bool ask_date(struct str text, int64_t *out)
{
	/* Sun, 06 Nov 1994 08:49:37 GMT */
	struct str months = S("JanFebMarAprMayJunJulAugSepOctNovDec");
	size_t month = str_find(months, str_sub(text, 8, 3));
	struct datetime when;
	struct civil c = { 0 };

	if (text.n != 29 || !str_ends(text, S(" GMT")) || month == STR_NONE || month % 3 != 0 ||
	    !digits(str_sub(text, 5, 2), &c.day) || !digits(str_sub(text, 12, 4), &c.year) ||
	    !digits(str_sub(text, 17, 2), &c.hour) || !digits(str_sub(text, 20, 2), &c.minute) ||
	    !digits(str_sub(text, 23, 2), &c.second))
		return false;
	c.month = (int)(month / 3) + 1;
	if (!datetime_from_civil(c, &when))
		return false;
	*out = when.ticks / DATETIME_SECOND;
	return true;
}

/* ---- asking ---- */

static bool passes(const struct ask *q, int status)
{
	return status == 429 || status >= 500 || (q->passes && q->passes(status));
}

static void keep(struct arena *a, const struct http_answer *from, struct ask_answer *out)
{
	struct http_header *headers = arena_array(a, struct http_header, from->nheaders);
	const struct str *date = http_answer_header(from, S("Date"));

	for (size_t i = 0; i < from->nheaders; i++)
		headers[i] = (struct http_header){ str_dup(a, from->headers[i].name),
						   str_dup(a, from->headers[i].value) };
	*out = (struct ask_answer){ .status = from->status,
				    .headers = headers,
				    .nheaders = from->nheaders,
				    .body = str_dup(a, from->body) };
	if (date && !ask_date(*date, &out->date))
		out->date = 0;
}

/* Until it ended, one way or another. */
static bool wait_for(struct asker *k, struct http_answer *out, struct err *e)
{
	while (!http_wait(k->http, SLICE_MS, out)) {
		if (!ask_is_cancelled(k))
			continue;
		http_cancel(k->http, k->tag);
		(void)!http_wait(k->http, 0, out);
		return err_set(e, ERR_CANCELLED, "the sign-in was cancelled");
	}
	return true;
}

/* How long to wait before the next try; negative: what it says is the last word. */
static int64_t pause_of(struct asker *k, const struct ask *q, const struct http_answer *r,
			unsigned tried, unsigned *failed)
{
	const struct str *after = http_answer_header(r, S("Retry-After"));
	int64_t wait = -1;

	if (r->outcome == HTTP_ANSWERED && !passes(q, r->status))
		return -1;
	if (r->hopeless || r->outcome == HTTP_TOO_LARGE || r->outcome == HTTP_CANCELLED)
		return -1;
	if (r->outcome != HTTP_ANSWERED || r->status != 429)
		++*failed;
	/* what is not on the link of this machine will not come there */
	if (r->outcome == HTTP_NOT_SENT && q->on_link)
		++*failed;
	if (*failed >= (q->tries ? q->tries : ASK_TRIES))
		return -1;
	if (after)
		wait = retry_after_ms(*after, datetime_now().ticks / DATETIME_SECOND);
	if (wait < 0)
		return retry_wait_ms(tried, &k->rng);
	/* "0" of a server that means it is no reason to hurry */
	return wait > SLICE_MS ? wait : SLICE_MS;
}

bool ask_for(struct asker *k, struct arena *a, const struct ask *q, struct ask_answer *out,
	     struct err *e)
{
	int64_t until = steady_ms() + (int64_t)1000 * (q->seconds ? q->seconds : ASK_SECONDS);
	struct http_request r = {
		.method = q->method,
		.url = q->url,
		.headers = q->headers,
		.nheaders = q->nheaders,
		.body = q->body,
		.total_ms = 1000 * (q->try_seconds ? q->try_seconds : ASK_TRY_SECONDS),
		.direct = is_clear(q->url),
	};
	struct http_answer got;
	unsigned failed = 0;
	unsigned tried = 0;

	if (!ask_may_send(q->url, q->on_link))
		return err_set(e, ERR_USAGE,
			       "%.*s is not asked: it is neither https nor this machine",
			       STR_ARG(ask_host(q->url)));
	for (;;) {
		if (ask_is_cancelled(k))
			return err_set(e, ERR_CANCELLED, "the sign-in was cancelled");
		if (!http_start(k->http, &r, ++k->tag, e) || !wait_for(k, &got, e))
			return false;

		int64_t wait = pause_of(k, q, &got, ++tried, &failed);

		if (wait < 0 || steady_ms() + wait > until)
			break;
		if (!ask_rest(k, wait, e))
			return false;
	}
	if (got.outcome != HTTP_ANSWERED) {
		*e = *got.failure;
		return false;
	}
	keep(a, &got, out);
	return true;
}
