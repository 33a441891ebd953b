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

/* Removes the oldest run files of the folder that `path` is in, so that RUNS_KEPT remain. */
MUST_CHECK bool runs_prune(const char *path, struct err *e);

#endif
