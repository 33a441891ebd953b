/* SPDX-License-Identifier: MIT */
/*
 * The git-friendly folder. The input describes it: a line "== name" or "== folder/name" begins a file, what
 * follows up to the next such line is in it. It stands in memory where the system has a place for that.
 */
#include "fuzz.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "dv/package.h"

#include "base/banned.h"

#define FILES_MAX 64

static char root[64]; /* ours alone; the folder stands in it */

static void remove_root(void)
{
	struct err e;

	(void)!file_remove(root, &e);
}

static void make_root(void)
{
	bool memory = access("/dev/shm", W_OK) == 0;

	(void)snprintf(root, sizeof(root), "%s/ferry-fuzz-XXXXXX", memory ? "/dev/shm" : "/tmp");
	bool made = mkdtemp(root) != NULL && atexit(remove_root) == 0;

	assert(made);
}

static void make_folder(const char *path)
{
	struct err e;
	bool made = file_remove(path, &e) && mkdir(path, 0700) == 0;

	assert(made);
}

/* A file of the folder or of a folder in it; what is neither is passed over. */
static void make_file(struct arena *a, const char *folder, struct str name, struct str bytes)
{
	struct str rest = name;
	struct str first = fuzz_take(&rest, '/');
	struct str last = rest.n > 0 ? rest : first;
	bool bad = first.n == 0 || last.n == 0 || str_find_char(name, '\0') != STR_NONE ||
		   str_find_char(last, '/') != STR_NONE || str_starts(last, S("..")) ||
		   str_starts(first, S("..")) || name.n > 200;

	if (bad)
		return;
	if (rest.n > 0)
		(void)mkdir(str_fmt(a, "%s/%.*s", folder, STR_ARG(first)).p, 0700);
	int fd = open(str_fmt(a, "%s/%.*s", folder, STR_ARG(name)).p,
		      O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);

	if (fd < 0)
		return;
	ssize_t written = write(fd, bytes.n ? bytes.p : "", bytes.n);

	assert(written == (ssize_t)bytes.n);
	close(fd);
}

static void make_files(struct arena *a, const char *folder, struct str text)
{
	for (int n = 0; n < FILES_MAX && str_starts(text, S("== ")); n++) {
		text = str_skip(text, 3);
		struct str name = fuzz_take(&text, '\n');
		size_t end = str_starts(text, S("== ")) ? 0 : str_find(text, S("\n== "));
		struct str bytes = str_sub(text, 0, end);

		make_file(a, folder, name, bytes);
		text = str_skip(text, end == STR_NONE ? text.n : end + (end > 0));
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	DEFER(arena_release) struct arena a = arena_make(0);
	DEFER(arena_release) struct arena page = arena_make(0);
	DEFER(package_close) struct package *p = NULL;
	struct package_event ev = { 0 };
	char folder[80] = "";
	struct err e;

	if (!root[0])
		make_root();
	(void)snprintf(folder, sizeof(folder), "%s/it", root);
	make_folder(folder);
	make_files(&a, folder, fuzz_text(data, size));
	if (!package_open(&p, &a, folder, &e))
		return 0;
	do {
		arena_reset(&page);
		if (!package_next(p, &page, &ev, &e)) {
			assert(e.kind == ERR_INPUT);
			return 0;
		}
	} while (ev.kind != PACKAGE_END);
	return 0;
}
