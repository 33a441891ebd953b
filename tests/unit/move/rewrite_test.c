/* SPDX-License-Identifier: MIT */
/*
 * What is written of a row: its references in the target's ids, also those inside texts; values that the
 * target's columns cannot hold.
 */
#include "move/rewrite.h"

#include "engine.h"

#include "org/behaviours.h"

#define RULES(fields)                                                                              \
	ENTITY("msdyn_decisionruleset", "msdyn_decisionrulesetid", TEXT("msdyn_name") fields)
#define RULES_ROWS(rows) ROWS("msdyn_decisionruleset", rows)

/* The source's tag 0000abcd-...-ef and its counterpart in the target. */
#define FROM "0000abcd-0000-4000-8000-0000000000ef"
#define FROM_UPPER "0000ABCD-0000-4000-8000-0000000000EF"
#define INTO "1111dcba-0000-4000-8000-0000000000fe"
#define INTO_UPPER "1111DCBA-0000-4000-8000-0000000000FE"

/* The texts here are no rule sets, only texts. */
static int make(void **state)
{
	static const struct behaviour_change change = { STR_INIT("ruleset-validation"),
							STR_INIT("off") };
	int made = engine_make(state);
	struct engine *w = *state;

	must(w, behaviours_change(w->path, BEHAVIOURS_KEEP, &change, 1, &w->e));
	return made;
}

#define WITH_TEXTS(test) cmocka_unit_test_setup_teardown(test, make, engine_release)

/* Imports a rule set with this definition beside the adopted tag. */
static void define(struct engine *w, const char *definition)
{
	import(w, RULES(TEXT("msdyn_rulesetdefinition") TEXT("msdyn_description")) TAG,
	       str_fmt(&w->a,
		       RULES_ROWS(ROW(ID("01"),
				      IS("msdyn_name", "r") IS("msdyn_rulesetdefinition", "%s")))
			       ROWS("msdyn_octag", ROW(FROM, IS("msdyn_name", "#x"))),
		       definition)
		       .p);
	succeeded(w);
}

static void becomes(struct engine *w, const char *definition, const char *want)
{
	define(w, definition);
	target_has(w, "SELECT msdyn_rulesetdefinition FROM msdyn_decisionruleset", want);
}

static void have_tag(struct engine *w)
{
	have(w, "msdyn_octags", "{\"msdyn_octagid\":\"" INTO "\",\"msdyn_name\":\"#x\"}");
}

static void ids_inside_a_text_follow_their_rows(void **state)
{
	struct engine *w = *state;

	have_tag(w);
	becomes(w, FROM, INTO);
	becomes(w, "{" FROM "}", "{" INTO "}");
	becomes(w, "a " FROM_UPPER " z", "a " INTO_UPPER " z");
	becomes(w, "{" FROM_UPPER "};" FROM "," ID("77") "," FROM,
		"{" INTO_UPPER "};" INTO "," ID("77") "," INTO);
	becomes(w, "queue(" FROM ")/x?id=" FROM, "queue(" INTO ")/x?id=" INTO);
}

static void what_only_looks_like_an_id_stays(void **state)
{
	struct engine *w = *state;

	have_tag(w);
	becomes(w, "0" FROM, "0" FROM);
	becomes(w, FROM "0", FROM "0");
	becomes(w, "ab" FROM "cd", "ab" FROM "cd");
	becomes(w, "0000abcd-0000-4000-8000-0000000000e", "0000abcd-0000-4000-8000-0000000000e");
}

static void a_text_is_written_to_the_last_byte_as_it_was(void **state)
{
	struct engine *w = *state;

	have_tag(w);
	becomes(w, "&amp;lt;a&amp;gt; \xc3\xa9\xf0\x9f\x98\x80 " FROM " \xe4\xb8\xad&#10; end ",
		"<a> \xc3\xa9\xf0\x9f\x98\x80 " INTO " \xe4\xb8\xad\n end ");
}

