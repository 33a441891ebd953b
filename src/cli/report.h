/* SPDX-License-Identifier: MIT */
/*
 * What came out of a run: a table for people, or one JSON document (docs: "Output"). Every source row is in
 * one bucket, so `read` is the sum of the others.
 */
#ifndef FERRY_CLI_REPORT_H
#define FERRY_CLI_REPORT_H

#include "base/datetime.h"
#include "base/err.h"
#include "base/sink.h"
#include "io/json.h"
#include "move/import.h"
#include "move/journal.h"
#include "move/run.h"
#include "cli/ui.h"

struct report {
	const char *command;
	bool exported;        /* what counts is what was read; nothing was compared */
	const char *run_path; /* NULL when the run file is not kept */
	const char *source;
	const char *target;
	bool dry_run;
	const struct import_table *tables;
	size_t ntables;
	const struct import_table *relationships; /* created = linked */
	size_t nrelationships;
	bool verified;
	uint64_t throttled, retried; /* requests to a server */
	struct datetime started, ended;
	struct run *run;           /* requests and problems; NULL when it was never opened */
	const struct err *stopped; /* why the run stopped, or NULL */
	struct job *job;           /* whose changes the document tells; NULL: it tells none */
};

/* The sums of these tables, called "total". */
struct import_table report_sum(const struct import_table *tables, size_t n);
/* Changes that were made, or intended in a dry run. */
uint64_t report_changes(const struct report *r);

/* One document. */
MUST_CHECK bool report_document(struct sink *out, const struct report *r, struct err *e);
/* The same on ui->out. */
MUST_CHECK bool report_json(struct ui *ui, const struct report *r, struct err *e);
/* Tables on ui->out, problems on ui->err. */
MUST_CHECK bool report_text(struct ui *ui, const struct report *r, struct err *e);
/* For the reports of other commands: problems on ui->err; an item of "problems"; all of it, the stop first. */
MUST_CHECK bool report_problems_text(struct ui *ui, struct run *run, struct err *e);
void report_problem_json(struct json_writer *w, const struct err *problem);
MUST_CHECK bool report_problems_json(struct json_writer *w, struct run *run,
				     const struct err *stopped, struct err *e);
/* Writes to a stream of the process. */
struct report_sink {
	struct sink sink;
	FILE *file;
};
struct report_sink report_sink_make(FILE *file);

/* With --json there is one document even when a command stopped because of *e, but none when its exit status is 2 or 9. */
bool report_has_document(const struct err *e);
/*
 * A run that stopped because of *e: shows what there is to show (one document when `json`) and returns false with *e as it
 * was; nothing where there is no document.
 */
bool report_stop(struct ui *ui, bool json, struct report *r, struct err *e);

#endif
