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
#include "org/cells_full.h"
#include "org/format.h"
#include "org/secured.h"

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
	size_t scale;              /* of money and rates: digits after the point, at least */
	bool secured;              /* the caller may not read it */
	struct str mask;           /* what he sees instead; empty: null */
	struct str type_key, type; /* of full metadata */
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

#define MONEY_SCALE 4
#define BASE_MONEY_SCALE 10 /* of <name>_base */
#define RATE_SCALE 12

static size_t scale_of(const struct column *c)
{
	if (c->type == COLUMN_MONEY)
		return str_ends(c->name, S("_base")) ? BASE_MONEY_SCALE : MONEY_SCALE;
	return c->type == COLUMN_DECIMAL && str_eq(c->name, S("exchangerate")) ? RATE_SCALE : 0;
}

static bool make_cell(const struct result *r, struct cells *cells, struct cell *cell, struct err *e)
{
	const struct query_column *q = cell->column;
	const struct column *c = q->shown;
	bool own = q->field.node == &r->query->root && !q->group;
	bool readable;

	if (!secured_readable(r->store, q->field.node->table, q->field.column, &readable, e))
		return false;
	cell->secured = !readable;
	if (cell->secured)
		cell->mask = secured_mask(r->store, q->field.column);
	if (r->prefer->metadata == METADATA_FULL) {
		cell->type = cells_full_type(c);
		cell->type_key = str_fmt(r->arena, "%.*s@odata.type", STR_ARG(q->property));
	}
	cell->scale = scale_of(c);
	if (q->annotate_name)
		cell->attribute_key = annotation(r, q->property, ATTRIBUTE_NAME);
	if (!column_is_lookup(c)) {
		if (format_applies(c))
			cell->formatted_key = annotation(r, q->property, ODATA_FORMATTED);
		if (cell->formatted_key.n > 0 && c->type == COLUMN_DATETIME)
			return caller_zone(&cells->caller, &cells->format.zone, e);
		return true;
	}
	if (own)
		cell->navigation_key = annotation(r, q->property, ODATA_NAVIGATION);
	cell->table_key = annotation(r, q->property, ODATA_LOOKUP_TABLE);
	cell->formatted_key = annotation(r, q->property, ODATA_FORMATTED);
	return make_targets(r, cells, cell, e);
}

/* Users and teams are principals, whose key is ownerid (facts/webapi.md 1.4). */
static int principal_at(const struct query *q)
{
	struct str table = q->root.table->name;

	if (!q->nulls || (!str_eq(table, S("systemuser")) && !str_eq(table, S("team"))))
		return -1;
	for (size_t i = 0; i < q->columns.n; i++) {
		if (query_is_key(q, q->columns.p[i].field))
			return q->columns.p[i].at;
	}
	return -1;
}

static int find_currency(const struct query *q)
{
	for (size_t i = 0; i < q->columns.n && !q->aggregate; i++) {
		const struct query_column *c = &q->columns.p[i];

		if (c->field.node == &q->root &&
		    str_eq(c->field.column->name, S("transactioncurrencyid")))
			return c->at;
	}
	return -1;
}

