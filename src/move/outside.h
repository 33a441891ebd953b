/* SPDX-License-Identifier: MIT */
/*
 * References to rows outside the package: which row of the target do they mean?
 */
#ifndef FERRY_MOVE_OUTSIDE_H
#define FERRY_MOVE_OUTSIDE_H

#include "move/job.h"

/*
 * Puts every lookup and N:N target of the source side that points to no row of the package into the run
 * file's references.
 */
MUST_CHECK bool outside_collect(struct job *j, struct err *e);
/* Its parts, for who walks over the rows anyway: one row, and all pairs. */
MUST_CHECK bool outside_collect_row(struct job *j, const struct tab *t, const struct value *values,
				    struct err *e);
MUST_CHECK bool outside_collect_links(struct job *j, struct err *e);
/* One row that is pointed to, unless the package has it. */
MUST_CHECK bool outside_collect_one(struct job *j, struct str table, struct guid id,
				    struct str label, struct err *e);

/*
 * After the references were collected: adds the definitions of the tables pointed to, and maps what can be mapped: by the keys
 * that the package tells (refer.h), by the same id in the target, else, where no keys are told, for tables with system or
 * vocabulary rows the single such row with the name that the package shows; last by the map file's default. A row that may not be
 * taken silently (knowledge: unfit) is not. What stays open is told by the rewrite, with the row and column that need it, and why.
 */
MUST_CHECK bool outside_resolve(struct job *j, struct err *e);

#endif
