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

	w->options.decisions.secrets = true;
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

/* ---- clearing ---- */

#define ELSEWHERE "11111111-2222-4333-8444-555555555555"

/* The next package tells where it comes from. */
static void from(struct engine *w, const char *organization, const char *tables)
{
	must(w, file_make_directory(in_folder(w, "package"), 0700, &w->e));
	must(w, file_make_directory(in_folder(w, "package/ferry"), 0700, &w->e));
	write_file(w, in_folder(w, "package/ferry/origin.xml"),
		   str_fmt(&w->a,
			   "<origin version=\"1\" organization=\"%s\" user=\"" ELSEWHERE
			   "\">%s</origin>",
			   organization, tables));
}

#define SAW(table, columns) "<table name=\"" table "\" columns=\"" columns "\"/>"
#define SKILL_WITH_TEXT(text)                                                                      \
	"{\"characteristicid\":\"" ID(                                                             \
		"01") "\",\"name\":\"a\",\"characteristictype\":1,\"description\":\"" text "\"}"

static void what_the_source_has_empty_is_cleared(void **state)
{
	struct engine *w = *state;

	have(w, "characteristics", SKILL_WITH_TEXT("old"));
	from(w, ELSEWHERE, SAW("characteristic", "name description"));
	w->options.dry_run = true;
	import(w, SKILL(TEXT("name") TEXT("description")),
	       SKILL_ROWS(ROW(ID("01"), IS("name", "a"))));
	rows_are(w, "characteristic", "read 1: 1 updated");
	target_has(w, "SELECT name, description FROM characteristic", "a|old");
	w->options.dry_run = false;
	import(w, SKILL(TEXT("name") TEXT("description")),
	       SKILL_ROWS(ROW(ID("01"), IS("name", "a"))));
	succeeded(w);
	rows_are(w, "characteristic", "read 1: 1 updated");
	nothing_told(w);
	target_has(w, "SELECT name, description FROM characteristic", "a|-");
	import(w, SKILL(TEXT("name") TEXT("description")),
	       SKILL_ROWS(ROW(ID("01"), IS("name", "a") IS("description", ""))));
	succeeded(w);
	rows_are(w, "characteristic", "read 1: 1 unchanged");
}

static void what_its_reader_did_not_see_is_not_cleared(void **state)
{
	struct engine *w = *state;

	have(w, "characteristics", SKILL_WITH_TEXT("keep"));
	from(w, ELSEWHERE, SAW("characteristic", "name") SAW("queue", "description"));
	import(w, SKILL(TEXT("name") TEXT("description")),
	       SKILL_ROWS(ROW(ID("01"), IS("name", "b"))));
	succeeded(w);
	target_has(w, "SELECT name, description FROM characteristic", "b|keep");
}

static void what_has_to_have_a_value_is_not_cleared(void **state)
{
	struct engine *w = *state;

	have(w, "queues",
	     "{\"queueid\":\"" ID("01") "\",\"name\":\"Q\",\"msdyn_priority\":7,"
					"\"emailaddress\":\"own@example.com\","
					"\"description\":\"x\"}");
	from(w, ELSEWHERE,
	     SAW("queue", "name msdyn_priority emailaddress statecode statuscode ownerid "
			  "description"));
	import(w,
	       QUEUE(FIELD("msdyn_priority", "number") TEXT("emailaddress") TEXT("description")
			     STATES FIELD("ownerid", "owner")),
	       ROWS("queue", ROW(ID("01"), IS("name", "Q"))));
	succeeded(w);
	target_has(w,
		   "SELECT msdyn_priority, emailaddress, description, statecode, "
		   "ownerid IS NULL FROM queue WHERE name = 'Q'",
		   "7|own@example.com|-|0|0");
}

#define PERSON_COLUMNS                                                                             \
	"firstname description numberofchildren annualincome address1_latitude creditonhold "      \
	"birthdate lastonholdtime gendercode parentcustomerid preferredsystemuserid"
