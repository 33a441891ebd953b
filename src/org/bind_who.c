/* SPDX-License-Identifier: MIT */
/*
 * Conditions about people and hierarchies: each becomes a list of ids. A list that is empty matches no row.
 */
#include "dv/value_form.h"
#include "org/bind_test.h"
#include "org/code.h"
#include "org/hierarchy.h"

#include "base/banned.h"

enum {
	SELF = 1,
	TEAMS = 2,
	REPORTS = 4, /* the user and everybody below him */
	UNIT = 8,
	ABOVE = 16,
	BELOW = 32,
	ROW = 64 /* the row that the value names */
};

static const struct {
	enum fetch_op op;
	unsigned who;
} RULES[] = {
	{ FETCH_EQ_USER, SELF },
	{ FETCH_NE_USER, SELF },
	{ FETCH_EQ_USER_TEAMS, TEAMS },
	{ FETCH_EQ_USER_OR_TEAMS, SELF | TEAMS },
	{ FETCH_EQ_USER_OR_HIERARCHY, REPORTS },
	{ FETCH_EQ_USER_OR_HIERARCHY_AND_TEAMS, REPORTS | TEAMS },
	{ FETCH_EQ_UNIT, UNIT },
	{ FETCH_NE_UNIT, UNIT },
	{ FETCH_ABOVE, ABOVE },
	{ FETCH_EQ_OR_ABOVE, ABOVE | ROW },
	{ FETCH_UNDER, BELOW },
	{ FETCH_EQ_OR_UNDER, BELOW | ROW },
	{ FETCH_NOT_UNDER, BELOW },
};

static unsigned who_of(enum fetch_op op)
{
	for (size_t i = 0; i < COUNT_OF(RULES); i++) {
		if (RULES[i].op == op)
			return RULES[i].who;
	}
	return 0;
}

bool bind_is_who(enum fetch_op op)
{
	return who_of(op) != 0 || op == FETCH_EQ_USER_LANGUAGE;
}

static bool points_to(const struct column *c, struct str table)
{
	for (size_t i = 0; i < c->ntargets; i++) {
		if (str_eq(c->targets[i], table))
			return true;
	}
	return false;
}

/* Who may stand in the column: of a uniqueidentifier nobody can tell. */
static bool may_hold(const struct query_field *f, unsigned who)
{
	const struct column *c = f->column;

	if (c->type == COLUMN_GUID || c->type == COLUMN_OWNER)
		return true;
	if (!column_is_lookup(c))
		return false;
	if (who & UNIT)
		return points_to(c, S("businessunit"));
	if (who == TEAMS)
		return points_to(c, S("team"));
	return points_to(c, S("systemuser")) || ((who & TEAMS) && points_to(c, S("team")));
}

/* A row of every language is one of the user's too (S4C FetchXml2Sql.cs). */
#define EVERY_LANGUAGE (-1)

static bool bind_language(struct binding *b, const struct fetch_condition *c, struct query_test *t,
			  struct err *e)
{
	if (query_form(t->field.column) != FORM_INTEGER)
		return bind_refuse(c, t, e);
	t->op = QUERY_IN;
	t->nparams = 2;
	t->params = arena_array(b->a, struct query_param, t->nparams);
	t->params[0].kind = t->params[1].kind = PARAM_INTEGER;
	t->params[1].integer = EVERY_LANGUAGE;
	return caller_language(&b->caller, &t->params[0].integer, e);
}

static bool add_people(struct binding *b, unsigned who, struct ids *ids, struct err *e)
{
	struct caller *c = &b->caller;

	if (who & SELF)
		ids_add(ids, c->store->caller);
	if ((who & UNIT) && !caller_add_unit(c, ids, e))
		return false;
	if ((who & REPORTS) && !caller_add_reports(c, ids, e))
		return false;
	return !(who & TEAMS) || caller_add_teams(c, who & REPORTS, ids, e);
}

/* The table whose rows the column names: its own, or the first one pointed to that has a hierarchy. */
static bool find_hierarchy(struct binding *b, const struct query_test *t, const struct table **out,
			   struct err *e)
{
	const struct column *c = t->field.column;
	const struct table *own = t->field.node->table;
	bool key = c == table_primary(own);

	if (key && hierarchy_of(own)) {
		*out = own;
		return true;
	}
	for (size_t i = 0; !key && i < c->ntargets; i++) {
		const struct table *target;

		if (!store_table(b->caller.store, c->targets[i], &target, e))
			return false;
		if (target && hierarchy_of(target)) {
			*out = target;
			return true;
		}
	}
	if (!key && c->ntargets > 0)
		own = NULL;
	return err_set_code(e, ERR_BAD_REQUEST, CODE_NO_HIERARCHY,
			    "a hierarchical operator on column '%.*s', but %.*s has no "
			    "hierarchical relationship",
			    STR_ARG(c->name), STR_ARG(own ? own->name : c->targets[0]));
}

static bool add_hierarchy(struct binding *b, const struct fetch_condition *c,
			  const struct query_test *t, unsigned who, struct ids *ids, struct err *e)
{
	const struct table *table = NULL;
	struct guid row;
	struct str text;

	if (query_form(t->field.column) != FORM_ID)
		return bind_refuse(c, t, e);
	if (!find_hierarchy(b, t, &table, e))
		return false;
	if (!form_guid(b->a, c->values[0], &text, e))
		return bind_bad_value(c, e);
	if (!guid_parse(text, &row)) {
		(void)err_set(e, ERR_BAD_REQUEST, "'%.*s' is no id", STR_ARG(text));
		return bind_bad_value(c, e);
	}
	if (who & ROW)
		ids_add(ids, row);
	return hierarchy_add(b->caller.store, table, row, who & BELOW, ids, e);
}

bool bind_who(struct binding *b, const struct fetch_condition *c, struct query_test *t,
	      struct err *e)
{
	unsigned who = who_of(c->op);
	struct ids ids = { .arena = b->a };

	if (c->op == FETCH_EQ_USER_LANGUAGE)
		return bind_language(b, c, t, e);
	if (who & (ABOVE | BELOW)) {
		if (!add_hierarchy(b, c, t, who, &ids, e))
			return false;
	} else if (!may_hold(&t->field, who)) {
		return bind_refuse(c, t, e);
	} else if (!add_people(b, who, &ids, e)) {
		return false;
	}
	t->op = QUERY_IDS;
	t->nparams = 1;
	t->params = arena_new(b->a, struct query_param);
	*t->params = (struct query_param){ .kind = PARAM_TEXT, .text = ids_json(&ids) };
	return true;
}
