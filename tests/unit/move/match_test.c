/* SPDX-License-Identifier: MIT */
/*
 * Which row of the target is meant: by id, by what ferry knows about the table, by the schema's
 * updateCompare columns; and every way in which that may be open.
 */
#include "move/match.h"

#include "engine.h"

#define OWN "b0000000-0000-4000-8000-000000000001"

static void a_row_with_the_same_id_is_updated(void **state)
{
	struct engine *w = *state;

	have(w, "characteristics",
	     "{\"characteristicid\":\"" ID(
		     "01") "\",\"name\":\"French\",\"characteristictype\":1}");
	import(w, SKILL(TEXT("name") TEXT("description")),
	       SKILL_ROWS(ROW(ID("01"), IS("name", "Francais") IS("description", "d"))));
	succeeded(w);
	rows_are(w, "characteristic", "read 1: 1 updated");
	target_has(w, "SELECT characteristicid, name, description FROM characteristic",
		   ID("01") "|Francais|d");
}

static void a_skill_of_the_same_name_is_adopted_and_follows(void **state)
{
	struct engine *w = *state;

	have(w, "characteristics",
	     "{\"characteristicid\":\"" OWN "\",\"name\":\"French\",\"characteristictype\":1}");
	import(w, SKILL(TEXT("name")), SKILL_ROWS(ROW(ID("01"), IS("name", "French"))));
	succeeded(w);
	rows_are(w, "characteristic", "read 1: 1 adopted");
	import(w, SKILL(TEXT("name") TEXT("description")),
	       SKILL_ROWS(ROW(ID("01"), IS("name", "French") IS("description", "d"))));
	succeeded(w);
	rows_are(w, "characteristic", "read 1: 1 updated");
	target_has(w, "SELECT characteristicid, name, description FROM characteristic",
		   OWN "|French|d");
}

static void a_name_that_differs_in_case_or_accents_is_a_conflict(void **state)
{
	static const char *const names[] = { "FRENCH", "Fr\u00e9nch", "fr\u00cbnch" };
	struct engine *w = *state;

	have(w, "characteristics",
	     "{\"characteristicid\":\"" OWN "\",\"name\":\"French\",\"characteristictype\":1}");
	for (size_t i = 0; i < COUNT_OF(names); i++) {
		const char *data =
			str_fmt(&w->a, SKILL_ROWS(ROW(ID("01"), IS("name", "%s"))), names[i]).p;
		import(w, SKILL(TEXT("name")), data);
		stopped(w, ERR_CONFLICT, "1 conflicts");
		told(w, "error characteristic " ID("01"), "case or accents");
		rows_are(w, "characteristic", "read 1: 1 skipped");
	}
	target_has(w, "SELECT name FROM characteristic", "French");
}

static void a_key_that_fits_two_rows_is_a_conflict(void **state)
{
	struct engine *w = *state;

	have(w, "msdyn_octags", "{\"msdyn_octagid\":\"" ID("71") "\",\"msdyn_name\":\"#x\"}");
	have(w, "msdyn_octags", "{\"msdyn_octagid\":\"" ID("72") "\",\"msdyn_name\":\"#x\"}");
	import(w, TAG, ROWS("msdyn_octag", ROW(ID("01"), IS("msdyn_name", "#x"))));
	stopped(w, ERR_CONFLICT, "1 conflicts");
	told(w, "error msdyn_octag " ID("01"), ID("71"));
	told(w, "error msdyn_octag " ID("01"), ID("72"));
}

static void two_source_rows_for_one_target_row_are_a_conflict(void **state)
{
	struct engine *w = *state;

	have(w, "msdyn_octags", "{\"msdyn_octagid\":\"" ID("71") "\",\"msdyn_name\":\"#x\"}");
	import(w, TAG,
	       ROWS("msdyn_octag",
		    ROW(ID("01"), IS("msdyn_name", "#x")) ROW(ID("02"), IS("msdyn_name", "#x"))));
	stopped(w, ERR_CONFLICT, "1 conflicts");
	told(w, "error msdyn_octag", "are both row " ID("71"));
	rows_are(w, "msdyn_octag", "read 2: 2 skipped");
}

