/* SPDX-License-Identifier: MIT */
/*
 * The journal: changes in waves, the strongest outcome of a row, problems.
 */
#include "move/journal.h"

#include "fixture.h"

static int64_t plan(struct run *r, enum change_kind kind, uint32_t tab, uint32_t n, uint32_t wave)
{
	struct change c = { .kind = kind,
			    .wave = wave,
			    .tab = tab,
			    .id = id(n),
			    .origin = id(n + 100),
			    .other = id(n + 200),
			    .other_origin = id(n + 300),
			    .columns = S("\1\0\1") };
	struct err e;

	OK(journal_put_change(r, &c, &e));
	assert_int_not_equal(c.number, 0);
	return c.number;
}

static enum outcome outcome_of(struct run *r, uint32_t tab, uint32_t n)
{
	enum outcome o = OUTCOMES;
	struct err e;
	bool found;

	OK(journal_get_outcome(r, tab, id(n), &o, &found, &e));
	assert_int_equal(found, o != OUTCOMES);
	return o;
}

static void a_change_comes_back_as_it_was_put(void **state)
{
	struct world *w = *state;
	int64_t number = plan(&w->run, CHANGE_UPDATE, 3, 7, 2);
	struct change c;
	struct err e;

	OK(journal_set_columns(&w->run, number, S("\0\1\1"), &e));
	OK(journal_set_state(&w->run, number, CHANGE_SENT, &e));
	OK(journal_set_wave(&w->run, number, 5, &e));
	OK(journal_get_change(&w->run, number, &c, &e));
	assert_int_equal(c.number, number);
	assert_int_equal(c.kind, CHANGE_UPDATE);
	assert_int_equal(c.state, CHANGE_SENT);
	assert_int_equal(c.wave, 5);
	assert_int_equal(c.tab, 3);
	assert_id(c.id, 7);
	assert_id(c.origin, 107);
	assert_id(c.other, 207);
	assert_id(c.other_origin, 307);
	assert_true(str_eq(c.columns, S("\0\1\1")));
	FAILS(journal_get_change(&w->run, 99, &c, &e), ERR_INTERNAL, "99");
}

static void a_wave_gives_its_planned_changes_by_table_and_id(void **state)
{
	struct world *w = *state;
	int64_t third = plan(&w->run, CHANGE_CREATE, 1, 1, 1);
	int64_t second = plan(&w->run, CHANGE_CREATE, 0, 9, 1);
	int64_t first = plan(&w->run, CHANGE_CREATE, 0, 2, 1);
	int64_t done = plan(&w->run, CHANGE_CREATE, 0, 3, 1);
	DEFER(run_cursor_close) struct run_cursor c = { 0 };
	const int64_t want[] = { first, second, third };
	struct change got;
	struct err e;
	bool more;

	plan(&w->run, CHANGE_CREATE, 0, 4, 2);
	OK(journal_set_state(&w->run, done, CHANGE_DONE, &e));
	OK(journal_changes(&w->run, 1, CHANGE_PLANNED, &c, &e));
	for (size_t i = 0; i < COUNT_OF(want); i++) {
		OK(journal_next_change(&c, &got, &more, &e));
		assert_true(more);
		assert_int_equal(got.number, want[i]);
		/* what a sender does while it walks */
		OK(journal_set_state(&w->run, got.number, CHANGE_SENT, &e));
	}
	OK(journal_next_change(&c, &got, &more, &e));
	assert_false(more);
}

static void changes_are_counted_by_kind_and_state(void **state)
{
	struct world *w = *state;
	int64_t number = plan(&w->run, CHANGE_LINK, 0, 1, 1);
	struct err e;
	uint64_t n;

	plan(&w->run, CHANGE_LINK, 0, 2, 1);
	plan(&w->run, CHANGE_STATE, 0, 2, 1);
	OK(journal_set_state(&w->run, number, CHANGE_FAILED, &e));
	OK(journal_count(&w->run, CHANGE_LINK, CHANGE_PLANNED, &n, &e));
	assert_int_equal(n, 1);
	OK(journal_count(&w->run, CHANGE_LINK, CHANGE_FAILED, &n, &e));
	assert_int_equal(n, 1);
	OK(journal_count(&w->run, CHANGE_CREATE, CHANGE_PLANNED, &n, &e));
	assert_int_equal(n, 0);
}

