/* SPDX-License-Identifier: MIT */
/*
 * Map files: both forms mean what they say, and what is wrong is told with its line.
 */
#include "move/map_file.h"

#include "fixture.h"

#include "base/file.h"

#include "../folder.h"

struct map_world {
	char folder[64];
	struct arena a;
	const char *path;
};

static int make(void **state)
{
	struct map_world *w = calloc(1, sizeof(*w));

	assert_non_null(w);
	w->a = arena_make(0);
	assert_non_null(test_folder(w->folder, sizeof(w->folder)));
	w->path = str_fmt(&w->a, "%s/map.xml", w->folder).p;
	*state = w;
	return 0;
}

static int release(void **state)
{
	struct map_world *w = *state;
	struct err e;

	OK(file_remove(w->folder, &e));
	arena_release(&w->a);
	free(w);
	return 0;
}

static struct map_file reads(struct map_world *w, const char *text)
{
	struct map_file map;
	struct err e;

	OK(file_remove(w->path, &e));
	OK(file_write(w->path, 0600, str_from(text), &e));
	if (!map_file_read(&w->a, w->path, &map, &e))
		fail_msg("%s", e.msg);
	return map;
}

static void refuses(struct map_world *w, const char *text, const char *message)
{
	struct map_file map;
	struct err e;

	OK(file_remove(w->path, &e));
	OK(file_write(w->path, 0600, str_from(text), &e));
	assert_false(map_file_read(&w->a, w->path, &map, &e));
	assert_int_equal(e.kind, ERR_INPUT);
	if (!strstr(e.msg, message))
		fail_msg("%s", e.msg);
}

static void is_entry(const struct map_entry *entry, const char *table, const char *source,
		     const char *name, const char *target, unsigned line)
{
	expect_str(entry->table, table);
	expect_str(entry->source, source);
	expect_str(entry->name, name);
	expect_str(entry->target, target);
	assert_int_equal(entry->line, line);
}

static void a_map_names_sources_targets_and_defaults(void **state)
{
	struct map_world *w = *state;
	struct map_file m =
		reads(w, "<map version=\"1\">\n<!-- who is who -->\n"
			 "<table name=\"systemuser\" default=\" anna@contoso.com \">\n"
			 "<row source=\"ben@old\" name=\"Ben\" target=\"ben@new\"/>\n"
			 "<row name=\"Mia M\xc3\xbcller\" target=\"\"/></table>\n"
			 "<table name=\"team\"><row source=\"x\" target=\"y\"/></table></map>");

	assert_int_equal(m.n, 3);
	is_entry(&m.entries[0], "systemuser", "ben@old", "Ben", "ben@new", 4);
	is_entry(&m.entries[1], "systemuser", "", "Mia M\xc3\xbcller", "", 5);
	is_entry(&m.entries[2], "team", "x", "", "y", 6);
	assert_int_equal(m.ndefaults, 1);
	expect_str(m.defaults[0].table, "systemuser");
	expect_str(m.defaults[0].target, "anna@contoso.com");
	assert_int_equal(m.defaults[0].line, 3);
}

/* facts/cmt-format.md 4: whether they are attributes or elements is not known */
static void a_user_map_of_cmt_is_read_with_attributes_and_with_elements(void **state)
{
	struct map_world *w = *state;
	struct map_file m = reads(
		w,
		"<?xml version=\"1.0\"?>\n"
		"<MappingConfiguration xmlns:xsi=\"x\" DefaultUserToMapTo=\"lily@contoso.com\">\n"
		"<UserMapping UserFullname=\"Lilly Michael\" Old=\"lm@old\" New=\"lm@new\" />\n"
		"<UserMapping><UserFullname>Ben</UserFullname><Old>b@old</Old><New>b@new</New>"
		"</UserMapping>\n<UserMapping UserFullname=\"Open\" New=\"\"/>\n"
		"</MappingConfiguration>");

	assert_int_equal(m.n, 3);
	is_entry(&m.entries[0], "systemuser", "lm@old", "Lilly Michael", "lm@new", 3);
	is_entry(&m.entries[1], "systemuser", "b@old", "Ben", "b@new", 4);
	is_entry(&m.entries[2], "systemuser", "", "Open", "", 5);
	assert_int_equal(m.ndefaults, 1);
	expect_str(m.defaults[0].target, "lily@contoso.com");
}

