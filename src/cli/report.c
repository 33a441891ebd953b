/* SPDX-License-Identifier: MIT */
/*
 * The summary for people: one line per table and relationship, the sum, what went wrong, one sentence.
 */
#include "cli/report.h"

#include <inttypes.h>
#include <stddef.h>

#include "base/limits.h"

#include "base/banned.h"

#define PROBLEMS_SHOWN 50

struct column {
	const char *title;
	enum outcome outcome;
};

/* What stands apart from the rows of the source: shown where there is some of it. */
struct removal {
	const char *title;
	size_t offset; /* in struct import_table */
};

static const struct removal row_removals[] = {
	{ "deleted", offsetof(struct import_table, deleted) },
	{ "deactivated", offsetof(struct import_table, deactivated) },
};
static const struct removal link_removals[] = {
	{ "unlinked", offsetof(struct import_table, unlinked) },
};

static const struct column row_columns[] = {
	{ "created", OUTCOME_CREATED }, { "updated", OUTCOME_UPDATED },
	{ "adopted", OUTCOME_ADOPTED }, { "unchanged", OUTCOME_UNCHANGED },
	{ "skipped", OUTCOME_SKIPPED }, { "failed", OUTCOME_FAILED },
};

static const struct column link_columns[] = {
	{ "linked", OUTCOME_CREATED },
	{ "unchanged", OUTCOME_UNCHANGED },
	{ "skipped", OUTCOME_SKIPPED },
	{ "failed", OUTCOME_FAILED },
};

struct layout {
	const char *title;
	const struct column *columns;
	size_t ncolumns;
	int width;                         /* of the names */
	const struct removal *removals[2]; /* NULL: not shown */
};

static uint64_t removed(const struct import_table *t, const struct removal *r)
{
	const uint64_t *n = (const void *)((const char *)t + r->offset);

	return *n;
}

struct import_table report_sum(const struct import_table *tables, size_t n)
{
	struct import_table total = { .name = S("total") };

	for (size_t i = 0; i < n; i++) {
		total.read += tables[i].read;
		for (size_t k = 0; k < OUTCOMES; k++)
			total.counts[k] += tables[i].counts[k];
		total.deleted += tables[i].deleted;
		total.deactivated += tables[i].deactivated;
		total.unlinked += tables[i].unlinked;
	}
	return total;
}

uint64_t report_changes(const struct report *r)
{
	struct import_table rows = report_sum(r->tables, r->ntables);
	struct import_table links = report_sum(r->relationships, r->nrelationships);

	return rows.counts[OUTCOME_CREATED] + rows.counts[OUTCOME_UPDATED] + rows.deleted +
	       rows.deactivated + links.counts[OUTCOME_CREATED] + links.unlinked;
}

static int name_width(const struct report *r)
{
	size_t width = sizeof("relationship") - 1;

	for (size_t i = 0; i < r->ntables; i++)
		width = r->tables[i].name.n > width ? r->tables[i].name.n : width;
	for (size_t i = 0; i < r->nrelationships; i++)
		width = r->relationships[i].name.n > width ? r->relationships[i].name.n : width;
	return width < 100 ? (int)width : 100;
}

static void heading(struct ui *ui, const struct layout *l)
{
	fprintf(ui->out, "%s%-*s %9s", ui_color(ui, UI_BOLD), l->width, l->title, "read");
	for (size_t i = 0; i < l->ncolumns; i++)
		fprintf(ui->out, " %9s", l->columns[i].title);
	for (size_t i = 0; i < COUNT_OF(l->removals) && l->removals[i]; i++)
		fprintf(ui->out, " %11s", l->removals[i]->title);
	fprintf(ui->out, "%s\n", ui_color(ui, UI_PLAIN));
}

static enum ui_color color_of(enum outcome outcome)
{
	switch (outcome) {
	case OUTCOME_FAILED:
		return UI_RED;
	case OUTCOME_SKIPPED:
		return UI_YELLOW;
	case OUTCOME_CREATED:
	case OUTCOME_UPDATED:
		return UI_GREEN;
	case OUTCOME_ADOPTED:
	case OUTCOME_UNCHANGED:
		return UI_PLAIN;
	}
	return UI_PLAIN;
}

static void line(struct ui *ui, const struct layout *l, const struct import_table *t)
{
	fprintf(ui->out, "%-*.*s %9" PRIu64, l->width, STR_ARG(t->name), t->read);
	for (size_t i = 0; i < l->ncolumns; i++) {
		uint64_t n = t->counts[l->columns[i].outcome];

		if (n)
			fprintf(ui->out, " %s%9" PRIu64 "%s",
				ui_color(ui, color_of(l->columns[i].outcome)), n,
				ui_color(ui, UI_PLAIN));
		else
			fprintf(ui->out, " %9s", "-");
	}
	for (size_t i = 0; i < COUNT_OF(l->removals) && l->removals[i]; i++) {
		uint64_t n = removed(t, l->removals[i]);

		if (n)
			fprintf(ui->out, " %s%11" PRIu64 "%s", ui_color(ui, UI_RED), n,
				ui_color(ui, UI_PLAIN));
		else
			fprintf(ui->out, " %11s", "-");
	}
	fputc('\n', ui->out);
}

