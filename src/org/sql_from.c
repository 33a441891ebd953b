/* SPDX-License-Identifier: MIT */
/*
 * Writing FROM. A table keeps its name t<number> inside an EXISTS or a sub-select, where it hides the one
 * outside: the same few functions write both.
 */
#include "org/sql_from.h"

#include "org/sql_filter.h"
#include "org/store.h"

#include "base/banned.h"

enum joins {
	JOINS_ALL,
	JOINS_OPTIONAL, /* below an outer link: what is inner there was asked for by sql_required */
	JOINS_NEEDED    /* only those that drop rows */
};

static void add_joins(struct sql *sql, const struct query_node *node, enum joins which);

bool sql_is_joined(const struct query_node *link)
{
	return link->join == FETCH_INNER || link->join == FETCH_OUTER;
}

static void add_join_columns(struct sql *sql, const struct query_node *link)
{
	sql_field(sql, (struct query_field){ link, link->from });
	sql_add(sql, " = ");
	sql_field(sql, (struct query_field){ link->parent, link->to });
}

/* scope */

static void add_ids(struct sql *sql, const struct query_node *node, struct str column,
		    const struct guid *ids, size_t n)
{
	sql_name(sql, node, column);
	sql_add(sql, " IN (");
	for (size_t i = 0; i < n; i++) {
		sql_add(sql, i > 0 ? "," : "");
		sql_guid(sql, &ids[i]);
	}
	sql_add(sql, ")");
}

static bool has_column(const struct query_node *node, struct str name)
{
	const struct column *c = table_column(node->table, name);

	return c && store_has_column(c);
}

static struct str owner_column(const struct query_scope *scope)
{
	return scope->owner.n > 0 ? scope->owner : S("ownerid");
}

static struct str unit_column(const struct query_scope *scope)
{
	return scope->unit.n > 0 ? scope->unit : S("owningbusinessunit");
}

static bool limits_rows(const struct query_node *node)
{
	const struct query_scope *scope = node->scope;

	return scope && (scope->none || has_column(node, owner_column(scope)));
}

static void add_one_scope(struct sql *sql, const struct query_node *node,
			  const struct query_scope *scope)
{
	if (scope->none) {
		sql_add(sql, "0");
		return;
	}
	sql_add(sql, "(");
	add_ids(sql, node, owner_column(scope), scope->owners, scope->nowners);
	if (scope->nunits > 0 && has_column(node, unit_column(scope))) {
		sql_add(sql, " OR ");
		add_ids(sql, node, unit_column(scope), scope->units, scope->nunits);
	}
	sql_add(sql, ")");
}

static void add_scope(struct sql *sql, const struct query_node *node)
{
	for (const struct query_scope *scope = node->scope; scope; scope = scope->also) {
		add_one_scope(sql, node, scope);
		sql_add(sql, scope->also ? " AND " : "");
	}
}

/* conditions */

static bool has_filter(const struct query_node *node)
{
	return node->filter.ntests + node->filter.nlinks + node->filter.nfilters > 0;
}

bool sql_has_conditions(const struct query_node *node)
{
	bool some = has_filter(node) || limits_rows(node);

	for (size_t i = 0; i < node->nlinks; i++)
		some = some || !sql_is_joined(&node->links[i]);
	return some;
}

void sql_conditions(struct sql *sql, const struct query_node *node, const char *before)
{
	if (has_filter(node)) {
		sql_add(sql, before);
		sql_filter(sql, &node->filter);
		before = " AND ";
	}
	if (limits_rows(node)) {
		sql_add(sql, before);
		add_scope(sql, node);
		before = " AND ";
	}
	for (size_t i = 0; i < node->nlinks; i++) {
		if (sql_is_joined(&node->links[i]))
			continue;
		sql_add(sql, before);
		sql_related(sql, &node->links[i]);
		before = " AND ";
	}
}

/*
 * Rows of the link, with all that it wants; the caller adds what is selected and the last ')'. What may be
 * nested stands first: see sql_filter.
 */
