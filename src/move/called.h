/* SPDX-License-Identifier: MIT */
/*
 * Rows of the target as people call them: by id, by a key, or by name.
 */
#ifndef FERRY_MOVE_CALLED_H
#define FERRY_MOVE_CALLED_H

#include "move/candidates.h"
#include "move/job.h"

struct called {
	struct str text;
	/* Of a table's keys of one column and its primary name, by the first that finds a row; empty when none does. */
	struct candidates found;
	struct str column;
	bool folded; /* only the case of ASCII letters differs; when nothing is called exactly so */
};

/*
 * What each of the texts means in a table. A user's keys are the application's and the Entra object's id, domain name and
 * e-mail. Names are on j->arena.
 */
MUST_CHECK bool called_find(struct job *j, const struct table *table, struct called *list, size_t n,
			    struct err *e);

#endif
