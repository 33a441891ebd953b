/* SPDX-License-Identifier: MIT */
/*
 * Writes to the two streams. A bar is one line that is drawn over and taken away before anything else is
 * written. Nothing here depends on the clock: moments come as parameters, but for the engine's steps.
 */
#include "cli/ui.h"

#include <inttypes.h>
#include <limits.h>
#include <stdarg.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/buf.h"
#include "cli/cancel.h"

#include "base/banned.h"

#define BAR_EVERY (DATETIME_SECOND / 10)
#define LINE_EVERY (10 * DATETIME_SECOND)
#define BAR_WIDTH 24
#define COLUMNS 80

static bool is_set(const char *(*environment)(const char *), const char *name)
{
	const char *value = environment(name);

	return value && *value;
}

struct ui_options ui_detect(const char *(*environment)(const char *name))
{
	struct winsize size = { 0 };
	const char *term = environment("TERM");
	bool dumb = !term || !*term || strcmp(term, "dumb") == 0;
	bool ci = is_set(environment, "CI");
	bool color = !dumb && !is_set(environment, "NO_COLOR");
	bool terminal = isatty(STDERR_FILENO) && !dumb && !ci;
	bool known = ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0;

	return (struct ui_options){
		.color_out = color && !ci && isatty(STDOUT_FILENO),
		.color_err = color && terminal,
		.live = terminal,
		.columns = known ? size.ws_col : COLUMNS,
	};
}

struct ui ui_make(FILE *out, FILE *err, const struct ui_options *o)
{
	return (struct ui){
		.out = out,
		.err = err,
		.quiet = o->quiet,
		.verbose = o->verbose && !o->quiet,
		.color_out = o->color_out && !o->no_color,
		.color_err = o->color_err && !o->no_color,
		.live = o->live && !o->quiet,
		.columns = o->columns,
	};
}

void ui_clear(struct ui *u)
{
	if (u->bar)
		fputs("\r\033[K", u->err);
	u->bar = false;
}

static const char *paint(bool wanted, enum ui_color color)
{
	static const char *const codes[] = {
		[UI_PLAIN] = "\033[0m",   [UI_BOLD] = "\033[1m",   [UI_RED] = "\033[31m",
		[UI_YELLOW] = "\033[33m", [UI_GREEN] = "\033[32m",
	};

	return wanted ? codes[color] : "";
}

const char *ui_color(const struct ui *u, enum ui_color color)
{
	return paint(u->color_out, color);
}

/* How many bytes of what steers a terminal stand at the start: U+0000-1F, 7F-9F, 200E-F, 202A-E, 2066-9. */
static size_t steering(struct str s)
{
	static const struct {
		unsigned char first, second, from, to;
	} three[] = {
		{ 0xe2, 0x80, 0x8e, 0x8f },
		{ 0xe2, 0x80, 0xaa, 0xae },
		{ 0xe2, 0x81, 0xa6, 0xa9 },
	};
	const unsigned char *p = (const unsigned char *)s.p;

	if (p[0] < 0x20 || p[0] == 0x7f)
		return 1;
	if (p[0] == 0xc2 && s.n > 1 && p[1] >= 0x80 && p[1] <= 0x9f)
		return 2;
	for (size_t i = 0; i < COUNT_OF(three) && s.n > 2; i++) {
		if (p[0] == three[i].first && p[1] == three[i].second && p[2] >= three[i].from &&
		    p[2] <= three[i].to)
			return 3;
	}
	return 0;
}

void ui_put(FILE *out, struct str text)
{
	while (text.n > 0) {
		size_t n = steering(text);

		fputc(n > 0 ? '?' : (unsigned char)text.p[0], out);
		text = str_skip(text, n > 0 ? n : 1);
	}
}

void ui_error(struct ui *u, const struct err *e)
{
	ui_clear(u);
	fprintf(u->err, "%sferry:%s ", paint(u->color_err, UI_RED), paint(u->color_err, UI_PLAIN));
	ui_put(u->err, str_from(e->msg));
	fputc('\n', u->err);
}

static void message(struct ui *u, const char *fmt, va_list args) PRINTF_LIKE(2, 0);
static void message(struct ui *u, const char *fmt, va_list args)
{
	char text[2 * PATH_MAX];

	vsnprintf(text, sizeof(text), fmt, args);
	ui_clear(u);
	fputs("ferry: ", u->err);
	ui_put(u->err, str_from(text));
	fputc('\n', u->err);
}

void ui_note(struct ui *u, const char *fmt, ...)
{
	va_list args;

	if (u->quiet)
		return;
	va_start(args, fmt);
	message(u, fmt, args);
	va_end(args);
}

