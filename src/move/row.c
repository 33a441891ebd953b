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

static void add_column(const struct table *t, struct str name, struct row_columns *out)
{
	const struct column *c = table_column(t, name);

	for (size_t i = 0; i < out->n; i++)
		if (out->p[i] == c)
			return;
	if (c && c->read)
		out->p[out->n++] = c;
}

void row_columns_known(struct arena *a, const struct table *t, const struct known_table *known,
		       bool keys, struct row_columns *out)
{
	*out = (struct row_columns){ .p = arena_array(a, const struct column *, t->ncolumns) };
	add_column(t, t->primary_id, out);
	add_column(t, t->primary_name, out);
	for (size_t i = 0; i < known->nrows; i++) {
		const struct rows_rule *rule = &known->rows[i];
		add_column(t, rule->when_column, out);
		for (size_t k = 0; keys && k < rule->nkey; k++)
			add_column(t, rule->key[k], out);
	}
}

const struct value *row_columns_find(const struct row_columns *columns, const struct value *values,
				     struct str name)
{
	for (size_t i = 0; i < columns->n; i++)
		if (str_eq(columns->p[i]->name, name))
			return &values[i];
	return NULL;
}
