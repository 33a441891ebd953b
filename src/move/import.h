/* SPDX-License-Identifier: MIT */
/*
 * A whole import: the stages in their order (docs/architecture.md). What fails for one
 * row is data in the run file; what stops a run is an error.
 */
#ifndef FERRY_MOVE_IMPORT_H
#define FERRY_MOVE_IMPORT_H

#include "base/arena.h"
#include "base/err.h"
#include "dv/service.h"
#include "move/knowledge.h"
#include "move/progress.h"
#include "move/run.h"

struct import_options {
	const char *package;         /* path */
	const char *metadata_folder; /* where definitions are kept between runs; NULL: nowhere */
	uint64_t seed;               /* of the jitter of pauses */
	bool dry_run;
	bool secrets;
	bool skip_missing;   /* columns that the target lacks are left out, and told */
	unsigned batch_size; /* 0 = auto */
	unsigned bypass;     /* enum bypass, with | */
	unsigned
		settle_ms; /* to wait for the platform's jobs, at most; where nothing can wait it is not used */
};
struct import_table {
	struct str name;
	uint64_t read;
	uint64_t counts[6]; /* by enum outcome */
};
struct import_result {
	struct guid target; /* organization id */
	struct import_table *tables;
	size_t ntables;
	struct import_table *relationships;
	size_t nrelationships;
	bool complete; /* every row is where it was meant to be: nothing failed or was lost */
	bool verified; /* the target was read again and nothing differs; false in a dry run */
};
/*
 * False when the run stopped (conflict, unresolved reference, service gone, cancelled): *out is filled as far
 * as it got, with what was not written counted as skipped, and the problems are in the run file.
 */
MUST_CHECK bool import_run(struct arena *a, struct run *r, struct service *to,
			   const struct knowledge *k, const struct import_options *o,
			   const struct progress *progress, struct import_result *out,
			   struct err *e);

#endif
