/* SPDX-License-Identifier: MIT */
/*
 * The way of a request: it arrives on the I/O thread, is looked at by guard and handlers, travels there (a
 * timer), is judged by the reality, is carried out by a worker, travels back (a timer), is sent. Whoever holds
 * a job works on it alone; what jobs share is behind the lock.
 */
#include "server/server.h"

#include <time.h>

#include "base/datetime.h"
#include "base/file.h"
#include "base/limits.h"
#include "io/crypto.h"
#include "io/xml.h"
#include "org/reality_answer.h"
#include "server/access_log.h"
#include "server/admission.h"
#include "server/platform.h"
#include "server/pool.h"
#include "server/sign_in.h"

#include "base/banned.h"

#define IDLE_SECONDS 120
/* Of five seconds: to finish; to end what runs; to send it. */
#define FINISH_MS 2500
#define INTERRUPT_MS 1500
#define SEND_MS 300
#define LOOK_MS 20

struct server {
	struct httpd *httpd;
	struct timers timers;
	struct pool pool;
	struct guard guard;
	struct identity identity;
	struct sign_in *sign_in; /* NULL: none */
	struct str url;
	const char *file;
	struct guid tenant;
	struct sink *access_log;
	struct reality *reality;
	pthread_mutex_t lock; /* of all below, and of the reality */
	struct rng rng;
	size_t unanswered, open;
	bool stopping, giving_up;
};

static struct httpd_answer answer_of(const struct job *j)
{
	struct httpd_answer a = { .status = j->status,
				  .headers = j->headers.p,
				  .nheaders = j->headers.n,
				  .body = buf_str(&j->body) };

	if (j->verdict.effect == EFFECT_CUT || j->verdict.effect == EFFECT_LOST)
		a.ending = HTTPD_CUT;
	if (j->verdict.effect == EFFECT_CUT_AFTER_HEADERS)
		a.ending = HTTPD_CUT_AFTER_HEADERS;
	if (j->verdict.effect == EFFECT_CUT_MID_BODY)
		a.ending = HTTPD_CUT_MID_BODY;
	if (j->verdict.effect == EFFECT_TRUNCATE)
		a.body.n /= 2;
	a.rate = j->verdict.rate;
	return a;
}

/* The job belongs to the I/O thread again. */
static void send_now(struct job *j)
{
	struct server *s = j->server;
	struct httpd_answer a = answer_of(j);
	int64_t now = steady_ms();

	pthread_mutex_lock(&s->lock);
	if (j->verdict.counted)
		reality_leave(s->reality, j->principal.object, now, (uint64_t)(now - j->arrived));
	s->unanswered--;
	if (s->giving_up)
		a.ending = HTTPD_CUT;
	pthread_mutex_unlock(&s->lock);
	exchange_answer(j->exchange, &a);
}

static void on_way_back(struct timer *t)
{
	send_now(CONTAINER_OF(t, struct job, timer));
}

/* Headers of every answer that comes from behind the guard, and the way back. */
static void send_back(struct job *j)
{
	struct server *s = j->server;
	struct header rates[REALITY_HEADERS];
	uint64_t ms = reality_way_back(s->reality, j->rows);
	size_t n = 0;

	pthread_mutex_lock(&s->lock);
	if (j->handler->platform)
		n = reality_headers(s->reality, job_arena(j), j->principal.object, steady_ms(),
				    rates);
	if (j->handler->platform && j->verdict.effect != EFFECT_HTML)
		platform_headers(j, &s->rng);
	pthread_mutex_unlock(&s->lock);
	for (size_t i = 0; i < n; i++)
		job_header(j, rates[i].name, rates[i].value);
	if (ms > 0)
		timers_add(&s->timers, &j->timer, ms, on_way_back);
	else
		send_now(j);
}

/* What a fault or a limit answers in the place of the handler. */
static void stand_in(struct job *j)
{
	if (!j->handler->platform) {
		sign_in_stand_in(j);
		return;
	}
	if (j->verdict.effect == EFFECT_EXPIRE_TOKEN)
		j->token_fault = "the token has expired";

	struct response r =
		reality_answer(job_arena(j), &j->verdict, platform_challenge(j, j->server->tenant));

	job_answer(j, &r);
}

