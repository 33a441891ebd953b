/* SPDX-License-Identifier: MIT */
/*
 * What the stages of one import or export share.
 */
#ifndef FERRY_MOVE_JOB_H
#define FERRY_MOVE_JOB_H

#include "base/arena.h"
#include "dv/catalog.h"
#include "dv/package_origin.h"
#include "dv/schema.h"
#include "dv/service.h"
#include "move/decisions.h"
#include "move/knowledge.h"
#include "move/progress.h"
#include "move/read.h"
#include "move/run.h"
#include "move/run_head.h"
#include "move/run_map.h"
#include "move/tab.h"

struct job {
	struct arena *arena; /* as long as the run */
	struct arena *page;  /* of one batch of rows; whoever uses it rewinds to its own mark */
	struct run *run;
	struct service *service;
	struct reader reader;
	struct catalog *catalog;
	const struct knowledge *knowledge;
	const struct schema *schema;
	struct tabs tabs;
	const struct progress *progress;
	struct run_head head;
	struct decisions decisions; /* all zero where nothing is decided */
	struct execution execution; /* settle_ms: what is left of it */
	struct guid user;           /* who writes */
	struct value owner; /* of every new row, a REF (move/owner.h); ABSENT: as it comes */
	const struct package_origin *origin; /* of the package; NULL: it does not tell */
	uint64_t failures;                   /* rows that failed in the writing */
};

/*
 * What earlier runs were told about the service's tables, from a file in `folder` (known_tables.h), before any table is
 * asked for. NULL: nothing is kept.
 */
MUST_CHECK bool job_know_tables(struct job *j, const char *folder, struct err *e);
/* And back into the file. That it cannot be written is a note in the run. */
MUST_CHECK bool job_keep_tables(struct job *j, struct err *e);

/*
 * The definitions of the schema's tables, then those of the intersect tables and both ends of their
 * relationships, into the catalog.
 */
MUST_CHECK bool job_read_tables(struct job *j, struct err *e);

/*
 * Calls `each` for every row of a side of one table, in id order. The page is rewound after each call; the
 * row's slices live during the call.
 */
MUST_CHECK bool job_each_row(struct job *j, enum side side, const struct tab *t,
			     bool (*each)(void *context, const struct run_row *row, struct err *e),
			     void *context, struct err *e);
/* The same with all values unpacked, on the page. */
MUST_CHECK bool job_each_values(struct job *j, enum side side, const struct tab *t,
				bool (*each)(void *context, const struct run_row *row,
					     struct value *values, struct err *e),
				void *context, struct err *e);
/* The same for the pairs of a relationship. */
MUST_CHECK bool job_each_link(struct job *j, enum side side, uint32_t rel,
			      bool (*each)(void *context, struct guid source, struct guid target,
					   struct err *e),
			      void *context, struct err *e);

/* Ids of rows in parts of at most JOB_PART: as many requests at once as a reading takes. `choose` NULL takes all. */
#define JOB_PART READ_IDS_AT_ONCE
MUST_CHECK bool job_each_part(struct job *j, enum side side, const struct tab *t,
			      bool (*choose)(void *context, const struct run_row *row, bool *yes,
					     struct err *e),
			      bool (*each)(void *context, const struct guid *ids, size_t n,
					   struct err *e),
			      void *context, struct err *e);

#endif
