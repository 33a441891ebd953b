/* SPDX-License-Identifier: MIT */
/*
 * Private to run*.c, journal*.c and graph.c, which own the tables of the run file: their prepared statements,
 * and GUIDs in them.
 */
#ifndef FERRY_MOVE_RUN_SQL_H
#define FERRY_MOVE_RUN_SQL_H

#include "base/err.h"
#include "base/guid.h"
#include "base/str.h"
#include "io/db.h"
#include "move/run.h"

struct change;

#define CHANGE_COLUMNS "number, kind, state, wave, tab, id, origin, other, other_origin, columns"

/* Where each module's share of run.st begins. */
enum {
	RUN_SLOT = 0,
	ROWS_SLOT = 8,
	MAP_SLOT = 26,
	KEEP_SLOT = 36,
	JOURNAL_SLOT = 50,
	GRAPH_SLOT = 88,
	REFERENCE_SLOT = 112,
	SLOTS = 128
};

/* The statement of a slot, prepared at its first use; reset. */
MUST_CHECK bool run_statement(struct run *r, unsigned slot, struct str sql, struct stmt **out,
			      struct err *e);
/* A cursor's own statement, with its first two parameters, both numbers. */
MUST_CHECK bool run_cursor_open(struct run *r, struct str sql, int64_t first, int64_t second,
				struct run_cursor *c, struct err *e);

/* A GUID as it is stored: its sort key. The bytes must live as long as what is bound. */
struct str run_key_bytes(const struct guid *key);
MUST_CHECK bool run_read_guid(const struct stmt *st, int i, struct guid *out, struct err *e);
/* A row of `change`, its columns in the order of CHANGE_COLUMNS; the slices live as the statement's do. */
MUST_CHECK bool journal_read_change(const struct stmt *st, struct change *out, struct err *e);
/* The one number of a statement's one row; resets the statement. */
MUST_CHECK bool run_read_count(struct stmt *st, uint64_t *out, struct err *e);

#endif
