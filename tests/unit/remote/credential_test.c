/* SPDX-License-Identifier: MIT */
/*
 * Credentials from every place, and that none gets into a message.
 */
#include "remote/credential.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"

#include "base/banned.h"

#define WHAT "the client secret"

static const char *variable(const char *name)
{
	if (strcmp(name, "MY_SECRET") == 0)
		return "s3cret";
	return strcmp(name, "MY_EMPTY") == 0 ? "" : NULL;
}

static const struct credential_sources calm = { .variable = variable, .command_seconds = 60 };

static void expect_got(enum credential_source source, const char *place, struct str expected)
{
	DEFER(arena_release) struct arena a = arena_make(0);
	struct credential c = { source, str_from(place) };
	struct str out;
	struct err e;

	if (!credential_get(&a, &c, WHAT, &calm, &out, &e))
		fail_msg("%s", e.msg);
	assert_true(str_eq(out, expected));
}

static void expect_none(enum credential_source source, const char *place, const char *message)
{
	DEFER(arena_release) struct arena a = arena_make(0);
	struct credential c = { source, str_from(place) };
	struct str out = { 0 };
	struct err e;

	assert_false(credential_get(&a, &c, WHAT, &calm, &out, &e));
	assert_int_equal(e.kind, ERR_AUTH);
	assert_null(out.p);
	assert_null(strstr(e.msg, "s3cret"));
	if (!str_starts(str_from(e.msg), S(WHAT ": ")) || !strstr(e.msg, message))
		fail_msg("%s", e.msg);
}

static const char pattern[] = "/tmp/ferry-credential-XXXXXX";
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

static const char *file_with(struct arena *a, struct str bytes)
{
	char *folder = folders[nfolders++];

	assert_true(nfolders <= COUNT_OF(folders));
	memcpy(folder, pattern, sizeof(pattern));
	const char *path;
	struct err e;

	assert_non_null(mkdtemp(folder));
	path = str_fmt(a, "%s/secret", folder).p;
	assert_true(file_write(path, 0600, bytes, &e));
	return path;
}

static void from_a_variable(void **state)
{
	(void)state;
	expect_got(CREDENTIAL_VARIABLE, "MY_SECRET", S("s3cret"));
	expect_none(CREDENTIAL_VARIABLE, "MY_OTHER", "the variable MY_OTHER is not set");
	expect_none(CREDENTIAL_VARIABLE, "MY_EMPTY", "the variable MY_EMPTY is empty");
}

static void from_a_file_without_its_one_line_end(void **state)
{
	DEFER(arena_release) struct arena a = arena_make(0);

	(void)state;
	expect_got(CREDENTIAL_FILE, file_with(&a, S("s3cret")), S("s3cret"));
	expect_got(CREDENTIAL_FILE, file_with(&a, S("s3cret\n")), S("s3cret"));
	expect_got(CREDENTIAL_FILE, file_with(&a, S("s3cret\r\n")), S("s3cret"));
	expect_got(CREDENTIAL_FILE, file_with(&a, S("s3cret\n\n")), S("s3cret\n"));
	expect_got(CREDENTIAL_FILE, file_with(&a, S(" s3cret ")), S(" s3cret "));
	expect_none(CREDENTIAL_FILE, file_with(&a, S("\n")), "/secret is empty");
	expect_none(CREDENTIAL_FILE, "/ferry/no/such/file", "/ferry/no/such/file");
}

static void from_a_command(void **state)
{
	(void)state;
	expect_got(CREDENTIAL_COMMAND, "printf '%s\\n' s3cret", S("s3cret"));
	expect_none(CREDENTIAL_COMMAND, "sh -c 'echo s3cret; echo s3cret >&2; exit 4'",
		    "the program sh ended with status 4");
	expect_none(CREDENTIAL_COMMAND, "ferry-no-such-program s3cret", "was not found");
	expect_none(CREDENTIAL_COMMAND, "true", "the output of its command is empty");
	expect_none(CREDENTIAL_COMMAND, "head -c 10000000 /dev/zero", "prints more than");
	expect_none(CREDENTIAL_COMMAND, "p 's3cret", "has no other");
}

static bool always(void *context)
{
	(void)context;
	return true;
}

static void a_command_ends_when_the_person_cancels(void **state)
{
	DEFER(arena_release) struct arena a = arena_make(0);
	struct credential_sources in = { .variable = variable,
					 .cancelled = always,
					 .command_seconds = 60 };
	struct credential c = { CREDENTIAL_COMMAND, S("sleep 100") };
	struct str out;
	struct err e;

	(void)state;
	assert_false(credential_get(&a, &c, WHAT, &in, &out, &e));
	assert_int_equal(e.kind, ERR_CANCELLED);
}

static void a_command_that_takes_too_long_is_an_error_of_the_sign_in(void **state)
{
	DEFER(arena_release) struct arena a = arena_make(0);
	struct credential_sources in = { .variable = variable, .command_seconds = 1 };
	struct credential c = { CREDENTIAL_COMMAND, S("sleep 100") };
	struct str out;
	struct err e;

	(void)state;
	assert_false(credential_get(&a, &c, WHAT, &in, &out, &e));
	assert_int_equal(e.kind, ERR_AUTH);
	assert_non_null(strstr(e.msg, "after 1 s"));
}

static void from_standard_input(void **state)
{
	DEFER(arena_release) struct arena a = arena_make(0);
	int fd = open(file_with(&a, S("s3cret\n")), O_RDONLY | O_CLOEXEC);

	(void)state;
	assert_true(fd >= 0 && dup2(fd, STDIN_FILENO) == STDIN_FILENO);
	expect_got(CREDENTIAL_STDIN, "", S("s3cret"));
	expect_none(CREDENTIAL_STDIN, "", "standard input is empty");
	close(fd);
}

static void as_it_was_given(void **state)
{
	(void)state;
	expect_got(CREDENTIAL_GIVEN, "s3cret", S("s3cret"));
	expect_none(CREDENTIAL_NONE, "", "where it is to be found");
}

static void a_file_that_others_may_read_is_told(void **state)
{
	DEFER(arena_release) struct arena a = arena_make(0);
	const char *path = file_with(&a, S("s3cret"));

	(void)state;
	assert_false(credential_is_exposed(path));
	assert_int_equal(chmod(path, 0640), 0);
	assert_true(credential_is_exposed(path));
	assert_int_equal(chmod(path, 0604), 0);
	assert_true(credential_is_exposed(path));
	assert_false(credential_is_exposed("/ferry/no/such/file"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(from_a_variable),
		cmocka_unit_test(from_a_file_without_its_one_line_end),
		cmocka_unit_test(from_a_command),
		cmocka_unit_test(a_command_ends_when_the_person_cancels),
		cmocka_unit_test(a_command_that_takes_too_long_is_an_error_of_the_sign_in),
		cmocka_unit_test(from_standard_input),
		cmocka_unit_test(as_it_was_given),
		cmocka_unit_test(a_file_that_others_may_read_is_told),
	};

	return cmocka_run_group_tests_name("credential", tests, NULL, remove_folders);
}
