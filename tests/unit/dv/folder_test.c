/* SPDX-License-Identifier: MIT */
/*
 * The git-friendly folder: a package goes in and the same package comes out.
 */
#include "dv/folder_write.h"

#include "package_fixture.h"

static const char *unpacked(struct fixture *f, const char *from, const char *name)
{
	DEFER(package_close) struct package *p = NULL;
	const char *path = path_in(f, name);
	struct err e = { 0 };

	if (!package_open(&p, &f->arena, from, &e) || !folder_write(&f->arena, p, path, NULL, &e))
		fail_msg("%s", e.msg);
	return path;
}

static struct str packed(struct fixture *f, const char *from)
{
	DEFER(package_close) struct package *p = NULL;
	const char *path = path_in(f, "packed");
	struct err e = { 0 };

	assert_true(file_remove(path, &e));
	if (!package_open(&p, &f->arena, from, &e) || !package_copy(&f->arena, p, path, NULL, &e))
		fail_msg("%s", e.msg);
	expect_str(contents(f, path_in(f, "packed/data_schema.xml")), schema_text);
	return contents(f, path_in(f, "packed/data.xml"));
}

static void a_package_comes_back_to_the_byte(void **state)
{
	DEFER(fixture_release) struct fixture f = fixture_make();
	const char *from = folder_of(&f, data_text, schema_text);

	(void)state;
	expect_str(packed(&f, from), data_text);
	expect_str(packed(&f, unpacked(&f, from, "u")), data_text);
}

static void a_row_is_a_file_with_a_line_for_every_column(void **state)
{
	DEFER(fixture_release) struct fixture f = fixture_make();

	(void)state;
	unpacked(&f, folder_of(&f, data_text, schema_text), "u");
	/* the sample's schema names no primary name */
	expect_str(contents(&f, path_in(&f, "u/account/ec54a81a.xml")),
		   "<record id=\"" ID1 "\">\n"
		   "  <field name=\"name\" file=\"ec54a81a.name.txt\" as=\"text\" />\n"
		   "  <field name=\"active\" value=\"True\" />\n"
		   "  <field name=\"contactid\" value=\"" ID2 "\" lookupentity=\"contact\" "
		   "lookupentityname=\"John's &quot;caf\xc3\xa9&quot; &amp; &lt;bar&gt;\" />\n"
		   "  <field name=\"ownerid\" value=\"" ID2 "\" lookupentity=\"systemuser\" />\n"
		   "  <field name=\"born\" value=\"1978-02-12T00:00:00.0000000\" />\n"
		   "  <field name=\"kinds\" value=\"[-1,1,2,-1]\" />\n"
		   "  <field name=\"file\" value=\"" ID2 "\" filename=\"a.txt\" />\n"
		   "  <field name=\"total\" value=\"11.5000000000\" />\n"
		   "</record>\n");
	expect_str(contents(&f, path_in(&f, "u/account/ec54a81a.name.txt")),
		   "A & B <caf\xc3\xa9>\r\nit's\ttabbed \xc4\x8d");
	expect_str(contents(&f, path_in(&f, "u/account/ec54a81a.accountleads.links.xml")),
		   "<m2mrelationship sourceid=\"" ID1 "\" targetentityname=\"lead\" "
		   "targetentitynameidfield=\"leadid\" m2mrelationshipname=\"accountleads\">\n"
		   "  <targetid>" ID2 "</targetid>\n  <targetid>" ID1 "</targetid>\n"
		   "</m2mrelationship>\n");
	/* ec54... comes before 0000...02 in the file, but not in SQL Server's order */
	assert_true(file_exists(path_in(&f, "u/account/order.xml")));
	assert_false(file_exists(path_in(&f, "u/account/links.xml")));
	assert_false(file_exists(path_in(&f, "u/team/order.xml")));
}

static void nothing_is_left_of_a_package_that_cannot_be_read(void **state)
{
	DEFER(fixture_release) struct fixture f = fixture_make();
	struct str cut = str_sub(str_from(data_text), 0, sizeof(data_text) - 20);
	const char *from = folder_of(&f, str_cstr(&f.arena, cut), schema_text);
	DEFER(package_close) struct package *p = NULL;
	struct err e = { 0 };

	(void)state;
	assert_true(package_open(&p, &f.arena, from, &e));
	assert_false(folder_write(&f.arena, p, path_in(&f, "u"), NULL, &e));
	assert_int_equal(e.kind, ERR_INPUT);
	assert_true(file_remove(from, &e));
	/* an empty directory can be removed as such */
	assert_int_equal(rmdir(f.dir), 0);
}

static void what_git_keeps_there_survives_a_replacement(void **state)
{
	DEFER(fixture_release) struct fixture f = fixture_make();
	const char *from = folder_of(&f, data_text, schema_text);
	struct err e = { 0 };

	(void)state;
	unpacked(&f, from, "u");
	assert_true(file_make_directory(path_in(&f, "u/.git"), 0700, &e));
	put_file(path_in(&f, "u/.git/HEAD"), "ref");
	put_file(path_in(&f, "u/account/stray.xml"), "x");
	unpacked(&f, from, "u");
	expect_str(contents(&f, path_in(&f, "u/.git/HEAD")), "ref");
	assert_false(file_exists(path_in(&f, "u/account/stray.xml")));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_package_comes_back_to_the_byte),
		cmocka_unit_test(a_row_is_a_file_with_a_line_for_every_column),
		cmocka_unit_test(nothing_is_left_of_a_package_that_cannot_be_read),
		cmocka_unit_test(what_git_keeps_there_survives_a_replacement),
	};

	return cmocka_run_group_tests_name("folder", tests, NULL, NULL);
}
