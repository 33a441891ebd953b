/* SPDX-License-Identifier: MIT */
/*
 * References to rows that the package does not have: the same id, the same name where the platform has the
 * rows, or a stop before anything is written.
 */
#include "move/outside.h"

#include "engine.h"

#define QUEUE_ROWS(rows) ROWS("queue", rows)
#define HOURS(id, label) REF("msdyn_operatinghourid", id, "msdyn_operatinghour", label)
#define CONTRACT(id, label)                                                                        \
	REF("msdyn_assignmentinputcontractid", id, "msdyn_decisioncontract", label)

static void a_row_with_the_same_id_in_the_target_is_pointed_to(void **state)
{
	struct engine *w = *state;

	have(w, "msdyn_operatinghours",
	     "{\"msdyn_operatinghourid\":\"" ID("71") "\",\"msdyn_name\":\"Day\"}");
	import(w, QUEUE(LOOKUP("msdyn_operatinghourid", "msdyn_operatinghour")),
	       QUEUE_ROWS(ROW(ID("01"), IS("name", "Q") HOURS(ID("71"), "another name"))));
	succeeded(w);
	target_has(w, "SELECT msdyn_operatinghourid FROM queue WHERE name = 'Q'", ID("71"));
}

static void a_contract_of_the_platform_is_found_by_its_name(void **state)
{
	struct engine *w = *state;
	const char *contract = "SELECT msdyn_decisioncontractid FROM msdyn_decisioncontract"
			       " WHERE msdyn_name = 'Assignment output'";

	import(w, QUEUE(LOOKUP("msdyn_assignmentinputcontractid", "msdyn_decisioncontract")),
	       QUEUE_ROWS(ROW(ID("01"), IS("name", "Q") CONTRACT(ID("99"), "Assignment output"))));
	succeeded(w);
	target_has(w, "SELECT msdyn_assignmentinputcontractid FROM queue WHERE name = 'Q'",
		   query_file(w, w->path, contract));
	import(w, QUEUE(LOOKUP("msdyn_assignmentinputcontractid", "msdyn_decisioncontract")),
	       QUEUE_ROWS(ROW(ID("01"), IS("name", "Q") CONTRACT(ID("99"), "Assignment output"))));
	succeeded(w);
	rows_are(w, "queue", "read 1: 1 unchanged");
}

/* The languages of localizations, the queues of workstreams: many rows point to the same few names. */
static void one_name_may_stand_for_many_ids(void **state)
{
	struct engine *w = *state;
	DEFER(buf_release) struct buf rows = buf_make(0);

	for (unsigned i = 10; i < 60; i++)
		buf_add_fmt(&rows,
			    ROW(ID("%u"),
				IS("name", "Q %u") CONTRACT("d0000000-0000-4000-8000-0000000000%u",
							    "Assignment output")),
			    i, i, i);
	import(w, QUEUE(LOOKUP("msdyn_assignmentinputcontractid", "msdyn_decisioncontract")),
	       str_fmt(&w->a, QUEUE_ROWS("%.*s"), STR_ARG(buf_str(&rows))).p);
	succeeded(w);
	rows_are(w, "queue", "read 50: 50 created");
}

static void a_default_queue_is_found_by_its_name(void **state)
{
	struct engine *w = *state;

	alter(w, "UPDATE queue SET name = 'Default messaging' WHERE queueid ="
		 " (SELECT max(queueid) FROM queue WHERE msdyn_isdefaultqueue = 1)");
	import(w,
	       ENTITY("msdyn_liveworkstream", "msdyn_liveworkstreamid",
		      TEXT("msdyn_name") FIELD("msdyn_streamsource", "optionsetvalue")
			      LOOKUP("msdyn_defaultqueue", "queue")),
	       ROWS("msdyn_liveworkstream",
		    ROW(ID("01"), IS("msdyn_name", "W") IS("msdyn_streamsource", "192360000")
					  REF("msdyn_defaultqueue", ID("99"), "queue",
					      "Default messaging"))));
	succeeded(w);
	target_has(w,
		   "SELECT name FROM queue WHERE queueid = (SELECT msdyn_defaultqueue"
		   " FROM msdyn_liveworkstream WHERE msdyn_name = 'W')",
		   "Default messaging");
}

