/* SPDX-License-Identifier: MIT */
/*
 * Reading from a service: definitions, rows page by page, and rows by id or by key.
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

struct reader {
	struct service *service;
	struct run *run; /* counts the requests */
	struct arena *arena;
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
 * Runs the query to its end, page by page. The query's attribute lists and page are set here: exactly
 * `columns` of the root are asked for, and an order by the primary key is added when it has none.
 * Values live during the call of `row`.
 */
MUST_CHECK bool read_rows(struct reader *r, const struct table *t, const struct fetch *query,
			  const struct column *const *columns, size_t n,
			  bool (*row)(void *context, const struct read_row *row, struct err *e),
			  void *context, struct err *e);

/* The rows whose `column` is one of the ids, in as many requests as it takes. */
MUST_CHECK bool read_rows_by_id(struct reader *r, const struct table *t, struct str column,
				const struct guid *ids, size_t nids,
				const struct column *const *columns, size_t n,
				bool (*row)(void *, const struct read_row *, struct err *),
				void *context, struct err *e);

#endif
