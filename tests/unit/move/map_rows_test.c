/* SPDX-License-Identifier: MIT */
/*
 * What people say about whose rows are whose: map files, the owner of new rows, and what happens to what is open.
 */
#include "move/map_rows.h"

#include "engine.h"
#include "people.h"

#include "move/map_file.h"
#include "move/owner.h"

static struct map_file map;

static void says(struct engine *w, const char *text)
{
	const char *path = in_folder(w, "map.xml");

	write_file(w, path, str_from(text));
	must(w, map_file_read(&w->a, path, &map, &w->e));
	w->options.decisions.map = &map;
}

#define MAP(tables) "<map version=\"1\">\n" tables "</map>"
#define USERS(rows) MAP("<table name=\"systemuser\">\n" rows "\n</table>")
#define IS_USER(source, target) "<row source=\"" source "\" target=\"" target "\"/>"

static void is_user(struct engine *w, const char *id)
{
	succeeded(w);
	target_has(w, "SELECT primaryuserid FROM queue WHERE name = 'Q'", id);
	alter(w, "UPDATE queue SET primaryuserid = NULL");
}

static void have_two(struct engine *w)
{
	have_user(w, ID("71"), "Mia One", "one@contoso.com");
	have_user(w, ID("72"), "Mia Two", "two@contoso.com");
	alter(w, "UPDATE systemuser SET internalemailaddress = 'mail@two.com'"
		 " WHERE systemuserid = '" ID("72") "'");
}

static void import_mia(struct engine *w)
{
	import_owned(w,
		     KEY("domainname", "mia@old.com") KEY("internalemailaddress", "mail@old.com"));
}

static void a_target_is_an_id_domain_name_e_mail_or_full_name(void **state)
{
	static const char *const targets[] = { ID("72"), "two@contoso.com", "mail@two.com",
					       "Mia Two", "MAIL@Two.com" };
	struct engine *w = *state;

	have_two(w);
	for (size_t i = 0; i < COUNT_OF(targets); i++) {
		says(w, str_fmt(&w->a, USERS(IS_USER(ID("99"), "%s")), targets[i]).p);
		import_mia(w);
		is_user(w, ID("72"));
	}
}

static void a_source_is_an_id_or_what_the_source_calls_it(void **state)
{
	static const char *const sources[] = { ID("99"), "{" ID("99") "}", "Mia", "mia@old.com",
					       "mail@old.com" };
	struct engine *w = *state;

	have_two(w);
	for (size_t i = 0; i < COUNT_OF(sources); i++) {
		says(w, str_fmt(&w->a, USERS(IS_USER("%s", "two@contoso.com")), sources[i]).p);
		import_mia(w);
		is_user(w, ID("72"));
	}
	says(w, USERS("<row name=\"Mia\" target=\"one@contoso.com\"/>"));
	import_mia(w);
	is_user(w, ID("71"));
}

static void the_map_wins_over_every_rule(void **state)
{
	struct engine *w = *state;

	have_two(w);
	says(w, USERS(IS_USER(ID("99"), "two@contoso.com")));
	import_owned(w, KEY("domainname", "one@contoso.com"));
	is_user(w, ID("72"));
}

static void the_default_answers_for_whom_nothing_else_does(void **state)
{
	struct engine *w = *state;

	have_two(w);
	says(w, MAP("<table name=\"systemuser\" default=\"two@contoso.com\"/>"));
	import_mia(w);
	is_user(w, ID("72"));
	import_owned(w, KEY("domainname", "one@contoso.com"));
	is_user(w, ID("71"));
}

/* facts/cmt-format.md 4 */
static void a_user_map_of_cmt_is_obeyed(void **state)
{
	struct engine *w = *state;

	have_two(w);
	says(w,
	     "<MappingConfiguration DefaultUserToMapTo=\"one@contoso.com\">"
	     "<UserMapping UserFullname=\"Mia\" Old=\"\" New=\"Mia Two\"/></MappingConfiguration>");
	import(w, OWNED, OWNED_BY(ID("99"), "Mia"));
	is_user(w, ID("72"));
	import(w, OWNED, OWNED_BY(ID("99"), "Somebody"));
	is_user(w, ID("71"));
}

