/* SPDX-License-Identifier: MIT */
/*
 * Other programs: how a line becomes words, what is taken of them, and that they can be stopped with their children.
 */
#include "io/process.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"

#include "base/banned.h"

static const char *const *words_of(struct arena *a, const char *line)
{
	const char *const *words = NULL;
	struct err e;

	if (!process_words(a, str_from(line), &words, &e))
		fail_msg("%s: %s", line, e.msg);
	return words;
}

static void expect_words(const char *line, const char *const *expected)
{
	DEFER(arena_release) struct arena a = arena_make(0);
	const char *const *words = words_of(&a, line);
	size_t i = 0;

	for (; expected[i]; i++) {
		assert_non_null(words[i]);
		assert_string_equal(words[i], expected[i]);
	}
	assert_null(words[i]);
}

#define WORDS(...) ((const char *const[]){ __VA_ARGS__, NULL })

static void a_line_is_split_as_a_shell_splits_it(void **state)
{
	(void)state;
	expect_words("az account get-access-token", WORDS("az", "account", "get-access-token"));
	expect_words("  az\taccount  \n", WORDS("az", "account"));
	expect_words("p 'a b' \"c d\" e\\ f", WORDS("p", "a b", "c d", "e f"));
	expect_words("p a'b'\"c\"d", WORDS("p", "abcd"));
	expect_words("p '' \"\"", WORDS("p", "", ""));
	expect_words("p 'a\\b' \"a\\\"b\\\\c\\d\"", WORDS("p", "a\\b", "a\"b\\c\\d"));
	expect_words("p 'it'\\''s'", WORDS("p", "it's"));
	expect_words("p 'a|b;$(c)`d`' \"<&>\" a#b", WORDS("p", "a|b;$(c)`d`", "<&>", "a#b"));
	expect_words("p a\\\nb", WORDS("p", "ab"));
	expect_words("p \\\n", WORDS("p"));
	expect_words("p $ 5$ \\$HOME", WORDS("p", "$", "5$", "$HOME"));
}

static void expect_no_words(const char *line, const char *message)
{
	DEFER(arena_release) struct arena a = arena_make(0);
	const char *const *words = NULL;
	struct err e;

	assert_false(process_words(&a, str_from(line), &words, &e));
	assert_int_equal(e.kind, ERR_USAGE);
	assert_non_null(strstr(e.msg, message));
	assert_null(strstr(e.msg, "s3cret"));
	assert_null(words);
}

static void a_line_that_is_not_whole_is_refused_without_repeating_it(void **state)
{
	(void)state;
	expect_no_words("", "is empty");
	expect_no_words("  ", "is empty");
	expect_no_words("''", "is empty");
	expect_no_words("p 's3cret", "' in the command has no other");
	expect_no_words("p \"s3cret", "\" in the command has no other");
	expect_no_words("p s3cret\\", "ends with a backslash");
}

static void what_would_need_a_shell_is_refused_with_the_remedy(void **state)
{
	(void)state;
	expect_no_words("p s3cret | q", "sh -c");
	expect_no_words("p s3cret > f", "sh -c");
	expect_no_words("p $HOME", "sh -c");
	expect_no_words("p \"${HOME}\"", "sh -c");
	expect_no_words("p $(q)", "sh -c");
	expect_no_words("p `q`", "sh -c");
	expect_no_words("p & q; r", "sh -c");
}

static bool run(struct arena *a, const char *line, const struct process_options *o, struct str *out,
		struct err *e)
{
	return process_run(a, words_of(a, line), o, out, e);
}

static const struct process_options calm = { .seconds = 60, .output_max = 100000 };

static void expect_output(const char *line, struct str expected)
{
	DEFER(arena_release) struct arena a = arena_make(0);
	struct str out;
	struct err e;

	if (!run(&a, line, &calm, &out, &e))
		fail_msg("%s: %s", line, e.msg);
	assert_int_equal(out.n, expected.n);
	assert_memory_equal(out.p, expected.p, expected.n);
}

static void what_a_program_prints_is_taken_to_the_byte(void **state)
{
	(void)state;
	expect_output("printf 'a\\nb\\n'", S("a\nb\n"));
	expect_output("printf 'a\\0b'", S("a\0b"));
	expect_output("true", S(""));
	expect_output("sh -c 'echo out; echo secret >&2'", S("out\n"));
	expect_output("sh -c 'exec >&-; sleep 0.02'", S(""));
}

static void it_has_our_environment_and_no_input(void **state)
{
	(void)state;
	setenv("FERRY_TEST_PROCESS", "seen", 1);
	expect_output("sh -c 'echo $FERRY_TEST_PROCESS; cat'", S("seen\n"));
	expect_output("sh -c 'tty <&2 || true; (: </dev/tty) || echo none'",
		      S("not a tty\nnone\n"));
}

static void a_lot_of_output_arrives_whole_and_too_much_is_refused(void **state)
{
	DEFER(arena_release) struct arena a = arena_make(0);
	struct process_options o = { .seconds = 60, .output_max = 1000000 };
	struct str out = { 0 };
	struct err e;

	(void)state;
	assert_true(run(&a, "head -c 1000000 /dev/zero", &o, &out, &e));
	assert_int_equal(out.n, 1000000);
	out = (struct str){ 0 };
	assert_false(run(&a, "head -c 1000001 /dev/zero", &o, &out, &e));
	assert_int_equal(e.kind, ERR_INPUT);
	assert_non_null(strstr(e.msg, "the program head prints more than 1000000 bytes"));
	assert_null(out.p);
}

