/* SPDX-License-Identifier: MIT */
/*
 * The document of --json.
 */
#include "cli/report.h"

#include <inttypes.h>

#include "io/json.h"
#include "cli/changes_json.h"

#include "base/banned.h"

static bool write_file(struct sink *sink, struct str bytes, struct err *e)
{
	struct report_sink *s = CONTAINER_OF(sink, struct report_sink, sink);

	if (fwrite(bytes.p, 1, bytes.n, s->file) != bytes.n)
		return err_set(e, ERR_INTERNAL, "the result could not be written to the output");
	return true;
}

struct report_sink report_sink_make(FILE *file)
{
	return (struct report_sink){ .sink = { .write = write_file }, .file = file };
}

static void text(struct json_writer *w, const char *key, struct str value)
{
	json_key(w, str_from(key));
	json_str(w, value);
}

static void text_or_null(struct json_writer *w, const char *key, const char *value)
{
	json_key(w, str_from(key));
	if (value)
		json_str(w, str_from(value));
	else
		json_null(w);
}

static void number(struct json_writer *w, const char *key, uint64_t value)
{
	json_key(w, str_from(key));
	json_i64(w, (int64_t)value);
}

/* The buckets of a row, in the order of the document. */
static const struct {
	const char *name;
	enum outcome outcome;
} buckets[] = {
	{ "created", OUTCOME_CREATED },     { "updated", OUTCOME_UPDATED },
	{ "unchanged", OUTCOME_UNCHANGED }, { "adopted", OUTCOME_ADOPTED },
	{ "skipped", OUTCOME_SKIPPED },     { "failed", OUTCOME_FAILED },
};

static void row_counts(struct json_writer *w, const struct import_table *t)
{
	number(w, "read", t->read);
	for (size_t i = 0; i < COUNT_OF(buckets); i++)
		number(w, buckets[i].name, t->counts[buckets[i].outcome]);
	number(w, "deleted", t->deleted);
	if (t->deactivated > 0)
		number(w, "deactivated", t->deactivated);
}

static void tables(struct json_writer *w, const struct report *r)
{
	json_key(w, S("tables"));
	json_array(w);
	for (size_t i = 0; i < r->ntables; i++) {
		json_object(w);
		text(w, "name", r->tables[i].name);
		row_counts(w, &r->tables[i]);
		json_object_end(w);
	}
	json_array_end(w);
}

static void relationships(struct json_writer *w, const struct report *r)
{
	json_key(w, S("relationships"));
	json_array(w);
	for (size_t i = 0; i < r->nrelationships; i++) {
		const struct import_table *t = &r->relationships[i];

		json_object(w);
		text(w, "name", t->name);
		number(w, "read", t->read);
		number(w, "linked", t->counts[OUTCOME_CREATED]);
		number(w, "unchanged", t->counts[OUTCOME_UNCHANGED]);
		number(w, "skipped", t->counts[OUTCOME_SKIPPED]);
		number(w, "failed", t->counts[OUTCOME_FAILED]);
		number(w, "unlinked", t->unlinked);
		json_object_end(w);
	}
	json_array_end(w);
}

static void totals(struct json_writer *w, const struct report *r)
{
	struct import_table rows = report_sum(r->tables, r->ntables);
	struct import_table links = report_sum(r->relationships, r->nrelationships);

	json_key(w, S("totals"));
	json_object(w);
	row_counts(w, &rows);
	number(w, "linked", links.counts[OUTCOME_CREATED]);
	number(w, "unlinked", links.unlinked);
	json_object_end(w);
}

static void requests(struct json_writer *w, const struct report *r)
{
	json_key(w, S("requests"));
	json_object(w);
	number(w, "read", r->run ? r->run->reads : 0);
	number(w, "write", r->run ? r->run->writes : 0);
	number(w, "throttled", r->throttled);
	number(w, "retried", r->retried);
	json_object_end(w);
}

