/* SPDX-License-Identifier: MIT */
/*
 * One loop: what may be sent is sent, bytes move, what ended is judged, and either given back or put into the queue
 * again. It waits in slices, so that a person who cancels is heard.
 */
#include "remote/remote.h"

#include "base/datetime.h"
#include "base/limits.h"
#include "io/http_check.h"
#include "remote/pace.h"
#include "remote/remote_stop.h"
#include "remote/retry.h"
#include "remote/wire.h"

#include "base/banned.h"

#define ROOT "/api/data/v9.2/"
#define SLICE_MS 200
#define CONNECT_MS 15000
#define REQUEST_SECONDS 300
#define SILENCE_SECONDS 180
/* Of a request, for its token; and when others, sent with such tokens, are let in meanwhile. */
#define REFUSALS 2
#define REFUSALS_AMONG 6
/* Before the service was ever heard of: nobody is there, or somebody who ends each connection at once. */
#define FIRST_TRIES 3
#define FIRST_MS 700
#define FIRST_LONG_MS 2500 /* with fewer tries, too */
#define FIRST_CUT_TRIES 6
#define FIRST_CUT_MS 10000

struct remote {
	struct service service;
	struct remote_options options;
	struct arena answer; /* until the next call of next */
	struct arena memory; /* of the calls */
	struct str root, host;
	bool direct; /* http: for this machine */
	struct http *http;
	struct pace pace;
	struct rng rng;
	struct calls calls;
	struct stopping stopping;
	struct seen seen;
	struct remote_counts counts;
	uint64_t token;        /* which one is the newest */
	uint64_t let_in;       /* answers that were a success */
	bool heard;            /* it has answered once */
	unsigned failing;      /* tries in a row that nothing answered */
	int64_t failing_since; /* the first of them began; times as steady_ms */
	int64_t failed_at;     /* the last of them ended */
	int64_t quiet_until;   /* a Retry-After runs */
	struct err over;       /* nothing more is to be had */
	struct err failure;    /* of the answer that was given */
};

/* What an answer leads to. */
enum step { STEP_ON, STEP_GIVE, STEP_FAIL };

static int64_t now_seconds(void)
{
	return datetime_now().ticks / DATETIME_SECOND;
}

/* ---- requests ---- */

static void make_request(struct remote *r, struct arena *a, const struct call *call,
			 struct str token, struct http_request *out)
{
	struct wire_identity who = { .token = token,
				     .id = str_from(call->id),
				     .impersonate = r->options.profile->impersonate };

	*out = (struct http_request){
		.method = method_name(call->request.method),
		.url = str_fmt(a, "%.*s%.*s", STR_ARG(r->root), STR_ARG(call->request.target)),
		.body = call->request.body,
		.direct = r->direct,
	};
	wire_headers(a, &call->request, &who, &out->headers, &out->nheaders);
}

static bool remote_submit(struct service *s, const struct request *request, uint64_t tag,
			  struct err *e)
{
	struct remote *r = CONTAINER_OF(s, struct remote, service);
	DEFER(arena_release) struct arena scratch = arena_make(0);
	struct call probe = { .request = *request };
	struct http_request wire;
	struct str host;

	if (r->over.kind != ERR_NONE) {
		*e = r->over;
		return false;
	}
	/* what cannot be sent is told to who made it */
	make_request(r, &scratch, &probe, S(""), &wire);
	if (!http_check_request(&wire, &host, e))
		return err_wrap(e, "%.*s %.*s", STR_ARG(method_name(request->method)),
				STR_ARG(wire_table(request->target)));
	calls_add(&r->calls, request, tag);
	return true;
}

static bool get_token(struct remote *r, bool renew, struct str *out, struct err *e)
{
	struct token_source *tokens = r->options.tokens;

	*out = S("");
	return !tokens || tokens->get(tokens, renew, out, e);
}

