/* SPDX-License-Identifier: MIT */
/*
 * A comparison for people. What stands in packages and environments is not ours: control characters in it never reach the
 * terminal. Values that are long or have several lines are shown as the lines that differ, XML and JSON
 * laid out first.
 */
#include "cli/diff.h"

#include <inttypes.h>

#include "move/file_cell.h"
#include "cli/report.h"
#include "cli/shown.h"

#include "base/banned.h"

/* A value as people read it. */
static struct str show(struct arena *page, const struct diff_column *c, enum diff_side side,
		       const struct value *v)
{
	enum cmt_type type = c->type[side];

	if (!v)
		return S("(none)");
	if (c->secret)
		return S("(secret)");
	if (diff_is_raw(v))
		return v->text;
	if (v->kind == VALUE_REF)
		return shown_reference(page, v);
	if (type == CMT_BOOL)
		return str_eq(v->text, S("1")) ? S("true") : S("false");
	if ((type == CMT_FILE || type == CMT_IMAGE) && file_cell_is_told(v))
		return str_fmt(page, "%.*s%sSHA-256 %.*s", STR_ARG(file_cell_name(v)),
			       file_cell_name(v).n > 0 ? ", " : "", STR_ARG(file_cell_hash(v)));
	if (type == CMT_FILE && v->name.n > 0)
		return str_fmt(page, "%.*s (%.*s)", STR_ARG(v->name), STR_ARG(v->text));
	return v->text;
}

static void put_cell(const struct ui *ui, struct arena *page, const struct diff_cell *c)
{
	bool secret = c->column->secret;
	struct shown old = { show(page, c->column, DIFF_OLD, c->old), secret ? NULL : c->old,
			     false };
	struct shown new = { show(page, c->column, DIFF_NEW, c->new), secret ? NULL : c->new,
			     false };

	fputs("      ", ui->out);
	shown_put(ui, c->column->name);
	fputc(':', ui->out);
	shown_change(ui, page, &old, &new);
}

struct showing {
	struct ui *ui;
	struct arena *page;
	enum diff_kind kind;
};

static const struct {
	const char *mark;
	enum ui_color color;
} kinds[] = {
	[DIFF_ADDED] = { "  + ", UI_GREEN },
	[DIFF_REMOVED] = { "  - ", UI_RED },
	[DIFF_CHANGED] = { "  ~ ", UI_YELLOW },
};

static bool put_row(void *context, const struct diff_row *row, struct err *e)
{
	const struct showing *s = context;
	char id[GUID_TEXT_SIZE];

	(void)e;
	ui_clear(s->ui);
	shown_begin(s->ui, kinds[s->kind].color, kinds[s->kind].mark);
	shown_put(s->ui, guid_format(row->id, id));
	if (row->name.n > 0) {
		fputc(' ', s->ui->out);
		shown_clipped(s->ui, row->name);
	}
	shown_end(s->ui);
	for (size_t i = 0; i < row->ncells; i++)
		put_cell(s->ui, s->page, &row->cells[i]);
	return true;
}

static bool put_pair(void *context, struct guid source, struct guid target, struct err *e)
{
	const struct showing *s = context;
	char from[GUID_TEXT_SIZE], to[GUID_TEXT_SIZE];

	(void)e;
	guid_format(source, from);
	guid_format(target, to);
	shown_begin(s->ui, kinds[s->kind].color, kinds[s->kind].mark);
	fprintf(s->ui->out, "%s -> %s", from, to);
	shown_end(s->ui);
	return true;
}

static void put_sides(const struct ui *ui, const struct diff_report *r,
		      const bool declared[DIFF_SIDES])
{
	if (declared[DIFF_OLD] != declared[DIFF_NEW])
		fprintf(ui->out, "; only in %s",
			r->names[declared[DIFF_OLD] ? DIFF_OLD : DIFF_NEW]);
	fputc('\n', ui->out);
}

