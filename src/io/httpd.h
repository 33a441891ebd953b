/* SPDX-License-Identifier: MIT */
/*
 * An HTTP/1.1 server. One thread of its own reads and writes all connections and calls the functions below;
 * none of them may block. A request that was read completely waits, and its connection rests, until some
 * thread answers it. The target of a request is as the client wrote it: nothing is decoded.
 */
#ifndef FERRY_IO_HTTPD_H
#define FERRY_IO_HTTPD_H

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"

struct httpd;
struct exchange; /* a request and its answer */

struct httpd_header {
	struct str name, value;
};

enum httpd_ending {
	HTTPD_WHOLE,
	HTTPD_CUT,               /* the connection ends without an answer */
	HTTPD_CUT_AFTER_HEADERS, /* the same when there is no body */
	HTTPD_CUT_MID_BODY,
};

struct httpd_answer {
	int status;
	const struct httpd_header *headers; /* Date, Content-Length, Connection are added */
	size_t nheaders;
	struct str body;
	enum httpd_ending ending;
	uint64_t rate; /* bytes a second; 0: as fast as it goes */
};

struct httpd_calls {
	/*
	 * The headers are there. False: the body is read and forgotten; for requests that will be refused
	 * whatever it says.
	 */
	bool (*arrived)(void *context, struct exchange *x);
	/*
	 * The body is there, too; from now on, and from any thread, exchange_answer is called once. Not
	 * called when too_large was the answer.
	 */
	void (*request)(void *context, struct exchange *x);
	/* Answered or broken off; the exchange ends with this call. */
	void (*done)(void *context, struct exchange *x);
	/* Calls exchange_wake in `ms` milliseconds. */
	void (*wait)(void *context, struct exchange *x, uint64_t ms);
	void *context;
};

struct httpd_options {
	const char *address;                   /* 127.0.0.1, ::1, 0.0.0.0, localhost */
	uint16_t port;                         /* 0: any that is free */
	const char *tls_certificate, *tls_key; /* PEM texts; NULL: plain HTTP */
	unsigned connections;
	size_t body_max;
	size_t bodies_max; /* of all bodies that are being kept */
	/* To what says beforehand that it is, and to a body whose end is told twice; live as long as the server. */
	struct httpd_answer too_large, bad_framing;
	unsigned idle_seconds;
	struct httpd_calls calls;
};

/* Listens; requests may come in before it returns. ERR_USAGE: no such address; ERR_NETWORK: port taken. */
MUST_CHECK bool httpd_open(struct httpd **out, struct arena *a, const struct httpd_options *o,
			   struct err *e);
uint16_t httpd_port(const struct httpd *h);
/* No more connections are taken; answers that are sent slowly end. */
void httpd_quiesce(struct httpd *h);
void httpd_close(struct httpd **h); /* every request must have been answered; *h may be NULL */

struct str exchange_method(const struct exchange *x);
struct str exchange_target(const struct exchange *x);
struct str exchange_version(const struct exchange *x); /* HTTP/1.1 */
const struct httpd_header *exchange_headers(const struct exchange *x, size_t *n);
struct str exchange_body(const struct exchange *x);
/* While it has arrived: no more than so many bytes of the body are kept. */
void exchange_limit_body(struct exchange *x, size_t max);
/* The body turned out to be larger than that, or than body_max: it is not there. */
bool exchange_too_large(const struct exchange *x);
/* The same because of all the others that are being kept. */
bool exchange_crowded(const struct exchange *x);
struct str exchange_peer(const struct exchange *x); /* the client's address */
struct arena *exchange_arena(struct exchange *x);   /* lives until done */
/* What the caller keeps with it; NULL at first. */
void exchange_set_data(struct exchange *x, void *data);
void *exchange_data(const struct exchange *x);
/* Bytes of the answer's body that were to be sent, and its status; 0 when there was none. */
int exchange_status(const struct exchange *x);
uint64_t exchange_sent(const struct exchange *x);

/* All slices live until done. */
void exchange_answer(struct exchange *x, const struct httpd_answer *answer);
void exchange_wake(struct exchange *x);

#endif
