/* SPDX-License-Identifier: MIT */
/*
 * Changes as text.
 */
#include "cli/changes_text.h"

#include <inttypes.h>

#include "cli/shown.h"

#include "base/banned.h"

static const struct {
	const char *word, *past, *mark;
	enum ui_color color;
	bool always; /* counted even when there is none */
} kinds[TOLD_KINDS] = {
	[TOLD_CREATE] = { "create", "created", "  + ", UI_GREEN, true },
	[TOLD_UPDATE] = { "update", "updated", "  ~ ", UI_YELLOW, true },
	[TOLD_ADOPT] = { "adopt", "adopted", "  = ", UI_PLAIN, true },
	[TOLD_DELETE] = { "delete", "deleted", "  - ", UI_RED, true },
	[TOLD_DEACTIVATE] = { "deactivate", "deactivated", "  - ", UI_RED, false },
	[TOLD_LINK] = { "link", "linked", "  + ", UI_GREEN, true },
	[TOLD_UNLINK] = { "unlink", "unlinked", "  - ", UI_RED, true },
};

struct showing {
	struct ui *ui;
	struct job *j;
	struct changes_sum sum;
	struct str table, relationship; /* of the heading above */
};

const char *changes_word(enum told_kind kind)
{
	return kinds[kind].word;
}

const char *changes_fate(const struct job *j, enum change_state state)
{
	if (j->head.phase == RUN_PLANNED)
		return "";
	switch (state) {
	case CHANGE_PLANNED:
		return "not written";
	case CHANGE_SENT:
		return "perhaps written";
	case CHANGE_DONE:
		return "";
	case CHANGE_FAILED:
		return "failed";
	case CHANGE_SKIPPED:
		return "skipped";
	}
	return "";
}

void changes_add(struct changes_sum *s, const struct told_change *t)
{
	s->counts[t->kind]++;
	s->failed += t->state == CHANGE_FAILED;
	s->skipped += t->state == CHANGE_SKIPPED;
	s->open += t->state == CHANGE_PLANNED || t->state == CHANGE_SENT;
}

static void add_fate(struct buf *out, uint64_t n, const char *what, const char **comma)
{
	if (n == 0)
		return;
	buf_add_fmt(out, "%s%" PRIu64 " %s", *comma, n, what);
	*comma = ", ";
}

void changes_sentence(struct buf *out, const struct job *j, const struct changes_sum *s)
{
	bool plan = j->head.phase == RUN_PLANNED;
	const char *comma = "";

	buf_add(out, plan ? S("Plan: ") : S("Changes: "));
	for (size_t i = 0; i < TOLD_KINDS; i++) {
		if (s->counts[i] == 0 && !kinds[i].always)
			continue;
		buf_add_fmt(out, "%s%" PRIu64 " %s%s", comma, s->counts[i], plan ? "to " : "",
			    plan ? kinds[i].word : kinds[i].past);
		comma = ", ";
	}
	if (!plan && s->failed + s->skipped + s->open > 0) {
		comma = "; of these ";
		add_fate(out, s->failed, "failed", &comma);
		add_fate(out, s->skipped, "skipped", &comma);
		add_fate(out, s->open, "not written", &comma);
	}
	buf_add_char(out, '.');
}

/* The relationship of pairs, else the table. */
static void heading(struct showing *s, const struct told_change *t)
{
	const struct ui *ui = s->ui;

	if (str_eq(s->table, t->table) && str_eq(s->relationship, t->relationship))
		return;
	s->table = t->table;
	s->relationship = t->relationship;
	shown_begin(ui, UI_BOLD, "");
	shown_put(ui, t->relationship.n > 0 ? t->relationship : t->table);
	fputs(ui_color(ui, UI_PLAIN), ui->out);
	if (t->relationship.n > 0) {
		fputs(" (links of ", ui->out);
		shown_put(ui, t->table);
		fputc(')', ui->out);
	}
	fputc('\n', ui->out);
}

