/* SPDX-License-Identifier: MIT */
/*
 * A suite's counts stand before its cases, so its cases are kept until it ends; LIMIT_REPORT_CASES bounds them. Problems
 * are read first, because the changes do not tell why one failed.
 */
#include "cli/report_junit.h"

#include <inttypes.h>

#include "base/limits.h"
#include "cli/changes_text.h"

#include "base/banned.h"

#define SHOWN ((size_t)2000) /* bytes of a text */

/* ---- why ---- */

static struct str row_key(struct arena *a, struct str table, struct str id)
{
	return str_fmt(a, "%.*s\n%.*s", STR_ARG(table), STR_ARG(id));
}

static struct str keep(struct report_junit *u, struct str s)
{
	return str_dup(u->arena, str_sub(s, 0, SHOWN));
}

/* Most severe ones come first, and stay. Beyond the limit only a row that is known counts one more. */
static void add_problem(struct report_junit *u, const struct problem *p)
{
	uint32_t at = (uint32_t)u->problems.n;
	DEFER(buf_release) struct buf key = buf_make(0);

	buf_add_fmt(&key, "%.*s\n%.*s", STR_ARG(p->table), STR_ARG(p->id));
	if (p->id.n > 0 && map_get(&u->by_row, buf_str(&key), &at)) {
		u->problems.p[at].more++;
		return;
	}
	if (u->problems.n >= LIMIT_REPORT_TOLD)
		return;
	if (p->id.n > 0)
		map_put(&u->by_row, str_dup(u->arena, buf_str(&key)), &at);
	*VEC_PUSH(u->arena, &u->problems) = (struct junit_problem){
		.p = { .severity = p->severity,
		       .code = p->code,
		       .table = keep(u, p->table),
		       .id = keep(u, p->id),
		       .column = keep(u, p->column),
		       .message = keep(u, p->message),
		       .remedy = keep(u, p->remedy) },
	};
}

static bool read_problems(struct report_junit *u, struct err *e)
{
	DEFER(run_cursor_close) struct run_cursor c = { 0 };

	if (!u->report->run)
		return true;
	if (!journal_problems(u->report->run, &c, e))
		return false;
	for (;;) {
		struct problem p;
		bool more;

		if (!journal_next_problem(&c, &p, &more, e))
			return false;
		if (!more)
			return true;
		if (p.severity != SEVERITY_NOTE)
			add_problem(u, &p);
	}
}

/* By either of the row's ids; NULL: nothing is wrong with it. */
static struct junit_problem *problem_of(struct report_junit *u, const struct told_change *t)
{
	const struct guid ids[] = { t->origin, t->id };

	for (size_t i = 0; i < COUNT_OF(ids); i++) {
		DEFER(arena_release) struct arena scratch = arena_make(0);
		uint32_t at;

		if (map_get(&u->by_row, row_key(&scratch, t->table, guid_text(&scratch, ids[i])),
			    &at))
			return &u->problems.p[at];
	}
	return NULL;
}

/* ---- cases ---- */

enum verdict { PASSED, SKIPPED, FAILED };

/* False: there is no room for another; it is only counted. */
static bool open_case(struct report_junit *u, struct str class, struct str name,
		      enum verdict verdict)
{
	if (u->ncases >= LIMIT_REPORT_CASES) {
		u->nhidden++;
		return false;
	}
	u->ncases++;
	u->nfailed += verdict == FAILED;
	u->nskipped += verdict == SKIPPED;
	markup_raw(&u->cases, "    <testcase");
	markup_attr(&u->cases, "classname", class);
	markup_attr(&u->cases, "name", name);
	if (verdict == PASSED) {
		markup_raw(&u->cases, "/>\n");
		return false;
	}
	markup_raw(&u->cases, ">\n");
	return true;
}

static void put_message(struct report_junit *u, const struct problem *p)
{
	DEFER(buf_release) struct buf b = buf_make(0);

	if (p->column.n > 0)
		buf_add_fmt(&b, "%.*s: ", STR_ARG(p->column));
	buf_add(&b, p->message);
	markup_attr(&u->cases, "message", buf_str(&b));
	buf_clear(&b);
	if (p->code)
		buf_add_fmt(&b, "0x%08" PRIx32, p->code);
	markup_attr(&u->cases, "type", buf_str(&b));
}

