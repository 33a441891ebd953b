/* SPDX-License-Identifier: MIT */
/*
 * The properties of one row: values and their annotations, from the current row of a statement.
 */
#ifndef FERRY_ORG_CELLS_H
#define FERRY_ORG_CELLS_H

#include "io/json.h"
#include "org/caller.h"
#include "org/format.h"
#include "org/names.h"
#include "org/prefer.h"
#include "org/query.h"
#include "org/store.h"

/*
 * More members of each row, written behind its own: expanded rows. `row` stands on the row; its result
 * columns are those of query_column.at and of query_add_extra.
 */
struct row_hook {
	bool (*write)(void *context, struct json_writer *w, const struct stmt *row, struct err *e);
	void *context;
};

/*
 * The URL of the page behind this one: `cookie` is the inner cookie of this page, `next` the number of
 * the page behind; without a cookie the number alone leads there.
 */
struct next_link {
	bool (*write)(void *context, struct buf *out, uint32_t next, struct str cookie,
		      struct err *e);
	void *context;
};

/* More objects in `value`. */
struct more_rows {
	bool (*write)(void *context, struct json_writer *w, struct err *e);
	void *context;
};

/* What is answered, and how. What is zero does nothing. */
struct result {
	struct store *store;
	struct arena *arena; /* of the answer */
	const struct query *query;
	const struct prefer *prefer;
	struct str root; /* of the service: struct call's */
	struct row_hook hook;
	struct next_link next; /* @odata.nextLink behind `value`, when there are more rows */
	bool count;            /* @odata.count before `value` */
	struct str delta;      /* @odata.deltaLink before `value`; empty: none */
	struct more_rows more; /* behind the query's in `value` */
	bool no_etag;          /* rows without @odata.etag */
	struct str context;    /* behind $metadata#; empty: made of the query's columns */
	struct str expanded; /* items at the end of that made list: "primarycontactid(fullname)" */
};

struct cell;

struct cells {
	struct names names;
	struct cell *p;
	size_t n;
	const struct result *result;
	struct caller caller;
	struct currencies currencies;
	struct format format;
	int currency_at;    /* result column of the rows' currency; -1: none */
	int principal_at;   /* of the id that is the row's ownerid, too; -1: none */
	struct buf scratch; /* of a formatted value */
};

/* Makes every key that a row can have once. `r` must outlive it. */
MUST_CHECK bool cells_make(const struct result *r, struct cells *out, struct err *e);
void cells_close(struct cells *c); /* fits DEFER */
/* The members of one object. */
MUST_CHECK bool cells_write(struct cells *c, struct json_writer *w, const struct stmt *st,
			    struct err *e);

#endif
