/* SPDX-License-Identifier: MIT */
/*
 * The commands about map files: a package is matched with an environment as an import does it, and nothing is written.
 */
#ifndef FERRY_CLI_MAP_WORK_H
#define FERRY_CLI_MAP_WORK_H

#include "move/import.h"
#include "move/map_file.h"
#include "cli/command.h"
#include "cli/env.h"

struct map_work {
	struct program *p;
	const char *package, *reference; /* of the target */
	const char *source_reference;    /* NULL: the source is not asked */
	const struct env_options *remote;
	bool overwrite;             /* the recording */
	const struct map_file *map; /* or NULL */
	/* What is made of it, when all rows and references were looked for. */
	bool (*look)(void *context, struct job *j, uint64_t open, struct err *e);
	void *context;
	struct env to, source;
	struct run run; /* temporary; its problems are all that was found wrong */
	bool looked;
};

/* Of *w the members up to `context` are set. */
MUST_CHECK bool map_work_run(struct map_work *w, struct err *e);
void map_work_close(struct map_work *w); /* fits DEFER */

#endif
