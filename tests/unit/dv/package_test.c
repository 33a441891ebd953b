/* SPDX-License-Identifier: MIT */
/*
 * Reading packages. Counts of real packages were made with Python's zipfile and ElementTree.
 */
#include "dv/package.h"

#include "package_fixture.h"

#include "dv/value.h"

static void put_zip(const char *path, const char *name1, const char *text1, const char *name2,
		    const char *text2)
{
	DEFER(arena_release) struct arena a = arena_make(0);
	DEFER(zip_writer_close) struct zip_writer *w = NULL;
	struct sink *out;
	struct err e = { 0 };

	(void)unlink(path);
	if (!zip_writer_open(&w, &a, path, &e) ||
	    !zip_writer_entry(w, str_from(name1), sample_time(), false, &out, &e) ||
	    !sink_write(out, str_from(text1), &e) || !zip_writer_entry_end(w, &e) ||
	    !zip_writer_entry(w, str_from(name2), sample_time(), false, &out, &e) ||
	    !sink_write(out, str_from(text2), &e) || !zip_writer_entry_end(w, &e) ||
	    !zip_writer_finish(w, &e))
		fail_msg("%s", e.msg);
}

static void check_first_row(const struct package_event *ev)
{
	assert_int_equal(ev->kind, PACKAGE_ROW);
	assert_int_equal(ev->line, 5);
	expect_str(ev->table, "account");
	assert_true(guid_eq(ev->id, guid_of(ID1)));
	assert_int_equal(ev->nfields, 8);
	expect_str(ev->fields[0].name, "name");
	expect_str(ev->fields[0].value, "A &amp; B &lt;caf&#233;&gt;\r\nit&#39;s\ttabbed \xc4\x8d");
	assert_int_equal(ev->fields[0].line, 6);
	expect_str(ev->fields[2].lookup_table, "contact");
	expect_str(ev->fields[2].lookup_name, "John's \"caf\xc3\xa9\" & <bar>");
	expect_str(ev->fields[3].lookup_name, "");
	expect_str(ev->fields[6].file_name, "a.txt");
}

static void check_sample(struct fixture *f, const char *path)
{
	DEFER(package_close) struct package *p = NULL;
	struct package_event ev = { 0 };
	struct arena *page = &f->arena;
	struct err e = { 0 };

	if (!package_open(&p, &f->arena, path, &e))
		fail_msg("%s", e.msg);
	assert_int_equal(package_schema(p)->nentities, 2);
	expect_str(package_schema(p)->bytes, schema_text);
	next_of(p, page, &ev);
	assert_int_equal(ev.kind, PACKAGE_TABLE);
	expect_str(ev.table, "account");
	assert_int_equal(ev.line, 3);
	expect_str(package_timestamp(p), "2022-09-30T20:37:52.2231694Z");
	next_of(p, page, &ev);
	check_first_row(&ev);
	next_of(p, page, &ev);
	assert_int_equal(ev.kind, PACKAGE_ROW);
	assert_int_equal(ev.nfields, 0);
	next_of(p, page, &ev);
	assert_int_equal(ev.kind, PACKAGE_LINK);
	expect_str(ev.relationship, "accountleads");
	expect_str(ev.target_table, "lead");
	expect_str(ev.target_column, "leadid");
	assert_true(guid_eq(ev.source, guid_of(ID1)));
	assert_int_equal(ev.ntargets, 2);
	assert_true(guid_eq(ev.targets[0], guid_of(ID2)));
	next_of(p, page, &ev);
	assert_int_equal(ev.kind, PACKAGE_TABLE_END);
	next_of(p, page, &ev);
	assert_int_equal(ev.kind, PACKAGE_TABLE);
	expect_str(ev.table, "team");
	next_of(p, page, &ev);
	assert_int_equal(ev.kind, PACKAGE_ROW);
	next_of(p, page, &ev);
	assert_int_equal(ev.kind, PACKAGE_TABLE_END);
	next_of(p, page, &ev);
	assert_int_equal(ev.kind, PACKAGE_END);
	next_of(p, page, &ev);
	assert_int_equal(ev.kind, PACKAGE_END);
}

