/* SPDX-License-Identifier: MIT */
/*
 * Everything happens on the thread of the connections: finding an exchange is a look into a map.
 */
#include "server/replay.h"

#include <pthread.h>

#include "base/limits.h"
#include "base/vec.h"
#include "io/httpd.h"
#include "dv/recording.h"
#include "org/reality_answer.h"
#include "server/guard.h"
#include "server/platform.h"

#include "base/banned.h"

#define IDLE_SECONDS 120
#define PREFIX "/api/data/v"
#define SHOWN 300 /* of a target, in a message */

struct replay {
	struct httpd *httpd;
	struct recording recording;
	const char *path;
	struct guard guard;
	struct str url;
	struct replay_counts counts;
	pthread_mutex_t lock; /* until the guard knows the port */
};

/* Every `from` that is followed by the path of the Web API becomes `to`. */
static struct str readdress(struct arena *a, struct str text, struct str from, struct str to)
{
	DEFER(buf_release) struct buf out = buf_make(0);
	struct str rest = text;

	if (from.n == 0 || str_find(text, from) == STR_NONE)
		return text;
	for (size_t at = str_find(rest, from); at != STR_NONE; at = str_find(rest, from)) {
		struct str behind = str_skip(rest, at + from.n);

		buf_add(&out, str_sub(rest, 0, at));
		buf_add(&out, str_starts(behind, S(PREFIX)) ? to : from);
		rest = behind;
	}
	buf_add(&out, rest);
	return str_dup(a, buf_str(&out));
}

/* The length of the scheme and the host of a URL of a Web API, whoever's; 0: it is none. */
static size_t origin_length(struct str url)
{
	size_t i = 0;

	if (str_starts(url, S("https://")))
		i = S("https://").n;
	else if (str_starts(url, S("http://")))
		i = S("http://").n;
	else
		return 0;
	while (i < url.n && url.p[i] != '/' && url.p[i] != '"' && (unsigned char)url.p[i] > ' ')
		i++;
	return str_starts(str_skip(url, i), S(PREFIX)) ? i : 0;
}

/* Where a URL that leads somewhere may begin: behind the value of an @odata member, or of a header in a batch. */
static const struct str PLACES[] = { STR_INIT("@odata."), STR_INIT("Location: "),
				     STR_INIT("OData-EntityId: ") };

/* The end of the next place behind `from`; next[] is where each stands, looked for once. */
static size_t next_place(struct str text, size_t from, size_t *next, bool *member)
{
	size_t best = STR_NONE;

	for (size_t i = 0; i < COUNT_OF(PLACES); i++) {
		if (next[i] != STR_NONE && next[i] < from) {
			size_t at = str_find(str_skip(text, from), PLACES[i]);

			next[i] = at == STR_NONE ? STR_NONE : from + at;
		}
		if (next[i] == STR_NONE || (best != STR_NONE && next[i] >= best))
			continue;
		best = next[i];
		*member = i == 0;
	}
	for (size_t i = 0; i < COUNT_OF(PLACES) && best != STR_NONE; i++) {
		if (next[i] == best)
			return best + PLACES[i].n;
	}
	return STR_NONE;
}

/* Behind "@odata.": the rest of the name, a colon, a quote. */
static size_t member_value(struct str text)
{
	size_t i = 0;

	while (i < text.n && text.p[i] != '"' && text.p[i] != '\n')
		i++;
	while (i < text.n && (text.p[i] == '"' || text.p[i] == ':' || text.p[i] == ' '))
		i++;
	return i;
}

/* Where an answer leads is here, and what a row says of some place stays as it is. */
static struct str lead_here(struct arena *a, struct str text, struct str to)
{
	DEFER(buf_release) struct buf out = buf_make(0);
	size_t next[COUNT_OF(PLACES)], from = 0;
	bool member = false;

	for (size_t i = 0; i < COUNT_OF(PLACES); i++)
		next[i] = str_find(text, PLACES[i]);
	for (size_t at = next_place(text, from, next, &member); at != STR_NONE;
	     at = next_place(text, from, next, &member)) {
		if (member)
			at += member_value(str_skip(text, at));
		buf_add(&out, str_sub(text, from, at - from));
		size_t n = origin_length(str_skip(text, at));

		if (n > 0)
			buf_add(&out, to);
		from = at + n;
	}
	buf_add(&out, str_skip(text, from));
	return str_dup(a, buf_str(&out));
}

static struct str lead_header_here(struct arena *a, struct str value, struct str to)
{
	size_t n = origin_length(value);

