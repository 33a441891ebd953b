/* SPDX-License-Identifier: MIT */
/*
 * One request to the server on its way: from the I/O thread over the timers to a worker and back. It lives on
 * its exchange's arena, and belongs to whoever has it at the moment.
 */
#ifndef FERRY_SERVER_JOB_H
#define FERRY_SERVER_JOB_H

#include "base/buf.h"
#include "base/guid.h"
#include "base/vec.h"
#include "io/httpd.h"
#include "dv/service.h"
#include "org/app.h"
#include "org/reality.h"
#include "server/timers.h"

struct server;
struct sign_in;
struct job;

/*
 * What answers the requests to one part of the paths. A new one is a row of the table in handlers.c.
 */
struct handler {
	struct str prefix; /* of the path */
	bool open;         /* without a token */
	bool platform;     /* of the organization: its limits, its headers, a transaction */
	/*
	 * On the I/O thread: is there such a path? Fills request.target, and root. `target` is the raw
	 * target behind the prefix, with its query.
	 */
	bool (*accept)(struct job *j, struct str target);
	/* On a worker: fills the answer, by job_answer. */
	void (*answer)(struct job *j, struct org *org);
};

/* Who signed in, as the token tells it. */
struct principal {
	bool known; /* else the administrator asks, or everybody is he */
	bool is_application;
	struct guid client, object;
	struct str name; /* of the account */
};

struct job {
	struct server *server;
	struct sign_in *sign_in; /* NULL: there is none */
	bool host_known;         /* and base is set */
	bool let_in;             /* by token, or without one */
	const char *token_fault; /* what is wrong with the token that was sent; NULL: nothing */
	struct principal principal;
	struct exchange *exchange;
	struct job *next; /* in the pool's queue */
	struct timer timer;
	const struct handler *handler;
	struct request request; /* target, headers and body as the service takes them */
	struct str base;        /* http://127.0.0.1:8080 as the client calls it */
	struct str root;        /* of the Web API, with its version */
	bool writes;            /* it may: waits where writers wait */
	bool has_user;
	struct guid user;
	bool in_pool;
	int64_t arrived, taken; /* by the clock of the timers */
	struct verdict verdict;
	uint64_t rows;
	/* the answer */
	int status;
	VEC(struct httpd_header) headers;
	struct buf body;
};

struct arena *job_arena(const struct job *j);
void job_header(struct job *j, struct str name, struct str value); /* copies */
/* Copies; what was there before is forgotten. */
void job_answer(struct job *j, const struct response *r);

#endif
