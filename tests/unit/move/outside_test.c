/* SPDX-License-Identifier: MIT */
/*
 * References to rows that the package does not have: the same id, the same name where the platform has the
 * rows, or a stop before anything is written.
 */
#include "move/outside.h"

#include "engine.h"
#include "people.h"

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
	told(w, "error queue " ID("01") " msdyn_assignmentinputcontractid", "several rows");
	told(w, "error queue " ID("01"),
	     query_file(w, w->path,
			"SELECT msdyn_decisioncontractid FROM msdyn_decisioncontract"
			" WHERE msdyn_uniquename = 'msdyn_selectionruleoutput'"));
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

static void is_user(struct engine *w, const char *id)
{
	succeeded(w);
	target_has(w, "SELECT primaryuserid FROM queue WHERE name = 'Q'", id);
	alter(w, "UPDATE queue SET primaryuserid = NULL");
}

static void is_open(struct engine *w, const char *why)
{
	stopped(w, ERR_CONFLICT, "1 unresolved");
	told(w, "error queue " ID("01") " primaryuserid", why);
}

#define ENTRA "azureactivedirectoryobjectid"
#define ENTRA_1 "5a7d3a36-9f0c-4c14-8d1f-000000000001"
#define ENTRA_2 "5a7d3a36-9f0c-4c14-8d1f-000000000002"

static void a_user_is_found_by_entra_id_then_domain_name_then_e_mail(void **state)
{
	struct engine *w = *state;

	have_user(w, ID("71"), "Mia One", "one@contoso.com");
	have_user(w, ID("72"), "Mia Two", "two@contoso.com");
	have_user(w, ID("73"), "Mia Three", "three@contoso.com");
	alter(w, "UPDATE systemuser SET " ENTRA " = '" ENTRA_1
		 "' WHERE systemuserid = '" ID("71") "'");
	import_owned(w, KEY(ENTRA, ENTRA_1) KEY("domainname", "two@contoso.com")
				KEY("internalemailaddress", "three@contoso.com"));
	is_user(w, ID("71"));
	import_owned(w, KEY(ENTRA, ENTRA_2) KEY("domainname", "two@contoso.com")
				KEY("internalemailaddress", "three@contoso.com"));
	is_user(w, ID("72"));
	import_owned(w, KEY("domainname", "gone@contoso.com")
				KEY("internalemailaddress", "three@contoso.com"));
	is_user(w, ID("73"));
}

static void an_e_mail_that_two_users_share_is_nobodys(void **state)
{
	struct engine *w = *state;

	have_user(w, ID("71"), "Layla", "layla@contoso.com");
	have_user(w, ID("72"), "Layla (night)", "night@contoso.com");
	alter(w, "UPDATE systemuser SET internalemailaddress = 'layla@contoso.com'"
		 " WHERE systemuserid = '" ID("72") "'");
	import_owned(w, KEY("internalemailaddress", "layla@contoso.com"));
	is_open(w, "2 rows of the target");
	told(w, "error queue", ID("71"));
	told(w, "error queue", ID("72"));
	/* the domain name tells them apart */
	import_owned(w, KEY("domainname", "night@contoso.com")
				KEY("internalemailaddress", "layla@contoso.com"));
	is_user(w, ID("72"));
}

static void a_name_does_not_make_up_for_keys_that_nobody_has(void **state)
{
	struct engine *w = *state;

	have_user(w, ID("71"), "Mia", "mia@fabrikam.com");
	import_owned(w, KEY("domainname", "mia@contoso.com")
				KEY("internalemailaddress", "mia@contoso.com"));
	is_open(w, "neither in the package nor in the target");
}

static void a_user_is_found_by_the_full_name_alone_only_if_it_is_one_enabled_user(void **state)
{
	struct engine *w = *state;

	have_user(w, ID("71"), "Mia", "mia@contoso.com");
	import(w, OWNED, OWNED_BY(ID("99"), "Mia"));
	is_user(w, ID("71"));
	alter(w, "UPDATE systemuser SET isdisabled = 1 WHERE systemuserid = '" ID("71") "'");
	import(w, OWNED, OWNED_BY(ID("99"), "Mia"));
	is_open(w, "which is disabled");
	have_user(w, ID("72"), "Mia", "mia@fabrikam.com");
	import(w, OWNED, OWNED_BY(ID("99"), "Mia"));
	is_open(w, "several rows of the target are named so");
}

static void disabled_guests_and_applications_are_never_taken_silently(void **state)
{
	struct engine *w = *state;

	have_user(w, ID("71"), "Mia", "mia@contoso.com");
	alter(w, "UPDATE systemuser SET isdisabled = 1 WHERE systemuserid = '" ID("71") "'");
	import_owned(w, KEY("domainname", "mia@contoso.com"));
	is_open(w, "which is disabled");
	have_user(w, ID("72"), "Pat", "pat_fabrikam.com#EXT#@contoso.com");
	import_owned(w, KEY("domainname", "pat_fabrikam.com#EXT#@contoso.com"));
	is_open(w, "which is a guest");
	have_user(w, ID("73"), "Bot", "bot@contoso.com");
	alter(w, "UPDATE systemuser SET applicationid = '" ID("aa") "' WHERE systemuserid = '" ID(
			 "73") "'");
	import_owned(w, KEY("domainname", "bot@contoso.com"));
	is_open(w, "which is an application user");
	/* the same id is no better reason */
	tells(w, "");
	import(w, OWNED, OWNED_BY(ID("73"), "Bot"));
	is_open(w, "which is an application user");
}

