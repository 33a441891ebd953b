/* SPDX-License-Identifier: MIT */
/*
 * --prune: what goes, what stays and why, in which order, and when nothing is done at all.
 */
#include "move/prune.h"

#include "engine.h"

#define PAIRS "msdyn_msdyn_cannedmessage_msdyn_octag"
#define MESSAGES                                                                                   \
	ENTITY_AS("msdyn_cannedmessage", "msdyn_cannedmessageid", "", TEXT("msdyn_title"),         \
		  MANY(PAIRS, "msdyn_cannedmessage", "msdyn_octag", "msdyn_octagid"))
#define SKILLS SKILL(TEXT("name"))
#define FILTERED(filter)                                                                           \
	"<entity name=\"characteristic\" primaryidfield=\"characteristicid\"><fields>"             \
	"<field name=\"characteristicid\" type=\"guid\" primaryKey=\"true\"/>" TEXT(               \
		"name") "</fields><filter>" filter "</filter></entity>"
#define POINTS(id, name, to)                                                                       \
	"{\"positionid\":\"" id "\",\"name\":\"" name                                              \
	"\",\"parentpositionid@odata.bind\":\"positions(" to ")\"}"
#define STANDS(id, name) "{\"positionid\":\"" id "\",\"name\":\"" name "\"}"

/* Another organization, whose reader saw these tables. */
static void from_elsewhere(struct engine *w, const char *tables)
{
	must(w, file_make_directory(in_folder(w, "package"), 0700, &w->e));
	must(w, file_make_directory(in_folder(w, "package/ferry"), 0700, &w->e));
	write_file(
		w, in_folder(w, "package/ferry/origin.xml"),
		str_fmt(&w->a,
			"<origin version=\"1\" organization=\"" ID("e0") "\" environment=\"https://a.example\" user=\"" ID(
				"e1") "\" exported=\"2026-01-31T12:00:00Z\">%s</origin>",
			tables));
}

#define WHOLE(name) "<table name=\"" name "\" rows=\"complete\" columns=\"\"/>"
#define PARTIAL(name) "<table name=\"" name "\" rows=\"partial\" columns=\"\"/>"

static void prune(struct engine *w, enum prune how, const char *schema, const char *data)
{
	w->options.decisions.prune = how;
	import(w, schema, data);
}

static void have_skill(struct engine *w, const char *id, const char *name)
{
	have(w, "characteristics",
	     str_fmt(&w->a, "{\"characteristicid\":\"%s\",\"name\":\"%s\"}", id, name).p);
}

#define KEPT SKILL_ROWS(ROW(ID("01"), IS("name", "kept")))
static const char *const skills = "SELECT name FROM characteristic ORDER BY name";

static void rows_that_the_source_lacks_are_deleted(void **state)
{
	struct engine *w = *state;

	from_elsewhere(w, WHOLE("characteristic"));
	have_skill(w, ID("01"), "kept");
	have_skill(w, ID("02"), "gone");
	have_skill(w, ID("03"), "gone too");
	w->options.dry_run = true;
	prune(w, PRUNE_DELETE, SKILLS, KEPT);
	assert_true(w->ok);
	assert_int_equal(w->result.tables[0].deleted, 2);
	target_has(w, skills, "gone|gone too|kept");
	w->options.dry_run = false;
	prune(w, PRUNE_DELETE, SKILLS, KEPT);
	succeeded(w);
	nothing_told(w);
	assert_int_equal(w->result.tables[0].deleted, 2);
	rows_are(w, "characteristic", "read 1: 1 unchanged");
	target_has(w, skills, "kept");
	prune(w, PRUNE_DELETE, SKILLS, KEPT);
	succeeded(w);
	assert_int_equal(w->batches, 0);
}

static void without_prune_nothing_is_removed(void **state)
{
	struct engine *w = *state;

	from_elsewhere(w, WHOLE("characteristic"));
	have_skill(w, ID("02"), "more");
	prune(w, PRUNE_NONE, SKILLS, KEPT);
	succeeded(w);
	target_has(w, skills, "kept|more");
}

static void rows_are_deactivated_once(void **state)
{
	struct engine *w = *state;

	from_elsewhere(w, WHOLE("characteristic"));
	have_skill(w, ID("02"), "gone");
	prune(w, PRUNE_DEACTIVATE, SKILLS, KEPT);
	succeeded(w);
	assert_int_equal(w->result.tables[0].deactivated, 1);
	target_has(w, "SELECT name, statecode, statuscode FROM characteristic ORDER BY 1",
		   "gone|1|2|kept|0|1");
	prune(w, PRUNE_DEACTIVATE, SKILLS, KEPT);
	succeeded(w);
	assert_int_equal(w->result.tables[0].deactivated, 0);
	assert_int_equal(w->batches, 0);
}

