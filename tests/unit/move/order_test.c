/* SPDX-License-Identifier: MIT */
/*
 * The order of new rows that need each other: chains, cycles within a table and over several, cycles that
 * cannot be broken; and what becomes of the others when one of them fails.
 */
#include "move/order.h"

#include "engine.h"

#define PARENT(id) REF("parentpositionid", id, "position", "p")
#define POSITION_ROWS(rows) ROWS("position", rows)
static void a_row_that_points_to_itself_is_created(void **state)
{
	struct engine *w = *state;

	for (int i = 0; i < 2; i++) {
		import(w, POSITION, POSITION_ROWS(ROW(ID("01"), IS("name", "a") PARENT(ID("01")))));
		succeeded(w);
		rows_are(w, "position", i == 0 ? "read 1: 1 created" : "read 1: 1 unchanged");
	}
	target_has(w, "SELECT parentpositionid FROM position", ID("01"));
}

static void two_rows_that_point_to_each_other_are_created(void **state)
{
	struct engine *w = *state;

	import(w, POSITION,
	       POSITION_ROWS(ROW(ID("01"), IS("name", "a") PARENT(ID("02")))
				     ROW(ID("02"), IS("name", "b") PARENT(ID("01")))
					     ROW(ID("03"), IS("name", "c") PARENT(ID("01")))));
	succeeded(w);
	rows_are(w, "position", "read 3: 3 created");
	target_has(w, "SELECT name, parentpositionid FROM position ORDER BY 1",
		   "a|" ID("02") "|b|" ID("01") "|c|" ID("01"));
}

/* The longest first, so that the order of the package is the wrong one. */
static void a_long_chain_is_created_from_its_end(void **state)
{
	struct engine *w = *state;
	DEFER(buf_release) struct buf rows = buf_make(0);

	for (unsigned i = 0; i < 300; i++) {
		buf_add_fmt(&rows, "<record id=\"a0000000-0000-4000-8000-%012u\">", i);
		buf_add_fmt(&rows, IS("name", "p%u"), i);
		if (i + 1 < 300)
			buf_add_fmt(&rows, PARENT("a0000000-0000-4000-8000-%012u"), i + 1);
		buf_add(&rows, S("</record>"));
	}
	import(w, POSITION, str_fmt(&w->a, POSITION_ROWS("%.*s"), STR_ARG(buf_str(&rows))).p);
	succeeded(w);
	rows_are(w, "position", "read 300: 300 created");
	target_has(w, "SELECT count(parentpositionid) FROM position", "299");
}

#define WIDGET                                                                                     \
	ENTITY("msdyn_livechatconfig", "msdyn_livechatconfigid",                                   \
	       TEXT("msdyn_name") LOOKUP("msdyn_prechatquestionnaireauthenticated",                \
					 "msdyn_questionsequence"))
#define SURVEY                                                                                     \
	ENTITY("msdyn_questionsequence", "msdyn_questionsequenceid",                               \
	       TEXT("msdyn_name")                                                                  \
		       LOOKUP("msdyn_chatengagementtochatsequenceid", "msdyn_livechatconfig"))
#define WIDGET_ROW(name, extra)                                                                    \
	ROW(ID("01"), IS("msdyn_name", name) REF("msdyn_prechatquestionnaireauthenticated",        \
						 ID("11"), "msdyn_questionsequence", "s") extra)
#define SURVEY_ROW(name)                                                                           \
	ROW(ID("11"), IS("msdyn_name", name) REF("msdyn_chatengagementtochatsequenceid", ID("01"), \
						 "msdyn_livechatconfig", "w"))

static void a_cycle_over_two_tables_is_created(void **state)
{
	struct engine *w = *state;

	for (int i = 0; i < 2; i++) {
		import(w, WIDGET SURVEY,
		       ROWS("msdyn_livechatconfig", WIDGET_ROW("w", ""))
			       ROWS("msdyn_questionsequence", SURVEY_ROW("s")));
		succeeded(w);
		rows_are(w, "msdyn_livechatconfig",
			 i == 0 ? "read 1: 1 created" : "read 1: 1 unchanged");
		rows_are(w, "msdyn_questionsequence",
			 i == 0 ? "read 1: 1 created" : "read 1: 1 unchanged");
	}
	target_has(w, "SELECT msdyn_prechatquestionnaireauthenticated FROM msdyn_livechatconfig",
		   ID("11"));
	target_has(w, "SELECT msdyn_chatengagementtochatsequenceid FROM msdyn_questionsequence",
		   ID("01"));
}

