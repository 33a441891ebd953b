/* SPDX-License-Identifier: MIT */
/*
 * The run file: one SQLite database that holds the sides of an import or export, what was decided, and what
 * happened. This module owns its tables and every SQL statement about them. Mode 0600. Ids stand in
 * guid_sql_key's order, so that cursors give rows in the platform's order.
 *
 * Tables here: header, tab, row, link, map, keyed. run_reference, journal and graph own the rest.
 */
#ifndef FERRY_MOVE_RUN_H
#define FERRY_MOVE_RUN_H

#include "base/arena.h"
#include "base/err.h"
#include "base/guid.h"
#include "base/str.h"
#include "io/db.h"

/* SQLite's application_id of a run file: "frr" and a byte of its kind. */
#define RUN_APPLICATION_ID 0x66727280

enum side { SIDE_SOURCE, SIDE_TARGET, SIDE_WANTED, SIDE_AFTER };

struct run {
	struct arena *arena;
	struct db *db;
	struct stmt *st[96];             /* move/run_sql.h */
	struct guid key[SIDE_AFTER + 1]; /* that run_get_row asked for last */
	bool temporary;                  /* removed at close */
	const char *path;
	uint64_t reads, writes; /* requests, for the summary */
};

/* A new run file at `path` (refused when it exists), or a temporary one when path is NULL. */
MUST_CHECK bool run_create(struct run *r, struct arena *a, const char *path, struct err *e);
void run_close(struct run *r); /* fits DEFER; what was not committed is gone */
/* What was written so far is on disk. Between, everything is one transaction. */
MUST_CHECK bool run_commit(struct run *r, struct err *e);

MUST_CHECK bool run_set_header(struct run *r, struct str name, struct str value, struct err *e);

/* A table of the run; ids count from 0 in the order of these calls. */
MUST_CHECK bool run_put_tab(struct run *r, uint32_t tab, struct str name, size_t ncolumns,
			    struct err *e);

/* Rows. `origin` is the source id of a WANTED row (else the row's own id). */
struct run_row {
	struct guid id;
	struct guid origin;
	struct str version; /* the etag; may be empty */
	struct str cells;
};
/* *fresh is false when the side has the row already; then nothing changes. */
MUST_CHECK bool run_put_row(struct run *r, enum side side, uint32_t tab, const struct run_row *row,
			    bool *fresh, struct err *e);
/* Instead of the one that the side may have. */
MUST_CHECK bool run_replace_row(struct run *r, enum side side, uint32_t tab,
				const struct run_row *row, struct err *e);
/* *found false: none. The slices live until the next run_get_row of that side. */
MUST_CHECK bool run_get_row(struct run *r, enum side side, uint32_t tab, struct guid id,
			    struct run_row *row, bool *found, struct err *e);
/* Without looking at the row itself, which costs a page of the file. */
MUST_CHECK bool run_has_row(struct run *r, enum side side, uint32_t tab, struct guid id,
			    bool *found, struct err *e);
MUST_CHECK bool run_count_rows(struct run *r, enum side side, uint32_t tab, uint64_t *n,
			       struct err *e);
MUST_CHECK bool run_clear_side(struct run *r, enum side side, struct err *e);

/* Cursors: own statements, so several may be open and rows may be put meanwhile into other sides. */
struct run_cursor {
	struct stmt *st;
};
void run_cursor_close(struct run_cursor *c); /* fits DEFER */
MUST_CHECK bool run_rows(struct run *r, enum side side, uint32_t tab, struct run_cursor *c,
			 struct err *e);
MUST_CHECK bool run_next_row(struct run_cursor *c, struct run_row *row, bool *more, struct err *e);

/* N:N pairs of relationship number `rel` (the run's numbering), sorted by source, then target. */
MUST_CHECK bool run_put_link(struct run *r, enum side side, uint32_t rel, struct guid source,
			     struct guid target, struct err *e);
MUST_CHECK bool run_has_link(struct run *r, enum side side, uint32_t rel, struct guid source,
			     struct guid target, bool *found, struct err *e);
MUST_CHECK bool run_count_links(struct run *r, enum side side, uint32_t rel, uint64_t *n,
				struct err *e);
MUST_CHECK bool run_links(struct run *r, enum side side, uint32_t rel, struct run_cursor *c,
			  struct err *e);
MUST_CHECK bool run_next_link(struct run_cursor *c, struct guid *source, struct guid *target,
			      bool *more, struct err *e);

/* Source id -> target id, per table name, also for tables and rows outside the run. `how` for people. */
MUST_CHECK bool run_put_map(struct run *r, struct str table, struct guid source, struct guid target,
			    struct str how, struct err *e);
MUST_CHECK bool run_get_map(struct run *r, struct str table, struct guid source,
			    struct guid *target, bool *found, struct err *e);
/* The same without a table: for GUIDs in text. *found only if all tables that know it agree. */
MUST_CHECK bool run_get_map_any(struct run *r, struct guid source, struct guid *target, bool *found,
				struct err *e);
/* The source row that a target row was mapped from; *found false when none. */
MUST_CHECK bool run_get_map_back(struct run *r, struct str table, struct guid target,
				 struct guid *source, bool *found, struct err *e);

/* Target rows by the exact text of one of their keys; `rule` numbers the key within its tab. */
MUST_CHECK bool run_put_keyed(struct run *r, uint32_t tab, uint32_t rule, struct str key,
			      struct guid id, struct err *e);
/* The number of rows with that key; the first two ids. */
MUST_CHECK bool run_get_keyed(struct run *r, uint32_t tab, uint32_t rule, struct str key,
			      struct guid ids[2], size_t *n, struct err *e);

#endif