static void a_row_keeps_the_strongest_outcome_that_it_ever_got(void **state)
{
	struct world *w = *state;
	uint64_t counts[OUTCOMES];
	struct err e;

	for (int first = 0; first < OUTCOMES; first++) {
		for (int second = 0; second < OUTCOMES; second++) {
			uint32_t n = (uint32_t)(first * OUTCOMES + second);
			OK(journal_set_outcome(&w->run, 0, id(n), (enum outcome)first, &e));
			OK(journal_set_outcome(&w->run, 0, id(n), (enum outcome)second, &e));
			assert_int_equal(outcome_of(&w->run, 0, n),
					 first < second ? first : second);
		}
	}
	/* of 6 x 6 pairs, min = k for 2 * (6 - k) - 1 */
	OK(journal_count_outcomes(&w->run, 0, counts, &e));
	for (uint64_t k = 0; k < OUTCOMES; k++)
		assert_int_equal(counts[k], 2 * (OUTCOMES - k) - 1);
	OK(journal_count_outcomes(&w->run, 1, counts, &e));
	for (size_t k = 0; k < OUTCOMES; k++)
		assert_int_equal(counts[k], 0);
}

static void pairs_have_outcomes_too(void **state)
{
	struct world *w = *state;
	uint64_t counts[OUTCOMES];
	enum outcome o;
	struct err e;
	bool found;

	OK(journal_set_link_outcome(&w->run, 0, id(1), id(2), OUTCOME_UNCHANGED, &e));
	OK(journal_set_link_outcome(&w->run, 0, id(1), id(3), OUTCOME_CREATED, &e));
	OK(journal_set_link_outcome(&w->run, 0, id(1), id(3), OUTCOME_FAILED, &e));
	OK(journal_set_link_outcome(&w->run, 1, id(1), id(3), OUTCOME_CREATED, &e));
	OK(journal_count_link_outcomes(&w->run, 0, counts, &e));
	assert_int_equal(counts[OUTCOME_UNCHANGED], 1);
	assert_int_equal(counts[OUTCOME_FAILED], 1);
	assert_int_equal(counts[OUTCOME_CREATED], 0);
	OK(journal_get_link_outcome(&w->run, 1, id(1), id(3), &o, &found, &e));
	assert_true(found);
	assert_int_equal(o, OUTCOME_CREATED);
	OK(journal_get_link_outcome(&w->run, 1, id(3), id(1), &o, &found, &e));
	assert_false(found);
}

