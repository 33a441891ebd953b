/* SPDX-License-Identifier: MIT */
/*
 * A folder of the process, removed when it ends in order. The bytes of the organization stay in memory, and are
 * written again when somebody has written into the file.
 */
#include "organization.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/limits.h"

#include "../unit/folder.h"

#include "base/banned.h"

#define PATH_SIZE 64

static char folder[PATH_SIZE];
static char path[PATH_SIZE + 16];
static struct arena arena, of_org;
static struct str bytes;
static struct timespec written;
static struct org *org;

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

	org_close(&org);
	(void)!file_remove(folder, &ignored);
	arena_release(&of_org);
	arena_release(&arena);
}

static void make(void)
{
	struct org_create_options options = { .seeded = true, .seed = 7 };
	struct err e;

	if (!test_folder(folder, sizeof(folder)))
		abort();
	(void)snprintf(path, sizeof(path), "%s/a.db", folder);
	must(org_create(path, &options, &e), &e);
	arena = arena_make(0);
	must(file_read(&arena, path, 64 * LIMIT_MIB, &bytes, &e), &e);
	(void)atexit(clean);
}

static struct timespec time_of_file(void)
{
	struct stat st;

	return stat(path, &st) == 0 ? st.st_mtim : (struct timespec){ 0 };
}

static bool is_as_made(void)
{
	struct timespec now = time_of_file();

	return bytes.n > 0 && now.tv_sec == written.tv_sec && now.tv_nsec == written.tv_nsec;
}

static void write_again(void)
{
	char journal[sizeof(path) + 16];
	struct err e;

	if (bytes.n == 0)
		make();
	/* an aborted input has left nothing else */
	(void)snprintf(journal, sizeof(journal), "%s-journal", path);
	if (file_exists(journal))
		must(file_remove(journal, &e), &e);
	if (file_exists(path))
		must(file_remove(path, &e), &e);
	must(file_write(path, 0600, bytes, &e), &e);
	written = time_of_file();
}

const char *fuzz_organization(void)
{
	if (!is_as_made())
		write_again();
	return path;
}

struct org *fuzz_open_organization(void)
{
	struct err e;

	if (org && is_as_made())
		return org;
	org_close(&org);
	arena_release(&of_org);
	of_org = arena_make(0);
	must(org_open(&org, &of_org, fuzz_organization(), true, &e), &e);
	return org;
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	(void)fuzz_organization();
	return 0;
}