static void put_row_name(const struct ui *ui, struct str name, struct guid id)
{
	char text[GUID_TEXT_SIZE];

	guid_format(id, text);
	if (name.n == 0) {
		fputs(text, ui->out);
		return;
	}
	shown_clipped(ui, name);
	fprintf(ui->out, " (%s)", text);
}

/* By what an adopted row is known, and what the source calls it. */
static void put_origin(const struct ui *ui, const struct told_change *t)
{
	char text[GUID_TEXT_SIZE];

	if (t->relationship.n > 0 || guid_eq(t->id, t->origin))
		return;
	fprintf(ui->out, ", in the source %s", guid_format(t->origin, text).p);
	if (t->how.n > 0) {
		fputs(", found by ", ui->out);
		shown_put(ui, t->how);
	}
}

static void put_title(const struct showing *s, const struct told_change *t)
{
	const struct ui *ui = s->ui;
	const char *fate = changes_fate(s->j, t->state);

	shown_begin(ui, kinds[t->kind].color, kinds[t->kind].mark);
	put_row_name(ui, t->name, t->id);
	if (t->relationship.n > 0) {
		fputs(" -> ", ui->out);
		put_row_name(ui, t->other_name, t->other);
	}
	if (kinds[t->kind].color == UI_RED)
		fprintf(ui->out, ": %s", kinds[t->kind].word);
	put_origin(ui, t);
	if (*fate)
		fprintf(ui->out, " [%s]", fate);
	shown_end(ui);
}

static struct shown show(struct arena *page, const struct told_column *c, const struct value *v,
			 struct str empty)
{
	if (!v || value_is_empty(v))
		return (struct shown){ .text = empty, .always = true };
	return (struct shown){ .text = shown_value(page, c->column, v), .value = v };
}

static void put_column(const struct showing *s, const struct told_change *t,
		       const struct told_column *c)
{
	struct arena *page = s->j->page;
	struct shown old = show(page, c, c->before, S("(empty)"));
	struct shown new = show(page, c, c->after, S("(cleared)"));

	fputs("      ", s->ui->out);
	shown_put(s->ui, c->column->name);
	fputc(':', s->ui->out);
	if (c->secret)
		fputs(" (secret)\n", s->ui->out);
	else if (t->kind == TOLD_CREATE)
		shown_alone(s->ui, page, UI_GREEN, &new);
	else if (t->kind == TOLD_DELETE)
		shown_alone(s->ui, page, UI_RED, &old);
	else
		shown_change(s->ui, page, &old, &new);
}

static bool put_change(void *context, const struct told_change *t, struct err *e)
{
	struct showing *s = context;
	struct arena_mark mark = arena_mark(s->j->page);

	(void)e;
	changes_add(&s->sum, t);
	heading(s, t);
	put_title(s, t);
	for (size_t i = 0; i < t->ncolumns; i++) {
		put_column(s, t, &t->columns[i]);
		arena_rewind(s->j->page, mark);
	}
	return true;
}

static uint64_t sum_of(const struct changes_sum *s)
{
	uint64_t n = 0;

	for (size_t i = 0; i < TOLD_KINDS; i++)
		n += s->counts[i];
	return n;
}

bool changes_text(struct ui *ui, struct job *j, struct err *e)
{
	DEFER(buf_release) struct buf line = buf_make(0);
	struct showing s = { .ui = ui, .j = j };

	ui_clear(ui);
	if (!changes_each(j, put_change, &s, e))
		return false;
	if (sum_of(&s.sum) == 0)
		buf_add(&line, S("no changes"));
	else
		changes_sentence(&line, j, &s.sum);
	if (sum_of(&s.sum) > 0)
		fputc('\n', ui->out);
	fprintf(ui->out, "%.*s\n", STR_ARG(buf_str(&line)));
	return true;
}
