/* SPDX-License-Identifier: MIT */
/*
 * Rows created, updated and deleted as the platform does it. Every function may have written a part of
 * its work when it fails: the caller rolls back.
 */
#include "org/crud.h"

#include "base/limits.h"
#include "base/vec.h"
#include "org/code.h"
#include "org/row.h"
#include "org/rules.h"

#include "base/banned.h"

static bool fail_row(enum err_kind kind, uint32_t code, const struct table *t, struct guid id,
		     const char *what, struct err *e)
{
	char text[GUID_TEXT_SIZE];

	guid_format(id, text);
	return err_set_code(e, kind, code, "the row %s of table %.*s %s", text, STR_ARG(t->name),
			    what);
}

static bool check_intersect(const struct table *t, struct err *e)
{
	if (!t->is_intersect)
		return true;
	return err_set_code(e, ERR_NOT_ALLOWED, CODE_NO_MESSAGE,
			    "rows of table %.*s come and go with $ref, by linking and unlinking",
			    STR_ARG(t->name));
}

static struct row row_of(struct arena *a, const struct table *t, struct guid id,
			 const struct payload *p)
{
	struct row row = row_make(a, t, id);

	for (size_t i = 0; i < p->n; i++)
		row.values[p->columns[i] - t->columns] = p->values[i];
	return row;
}

static bool create(struct store *s, struct arena *a, const struct table *t, struct guid id,
		   const struct payload *p, struct err *e)
{
	if (!check_intersect(t, e) || !rules_writable(t, p, true, e))
		return false;

	struct row row = row_of(a, t, id, p);

	return rules_references(s, &row, e) && rules_new_state(a, &row, e) &&
	       rules_fill_new(s, a, &row, e) && rules_required(&row, true, e) &&
	       row_insert(s, &row, e);
}

bool crud_create(struct store *s, struct arena *a, const struct table *t, const struct payload *p,
		 struct guid *id, struct err *e)
{
	/* the platform takes the empty GUID for none */
	bool is_told = p->has_id && !guid_is_null(p->id);
	struct guid chosen = is_told ? p->id : guid_random(&s->rng);

	if (!create(s, a, t, chosen, p, e))
		return false;
	*id = chosen;
	return true;
}

static bool update(struct store *s, struct arena *a, const struct table *t, struct guid id,
		   const struct payload *p, struct err *e)
{
	if (!check_intersect(t, e) || !rules_writable(t, p, false, e))
		return false;

	struct row row = row_of(a, t, id, p);

	return rules_references(s, &row, e) && rules_changed_state(s, a, &row, e) &&
	       rules_required(&row, false, e) && rules_fill_changed(s, a, &row, e) &&
	       row_update(s, &row, e);
}

bool crud_update(struct store *s, struct arena *a, const struct table *t, struct guid id,
		 enum crud_match match, int64_t version, const struct payload *p, bool *created,
		 struct err *e)
{
	bool only_existing = match == CRUD_IF_EXISTS || match == CRUD_IF_VERSION;
	int64_t stored;

	if (p->has_id && !guid_eq(p->id, id))
		return fail_row(ERR_BAD_REQUEST, CODE_INVALID_ARGUMENT, t, id,
				"cannot get another id: the body's primary key differs from the "
				"URL's",
				e);
	if (!row_version(s, t, id, &stored, e))
		return false;
	if (stored < 0 && only_existing)
		return fail_row(ERR_NOT_FOUND, CODE_ROW_MISSING, t, id, "does not exist", e);
	if (stored >= 0 && match == CRUD_IF_MISSING)
		return fail_row(ERR_PRECONDITION, CODE_ROW_EXISTS, t, id, "exists already", e);
	if (match == CRUD_IF_VERSION && stored != version)
		return fail_row(ERR_PRECONDITION, CODE_ROW_VERSION, t, id,
				"has another version than the request was made for", e);
	if (stored < 0 ? !create(s, a, t, id, p, e) : !update(s, a, t, id, p, e))
		return false;
	*created = stored < 0;
	return true;
}

bool crud_exists(struct store *s, const struct table *t, struct guid id, bool *out, struct err *e)
{
	int64_t version;

	if (!row_version(s, t, id, &version, e))
		return false;
	*out = version >= 0;
	return true;
}

/* A lookup column, and the row that is about to go. */
struct pointing {
	const struct table *from;
	const struct column *column;
	const struct table *to;
	struct guid id;
};

/* Ids of the rows whose lookup points to the row. */
static bool pointing_rows(struct store *s, struct arena *a, const struct pointing *p,
			  struct guid **ids, size_t *n, struct err *e)
{
	DEFER(buf_release) struct buf sql = buf_make(LIMIT_SQL_TEXT);
	VEC(struct guid) found = { 0 };
	char text[GUID_TEXT_SIZE];
	struct stmt *st;
	bool row;