/* The second import compares the rewritten text, not the package's. */
static void a_rewritten_text_is_unchanged_the_second_time(void **state)
{
	struct engine *w = *state;

	have_tag(w);
	define(w, "{" FROM "}");
	rows_are(w, "msdyn_decisionruleset", "read 1: 1 created");
	define(w, "{" FROM "}");
	rows_are(w, "msdyn_decisionruleset", "read 1: 1 unchanged");
	assert_int_equal(w->run.writes, 0);
}

static void ids_of_rows_found_outside_the_package_follow_too(void **state)
{
	struct engine *w = *state;
	const char *contract = query_file(w, w->path,
					  "SELECT msdyn_decisioncontractid FROM"
					  " msdyn_decisioncontract WHERE msdyn_name ="
					  " 'Assignment output'");

	import(w,
	       RULES(TEXT("msdyn_rulesetdefinition")
			     LOOKUP("msdyn_inputcontractid", "msdyn_decisioncontract")),
	       RULES_ROWS(ROW(ID("01"),
			      IS("msdyn_name", "r") IS("msdyn_rulesetdefinition", "<c>" ID("99"))
				      REF("msdyn_inputcontractid", ID("99"),
					  "msdyn_decisioncontract", "Assignment output"))));
	assert_false(w->ok); /* "<" is no XML inside an attribute */
	import(w,
	       RULES(TEXT("msdyn_rulesetdefinition")
			     LOOKUP("msdyn_inputcontractid", "msdyn_decisioncontract")),
	       RULES_ROWS(ROW(ID("01"),
			      IS("msdyn_name", "r") IS("msdyn_rulesetdefinition", "c " ID("99"))
				      REF("msdyn_inputcontractid", ID("99"),
					  "msdyn_decisioncontract", "Assignment output"))));
	succeeded(w);
	target_has(w, "SELECT msdyn_rulesetdefinition FROM msdyn_decisionruleset",
		   str_fmt(&w->a, "c %s", contract).p);
}

static void a_text_too_long_for_the_target_fails_its_row_alone(void **state)
{
	struct engine *w = *state;
	char name[102];

	memset(name, 'n', 101);
	name[101] = '\0';
	const char *data = str_fmt(&w->a,
				   ROWS("msdyn_octag", ROW(ID("01"), IS("msdyn_name", "%s")) ROW(
							       ID("02"), IS("msdyn_name", "#b"))),
				   name)
				   .p;
	import(w, TAG, data);
	lost_something(w);
	told(w, "error msdyn_octag " ID("01") " msdyn_name", "100");
	rows_are(w, "msdyn_octag", "read 2: 1 failed, 1 created");
	target_has(w, "SELECT msdyn_name FROM msdyn_octag", "#b");
}

static void values_that_are_none_fail_their_rows(void **state)
{
	struct engine *w = *state;

	import(w,
	       SKILL(TEXT("name") FIELD("characteristictype", "optionsetvalue")
			     FIELD("importsequencenumber", "number")),
	       SKILL_ROWS(ROW(ID("01"), IS("name", "a") IS("characteristictype", "abc"))
				  ROW(ID("02"), IS("name", "b") IS("characteristictype", "77")) ROW(
					  ID("03"),
					  IS("name", "c") IS("importsequencenumber", "99999999999"))
					  ROW(ID("04"),
					      IS("name", "d") IS("characteristictype", "1"))));
	lost_something(w);
	told(w, "error characteristic " ID("01") " characteristictype", "data.xml:1");
	told(w, "error characteristic " ID("02"), "characteristictype': 77");
	told(w, "error characteristic " ID("03") " importsequencenumber", "99999999999");
	rows_are(w, "characteristic", "read 4: 3 failed, 1 created");
	target_has(w, "SELECT name FROM characteristic", "d");
}

