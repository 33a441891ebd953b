/* SPDX-License-Identifier: MIT */
/*
 * A row on its way into the file: one value per column of its table, VALUE_ABSENT where nothing is
 * written.
 */
#ifndef FERRY_ORG_ROW_H
#define FERRY_ORG_ROW_H

#include "base/arena.h"
#include "base/err.h"
#include "base/guid.h"
#include "dv/table.h"
#include "dv/value.h"
#include "org/store.h"

struct row {
	const struct table *table;
	struct guid id;
	struct value
		*values; /* values[i] of table->columns[i]; that of the primary id is not used */
};

struct row row_make(struct arena *a, const struct table *t, struct guid id);
/* The place of a column's value; NULL when the table has no such column, or one that is not stored. */
struct value *row_value(const struct row *r, struct str column);
/* Whether something is to be written there that is not null. */
bool row_has(const struct row *r, struct str column);

/* Writes it with the next version. ERR_PRECONDITION 0x80040237 when the id exists. */
MUST_CHECK bool row_insert(struct store *s, const struct row *r, struct err *e);
/* The given columns and the next version; the row exists. */
MUST_CHECK bool row_update(struct store *s, const struct row *r, struct err *e);

/* The value of one column of a stored row; VALUE_ABSENT when there is no such row or column. */
MUST_CHECK bool row_read(struct store *s, struct arena *a, const struct table *t, struct guid id,
			 struct str column, struct value *out, struct err *e);
/* *version is -1 when there is no such row. */
MUST_CHECK bool row_version(struct store *s, const struct table *t, struct guid id,
			    int64_t *version, struct err *e);
MUST_CHECK bool row_exists(struct store *s, const struct table *t, struct guid id, bool *out,
			   struct err *e);

/* What is wrong with a row; all return false: 404 0x80040217, 412 0x80040237, 412 0x80060882. */
bool row_fail_missing(const struct table *t, struct guid id, struct err *e);
bool row_fail_exists(struct err *e);
bool row_fail_version(struct err *e);

#endif