static void nothing_is_pruned_unless_the_package_tells_that_it_is_complete(void **state)
{
	struct engine *w = *state;

	have_skill(w, ID("02"), "more");
	prune(w, PRUNE_DELETE, SKILLS, KEPT);
	stopped(w, ERR_CONFLICT, "export it with ferry");
	from_elsewhere(w, PARTIAL("characteristic"));
	prune(w, PRUNE_DELETE, SKILLS, KEPT);
	stopped(w, ERR_CONFLICT, "characteristic");
	from_elsewhere(w, WHOLE("characteristic"));
	prune(w, PRUNE_DELETE, SKILL(TEXT("name") FIELD("characteristictype", "optionsetvalue")),
	      SKILL_ROWS(ROW(ID("01"), IS("name", "kept"))
				 ROW(ID("03"), IS("characteristictype", "no number"))));
	stopped(w, ERR_CONFLICT, "cannot be read");
	target_has(w, skills, "more");
}

static void more_removals_than_allowed_stop_the_run(void **state)
{
	struct engine *w = *state;

	from_elsewhere(w, WHOLE("characteristic"));
	have_skill(w, ID("02"), "one");
	have_skill(w, ID("03"), "two");
	w->options.decisions.has_max_delete = true;
	w->options.decisions.max_delete = 1;
	prune(w, PRUNE_DELETE, SKILLS, KEPT);
	stopped(w, ERR_CONFLICT, "2 rows and pairs would be removed, and at most 1");
	w->options.decisions.max_delete = 2;
	prune(w, PRUNE_DELETE, SKILLS, KEPT);
	succeeded(w);
	target_has(w, skills, "kept");
}

static void only_rows_inside_the_filter_go(void **state)
{
	struct engine *w = *state;

	from_elsewhere(w, WHOLE("characteristic"));
	have_skill(w, ID("02"), "x inside");
	have_skill(w, ID("03"), "outside");
	prune(w, PRUNE_DELETE,
	      FILTERED(
		      "&lt;fetch&gt;&lt;entity name=\"characteristic\"&gt;&lt;filter&gt;&lt;condition "
		      "attribute=\"name\" operator=\"like\" "
		      "value=\"x%\"/&gt;&lt;/filter&gt;&lt;/entity&gt;&lt;/fetch&gt;"),
	      SKILL_ROWS(ROW(ID("01"), IS("name", "x kept"))));
	succeeded(w);
	target_has(w, skills, "outside|x kept");
}

#define CONDITION(words)                                                                                \
	FILTERED(                                                                                       \
		"&lt;fetch&gt;&lt;entity name=\"characteristic\"&gt;&lt;filter&gt;&lt;condition " words \
		"/&gt;&lt;/filter&gt;&lt;/entity&gt;&lt;/fetch&gt;")

static void a_filter_that_means_other_rows_elsewhere_is_refused(void **state)
{
	static const struct {
		const char *schema, *why;
	} cases[] = {
		{ CONDITION("attribute=\"createdby\" operator=\"eq-userid\""), "eq-userid" },
		{ CONDITION(
			  "attribute=\"overriddencreatedon\" operator=\"last-x-days\" value=\"3\""),
		  "last-x-days" },
		{ CONDITION(
			  "attribute=\"modifiedon\" operator=\"on-or-after\" value=\"2020-01-01\""),
		  "each environment's own" },
		{ CONDITION(
			  "attribute=\"characteristicid\" operator=\"ne\" value=\"" ID("99") "\""),
		  "no counterpart" },
		{ FILTERED(
			  "&lt;fetch top=\"5\"&gt;&lt;entity name=\"characteristic\"/&gt;&lt;/fetch&gt;"),
		  "all rows" },
	};
	struct engine *w = *state;

	from_elsewhere(w, WHOLE("characteristic"));
	have_skill(w, ID("02"), "more");
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		prune(w, PRUNE_DELETE, cases[i].schema, KEPT);
		stopped(w, ERR_CONFLICT, cases[i].why);
	}
	target_has(w, skills, "more");
}

/* The row was adopted: its id in the filter is the source's. */
static void an_id_in_a_filter_is_that_of_the_counterpart(void **state)
{
	struct engine *w = *state;

	from_elsewhere(w, WHOLE("characteristic"));
	have_skill(w, ID("02"), "kept");
	have_skill(w, ID("03"), "more");
	prune(w, PRUNE_DELETE,
	      CONDITION("attribute=\"characteristicid\" operator=\"eq\" value=\"" ID("01") "\""),
	      KEPT);
	succeeded(w);
	rows_are(w, "characteristic", "read 1: 1 adopted");
	target_has(w, skills, "kept|more");
}