/* It arrived at the service. */
static void judge(struct job *j)
{
	struct server *s = j->server;
	struct arrival arrival = { .method = j->request.method,
				   .target = j->request.target,
				   .user = j->principal.object,
				   .now = steady_ms(),
				   .apart = !j->handler->platform };

	j->arrived = arrival.now;
	pthread_mutex_lock(&s->lock);
	j->verdict = reality_arrive(s->reality, &arrival);
	pthread_mutex_unlock(&s->lock);
	if (effect_runs(j->verdict.effect)) {
		pool_put(&s->pool, j);
		return;
	}
	if (j->verdict.effect != EFFECT_CUT)
		stand_in(j);
	send_back(j);
}

static void on_way_there(struct timer *t)
{
	judge(CONTAINER_OF(t, struct job, timer));
}

static void refuse(struct job *j, int status, const char *message)
{
	struct response r = reality_error(job_arena(j), status, CODE_ODATA_LAYER, message);

	job_answer(j, &r);
	send_now(j);
}

static bool read_method(struct job *j, struct str name)
{
	if (str_eq(name, S("HEAD")))
		name = S("GET");
	return method_parse(name, &j->request.method);
}

static void answer_options(struct job *j)
{
	struct header headers[] = {
		{ S("Allow"), S("OPTIONS,GET,HEAD,POST,PATCH,PUT,DELETE") },
	};
	struct response r = { .status = 200, .headers = headers, .nheaders = COUNT_OF(headers) };

	job_answer(j, &r);
	send_now(j);
}

/* True when it may be carried out; else it was answered. */
static bool let_in(struct job *j)
{
	struct server *s = j->server;
	struct str method = exchange_method(j->exchange);

	if (!j->host_known) {
		refuse(j, 421, "the Host of the request is none by which this server is called");
		return false;
	}
	if (!j->let_in) {
		struct response r =
			reality_challenge(job_arena(j), platform_challenge(j, s->tenant));

		job_answer(j, &r);
		send_now(j);
		return false;
	}
	if (!j->handler) {
		refuse(j, 404,
		       "nothing is served at this address; the Web API is at "
		       "/api/data/v9.2/");
		return false;
	}
	if (str_eq(method, S("OPTIONS"))) {
		answer_options(j);
		return false;
	}
	if (!read_method(j, method)) {
		refuse(j, 405, "this method is not known");
		return false;
	}
	return true;
}

static void take_headers(struct job *j, const struct httpd_header *headers, size_t n)
{
	struct header *copy = arena_array(job_arena(j), struct header, n);

	for (size_t i = 0; i < n; i++)
		copy[i] = (struct header){ headers[i].name, headers[i].value };
	j->request.headers = copy;
	j->request.nheaders = n;
}

static struct job *job_of(struct server *s, struct exchange *x)
{
	struct job *j = exchange_data(x);

	if (j)
		return j;
	j = arena_new(exchange_arena(x), struct job);
	j->server = s;
	j->sign_in = s->sign_in;
	j->exchange = x;
	j->verdict.retry_after = -1;
	j->body = buf_make(LIMIT_BODY);
	j->arrived = steady_ms();
	exchange_set_data(x, j);
	pthread_mutex_lock(&s->lock);
	s->open++;
	pthread_mutex_unlock(&s->lock);
	return j;
}

/* Bodies of those who will be refused are not kept, and small ones of those who need no token. */
static bool on_arrived(void *context, struct exchange *x)
{
	struct server *s = context;
	struct job *j = job_of(s, x);
	size_t n;
	const struct httpd_header *headers = exchange_headers(x, &n);

	admission_look(j, &s->guard, headers, n);
	if (j->handler && j->handler->open)
		exchange_limit_body(x, LIMIT_FORM);
	return j->let_in;
}

