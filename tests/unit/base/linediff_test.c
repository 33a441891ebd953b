/* SPDX-License-Identifier: MIT */
/*
 * Line differences. An edit script is right when applying it to the old text gives the new one, and
 * shortest when it changes as many lines as the longest common subsequence leaves, which a table of
 * all pairs tells. The unified forms are those of Python's difflib.unified_diff.
 */
#include "base/linediff.h"

#include "base/buf.h"
#include "base/rng.h"

#include "expect.h"

static void apply(const struct linediff *d, struct buf *out)
{
	size_t at = 0;

	buf_clear(out);
	for (size_t i = 0; i < d->n; i++) {
		const struct linediff_edit *e = &d->edits[i];
		size_t from = (size_t)(e->old.p - d->old.p);

		assert_true(from >= at);
		buf_add(out, str_sub(d->old, at, from - at));
		buf_add(out, e->new);
		at = from + e->old.n;
	}
	buf_add(out, str_skip(d->old, at));
}

static void expect_applies(struct arena *a, struct str old, struct str new, struct linediff *d)
{
	DEFER(buf_release) struct buf out = buf_make(0);

	linediff_make(a, old, new, d);
	apply(d, &out);
	assert_true(str_eq(buf_str(&out), new));
}

static size_t changed(const struct linediff *d)
{
	size_t n = 0;

	for (size_t i = 0; i < d->n; i++)
		n += d->edits[i].nold + d->edits[i].nnew;
	return n;
}

/* Lines are single letters: n of them. */
static struct str letters(struct arena *a, struct rng *r, size_t n, unsigned kinds, bool end)
{
	char *p = arena_array(a, char, 2 * n + 1);

	for (size_t i = 0; i < n; i++) {
		p[2 * i] = (char)('a' + rng_next(r) % kinds);
		p[2 * i + 1] = '\n';
	}
	return str_of(p, n > 0 && !end ? 2 * n - 1 : 2 * n);
}

/* The fewest lines to take away and to add, by a table of all pairs. */
static size_t fewest(struct str x, struct str y)
{
	size_t nx = (x.n + 1) / 2;
	size_t ny = (y.n + 1) / 2;
	size_t best[32][32] = { 0 };

	for (size_t i = 0; i <= nx; i++) {
		for (size_t j = 0; j <= ny; j++) {
			bool same = i && j &&
				    str_eq(str_sub(x, 2 * i - 2, 2), str_sub(y, 2 * j - 2, 2));

			if (i == 0 || j == 0)
				best[i][j] = i + j;
			else if (same)
				best[i][j] = best[i - 1][j - 1];
			else
				best[i][j] = 1 + (best[i - 1][j] < best[i][j - 1] ? best[i - 1][j]
										  : best[i][j - 1]);
		}
	}
	return best[nx][ny];
}

static void applying_the_edits_gives_the_new_text_and_they_are_fewest(void **state)
{
	struct rng r = rng_from_seed(7);

	(void)state;
	for (int round = 0; round < 5000; round++) {
		DEFER(arena_release) struct arena a = arena_make(0);
		unsigned kinds = 1 + (unsigned)(rng_next(&r) % 4);
		struct str x = letters(&a, &r, rng_next(&r) % 20, kinds, rng_next(&r) % 4);
		struct str y = letters(&a, &r, rng_next(&r) % 20, kinds, rng_next(&r) % 4);
		struct linediff d;

		expect_applies(&a, x, y, &d);
		assert_false(d.coarse);
		assert_int_equal(changed(&d), fewest(x, y));
	}
}

static void equal_texts_have_no_edits(void **state)
{
	DEFER(arena_release) struct arena a = arena_make(0);
	struct linediff d;

	(void)state;
	expect_applies(&a, S(""), S(""), &d);
	assert_int_equal(d.n, 0);
	expect_applies(&a, S("a\nb"), S("a\nb"), &d);
	assert_int_equal(d.n, 0);
}

