/* SPDX-License-Identifier: MIT */
/*
 * The run file: one SQLite database that holds the sides of an import or export, what was decided, and what
 * happened. This module owns its tables and every SQL statement about them. Mode 0600. Ids stand in
 * guid_sql_key's order, so that cursors give rows in the platform's order.
 *
 * Tables here: header, tab, row, link. run_map, run_reference, run_keep, journal and graph own the rest.
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

/* NOW is a side for looking: it is never committed. */
enum side { SIDE_SOURCE, SIDE_TARGET, SIDE_WANTED, SIDE_AFTER, SIDE_NOW };
#define SIDES (SIDE_NOW + 1)

struct run {
	struct arena *arena;
	struct db *db;
	struct stmt *st[128];   /* move/run_sql.h */
	struct guid key[SIDES]; /* that run_get_row asked for last */
	bool temporary;         /* removed at close */
	bool read_only;         /* nothing is ever committed */
	bool writing; /* what is noted now is of the writing, and forgotten when it is taken up again */
	const char *path;
	uint64_t reads, writes; /* requests, for the summary */
};

/* A new run file at `path` (refused when it exists), or a temporary one when path is NULL. */
MUST_CHECK bool run_create(struct run *r, struct arena *a, const char *path, struct err *e);
/*
 * One that is there. `look`: what is written is seen until it is closed, and then gone. ERR_INPUT: it is no run file, or one
 * of another form; ERR_USAGE: somebody else writes it.
 */
MUST_CHECK bool run_open(struct run *r, struct arena *a, const char *path, bool look,
			 struct err *e);
/* One that is only read, also while somebody writes it: nothing can be written into it. */
MUST_CHECK bool run_open_read(struct run *r, struct arena *a, const char *path, struct err *e);
/* ERR_INPUT: the file is damaged, wherever that is: all of it is read. */
MUST_CHECK bool run_check_file(struct run *r, struct err *e);
void run_close(struct run *r); /* fits DEFER; what was not committed is gone */
/* What was written so far is on disk. Between, everything is one transaction. */
MUST_CHECK bool run_commit(struct run *r, struct err *e);

MUST_CHECK bool run_set_header(struct run *r, struct str name, struct str value, struct err *e);
/* On the arena; *found false: none. */
MUST_CHECK bool run_get_header(struct run *r, struct arena *a, struct str name, struct str *value,
			       bool *found, struct err *e);

/*
 * A table of the run; ids count from 0 in the order of these calls. `columns`: their names, in the order of the cells, with
 * a line end behind each. Put again it has to be the same: ERR_STALE.
 */
MUST_CHECK bool run_put_tab(struct run *r, uint32_t tab, struct str name, struct str columns,
			    struct err *e);
/* The rows that a package has of it, good or bad: put by whoever has counted them. */
MUST_CHECK bool run_set_read(struct run *r, uint32_t tab, uint64_t rows, struct err *e);
MUST_CHECK bool run_get_read(struct run *r, uint32_t tab, uint64_t *rows, struct err *e);

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
/* Other cells of a row that is there; a cursor over its side may be open. */
MUST_CHECK bool run_set_cells(struct run *r, enum side side, uint32_t tab, struct guid id,
			      struct str cells, struct err *e);
/* *found false: none. The slices live until the next run_get_row of that side. */
MUST_CHECK bool run_get_row(struct run *r, enum side side, uint32_t tab, struct guid id,
			    struct run_row *row, bool *found, struct err *e);
/* Without looking at the row itself, which costs a page of the file. */
MUST_CHECK bool run_has_row(struct run *r, enum side side, uint32_t tab, struct guid id,
			    bool *found, struct err *e);
MUST_CHECK bool run_count_rows(struct run *r, enum side side, uint32_t tab, uint64_t *n,
			       struct err *e);
MUST_CHECK bool run_clear_side(struct run *r, enum side side, struct err *e);
MUST_CHECK bool run_remove_row(struct run *r, enum side side, uint32_t tab, struct guid id,
			       struct err *e);

/* Cursors: own statements, so several may be open and rows may be put meanwhile into other sides. */
struct run_cursor {
	struct stmt *st;
	struct guid key; /* that is bound: a cursor stays where it is */
};
void run_cursor_close(struct run_cursor *c); /* fits DEFER */
MUST_CHECK bool run_rows(struct run *r, enum side side, uint32_t tab, struct run_cursor *c,
			 struct err *e);
/* The WANTED rows of a tab whose id is another one than in the source. */
MUST_CHECK bool run_renamed_rows(struct run *r, uint32_t tab, struct run_cursor *c, struct err *e);
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

#endif