static void an_application_is_the_same_application(void **state)
{
	struct engine *w = *state;

	have_user(w, ID("73"), "Bot", "bot@contoso.com");
	have_user(w, ID("74"), "Other", "other@contoso.com");
	alter(w, "UPDATE systemuser SET applicationid = '" ID("aa") "' WHERE systemuserid = '" ID(
			 "73") "'");
	import_owned(w, KEY("applicationid", ID("aa")) KEY("domainname", "other@contoso.com"));
	is_user(w, ID("73"));
	import_owned(w, KEY("applicationid", ID("bb")) KEY("domainname", "bot@contoso.com"));
	is_open(w, "which is an application user");
}

/* The names of both are those of their organizations. */
static void the_root_unit_is_the_root_unit_and_its_team_its_team(void **state)
{
	struct engine *w = *state;
	const char *unit = query_file(w, w->path,
				      "SELECT businessunitid FROM businessunit"
				      " WHERE parentbusinessunitid IS NULL");
	const char *team = query_file(w, w->path, "SELECT teamid FROM team WHERE isdefault = 1");
	struct guid id, target;
	bool found;

	tells(w, OF("businessunit", KNOWN(ID("98"), "fabrikam", KEY("parentbusinessunitid", "")))
			 OF("team", KNOWN(ID("99"), "fabrikam",
					  KEY_TO("businessunitid", ID("98"), "businessunit")
						  KEY("isdefault", "1"))));
	/* a team without roles may not own a queue */
	w->options.dry_run = true;
	import(w, QUEUE(FIELD("ownerid", "owner")),
	       ROWS("queue",
		    ROW(ID("01"), IS("name", "Q") REF("ownerid", ID("99"), "team", "fabrikam"))));
	rows_are(w, "queue", "read 1: 1 created");
	nothing_told(w);
	assert_true(guid_parse(str_from(ID("99")), &id));
	must(w, run_get_map(&w->run, S("team"), id, &target, &found, &w->e));
	assert_true(found);
	expect_str(guid_text(&w->a, target), team);
	assert_true(guid_parse(str_from(ID("98")), &id));
	must(w, run_get_map(&w->run, S("businessunit"), id, &target, &found, &w->e));
	assert_true(found);
	expect_str(guid_text(&w->a, target), unit);
}

/* facts/routing.md f.3: a German target has other names, and a queue made by hand may have the English one. */
static void a_default_queue_with_a_key_is_never_taken_by_its_name(void **state)
{
	struct engine *w = *state;
	const char *entity = query_file(w, w->path,
					"SELECT queueid FROM queue WHERE msdyn_isdefaultqueue = 1"
					" AND msdyn_queuetype = 192350001");

	alter(w, "UPDATE queue SET name = 'Standardwarteschlange' WHERE msdyn_isdefaultqueue = 1");
	have(w, "queues", "{\"queueid\":\"" ID("71") "\",\"name\":\"Default entity queue\"}");
	tells(w, OF("queue",
		    KNOWN(ID("99"), "Default entity queue",
			  KEY("msdyn_isdefaultqueue", "1") KEY("msdyn_isomnichannelqueue", "1")
				  KEY("msdyn_queuetype", "192350001"))));
	import(w,
	       ENTITY("msdyn_liveworkstream", "msdyn_liveworkstreamid",
		      TEXT("msdyn_name") FIELD("msdyn_streamsource", "optionsetvalue")
			      LOOKUP("msdyn_defaultqueue", "queue")),
	       ROWS("msdyn_liveworkstream",
		    ROW(ID("01"), IS("msdyn_name", "W") IS("msdyn_streamsource", "192350000")
					  REF("msdyn_defaultqueue", ID("99"), "queue",
					      "Default entity queue"))));
	succeeded(w);
	target_has(w, "SELECT msdyn_defaultqueue FROM msdyn_liveworkstream WHERE msdyn_name = 'W'",
		   entity);
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
		WITH_ENGINE(a_user_is_found_by_entra_id_then_domain_name_then_e_mail),
		WITH_ENGINE(an_e_mail_that_two_users_share_is_nobodys),
		WITH_ENGINE(a_name_does_not_make_up_for_keys_that_nobody_has),
		WITH_ENGINE(a_user_is_found_by_the_full_name_alone_only_if_it_is_one_enabled_user),
		WITH_ENGINE(disabled_guests_and_applications_are_never_taken_silently),
		WITH_ENGINE(an_application_is_the_same_application),
		WITH_ENGINE(the_root_unit_is_the_root_unit_and_its_team_its_team),
		WITH_ENGINE(a_default_queue_with_a_key_is_never_taken_by_its_name),
	};

	return RUN_ENGINE_TESTS(tests);
}
