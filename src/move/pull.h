/* SPDX-License-Identifier: MIT */
/*
 * Service -> side. Each function has as many requests on their way as the service takes.
 */
#ifndef FERRY_MOVE_PULL_H
#define FERRY_MOVE_PULL_H

#include "base/guid.h"
#include "dv/fetchxml.h"
#include "move/job.h"

/* The rows that a query gives (its columns are set here), with all columns of the tab that are read. */
MUST_CHECK bool pull_query(struct job *j, enum side side, struct tab *t, const struct fetch *query,
			   struct err *e);
/* The same for several queries for rows of one tab. */
MUST_CHECK bool pull_queries(struct job *j, enum side side, struct tab *t,
			     const struct fetch *queries, size_t n, struct err *e);
/* The same for all rows of several tabs, at once. */
MUST_CHECK bool pull_tabs(struct job *j, enum side side, struct tab *const *tabs, size_t n,
			  struct err *e);
/* The rows of all of the schema's entities, at once: by its filter, or all; then the N:N pairs of those rows. */
MUST_CHECK bool pull_entities(struct job *j, enum side side, struct err *e);
/* The rows with these ids, as far as they exist. */
MUST_CHECK bool pull_ids(struct job *j, enum side side, struct tab *t, const struct guid *ids,
			 size_t n, struct err *e);
/* The pairs in which these rows stand on the other end. */
MUST_CHECK bool pull_links_to(struct job *j, enum side side, const struct tab_relationship *rel,
			      const struct guid *ids, size_t n, struct err *e);
/* The pairs of these source rows. */
MUST_CHECK bool pull_links(struct job *j, enum side side, const struct tab_relationship *rel,
			   const struct guid *ids, size_t n, struct err *e);

#endif