static void managed_rows_and_rows_of_the_platform_stay(void **state)
{
	struct engine *w = *state;

	from_elsewhere(w, WHOLE("msdyn_capacityprofile"));
	have(w, "msdyn_capacityprofiles",
	     "{\"msdyn_capacityprofileid\":\"" ID(
		     "02") "\",\"msdyn_name\":\"theirs\",\"msdyn_uniquename\":\"new_theirs\"}");
	have(w, "msdyn_capacityprofiles",
	     "{\"msdyn_capacityprofileid\":\"" ID(
		     "03") "\",\"msdyn_name\":\"gone\",\"msdyn_uniquename\":\"new_gone\"}");
	alter(w, "UPDATE msdyn_capacityprofile SET ismanaged = 1 WHERE msdyn_name = 'theirs'");
	prune(w, PRUNE_DELETE,
	      ENTITY("msdyn_capacityprofile", "msdyn_capacityprofileid",
		     TEXT("msdyn_name") TEXT("msdyn_uniquename")),
	      ROWS("msdyn_capacityprofile", ""));
	if (!w->ok)
		fail_msg("%s\n%s", w->e.msg, problems(w));
	told(w, "note msdyn_capacityprofile", "stay: ");
	target_has(
		w,
		"SELECT msdyn_name FROM msdyn_capacityprofile WHERE msdyn_name IN ('theirs', 'gone')",
		"theirs");
}

static const char *const positions = "SELECT name FROM position ORDER BY name";

static void a_row_that_something_else_points_to_stays_with_what_it_needs(void **state)
{
	struct engine *w = *state;

	/* "used" is a user's; "above" is above it; "free" is above nothing */
	from_elsewhere(w, WHOLE("position"));
	have(w, "positions", STANDS(ID("02"), "above"));
	have(w, "positions", POINTS(ID("03"), "used", ID("02")));
	have(w, "positions", POINTS(ID("04"), "free", ID("03")));
	alter(w, "UPDATE systemuser SET positionid = '" ID("03") "'");
	reopen(w);
	prune(w, PRUNE_DELETE, POSITION, ROWS("position", ROW(ID("01"), IS("name", "kept"))));
	succeeded(w);
	told(w, "warning position " ID("03"), "systemuser");
	told(w, "warning position " ID("02"), "position " ID("03") ", which stays too");
	target_has(w, positions, "above|kept|used");
}

/* The schema does not know of the lookup at all. */
static void lookups_that_the_schema_lacks_count_as_well(void **state)
{
	struct engine *w = *state;

	from_elsewhere(w, WHOLE("position"));
	have(w, "positions", STANDS(ID("02"), "above"));
	have(w, "positions", POINTS(ID("01"), "kept", ID("02")));
	have(w, "positions", STANDS(ID("03"), "free"));
	prune(w, PRUNE_DELETE, ENTITY("position", "positionid", TEXT("name")),
	      ROWS("position", ROW(ID("01"), IS("name", "kept"))));
	succeeded(w);
	told(w, "warning position " ID("02"),
	     "position " ID("01") " points to it by parentpositionid");
	target_has(w, positions, "above|kept");
}

/* What the import itself makes point elsewhere lets go of the row before. */
static void a_row_that_is_let_go_of_can_be_deleted(void **state)
{
	struct engine *w = *state;

	from_elsewhere(w, WHOLE("position"));
	have(w, "positions", STANDS(ID("02"), "old"));
	have(w, "positions", POINTS(ID("01"), "kept", ID("02")));
	prune(w, PRUNE_DELETE, POSITION,
	      ROWS("position",
		   ROW(ID("01"), IS("name", "kept") REF("parentpositionid", ID("05"), "position",
							"new")) ROW(ID("05"), IS("name", "new"))));
	succeeded(w);
	nothing_told(w);
	target_has(w, positions, "kept|new");
	target_has(w, "SELECT parentpositionid FROM position WHERE name = 'kept'", ID("05"));
}

static bool refuses_updates(struct engine *w, const struct request *r, struct err *e)
{
	(void)e;
	if (w->batch && str_find(r->body, S("PATCH")) != STR_NONE && w->count++ == 0)
		alter(w, "CREATE TRIGGER locked BEFORE UPDATE ON position BEGIN "
			 "SELECT raise(ABORT, 'locked'); END");
	return true;
}