/* origin = id + 100 */
static void a_stop_makes_skipped_rows_of_what_is_not_written(void **state)
{
	struct world *w = *state;
	int64_t done = plan(&w->run, CHANGE_CREATE, 0, 1, 1);
	int64_t sent = plan(&w->run, CHANGE_UPDATE, 0, 2, 1);
	uint64_t counts[OUTCOMES];
	struct err e;

	plan(&w->run, CHANGE_CREATE, 0, 3, 1); /* planned */
	plan(&w->run, CHANGE_STATE, 0, 3, 2);
	plan(&w->run, CHANGE_STATE, 0, 4, 2);  /* of a failed row */
	plan(&w->run, CHANGE_UPDATE, 0, 5, 2); /* of one that nobody told about */
	plan(&w->run, CHANGE_LINK, 0, 6, 3);
	OK(journal_set_state(&w->run, done, CHANGE_DONE, &e));
	OK(journal_set_state(&w->run, sent, CHANGE_SENT, &e));
	OK(journal_set_outcome(&w->run, 0, id(101), OUTCOME_CREATED, &e));
	OK(journal_set_outcome(&w->run, 0, id(102), OUTCOME_UPDATED, &e));
	OK(journal_set_outcome(&w->run, 0, id(103), OUTCOME_CREATED, &e));
	OK(journal_set_outcome(&w->run, 0, id(104), OUTCOME_FAILED, &e));
	OK(journal_set_link_outcome(&w->run, 0, id(106), id(306), OUTCOME_CREATED, &e));
	OK(journal_skip_unwritten(&w->run, &e));
	assert_int_equal(outcome_of(&w->run, 0, 101), OUTCOME_CREATED);
	assert_int_equal(outcome_of(&w->run, 0, 102), OUTCOME_SKIPPED);
	assert_int_equal(outcome_of(&w->run, 0, 103), OUTCOME_SKIPPED);
	assert_int_equal(outcome_of(&w->run, 0, 104), OUTCOME_FAILED);
	assert_int_equal(outcome_of(&w->run, 0, 105), OUTCOME_SKIPPED);
	OK(journal_count_link_outcomes(&w->run, 0, counts, &e));
	assert_int_equal(counts[OUTCOME_SKIPPED], 1);
	assert_int_equal(counts[OUTCOME_CREATED], 0);
}

static void problems_come_most_severe_first_then_as_they_were_put(void **state)
{
	static const struct problem put[] = {
		{ SEVERITY_WARNING, STR_INIT("a"), STR_INIT("1"), STR_INIT("c"), 0, STR_INIT("w1"),
		  STR_INIT("") },
		{ SEVERITY_ERROR, STR_INIT("b"), STR_INIT(""), STR_INIT(""), 0x80040217,
		  STR_INIT("e1"), STR_INIT("do") },
		{ SEVERITY_NOTE, STR_INIT(""), STR_INIT(""), STR_INIT(""), 0, STR_INIT("n1"),
		  STR_INIT("") },
		{ SEVERITY_ERROR, STR_INIT("a"), STR_INIT(""), STR_INIT(""), 0, STR_INIT("e2"),
		  STR_INIT("") },
		{ SEVERITY_WARNING, STR_INIT("a"), STR_INIT(""), STR_INIT(""), 0, STR_INIT("w2"),
		  STR_INIT("") },
	};
	static const size_t want[] = { 1, 3, 0, 4, 2 };
	struct world *w = *state;
	DEFER(run_cursor_close) struct run_cursor c = { 0 };
	struct problem p;
	struct err e;
	bool more;

	for (size_t i = 0; i < COUNT_OF(put); i++)
		OK(journal_put_problem(&w->run, &put[i], &e));
	OK(journal_problems(&w->run, &c, &e));
	for (size_t i = 0; i < COUNT_OF(want); i++) {
		const struct problem *q = &put[want[i]];
		OK(journal_next_problem(&c, &p, &more, &e));
		assert_true(more);
		assert_int_equal(p.severity, q->severity);
		assert_int_equal(p.code, q->code);
		assert_true(str_eq(p.table, q->table) && str_eq(p.id, q->id));
		assert_true(str_eq(p.column, q->column) && str_eq(p.message, q->message));
		assert_true(str_eq(p.remedy, q->remedy));
	}
	OK(journal_next_problem(&c, &p, &more, &e));
	assert_false(more);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_WORLD(a_change_comes_back_as_it_was_put),
		WITH_WORLD(a_wave_gives_its_planned_changes_by_table_and_id),
		WITH_WORLD(changes_are_counted_by_kind_and_state),
		WITH_WORLD(a_row_keeps_the_strongest_outcome_that_it_ever_got),
		WITH_WORLD(pairs_have_outcomes_too),
		WITH_WORLD(a_stop_makes_skipped_rows_of_what_is_not_written),
		WITH_WORLD(problems_come_most_severe_first_then_as_they_were_put),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