static void close_case(struct report_junit *u, enum verdict verdict, const struct problem *p,
		       uint64_t more)
{
	const char *tag = verdict == FAILED ? "failure" : "skipped";

	markup_fmt(&u->cases, "      <%s", tag);
	put_message(u, p);
	if (verdict == SKIPPED) {
		markup_raw(&u->cases, "/>\n    </testcase>\n");
		return;
	}
	markup_raw(&u->cases, ">");
	markup_text(&u->cases, p->message);
	if (p->remedy.n > 0) {
		markup_raw(&u->cases, "\nWhat to do: ");
		markup_text(&u->cases, p->remedy);
	}
	if (more > 0)
		markup_fmt(&u->cases, "\nand %" PRIu64 " more problems of this row", more);
	markup_fmt(&u->cases, "</%s>\n    </testcase>\n", tag);
}

static void put_problem(struct report_junit *u, struct str class, struct str name,
			enum verdict verdict, struct junit_problem *p)
{
	p->told = true;
	if (open_case(u, class, name, verdict))
		close_case(u, verdict, &p->p, p->more);
}

static struct str case_name(struct report_junit *u, struct arena *scratch,
			    const struct told_change *t)
{
	(void)u;
	struct str name = str_sub(t->name, 0, SHOWN);

	if (t->relationship.n > 0)
		return str_fmt(scratch, "%s %.*s (%.*s) with %.*s (%.*s) by %.*s",
			       changes_word(t->kind), STR_ARG(name),
			       STR_ARG(guid_text(scratch, t->id)),
			       STR_ARG(str_sub(t->other_name, 0, SHOWN)),
			       STR_ARG(guid_text(scratch, t->other)), STR_ARG(t->relationship));
	return str_fmt(scratch, "%s %.*s (%.*s)", changes_word(t->kind), STR_ARG(name),
		       STR_ARG(guid_text(scratch, t->id)));
}

static enum verdict verdict_of(const struct report_junit *u, const struct told_change *t,
			       const struct junit_problem *p)
{
	if (t->state == CHANGE_FAILED)
		return FAILED;
	/* written, but the target tells something else */
	if (p && p->p.severity == SEVERITY_ERROR && t->relationship.n == 0)
		return t->state == CHANGE_SKIPPED ? SKIPPED : FAILED;
	if (t->state == CHANGE_DONE || u->job->head.phase == RUN_PLANNED)
		return PASSED;
	return SKIPPED;
}

static void put_change(struct report_junit *u, const struct told_change *t)
{
	DEFER(arena_release) struct arena scratch = arena_make(0);
	struct junit_problem *p = problem_of(u, t);
	enum verdict verdict = verdict_of(u, t, p);
	struct str name = case_name(u, &scratch, t);
	struct problem unknown = { .message = verdict == FAILED
						      ? S("failed")
						      : str_from(changes_fate(u->job, t->state)) };

	if (verdict == PASSED && t->kind == TOLD_ADOPT)
		return;
	if (verdict != PASSED && p)
		put_problem(u, t->table, name, verdict, p);
	else if (open_case(u, t->table, name, verdict))
		close_case(u, verdict, &unknown, 0);
}

/* ---- suites ---- */

static void open_suite(struct report_junit *u)
{
	buf_clear(&u->body);
	u->body_sink = buf_sink_make(&u->body);
	u->cases = markup_make(&u->body_sink.sink);
	u->ncases = u->nfailed = u->nskipped = u->nhidden = 0;
}

static void property(struct markup *m, const char *name, uint64_t n)
{
	if (n > 0)
		markup_fmt(m, "      <property name=\"%s\" value=\"%" PRIu64 "\"/>\n", name, n);
}

/* `t` NULL: of no table. */
static bool close_suite(struct report_junit *u, struct str name, const struct import_table *t,
			struct err *e)
{
	struct markup *m = &u->m;

	if (!markup_finish(&u->cases, e))
		return false;
	markup_release(&u->cases);
	markup_raw(m, "  <testsuite");
	markup_attr(m, "name", name);
	markup_fmt(m,
		   " tests=\"%" PRIu64 "\" failures=\"%" PRIu64 "\" errors=\"0\" skipped=\"%" PRIu64
		   "\" time=\"0\">\n",
		   u->ncases, u->nfailed, u->nskipped);
	if ((t && t->read > 0) || u->nhidden > 0) {
		markup_raw(m, "    <properties>\n");
		property(m, "read", t ? t->read : 0);
		property(m, "unchanged", t ? t->counts[OUTCOME_UNCHANGED] : 0);
		property(m, "adopted", t ? t->counts[OUTCOME_ADOPTED] : 0);
		property(m, "skipped", t ? t->counts[OUTCOME_SKIPPED] : 0);
		property(m, "failed", t ? t->counts[OUTCOME_FAILED] : 0);
		property(m, "notShown", u->nhidden);
		markup_raw(m, "    </properties>\n");
	}
	markup_part(m, &u->body);
	markup_raw(m, "  </testsuite>\n");
	return true;
}