static void wrong_targets_are_told_with_their_lines_and_nothing_is_written(void **state)
{
	struct engine *w = *state;

	have_two(w);
	have_user(w, ID("73"), "Mia One", "other@contoso.com");
	alter(w, "UPDATE systemuser SET isdisabled = 1 WHERE systemuserid = '" ID("72") "'");
	says(w, USERS(IS_USER("a", "nobody@contoso.com") "\n" IS_USER("b", "Mia One") "\n" IS_USER(
			"c", "two@contoso.com") "\n" IS_USER("d", ID("55"))));
	import_owned(w, KEY("domainname", "one@contoso.com"));
	stopped(w, ERR_CONFLICT, "4 conflicts");
	told(w, "error systemuser a", "map.xml:3: the target has no row of systemuser");
	told(w, "error systemuser b", "map.xml:4: several rows of the target have the fullname");
	told(w, "error systemuser b", ID("73"));
	told(w, "error systemuser c", "map.xml:5: \"two@contoso.com\" is " ID("72"));
	told(w, "error systemuser c", "which is disabled");
	told(w, "error systemuser d", "map.xml:6: the target has no row");
}

static void a_person_may_name_a_guest_or_an_application(void **state)
{
	struct engine *w = *state;

	have_user(w, ID("72"), "Pat", "pat_fabrikam.com#EXT#@contoso.com");
	alter(w, "UPDATE systemuser SET applicationid = '" ID("aa") "' WHERE systemuserid = '" ID(
			 "72") "'");
	says(w, USERS(IS_USER(ID("99"), "Pat")));
	import_mia(w);
	is_user(w, ID("72"));
}

static void an_entry_without_target_leaves_it_to_the_rules(void **state)
{
	struct engine *w = *state;

	have_two(w);
	says(w, USERS(IS_USER(ID("99"), "")));
	import_owned(w, KEY("domainname", "one@contoso.com"));
	is_user(w, ID("71"));
	import_mia(w);
	stopped(w, ERR_CONFLICT, "0 conflicts, 1 unresolved");
}

static void several_source_rows_of_one_name_are_not_guessed(void **state)
{
	struct engine *w = *state;

	have_two(w);
	says(w, USERS(IS_USER("Mia", "Mia Two")));
	import(w, OWNED,
	       ROWS("queue", ROW(ID("01"), IS("name", "Q") REF("primaryuserid", ID("98"),
							       "systemuser", "Mia"))
				     ROW(ID("02"), IS("name", "R") REF("primaryuserid", ID("99"),
								       "systemuser", "Mia"))));
	stopped(w, ERR_CONFLICT, "1 conflicts, 2 unresolved");
	told(w, "error systemuser Mia", "several rows of the source");
}

static void a_table_that_the_target_lacks_is_told(void **state)
{
	struct engine *w = *state;

	says(w, MAP("<table name=\"nothing\"><row source=\"a\" target=\"b\"/></table>"));
	import(w, QUEUE(""), ROWS("queue", ROW(ID("01"), IS("name", "Q"))));
	stopped(w, ERR_CONFLICT, "1 conflicts");
	told(w, "error nothing", "the target has no table nothing");
}

#define PEOPLE ENTITY("systemuser", "systemuserid", TEXT("domainname") TEXT("fullname"))
#define PERSON(id, domain, name) ROW(id, IS("domainname", domain) IS("fullname", name))

/* CMT's packages hold the users themselves. */
static void users_of_the_package_follow_the_map(void **state)
{
	struct engine *w = *state;

	have_two(w);
	says(w, MAP("<table name=\"systemuser\" default=\"one@contoso.com\">" IS_USER(
			"mia@old.com", "Mia Two") "</table>"));
	import(w, OWNED PEOPLE,
	       OWNED_BY(ID("99"), "Mia")
		       ROWS("systemuser", PERSON(ID("99"), "mia@old.com", "Mia")
						  PERSON(ID("98"), "ben@old.com", "Ben")
							  PERSON(ID("97"), "eve@old.com", "Eve")));
	is_user(w, ID("72"));
	rows_are(w, "systemuser", "read 3: 3 adopted");
}

static void a_disabled_user_of_the_package_is_not_pointed_to(void **state)
{
	struct engine *w = *state;

	have_two(w);
	alter(w, "UPDATE systemuser SET isdisabled = 1 WHERE systemuserid = '" ID("72") "'");
	import(w, OWNED PEOPLE,
	       OWNED_BY(ID("99"), "Mia")
		       ROWS("systemuser", PERSON(ID("99"), "two@contoso.com", "Mia")));
	stopped(w, ERR_CONFLICT, "0 conflicts, 1 unresolved");
	told(w, "error queue " ID("01") " primaryuserid", "which is disabled");
}

