/* SPDX-License-Identifier: MIT */
/*
 * Small questions about the values of one row.
 */
#ifndef FERRY_MOVE_ROW_H
#define FERRY_MOVE_ROW_H

#include "base/arena.h"
#include "base/str.h"
#include "dv/references.h"
#include "dv/table.h"
#include "dv/value.h"
#include "move/knowledge.h"

/* Whether the condition of a rule holds; a column that the row does not tell never holds. */
bool row_when_value(const struct rows_rule *rule, const struct value *v);
/* The same where columns[i] names values[i]. */
bool row_when(const struct rows_rule *rule, const struct column *const *columns,
	      const struct value *values, size_t n);

/*
 * The text of a key: its parts joined so that different parts give different texts. False when a part is
 * empty or not told: such a key matches nothing. A key without parts is the same for every row.
 */
bool row_key(struct arena *a, const struct value *const *parts, size_t n, struct str *out);

/*
 * The columns that tell what kind of row of its table a row is: the primary id, the primary name where there
 * is one, the columns of the rules' conditions and of what makes a row unfit, and with `keys` those of their keys. Each
 * once; what cannot be read is left out. On the arena. `known` may be NULL.
 */
struct row_columns {
	const struct column **p;
	size_t n;
};
void row_columns_known(struct arena *a, const struct table *t, const struct known_table *known,
		       bool keys, struct row_columns *out);
/* The value of a column by name, where values[i] is that of columns[i]; NULL when it is not among them. */
const struct value *row_columns_find(const struct row_columns *columns, const struct value *values,
				     struct str name);

/*
 * Why a row of the target may not be taken silently for one of the source, of which `own` tells some values; NULL when it may.
 * `known` may be NULL.
 */
const struct unfit_rule *row_unfit(const struct known_table *known,
				   const struct row_columns *columns, const struct value *values,
				   const struct reference_key *own, size_t nown);
/* Whether a column of one of the table's keys is a lookup to table `to`. `known` may be NULL. */
bool row_keys_point(const struct known_table *known, const struct table *t, struct str to);

/* The number in an etag, W/"1234567"; 0: there is none. */
int64_t row_etag_version(struct str etag);

#endif