#define TABLE(rows) "<map version=\"1\">\n<table name=\"t\">\n" rows "</table></map>"

static void what_is_not_known_is_told_with_its_line(void **state)
{
	struct map_world *w = *state;

	refuses(w, "", "map.xml");
	refuses(w, "<maps/>", "neither a map file (<map>) nor a user map");
	refuses(w, "<map/>", "map.xml:1: <map> has to have version=\"1\"");
	refuses(w, "<map version=\"2\"/>", "version=\"1\"");
	refuses(w, "<map version=\"1\">\n<row/></map>", ":2: <row> is not an element of <map>");
	refuses(w, "<map version=\"1\"><table/></map>", "<table> without name");
	refuses(w, "<map version=\"1\">words</map>", "text where only elements");
	refuses(w, TABLE("<row target=\"x\"/>"), ":3: <row> without source and without name");
	refuses(w, TABLE("<row source=\"x\"/>"), ":3: <row> without target");
	refuses(w, TABLE("<row source=\"x\" traget=\"y\"/>"), "<row> has no attribute traget");
	refuses(w, TABLE("<row source=\"x\" target=\"y\"/>\n<row source=\"x\" target=\"z\"/>"),
		":4: the same row stands on line 3 already");
	refuses(w,
		TABLE("<row source=\"{AAAAAAAA-0000-4000-8000-000000000001}\" target=\"y\"/>\n"
		      "<row source=\"aaaaaaaa-0000-4000-8000-000000000001\" target=\"z\"/>"),
		":4: the same row stands on line 3 already");
	refuses(w,
		"<map version=\"1\"><table name=\"t\" default=\"a\"/>\n"
		"<table name=\"t\" default=\"b\"/></map>",
		":2: t has a default on line 1 already");
	refuses(w, "<MappingConfiguration>\n<UserMapping New=\"x\"/></MappingConfiguration>",
		":2: <UserMapping> without Old");
	refuses(w, "<map version=\"1\"></map><map/>", "map.xml");
}

static void what_is_written_is_read_again(void **state)
{
	struct map_world *w = *state;
	DEFER(buf_release) struct buf text = buf_make(0);
	struct buf_sink sink = buf_sink_make(&text);
	struct map_entry entries[] = {
		{ .table = S("systemuser"),
		  .source = S("a&b"),
		  .name = S("<\"M\xc3\xbcller\">"),
		  .note = S("open -- nobody --> \n-") },
		{ .table = S("team"), .source = S("s"), .target = S("t") },
		{ .table = S("systemuser"), .name = S("n"), .target = S("'t'") },
	};
	struct map_default rest = { .table = S("role"), .target = S("r") };
	struct map_file m = { .entries = entries, .n = 3, .defaults = &rest, .ndefaults = 1 };
	struct err e;

	OK(map_file_write(&sink.sink, &m, &e));
	struct map_file got = reads(w, str_cstr(&w->a, buf_str(&text)));

	assert_int_equal(got.n, 3);
	expect_str(got.entries[0].source, "a&b");
	expect_str(got.entries[0].name, "<\"M\xc3\xbcller\">");
	expect_str(got.entries[0].target, "");
	expect_str(got.entries[1].target, "'t'");
	expect_str(got.entries[2].table, "team");
	assert_int_equal(got.ndefaults, 1);
	expect_str(got.defaults[0].table, "role");
	assert_non_null(strstr(str_cstr(&w->a, buf_str(&text)), "<!-- open - - nobody"));
}

#define WITH_FILE(test) cmocka_unit_test_setup_teardown(test, make, release)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_FILE(a_map_names_sources_targets_and_defaults),
		WITH_FILE(a_user_map_of_cmt_is_read_with_attributes_and_with_elements),
		WITH_FILE(what_is_not_known_is_told_with_its_line),
		WITH_FILE(what_is_written_is_read_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
