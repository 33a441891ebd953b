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

/* What was asked for, one word per request: its method and its table. */
static struct buf seen;

static bool writes_down(struct engine *w, const struct request *r, struct err *e)
{
	static const char *const methods[] = { "POST", "PATCH", "DELETE" };
	struct str_splitter lines = str_splitter(r->body);

	(void)e;
	for (struct str line; w->batch && str_split(&lines, '\n', &line);) {
		for (size_t i = 0; i < COUNT_OF(methods); i++) {
			size_t end, from = strlen(methods[i]) + 1;

			if (!str_starts(line, str_from(methods[i])))
				continue;
			line = str_skip(line, from);
			if (str_starts(line, S("/api/data/v9.2/")))
				line = str_skip(line, strlen("/api/data/v9.2/"));
			for (end = 0; end < line.n && line.p[end] != ' ' && line.p[end] != '(';)
				end++;
			buf_add_fmt(&seen, "%s%s %.*s", seen.n > 0 ? ", " : "", methods[i],
				    STR_ARG(str_sub(line, 0, end)));
			if (str_find(line, S("$ref")) != STR_NONE)
				buf_add(&seen, S(" link"));
		}
	}
	return true;
}

static void saw(const char *want)
{
	if (!str_eq(buf_str(&seen), str_from(want)))
		fail_msg("%.*s", STR_ARG(buf_str(&seen)));
	buf_release(&seen);
	seen = buf_make(0);
}

#define STREAM                                                                                     \
	ENTITY("msdyn_liveworkstream", "msdyn_liveworkstreamid",                                   \
	       TEXT("msdyn_name") LOOKUP("msdyn_defaultqueue", "queue"))

/* The default queue of a workstream that is in use changes when all that is new is complete, and before anything is taken out of use. */
static void what_switches_comes_between_what_is_new_and_what_ends(void **state)
{
	struct engine *w = *state;

	have(w, "msdyn_liveworkstreams",
	     "{\"msdyn_liveworkstreamid\":\"" ID("01") "\",\"msdyn_name\":\"chat\"}");
	have(w, "msdyn_octags", "{\"msdyn_octagid\":\"" ID("02") "\",\"msdyn_name\":\"x\"}");
	have(w, "characteristics", "{\"characteristicid\":\"" ID("03") "\",\"name\":\"old\"}");
	seen = buf_make(0);
	w->before = writes_down;
	import(w, SKILL(TEXT("name") STATES) STREAM QUEUE("") TAG,
	       SKILL_ROWS(
		       ROW(ID("03"), IS("name", "old") IS("statecode", "1") IS("statuscode", "2"))
			       ROW(ID("04"),
				   IS("name", "new") IS("statecode", "1") IS("statuscode", "2")))
		       ROWS("msdyn_liveworkstream",
			    ROW(ID("01"), IS("msdyn_name", "chat") REF("msdyn_defaultqueue",
								       ID("05"), "queue", "q")))
			       ROWS("queue", ROW(ID("05"), IS("name", "q")))
				       ROWS("msdyn_octag", ROW(ID("02"), IS("msdyn_name", "y"))));
	succeeded(w);
	saw("POST characteristics, POST queues, PATCH msdyn_octags, PATCH characteristics, "
	    "PATCH msdyn_liveworkstreams, PATCH characteristics");
	target_has(w, "SELECT name, statecode FROM characteristic ORDER BY 1", "new|1|old|1");
}

/* State and status go together, and only when they differ; status 2 is none of an active row's. */
static void a_status_of_another_state_is_set_with_that_state_and_once(void **state)
{
	struct engine *w = *state;

	have(w, "characteristics", "{\"characteristicid\":\"" ID("03") "\",\"name\":\"a\"}");
	seen = buf_make(0);
	w->before = writes_down;
	for (int i = 0; i < 2; i++) {
		import(w, SKILL(TEXT("name") STATES),
		       SKILL_ROWS(ROW(ID("03"),
				      IS("name", "b") IS("statecode", "1") IS("statuscode", "2"))));
		succeeded(w);
		saw(i == 0 ? "PATCH characteristics, PATCH characteristics" : "");
	}
	target_has(w, "SELECT name, statecode, statuscode FROM characteristic", "b|1|2");
}

static void make_column(struct engine *w, const char *what)
{
	alter(w, str_fmt(&w->a,
			 "UPDATE ferry_table SET definition = json_set(definition, "
			 "(SELECT fullkey FROM json_each(definition, '$.attributes') WHERE "
			 "json_extract(value, '$.logicalName') = 'description') || '.%s', "
			 "json('false')) WHERE name = 'characteristic'",
			 what)
			 .p);
	reopen(w);
}

static void a_column_that_is_only_for_new_rows_is_left_alone_in_others(void **state)
{
	struct engine *w = *state;

	make_column(w, "validForUpdate");
	have(w, "characteristics",
	     "{\"characteristicid\":\"" ID("01") "\",\"name\":\"a\",\"description\":\"theirs\"}");
	import(w, SKILL(TEXT("name") TEXT("description")),
	       SKILL_ROWS(ROW(ID("01"), IS("name", "b") IS("description", "ours"))
				  ROW(ID("02"), IS("name", "n") IS("description", "ours"))));
	succeeded(w);
	target_has(w, "SELECT name, description FROM characteristic ORDER BY 1", "b|theirs|n|ours");
}

static void a_column_that_is_only_for_rows_that_are_there_is_written_after_the_create(void **state)
{
	struct engine *w = *state;

	make_column(w, "validForCreate");
	import(w, SKILL(TEXT("name") TEXT("description")),
	       SKILL_ROWS(ROW(ID("02"), IS("name", "n") IS("description", "ours"))));
	succeeded(w);
	rows_are(w, "characteristic", "read 1: 1 created");
	target_has(w, "SELECT description FROM characteristic", "ours");
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
		WITH_ENGINE(what_switches_comes_between_what_is_new_and_what_ends),
		WITH_ENGINE(a_status_of_another_state_is_set_with_that_state_and_once),
		WITH_ENGINE(a_column_that_is_only_for_new_rows_is_left_alone_in_others),
		WITH_ENGINE(
			a_column_that_is_only_for_rows_that_are_there_is_written_after_the_create),
	};

	return RUN_ENGINE_TESTS(tests);
}
