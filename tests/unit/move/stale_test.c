/* SPDX-License-Identifier: MIT */
/*
 * A plan that waits: what changes in the target until it is applied, and whether the plan still fits then.
 */
#include "move/stale.h"

#include "engine.h"

#define OWN "b0000000-0000-4000-8000-000000000001"
#define JOB ENTITY("position", "positionid", TEXT("name") TEXT("description"))
#define JOBS(rows) ROWS("position", rows)

static void plan(struct engine *w, const char *schema, const char *data)
{
	w->options.dry_run = true;
	import(w, schema, data);
	if (!w->ok)
		fail_msg("%s\n%s", w->e.msg, problems(w));
	assert_int_equal(w->run.writes, 0);
}

static void apply(struct engine *w)
{
	struct import_writing writing = { .to = &w->tap,
					  .execution = &w->options.execution,
					  .apply = true };

	w->batches = 0;
	w->e = (struct err){ 0 };
	w->ok = import_write(&w->a, &w->run, &writing, &w->result, &w->e);
	check_sums(w->result.tables, w->result.ntables);
}

static void have_tag(struct engine *w, const char *id, const char *name)
{
	have(w, "msdyn_octags",
	     str_fmt(&w->a, "{\"msdyn_octagid\":\"%s\",\"msdyn_name\":\"%s\"}", id, name).p);
}

static void match_jobs_by_name(struct engine *w)
{
	static struct str column = STR_INIT("name");
	static const struct match_rule rule = { STR_INIT("position"), &column, 1 };

	w->options.decisions.match = &rule;
	w->options.decisions.nmatch = 1;
}

#define ONE_TAG ROWS("msdyn_octag", ROW(ID("01"), IS("msdyn_name", "#x")))

static void a_plan_of_a_target_that_stays_is_applied(void **state)
{
	struct engine *w = *state;

	plan(w, TAG, ONE_TAG);
	apply(w);
	succeeded(w);
	rows_are(w, "msdyn_octag", "read 1: 1 created");
}

static void rows_that_nobody_touches_may_change(void **state)
{
	struct engine *w = *state;

	have_tag(w, OWN, "#other");
	plan(w, TAG, ONE_TAG);
	alter(w, "UPDATE msdyn_octag SET msdyn_name = '#another'");
	reopen(w);
	apply(w);
	succeeded(w);
}

static void a_new_row_whose_key_another_row_has_now_is_stale(void **state)
{
	static const char *const names[] = { "#x", "#X" };
	struct engine *w = *state;

	for (size_t i = 0; i < COUNT_OF(names); i++) {
		alter(w, "DELETE FROM msdyn_octag");
		reopen(w);
		plan(w, TAG, ONE_TAG);
		have_tag(w, OWN, names[i]);
		apply(w);
		stopped(w, ERR_STALE, "1 rows have changed");
		told(w, "error msdyn_octag " ID("01"),
		     str_fmt(&w->a,
			     "the target's row " OWN " \"%s\" has its msdyn_name, \"#x\", now",
			     names[i])
			     .p);
		target_has(w, "SELECT count(*) FROM msdyn_octag", "1");
	}
}

static void a_new_queue_with_a_namesake_now_is_stale(void **state)
{
	struct engine *w = *state;

	plan(w, QUEUE(""), ROWS("queue", ROW(ID("01"), IS("name", "Billing"))));
	have(w, "queues", "{\"queueid\":\"" OWN "\",\"name\":\"Billing\"}");
	apply(w);
	stopped(w, ERR_STALE, "1 rows have changed");
	told(w, "error queue " ID("01"), OWN " \"Billing\"");
}

static void a_new_row_with_a_declared_key_of_another_row_is_stale(void **state)
{
	struct engine *w = *state;

	match_jobs_by_name(w);
	plan(w, JOB, JOBS(ROW(ID("01"), IS("name", "Chief"))));
	have(w, "positions", "{\"positionid\":\"" OWN "\",\"name\":\"Chief\"}");
	apply(w);
	stopped(w, ERR_STALE, "1 rows have changed");
	told(w, "error position " ID("01"), "has its name (--match), \"Chief\", now");
}

