/* SPDX-License-Identifier: MIT */
/*
 * Rows deleted as the platform does it. A deletion is a list of rows that grows while it is worked off: a
 * chain of cascades of any length takes no stack, and rows that point to each other in a circle end it.
 * May have done a part of its work when it fails: the caller rolls back.
 */
#include "org/remove.h"

#include "base/limits.h"
#include "base/vec.h"
#include "org/access.h"
#include "org/bin.h"
#include "org/code.h"
#include "org/files.h"
#include "org/hooks.h"
#include "org/relations.h"
#include "org/row.h"
#include "org/rules.h"
#include "org/tombstone.h"

#include "base/banned.h"

struct doomed {
	const struct table *table;
	struct guid id;
};

struct removal {
	VEC(struct doomed) rows; /* all, those already gone first */
	struct store *s;
	struct arena *a;
	int64_t deletion; /* number in the recycle bin; 0: nothing is kept */
};

static bool fail_row(enum err_kind kind, uint32_t code, const struct doomed *d, const char *what,
		     struct err *e)
{
	char text[GUID_TEXT_SIZE];

	guid_format(d->id, text);
	return err_set_code(e, kind, code, "the row %s of table %.*s %s", text,
			    STR_ARG(d->table->name), what);
}

static bool check_intersect(const struct table *t, struct err *e)
{
	if (!t->is_intersect)
		return true;
	return err_set_code(e, ERR_NOT_ALLOWED, CODE_NO_MESSAGE,
			    "rows of table %.*s come and go with $ref, by linking and unlinking",
			    STR_ARG(t->name));
}

/* Rows without which there is no organization. */
static bool is_cornerstone(const struct store *s, struct guid id)
{
	return guid_eq(id, s->organization) || guid_eq(id, s->root_unit) || guid_eq(id, s->admin) ||
	       guid_eq(id, s->currency);
}

bool remove_check_managed(struct store *s, const struct table *t, struct guid id, struct err *e)
{
	DEFER(arena_release) struct arena scratch = arena_make(0);
	struct doomed d = { t, id };
	struct value v;

	/* a managed solution itself can be deleted: that uninstalls it */
	if (str_eq(t->name, S("solution")))
		return true;
	if (!row_read(s, &scratch, t, id, S("ismanaged"), &v, e))
		return false;
	if (v.kind != VALUE_TEXT || !str_eq(v.text, S("1")))
		return true;
	return fail_row(ERR_BAD_REQUEST, CODE_MANAGED, &d,
			"cannot be deleted: it is managed, and goes only with its solution", e);
}

/* relations */

static bool bind_pointing(struct removal *r, const struct relation *rel, struct str sql,
			  const struct doomed *d, struct stmt **out, struct err *e)
{
	const struct column *c = table_column(rel->child, rel->lookup->column);

	if (!store_statement(r->s, sql, out, e))
		return false;
	stmt_bind_str(*out, 1, guid_text(r->a, d->id));
	if (store_has_type_column(c))
		stmt_bind_str(*out, 2, d->table->name);
	return true;
}

static void add_pointing(struct removal *r, const struct relation *rel, struct buf *sql)
{
	const struct column *c = table_column(rel->child, rel->lookup->column);

	buf_add(sql, S(" from "));
	db_quote(sql, rel->child->name);
	buf_add(sql, S(" where "));
	db_quote(sql, c->name);
	buf_add(sql, S("=?1"));
	if (!store_has_type_column(c))
		return;
	buf_add(sql, S(" and "));
	db_quote(sql, str_fmt(r->a, "%.*stype", STR_ARG(c->name)));
	buf_add(sql, S("=?2"));
}

/* Ids of the rows whose lookup points to the row. */
static bool pointing_rows(struct removal *r, const struct relation *rel, const struct doomed *d,
			  struct guid **ids, size_t *n, struct err *e)
{
	DEFER(buf_release) struct buf sql = buf_make(LIMIT_SQL_TEXT);
	VEC(struct guid) found = { 0 };
	struct stmt *st;
	bool row;

	buf_add(&sql, S("select "));
	db_quote(&sql, rel->child->primary_id);
	add_pointing(r, rel, &sql);
	if (!bind_pointing(r, rel, buf_str(&sql), d, &st, e))
		return false;
	for (;;) {
		if (!stmt_step(st, &row, e))
			return false;
		if (!row)
			break;
		if (!guid_parse(stmt_str(st, 0), VEC_PUSH(r->a, &found)))
			return err_set(e, ERR_INTERNAL, "%s: table %.*s holds an id that is none",
				       r->s->path, STR_ARG(rel->child->name));
	}
	*ids = found.p;
	*n = found.n;
	return true;
}

static bool check_restrict(struct removal *r, const struct relation *rel, const struct doomed *d,
			   struct err *e)
{
	DEFER(buf_release) struct buf sql = buf_make(LIMIT_SQL_TEXT);
	struct stmt *st;
	bool row;

	buf_add(&sql, S("select 1"));
	add_pointing(r, rel, &sql);
	buf_add(&sql, S(" limit 1"));
	if (!bind_pointing(r, rel, buf_str(&sql), d, &st, e) || !stmt_step(st, &row, e))
		return false;
	stmt_reset(st);
	if (!row)
		return true;
	return err_set_code(e, ERR_NOT_ALLOWED, CODE_REFERENCED,
			    "the object you tried to delete is associated with another object and "
			    "cannot be deleted: column %.*s of a row of table %.*s points to the "
			    "row %.*s of table %.*s",
			    STR_ARG(rel->lookup->column), STR_ARG(rel->child->name),
			    STR_ARG(guid_text(r->a, d->id)), STR_ARG(d->table->name));
}

