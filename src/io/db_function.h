/* SPDX-License-Identifier: MIT */
/*
 * Functions and aggregates of ours in SQLite, for queries only: nothing in a schema may use them. They run
 * inside SQLite; arguments live during the call.
 */
#ifndef FERRY_IO_DB_FUNCTION_H
#define FERRY_IO_DB_FUNCTION_H

#include "io/db.h"

/* What functions of ours take and give. A text that is given lives in `room` of the result or longer. */
#define DB_ROOM 600
struct db_value {
	enum { DB_VALUE_NULL, DB_VALUE_INTEGER, DB_VALUE_REAL, DB_VALUE_TEXT } kind;
	int64_t integer;
	double real;
	struct str text; /* of numbers too, when they are arguments */
	char room[DB_ROOM];
};
#define DB_ARGUMENTS 4 /* at most */
/* A function of `n` arguments; *out is NULL before the call. */
MUST_CHECK bool db_add_function(struct db *db, const char *name, int n,
				void (*call)(void *context, const struct db_value *args,
					     struct db_value *out),
				void *context, struct err *e);
/*
 * An aggregate: `state` is `size` bytes per group, zero at first. finish gets NULL for a group without
 * rows.
 */
struct db_aggregate {
	int arguments;
	int size;
	void (*step)(void *state, const struct db_value *args);
	void (*finish)(const void *state, struct db_value *out);
};
MUST_CHECK bool db_add_aggregate(struct db *db, const char *name, const struct db_aggregate *a,
				 struct err *e);

#endif