static void a_row_that_was_not_let_go_of_is_not_deleted(void **state)
{
	struct engine *w = *state;

	from_elsewhere(w, WHOLE("position"));
	have(w, "positions", STANDS(ID("02"), "old"));
	have(w, "positions", POINTS(ID("01"), "kept", ID("02")));
	w->before = refuses_updates;
	prune(w, PRUNE_DELETE, POSITION,
	      ROWS("position",
		   ROW(ID("01"), IS("name", "kept") REF("parentpositionid", ID("05"), "position",
							"new")) ROW(ID("05"), IS("name", "new"))));
	lost_something(w);
	told(w, "error position " ID("02"), "not deleted, because position " ID("01"));
	target_has(w, positions, "kept|new|old");
}

static void restrict_parents(struct engine *w)
{
	alter(w,
	      "UPDATE ferry_table SET definition = json_set(definition, "
	      "(SELECT fullkey FROM json_each(definition, '$.manyToOne') WHERE "
	      "json_extract(value, '$.referencingAttribute') = 'parentpositionid') || '.cascadeDelete', "
	      "'Restrict') WHERE name = 'position'");
	reopen(w);
}

/* A chain of 50 and a circle of three, where the platform refuses to delete what is pointed to, and where it does not. */
static void chains_and_circles_are_deleted(void **state)
{
	for (int restricted = 0; restricted < 2; restricted++) {
		struct engine *w;

		(void)state;
		engine_make((void **)&w);
		from_elsewhere(w, WHOLE("position"));
		if (restricted)
			restrict_parents(w);
		have(w, "positions", STANDS("b0000000-0000-4000-8000-000000000000", "c0"));
		for (unsigned i = 1; i < 50; i++)
			have(w, "positions",
			     str_fmt(&w->a,
				     POINTS("b0000000-0000-4000-8000-%012u", "c%u",
					    "b0000000-0000-4000-8000-%012u"),
				     i, i, i - 1)
				     .p);
		have(w, "positions", STANDS(ID("11"), "x"));
		have(w, "positions", POINTS(ID("12"), "y", ID("11")));
		have(w, "positions", POINTS(ID("13"), "z", ID("12")));
		alter(w, "UPDATE position SET parentpositionid = '" ID("13") "' WHERE name = 'x'");
		reopen(w);
		prune(w, PRUNE_DELETE, POSITION,
		      ROWS("position", ROW(ID("01"), IS("name", "kept"))));
		succeeded(w);
		nothing_told(w);
		assert_int_equal(w->result.tables[0].deleted, 53);
		rows_are(w, "position", "read 1: 1 created");
		target_has(w, positions, "kept");
		engine_release((void **)&w);
	}
}

/* A schema without the lookup: the order comes from what was asked about the rows. */
static void the_order_holds_for_lookups_that_the_schema_lacks(void **state)
{
	struct engine *w = *state;

	from_elsewhere(w, WHOLE("position"));
	restrict_parents(w);
	have(w, "positions", STANDS(ID("02"), "a"));
	have(w, "positions", POINTS(ID("03"), "b", ID("02")));
	have(w, "positions", POINTS(ID("04"), "c", ID("03")));
	prune(w, PRUNE_DELETE, ENTITY("position", "positionid", TEXT("name")),
	      ROWS("position", ROW(ID("01"), IS("name", "kept"))));
	succeeded(w);
	target_has(w, positions, "kept");
}

#define TAGGED(links)                                                                              \
	LINKED_ROWS("msdyn_cannedmessage", ROW(ID("01"), IS("msdyn_title", "hello")), links)       \
	ROWS("msdyn_octag",                                                                        \
	     ROW(ID("11"), IS("msdyn_name", "x")) ROW(ID("12"), IS("msdyn_name", "y")))
#define TAGS(targets) LINKS(ID("01"), "msdyn_octag", "msdyn_octagid", PAIRS, targets)

static void pairs_that_the_source_lacks_are_unlinked(void **state)
{
	struct engine *w = *state;

	import(w, MESSAGES TAG, TAGGED(TAGS(TO(ID("11")) TO(ID("12")))));
	succeeded(w);
	from_elsewhere(w, WHOLE("msdyn_cannedmessage") WHOLE("msdyn_octag"));
	/* one that neither side of the package knows */
	have(w, "msdyn_octags", "{\"msdyn_octagid\":\"" ID("13") "\",\"msdyn_name\":\"z\"}");
	alter(w, "INSERT INTO " PAIRS
		 "(msdyn_msdyn_cannedmessage_msdyn_octagid, msdyn_cannedmessageid, msdyn_octagid, "
		 "versionnumber) VALUES('" ID("91") "', '" ID("01") "', '" ID("13") "', 1)");
	reopen(w);
	prune(w, PRUNE_DELETE, MESSAGES TAG, TAGGED(TAGS(TO(ID("11")))));
	succeeded(w);
	links_are(w, PAIRS, "read 1: 1 unchanged");
	assert_int_equal(w->result.relationships[0].unlinked, 1);
	target_has(w, "SELECT msdyn_octagid FROM " PAIRS, ID("11"));
	target_has(w, "SELECT msdyn_name FROM msdyn_octag ORDER BY 1", "x|y");
}

