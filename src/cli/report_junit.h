/* SPDX-License-Identifier: MIT */
/*
 * JUnit XML of a run, as pipelines show it: a test suite per table, a test case per row that was written, failed or was
 * skipped, and a suite "run" for all that no row tells. Rows that stay as they are are only counted. Written in one go
 * while the changes are told, which come table by table.
 */
#ifndef FERRY_CLI_REPORT_JUNIT_H
#define FERRY_CLI_REPORT_JUNIT_H

#include "base/map.h"
#include "base/vec.h"
#include "move/changes.h"
#include "cli/markup.h"
#include "cli/report.h"

/* The most severe problem of a row, of a column of all rows, or of nothing in particular. */
struct junit_problem {
	struct problem p;
	uint64_t more; /* problems of the same row */
	bool told;
};

struct report_junit {
	struct markup m;
	struct arena *arena;
	const struct report *report;
	struct job *job; /* NULL: no changes are told */
	VEC(struct junit_problem) problems;
	struct map by_row; /* "table\nid" */
	size_t table;      /* of the report, that comes next */
	/* the suite that is being written */
	struct buf body;
	struct buf_sink body_sink;
	struct markup cases;
	uint64_t ncases, nfailed, nskipped, nhidden;
};

MUST_CHECK bool report_junit_begin(struct report_junit *u, struct arena *a, struct sink *out,
				   const struct report *r, struct job *j, struct err *e);
MUST_CHECK bool report_junit_change(struct report_junit *u, const struct told_change *t,
				    struct err *e);
MUST_CHECK bool report_junit_end(struct report_junit *u, struct err *e);
void report_junit_release(struct report_junit *u); /* fits DEFER */

#endif
