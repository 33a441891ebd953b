/* SPDX-License-Identifier: MIT */
/*
 * What is found in schemas that people broke. Lines were counted by hand.
 */
#include "dv/schema_check.h"

#include "shared.h"

#include "io/json.h"

static struct arena arena;

static struct schema_check checked(const char *text)
{
	struct schema_check c;

	schema_check(&arena, str_from(text), "s.xml", &c);
	return c;
}

/* All findings as "12 error queue.name: message", each with a line end, by line. */
static struct str told(struct schema_check *c)
{
	struct buf b = buf_make(0);

	findings_sort(&c->findings);
	for (size_t i = 0; i < c->findings.n; i++) {
		const struct finding *f = &c->findings.p[i];

		buf_add_fmt(&b, "%u %.*s %.*s.%.*s: %.*s\n", f->line,
			    STR_ARG(finding_severity_word(f->severity)), STR_ARG(f->table),
			    STR_ARG(f->column), STR_ARG(f->message));
	}
	struct str all = str_dup(&arena, buf_str(&b));

	buf_release(&b);
	return all;
}

static void expect_told(struct schema_check *c, const char *want)
{
	struct str all = told(c);

	assert_string_equal(str_cstr(&arena, all), want);
}

#define QUEUE(fields, rest)                                                                        \
	"<entities >\n"                                                                            \
	"<entity name=\"queue\" displayname=\"Queue\" etc=\"2020\" primaryidfield=\"queueid\" "    \
	"primarynamefield=\"name\" disableplugins=\"false\">\n"                                    \
	"<fields>\n"                                                                               \
	"<field displayname=\"Queue\" name=\"queueid\" type=\"guid\" primaryKey=\"true\" />\n"     \
	"<field displayname=\"Name\" name=\"name\" type=\"string\" />\n" fields "</fields>\n" rest \
	"</entity>\n</entities>"

static void a_good_schema_has_no_problem(void **state)
{
	struct schema_check c = checked(QUEUE("", ""));

	(void)state;
	assert_true(c.whole);
	expect_told(&c, "");
}

static void every_problem_is_told_in_one_go(void **state)
{
	struct schema_check c =
		checked(QUEUE("<field name=\"a\" type=\"lookup\" />\n"
			      "<field name=\"name\" type=\"string\" />\n"
			      "<field type=\"string\" />\n"
			      "<field name=\"b\" />\n"
			      "<field name=\"c\" type=\"bool\" customfield=\"True\" />\n"
			      "<field name=\"d\" type=\"datetime\" dateMode=\"Relative\" />\n"
			      "<field name=\"e\" type=\"strng\" />\n",
			      ""));

	(void)state;
	expect_told(&c,
		    "6 error queue.a: \"lookup\" is no field type; did you mean entityreference?\n"
		    "7 error queue.name: the field comes twice, first on line 5\n"
		    "8 error queue.: <field> without name\n"
		    "9 error queue.b: <field> without type\n"
		    "10 error queue.c: customfield=\"True\" is none of true, false, 1, 0\n"
		    "11 error queue.d: dateMode=\"Relative\" is none of absolute, relative, "
		    "relativeDaily\n"
		    "12 error queue.e: \"strng\" is no field type; did you mean string?\n");
}

static void names_are_names_and_data_are_no_schema(void **state)
{
	struct schema_check c =
		checked(QUEUE("<field name=\"a b\" type=\"bool\" />\n", "<records />\n"));

	(void)state;
	expect_told(&c,
		    "6 error queue.: <field> with name=\"a b\": a logical name has only "
		    "letters, digits and _, and at most 128 of them\n"
		    "8 error queue.: <records>: these are data and not their schema; were data.xml "
		    "and data_schema.xml exchanged?\n");
}

static void misspelt_words_are_errors_and_foreign_ones_are_not(void **state)
{
	struct schema_check c =
		checked(QUEUE("<field name=\"a\" type=\"bool\" updatecompare=\"true\" />\n"
			      "<feild name=\"b\" type=\"bool\" />\n"
			      "<field name=\"c\" type=\"bool\" remark=\"x\" xsi:nil=\"false\" />\n",
			      "<notes>x</notes>\n"
			      "<Relationships />\n"));

	(void)state;
	expect_told(&c, "6 error queue.: <field> has no attribute updatecompare; did you mean "
			"updateCompare?\n"
			"7 error queue.: <fields> has no element feild; did you mean field?\n"
			"8 warning queue.: <field> has no attribute remark; it is passed over\n"
			"10 warning queue.: <entity> has no element notes; it is passed over\n"
			"11 error queue.: <entity> has no element Relationships; did you mean "
			"relationships?\n");
}

