/* SPDX-License-Identifier: MIT */
/*
 * ferry schema validate: everything that is wrong with a schema, at once.
 */
#include "cli/commands.h"

#include <stddef.h>

#include "base/file.h"
#include "base/limits.h"
#include "io/json.h"
#include "dv/schema_check.h"
#include "cli/look.h"
#include "cli/report.h"

#include "base/banned.h"

struct validate_values {
	struct common common;
	const char *file;
	const char *against;
	bool json;
	struct env_options remote;
};

static bool look_at_environment(struct program *p, const struct validate_values *v,
				struct schema_check *c, struct err *e)
{
	DEFER(look_close) struct look look = { 0 };
	struct str *names;
	size_t n = schema_check_tables(c, &names);

	if (!env_parse(&look.env, p, "--against", v->against, &v->remote, e) ||
	    !look_open(&look, p, e) || !look_tables(&look, names, n, e) || !look_finish(&look, e))
		return false;
	schema_check_against(c, &look.catalog);
	return true;
}

static void count(struct json_writer *w, struct str key, size_t n)
{
	json_key(w, key);
	json_i64(w, (int64_t)n);
}

static void problem(struct json_writer *w, const struct finding *f)
{
	json_object(w);
	json_text_member(w, S("severity"), finding_severity_word(f->severity));
	json_key(w, S("line"));
	if (f->line > 0)
		json_i64(w, f->line);
	else
		json_null(w);
	json_text_member(w, S("table"), f->table);
	json_text_member(w, S("column"), f->column);
	json_text_member(w, S("message"), f->message);
	json_object_end(w);
}

static bool print_json(struct ui *ui, const struct validate_values *v, const struct findings *f,
		       struct err *e)
{
	struct report_sink sink = report_sink_make(ui->out);
	DEFER(json_writer_release) struct json_writer w = json_writer_make(&sink.sink);

	json_object(&w);
	count(&w, S("schemaVersion"), 1);
	json_text_member(&w, S("command"), S("schema validate"));
	json_text_member(&w, S("file"), str_from(v->file));
	json_text_member(&w, S("against"), str_from(v->against));
	json_key(&w, S("valid"));
	json_bool(&w, f->counts[FINDING_ERROR] == 0);
	count(&w, S("errors"), f->counts[FINDING_ERROR]);
	count(&w, S("warnings"), f->counts[FINDING_WARNING]);
	count(&w, S("notes"), f->counts[FINDING_NOTE]);
	json_key(&w, S("problems"));
	json_array(&w);
	for (size_t i = 0; i < f->n; i++)
		problem(&w, &f->p[i]);
	json_array_end(&w);
	json_object_end(&w);
	if (!json_writer_finish(&w, e))
		return false;
	fputc('\n', ui->out);
	return true;
}

/* ---- for people ---- */

static enum ui_color color_of(enum finding_severity s)
{
	switch (s) {
	case FINDING_ERROR:
		return UI_RED;
	case FINDING_WARNING:
		return UI_YELLOW;
	case FINDING_NOTE:
		return UI_PLAIN;
	}
	return UI_PLAIN;
}

/* "schema.xml:12: error: queue.name: the field comes twice, first on line 8" */
static void print_finding(struct ui *ui, const char *file, const struct finding *f)
{
	fprintf(ui->out, "%s:", file);
	if (f->line > 0)
		fprintf(ui->out, "%u:", f->line);
	fprintf(ui->out, " %s%.*s%s: ", ui_color(ui, color_of(f->severity)),
		STR_ARG(finding_severity_word(f->severity)), ui_color(ui, UI_PLAIN));
	if (f->table.n > 0 || f->column.n > 0)
		fprintf(ui->out, "%.*s%s%.*s: ", STR_ARG(str_sub(f->table, 0, 128)),
			f->table.n > 0 && f->column.n > 0 ? "." : "",
			STR_ARG(str_sub(f->column, 0, 128)));
	fprintf(ui->out, "%.*s\n", STR_ARG(f->message));
}

static void print_count(struct ui *ui, size_t n, const char *what, const char *before)
{
	fprintf(ui->out, "%s%zu %s%s", before, n, what, n == 1 ? "" : "s");
}

static bool print_text(struct ui *ui, const struct validate_values *v, const struct findings *f,
		       struct err *e)
{
	size_t all = 0;

