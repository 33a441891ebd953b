/* SPDX-License-Identifier: MIT */
/*
 * Service -> side.
 */
#ifndef FERRY_MOVE_PULL_H
#define FERRY_MOVE_PULL_H

#include "base/guid.h"
#include "dv/fetchxml.h"
#include "move/job.h"

/* The rows that a query gives (its columns are set here), with all columns of the tab that are read. */
MUST_CHECK bool pull_query(struct job *j, enum side side, struct tab *t, const struct fetch *query,
			   struct err *e);
/* The rows of a schema entity: by its filter, or all; then the N:N pairs of those rows. */
MUST_CHECK bool pull_entity(struct job *j, enum side side, struct tab *t, struct err *e);
/* The rows with these ids, as far as they exist. */
MUST_CHECK bool pull_ids(struct job *j, enum side side, struct tab *t, const struct guid *ids,
			 size_t n, struct err *e);
/* The pairs of these source rows. */
MUST_CHECK bool pull_links(struct job *j, enum side side, const struct tab_relationship *rel,
			   const struct guid *ids, size_t n, struct err *e);

/* Rows per request when rows are asked for by id. */
#define PULL_IDS 200

#endif