static void id_and_name_that_mean_two_rows_are_a_conflict(void **state)
{
	struct engine *w = *state;

	have(w, "msdyn_octags", "{\"msdyn_octagid\":\"" ID("01") "\",\"msdyn_name\":\"#old\"}");
	have(w, "msdyn_octags", "{\"msdyn_octagid\":\"" ID("72") "\",\"msdyn_name\":\"#x\"}");
	import(w, TAG, ROWS("msdyn_octag", ROW(ID("01"), IS("msdyn_name", "#x"))));
	stopped(w, ERR_CONFLICT, "1 conflicts");
	told(w, "error msdyn_octag " ID("01"), "by its id, but row " ID("72"));
}

static void a_queue_of_the_same_name_with_another_id_stops_the_import(void **state)
{
	struct engine *w = *state;

	have(w, "queues", "{\"queueid\":\"" OWN "\",\"name\":\"Billing\"}");
	import(w, QUEUE(""), ROWS("queue", ROW(ID("01"), IS("name", "Billing"))));
	stopped(w, ERR_CONFLICT, "1 conflicts");
	told(w, "error queue " ID("01"), "another row with name \"Billing\": " OWN);
	target_has(w, "SELECT count(*) FROM queue WHERE name = 'Billing'", "1");
}

static void a_queue_whose_name_differs_only_in_case_stops_the_import(void **state)
{
	struct engine *w = *state;

	have(w, "queues", "{\"queueid\":\"" OWN "\",\"name\":\"Billing\"}");
	import(w, QUEUE(""), ROWS("queue", ROW(ID("01"), IS("name", "BILLING"))));
	stopped(w, ERR_CONFLICT, "1 conflicts");
	told(w, "error queue " ID("01"), OWN);
}

static void a_queue_found_by_its_id_may_share_its_name(void **state)
{
	struct engine *w = *state;

	have(w, "queues", "{\"queueid\":\"" ID("01") "\",\"name\":\"Billing\"}");
	have(w, "queues", "{\"queueid\":\"" OWN "\",\"name\":\"Billing\"}");
	import(w, QUEUE(TEXT("description")),
	       ROWS("queue", ROW(ID("01"), IS("name", "Billing") IS("description", "d"))));
	succeeded(w);
	rows_are(w, "queue", "read 1: 1 updated");
}

#define CONTRACT                                                                                   \
	ENTITY("msdyn_decisioncontract", "msdyn_decisioncontractid",                               \
	       TEXT("msdyn_name") TEXT("msdyn_uniquename"))

static void a_contract_of_the_platform_that_the_target_lacks_stops_the_import(void **state)
{
	struct engine *w = *state;

	import(w, SKILL(TEXT("name")) CONTRACT,
	       SKILL_ROWS(ROW(ID("01"), IS("name", "French")))
		       ROWS("msdyn_decisioncontract",
			    ROW(ID("11"),
				IS("msdyn_name", "n") IS("msdyn_uniquename", "msdyn_ofthefuture"))
				    ROW(ID("12"), IS("msdyn_name", "n")
							  IS("msdyn_uniquename", "msdyn_later"))));
	stopped(w, ERR_CONFLICT, "2 conflicts");
	told(w, "error msdyn_decisioncontract " ID("11"), "msdyn_uniquename \"msdyn_ofthefuture\"");
	told(w, "error msdyn_decisioncontract " ID("12"), "never created");
	target_has(w, "SELECT count(*) FROM characteristic", "0");
}

static void a_contract_of_the_platform_is_only_linked(void **state)
{
	struct engine *w = *state;

	import(w, CONTRACT,
	       ROWS("msdyn_decisioncontract",
		    ROW(ID("11"), IS("msdyn_name", "renamed")
					  IS("msdyn_uniquename", "msdyn_assignmentoutput"))));
	succeeded(w);
	rows_are(w, "msdyn_decisioncontract", "read 1: 1 adopted");
	assert_int_equal(w->batches, 0);
}

#define OMNICHANNEL                                                                                \
	ENTITY("msdyn_omnichannelconfiguration", "msdyn_omnichannelconfigurationid",               \
	       TEXT("msdyn_name"))

