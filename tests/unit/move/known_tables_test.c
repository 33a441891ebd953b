/* SPDX-License-Identifier: MIT */
/*
 * Definitions that are kept between runs, with a real organization at the other end.
 */
#include "move/known_tables.h"
#include "move/read.h"

#include "engine.h"

static bool count_definitions(struct engine *w, const struct request *r, struct err *e)
{
	(void)e;
	w->count += str_starts(r->target, S("EntityDefinitions"));
	return true;
}

/* One run that needs two tables; how often definitions were asked for. */
static unsigned look(struct engine *w, struct catalog *c)
{
	static const struct str names[] = { STR_INIT("queue"), STR_INIT("msdyn_liveworkstream"),
					    STR_INIT("no_such_table") };
	struct run run = { 0 };
	struct reader r = { .service = &w->tap, .run = &run, .arena = &w->a };

	w->before = count_definitions;
	w->count = 0;
	*c = catalog_make(&w->a);
	must(w, known_tables_open(&r.known, &r, in_folder(w, "kept"), &w->e));
	assert_non_null(r.known);
	must(w, read_definitions(&r, c, names, 2, &w->e));
	must(w, known_tables_save(r.known, &w->e));
	return w->count;
}

static const char *file_of(struct engine *w)
{
	struct guid id = org_id(w->org);
	char text[GUID_TEXT_SIZE];

	return str_fmt(&w->a, "%s/kept/%.*s.json", w->folder, STR_ARG(guid_format(id, text))).p;
}

static struct str facts(struct engine *w, const struct table *t)
{
	DEFER(buf_release) struct buf out = buf_make(0);
	struct buf_sink sink = buf_sink_make(&out);
	DEFER(json_writer_release) struct json_writer writer = json_writer_make(&sink.sink);

	table_to_facts(&writer, t);
	must(w, json_writer_finish(&writer, &w->e));
	return str_dup(&w->a, buf_str(&out));
}

static void definitions_are_asked_for_once(void **state)
{
	struct engine *w = *state;
	struct catalog first, second;

	assert_int_equal(look(w, &first), 1);
	assert_int_equal(look(w, &second), 0);
	assert_int_equal(second.n, 2);
	for (size_t i = 0; i < first.n; i++) {
		const struct table *t = catalog_find(&second, first.tables[i]->name);

		assert_non_null(t);
		assert_true(str_eq(facts(w, first.tables[i]), facts(w, t)));
	}
}

static void a_change_of_the_metadata_makes_them_stale(void **state)
{
	struct engine *w = *state;
	struct catalog c;

	look(w, &c);
	assert_null(table_column(catalog_find(&c, S("queue")), S("new_color")));
	have(w, "EntityDefinitions(LogicalName='queue')/Attributes",
	     "{\"@odata.type\":\"Microsoft.Dynamics.CRM.StringAttributeMetadata\",\"SchemaName\":"
	     "\"new_Color\",\"MaxLength\":50,\"FormatName\":{\"Value\":\"Text\"},\"DisplayName\":{"
	     "\"LocalizedLabels\":[{\"Label\":\"Color\",\"LanguageCode\":1033}]}}");
	assert_int_equal(look(w, &c), 1);
	assert_non_null(table_column(catalog_find(&c, S("queue")), S("new_color")));
	assert_int_equal(look(w, &c), 0);
	assert_non_null(table_column(catalog_find(&c, S("queue")), S("new_color")));
}

static void a_broken_file_is_as_good_as_none(void **state)
{
	struct engine *w = *state;
	struct catalog c;
	struct str whole;

	look(w, &c);
	must(w, file_read(&w->a, file_of(w), 64 * LIMIT_MIB, &whole, &w->e));
	for (size_t cut = 0; cut < whole.n; cut += whole.n / 7) {
		write_file(w, file_of(w), str_sub(whole, 0, cut));
		assert_int_equal(look(w, &c), 1);
	}
	/* one letter of a name is another */
	char *other = arena_alloc(&w->a, whole.n);
	memcpy(other, whole.p, whole.n);
	other[str_find(whole, S("\"queueid\"")) + 1] = 'Q';
	write_file(w, file_of(w), str_of(other, whole.n));
	assert_int_equal(look(w, &c), 1);
	/* another version of ferry wrote it */
	memcpy(other, whole.p, whole.n);
	other[str_find(whole, S("\"ferry\":\"")) + 9] = 'x';
	write_file(w, file_of(w), str_of(other, whole.n));
	assert_int_equal(look(w, &c), 1);
	assert_int_equal(look(w, &c), 0);
}

/* What was known stays, what is new is added. */
static void the_file_grows_with_what_is_wanted(void **state)
{
	static const struct str more[] = { STR_INIT("queue"), STR_INIT("team") };
	struct engine *w = *state;
	struct catalog c;
	struct run run = { 0 };
	struct reader r = { .service = &w->tap, .run = &run, .arena = &w->a };

	look(w, &c);
	w->count = 0;
	c = catalog_make(&w->a);
	must(w, known_tables_open(&r.known, &r, in_folder(w, "kept"), &w->e));
	must(w, read_definitions(&r, &c, more, 2, &w->e));
	must(w, known_tables_save(r.known, &w->e));
	assert_int_equal(w->count, 1);
	must(w, known_tables_open(&r.known, &r, in_folder(w, "kept"), &w->e));
	assert_non_null(known_tables_find(r.known, S("team")));
	assert_non_null(known_tables_find(r.known, S("msdyn_liveworkstream")));
	assert_int_equal(look(w, &c), 0);
}

static void hide_version(struct engine *w, struct response *out)
{
	(void)w;
	out->status = 403;
}

static void an_environment_that_does_not_tell_its_version_is_asked_each_time(void **state)
{
	struct engine *w = *state;
	struct run run = { 0 };
	struct reader r = { .service = &w->tap, .run = &run, .arena = &w->a };

	w->after = hide_version;
	must(w, known_tables_open(&r.known, &r, in_folder(w, "kept"), &w->e));
	assert_null(r.known);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_ENGINE(definitions_are_asked_for_once),
		WITH_ENGINE(a_change_of_the_metadata_makes_them_stale),
		WITH_ENGINE(a_broken_file_is_as_good_as_none),
		WITH_ENGINE(the_file_grows_with_what_is_wanted),
		WITH_ENGINE(an_environment_that_does_not_tell_its_version_is_asked_each_time),
	};
	return RUN_ENGINE_TESTS(tests);
}
