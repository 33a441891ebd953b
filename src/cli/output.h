/* SPDX-License-Identifier: MIT */
/*
 * Whether an output may be made at a path.
 */
#ifndef FERRY_CLI_OUTPUT_H
#define FERRY_CLI_OUTPUT_H

#include "base/err.h"

/*
 * ERR_USAGE when the folder for it is missing, or when something is there that may not be replaced: without
 * `overwrite` anything, with it whatever is not of the kind that is to be made.
 */
MUST_CHECK bool output_package(const char *path, bool overwrite, struct err *e);
/* The same for a git-friendly folder, in the replacing of which files that begin with a dot stay. */
MUST_CHECK bool output_tree(const char *path, bool overwrite, struct err *e);
MUST_CHECK bool output_run(const char *path, bool overwrite, struct err *e);
MUST_CHECK bool output_recording(const char *path, bool overwrite, struct err *e);
/* The folder for it alone. */
MUST_CHECK bool output_has_folder(const char *path, struct err *e);

#endif
