/* SPDX-License-Identifier: MIT */
/*
 * The names in --match and --adopt: said before anything is asked of the target.
 */
#include "move/keys.h"

#include "base/nearest.h"

#include "base/banned.h"

static const char *meant(struct job *j, const struct nearest *near)
{
	return near->best ? str_fmt(j->arena, "; did you mean %s?", near->best).p : "";
}

static bool check_table(struct job *j, const char *option, struct str table, struct tab **out,
			struct err *e)
{
	struct nearest near = nearest_to(table);

	*out = tabs_find(&j->tabs, table);
	if (*out)
		return true;
	for (size_t i = 0; i < j->tabs.n; i++)
		nearest_offer(&near, str_cstr(j->arena, j->tabs.p[i].table->name));
	return err_set(e, ERR_USAGE, "%s %.*s: the package has no table of that name%s", option,
		       STR_ARG(str_sub(table, 0, 80)), meant(j, &near));
}

/* A column that both sides tell. */
static bool check_column(struct job *j, const char *option, const struct tab *t, struct str column,
			 struct err *e)
{
	struct nearest near = nearest_to(column);
	size_t at = tab_column(t, column);

	if (!table_column(t->table, column)) {
		for (size_t i = 0; i < t->table->ncolumns; i++)
			nearest_offer(&near, str_cstr(j->arena, t->table->columns[i].name));
		return err_set(e, ERR_USAGE, "%s %.*s: the target's table has no column %.*s%s",
			       option, STR_ARG(t->table->name), STR_ARG(str_sub(column, 0, 80)),
			       meant(j, &near));
	}
	if (at == SIZE_MAX || at >= t->nfields)
		return err_set(
			e, ERR_USAGE,
			"%s %.*s: the schema of the package has no column %.*s, so none of its rows "
			"tells it; export it with that column",
			option, STR_ARG(t->table->name), STR_ARG(column));
	if (!t->columns[at].read)
		return err_set(e, ERR_USAGE,
			       "%s %.*s: column %.*s is not read, so no row is found by it", option,
			       STR_ARG(t->table->name), STR_ARG(column));
	return true;
}

static bool check_match(struct job *j, const struct match_rule *rule, struct err *e)
{
	struct tab *t;

	if (!check_table(j, "--match", rule->table, &t, e))
		return false;
	for (size_t i = 0; i < rule->n; i++)
		if (!check_column(j, "--match", t, rule->columns[i], e))
			return false;
	return true;
}

static bool check_adopt(struct job *j, const struct adopt_rule *rule, struct err *e)
{
	struct tab *t;

	if (!check_table(j, "--adopt", rule->table, &t, e))
		return false;
	if (t->table->primary_name.n == 0)
		return err_set(e, ERR_USAGE, "--adopt %.*s: rows of that table have no name",
			       STR_ARG(rule->table));
	return check_column(j, "--adopt", t, t->table->primary_name, e);
}

bool keys_check(struct job *j, struct err *e)
{
	const struct decisions *d = &j->decisions;

	for (size_t i = 0; i < d->nmatch; i++)
		if (!check_match(j, &d->match[i], e))
			return false;
	for (size_t i = 0; i < d->nadopt; i++)
		if (!check_adopt(j, &d->adopt[i], e))
			return false;
	return true;
}
