/* SPDX-License-Identifier: MIT */
/*
 * Waves and knots. Graphs are drawn in the comments; an arrow points to what is needed. Random graphs are
 * checked against the plain definition, computed here with arrays.
 */
#include "move/graph.h"

#include <time.h>

#include "fixture.h"

#include "base/rng.h"

static int64_t create(struct run *r, uint32_t tab, uint32_t n)
{
	struct change c = { .kind = CHANGE_CREATE, .tab = tab, .id = id(n), .origin = id(n) };
	struct err e;

	OK(journal_put_change(r, &c, &e));
	return c.number;
}

static void edge(struct run *r, int64_t change, int64_t needs, uint32_t column)
{
	struct err e;
	OK(graph_put_edge(r, change, needs, column, &e));
}

static uint32_t wave_of(struct run *r, int64_t number)
{
	struct change c;
	struct err e;

	OK(journal_get_change(r, number, &c, &e));
	return c.wave;
}

/* Until nothing more can be assigned; the number of waves. */
static uint32_t assign(struct run *r, uint32_t from, uint64_t *left)
{
	uint64_t assigned;
	struct err e;

	for (uint32_t wave = from;; wave++) {
		OK(graph_next_wave(r, wave, &assigned, left, &e));
		if (assigned == 0)
			return wave - 1;
	}
}

static void a_create_is_found_by_its_row(void **state)
{
	struct world *w = *state;
	struct change update = { .kind = CHANGE_UPDATE, .tab = 1, .id = id(2) };
	int64_t a = create(&w->run, 1, 1);
	int64_t number = -1;
	struct err e;

	OK(journal_put_change(&w->run, &update, &e));
	OK(graph_find_create(&w->run, 1, id(1), &number, &e));
	assert_int_equal(number, a);
	OK(graph_find_create(&w->run, 1, id(2), &number, &e));
	assert_int_equal(number, 0);
	OK(graph_find_create(&w->run, 2, id(1), &number, &e));
	assert_int_equal(number, 0);
}

/* d -> b -> a, d -> c -> a twice, and e alone */
static void a_row_comes_one_wave_after_the_last_that_it_needs(void **state)
{
	struct world *w = *state;
	int64_t d = create(&w->run, 0, 4), b = create(&w->run, 0, 2), a = create(&w->run, 1, 1);
	int64_t c = create(&w->run, 0, 3), alone = create(&w->run, 0, 5);
	uint64_t left;

	edge(&w->run, d, b, 0);
	edge(&w->run, d, c, 1);
	edge(&w->run, d, a, 2);
	edge(&w->run, b, a, 0);
	edge(&w->run, c, a, 0);
	edge(&w->run, c, a, 1);
	edge(&w->run, c, a, 1);
	assert_int_equal(assign(&w->run, 1, &left), 3);
	assert_int_equal(left, 0);
	assert_int_equal(wave_of(&w->run, a), 1);
	assert_int_equal(wave_of(&w->run, alone), 1);
	assert_int_equal(wave_of(&w->run, b), 2);
	assert_int_equal(wave_of(&w->run, c), 2);
	assert_int_equal(wave_of(&w->run, d), 3);
}

static void what_is_no_create_neither_waits_nor_is_waited_for(void **state)
{
	struct world *w = *state;
	struct change update = { .kind = CHANGE_UPDATE, .id = id(9) };
	int64_t a = create(&w->run, 0, 1);
	struct err e;
	uint64_t left;

	OK(journal_put_change(&w->run, &update, &e));
	edge(&w->run, a, update.number, 0);
	edge(&w->run, update.number, a, 0);
	assert_int_equal(assign(&w->run, 1, &left), 1);
	assert_int_equal(left, 0);
	assert_int_equal(wave_of(&w->run, update.number), 0);
	OK(graph_wave_kind(&w->run, CHANGE_UPDATE, 2, &e));
	assert_int_equal(wave_of(&w->run, update.number), 2);
	OK(graph_wave_kind(&w->run, CHANGE_UPDATE, 3, &e));
	assert_int_equal(wave_of(&w->run, update.number), 2);
}

