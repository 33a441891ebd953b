/* SPDX-License-Identifier: MIT */
/*
 * A folder of the process, removed when it ends in order. The bytes of the organization stay in memory.
 */
#include "organization.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/limits.h"
#include "org/app.h"

#include "base/banned.h"

#define PATH_SIZE 64

static char folder[PATH_SIZE] = "/tmp/ferry-fuzz-XXXXXX";
static char path[PATH_SIZE + 16];
static struct arena arena;
static struct str bytes;

static void must(bool ok, const struct err *e)
{
	if (ok)
		return;
	(void)fprintf(stderr, "%s\n", e->msg);
	abort();
}

static void clean(void)
{
	struct err ignored;

	(void)!file_remove(folder, &ignored);
	arena_release(&arena);
}

static void make(void)
{
	struct org_create_options options = { .seeded = true, .seed = 7 };
	struct err e;

	if (!mkdtemp(folder))
		abort();
	(void)snprintf(path, sizeof(path), "%s/a.db", folder);
	must(org_create(path, &options, &e), &e);
	arena = arena_make(0);
	must(file_read(&arena, path, 64 * LIMIT_MIB, &bytes, &e), &e);
	(void)atexit(clean);
}

const char *fuzz_organization(void)
{
	struct err e;
	char journal[sizeof(path) + 16];

	if (bytes.n == 0)
		make();
	/* an aborted input has left nothing else */
	(void)snprintf(journal, sizeof(journal), "%s-journal", path);
	if (file_exists(journal))
		must(file_remove(journal, &e), &e);
	if (file_exists(path))
		must(file_remove(path, &e), &e);
	must(file_write(path, 0600, bytes, &e), &e);
	return path;
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	(void)fuzz_organization();
	return 0;
}