static void a_queue_of_the_user_is_not_found_by_its_name(void **state)
{
	struct engine *w = *state;

	have(w, "queues", "{\"queueid\":\"" ID("71") "\",\"name\":\"Mine\"}");
	import(w,
	       ENTITY("msdyn_liveworkstream", "msdyn_liveworkstreamid",
		      TEXT("msdyn_name") LOOKUP("msdyn_defaultqueue", "queue")),
	       ROWS("msdyn_liveworkstream",
		    ROW(ID("01"), IS("msdyn_name", "W")
					  REF("msdyn_defaultqueue", ID("99"), "queue", "Mine"))));
	stopped(w, ERR_CONFLICT, "1 unresolved");
	told(w, "error msdyn_liveworkstream " ID("01") " msdyn_defaultqueue", "queue " ID("99"));
}

static void a_name_that_two_rows_have_is_open(void **state)
{
	struct engine *w = *state;

	alter(w, "UPDATE msdyn_decisioncontract SET msdyn_name = 'twin' WHERE msdyn_uniquename IN"
		 " ('msdyn_assignmentoutput', 'msdyn_selectionruleoutput')");
	import(w, QUEUE(LOOKUP("msdyn_assignmentinputcontractid", "msdyn_decisioncontract")),
	       QUEUE_ROWS(ROW(ID("01"), IS("name", "Q") CONTRACT(ID("99"), "twin"))));
	stopped(w, ERR_CONFLICT, "nothing was written");
	told(w, "error msdyn_decisioncontract " ID("99"), "several rows");
	target_has(w, "SELECT count(*) FROM queue WHERE name = 'Q'", "0");
}

static void a_name_in_another_case_is_not_the_name(void **state)
{
	struct engine *w = *state;

	import(w, QUEUE(LOOKUP("msdyn_assignmentinputcontractid", "msdyn_decisioncontract")),
	       QUEUE_ROWS(ROW(ID("01"), IS("name", "Q") CONTRACT(ID("99"), "ASSIGNMENT output"))));
	stopped(w, ERR_CONFLICT, "1 unresolved");
}

static void all_unresolved_references_are_told_and_nothing_is_written(void **state)
{
	struct engine *w = *state;

	import(w,
	       QUEUE(LOOKUP("msdyn_operatinghourid", "msdyn_operatinghour")
			     LOOKUP("msdyn_assignmentinputcontractid", "msdyn_decisioncontract")),
	       QUEUE_ROWS(ROW(ID("01"), IS("name", "Q") HOURS(ID("71"), "Day")) ROW(
		       ID("02"), IS("name", "R") HOURS(ID("71"), "Day") CONTRACT(ID("99"), ""))
				  ROW(ID("03"), IS("name", "S"))));
	stopped(w, ERR_CONFLICT, "3 unresolved");
	told(w, "error queue " ID("01") " msdyn_operatinghourid", ID("71") " \"Day\"");
	told(w, "error queue " ID("02") " msdyn_operatinghourid", ID("71") " \"Day\"");
	told(w, "error queue " ID("02") " msdyn_assignmentinputcontractid", ID("99"));
	rows_are(w, "queue", "read 3: 3 skipped");
	target_has(w, "SELECT count(*) FROM queue WHERE name IN ('Q', 'R', 'S')", "0");
}

#define MESSAGE(links)                                                                             \
	ENTITY_AS("msdyn_cannedmessage", "msdyn_cannedmessageid", "",                              \
		  TEXT("msdyn_title") TEXT("msdyn_message")                                        \
			  FIELD("msdyn_locale_field", "optionsetvalue"),                           \
		  links)
#define MESSAGE_TAGS                                                                               \
	MANY("msdyn_msdyn_cannedmessage_msdyn_octag", "msdyn_cannedmessage", "msdyn_octag",        \
	     "msdyn_octagid")
#define HELLO(id)                                                                                  \
	ROW(id, IS("msdyn_title", "t") IS("msdyn_message", "m") IS("msdyn_locale_field", "1033"))
#define TAGGED(from, targets)                                                                      \
	LINKS(from, "msdyn_octag", "msdyn_octagid", "msdyn_msdyn_cannedmessage_msdyn_octag",       \
	      targets)

static void a_pair_with_a_row_outside_the_package_is_linked(void **state)
{
	struct engine *w = *state;

	have(w, "msdyn_octags", "{\"msdyn_octagid\":\"" ID("71") "\",\"msdyn_name\":\"#x\"}");
	for (int i = 0; i < 2; i++) {
		import(w, MESSAGE(MESSAGE_TAGS),
		       LINKED_ROWS("msdyn_cannedmessage", HELLO(ID("01")),
				   TAGGED(ID("01"), TO(ID("71")))));
		succeeded(w);
		links_are(w, "msdyn_msdyn_cannedmessage_msdyn_octag",
			  i == 0 ? "read 1: 1 created" : "read 1: 1 unchanged");
	}
	target_has(w,
		   "SELECT msdyn_cannedmessageid, msdyn_octagid"
		   " FROM msdyn_msdyn_cannedmessage_msdyn_octag",
		   ID("01") "|" ID("71"));
}

