/* SPDX-License-Identifier: MIT */
/*
 * ferry diff: what differs between two packages, two environments, or one of each.
 */
#include "cli/diff.h"

#include <stddef.h>

#include "move/journal.h"
#include "cli/commands.h"
#include "cli/diff_side.h"
#include "cli/report.h"

#include "base/banned.h"

struct diff_values {
	struct common common;
	const char *old;
	const char *new;
	const char *schema;
	bool secrets;
	struct env_options remote;
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

/* What the environments are asked for: the file that is named, or what the package has. */
static bool choose_schema(struct program *p, const struct diff_values *v,
			  const struct diff_operand *sides, struct diff *d,
			  const struct schema **out, struct err *e)
{
	struct schema *given = arena_new(p->arena, struct schema);

	if (!v->schema) {
		*out = diff_operands_schema(sides);
		/* of an environment only that is read */
		d->limit_is_own = sides[DIFF_OLD].is_environment || sides[DIFF_NEW].is_environment;
		d->limit = d->limit_is_own ? *out : NULL;
		return *out ||
		       err_set(e, ERR_USAGE,
			       "%s and %s are both environments; --schema FILE says which tables and "
			       "columns are compared",
			       v->old, v->new);
	}
	if (!schema_read_file(p->arena, v->schema, given, e))
		return false;
	d->limit = given;
	*out = given;
	return true;
}

static bool compare(struct program *p, const struct diff_values *v, struct diff_operand *sides,
		    struct diff *d, struct err *e)
{
	struct knowledge *knowledge = arena_new(p->arena, struct knowledge);
	const char *names[DIFF_SIDES] = { v->old, v->new };
	const struct schema *schema;

	if (!diff_operands_parse(sides, p, names, &v->remote, e) ||
	    !diff_operands_open(sides, p, e) || !choose_schema(p, v, sides, d, &schema, e) ||
	    !knowledge_builtin(p->arena, knowledge, e) || !run_create(d->run, p->arena, NULL, e))
		return false;
	d->knowledge = knowledge;
	d->secrets = v->secrets;
	return diff_operands_load(sides, p, d, schema, e) && diff_count(d, e);
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
	DEFER(diff_operands_close) struct diff_operands sides = { 0 };
	struct progress progress = ui_progress(p->ui);
	struct diff_report report = {
		.names = { v->old, v->new },
		.diff = &diff,
		.counts_only = v->stat,
		.started = datetime_now(),
	};

	*status = 0;
	diff_init(&diff, p->arena, &page, &run, &progress);
	bool ok = compare(p, v, sides.p, &diff, e);

	report.run = run.db ? &run : NULL;
	report.ended = datetime_now();
	if (!ok)
		return stop(p->ui, v->json, &report, e);
	if (!status_of(v, &report, status, e))
		return false;
	/* what differs is told even when the recording is not complete */
	return (v->json ? diff_report_json(p->ui, &report, e)
			: diff_report_text(p->ui, &report, e)) &&
	       diff_operands_finish(sides.p, e);
}

static const struct operand operands[] = {
	{ .name = "A",
	  .kind = OPT_FILE,
	  .offset = offsetof(struct diff_values, old),
	  .help = "what was: a package (a zip, or a folder) or an environment; where there is a file and a profile "
		  "of one name, it is the file" },
	{ .name = "B",
	  .kind = OPT_FILE,
	  .offset = offsetof(struct diff_values, new),
	  .help = "what is: the same" },
};

static const struct opt opts[] = {
	{ .name = "schema",
	  .kind = OPT_FILE,
	  .offset = offsetof(struct diff_values, schema),
	  .argument = "FILE",
	  .help = "compare the tables, columns and relationships of this schema alone; for two environments it is "
		  "required, else environments are read by the schema of the package" },
	{ .name = "include-secrets",
	  .kind = OPT_FLAG,
	  .offset = offsetof(struct diff_values, secrets),
	  .help = "read secret columns of environments, too, and show the values of secrets" },
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
	ENV_OPTIONS(struct diff_values, remote),
	ENV_OVERWRITE_OPTION(struct diff_values, remote),
};

static const struct example examples[] = {
	{ "ferry diff last-week.zip today.zip", "what changed since last week" },
	{ "ferry diff skills skills.zip --detailed-exitcode",
	  "in a pipeline: exit status 0 when they are the same, 10 when not" },
	{ "ferry diff a.zip b.zip --stat", "how many rows differ, per table" },
	{ "ferry diff last-week.zip prod",
	  "what changed in an environment since it was exported; prod is a profile" },
	{ "ferry diff test prod --schema skills.xml", "what two environments have different" },
};

const struct command command_diff = {
	.name = "diff",
	.summary = "show what differs between packages or environments",
	.text = "Compares two packages, two environments, or one of each, by what they mean: rows by id, columns by name. The order of rows and "
		"columns, the encoding of text, line ends, the layout of XML and JSON, how a date or a "
		"decimal is written, and the names shown beside lookups make no difference. What only "
		"one side has, tables and columns too, is a difference.\n\n"
		"An environment is read by a schema: its tables and columns, the rows that its filters let "
		"through. That is the schema of the package on the other side, or the one that --schema names. "
		"Files and images are compared by their content. Secrets of environments are not "
		"read, and those of packages not shown, unless --include-secrets is given. Nothing is written "
		"to an environment.\n\n"
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