#define PERSON                                                                                     \
	ENTITY("contact", "contactid",                                                             \
	       TEXT("lastname") TEXT("firstname") TEXT("description")                              \
		       FIELD("numberofchildren", "number") FIELD("annualincome", "money") FIELD(   \
			       "address1_latitude", "float") FIELD("creditonhold", "bool")         \
			       FIELD("birthdate", "datetime") FIELD("lastonholdtime", "datetime")  \
				       FIELD("gendercode", "optionsetvalue") LOOKUP(               \
					       "parentcustomerid", "account|contact")              \
					       LOOKUP("preferredsystemuserid", "systemuser"))

/* Text, memo, number, money, double, boolean, both kinds of dates, choice, a lookup of two tables and one of one. */
static void columns_of_every_type_can_be_cleared(void **state)
{
	struct engine *w = *state;
	const char *user = query_file(w, w->path, "SELECT systemuserid FROM systemuser LIMIT 1");

	have(w, "accounts", "{\"accountid\":\"" ID("0a") "\",\"name\":\"A\"}");
	have(w, "contacts",
	     str_fmt(&w->a,
		     "{\"contactid\":\"" ID(
			     "01") "\",\"lastname\":\"L\",\"firstname\":\"F\",\"description\":\"d\","
				   "\"numberofchildren\":2,\"annualincome\":12.5,"
				   "\"address1_latitude\":1.5,\"creditonhold\":true,"
				   "\"birthdate\":\"2001-02-03\","
				   "\"lastonholdtime\":\"2024-01-02T03:04:05Z\",\"gendercode\":1,"
				   "\"parentcustomerid_account@odata.bind\":\"/accounts(" ID(
					   "0a") ")\",\"preferredsystemuserid@odata.bind\":"
						 "\"/systemusers(%s)\"}",
		     user)
		     .p);
	from(w, ELSEWHERE, SAW("contact", PERSON_COLUMNS));
	import(w, PERSON, ROWS("contact", ROW(ID("01"), IS("lastname", "L"))));
	succeeded(w);
	rows_are(w, "contact", "read 1: 1 updated");
	target_has(w,
		   "SELECT lastname, firstname, description, numberofchildren, annualincome, "
		   "address1_latitude, creditonhold, birthdate, lastonholdtime, gendercode, "
		   "parentcustomerid, preferredsystemuserid FROM contact WHERE lastname = 'L'",
		   "L|-|-|-|-|-|-|-|-|-|-|-");
	import(w, PERSON, ROWS("contact", ROW(ID("01"), IS("lastname", "L"))));
	rows_are(w, "contact", "read 1: 1 unchanged");
}

static void choices_are_cleared_together(void **state)
{
	struct engine *w = *state;
	const char *schema =
		ENTITY("msdyn_operatinghour", "msdyn_operatinghourid",
		       TEXT("msdyn_name") FIELD("msdyn_oc_daysofweek", "optionsetvaluecollection"));

	import(w, schema,
	       ROWS("msdyn_operatinghour",
		    ROW(ID("01"), IS("msdyn_name", "Day") IS("msdyn_oc_daysofweek",
							     "[-1,192350002,192350000,-1]"))));
	succeeded(w);
	from(w, ELSEWHERE, SAW("msdyn_operatinghour", "msdyn_oc_daysofweek"));
	import(w, schema, ROWS("msdyn_operatinghour", ROW(ID("01"), IS("msdyn_name", "Day"))));
	succeeded(w);
	rows_are(w, "msdyn_operatinghour", "read 1: 1 updated");
	target_has(w, "SELECT msdyn_oc_daysofweek FROM msdyn_operatinghour", "-");
}