static void expect_failure(const char *line, enum err_kind kind, const char *message)
{
	DEFER(arena_release) struct arena a = arena_make(0);
	struct str out = { 0 };
	struct err e;

	assert_false(run(&a, line, &calm, &out, &e));
	assert_int_equal(e.kind, kind);
	assert_string_equal(e.msg, message);
	assert_null(out.p);
}

static void a_failure_names_the_program_and_nothing_else(void **state)
{
	(void)state;
	expect_failure("ferry-no-such-program s3cret", ERR_INPUT,
		       "the program ferry-no-such-program was not found; is it installed, and its "
		       "folder in PATH?");
	expect_failure("/etc/passwd s3cret", ERR_INPUT,
		       "the program /etc/passwd cannot be started: Permission denied");
	expect_failure("sh -c 'echo s3cret; echo s3cret >&2; exit 3'", ERR_INPUT,
		       "the program sh ended with status 3; run it by hand to see why");
	expect_failure("sh -c 'kill -9 $$'", ERR_INPUT, "the program sh was ended by signal 9");
}

static bool is_gone(struct arena *a, const char *path)
{
	struct err e;
	struct str pid;
	int64_t number;

	if (!file_read(a, path, 100, &pid, &e) || !str_parse_i64(str_trim(pid), &number))
		return false;
	for (int i = 0; i < 200; i++) {
		struct str stat;
		const char *proc = str_fmt(a, "/proc/%d/stat", (int)number).p;

		/* a zombie that nobody reaps yet runs no more */
		if (kill((pid_t)number, 0) != 0 || !file_read(a, proc, 4096, &stat, &e) ||
		    str_find(stat, S(") Z ")) != STR_NONE)
			return true;
		usleep(10000);
	}
	return false;
}

static const char pattern[] = "/tmp/ferry-process-XXXXXX";
static char folders[16][sizeof(pattern)];
static size_t nfolders;

static int remove_folders(void **state)
{
	struct err e;

	(void)state;
	while (nfolders > 0) {
		if (!file_remove(folders[--nfolders], &e))
			return -1;
	}
	return 0;
}

static const char *in_temp(struct arena *a, const char *name)
{
	char *folder = folders[nfolders++];

	assert_true(nfolders <= COUNT_OF(folders));
	memcpy(folder, pattern, sizeof(pattern));

	assert_non_null(mkdtemp(folder));
	return str_fmt(a, "%s/%s", folder, name).p;
}

static void a_program_that_takes_too_long_is_ended_with_its_children(void **state)
{
	DEFER(arena_release) struct arena a = arena_make(0);
	const char *path = in_temp(&a, "pid");
	struct process_options o = { .seconds = 1, .output_max = 100 };
	const char *words[] = { "sh", "-c", "sleep 100 & echo $! >\"$1\"; wait", "sh", path, NULL };
	struct str out = { 0 };
	struct err e;

	(void)state;
	assert_false(process_run(&a, words, &o, &out, &e));
	assert_int_equal(e.kind, ERR_NETWORK);
	assert_string_equal(e.msg, "the program sh has not ended after 1 s and was stopped");
	assert_true(is_gone(&a, path));
}

static bool at_the_third_look(void *context)
{
	int *looks = context;

	return ++*looks >= 3;
}

static void it_is_ended_when_the_person_cancels(void **state)
{
	DEFER(arena_release) struct arena a = arena_make(0);
	int looks = 0;
	struct process_options o = {
		.seconds = 60,
		.output_max = 100,
		.cancelled = at_the_third_look,
		.context = &looks,
	};
	struct str out = { 0 };
	struct err e;

	(void)state;
	assert_false(run(&a, "sleep 100", &o, &out, &e));
	assert_int_equal(e.kind, ERR_CANCELLED);
	assert_string_equal(e.msg, "cancelled while the program sleep ran");
}

static void what_a_program_leaves_behind_is_not_waited_for(void **state)
{
	(void)state;
	expect_output("sh -c 'sleep 3 & echo done'", S("done\n"));
}

static void one_that_is_started_lives_on(void **state)
{
	DEFER(arena_release) struct arena a = arena_make(0);
	const char *path = in_temp(&a, "made");
	const char *words[] = { "sh", "-c", "echo out; echo x >\"$1\"", "sh", path, NULL };
	const char *none[] = { "ferry-no-such-program", NULL };
	struct err e;

	(void)state;
	assert_true(process_start(words, &e));
	for (int i = 0; i < 500 && !file_exists(path); i++)
		usleep(10000);
	assert_true(file_exists(path));
	assert_false(process_start(none, &e));
	assert_int_equal(e.kind, ERR_INPUT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_line_is_split_as_a_shell_splits_it),
		cmocka_unit_test(a_line_that_is_not_whole_is_refused_without_repeating_it),
		cmocka_unit_test(what_would_need_a_shell_is_refused_with_the_remedy),
		cmocka_unit_test(what_a_program_prints_is_taken_to_the_byte),
		cmocka_unit_test(it_has_our_environment_and_no_input),
		cmocka_unit_test(a_lot_of_output_arrives_whole_and_too_much_is_refused),
		cmocka_unit_test(a_failure_names_the_program_and_nothing_else),
		cmocka_unit_test(a_program_that_takes_too_long_is_ended_with_its_children),
		cmocka_unit_test(it_is_ended_when_the_person_cancels),
		cmocka_unit_test(what_a_program_leaves_behind_is_not_waited_for),
		cmocka_unit_test(one_that_is_started_lives_on),
	};

	return cmocka_run_group_tests_name("process", tests, NULL, remove_folders);
}