/* An update never passes through null: what is there already can be pointed to at once. */
static void a_cycle_through_a_row_that_exists_needs_no_second_write(void **state)
{
	struct engine *w = *state;

	have(w, "msdyn_questionsequences",
	     "{\"msdyn_questionsequenceid\":\"" ID("11") "\",\"msdyn_name\":\"s\"}");
	import(w, WIDGET SURVEY,
	       ROWS("msdyn_livechatconfig", WIDGET_ROW("w", ""))
		       ROWS("msdyn_questionsequence", SURVEY_ROW("s")));
	succeeded(w);
	rows_are(w, "msdyn_livechatconfig", "read 1: 1 created");
	rows_are(w, "msdyn_questionsequence", "read 1: 1 updated");
	assert_int_equal(w->batches, 2);
}

static void when_one_row_of_a_cycle_fails_the_other_is_not_left_half(void **state)
{
	struct engine *w = *state;
	char name[302];

	memset(name, 'n', 301);
	name[301] = '\0';
	import(w, WIDGET SURVEY,
	       str_fmt(&w->a,
		       ROWS("msdyn_livechatconfig", WIDGET_ROW("w", ""))
			       ROWS("msdyn_questionsequence", SURVEY_ROW("%s")),
		       name)
		       .p);
	lost_something(w);
	rows_are(w, "msdyn_questionsequence", "read 1: 1 failed");
	rows_are(w, "msdyn_livechatconfig", "read 1: 1 skipped");
	told(w, "error msdyn_livechatconfig " ID("01"), "because msdyn_questionsequence " ID("11"));
	target_has(w, "SELECT count(*) FROM msdyn_livechatconfig", "0");
}

/* Nobody makes such tables, but a customer's may come near. */
static void require_parents(struct engine *w)
{
	alter(w, "UPDATE ferry_table SET definition = json_set(definition, "
		 "(SELECT fullkey FROM json_each(definition, '$.attributes') WHERE "
		 "json_extract(value, '$.logicalName') = 'parentpositionid') || '.requiredLevel', "
		 "'SystemRequired') WHERE name = 'position'");
	reopen(w);
}

static void a_cycle_of_required_lookups_stops_the_import(void **state)
{
	struct engine *w = *state;

	require_parents(w);
	import(w, TAG POSITION,
	       ROWS("msdyn_octag", ROW(ID("21"), IS("msdyn_name", "#x")))
		       POSITION_ROWS(ROW(ID("01"), IS("name", "a") PARENT(ID("02")))
					     ROW(ID("02"), IS("name", "b") PARENT(ID("01")))));
	stopped(w, ERR_CONFLICT, "position.parentpositionid");
	rows_are(w, "position", "read 2: 2 skipped");
	rows_are(w, "msdyn_octag", "read 1: 1 skipped");
	target_has(w, "SELECT count(*) FROM msdyn_octag", "0");
}

static void what_hangs_on_a_failed_row_is_skipped_to_the_end_of_the_chain(void **state)
{
	struct engine *w = *state;
	char name[102];

	memset(name, 'n', 101);
	name[101] = '\0';
	import(w, POSITION,
	       str_fmt(&w->a,
		       POSITION_ROWS(ROW(ID("01"), IS("name", "a") PARENT(ID("02")))
					     ROW(ID("02"), IS("name", "b") PARENT(ID("03"))) ROW(
						     ID("03"), IS("name", "%s") PARENT(ID("04")))
						     ROW(ID("04"), IS("name", "d"))),
		       name)
		       .p);
	lost_something(w);
	rows_are(w, "position", "read 4: 1 failed, 2 skipped, 1 created");
	told(w, "error position " ID("01"), "because position " ID("02"));
	told(w, "error position " ID("02"), "because position " ID("03"));
	target_has(w, "SELECT name FROM position", "d");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_ENGINE(a_row_that_points_to_itself_is_created),
		WITH_ENGINE(two_rows_that_point_to_each_other_are_created),
		WITH_ENGINE(a_long_chain_is_created_from_its_end),
		WITH_ENGINE(a_cycle_over_two_tables_is_created),
		WITH_ENGINE(a_cycle_through_a_row_that_exists_needs_no_second_write),
		WITH_ENGINE(when_one_row_of_a_cycle_fails_the_other_is_not_left_half),
		WITH_ENGINE(a_cycle_of_required_lookups_stops_the_import),
		WITH_ENGINE(what_hangs_on_a_failed_row_is_skipped_to_the_end_of_the_chain),
	};

	return RUN_ENGINE_TESTS(tests);
}