	return n == 0 ? value : str_fmt(a, "%.*s%.*s", STR_ARG(to), STR_ARG(str_skip(value, n)));
}

static void answer(struct exchange *x, int status, const struct header *headers, size_t n,
		   struct str body, enum httpd_ending ending)
{
	struct httpd_header *copy = arena_array(exchange_arena(x), struct httpd_header, n);
	struct httpd_answer a = {
		.status = status, .headers = copy, .nheaders = n, .body = body, .ending = ending
	};

	for (size_t i = 0; i < n; i++)
		copy[i] = (struct httpd_header){ headers[i].name, headers[i].value };
	exchange_answer(x, &a);
}

static void refuse(struct exchange *x, int status, struct str message)
{
	struct arena *a = exchange_arena(x);
	struct response r = reality_error(a, status, CODE_ODATA_LAYER, str_cstr(a, message));

	answer(x, r.status, r.headers, r.nheaders, r.body, HTTPD_WHOLE);
}

static size_t common(struct str a, struct str b)
{
	size_t i = 0;

	while (i < a.n && i < b.n && a.p[i] == b.p[i])
		i++;
	return i;
}

/* With the same method before all, then the longest beginning. */
static const struct recorded *nearest(const struct recording *r, const struct request *q)
{
	const struct recorded *found = NULL;
	size_t best = 0;

	for (size_t i = 0; i < r->n; i++) {
		const struct request *at = &r->exchanges[i].request;
		size_t near = common(at->target, q->target) +
			      (at->method == q->method ? LIMIT_URL : 0) + 1;

		if (near > best) {
			best = near;
			found = &r->exchanges[i];
		}
	}
	return found;
}

static void refuse_unknown(struct replay *r, struct exchange *x, const struct request *q)
{
	const struct recorded *near = nearest(&r->recording, q);
	DEFER(buf_release) struct buf text = buf_make(0);

	r->counts.unknown++;
	buf_add_fmt(&text, "the recording %s has no answer left for %.*s %.*s", r->path,
		    STR_ARG(method_name(q->method)), STR_ARG(str_sub(q->target, 0, SHOWN)));
	if (near && near->request.method == q->method && str_eq(near->request.target, q->target))
		buf_add_fmt(&text, "; line %u has it, with another body or already used",
			    near->line);
	else if (near)
		buf_add_fmt(&text, "; the nearest is in line %u: %.*s %.*s", near->line,
			    STR_ARG(method_name(near->request.method)),
			    STR_ARG(str_sub(near->request.target, 0, SHOWN)));
	refuse(x, 404, buf_str(&text));
}

static void give(struct replay *r, struct exchange *x, const struct response *a, struct str base)
{
	struct arena *arena = exchange_arena(x);
	struct header *headers = arena_array(arena, struct header, a->nheaders);

	r->counts.answered++;
	for (size_t i = 0; i < a->nheaders; i++)
		headers[i] = (struct header){ a->headers[i].name,
					      lead_header_here(arena, a->headers[i].value, base) };
	answer(x, a->status ? a->status : 200, headers, a->nheaders,
	       lead_here(arena, a->body, base), a->status ? HTTPD_WHOLE : HTTPD_CUT);
}

/* What stands below /api/data/v9.2/, whatever the version. */
static bool below_root(struct str target, struct str *out)
{
	struct str rest = str_skip(target, sizeof(PREFIX) - 1);
	size_t end = str_find_char(rest, '/');

	if (!str_starts(target, S(PREFIX)) || end == STR_NONE)
		return false;
	*out = str_skip(rest, end + 1);
	return true;
}

/* The environment's URLs instead of ours, so that it is the request that was recorded. */
static bool read_request(struct replay *r, struct exchange *x, struct str base, struct request *out)
{
	struct arena *a = exchange_arena(x);
	size_t n;
	const struct httpd_header *headers = exchange_headers(x, &n);
	struct header *copy = arena_array(a, struct header, n);
	struct request q = { .headers = copy, .nheaders = n };

	for (size_t i = 0; i < n; i++)
		copy[i] = (struct header){ headers[i].name, headers[i].value };
	if (!method_parse(exchange_method(x), &q.method) ||
	    !below_root(exchange_target(x), &q.target))
		return false;
	q.body = readdress(a, exchange_body(x), base, r->recording.service);
	*out = q;
	return true;
}

