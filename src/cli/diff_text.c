/* SPDX-License-Identifier: MIT */
/*
 * A comparison for people. What stands in packages is not ours: control characters in it never reach the
 * terminal. Values that are long or have several lines are shown as the lines that differ, XML and JSON
 * laid out first.
 */
#include "cli/diff.h"

#include <inttypes.h>

#include "base/linediff.h"
#include "dv/pretty.h"
#include "cli/report.h"

#include "base/banned.h"

#define CONTEXT 3          /* equal lines around those that differ */
#define SHORT ((size_t)80) /* bytes of a value that fits beside another */
#define CLIP ((size_t)240) /* bytes shown of one line */
#define LEAD ((size_t)40)  /* equal bytes shown before the first that differs */

/* U+0080..U+009F, bidirectional controls and what is no text. */
static bool is_unsafe(uint32_t c)
{
	return (c < 0x20 && c != '\t') || (c >= 0x7f && c < 0xa0) || (c >= 0x202a && c <= 0x202e) ||
	       (c >= 0x2066 && c <= 0x2069) || c == 0xfeff;
}

static void put(const struct ui *ui, struct str s)
{
	DEFER(buf_release) struct buf b = buf_make(0);

	for (size_t at = 0; at < s.n;) {
		uint32_t c = str_next_code_point(s, &at);

		if (is_unsafe(c))
			buf_add_fmt(&b, c < 0x100 ? "\\x%02" PRIx32 : "\\u%04" PRIx32, c);
		else
			buf_add_code_point(&b, c);
	}
	fwrite(b.p ? b.p : "", 1, b.n, ui->out);
}

/* The nearest start of a character at or before a place. */
static size_t boundary(struct str s, size_t at)
{
	while (at > 0 && at < s.n && ((unsigned char)s.p[at] & 0xc0) == 0x80)
		at--;
	return at < s.n ? at : s.n;
}

/* A part of a line, from `from` on. */
static void put_clipped(const struct ui *ui, struct str s, size_t from)
{
	size_t to = boundary(s, from + CLIP);

	from = boundary(s, from);
	if (from > 0)
		fputs("...", ui->out);
	put(ui, str_sub(s, from, to - from));
	if (to < s.n)
		fprintf(ui->out, "... (%zu bytes)", s.n);
}

/* Where to begin so that the first difference of two lines is in view. */
static size_t view(struct str x, struct str y)
{
	size_t n = 0;

	while (n < x.n && n < y.n && x.p[n] == y.p[n])
		n++;
	return n > CLIP / 2 ? n - LEAD : 0;
}

static void begin(const struct ui *ui, enum ui_color color, const char *mark)
{
	fprintf(ui->out, "%s%s", ui_color(ui, color), mark);
}

static void end(const struct ui *ui)
{
	fprintf(ui->out, "%s\n", ui_color(ui, UI_PLAIN));
}

static void put_line(void *context, enum linediff_kind kind, struct str line)
{
	static const struct {
		const char *mark;
		enum ui_color color;
	} looks[] = {
		[LINEDIFF_HUNK] = { "        ", UI_BOLD },
		[LINEDIFF_SAME] = { "         ", UI_PLAIN },
		[LINEDIFF_OLD] = { "        -", UI_RED },
		[LINEDIFF_NEW] = { "        +", UI_GREEN },
		[LINEDIFF_NO_END] = { "        \\ no line end", UI_PLAIN },
	};
	const struct ui *const *ui = context;

	begin(*ui, looks[kind].color, looks[kind].mark);
	put(*ui, line);
	end(*ui);
}

static void put_lines(const struct ui *ui, struct arena *page, struct str old, struct str new)
{
	struct linediff d;

	fputc('\n', ui->out);
	linediff_make(page, old, new, &d);
	linediff_unified(&d, CONTEXT, put_line, &ui);
}