static void begin_intake(struct remote *r, struct call *call, struct http_request *wire)
{
	struct sink *into = call->request.into;
	struct buf *copy = NULL;

	if (into && r->options.recorder) {
		buf_release(&call->copy);
		call->copy = buf_make(LIMIT_RECORDED_BODY);
		copy = &call->copy;
	}
	intake_begin(&call->intake, into, copy);
	wire->into = into ? &call->intake.sink : NULL;
	wire->takes = intake_takes;
	wire->takes_context = &call->intake;
	wire->is_ours = call_is_answered;
	wire->is_ours_context = call;
	call->seen = &r->seen;
}

static bool send_one(struct remote *r, struct call *call, int64_t now, struct err *e)
{
	DEFER(arena_release) struct arena scratch = arena_make(0);
	struct http_request wire;
	struct str token;

	if (!get_token(r, false, &token, e))
		return false;
	guid_format(guid_random(&r->rng), call->id);
	if (r->options.recorder)
		recorder_hide(r->options.recorder, token);
	make_request(r, &scratch, call, token, &wire);
	begin_intake(r, call, &wire);
	if (!http_start(r->http, &wire, call->number, e))
		return false;
	call->tries++;
	call->under_way = true;
	call->token = r->token;
	call->started = now;
	r->counts.requests++;
	r->counts.bytes_out += call->request.body.n;
	pace_sent(&r->pace, now);
	return true;
}

/* False: *tag is whose request could not be sent. */
static bool send_ready(struct remote *r, uint64_t *tag, struct err *e)
{
	for (int64_t now = steady_ms(); pace_wait(&r->pace, now) == 0; now = steady_ms()) {
		struct call *call = calls_take(&r->calls, now);

		if (!call)
			return true;
		if (send_one(r, call, now, e))
			continue;
		*tag = call->tag;
		r->over = *e;
		calls_return(&r->calls, call);
		return false;
	}
	return true;
}

/* Until something may be sent, at most a slice. */
static unsigned slice(const struct remote *r, int64_t now)
{
	int64_t wait = SLICE_MS;

	if (calls_ready(&r->calls, now, &wait)) {
		int64_t pace = pace_wait(&r->pace, now);

		wait = pace < wait ? pace : wait;
	}
	return wait > 0 ? (unsigned)wait : 0;
}

/* ---- answers ---- */

static enum step end_with(struct remote *r, const struct err *why)
{
	r->over = *why;
	return STEP_FAIL;
}

/* What an answer is, before it is decided what becomes of its request. */
struct finding {
	bool answered, foreign, broken;
	bool doubt; /* it may have been done */
};

static void describe(struct remote *r, const struct call *call, const struct http_answer *a,
		     const struct finding *what, struct err *e)
{
	struct wire_failure f = { .request = &call->request,
				  .answer = a,
				  .host = r->host,
				  .id = str_from(call->id),
				  .foreign = what->foreign,
				  .broken = what->broken,
				  .doubt = what->doubt,
				  .anonymous = !r->options.tokens,
				  .tries = call->tries };

	(void)wire_failed(&f, e);
}

static enum step again_now(struct remote *r, struct call *call)
{
	/* of a try that did not count */
	call->tries--;
	calls_put_first(&r->calls, call);
	return STEP_ON;
}

/* What is known of the token goes with it. */
static void refuse(struct remote *r, struct call *call, const struct http_answer *a, struct err *e)
{
	struct str hint = r->options.tokens ? r->options.tokens->hint : S("");
	const struct finding f = { .answered = true };

	describe(r, call, a, &f, e);
	if (hint.n > 0)
		err_wrap(e, "%.*s", STR_ARG(hint));
}

/* Refused again, and nothing was let in since: not for this token, but for who we are. */
static bool is_shut_out(const struct remote *r, struct call *call)
{
	bool alone = call->refusals > 0 && call->let_in == r->let_in;

	call->refusals++;
	call->let_in = r->let_in;
	return !r->options.tokens || (call->refusals >= REFUSALS && alone) ||
	       call->refusals >= REFUSALS_AMONG;
}

/* One renewal for all that were refused with the same token. */
static enum step refused(struct remote *r, struct call *call, const struct http_answer *a)
{
	struct str token;
	struct err e;

