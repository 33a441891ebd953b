/* SPDX-License-Identifier: MIT */
/*
 * The summary is built in memory, which its limit keeps small, in three parts that each have a share of it. Everything that is
 * not ours goes through cli/markdown.h.
 */
#include "cli/changes_summary.h"

#include <inttypes.h>

#include "base/file.h"
#include "base/limits.h"
#include "cli/changes_text.h"
#include "cli/markdown.h"
#include "cli/problem_kinds.h"
#include "cli/shown.h"

#include "base/banned.h"

#define TABLES_SHARE (LIMIT_SUMMARY / 4)
#define PROBLEMS_SHARE (LIMIT_SUMMARY / 4)
#define HEAD_SHARE ((size_t)20000)
#define NAME_SHOWN ((size_t)200)

struct summary {
	const struct report *report;
	struct job *j;
	struct buf tables, problems, changes;
	/* the table or relationship that is being told */
	struct buf rows;
	struct str table, relationship;
	uint64_t told, more;
	uint64_t folded; /* tables and relationships that found no room */
	struct changes_sum sum;
};

/* Complete or not at all. */
static bool add_if_it_fits(struct buf *out, struct str piece, size_t most)
{
	if (out->n + piece.n > most)
		return false;
	buf_add(out, piece);
	return true;
}

/* ---- the changes ---- */

static size_t character_start(struct str s, size_t at)
{
	while (at > 0 && at < s.n && ((unsigned char)s.p[at] & 0xc0) == 0x80)
		at--;
	return at;
}

/* Where to begin so that the first difference of two long texts is in view. */
static size_t view(struct str x, struct str y)
{
	size_t n = 0;

	while (n < x.n && n < y.n && x.p[n] == y.p[n])
		n++;
	return n > LIMIT_SUMMARY_VALUE / 2 ? character_start(x, n - LIMIT_SUMMARY_VALUE / 4) : 0;
}

static void add_value(struct buf *out, struct str text, size_t from, const char *none)
{
	if (text.n == 0) {
		buf_add_fmt(out, "<em>%s</em>", none);
		return;
	}
	if (from > 0)
		buf_add(out, S("\u2026"));
	markdown_code(out, str_skip(text, from), LIMIT_SUMMARY_VALUE);
}

static struct str text_of(struct arena *page, const struct told_column *c, const struct value *v)
{
	return !v || value_is_empty(v) ? S("") : shown_value(page, c->column, v);
}

static void add_column(struct summary *s, struct buf *out, const struct told_change *t,
		       const struct told_column *c)
{
	struct arena_mark mark = arena_mark(s->j->page);
	struct str old = text_of(s->j->page, c, c->before);
	struct str new = text_of(s->j->page, c, c->after);
	bool two = t->kind != TOLD_CREATE && t->kind != TOLD_DELETE;
	size_t from = two ? view(old, new) : 0;

	buf_add(out, S("  - "));
	markdown_code(out, c->column->name, NAME_SHOWN);
	buf_add(out, S(": "));
	if (c->secret) {
		buf_add(out, S("<em>secret</em>"));
	} else {
		if (t->kind != TOLD_CREATE)
			add_value(out, old, from, "empty");
		buf_add(out, two ? S(" \u2192 ") : S(""));
		if (t->kind != TOLD_DELETE)
			add_value(out, new, from, "cleared");
	}
	buf_add_char(out, '\n');
	arena_rewind(s->j->page, mark);
}

static void add_row(struct buf *out, struct str name, struct guid id)
{
	char text[GUID_TEXT_SIZE];

	if (name.n > 0) {
		markdown_code(out, name, NAME_SHOWN);
		buf_add_char(out, ' ');
	}
	buf_add_fmt(out, "<code>%s</code>", guid_format(id, text).p);
}

