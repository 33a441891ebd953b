/* SPDX-License-Identifier: MIT */
/*
 * What the tests of `move` share: calls that must succeed, ids, and a run file.
 */
#ifndef FERRY_TESTS_UNIT_MOVE_FIXTURE_H
#define FERRY_TESTS_UNIT_MOVE_FIXTURE_H

#include "../base/expect.h"

#include "base/arena.h"
#include "base/guid.h"
#include "move/run.h"

/* A call with the test's `struct err e` last. */
#define OK(call)                                                                                   \
	do {                                                                                       \
		if (!(call))                                                                       \
			fail_msg("%s: %s", #call, e.msg);                                          \
	} while (0)
#define FAILS(call, want_kind, want_part)                                                          \
	do {                                                                                       \
		e = (struct err){ 0 };                                                             \
		assert_false(call);                                                                \
		if (e.kind != (want_kind) || !strstr(e.msg, want_part))                            \
			fail_msg("%s: kind %d, \"%s\"", #call, e.kind, e.msg);                     \
	} while (0)

/* Ids whose order is that of n: the last bytes count most in SQL Server's order of the last group. */
static inline struct guid id(uint32_t n)
{
	struct guid g = { 0 };
	g.b[12] = (uint8_t)(n >> 24);
	g.b[13] = (uint8_t)(n >> 16);
	g.b[14] = (uint8_t)(n >> 8);
	g.b[15] = (uint8_t)n;
	return g;
}

static inline void assert_id(struct guid got, uint32_t want)
{
	char a[GUID_TEXT_SIZE], b[GUID_TEXT_SIZE];
	if (!guid_eq(got, id(want)))
		fail_msg("got %s, want %s", guid_format(got, a).p, guid_format(id(want), b).p);
}

struct world {
	struct arena a;
	struct run run;
};

static inline int world_make(void **state)
{
	static struct world w;
	struct err e;
	w = (struct world){ .a = arena_make(0) };
	if (!run_create(&w.run, &w.a, NULL, &e))
		fail_msg("%s", e.msg);
	*state = &w;
	return 0;
}

static inline int world_release(void **state)
{
	struct world *w = *state;
	run_close(&w->run);
	arena_release(&w->a);
	return 0;
}

#define WITH_WORLD(test) cmocka_unit_test_setup_teardown(test, world_make, world_release)

#endif