static void large_and_different_texts_get_a_coarse_answer_that_is_right(void **state)
{
	struct rng r = rng_from_seed(9);
	DEFER(arena_release) struct arena a = arena_make(0);
	struct str x = letters(&a, &r, LINEDIFF_LINES, 20, true);
	struct str y = letters(&a, &r, LINEDIFF_LINES, 20, true);
	struct linediff d;

	(void)state;
	expect_applies(&a, x, y, &d);
	assert_true(d.coarse);
	x = letters(&a, &r, LINEDIFF_LINES + 1, 20, true);
	expect_applies(&a, x, y, &d);
	assert_true(d.coarse);
}

static void what_stands_before_and_after_never_counts(void **state)
{
	DEFER(arena_release) struct arena a = arena_make(0);
	char *p = arena_array(&a, char, 4 * LINEDIFF_LINES);
	char *q = arena_array(&a, char, 4 * LINEDIFF_LINES);
	struct linediff d;

	(void)state;
	memset(p, '\n', 4 * LINEDIFF_LINES);
	memset(q, '\n', 4 * LINEDIFF_LINES);
	q[2 * LINEDIFF_LINES] = 'x';
	expect_applies(&a, str_of(p, 4 * LINEDIFF_LINES), str_of(q, 4 * LINEDIFF_LINES), &d);
	assert_false(d.coarse);
	assert_int_equal(d.n, 1);
	assert_int_equal(d.edits[0].old_line, 2 * LINEDIFF_LINES);
}

static void put_line(void *context, enum linediff_kind kind, struct str line)
{
	static const char *const marks[] = {
		[LINEDIFF_HUNK] = "", [LINEDIFF_SAME] = " ",    [LINEDIFF_OLD] = "-",
		[LINEDIFF_NEW] = "+", [LINEDIFF_NO_END] = "\\",
	};

	buf_add_fmt(context, "%s%.*s\n", marks[kind], STR_ARG(line));
}

static void expect_unified(const char *old, const char *new, size_t context, const char *want)
{
	DEFER(arena_release) struct arena a = arena_make(0);
	DEFER(buf_release) struct buf out = buf_make(0);
	struct linediff d;

	linediff_make(&a, str_from(old), str_from(new), &d);
	linediff_unified(&d, context, put_line, &out);
	expect_str(buf_str(&out), want);
}

static void the_unified_form_is_that_of_other_programs(void **state)
{
	(void)state;
	expect_unified("a\nb\nc\nd\ne\nf\ng\n", "a\nb\nc\nX\ne\nf\ng\n", 1,
		       "@@ -3,3 +3,3 @@\n c\n-d\n+X\n e\n");
	expect_unified("a\nb\nc\nd\ne\nf\ng\nh\n", "A\nb\nc\nd\ne\nf\ng\nH\n", 2,
		       "@@ -1,3 +1,3 @@\n-a\n+A\n b\n c\n@@ -6,3 +6,3 @@\n f\n g\n-h\n+H\n");
	expect_unified("a\nb\nc\nd\n", "A\nb\nc\nD\n", 1,
		       "@@ -1,4 +1,4 @@\n-a\n+A\n b\n c\n-d\n+D\n");
	expect_unified("a\n", "", 3, "@@ -1 +0,0 @@\n-a\n");
	expect_unified("", "a\nb\n", 3, "@@ -0,0 +1,2 @@\n+a\n+b\n");
	expect_unified("a\nb", "a\nb\n", 3, "@@ -1,2 +1,2 @@\n a\n-b\n\\\n+b\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(applying_the_edits_gives_the_new_text_and_they_are_fewest),
		cmocka_unit_test(equal_texts_have_no_edits),
		cmocka_unit_test(large_and_different_texts_get_a_coarse_answer_that_is_right),
		cmocka_unit_test(what_stands_before_and_after_never_counts),
		cmocka_unit_test(the_unified_form_is_that_of_other_programs),
	};

	return cmocka_run_group_tests_name("linediff", tests, NULL, NULL);
}
