/* SPDX-License-Identifier: MIT */
/*
 * After the writing: something in the target changes what was written, once or every time.
 */
#include "move/verify.h"

#include <limits.h>

#include "engine.h"

/* What happens in the target right after a $batch; at most `times` times. */
static const char *happens;
static unsigned times;

static void meddle(struct engine *w, struct response *out)
{
	/* What the answer holds lives in the service; the file is another way in. */
	(void)out;
	if (w->batch && w->count++ < times)
		alter(w, happens);
}

static void disturb(struct engine *w, const char *sql, unsigned n)
{
	happens = sql;
	times = n;
	w->count = 0;
	w->after = meddle;
}

#define SKILLS SKILL(TEXT("name") TEXT("description") STATES)
#define SKILL_A                                                                                    \
	SKILL_ROWS(ROW(ID("01"), IS("name", "a") IS("description", "d") IS("statecode", "0")       \
					 IS("statuscode", "1")))

static void a_new_row_that_something_changes_is_repaired(void **state)
{
	struct engine *w = *state;

	disturb(w, "UPDATE characteristic SET description = 'theirs', versionnumber = 1", 1);
	import(w, SKILLS, SKILL_A);
	succeeded(w);
	rows_are(w, "characteristic", "read 1: 1 created");
	assert_int_equal(w->batches, 2);
	nothing_told(w);
	target_has(w, "SELECT name, description FROM characteristic", "a|d");
}

static void an_updated_row_that_something_changes_is_repaired(void **state)
{
	struct engine *w = *state;

	have(w, "characteristics",
	     "{\"characteristicid\":\"" ID("01") "\",\"name\":\"old\",\"characteristictype\":1}");
	disturb(w, "UPDATE characteristic SET description = 'theirs'", 3);
	import(w, SKILLS, SKILL_A);
	succeeded(w);
	rows_are(w, "characteristic", "read 1: 1 updated");
	assert_int_equal(w->batches, 4); /* the writing and three repairs */
	target_has(w, "SELECT name, description FROM characteristic", "a|d");
}

static void what_always_comes_back_fails_after_three_rounds(void **state)
{
	struct engine *w = *state;

	disturb(w, "UPDATE characteristic SET description = 'theirs'", 1000);
	import(w, SKILLS, SKILL_A);
	lost_something(w);
	assert_false(w->result.verified);
	rows_are(w, "characteristic", "read 1: 1 failed");
	assert_int_equal(w->batches, 1 + VERIFY_ROUNDS);
	told(w, "error characteristic " ID("01") " description", "is theirs after writing d");
}

static void a_secret_that_always_comes_back_is_told_without_its_value(void **state)
{
	struct engine *w = *state;

	w->options.decisions.secrets = true;
	disturb(w, "UPDATE msdyn_liveworkstream SET msdyn_apikey = 'theirs'", 1000);
	import(w,
	       ENTITY("msdyn_liveworkstream", "msdyn_liveworkstreamid",
		      TEXT("msdyn_name") TEXT("msdyn_apikey")),
	       ROWS("msdyn_liveworkstream",
		    ROW(ID("01"), IS("msdyn_name", "W") IS("msdyn_apikey", "ours"))));
	lost_something(w);
	told(w, "error msdyn_liveworkstream " ID("01") " msdyn_apikey",
	     "is (secret) after writing (secret)");
}

static void a_state_that_something_changes_is_repaired(void **state)
{
	struct engine *w = *state;

	disturb(w, "UPDATE characteristic SET statecode = 1, statuscode = 2", 1);
	import(w, SKILLS, SKILL_A);
	succeeded(w);
	target_has(w, "SELECT statecode, statuscode FROM characteristic", "0|1");
	disturb(w, "UPDATE characteristic SET statecode = 1, statuscode = 2", 1000);
	alter(w, "DELETE FROM characteristic");
	import(w, SKILLS, SKILL_A);
	lost_something(w);
	told(w, "error characteristic " ID("01") " statecode", "is 1 after writing 0");
	told(w, "error characteristic " ID("01") " statuscode", "is 2 after writing 1");
}

static void a_row_that_vanishes_is_told(void **state)
{
	struct engine *w = *state;

	disturb(w, "DELETE FROM characteristic", 1);
	import(w, SKILLS, SKILL_A);
	lost_something(w);
	assert_false(w->result.verified);
	rows_are(w, "characteristic", "read 1: 1 failed");
	told(w, "error characteristic " ID("01"), "gone");
}

#define TAGGED_MESSAGE                                                                             \
	ENTITY_AS("msdyn_cannedmessage", "msdyn_cannedmessageid", "",                              \
		  TEXT("msdyn_title") TEXT("msdyn_message")                                        \
			  FIELD("msdyn_locale_field", "optionsetvalue"),                           \
		  MANY("msdyn_msdyn_cannedmessage_msdyn_octag", "msdyn_cannedmessage",             \
		       "msdyn_octag", "msdyn_octagid"))
#define MESSAGE_ROWS                                                                               \
	LINKED_ROWS("msdyn_cannedmessage",                                                         \
		    ROW(ID("01"), IS("msdyn_title", "t") IS("msdyn_message", "m")                  \
					  IS("msdyn_locale_field", "1033")),                       \
		    LINKS(ID("01"), "msdyn_octag", "msdyn_octagid",                                \
			  "msdyn_msdyn_cannedmessage_msdyn_octag", TO(ID("11")) TO(ID("12"))))     \
	ROWS("msdyn_octag",                                                                        \
	     ROW(ID("11"), IS("msdyn_name", "#x")) ROW(ID("12"), IS("msdyn_name", "#y")))
