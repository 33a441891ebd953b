/* SPDX-License-Identifier: MIT */
/*
 * data_schema.xml. Counts of Microsoft's sample schemas were made with Python's ElementTree.
 */
#include "dv/schema.h"

#include "shared.h"

static const char sample[] =
	"<entities  dateMode=\"relative\">\r\n"
	"  <entity name=\"queue\" displayname=\"Queue\" etc=\"2020\" primaryidfield=\"queueid\" "
	"primarynamefield=\"name\" disableplugins=\"true\" skipupdate=\"true\">\r\n"
	"    <fields>\r\n"
	"      <field updateCompare=\"true\" displayname=\"Queue\" name=\"queueid\" type=\"guid\" "
	"primaryKey=\"true\" />\r\n"
	"      <field displayname=\"For\" name=\"regarding\" type=\"entityreference\" "
	"lookupType=\"account|contact\" customfield=\"true\" dateMode=\"absolute\" />\r\n"
	"      <field displayname=\"Owner\" name=\"ownerid\" type=\"owner\" />\r\n"
	"      <field displayname=\"Any\" name=\"any\" type=\"entityreference\" lookupType=\"*\" />\r\n"
	"    </fields>\r\n"
	"    <relationships>\r\n"
	"      <relationship name=\"queuemembership\" manyToMany=\"true\" isreflexive=\"false\" "
	"relatedEntityName=\"queuemembership\" m2mTargetEntity=\"systemuser\" "
	"m2mTargetEntityPrimaryKey=\"systemuserid\" />\r\n"
	"      <relationship name=\"parents\" manyToMany=\"false\" referencingEntity=\"x\">"
	"<fields><field name=\"ignored\" /></fields></relationship>\r\n"
	"    </relationships>\r\n"
	"    <filter>&lt;fetch&gt;\r\n  &lt;entity name=\"queue\"&gt;&lt;filter&gt;&lt;condition "
	"attribute=\"name\" operator=\"eq\" value=\"a &amp;amp; b\" /&gt;&lt;/filter&gt;"
	"&lt;/entity&gt;&lt;/fetch&gt;</filter>\r\n"
	"  </entity>\r\n"
	"  <entity name=\"team\" forcecreate=\"1\" disableplugins=\"false\">\r\n"
	"    <fields><field name=\"teamid\" type=\"guid\" primaryKey=\"true\" /></fields>\r\n"
	"    <filter>\r\n    </filter>\r\n"
	"  </entity>\r\n"
	"  <entityImportOrder><entityName>team</entityName><entityName> queue </entityName>"
	"</entityImportOrder>\r\n"
	"</entities>";

static struct schema read_text(struct arena *a, const char *text)
{
	struct schema s = { 0 };
	struct err e = { 0 };

	if (!schema_read(a, str_from(text), "s.xml", &s, &e))
		fail_msg("%s", e.msg);
	return s;
}

static void entities_and_fields_have_what_is_written(void **state)
{
	DEFER(arena_release) struct arena a = arena_make(0);
	struct schema s = read_text(&a, sample);
	const struct schema_entity *queue = schema_entity(&s, S("queue"));
	const struct schema_entity *team = schema_entity(&s, S("team"));

	(void)state;
	assert_int_equal(s.nentities, 2);
	assert_int_equal(s.date_mode, DATE_MODE_RELATIVE);
	assert_null(schema_entity(&s, S("Queue")));
	expect_str(queue->display_name, "Queue");
	expect_str(queue->primary_id, "queueid");
	expect_str(queue->primary_name, "name");
	assert_true(queue->disable_plugins && queue->skip_update && !queue->force_create);
	assert_int_equal(queue->line, 2);
	assert_int_equal(queue->nfields, 4);
	assert_true(team->force_create && !team->disable_plugins);
	expect_str(team->primary_name, "");
	/* it is not told, but a field says that it is the key */
	expect_str(team->primary_id, "teamid");

	const struct schema_field *id = schema_field(queue, S("queueid"));
	const struct schema_field *regarding = schema_field(queue, S("regarding"));

	assert_true(id->primary_key && id->update_compare);
	assert_int_equal(id->type, CMT_GUID);
	assert_int_equal(id->line, 4);
	assert_int_equal(regarding->ntargets, 2);
	expect_str(regarding->targets[1], "contact");
	assert_int_equal(regarding->date_mode, DATE_MODE_ABSOLUTE);
	assert_int_equal(schema_field(queue, S("ownerid"))->ntargets, 0);
	assert_int_equal(schema_field(queue, S("ownerid"))->date_mode, DATE_MODE_UNSET);
	expect_str(schema_field(queue, S("any"))->targets[0], "*");
	assert_null(schema_field(queue, S("ignored")));
}

