/* SPDX-License-Identifier: MIT */
/*
 * libcurl's multi interface behind a small face. There is one slot for every request that may be in flight,
 * with an easy handle that is used again and an arena for what the request and its answer hold, and one
 * slot more for the answer that was given last. A slot that ended stands in `ended` until it is given.
 *
 * libcurl repeats a request by itself when a kept connection breaks before the first byte of an answer,
 * whatever the method: a row could be created twice. Its hook before a request is sent sees that, and
 * forbids it unless the method only reads or nothing had been sent.
 */
#include "io/http.h"

#include <limits.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <curl/curl.h>

#include "base/limits.h"
#include "io/http_check.h"
#include "io/http_receipt.h"

#include "base/banned.h"

#define RECEIVE_SIZE ((long)(128 * LIMIT_KIB))
#define KEPT_SIZE (256 * LIMIT_KIB) /* of a body's buffer, from one request to the next */
#define IO_EVERY_MS 2               /* while ended requests wait to be taken */
#define KEEPALIVE_SECONDS 60L       /* load balancers forget silent connections after minutes */

enum slot_state { SLOT_FREE, SLOT_RUNNING, SLOT_ENDED };

struct slot {
	struct http *http;
	CURL *easy;
	struct arena arena; /* of the request and its answer */
	enum slot_state state;
	char words[CURL_ERROR_SIZE];

	uint64_t tag;
	size_t body_size; /* of the request */
	bool reads;       /* the method only reads */
	bool connected;   /* the request was about to be sent */
	bool stopped;     /* from sending it again */
	long sent_before; /* to a proxy, before the request itself */

	struct http_receipt receipt;
	enum http_why why;
};

struct http {
	struct arena *arena;
	struct http_options options;
	CURLM *multi;
	struct slot *slots;
	size_t nslots;
	struct slot **ended; /* nslots; oldest first from `taken` on */
	size_t nended, taken;
	struct slot *given;
	unsigned in_flight;
	bool held;
	uint64_t moved_at; /* bytes, last */
};

static uint64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

/* An option that the libcurl we are linked with does not know would be a promise not kept. */
#define SET(easy, option, value)                                                                   \
	do {                                                                                       \
		CURLcode set_code = curl_easy_setopt((easy), (option), (value));                   \
		assert(set_code == CURLE_OK);                                                      \
	} while (0)

static struct slot *slot_of(CURL *easy)
{
	char *p = NULL;

	curl_easy_getinfo(easy, CURLINFO_PRIVATE, &p);
	return (struct slot *)(void *)p;
}

static void add_line(struct slot *t, struct curl_slist ***end, struct str line)
{
	struct curl_slist *node = arena_new(&t->arena, struct curl_slist);

	/* libcurl's lists are its own malloc's only when it makes them; it never changes this one */
	node->data = arena_array(&t->arena, char, line.n + 1);
	memcpy(node->data, line.p, line.n);
	**end = node;
	*end = &node->next;
}

static struct curl_slist *header_lines(struct slot *t, const struct http_request *r)
{
	struct curl_slist *first = NULL, **end = &first;
	bool typed = false;

	for (size_t i = 0; i < r->nheaders; i++) {
		struct str name = r->headers[i].name, value = str_trim(r->headers[i].value);

		typed = typed || str_eq_ascii_nocase(name, S("Content-Type"));
		/* "Name;" is how libcurl wants to be told of an empty value */
		add_line(t, &end,
			 value.n > 0
				 ? str_fmt(&t->arena, "%.*s: %.*s", STR_ARG(name), STR_ARG(value))
				 : str_fmt(&t->arena, "%.*s;", STR_ARG(name)));
	}
	if (!typed)
		add_line(t, &end, S("Content-Type:"));
	/* no pause before a body */
	add_line(t, &end, S("Expect:"));
	return first;
}

