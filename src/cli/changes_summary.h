/* SPDX-License-Identifier: MIT */
/*
 * --summary: a run as Markdown, for a reviewer in a pipeline (GitHub, Azure DevOps): who, what and where, counts, problems by their
 * kind, and the changes, folded up by table. At most LIMIT_SUMMARY bytes: what does not fit is counted.
 */
#ifndef FERRY_CLI_CHANGES_SUMMARY_H
#define FERRY_CLI_CHANGES_SUMMARY_H

#include "base/err.h"
#include "move/job.h"
#include "cli/report.h"

/*
 * ERR_USAGE when it cannot be written there, so that this is known before there is any work: a folder, a device, or, without
 * `overwrite`, a file that is not empty ($GITHUB_STEP_SUMMARY is one that is).
 */
MUST_CHECK bool changes_summary_check(const char *path, bool overwrite, struct err *e);
/* `j`: whose changes are told; NULL: nothing was planned. */
MUST_CHECK bool changes_summary_write(const char *path, bool overwrite, const struct report *r,
				      struct job *j, struct err *e);

#endif
