/* SPDX-License-Identifier: MIT */
/*
 * What a comparison found: text for people, or one JSON document.
 */
#ifndef FERRY_CLI_DIFF_H
#define FERRY_CLI_DIFF_H

#include "base/datetime.h"
#include "base/err.h"
#include "move/diff.h"
#include "cli/ui.h"

struct diff_report {
	const char *names[DIFF_SIDES]; /* as given */
	struct diff *diff;             /* counted, unless stopped */
	bool counts_only;
	struct datetime started, ended;
	struct run *run;           /* for the problems; NULL when it was never opened */
	const struct err *stopped; /* why nothing was compared, or NULL */
};

struct diff_totals {
	uint64_t added, removed, changed, unchanged, links_added, links_removed, links_unchanged;
};
struct diff_totals diff_report_totals(const struct diff_report *r);

MUST_CHECK bool diff_report_text(struct ui *ui, const struct diff_report *r, struct err *e);
MUST_CHECK bool diff_report_json(struct ui *ui, const struct diff_report *r, struct err *e);

#endif