	buf_add(&sql, S("select "));
	db_quote(&sql, p->from->primary_id);
	buf_add(&sql, S(" from "));
	db_quote(&sql, p->from->name);
	buf_add(&sql, S(" where "));
	db_quote(&sql, p->column->name);
	buf_add(&sql, S("=?1"));
	if (store_has_type_column(p->column)) {
		buf_add(&sql, S(" and "));
		db_quote(&sql, str_fmt(a, "%.*stype", STR_ARG(p->column->name)));
		buf_add(&sql, S("=?2"));
	}
	if (!store_statement(s, buf_str(&sql), &st, e))
		return false;
	stmt_bind_str(st, 1, guid_format(p->id, text));
	if (store_has_type_column(p->column))
		stmt_bind_str(st, 2, p->to->name);
	if (!stmt_step(st, &row, e))
		return false;
	while (row) {
		if (!guid_parse(stmt_str(st, 0), VEC_PUSH(a, &found)))
			return err_set(e, ERR_INTERNAL, "%s: table %.*s holds an id that is none",
				       s->path, STR_ARG(p->from->name));
		if (!stmt_step(st, &row, e))
			return false;
	}
	*ids = found.p;
	*n = found.n;
	return true;
}

/* Rows that live within another: they go with it, and have no lookup that could be cleared. */
static bool is_part(const struct pointing *p)
{
	return str_eq(p->from->name, S("calendarrule")) && str_eq(p->column->name, S("calendarid"));
}

static bool clear_pointer(struct store *s, struct arena *a, const struct pointing *p,
			  struct guid id, struct err *e)
{
	struct row row = row_make(a, p->from, id);

	*row_value(&row, p->column->name) = (struct value){ .kind = VALUE_NULL };
	return rules_fill_changed(s, a, &row, e) && row_update(s, &row, e);
}

static bool clear_pointers(struct store *s, struct arena *a, const struct pointing *p,
			   struct err *e)
{
	struct guid *ids = NULL;
	size_t n = 0;

	if (!pointing_rows(s, a, p, &ids, &n, e))
		return false;
	for (size_t i = 0; i < n; i++) {
		if (guid_eq(ids[i], p->id) && p->from == p->to)
			continue; /* the row points to itself */
		if (is_part(p)) {
			if (!crud_delete(s, a, p->from, ids[i], CRUD_IF_EXISTS, 0, e))
				return false;
			continue;
		}
		if (p->column->required == REQUIRED_SYSTEM)
			return err_set_code(e, ERR_NOT_ALLOWED, CODE_REFERENCED,
					    "the row of table %.*s cannot be deleted: column %.*s "
					    "of a row of table %.*s has to point to it",
					    STR_ARG(p->to->name), STR_ARG(p->column->name),
					    STR_ARG(p->from->name));
		if (!clear_pointer(s, a, p, ids[i], e))
			return false;
	}
	return true;
}

static bool points_to(const struct column *c, struct str table)
{
	if (!column_is_lookup(c))
		return false;
	for (size_t i = 0; i < c->ntargets; i++) {
		if (str_eq(c->targets[i], table))
			return true;
	}
	return false;
}

static bool delete_where(struct store *s, const struct table *t, struct str column, struct guid id,
			 struct err *e)
{
	DEFER(buf_release) struct buf sql = buf_make(LIMIT_SQL_TEXT);
	char text[GUID_TEXT_SIZE];
	struct stmt *st;

	buf_add(&sql, S("delete from "));
	db_quote(&sql, t->name);
	buf_add(&sql, S(" where "));
	db_quote(&sql, column);
	buf_add(&sql, S("=?1"));
	if (!store_statement(s, buf_str(&sql), &st, e))
		return false;
	stmt_bind_str(st, 1, guid_format(id, text));
	return stmt_run(st, e);
}

/* Everything in table `from` that points to the row. */
static bool detach(struct store *s, struct arena *a, const struct table *from,
		   const struct table *to, struct guid id, struct err *e)
{
	for (size_t i = 0; from->is_intersect && i < from->nmany_to_one; i++) {
		const struct many_to_one *side = &from->many_to_one[i];

		if (str_eq(side->target, to->name) && !delete_where(s, from, side->column, id, e))
			return false;
	}
	for (size_t i = 0; !from->is_intersect && i < from->ncolumns; i++) {
		struct pointing p = { from, &from->columns[i], to, id };

		if (points_to(p.column, to->name) && !clear_pointers(s, a, &p, e))
			return false;
	}
	return true;
}

/* Rows without which there is no organization. */
static bool is_cornerstone(const struct store *s, struct guid id)
{
	return guid_eq(id, s->organization) || guid_eq(id, s->root_unit) || guid_eq(id, s->admin) ||
	       guid_eq(id, s->currency);
}

bool crud_delete(struct store *s, struct arena *a, const struct table *t, struct guid id,
		 enum crud_match match, int64_t version, struct err *e)
{
	struct str *names;
	int64_t stored;
	size_t n;

	assert(match == CRUD_IF_EXISTS || match == CRUD_IF_VERSION);
	if (!check_intersect(t, e) || !row_version(s, t, id, &stored, e))
		return false;
	if (stored < 0)
		return fail_row(ERR_NOT_FOUND, CODE_ROW_MISSING, t, id, "does not exist", e);
	if (match == CRUD_IF_VERSION && stored != version)
		return fail_row(ERR_PRECONDITION, CODE_ROW_VERSION, t, id,
				"has another version than the request was made for", e);
	if (is_cornerstone(s, id))
		return fail_row(ERR_NOT_ALLOWED, CODE_REFERENCED, t, id,
				"cannot be deleted: the organization stands on it", e);
	if (!store_table_names(s, a, &names, &n, e))
		return false;
	for (size_t i = 0; i < n; i++) {
		const struct table *from;

		if (!store_table(s, names[i], &from, e) || !detach(s, a, from, t, id, e))
			return false;
	}
	return delete_where(s, t, t->primary_id, id, e);
}