static void relationships_and_import_order_are_read(void **state)
{
	DEFER(arena_release) struct arena a = arena_make(0);
	struct schema s = read_text(&a, sample);
	const struct schema_entity *queue = schema_entity(&s, S("queue"));

	(void)state;
	assert_int_equal(queue->nrelationships, 2);
	assert_true(queue->relationships[0].many_to_many);
	assert_false(queue->relationships[0].reflexive);
	expect_str(queue->relationships[0].related, "queuemembership");
	expect_str(queue->relationships[0].target, "systemuser");
	expect_str(queue->relationships[0].target_column, "systemuserid");
	assert_int_equal(queue->relationships[0].line, 10);
	assert_false(queue->relationships[1].many_to_many);
	assert_int_equal(s.nimport_order, 2);
	expect_str(s.import_order[0], "team");
	expect_str(s.import_order[1], "queue");
}

static void a_filter_is_decoded_once(void **state)
{
	DEFER(arena_release) struct arena a = arena_make(0);
	struct schema s = read_text(&a, sample);

	(void)state;
	expect_str(schema_entity(&s, S("queue"))->filter,
		   "<fetch>\n  <entity name=\"queue\"><filter><condition attribute=\"name\" "
		   "operator=\"eq\" value=\"a &amp; b\" /></filter></entity></fetch>");
	assert_int_equal(schema_entity(&s, S("queue"))->filter_line, 13);
	expect_str(schema_entity(&s, S("team"))->filter, "");
}

static void a_filter_of_elements_is_written_out_again(void **state)
{
	DEFER(arena_release) struct arena a = arena_make(0);
	struct schema s =
		read_text(&a, "<entities><entity name=\"q\"><filter>\n<fetch><entity name=\"q\">"
			      "<condition value=\"a &amp; &quot;b&quot;\"/><value>1 &lt; 2</value>"
			      "</entity></fetch></filter></entity></entities>");

	(void)state;
	expect_str(s.entities[0].filter,
		   "\n<fetch><entity name=\"q\"><condition value=\"a &amp; &quot;b&quot;\">"
		   "</condition><value>1 &lt; 2</value></entity></fetch>");
}

static void an_empty_schema_is_one(void **state)
{
	DEFER(arena_release) struct arena a = arena_make(0);

	(void)state;
	assert_int_equal(read_text(&a, "<entities >\n</entities>").nentities, 0);
	assert_int_equal(read_text(&a, "\xef\xbb\xbf<?xml version=\"1.0\"?><entities/>").nentities,
			 0);
}

