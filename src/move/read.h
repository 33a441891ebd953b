/* SPDX-License-Identifier: MIT */
/*
 * Reading from a service: definitions, rows page by page, several queries at once, and rows by id or by key.
 */
#ifndef FERRY_MOVE_READ_H
#define FERRY_MOVE_READ_H

#include "base/arena.h"
#include "base/err.h"
#include "base/guid.h"
#include "dv/catalog.h"
#include "dv/fetchxml.h"
#include "dv/service.h"
#include "dv/value.h"
#include "move/run.h"

struct known_tables;

struct reader {
	struct service *service;
	struct run *run; /* counts the requests */
	struct arena *arena;
	struct known_tables *known; /* definitions from earlier runs (known_tables.h); or NULL */
	bool busy;                  /* rows are on their way: nothing else can be asked for */
};

/* Who the service is: WhoAmI's OrganizationId and UserId. */
MUST_CHECK bool read_identity(struct reader *r, struct guid *organization, struct guid *user,
			      struct err *e);

/* Adds to the catalog what it lacks of these tables; a table that does not exist is left out. */
MUST_CHECK bool read_definitions(struct reader *r, struct catalog *c, const struct str *tables,
				 size_t n, struct err *e);

/*
 * How many rows each table has, as far as the service tells it (its figure may be a day old): UINT64_MAX where
 * it does not. For choosing between ways of reading, never for a result.
 */
MUST_CHECK bool read_counts(struct reader *r, const struct str *tables, size_t n, uint64_t *counts,
			    struct err *e);

struct read_row {
	struct guid id;
	struct str version;
	struct value *values; /* in the order of `columns` */
};
/*
 * A query that runs to its end, page by page. Its attribute lists and page are set here: exactly `columns` of the
 * root are asked for, and an order by the primary key is added when it has none.
 * `row` is called as the bytes arrive; values live during the call. It must not read itself. A row may come again when pages had to
 * be asked for anew, perhaps changed meanwhile; no row is left out that is there all the time.
 */
struct read_query {
	const struct table *table;
	const struct fetch *fetch;
	const struct column *const *columns;
	size_t n;
	bool names; /* lookups come with what is shown for the row: that makes answers twice as large */
	bool (*row)(void *context, const struct read_row *row, struct err *e);
	void *context;
};
/*
 * As many pages at once as the service's width allows: rows come in any order. On failure *failed (which may be NULL) is the query whose fault it was, or NULL.
 * ERR_INPUT: the table cannot be asked for; ERR_NETWORK, ERR_AUTH, ERR_CANCELLED; what the service refuses a query with; what `row` gives.
 */
MUST_CHECK bool read_many(struct reader *r, const struct read_query *queries, size_t n,
			  const struct read_query **failed, struct err *e);

/* One query alone, without names. */
MUST_CHECK bool read_rows(struct reader *r, const struct table *t, const struct fetch *query,
			  const struct column *const *columns, size_t n,
			  bool (*row)(void *context, const struct read_row *row, struct err *e),
			  void *context, struct err *e);

/*
 * The rows whose `key` is one of the ids, in as many requests as it takes, several at once: in no order.
 * Of *query table, columns, names, row and context count.
 */
MUST_CHECK bool read_by_id(struct reader *r, const struct read_query *query, struct str key,
			   const struct guid *ids, size_t nids, struct err *e);
/* These requests as queries, for read_many: read_id_queries_count of them, on the arena. */
size_t read_id_queries_count(size_t nids);
void read_id_queries(struct arena *a, const struct read_query *query, struct str key,
		     const struct guid *ids, size_t nids, struct read_query *out);
/* read_by_id without names. */
MUST_CHECK bool read_rows_by_id(struct reader *r, const struct table *t, struct str column,
				const struct guid *ids, size_t nids,
				const struct column *const *columns, size_t n,
				bool (*row)(void *, const struct read_row *, struct err *),
				void *context, struct err *e);

/* Queries on their way at once, whatever the width; ids in one request; ids whose requests fill that width. */
#define READ_AT_ONCE 32
#define READ_IDS ((size_t)200)
#define READ_IDS_AT_ONCE (READ_AT_ONCE * READ_IDS)

#endif