static bool may_ask(const struct replay *r, struct exchange *x, struct str *host)
{
	size_t n;
	const struct httpd_header *headers = exchange_headers(x, &n);
	struct str token;

	if (!guard_host(&r->guard, headers, n, host)) {
		refuse(x, 421, S("the Host of the request is none by which this server is called"));
		return false;
	}
	if (r->guard.token.n > 0 &&
	    (!guard_bearer(headers, n, &token) || !guard_token(&r->guard, token))) {
		refuse(x, 401, S("a replay with a token needs it as bearer token"));
		return false;
	}
	return true;
}

static bool on_arrived(void *context, struct exchange *x)
{
	(void)context;
	(void)x;
	return true;
}

static void on_request(void *context, struct exchange *x)
{
	struct replay *r = context;
	struct request q;
	struct str host;

	pthread_mutex_lock(&r->lock);
	pthread_mutex_unlock(&r->lock);
	if (exchange_crowded(x)) {
		refuse(x, 503, S("the bodies of all requests together are too large"));
		return;
	}
	if (!may_ask(r, x, &host))
		return;

	struct str base = str_fmt(exchange_arena(x), "http://%.*s", STR_ARG(host));

	if (!read_request(r, x, base, &q)) {
		refuse(x, 404, S("a replay answers requests below /api/data/v9.2/"));
		return;
	}

	const struct recorded *found = recording_find(&r->recording, &q);
	struct response composed;

	if (found && found->left_out)
		refuse(x, 501,
		       str_fmt(exchange_arena(x),
			       "line %u of the recording %s has no body: it was too long",
			       found->line, r->path));
	else if (found)
		give(r, x, &found->response, base);
	else if (recording_compose(&r->recording, exchange_arena(x), &q, &composed))
		give(r, x, &composed, base);
	else
		refuse_unknown(r, x, &q);
}

static void on_done(void *context, struct exchange *x)
{
	(void)context;
	(void)x;
}

/* No answer of a replay is slow. */
static void on_wait(void *context, struct exchange *x, uint64_t ms)
{
	(void)context;
	(void)ms;
	exchange_wake(x);
}

static bool listen_for(struct replay *r, struct arena *a, const struct replay_options *o,
		       struct err *e)
{
	bool v6 = str_find_char(str_from(o->address), ':') != STR_NONE;
	struct httpd_options options = {
		.address = o->address,
		.port = o->port,
		.connections = LIMIT_CONNECTIONS,
		.body_max = LIMIT_BODY,
		.bodies_max = LIMIT_BODIES,
		.too_large = platform_refusal(a, 413, "the body is too large"),
		.bad_framing = platform_refusal(a, 400,
						"where the body ends is told twice, or in a "
						"way that is not known"),
		.idle_seconds = IDLE_SECONDS,
		.calls = { .arrived = on_arrived,
			   .request = on_request,
			   .done = on_done,
			   .wait = on_wait,
			   .context = r },
	};

	if (!httpd_open(&r->httpd, a, &options, e))
		return false;

	uint16_t port = httpd_port(r->httpd);

	r->guard = guard_make(a, o->address, port, false, o->hosts, o->nhosts, o->token);
	r->url = str_fmt(a, v6 ? "http://[%s]:%u" : "http://%s:%u", o->address, port);
	return true;
}

bool replay_start(struct replay **out, struct arena *a, const struct replay_options *o,
		  struct err *e)
{
	struct replay *r = arena_new(a, struct replay);

	if (!guard_is_loopback(o->address) && o->token.n == 0)
		return err_set(e, ERR_USAGE,
			       "others can reach %s: a recording is served there only with a token "
			       "(--token-file, or the variable FERRY_SERVE_TOKEN)",
			       o->address);
	if (!recording_read(a, o->recording, &r->recording, e))
		return false;
	r->path = o->recording;
	r->counts.exchanges = r->recording.n;
	pthread_mutex_init(&r->lock, NULL);
	pthread_mutex_lock(&r->lock);

	bool ok = listen_for(r, a, o, e);

	pthread_mutex_unlock(&r->lock);
	if (!ok)
		pthread_mutex_destroy(&r->lock);
	else
		*out = r;
	return ok;
}

unsigned replay_cut(const struct replay *r)
{
	return r->recording.cut;
}

struct str replay_url(const struct replay *r)
{
	return r->url;
}

void replay_stop(struct replay **at, struct replay_counts *counts)
{
	struct replay *r = *at;

	*at = NULL;
	if (!r)
		return;
	httpd_quiesce(r->httpd);
	httpd_close(&r->httpd);
	pthread_mutex_destroy(&r->lock);
	if (counts)
		*counts = r->counts;
}
