/* SPDX-License-Identifier: MIT */
/*
 * Exports: the bytes of a package against hand-written ones, what stays behind, and what is wrong with a
 * schema.
 */
#include "move/export.h"

#include "engine.h"

/* The export of these entities into the folder "out"; the run file stays open. */
static bool export_to(struct engine *w, const char *name, const char *schema, bool secrets)
{
	struct export_result result;
	struct export_options options = { .schema = in_folder(w, "schema.xml"),
					  .out = in_folder(w, name),
					  .secrets = secrets };
	enum datetime_zone zone;

	must(w, datetime_parse_iso(S("2025-01-02T03:04:05Z"), &options.now, &zone));
	write_file(w, options.schema, str_fmt(&w->a, "<entities>\n%s</entities>", schema));
	if (w->open)
		run_close(&w->run);
	must(w, run_create(&w->run, &w->a, NULL, &w->e));
	w->open = true;
	return export_run(&w->a, &w->run, &w->tap, &w->knowledge, &options, w->progress, &result,
			  &w->e);
}

static void export_entities(struct engine *w, const char *schema)
{
	must(w, file_remove(in_folder(w, "out"), &w->e));
	must(w, export_to(w, "out", schema, false));
}

static void export_has(struct engine *w, const char *file, const char *want)
{
	struct str bytes;

	must(w, file_read(&w->a, in_folder(w, file), LIMIT_MIB, &bytes, &w->e));
	assert_string_equal(str_cstr(&w->a, bytes), want);
}

static void refused(struct engine *w, const char *schema, enum err_kind kind, const char *part)
{
	w->e = (struct err){ 0 };
	assert_false(export_to(w, "out", schema, false));
	if (w->e.kind != kind || !strstr(w->e.msg, part))
		fail_msg("kind %d: %s", w->e.kind, w->e.msg);
	assert_false(file_exists(in_folder(w, "out")));
}

#define HEAD                                                                                       \
	"\r\n<entities xmlns:xsd=\"http://www.w3.org/2001/XMLSchema\""                             \
	" xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\""                                 \
	" timestamp=\"2025-01-02T03:04:05.0000000Z\">"

#define REPLY_1 ID("01")
#define REPLY_2 ID("02")
#define TAG_1 ID("11")
#define TAG_2 ID("12")
#define PAIRS "msdyn_msdyn_cannedmessage_msdyn_octag"

static void have_tagged_replies(struct engine *w)
{
	have(w, "msdyn_octags", "{\"msdyn_octagid\":\"" TAG_2 "\",\"msdyn_name\":\"#b\"}");
	have(w, "msdyn_octags", "{\"msdyn_octagid\":\"" TAG_1 "\",\"msdyn_name\":\"#a\"}");
	have(w, "msdyn_cannedmessages",
	     "{\"msdyn_cannedmessageid\":\"" REPLY_2 "\","
	     "\"msdyn_title\":\"<T> & \\\"q\\\" '\\u00e9'\",\"msdyn_message\":\"1\\r\\n2\\n\","
	     "\"msdyn_locale_field\":1033}");
	have(w, "msdyn_cannedmessages",
	     "{\"msdyn_cannedmessageid\":\"" REPLY_1 "\","
	     "\"msdyn_title\":\"t\\u4e2d\\ud83d\\udc9a\",\"msdyn_message\":\"m\","
	     "\"msdyn_locale_field\":1031}");
	alter(w, "INSERT INTO " PAIRS " (" PAIRS "id, msdyn_cannedmessageid, msdyn_octagid,"
		 " versionnumber) VALUES ('" ID("91") "', '" REPLY_2 "', '" TAG_2 "', 1)");
	alter(w, "INSERT INTO " PAIRS " (" PAIRS "id, msdyn_cannedmessageid, msdyn_octagid,"
		 " versionnumber) VALUES ('" ID("92") "', '" REPLY_2 "', '" TAG_1 "', 1)");
}

