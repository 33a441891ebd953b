/* SPDX-License-Identifier: MIT */
/*
 * Conditions and keys of rows, asked of values in stored form.
 */
#include "move/row.h"

#include "base/buf.h"
#include "base/limits.h"

#include "base/banned.h"

bool row_when_value(const struct rows_rule *rule, const struct value *v)
{
	if (rule->op == WHEN_ALWAYS)
		return true;
	if (!v || v->kind == VALUE_ABSENT)
		return false;
	struct str text = v->kind == VALUE_NULL ? (struct str){ 0 } : v->text;
	switch (rule->op) {
	case WHEN_ALWAYS:
		return true;
	case WHEN_EQ:
		return str_eq(text, rule->when_value);
	case WHEN_NE:
		return !str_eq(text, rule->when_value);
	case WHEN_NULL:
		return text.n == 0;
	case WHEN_NOT_NULL:
		return text.n > 0;
	case WHEN_BEGINS:
		return str_starts(text, rule->when_value);
	case WHEN_NOT_BEGINS:
		return text.n > 0 && !str_starts(text, rule->when_value);
	}
	return false;
}

bool row_when(const struct rows_rule *rule, const struct column *const *columns,
	      const struct value *values, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (str_eq(columns[i]->name, rule->when_column))
			return row_when_value(rule, &values[i]);
	return row_when_value(rule, NULL);
}

bool row_key(struct arena *a, const struct value *const *parts, size_t n, struct str *out)
{
	DEFER(buf_release) struct buf b = buf_make(0);

	for (size_t i = 0; i < n; i++) {
		if (value_is_empty(parts[i]))
			return false;
		/* The length in front keeps "a" "bc" and "ab" "c" apart. */
		buf_add_fmt(&b, "%zu:", parts[i]->text.n);
		buf_add(&b, parts[i]->text);
	}
	*out = str_dup(a, buf_str(&b));
	return true;
}