/* A row of the package that no change is about: it failed or was skipped before anything was planned. */
static bool untold_verdict(struct report_junit *u, const struct problem *p, enum verdict *out,
			   struct err *e)
{
	const struct tab *t = u->job ? tabs_find(&u->job->tabs, p->table) : NULL;
	enum outcome outcome = OUTCOME_UNCHANGED;
	bool found = false;
	struct guid id;

	if (t && guid_parse(p->id, &id) &&
	    !journal_get_outcome(u->job->run, t->number, id, &outcome, &found, e))
		return false;
	*out = p->severity == SEVERITY_ERROR ? FAILED : PASSED;
	if (found && outcome == OUTCOME_SKIPPED)
		*out = SKIPPED;
	return true;
}

static bool put_untold(struct report_junit *u, struct str table, struct err *e)
{
	for (size_t i = 0; i < u->problems.n; i++) {
		struct junit_problem *p = &u->problems.p[i];
		enum verdict verdict;

		if (p->told || !str_eq(p->p.table, table))
			continue;
		if (!untold_verdict(u, &p->p, &verdict, e))
			return false;
		p->told = true;
		if (verdict != PASSED)
			put_problem(u, table,
				    p->p.id.n > 0       ? p->p.id
				    : p->p.column.n > 0 ? p->p.column
							: table,
				    verdict, p);
	}
	return true;
}

static bool end_table(struct report_junit *u, struct err *e)
{
	const struct import_table *t = &u->report->tables[u->table++];

	if (!put_untold(u, t->name, e) || !close_suite(u, t->name, t, e))
		return false;
	open_suite(u);
	return true;
}

static bool is_counted(const struct report_junit *u, struct str table)
{
	for (size_t i = u->table; i < u->report->ntables; i++)
		if (str_eq(u->report->tables[i].name, table))
			return true;
	return false;
}

bool report_junit_begin(struct report_junit *u, struct arena *a, struct sink *out,
			const struct report *r, struct job *j, struct err *e)
{
	int64_t ms = (r->ended.ticks - r->started.ticks) / (DATETIME_SECOND / 1000);

	*u = (struct report_junit){
		.m = markup_make(out),
		.arena = a,
		.report = r,
		.job = j,
		.by_row = map_make(a),
		.body = buf_make(0),
	};
	open_suite(u);
	if (ms < 0) /* the clock was set back meanwhile */
		ms = 0;
	markup_raw(&u->m, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"ferry ");
	markup_text(&u->m, str_from(r->command));
	markup_fmt(&u->m, "\" time=\"%" PRId64 ".%03" PRId64 "\">\n", ms / 1000, ms % 1000);
	return read_problems(u, e);
}

bool report_junit_change(struct report_junit *u, const struct told_change *t, struct err *e)
{
	bool counted = is_counted(u, t->table);

	while (counted && !str_eq(u->report->tables[u->table].name, t->table))
		if (!end_table(u, e))
			return false;
	put_change(u, t);
	return true;
}

static void put_stop(struct report_junit *u)
{
	const struct report *r = u->report;
	struct problem p = { .message = S("") };

	if (r->stopped) {
		p.message = str_from(r->stopped->msg);
		p.code = r->stopped->code;
	} else if (!r->dry_run && !r->verified) {
		p.message = S("not verified: the target differs from what was intended");
	}
	if (open_case(u, S("ferry"), S("run"), p.message.n > 0 ? FAILED : PASSED))
		close_case(u, FAILED, &p, 0);
}

/* What is of no table of the run. */
static void put_rest(struct report_junit *u)
{
	for (size_t i = 0; i < u->problems.n; i++) {
		struct junit_problem *p = &u->problems.p[i];
		struct str name = p->p.id.n > 0       ? p->p.id
				  : p->p.column.n > 0 ? p->p.column
						      : str_sub(p->p.message, 0, 100);

		if (!p->told && p->p.severity == SEVERITY_ERROR)
			put_problem(u, p->p.table.n > 0 ? p->p.table : S("ferry"), name, FAILED, p);
	}
}

bool report_junit_end(struct report_junit *u, struct err *e)
{
	while (u->table < u->report->ntables)
		if (!end_table(u, e))
			return false;
	put_stop(u);
	put_rest(u);
	if (!close_suite(u, S("run"), NULL, e))
		return false;
	markup_raw(&u->m, "</testsuites>\n");
	return markup_finish(&u->m, e);
}

void report_junit_release(struct report_junit *u)
{
	markup_release(&u->m);
	markup_release(&u->cases);
	buf_release(&u->body);
}