static void on_request(void *context, struct exchange *x)
{
	struct server *s = context;
	struct job *j = job_of(s, x);
	size_t n;
	const struct httpd_header *headers = exchange_headers(x, &n);
	uint64_t ms = reality_way_there(s->reality);

	pthread_mutex_lock(&s->lock);
	s->unanswered++;

	bool stopping = s->stopping;

	pthread_mutex_unlock(&s->lock);
	if (stopping) {
		job_header(j, S("Connection"), S("close"));
		refuse(j, 503, "the server is being stopped");
		return;
	}
	if (exchange_too_large(x)) {
		refuse(j, 413, "the body is too large");
		return;
	}
	if (exchange_crowded(x)) {
		job_header(j, S("Retry-After"), S("1"));
		refuse(j, 503, "the bodies of all requests together are too large");
		return;
	}
	if (!let_in(j))
		return;
	take_headers(j, headers, n);
	j->request.body = exchange_body(x);
	j->writes = j->handler->platform && j->request.method != METHOD_GET;
	if (ms > 0)
		timers_add(&s->timers, &j->timer, ms, on_way_there);
	else
		judge(j);
}

static void on_done(void *context, struct exchange *x)
{
	struct server *s = context;
	struct job *j = exchange_data(x);

	if (s->access_log) {
		DEFER(buf_release) struct buf line = buf_make(0);
		struct err ignored;
		int64_t ms = j ? steady_ms() - j->arrived : 0;

		access_log_line(&line, x, j, datetime_now(), ms);
		/* a log that cannot be written keeps nobody from being answered */
		(void)!sink_write(s->access_log, buf_str(&line), &ignored);
	}
	if (!j)
		return;
	buf_release(&j->body);
	pthread_mutex_lock(&s->lock);
	s->open--;
	pthread_mutex_unlock(&s->lock);
}

static void on_pause_over(struct timer *t)
{
	exchange_wake(CONTAINER_OF(t, struct job, timer)->exchange);
}

static void on_wait(void *context, struct exchange *x, uint64_t ms)
{
	struct server *s = context;
	struct job *j = exchange_data(x);

	timers_add(&s->timers, &j->timer, ms, on_pause_over);
}

static bool check_exposure(const struct server_options *o, const struct identity *identity,
			   struct err *e)
{
	if (guard_is_loopback(o->address))
		return true;
	if (!o->identity && o->token.n == 0)
		return err_set(
			e, ERR_USAGE,
			"others can reach %s: an organization is served there only with a token "
			"(--token-file, or the variable FERRY_SERVE_TOKEN) or an --identity",
			o->address);
	return identity_check_exposed(identity, o->auto_approve, e);
}

/* Who may sign in. With a token alone nobody: there is no other way in. */
static bool read_identity(struct server *s, struct arena *a, const struct server_options *o,
			  struct err *e)
{
	if (o->identity)
		return identity_read(a, o->identity, &s->identity, e);
	if (o->token.n == 0)
		s->identity = identity_default(a);
	return !o->auto_approve || o->token.n == 0 ||
	       err_set(e, ERR_USAGE,
		       "--auto-approve: with a token and no --identity nobody signs in");
}

static void make_sign_in(struct server *s, struct arena *a, const struct server_options *o)
{
	struct sign_in_options options = { .identity = &s->identity,
					   .guard = &s->guard,
					   .tenant = s->tenant,
					   .auto_approve = o->auto_approve };

	if (!guid_is_null(s->identity.tenant))
		s->tenant = s->identity.tenant;
	if (s->identity.applications.n > 0 || s->identity.given)
		s->sign_in = sign_in_new(a, &options);
}

/* Both or neither; checked here, because the TLS library says little. */
static bool read_tls(struct arena *a, const struct server_options *o, struct httpd_options *out,
		     struct err *e)
{
	struct str certificate, key;

	if (!o->tls_certificate && !o->tls_key)
		return true;
	if (!o->tls_certificate || !o->tls_key)
		return err_set(e, ERR_USAGE, "--tls-cert and --tls-key are given together");
	if (!file_read(a, o->tls_certificate, LIMIT_FORM, &certificate, e) ||
	    !file_read(a, o->tls_key, LIMIT_FORM, &key, e) ||
	    !crypto_pair_check(certificate, o->tls_certificate, key, o->tls_key, e))
		return false;
	out->tls_certificate = str_cstr(a, certificate);
	out->tls_key = str_cstr(a, key);
	return true;
}