static void set_method(struct slot *t, const struct http_request *r)
{
	bool get = str_eq(r->method, S("GET"));
	bool head = str_eq(r->method, S("HEAD"));
	bool carries = r->body.n > 0 || str_eq(r->method, S("POST")) ||
		       str_eq(r->method, S("PUT")) || str_eq(r->method, S("PATCH"));

	/* which makes it a POST */
	SET(t->easy, CURLOPT_POSTFIELDS, r->body.n > 0 ? r->body.p : "");
	SET(t->easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)r->body.n);
	SET(t->easy, CURLOPT_HTTPGET, 1L);
	SET(t->easy, CURLOPT_CUSTOMREQUEST, NULL);
	if (head)
		SET(t->easy, CURLOPT_NOBODY, 1L);
	else if (carries)
		SET(t->easy, CURLOPT_POST, 1L);
	if (!get && !head)
		SET(t->easy, CURLOPT_CUSTOMREQUEST, str_cstr(&t->arena, r->method));
	else if (carries)
		SET(t->easy, CURLOPT_CUSTOMREQUEST, get ? "GET" : "HEAD");
	t->reads = get || head;
}

static long size_sent(const struct slot *t)
{
	long n = 0;

	curl_easy_getinfo(t->easy, CURLINFO_REQUEST_SIZE, &n);
	return n;
}

static int on_before_request(void *context, char *ip, char *local_ip, int port, int local_port)
{
	struct slot *t = (struct slot *)context;
	bool sent = size_sent(t) > t->sent_before;

	(void)ip;
	(void)local_ip;
	(void)port;
	(void)local_port;
	/* with a status it is a second try that a proxy asked for (407) */
	if (t->connected && sent && t->receipt.head.status == 0 && !t->reads) {
		t->stopped = true;
		return CURL_PREREQFUNC_ABORT;
	}
	if (t->http->held) {
		t->why = HTTP_WHY_HELD;
		return CURL_PREREQFUNC_ABORT;
	}
	t->connected = true;
	t->sent_before = size_sent(t);
	t->receipt.head.status = 0;
	return CURL_PREREQFUNC_OK;
}

static size_t on_header(char *p, size_t size, size_t n, void *context)
{
	struct slot *t = (struct slot *)context;
	long port = 0;

	curl_easy_getinfo(t->easy, CURLINFO_LOCAL_PORT, &port);
	return http_receipt_line(&t->receipt, &t->arena, (unsigned)port, str_of(p, size * n)) ? n
											      : 0;
}

static size_t on_body(char *p, size_t size, size_t n, void *context)
{
	struct slot *t = (struct slot *)context;
	curl_off_t came = 0;

	curl_easy_getinfo(t->easy, CURLINFO_SIZE_DOWNLOAD_T, &came);
	return http_receipt_bytes(&t->receipt, str_of(p, size * n), (uint64_t)came) ? n : 0;
}

static long at_most(unsigned n, unsigned max)
{
	return (long)(n < max ? n : max);
}

/* What libcurl calls back. */
static void set_calls(struct slot *t)
{
	CURL *c = t->easy;

	SET(c, CURLOPT_PRIVATE, t);
	SET(c, CURLOPT_ERRORBUFFER, t->words);
	SET(c, CURLOPT_PREREQFUNCTION, on_before_request);
	SET(c, CURLOPT_PREREQDATA, t);
	SET(c, CURLOPT_HEADERFUNCTION, on_header);
	SET(c, CURLOPT_HEADERDATA, t);
	SET(c, CURLOPT_WRITEFUNCTION, on_body);
	SET(c, CURLOPT_WRITEDATA, t);
}

static void set_times(CURL *c, const struct http_options *o)
{
	SET(c, CURLOPT_CONNECTTIMEOUT_MS, at_most(o->connect_ms, INT_MAX));
	SET(c, CURLOPT_TCP_KEEPALIVE, 1L);
	SET(c, CURLOPT_TCP_KEEPIDLE, KEEPALIVE_SECONDS);
	SET(c, CURLOPT_TCP_KEEPINTVL, KEEPALIVE_SECONDS);
	if (o->silence_seconds == 0)
		return;
	SET(c, CURLOPT_LOW_SPEED_LIMIT, 1L);
	SET(c, CURLOPT_LOW_SPEED_TIME, at_most(o->silence_seconds, USHRT_MAX));
}

