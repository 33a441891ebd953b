/* SPDX-License-Identifier: MIT */
/*
 * Waits are slices of io/http's, so that cancelling is seen several times a second.
 */
#include "remote/ask.h"

#include "base/datetime.h"
#include "base/limits.h"
#include "base/map.h"
#include "remote/retry.h"
#include "remote/wire.h"

#include "base/banned.h"

#define SLICE_MS 100
#define CONNECT_MS 15000
#define SLOW_TRIES 3
#define NEARLY_MS 500  /* less than all its time is all: clocks differ */
#define ABSENT_MS 2000 /* it took this long to find nobody */

bool asker_open(struct asker *k, struct arena *a, const struct credential_sources *in,
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

static bool is_on_link(struct str url)
{
	struct str host = profile_host(url);
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

	if (str_find_char(profile_host(url), '@') != STR_NONE)
		return false;
	if (is_clear(url))
		return profile_is_loopback(url) || (on_link && is_on_link(url));
	return str_eq_ascii_nocase(str_sub(url, 0, scheme.n), scheme) && profile_host(url).n > 0;
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
	if (date && !retry_http_date(*date, &out->date))
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

static bool was_heard(const struct asker *k, struct str url)
{
	uint64_t host = hash_bytes(profile_host(url));

	for (size_t i = 0; i < k->nheard && i < ASK_HEARD; i++) {
		if (k->heard[i] == host)
			return true;
	}
	return false;
}

static void note_heard(struct asker *k, struct str url, const struct http_answer *r)
{
	if (r->outcome == HTTP_ANSWERED && !was_heard(k, url))
		k->heard[k->nheard++ % ASK_HEARD] = hash_bytes(profile_host(url));
}

/* Nobody is there: who was once comes back, and a name that was mistyped is told soon. */
static unsigned weight_of_absence(const struct asker *k, const struct ask *q, bool slow)
{
	if (was_heard(k, q->url) && q->tries == 0 && !q->on_link)
		return 0;
	return slow ? ASK_TRIES : 2;
}

/* What a try counts for: who is slow once is slow again, and somebody waits. */
static unsigned weight_of(const struct asker *k, const struct ask *q, const struct http_answer *r,
			  bool slow)
{
	if (r->outcome == HTTP_ANSWERED)
		return r->status != 429;
	if (r->why == HTTP_WHY_UNREACHED)
		return weight_of_absence(k, q, slow);
	if (slow)
		return SLOW_TRIES;
	/* what is not on the link of this machine will not come there */
	return r->outcome == HTTP_NOT_SENT && q->on_link ? 2 : 1;
}

/* How long to wait before the next try; negative: what it says is the last word. */
static int64_t pause_of(struct asker *k, const struct ask *q, const struct http_answer *r,
			unsigned tried, unsigned *failed, bool slow)
{
	const struct str *after = http_answer_header(r, S("Retry-After"));
	int64_t wait = -1;

	if (r->outcome == HTTP_ANSWERED && !passes(q, r->status))
		return -1;
	if (r->hopeless || r->outcome == HTTP_TOO_LARGE || r->outcome == HTTP_CANCELLED)
		return -1;
	*failed += weight_of(k, q, r, slow);
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
			       STR_ARG(profile_host(q->url)));
	for (;;) {
		if (ask_is_cancelled(k))
			return err_set(e, ERR_CANCELLED, "the sign-in was cancelled");

		int64_t began = steady_ms();

		if (!http_start(k->http, &r, ++k->tag, e) || !wait_for(k, &got, e))
			return false;

		bool slow = steady_ms() - began >= (got.why == HTTP_WHY_UNREACHED
							    ? ABSENT_MS
							    : (int64_t)r.total_ms - NEARLY_MS);

		note_heard(k, q->url, &got);

		int64_t wait = pause_of(k, q, &got, ++tried, &failed, slow);

		if (wait < 0 || steady_ms() + wait > until)
			break;
		if (!ask_rest(k, wait, e))
			return false;
	}
	if (got.outcome != HTTP_ANSWERED) {
		*e = *got.failure;
		return !got.hopeless ? false
				     : err_set(e, e->kind, "%s; %.*s", got.failure->msg,
					       STR_ARG(wire_remedy(got.why)));
	}
	keep(a, &got, out);
	return true;
}
