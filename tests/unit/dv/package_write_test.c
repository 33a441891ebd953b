/* SPDX-License-Identifier: MIT */
/*
 * Writing packages: against a data.xml written by hand, and against those that the Configuration
 * Migration Tool itself wrote.
 */
#include "dv/package.h"

#include "package_fixture.h"

#include "dv/value.h"

static struct value text_value(const char *text)
{
	return (struct value){ .kind = VALUE_TEXT, .text = str_from(text) };
}

static void write_sample(struct package_writer *w, const struct schema *s)
{
	const struct value account[] = {
		text_value("A & B <caf\xc3\xa9>\r\nit's\ttabbed \xc4\x8d"),
		text_value("1"),
		text_value("12345"),
		{ .kind = VALUE_REF,
		  .text = S(ID2),
		  .table = S("contact"),
		  .name = S("John's \"caf\xc3\xa9\" & <bar>") },
		{ .kind = VALUE_REF, .text = S(ID2), .table = S("systemuser") },
		text_value("1978-02-12"),
		text_value("1,2"),
		{ .kind = VALUE_TEXT, .text = S(ID2), .name = S("a.txt") },
		text_value("11.5000000000"),
	};
	const struct value nothing[COUNT_OF(account)] = { [1] = { .kind = VALUE_NULL } };
	const struct value team[] = { text_value(ID1) };
	const struct guid targets[] = { guid_of(ID2), guid_of(ID1) };
	const struct schema_entity *entity = schema_entity(s, S("account"));
	struct err e = { 0 };

	if (!package_write_table(w, entity, &e) ||
	    !package_write_row(w, guid_of(ID1), account, &e) ||
	    !package_write_row(w, guid_of(ID2), nothing, &e) ||
	    !package_write_link(w, &entity->relationships[0], guid_of(ID1), targets, 2, &e) ||
	    !package_write_link(w, &entity->relationships[0], guid_of(ID2), targets, 0, &e) ||
	    !package_write_table(w, schema_entity(s, S("team")), &e) ||
	    !package_write_row(w, guid_of(ID1), team, &e))
		fail_msg("%s", e.msg);
}

static struct schema sample_schema(struct arena *a)
{
	struct schema s = { 0 };
	struct err e = { 0 };

	if (!schema_read(a, str_from(schema_text), "schema.xml", &s, &e))
		fail_msg("%s", e.msg);
	return s;
}

static void write_package(struct fixture *f, const char *path, bool with_rows)
{
	struct schema s = sample_schema(&f->arena);
	DEFER(package_writer_close) struct package_writer *w = NULL;
	struct err e = { 0 };

	if (!package_create(&w, &f->arena, path, &s, package_form_today(&f->arena, sample_time()),
			    &e))
		fail_msg("%s", e.msg);
	if (with_rows)
		write_sample(w, &s);
	else
		assert_true(package_write_table(w, &s.entities[0], &e));
	if (!package_finish(w, &e))
		fail_msg("%s", e.msg);
}

static void data_is_laid_out_as_cmt_does(void **state)
{
	DEFER(fixture_release) struct fixture f = fixture_make();

	(void)state;
	write_package(&f, path_in(&f, "out"), true);
	expect_str(contents(&f, path_in(&f, "out/data.xml")), data_text);
	expect_str(contents(&f, path_in(&f, "out/data_schema.xml")), schema_text);

	struct str types = contents(&f, path_in(&f, "out/[Content_Types].xml"));

	assert_int_equal(types.n, 191);
	assert_true(str_starts(types, S("\xef\xbb\xbf<?xml version=\"1.0\" encoding=\"utf-8\"?>"
					"<Types xmlns=")));
}

static void a_package_without_rows_has_an_empty_root(void **state)
{
	DEFER(fixture_release) struct fixture f = fixture_make();

	(void)state;
	write_package(&f, path_in(&f, "out"), false);
	expect_str(contents(&f, path_in(&f, "out/data.xml")),
		   "\r\n<entities " NAMESPACES " timestamp=\"2022-09-30T20:37:52.2231694Z\" />");
}

static void a_zip_has_the_three_parts_in_cmts_order(void **state)
{
	DEFER(fixture_release) struct fixture f = fixture_make();
	DEFER(zip_close) struct zip *z = NULL;
	struct err e = { 0 };
	size_t n;

	(void)state;
	write_package(&f, path_in(&f, "out.ZIP"), true);
	assert_true(zip_open(&z, &f.arena, path_in(&f, "out.ZIP"), &e));

	const struct zip_entry *entries = zip_entries(z, &n);

	assert_int_equal(n, 3);
	expect_str(entries[0].name, "data.xml");
	expect_str(entries[1].name, "data_schema.xml");
	expect_str(entries[2].name, "[Content_Types].xml");
	assert_int_equal(entries[0].size, sizeof(data_text) - 1);
}

static void an_unfinished_package_leaves_nothing(void **state)
{
	static const char *const names[] = { "out.zip", "out" };
	DEFER(fixture_release) struct fixture f = fixture_make();
	struct schema s = sample_schema(&f.arena);
	struct err e = { 0 };

	(void)state;
	for (size_t i = 0; i < COUNT_OF(names); i++) {
		DEFER(package_writer_close) struct package_writer *w = NULL;

		assert_true(package_create(&w, &f.arena, path_in(&f, names[i]), &s,
					   package_form_today(&f.arena, sample_time()), &e));
		write_sample(w, &s);
		assert_false(file_exists(path_in(&f, names[i])));
	}
	/* an empty directory can be removed as such */
	assert_int_equal(rmdir(f.dir), 0);
}