static void table(struct ui *ui, struct layout *l, const struct removal *removals, size_t nremovals,
		  const struct import_table *rows, size_t n)
{
	struct import_table total = report_sum(rows, n);
	size_t shown = 0;

	if (n == 0)
		return;
	for (size_t i = 0; i < nremovals; i++)
		if (removed(&total, &removals[i]) > 0)
			l->removals[shown++] = &removals[i];
	heading(ui, l);
	for (size_t i = 0; i < n; i++)
		line(ui, l, &rows[i]);
	if (n > 1)
		line(ui, l, &total);
}

/* No name is so long, unless someone tries. */
#define NAME_SHOWN 200

static void problem(struct ui *ui, const struct problem *p)
{
	static const char *const severities[] = {
		[SEVERITY_NOTE] = "note",
		[SEVERITY_WARNING] = "warning",
		[SEVERITY_ERROR] = "error",
	};
	DEFER(buf_release) struct buf b = buf_make(LIMIT_MESSAGE);

	buf_add_fmt(&b, "ferry: %s: ", severities[p->severity]);
	buf_add(&b, str_sub(p->table, 0, NAME_SHOWN));
	if (p->id.n)
		buf_add_fmt(&b, "%s%.*s", p->table.n ? " " : "", STR_ARG(p->id));
	if (p->column.n)
		buf_add_fmt(&b, ": %.*s", STR_ARG(str_sub(p->column, 0, NAME_SHOWN)));
	if (p->table.n || p->id.n || p->column.n)
		buf_add(&b, S(": "));
	buf_add(&b, str_sub(p->message, 0, LIMIT_MESSAGE / 2));
	if (p->remedy.n)
		buf_add_fmt(&b, "; %.*s", STR_ARG(p->remedy));
	ui_put(ui->err, buf_str(&b));
	fputc('\n', ui->err);
}

/* Notes only when verbose; then all of them. */
bool report_problems_text(struct ui *ui, struct run *run, struct err *e)
{
	DEFER(run_cursor_close) struct run_cursor c = { 0 };
	uint64_t shown = 0, hidden = 0;

	if (!journal_problems(run, &c, e))
		return false;
	for (;;) {
		struct problem p;
		bool more = false;

		if (!journal_next_problem(&c, &p, &more, e))
			return false;
		if (!more)
			break;
		if (p.severity == SEVERITY_NOTE && !ui->verbose)
			continue;
		if (shown < PROBLEMS_SHOWN || ui->verbose) {
			problem(ui, &p);
			shown++;
		} else {
			hidden++;
		}
	}
	if (hidden)
		fprintf(ui->err,
			"ferry: and %" PRIu64 " more; --verbose or --json shows them all\n",
			hidden);
	return true;
}

static void conclusion(struct ui *ui, const struct report *r)
{
	struct import_table rows = report_sum(r->tables, r->ntables);
	struct import_table links = report_sum(r->relationships, r->nrelationships);

	fprintf(ui->out, "%s%" PRIu64 " created, %" PRIu64 " updated, %" PRIu64 " linked",
		r->dry_run ? "to be done: " : "", rows.counts[OUTCOME_CREATED],
		rows.counts[OUTCOME_UPDATED], links.counts[OUTCOME_CREATED]);
	if (rows.deleted)
		fprintf(ui->out, ", %" PRIu64 " deleted", rows.deleted);
	if (rows.deactivated)
		fprintf(ui->out, ", %" PRIu64 " deactivated", rows.deactivated);
	if (links.unlinked)
		fprintf(ui->out, ", %" PRIu64 " unlinked", links.unlinked);
	if (rows.counts[OUTCOME_SKIPPED] + links.counts[OUTCOME_SKIPPED])
		fprintf(ui->out, ", %" PRIu64 " skipped",
			rows.counts[OUTCOME_SKIPPED] + links.counts[OUTCOME_SKIPPED]);
	if (rows.counts[OUTCOME_FAILED] + links.counts[OUTCOME_FAILED])
		fprintf(ui->out, ", %" PRIu64 " failed",
			rows.counts[OUTCOME_FAILED] + links.counts[OUTCOME_FAILED]);
	if (r->dry_run)
		fputs("; nothing was written (dry run)\n", ui->out);
	else if (r->verified)
		fprintf(ui->out, "; %sverified%s: the target was read again and nothing differs\n",
			ui_color(ui, UI_GREEN), ui_color(ui, UI_PLAIN));
	else
		fprintf(ui->out, "; %snot verified%s\n", ui_color(ui, UI_RED),
			ui_color(ui, UI_PLAIN));
}

bool report_text(struct ui *ui, const struct report *r, struct err *e)
{
	struct layout rows = { .title = "table",
			       .columns = row_columns,
			       .ncolumns = COUNT_OF(row_columns),
			       .width = name_width(r) };
	struct layout links = { .title = "relationship",
				.columns = link_columns,
				.ncolumns = COUNT_OF(link_columns),
				.width = rows.width };

	if (r->exported) {
		rows.ncolumns = 0;
		links.ncolumns = 0;
	}
	ui_clear(ui);
	table(ui, &rows, row_removals, COUNT_OF(row_removals), r->tables, r->ntables);
	table(ui, &links, link_removals, COUNT_OF(link_removals), r->relationships,
	      r->nrelationships);
	if (r->ntables && !r->exported)
		conclusion(ui, r);
	fflush(ui->out); /* before what goes to the other stream */
	return !r->run || report_problems_text(ui, r->run, e);
}