static void mistakes_are_told_with_their_line(void **state)
{
	static const char *const cases[][2] = {
		{ "<entities>\n<entity/></entities>", "s.xml:2: <entity> without name" },
		{ "<entities><entity name=\"q\"><fields>\n<field type=\"string\"/></fields></entity>"
		  "</entities>",
		  "s.xml:2: entity q: <field> without name" },
		{ "<entities><entity name=\"q\"><fields>\n<field name=\"f\"/></fields></entity>"
		  "</entities>",
		  "s.xml:2: entity q: <field> without type" },
		{ "<entities>\n<entity name=\"q\"><fields>\n<field name=\"f\" type=\"lookup\"/></fields>"
		  "</entity></entities>",
		  "s.xml:3: entity q: field f: \"lookup\" is no field type; the types are string, "
		  "number, bigint, decimal, float, money, bool, datetime, optionsetvalue, "
		  "optionsetvaluecollection, state, status, entityreference, owner, partylist, guid, "
		  "imagedata, filedata, unknown" },
		{ "<entities><entity name=\"q\"/>\n<entity name=\"q\"/></entities>",
		  "s.xml:2: entity q comes twice, first on line 1" },
		{ "<entities><entity name=\"q\"><fields><field name=\"f\" type=\"bool\"/>\n\n"
		  "<field name=\"f\" type=\"bool\"/></fields></entity></entities>",
		  "s.xml:3: entity q: field f comes twice, first on line 1" },
		{ "<entities><entity name=\"q\" disableplugins=\"True\"/></entities>",
		  "s.xml:1: entity q: disableplugins=\"True\" is none of true, false, 1, 0" },
		{ "<entities dateMode=\"Relative\"/>",
		  "s.xml:1: dateMode=\"Relative\" is none of absolute, relative, relativeDaily" },
		{ "<entities><entity name=\"q\"><relationships><relationship name=\"r\" "
		  "manyToMany=\"true\" m2mTargetEntity=\"t\"/></relationships></entity></entities>",
		  "s.xml:1: entity q: <relationship> without m2mTargetEntityPrimaryKey" },
		{ "<entities><entity name=\"q'x\"/></entities>",
		  "s.xml:1: <entity> with name=\"q'x\": a logical name has only letters, digits and "
		  "_, and at most 128 of them" },
		{ "<entities><entity name=\"q\">\n<records/></entity></entities>",
		  "s.xml:2: entity q: <records>: these are data and not their schema; were data.xml and "
		  "data_schema.xml exchanged?" },
		{ "<fetch/>",
		  "s.xml:1: the first element is <fetch>, not <entities>; is this the schema "
		  "of a configuration migration?" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		DEFER(arena_release) struct arena a = arena_make(0);
		struct schema s;
		struct err e = { 0 };

		assert_false(schema_read(&a, str_from(cases[i][0]), "s.xml", &s, &e));
		assert_int_equal(e.kind, ERR_INPUT);
		assert_string_equal(e.msg, cases[i][1]);
	}
}

static void names_that_differ_in_case_are_two(void **state)
{
	DEFER(arena_release) struct arena a = arena_make(0);
	struct schema s =
		read_text(&a, "<entities><entity name=\"q\"/><entity name=\"Q\"/></entities>");

	(void)state;
	assert_int_equal(s.nentities, 2);
}

static void what_is_not_well_formed_is_refused(void **state)
{
	static const char *const bad[] = {
		"",
		"<entities>",
		"<entities><entity name=\"q\"></entities>",
		"plain text",
		"<!DOCTYPE x [<!ENTITY a \"b\">]><entities/>",
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(bad); i++) {
		DEFER(arena_release) struct arena a = arena_make(0);
		struct schema s;
		struct err e = { 0 };

		assert_false(schema_read(&a, str_from(bad[i]), "s.xml", &s, &e));
		assert_int_equal(e.kind, ERR_INPUT);
		assert_true(str_starts(str_from(e.msg), S("s.xml")));
	}
}

static void microsofts_schemas_are_read_in_full(void **state)
{
	static const struct {
		const char *name;
		size_t entities, fields, relationships, filters, targets, compared;
	} cases[] = {
		{ "Live chat workstreams.xml", 9, 120, 2, 9, 17, 0 },
		{ "Sample schema for capacity profiles.xml", 1, 6, 0, 1, 0, 0 },
		{ "Sample schema for skill-based routing.xml", 3, 12, 0, 0, 1, 0 },
		{ "Sample schema for unified routing record queues step 1.xml", 5, 41, 0, 5, 8, 5 },
		{ "Sample schema for unified routing record queues step 2.xml", 2, 20, 0, 2, 5, 2 },
		{ "Sample schema for unified routing record workstreams.xml", 6, 71, 0, 6, 14, 6 },
		{ "Sample schema intake rules for record routing.xml", 3, 21, 0, 3, 4, 3 },
		{ "live-chat-channel-sample-config.xml", 11, 161, 0, 11, 23, 0 },
	};

	(void)state;
	if (!file_is_directory(shared_path("data/schemas")))
		skip();
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		DEFER(arena_release) struct arena a = arena_make(0);
		const char *path = shared_path(str_fmt(&a, "data/schemas/%s", cases[i].name).p);
		size_t fields = 0, relationships = 0, filters = 0, targets = 0, compared = 0;
		struct schema s;
		struct err e = { 0 };

		if (!schema_read_file(&a, path, &s, &e))
			fail_msg("%s", e.msg);
		for (size_t j = 0; j < s.nentities; j++) {
			fields += s.entities[j].nfields;
			relationships += s.entities[j].nrelationships;
			filters += s.entities[j].filter.n > 0;
			for (size_t k = 0; k < s.entities[j].nfields; k++) {
				targets += s.entities[j].fields[k].ntargets;
				compared += s.entities[j].fields[k].update_compare;
			}
		}
		assert_int_equal(s.nentities, cases[i].entities);
		assert_int_equal(fields, cases[i].fields);
		assert_int_equal(relationships, cases[i].relationships);
		assert_int_equal(filters, cases[i].filters);
		assert_int_equal(targets, cases[i].targets);
		assert_int_equal(compared, cases[i].compared);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(entities_and_fields_have_what_is_written),
		cmocka_unit_test(relationships_and_import_order_are_read),
		cmocka_unit_test(a_filter_is_decoded_once),
		cmocka_unit_test(a_filter_of_elements_is_written_out_again),
		cmocka_unit_test(an_empty_schema_is_one),
		cmocka_unit_test(mistakes_are_told_with_their_line),
		cmocka_unit_test(names_that_differ_in_case_are_two),
		cmocka_unit_test(what_is_not_well_formed_is_refused),
		cmocka_unit_test(microsofts_schemas_are_read_in_full),
	};

	return cmocka_run_group_tests_name("schema", tests, NULL, NULL);
}
