/* SPDX-License-Identifier: MIT */
/*
 * What is demanded of a row before it is written.
 */
#include "org/rules.h"

#include "org/code.h"

#include "base/banned.h"

static bool fail_column(const struct table *t, const struct column *c, bool is_create,
			struct err *e)
{
	if (!c->create && !c->update)
		return err_set_code(e, ERR_BAD_REQUEST, CODE_INVALID_ARGUMENT,
				    "column %.*s of table %.*s is read-only", STR_ARG(c->name),
				    STR_ARG(t->name));
	return err_set_code(e, ERR_BAD_REQUEST, CODE_INVALID_ARGUMENT,
			    "column %.*s of table %.*s can only be set %s", STR_ARG(c->name),
			    STR_ARG(t->name),
			    is_create ? "by an update" : "when the row is created");
}

bool rules_changeable(const struct table *t, const struct payload *p, struct err *e)
{
	for (size_t i = 0; i < p->n; i++) {
		if (!p->columns[i]->update)
			return fail_column(t, p->columns[i], false, e);
	}
	return true;
}

static struct payload without(struct arena *a, const struct table *t, const struct payload *p,
			      const struct column *c)
{
	struct payload rest = payload_make(a, t);

	for (size_t i = 0; i < p->n; i++) {
		if (p->columns[i] != c)
			payload_put(&rest, p->columns[i], &p->values[i]);
	}
	rest.has_id = p->has_id;
	rest.id = p->id;
	return rest;
}

bool rules_creatable(const struct store *s, struct arena *a, const struct table *t,
		     const struct payload *p, struct payload *out, struct err *e)
{
	struct payload taken = *p;

	for (size_t i = 0; i < p->n; i++) {
		const struct column *c = p->columns[i];

		if (c->create)
			continue;
		if (c->type != COLUMN_STATE || s->variants.new_state == NEW_STATE_REFUSED)
			return fail_column(t, c, true, e);
		if (s->variants.new_state == NEW_STATE_IGNORED)
			taken = without(a, t, p, c);
	}
	*out = taken;
	return true;
}

static bool fail_state(const struct row *row, struct str column, const char *why, struct err *e)
{
	return err_set_code(e, ERR_BAD_REQUEST, CODE_STATE, "table %.*s: %.*s: %s",
			    STR_ARG(row->table->name), STR_ARG(column), why);
}

static int32_t number(const struct value *v)
{
	int64_t n;
	bool ok = str_parse_i64(v->text, &n);

	assert(ok && n >= INT32_MIN && n <= INT32_MAX);
	return (int32_t)n;
}

static struct value number_value(struct arena *a, int32_t n)
{
	return (struct value){ .kind = VALUE_TEXT, .text = str_from_i64(a, n) };
}

/* The status of a state when nobody tells one; false when the state has none. */
static bool default_status(const struct column *state, const struct column *status, int32_t of,
			   int32_t *out)
{
	const struct option *chosen = column_option(state, of);
	bool found = false;

	if (chosen && chosen->default_status != 0) {
		*out = chosen->default_status;
		return true;
	}
	for (size_t i = 0; i < status->noptions; i++) {
		const struct option *o = &status->options[i];

		if (o->state != of || (found && o->value > *out))
			continue;
		*out = o->value;
		found = true;
	}
	return found;
}

/* The pair of the row, with `stored` for a state that is not given. */
static bool settle_state(struct arena *a, struct row *row, int32_t stored, struct err *e)
{
	const struct column *state = table_column(row->table, S("statecode"));
	const struct column *status = table_column(row->table, S("statuscode"));
	struct value *vstate = row_value(row, S("statecode"));
	struct value *vstatus = row_value(row, S("statuscode"));
	int32_t n = stored;
	int32_t reason = 0;

	if (vstate->kind == VALUE_NULL)
		return fail_state(row, state->name, "a row always has a state", e);
	if (vstatus->kind == VALUE_NULL)
		return fail_state(row, status->name, "a row always has a status", e);
	if (vstate->kind == VALUE_TEXT)
		n = number(vstate);
	if (vstatus->kind == VALUE_TEXT) {
		const struct option *o = column_option(status, number(vstatus));

		if (!o || o->state != n)
			return fail_state(row, status->name, "this status belongs to another state",
					  e);
	} else if (default_status(state, status, n, &reason)) {
		*vstatus = number_value(a, reason);
	}
	*vstate = number_value(a, n);
	return true;
}

static bool has_state(const struct row *row)
{
	return row_value(row, S("statecode")) && row_value(row, S("statuscode"));
}

bool rules_new_state(struct arena *a, struct row *row, struct err *e)
{
	const struct column *state = table_column(row->table, S("statecode"));
	int32_t first = 0;

	if (!has_state(row))
		return true;
	if (state->has_default)
		first = state->default_value;
	else if (state->noptions > 0)
		first = state->options[0].value;
	return settle_state(a, row, first, e);
}

bool rules_changed_state(struct store *s, struct arena *a, struct row *row, struct err *e)
{
	struct value stored;

	if (!has_state(row) || (row_value(row, S("statecode"))->kind == VALUE_ABSENT &&
				row_value(row, S("statuscode"))->kind == VALUE_ABSENT))
		return true;
	if (!row_read(s, a, row->table, row->id, S("statecode"), &stored, e))
		return false;
	return settle_state(a, row, stored.kind == VALUE_TEXT ? number(&stored) : 0, e);
}

bool rules_required(const struct row *row, bool is_new, struct err *e)
{
	for (size_t i = 0; i < row->table->ncolumns; i++) {
		const struct column *c = &row->table->columns[i];
		enum value_kind kind = row->values[i].kind;

		if (c->required != REQUIRED_SYSTEM || !store_has_column(c) ||
		    str_eq(c->name, row->table->primary_id))
			continue;
		if (kind == VALUE_NULL || (is_new && c->create && kind == VALUE_ABSENT))
			return err_set_code(e, ERR_BAD_REQUEST, CODE_REQUIRED_MISSING,
					    "column %.*s of table %.*s must have a value",
					    STR_ARG(c->name), STR_ARG(row->table->name));
	}
	return true;
}

static bool check_reference(struct store *s, const struct row *row, const struct column *c,
			    const struct value *v, struct err *e)
{
	const struct table *target;
	int64_t version = -1;
	struct guid id;
	bool ok = guid_parse(v->text, &id);

	assert(ok && v->table.n > 0);
	if (str_eq(v->table, row->table->name) && guid_eq(id, row->id))
		return true;
	if (!store_table(s, v->table, &target, e))
		return false;
	if (target && !row_version(s, target, id, &version, e))
		return false;
	if (version >= 0)
		return true;
	return err_set_code(e, ERR_NOT_FOUND, CODE_ROW_MISSING,
			    "column %.*s of table %.*s points to the row %.*s of table %.*s, which "
			    "does not exist",
			    STR_ARG(c->name), STR_ARG(row->table->name), STR_ARG(v->text),
			    STR_ARG(v->table));
}

bool rules_references(struct store *s, const struct row *row, struct err *e)
{
	for (size_t i = 0; i < row->table->ncolumns; i++) {
		const struct column *c = &row->table->columns[i];

		if (row->values[i].kind == VALUE_REF &&
		    !check_reference(s, row, c, &row->values[i], e))
			return false;
	}
	return true;
}