static void the_one_row_of_a_table_of_the_platform_is_adopted(void **state)
{
	struct engine *w = *state;

	import(w, OMNICHANNEL,
	       ROWS("msdyn_omnichannelconfiguration", ROW(ID("11"), IS("msdyn_name", "renamed"))));
	succeeded(w);
	rows_are(w, "msdyn_omnichannelconfiguration", "read 1: 1 adopted");
	target_has(w, "SELECT count(*) FROM msdyn_omnichannelconfiguration", "1");
}

static void two_rows_of_a_table_that_has_only_one_are_a_conflict(void **state)
{
	struct engine *w = *state;

	import(w, OMNICHANNEL,
	       ROWS("msdyn_omnichannelconfiguration", ROW(ID("11"), "") ROW(ID("12"), "")));
	stopped(w, ERR_CONFLICT, "1 conflicts");
}

/* A package leaves nulls out, and the knowledge asks for them. */
static void the_root_business_unit_is_adopted(void **state)
{
	struct engine *w = *state;

	import(w,
	       ENTITY("businessunit", "businessunitid",
		      TEXT("name") LOOKUP("parentbusinessunitid", "businessunit")),
	       ROWS("businessunit", ROW(ID("11"), IS("name", "the source's name"))));
	succeeded(w);
	rows_are(w, "businessunit", "read 1: 1 adopted");
	target_has(w, "SELECT count(*) FROM businessunit", "1");
}

static void a_default_system_message_is_adopted(void **state)
{
	struct engine *w = *state;

	import(w,
	       ENTITY("msdyn_ocsystemmessage", "msdyn_ocsystemmessageid",
		      FIELD("msdyn_streamsource", "optionsetvalue")
			      FIELD("msdyn_systemmessageeventtype", "optionsetvalue")
				      FIELD("msdyn_messagereceiver", "optionsetvalue")
					      LOOKUP("msdyn_widgetid", "msdyn_livechatconfig")),
	       str_fmt(&w->a,
		       ROWS("msdyn_ocsystemmessage",
			    ROW(ID("11"), IS("msdyn_streamsource", "%s")
						  IS("msdyn_systemmessageeventtype", "%s")
							  IS("msdyn_messagereceiver", "%s"))),
		       query_file(w, w->path,
				  "SELECT msdyn_streamsource FROM msdyn_ocsystemmessage LIMIT 1"),
		       query_file(w, w->path,
				  "SELECT msdyn_systemmessageeventtype FROM"
				  " msdyn_ocsystemmessage LIMIT 1"),
		       query_file(w, w->path,
				  "SELECT msdyn_messagereceiver FROM msdyn_ocsystemmessage"
				  " LIMIT 1"))
		       .p);
	succeeded(w);
	rows_are(w, "msdyn_ocsystemmessage", "read 1: 1 adopted");
}

#define RULES(fields) ENTITY("msdyn_decisionruleset", "msdyn_decisionrulesetid", fields)
#define RULES_ROWS(rows) ROWS("msdyn_decisionruleset", rows)

static void update_compare_columns_find_a_row(void **state)
{
	struct engine *w = *state;

	have(w, "msdyn_decisionrulesets",
	     "{\"msdyn_decisionrulesetid\":\"" OWN
	     "\",\"msdyn_name\":\"r\",\"msdyn_uniquename\":\"u\"}");
	import(w,
	       RULES(COMPARED("msdyn_name", "string") COMPARED("msdyn_uniquename", "string")
			     TEXT("msdyn_description")),
	       RULES_ROWS(ROW(ID("01"), IS("msdyn_name", "r") IS("msdyn_uniquename", "u")
						IS("msdyn_description", "d"))
				  ROW(ID("02"), IS("msdyn_name", "r") IS("msdyn_uniquename", "v"))
					  ROW(ID("03"), IS("msdyn_name", "r"))));
	succeeded(w);
	rows_are(w, "msdyn_decisionruleset", "read 3: 2 created, 1 updated");
	target_has(w,
		   "SELECT msdyn_decisionrulesetid, msdyn_description FROM msdyn_decisionruleset"
		   " WHERE msdyn_uniquename = 'u'",
		   OWN "|d");
}