/* queue 01 fails; a workstream needs it, a quick reply needs the workstream's tag ... */
static void what_needs_a_failed_row_is_skipped_with_the_reason(void **state)
{
	struct engine *w = *state;

	import(w,
	       QUEUE(FIELD("msdyn_priority", "number")
			     LOOKUP("msdyn_operatinghourid", "msdyn_operatinghour"))
		       ENTITY("msdyn_operatinghour", "msdyn_operatinghourid",
			      TEXT("msdyn_name") FIELD("msdyn_timezone", "number"))
			       ENTITY("msdyn_liveworkstream", "msdyn_liveworkstreamid",
				      TEXT("msdyn_name") LOOKUP("msdyn_defaultqueue", "queue")),
	       ROWS("queue", ROW(ID("01"), IS("name", "Q") REF("msdyn_operatinghourid", ID("11"),
							       "msdyn_operatinghour", "Day"))
				     ROW(ID("02"), IS("name", "R")))
		       ROWS("msdyn_operatinghour",
			    ROW(ID("11"), IS("msdyn_name", "Day") IS("msdyn_timezone", "noon")))
			       ROWS("msdyn_liveworkstream",
				    ROW(ID("21"), IS("msdyn_name", "W") REF("msdyn_defaultqueue",
									    ID("01"), "queue", "Q"))
					    ROW(ID("22"), IS("msdyn_name", "X")
								  REF("msdyn_defaultqueue",
								      ID("02"), "queue", "R"))));
	lost_something(w);
	rows_are(w, "msdyn_operatinghour", "read 1: 1 failed");
	rows_are(w, "queue", "read 2: 1 skipped, 1 created");
	rows_are(w, "msdyn_liveworkstream", "read 2: 1 skipped, 1 created");
	told(w, "error queue " ID("01"), "not created, because msdyn_operatinghour " ID("11"));
	told(w, "error msdyn_liveworkstream " ID("21"), "not created, because queue " ID("01"));
	target_has(w, "SELECT name FROM queue WHERE name IN ('Q', 'R')", "R");
}

#define MESSAGE                                                                                    \
	ENTITY_AS("msdyn_cannedmessage", "msdyn_cannedmessageid", "",                              \
		  TEXT("msdyn_title") TEXT("msdyn_message")                                        \
			  FIELD("msdyn_locale_field", "optionsetvalue"),                           \
		  MANY("msdyn_msdyn_cannedmessage_msdyn_octag", "msdyn_cannedmessage",             \
		       "msdyn_octag", "msdyn_octagid"))
#define HELLO(id, locale)                                                                          \
	ROW(id, IS("msdyn_title", "t") IS("msdyn_message", "m") IS("msdyn_locale_field", locale))
#define TAGGED(from, targets)                                                                      \
	LINKS(from, "msdyn_octag", "msdyn_octagid", "msdyn_msdyn_cannedmessage_msdyn_octag",       \
	      targets)

static void links_of_a_failed_row_are_skipped_with_the_reason(void **state)
{
	struct engine *w = *state;

	import(w, MESSAGE TAG,
	       LINKED_ROWS("msdyn_cannedmessage",
			   HELLO(ID("01"), "abc") HELLO(ID("02"), "1033") HELLO(ID("03"), "77"),
			   TAGGED(ID("01"), TO(ID("11"))) TAGGED(ID("02"), TO(ID("11")))
				   TAGGED(ID("03"), TO(ID("11"))))
		       ROWS("msdyn_octag", ROW(ID("11"), IS("msdyn_name", "#x"))));
	lost_something(w);
	rows_are(w, "msdyn_cannedmessage", "read 3: 2 failed, 1 created");
	links_are(w, "msdyn_msdyn_cannedmessage_msdyn_octag", "read 3: 2 skipped, 1 created");
	told(w, "error msdyn_cannedmessage " ID("01") " msdyn_msdyn", "not linked, because");
	told(w, "error msdyn_cannedmessage " ID("03") " msdyn_msdyn", "not linked, because");
}

static void links_to_a_failed_row_are_skipped_with_the_reason(void **state)
{
	struct engine *w = *state;
	char name[102];

	memset(name, 'n', 101);
	name[101] = '\0';
	import(w, MESSAGE TAG,
	       str_fmt(&w->a,
		       LINKED_ROWS("msdyn_cannedmessage", HELLO(ID("02"), "1033"),
				   TAGGED(ID("02"), TO(ID("11")) TO(ID("12"))))
			       ROWS("msdyn_octag", ROW(ID("11"), IS("msdyn_name", "%s"))
							   ROW(ID("12"), IS("msdyn_name", "#y"))),
		       name)
		       .p);
	lost_something(w);
	links_are(w, "msdyn_msdyn_cannedmessage_msdyn_octag", "read 2: 1 skipped, 1 created");
	told(w, "error msdyn_cannedmessage " ID("02") " msdyn_msdyn",
	     "not linked, because msdyn_octag " ID("11"));
}