static void a_package_is_read_from_a_folder_and_from_a_zip(void **state)
{
	DEFER(fixture_release) struct fixture f = fixture_make();

	(void)state;
	check_sample(&f, folder_of(&f, data_text, schema_text));
	put_zip(path_in(&f, "x.zip"), "data_schema.xml", schema_text, "data.xml", data_text);
	check_sample(&f, path_in(&f, "x.zip"));
}

static void names_are_found_in_another_case(void **state)
{
	DEFER(fixture_release) struct fixture f = fixture_make();
	const char *path = folder_of(&f, NULL, NULL);

	(void)state;
	put_file(path_in(&f, "p/Data.xml"), data_text);
	put_file(path_in(&f, "p/DATA_SCHEMA.XML"), schema_text);
	check_sample(&f, path);
}

static void expect_open_error(struct fixture *f, const char *path, const char *want)
{
	DEFER(package_close) struct package *p = NULL;
	struct err e = { 0 };

	assert_false(package_open(&p, &f->arena, path, &e));
	assert_null(p);
	assert_int_equal(e.kind, ERR_INPUT);
	assert_string_equal(e.msg, str_fmt(&f->arena, "%s%s", path, want).p);
}

static void what_is_missing_is_named(void **state)
{
	DEFER(fixture_release) struct fixture f = fixture_make();
	const char *zip = path_in(&f, "x.zip");

	(void)state;
	expect_open_error(
		&f, folder_of(&f, data_text, NULL),
		": data_schema.xml is missing; is this a Configuration Migration package?");
	expect_open_error(&f, folder_of(&f, NULL, schema_text),
			  ": data.xml is missing; is this a Configuration Migration package?");
	put_zip(zip, "data.xml", data_text, "other.xml", "");
	expect_open_error(
		&f, zip,
		": data_schema.xml is missing; is this a Configuration Migration package?");
	put_zip(zip, "pkg/data.xml", data_text, "pkg/data_schema.xml", schema_text);
	expect_open_error(&f, zip,
			  ": data.xml is missing, but there is pkg/data.xml; zip the files, "
			  "not their folder");
	put_zip(zip, "Data.XML", data_text, "DATA_schema.xml", schema_text);
	check_sample(&f, zip);
}

static void a_wrong_schema_is_named_with_its_package(void **state)
{
	DEFER(fixture_release) struct fixture f = fixture_make();
	const char *path = folder_of(&f, data_text, "<entities>\n<entity/></entities>");

	(void)state;
	expect_open_error(&f, path, ": data_schema.xml:2: <entity> without name");
}

/* Reads to the error. */
static void expect_data_error(struct fixture *f, const char *data, const char *want)
{
	const char *path = folder_of(f, data, schema_text);
	DEFER(package_close) struct package *p = NULL;
	struct package_event ev = { 0 };
	struct err e = { 0 };

	assert_true(package_open(&p, &f->arena, path, &e));
	while (package_next(p, &f->arena, &ev, &e)) {
		if (ev.kind == PACKAGE_END)
			fail_msg("no error; want %s", want);
	}
	assert_int_equal(e.kind, ERR_INPUT);
	assert_string_equal(e.msg, str_fmt(&f->arena, "%s: %s", path, want).p);
}

static void bad_records_and_links_are_told_with_their_line(void **state)
{
	DEFER(fixture_release) struct fixture f = fixture_make();

	(void)state;
	expect_data_error(&f, "<entities>\n<entity name=\"q\"><records>\n<record/>",
			  "data.xml:3: entity q: <record> without id");
	expect_data_error(&f, "<entities><entity name=\"q\"><records>\n<record id=\"5\"/>",
			  "data.xml:2: entity q: <record> with id=\"5\", which is no GUID");
	expect_data_error(&f,
			  "<entities><entity name=\"q\"><records><record id=\"" ID1 "\">\n"
			  "<field value=\"x\"/>",
			  "data.xml:2: entity q: <field> without name");
	expect_data_error(&f,
			  "<entities><entity name=\"q\"><m2mrelationships><m2mrelationship "
			  "targetentityname=\"t\"/>",
			  "data.xml:1: entity q: <m2mrelationship> without sourceid");
	expect_data_error(
		&f,
		"<entities><entity name=\"q\"><m2mrelationships><m2mrelationship sourceid=\"" ID1
		"\" targetentityname=\"t\" targetentitynameidfield=\"tid\"/>",
		"data.xml:1: entity q: <m2mrelationship> without m2mrelationshipname");
	expect_data_error(
		&f,
		"<entities><entity name=\"q\"><m2mrelationships><m2mrelationship sourceid=\"" ID1
		"\" targetentityname=\"t\" targetentitynameidfield=\"tid\" "
		"m2mrelationshipname=\"r\"><targetids>\n<targetid>x</targetid>",
		"data.xml:2: entity q: <targetid> with \"x\", which is no GUID");
	expect_data_error(&f, "<entities>\n<entity/>", "data.xml:2: <entity> without name");
	expect_data_error(&f, "<entities><entity name=\"q\">\n<fields/></entity></entities>",
			  "data.xml:2: entity q: <fields>: this is a schema and not its data; were "
			  "data.xml and data_schema.xml exchanged?");
	expect_data_error(
		&f, "<data/>",
		"data.xml:1: the first element is <data>, not <entities>; is this the data "
		"of a configuration migration?");
}

