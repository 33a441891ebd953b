/* SPDX-License-Identifier: MIT */
/*
 * Where run files stand: $XDG_STATE_HOME/ferry/runs/<utc>-<id>.run, the last twenty of them.
 */
#ifndef FERRY_CLI_RUNS_H
#define FERRY_CLI_RUNS_H

#include "base/arena.h"
#include "base/datetime.h"
#include "base/err.h"
#include "base/rng.h"

#define RUNS_KEPT 20

/* The path of a new run file. The folder is made; the file is not. */
MUST_CHECK bool runs_path(struct arena *a, const char *(*environment)(const char *name),
			  struct datetime now, struct rng *rng, const char **out, struct err *e);

/*
 * A run file, with the journal that a killed process may have left beside it: it would be taken for that of the next file of the
 * name, and damage it. ERR_USAGE: somebody writes it.
 */
MUST_CHECK bool runs_remove(const char *path, struct err *e);

/* Removes the oldest run files of the folder that `path` is in, so that RUNS_KEPT remain. */
MUST_CHECK bool runs_prune(const char *path, struct err *e);

/* Paths of the run files in the folder, the newest first. */
struct run_paths {
	const char **p;
	size_t n;
};
MUST_CHECK bool runs_list(struct arena *a, const char *(*environment)(const char *name),
			  struct run_paths *out, struct err *e);
/*
 * A run as people name it: a path, "last", or enough of the name of a file in the folder. ERR_USAGE: there is none, or several.
 */
MUST_CHECK bool runs_find(struct arena *a, const char *(*environment)(const char *name),
			  const char *word, const char **path, struct err *e);

#endif
