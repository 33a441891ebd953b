/* SPDX-License-Identifier: MIT */
/*
 * Pairs of N:N relationships: rows of the intersect table.
 */
#include "org/crud.h"

#include "base/limits.h"
#include "org/access.h"
#include "org/code.h"
#include "org/hooks.h"
#include "org/row.h"

#include "base/banned.h"

static bool check_side(struct store *s, const struct many_to_many *mm, struct str table,
		       struct guid id, struct err *e)
{
	char text[GUID_TEXT_SIZE];
	const struct table *t;
	bool exists = false;

	if (!store_table(s, table, &t, e))
		return false;
	if (t && !crud_exists(s, t, id, &exists, e))
		return false;
	if (exists)
		return true;
	guid_format(id, text);
	return err_set_code(e, ERR_NOT_FOUND, CODE_ROW_MISSING,
			    "relationship %.*s: the row %s of table %.*s does not exist",
			    STR_ARG(mm->schema_name), text, STR_ARG(table));
}

static bool intersect_of(struct store *s, const struct many_to_many *mm, const struct table **out,
			 struct err *e)
{
	if (!store_table(s, mm->intersect, out, e))
		return false;
	if (!*out)
		return err_set(e, ERR_INTERNAL, "%s: relationship %.*s has no intersect table",
			       s->path, STR_ARG(mm->schema_name));
	return true;
}

bool crud_link(struct store *s, struct arena *a, const struct many_to_many *mm, struct guid id1,
	       struct guid id2, struct err *e)
{
	char text1[GUID_TEXT_SIZE];
	char text2[GUID_TEXT_SIZE];
	const struct table *t;

	if (!intersect_of(s, mm, &t, e) || !check_side(s, mm, mm->table1, id1, e) ||
	    !check_side(s, mm, mm->table2, id2, e) || !access_pair(s, mm, id1, id2, e))
		return false;

	struct row row = row_make(a, t, guid_random(&s->rng));

	*row_value(&row, mm->column1) =
		(struct value){ .kind = VALUE_TEXT, .text = guid_format(id1, text1) };
	*row_value(&row, mm->column2) =
		(struct value){ .kind = VALUE_TEXT, .text = guid_format(id2, text2) };
	if (row_insert(s, &row, e))
		return hooks_linked(s, a, mm, id1, id2, e);
	if (e->code == CODE_ROW_EXISTS)
		return err_set_code(e, ERR_PRECONDITION, CODE_ROW_EXISTS,
				    "relationship %.*s: %s and %s are linked already",
				    STR_ARG(mm->schema_name), text1, text2);
	return false;
}

bool crud_unlink(struct store *s, struct arena *a, const struct many_to_many *mm, struct guid id1,
		 struct guid id2, struct err *e)
{
	DEFER(buf_release) struct buf sql = buf_make(LIMIT_SQL_TEXT);
	char text1[GUID_TEXT_SIZE];
	char text2[GUID_TEXT_SIZE];
	const struct table *t;
	struct stmt *st;

	(void)a;
	if (!intersect_of(s, mm, &t, e) || !access_pair(s, mm, id1, id2, e))
		return false;
	buf_add(&sql, S("delete from "));
	db_quote(&sql, t->name);
	buf_add(&sql, S(" where "));
	db_quote(&sql, mm->column1);
	buf_add(&sql, S("=?1 and "));
	db_quote(&sql, mm->column2);
	buf_add(&sql, S("=?2"));
	if (!store_statement(s, buf_str(&sql), &st, e))
		return false;
	stmt_bind_str(st, 1, guid_format(id1, text1));
	stmt_bind_str(st, 2, guid_format(id2, text2));
	if (!stmt_run(st, e))
		return false;
	if (db_changes(s->db) > 0)
		return true;
	return err_set_code(e, ERR_NOT_FOUND, CODE_ROW_MISSING,
			    "relationship %.*s: %s and %s are not linked", STR_ARG(mm->schema_name),
			    text1, text2);
}