/* ---- the owner of new rows ---- */

static void owned_by(struct engine *w, const char *owner)
{
	w->options.decisions.owner = str_from(owner);
	import(w, QUEUE(""), ROWS("queue", ROW(ID("01"), IS("name", "Q"))));
}

static void new_rows_belong_to_the_owner_that_was_said(void **state)
{
	struct engine *w = *state;
	const char *admin = query_file(w, w->path,
				       "SELECT systemuserid FROM systemuser"
				       " WHERE domainname = 'admin@contoso.onmicrosoft.com'");
	const char *names[] = { "admin@contoso.onmicrosoft.com", "Alex Admin", admin,
				"user:Alex Admin" };

	for (size_t i = 0; i < COUNT_OF(names); i++) {
		owned_by(w, names[i]);
		succeeded(w);
		target_has(w, "SELECT ownerid FROM queue WHERE name = 'Q'", admin);
		owned_by(w, names[i]);
		succeeded(w);
		rows_are(w, "queue", "read 1: 1 unchanged");
		alter(w, "DELETE FROM queue WHERE name = 'Q'");
	}
}

static void the_owner_of_the_source_does_not_matter_then(void **state)
{
	struct engine *w = *state;

	have(w, "queues", "{\"queueid\":\"" ID("02") "\",\"name\":\"R\"}");
	w->options.decisions.owner = S("Alex Admin");
	for (size_t i = 0; i < 2; i++) {
		import(w, QUEUE(FIELD("ownerid", "owner")),
		       ROWS("queue", ROW(ID("01"), IS("name", "Q") REF("ownerid", ID("99"),
								       "systemuser", "x"))
					     ROW(ID("02"), IS("name", "R") REF("ownerid", ID("98"),
									       "team", "y"))));
		succeeded(w);
		rows_are(w, "queue",
			 i == 0 ? "read 2: 1 created, 1 unchanged" : "read 2: 2 unchanged");
	}
}

static void an_owner_that_is_not_there_or_not_the_only_one_is_told(void **state)
{
	struct engine *w = *state;

	owned_by(w, "Nobody");
	stopped(w, ERR_USAGE, "--owner Nobody: the target has no user");
	have_two(w);
	alter(w, "UPDATE team SET name = 'Mia One'");
	owned_by(w, "Mia One");
	stopped(w, ERR_USAGE, "systemuser " ID("71"));
	stopped(w, ERR_USAGE, ", team ");
	alter(w, "UPDATE systemuser SET isdisabled = 1 WHERE systemuserid = '" ID("71") "'");
	owned_by(w, "user:Mia One");
	stopped(w, ERR_USAGE, "is disabled");
}

/* ---- what is open ---- */

static void decide(struct engine *w, const struct unresolved_rule *rules, size_t n)
{
	w->options.decisions.unresolved = rules;
	w->options.decisions.nunresolved = n;
}

#define HOURS(id) REF("msdyn_operatinghourid", id, "msdyn_operatinghour", "Day")
#define QUEUES QUEUE(LOOKUP("msdyn_operatinghourid", "msdyn_operatinghour"))

static void a_row_with_an_open_reference_may_be_skipped(void **state)
{
	static const struct unresolved_rule skip = { .what = UNRESOLVED_SKIP };
	struct engine *w = *state;

	decide(w, &skip, 1);
	import(w, QUEUES,
	       ROWS("queue",
		    ROW(ID("01"), IS("name", "Q") HOURS(ID("71"))) ROW(ID("02"), IS("name", "R"))));
	lost_something(w);
	rows_are(w, "queue", "read 2: 1 skipped, 1 created");
	told(w, "warning queue " ID("01") " msdyn_operatinghourid", ID("71") " \"Day\"");
	target_has(w, "SELECT count(*) FROM queue WHERE name = 'Q'", "0");
}