static void entities_have_names_once_and_keys(void **state)
{
	struct schema_check c =
		checked("<entities>\n"
			"<entity name=\"a\" primaryidfield=\"aid\"><fields>\n"
			"<field name=\"x\" type=\"string\" /></fields></entity>\n"
			"<entity primaryidfield=\"bid\" />\n"
			"<entity name=\"a\"><fields>\n"
			"<field name=\"aid\" type=\"string\" primaryKey=\"true\" />\n"
			"</fields></entity>\n"
			"<entity name=\"c\" skipupdate=\"yes\"><fields>\n"
			"<field name=\"x\" type=\"bool\" /></fields></entity>\n"
			"<entity name=\"d\" primaryidfield=\"did\"><fields>\n"
			"<field name=\"did\" type=\"guid\" />\n"
			"<field name=\"x\" type=\"guid\" primaryKey=\"1\" />\n"
			"</fields></entity>\n"
			"<entityImportOrder>\n"
			"<entityName>c</entityName><entityName>z</entityName>\n"
			"</entityImportOrder>\n"
			"</entities>");

	(void)state;
	expect_told(&c,
		    "0 warning .: entityImportOrder names z, which the schema lacks\n"
		    "2 warning a.aid: the primary key is not among the fields; the Configuration "
		    "Migration Tool gives new rows other ids then\n"
		    "4 error .: <entity> without name\n"
		    "4 warning .: the entity has no fields\n"
		    "5 error a.: the entity comes twice, first on line 2\n"
		    "6 error a.aid: the primary key is not of type guid\n"
		    "8 error c.: skipupdate=\"yes\" is none of true, false, 1, 0\n"
		    "8 warning c.: primaryidfield is missing, and no field is the primary key\n"
		    "11 warning d.did: the primary key lacks primaryKey=\"true\"\n"
		    "12 error d.x: primaryKey=\"true\", but primaryidfield is did\n");
}

static void lookups_and_links_to_tables_that_are_not_there_are_warnings(void **state)
{
	struct schema_check c = checked(QUEUE(
		"<field name=\"a\" type=\"entityreference\" lookupType=\"queue|team|user\" />\n"
		"<field name=\"b\" type=\"entityreference\" />\n"
		"<field name=\"c\" type=\"entityreference\" lookupType=\"*\" />\n"
		"<field name=\"d\" type=\"owner\" />\n"
		"<field name=\"e\" type=\"string\" lookupType=\"queue\" />\n",
		"<relationships>\n"
		"<relationship name=\"q_u\" manyToMany=\"true\" isreflexive=\"false\" "
		"relatedEntityName=\"q_u\" m2mTargetEntity=\"user\" "
		"m2mTargetEntityPrimaryKey=\"userid\" />\n"
		"<relationship name=\"q_q\" manyToMany=\"true\" relatedEntityName=\"qq\" "
		"m2mTargetEntity=\"queue\" m2mTargetEntityPrimaryKey=\"queueid\" />\n"
		"<relationship name=\"q_q\" manyToMany=\"true\" />\n"
		"<relationship name=\"n1\" manyToMany=\"false\" />\n"
		"</relationships>\n"));

	(void)state;
	expect_told(
		&c,
		"6 warning queue.a: points to team, user, which the schema lacks: the rows must "
		"be in the target\n"
		"7 warning queue.b: a lookup without lookupType; the Configuration Migration "
		"Tool leaves its values out\n"
		"10 warning queue.e: lookupType on a field of type string\n"
		"13 warning queue.q_u: links to user, which the schema lacks: the rows must be "
		"in the target\n"
		"14 note queue.q_q: named by the relationship; the Configuration Migration Tool "
		"names the intersect table (relatedEntityName is qq)\n"
		"14 warning queue.q_q: isreflexive does not fit: it links queue to queue\n"
		"15 error queue.q_q: <relationship> without m2mTargetEntity\n"
		"15 error queue.q_q: <relationship> without m2mTargetEntityPrimaryKey\n"
		"15 error queue.q_q: the relationship comes twice, first on line 14\n"
		"16 note queue.n1: not many-to-many; only lookups carry such a relationship\n");
}

#define FILTER(text) QUEUE("", "<filter>" text "</filter>\n")