static void a_wave_given_by_hand_counts(void **state)
{
	struct world *w = *state;
	int64_t a = create(&w->run, 0, 1), b = create(&w->run, 0, 2);
	struct err e;
	uint64_t left;

	edge(&w->run, b, a, 0);
	OK(journal_set_wave(&w->run, a, 1, &e));
	assert_int_equal(assign(&w->run, 2, &left), 2);
	assert_int_equal(left, 0);
}

/* a <-> b in tables 0 and 1; c -> a hangs on the cycle, the cycle hangs on d */
static void a_cycle_of_two_is_two_knots_and_what_hangs_on_it_none(void **state)
{
	struct world *w = *state;
	int64_t a = create(&w->run, 0, 1), b = create(&w->run, 1, 2);
	int64_t c = create(&w->run, 2, 3), d = create(&w->run, 3, 4);
	struct graph_knot *knots;
	int64_t *changes;
	uint64_t left;
	size_t n;
	struct err e;

	edge(&w->run, a, b, 5);
	edge(&w->run, b, a, 6);
	edge(&w->run, c, a, 7);
	edge(&w->run, a, d, 8);
	assert_int_equal(assign(&w->run, 1, &left), 1);
	assert_int_equal(left, 3);
	assert_int_equal(wave_of(&w->run, d), 1);
	OK(graph_knots(&w->run, &w->a, &knots, &n, &e));
	assert_int_equal(n, 2);
	assert_int_equal(knots[0].tab, 0);
	assert_int_equal(knots[0].column, 5);
	assert_int_equal(knots[0].edges, 1);
	assert_int_equal(knots[1].tab, 1);
	assert_int_equal(knots[1].column, 6);
	OK(graph_untie(&w->run, &w->a, &knots[1], &changes, &n, &e));
	assert_int_equal(n, 1);
	assert_int_equal(changes[0], b);
	assert_int_equal(assign(&w->run, 2, &left), 4);
	assert_int_equal(left, 0);
	assert_int_equal(wave_of(&w->run, b), 2);
	assert_int_equal(wave_of(&w->run, a), 3);
	assert_int_equal(wave_of(&w->run, c), 4);
}

/* a -> b -> c -> a through the same column, and a -> c through another */
static void knots_come_by_the_number_of_their_edges(void **state)
{
	struct world *w = *state;
	int64_t a = create(&w->run, 0, 1), b = create(&w->run, 0, 2), c = create(&w->run, 0, 3);
	struct graph_knot *knots;
	int64_t *changes;
	uint64_t left;
	size_t n;
	struct err e;

	edge(&w->run, a, b, 0);
	edge(&w->run, b, c, 0);
	edge(&w->run, c, a, 0);
	edge(&w->run, a, c, 1);
	assert_int_equal(assign(&w->run, 1, &left), 0);
	assert_int_equal(left, 3);
	OK(graph_knots(&w->run, &w->a, &knots, &n, &e));
	assert_int_equal(n, 2);
	assert_int_equal(knots[0].column, 1);
	assert_int_equal(knots[0].edges, 1);
	assert_int_equal(knots[1].column, 0);
	assert_int_equal(knots[1].edges, 3);
	OK(graph_untie(&w->run, &w->a, &knots[1], &changes, &n, &e));
	assert_int_equal(n, 3);
	assert_int_equal(changes[0], a);
	assert_int_equal(changes[2], c);
	assert_int_equal(assign(&w->run, 1, &left), 2);
	assert_int_equal(wave_of(&w->run, a), 2);
}

static void a_row_that_refers_to_itself_is_a_knot(void **state)
{
	struct world *w = *state;
	int64_t a = create(&w->run, 0, 1), b = create(&w->run, 0, 2);
	struct graph_knot *knots;
	int64_t *changes;
	uint64_t left;
	size_t n;
	struct err e;

	edge(&w->run, a, a, 4);
	edge(&w->run, b, a, 4);
	assert_int_equal(assign(&w->run, 1, &left), 0);
	assert_int_equal(left, 2);
	OK(graph_knots(&w->run, &w->a, &knots, &n, &e));
	assert_int_equal(n, 1);
	assert_int_equal(knots[0].edges, 1);
	OK(graph_untie(&w->run, &w->a, &knots[0], &changes, &n, &e));
	assert_int_equal(n, 1);
	assert_int_equal(changes[0], a);
	assert_int_equal(assign(&w->run, 1, &left), 2);
	assert_int_equal(left, 0);
	assert_int_equal(wave_of(&w->run, b), 2);
}

