/* SPDX-License-Identifier: MIT */
/*
 * Cells: what was packed comes back; what is damaged is told and leaves the values alone.
 */
#include "move/cells.h"

#include "fixture.h"

static const struct value sample[] = {
	{ .kind = VALUE_ABSENT },
	{ .kind = VALUE_NULL },
	{ .kind = VALUE_TEXT, .text = STR_INIT("") },
	{ .kind = VALUE_TEXT, .text = STR_INIT("a\0b \xc3\xa4") },
	{ .kind = VALUE_REF,
	  .text = STR_INIT("00000000-0000-0000-0000-000000000001"),
	  .table = STR_INIT("queue"),
	  .name = STR_INIT("Chat EU") },
	{ .kind = VALUE_REF,
	  .text = STR_INIT("00000000-0000-0000-0000-000000000002"),
	  .name = STR_INIT("nobody") },
	{ .kind = VALUE_TEXT, .text = STR_INIT("file"), .name = STR_INIT("a.png") },
};

static void assert_value(const struct value *got, const struct value *want)
{
	assert_int_equal(got->kind, want->kind);
	assert_true(str_eq(got->text, want->text));
	assert_true(str_eq(got->table, want->table));
	assert_true(str_eq(got->name, want->name));
}

static void values_of_every_kind_come_back(void **state)
{
	DEFER(buf_release) struct buf b = buf_make(0);
	struct value got[COUNT_OF(sample)];
	struct err e;

	(void)state;
	cells_pack(&b, sample, COUNT_OF(sample));
	OK(cells_unpack(buf_str(&b), got, COUNT_OF(sample), &e));
	for (size_t i = 0; i < COUNT_OF(sample); i++)
		assert_value(&got[i], &sample[i]);
}

static void a_row_without_columns_is_a_row(void **state)
{
	DEFER(buf_release) struct buf b = buf_make(0);
	struct err e;

	(void)state;
	cells_pack(&b, NULL, 0);
	OK(cells_unpack(buf_str(&b), NULL, 0, &e));
}

static void texts_of_every_length_come_back(void **state)
{
	static const size_t lengths[] = { 1, 127, 128, 129, 16383, 16384, 2097151, 2097152 };
	DEFER(arena_release) struct arena a = arena_make(0);
	struct err e;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(lengths); i++) {
		DEFER(buf_release) struct buf b = buf_make(0);
		char *p = arena_alloc(&a, lengths[i]);
		memset(p, 'x', lengths[i]);
		struct value v[2] = { { .kind = VALUE_TEXT, .text = str_of(p, lengths[i]) },
				      { .kind = VALUE_TEXT, .text = S("end") } };
		struct value got[2];
		cells_pack(&b, v, 2);
		OK(cells_unpack(buf_str(&b), got, 2, &e));
		assert_value(&got[0], &v[0]);
		assert_value(&got[1], &v[1]);
	}
}

static void another_number_of_columns_is_refused(void **state)
{
	DEFER(buf_release) struct buf b = buf_make(0);
	struct value got[COUNT_OF(sample) + 1] = { 0 };
	struct err e;

	(void)state;
	cells_pack(&b, sample, COUNT_OF(sample));
	FAILS(cells_unpack(buf_str(&b), got, COUNT_OF(sample) + 1, &e), ERR_INTERNAL, "7 cells");
	FAILS(cells_unpack(buf_str(&b), got, COUNT_OF(sample) - 1, &e), ERR_INTERNAL, "7 cells");
}

static void a_cut_or_longer_blob_is_refused_and_touches_nothing(void **state)
{
	DEFER(buf_release) struct buf b = buf_make(0);
	DEFER(arena_release) struct arena a = arena_make(0);
	struct value got[COUNT_OF(sample)];
	struct err e;

	(void)state;
	cells_pack(&b, sample, COUNT_OF(sample));
	for (size_t n = 0; n < b.n; n++) {
		for (size_t i = 0; i < COUNT_OF(got); i++)
			got[i] = (struct value){ .kind = VALUE_TEXT, .text = S("before") };
		/* a copy of exactly that size, so that reading behind it is seen */
		struct str cut = str_dup(&a, str_sub(buf_str(&b), 0, n));
		assert_false(cells_unpack(cut, got, COUNT_OF(sample), &e));
		assert_int_equal(e.kind, ERR_INTERNAL);
		for (size_t i = 0; i < COUNT_OF(got); i++)
			expect_str(got[i].text, "before");
	}
	buf_add_char(&b, 0);
	assert_false(cells_unpack(buf_str(&b), got, COUNT_OF(sample), &e));
}

static void no_damaged_byte_reads_outside(void **state)
{
	DEFER(buf_release) struct buf b = buf_make(0);
	struct value got[COUNT_OF(sample)];
	struct err e;

	(void)state;
	cells_pack(&b, sample, COUNT_OF(sample));
	for (size_t i = 0; i < b.n; i++) {
		for (int flip = 1; flip < 256; flip++) {
			b.p[i] ^= (char)flip;
			if (cells_unpack(buf_str(&b), got, COUNT_OF(sample), &e)) {
				for (size_t k = 0; k < COUNT_OF(got); k++)
					assert_true(got[k].text.n <= b.n && got[k].name.n <= b.n);
			}
			b.p[i] ^= (char)flip;
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(values_of_every_kind_come_back),
		cmocka_unit_test(a_row_without_columns_is_a_row),
		cmocka_unit_test(texts_of_every_length_come_back),
		cmocka_unit_test(another_number_of_columns_is_refused),
		cmocka_unit_test(a_cut_or_longer_blob_is_refused_and_touches_nothing),
		cmocka_unit_test(no_damaged_byte_reads_outside),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
