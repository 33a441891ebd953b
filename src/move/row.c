/* SPDX-License-Identifier: MIT */
/*
 * Conditions and keys of rows, asked of values in stored form.
 */
#include "move/row.h"

#include "base/buf.h"
#include "base/limits.h"

#include "base/banned.h"

static bool holds(enum when_op op, struct str want, const struct value *v)
{
	if (op == WHEN_ALWAYS)
		return true;
	if (!v || v->kind == VALUE_ABSENT)
		return false;
	struct str text = v->kind == VALUE_NULL ? (struct str){ 0 } : v->text;
	switch (op) {
	case WHEN_ALWAYS:
		return true;
	case WHEN_EQ:
		return str_eq(text, want);
	case WHEN_NE:
		return !str_eq(text, want);
	case WHEN_NULL:
		return text.n == 0;
	case WHEN_NOT_NULL:
		return text.n > 0;
	case WHEN_BEGINS:
		return str_starts(text, want);
	case WHEN_NOT_BEGINS:
		return text.n > 0 && !str_starts(text, want);
	case WHEN_CONTAINS:
		return str_find(text, want) != STR_NONE;
	}
	return false;
}

bool row_when_value(const struct rows_rule *rule, const struct value *v)
{
	return holds(rule->op, rule->when_value, v);
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
	for (size_t i = 0; known && i < known->nrows; i++) {
		const struct rows_rule *rule = &known->rows[i];
		add_column(t, rule->when_column, out);
		for (size_t k = 0; keys && k < rule->nkeys; k++)
			for (size_t n = 0; n < rule->keys[k].n; n++)
				add_column(t, rule->keys[k].columns[n], out);
	}
	for (size_t i = 0; known && i < known->nunfit; i++) {
		add_column(t, known->unfit[i].when_column, out);
		add_column(t, known->unfit[i].same, out);
		add_column(t, known->unfit[i].but_column, out);
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

static const struct value *own_value(const struct reference_key *own, size_t n, struct str column)
{
	for (size_t i = 0; i < n; i++)
		if (str_eq(own[i].column, column))
			return &own[i].value;
	return NULL;
}

static bool is_same(struct str column, const struct row_columns *columns,
		    const struct value *values, const struct reference_key *own, size_t nown)
{
	const struct value *is = row_columns_find(columns, values, column);
	const struct value *was = own_value(own, nown, column);

	return is && was && !value_is_empty(is) && str_eq(is->text, was->text);
}

static bool is_excepted(const struct unfit_rule *rule, const struct row_columns *columns,
			const struct value *values)
{
	const struct value *v = row_columns_find(columns, values, rule->but_column);

	for (size_t i = 0; v && i < rule->nbut; i++)
		if (str_eq(v->text, rule->but[i]))
			return true;
	return false;
}

const struct unfit_rule *row_unfit(const struct known_table *known,
				   const struct row_columns *columns, const struct value *values,
				   const struct reference_key *own, size_t nown)
{
	for (size_t i = 0; known && i < known->nunfit; i++) {
		const struct unfit_rule *rule = &known->unfit[i];
		const struct value *v = row_columns_find(columns, values, rule->when_column);

		if (holds(rule->op, rule->when_value, v) && !is_excepted(rule, columns, values) &&
		    !is_same(rule->same, columns, values, own, nown))
			return rule;
	}
	return NULL;
}

static bool is_lookup_to(const struct column *c, struct str to)
{
	for (size_t i = 0; c && i < c->ntargets; i++)
		if (str_eq(c->targets[i], to))
			return true;
	return false;
}

bool row_keys_point(const struct known_table *known, const struct table *t, struct str to)
{
	for (size_t i = 0; known && i < known->nrows; i++) {
		const struct rows_rule *rule = &known->rows[i];

		for (size_t k = 0; k < rule->nkeys; k++)
			for (size_t n = 0; n < rule->keys[k].n; n++)
				if (is_lookup_to(table_column(t, rule->keys[k].columns[n]), to))
					return true;
	}
	return false;
}

int64_t row_etag_version(struct str etag)
{
	size_t quote = str_find_char(etag, '"');
	struct str rest = quote == STR_NONE ? etag : str_skip(etag, quote + 1);
	int64_t version;

	return str_parse_i64(str_sub(rest, 0, rest.n > 0 ? rest.n - 1 : 0), &version) ? version : 0;
}
