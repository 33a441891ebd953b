/* SPDX-License-Identifier: MIT */
/*
 * libmicrohttpd behind a small face. It decodes paths and splits queries, which destroys OData's URLs: the
 * target is therefore taken from the callback that sees the raw request line, and the exchange is made there.
 * A connection is suspended from the moment when its request is complete until it is answered, and while
 * a slow answer waits; only the I/O thread touches an exchange outside that time.
 */
#include "io/httpd.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <microhttpd.h>

#include "base/buf.h"
#include "base/limits.h"
#include "base/vec.h"

#include "base/banned.h"

#define CONNECTION_MEMORY (256 * LIMIT_KIB) /* a URL of LIMIT_URL and its headers */
#define SLOW_STEP_MS 50                     /* between the pieces of a slow answer */
#define PEER_SIZE 64

struct httpd {
	struct httpd_calls calls;
	struct MHD_Daemon *daemon;
	struct httpd_answer too_large, bad_framing;
	size_t body_max, bodies_max;
	size_t kept; /* of all bodies; known to the I/O thread alone */
	uint16_t port;
	atomic_bool stopping;
};

enum stage { STAGE_HEADERS, STAGE_BODY, STAGE_WAITING };

struct exchange {
	struct httpd *server;
	struct MHD_Connection *connection;
	struct arena arena;
	enum stage stage;
	struct str method, target, version;
	char peer[PEER_SIZE];
	VEC(struct httpd_header) headers;
	struct buf body;
	bool ignored; /* the body is */
	bool too_large;
	bool crowded;
	struct httpd_answer answer;
	bool answered;
	bool paused; /* a slow answer */
	int status;  /* sent */
	void *data;
};

static void *on_target(void *context, const char *target, struct MHD_Connection *connection)
{
	struct arena arena = arena_make(0);
	struct exchange *x = arena_new(&arena, struct exchange);

	x->arena = arena; /* which holds the exchange, too */
	x->server = (struct httpd *)context;
	x->connection = connection;
	x->target = str_dup(&x->arena, str_from(target));
	x->body = buf_make(x->server->body_max);
	return x;
}

static void forget_body(struct exchange *x)
{
	x->server->kept -= x->body.n;
	buf_release(&x->body);
}

static void on_completed(void *context, struct MHD_Connection *connection, void **at,
			 enum MHD_RequestTerminationCode why)
{
	struct httpd *h = (struct httpd *)context;
	struct exchange *x = (struct exchange *)*at;

	(void)connection;
	(void)why;
	if (!x)
		return;
	if (x->stage != STAGE_HEADERS)
		h->calls.done(h->calls.context, x);
	forget_body(x);

	struct arena arena = x->arena;

	arena_release(&arena);
	*at = NULL;
}

static enum MHD_Result on_header(void *context, enum MHD_ValueKind kind, const char *name,
				 size_t name_size, const char *value, size_t value_size)
{
	struct exchange *x = (struct exchange *)context;

	(void)kind;
	*VEC_PUSH(&x->arena, &x->headers) = (struct httpd_header){
		.name = str_dup(&x->arena, str_of(name, name_size)),
		.value = str_dup(&x->arena, str_of(value, value ? value_size : 0)),
	};
	return MHD_YES;
}

