/* SPDX-License-Identifier: MIT */
/*
 * One change after the other. Values that are long or have several lines are shown as the lines that differ, XML and JSON
 * laid out first, as on a terminal.
 */
#include "cli/report_html.h"

#include <inttypes.h>

#include "base/limits.h"
#include "base/linediff.h"
#include "dv/pretty.h"
#include "cli/changes_text.h"
#include "cli/shown.h"

#include "base/banned.h"

#define CONTEXT 3
#define SHORT ((size_t)80) /* bytes of a value that fits beside another */

struct cell {
	struct report_html *h;
	struct str old, new; /* in one line */
	bool alone;          /* there is only one value: all its lines come, or go */
	size_t lines;        /* shown of them */
};

static void put_line(void *context, enum linediff_kind kind, struct str line)
{
	static const char *const tags[] = {
		[LINEDIFF_HUNK] = "<span class=\"lh\">",
		[LINEDIFF_SAME] = "<span class=\"ls\"> ",
		[LINEDIFF_OLD] = "<span class=\"lo\">-",
		[LINEDIFF_NEW] = "<span class=\"ln\">+",
		[LINEDIFF_NO_END] = NULL,
	};
	struct cell *c = context;

	if (kind == LINEDIFF_NO_END || (kind == LINEDIFF_HUNK && c->alone) ||
	    c->lines++ >= LIMIT_REPORT_LINES)
		return;
	markup_raw(&c->h->m, tags[kind]);
	markup_clipped(&c->h->m, line, LIMIT_REPORT_VALUE);
	markup_raw(&c->h->m, "</span>");
}

static bool has_lines(struct str s)
{
	return str_find_char(s, '\n') != STR_NONE;
}

static struct str laid_out(struct arena *page, const struct value *v, enum pretty_kind *kind)
{
	struct str out = S("");

	*kind = v ? pretty_print(page, v->text, &out) : PRETTY_TEXT;
	return out;
}

/* False: they stand in one line. */
static bool put_lines(struct cell *c, const struct value *before, const struct value *after)
{
	struct arena *page = &c->h->page;
	enum pretty_kind x, y;
	struct linediff d;

	if (c->old.n <= SHORT && c->new.n <= SHORT && !has_lines(c->old) && !has_lines(c->new))
		return false;
	struct str old = laid_out(page, before, &x);
	struct str new = laid_out(page, after, &y);

	if (before && after && x != y) { /* XML against something else: as they are */
		old = before->text;
		new = after->text;
	}
	if (!has_lines(old) && !has_lines(new))
		return false;
	linediff_make(page, old, new, &d);
	c->alone = !before || !after;
	markup_raw(&c->h->m, "<pre>");
	linediff_unified(&d, CONTEXT, put_line, c);
	markup_raw(&c->h->m, "</pre>");
	if (c->lines > LIMIT_REPORT_LINES)
		markup_fmt(&c->h->m, "... and %zu more lines", c->lines - LIMIT_REPORT_LINES);
	return true;
}

static void put_value(struct markup *m, const char *class, struct str text, bool there)
{
	markup_fmt(m, "<span class=\"v %s\">", class);
	if (there)
		markup_clipped(m, text, LIMIT_REPORT_VALUE);
	else
		markup_raw(m, "(none)");
	markup_raw(m, "</span>");
}

static bool is_there(const struct value *v)
{
	return v && !value_is_empty(v);
}

static void put_cell(struct report_html *h, enum told_kind kind, const struct told_column *t)
{
	const struct value *before = is_there(t->before) ? t->before : NULL;
	const struct value *after = is_there(t->after) ? t->after : NULL;
	struct cell c = { .h = h };
	bool cleared = kind == TOLD_UPDATE && t->after && !after;

	if (t->secret) {
		markup_raw(&h->m, "<span class=\"v dim\">(secret)</span>");
		return;
	}
	if (before)
		c.old = shown_value(&h->page, t->column, before);
	if (after)
		c.new = shown_value(&h->page, t->column, after);
	if (put_lines(&c, before, after))
		return;
	if (kind != TOLD_CREATE)
		put_value(&h->m, "old", c.old, before != NULL);
	if (kind == TOLD_UPDATE)
		markup_raw(&h->m, " → ");
	if (cleared)
		put_value(&h->m, "new", S("(cleared)"), true);
	else if (kind != TOLD_DELETE && kind != TOLD_DEACTIVATE)
		put_value(&h->m, "new", c.new, after != NULL);
}