void ui_detail(struct ui *u, const char *fmt, ...)
{
	va_list args;

	if (!u->verbose)
		return;
	va_start(args, fmt);
	message(u, fmt, args);
	va_end(args);
}

/* Rows a second since the stage began; 0 when there is nothing to tell yet. */
static uint64_t rate(const struct ui *u, uint64_t done, struct datetime now)
{
	int64_t ticks = now.ticks - u->started.ticks;

	if (ticks < DATETIME_SECOND / 2 || done <= u->first)
		return 0;
	return (done - u->first) * 1000 / (uint64_t)(ticks / (DATETIME_SECOND / 1000));
}

static void add_left(struct buf *line, uint64_t rows, uint64_t per_second)
{
	uint64_t seconds = per_second ? rows / per_second : 0;

	if (per_second)
		buf_add_fmt(line, ", %" PRIu64 " rows/s", per_second);
	if (per_second && rows)
		buf_add_fmt(line, ", %" PRIu64 ":%02u left", seconds / 60,
			    (unsigned)(seconds % 60));
}

static void add_text(struct buf *line, const struct ui *u, uint64_t done, uint64_t total,
		     struct datetime now)
{
	buf_add_fmt(line, "%s%s%s: %" PRIu64, u->stage, u->table[0] ? " " : "", u->table, done);
	if (total)
		buf_add_fmt(line, " of %" PRIu64, total);
	add_left(line, total > done ? total - done : 0, rate(u, done, now));
}

static void draw_bar(struct ui *u, uint64_t done, uint64_t total, struct datetime now)
{
	DEFER(buf_release) struct buf line = buf_make(1024);
	uint64_t filled = total ? (done < total ? done : total) * BAR_WIDTH / total : 0;

	if (total && u->columns > 60) {
		buf_add_char(&line, '[');
		for (uint64_t i = 0; i < BAR_WIDTH; i++)
			buf_add_char(&line, i < filled ? '#' : ' ');
		buf_add(&line, S("] "));
	}
	add_text(&line, u, done, total, now);
	/* A line that wraps cannot be drawn over; table names are ASCII. */
	if (line.n >= u->columns)
		buf_truncate(&line, u->columns - 1);
	fprintf(u->err, "\r\033[K%.*s", STR_ARG(buf_str(&line)));
	fflush(u->err);
	u->bar = true;
}

static bool begin_stage(struct ui *u, const char *stage, struct str table, uint64_t done,
			struct datetime now)
{
	struct str name = str_sub(table, 0, sizeof(u->table) - 1);

	if (u->stage && strcmp(u->stage, stage) == 0 && str_eq(name, str_from(u->table)))
		return false;
	u->stage = stage;
	if (name.n)
		memcpy(u->table, name.p, name.n);
	u->table[name.n] = '\0';
	u->started = now;
	u->first = done;
	return true;
}

void ui_step(struct ui *u, const char *stage, struct str table, uint64_t done, uint64_t total,
	     struct datetime now)
{
	if (u->quiet)
		return;
	if (begin_stage(u, stage, table, done, now))
		ui_detail(u, "%s%s%s", stage, u->table[0] ? " " : "", u->table);
	if (u->shown.ticks == 0)
		u->shown = now; /* what is over in a moment is not worth a line */
	int64_t since = now.ticks - u->shown.ticks;

	if (since >= 0 && since < (u->live ? BAR_EVERY : LINE_EVERY))
		return;
	u->shown = now;
	if (u->live) {
		draw_bar(u, done, total, now);
		return;
	}
	DEFER(buf_release) struct buf line = buf_make(1024);

	add_text(&line, u, done, total, now);
	fprintf(u->err, "ferry: %.*s\n", STR_ARG(buf_str(&line)));
}

static void progress_step(void *context, const char *stage, struct str table, uint64_t done,
			  uint64_t total)
{
	ui_step(context, stage, table, done, total, datetime_now());
}

static bool progress_cancelled(void *context)
{
	(void)context;
	return cancel_asked();
}

static void progress_pause(void *context, unsigned ms)
{
	(void)context;
	cancel_pause(ms);
}

struct progress ui_progress(struct ui *u)
{
	return (struct progress){
		.step = progress_step,
		.cancelled = progress_cancelled,
		.pause = progress_pause,
		.context = u,
	};
}

bool ui_finish(struct ui *u, struct err *e)
{
	ui_clear(u);
	if (fflush(u->out) != 0 || ferror(u->out))
		return err_set(e, ERR_INTERNAL, "the result could not be written to the output");
	return true;
}
