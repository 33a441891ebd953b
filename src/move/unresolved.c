/* SPDX-License-Identifier: MIT */
/*
 * The rules of --on-unresolved.
 */
#include "move/unresolved.h"

#include "base/nearest.h"

#include "base/banned.h"

static bool is_relationship(const struct tab *t, struct str name)
{
	for (size_t i = 0; i < t->nrelationships; i++)
		if (str_eq(t->relationships[i].relationship->name, name) ||
		    str_eq(t->relationships[i].link->schema_name, name))
			return true;
	return false;
}

static bool is_field(const struct tab *t, struct str name)
{
	size_t at = tab_column(t, name);

	return at < t->nfields || is_relationship(t, name);
}

static const char *meant(struct job *j, const struct nearest *near)
{
	return near->best ? str_fmt(j->arena, "; did you mean %s?", near->best).p : "";
}

static bool unknown_table(struct job *j, struct str table, struct err *e)
{
	struct nearest near = nearest_to(table);

	for (size_t i = 0; i < j->tabs.n; i++)
		nearest_offer(&near, str_cstr(j->arena, j->tabs.p[i].table->name));
	return err_set(e, ERR_USAGE,
		       "--on-unresolved %.*s: the package has no table of that name%s",
		       STR_ARG(str_sub(table, 0, 80)), meant(j, &near));
}

static bool unknown_column(struct job *j, const struct tab *t, struct str column, struct err *e)
{
	struct nearest near = nearest_to(column);

	for (size_t i = 0; i < t->nfields; i++)
		nearest_offer(&near, str_cstr(j->arena, t->columns[i].name));
	return err_set(
		e, ERR_USAGE,
		"--on-unresolved %.*s.%.*s: the schema of the package has no such column of the "
		"table%s",
		STR_ARG(t->table->name), STR_ARG(str_sub(column, 0, 80)), meant(j, &near));
}

static bool check_column(struct job *j, const struct unresolved_rule *rule, struct err *e)
{
	if (rule->table.n > 0) {
		const struct tab *t = tabs_find(&j->tabs, rule->table);

		if (!t)
			return unknown_table(j, rule->table, e);
		return rule->column.n == 0 || is_field(t, rule->column) ||
		       unknown_column(j, t, rule->column, e);
	}
	for (size_t i = 0; i < j->tabs.n; i++)
		if (is_field(&j->tabs.p[i], rule->column))
			return true;
	return rule->column.n == 0 ||
	       err_set(e, ERR_USAGE, "--on-unresolved: no table of the package has a column %.*s",
		       STR_ARG(str_sub(rule->column, 0, 80)));
}

bool unresolved_check(struct job *j, struct err *e)
{
	for (size_t i = 0; i < j->decisions.nunresolved; i++)
		if (!check_column(j, &j->decisions.unresolved[i], e))
			return false;
	return true;
}

/* How close a rule is; 0: it is about something else. */
static int closeness(const struct unresolved_rule *rule, struct str table, struct str column,
		     struct str other_name)
{
	if (rule->table.n > 0 && !str_eq(rule->table, table))
		return 0;
	if (rule->column.n > 0 && !str_eq(rule->column, column) &&
	    !(other_name.n > 0 && str_eq(rule->column, other_name)))
		return 0;
	return 1 + (rule->table.n > 0 ? 1 : 0) + (rule->column.n > 0 ? 2 : 0);
}

enum on_unresolved unresolved_rule_for(const struct decisions *d, struct str table,
				       struct str column, struct str other_name)
{
	enum on_unresolved what = UNRESOLVED_FAIL;
	int best = 0;

	for (size_t i = 0; i < d->nunresolved; i++) {
		int close = closeness(&d->unresolved[i], table, column, other_name);

		if (close > 0 && close >= best) {
			best = close;
			what = d->unresolved[i].what;
		}
	}
	return what;
}