	if (is_shut_out(r, call)) {
		refuse(r, call, a, &e);
		return end_with(r, &e);
	}
	if (call->token == r->token) {
		if (!get_token(r, true, &token, &e))
			return end_with(r, &e);
		r->token++;
		r->counts.renewed++;
	}
	return again_now(r, call);
}

/* A storm may be short of time and long of refusals, or the other way round. */
static enum step throttled(struct remote *r, struct call *call, int64_t now)
{
	r->counts.throttled++;
	if (call->throttles++ == 0)
		call->throttled_at = now;

	int64_t seconds = (now - call->throttled_at) / 1000;

	if ((seconds >= REMOTE_THROTTLED_SECONDS && call->throttles >= REMOTE_THROTTLES) ||
	    (seconds >= REMOTE_THROTTLED_LONG && call->throttles >= RETRY_TRIES))
		return STEP_GIVE;
	return again_now(r, call);
}

static enum step again_later(struct remote *r, struct call *call, int64_t now)
{
	r->counts.retried++;
	calls_put_waiting(&r->calls, call, now + retry_wait_ms(call->tries, &r->rng));
	return STEP_ON;
}

/* Nothing answers, or only what stands in front of the service. */
static void note_failing(struct remote *r, const struct call *call, const struct pace_answer *p,
			 int64_t now)
{
	/* what was under way together broke at one accident */
	bool together = r->failing > 0 && call->started < r->failed_at;

	pace_broken(&r->pace, now);
	r->failed_at = now;
	if (r->failing == 0)
		r->failing_since = call->started;
	r->failing += !together;
	if (p->retry_after_ms >= 0)
		pace_hold(&r->pace, p->retry_after_ms, now);
	else if (r->failing > 1 && !together)
		pace_hold(&r->pace, retry_wait_ms(r->failing - 1, &r->rng), now);
}

/* A name that was mistyped is told soon. */
static bool is_down(const struct remote *r, const struct http_answer *a, int64_t now)
{
	int64_t since = now - r->failing_since;

	if (r->heard || a->outcome != HTTP_NOT_SENT)
		return r->failing >= RETRY_TRIES && since >= (int64_t)REMOTE_DOWN_SECONDS * 1000;
	if (a->why != HTTP_WHY_UNREACHED)
		return r->failing >= FIRST_CUT_TRIES && since >= FIRST_CUT_MS;
	return since >= (r->failing >= FIRST_TRIES ? FIRST_MS : FIRST_LONG_MS);
}

static enum step ended_broken(struct remote *r, struct call *call, const struct http_answer *a,
			      struct response *out)
{
	bool sure = a->outcome == HTTP_NOT_SENT || call->request.method == METHOD_GET ||
		    call->request.repeatable;

	if (a->outcome == HTTP_SINK_FAILED)
		return end_with(r, a->failure);

	const struct finding f = { .doubt = !sure };

	describe(r, call, a, &f, &r->failure);
	if (a->hopeless)
		return end_with(r, &r->failure);
	out->fate = sure ? FATE_NOT_DONE : FATE_UNKNOWN;
	return STEP_GIVE;
}

static struct finding look(struct remote *r, struct call *call, const struct http_answer *a,
			   int64_t now)
{
	struct pace_answer p = wire_pace(a, now - call->started, now_seconds());
	struct finding f = { .answered = a->outcome == HTTP_ANSWERED };

	f.foreign = f.answered && intake_is_foreign(a);
	f.broken = f.answered && !f.foreign && !intake_is_whole(&call->intake, a);
	r->heard = r->heard || (f.answered && !f.foreign);
	if (p.retry_after_ms > 0 && now + p.retry_after_ms > r->quiet_until)
		r->quiet_until = now + p.retry_after_ms;
	if (!f.answered || f.foreign || f.broken || retry_is_passing(a->status)) {
		note_failing(r, call, &p, now);
		return f;
	}
	pace_answered(&r->pace, &p, now);
	r->failing = 0;
	r->let_in += a->status < 300;
	return f;
}

