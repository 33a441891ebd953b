/* SPDX-License-Identifier: MIT */
/*
 * What counts as a difference, and what is written of it: managed rows, state and status, columns that the
 * target does not take, secrets, what the package does not tell.
 */
#include "move/compare.h"

#include "engine.h"

static void a_managed_row_that_differs_is_left_alone_with_a_warning(void **state)
{
	struct engine *w = *state;

	have(w, "msdyn_octags", "{\"msdyn_octagid\":\"" ID("01") "\",\"msdyn_name\":\"#x\"}");
	alter(w, "UPDATE msdyn_octag SET ismanaged = 1");
	import(w, TAG, ROWS("msdyn_octag", ROW(ID("01"), IS("msdyn_name", "#x"))));
	succeeded(w);
	rows_are(w, "msdyn_octag", "read 1: 1 unchanged");
	import(w, TAG, ROWS("msdyn_octag", ROW(ID("01"), IS("msdyn_name", "#y"))));
	lost_something(w);
	rows_are(w, "msdyn_octag", "read 1: 1 skipped");
	told(w, "warning msdyn_octag " ID("01"), "managed");
	target_has(w, "SELECT msdyn_name FROM msdyn_octag", "#x");
	assert_int_equal(w->batches, 0);
}

static void an_inactive_row_is_created_and_then_deactivated(void **state)
{
	struct engine *w = *state;

	for (int i = 0; i < 2; i++) {
		import(w, SKILL(TEXT("name") STATES),
		       SKILL_ROWS(ROW(ID("01"),
				      IS("name", "a") IS("statecode", "1") IS("statuscode", "2"))
					  ROW(ID("02"), IS("name", "b") IS("statecode", "0")
								IS("statuscode", "1"))));
		succeeded(w);
		rows_are(w, "characteristic", i == 0 ? "read 2: 2 created" : "read 2: 2 unchanged");
	}
	target_has(w, "SELECT name, statecode, statuscode FROM characteristic ORDER BY 1",
		   "a|1|2|b|0|1");
}

static void only_the_state_of_a_row_is_updated_when_only_that_differs(void **state)
{
	struct engine *w = *state;
	const char *modified = "SELECT statecode, statuscode, name FROM characteristic";

	have(w, "characteristics",
	     "{\"characteristicid\":\"" ID("01") "\",\"name\":\"a\",\"characteristictype\":1}");
	import(w, SKILL(TEXT("name") STATES),
	       SKILL_ROWS(
		       ROW(ID("01"), IS("name", "a") IS("statecode", "1") IS("statuscode", "2"))));
	succeeded(w);
	rows_are(w, "characteristic", "read 1: 1 updated");
	assert_int_equal(w->batches, 1);
	target_has(w, modified, "1|2|a");
	import(w, SKILL(TEXT("name") STATES),
	       SKILL_ROWS(
		       ROW(ID("01"), IS("name", "b") IS("statecode", "0") IS("statuscode", "1"))));
	succeeded(w);
	target_has(w, modified, "0|1|b");
}

static void a_package_that_tells_only_the_state_is_enough(void **state)
{
	struct engine *w = *state;

	import(w, SKILL(TEXT("name") FIELD("statecode", "state")),
	       SKILL_ROWS(ROW(ID("01"), IS("name", "a") IS("statecode", "1"))));
	succeeded(w);
	target_has(w, "SELECT statecode, statuscode FROM characteristic", "1|2");
}

/* createdon, modifiedon, versionnumber, msdyn_isdefaultqueue: the target's own. */
static void what_the_target_does_not_take_is_not_sent(void **state)
{
	struct engine *w = *state;
	const char *data =
		ROWS("queue", ROW(ID("01"), IS("name", "Q") IS("createdon", "2001-02-03T04:05:06Z")
						    IS("numberofitems", "7")));

	for (int i = 0; i < 2; i++) {
		import(w, QUEUE(FIELD("createdon", "datetime") FIELD("numberofitems", "number")),
		       data);
		succeeded(w);
		rows_are(w, "queue", i == 0 ? "read 1: 1 created" : "read 1: 1 unchanged");
	}
	target_has(w, "SELECT count(*) FROM queue WHERE name = 'Q' AND createdon LIKE '2001%'",
		   "0");
}

static void what_the_package_does_not_tell_is_not_cleared(void **state)
{
	struct engine *w = *state;

	have(w, "characteristics",
	     "{\"characteristicid\":\"" ID(
		     "01") "\",\"name\":\"a\",\"characteristictype\":1,\"description\":\"keep\"}");
	import(w, SKILL(TEXT("name") TEXT("description")),
	       SKILL_ROWS(ROW(ID("01"), IS("name", "b"))));
	succeeded(w);
	target_has(w, "SELECT name, description FROM characteristic", "b|keep");
	import(w, SKILL(TEXT("name") TEXT("description")),
	       SKILL_ROWS(ROW(ID("01"), IS("name", "b") IS("description", ""))));
	succeeded(w);
	rows_are(w, "characteristic", "read 1: 1 unchanged");
	target_has(w, "SELECT name, description FROM characteristic", "b|keep");
}

static void line_ends_are_no_difference(void **state)
{
	struct engine *w = *state;

	have(w, "characteristics",
	     "{\"characteristicid\":\"" ID(
		     "01") "\",\"name\":\"a\",\"characteristictype\":1,\"description\":\"x\\r\\ny\\rz\"}");
	import(w, SKILL(TEXT("name") TEXT("description")),
	       SKILL_ROWS(ROW(ID("01"), IS("name", "a") IS("description", "x&#10;y&#10;z"))));
	succeeded(w);
	rows_are(w, "characteristic", "read 1: 1 unchanged");
}

