/* SPDX-License-Identifier: MIT */
/*
 * The person at the other end: messages and progress on stderr, results on stdout. What terminal there is,
 * is decided once; NO_COLOR, CI and TERM=dumb are honoured.
 */
#ifndef FERRY_CLI_UI_H
#define FERRY_CLI_UI_H

#include <stdio.h>

#include "base/datetime.h"
#include "base/err.h"
#include "move/progress.h"

struct ui {
	FILE *out; /* results */
	FILE *err; /* messages */
	bool quiet;
	bool verbose;
	bool color_out;
	bool color_err;
	bool live; /* progress as a bar that is drawn over */
	unsigned columns;
	/* the progress of one stage of one table */
	const char *stage;
	char table[128];
	struct datetime started; /* the stage */
	struct datetime shown;   /* the last line or bar */
	uint64_t first;          /* rows done when the stage started */
	bool bar;                /* one stands on the line */
};

struct ui_options {
	bool quiet;
	bool verbose;
	bool no_color;
	bool color_out, color_err; /* terminals that take colour */
	bool live;
	unsigned columns;
};
/* What the streams of this process and its environment allow. */
struct ui_options ui_detect(const char *(*environment)(const char *name));
struct ui ui_make(FILE *out, FILE *err, const struct ui_options *o);

/* Text of others, with '?' for what would steer a terminal: control characters, marks of direction. */
void ui_put(FILE *out, struct str text);

/* "ferry: error text" on stderr, after the bar was taken away. */
void ui_error(struct ui *u, const struct err *e);
void ui_note(struct ui *u, const char *fmt, ...) PRINTF_LIKE(2, 3);   /* not when quiet */
void ui_detail(struct ui *u, const char *fmt, ...) PRINTF_LIKE(2, 3); /* only when verbose */

/* Colours of stdout: the text to put before and after; empty without colour. */
enum ui_color { UI_PLAIN, UI_BOLD, UI_RED, UI_YELLOW, UI_GREEN };
const char *ui_color(const struct ui *u, enum ui_color color);

/* A step at the moment `now`: ten bars a second at most, or a line every ten seconds. */
void ui_step(struct ui *u, const char *stage, struct str table, uint64_t done, uint64_t total,
	     struct datetime now);
void ui_clear(struct ui *u); /* takes the bar away */

/* The engine's progress, shown here and cancelled by signals (cli/cancel.h). */
struct progress ui_progress(struct ui *u);

/* Everything that was written arrived. False: ERR_INTERNAL. */
MUST_CHECK bool ui_finish(struct ui *u, struct err *e);

#endif
