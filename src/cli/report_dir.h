/* SPDX-License-Identifier: MIT */
/*
 * --report DIR: a run as files. report.json is the document of --json; junit.xml has a test suite per table and a test case per
 * row that was written, failed or was skipped; report.html is one page that needs nothing else: no network, no script.
 */
#ifndef FERRY_CLI_REPORT_DIR_H
#define FERRY_CLI_REPORT_DIR_H

#include "move/job.h"
#include "cli/command.h"
#include "cli/report.h"

/*
 * Whether the files may be made there, so that this is known before there is any work. ERR_USAGE: the folder for it is missing, it
 * is no folder, or, without `overwrite`, not empty.
 */
MUST_CHECK bool report_dir_check(const char *dir, bool overwrite, struct err *e);

/*
 * Each file appears complete or not at all; other files in the folder stay. `j`: whose changes are told, restored or live; NULL
 * when there are none to tell.
 */
MUST_CHECK bool report_dir_write(struct program *p, const char *dir, const struct report *r,
				 struct job *j, bool overwrite, struct err *e);

#endif
