/* SPDX-License-Identifier: MIT */
/*
 * Pieces, and a file that is nowhere on a disk.
 */
#include "fuzz.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/map.h"

#include "base/banned.h"

struct str fuzz_take(struct str *rest, char separator)
{
	size_t end = str_find_char(*rest, separator);
	struct str first = str_sub(*rest, 0, end);

	*rest = end == STR_NONE ? S("") : str_skip(*rest, end + 1);
	return first;
}

void fuzz_check_same(struct str a, struct str b)
{
	if (str_eq(a, b))
		return;
	(void)fprintf(stderr, "these differ:\n%.*s\n-----\n%.*s\n", STR_ARG(a), STR_ARG(b));
	abort();
}

size_t piece_size(struct piece_source *s, size_t most)
{
	size_t n = most;

	if (s->pieces == PIECES_SINGLE_BYTES)
		n = 1;
	if (s->pieces == PIECES_RANDOM) {
		s->state = s->state * UINT64_C(6364136223846793005) + 1442695040888963407;
		n = 1 + (size_t)(s->state >> 33) % 23;
	}
	return n < most ? n : most;
}

static bool read_piece(struct source *source, char *p, size_t n, size_t *got, struct err *e)
{
	struct piece_source *s = CONTAINER_OF(source, struct piece_source, source);
	size_t take = s->rest.n < n ? s->rest.n : n;

	(void)e;
	if (take > 0) {
		take = piece_size(s, take);
		memcpy(p, s->rest.p, take);
	}
	s->rest = str_skip(s->rest, take);
	*got = take;
	return true;
}

struct piece_source piece_source_make(struct str bytes, enum pieces pieces)
{
	return (struct piece_source){ { read_piece }, bytes, pieces, hash_bytes(bytes) };
}

const char *fuzz_file(struct str bytes)
{
	static char path[64];
	static int fd = -1;

	if (fd < 0) {
		fd = memfd_create("fuzz", MFD_CLOEXEC);
		assert(fd >= 0);
		(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	}
	bool done = ftruncate(fd, 0) == 0 &&
		    pwrite(fd, bytes.n ? bytes.p : "", bytes.n, 0) == (ssize_t)bytes.n;

	assert(done);
	return path;
}