	(void)e;
	for (size_t i = 0; i < f->n; i++)
		if (f->p[i].severity == FINDING_ERROR || !ui->quiet)
			print_finding(ui, v->file, &f->p[i]);
	for (size_t i = 0; i < FINDING_SEVERITIES; i++)
		all += f->counts[i];
	if (all > f->n)
		fprintf(ui->out, "and %zu more\n", all - f->n);
	if (ui->quiet)
		return true;
	print_count(ui, f->counts[FINDING_ERROR], "error", "");
	print_count(ui, f->counts[FINDING_WARNING], "warning", ", ");
	print_count(ui, f->counts[FINDING_NOTE], "note", ", ");
	fputc('\n', ui->out);
	return true;
}

/* The check itself failed: what was found until then is told all the same. */
static bool stop(struct ui *ui, const struct validate_values *v, struct findings *f, struct err *e)
{
	struct err second;

	if (!report_has_document(e))
		return false;
	if (v->json)
		findings_add(f, FINDING_ERROR, (struct place){ 0 }, "%s", e->msg);
	if (!(v->json ? print_json(ui, v, f, &second) : print_text(ui, v, f, &second)))
		*e = second;
	return false;
}

static bool check(struct program *p, const struct validate_values *v, struct schema_check *c,
		  struct err *e)
{
	struct str bytes;

	if (!file_read(p->arena, v->file, LIMIT_SCHEMA_FILE, &bytes, e))
		return false;
	schema_check(p->arena, bytes, v->file, c);
	if (v->against)
		return look_at_environment(p, v, c, e);
	schema_check_within(c);
	return true;
}

static bool validate_run(struct program *p, const void *values, int *status, struct err *e)
{
	const struct validate_values *v = values;
	struct schema_check c = { .findings = findings_make(p->arena, v->file) };
	struct env env;

	/* the variable may be set for all commands */
	if (!v->against && v->remote.record && v->remote.record != p->environment("FERRY_RECORD"))
		return err_set(
			e, ERR_USAGE,
			"--record is for the environment that --against names; there is none");
	if (v->against && !env_parse(&env, p, "--against", v->against, &v->remote, e))
		return stop(p->ui, v, &c.findings, e);
	bool ok = check(p, v, &c, e);

	findings_sort(&c.findings);
	if (!ok)
		return stop(p->ui, v, &c.findings, e);
	*status = c.findings.counts[FINDING_ERROR] > 0 ? err_exit_status(ERR_INPUT) : 0;
	return v->json ? print_json(p->ui, v, &c.findings, e)
		       : print_text(p->ui, v, &c.findings, e);
}

static const struct operand operands[] = {
	{ .name = "FILE",
	  .kind = OPT_FILE,
	  .offset = offsetof(struct validate_values, file),
	  .help = "the schema: the data_schema.xml of a package, or a file of that form" },
};

static const struct opt opts[] = {
	{ .name = "against",
	  .kind = OPT_ENVIRONMENT,
	  .offset = offsetof(struct validate_values, against),
	  .argument = "ENV",
	  .help = "an environment that must have these tables, columns, types and relationships" },
	{ .name = "json",
	  .kind = OPT_FLAG,
	  .offset = offsetof(struct validate_values, json),
	  .help = "print the result as one JSON document" },
	ENV_OPTIONS(struct validate_values, remote),
	ENV_OVERWRITE_OPTION(struct validate_values, remote),
};

static const struct example examples[] = {
	{ "ferry schema validate skills.xml", "what is wrong with the file itself" },
	{ "ferry schema validate skills.xml --against local:a.db",
	  "and whether this environment has what it names" },
};

const struct command command_schema_validate = {
	.name = "schema validate",
	.summary = "tell everything that is wrong with a schema, with lines",
	.text = "Checks a schema and prints every problem with its line: errors, which keep the schema "
		"from being used or lose what it meant to say; warnings, which may lose rows or values, such "
		"as lookups to tables that the schema lacks; and notes. With errors it exits with 5, with "
		"warnings and notes alone with 0.",
	.examples = examples,
	.nexamples = COUNT_OF(examples),
	.syntax = { .opts = opts,
		    .nopts = COUNT_OF(opts),
		    .operands = operands,
		    .noperands = COUNT_OF(operands) },
	.size = sizeof(struct validate_values),
	.run = validate_run,
};