static void add_title(struct summary *s, struct buf *out, const struct told_change *t)
{
	char text[GUID_TEXT_SIZE];
	const char *fate = changes_fate(s->j, t->state);

	buf_add_fmt(out, "- **%s** ", changes_word(t->kind));
	add_row(out, t->name, t->id);
	if (t->relationship.n > 0) {
		buf_add(out, S(" \u2192 "));
		add_row(out, t->other_name, t->other);
	} else if (!guid_eq(t->id, t->origin)) {
		buf_add_fmt(out, ", in the source <code>%s</code>", guid_format(t->origin, text).p);
	}
	if (t->how.n > 0) {
		buf_add(out, S(", found by "));
		markdown_text(out, t->how, NAME_SHOWN);
	}
	if (*fate)
		buf_add_fmt(out, " (**%s**)", fate);
	buf_add_char(out, '\n');
}

/* The rows of a table, or the pairs of a relationship, are all told. */
static void end_table(struct summary *s)
{
	DEFER(buf_release) struct buf b = buf_make(0);

	if (s->told + s->more == 0)
		return;
	buf_add(&b, S("<details><summary>"));
	markdown_code(&b, s->relationship.n > 0 ? s->relationship : s->table, NAME_SHOWN);
	if (s->relationship.n > 0) {
		buf_add(&b, S(" (links of "));
		markdown_code(&b, s->table, NAME_SHOWN);
		buf_add_char(&b, ')');
	}
	buf_add_fmt(&b, ": %" PRIu64 " change%s</summary>\n\n", s->told + s->more,
		    s->told + s->more == 1 ? "" : "s");
	buf_add(&b, buf_str(&s->rows));
	if (s->more > 0)
		buf_add_fmt(&b, "- ... and %" PRIu64 " more\n", s->more);
	buf_add(&b, S("\n</details>\n\n"));
	if (!add_if_it_fits(&s->changes, buf_str(&b), LIMIT_SUMMARY))
		s->folded++;
	buf_clear(&s->rows);
	s->told = s->more = 0;
}

static size_t room(const struct summary *s)
{
	size_t used = HEAD_SHARE + s->tables.n + s->problems.n + s->changes.n;

	return used < LIMIT_SUMMARY_DETAILS ? LIMIT_SUMMARY_DETAILS - used : 0;
}

static bool tell(void *context, const struct told_change *t, struct err *e)
{
	DEFER(buf_release) struct buf b = buf_make(0);
	struct summary *s = context;

	(void)e;
	if (!str_eq(s->table, t->table) || !str_eq(s->relationship, t->relationship)) {
		end_table(s);
		s->table = t->table;
		s->relationship = t->relationship;
	}
	changes_add(&s->sum, t);
	if (s->told >= LIMIT_SUMMARY_ROWS || s->more > 0) {
		s->more++;
		return true;
	}
	add_title(s, &b, t);
	for (size_t i = 0; i < t->ncolumns && i < LIMIT_SUMMARY_COLUMNS; i++)
		add_column(s, &b, t, &t->columns[i]);
	if (t->ncolumns > LIMIT_SUMMARY_COLUMNS)
		buf_add_fmt(&b, "  - ... and %zu more columns\n",
			    t->ncolumns - LIMIT_SUMMARY_COLUMNS);
	if (add_if_it_fits(&s->rows, buf_str(&b), room(s)))
		s->told++;
	else
		s->more++;
	return true;
}

static bool add_changes(struct summary *s, struct err *e)
{
	if (!s->j)
		return true;
	if (!changes_each(s->j, tell, s, e))
		return false;
	end_table(s);
	if (s->folded > 0)
		buf_add_fmt(&s->changes, "... and %" PRIu64 " more tables and relationships\n\n",
			    s->folded);
	return true;
}

/* ---- counts ---- */

static void add_numbers(struct buf *out, const uint64_t *numbers, size_t n)
{
	for (size_t i = 0; i < n; i++)
		buf_add_fmt(out, " %" PRIu64 " |", numbers[i]);
	buf_add_char(out, '\n');
}

static void add_counts_of_rows(struct buf *out, const struct import_table *t)
{
	const uint64_t numbers[] = { t->read,
				     t->counts[OUTCOME_CREATED],
				     t->counts[OUTCOME_UPDATED],
				     t->counts[OUTCOME_ADOPTED],
				     t->counts[OUTCOME_UNCHANGED],
				     t->counts[OUTCOME_SKIPPED],
				     t->counts[OUTCOME_FAILED],
				     t->deleted,
				     t->deactivated };

	add_numbers(out, numbers, COUNT_OF(numbers));
}

