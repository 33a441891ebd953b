/* SPDX-License-Identifier: MIT */
/*
 * A command at work on a run: the environment, the run file, and what is told at the end. Commands that plan, write, take back or
 * look share it.
 */
#ifndef FERRY_CLI_WORK_H
#define FERRY_CLI_WORK_H

#include "move/import.h"
#include "move/job.h"
#include "cli/command.h"
#include "cli/env.h"
#include "cli/report.h"

/* Where the result goes, besides the terminal. A member of a command's struct of values. */
struct work_output {
	bool json, detailed, overwrite;
	const char *report;  /* folder */
	const char *summary; /* file */
};
/* Rows of a command's table: WORK_OUTPUT_OPTIONS(struct import_values, output), */
#define WORK_OUTPUT_OPTIONS(type, member)                                                                               \
	{ .name = "json",                                                                                               \
	  .kind = OPT_FLAG,                                                                                             \
	  .offset = offsetof(type, member.json),                                                                        \
	  .help = "print the result as one JSON document" },                                                            \
		{ .name = "detailed-exitcode",                                                                          \
		  .kind = OPT_FLAG,                                                                                     \
		  .offset = offsetof(type, member.detailed),                                                            \
		  .help = "exit with 10 instead of 0 when there are changes" },                                         \
		{ .name = "report",                                                                                     \
		  .kind = OPT_FILE,                                                                                     \
		  .offset = offsetof(type, member.report),                                                              \
		  .argument = "DIR",                                                                                    \
		  .help = "write a report into this folder: JSON, JUnit XML, and a page to look at" },                  \
		{ .name = "summary",                                                                                    \
		  .kind = OPT_FILE,                                                                                     \
		  .offset = offsetof(type, member.summary),                                                             \
		  .argument = "FILE",                                                                                   \
		  .help = "write the changes as Markdown into this file, for a reviewer" },                             \
		{ .name = "overwrite",                                                                                  \
		  .kind = OPT_FLAG,                                                                                     \
		  .offset = offsetof(type, member.overwrite),                                                           \
		  .help = "replace the run file, the report, the summary and the recording that options name, if they " \
			  "exist" }

struct work {
	struct program *p;
	const struct work_output *output;
	struct env to;
	struct run run;
	struct import_result result;
	struct report report;
	struct arena page;
	struct job job; /* restored, to show what was done; has_job */
	struct progress progress;
	const char *path; /* of the run file; NULL: temporary */
	bool has_run, has_job;
	bool own_place;   /* in the folder of runs, which keeps the last ones */
	bool keep_always; /* also when it ended before anything was written */
	bool unwanted;    /* nobody agreed to it: it is not kept */
};

struct work work_make(struct program *p, const char *command, const struct work_output *output);
void work_close(struct work *w); /* fits DEFER */

/* The environment of an option such as "--to"; it is opened by work_open_env. */
MUST_CHECK bool work_env(struct work *w, const char *option, const char *reference,
			 const struct env_options *remote, struct err *e);

/* How a run was asked for: so that it can be asked for again. */
struct work_asked {
	const struct command *command;
	const void *values;
};
/* A new run file at `out`; NULL: in the folder of runs; `temporary`: nowhere. Its head is begun. */
struct work_new {
	enum run_kind kind;
	const char *source; /* as people call it */
	const char *out;
	bool temporary;
	struct work_asked asked;
};
MUST_CHECK bool work_new_run(struct work *w, const struct work_new *n, struct err *e);
/* One that is there, by path or name; `look`: nothing in it is changed. */
MUST_CHECK bool work_open_run(struct work *w, const char *word, bool look, struct err *e);
/* The words of the command that is doing it now, instead of those of the plan. */
MUST_CHECK bool work_asked_again(struct work *w, const struct work_asked *asked, struct err *e);

/* The path from the root. */
const char *work_absolute(struct arena *a, const char *path);

/* w->job out of the run file. */
MUST_CHECK bool work_restore(struct work *w, struct err *e);

/*
 * Tells what there is to tell. `ok` and *e: how it ended; `show`: the changes, too. The command's result is work_end's.
 */
/* Before there is any work: returns false with *e as it is. */
bool work_refused(struct program *p, const struct work_output *output, const char *command,
		  const char *source, const char *target, struct err *e);
MUST_CHECK bool work_end(struct work *w, bool ok, bool show, int *status, struct err *e);

#endif