/* positions: the second and the third hang on the first */
static void rows_that_need_a_skipped_one_are_skipped_too(void **state)
{
	static const struct unresolved_rule skip = { .what = UNRESOLVED_SKIP };
	struct engine *w = *state;

	decide(w, &skip, 1);
	import(w, POSITION,
	       ROWS("position",
		    ROW(ID("01"),
			IS("name", "a") REF("parentpositionid", ID("71"), "position", "x"))
			    ROW(ID("02"),
				IS("name", "b") REF("parentpositionid", ID("01"), "position", "a"))
				    ROW(ID("03"), IS("name", "c") REF("parentpositionid", ID("02"),
								      "position", "b"))
					    ROW(ID("04"), IS("name", "d"))));
	lost_something(w);
	rows_are(w, "position", "read 4: 3 skipped, 1 created");
	told(w, "error position " ID("02"), ID("01"));
	told(w, "error position " ID("03"), ID("02"));
}

static void a_column_with_an_open_reference_may_be_left_out(void **state)
{
	static const struct unresolved_rule leave = { .what = UNRESOLVED_NULL };
	struct engine *w = *state;

	have(w, "msdyn_operatinghours",
	     "{\"msdyn_operatinghourid\":\"" ID("61") "\",\"msdyn_name\":\"Night\"}");
	have(w, "queues",
	     "{\"queueid\":\"" ID(
		     "02") "\",\"name\":\"R\","
			   "\"msdyn_operatinghourid@odata.bind\":\"/msdyn_operatinghours(" ID(
				   "61") ")\"}");
	decide(w, &leave, 1);
	import(w, QUEUES,
	       ROWS("queue", ROW(ID("01"), IS("name", "Q") HOURS(ID("71")))
				     ROW(ID("02"), IS("name", "R") HOURS(ID("71")))));
	assert_true(w->ok);
	rows_are(w, "queue", "read 2: 1 created, 1 unchanged");
	told(w, "warning queue " ID("01") " msdyn_operatinghourid", "the column is left out");
	told(w, "warning queue " ID("02") " msdyn_operatinghourid", "the column stays as it is");
	target_has(w,
		   "SELECT msdyn_operatinghourid FROM queue WHERE name IN ('Q', 'R') ORDER BY name",
		   "-|" ID("61"));
}

static void the_closest_rule_counts_then_the_last(void **state)
{
	static const struct unresolved_rule rules[] = {
		{ .table = STR_INIT("queue"),
		  .column = STR_INIT("msdyn_operatinghourid"),
		  .what = UNRESOLVED_NULL },
		{ .table = STR_INIT("queue"), .what = UNRESOLVED_FAIL },
		{ .what = UNRESOLVED_FAIL },
		{ .what = UNRESOLVED_SKIP },
	};
	struct engine *w = *state;

	decide(w, rules, COUNT_OF(rules));
	import(w, QUEUES POSITION,
	       ROWS("queue", ROW(ID("01"), IS("name", "Q") HOURS(ID("71")))) ROWS(
		       "position", ROW(ID("02"), IS("name", "p") REF("parentpositionid", ID("72"),
								     "position", "x"))));
	assert_true(w->ok);
	rows_are(w, "queue", "read 1: 1 created");
	rows_are(w, "position", "read 1: 1 skipped");
}

static void rules_about_what_is_not_there_are_told(void **state)
{
	static const struct unresolved_rule table = { .table = STR_INIT("queu") };
	static const struct unresolved_rule column = { .table = STR_INIT("queue"),
						       .column = STR_INIT("nam") };
	struct engine *w = *state;

	decide(w, &table, 1);
	import(w, QUEUES, ROWS("queue", ROW(ID("01"), IS("name", "Q"))));
	stopped(w, ERR_USAGE,
		"--on-unresolved queu: the package has no table of that name; did you "
		"mean queue?");
	decide(w, &column, 1);
	import(w, QUEUES, ROWS("queue", ROW(ID("01"), IS("name", "Q"))));
	stopped(w, ERR_USAGE, "queue.nam: the schema of the package has no such column");
}

static void a_pair_with_an_open_end_may_be_skipped(void **state)
{
	static const struct unresolved_rule skip = { .what = UNRESOLVED_NULL };
	struct engine *w = *state;

	decide(w, &skip, 1);
	import(w,
	       ENTITY_AS("msdyn_cannedmessage", "msdyn_cannedmessageid", "",
			 TEXT("msdyn_title") TEXT("msdyn_message")
				 FIELD("msdyn_locale_field", "optionsetvalue"),
			 MANY("msdyn_msdyn_cannedmessage_msdyn_octag", "msdyn_cannedmessage",
			      "msdyn_octag", "msdyn_octagid")),
	       LINKED_ROWS("msdyn_cannedmessage",
			   ROW(ID("01"), IS("msdyn_title", "t") IS("msdyn_message", "m")
						 IS("msdyn_locale_field", "1033")),
			   LINKS(ID("01"), "msdyn_octag", "msdyn_octagid",
				 "msdyn_msdyn_cannedmessage_msdyn_octag", TO(ID("71")))));
	assert_true(w->ok);
	rows_are(w, "msdyn_cannedmessage", "read 1: 1 created");
	links_are(w, "msdyn_msdyn_cannedmessage_msdyn_octag", "read 1: 1 skipped");
	told(w, "warning msdyn_cannedmessage " ID("01"), ID("71"));
}