static void put_problem(struct json_writer *w, const struct problem *p)
{
	static const char *const severities[] = {
		[SEVERITY_NOTE] = "note",
		[SEVERITY_WARNING] = "warning",
		[SEVERITY_ERROR] = "error",
	};
	DEFER(buf_release) struct buf code = buf_make(16);

	if (p->code)
		buf_add_fmt(&code, "0x%08" PRIx32, p->code);
	json_object(w);
	text(w, "severity", str_from(severities[p->severity]));
	text(w, "table", p->table);
	text(w, "id", p->id);
	text(w, "column", p->column);
	text(w, "code", buf_str(&code));
	text(w, "message", p->message);
	text(w, "remedy", p->remedy);
	json_object_end(w);
}

static bool problems_of_run(struct json_writer *w, struct run *run, struct err *e)
{
	DEFER(run_cursor_close) struct run_cursor c = { 0 };

	if (!journal_problems(run, &c, e))
		return false;
	for (;;) {
		struct problem p;
		bool more = false;

		if (!journal_next_problem(&c, &p, &more, e))
			return false;
		if (!more)
			return true;
		put_problem(w, &p);
	}
}

void report_problem_json(struct json_writer *w, const struct err *problem)
{
	struct problem p = {
		.severity = SEVERITY_ERROR,
		.code = problem->code,
		.message = str_from(problem->msg),
	};

	put_problem(w, &p);
}

bool report_problems_json(struct json_writer *w, struct run *run, const struct err *stopped,
			  struct err *e)
{
	json_key(w, S("problems"));
	json_array(w);
	if (stopped)
		report_problem_json(w, stopped);
	if (run && !problems_of_run(w, run, e))
		return false;
	json_array_end(w);
	return true;
}

static void seconds(struct json_writer *w, const struct report *r)
{
	DEFER(buf_release) struct buf b = buf_make(64);
	int64_t ms = (r->ended.ticks - r->started.ticks) / (DATETIME_SECOND / 1000);

	if (ms < 0) /* the clock was set back meanwhile */
		ms = 0;
	buf_add_fmt(&b, "%" PRId64 ".%03" PRId64, ms / 1000, ms % 1000);
	json_key(w, S("seconds"));
	json_num(w, buf_str(&b));
}

static bool document(struct json_writer *w, const struct report *r, struct err *e)
{
	json_object(w);
	number(w, "schemaVersion", 1);
	text(w, "command", str_from(r->command));
	text_or_null(w, "run", r->run_path);
	text(w, "source", str_from(r->source));
	text(w, "target", str_from(r->target));
	json_key(w, S("dryRun"));
	json_bool(w, r->dry_run);
	tables(w, r);
	relationships(w, r);
	totals(w, r);
	requests(w, r);
	if (r->job && !changes_json(w, r->job, e))
		return false;
	if (!report_problems_json(w, r->run, r->stopped, e))
		return false;
	json_key(w, S("verified"));
	json_bool(w, r->verified);
	seconds(w, r);
	json_object_end(w);
	return json_writer_finish(w, e);
}

bool report_document(struct sink *out, const struct report *r, struct err *e)
{
	DEFER(json_writer_release) struct json_writer w = json_writer_make(out);

	return document(&w, r, e) && sink_write(out, S("\n"), e);
}

bool report_json(struct ui *ui, const struct report *r, struct err *e)
{
	struct report_sink sink = report_sink_make(ui->out);

	ui_clear(ui);
	return report_document(&sink.sink, r, e);
}

bool report_has_document(const struct err *e)
{
	int status = err_exit_status(e->kind);

	return status != err_exit_status(ERR_USAGE) && status != err_exit_status(ERR_INTERNAL);
}

bool report_stop(struct ui *ui, bool json, struct report *r, struct err *e)
{
	struct err second;

	if (!report_has_document(e))
		return false;
	r->stopped = e;
	if (!(json ? report_json(ui, r, &second) : report_text(ui, r, &second)))
		*e = second;
	return false;
}
