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
#include "move/decisions.h"
#include "move/knowledge.h"
#include "move/progress.h"
#include "move/run.h"

struct job;

struct import_options {
	const char *package;         /* path */
	const char *metadata_folder; /* where definitions are kept between runs; NULL: nowhere */
	bool dry_run;                /* what is planned is sealed, and not written */
	struct decisions decisions;
	struct execution execution;
	struct service *
		source; /* asked for the keys of rows that the package points to; NULL: nobody is */
	/* Called when every row and reference was looked for, `open` of them in vain; false ends the run there. May be NULL. */
	bool (*decided)(void *context, struct job *j, uint64_t open, struct err *e);
	void *context;
};
struct import_table {
	struct str name;
	uint64_t read;
	uint64_t counts[6]; /* by enum outcome */
	/* These stand apart: of a table rows of the target, of a relationship pairs. */
	uint64_t deleted, deactivated, unlinked;
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
 * Plans and, unless it is a dry run, writes; `r` is new, with or without a head. False when the run stopped (conflict, unresolved
 * reference, service gone, cancelled): *out is filled as far as it got, with what was not written counted as skipped, and the
 * problems are in the run file.
 */
MUST_CHECK bool import_run(struct arena *a, struct run *r, struct service *to,
			   const struct knowledge *k, const struct import_options *o,
			   const struct progress *progress, struct import_result *out,
			   struct err *e);

/*
 * Writes what a planned run has left to write; *r is open. `apply`: nothing of it was written yet, it is sealed, and ERR_STALE when
 * rows that it touches have changed since. ERR_USAGE: the service is another organization than the run was planned for, or
 * there is nothing left to do.
 */
struct import_writing {
	struct service *to;
	const struct execution *execution;
	const struct progress *progress;
	bool apply;
};
MUST_CHECK bool import_write(struct arena *a, struct run *r, const struct import_writing *w,
			     struct import_result *out, struct err *e);

/* Whether a run with this head has something left to write; `apply` as above. ERR_USAGE says why not. */
struct run_head;
MUST_CHECK bool import_may_write(const struct run_head *h, const char *path, bool apply,
				 struct err *e);

/* What a run did, or means to do, as its file tells: *j was restored. */
MUST_CHECK bool import_count(struct job *j, struct import_result *out, struct err *e);

#endif
