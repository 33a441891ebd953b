/* SPDX-License-Identifier: MIT */
/*
 * Alternate keys for the tables of a test: the metadata of the program has none.
 */
#ifndef FERRY_TESTS_KEYED_H
#define FERRY_TESTS_KEYED_H

#include "base/arena.h"
#include "io/db.h"

/* In a file that nobody has open. `keys` is JSON: [{"name":"k","columns":["c"]}] */
static inline bool give_keys(const char *path, const char *table, const char *keys, struct err *e)
{
	DEFER(arena_release) struct arena a = arena_make(0);
	DEFER(db_close) struct db *db = NULL;
	DEFER(stmt_close) struct stmt *st = NULL;

	if (!db_open(&db, &a, path, DB_WRITE, e) ||
	    !db_prepare(db,
			S("update ferry_table set definition = "
			  "json_set(definition, '$.keys', json(?2)) where name = ?1"),
			&st, e))
		return false;
	stmt_bind_str(st, 1, str_from(table));
	stmt_bind_str(st, 2, str_from(keys));
	return stmt_run(st, e);
}

#endif