bool cells_make(const struct result *r, struct cells *out, struct err *e)
{
	struct cells cells = {
		.names = names_make(r->store, r->arena),
		.n = r->query->columns.n,
		.result = r,
		.caller = caller_make(r->store, r->arena),
		.currencies = { .store = r->store, .arena = r->arena },
		.currency_at = find_currency(r->query),
		.principal_at = principal_at(r->query),
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
	caller_close(&c->caller);
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

/* Of the row itself; aggregates and rows of links are shown in the organization's. */
static bool choose_currency(struct cells *c, const struct cell *cell, const struct stmt *st,
			    struct err *e)
{
	const struct query_column *q = cell->column;
	bool own = c->currency_at >= 0 && q->field.node == &c->result->query->root;

	if (q->shown->type != COLUMN_MONEY)
		return true;
	return currency_find(&c->currencies, own ? stmt_str(st, c->currency_at) : S(""),
			     &c->format.currency, e);
}

static bool annotate(struct cells *c, const struct cell *cell, struct json_writer *w,
		     const struct stmt *st, struct str text, struct err *e)
{
	const struct column *column = cell->column->shown;

	write_annotation(w, cell->attribute_key, cell->column->field.column->name);
	if (cell->targets)
		return annotate_lookup(c, cell, w, st, text, e);
	if (cell->formatted_key.n == 0)
		return true;
	buf_clear(&c->scratch);
	if (!choose_currency(c, cell, st, e))
		return false;
	format_value(&c->scratch, &c->format, column, text);
	write_annotation(w, cell->formatted_key, buf_str(&c->scratch));
	return true;
}

static size_t skip_digits(struct str s, size_t at)
{
	while (at < s.n && s.p[at] >= '0' && s.p[at] <= '9')
		at++;
	return at;
}

/* -12.50, 1E+17: as JSON has them */
static bool is_json_number(struct str s)
{
	size_t whole = str_starts(s, S("-")) ? 1 : 0;
	size_t at = skip_digits(s, whole);

	if (at == whole || (s.p[whole] == '0' && at > whole + 1))
		return false;
	if (at < s.n && s.p[at] == '.') {
		size_t fraction = at + 1;

		at = skip_digits(s, fraction);
		if (at == fraction)
			return false;
	}
	if (at < s.n && (s.p[at] == 'e' || s.p[at] == 'E')) {
		size_t sign = at + 1;
		size_t exponent =
			sign < s.n && (s.p[sign] == '+' || s.p[sign] == '-') ? sign + 1 : sign;

		at = skip_digits(s, exponent);
		if (at == exponent)
			return false;
	}
	return at == s.n;
}

/* The file is open to other programs: what they wrote must not break the answer's JSON. */
static bool check_number(const struct column *c, struct str text, struct err *e)
{
	enum query_form form = query_form(c);

	if (form != FORM_INTEGER && form != FORM_REAL && form != FORM_DECIMAL)
		return true;
	if (is_json_number(text))
		return true;
	return err_set(e, ERR_INTERNAL,
		       "the organization's file holds \"%.*s\" in column '%.*s', which is no "
		       "number",
		       STR_ARG(str_sub(text, 0, 60)), STR_ARG(c->name));
}

static void write_secured(struct cells *c, const struct cell *cell, struct json_writer *w,
			  const struct stmt *st)
{
	bool masked = cell->mask.n > 0 && !stmt_is_null(st, cell->column->at);

	if (!masked && !c->result->query->nulls)
		return;
	json_key(w, cell->column->property);
	if (masked)
		json_str(w, cell->mask);
	else
		json_null(w);
}

/* Digits of an exact number's scale are told, also where they are 0 (facts/webapi.md 2.2). */
static struct str padded(struct cells *c, struct str number, size_t scale)
{
	size_t point = str_find_char(number, '.');
	size_t have = point == STR_NONE ? 0 : number.n - point - 1;

	if (have >= scale)
		return number;
	buf_clear(&c->scratch);
	buf_add(&c->scratch, number);
	if (point == STR_NONE)
		buf_add_char(&c->scratch, '.');
	for (; have < scale; have++)
		buf_add_char(&c->scratch, '0');
	return buf_str(&c->scratch);
}

static bool write_cell(struct cells *c, const struct cell *cell, struct json_writer *w,
		       const struct stmt *st, struct err *e)
{
	const struct query_column *q = cell->column;
	const struct column *column = q->shown;
	struct value v = { .kind = VALUE_TEXT };
	char number[DOUBLE_TEXT_SIZE];

	if (cell->secured) {
		write_secured(c, cell, w, st);
		return true;
	}
	if (stmt_is_null(st, q->at)) {
		if (!c->result->query->nulls)
			return true;
		v.kind = VALUE_NULL;
	} else {
		v.text = query_form(column) == FORM_REAL
				 ? double_format(stmt_double(st, q->at), number)
				 : stmt_str(st, q->at);
		if (!check_number(column, v.text, e) || !annotate(c, cell, w, st, v.text, e))
			return false;
	}
	write_annotation(w, cell->type_key, cell->type);
	json_key(w, q->property);
	if (v.kind == VALUE_TEXT && cell->scale > 0)
		json_num(w, padded(c, v.text, cell->scale));
	else
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
	const struct result *r = c->result;

	r->store->touched++;
	if (r->prefer->metadata == METADATA_FULL)
		cells_full_row(r, w, st);
	if (r->query->version_at >= 0 && !r->no_etag && r->prefer->metadata != METADATA_NONE)
		write_etag(w, stmt_i64(st, r->query->version_at));
	for (size_t i = 0; i < c->n; i++) {
		if (!write_cell(c, &c->p[i], w, st, e))
			return false;
	}
	if (c->principal_at >= 0) {
		json_key(w, S("ownerid"));
		json_str(w, stmt_str(st, c->principal_at));
	}
	return !r->hook.write || r->hook.write(r->hook.context, w, st, e);
}
