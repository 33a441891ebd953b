/* SPDX-License-Identifier: MIT */
/*
 * cmocka with the headers it wants before it, and what the tests of `base` compare: slices, and
 * whether a call aborts the program.
 */
#ifndef FERRY_TESTS_UNIT_BASE_EXPECT_H
#define FERRY_TESTS_UNIT_BASE_EXPECT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/str.h"

#define expect_str(got, want) expect_str_at((got), (want), __FILE__, __LINE__)

static inline void expect_str_at(struct str got, const char *want, const char *file, int line)
{
	if (!str_eq(got, str_from(want))) {
		print_error("%s:%d: got \"%.*s\", want \"%s\"\n", file, line, STR_ARG(got), want);
		fail();
	}
}

/* Runs act(arg) in a child, which has to end by abort(). */
static inline void expect_abort(void (*act)(void *), void *arg)
{
	int status = 0;
	pid_t child = fork();

	assert_true(child >= 0);
	if (child == 0) {
		struct rlimit no_core = { 0 };
		int null = open("/dev/null", O_WRONLY | O_CLOEXEC);

		setrlimit(RLIMIT_CORE, &no_core);
		signal(SIGABRT, SIG_DFL);
		dup2(null, STDERR_FILENO);
		act(arg);
		_exit(0);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFSIGNALED(status));
	assert_int_equal(WTERMSIG(status), SIGABRT);
}

#endif
