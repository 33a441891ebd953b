/* SPDX-License-Identifier: MIT */
/*
 * cmocka with the headers it wants before it, a process environment made by the test, and temporary folders.
 */
#ifndef FERRY_TESTS_UNIT_CLI_EXPECT_H
#define FERRY_TESTS_UNIT_CLI_EXPECT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/str.h"

#include "../folder.h"

/* Pairs of name and value; ends with NULL. */
static const char *const *variables;

static inline const char *variable(const char *name)
{
	for (size_t i = 0; variables && variables[i]; i += 2) {
		if (strcmp(variables[i], name) == 0)
			return variables[i + 1];
	}
	return NULL;
}

struct folder {
	struct arena arena;
	char path[64];
};

static inline struct folder folder_make(void)
{
	struct folder f = { .arena = arena_make(0) };

	assert_non_null(test_folder(f.path, sizeof(f.path)));
	return f;
}

static inline void folder_remove(struct folder *f)
{
	struct err e;

	assert_true(file_remove(f->path, &e));
	arena_release(&f->arena);
}

static inline const char *in_folder(struct folder *f, const char *name)
{
	return str_fmt(&f->arena, "%s/%s", f->path, name).p;
}

static inline void make_file(const char *path)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	assert_int_equal(fclose(f), 0);
}

#endif