/* a <-> b, c <-> d, b -> m -> c: one cycle needs the other by way of m */
static void two_cycles_joined_by_a_chain_come_undone_one_after_the_other(void **state)
{
	struct world *w = *state;
	int64_t a = create(&w->run, 0, 1), b = create(&w->run, 0, 2), m = create(&w->run, 1, 3);
	int64_t c = create(&w->run, 2, 4), d = create(&w->run, 2, 5);
	struct graph_knot *knots, knot = { .tab = 2, .column = 9 };
	int64_t *changes;
	uint64_t left;
	size_t n;
	struct err e;

	edge(&w->run, a, b, 8);
	edge(&w->run, b, a, 8);
	edge(&w->run, b, m, 7);
	edge(&w->run, m, c, 7);
	edge(&w->run, c, d, 9);
	edge(&w->run, d, c, 9);
	assert_int_equal(assign(&w->run, 1, &left), 0);
	assert_int_equal(left, 5);
	OK(graph_untie(&w->run, &w->a, &knot, &changes, &n, &e));
	assert_int_equal(n, 2);
	assert_int_equal(assign(&w->run, 1, &left), 2);
	assert_int_equal(left, 2);
	assert_int_equal(wave_of(&w->run, m), 2);
	OK(graph_knots(&w->run, &w->a, &knots, &n, &e));
	assert_int_equal(n, 1);
	assert_int_equal(knots[0].tab, 0);
	assert_int_equal(knots[0].column, 8);
	assert_int_equal(knots[0].edges, 2);
	OK(graph_untie(&w->run, &w->a, &knots[0], &changes, &n, &e));
	assert_int_equal(n, 2);
	assert_int_equal(assign(&w->run, 3, &left), 3);
	assert_int_equal(left, 0);
}

static void what_failed_or_was_skipped_breaks_what_needs_it(void **state)
{
	struct world *w = *state;
	int64_t a = create(&w->run, 0, 1), b = create(&w->run, 0, 2), c = create(&w->run, 0, 3);
	struct change needed = { 0 };
	struct err e;
	bool found;

	edge(&w->run, c, a, 0);
	edge(&w->run, c, b, 1);
	OK(journal_set_state(&w->run, a, CHANGE_DONE, &e));
	OK(graph_broken_need(&w->run, c, &needed, &found, &e));
	assert_false(found);
	OK(journal_set_state(&w->run, b, CHANGE_SKIPPED, &e));
	OK(graph_broken_need(&w->run, c, &needed, &found, &e));
	assert_true(found);
	assert_int_equal(needed.number, b);
	OK(journal_set_state(&w->run, a, CHANGE_FAILED, &e));
	OK(graph_broken_need(&w->run, c, &needed, &found, &e));
	assert_int_equal(needed.number, a);
	assert_id(needed.id, 1);
	OK(graph_broken_need(&w->run, b, &needed, &found, &e));
	assert_false(found);
}