static void update_compare_may_name_a_lookup_to_a_table_that_comes_later(void **state)
{
	struct engine *w = *state;

	have(w, "msdyn_operatinghours",
	     "{\"msdyn_operatinghourid\":\"" OWN "\",\"msdyn_name\":\"Day\"}");
	have(w, "queues",
	     "{\"queueid\":\"" ID(
		     "71") "\",\"name\":\"Other\",\"msdyn_uniquename\":\"u\","
			   "\"msdyn_operatinghourid@odata.bind\":\"/msdyn_operatinghours(" OWN
			   ")\"}");
	import(w,
	       QUEUE(COMPARED(
		       "msdyn_uniquename",
		       "string") "<field updateCompare=\"true\" name=\"msdyn_operatinghourid\" "
				 "type=\"entityreference\" lookupType=\"msdyn_operatinghour\"/>")
		       ENTITY("msdyn_operatinghour", "msdyn_operatinghourid", TEXT("msdyn_name")),
	       ROWS("queue", ROW(ID("01"), IS("name", "Mine") IS("msdyn_uniquename", "u")
						   REF("msdyn_operatinghourid", ID("02"),
						       "msdyn_operatinghour", "Day")))
		       ROWS("msdyn_operatinghour", ROW(ID("02"), IS("msdyn_name", "Day"))));
	succeeded(w);
	rows_are(w, "queue", "read 1: 1 updated");
	target_has(w, "SELECT queueid, name FROM queue WHERE msdyn_uniquename = 'u'",
		   ID("71") "|Mine");
}

static void skipupdate_leaves_matched_rows_and_creates_the_others(void **state)
{
	struct engine *w = *state;

	have(w, "characteristics",
	     "{\"characteristicid\":\"" ID(
		     "01") "\",\"name\":\"French\",\"characteristictype\":1}");
	import(w,
	       ENTITY_AS("characteristic", "characteristicid", "skipupdate=\"true\"",
			 TEXT("name") TEXT("description"), ""),
	       SKILL_ROWS(ROW(ID("01"), IS("name", "Francais") IS("description", "d"))
				  ROW(ID("02"), IS("name", "German"))));
	succeeded(w);
	rows_are(w, "characteristic", "read 2: 1 created, 1 unchanged");
	target_has(w, "SELECT name, description FROM characteristic ORDER BY 1",
		   "French|-|German|-");
}

static void forcecreate_never_matches(void **state)
{
	struct engine *w = *state;

	have(w, "characteristics",
	     "{\"characteristicid\":\"" OWN "\",\"name\":\"French\",\"characteristictype\":1}");
	import(w,
	       ENTITY_AS("characteristic", "characteristicid", "forcecreate=\"true\"", TEXT("name"),
			 ""),
	       SKILL_ROWS(ROW(ID("01"), IS("name", "French"))));
	succeeded(w);
	rows_are(w, "characteristic", "read 1: 1 created");
	target_has(w, "SELECT count(*) FROM characteristic WHERE name = 'French'", "2");
}

static void a_child_is_found_by_its_parent_and_value(void **state)
{
	struct engine *w = *state;

	have(w, "ratingmodels",
	     "{\"ratingmodelid\":\"" OWN
	     "\",\"name\":\"Mine\",\"minratingvalue\":1,\"maxratingvalue\":9}");
	have(w, "ratingvalues",
	     "{\"ratingvalueid\":\"" ID(
		     "71") "\",\"name\":\"Good\",\"value\":3,\"RatingModel@odata.bind\":\"/ratingmodels(" OWN
			   ")\"}");
	import(w,
	       ENTITY("ratingvalue", "ratingvalueid",
		      TEXT("name") FIELD("value", "number") LOOKUP("ratingmodel", "ratingmodel"))
		       ENTITY("ratingmodel", "ratingmodelid", TEXT("name")),
	       ROWS("ratingvalue",
		    ROW(ID("01"), IS("name", "Better") IS("value", "3")
					  REF("ratingmodel", ID("02"), "ratingmodel", "Mine")))
		       ROWS("ratingmodel", ROW(ID("02"), IS("name", "Mine"))));
	succeeded(w);
	rows_are(w, "ratingvalue", "read 1: 1 updated");
	rows_are(w, "ratingmodel", "read 1: 1 adopted");
	target_has(w, "SELECT name FROM ratingvalue WHERE ratingvalueid = '" ID("71") "'",
		   "Better");
}

