/* SPDX-License-Identifier: MIT */
/*
 * A new folder for what a test writes: below $TMPDIR, where script/test puts memory that looks like a disk.
 */
#ifndef FERRY_TESTS_FOLDER_H
#define FERRY_TESTS_FOLDER_H

#include <stdio.h>
#include <stdlib.h>

/* NULL: it cannot be made. */
static inline char *test_folder(char *path, size_t size)
{
	const char *below = getenv("TMPDIR");
	int n = snprintf(path, size, "%s/ferry-XXXXXX", below && *below ? below : "/tmp");

	return n > 0 && (size_t)n < size ? mkdtemp(path) : NULL;
}

#endif