static void the_order_of_choices_is_no_difference(void **state)
{
	struct engine *w = *state;

	for (int i = 0; i < 2; i++) {
		import(w,
		       ENTITY("msdyn_operatinghour", "msdyn_operatinghourid",
			      TEXT("msdyn_name")
				      FIELD("msdyn_oc_daysofweek", "optionsetvaluecollection")),
		       str_fmt(&w->a,
			       ROWS("msdyn_operatinghour",
				    ROW(ID("01"),
					IS("msdyn_name", "Day") IS("msdyn_oc_daysofweek", "%s"))),
			       i == 0 ? "[-1,192350002,192350000,-1]" : "192350000,192350002")
			       .p);
		succeeded(w);
		rows_are(w, "msdyn_operatinghour",
			 i == 0 ? "read 1: 1 created" : "read 1: 1 unchanged");
	}
}

#define WORKSTREAM(fields)                                                                         \
	ENTITY("msdyn_liveworkstream", "msdyn_liveworkstreamid",                                   \
	       TEXT("msdyn_name") TEXT("msdyn_apikey") fields)
#define WORKSTREAM_ROWS(fields)                                                                    \
	ROWS("msdyn_liveworkstream", ROW(ID("01"), IS("msdyn_name", "W") fields))

static void a_secret_in_the_package_is_not_written(void **state)
{
	struct engine *w = *state;
	const char *key = "SELECT msdyn_apikey FROM msdyn_liveworkstream WHERE msdyn_name = 'W'";

	import(w, WORKSTREAM(""), WORKSTREAM_ROWS(IS("msdyn_apikey", "theirs")));
	succeeded(w);
	target_has(w, key, "-");
	alter(w, "UPDATE msdyn_liveworkstream SET msdyn_apikey = 'ours' WHERE msdyn_name = 'W'");
	import(w, WORKSTREAM(""), WORKSTREAM_ROWS(IS("msdyn_apikey", "theirs")));
	succeeded(w);
	rows_are(w, "msdyn_liveworkstream", "read 1: 1 unchanged");
	target_has(w, key, "ours");
}

static bool no_secret(struct engine *w, const struct request *r, struct err *e)
{
	(void)w;
	(void)e;
	assert_true(str_find(r->target, S("msdyn_apikey")) == STR_NONE);
	assert_true(str_find(r->body, S("theirs")) == STR_NONE);
	return true;
}

static void a_secret_of_the_target_is_not_even_read(void **state)
{
	struct engine *w = *state;

	w->before = no_secret;
	import(w, WORKSTREAM(""), WORKSTREAM_ROWS(IS("msdyn_apikey", "theirs")));
	succeeded(w);
	import(w, WORKSTREAM(TEXT("msdyn_apikey2") /* none such */), WORKSTREAM_ROWS(""));
	stopped(w, ERR_INPUT, "msdyn_apikey2");
}

static void a_secret_is_written_when_asked_for(void **state)
{
	struct engine *w = *state;
	const char *key = "SELECT msdyn_apikey FROM msdyn_liveworkstream WHERE msdyn_name = 'W'";

	w->options.secrets = true;
	import(w, WORKSTREAM(""), WORKSTREAM_ROWS(IS("msdyn_apikey", "theirs")));
	succeeded(w);
	target_has(w, key, "theirs");
	import(w, WORKSTREAM(""), WORKSTREAM_ROWS(IS("msdyn_apikey", "newer")));
	succeeded(w);
	rows_are(w, "msdyn_liveworkstream", "read 1: 1 updated");
	target_has(w, key, "newer");
	import(w, WORKSTREAM(""), WORKSTREAM_ROWS(IS("msdyn_apikey", "newer")));
	rows_are(w, "msdyn_liveworkstream", "read 1: 1 unchanged");
}

static void what_belongs_to_the_environment_is_kept_on_update(void **state)
{
	struct engine *w = *state;
	const char *mail = "SELECT emailaddress FROM queue WHERE name IN ('Q', 'R')";

	import(w, QUEUE(TEXT("emailaddress")),
	       ROWS("queue", ROW(ID("01"), IS("name", "Q") IS("emailaddress", "s@example.com"))));
	succeeded(w);
	target_has(w, mail, "s@example.com");
	alter(w, "UPDATE queue SET emailaddress = 'own@example.com' WHERE name = 'Q'");
	import(w, QUEUE(TEXT("emailaddress")),
	       ROWS("queue", ROW(ID("01"), IS("name", "R") IS("emailaddress", "s@example.com"))));
	succeeded(w);
	rows_are(w, "queue", "read 1: 1 updated");
	target_has(w, mail, "own@example.com");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_ENGINE(a_managed_row_that_differs_is_left_alone_with_a_warning),
		WITH_ENGINE(an_inactive_row_is_created_and_then_deactivated),
		WITH_ENGINE(only_the_state_of_a_row_is_updated_when_only_that_differs),
		WITH_ENGINE(a_package_that_tells_only_the_state_is_enough),
		WITH_ENGINE(what_the_target_does_not_take_is_not_sent),
		WITH_ENGINE(what_the_package_does_not_tell_is_not_cleared),
		WITH_ENGINE(line_ends_are_no_difference),
		WITH_ENGINE(the_order_of_choices_is_no_difference),
		WITH_ENGINE(a_secret_in_the_package_is_not_written),
		WITH_ENGINE(a_secret_of_the_target_is_not_even_read),
		WITH_ENGINE(a_secret_is_written_when_asked_for),
		WITH_ENGINE(what_belongs_to_the_environment_is_kept_on_update),
	};

	return RUN_ENGINE_TESTS(tests);
}
