/* SPDX-License-Identifier: MIT */
/*
 * One request while it is answered: what was asked, and the answer that is being made. Whoever answers
 * sets the status, adds headers, writes the body of a 2xx answer to call_sink, or fails with an error,
 * which becomes an answer too.
 */
#ifndef FERRY_ORG_CALL_H
#define FERRY_ORG_CALL_H

#include "base/vec.h"
#include "dv/service.h"
#include "org/odata_url.h"
#include "org/prefer.h"
#include "org/row_key.h"
#include "org/store.h"

struct answer {
	int status;
	VEC(struct header) headers;
	struct sink sink;  /* what call_sink gives */
	struct sink *into; /* the caller's; NULL: the body is collected here */
	struct buf body;
	bool started; /* bytes went out: an error can no longer become an answer */
};
struct answer answer_make(struct sink *into);
void answer_release(struct answer *a); /* fits DEFER */
/* Everything so far is forgotten; the error is the answer. */
void answer_error(struct answer *a, struct arena *arena, const struct err *e);
struct response answer_response(const struct answer *a);

/* A write's transaction: its own, a savepoint in that of its batch, or that of its change set. */
enum call_scope { CALL_ALONE, CALL_PART, CALL_IN_CHANGE_SET };

struct call {
	struct store *store;
	struct arena *arena;
	const struct request *request;
	const struct request *outer; /* the batch that the request is a part of; NULL: it is none */
	struct str
		root; /* of the service, as the caller addresses it: http://localhost:8080/api/data/v9.2/ */
	enum call_scope scope;
	struct url url;
	struct prefer prefer;
	struct answer *answer;
	/* The row that the request made or changed; table NULL: none. Later parts of a change set refer to it. */
	struct {
		const struct table *table;
		struct guid id;
	} written;
	/* Answers another request: a batch's parts. False: an error after bytes went out. */
	bool (*dispatch)(struct call *part, struct err *e);
};

struct sink *call_sink(struct call *c);
/* "<root>$metadata#<rest>", on the call's arena: the value of @odata.context. */
struct str call_context(const struct call *c, struct str rest);
void call_header(struct call *c, struct str name, struct str value);
/* JSON, and which preferences were honoured: one header line for each. */
void call_json(struct call *c, int status);
/* NULL when the header is absent. */
const struct str *call_find_header(const struct call *c, struct str name);

/* Runs `read` on one state of the file: in a transaction that only reads, or in that which is open. */
MUST_CHECK bool call_read(struct call *c, bool (*read)(struct call *, struct err *), struct err *e);
/* Runs `write` inside the transaction of the call's scope. 403 when the organization is read-only. */
MUST_CHECK bool call_write(struct call *c, bool (*write)(struct call *, struct err *),
			   struct err *e);

/* The table of the first segment; 404 0x80060888 when no table has that entity set. */
MUST_CHECK bool call_table(struct call *c, const struct table **out, struct err *e);
/* And its key: 400 0x80060888 when the table has no such key. */
MUST_CHECK bool call_key(struct call *c, const struct table **t, struct row_key *key,
			 struct err *e);
/* And the row's id; 404 0x80060891 when no row has the alternate key. An id is not looked for. */
MUST_CHECK bool call_row(struct call *c, const struct table **t, struct guid *id, struct err *e);

#endif
