/* SPDX-License-Identifier: MIT */
/*
 * What the rest of ferry relies on when it asks an arena for memory.
 */
#include "base/arena.h"

#include <malloc.h>

#include "expect.h"

#if defined(__SANITIZE_ADDRESS__)
#define HAS_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define HAS_ASAN 1
#endif
#endif

#ifdef HAS_ASAN
#include <sanitizer/asan_interface.h>
#endif

static bool all_zero(const char *p, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (p[i] != 0)
			return false;
	}
	return true;
}

static void memory_is_aligned_zeroed_and_apart_whatever_the_size(void **state)
{
	DEFER(arena_release) struct arena a = arena_make(0);
	char *before = NULL;

	(void)state;
	for (size_t size = 0; size < 3000; size += 7) {
		char *p = arena_alloc(&a, size);

		assert_non_null(p);
		assert_int_equal((uintptr_t)p % 16, 0);
		assert_true(p != before);
		assert_true(all_zero(p, size));
		memset(p, 0xff, size);
		before = p;
	}
}

static void memory_is_zeroed_again_after_a_rewind(void **state)
{
	DEFER(arena_release) struct arena a = arena_make(0);

	(void)state;
	for (int round = 0; round < 5; round++) {
		struct arena_mark mark = arena_mark(&a);

		for (int i = 0; i < 200; i++) {
			char *p = arena_alloc(&a, 1000);

			assert_true(all_zero(p, 1000));
			memset(p, 0xff, 1000);
		}
		arena_rewind(&a, mark);
		assert_int_equal(a.used, mark.used);
	}
}

static void what_was_allocated_before_the_mark_survives_the_rewind(void **state)
{
	DEFER(arena_release) struct arena a = arena_make(0);
	char *kept = arena_alloc(&a, 100);

	(void)state;
	memset(kept, 'k', 100);

	struct arena_mark outer = arena_mark(&a);

	arena_alloc(&a, 200000);

	struct arena_mark inner = arena_mark(&a);

	for (int i = 0; i < 100; i++)
		memset(arena_alloc(&a, 50000), 0xff, 50000);
	arena_rewind(&a, inner);
	arena_alloc(&a, 10);
	arena_rewind(&a, outer);
	memset(arena_alloc(&a, 300), 'x', 300);
	for (int i = 0; i < 100; i++)
		assert_int_equal(kept[i], 'k');
}

static void a_rewound_arena_asks_the_system_for_nothing_new(void **state)
{
	DEFER(arena_release) struct arena a = arena_make(0);

	(void)state;
	arena_alloc(&a, 60000);
	arena_reset(&a);

	const struct arena_block *block = a.top;

	for (int i = 0; i < 1000; i++) {
		arena_alloc(&a, 60000);
		assert_ptr_equal(a.top, block);
		arena_reset(&a);
	}
	assert_int_equal(a.used, 0);
}

/* As who handles one row after the other does, each with a text that fills a block. */
static void marks_that_are_taken_anew_after_each_rewind_pile_up_nothing(void **state)
{
	struct arena a = arena_make(0);
	size_t before = 0;

	(void)state;
	for (unsigned i = 0; i < 100; i++) {
		struct arena_mark mark = arena_mark(&a);

		arena_alloc(&a, 100);
		arena_alloc(&a, 1000 * 1000);
		arena_alloc(&a, 1000 * 1000);
		arena_rewind(&a, mark);
		if (i == 9)
			before = mallinfo2().uordblks + mallinfo2().hblkhd;
	}
	assert_true(mallinfo2().uordblks + mallinfo2().hblkhd <= before + 1000 * 1000);
	arena_release(&a);
}

static void used_and_peak_tell_what_was_handed_out(void **state)
{
	DEFER(arena_release) struct arena a = arena_make(0);

	(void)state;
	arena_alloc(&a, 1);
	arena_alloc(&a, 16);
	arena_alloc(&a, 17);
	assert_int_equal(a.used, 16 + 16 + 32);
	arena_reset(&a);
	assert_int_equal(a.used, 0);
	assert_int_equal(a.peak, 64);
	arena_alloc(&a, 10 * 1000 * 1000);
	assert_int_equal(a.peak, 10 * 1000 * 1000);
}

static void an_arena_can_be_used_again_after_its_release(void **state)
{
	struct arena a = arena_make(1000);

	(void)state;
	arena_alloc(&a, 500);
	arena_release(&a);
	assert_null(a.top);
	assert_int_equal(a.used, 0);
	assert_int_equal(a.ceiling, 1000);
	assert_non_null(arena_alloc(&a, 992));
	arena_release(&a);
	arena_release(&a);
}

static void alloc_600(void *arena)
{
	arena_alloc(arena, 600);
}

static void alloc_too_many(void *arena)
{
	arena_alloc_array(arena, SIZE_MAX / 2, 3);
}

static void alloc_too_much(void *arena)
{
	arena_alloc(arena, SIZE_MAX - 5);
}

static void beyond_the_ceiling_the_program_aborts(void **state)
{
	DEFER(arena_release) struct arena a = arena_make(1008);

	(void)state;
	arena_alloc(&a, 400);
	arena_alloc(&a, 600);
	arena_reset(&a);
	arena_alloc(&a, 410);
	expect_abort(alloc_600, &a);
}

static void sizes_that_overflow_abort(void **state)
{
	DEFER(arena_release) struct arena a = arena_make(0);

	(void)state;
	expect_abort(alloc_too_many, &a);
	expect_abort(alloc_too_much, &a);
}

#ifdef HAS_ASAN
static void touching_what_is_not_allocated_is_found_by_the_sanitizer(void **state)
{
	DEFER(arena_release) struct arena a = arena_make(0);
	struct arena_mark mark = arena_mark(&a);
	char *p = arena_alloc(&a, 30);
	char *q = arena_alloc(&a, 32);

	(void)state;
	assert_false(__asan_address_is_poisoned(p + 29));
	assert_true(__asan_address_is_poisoned(p + 30));
	assert_false(__asan_address_is_poisoned(q + 31));
	assert_true(__asan_address_is_poisoned(q + 32));
	arena_rewind(&a, mark);
	assert_true(__asan_address_is_poisoned(p));
	assert_true(__asan_address_is_poisoned(q));
}
#endif

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(memory_is_aligned_zeroed_and_apart_whatever_the_size),
		cmocka_unit_test(memory_is_zeroed_again_after_a_rewind),
		cmocka_unit_test(what_was_allocated_before_the_mark_survives_the_rewind),
		cmocka_unit_test(a_rewound_arena_asks_the_system_for_nothing_new),
		cmocka_unit_test(marks_that_are_taken_anew_after_each_rewind_pile_up_nothing),
		cmocka_unit_test(used_and_peak_tell_what_was_handed_out),
		cmocka_unit_test(an_arena_can_be_used_again_after_its_release),
		cmocka_unit_test(beyond_the_ceiling_the_program_aborts),
		cmocka_unit_test(sizes_that_overflow_abort),
#ifdef HAS_ASAN
		cmocka_unit_test(touching_what_is_not_allocated_is_found_by_the_sanitizer),
#endif
	};

	return cmocka_run_group_tests_name("arena", tests, NULL, NULL);
}