static const char tagged_schema[] =
	"<entity name=\"msdyn_cannedmessage\" displayname=\"Quick Reply\""
	" primaryidfield=\"msdyn_cannedmessageid\" primarynamefield=\"msdyn_title\"><fields>"
	"<field name=\"msdyn_title\" type=\"string\"/>"
	"<field name=\"msdyn_cannedmessageid\" type=\"guid\" primaryKey=\"true\"/>"
	"<field name=\"msdyn_locale_field\" type=\"optionsetvalue\"/>"
	"<field name=\"msdyn_tagscontrolfield\" type=\"string\"/>"
	"<field name=\"msdyn_message\" type=\"string\"/>" STATES "</fields><relationships>"
	"<relationship name=\"" PAIRS "\" manyToMany=\"true\" isreflexive=\"false\""
	" relatedEntityName=\"msdyn_cannedmessage\" m2mTargetEntity=\"msdyn_octag\""
	" m2mTargetEntityPrimaryKey=\"msdyn_octagid\"/></relationships></entity>"
	"<entity name=\"position\" displayname=\"none\"><fields>"
	"<field name=\"name\" type=\"string\"/></fields></entity>";

static const char tagged_data[] =
	HEAD "\r\n"
	     "  <entity name=\"msdyn_cannedmessage\" displayname=\"Quick Reply\">\r\n"
	     "    <records>\r\n"
	     "      <record id=\"" REPLY_1 "\">\r\n"
	     "        <field name=\"msdyn_title\" value=\"t\u4e2d&amp;#128154;\" />\r\n"
	     "        <field name=\"msdyn_cannedmessageid\" value=\"" REPLY_1 "\" />\r\n"
	     "        <field name=\"msdyn_locale_field\" value=\"1031\" />\r\n"
	     "        <field name=\"msdyn_message\" value=\"m\" />\r\n"
	     "        <field name=\"statecode\" value=\"0\" />\r\n"
	     "        <field name=\"statuscode\" value=\"1\" />\r\n"
	     "      </record>\r\n"
	     "      <record id=\"" REPLY_2 "\">\r\n"
	     "        <field name=\"msdyn_title\" value=\"&amp;lt;T&amp;gt; &amp;amp;"
	     " &amp;quot;q&amp;quot; &amp;#39;&amp;#233;&amp;#39;\" />\r\n"
	     "        <field name=\"msdyn_cannedmessageid\" value=\"" REPLY_2 "\" />\r\n"
	     "        <field name=\"msdyn_locale_field\" value=\"1033\" />\r\n"
	     "        <field name=\"msdyn_message\" value=\"1&#xD;&#xA;2&#xA;\" />\r\n"
	     "        <field name=\"statecode\" value=\"0\" />\r\n"
	     "        <field name=\"statuscode\" value=\"1\" />\r\n"
	     "      </record>\r\n"
	     "    </records>\r\n"
	     "    <m2mrelationships>\r\n"
	     "      <m2mrelationship sourceid=\"" REPLY_2 "\" targetentityname=\"msdyn_octag\""
	     " targetentitynameidfield=\"msdyn_octagid\" m2mrelationshipname=\"" PAIRS "\">\r\n"
	     "        <targetids>\r\n"
	     "          <targetid>" TAG_1 "</targetid>\r\n"
	     "          <targetid>" TAG_2 "</targetid>\r\n"
	     "        </targetids>\r\n"
	     "      </m2mrelationship>\r\n"
	     "    </m2mrelationships>\r\n"
	     "  </entity>\r\n"
	     "</entities>";

static void the_bytes_are_those_of_the_tool(void **state)
{
	struct engine *w = *state;

	have_tagged_replies(w);
	export_entities(w, tagged_schema);
	export_has(w, "out/data.xml", tagged_data);
}

static void the_schema_goes_into_the_package_as_it_is(void **state)
{
	struct engine *w = *state;
	struct str schema;

	export_entities(w, SKILL(TEXT("name")) "<!-- a remark -->");
	must(w, file_read(&w->a, in_folder(w, "schema.xml"), LIMIT_MIB, &schema, &w->e));
	export_has(w, "out/data_schema.xml", str_cstr(&w->a, schema));
}

