/* SPDX-License-Identifier: MIT */
/*
 * Where definitions of tables are kept between runs: $XDG_CACHE_HOME/ferry/metadata.
 */
#ifndef FERRY_CLI_KEPT_H
#define FERRY_CLI_KEPT_H

#include "base/arena.h"
#include "cli/env.h"

/*
 * NULL for a local organization, which tells its tables faster than a file could, for a conversation that is
 * recorded, and where neither XDG_CACHE_HOME nor HOME is an absolute path. Nothing is made.
 */
const char *kept_metadata_folder(struct arena *a, const struct env *env,
				 const char *(*environment)(const char *name));

#endif
