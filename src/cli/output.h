/* SPDX-License-Identifier: MIT */
/*
 * Whether an output may be made at a path.
 */
#ifndef FERRY_CLI_OUTPUT_H
#define FERRY_CLI_OUTPUT_H

#include "base/err.h"

/*
 * ERR_USAGE when something is there and may not be replaced: without --overwrite anything, with it
 * whatever is no package or run file of ours to throw away (a folder that holds other things).
 */
MUST_CHECK bool output_package(const char *path, bool overwrite, struct err *e);
MUST_CHECK bool output_file(const char *path, bool overwrite, struct err *e);

#endif
