/* SPDX-License-Identifier: MIT */
/*
 * Rows out of the bin: what one deletion took comes back together, rows first, then the lookups that were
 * cleared and the pairs. The caller rolls back when it fails in the middle.
 */
#include "org/bin.h"

#include "base/limits.h"
#include "base/vec.h"
#include "org/code.h"
#include "org/row_key.h"

#include "base/banned.h"

struct restoring {
	struct store *s;
	struct arena *a;
	int64_t deletion;
};

/* A row in the bin. */
struct kept {
	const struct table *table;
	struct guid id;
};

static bool fail_kept(const struct kept *k, enum err_kind kind, uint32_t code, const char *what,
		      struct err *e)
{
	char text[GUID_TEXT_SIZE];

	guid_format(k->id, text);
	return err_set_code(e, kind, code, "the deleted row %s of table %.*s %s", text,
			    STR_ARG(k->table->name), what);
}

static bool find_kept(struct store *s, const struct kept *k, int64_t *deletion, bool *first,
		      struct err *e)
{
	char text[GUID_TEXT_SIZE];
	struct stmt *st;
	bool row;

	if (!store_statement(s,
			     S("select b.deletion, not exists (select 1 from ferry_bin o "
			       "where o.deletion = b.deletion and o.rowid < b.rowid) "
			       "from ferry_bin b where b.table_name = ?1 and b.id = ?2"),
			     &st, e))
		return false;
	stmt_bind_str(st, 1, k->table->name);
	stmt_bind_str(st, 2, guid_format(k->id, text));
	if (!stmt_step(st, &row, e))
		return false;
	if (!row)
		return fail_kept(k, ERR_NOT_FOUND, CODE_ROW_MISSING,
				 "is not in the recycle bin and cannot be restored", e);
	*deletion = stmt_i64(st, 0);
	*first = stmt_i64(st, 1) != 0;
	stmt_reset(st);
	return true;
}

/* Everything of the deletion, in the order in which it went. */
static bool list_kept(const struct restoring *r, struct kept **out, size_t *n, struct err *e)
{
	VEC(struct str) names = { 0 };
	VEC(struct kept) found = { 0 };
	struct stmt *st;
	bool row;

	if (!store_statement(r->s,
			     S("select table_name, id from ferry_bin where deletion = ?1 "
			       "order by rowid"),
			     &st, e))
		return false;
	stmt_bind_i64(st, 1, r->deletion);
	for (;;) {
		if (!stmt_step(st, &row, e))
			return false;
		if (!row)
			break;
		if (!guid_parse(stmt_str(st, 1), &VEC_PUSH(r->a, &found)->id))
			return err_set(e, ERR_INTERNAL,
				       "%s: the recycle bin holds an id that is "
				       "none",
				       r->s->path);
		*VEC_PUSH(r->a, &names) = str_dup(r->a, stmt_str(st, 0));
	}
	for (size_t i = 0; i < found.n; i++) {
		if (!store_table(r->s, names.p[i], &found.p[i].table, e))
			return false;
	}
	*out = found.p;
	*n = found.n;
	return true;
}

static bool check_keys(const struct restoring *r, const struct kept *k, struct err *e)
{
	struct row row = row_make(r->a, k->table, k->id);

	for (size_t i = 0; i < k->table->ncolumns && k->table->nkeys > 0; i++) {
		const struct column *c = &k->table->columns[i];

		if (!row_read(r->s, r->a, k->table, k->id, c->name, &row.values[i], e))
			return false;
	}
	if (row_key_check(r->s, &row, false, e))
		return true;
	if (e->code == CODE_KEY_TAKEN)
		return fail_kept(k, ERR_PRECONDITION, CODE_RESTORE_KEY,
				 "cannot be restored: another row has the values of its key now",
				 e);
	return false;
}