/* Several in one UpdateMultiple, some cleared and some not. */
static void many_rows_are_cleared_at_once(void **state)
{
	struct engine *w = *state;
	DEFER(buf_release) struct buf rows = buf_make(0);

	for (unsigned i = 0; i < 30; i++) {
		have(w, "accounts",
		     str_fmt(&w->a,
			     "{\"accountid\":\"b0000000-0000-4000-8000-0000000000%02u\",\"name\":"
			     "\"A%u\",\"description\":\"old\",\"numberofemployees\":%u}",
			     i, i, i)
			     .p);
		buf_add_fmt(&rows,
			    ROW("b0000000-0000-4000-8000-0000000000%02u", IS("name", "A%u") "%s"),
			    i, i, i % 2 ? IS("description", "new") : "");
	}
	from(w, ELSEWHERE, SAW("account", "description numberofemployees"));
	import(w,
	       ENTITY("account", "accountid",
		      TEXT("name") TEXT("description") FIELD("numberofemployees", "number")),
	       str_fmt(&w->a, ROWS("account", "%.*s"), STR_ARG(buf_str(&rows))).p);
	succeeded(w);
	rows_are(w, "account", "read 30: 30 updated");
	target_has(w,
		   "SELECT count(*), count(description), count(numberofemployees) FROM account "
		   "WHERE name LIKE 'A%'",
		   "30|15|0");
}

/* The platform's own value of a new row is no value of the source. */
static void a_new_row_ends_as_empty_as_the_source_has_it(void **state)
{
	struct engine *w = *state;

	from(w, ELSEWHERE, SAW("contact", "firstname creditonhold"));
	for (int i = 0; i < 2; i++) {
		import(w,
		       ENTITY("contact", "contactid",
			      TEXT("lastname") TEXT("firstname") FIELD("creditonhold", "bool")),
		       ROWS("contact", ROW(ID("01"), IS("lastname", "L"))));
		succeeded(w);
		rows_are(w, "contact", i == 0 ? "read 1: 1 created" : "read 1: 1 unchanged");
	}
	target_has(w, "SELECT firstname, creditonhold FROM contact WHERE lastname = 'L'", "-|-");
}

/* ---- where the package comes from ---- */

static void a_package_of_the_same_environment_is_refused(void **state)
{
	struct engine *w = *state;
	const char *organization =
		query_file(w, w->path, "SELECT organizationid FROM organization");

	from(w, organization, "");
	import(w, TAG, ROWS("msdyn_octag", ROW(ID("01"), IS("msdyn_name", "#x"))));
	stopped(w, ERR_USAGE, "source and target are the same environment");
	w->options.decisions.same_environment = true;
	import(w, TAG, ROWS("msdyn_octag", ROW(ID("01"), IS("msdyn_name", "#x"))));
	succeeded(w);
	rows_are(w, "msdyn_octag", "read 1: 1 created");
}

static void an_origin_that_cannot_be_read_stops_the_import(void **state)
{
	struct engine *w = *state;

	from(w, "nobody", "");
	import(w, TAG, ROWS("msdyn_octag", ROW(ID("01"), IS("msdyn_name", "#x"))));
	stopped(w, ERR_INPUT, "ferry/origin.xml:1");
}

/* ---- layout ---- */

static void the_layout_of_documents_is_no_difference(void **state)
{
	struct engine *w = *state;
	const char *schema = ENTITY("account", "accountid", TEXT("name") TEXT("description"));

	have(w, "accounts",
	     "{\"accountid\":\"" ID("01") "\",\"name\":\"a\",\"description\":\""
					  "<a x=\\\"1\\\" y=\\\"2\\\">\\n  <b>t</b>\\n</a>"
					  "\"}");
	import(w, schema,
	       ROWS("account",
		    ROW(ID("01"),
			IS("name", "a") IS("description", "&lt;a y=&quot;2&quot; x=&quot;1&quot;"
							  "&gt;&lt;b&gt;t&lt;/b&gt;&lt;/a&gt;"))));
	succeeded(w);
	rows_are(w, "account", "read 1: 1 unchanged");
	import(w, schema,
	       ROWS("account",
		    ROW(ID("01"),
			IS("name", "a") IS("description", "&lt;a y=&quot;2&quot; x=&quot;1&quot;"
							  "&gt;&lt;b&gt;t &lt;/b&gt;&lt;/a&gt;"))));
	succeeded(w);
	rows_are(w, "account", "read 1: 1 updated");
	target_has(w, "SELECT description FROM account WHERE name = 'a'",
		   "<a y=\"2\" x=\"1\"><b>t </b></a>");
	import(w, schema,
	       ROWS("account",
		    ROW(ID("01"), IS("name", "a") IS("description", "{&quot;a&quot;: [1]}"))));
	succeeded(w);
	import(w, schema,
	       ROWS("account",
		    ROW(ID("01"), IS("name", "a") IS("description", "{&quot;a&quot;:[ 1 ]}"))));
	rows_are(w, "account", "read 1: 1 unchanged");
	import(w, schema,
	       ROWS("account",
		    ROW(ID("01"), IS("name", "a") IS("description", "{&quot;a&quot;:[ 2 ]}"))));
	rows_are(w, "account", "read 1: 1 updated");
	target_has(w, "SELECT description FROM account WHERE name = 'a'", "{\"a\":[ 2 ]}");
}