static void an_id_in_a_text_may_stay_as_it_is(void **state)
{
	static const struct unresolved_rule leave = { .what = UNRESOLVED_NULL };
	struct engine *w = *state;

	tells(w, OF("queue", KNOWN(ID("99"), "Away", "")));
	import(w, TAG, ROWS("msdyn_octag", ROW(ID("01"), IS("msdyn_name", "to " ID("99")))));
	stopped(w, ERR_CONFLICT, "1 unresolved");
	told(w, "error msdyn_octag " ID("01") " msdyn_name", "queue " ID("99") " \"Away\"");
	decide(w, &leave, 1);
	import(w, TAG, ROWS("msdyn_octag", ROW(ID("01"), IS("msdyn_name", "to " ID("99")))));
	assert_true(w->ok);
	told(w, "warning msdyn_octag " ID("01") " msdyn_name", "the id stays as it is");
	target_has(w, "SELECT msdyn_name FROM msdyn_octag", "to " ID("99"));
}

/* A row that could not be loaded has no counterpart: nobody is to be told of one. */
static void a_text_that_names_a_failed_row_is_not_written(void **state)
{
	struct engine *w = *state;

	import(w, TAG QUEUE(FIELD("msdyn_priority", "number")),
	       ROWS("msdyn_octag", ROW(ID("01"), IS("msdyn_name", "to " ID("02")))
					   ROW(ID("03"), IS("msdyn_name", "plain")))
		       ROWS("queue", ROW(ID("02"), IS("name", "Q") IS("msdyn_priority", "abc"))));
	lost_something(w);
	rows_are(w, "msdyn_octag", "read 2: 1 skipped, 1 created");
	told(w, "error msdyn_octag " ID("01") " msdyn_name", "names queue " ID("02"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_ENGINE(a_target_is_an_id_domain_name_e_mail_or_full_name),
		WITH_ENGINE(a_source_is_an_id_or_what_the_source_calls_it),
		WITH_ENGINE(the_map_wins_over_every_rule),
		WITH_ENGINE(the_default_answers_for_whom_nothing_else_does),
		WITH_ENGINE(a_user_map_of_cmt_is_obeyed),
		WITH_ENGINE(wrong_targets_are_told_with_their_lines_and_nothing_is_written),
		WITH_ENGINE(a_person_may_name_a_guest_or_an_application),
		WITH_ENGINE(an_entry_without_target_leaves_it_to_the_rules),
		WITH_ENGINE(several_source_rows_of_one_name_are_not_guessed),
		WITH_ENGINE(a_table_that_the_target_lacks_is_told),
		WITH_ENGINE(users_of_the_package_follow_the_map),
		WITH_ENGINE(a_disabled_user_of_the_package_is_not_pointed_to),
		WITH_ENGINE(new_rows_belong_to_the_owner_that_was_said),
		WITH_ENGINE(the_owner_of_the_source_does_not_matter_then),
		WITH_ENGINE(an_owner_that_is_not_there_or_not_the_only_one_is_told),
		WITH_ENGINE(a_row_with_an_open_reference_may_be_skipped),
		WITH_ENGINE(rows_that_need_a_skipped_one_are_skipped_too),
		WITH_ENGINE(a_column_with_an_open_reference_may_be_left_out),
		WITH_ENGINE(the_closest_rule_counts_then_the_last),
		WITH_ENGINE(rules_about_what_is_not_there_are_told),
		WITH_ENGINE(a_pair_with_an_open_end_may_be_skipped),
		WITH_ENGINE(an_id_in_a_text_may_stay_as_it_is),
		WITH_ENGINE(a_text_that_names_a_failed_row_is_not_written),
	};

	return RUN_ENGINE_TESTS(tests);
}
