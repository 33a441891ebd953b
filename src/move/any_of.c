/* SPDX-License-Identifier: MIT */
/*
 * Putting a question for several keys together.
 */
#include "move/any_of.h"

#include "base/banned.h"

void any_of_add(struct arena *a, struct any_of *q, const struct str *columns,
		const struct value *values, size_t n)
{
	struct fetch_condition *conditions = arena_array(a, struct fetch_condition, n);

	for (size_t i = 0; i < n; i++) {
		struct str *value = arena_new(a, struct str);
		*value = str_dup(a, values[i].text);
		conditions[i] = (struct fetch_condition){ .attribute = columns[i],
							  .op = FETCH_EQ,
							  .op_name = S("eq"),
							  .values = value,
							  .nvalues = 1 };
	}
	*VEC_PUSH(a, &q->alternatives) =
		(struct fetch_filter){ .conditions = conditions, .nconditions = n };
	q->conditions += n;
}

struct fetch any_of_query(struct any_of *q, struct str table)
{
	q->whole = (struct fetch_filter){ .any = true,
					  .filters = q->alternatives.p,
					  .nfilters = q->alternatives.n };
	return (struct fetch){ .entity = { .table = table, .filters = &q->whole, .nfilters = 1 } };
}