static void a_pair_with_an_adopted_row_follows_it(void **state)
{
	struct engine *w = *state;

	have(w, "msdyn_octags", "{\"msdyn_octagid\":\"" ID("71") "\",\"msdyn_name\":\"#x\"}");
	for (int i = 0; i < 2; i++) {
		import(w, MESSAGE(MESSAGE_TAGS) TAG,
		       LINKED_ROWS("msdyn_cannedmessage", HELLO(ID("01")),
				   TAGGED(ID("01"), TO(ID("02")) TO(ID("03"))))
			       ROWS("msdyn_octag", ROW(ID("02"), IS("msdyn_name", "#x"))
							   ROW(ID("03"), IS("msdyn_name", "#y"))));
		succeeded(w);
		links_are(w, "msdyn_msdyn_cannedmessage_msdyn_octag",
			  i == 0 ? "read 2: 2 created" : "read 2: 2 unchanged");
	}
	target_has(w, "SELECT msdyn_octagid FROM msdyn_msdyn_cannedmessage_msdyn_octag ORDER BY 1",
		   ID("03") "|" ID("71"));
}

static void a_pair_with_an_unknown_row_stops_the_import(void **state)
{
	struct engine *w = *state;

	import(w, MESSAGE(MESSAGE_TAGS),
	       LINKED_ROWS("msdyn_cannedmessage", HELLO(ID("01")),
			   TAGGED(ID("01"), TO(ID("71")) TO(ID("72")))));
	stopped(w, ERR_CONFLICT, "2 unresolved");
	told(w, "error msdyn_cannedmessage " ID("01"), ID("71"));
	told(w, "error msdyn_cannedmessage " ID("01"), ID("72"));
	links_are(w, "msdyn_msdyn_cannedmessage_msdyn_octag", "read 2: 2 skipped");
	target_has(w, "SELECT count(*) FROM msdyn_cannedmessage", "0");
}

/* Only what would be written has to be resolved. */
static void rows_that_are_only_linked_may_point_anywhere(void **state)
{
	struct engine *w = *state;

	import(w,
	       ENTITY("msdyn_decisioncontract", "msdyn_decisioncontractid",
		      TEXT("msdyn_uniquename") FIELD("ownerid", "owner")),
	       ROWS("msdyn_decisioncontract",
		    ROW(ID("11"), IS("msdyn_uniquename", "msdyn_assignmentoutput")
					  REF("ownerid", ID("99"), "systemuser", "Somebody"))));
	succeeded(w);
	rows_are(w, "msdyn_decisioncontract", "read 1: 1 adopted");
}

static void rows_that_skipupdate_leaves_may_point_anywhere(void **state)
{
	struct engine *w = *state;

	have(w, "queues", "{\"queueid\":\"" ID("01") "\",\"name\":\"Q\"}");
	import(w,
	       ENTITY_AS("queue", "queueid", "skipupdate=\"true\"",
			 TEXT("name") LOOKUP("msdyn_operatinghourid", "msdyn_operatinghour"), ""),
	       QUEUE_ROWS(ROW(ID("01"), IS("name", "Q") HOURS(ID("71"), "Day"))));
	succeeded(w);
	rows_are(w, "queue", "read 1: 1 unchanged");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_ENGINE(a_row_with_the_same_id_in_the_target_is_pointed_to),
		WITH_ENGINE(a_contract_of_the_platform_is_found_by_its_name),
		WITH_ENGINE(one_name_may_stand_for_many_ids),
		WITH_ENGINE(a_default_queue_is_found_by_its_name),
		WITH_ENGINE(a_queue_of_the_user_is_not_found_by_its_name),
		WITH_ENGINE(a_name_that_two_rows_have_is_open),
		WITH_ENGINE(a_name_in_another_case_is_not_the_name),
		WITH_ENGINE(all_unresolved_references_are_told_and_nothing_is_written),
		WITH_ENGINE(a_pair_with_a_row_outside_the_package_is_linked),
		WITH_ENGINE(a_pair_with_an_adopted_row_follows_it),
		WITH_ENGINE(a_pair_with_an_unknown_row_stops_the_import),
		WITH_ENGINE(rows_that_are_only_linked_may_point_anywhere),
		WITH_ENGINE(rows_that_skipupdate_leaves_may_point_anywhere),
	};

	return RUN_ENGINE_TESTS(tests);
}