static void set_up(struct slot *t, const struct http_options *o)
{
	const curl_version_info_data *v = curl_version_info(CURLVERSION_NOW);
	CURL *c = t->easy;

	set_calls(t);
	set_times(c, o);
	SET(c, CURLOPT_NOSIGNAL, 1L);
	SET(c, CURLOPT_QUICK_EXIT, 1L); /* without waiting for a name to be resolved */
	SET(c, CURLOPT_PROTOCOLS_STR, "http,https");
	SET(c, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
	SET(c, CURLOPT_PATH_AS_IS, 1L);
	SET(c, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	if (o->ca_file)
		SET(c, CURLOPT_CAINFO, o->ca_file);
	SET(c, CURLOPT_PROXYAUTH, (long)CURLAUTH_ANY);
	SET(c, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
	SET(c, CURLOPT_USERAGENT, o->user_agent);
	SET(c, CURLOPT_ACCEPT_ENCODING, v->features & CURL_VERSION_BROTLI ? "gzip, br" : "gzip");
	SET(c, CURLOPT_BUFFERSIZE, RECEIVE_SIZE);
}

static bool was_sent(const struct slot *t)
{
	curl_off_t uploaded = 0;

	if (!t->connected)
		return false;
	if (t->stopped || t->body_size == 0)
		return t->stopped || size_sent(t) > t->sent_before;
	curl_easy_getinfo(t->easy, CURLINFO_SIZE_UPLOAD_T, &uploaded);
	return uploaded > 0;
}

static enum http_outcome outcome_of(const struct slot *t, CURLcode code)
{
	if (t->receipt.outcome != HTTP_ANSWERED) /* one of our own */
		return t->receipt.outcome;
	if (code == CURLE_OK && t->receipt.head.ended)
		return HTTP_ANSWERED;
	if (t->receipt.head.status > 0)
		return HTTP_ANSWER_BROKEN;
	return was_sent(t) ? HTTP_PERHAPS_SENT : HTTP_NOT_SENT;
}

/* What a proxy said to CONNECT; 0: it was not asked, or has let it through. */
static int proxy_refusal(const struct slot *t)
{
	long status = 0;

	curl_easy_getinfo(t->easy, CURLINFO_HTTP_CONNECTCODE, &status);
	return status >= 300 ? (int)status : 0;
}

/* A proxy's name and password are part of its URL, which libcurl repeats when it does not understand it. */
static bool tells_too_much(struct str words, CURLcode code)
{
	return code == CURLE_COULDNT_RESOLVE_PROXY || code == CURLE_URL_MALFORMAT ||
	       code == CURLE_UNSUPPORTED_PROTOCOL || str_find_char(words, '@') != STR_NONE ||
	       str_find(words, S("proxy s")) != STR_NONE; /* syntax, scheme */
}

/* libcurl's where there are no better ones. */
static struct str words_of(struct slot *t, CURLcode code)
{
	struct str words = str_trim(str_from(t->words));
	int refusal = t->receipt.outcome == HTTP_NOT_SENT ? proxy_refusal(t) : 0;

	if (t->receipt.strange)
		return S("what came is the answer to another request");
	if (t->stopped || code == CURLE_OK)
		return S("the connection ended");
	if (t->why == HTTP_WHY_HELD)
		return S("it was kept back");
	if (refusal == 407)
		return S("the proxy wants another name and password (status 407)");
	if (refusal > 0)
		return str_fmt(&t->arena, "the proxy does not let it through (status %d)", refusal);
	if (code == CURLE_OUT_OF_MEMORY) /* that is what it says of a line of 100 KiB */
		return S("a line of the answer is too long");
	if (words.n == 0 || tells_too_much(words, code))
		return str_from(curl_easy_strerror(code));
	return words;
}

/* Somebody is there when a handshake breaks; who answers it with something else may as well be nobody. */
static bool is_nobody(const struct slot *t, CURLcode code)
{
	struct str words = str_from(t->words);

	if (code == CURLE_SSL_CONNECT_ERROR)
		return str_find(words, S("SSL routines")) != STR_NONE &&
		       str_find(words, S("unexpected eof")) == STR_NONE;
	/* the last one: of a proxy that does not speak */
	return code == CURLE_COULDNT_RESOLVE_HOST || code == CURLE_COULDNT_RESOLVE_PROXY ||
	       code == CURLE_COULDNT_CONNECT || code == CURLE_OPERATION_TIMEDOUT ||
	       code == CURLE_RECV_ERROR;
}

static enum http_why why_not_reached(const struct slot *t, CURLcode code)
{
	int refusal = proxy_refusal(t);

	if (refusal == 0)
		return is_nobody(t, code) ? HTTP_WHY_UNREACHED : HTTP_WHY_OTHER;
	return refusal < 500 && refusal != 408 && refusal != 429 ? HTTP_WHY_PROXY
								 : HTTP_WHY_UNREACHED;
}

static bool is_of_certificates(CURLcode code)
{
	return code == CURLE_PEER_FAILED_VERIFICATION || code == CURLE_SSL_CACERT_BADFILE ||
	       code == CURLE_SSL_ISSUER_ERROR || code == CURLE_SSL_ENGINE_INITFAILED;
}

static enum http_why why_of(const struct slot *t, CURLcode code)
{
	if (t->why != HTTP_WHY_OTHER || t->receipt.outcome != HTTP_NOT_SENT)
		return t->why;
	if (is_of_certificates(code))
		return HTTP_WHY_UNTRUSTED;
	/* our URL was looked at before */
	return code == CURLE_URL_MALFORMAT ? HTTP_WHY_PROXY : why_not_reached(t, code);
}

static void end(struct slot *t, enum http_outcome outcome, CURLcode code)
{
	struct http *h = t->http;

	t->receipt.outcome = outcome;
	t->why = why_of(t, code);
	http_receipt_fail(&t->receipt, words_of(t, code));
	t->state = SLOT_ENDED;
	curl_multi_remove_handle(h->multi, t->easy);
	h->ended[h->nended++] = t;
}

static void collect_ended(struct http *h)
{
	int left = 0;

	for (CURLMsg *m = curl_multi_info_read(h->multi, &left); m;
	     m = curl_multi_info_read(h->multi, &left)) {
		struct slot *t = slot_of(m->easy_handle);
		CURLcode code = m->data.result; /* gone with the handle */

		assert(m->msg == CURLMSG_DONE);
		end(t, outcome_of(t, code), code);
	}
}

static bool check_options(const struct http_options *o, struct err *e)
{
	assert(o->connections > 0 && o->connect_ms > 0 && o->user_agent);
	assert(http_is_header_value(str_from(o->user_agent)));
	if (o->ca_file && access(o->ca_file, R_OK) != 0)
		return err_set(e, ERR_USAGE, "%s: the certificates cannot be read", o->ca_file);
	return true;
}

bool http_open(struct http **out, struct arena *a, const struct http_options *o, struct err *e)
{
	if (!check_options(o, e))
		return false;
	if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
		return err_set(e, ERR_INTERNAL, "libcurl does not start");

	struct http *h = arena_new(a, struct http);

	h->arena = a;
	h->options = *o;
	h->nslots = (size_t)o->connections + 1;
	h->slots = arena_array(a, struct slot, h->nslots);
	h->ended = arena_array(a, struct slot *, h->nslots);
	h->multi = curl_multi_init();
	assert(h->multi);
	curl_multi_setopt(h->multi, CURLMOPT_MAXCONNECTS, (long)o->connections);
	curl_multi_setopt(h->multi, CURLMOPT_PIPELINING, (long)CURLPIPE_NOTHING);
	*out = h;
	return true;
}

void http_close(struct http **h)
{
	if (!*h)
		return;
	for (size_t i = 0; i < (*h)->nslots; i++) {
		struct slot *t = &(*h)->slots[i];

		if (t->state == SLOT_RUNNING)
			curl_multi_remove_handle((*h)->multi, t->easy);
		if (t->easy)
			curl_easy_cleanup(t->easy);
		buf_release(&t->receipt.body);
		arena_release(&t->arena);
	}
	curl_multi_cleanup((*h)->multi);
	curl_global_cleanup();
	*h = NULL;
}

unsigned http_in_flight(const struct http *h)
{
	return h->in_flight;
}

/* Everything of the last request is gone but the handle, and memory that is worth keeping. */
static void clear(struct slot *t)
{
	struct slot kept = { .http = t->http, .easy = t->easy, .arena = t->arena };
	struct buf body = t->receipt.body;

	arena_reset(&kept.arena);
	if (body.cap > KEPT_SIZE)
		buf_release(&body);
	buf_clear(&body);
	*t = kept;
	t->receipt.body = body;
}

static struct slot *free_slot(struct http *h)
{
	for (size_t i = 0; i < h->nslots; i++) {
		struct slot *t = &h->slots[i];

		if (t->state != SLOT_FREE)
			continue;
		if (!t->easy) {
			t->http = h;
			t->arena = arena_make(0);
			t->receipt.body = buf_make(0);
			t->easy = curl_easy_init();
			assert(t->easy);
			set_up(t, &h->options);
		}
		clear(t);
		return t;
	}
	return NULL;
}

bool http_start(struct http *h, const struct http_request *r, uint64_t tag, struct err *e)
{
	struct str host;

	assert(h->in_flight < h->options.connections);
	if (!http_check_request(r, &host, e))
		return false;

	struct slot *t = free_slot(h);
	unsigned total_ms = r->total_ms ? r->total_ms : h->options.total_ms;

	assert(t);
	t->tag = tag;
	t->receipt.options = &h->options;
	t->receipt.request = *r;
	t->receipt.host = str_dup(&t->arena, host);
	t->body_size = r->body.n;
	set_method(t, r);
	SET(t->easy, CURLOPT_URL, str_cstr(&t->arena, r->url));
	SET(t->easy, CURLOPT_HTTPHEADER, header_lines(t, r));
	SET(t->easy, CURLOPT_TIMEOUT_MS, at_most(total_ms, INT_MAX));
	SET(t->easy, CURLOPT_NOPROXY, r->direct ? "*" : NULL);
	t->state = SLOT_RUNNING;
	h->in_flight++;

	CURLMcode code = curl_multi_add_handle(h->multi, t->easy);

	assert(code == CURLM_OK);
	return true;
}

void http_hold(struct http *h, bool held)
{
	h->held = held;
}

void http_cancel(struct http *h, uint64_t tag)
{
	collect_ended(h);
	for (size_t i = 0; i < h->nslots; i++) {
		struct slot *t = &h->slots[i];

		if (t->state == SLOT_RUNNING && t->tag == tag)
			end(t, HTTP_CANCELLED, CURLE_OK);
	}
}

static void move_bytes(struct http *h, uint64_t now)
{
	int running;
	CURLMcode code = curl_multi_perform(h->multi, &running);

	assert(code == CURLM_OK);
	h->moved_at = now;
	collect_ended(h);
}

static bool give(struct http *h, struct http_answer *out)
{
	if (h->taken == h->nended)
		return false;

	struct slot *t = h->ended[h->taken++];

	*out = (struct http_answer){
		.tag = t->tag,
		.outcome = t->receipt.outcome,
		.why = t->why,
		.status = t->receipt.head.status,
		.headers = t->receipt.head.headers.p,
		.nheaders = t->receipt.head.headers.n,
		.body = buf_str(&t->receipt.body),
		.failure = t->receipt.outcome == HTTP_ANSWERED ? NULL : &t->receipt.failure,
		.hopeless = t->why == HTTP_WHY_UNTRUSTED || t->why == HTTP_WHY_PROXY,
	};
	h->given = t;
	h->in_flight--;
	return true;
}

static void forget_given(struct http *h)
{
	if (h->given)
		h->given->state = SLOT_FREE;
	h->given = NULL;
	h->nended -= h->taken;
	memmove(h->ended, h->ended + h->taken, h->nended * sizeof(*h->ended));
	h->taken = 0;
}

bool http_wait(struct http *h, unsigned ms, struct http_answer *out)
{
	uint64_t now = now_ms(), until = now + ms;

	forget_given(h);
	/* Requests that were started since are sent before many that ended are all taken. */
	if (now - h->moved_at >= IO_EVERY_MS)
		move_bytes(h, now);
	while (!give(h, out)) {
		move_bytes(h, now);
		if (h->nended > 0)
			continue;
		now = now_ms();
		if (now >= until)
			return false;

		uint64_t left = until - now;
		CURLMcode code = curl_multi_poll(h->multi, NULL, 0,
						 left > INT_MAX ? INT_MAX : (int)left, NULL);

		assert(code == CURLM_OK);
		now = now_ms();
	}
	return true;
}