static void what_is_unknown_is_passed_over(void **state)
{
	DEFER(fixture_release) struct fixture f = fixture_make();
	const char *path = folder_of(
		&f,
		"<?xml version=\"1.0\"?><entities new=\"1\"><extra><entity name=\"no\"/></extra>"
		"<entity name=\"q\" newId=\"2\"><records><record id=\"{" ID1 "}\" newId=\"3\">"
		"<field name=\"to\" value=\"\"><activitypointerrecords id=\"" ID2 "\">"
		"<field name=\"partyid\" value=\"" ID2 "\"/></activitypointerrecords></field>"
		"<field name=\"subject\" value=\"s\"/><note/></record><other/></records>"
		"<something/></entity></entities>",
		schema_text);
	DEFER(package_close) struct package *p = NULL;
	struct package_event ev = { 0 };
	struct err e = { 0 };

	(void)state;
	assert_true(package_open(&p, &f.arena, path, &e));
	next_of(p, &f.arena, &ev);
	expect_str(ev.table, "q");
	expect_str(package_timestamp(p), "");
	next_of(p, &f.arena, &ev);
	assert_int_equal(ev.nfields, 2);
	expect_str(ev.fields[0].name, "to");
	assert_int_equal(ev.fields[0].nparties, 1);
	expect_str(ev.fields[0].parties[0].element, "activitypointerrecords");
	expect_str(ev.fields[0].parties[0].fields[0].value, ID2);
	assert_int_equal(ev.fields[1].nparties, 0);
	expect_str(ev.fields[1].value, "s");
	next_of(p, &f.arena, &ev);
	assert_int_equal(ev.kind, PACKAGE_TABLE_END);
	assert_true(ev.has_records);
	assert_false(ev.has_links);
	next_of(p, &f.arena, &ev);
	assert_int_equal(ev.kind, PACKAGE_END);
}

static void a_damaged_zip_does_not_reach_the_end(void **state)
{
	DEFER(fixture_release) struct fixture f = fixture_make();
	DEFER(package_close) struct package *p = NULL;
	const char *path = path_in(&f, "x.zip");
	struct package_event ev = { 0 };
	struct err e = { 0 };

	(void)state;
	put_zip(path, "data.xml", data_text, "data_schema.xml", schema_text);

	/* the CRC stands 14 bytes into the first local header and 16 into its directory entry */
	struct str bytes = contents(&f, path);
	size_t at = str_find(bytes, S("PK\x01\x02"));
	FILE *file = fopen(path, "r+b");

	assert_non_null(file);
	for (size_t i = 0; i < 2; i++) {
		assert_int_equal(fseek(file, i == 0 ? 14 : (long)at + 16, SEEK_SET), 0);
		assert_int_equal(fwrite("\0\0\0\0", 1, 4, file), 4);
	}
	assert_int_equal(fclose(file), 0);
	assert_true(package_open(&p, &f.arena, path, &e));
	while (package_next(p, &f.arena, &ev, &e))
		assert_int_not_equal(ev.kind, PACKAGE_END);
	assert_int_equal(e.kind, ERR_INPUT);
	assert_true(str_find(str_from(e.msg), S("data.xml")) != STR_NONE);
}

struct counts {
	size_t tables, rows, fields, links, targets;
};

