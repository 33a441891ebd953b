/* SPDX-License-Identifier: MIT */
/*
 * An HTTP/1.1 client: many requests at once over connections that are kept, all by the one thread that
 * waits. Certificates are always verified, cookies never kept, redirects are answers like others, and a
 * request is never repeated behind the caller's back once the server may have acted on it. The variables
 * http_proxy, https_proxy, all_proxy and no_proxy are honoured. gzip and br are unpacked.
 * A body without a length that ends with its connection counts as whole: whoever reads it has to see its end.
 * Nothing that this file says to people contains a header, or more of a URL than its host and port.
 */
#ifndef FERRY_IO_HTTP_H
#define FERRY_IO_HTTP_H

#include "base/arena.h"
#include "base/err.h"
#include "base/sink.h"
#include "base/str.h"

struct http;

struct http_header {
	struct str name, value;
};

struct http_options {
	unsigned connections;     /* requests at once, each on a connection of its own */
	unsigned connect_ms;      /* name, connection, proxy and TLS together */
	unsigned total_ms;        /* a request from start to end; 0: as long as it takes */
	unsigned silence_seconds; /* less than a byte a second, also before the answer; 0: any */
	size_t collected_max;     /* of a body that is collected */
	size_t error_max;         /* of one whose status is not 2xx; 0: the same */
	uint64_t streamed_max;    /* of one that goes into a sink, unpacked */
	const char *ca_file;      /* PEM, instead of the system's; NULL: those */
	const char *user_agent;
};

struct http_request {
	struct str method; /* GET ... */
	struct str url; /* absolute, http or https, encoded; without user, password and fragment */
	/*
	 * What frames a message (Host, Connection, Expect, Content-Length, Transfer-Encoding),
	 * Accept-Encoding and User-Agent are set here and refused; so is a line end or NUL in any.
	 */
	const struct http_header *headers;
	size_t nheaders;
	struct str body; /* this and the sink live until the request ended */
	/* The body of a 2xx answer goes here as it arrives; NULL: it is collected. */
	struct sink *into;
	/* Asked before its first byte, with the headers; false: collected all the same. NULL: yes. */
	bool (*takes)(void *context, const struct http_header *headers, size_t n);
	void *takes_context;
	/* Asked when the headers are there; `connection` is a number of its own among those that are open.
	 * False: they answer another request, HTTP_PERHAPS_SENT. NULL: yes. */
	bool (*is_ours)(void *context, unsigned connection, int status,
			const struct http_header *headers, size_t n);
	void *is_ours_context;
	unsigned total_ms; /* 0: that of the options */
	bool direct;       /* never through a proxy: it is for this machine or its host */
};

enum http_outcome {
	HTTP_ANSWERED, /* whatever the status */
	/* Of the request, nothing was sent that a server could act on: no address, no connection, no TLS,
	 * refused by the proxy, a kept connection that was closed. */
	HTTP_NOT_SENT,
	HTTP_PERHAPS_SENT,  /* the connection broke or time was over before the status was there */
	HTTP_ANSWER_BROKEN, /* the status is known, headers or body are incomplete */
	HTTP_TOO_LARGE,     /* the status is known, headers or body pass the limit */
	HTTP_SINK_FAILED,   /* the status is known, `failure` is the sink's error */
	HTTP_CANCELLED,     /* perhaps sent */
};

/* More about a request that failed. */
enum http_why {
	HTTP_WHY_OTHER,
	HTTP_WHY_UNREACHED, /* nobody there: no such name or address, refused, no way to it */
	HTTP_WHY_UNTRUSTED, /* the certificate; hopeless */
	HTTP_WHY_PROXY,     /* the proxy does not let it through; hopeless */
	HTTP_WHY_HELD,      /* http_hold kept it back, or from being sent again */
};

struct http_answer {
	uint64_t tag;
	enum http_outcome outcome;
	enum http_why why;
	int status;                        /* 0 when there was none */
	const struct http_header *headers; /* in order, as sent; incomplete when broken */
	size_t nheaders;
	struct str body;           /* of what was collected, so far as it came */
	const struct err *failure; /* NULL when answered; else for people: host, what, why */
	bool hopeless;             /* will fail again, see why */
};

/* ERR_USAGE: a ca_file that cannot be read. */
MUST_CHECK bool http_open(struct http **out, struct arena *a, const struct http_options *o,
			  struct err *e);
void http_close(struct http **h); /* breaks off what is in flight; fits DEFER; *h may be NULL */

unsigned http_in_flight(const struct http *h); /* and not yet given; at most `connections` */

/* Nothing is sent before http_wait; method, URL and headers are copied. `tag` is unlike those in flight.
 * False: the request is malformed (ERR_INPUT) and was not started. */
MUST_CHECK bool http_start(struct http *h, const struct http_request *r, uint64_t tag,
			   struct err *e);

/* While held nothing leaves: what was started and not sent ends as HTTP_NOT_SENT, what would be sent again because
 * its connection broke as HTTP_PERHAPS_SENT, both with HTTP_WHY_HELD. */
void http_hold(struct http *h, bool held);

/* Ends it: http_wait gives it as HTTP_CANCELLED, or as it ended before. No such tag is fine. */
void http_cancel(struct http *h, uint64_t tag);

/* Moves bytes, calls sinks (which must not call this file), and gives the next request that ended, each
 * one once. False: `ms` are over, also when nothing was in flight. A signal does not end the wait: who
 * has to look at other things waits in slices. *out lives until the next call. */
MUST_CHECK bool http_wait(struct http *h, unsigned ms, struct http_answer *out);

/* The first value of that name, ignoring ASCII case; NULL when there is none. */
const struct str *http_answer_header(const struct http_answer *answer, struct str name);

#endif