static bool insert_kept(const struct restoring *r, const struct kept *k, struct err *e)
{
	DEFER(buf_release) struct buf sql = buf_make(LIMIT_SQL_TEXT);
	char text[GUID_TEXT_SIZE];
	struct stmt *st;
	bool taken;

	if (!row_exists(r->s, k->table, k->id, &taken, e))
		return false;
	if (taken)
		return fail_kept(k, ERR_PRECONDITION, CODE_RESTORE_TAKEN,
				 "cannot be restored: delete the row first that has its id now", e);
	buf_add(&sql, S("insert into "));
	db_quote(&sql, k->table->name);
	buf_add(&sql, S("("));
	bin_columns(&sql, k->table);
	buf_add(&sql, S(") select "));
	bin_columns(&sql, k->table);
	buf_add(&sql, S(" from "));
	bin_source(&sql, k->table);
	buf_add(&sql, S(" where "));
	db_quote(&sql, k->table->primary_id);
	buf_add(&sql, S("=?1"));
	if (!buf_check(&sql, "a statement", e) || !store_statement(r->s, buf_str(&sql), &st, e))
		return false;
	stmt_bind_str(st, 1, guid_format(k->id, text));

	/* it comes with a version of its own, by which others learn of it (key_index.h) */
	struct row back = row_make(r->a, k->table, k->id);

	return stmt_run(st, e) && check_keys(r, k, e) && row_update(r->s, &back, e);
}

/* The two rows of a pair may not both be there any more; then the pair stays in the bin. */
static bool is_whole(const struct restoring *r, const struct kept *k, bool *out, struct err *e)
{
	DEFER(buf_release) struct buf sql = buf_make(LIMIT_SQL_TEXT);
	char text[GUID_TEXT_SIZE];
	struct stmt *st;
	bool row;

	buf_add(&sql, S("select 1 from "));
	bin_source(&sql, k->table);
	buf_add(&sql, S(" b where b."));
	db_quote(&sql, k->table->primary_id);
	buf_add(&sql, S("=?1"));
	for (size_t i = 0; i < k->table->nmany_to_one; i++) {
		const struct many_to_one *side = &k->table->many_to_one[i];
		const struct table *t;

		if (!store_table(r->s, side->target, &t, e))
			return false;
		if (!t)
			continue;
		buf_add(&sql, S(" and exists (select 1 from "));
		db_quote(&sql, t->name);
		buf_add(&sql, S(" o where o."));
		db_quote(&sql, t->primary_id);
		buf_add(&sql, S("=b."));
		db_quote(&sql, side->column);
		buf_add(&sql, S(")"));
	}
	if (!store_statement(r->s, buf_str(&sql), &st, e))
		return false;
	stmt_bind_str(st, 1, guid_format(k->id, text));
	if (!stmt_step(st, &row, e))
		return false;
	stmt_reset(st);
	*out = row;
	return true;
}

static bool fail_reference(const struct kept *k, struct str column, struct str id, struct str table,
			   struct err *e)
{
	return err_set_code(e, ERR_BAD_REQUEST, CODE_RESTORE_REFERENCE,
			    "the row %.*s of table %.*s does not exist: the reference in column "
			    "%.*s of table %.*s cannot be restored",
			    STR_ARG(id), STR_ARG(table), STR_ARG(column), STR_ARG(k->table->name));
}

/* Who made and owns a row is not asked for: users come and go. */
static bool is_asked(const struct table *t, const struct column *c)
{
	return column_is_lookup(c) && store_has_column(c) && !t->is_intersect &&
	       !str_eq(c->name, S("createdby")) && !str_eq(c->name, S("modifiedby")) &&
	       !str_eq(c->name, S("createdonbehalfby")) &&
	       !str_eq(c->name, S("modifiedonbehalfby"));
}

static bool check_references(const struct restoring *r, const struct kept *k, struct err *e)
{
	for (size_t i = 0; i < k->table->ncolumns; i++) {
		const struct column *c = &k->table->columns[i];
		const struct table *t = NULL;
		struct value v;
		struct guid id;
		bool there = false;

		if (!is_asked(k->table, c))
			continue;
		if (!row_read(r->s, r->a, k->table, k->id, c->name, &v, e))
			return false;
		if (v.kind != VALUE_REF)
			continue;
		if (!store_table(r->s, v.table, &t, e))
			return false;
		if (t && guid_parse(v.text, &id) && !row_exists(r->s, t, id, &there, e))
			return false;
		if (t && !there)
			return fail_reference(k, c->name, v.text, v.table, e);
	}
	return true;
}

/* A lookup that was cleared. */
struct cleared {
	struct kept row;
	struct str column;
	struct str target, target_table;
};