static bool clear_pointer(struct removal *r, const struct relation *rel, struct guid id,
			  const struct doomed *d, struct err *e)
{
	struct row row = row_make(r->a, rel->child, id);

	if (r->deletion > 0 && !bin_keep_link(r->s, r->deletion, rel, id, d->table, d->id, e))
		return false;
	*row_value(&row, rel->lookup->column) = (struct value){ .kind = VALUE_NULL };
	return rules_fill_changed(r->s, r->a, &row, e) && row_update(r->s, &row, e);
}

/* What the relationship demands. */
static enum cascade rule_of(const struct removal *r, const struct relation *rel)
{
	const struct column *c = table_column(rel->child, rel->lookup->column);
	enum cascade rule = hooks_cascade(r->s, rel, rel->lookup->on_delete);

	return rule == CASCADE_REMOVE_LINK && c->required == REQUIRED_SYSTEM ? CASCADE_RESTRICT
									     : rule;
}

static bool follow(struct removal *r, const struct relation *rel, const struct doomed *d,
		   struct err *e)
{
	enum cascade rule = rule_of(r, rel);
	struct guid *ids = NULL;
	size_t n = 0;

	if (rule == CASCADE_RESTRICT || rule == CASCADE_NONE)
		return true;
	if (!pointing_rows(r, rel, d, &ids, &n, e))
		return false;
	for (size_t i = 0; i < n; i++) {
		if (rule == CASCADE_ALL)
			*VEC_PUSH(r->a, &r->rows) = (struct doomed){ rel->child, ids[i] };
		else if (!clear_pointer(r, rel, ids[i], d, e))
			return false;
	}
	return true;
}

/* Nothing is touched before everything that could refuse was asked. */
static bool follow_all(struct removal *r, const struct doomed *d, struct err *e)
{
	struct relation *relations;
	size_t n;

	if (!relations_to(r->s, r->a, d->table, &relations, &n, e))
		return false;
	for (size_t i = 0; i < n; i++) {
		if (rule_of(r, &relations[i]) == CASCADE_RESTRICT &&
		    !check_restrict(r, &relations[i], d, e))
			return false;
	}
	for (size_t i = 0; i < n; i++) {
		if (!follow(r, &relations[i], d, e))
			return false;
	}
	return true;
}

/* pairs */

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
	s->touched++;
	return stmt_run(st, e);
}

static bool remove_pairs(struct removal *r, const struct doomed *d, struct err *e)
{
	for (size_t i = 0; i < d->table->nmany_to_many; i++) {
		const struct many_to_many *mm = &d->table->many_to_many[i];
		const struct str sides[] = { mm->table1, mm->table2 };
		const struct str columns[] = { mm->column1, mm->column2 };
		const struct table *t;

		if (!store_table(r->s, mm->intersect, &t, e))
			return false;
		for (size_t j = 0; t && j < COUNT_OF(sides); j++) {
			if (!str_eq(sides[j], d->table->name))
				continue;
			if (r->deletion > 0 &&
			    !bin_keep(r->s, r->deletion, t, columns[j], d->id, e))
				return false;
			if (!delete_where(r->s, t, columns[j], d->id, e))
				return false;
		}
	}
	return true;
}

/* rows */

static bool remove_row(struct removal *r, const struct doomed *d, struct err *e)
{
	int64_t version;

	if (!row_version(r->s, d->table, d->id, &version, e))
		return false;
	if (version < 0)
		return true; /* on another way already */
	if (!access_row(r->s, d->table, d->id, RIGHT_DELETE, e))
		return false;
	if (is_cornerstone(r->s, d->id))
		return fail_row(ERR_NOT_ALLOWED, CODE_REFERENCED, d,
				"cannot be deleted: the organization stands on it", e);
	if (!remove_check_managed(r->s, d->table, d->id, e) ||
	    !hooks_deleting(r->s, r->a, d->table, d->id, e))
		return false;
	if (r->deletion > 0 &&
	    !bin_keep(r->s, r->deletion, d->table, d->table->primary_id, d->id, e))
		return false;
	if (r->deletion == 0 && !files_forget(r->s, d->table, d->id, e))
		return false;
	/* first of all, so that what it points to itself does not matter */
	return tombstone_add(r->s, d->table, d->id, e) &&
	       delete_where(r->s, d->table, d->table->primary_id, d->id, e) &&
	       remove_pairs(r, d, e) && follow_all(r, d, e);
}

bool crud_delete(struct store *s, struct arena *a, const struct table *t, struct guid id,
		 enum crud_match match, int64_t version, struct err *e)
{
	struct removal r = { .s = s, .a = a };
	struct doomed first = { t, id };
	int64_t stored;

	assert(match == CRUD_IF_EXISTS || match == CRUD_IF_VERSION);
	if (!check_intersect(t, e) || !row_version(s, t, id, &stored, e))
		return false;
	if (stored < 0)
		return fail_row(ERR_NOT_FOUND, CODE_ROW_MISSING, &first, "does not exist", e);
	if (match == CRUD_IF_VERSION && stored != version)
		return fail_row(ERR_PRECONDITION, CODE_ROW_VERSION, &first,
				"has another version than the request was made for", e);
	if (!bin_begin(s, &r.deletion, e))
		return false;
	*VEC_PUSH(a, &r.rows) = first;
	for (size_t i = 0; i < r.rows.n; i++) {
		struct doomed next = r.rows.p[i]; /* the list may move */

		if (!remove_row(&r, &next, e))
			return false;
	}
	return true;
}