static void an_old_output_is_replaced_as_a_whole(void **state)
{
	DEFER(fixture_release) struct fixture f = fixture_make();
	const char *path = folder_of(&f, "old", "old");

	(void)state;
	put_file(path_in(&f, "p/stray"), "x");
	write_package(&f, path, true);
	expect_str(contents(&f, path_in(&f, "p/data.xml")), data_text);
	assert_false(file_exists(path_in(&f, "p/stray")));
}

static const struct schema_relationship *relationship_of(const struct schema_entity *en,
							 struct str name)
{
	for (size_t i = 0; i < en->nrelationships; i++) {
		if (str_eq(en->relationships[i].name, name))
			return &en->relationships[i];
	}
	fail_msg("no relationship %.*s", STR_ARG(name));
	return NULL;
}

static void copy_row(struct arena *page, struct package_writer *w, const struct schema_entity *en,
		     const struct package_event *ev)
{
	struct value *values = arena_array(page, struct value, en->nfields);
	struct err e = { 0 };

	for (size_t i = 0; i < ev->nfields; i++) {
		const struct package_field *f = &ev->fields[i];
		const struct schema_field *field = schema_field(en, f->name);
		struct value *v = &values[field - en->fields];

		if (!value_from_cmt(page, field->type, f->value, v, &e))
			fail_msg("%s", e.msg);
		v->table = f->lookup_table;
		v->name = f->lookup_name.n > 0 ? f->lookup_name : f->file_name;
	}
	if (!package_write_row(w, ev->id, values, &e))
		fail_msg("%s", e.msg);
}

static void copy_event(struct arena *page, struct package_writer *w, const struct schema *s,
		       const struct package_event *ev)
{
	const struct schema_entity *en = schema_entity(s, ev->table);
	bool done = true;
	struct err e = { 0 };

	assert_non_null(en);
	if (ev->kind == PACKAGE_TABLE)
		done = package_write_table(w, en, &e);
	else if (ev->kind == PACKAGE_ROW)
		copy_row(page, w, en, ev);
	else if (ev->kind == PACKAGE_LINK)
		done = package_write_link(w, relationship_of(en, ev->relationship), ev->source,
					  ev->targets, ev->ntargets, &e);
	if (!done)
		fail_msg("%s", e.msg);
}

static void copy_package(struct fixture *f, const char *from, const char *to)
{
	DEFER(arena_release) struct arena page = arena_make(0);
	DEFER(package_close) struct package *p = NULL;
	DEFER(package_writer_close) struct package_writer *w = NULL;
	struct package_event ev = { 0 };
	struct datetime when;
	enum datetime_zone zone;
	struct err e = { 0 };

	if (!package_open(&p, &f->arena, from, &e))
		fail_msg("%s", e.msg);
	next_of(p, &f->arena, &ev);
	assert_true(datetime_parse_iso(package_timestamp(p), &when, &zone));
	if (!package_create(&w, &f->arena, to, package_schema(p),
			    package_form_today(&f->arena, when), &e))
		fail_msg("%s", e.msg);
	while (ev.kind != PACKAGE_END) {
		copy_event(&page, w, package_schema(p), &ev);
		arena_reset(&page);
		next_of(p, &page, &ev);
	}
	if (!package_finish(w, &e))
		fail_msg("%s", e.msg);
}

static struct str entry(struct fixture *f, const char *path, const char *name)
{
	DEFER(zip_close) struct zip *z = NULL;
	struct source *in;
	struct err e = { 0 };

	if (!zip_open(&z, &f->arena, path, &e))
		fail_msg("%s", e.msg);

	const struct zip_entry *found = zip_find(z, str_from(name));
	char *p = arena_alloc(&f->arena, found->size + 1);
	size_t n = 0;

	assert_true(zip_entry_open(z, found, &in, &e));
	for (size_t got = 1; got > 0; n += got)
		assert_true(in->read(in, p + n, found->size + 1 - n, &got, &e));
	return str_of(p, n);
}

static void a_real_package_written_again_is_the_same_to_the_byte(void **state)
{
	static const char *const cases[] = {
		"MicrosoftLearning__PL-400_Microsoft-Power-Platform-Developer/"
		"Allfiles__Labs__L01__PermitManagementdata@2024-08-19.zip",
		EDUCATION "DataModelCore.zip--PkgFolder_DataModelCore__"
			  "EducationAccelerator-RequiredData@2023-01-12.zip",
		EDUCATION "HiEdPortal.zip--PkgFolder_HiEdPortal__HIED-PortalData@2023-01-12.zip",
	};
	static const char *const parts[] = { "data.xml", "data_schema.xml", "[Content_Types].xml" };

	(void)state;
	if (!file_is_directory(shared_path("data/packages")))
		skip();
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		DEFER(fixture_release) struct fixture f = fixture_make();
		const char *ours = path_in(&f, "out.zip");
		const char *theirs = str_cstr(
			&f.arena,
			str_from(shared_path(str_fmt(&f.arena, "data/packages/%s", cases[i]).p)));

		copy_package(&f, theirs, ours);
		for (size_t j = 0; j < COUNT_OF(parts); j++) {
			if (!str_eq(entry(&f, ours, parts[j]), entry(&f, theirs, parts[j])))
				fail_msg("%s: %s differs", cases[i], parts[j]);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(data_is_laid_out_as_cmt_does),
		cmocka_unit_test(a_package_without_rows_has_an_empty_root),
		cmocka_unit_test(a_zip_has_the_three_parts_in_cmts_order),
		cmocka_unit_test(an_unfinished_package_leaves_nothing),
		cmocka_unit_test(an_old_output_is_replaced_as_a_whole),
		cmocka_unit_test(a_real_package_written_again_is_the_same_to_the_byte),
	};

	return cmocka_run_group_tests_name("package_write", tests, NULL, NULL);
}
