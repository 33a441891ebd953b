/* SPDX-License-Identifier: MIT */
/*
 * Writing properties. This is the inner loop of every read: nothing here allocates per value, but for the
 * names of rows not met before.
 */
#include "org/cells.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/decimal.h"
#include "dv/odata.h"
#include "dv/value.h"
#include "org/format.h"

#include "base/banned.h"

#define ATTRIBUTE_NAME "OData.Community.Display.V1.AttributeName"

/* A table that a lookup may point to. */
struct target {
	struct str table;
	struct str navigation;
	struct name_table *names; /* NULL: names are not shown */
};

struct cell {
	const struct query_column *column;
	struct str attribute_key, navigation_key, table_key, formatted_key; /* empty: not shown */
	struct target *targets;
	size_t ntargets;
};

static struct str annotation(const struct result *r, struct str property, const char *name)
{
	if (!prefer_annotation(r->prefer, str_from(name)))
		return S("");
	return str_fmt(r->arena, "%.*s@%s", STR_ARG(property), name);
}

static bool make_targets(const struct result *r, struct cells *cells, struct cell *cell,
			 struct err *e)
{
	const struct query_field *f = &cell->column->field;
	const struct column *c = f->column;

	cell->targets = arena_array(r->arena, struct target, c->ntargets);
	cell->ntargets = c->ntargets;
	for (size_t i = 0; i < c->ntargets; i++) {
		const struct many_to_one *m = table_lookup(f->node->table, c->name, c->targets[i]);
		struct target *t = &cell->targets[i];

		t->table = c->targets[i];
		t->navigation = m ? m->navigation : S("");
		if (cell->formatted_key.n > 0 && !names_of(&cells->names, t->table, &t->names, e))
			return false;
	}
	return true;
}

static bool make_cell(const struct result *r, struct cells *cells, struct cell *cell, struct err *e)
{
	const struct query_column *q = cell->column;
	const struct column *c = q->field.column;
	bool own = q->field.node == &r->query->root;

	if (q->annotate_name)
		cell->attribute_key = annotation(r, q->property, ATTRIBUTE_NAME);
	if (!column_is_lookup(c)) {
		if (format_applies(c))
			cell->formatted_key = annotation(r, q->property, ODATA_FORMATTED);
		return true;
	}
	if (own)
		cell->navigation_key = annotation(r, q->property, ODATA_NAVIGATION);
	cell->table_key = annotation(r, q->property, ODATA_LOOKUP_TABLE);
	cell->formatted_key = annotation(r, q->property, ODATA_FORMATTED);
	return make_targets(r, cells, cell, e);
}

bool cells_make(const struct result *r, struct cells *out, struct err *e)
{
	struct cells cells = {
		.names = names_make(r->store, r->arena),
		.n = r->query->columns.n,
		.query = r->query,
		.scratch = buf_make(0),
	};

	cells.p = arena_array(r->arena, struct cell, cells.n);
	for (size_t i = 0; i < cells.n; i++) {
		cells.p[i].column = &r->query->columns.p[i];
		if (!make_cell(r, &cells, &cells.p[i], e)) {
			cells_close(&cells);
			return false;
		}
	}
	*out = cells;
	return true;
}

void cells_close(struct cells *c)
{
	names_close(&c->names);
	buf_release(&c->scratch);
}

static void write_annotation(struct json_writer *w, struct str key, struct str value)
{
	if (key.n == 0 || value.n == 0)
		return;
	json_key(w, key);
	json_str(w, value);
}

static const struct target *find_target(const struct cell *cell, const struct stmt *st)
{
	int type_at = cell->column->type_at;

	if (type_at < 0)
		return cell->ntargets > 0 ? &cell->targets[0] : NULL;

	struct str table = stmt_str(st, type_at);

	for (size_t i = 0; i < cell->ntargets; i++) {
		if (str_eq(cell->targets[i].table, table))
			return &cell->targets[i];
	}
	return NULL;
}

static bool annotate_lookup(struct cells *c, const struct cell *cell, struct json_writer *w,
			    const struct stmt *st, struct str id, struct err *e)
{
	const struct target *t = find_target(cell, st);
	struct str name = S("");

	if (!t)
		return true;
	if (t->names && !names_find(&c->names, t->names, id, &name, e))
		return false;
	write_annotation(w, cell->navigation_key, t->navigation);
	write_annotation(w, cell->table_key, t->table);
	write_annotation(w, cell->formatted_key, name);
	return true;
}

static bool annotate(struct cells *c, const struct cell *cell, struct json_writer *w,
		     const struct stmt *st, struct str text, struct err *e)
{
	const struct column *column = cell->column->field.column;

	write_annotation(w, cell->attribute_key, column->name);
	if (cell->targets)
		return annotate_lookup(c, cell, w, st, text, e);
	if (cell->formatted_key.n == 0)
		return true;
	buf_clear(&c->scratch);
	format_value(&c->scratch, column, text);
	write_annotation(w, cell->formatted_key, buf_str(&c->scratch));
	return true;
}

/* The file is open to other programs: what they wrote must not break the answer's JSON. */
static bool check_number(const struct column *c, struct str text, struct err *e)
{
	enum query_form form = query_form(c);
	double v;

	if (form != FORM_INTEGER && form != FORM_REAL && form != FORM_DECIMAL)
		return true;
	if (text.n > 0 && text.p[0] != '+' && text.p[text.n - 1] != '.' &&
	    str_parse_double(text, &v))
		return true;
	return err_set(e, ERR_INTERNAL,
		       "the organization's file holds \"%.*s\" in column '%.*s', which is no "
		       "number",
		       STR_ARG(str_sub(text, 0, 60)), STR_ARG(c->name));
}

static bool write_cell(struct cells *c, const struct cell *cell, struct json_writer *w,
		       const struct stmt *st, struct err *e)
{
	const struct query_column *q = cell->column;
	const struct column *column = q->field.column;
	struct value v = { .kind = VALUE_TEXT };
	char number[DOUBLE_TEXT_SIZE];

	if (stmt_is_null(st, q->at)) {
		if (!c->query->nulls)
			return true;
		v.kind = VALUE_NULL;
	} else {
		v.text = query_form(column) == FORM_REAL
				 ? double_format(stmt_double(st, q->at), number)
				 : stmt_str(st, q->at);
		if (!check_number(column, v.text, e) || !annotate(c, cell, w, st, v.text, e))
			return false;
	}
	json_key(w, q->property);
	value_to_json(w, column, &v);
	return true;
}

static void write_etag(struct json_writer *w, int64_t version)
{
	char text[40];
	int n = snprintf(text, sizeof(text), "W/\"%" PRId64 "\"", version);

	json_key(w, S("@odata.etag"));
	json_str(w, str_of(text, (size_t)n));
}

bool cells_write(struct cells *c, struct json_writer *w, const struct stmt *st, struct err *e)
{
	if (c->query->version_at >= 0)
		write_etag(w, stmt_i64(st, c->query->version_at));
	for (size_t i = 0; i < c->n; i++) {
		if (!write_cell(c, &c->p[i], w, st, e))
			return false;
	}
	return true;
}
