/* SPDX-License-Identifier: MIT */
/*
 * ferry diff: what differs between two packages.
 */
#include "cli/diff.h"

#include <stddef.h>

#include "move/journal.h"
#include "cli/commands.h"
#include "cli/report.h"

#include "base/banned.h"

struct diff_values {
	struct common common;
	const char *old;
	const char *new;
	bool stat;
	bool json;
	bool detailed;
};

#define STATUS_ROWS 1
#define STATUS_CHANGES 10

struct diff_totals diff_report_totals(const struct diff_report *r)
{
	struct diff_totals sum = { 0 };

	if (r->stopped)
		return sum;
	for (size_t i = 0; i < r->diff->tables.n; i++) {
		const struct diff_table *t = &r->diff->tables.p[i];

		sum.added += t->added;
		sum.removed += t->removed;
		sum.changed += t->changed;
		sum.unchanged += t->unchanged;
	}
	for (size_t i = 0; i < r->diff->relationships.n; i++) {
		const struct diff_relationship *rel = &r->diff->relationships.p[i];

		sum.links_added += rel->added;
		sum.links_removed += rel->removed;
		sum.links_unchanged += rel->unchanged;
	}
	return sum;
}

static bool compare(struct program *p, const struct diff_report *r, struct run *run, struct err *e)
{
	DEFER(package_close) struct package *old = NULL;
	DEFER(package_close) struct package *new = NULL;
	const char *const *names = r->names;

	if (!package_open(&old, p->arena, names[DIFF_OLD], e) ||
	    !package_open(&new, p->arena, names[DIFF_NEW], e) ||
	    !run_create(run, p->arena, NULL, e))
		return false;
	diff_add_schema(r->diff, DIFF_OLD, package_schema(old));
	diff_add_schema(r->diff, DIFF_NEW, package_schema(new));
	return diff_load_package(r->diff, DIFF_OLD, old, names[DIFF_OLD], e) &&
	       diff_load_package(r->diff, DIFF_NEW, new, names[DIFF_NEW], e) &&
	       diff_count(r->diff, e);
}

/* As report_stop. */
static bool stop(struct ui *ui, bool json, struct diff_report *r, struct err *e)
{
	struct err second;

	if (!report_has_document(e))
		return false;
	r->stopped = e;
	if (!(json ? diff_report_json(ui, r, &second) : diff_report_text(ui, r, &second)))
		*e = second;
	return false;
}

static bool status_of(const struct diff_values *v, const struct diff_report *r, int *status,
		      struct err *e)
{
	struct diff_totals t = diff_report_totals(r);
	uint64_t errors;

	if (!journal_count_problems(r->run, SEVERITY_ERROR, &errors, e))
		return false;
	if (errors > 0)
		*status = STATUS_ROWS;
	else if (v->detailed && t.added + t.removed + t.changed + t.links_added + t.links_removed)
		*status = STATUS_CHANGES;
	return true;
}

static bool diff_command_run(struct program *p, const void *values, int *status, struct err *e)
{
	const struct diff_values *v = values;
	DEFER(arena_release) struct arena page = arena_make(0);
	DEFER(run_close) struct run run = { 0 };
	DEFER(diff_release) struct diff diff = { 0 };
	struct progress progress = ui_progress(p->ui);
	struct diff_report report = {
		.names = { v->old, v->new },
		.diff = &diff,
		.counts_only = v->stat,
		.started = datetime_now(),
	};

	*status = 0;
	diff_init(&diff, p->arena, &page, &run, &progress);
	bool ok = compare(p, &report, &run, e);

	report.run = run.db ? &run : NULL;
	report.ended = datetime_now();
	if (!ok)
		return stop(p->ui, v->json, &report, e);
	if (!status_of(v, &report, status, e))
		return false;
	return v->json ? diff_report_json(p->ui, &report, e) : diff_report_text(p->ui, &report, e);
}

static const struct operand operands[] = {
	{ .name = "A",
	  .kind = OPT_FILE,
	  .offset = offsetof(struct diff_values, old),
	  .help = "the package as it was: a zip, or a folder" },
	{ .name = "B",
	  .kind = OPT_FILE,
	  .offset = offsetof(struct diff_values, new),
	  .help = "the package as it is" },
};

static const struct opt opts[] = {
	{ .name = "stat",
	  .kind = OPT_FLAG,
	  .offset = offsetof(struct diff_values, stat),
	  .help = "only count" },
	{ .name = "json",
	  .kind = OPT_FLAG,
	  .offset = offsetof(struct diff_values, json),
	  .help = "print the result as one JSON document" },
	{ .name = "detailed-exitcode",
	  .kind = OPT_FLAG,
	  .offset = offsetof(struct diff_values, detailed),
	  .help = "exit with 10 instead of 0 when there are differences" },
};

static const struct example examples[] = {
	{ "ferry diff last-week.zip today.zip", "what changed since last week" },
	{ "ferry diff skills skills.zip --detailed-exitcode",
	  "in a pipeline: exit status 0 when they are the same, 10 when not" },
	{ "ferry diff a.zip b.zip --stat", "how many rows differ, per table" },
};

const struct command command_diff = {
	.name = "diff",
	.summary = "show what differs between two packages",
	.text = "Compares two packages by what they mean: rows by id, columns by name. The order of rows and "
		"columns, the encoding of text, line ends, the layout of XML and JSON, how a date or a "
		"decimal is written, and the names shown beside lookups make no difference. What only "
		"one side has, tables and columns too, is a difference.\n\n"
		"Shown are rows that were added (+), removed (-) and changed (~), a changed row with both "
		"values of each column; long texts line by line, XML and JSON laid out first.\n\n"
		"A value that does not fit its type is told, compared as text, and makes the exit status 1. "
		"Differences alone leave it 0, unless --detailed-exitcode is given.",
	.examples = examples,
	.nexamples = COUNT_OF(examples),
	.syntax = { .opts = opts,
		    .nopts = COUNT_OF(opts),
		    .operands = operands,
		    .noperands = COUNT_OF(operands) },
	.size = sizeof(struct diff_values),
	.run = diff_command_run,
};
