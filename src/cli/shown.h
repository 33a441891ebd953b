/* SPDX-License-Identifier: MIT */
/*
 * Values of packages and environments on stdout, for `ferry diff` and the preview of a run. They are not ours: control
 * characters in them never reach the terminal. What is long or has several lines is shown as the lines that differ, XML and
 * JSON laid out first.
 */
#ifndef FERRY_CLI_SHOWN_H
#define FERRY_CLI_SHOWN_H

#include "base/arena.h"
#include "dv/value.h"
#include "move/tab.h"
#include "cli/ui.h"

void shown_put(const struct ui *ui, struct str s);
void shown_clipped(const struct ui *ui,
		   struct str s); /* the beginning of a line, and how long it is */
/* A coloured part of a line; end also ends the line. */
void shown_begin(const struct ui *ui, enum ui_color color, const char *mark);
void shown_end(const struct ui *ui);

struct shown {
	struct str text;           /* in one line, as people read it */
	const struct value *value; /* what is laid out; NULL: there is none */
	bool always;               /* the text of none is told beside lines, too */
};
/* Behind the name of a column: "old -> new", or the lines that differ. */
void shown_change(const struct ui *ui, struct arena *page, const struct shown *old,
		  const struct shown *new);
/* The only value of a row that comes (UI_GREEN) or goes (UI_RED). */
void shown_alone(const struct ui *ui, struct arena *page, enum ui_color color,
		 const struct shown *v);

/* "Contoso (account 1234...)" */
struct str shown_reference(struct arena *page, const struct value *v);
/* A value that is not empty, in one line: choices and booleans with their labels. */
struct str shown_value(struct arena *page, const struct tab_column *c, const struct value *v);

#endif
