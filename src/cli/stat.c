/* SPDX-License-Identifier: MIT */
/*
 * ferry stat: reads a package through. Findings wait in a temporary run file, because there may be as many
 * as values.
 */
#include "cli/commands.h"

#include <inttypes.h>
#include <stddef.h>

#include "io/json.h"
#include "dv/package_check.h"
#include "move/journal.h"
#include "cli/cancel.h"
#include "cli/report.h"

#include "base/banned.h"

struct stat_values {
	struct common common;
	const char *package;
	bool json;
};

struct stat {
	const struct stat_values *values;
	struct ui *ui;
	struct run run;
	bool run_open;
	struct package_check check;
	struct datetime started, ended;
	struct str timestamp;
	const struct err *stopped;
};

#define STATUS_ROWS 1

static bool take_finding(void *context, const struct package_finding *f, struct err *e)
{
	struct stat *s = context;
	struct problem p = {
		.severity = f->error ? SEVERITY_ERROR : SEVERITY_WARNING,
		.table = f->table,
		.id = f->id,
		.column = f->column,
		.message = f->message,
	};

	return journal_put_problem(&s->run, &p, e);
}

static bool step(void *context, struct str table, uint64_t rows, struct err *e)
{
	struct stat *s = context;

	ui_step(s->ui, "reading", table, rows, 0, datetime_now());
	return !cancel_asked() || err_set(e, ERR_CANCELLED, "cancelled while the package was read");
}

static uint64_t sum(const struct package_count *counts, size_t n)
{
	uint64_t total = 0;

	for (size_t i = 0; i < n; i++)
		total += counts[i].n;
	return total;
}

static uint64_t sum_values(const struct package_check *c)
{
	uint64_t total = 0;

	for (size_t i = 0; i < c->ntables; i++)
		total += c->tables[i].values;
	return total;
}

/* ---- for people ---- */

static int width_of(const struct package_check *c)
{
	size_t width = sizeof("relationship") - 1;

	for (size_t i = 0; i < c->ntables; i++)
		width = c->tables[i].name.n > width ? c->tables[i].name.n : width;
	for (size_t i = 0; i < c->nrelationships; i++)
		width = c->relationships[i].name.n > width ? c->relationships[i].name.n : width;
	return width < 100 ? (int)width : 100;
}

static void put_line(FILE *out, int width, struct str name, uint64_t n)
{
	fprintf(out, "%-*.*s %9" PRIu64, width, STR_ARG(str_sub(name, 0, 100)), n);
}

static bool print_text(struct stat *s, struct err *e)
{
	const struct package_check *c = &s->check;
	FILE *out = s->ui->out;
	int width = width_of(c);

	ui_clear(s->ui);
	fprintf(out, "%s%-*s %9s %9s%s\n", ui_color(s->ui, UI_BOLD), width, "table", "rows",
		"values", ui_color(s->ui, UI_PLAIN));
	for (size_t i = 0; i < c->ntables; i++) {
		put_line(out, width, c->tables[i].name, c->tables[i].n);
		fprintf(out, " %9" PRIu64 "\n", c->tables[i].values);
	}
	put_line(out, width, S("total"), sum(c->tables, c->ntables));
	fprintf(out, " %9" PRIu64 "\n", sum_values(c));
	if (c->nrelationships > 0)
		fprintf(out, "%s%-*s %9s%s\n", ui_color(s->ui, UI_BOLD), width, "relationship",
			"links", ui_color(s->ui, UI_PLAIN));
	for (size_t i = 0; i < c->nrelationships; i++) {
		put_line(out, width, c->relationships[i].name, c->relationships[i].n);
		fputc('\n', out);
	}
	if (c->nrelationships > 1) {
		put_line(out, width, S("total"), sum(c->relationships, c->nrelationships));
		fputc('\n', out);
	}
	fflush(out); /* before what goes to the other stream */
	return !s->run_open || report_problems_text(s->ui, &s->run, e);
}

/* ---- for programs ---- */

static void number(struct json_writer *w, struct str key, uint64_t n)
{
	json_key(w, key);
	json_i64(w, (int64_t)n);
}

static void counts(struct json_writer *w, struct str key, const struct package_count *all, size_t n)
{
	json_key(w, key);
	json_array(w);
	for (size_t i = 0; i < n; i++) {
		json_object(w);
		json_key(w, S("name"));
		json_str(w, all[i].name);
		number(w, S("read"), all[i].n);
		json_object_end(w);
	}
	json_array_end(w);
}