/* Why a column differs in every row. */
static void put_lone_columns(const struct ui *ui, const struct diff_report *r,
			     const struct diff_table *t)
{
	if (!t->declared[DIFF_OLD] || !t->declared[DIFF_NEW])
		return;
	for (size_t i = 0; i < t->columns.n; i++) {
		const struct diff_column *c = &t->columns.p[i];

		if (c->declared[DIFF_OLD] == c->declared[DIFF_NEW])
			continue;
		fputs("  column ", ui->out);
		shown_put(ui, c->name);
		put_sides(ui, r, c->declared);
	}
}

static bool put_table(struct ui *ui, const struct diff_report *r, const struct diff_table *t,
		      struct err *e)
{
	const uint64_t counts[] = { t->added, t->removed, t->changed };
	struct showing s = { ui, r->diff->page, DIFF_ADDED };
	bool lone = t->declared[DIFF_OLD] != t->declared[DIFF_NEW];

	if (!lone && t->added + t->removed + t->changed == 0)
		return true;
	shown_begin(ui, UI_BOLD, "");
	shown_put(ui, t->name);
	fprintf(ui->out,
		"%s: %" PRIu64 " added, %" PRIu64 " removed, %" PRIu64 " changed, %" PRIu64
		" unchanged",
		ui_color(ui, UI_PLAIN), t->added, t->removed, t->changed, t->unchanged);
	put_sides(ui, r, t->declared);
	if (r->counts_only)
		return true;
	put_lone_columns(ui, r, t);
	for (size_t i = 0; i < COUNT_OF(counts); i++) {
		s.kind = (enum diff_kind)i;
		if (counts[i] > 0 && !diff_each_row(r->diff, t, s.kind, put_row, &s, e))
			return false;
	}
	return true;
}

static bool put_relationship(struct ui *ui, const struct diff_report *r,
			     const struct diff_relationship *rel, struct err *e)
{
	struct showing added = { ui, r->diff->page, DIFF_ADDED };
	struct showing removed = { ui, r->diff->page, DIFF_REMOVED };

	if (rel->added + rel->removed == 0)
		return true;
	shown_begin(ui, UI_BOLD, "");
	shown_put(ui, rel->name);
	fprintf(ui->out, "%s (links of ", ui_color(ui, UI_PLAIN));
	shown_put(ui, rel->table);
	fprintf(ui->out, "): %" PRIu64 " added, %" PRIu64 " removed, %" PRIu64 " unchanged",
		rel->added, rel->removed, rel->unchanged);
	put_sides(ui, r, rel->declared);
	if (r->counts_only)
		return true;
	return diff_each_pair(r->diff, rel, DIFF_ADDED, put_pair, &added, e) &&
	       diff_each_pair(r->diff, rel, DIFF_REMOVED, put_pair, &removed, e);
}

static void conclusion(const struct ui *ui, const struct diff_report *r)
{
	struct diff_totals t = diff_report_totals(r);

	if (t.added + t.removed + t.changed + t.links_added + t.links_removed == 0) {
		fprintf(ui->out, "no differences: %" PRIu64 " rows, %" PRIu64 " links\n",
			t.unchanged, t.links_unchanged);
		return;
	}
	fprintf(ui->out,
		"%" PRIu64 " added, %" PRIu64 " removed, %" PRIu64 " changed, %" PRIu64
		" unchanged; links: %" PRIu64 " added, %" PRIu64 " removed\n",
		t.added, t.removed, t.changed, t.unchanged, t.links_added, t.links_removed);
}

bool diff_report_text(struct ui *ui, const struct diff_report *r, struct err *e)
{
	ui_clear(ui);
	if (!r->stopped) {
		for (size_t i = 0; i < r->diff->tables.n; i++)
			if (!put_table(ui, r, &r->diff->tables.p[i], e))
				return false;
		for (size_t i = 0; i < r->diff->relationships.n; i++)
			if (!put_relationship(ui, r, &r->diff->relationships.p[i], e))
				return false;
		ui_clear(ui);
		conclusion(ui, r);
	}
	fflush(ui->out); /* before what goes to the other stream */
	return !r->run || report_problems_text(ui, r->run, e);
}