/* It went wrong. */
static enum step repeat_or_not(struct remote *r, struct call *call, enum verdict v,
			       struct response *out, int64_t now)
{
	if (v == RETRY_AGAIN && call_start_again(call))
		return again_later(r, call, now);
	out->fate = v == RETRY_CHECK ? FATE_UNKNOWN : FATE_NOT_DONE;
	return STEP_GIVE;
}

/* What was kept back because the service wants quiet was not tried. */
static bool was_held(const struct call *call, const struct http_answer *a)
{
	return a->why == HTTP_WHY_HELD &&
	       (a->outcome == HTTP_NOT_SENT || call->request.method == METHOD_GET ||
		call->request.repeatable);
}

static enum step judge(struct remote *r, struct call *call, const struct http_answer *a,
		       struct response *out, int64_t now)
{
	if (was_held(call, a)) {
		pace_unsent(&r->pace, now);
		return again_now(r, call);
	}

	struct finding f = look(r, call, a, now);
	struct retry_question q = { .request = &call->request,
				    .outcome = a->outcome,
				    .hopeless = a->hopeless,
				    .status = a->status,
				    .foreign = f.foreign || f.broken,
				    .tries = call->tries };
	enum verdict v = retry_verdict(&q);
	bool stands = v == RETRY_NO && f.answered && !q.foreign;

	if (f.answered && a->status == 401)
		return refused(r, call, a);
	if (f.answered && a->status == 429)
		return throttled(r, call, now);
	if (v == RETRY_BROKEN)
		return ended_broken(r, call, a, out);
	if (stands && !retry_is_passing(a->status))
		return STEP_GIVE;
	f.doubt = v == RETRY_CHECK;
	describe(r, call, a, &f, &r->failure);
	if (is_down(r, a, now))
		return end_with(r, &r->failure);
	return stands ? STEP_GIVE : repeat_or_not(r, call, v, out, now);
}

static void fill(struct remote *r, const struct call *call, const struct http_answer *a,
		 struct response *out)
{
	if (out->fate != FATE_ANSWERED) {
		out->failure = &r->failure;
		return;
	}

	struct header *headers = arena_array(&r->answer, struct header, a->nheaders + 1);

	for (size_t i = 0; i < a->nheaders; i++)
		headers[i] = (struct header){ a->headers[i].name, a->headers[i].value };
	/* a failure has to be found again, also one that the service has not numbered */
	headers[a->nheaders] = (struct header){ S("x-ms-client-request-id"), str_from(call->id) };
	out->status = a->status;
	out->headers = headers;
	out->nheaders = a->nheaders + (a->status >= 300);
	out->body = a->body;
}

static void record(struct remote *r, struct call *call, const struct response *answer)
{
	bool streamed = call->intake.received > 0 && answer->fate == FATE_ANSWERED;
	struct recorded_body body = { streamed ? buf_str(&call->copy) : answer->body, 0 };

	if (streamed && call->copy.full)
		body.left_out = call->intake.received;
	if (r->options.recorder)
		recorder_add(r->options.recorder, &call->request, answer, &body, call->tries,
			     answer->ms);
}

static bool is_cancelled(const struct remote *r)
{
	return r->options.cancelled && r->options.cancelled(r->options.context);
}

/* True when *tag, *out or *e are there to be given; *ok says which. */
static bool take(struct remote *r, const struct http_answer *a, uint64_t *tag, struct response *out,
		 bool *ok)
{
	struct call *call = r->calls.all.p[a->tag];
	struct response answer = { 0 };
	int64_t now = steady_ms();

	r->counts.bytes_in += call->intake.received + a->body.n;

	enum step step = judge(r, call, a, &answer, now);

	if (step == STEP_ON)
		return false;
	*tag = call->tag;
	*ok = step == STEP_GIVE;
	if (*ok) {
		answer.ms = (unsigned)(now - call->started);
		fill(r, call, a, &answer);
		record(r, call, &answer);
		*out = answer;
	}
	calls_return(&r->calls, call);
	return true;
}