static void a_row_found_by_a_declared_key_that_changed_is_stale(void **state)
{
	struct engine *w = *state;
	const char *data = JOBS(ROW(ID("01"), IS("name", "Chief") IS("description", "new")));

	have(w, "positions",
	     "{\"positionid\":\"" OWN "\",\"name\":\"Chief\",\"description\":\"old\"}");
	match_jobs_by_name(w);
	plan(w, JOB, data);
	alter(w, "UPDATE position SET name = 'Clerk'");
	reopen(w);
	apply(w);
	stopped(w, ERR_STALE, "1 rows have changed");
	told(w, "error position " OWN " name",
	     "was Chief when the run was planned, and is Clerk now");
	target_has(w, "SELECT description FROM position", "old");
}

static void what_was_adopted_is_remembered(void **state)
{
	static const struct adopt_rule rule = { STR_INIT("position"), STR_INIT("Chief") };
	struct engine *w = *state;
	const char *data = JOBS(ROW(ID("01"), IS("name", "Chief") IS("description", "new")));

	have(w, "positions", "{\"positionid\":\"" OWN "\",\"name\":\"Chief\"}");
	w->options.decisions.adopt = &rule;
	w->options.decisions.nadopt = 1;
	plan(w, JOB, data);
	apply(w);
	succeeded(w);
	rows_are(w, "position", "read 1: 1 updated");

	alter(w, "UPDATE position SET description = 'old'");
	reopen(w);
	plan(w, JOB, data);
	alter(w, "UPDATE position SET name = 'Clerk'");
	reopen(w);
	apply(w);
	stopped(w, ERR_STALE, "1 rows have changed");
	told(w, "error position " OWN " name", "is Clerk now");
}

static void a_new_row_that_is_there_now_is_stale_once(void **state)
{
	struct engine *w = *state;

	plan(w, TAG, ONE_TAG);
	have_tag(w, ID("01"), "#x");
	apply(w);
	stopped(w, ERR_STALE, "1 rows have changed");
	told(w, "error msdyn_octag " ID("01"), "is there now");
}

static void new_rows_with_new_parents_are_not_stale(void **state)
{
	struct engine *w = *state;

	plan(w,
	     ENTITY("ratingmodel", "ratingmodelid",
		    TEXT("name") FIELD("minratingvalue", "number")
			    FIELD("maxratingvalue", "number"))
		     ENTITY("ratingvalue", "ratingvalueid",
			    TEXT("name") FIELD("value", "number")
				    LOOKUP("ratingmodel", "ratingmodel")),
	     ROWS("ratingmodel", ROW(ID("0a"), IS("name", "Mine") IS("minratingvalue", "1")
						       IS("maxratingvalue", "9")))
		     ROWS("ratingvalue",
			  ROW(ID("01"), IS("name", "Good") IS("value", "3") REF(
						"ratingmodel", ID("0a"), "ratingmodel", "Mine"))));
	apply(w);
	succeeded(w);
	rows_are(w, "ratingvalue", "read 1: 1 created");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_ENGINE(a_plan_of_a_target_that_stays_is_applied),
		WITH_ENGINE(rows_that_nobody_touches_may_change),
		WITH_ENGINE(a_new_row_whose_key_another_row_has_now_is_stale),
		WITH_ENGINE(a_new_queue_with_a_namesake_now_is_stale),
		WITH_ENGINE(a_new_row_with_a_declared_key_of_another_row_is_stale),
		WITH_ENGINE(a_row_found_by_a_declared_key_that_changed_is_stale),
		WITH_ENGINE(what_was_adopted_is_remembered),
		WITH_ENGINE(a_new_row_that_is_there_now_is_stale_once),
		WITH_ENGINE(new_rows_with_new_parents_are_not_stale),
	};

	return RUN_ENGINE_TESTS(tests);
}
