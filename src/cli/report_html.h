/* SPDX-License-Identifier: MIT */
/*
 * The page of a run: who, when, between what; counts, problems with what to do, changes with both values, and a picture of
 * what needed what. Written in one go while the changes are told.
 */
#ifndef FERRY_CLI_REPORT_HTML_H
#define FERRY_CLI_REPORT_HTML_H

#include "cli/command.h"
#include "cli/report.h"
#include "cli/report_svg.h"

struct report_html {
	struct markup m;
	struct program *program;
	const struct report *report;
	const struct job *job; /* NULL: no changes are told */
	struct arena page;     /* of one change */
	struct picture picture;
	struct str table;       /* whose changes are being told; empty: none yet */
	uint64_t shown, hidden; /* of it */
	uint64_t total;         /* shown of all */
};

/* `head`: NULL when the run has none. */
MUST_CHECK bool report_html_begin(struct report_html *h, struct program *p, struct sink *out,
				  const struct report *r, const struct run_head *head,
				  const struct job *j, struct err *e);
void report_html_change(struct report_html *h, const struct told_change *t);
/* The other file's part of the end. */
void report_html_rows_end(struct report_html *h);
MUST_CHECK bool report_html_end(struct report_html *h, struct err *e);
void report_html_release(struct report_html *h); /* fits DEFER */

#endif