/* One id, two tables: the knowledge says whose ids a column holds. */
static void an_id_of_rows_of_two_tables_follows_the_one_that_the_column_is_about(void **state)
{
	struct engine *w = *state;

	/* Both rows of the source have the id FROM, and go to different rows. */
	have_tag(w);
	alter(w, "UPDATE queue SET name = 'Standard' WHERE msdyn_isdefaultqueue = 1");
	import(w,
	       RULES(TEXT("msdyn_rulesetdefinition") TEXT("msdyn_description"))
		       TAG QUEUE(FIELD("msdyn_isdefaultqueue", "bool")
					 FIELD("msdyn_isomnichannelqueue", "bool")
						 FIELD("msdyn_queuetype", "optionsetvalue")),
	       RULES_ROWS(ROW(ID("01"),
			      IS("msdyn_name", "r") IS("msdyn_rulesetdefinition", "queue " FROM)))
		       ROWS("msdyn_octag", ROW(FROM, IS("msdyn_name", "#x"))) ROWS(
			       "queue",
			       ROW(FROM, IS("name", "Default") IS("msdyn_isdefaultqueue", "True")
						 IS("msdyn_isomnichannelqueue", "True")
							 IS("msdyn_queuetype", "192350001"))));
	succeeded(w);
	target_has(
		w,
		"SELECT count(*) FROM msdyn_decisionruleset WHERE msdyn_rulesetdefinition = 'queue ' ||"
		" (SELECT queueid FROM queue WHERE msdyn_isdefaultqueue = 1"
		" AND msdyn_queuetype = 192350001)",
		"1");
	/* nobody knows whose id it is in a description */
	import(w,
	       RULES(TEXT("msdyn_description"))
		       TAG QUEUE(FIELD("msdyn_isdefaultqueue", "bool")
					 FIELD("msdyn_isomnichannelqueue", "bool")
						 FIELD("msdyn_queuetype", "optionsetvalue")),
	       RULES_ROWS(ROW(ID("01"), IS("msdyn_name", "r") IS("msdyn_description", FROM)))
		       ROWS("msdyn_octag", ROW(FROM, IS("msdyn_name", "#x"))) ROWS(
			       "queue",
			       ROW(FROM, IS("name", "Default") IS("msdyn_isdefaultqueue", "True")
						 IS("msdyn_isomnichannelqueue", "True")
							 IS("msdyn_queuetype", "192350001"))));
	stopped(w, ERR_CONFLICT, "1 unresolved");
	told(w, "error msdyn_decisionruleset " ID("01") " msdyn_description",
	     "several rows of the source have that id");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_TEXTS(ids_inside_a_text_follow_their_rows),
		WITH_TEXTS(what_only_looks_like_an_id_stays),
		WITH_TEXTS(a_text_is_written_to_the_last_byte_as_it_was),
		WITH_TEXTS(a_rewritten_text_is_unchanged_the_second_time),
		WITH_TEXTS(ids_of_rows_found_outside_the_package_follow_too),
		WITH_TEXTS(a_text_too_long_for_the_target_fails_its_row_alone),
		WITH_TEXTS(values_that_are_none_fail_their_rows),
		WITH_TEXTS(what_needs_a_failed_row_is_skipped_with_the_reason),
		WITH_TEXTS(links_of_a_failed_row_are_skipped_with_the_reason),
		WITH_TEXTS(links_to_a_failed_row_are_skipped_with_the_reason),
		WITH_TEXTS(an_id_of_rows_of_two_tables_follows_the_one_that_the_column_is_about),
	};

	return RUN_ENGINE_TESTS(tests);
}