/* Requests that come meanwhile wait at the lock, until the guard knows the port. */
static bool listen_for(struct server *s, struct arena *a, const struct server_options *o,
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
			   .context = s },
	};

	if (!read_tls(a, o, &options, e) || !httpd_open(&s->httpd, a, &options, e))
		return false;

	uint16_t port = httpd_port(s->httpd);
	bool tls = options.tls_key != NULL;

	s->guard = guard_make(a, o->address, port, tls, o->hosts, o->nhosts, o->token);
	s->url = str_fmt(a, v6 ? "%s://[%s]:%u" : "%s://%s:%u", tls ? "https" : "http", o->address,
			 port);
	return true;
}

static bool start(struct server *s, struct arena *a, const struct server_options *o, struct err *e)
{
	s->tenant = org_id(s->pool.workers[0].org);
	make_sign_in(s, a, o);
	if (!timers_start(&s->timers, e) || !pool_start(&s->pool, e))
		return false;
	pthread_mutex_lock(&s->lock);

	bool ok = listen_for(s, a, o, e);

	pthread_mutex_unlock(&s->lock);
	return ok;
}

static void close_all(struct server *s)
{
	httpd_close(&s->httpd);
	timers_stop(&s->timers);
	pool_close(&s->pool);
	sign_in_release(&s->sign_in);
	identity_release(&s->identity);
	pthread_mutex_destroy(&s->lock);
}

bool server_start(struct server **out, struct arena *a, const struct server_options *o,
		  struct err *e)
{
	struct server *s = arena_new(a, struct server);
	struct err second;

	if (!read_identity(s, a, o, e))
		return false;
	if (!check_exposure(o, &s->identity, e) || !reality_make(&s->reality, a, &o->reality, e)) {
		identity_release(&s->identity);
		return false;
	}
	s->file = o->file;
	s->access_log = o->access_log;
	s->rng = o->seeded ? rng_from_seed(o->reality.seed) : rng_from_system();
	pthread_mutex_init(&s->lock, NULL);
	xml_prepare();

	bool opened = pool_open(&s->pool, o->file, send_back, e);

	if (opened && start(s, a, o, e)) {
		*out = s;
		return true;
	}
	close_all(s);
	if (opened)
		(void)!org_settle(o->file, &second);
	return false;
}

struct str server_url(const struct server *s)
{
	return s->url;
}

static bool is_quiet(struct server *s, const size_t *count)
{
	pthread_mutex_lock(&s->lock);

	bool quiet = *count == 0;

	pthread_mutex_unlock(&s->lock);
	return quiet;
}

/* Until *count is 0, at most so long; `push` is called in between. */
static bool wait_for_none(struct server *s, const size_t *count, int64_t ms,
			  void (*push)(struct server *))
{
	struct timespec moment = { .tv_nsec = LOOK_MS * 1000000L };
	int64_t end = steady_ms() + ms;

	while (!is_quiet(s, count)) {
		if (steady_ms() >= end)
			return false;
		if (push)
			push(s);
		nanosleep(&moment, NULL);
	}
	return true;
}

static void cut_off(struct server *s)
{
	struct job *next;

	for (struct job *j = pool_drain(&s->pool); j; j = next) {
		next = j->next;
		send_now(j);
	}
	pool_interrupt(&s->pool);
}

bool server_stop(struct server **at, struct err *e)
{
	struct server *s = *at;

	*at = NULL;
	if (!s)
		return true;
	pthread_mutex_lock(&s->lock);
	s->stopping = true;
	pthread_mutex_unlock(&s->lock);
	httpd_quiesce(s->httpd);
	timers_hurry(&s->timers);
	if (!wait_for_none(s, &s->open, FINISH_MS, NULL)) {
		pthread_mutex_lock(&s->lock);
		s->giving_up = true;
		pthread_mutex_unlock(&s->lock);
		if (!wait_for_none(s, &s->unanswered, INTERRUPT_MS, cut_off))
			return err_set(e, ERR_INTERNAL,
				       "a request cannot be ended; %s is left as after a kill, "
				       "and complete",
				       s->file);
		(void)wait_for_none(s, &s->open, SEND_MS, NULL);
	}

	const char *file = s->file;

	close_all(s);
	return org_settle(file, e);
}