static void an_empty_key_matches_nothing(void **state)
{
	struct engine *w = *state;

	alter(w, "UPDATE msdyn_capacityprofile SET msdyn_uniquename = NULL");
	import(w,
	       ENTITY("msdyn_capacityprofile", "msdyn_capacityprofileid",
		      TEXT("msdyn_name") TEXT("msdyn_uniquename")
			      FIELD("msdyn_defaultmaxunits", "number")
				      FIELD("msdyn_resetduration", "optionsetvalue")
					      FIELD("msdyn_blockassignment", "bool")),
	       ROWS("msdyn_capacityprofile",
		    ROW(ID("01"), IS("msdyn_name", "p") IS("msdyn_defaultmaxunits", "1")
					  IS("msdyn_resetduration", "192350000")
						  IS("msdyn_blockassignment", "True"))));
	succeeded(w);
	rows_are(w, "msdyn_capacityprofile", "read 1: 1 created");
}

/* A name that no two of the tests' rows share, in sets that are read by key instead of whole. */
static void rows_of_a_large_table_are_found_all_the_same(void **state)
{
	struct engine *w = *state;

	for (unsigned i = 0; i < 130; i++)
		have(w, "msdyn_octags",
		     str_fmt(&w->a,
			     "{\"msdyn_octagid\":\"c0000000-0000-4000-8000-%012u\","
			     "\"msdyn_name\":\"#%u\"}",
			     i, i)
			     .p);
	import(w, TAG,
	       ROWS("msdyn_octag",
		    ROW(ID("01"), IS("msdyn_name", "#77")) ROW(ID("02"), IS("msdyn_name", "#new"))
			    ROW("c0000000-0000-4000-8000-000000000005",
				IS("msdyn_name", "#other"))));
	succeeded(w);
	rows_are(w, "msdyn_octag", "read 3: 1 created, 1 updated, 1 adopted");
	import(w, TAG, ROWS("msdyn_octag", ROW(ID("09"), IS("msdyn_name", "#NEW"))));
	stopped(w, ERR_CONFLICT, "1 conflicts");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_ENGINE(a_row_with_the_same_id_is_updated),
		WITH_ENGINE(a_skill_of_the_same_name_is_adopted_and_follows),
		WITH_ENGINE(a_name_that_differs_in_case_or_accents_is_a_conflict),
		WITH_ENGINE(a_key_that_fits_two_rows_is_a_conflict),
		WITH_ENGINE(two_source_rows_for_one_target_row_are_a_conflict),
		WITH_ENGINE(id_and_name_that_mean_two_rows_are_a_conflict),
		WITH_ENGINE(a_queue_of_the_same_name_with_another_id_stops_the_import),
		WITH_ENGINE(a_queue_whose_name_differs_only_in_case_stops_the_import),
		WITH_ENGINE(a_queue_found_by_its_id_may_share_its_name),
		WITH_ENGINE(a_contract_of_the_platform_that_the_target_lacks_stops_the_import),
		WITH_ENGINE(a_contract_of_the_platform_is_only_linked),
		WITH_ENGINE(the_one_row_of_a_table_of_the_platform_is_adopted),
		WITH_ENGINE(two_rows_of_a_table_that_has_only_one_are_a_conflict),
		WITH_ENGINE(the_root_business_unit_is_adopted),
		WITH_ENGINE(a_default_system_message_is_adopted),
		WITH_ENGINE(update_compare_columns_find_a_row),
		WITH_ENGINE(update_compare_may_name_a_lookup_to_a_table_that_comes_later),
		WITH_ENGINE(skipupdate_leaves_matched_rows_and_creates_the_others),
		WITH_ENGINE(forcecreate_never_matches),
		WITH_ENGINE(a_child_is_found_by_its_parent_and_value),
		WITH_ENGINE(an_empty_key_matches_nothing),
		WITH_ENGINE(rows_of_a_large_table_are_found_all_the_same),
	};

	return RUN_ENGINE_TESTS(tests);
}