static void a_lookup_carries_its_table_and_name(void **state)
{
	struct engine *w = *state;

	have(w, "positions", "{\"positionid\":\"" ID("01") "\",\"name\":\"Boss & Co\"}");
	have(w, "positions",
	     "{\"positionid\":\"" ID(
		     "02") "\",\"name\":\"b\",\"parentpositionid@odata.bind\":\"/positions(" ID("01") ")\"}");
	export_entities(w, "<entity name=\"position\" displayname=\"Position\"><fields>" LOOKUP(
				   "parentpositionid", "position") "</fields></entity>");
	export_has(
		w, "out/data.xml",
		HEAD
		"\r\n"
		"  <entity name=\"position\" displayname=\"Position\">\r\n"
		"    <records>\r\n"
		"      <record id=\"" ID(
			"01") "\" />\r\n"
			      "      <record id=\"" ID(
				      "02") "\">\r\n"
					    "        <field name=\"parentpositionid\" value=\"" ID(
						    "01") "\" lookupentity=\"position\" lookupentityname=\"Boss &amp; Co\" />\r\n"
							  "      </record>\r\n"
							  "    </records>\r\n"
							  "    <m2mrelationships />\r\n"
							  "  </entity>\r\n"
							  "</entities>");
}

#define FILTERED(filter)                                                                           \
	"<entity name=\"characteristic\" displayname=\"Skill\"><fields>" TEXT(                     \
		"name") "</fields>\n<filter>" filter "</filter></entity>"

static void the_filter_chooses_the_rows(void **state)
{
	struct engine *w = *state;

	have(w, "characteristics",
	     "{\"characteristicid\":\"" ID("01") "\",\"name\":\"a\",\"characteristictype\":1}");
	have(w, "characteristics",
	     "{\"characteristicid\":\"" ID("02") "\",\"name\":\"b\",\"characteristictype\":1}");
	export_entities(w,
			FILTERED("&lt;fetch&gt;&lt;entity name=\"characteristic\"&gt;&lt;filter&gt;"
				 "&lt;condition attribute=\"name\" operator=\"eq\" value=\"B\"/&gt;"
				 "&lt;/filter&gt;&lt;/entity&gt;&lt;/fetch&gt;"));
	export_has(w, "out/data.xml",
		   HEAD "\r\n"
			"  <entity name=\"characteristic\" displayname=\"Skill\">\r\n"
			"    <records>\r\n"
			"      <record id=\"" REPLY_2 "\">\r\n"
			"        <field name=\"name\" value=\"b\" />\r\n"
			"      </record>\r\n"
			"    </records>\r\n"
			"    <m2mrelationships />\r\n"
			"  </entity>\r\n"
			"</entities>");
}

static void a_filter_that_is_wrong_is_told_with_its_line(void **state)
{
	struct engine *w = *state;

	refused(w,
		FILTERED("&lt;fetch&gt;&lt;entity name=\"queue\"&gt;&lt;/entity&gt;&lt;/fetch&gt;"),
		ERR_INPUT, "schema.xml:3: the filter of characteristic asks for rows of queue");
	refused(w,
		FILTERED("&lt;fetch&gt;&lt;entity name=\"characteristic\"&gt;&lt;filter&gt;"
			 "&lt;condition attribute=\"nome\" operator=\"eq\" value=\"B\"/&gt;"
			 "&lt;/filter&gt;&lt;/entity&gt;&lt;/fetch&gt;"),
		ERR_INPUT, "schema.xml:3");
	refused(w, FILTERED("&lt;fetch&gt;"), ERR_INPUT, "schema.xml:3");
	refused(w,
		FILTERED("&lt;fetch&gt;&lt;entity name=\"characteristic\"&gt;&lt;filter&gt;"
			 "&lt;condition attribute=\"name\" operator=\"resembles\" value=\"B\"/&gt;"
			 "&lt;/filter&gt;&lt;/entity&gt;&lt;/fetch&gt;"),
		ERR_INPUT, "resembles");
}

