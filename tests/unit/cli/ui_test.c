/* SPDX-License-Identifier: MIT */
/*
 * Progress and messages, with the clock in the test's hand.
 */
#include "cli/ui.h"

#include "expect.h"

struct screen {
	char *text;
	size_t size;
	FILE *err;
	struct ui ui;
};

static void screen_open(struct screen *s, struct ui_options options)
{
	options.columns = options.columns ? options.columns : 80;
	s->err = open_memstream(&s->text, &s->size);
	assert_non_null(s->err);
	s->ui = ui_make(stdout, s->err, &options);
}

static const char *seen(struct screen *s)
{
	fflush(s->err);
	return s->text;
}

static void screen_close(struct screen *s)
{
	fclose(s->err);
	free(s->text);
}

static struct datetime at(double seconds)
{
	return (struct datetime){ .ticks = 1000 * DATETIME_DAY +
					   (int64_t)(seconds * (double)DATETIME_SECOND) };
}

static void without_a_terminal_there_is_a_line_every_ten_seconds(void **state)
{
	DEFER(screen_close) struct screen s = { 0 };

	(void)state;
	screen_open(&s, (struct ui_options){ 0 });
	for (int i = 0; i <= 250; i++)
		ui_step(&s.ui, "reading", S("queue"), (uint64_t)i * 10, 5000, at(i / 10.0));
	assert_string_equal(seen(&s),
			    "ferry: reading queue: 1000 of 5000, 100 rows/s, 0:40 left\n"
			    "ferry: reading queue: 2000 of 5000, 100 rows/s, 0:30 left\n");
}

static void what_is_quick_says_nothing(void **state)
{
	DEFER(screen_close) struct screen s = { 0 };

	(void)state;
	screen_open(&s, (struct ui_options){ .live = true });
	ui_step(&s.ui, "reading", S("queue"), 1, 2, at(0));
	ui_step(&s.ui, "reading", S("queue"), 2, 2, at(0.05));
	ui_clear(&s.ui);
	assert_string_equal(seen(&s), "");
}

static void on_a_terminal_a_bar_is_drawn_over_and_taken_away(void **state)
{
	DEFER(screen_close) struct screen s = { 0 };

	(void)state;
	screen_open(&s, (struct ui_options){ .live = true });
	ui_step(&s.ui, "writing", S("queue"), 0, 100, at(0));
	ui_step(&s.ui, "writing", S("queue"), 50, 100, at(1));
	ui_step(&s.ui, "writing", S("queue"), 51, 100, at(1.01)); /* too soon */
	ui_clear(&s.ui);
	assert_string_equal(seen(&s),
			    "\r\033[K[############            ] writing queue: 50 of 100, "
			    "50 rows/s, 0:01 left\r\033[K");
}

static void a_bar_never_fills_the_line(void **state)
{
	DEFER(screen_close) struct screen s = { 0 };

	(void)state;
	screen_open(&s, (struct ui_options){ .live = true, .columns = 20 });
	ui_step(&s.ui, "writing", S("msdyn_ocliveworkstreamcontextvariable"), 0, 100, at(0));
	ui_step(&s.ui, "writing", S("msdyn_ocliveworkstreamcontextvariable"), 50, 100, at(1));
	assert_string_equal(seen(&s), "\r\033[Kwriting msdyn_ocliv");
}

static void quiet_shows_errors_only(void **state)
{
	DEFER(screen_close) struct screen s = { 0 };
	struct err e;

	(void)state;
	screen_open(&s, (struct ui_options){ .live = true, .quiet = true, .verbose = true });
	ui_step(&s.ui, "writing", S("queue"), 0, 100, at(0));
	ui_step(&s.ui, "writing", S("queue"), 50, 100, at(60));
	ui_note(&s.ui, "a note");
	ui_detail(&s.ui, "a detail");
	err_set(&e, ERR_INPUT, "a.zip: not a zip file");
	ui_error(&s.ui, &e);
	assert_string_equal(seen(&s), "ferry: a.zip: not a zip file\n");
}

static void text_of_others_cannot_steer_the_terminal(void **state)
{
	DEFER(screen_close) struct screen s = { 0 };
	struct err e;

	(void)state;
	screen_open(&s, (struct ui_options){ 0 });
	err_set(&e, ERR_INPUT, "%s",
		"a\033[31m\nb \xc2\x9b"
		"2J \xe2\x80\xae"
		"c \xe2\x81\xa6 \xc3\xa9\xff");
	ui_error(&s.ui, &e);
	assert_string_equal(seen(&s), "ferry: a?[31m?b ?2J ?c ? \xc3\xa9\xff\n");
}

static void colours_need_a_terminal_and_nobody_against_it(void **state)
{
	static const char *const no_color[] = { "TERM", "xterm", "NO_COLOR", "1", NULL };
	struct ui_options o = { .color_out = true, .no_color = true };
	struct ui ui = ui_make(stdout, stderr, &o);

	(void)state;
	assert_string_equal(ui_color(&ui, UI_RED), "");
	o.no_color = false;
	ui = ui_make(stdout, stderr, &o);
	assert_string_equal(ui_color(&ui, UI_RED), "\033[31m");
	variables = no_color;
	assert_false(ui_detect(variable).color_out);
	variables = NULL; /* TERM is not set */
	assert_false(ui_detect(variable).live);
}

static void a_clock_set_back_does_no_harm(void **state)
{
	DEFER(screen_close) struct screen s = { 0 };

	(void)state;
	screen_open(&s, (struct ui_options){ 0 });
	ui_step(&s.ui, "reading", S("queue"), 10, 0, at(100));
	ui_step(&s.ui, "reading", S("queue"), 20, 0, at(0));
	assert_string_equal(seen(&s), "ferry: reading queue: 20\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(without_a_terminal_there_is_a_line_every_ten_seconds),
		cmocka_unit_test(what_is_quick_says_nothing),
		cmocka_unit_test(on_a_terminal_a_bar_is_drawn_over_and_taken_away),
		cmocka_unit_test(a_bar_never_fills_the_line),
		cmocka_unit_test(quiet_shows_errors_only),
		cmocka_unit_test(text_of_others_cannot_steer_the_terminal),
		cmocka_unit_test(colours_need_a_terminal_and_nobody_against_it),
		cmocka_unit_test(a_clock_set_back_does_no_harm),
	};

	return cmocka_run_group_tests_name("ui", tests, NULL, NULL);
}