static void put_columns(struct report_html *h, const struct told_change *t)
{
	size_t n = t->ncolumns < LIMIT_REPORT_COLUMNS ? t->ncolumns : LIMIT_REPORT_COLUMNS;

	if (n == 0)
		return;
	markup_raw(&h->m, "<table>");
	for (size_t i = 0; i < n; i++) {
		markup_raw(&h->m, "<tr><th>");
		markup_text(&h->m, t->columns[i].column->name);
		markup_raw(&h->m, "</th><td>");
		put_cell(h, t->kind, &t->columns[i]);
		markup_raw(&h->m, "</td></tr>\n");
	}
	markup_raw(&h->m, "</table>");
	if (n < t->ncolumns)
		markup_fmt(&h->m, "<p>... and %zu more columns</p>", t->ncolumns - n);
}

static void put_row(struct markup *m, struct str name, struct guid id)
{
	char text[GUID_TEXT_SIZE];

	markup_raw(m, "<bdi>");
	markup_clipped(m, name, LIMIT_REPORT_VALUE);
	markup_raw(m, "</bdi> <code class=\"dim\">");
	markup_text(m, guid_format(id, text));
	markup_raw(m, "</code>");
}

static void put_change(struct report_html *h, const struct told_change *t)
{
	const char *word = changes_word(t->kind);
	const char *fate = changes_fate(h->job, t->state);
	struct markup *m = &h->m;
	char origin[GUID_TEXT_SIZE];

	markup_fmt(m, "<div class=\"change %s\"><b>%s</b> ", word, word);
	put_row(m, t->name, t->id);
	if (t->relationship.n > 0) {
		markup_raw(m, " ⇄ ");
		put_row(m, t->other_name, t->other);
		markup_raw(m, " <span class=\"dim\">");
		markup_text(m, t->relationship);
		markup_raw(m, "</span>");
	} else if (!guid_eq(t->id, t->origin)) {
		markup_raw(m, " <span class=\"dim\">in the source ");
		markup_text(m, guid_format(t->origin, origin));
		if (t->how.n > 0) {
			markup_raw(m, ", found by ");
			markup_text(m, t->how);
		}
		markup_raw(m, "</span>");
	}
	if (*fate)
		markup_fmt(m, " <span class=\"fate\">%s</span>", fate);
	put_columns(h, t);
	markup_raw(m, "</div>\n");
}

static void end_table(struct report_html *h)
{
	if (h->hidden > 0)
		markup_fmt(&h->m, "<p>... and %" PRIu64 " more</p>\n", h->hidden);
	h->shown = h->hidden = 0;
}

void report_html_change(struct report_html *h, const struct told_change *t)
{
	struct arena_mark mark = arena_mark(&h->page);

	picture_note(&h->picture, t);
	if (h->table.n == 0 || !str_eq(h->table, t->table)) {
		end_table(h);
		h->table = str_dup(h->program->arena, t->table);
		markup_raw(&h->m, "<h3>");
		markup_text(&h->m, t->table);
		markup_raw(&h->m, "</h3>\n");
	}
	if (h->shown >= LIMIT_REPORT_ROWS || h->total >= LIMIT_REPORT_CHANGES) {
		h->hidden++;
		return;
	}
	h->shown++;
	h->total++;
	put_change(h, t);
	arena_rewind(&h->page, mark);
}

void report_html_rows_end(struct report_html *h)
{
	end_table(h);
	if (h->job && h->table.n == 0)
		markup_raw(&h->m, "<p>None.</p>\n");
}
