/* SPDX-License-Identifier: MIT */
/*
 * Runs a target without libFuzzer, with any compiler:
 *     <target> FOLDER                each file of a corpus, in the order of their names
 *     <target> --grow FILE KIB       shapes that grow: an eighth of KIB kibibytes, a quarter, a half, all
 * TAP on the standard output, with the time that each input took. An input fails when it takes longer than
 * SECONDS_MAX, a shape when it takes RATIO_MAX times as long for eight times the size.
 *
 * A line of FILE is a shape: name, what stands before, what is repeated, what stands behind, separated by
 * tabs. \n \r \t \\ \xhh stand for bytes, \# for the number of the repetition in eight hexadecimal digits.
 */
#include "fuzz.h"

#include <dirent.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/file.h"
#include "base/limits.h"

#include "base/banned.h"

#define SECONDS_MAX 2.0
#define RATIO_MAX 24.0
#define SECONDS_NOISE 0.005 /* an eighth counts as at least this */
#define STEPS 4

static double run(struct str input)
{
	/* A copy of its own, at whose end a sanitizer looks. */
	uint8_t *copy = malloc(input.n ? input.n : 1);
	struct timespec from, to;

	assert(copy);
	if (input.n > 0)
		memcpy(copy, input.p, input.n);
	(void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &from);
	(void)LLVMFuzzerTestOneInput(copy, input.n);
	(void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &to);
	free(copy);
	return (double)(to.tv_sec - from.tv_sec) + 1e-9 * (double)(to.tv_nsec - from.tv_nsec);
}

static int visible(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

static bool run_file(const char *folder, const char *name, int number)
{
	DEFER(arena_release) struct arena a = arena_make(0);
	const char *path = str_fmt(&a, "%s/%s", folder, name).p;
	struct str bytes;
	struct err e;

	printf("# %s\n", name); /* a crash comes behind its name */
	(void)fflush(stdout);
	if (!file_read(&a, path, LIMIT_PLAN_FILE, &bytes, &e)) {
		printf("not ok %d - %s: %s\n", number, name, e.msg);
		return false;
	}
	double seconds = run(bytes);
	bool fine = seconds <= SECONDS_MAX;

	printf("%s %d - %s (%zu bytes, %.1f ms)\n", fine ? "ok" : "not ok", number, name, bytes.n,
	       1000 * seconds);
	return fine;
}

static bool run_folder(const char *folder)
{
	struct dirent **entries = NULL;
	int n = scandir(folder, &entries, visible, alphasort);
	bool fine = n > 0;

	if (!fine)
		printf("1..1\nnot ok 1 - %s holds no inputs\n", folder);
	else
		printf("1..%d\n", n);
	for (int i = 0; i < n; i++) {
		fine = run_file(folder, entries[i]->d_name, i + 1) && fine;
		free(entries[i]);
	}
	free(entries);
	return fine;
}

static int hex_value(char c)
{
	const char *digit = c ? strchr("0123456789abcdef", c) : NULL;

	assert(digit);
	return (int)(digit - "0123456789abcdef");
}

/* The escapes of a shape, undone. */
static void add_unescaped(struct buf *out, struct str s, unsigned number)
{
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] != '\\') {
			buf_add_char(out, s.p[i]);
			continue;
		}
		char c = ++i < s.n ? s.p[i] : '\\';

		if (c == '#')
			buf_add_fmt(out, "%08x", number);
		else if (c == 'x' && i + 2 < s.n) {
			buf_add_char(out,
				     (char)(hex_value(s.p[i + 1]) * 16 + hex_value(s.p[i + 2])));
			i += 2;
		} else
			buf_add_char(out, c == 'n' ? '\n' : c == 'r' ? '\r' : c == 't' ? '\t' : c);
	}
}

/* Of at least `size` bytes. */
static void make_input(struct buf *out, struct str shape, size_t size)
{
	struct str before = fuzz_take(&shape, '\t');
	struct str again = fuzz_take(&shape, '\t');

	add_unescaped(out, before, 0);
	for (unsigned number = 0; out->n < size; number++)
		add_unescaped(out, again, number);
	add_unescaped(out, shape, 0);
}

static bool run_shape(struct str shape, size_t top, int number)
{
	struct str name = fuzz_take(&shape, '\t');
	double seconds[STEPS];

	for (int i = 0; i < STEPS; i++) {
		DEFER(buf_release) struct buf input = buf_make(0);

		make_input(&input, shape, top >> (STEPS - 1 - i));
		seconds[i] = run(buf_str(&input));
	}
	double first = seconds[0] > SECONDS_NOISE ? seconds[0] : SECONDS_NOISE;
	bool fine = seconds[STEPS - 1] <= RATIO_MAX * first;

	printf("%s %d - %.*s:", fine ? "ok" : "not ok", number, STR_ARG(name));
	for (int i = 0; i < STEPS; i++)
		printf(" %.1f", 1000 * seconds[i]);
	printf(" ms, ratios");
	for (int i = 1; i < STEPS; i++)
		printf(" %.2f", seconds[i] / (seconds[i - 1] > 0 ? seconds[i - 1] : 1e-9));
	printf("\n");
	(void)fflush(stdout);
	return fine;
}

static bool run_shapes(const char *path, size_t top)
{
	DEFER(arena_release) struct arena a = arena_make(0);
	struct str rest;
	struct err e;
	bool fine = true;
	int number = 0;

	if (!file_read(&a, path, LIMIT_PLAN_FILE, &rest, &e)) {
		printf("1..1\nnot ok 1 - %s\n", e.msg);
		return false;
	}
	while (rest.n > 0) {
		struct str shape = fuzz_take(&rest, '\n');

		if (shape.n > 0 && shape.p[0] != '#')
			fine = run_shape(shape, top, ++number) && fine;
	}
	printf("1..%d\n", number);
	return fine;
}

int main(int argc, char **argv)
{
	uint64_t kib = 0;

	if (argc == 2)
		return run_folder(argv[1]) ? 0 : 1;
	if (argc == 4 && str_eq(str_from(argv[1]), S("--grow")) &&
	    str_parse_u64(str_from(argv[3]), &kib))
		return run_shapes(argv[2], (size_t)kib * LIMIT_KIB) ? 0 : 1;
	(void)fprintf(stderr, "usage: %s FOLDER | --grow FILE KIB\n", argv[0]);
	return 2;
}
