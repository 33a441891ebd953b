/* SPDX-License-Identifier: MIT */
/*
 * Rows of the target that may be meant: the first few of them with their names, and how many there are.
 */
#ifndef FERRY_MOVE_CANDIDATES_H
#define FERRY_MOVE_CANDIDATES_H

#include "move/read.h"
#include "move/row.h"

#define CANDIDATES_SHOWN 5

struct candidates {
	size_t n; /* different rows; exact up to CANDIDATES_SHOWN */
	struct guid ids[CANDIDATES_SHOWN];
	struct str names[CANDIDATES_SHOWN]; /* may be empty */
	const struct unfit_rule
		*unfit; /* of the first: why it may not be taken silently; or NULL */
};

/* How the rows of one table come. */
struct candidates_of {
	struct arena *arena; /* that the names go to */
	const struct table *table;
	const struct known_table *known; /* or NULL */
	struct row_columns columns;
};

/* One more, unless it is among them. `own`: values of the row that is looked for (row_unfit). */
void candidates_add(const struct candidates_of *of, struct candidates *c,
		    const struct read_row *row, const struct reference_key *own, size_t nown);
/* `1b5f... "Mia", 2c6a... "Mia"`, on the arena. */
struct str candidates_text(struct arena *a, const struct candidates *c);

#endif