static void what_the_environment_lacks_is_told_at_once(void **state)
{
	struct engine *w = *state;

	refused(w, SKILL(TEXT("name") TEXT("nome")) "\n" ENTITY("new_thing", "new_thingid", ""),
		ERR_INPUT, "characteristic.nome (line 2)");
	assert_non_null(strstr(w->e.msg, "table new_thing (line 3)"));
}

static void secrets_stay_behind_unless_asked_for(void **state)
{
	struct engine *w = *state;
	const char *schema = ENTITY("msdyn_liveworkstream", "msdyn_liveworkstreamid",
				    TEXT("msdyn_apikey") TEXT("msdyn_name"));
	struct str data;

	have(w, "msdyn_liveworkstreams",
	     "{\"msdyn_liveworkstreamid\":\"" ID(
		     "01") "\",\"msdyn_name\":\"W\",\"msdyn_apikey\":\"sesame\"}");
	export_entities(w, schema);
	must(w, file_read(&w->a, in_folder(w, "out/data.xml"), LIMIT_MIB, &data, &w->e));
	assert_true(str_find(data, S("sesame")) == STR_NONE);
	assert_true(str_find(data, S("msdyn_apikey")) == STR_NONE);
	assert_true(str_find(data, S("\"W\"")) != STR_NONE);
	told(w, "note msdyn_liveworkstream  msdyn_apikey", "secret");
	must(w, export_to(w, "open", schema, true));
	must(w, file_read(&w->a, in_folder(w, "open/data.xml"), LIMIT_MIB, &data, &w->e));
	assert_true(str_find(data, S("sesame")) != STR_NONE);
	nothing_told(w);
}

static void what_was_exported_is_unchanged_where_it_came_from(void **state)
{
	struct engine *w = *state;

	have(w, "characteristics",
	     "{\"characteristicid\":\"" ID(
		     "01") "\",\"name\":\"<a> & \\u00e9 \\u4e2d\",\"characteristictype\":2,"
			   "\"description\":\"x\\r\\ny\"}");
	export_entities(w, SKILL(TEXT("name") TEXT("description")
					 FIELD("characteristictype", "optionsetvalue") STATES)
				   TAG QUEUE(FIELD("msdyn_isdefaultqueue", "bool")));
	w->options.decisions.same_environment = true;
	import_path(w, in_folder(w, "out"));
	succeeded(w);
	rows_are(w, "characteristic", "read 1: 1 unchanged");
	rows_are(w, "queue", "read 3: 3 unchanged");
	assert_int_equal(w->run.writes, 0);
}

static bool line_breaks(struct engine *w, const struct request *r, struct err *e)
{
	if (str_starts(r->target, S("characteristics")) && w->count++ > 0)
		return err_set(e, ERR_NETWORK, "the line is dead");
	return true;
}

static void an_export_that_breaks_off_leaves_nothing(void **state)
{
	struct engine *w = *state;

	w->before = line_breaks;
	w->count = 1;
	refused(w, TAG SKILL(TEXT("name")), ERR_NETWORK, "characteristic");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_ENGINE(the_bytes_are_those_of_the_tool),
		WITH_ENGINE(the_schema_goes_into_the_package_as_it_is),
		WITH_ENGINE(a_lookup_carries_its_table_and_name),
		WITH_ENGINE(the_filter_chooses_the_rows),
		WITH_ENGINE(a_filter_that_is_wrong_is_told_with_its_line),
		WITH_ENGINE(what_the_environment_lacks_is_told_at_once),
		WITH_ENGINE(secrets_stay_behind_unless_asked_for),
		WITH_ENGINE(what_was_exported_is_unchanged_where_it_came_from),
		WITH_ENGINE(an_export_that_breaks_off_leaves_nothing),
	};

	return RUN_ENGINE_TESTS(tests);
}