/* Every value has to be readable by its schema's type. */
static void count_row(struct arena *page, const struct schema *s, const struct package_event *ev,
		      struct counts *c)
{
	const struct schema_entity *entity = schema_entity(s, ev->table);

	c->rows++;
	c->fields += ev->nfields;
	for (size_t i = 0; i < ev->nfields && entity; i++) {
		const struct schema_field *field = schema_field(entity, ev->fields[i].name);
		struct value v;
		struct err e = { 0 };

		if (field && !value_from_cmt(page, field->type, ev->fields[i].value, &v, &e))
			fail_msg("%.*s:%u: %s", STR_ARG(ev->table), ev->fields[i].line, e.msg);
	}
}

static struct counts count_package(const char *path)
{
	DEFER(arena_release) struct arena a = arena_make(0);
	DEFER(arena_release) struct arena page = arena_make(0);
	DEFER(package_close) struct package *p = NULL;
	struct package_event ev = { .kind = PACKAGE_TABLE };
	struct counts c = { 0 };
	struct err e = { 0 };

	if (!package_open(&p, &a, path, &e))
		fail_msg("%s", e.msg);
	while (ev.kind != PACKAGE_END) {
		arena_reset(&page);
		next_of(p, &page, &ev);
		c.tables += ev.kind == PACKAGE_TABLE;
		c.links += ev.kind == PACKAGE_LINK;
		c.targets += ev.kind == PACKAGE_LINK ? ev.ntargets : 0;
		if (ev.kind == PACKAGE_ROW)
			count_row(&page, package_schema(p), &ev, &c);
	}
	return c;
}

static void real_packages_are_read_in_full(void **state)
{
	static const struct {
		const char *name;
		struct counts c;
	} cases[] = {
		{ "MicrosoftLearning__PL-400_Microsoft-Power-Platform-Developer/"
		  "Allfiles__Labs__L01__PermitManagementdata@2024-08-19.zip",
		  { 5, 8, 43, 0, 0 } },
		{ "abvogel__Microsoft.Xrm.DevOps.Data/Microsoft.Xrm.DevOps.Data.Tests__lib__"
		  "PrimitiveTypes__PartyListType@2019-03-23.zip",
		  { 1, 1, 1, 0, 0 } },
		{ "abvogel__Microsoft.Xrm.DevOps.Data/Microsoft.Xrm.DevOps.Data.Tests__lib__"
		  "PrimitiveTypes__m2mRelationshipType@2019-03-23.zip",
		  { 1, 189, 0, 175, 613 } },
		{ "microsoft__AdvocacyPlatform/UI__AdvocacyPlatform__APConfigurationData@2019-06-25.zip",
		  { 1, 10, 138, 0, 0 } },
		{ EDUCATION "K12SampleData.zip--PkgFolder_K12SampleData__"
			    "K12-SampleData@2023-01-12.zip",
		  { 59, 1585, 16576, 101, 275 } },
		{ EDUCATION "HiEd.zip--PkgFolder_HiEd__HIED-DefaultData@2022-04-12.zip",
		  { 34, 1261, 12128, 10, 10 } },
	};

	(void)state;
	if (!file_is_directory(shared_path("data/packages")))
		skip();
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		DEFER(arena_release) struct arena a = arena_make(0);
		struct counts c = count_package(
			shared_path(str_fmt(&a, "data/packages/%s", cases[i].name).p));

		if (memcmp(&c, &cases[i].c, sizeof(c)) != 0)
			fail_msg("%s: %zu %zu %zu %zu %zu", cases[i].name, c.tables, c.rows,
				 c.fields, c.links, c.targets);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_package_is_read_from_a_folder_and_from_a_zip),
		cmocka_unit_test(names_are_found_in_another_case),
		cmocka_unit_test(what_is_missing_is_named),
		cmocka_unit_test(a_wrong_schema_is_named_with_its_package),
		cmocka_unit_test(bad_records_and_links_are_told_with_their_line),
		cmocka_unit_test(what_is_unknown_is_passed_over),
		cmocka_unit_test(a_damaged_zip_does_not_reach_the_end),
		cmocka_unit_test(real_packages_are_read_in_full),
	};

	return cmocka_run_group_tests_name("package", tests, NULL, NULL);
}
