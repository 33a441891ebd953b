/* SPDX-License-Identifier: MIT */
/*
 * Showing values.
 */
#include "cli/shown.h"

#include <inttypes.h>

#include "base/linediff.h"
#include "dv/pretty.h"

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

void shown_put(const struct ui *ui, struct str s)
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
	shown_put(ui, str_sub(s, from, to - from));
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

void shown_begin(const struct ui *ui, enum ui_color color, const char *mark)
{
	fprintf(ui->out, "%s%s", ui_color(ui, color), mark);
}

void shown_end(const struct ui *ui)
{
	fprintf(ui->out, "%s\n", ui_color(ui, UI_PLAIN));
}

void shown_clipped(const struct ui *ui, struct str s)
{
	put_clipped(ui, s, 0);
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

	shown_begin(*ui, looks[kind].color, looks[kind].mark);
	shown_put(*ui, line);
	shown_end(*ui);
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
		shown_begin(ui, UI_RED, " ");
		shown_put(ui, old);
		fprintf(ui->out, "%s -> ", ui_color(ui, UI_PLAIN));
		shown_begin(ui, UI_GREEN, "");
		shown_put(ui, new);
		shown_end(ui);
		return;
	}
	fputc('\n', ui->out);
	shown_begin(ui, UI_RED, "        -");
	put_clipped(ui, old, from);
	shown_end(ui);
	shown_begin(ui, UI_GREEN, "        +");
	put_clipped(ui, new, from);
	shown_end(ui);
}

struct str shown_reference(struct arena *page, const struct value *v)
{
	if (v->name.n == 0)
		return str_fmt(page, "%.*s %.*s", STR_ARG(v->table), STR_ARG(v->text));
	return str_fmt(page, "%.*s (%.*s %.*s)", STR_ARG(v->name), STR_ARG(v->table),
		       STR_ARG(v->text));
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
static bool by_lines(struct arena *page, const struct shown *old, const struct shown *new,
		     struct str lines[2])
{
	enum pretty_kind x, y;

	if (old->text.n <= SHORT && new->text.n <= SHORT && !has_lines(old->text) &&
	    !has_lines(new->text))
		return false;
	lines[0] = lines_of(page, old->value, &x);
	lines[1] = lines_of(page, new->value, &y);
	/* XML against something else: as they are */
	if (old->value && new->value && x != y) {
		lines[0] = old->value->text;
		lines[1] = new->value->text;
	}
	return has_lines(lines[0]) || has_lines(lines[1]);
}

void shown_change(const struct ui *ui, struct arena *page, const struct shown *old,
		  const struct shown *new)
{
	struct str lines[2];

	if (!by_lines(page, old, new, lines)) {
		put_change(ui, old->text, new->text);
		return;
	}
	if (new->always && !new->value) {
		fputc(' ', ui->out);
		shown_put(ui, new->text);
	}
	put_lines(ui, page, lines[0], lines[1]);
}

void shown_alone(const struct ui *ui, struct arena *page, enum ui_color color,
		 const struct shown *v)
{
	static const struct shown none = { 0 };
	bool comes = color == UI_GREEN;
	struct str lines[2];

	if (by_lines(page, comes ? &none : v, comes ? v : &none, lines)) {
		put_lines(ui, page, lines[0], lines[1]);
		return;
	}
	shown_begin(ui, color, " ");
	shown_clipped(ui, v->text);
	shown_end(ui);
}

static struct str with_label(struct arena *page, const struct column *c, struct str number,
			     struct str text)
{
	int64_t value;
	const struct option *o = NULL;

	if (str_parse_i64(number, &value) && value >= INT32_MIN && value <= INT32_MAX)
		o = column_option(c, (int32_t)value);
	return o && o->label.n > 0 ? str_fmt(page, "%.*s (%.*s)", STR_ARG(text), STR_ARG(o->label))
				   : text;
}

static struct str choices(struct arena *page, const struct column *c, struct str list)
{
	struct str_splitter parts = str_splitter(list);
	struct str out = S("");

	for (struct str part; str_split(&parts, ',', &part);)
		out = str_fmt(page, "%.*s%s%.*s", STR_ARG(out), out.n > 0 ? ", " : "",
			      STR_ARG(with_label(page, c, part, part)));
	return out;
}

struct str shown_value(struct arena *page, const struct tab_column *c, const struct value *v)
{
	if (v->kind == VALUE_REF)
		return shown_reference(page, v);
	if (!c->column)
		return v->text;
	if (column_is_choice(c->column))
		return with_label(page, c->column, v->text, v->text);
	if (c->column->type == COLUMN_MULTISELECT)
		return choices(page, c->column, v->text);
	if (c->column->type == COLUMN_BOOLEAN)
		return with_label(page, c->column, v->text,
				  str_eq(v->text, S("1")) ? S("true") : S("false"));
	if (v->name.n > 0 && c->column->type == COLUMN_FILE)
		return str_fmt(page, "%.*s (%.*s)", STR_ARG(v->name), STR_ARG(v->text));
	return v->text;
}