#define PAIRS "msdyn_msdyn_cannedmessage_msdyn_octag"

static void a_pair_that_something_unlinks_is_linked_again(void **state)
{
	struct engine *w = *state;

	disturb(w, "DELETE FROM " PAIRS " WHERE msdyn_octagid = '" ID("11") "'", 2);
	import(w, TAGGED_MESSAGE TAG, MESSAGE_ROWS);
	succeeded(w);
	links_are(w, PAIRS, "read 2: 2 created");
	target_has(w, "SELECT count(*) FROM " PAIRS, "2");
}

static void a_pair_that_never_stays_is_told(void **state)
{
	struct engine *w = *state;

	disturb(w, "DELETE FROM " PAIRS " WHERE msdyn_octagid = '" ID("11") "'", 1000);
	import(w, TAGGED_MESSAGE TAG, MESSAGE_ROWS);
	lost_something(w);
	links_are(w, PAIRS, "read 2: 1 failed, 1 created");
	told(w, "error msdyn_cannedmessage " ID("01") " " PAIRS, "not linked after linking");
}

/* A workflow that corrects rows of its own in the same table is no business of this import. */
static void rows_that_were_not_written_are_not_watched(void **state)
{
	struct engine *w = *state;

	have(w, "characteristics",
	     "{\"characteristicid\":\"" ID("02") "\",\"name\":\"b\",\"characteristictype\":1}");
	disturb(w, "UPDATE characteristic SET description = 'theirs' WHERE name = 'b'", 1000);
	import(w, SKILLS,
	       SKILL_ROWS(ROW(ID("01"), IS("name", "a")) ROW(ID("02"), IS("name", "b"))));
	succeeded(w);
	rows_are(w, "characteristic", "read 2: 1 created, 1 unchanged");
}

static void a_row_that_failed_is_not_verified(void **state)
{
	struct engine *w = *state;

	import(w, SKILL(TEXT("name") FIELD("characteristictype", "optionsetvalue")),
	       SKILL_ROWS(ROW(ID("01"), IS("name", "a") IS("characteristictype", "77"))
				  ROW(ID("02"), IS("name", "b"))));
	lost_something(w);
	assert_int_equal(w->batches, 1);
	rows_are(w, "characteristic", "read 2: 1 failed, 1 created");
}

/* A person's clock: how long the engine waited, and what happens when it has waited so long. */
struct clock {
	struct engine *w;
	unsigned ms, done_at, pauses;
};

static void let_time_pass(void *context, unsigned ms)
{
	struct clock *c = context;
	bool was_open = c->ms < c->done_at;

	c->ms += ms;
	c->pauses++;
	if (was_open && c->ms >= c->done_at)
		alter(c->w, "UPDATE asyncoperation SET statecode = 3, statuscode = 30;"
			    "UPDATE account SET description = 'd'");
}

/* A job of the platform's that will put something into the row. */
#define OPEN_JOB                                                                                   \
	"INSERT INTO asyncoperation(asyncoperationid, createdon, operationtype, statecode, "       \
	"statuscode, regardingobjectid, regardingobjectidtype, versionnumber) VALUES('" ID(        \
		"77") "', "                                                                        \
		      "'2025-01-01T00:00:00Z', 1, 0, 0, '" ID(                                     \
			      "01") "', 'account', 1);"                                            \
				    "UPDATE account SET description = 'being made'"

static void settles(struct engine *w, struct clock *c, unsigned settle_ms, unsigned done_at)
{
	struct progress progress = { .pause = let_time_pass, .context = c };

	*c = (struct clock){ .w = w, .done_at = done_at };
	alter(w, "DELETE FROM asyncoperation; DELETE FROM account");
	disturb(w, OPEN_JOB, 1);
	w->options.execution.settle_ms = settle_ms;
	w->progress = &progress;
	import(w, ENTITY("account", "accountid", TEXT("name") TEXT("description")),
	       ROWS("account", ROW(ID("01"), IS("name", "a") IS("description", "d"))));
	w->progress = NULL;
	w->options.execution.settle_ms = 0;
	succeeded(w);
}

static void jobs_about_our_rows_are_waited_for_but_not_for_ever(void **state)
{
	struct engine *w = *state;
	struct clock c;

	settles(w, &c, 60000, 3000);
	assert_int_equal(w->batches, 1); /* nothing had to be repaired */
	assert_in_range(c.ms, 3000, 10000);
	nothing_told(w);
	settles(w, &c, 60000, UINT_MAX);
	assert_int_equal(c.ms, 60000);
	assert_true(c.pauses < 30);
	told(w, "note ", "still open");
	settles(w, &c, 0, UINT_MAX);
	assert_int_equal(c.pauses, 0);
	nothing_told(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_ENGINE(a_new_row_that_something_changes_is_repaired),
		WITH_ENGINE(an_updated_row_that_something_changes_is_repaired),
		WITH_ENGINE(what_always_comes_back_fails_after_three_rounds),
		WITH_ENGINE(a_secret_that_always_comes_back_is_told_without_its_value),
		WITH_ENGINE(a_state_that_something_changes_is_repaired),
		WITH_ENGINE(a_row_that_vanishes_is_told),
		WITH_ENGINE(a_pair_that_something_unlinks_is_linked_again),
		WITH_ENGINE(a_pair_that_never_stays_is_told),
		WITH_ENGINE(rows_that_were_not_written_are_not_watched),
		WITH_ENGINE(a_row_that_failed_is_not_verified),
		WITH_ENGINE(jobs_about_our_rows_are_waited_for_but_not_for_ever),
	};

	return RUN_ENGINE_TESTS(tests);
}