static void add_rows_of(struct sql *sql, const struct query_node *link)
{
	sql_add(sql, " FROM ");
	sql_table(sql, link);
	add_joins(sql, link, JOINS_NEEDED);
	sql_conditions(sql, link, " WHERE ");
	sql_add(sql, sql_has_conditions(link) ? " AND " : " WHERE ");
	add_join_columns(sql, link);
}

static void add_exists(struct sql *sql, const struct query_node *link)
{
	sql_add(sql, "EXISTS (SELECT 1");
	add_rows_of(sql, link);
	sql_add(sql, ")");
}

/* Rows that are related at all, whatever the link's filter says. */
static void add_exists_any(struct sql *sql, const struct query_node *link)
{
	sql_add(sql, "EXISTS (SELECT 1 FROM ");
	sql_table(sql, link);
	sql_add(sql, " WHERE ");
	add_join_columns(sql, link);
	if (limits_rows(link)) {
		sql_add(sql, " AND ");
		add_scope(sql, link);
	}
	sql_add(sql, ")");
}

/* The platform's all: related rows exist, and none of them satisfies the filter (facts/webapi.md 4.7). */
void sql_related(struct sql *sql, const struct query_node *link)
{
	switch (link->join) {
	case FETCH_INNER:
	case FETCH_OUTER:
	case FETCH_FIRST_ROW:
	case FETCH_EXISTS:
	case FETCH_IN_LIST:
	case FETCH_ANY:
	case FETCH_NOT_ALL:
		break;
	case FETCH_ALL:
	case FETCH_NOT_ANY:
		sql_add(sql, "NOT ");
		break;
	}
	add_exists(sql, link);
	if (link->join != FETCH_ALL)
		return;
	sql_add(sql, " AND ");
	add_exists_any(sql, link);
}

/* joins */

/* What is inner below an outer link belongs to its side: without it there is no row on that side. */
static void add_required(struct sql *sql, const struct query_node *node)
{
	for (size_t i = 0; i < node->nlinks; i++) {
		if (node->links[i].join != FETCH_INNER)
			continue;
		sql_add(sql, " AND ");
		add_exists(sql, &node->links[i]);
	}
}

/* The one row of the link that is taken, by its key. */
static void add_first(struct sql *sql, const struct query_node *link)
{
	struct str key = table_primary(link->table)->name;

	sql_name(sql, link, key);
	sql_add(sql, " = (SELECT ");
	sql_name(sql, link, key);
	add_rows_of(sql, link);
	sql_add(sql, " ORDER BY ");
	store_guid_order(&sql->text, str_fmt(sql->arena, "t%u", link->number), key);
	sql_add(sql, " LIMIT 1)");
}

/* What filters an outer link stands in its ON: rows without a partner stay. */
static void add_join(struct sql *sql, const struct query_node *link, bool outer)
{
	sql_add(sql, outer ? " LEFT JOIN " : " JOIN ");
	sql_table(sql, link);
	sql_add(sql, " ON ");
	if (link->first) {
		add_first(sql, link);
		return;
	}
	add_join_columns(sql, link);
	sql_conditions(sql, link, " AND ");
	if (outer)
		add_required(sql, link);
}

static void add_joins(struct sql *sql, const struct query_node *node, enum joins which)
{
	for (size_t i = 0; i < node->nlinks; i++) {
		const struct query_node *link = &node->links[i];
		bool outer = link->join == FETCH_OUTER || which == JOINS_OPTIONAL;

		if (!sql_is_joined(link) || (which == JOINS_NEEDED && outer))
			continue;
		add_join(sql, link, outer);
		add_joins(sql, link, outer ? JOINS_OPTIONAL : which);
	}
}

void sql_from(struct sql *sql, const struct query_node *root)
{
	sql_add(sql, " FROM ");
	sql_table(sql, root);
	add_joins(sql, root, JOINS_ALL);
}