static bool list_cleared(const struct restoring *r, struct cleared **out, size_t *n, struct err *e)
{
	VEC(struct str) names = { 0 };
	VEC(struct cleared) found = { 0 };
	struct stmt *st;
	bool row;

	if (!store_statement(r->s,
			     S("select table_name, id, column_name, target, target_table "
			       "from ferry_bin_link where deletion = ?1 order by rowid"),
			     &st, e))
		return false;
	stmt_bind_i64(st, 1, r->deletion);
	for (;;) {
		if (!stmt_step(st, &row, e))
			return false;
		if (!row)
			break;

		struct cleared *c = VEC_PUSH(r->a, &found);

		if (!guid_parse(stmt_str(st, 1), &c->row.id))
			return err_set(e, ERR_INTERNAL,
				       "%s: the recycle bin holds an id that is "
				       "none",
				       r->s->path);
		c->column = str_dup(r->a, stmt_str(st, 2));
		c->target = str_dup(r->a, stmt_str(st, 3));
		c->target_table = str_dup(r->a, stmt_str(st, 4));
		*VEC_PUSH(r->a, &names) = str_dup(r->a, stmt_str(st, 0));
	}
	for (size_t i = 0; i < found.n; i++) {
		if (!store_table(r->s, names.p[i], &found.p[i].row.table, e))
			return false;
	}
	*out = found.p;
	*n = found.n;
	return true;
}

/* A lookup that points elsewhere by now keeps what it has. */
static bool restore_link(const struct restoring *r, const struct cleared *link, struct err *e)
{
	struct str table = link->target_table;
	struct row row;
	struct value *v;
	struct value now;
	bool there;

	if (!link->row.table)
		return true;
	if (!row_exists(r->s, link->row.table, link->row.id, &there, e))
		return false;
	if (!there)
		return fail_reference(&link->row, link->column, guid_text(r->a, link->row.id),
				      link->row.table->name, e);
	row = row_make(r->a, link->row.table, link->row.id);
	v = row_value(&row, link->column);
	if (!v)
		return true;
	if (!row_read(r->s, r->a, link->row.table, link->row.id, link->column, &now, e))
		return false;
	if (now.kind != VALUE_NULL)
		return true;
	*v = (struct value){ .kind = VALUE_REF, .text = link->target, .table = table };
	return row_update(r->s, &row, e);
}

static bool forget_kept(const struct restoring *r, const struct kept *k, struct err *e)
{
	char text[GUID_TEXT_SIZE];
	struct stmt *st;

	if (!store_statement(r->s, S("delete from ferry_bin where table_name = ?1 and id = ?2"),
			     &st, e))
		return false;
	stmt_bind_str(st, 1, k->table->name);
	stmt_bind_str(st, 2, guid_format(k->id, text));
	return stmt_run(st, e);
}

/* Rows first, then their pairs: both sides of a pair may be among them. */
static bool restore_rows(const struct restoring *r, const struct kept *kept, size_t n, bool pairs,
			 struct err *e)
{
	for (size_t i = 0; i < n; i++) {
		const struct kept *k = &kept[i];
		bool whole = true;

		if (!k->table || k->table->is_intersect != pairs)
			continue;
		if (pairs && !is_whole(r, k, &whole, e))
			return false;
		if (whole && (!insert_kept(r, k, e) || !forget_kept(r, k, e)))
			return false;
	}
	return true;
}

static bool restore_links(const struct restoring *r, struct err *e)
{
	struct cleared *links = NULL;
	struct stmt *st;
	size_t n = 0;

	if (!list_cleared(r, &links, &n, e))
		return false;
	for (size_t i = 0; i < n; i++) {
		if (!restore_link(r, &links[i], e))
			return false;
	}
	if (!store_statement(r->s, S("delete from ferry_bin_link where deletion = ?1"), &st, e))
		return false;
	stmt_bind_i64(st, 1, r->deletion);
	return stmt_run(st, e);
}

bool bin_restore(struct store *s, struct arena *a, const struct table *t, struct guid id,
		 struct err *e)
{
	struct restoring r = { .s = s, .a = a };
	struct kept root = { t, id };
	struct kept *kept = &root;
	bool first = false;
	size_t n = 1;

	if (!find_kept(s, &root, &r.deletion, &first, e) ||
	    (first && !list_kept(&r, &kept, &n, e)) || !restore_rows(&r, kept, n, false, e))
		return false;
	for (size_t i = 0; i < n; i++) {
		if (kept[i].table && !check_references(&r, &kept[i], e))
			return false;
	}
	return !first || (restore_links(&r, e) && restore_rows(&r, kept, n, true, e));
}