static void seconds(struct json_writer *w, const struct stat *s)
{
	DEFER(buf_release) struct buf b = buf_make(64);
	int64_t ms = (s->ended.ticks - s->started.ticks) / (DATETIME_SECOND / 1000);

	ms = ms < 0 ? 0 : ms; /* the clock was set back meanwhile */
	buf_add_fmt(&b, "%" PRId64 ".%03" PRId64, ms / 1000, ms % 1000);
	json_key(w, S("seconds"));
	json_num(w, buf_str(&b));
}

static bool print_json(struct stat *s, struct err *e)
{
	struct report_sink sink = report_sink_make(s->ui->out);
	DEFER(json_writer_release) struct json_writer w = json_writer_make(&sink.sink);
	const struct package_check *c = &s->check;

	ui_clear(s->ui);
	json_object(&w);
	number(&w, S("schemaVersion"), 1);
	json_key(&w, S("command"));
	json_str(&w, S("stat"));
	json_key(&w, S("source"));
	json_str(&w, str_from(s->values->package));
	json_key(&w, S("timestamp"));
	json_str(&w, s->timestamp);
	counts(&w, S("tables"), c->tables, c->ntables);
	counts(&w, S("relationships"), c->relationships, c->nrelationships);
	json_key(&w, S("totals"));
	json_object(&w);
	number(&w, S("read"), sum(c->tables, c->ntables));
	number(&w, S("links"), sum(c->relationships, c->nrelationships));
	number(&w, S("values"), sum_values(c));
	number(&w, S("bad"), c->bad);
	json_object_end(&w);
	if (!report_problems_json(&w, s->run_open ? &s->run : NULL, s->stopped, e))
		return false;
	seconds(&w, s);
	json_object_end(&w);
	return json_writer_finish(&w, e) && sink_write(&sink.sink, S("\n"), e);
}

static bool work(struct program *p, struct stat *s, struct err *e)
{
	DEFER(package_close) struct package *package = NULL;

	if (!package_open(&package, p->arena, s->values->package, e) ||
	    !run_create(&s->run, p->arena, NULL, e))
		return false;
	s->run_open = true;
	s->check = (struct package_check){ .found = take_finding, .step = step, .context = s };
	bool fine = package_check(p->arena, package, &s->check, e);

	s->timestamp = str_dup(p->arena, package_timestamp(package));
	return fine;
}

static bool show(struct stat *s, struct err *e)
{
	return s->values->json ? print_json(s, e) : print_text(s, e);
}

static bool stat_run(struct program *p, const void *values, int *status, struct err *e)
{
	struct stat *s = arena_new(p->arena, struct stat);
	struct err second;

	s->values = values;
	s->ui = p->ui;
	s->started = datetime_now();
	bool fine = work(p, s, e);

	s->ended = datetime_now();
	if (!fine && !report_has_document(e)) {
		run_close(&s->run);
		return false;
	}
	s->stopped = fine ? NULL : e;
	*status = s->check.bad > 0 ? STATUS_ROWS : 0;
	if ((fine || s->values->json) && !show(s, &second)) {
		*e = second;
		fine = false;
	}
	run_close(&s->run);
	return fine;
}

static const struct operand operands[] = {
	{ .name = "PKG",
	  .kind = OPT_FILE,
	  .offset = offsetof(struct stat_values, package),
	  .help = "the package: a zip, a folder of its files, or a git-friendly folder" },
};

static const struct opt opts[] = {
	{ .name = "json",
	  .kind = OPT_FLAG,
	  .offset = offsetof(struct stat_values, json),
	  .help = "print the result as one JSON document" },
};

static const struct example examples[] = {
	{ "ferry stat skills.zip", "tables, rows and links; what does not fit its type" },
	{ "ferry stat skills.zip --json | jq .totals", "for other programs" },
};

const struct command command_stat = {
	.name = "stat",
	.summary = "read a package through and count",
	.text = "Reads every value of a package and tries it against the type that the schema gives its column. "
		"Values that do not fit are told with file, line, table, row and column, and the exit "
		"status is 1. Memory does not grow with the package.",
	.examples = examples,
	.nexamples = COUNT_OF(examples),
	.syntax = { .opts = opts,
		    .nopts = COUNT_OF(opts),
		    .operands = operands,
		    .noperands = COUNT_OF(operands) },
	.size = sizeof(struct stat_values),
	.run = stat_run,
};
