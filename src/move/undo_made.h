/* SPDX-License-Identifier: MIT */
/*
 * Rows that the platform made because of those that a run created: a contract of a queue, variables of a question. They go with
 * them.
 */
#ifndef FERRY_MOVE_UNDO_MADE_H
#define FERRY_MOVE_UNDO_MADE_H

#include "base/vec.h"
#include "move/attached.h"
#include "move/undo_row.h"

struct made_row {
	struct str table;
	struct guid id;
	struct str column; /* of it, that points to the row below; empty: that row points to it */
	struct str of_table;
	struct guid of;
	bool asked; /* who points to it */
	bool stays; /* somebody does */
};

struct made_rows {
	VEC(struct made_row) rows; /* on the job's arena */
	struct map by_id;
};

/* The users by whom the platform makes rows: whoever ran the run, and the one called SYSTEM. */
struct made_by {
	struct guid users[2];
	size_t n;
};
MUST_CHECK bool made_by_ask(struct undoing *u, struct made_by *by, struct err *e);

/*
 * Whether a row that points to one of ours is the platform's doing: made by one of these users, and not written since the run was
 * read back.
 */
bool made_is(const struct undoing *u, const struct made_by *by, const struct attached_row *row);

/* Each once. */
void made_add(struct undoing *u, struct made_rows *made, const struct made_row *row);
struct made_row *made_find(struct made_rows *made, struct str table, struct guid id);

/*
 * Rows that created rows point to although nobody told them to: added when they were made after the row that points to
 * them, by one of these users.
 */
MUST_CHECK bool made_pointed_to(struct undoing *u, const struct made_by *by, struct made_rows *made,
				struct err *e);

/* Rows in the tables that the run watched, newer than it: added. */
MUST_CHECK bool made_watched(struct undoing *u, const struct made_by *by, struct made_rows *made,
			     struct err *e);

/* Plans their deletion; u->j gets tabs for tables that its schema lacks. */
MUST_CHECK bool made_plan(struct undoing *u, const struct made_rows *made, struct err *e);

#endif
