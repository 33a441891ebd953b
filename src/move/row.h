/* SPDX-License-Identifier: MIT */
/*
 * Small questions about the values of one row.
 */
#ifndef FERRY_MOVE_ROW_H
#define FERRY_MOVE_ROW_H

#include "base/arena.h"
#include "base/str.h"
#include "dv/column.h"
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

#endif