/* In one line when both are short, else one below the other, from where they begin to differ. */
static void put_change(const struct ui *ui, struct str old, struct str new)
{
	size_t from = view(old, new);

	if (old.n <= SHORT && new.n <= SHORT) {
		begin(ui, UI_RED, " ");
		put(ui, old);
		fprintf(ui->out, "%s -> ", ui_color(ui, UI_PLAIN));
		begin(ui, UI_GREEN, "");
		put(ui, new);
		end(ui);
		return;
	}
	fputc('\n', ui->out);
	begin(ui, UI_RED, "        -");
	put_clipped(ui, old, from);
	end(ui);
	begin(ui, UI_GREEN, "        +");
	put_clipped(ui, new, from);
	end(ui);
}

static struct str show_reference(struct arena *page, const struct value *v)
{
	if (v->name.n == 0)
		return str_fmt(page, "%.*s %.*s", STR_ARG(v->table), STR_ARG(v->text));
	return str_fmt(page, "%.*s (%.*s %.*s)", STR_ARG(v->name), STR_ARG(v->table),
		       STR_ARG(v->text));
}

/* A value as people read it. */
static struct str show(struct arena *page, enum cmt_type type, const struct value *v)
{
	if (!v)
		return S("(none)");
	if (diff_is_raw(v))
		return v->text;
	if (v->kind == VALUE_REF)
		return show_reference(page, v);
	if (type == CMT_BOOL)
		return str_eq(v->text, S("1")) ? S("true") : S("false");
	if (type == CMT_FILE && v->name.n > 0)
		return str_fmt(page, "%.*s (%.*s)", STR_ARG(v->name), STR_ARG(v->text));
	return v->text;
}

static struct str lines_of(struct arena *page, const struct value *v, enum pretty_kind *kind)
{
	struct str out = S("");

	*kind = PRETTY_TEXT;
	if (v)
		*kind = pretty_print(page, v->text, &out);
	return out;
}

static bool has_lines(struct str s)
{
	return str_find_char(s, '\n') != STR_NONE;
}

/* Both laid out, if one of them has several lines then; a side without a value has no lines. */
static bool by_lines(struct arena *page, const struct diff_cell *c, struct str *old,
		     struct str *new)
{
	enum pretty_kind x, y;
	struct str lines[DIFF_SIDES];

	if (old->n <= SHORT && new->n <= SHORT && !has_lines(*old) && !has_lines(*new))
		return false;
	lines[DIFF_OLD] = lines_of(page, c->old, &x);
	lines[DIFF_NEW] = lines_of(page, c->new, &y);
	/* XML against something else: as they are */
	if (c->old && c->new && x != y) {
		lines[DIFF_OLD] = c->old->text;
		lines[DIFF_NEW] = c->new->text;
	}
	if (!has_lines(lines[DIFF_OLD]) && !has_lines(lines[DIFF_NEW]))
		return false;
	*old = lines[DIFF_OLD];
	*new = lines[DIFF_NEW];
	return true;
}

static void put_cell(const struct ui *ui, struct arena *page, const struct diff_cell *c)
{
	struct str old = show(page, c->column->type[DIFF_OLD], c->old);
	struct str new = show(page, c->column->type[DIFF_NEW], c->new);

	fputs("      ", ui->out);
	put(ui, c->column->name);
	fputc(':', ui->out);
	if (by_lines(page, c, &old, &new))
		put_lines(ui, page, old, new);
	else
		put_change(ui, old, new);
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
	begin(s->ui, kinds[s->kind].color, kinds[s->kind].mark);
	put(s->ui, guid_format(row->id, id));
	if (row->name.n > 0) {
		fputc(' ', s->ui->out);
		put_clipped(s->ui, row->name, 0);
	}
	end(s->ui);
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
	begin(s->ui, kinds[s->kind].color, kinds[s->kind].mark);
	fprintf(s->ui->out, "%s -> %s", from, to);
	end(s->ui);
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
		put(ui, c->name);
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
	begin(ui, UI_BOLD, "");
	put(ui, t->name);
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
	begin(ui, UI_BOLD, "");
	put(ui, rel->name);
	fprintf(ui->out, "%s (links of ", ui_color(ui, UI_PLAIN));
	put(ui, rel->table);
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