static void add_counts_of_pairs(struct buf *out, const struct import_table *t)
{
	const uint64_t numbers[] = { t->read,
				     t->counts[OUTCOME_CREATED],
				     t->counts[OUTCOME_UNCHANGED],
				     t->counts[OUTCOME_SKIPPED],
				     t->counts[OUTCOME_FAILED],
				     t->unlinked };

	add_numbers(out, numbers, COUNT_OF(numbers));
}

static void add_tables(struct summary *s, const struct import_table *tables, size_t n,
		       struct str heading,
		       void (*numbers)(struct buf *, const struct import_table *))
{
	size_t i = 0;

	if (n == 0)
		return;
	buf_add(&s->tables, heading);
	for (; i < n && i < LIMIT_SUMMARY_TABLES; i++) {
		DEFER(buf_release) struct buf b = buf_make(0);

		buf_add(&b, S("| "));
		markdown_code(&b, tables[i].name, NAME_SHOWN);
		buf_add(&b, S(" |"));
		numbers(&b, &tables[i]);
		if (!add_if_it_fits(&s->tables, buf_str(&b), TABLES_SHARE))
			break;
	}
	if (i < n)
		buf_add_fmt(&s->tables, "\n... and %zu more\n", n - i);
	buf_add_char(&s->tables, '\n');
}

static void add_counts(struct summary *s)
{
	const struct report *r = s->report;

	add_tables(
		s, r->tables, r->ntables,
		S("| table | read | created | updated | adopted | unchanged | skipped | failed | deleted | "
		  "deactivated |\n|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|\n"),
		add_counts_of_rows);
	add_tables(s, r->relationships, r->nrelationships,
		   S("| relationship | read | linked | unchanged | skipped | failed | unlinked |\n"
		     "|---|--:|--:|--:|--:|--:|--:|\n"),
		   add_counts_of_pairs);
}

/* ---- problems ---- */

static void add_kind(struct buf *out, const struct problem_kind *k)
{
	static const char *const severities[] = {
		[SEVERITY_NOTE] = "note",
		[SEVERITY_WARNING] = "warning",
		[SEVERITY_ERROR] = "error",
	};

	buf_add_fmt(out, "- **%s**", severities[k->severity]);
	if (k->n > 1)
		buf_add_fmt(out, " (%" PRIu64 " times)", k->n);
	buf_add(out, S(": "));
	markdown_text(out, k->message, LIMIT_SUMMARY_MESSAGE);
	if (k->remedy.n > 0) {
		buf_add(out, S("; "));
		markdown_text(out, k->remedy, LIMIT_SUMMARY_MESSAGE);
	}
	buf_add_char(out, '\n');
	for (size_t i = 0; i < k->nplaces; i++) {
		buf_add(out, S("  - "));
		markdown_code(out, k->places[i], NAME_SHOWN);
		buf_add_char(out, '\n');
	}
	if (k->n > k->nplaces && k->nplaces > 0)
		buf_add_fmt(out, "  - ... and %" PRIu64 " more\n", k->n - k->nplaces);
}

static bool add_problems(struct summary *s, struct err *e)
{
	DEFER(arena_release) struct arena a = arena_make(0);
	struct problem_kinds kinds = { 0 };

	if (!s->report->run)
		return true;
	if (!problem_kinds_read(&a, s->report->run, LIMIT_SUMMARY_PROBLEMS, &kinds, e))
		return false;
	if (kinds.n + kinds.others == 0)
		return true;
	buf_add(&s->problems, S("### Problems\n\n"));
	for (size_t i = 0; i < kinds.n; i++) {
		DEFER(buf_release) struct buf b = buf_make(0);

		add_kind(&b, &kinds.p[i]);
		if (!add_if_it_fits(&s->problems, buf_str(&b), PROBLEMS_SHARE))
			kinds.others += kinds.p[i].n;
	}
	if (kinds.others > 0)
		buf_add_fmt(&s->problems, "- ... and %" PRIu64 " more\n", kinds.others);
	buf_add_char(&s->problems, '\n');
	return true;
}

/* ---- the head ---- */