static void filters_are_parsed_and_their_lines_counted(void **state)
{
	static const struct {
		const char *schema, *want;
	} cases[] = {
		{ FILTER("&lt;fetch&gt;\n&lt;entity name=\"queue\"&gt;\n&lt;nothing /&gt;\n"
			 "&lt;/entity&gt;&lt;/fetch&gt;"),
		  "9 error queue.: the filter: <nothing> is not an element of <entity>\n" },
		{ FILTER("&lt;fetch&gt;\n&lt;entity name=\"team\" /&gt;&lt;/fetch&gt;"),
		  "8 error queue.: the filter asks for rows of team, not of queue\n" },
		{ FILTER("&lt;fetch&gt;&lt;entity name=\"queue\"&gt;\n&lt;filter&gt;\n"
			 "&lt;condition entityname=\"x\" attribute=\"a\" operator=\"null\" /&gt;\n"
			 "&lt;/filter&gt;&lt;/entity&gt;&lt;/fetch&gt;"),
		  "9 error queue.: the filter has entityname=\"x\", but no link has that alias\n" },
		{ FILTER("<fetch><entity name=\"queue\"><filter>\n"
			 "<condition attribute=\"statecode\" operator=\"eq\" value=\"0\" />"
			 "</filter></entity></fetch>"),
		  "8 note queue.: the filter uses queue.statecode, which is no field of this "
		  "schema; --against tells whether the table has it\n" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct schema_check c = checked(cases[i].schema);

		schema_check_within(&c);
		expect_told(&c, cases[i].want);
	}
}

static void a_file_that_is_not_xml_is_told_after_what_stands_before(void **state)
{
	struct schema_check c = checked("<entities>\n<entity name=\"a\"><fields>\n"
					"<field name=\"x\" type=\"what\" />\n"
					"</entity></entities>");
	struct schema_check other = checked("<root />");

	(void)state;
	assert_false(c.whole);
	assert_int_equal(c.findings.n, 2);
	assert_int_equal(c.findings.p[0].line, 3);
	assert_int_equal(c.findings.p[1].line, 4);
	assert_int_equal(c.findings.p[1].severity, FINDING_ERROR);
	assert_false(other.whole);
	expect_told(&other, "1 error .: the first element is <root>, not <entities>; is this the "
			    "schema of a configuration migration?\n");
	other = checked("");
	assert_int_equal(other.findings.counts[FINDING_ERROR], 1);
}

static void the_list_is_bounded_and_the_count_is_not(void **state)
{
	struct buf b = buf_make(0);

	(void)state;
	buf_add(&b, S("<entities><entity name=\"a\"><fields>"));
	for (int i = 0; i < 3000; i++)
		buf_add_fmt(&b, "<field name=\"f%d\" type=\"what\" />", i);
	buf_add(&b, S("</fields></entity></entities>"));
	struct schema_check c = checked(str_cstr(&arena, buf_str(&b)));

	assert_int_equal(c.findings.counts[FINDING_ERROR], 3000);
	assert_true(c.findings.n < 3000);
	buf_release(&b);
}

/* ---- against an environment ---- */

#define COLUMN(name, type, more)                                                                   \
	"{\"logicalName\":\"" name "\",\"schemaName\":\"" name "\",\"type\":\"" type "\"," more    \
	"\"validForCreate\":true,\"validForUpdate\":true,\"validForRead\":true}"
static const char facts[] =
	"{\"logicalName\":\"queue\",\"schemaName\":\"Queue\",\"entitySetName\":\"queues\","
	"\"primaryId\":\"queueid\",\"primaryName\":\"name\",\"objectTypeCode\":2020,"
	"\"attributes\":[" COLUMN("queueid", "UniqueidentifierType", "") "," COLUMN(
		"name", "StringType",
		"") "," COLUMN("description", "MemoType",
			       "") "," COLUMN("msdyn_level", "IntegerType",
					      "") "," COLUMN("who", "LookupType",
							     "\"targets\":[\"systemuser\"],") "],"
											      "\"manyToMany\":[{\"schemaName\":\"queuemembership_association\",\"intersectEntity\":"
											      "\"queuemembership\",\"entity1\":\"queue\",\"entity1Attribute\":\"queueid\",\"entity1Nav\":"
											      "\"m\",\"entity2\":\"systemuser\",\"entity2Attribute\":\"systemuserid\",\"entity2Nav\":"
											      "\"n\"}]}";

static struct catalog catalog(void)
{
	struct catalog c = catalog_make(&arena);
	struct table *t = arena_new(&arena, struct table);
	struct json json;
	struct err e;

	if (!json_parse(&arena, str_from(facts), "facts", &json, &e) ||
	    !table_from_facts(&arena, &json, "facts", t, &e))
		fail_msg("%s", e.msg);
	catalog_put(&c, t);
	return c;
}

static void an_environment_says_what_it_does_not_have(void **state)
{
	struct catalog environment = catalog();
	struct schema_check c = checked(
		QUEUE("<field name=\"descripton\" type=\"string\" />\n"
		      "<field name=\"msdyn_level\" type=\"decimal\" />\n"
		      "<field name=\"who\" type=\"entityreference\" lookupType=\"queue\" />\n",
		      "<relationships>\n"
		      "<relationship name=\"queuemembership_association\" manyToMany=\"true\" "
		      "isreflexive=\"false\" m2mTargetEntity=\"systemuser\" "
		      "m2mTargetEntityPrimaryKey=\"userid\" />\n"
		      "<relationship name=\"other\" manyToMany=\"true\" isreflexive=\"false\" "
		      "m2mTargetEntity=\"systemuser\" "
		      "m2mTargetEntityPrimaryKey=\"systemuserid\" />\n"
		      "</relationships>\n"
		      "<filter>&lt;fetch&gt;\n&lt;entity name=\"queue\"&gt;\n"
		      "&lt;filter&gt;&lt;condition attribute=\"nam\" operator=\"null\" /&gt;"
		      "&lt;/filter&gt;\n&lt;link-entity name=\"gone\" from=\"a\" to=\"b\" /&gt;"
		      "&lt;/entity&gt;&lt;/fetch&gt;</filter>\n"
		      "</entity>\n<entity name=\"away\"><fields /> "));

	(void)state;
	/* the links' own warnings are another test's */
	for (size_t i = 0; i < c.findings.n; i++)
		assert_int_not_equal(c.findings.p[i].severity, FINDING_ERROR);
	c.findings.n = 0;
	schema_check_against(&c, &environment);
	expect_told(
		&c,
		"6 error queue.descripton: the environment has no such column; did you mean "
		"description?\n"
		"7 error queue.msdyn_level: is of type decimal, but the environment's column is "
		"of type number\n"
		"8 warning queue.who: does not point to queue in the environment\n"
		"11 note queue.queuemembership_association: named by the relationship; the "
		"Configuration Migration Tool names the intersect table, queuemembership\n"
		"11 warning queue.queuemembership_association: m2mTargetEntityPrimaryKey is "
		"userid, but the intersect table's column is systemuserid\n"
		"12 error queue.other: the environment has no such many-to-many relationship; "
		"between these tables there is queuemembership\n"
		"16 error queue.: the filter uses queue.nam, which the environment does not "
		"have; did you mean name?\n"
		"17 error queue.: the filter links to gone, which the environment does not "
		"have\n"
		"17 error queue.: the filter uses queue.b, which the environment does not "
		"have\n"
		"19 error away.: the environment has no such table\n");
}

static void the_tables_of_filters_are_asked_for_too(void **state)
{
	struct schema_check c = checked(
		FILTER("&lt;fetch&gt;&lt;entity name=\"queue\"&gt;&lt;link-entity name=\"team\" "
		       "from=\"a\" to=\"b\"&gt;&lt;link-entity name=\"role\" from=\"c\" to=\"d\" "
		       "/&gt;&lt;/link-entity&gt;&lt;/entity&gt;&lt;/fetch&gt;"));
	struct str *names;
	size_t n = schema_check_tables(&c, &names);

	(void)state;
	assert_int_equal(n, 4);
	expect_str(names[2], "team");
	expect_str(names[3], "role");
}

static void check_real(struct arena *a, const char *path)
{
	struct schema_check c;
	struct str bytes;
	struct err e;

	if (!file_read(a, path, (size_t)64 << 20, &bytes, &e))
		fail_msg("%s", e.msg);
	schema_check(a, bytes, path, &c);
	schema_check_within(&c);
	if (c.findings.counts[FINDING_ERROR] > 0)
		fail_msg("%s: %s", path, str_cstr(a, told(&c)));
}

static void microsofts_own_schemas_have_no_errors(void **state)
{
	(void)state;
	assert_true(each_file(&arena, shared_path("data/schemas"), ".xml", check_real) > 0);
}

static int start(void **state)
{
	(void)state;
	arena = arena_make(0);
	return 0;
}

static int end(void **state)
{
	(void)state;
	arena_release(&arena);
	return 0;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, start, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_good_schema_has_no_problem),
		TEST(every_problem_is_told_in_one_go),
		TEST(names_are_names_and_data_are_no_schema),
		TEST(misspelt_words_are_errors_and_foreign_ones_are_not),
		TEST(entities_have_names_once_and_keys),
		TEST(lookups_and_links_to_tables_that_are_not_there_are_warnings),
		TEST(filters_are_parsed_and_their_lines_counted),
		TEST(a_file_that_is_not_xml_is_told_after_what_stands_before),
		TEST(the_list_is_bounded_and_the_count_is_not),
		TEST(an_environment_says_what_it_does_not_have),
		TEST(the_tables_of_filters_are_asked_for_too),
		TEST(microsofts_own_schemas_have_no_errors),
	};

	return cmocka_run_group_tests_name("schema_check", tests, NULL, NULL);
}