static double now(void)
{
	struct timespec t;
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* Ten thousand rows, each the parent of the next: as many waves, and not their square in work. */
static void a_deep_chain_takes_time_in_proportion_to_its_length(void **state)
{
	struct world *w = *state;
	double times[2];
	uint64_t left;
	uint32_t wave = 0;

	for (int round = 0; round < 2; round++) {
		uint32_t length = round == 0 ? 2500 : 10000;
		int64_t above = 0;
		for (uint32_t i = 0; i < length; i++) {
			int64_t number = create(&w->run, (uint32_t)round, i);
			if (i > 0)
				edge(&w->run, number, above, 0);
			above = number;
		}
		double start = now();
		uint32_t last = assign(&w->run, wave + 1, &left);
		times[round] = now() - start;
		assert_int_equal(left, 0);
		assert_int_equal(last - wave, length);
		wave = last;
	}
	/* 4 times the work; its square would be 16 times */
	print_message("# chains of 2500 and 10000: %.2f s, %.2f s\n", times[0], times[1]);
	assert_true(times[1] < 10 * times[0] + 0.5);
}

#define NODES 40

static size_t below(struct rng *rng, uint64_t n)
{
	return (size_t)(rng_next(rng) % n);
}

/* The definition: a create may go when none that it needs is left. */
static void plain_waves(bool needs[NODES][NODES], size_t n, uint32_t *waves)
{
	for (uint32_t wave = 1, given = 1; given > 0; wave++) {
		bool ready[NODES] = { false };
		given = 0;
		for (size_t i = 0; i < n; i++) {
			ready[i] = waves[i] == 0;
			for (size_t k = 0; k < n; k++)
				if (needs[i][k] && waves[k] == 0)
					ready[i] = false;
		}
		for (size_t i = 0; i < n; i++) {
			if (ready[i]) {
				waves[i] = wave;
				given++;
			}
		}
	}
}

static void random_graphs_get_the_waves_of_the_definition(void **state)
{
	struct world *w = *state;
	struct rng rng = rng_from_seed(7);
	uint64_t left;
	struct err e;

	for (int round = 0; round < 60; round++) {
		bool needs[NODES][NODES] = { { false } };
		uint32_t waves[NODES] = { 0 };
		int64_t numbers[NODES];
		size_t nleft = 0;
		for (uint32_t i = 0; i < NODES; i++)
			numbers[i] = create(&w->run, (uint32_t)round, i);
		for (int k = 0; k < NODES; k++) {
			size_t from = below(&rng, NODES), to = below(&rng, NODES);
			needs[from][to] = true;
			edge(&w->run, numbers[from], numbers[to], (uint32_t)below(&rng, 3));
		}
		plain_waves(needs, NODES, waves);
		assign(&w->run, 1, &left);
		for (size_t i = 0; i < NODES; i++) {
			assert_int_equal(wave_of(&w->run, numbers[i]), waves[i]);
			nleft += waves[i] == 0;
		}
		assert_int_equal(left, nleft);
		/* the rest out of the way of the next round */
		for (size_t i = 0; i < NODES; i++)
			if (waves[i] == 0)
				OK(journal_set_wave(&w->run, numbers[i], 1, &e));
	}
}

static void random_graphs_come_undone(void **state)
{
	struct world *w = *state;
	struct rng rng = rng_from_seed(11);
	struct graph_knot *knots;
	int64_t *changes;
	uint64_t left;
	size_t n;
	struct err e;

	for (int round = 0; round < 20; round++) {
		int64_t numbers[NODES];
		int rounds = 0;
		for (uint32_t i = 0; i < NODES; i++)
			numbers[i] = create(&w->run, (uint32_t)below(&rng, 4),
					    (uint32_t)round * NODES + i);
		for (int k = 0; k < 3 * NODES; k++)
			edge(&w->run, numbers[below(&rng, NODES)], numbers[below(&rng, NODES)],
			     (uint32_t)below(&rng, 3));
		for (uint32_t wave = assign(&w->run, 1, &left); left > 0;
		     wave = assign(&w->run, wave + 1, &left)) {
			OK(graph_knots(&w->run, &w->a, &knots, &n, &e));
			assert_true(n > 0);
			OK(graph_untie(&w->run, &w->a, &knots[0], &changes, &n, &e));
			assert_true(n > 0);
			/* there are 12 columns, and none is untied twice in vain */
			assert_true(++rounds <= 12);
		}
	}
}

static int64_t removal(struct run *r, enum change_kind kind, uint32_t tab, uint32_t n)
{
	struct change c = { .kind = kind, .tab = tab, .id = id(n), .origin = id(n) };
	struct err e;

	OK(journal_put_change(r, &c, &e));
	return c.number;
}

/* c points to b points to a: the edge of what is pointed to leads to what points. */
static void deletes_get_waves_from_edges_that_were_there_and_from_later_ones(void **state)
{
	struct world *w = *state;
	struct run *r = &w->run;
	int64_t a = removal(r, CHANGE_DELETE, 0, 1), b = removal(r, CHANGE_DELETE, 0, 2);
	int64_t c = removal(r, CHANGE_DELETE, 1, 3);
	uint64_t left;
	struct err e;

	edge(r, a, b, 0);
	OK(graph_begin_deletes(r, &e));
	edge(r, b, c, 1);
	assert_int_equal(assign(r, 5, &left), 7);
	assert_int_equal(left, 0);
	assert_int_equal(wave_of(r, c), 5);
	assert_int_equal(wave_of(r, b), 6);
	assert_int_equal(wave_of(r, a), 7);
}

/* a and b of tabs 0 and 1 point to each other, a by its column 4 and b by its column 7. */
static void knots_of_deletes_are_told_by_the_row_that_points(void **state)
{
	struct world *w = *state;
	struct run *r = &w->run;
	int64_t a = removal(r, CHANGE_DELETE, 0, 1), b = removal(r, CHANGE_DELETE, 1, 2);
	struct graph_knot *knots;
	int64_t *changes;
	uint64_t left;
	struct err e;
	size_t n;

	OK(graph_begin_deletes(r, &e));
	edge(r, b, a, 4);
	edge(r, a, b, 7);
	assert_int_equal(assign(r, 1, &left), 0);
	OK(graph_delete_knots(r, &w->a, &knots, &n, &e));
	assert_int_equal(n, 2);
	assert_int_equal(knots[0].tab, 0);
	assert_int_equal(knots[0].column, 4);
	assert_int_equal(knots[1].tab, 1);
	assert_int_equal(knots[1].column, 7);
	OK(graph_untie_deletes(r, &w->a, &knots[1], &changes, &n, &e));
	assert_int_equal(n, 1);
	assert_int_equal(changes[0], b);
	assert_int_equal(assign(r, 1, &left), 2);
	assert_int_equal(wave_of(r, a), 1);
	assert_int_equal(wave_of(r, b), 2);
}

/* d points to c points to b points to a; c stays, so b and a do. */
static void what_a_row_that_stays_needs_stays_too(void **state)
{
	struct world *w = *state;
	struct run *r = &w->run;
	int64_t a = removal(r, CHANGE_DELETE, 0, 1), b = removal(r, CHANGE_DEACTIVATE, 0, 2);
	int64_t c = removal(r, CHANGE_DELETE, 0, 3), d = removal(r, CHANGE_DELETE, 0, 4);
	int64_t *changes, found;
	struct err e;
	uint64_t many;
	bool yes;
	size_t n;

	edge(r, a, b, 0);
	edge(r, b, c, 0);
	edge(r, c, d, 0);
	OK(journal_set_state(r, c, CHANGE_SKIPPED, &e));
	OK(graph_skip_removals(r, &w->a, &changes, &n, &e));
	assert_int_equal(n, 2);
	assert_int_equal(changes[0], a);
	assert_int_equal(changes[1], b);
	OK(graph_find_removal(r, 0, id(2), &found, &e));
	assert_int_equal(found, 0);
	OK(graph_find_removal(r, 0, id(4), &found, &e));
	assert_int_equal(found, d);
	OK(graph_is_removed(r, 0, id(2), &yes, &e));
	assert_true(yes);
	OK(graph_is_removed(r, 1, id(2), &yes, &e));
	assert_false(yes);
	OK(graph_count_changes(r, 0, id(4), &many, &e));
	assert_int_equal(many, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_WORLD(a_create_is_found_by_its_row),
		WITH_WORLD(a_row_comes_one_wave_after_the_last_that_it_needs),
		WITH_WORLD(what_is_no_create_neither_waits_nor_is_waited_for),
		WITH_WORLD(a_wave_given_by_hand_counts),
		WITH_WORLD(a_cycle_of_two_is_two_knots_and_what_hangs_on_it_none),
		WITH_WORLD(knots_come_by_the_number_of_their_edges),
		WITH_WORLD(a_row_that_refers_to_itself_is_a_knot),
		WITH_WORLD(two_cycles_joined_by_a_chain_come_undone_one_after_the_other),
		WITH_WORLD(what_failed_or_was_skipped_breaks_what_needs_it),
		WITH_WORLD(a_deep_chain_takes_time_in_proportion_to_its_length),
		WITH_WORLD(random_graphs_get_the_waves_of_the_definition),
		WITH_WORLD(random_graphs_come_undone),
		WITH_WORLD(deletes_get_waves_from_edges_that_were_there_and_from_later_ones),
		WITH_WORLD(knots_of_deletes_are_told_by_the_row_that_points),
		WITH_WORLD(what_a_row_that_stays_needs_stays_too),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
