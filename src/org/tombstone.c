/* SPDX-License-Identifier: MIT */
/*
 * One place per id: what counts is when it went last.
 */
#include "org/tombstone.h"

#include "base/banned.h"

bool tombstone_add(struct store *s, const struct table *t, struct guid id, struct err *e)
{
	char text[GUID_TEXT_SIZE];
	int64_t version;
	struct stmt *st;

	if (!t->change_tracking)
		return true;
	if (!store_next_version(s, &version, e) ||
	    !store_statement(s,
			     S("insert or replace into ferry_tombstone(table_name, id, version) "
			       "values(?1, ?2, ?3)"),
			     &st, e))
		return false;
	stmt_bind_str(st, 1, t->name);
	stmt_bind_str(st, 2, guid_format(id, text));
	stmt_bind_i64(st, 3, version);
	return stmt_run(st, e);
}