static void the_layout_of_a_line_of_text_is_one(void **state)
{
	struct engine *w = *state;

	have(w, "characteristics",
	     "{\"characteristicid\":\"" ID("01") "\",\"name\":\"[1,2]\",\"characteristictype\":1}");
	import(w, SKILL(TEXT("name")), SKILL_ROWS(ROW(ID("01"), IS("name", "[1, 2]"))));
	succeeded(w);
	rows_are(w, "characteristic", "read 1: 1 updated");
	target_has(w, "SELECT name FROM characteristic", "[1, 2]");
}

static void values_are_compared_as_the_column_keeps_them(void **state)
{
	struct engine *w = *state;

	have(w, "contacts",
	     "{\"contactid\":\"" ID(
		     "01") "\",\"lastname\":\"L\",\"annualincome\":12.5,\"address1_latitude\":1.5,"
			   "\"birthdate\":\"2001-02-03\","
			   "\"lastonholdtime\":\"2024-01-02T03:04:05Z\"}");
	import(w,
	       ENTITY("contact", "contactid",
		      TEXT("lastname") FIELD("annualincome", "money")
			      FIELD("address1_latitude", "float") FIELD("birthdate", "datetime")
				      FIELD("lastonholdtime", "datetime")),
	       ROWS("contact", ROW(ID("01"), IS("lastname", "L") IS("annualincome", "12.500000") IS(
						     "address1_latitude", "1.500000000001")
						     IS("birthdate", "2001-02-03T00:00:00.0000000")
							     IS("lastonholdtime",
								"2024-01-02T03:04:05.1230000Z"))));
	succeeded(w);
	rows_are(w, "contact", "read 1: 1 unchanged");
}

/* ---- managed rows, and what belongs to one environment or together ---- */

static void a_managed_row_is_written_when_asked_for(void **state)
{
	struct engine *w = *state;

	have(w, "msdyn_octags", "{\"msdyn_octagid\":\"" ID("01") "\",\"msdyn_name\":\"#x\"}");
	alter(w, "UPDATE msdyn_octag SET ismanaged = 1");
	w->options.decisions.managed = MANAGED_OVERWRITE;
	import(w, TAG, ROWS("msdyn_octag", ROW(ID("01"), IS("msdyn_name", "#x"))));
	nothing_told(w);
	import(w, TAG, ROWS("msdyn_octag", ROW(ID("01"), IS("msdyn_name", "#y"))));
	succeeded(w);
	rows_are(w, "msdyn_octag", "read 1: 1 updated");
	told(w, "warning msdyn_octag", "1 managed row is written: that makes an unmanaged layer");
	target_has(w, "SELECT msdyn_name FROM msdyn_octag", "#y");
}

static void a_value_of_another_environment_is_told_once(void **state)
{
	struct engine *w = *state;

	import(w, QUEUE(TEXT("emailaddress")),
	       ROWS("queue", ROW(ID("01"), IS("name", "Q") IS("emailaddress", "s@example.com")) ROW(
				     ID("02"), IS("name", "R") IS("emailaddress", "t@example.com"))
				     ROW(ID("03"), IS("name", "S"))));
	succeeded(w);
	told(w, "warning queue  emailaddress",
	     "2 new rows get the source's value, which belongs to one environment");
	import(w, QUEUE(TEXT("emailaddress")),
	       ROWS("queue", ROW(ID("01"), IS("name", "Q") IS("emailaddress", "u@example.com"))));
	succeeded(w);
	nothing_told(w);
}

