/* SPDX-License-Identifier: MIT */
/*
 * ferry org snapshot, ferry org reset: a local organization as a file.
 */
#include "cli/commands.h"

#include <stddef.h>

#include "base/file.h"
#include "io/json.h"
#include "org/shape.h"
#include "cli/report.h"

#include "base/banned.h"

/* What was done to `file`, or why not. */
static bool print_result(struct program *p, const char *command, const char *file, const char *out,
			 const struct err *stopped, struct err *e)
{
	struct report_sink sink = report_sink_make(p->ui->out);
	DEFER(json_writer_release) struct json_writer w = json_writer_make(&sink.sink);

	json_object(&w);
	json_key(&w, S("schemaVersion"));
	json_i64(&w, 1);
	json_key(&w, S("command"));
	json_str(&w, str_from(command));
	json_key(&w, S("organization"));
	json_str(&w, str_from(file));
	if (out) {
		json_key(&w, S("out"));
		json_str(&w, str_from(out));
	}
	if (!report_problems_json(&w, NULL, stopped, e))
		return false;
	json_object_end(&w);
	return json_writer_finish(&w, e) && sink_write(&sink.sink, S("\n"), e);
}

static bool stop(struct program *p, bool json, const char *command, const char *file,
		 const char *out, struct err *e)
{
	struct err second;

	if (json && report_has_document(e) && !print_result(p, command, file, out, e, &second))
		*e = second;
	return false;
}

static bool check_plain(const char *file, struct err *e)
{
	if (str_starts(str_from(file), S("local:")))
		return err_set(e, ERR_USAGE, "%s: give the file alone, without local:", file);
	return true;
}

/* snapshot */

struct snapshot_values {
	struct common common;
	const char *file;
	const char *out;
	bool overwrite;
	bool json;
};

static bool snapshot_run(struct program *p, const void *values, int *status, struct err *e)
{
	const struct snapshot_values *v = values;

	*status = 0;
	if (!check_plain(v->file, e) || !check_plain(v->out, e))
		return false;
	if (file_exists(v->out) && !v->overwrite)
		return err_set(e, ERR_USAGE, "%s exists already; --overwrite replaces it", v->out);
	if (file_is_directory(v->out))
		return err_set(e, ERR_USAGE, "%s is a folder", v->out);
	if (!shape_snapshot(v->file, v->out, e))
		return stop(p, v->json, "org snapshot", v->file, v->out, e);
	if (v->json)
		return print_result(p, "org snapshot", v->file, v->out, NULL, e);
	if (!v->common.quiet)
		fprintf(p->ui->out, "%s: a copy of %s\n", v->out, v->file);
	return true;
}

static const struct operand snapshot_operands[] = {
	{ .name = "FILE",
	  .kind = OPT_FILE,
	  .offset = offsetof(struct snapshot_values, file),
	  .help = "the organization's file" },
	{ .name = "OUT",
	  .kind = OPT_FILE,
	  .offset = offsetof(struct snapshot_values, out),
	  .help = "the copy" },
};

static const struct opt snapshot_opts[] = {
	{ .name = "overwrite",
	  .kind = OPT_FLAG,
	  .offset = offsetof(struct snapshot_values, overwrite),
	  .help = "replace OUT if it exists" },
	{ .name = "json",
	  .kind = OPT_FLAG,
	  .offset = offsetof(struct snapshot_values, json),
	  .help = "print the result as one JSON document" },
};

static const struct example snapshot_examples[] = {
	{ "ferry org snapshot a.db before.db", "a copy to come back to" },
};

const struct command command_org_snapshot = {
	.name = "org snapshot",
	.summary = "copy a local organization",
	.text = "Copies a local organization as it is at one moment, also while it is being served. The copy has "
		"the same ids: ferry takes it for the same environment.",
	.examples = snapshot_examples,
	.nexamples = COUNT_OF(snapshot_examples),
	.syntax = { .opts = snapshot_opts,
		    .nopts = COUNT_OF(snapshot_opts),
		    .operands = snapshot_operands,
		    .noperands = COUNT_OF(snapshot_operands) },
	.size = sizeof(struct snapshot_values),
	.run = snapshot_run,
};

/* reset */

struct reset_values {
	struct common common;
	const char *file;
	bool keep_tables;
	bool json;
};

static bool reset_run(struct program *p, const void *values, int *status, struct err *e)
{
	const struct reset_values *v = values;

	*status = 0;
	if (!check_plain(v->file, e) || !shape_reset(v->file, v->keep_tables, e))
		return stop(p, v->json, "org reset", v->file, NULL, e);
	if (v->json)
		return print_result(p, "org reset", v->file, NULL, NULL, e);
	if (!v->common.quiet)
		fprintf(p->ui->out, "%s: as it was made\n", v->file);
	return true;
}

static const struct operand reset_operands[] = {
	{ .name = "FILE",
	  .kind = OPT_FILE,
	  .offset = offsetof(struct reset_values, file),
	  .help = "the organization's file" },
};

static const struct opt reset_opts[] = {
	{ .name = "keep-tables",
	  .kind = OPT_FLAG,
	  .offset = offsetof(struct reset_values, keep_tables),
	  .help = "keep tables that were added, without their rows" },
	{ .name = "json",
	  .kind = OPT_FLAG,
	  .offset = offsetof(struct reset_values, json),
	  .help = "print the result as one JSON document" },
};

static const struct example reset_examples[] = {
	{ "ferry org reset a.db", "every row and table as \"ferry org create\" made them" },
	{ "ferry org reset a.db --keep-tables", "but with the tables that were added since" },
};

const struct command command_org_reset = {
	.name = "org reset",
	.summary = "put a local organization back to how it was made",
	.text = "Makes a local organization anew, with the sample that it was made with. With --seed it gets the "
		"same ids again, else new ones. Everything written since is gone; \"ferry org snapshot\" keeps "
		"a copy. What is being served has to be stopped first.",
	.examples = reset_examples,
	.nexamples = COUNT_OF(reset_examples),
	.syntax = { .opts = reset_opts,
		    .nopts = COUNT_OF(reset_opts),
		    .operands = reset_operands,
		    .noperands = COUNT_OF(reset_operands) },
	.size = sizeof(struct reset_values),
	.run = reset_run,
};
