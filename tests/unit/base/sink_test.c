/* SPDX-License-Identifier: MIT */
/*
 * Writing into a buffer and reading from memory as streams.
 */
#include "base/sink.h"

#include "expect.h"

static void a_buffer_takes_what_is_written_until_it_is_full(void **state)
{
	DEFER(buf_release) struct buf b = buf_make(6);
	struct buf_sink s = buf_sink_make(&b);
	struct err e = { 0 };

	(void)state;
	assert_true(sink_write(&s.sink, S("abc"), &e));
	assert_true(sink_write(&s.sink, S(""), &e));
	assert_true(sink_write(&s.sink, S("def"), &e));
	assert_false(sink_write(&s.sink, S("g"), &e));
	assert_int_equal(e.kind, ERR_INPUT);
	expect_str(buf_str(&b), "abcdef");
}

static void bytes_in_memory_are_read_in_pieces_to_their_end(void **state)
{
	struct str_source s = str_source_make(S("abcde"));
	struct err e;
	char p[3];
	size_t got = 99;

	(void)state;
	assert_true(s.source.read(&s.source, p, 3, &got, &e));
	expect_str(str_of(p, got), "abc");
	assert_true(s.source.read(&s.source, p, 3, &got, &e));
	expect_str(str_of(p, got), "de");
	for (int i = 0; i < 2; i++) {
		got = 99;
		assert_true(s.source.read(&s.source, p, 3, &got, &e));
		assert_int_equal(got, 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_buffer_takes_what_is_written_until_it_is_full),
		cmocka_unit_test(bytes_in_memory_are_read_in_pieces_to_their_end),
	};

	return cmocka_run_group_tests_name("sink", tests, NULL, NULL);
}
