/* SPDX-License-Identifier: MIT */
/*
 * The values of one row of a comparison, and when two of them are the same. Stored are only the values that
 * a row has, each with the number of its column, so that a row costs what it holds, however many columns
 * its table has.
 */
#ifndef FERRY_MOVE_DIFF_CELLS_H
#define FERRY_MOVE_DIFF_CELLS_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "dv/column.h"
#include "dv/value.h"

/* The two sides of a comparison, numbered as the run file's source and target. */
enum diff_side { DIFF_OLD, DIFF_NEW };
#define DIFF_SIDES 2

struct diff_column {
	struct str name;
	bool declared[DIFF_SIDES];      /* the side's schema has it */
	bool told[DIFF_SIDES];          /* that the schema lacks it, but not the data */
	enum cmt_type type[DIFF_SIDES]; /* what the schema lacks has the other side's, or is text */
	struct str target[DIFF_SIDES];  /* the one table that a lookup points to; or empty */
	bool secret;                    /* its values are never shown */
	bool skipped; /* not compared: an environment does not tell it; of neither side a row has it */
	const struct column
		*column; /* of the environment that a package is compared with; or NULL */
};

/*
 * A value in its stored form (dv/value.h), but
 *   a party list   one party per line, sorted: mask, table, id or address, with tabs between
 *   a file, an image  its content, as a told cell of move/file_cell.h; raw, where that is not there
 *   a text that does not fit its type   the text as it is, `table` is DIFF_RAW
 * Never NULL or ABSENT: such a value is left out of its row.
 */
struct diff_value {
	uint32_t column;
	struct value value;
};
#define DIFF_RAW S("?")
bool diff_is_raw(const struct value *v);

/* A party list of these lines, each with its end. Sorts them. */
struct value diff_parties(struct arena *page, struct str *lines, size_t n);

/* Sorts the values by column; no column comes twice. */
void diff_cells_pack(struct buf *out, struct arena *page, struct diff_value *values, size_t n);
/* The values point into the blob. */
MUST_CHECK bool diff_cells_unpack(struct str blob, struct arena *page, struct diff_value **values,
				  size_t *n, struct err *e);

/*
 * By what they mean: decimals by value, dates as moments to the second (a clock without zone is UTC, a mere
 * date is its midnight), texts without line ends and layout of XML and JSON, lookups by id and table. A package
 * against an environment: what would be the same as a value of the environment's column (its precision, its
 * kind of date) is the same.
 */
bool diff_value_equal(struct arena *page, const struct diff_column *c, const struct value *old,
		      const struct value *new);

#endif