/* Cancelled before it was sent, or sent again. */
static void give_back(struct remote *r, struct call *call, uint64_t *tag, struct response *out)
{
	(void)err_set(&r->failure, ERR_CANCELLED, "cancelled");
	*tag = call->tag;
	*out = (struct response){ .fate = call->tries == 0 ? FATE_NOT_DONE : FATE_UNKNOWN,
				  .failure = &r->failure };
	calls_return(&r->calls, call);
}

static bool remote_next(struct service *s, uint64_t *tag, struct response *out, struct err *e)
{
	struct remote *r = CONTAINER_OF(s, struct remote, service);
	struct http_answer a;
	bool ok;

	arena_reset(&r->answer);
	if (r->over.kind != ERR_NONE) {
		*e = r->over;
		return false;
	}
	assert(r->calls.pending > 0 || r->stopping.over);
	if (r->calls.pending == 0) /* dropped, though somebody still waits */
		return err_set(e, ERR_CANCELLED, "cancelled");
	for (;;) {
		struct call *unsent;

		switch (stop_next(&r->stopping, is_cancelled(r), &r->calls, steady_ms(), &unsent)) {
		case STOP_GIVE:
			give_back(r, unsent, tag, out);
			return true;
		case STOP_OVER:
			stop_drop(&r->calls, r->http);
			return err_set(e, ERR_CANCELLED, "cancelled");
		case STOP_NOT:
			if (!send_ready(r, tag, e))
				return false;
			break;
		case STOP_WAIT:
			break;
		}
		http_hold(r->http, steady_ms() < r->quiet_until);
		if (!http_wait(r->http, slice(r, steady_ms()), &a) || !take(r, &a, tag, out, &ok))
			continue;
		s->width = pace_width(&r->pace);
		if (!ok)
			*e = r->over;
		return ok;
	}
}

/* ---- the whole ---- */

static bool open_http(struct remote *r, struct arena *a, struct err *e)
{
	const struct remote_options *o = &r->options;
	struct str ca = o->profile->ca_file;
	struct http_options h = {
		.connections = o->concurrency ? o->concurrency : PACE_MOST,
		.connect_ms = CONNECT_MS,
		.total_ms = 1000 * (o->request_seconds ? o->request_seconds : REQUEST_SECONDS),
		.silence_seconds = o->silence_seconds ? o->silence_seconds : SILENCE_SECONDS,
		.collected_max = LIMIT_BODY,
		.error_max = LIMIT_ERROR_BODY,
		.streamed_max = LIMIT_STREAMED,
		.ca_file = ca.n > 0 ? str_cstr(a, ca) : NULL,
		.user_agent = o->user_agent ? o->user_agent : "ferry/" FERRY_VERSION,
	};

	r->pace =
		pace_make((struct pace_options){ .most = h.connections, .fixed = o->concurrency });
	return http_open(&r->http, a, &h, e);
}

bool remote_open(struct remote **out, struct arena *a, const struct remote_options *o,
		 struct err *e)
{
	struct remote *r = arena_new(a, struct remote);
	struct str url = o->profile->url;

	r->options = *o;
	if (!open_http(r, a, e))
		return false;
	r->answer = arena_make(0);
	r->memory = arena_make(0);
	r->calls = calls_make(&r->memory);
	r->rng = o->seed ? rng_from_seed(o->seed) : rng_from_system();
	r->root = str_fmt(a, "%.*s" ROOT, STR_ARG(url));
	r->host = profile_host(url);
	r->direct = str_starts(url, S("http://"));
	r->service = (struct service){ .submit = remote_submit,
				       .next = remote_next,
				       .width = pace_width(&r->pace),
				       .label = str_cstr(a, url) };
	*out = r;
	return true;
}

void remote_close(struct remote **at)
{
	struct remote *r = *at;

	if (!r)
		return;
	http_close(&r->http);
	calls_release(&r->calls);
	arena_release(&r->memory);
	arena_release(&r->answer);
	*at = NULL;
}

struct service *remote_service(struct remote *r)
{
	return &r->service;
}

struct remote_counts remote_counts(const struct remote *r)
{
	return r->counts;
}