/* A message that is not of the schema has the tag: it is in use. */
static void a_row_in_a_pair_of_another_relationship_stays(void **state)
{
	struct engine *w = *state;

	import(w, MESSAGES TAG, TAGGED(TAGS(TO(ID("12")))));
	succeeded(w);
	from_elsewhere(w, WHOLE("msdyn_octag"));
	prune(w, PRUNE_DELETE, TAG, ROWS("msdyn_octag", ""));
	succeeded(w);
	told(w, "warning msdyn_octag " ID("12"), "is linked to it by " PAIRS);
	target_has(w, "SELECT msdyn_name FROM msdyn_octag", "y");
}

/* Rows of users are not given, for this reason. */
static int refused_with;
static const char *refused_body;

static bool users_are_refused(struct service *s, const struct request *r, uint64_t tag,
			      struct err *e)
{
	struct engine *w = CONTAINER_OF(s, struct engine, tap);
	struct request nothing = { .method = METHOD_GET, .target = S("WhoAmI") };

	w->count = str_starts(r->target, S("systemusers?fetchXml"));
	return tap_submit(s, w->count ? &nothing : r, tag, e);
}

static void answer_users(struct engine *w, struct response *out)
{
	if (!w->count)
		return;
	out->status = refused_with;
	out->body = str_from(refused_body);
}

static void a_table_that_does_not_answer_is_told_and_one_that_is_hidden_stops_the_run(void **state)
{
	struct engine *w = *state;

	from_elsewhere(w, WHOLE("position"));
	have(w, "positions", STANDS(ID("02"), "above"));
	have(w, "positions", POINTS(ID("03"), "free", ID("02")));
	w->tap.submit = users_are_refused;
	w->after = answer_users;
	refused_with = 403;
	refused_body = "{\"error\":{\"code\":\"0x80040220\",\"message\":\"no read privilege\"}}";
	prune(w, PRUNE_DELETE, POSITION, ROWS("position", ROW(ID("01"), IS("name", "kept"))));
	stopped(w, ERR_CONFLICT, "may need them: systemuser");
	target_has(w, positions, "above|free");
	refused_with = 405;
	refused_body = "{\"error\":{\"code\":\"0x80040800\",\"message\":\"no such message\"}}";
	prune(w, PRUNE_DELETE, POSITION, ROWS("position", ROW(ID("01"), IS("name", "kept"))));
	succeeded(w);
	told(w, "warning systemuser", "no such message");
	target_has(w, positions, "kept");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_ENGINE(rows_that_the_source_lacks_are_deleted),
		WITH_ENGINE(without_prune_nothing_is_removed),
		WITH_ENGINE(rows_are_deactivated_once),
		WITH_ENGINE(nothing_is_pruned_unless_the_package_tells_that_it_is_complete),
		WITH_ENGINE(more_removals_than_allowed_stop_the_run),
		WITH_ENGINE(only_rows_inside_the_filter_go),
		WITH_ENGINE(a_filter_that_means_other_rows_elsewhere_is_refused),
		WITH_ENGINE(an_id_in_a_filter_is_that_of_the_counterpart),
		WITH_ENGINE(managed_rows_and_rows_of_the_platform_stay),
		WITH_ENGINE(a_row_that_something_else_points_to_stays_with_what_it_needs),
		WITH_ENGINE(lookups_that_the_schema_lacks_count_as_well),
		WITH_ENGINE(a_row_that_is_let_go_of_can_be_deleted),
		WITH_ENGINE(a_row_that_was_not_let_go_of_is_not_deleted),
		cmocka_unit_test(chains_and_circles_are_deleted),
		WITH_ENGINE(the_order_holds_for_lookups_that_the_schema_lacks),
		WITH_ENGINE(pairs_that_the_source_lacks_are_unlinked),
		WITH_ENGINE(a_row_in_a_pair_of_another_relationship_stays),
		WITH_ENGINE(
			a_table_that_does_not_answer_is_told_and_one_that_is_hidden_stops_the_run),
	};

	return RUN_ENGINE_TESTS(tests);
}