static void read_peer(struct exchange *x)
{
	const union MHD_ConnectionInfo *info =
		MHD_get_connection_info(x->connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
	const struct sockaddr *address = info ? info->client_addr : NULL;
	socklen_t size = sizeof(struct sockaddr_in6);

	if (address && address->sa_family == AF_INET)
		size = sizeof(struct sockaddr_in);
	if (!address ||
	    getnameinfo(address, size, x->peer, sizeof(x->peer), NULL, 0, NI_NUMERICHOST) != 0)
		memcpy(x->peer, "-", 2);
}

static uint64_t content_length(const struct exchange *x)
{
	uint64_t n;

	for (size_t i = 0; i < x->headers.n; i++) {
		if (str_eq_ascii_nocase(x->headers.p[i].name, S("Content-Length")) &&
		    str_parse_u64(x->headers.p[i].value, &n))
			return n;
	}
	return 0;
}

/* What ends a body is told once: who reads it otherwise takes its rest for the next request. */
static bool is_framed_twice(const struct exchange *x)
{
	size_t lengths = 0, codings = 0;
	bool odd = false;

	for (size_t i = 0; i < x->headers.n; i++) {
		const struct httpd_header *h = &x->headers.p[i];
		bool coding = str_eq_ascii_nocase(h->name, S("Transfer-Encoding"));

		lengths += str_eq_ascii_nocase(h->name, S("Content-Length"));
		codings += coding;
		odd = odd || (coding && !str_eq_ascii_nocase(h->value, S("chunked")));
	}
	return lengths + codings > 1 || odd;
}

static void give_to_caller(struct exchange *x)
{
	struct httpd *h = x->server;

	x->stage = STAGE_WAITING;
	MHD_suspend_connection(x->connection);
	h->calls.request(h->calls.context, x);
}

/* A body that turns out to be too large is read to its end, so that the client hears of it. */
static enum MHD_Result take(struct exchange *x, const char *data, size_t n)
{
	if (x->ignored || x->too_large || x->crowded)
		return MHD_YES;
	x->crowded = x->server->kept + n > x->server->bodies_max;
	if (!x->crowded)
		buf_add(&x->body, str_of(data, n));
	x->too_large = x->body.full;
	if (x->crowded || x->too_large)
		forget_body(x);
	else
		x->server->kept += n;
	return MHD_YES;
}

/* The bytes that may be sent of what is left; 0 when the connection was suspended to wait. */
static size_t slow_piece(struct exchange *x, uint64_t at, size_t n)
{
	struct httpd *h = x->server;
	uint64_t piece = x->answer.rate * SLOW_STEP_MS / 1000;

	if (x->answer.rate == 0)
		return n;
	if (at > 0 && !x->paused) {
		x->paused = true;
		MHD_suspend_connection(x->connection);
		h->calls.wait(h->calls.context, x, SLOW_STEP_MS);
		return 0;
	}
	x->paused = false;
	piece = piece > 0 ? piece : 1;
	return n < piece ? n : (size_t)piece;
}

static ssize_t on_read(void *context, uint64_t at, char *out, size_t max)
{
	struct exchange *x = (struct exchange *)context;
	struct str rest = str_skip(x->answer.body, (size_t)at);
	size_t end = x->answer.body.n;

	if (x->answer.ending == HTTPD_CUT_AFTER_HEADERS)
		end = 0;
	if (x->answer.ending == HTTPD_CUT_MID_BODY)
		end /= 2;
	if (at >= end || (x->answer.rate > 0 && atomic_load(&x->server->stopping)))
		return MHD_CONTENT_READER_END_WITH_ERROR;

	size_t n = rest.n < max ? rest.n : max;

	n = n < end - at ? n : (size_t)(end - at);
	n = slow_piece(x, at, n);
	memcpy(out, rest.p, n);
	return (ssize_t)n;
}

/* The library takes pointers that it does not write to. */
static void *writable(const char *text)
{
	union {
		const char *in;
		void *out;
	} u = { .in = text };

	return u.out;
}

static struct MHD_Response *make_response(struct exchange *x)
{
	const struct httpd_answer *a = &x->answer;

	if (a->ending == HTTPD_WHOLE && a->rate == 0) {
		return MHD_create_response_from_buffer(
			a->body.n, writable(a->body.n ? a->body.p : ""), MHD_RESPMEM_PERSISTENT);
	}
	return MHD_create_response_from_callback(a->body.n, 32 * LIMIT_KIB, on_read, x, NULL);
}

static enum MHD_Result send_answer(struct exchange *x)
{
	const struct httpd_answer *a = &x->answer;
	bool cut = a->ending == HTTPD_CUT ||
		   (a->ending == HTTPD_CUT_AFTER_HEADERS && a->body.n == 0) ||
		   (a->ending == HTTPD_CUT_MID_BODY && a->body.n == 0);

	if (cut)
		return MHD_NO;

	struct MHD_Response *response = make_response(x);

	if (!response)
		return MHD_NO;
	for (size_t i = 0; i < a->nheaders; i++) {
		const char *name = str_cstr(&x->arena, a->headers[i].name);
		const char *value = str_cstr(&x->arena, a->headers[i].value);

		/* refused is what would break the answer apart: line ends in a value */
		(void)MHD_add_response_header(response, name, value);
	}
	x->status = a->status;

	enum MHD_Result queued = MHD_queue_response(x->connection, (unsigned)a->status, response);

	MHD_destroy_response(response);
	return queued;
}

static enum MHD_Result begin(struct exchange *x, const char *method, const char *version)
{
	struct httpd *h = x->server;

	x->stage = STAGE_BODY;
	x->method = str_dup(&x->arena, str_from(method));
	x->version = str_dup(&x->arena, str_from(version));
	read_peer(x);
	MHD_get_connection_values_n(x->connection, MHD_HEADER_KIND, on_header, x);
	x->ignored = !h->calls.arrived(h->calls.context, x);

	bool odd = is_framed_twice(x);

	if (!odd && content_length(x) <= h->body_max)
		return MHD_YES;
	/* such a body is not read at all, and the connection ends after the answer */
	x->stage = STAGE_WAITING;
	x->too_large = true;
	x->answer = odd ? h->bad_framing : h->too_large;
	return send_answer(x);
}

static enum MHD_Result on_access(void *context, struct MHD_Connection *connection, const char *url,
				 const char *method, const char *version, const char *data,
				 size_t *size, void **at)
{
	struct exchange *x = (struct exchange *)*at;
	size_t n = *size;

	(void)context;
	(void)connection;
	(void)url;
	*size = 0;
	switch (x->stage) {
	case STAGE_HEADERS:
		return begin(x, method, version);
	case STAGE_BODY:
		if (n > 0)
			return take(x, data, n);
		give_to_caller(x);
		return MHD_YES;
	case STAGE_WAITING:
		return x->answered ? send_answer(x) : MHD_YES;
	}
	return MHD_NO;
}

static bool fail_listening(const struct httpd_options *o, const char *what, struct err *e)
{
	if (errno == EADDRINUSE)
		return err_set(e, ERR_NETWORK,
			       "port %u of %s is taken by another program; --port 0 takes any that "
			       "is free",
			       o->port, o->address);
	return err_set(e, ERR_NETWORK, "%s %s, port %u: %s", what, o->address, o->port,
		       strerror(errno));
}

static bool resolve(const struct httpd_options *o, struct sockaddr_storage *out, socklen_t *size,
		    struct err *e)
{
	struct addrinfo hints = { .ai_flags = AI_NUMERICHOST, .ai_socktype = SOCK_STREAM };
	struct addrinfo *found = NULL;
	bool local = strcmp(o->address, "localhost") == 0;

	if (getaddrinfo(local ? "127.0.0.1" : o->address, NULL, &hints, &found) != 0)
		return err_set(e, ERR_USAGE,
			       "%s is no address to listen on; one is written in numbers, like "
			       "127.0.0.1, ::1 or 0.0.0.0",
			       o->address);
	memcpy(out, found->ai_addr, found->ai_addrlen);
	*size = found->ai_addrlen;
	freeaddrinfo(found);
	if (out->ss_family == AF_INET6)
		((struct sockaddr_in6 *)(void *)out)->sin6_port = htons(o->port);
	else
		((struct sockaddr_in *)(void *)out)->sin_port = htons(o->port);
	return true;
}

static void close_socket(int *fd)
{
	if (*fd >= 0)
		close(*fd);
}

static uint16_t port_of(const struct sockaddr_storage *address)
{
	const void *generic = address;

	if (address->ss_family == AF_INET6)
		return ntohs(((const struct sockaddr_in6 *)generic)->sin6_port);
	return ntohs(((const struct sockaddr_in *)generic)->sin_port);
}

/* *out is the caller's to close, also when this fails. */
static bool listen_on(const struct httpd_options *o, int *out, uint16_t *port, struct err *e)
{
	struct sockaddr_storage address = { 0 };
	struct sockaddr *generic = (struct sockaddr *)(void *)&address;
	socklen_t size = 0;
	int yes = 1;

	if (!resolve(o, &address, &size, e))
		return false;
	*out = socket(address.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (*out < 0 || setsockopt(*out, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes)) != 0 ||
	    bind(*out, generic, size) != 0 || listen(*out, SOMAXCONN) != 0 ||
	    getsockname(*out, generic, &size) != 0)
		return fail_listening(o, "listening on", e);
	*port = port_of(&address);
	return true;
}

bool httpd_open(struct httpd **out, struct arena *a, const struct httpd_options *o, struct err *e)
{
	struct httpd *h = arena_new(a, struct httpd);
	struct MHD_OptionItem tls[] = {
		{ MHD_OPTION_HTTPS_MEM_CERT, 0, writable(o->tls_certificate) },
		{ MHD_OPTION_HTTPS_MEM_KEY, 0, writable(o->tls_key) },
		{ MHD_OPTION_END, 0, NULL },
	};
	unsigned flags = MHD_USE_EPOLL_INTERNAL_THREAD | MHD_ALLOW_SUSPEND_RESUME;
	int fd = -1;

	if (o->tls_key && MHD_is_feature_supported(MHD_FEATURE_TLS) != MHD_YES)
		return err_set(e, ERR_USAGE, "this libmicrohttpd knows no TLS");
	h->calls = o->calls;
	h->body_max = o->body_max;
	h->too_large = o->too_large;
	h->bad_framing = o->bad_framing;
	h->bodies_max = o->bodies_max;
	if (!listen_on(o, &fd, &h->port, e)) {
		close_socket(&fd);
		return false;
	}
	h->daemon = MHD_start_daemon(
		o->tls_key ? flags | MHD_USE_TLS : flags, 0, NULL, NULL, on_access, h,
		MHD_OPTION_ARRAY, o->tls_key ? tls : tls + 2, MHD_OPTION_LISTEN_SOCKET, fd,
		MHD_OPTION_URI_LOG_CALLBACK, on_target, h, MHD_OPTION_NOTIFY_COMPLETED,
		on_completed, h, MHD_OPTION_CONNECTION_MEMORY_LIMIT, CONNECTION_MEMORY,
		MHD_OPTION_CONNECTION_LIMIT, o->connections, MHD_OPTION_CONNECTION_TIMEOUT,
		o->idle_seconds, MHD_OPTION_SIGPIPE_HANDLED_BY_APP, 1, MHD_OPTION_END);
	if (!h->daemon)
		return err_set(e, ERR_INTERNAL, "the HTTP server on %s does not start: %s",
			       o->address, strerror(errno));
	*out = h;
	return true;
}

uint16_t httpd_port(const struct httpd *h)
{
	return h->port;
}

void httpd_quiesce(struct httpd *h)
{
	int fd = -1;

	if (!atomic_exchange(&h->stopping, true))
		fd = MHD_quiesce_daemon(h->daemon);
	close_socket(&fd);
}

void httpd_close(struct httpd **h)
{
	if (!*h)
		return;
	httpd_quiesce(*h);
	MHD_stop_daemon((*h)->daemon);
	*h = NULL;
}

struct str exchange_method(const struct exchange *x)
{
	return x->method;
}

struct str exchange_target(const struct exchange *x)
{
	return x->target;
}

struct str exchange_version(const struct exchange *x)
{
	return x->version;
}

const struct httpd_header *exchange_headers(const struct exchange *x, size_t *n)
{
	*n = x->headers.n;
	return x->headers.p;
}

struct str exchange_body(const struct exchange *x)
{
	return buf_str(&x->body);
}

void exchange_limit_body(struct exchange *x, size_t max)
{
	assert(x->stage == STAGE_BODY && x->body.n == 0);
	x->body.max = max;
}

bool exchange_too_large(const struct exchange *x)
{
	return x->too_large;
}

bool exchange_crowded(const struct exchange *x)
{
	return x->crowded;
}

struct str exchange_peer(const struct exchange *x)
{
	return str_from(x->peer);
}

struct arena *exchange_arena(struct exchange *x)
{
	return &x->arena;
}

void exchange_set_data(struct exchange *x, void *data)
{
	x->data = data;
}

void *exchange_data(const struct exchange *x)
{
	return x->data;
}

int exchange_status(const struct exchange *x)
{
	return x->status;
}

uint64_t exchange_sent(const struct exchange *x)
{
	return x->status ? x->answer.body.n : 0;
}

void exchange_answer(struct exchange *x, const struct httpd_answer *answer)
{
	assert(!x->answered);
	x->answer = *answer;
	x->answered = true;
	MHD_resume_connection(x->connection);
}

void exchange_wake(struct exchange *x)
{
	MHD_resume_connection(x->connection);
}