static void add_line(struct buf *out, const char *what, struct str text)
{
	if (text.n == 0)
		return;
	buf_add_fmt(out, "| %s | ", what);
	markdown_code(out, text, 2 * NAME_SHOWN);
	buf_add(out, S(" |\n"));
}

static void add_id(struct buf *out, const char *what, struct guid id)
{
	char text[GUID_TEXT_SIZE];

	if (!guid_is_null(id))
		add_line(out, what, guid_format(id, text));
}

static void add_verdict(struct buf *out, const struct summary *s)
{
	const struct report *r = s->report;

	if (r->stopped) {
		buf_add(out, S("**Stopped:** "));
		markdown_text(out, str_from(r->stopped->msg), 4 * LIMIT_SUMMARY_MESSAGE);
	} else if (r->dry_run) {
		buf_add(out, S("Nothing was written."));
	} else if (r->verified) {
		buf_add(out, S("Verified: the target was read again and nothing differs."));
	} else {
		buf_add(out, S("**Not verified.**"));
	}
	buf_add(out, S("\n\n"));
}

static void add_head(struct buf *out, const struct summary *s)
{
	static const struct run_head unknown;
	const struct report *r = s->report;
	const struct run_head *h = s->j ? &s->j->head : &unknown;

	buf_add(out, S("## ferry "));
	markdown_text(out, str_from(r->command), NAME_SHOWN);
	buf_add(out, S("\n\n"));
	if (s->j) {
		buf_add(out, S("**"));
		changes_sentence(out, s->j, &s->sum);
		buf_add(out, S("**\n\n"));
	}
	add_verdict(out, s);
	buf_add(out, S("| | |\n|---|---|\n"));
	add_line(out, "source", str_from(r->source));
	add_id(out, "source organization", h->source_organization);
	add_line(out, "target", str_from(r->target));
	add_id(out, "target organization", h->target_organization);
	add_id(out, "user in the target", h->target_user);
	add_id(out, "run", h->id);
	add_line(out, "planned", h->planned);
	add_line(out, "written", h->ended);
	add_line(out, "plan hash", h->seal);
	add_line(out, "ferry", h->ferry);
	buf_add_char(out, '\n');
}

/* ---- the file ---- */

bool changes_summary_check(const char *path, bool overwrite, struct err *e)
{
	uint64_t size;

	if (!file_exists(path))
		return true;
	if (!file_size(path, &size, e))
		return err_set(e, ERR_USAGE, "--summary: %s is no file that can be written", path);
	return size == 0 || overwrite ||
	       err_set(e, ERR_USAGE, "--summary: %s exists already; --overwrite replaces it", path);
}

static bool write_file(const char *path, struct str bytes, struct err *e)
{
	DEFER(arena_release) struct arena a = arena_make(0);
	const char *temp = file_temp_name(&a, path);
	struct err second;

	if (file_write(temp, 0666, bytes, e) && file_commit(temp, path, e))
		return true;
	if (!file_remove(temp, &second))
		return err_wrap(e, "--summary (%s)", second.msg);
	return err_wrap(e, "--summary");
}

static void release(struct summary *s)
{
	buf_release(&s->tables);
	buf_release(&s->problems);
	buf_release(&s->changes);
	buf_release(&s->rows);
}

bool changes_summary_write(const char *path, bool overwrite, const struct report *r, struct job *j,
			   struct err *e)
{
	DEFER(release) struct summary s = { .report = r,
					    .j = j,
					    .tables = buf_make(0),
					    .problems = buf_make(0),
					    .changes = buf_make(0),
					    .rows = buf_make(0) };
	DEFER(buf_release) struct buf out = buf_make(0);

	if (!changes_summary_check(path, overwrite, e))
		return false;
	add_counts(&s);
	if (!add_problems(&s, e) || !add_changes(&s, e))
		return false;
	add_head(&out, &s);
	buf_add(&out, buf_str(&s.tables));
	buf_add(&out, buf_str(&s.problems));
	if (s.changes.n > 0)
		buf_add(&out, S("### Changes\n\n"));
	buf_add(&out, buf_str(&s.changes));
	return write_file(path, buf_str(&out), e);
}