#define WIDGET(fields)                                                                             \
	ENTITY("msdyn_livechatconfig", "msdyn_livechatconfigid", TEXT("msdyn_name") fields)
#define WIDGET_ROW(fields) ROWS("msdyn_livechatconfig", ROW(ID("01"), IS("msdyn_name", "W") fields))
#define SURVEY_ON FIELD("msdyn_postconversationsurveyenable", "bool")
#define SURVEY LOOKUP("msdyn_postconversationsurvey", "msfp_survey")
#define SURVEYED                                                                                   \
	"SELECT msdyn_postconversationsurveyenable, msdyn_postconversationsurvey "                 \
	"FROM msdyn_livechatconfig WHERE msdyn_livechatconfigid = '" ID("01") "'"

static void have_a_widget_with_a_survey(struct engine *w)
{
	have(w, "msfp_surveies", "{\"msfp_surveyid\":\"" ID("0a") "\",\"msfp_name\":\"S\"}");
	have(w, "msdyn_livechatconfigs",
	     "{\"msdyn_livechatconfigid\":\"" ID(
		     "01") "\",\"msdyn_name\":\"W\",\"msdyn_postconversationsurveyenable\":true,"
			   "\"msdyn_PostConversationSurvey@odata.bind\":\"/msfp_surveies(" ID(
				   "0a") ")\"}");
}

static void columns_that_belong_together_are_kept_when_one_is_not_told(void **state)
{
	struct engine *w = *state;

	have_a_widget_with_a_survey(w);
	for (int i = 0; i < 2; i++) {
		import(w, i == 0 ? WIDGET(SURVEY_ON) : WIDGET(SURVEY_ON SURVEY),
		       WIDGET_ROW(IS("msdyn_postconversationsurveyenable", "false")));
		succeeded(w);
		rows_are(w, "msdyn_livechatconfig", "read 1: 1 unchanged");
		told(w, "warning msdyn_livechatconfig  msdyn_postconversationsurveyenable",
		     "belong together");
		target_has(w, SURVEYED, "1|" ID("0a"));
	}
}

static void columns_that_belong_together_are_written_together(void **state)
{
	struct engine *w = *state;

	have_a_widget_with_a_survey(w);
	from(w, ELSEWHERE,
	     SAW("msdyn_livechatconfig",
		 "msdyn_postconversationsurveyenable msdyn_postconversationsurvey"));
	import(w, WIDGET(SURVEY_ON SURVEY),
	       WIDGET_ROW(IS("msdyn_postconversationsurveyenable", "false")));
	succeeded(w);
	rows_are(w, "msdyn_livechatconfig", "read 1: 1 updated");
	nothing_told(w);
	target_has(w, SURVEYED, "0|-");
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
		WITH_ENGINE(what_the_source_has_empty_is_cleared),
		WITH_ENGINE(what_its_reader_did_not_see_is_not_cleared),
		WITH_ENGINE(what_has_to_have_a_value_is_not_cleared),
		WITH_ENGINE(columns_of_every_type_can_be_cleared),
		WITH_ENGINE(choices_are_cleared_together),
		WITH_ENGINE(many_rows_are_cleared_at_once),
		WITH_ENGINE(a_new_row_ends_as_empty_as_the_source_has_it),
		WITH_ENGINE(a_package_of_the_same_environment_is_refused),
		WITH_ENGINE(an_origin_that_cannot_be_read_stops_the_import),
		WITH_ENGINE(the_layout_of_documents_is_no_difference),
		WITH_ENGINE(the_layout_of_a_line_of_text_is_one),
		WITH_ENGINE(values_are_compared_as_the_column_keeps_them),
		WITH_ENGINE(a_managed_row_is_written_when_asked_for),
		WITH_ENGINE(a_value_of_another_environment_is_told_once),
		WITH_ENGINE(columns_that_belong_together_are_kept_when_one_is_not_told),
		WITH_ENGINE(columns_that_belong_together_are_written_together),
	};

	return RUN_ENGINE_TESTS(tests);
}
