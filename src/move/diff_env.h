/* SPDX-License-Identifier: MIT */
/*
 * An environment as one side of a comparison: what a schema describes of it. It is only read. What of the schema it
 * lacks is told, and is then only in the other side; what it does not tell (a secret, a type that nobody
 * carries) is told, and compared with nothing.
 *
 * The rows are pulled into a run file of their own, which is gone when they are in the comparison's.
 */
#ifndef FERRY_MOVE_DIFF_ENV_H
#define FERRY_MOVE_DIFF_ENV_H

#include "move/diff.h"
#include "move/job.h"

struct diff_environment {
	const char *name; /* as people call it */
	struct service *service;
	const char *metadata_folder; /* where definitions are kept between runs; NULL: nowhere */
	bool against_package;        /* the other side is one */
};

struct diff_env {
	struct diff *d;
	enum diff_side side;
	const struct diff_environment *from;
	struct run run;
	struct job job;
	struct catalog catalog;
	struct schema schema; /* what the environment has of it */
	uint64_t rows;
};

/* Reads the definitions and declares the side: d->run is open, no row is there yet. `schema` and `from` live as long as *v. */
MUST_CHECK bool diff_env_open(struct diff_env *v, struct diff *d, enum diff_side side,
			      const struct diff_environment *from, const struct schema *schema,
			      struct err *e);
/* All rows and pairs. */
MUST_CHECK bool diff_env_load(struct diff_env *v, struct err *e);
void diff_env_close(struct diff_env *v); /* fits DEFER */

#endif
