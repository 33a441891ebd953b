/* SPDX-License-Identifier: MIT */
/*
 * Tables from the project's metadata, and the catalog. Counts of the real files were made with Python.
 */
#include "dv/table.h"

#include "shared.h"

#include "base/limits.h"
#include "dv/catalog.h"

static const char widget[] =
	"{\"logicalName\":\"new_widget\",\"schemaName\":\"new_Widget\",\"entitySetName\":\"new_widgets\","
	"\"displayName\":\"Widget\",\"primaryId\":\"new_widgetid\",\"primaryName\":null,"
	"\"objectTypeCode\":10042,\"ownership\":\"UserOwned\",\"attributes\":["
	"{\"logicalName\":\"new_widgetid\",\"schemaName\":\"new_WidgetId\",\"displayName\":null,"
	"\"type\":\"UniqueidentifierType\",\"requiredLevel\":\"SystemRequired\","
	"\"validForCreate\":true,\"validForUpdate\":false,\"validForRead\":true},"
	"{\"logicalName\":\"ownerid\",\"type\":\"OwnerType\",\"targets\":[\"systemuser\",\"team\"]},"
	"{\"logicalName\":\"new_partid\",\"type\":\"LookupType\",\"targets\":[\"new_part\"],"
	"\"secured\":true},"
	"{\"logicalName\":\"new_size\",\"type\":\"DecimalType\",\"min\":1e-12,\"max\":100,"
	"\"precision\":2},"
	"{\"logicalName\":\"new_kind\",\"type\":\"PicklistType\",\"defaultValue\":-1,\"options\":["
	"{\"value\":192350000,\"label\":\"Small\"},{\"value\":192350001,\"label\":\"Large\"}]},"
	"{\"logicalName\":\"statecode\",\"type\":\"StateType\",\"defaultValue\":0,\"options\":["
	"{\"value\":0,\"label\":\"Active\",\"defaultstatus\":1}]},"
	"{\"logicalName\":\"new_day\",\"type\":\"DateTimeType\",\"dateBehavior\":\"DateOnly\"}],"
	"\"manyToOne\":["
	"{\"schemaName\":\"owner_new_widget\",\"referencingAttribute\":\"ownerid\","
	"\"referencedEntity\":\"owner\",\"referencedAttribute\":\"ownerid\","
	"\"navigationProperty\":\"ownerid\"},"
	"{\"schemaName\":\"new_part_widget\",\"referencingAttribute\":\"new_partid\","
	"\"referencedEntity\":\"new_part\",\"referencedAttribute\":\"new_partid\","
	"\"navigationProperty\":\"new_PartId\"}],"
	"\"manyToMany\":[{\"schemaName\":\"new_widget_tag\",\"intersectEntity\":\"new_widgettags\","
	"\"entity1\":\"new_widget\",\"entity1Attribute\":\"new_widgetid\",\"entity1Nav\":\"new_tags\","
	"\"entity2\":\"new_tag\",\"entity2Attribute\":\"new_tagid\",\"entity2Nav\":\"new_widgets\"}],"
	"\"keys\":[{\"name\":\"new_bykind\",\"columns\":[\"new_kind\",\"new_day\"]}]}";

static bool read_table(struct arena *a, const char *text, struct table *out, struct err *e)
{
	struct json facts;

	return json_parse(a, str_from(text), "widget.json", &facts, e) &&
	       table_from_facts(a, &facts, "widget.json", out, e);
}

static struct table widget_table(struct arena *a)
{
	struct err e = { 0 };
	struct table t = { 0 };

	if (!read_table(a, widget, &t, &e))
		fail_msg("%s", e.msg);
	return t;
}

static void a_table_has_what_its_facts_say(void **state)
{
	DEFER(arena_release) struct arena a = arena_make(0);
	struct table t = widget_table(&a);

	(void)state;
	expect_str(t.schema_name, "new_Widget");
	expect_str(t.entity_set, "new_widgets");
	expect_str(t.primary_name, "");
	assert_true(t.user_owned);
	assert_int_equal(t.object_type_code, 10042);
	assert_int_equal(t.ncolumns, 7);
	assert_int_equal(table_primary(&t)->required, REQUIRED_SYSTEM);
	assert_true(table_primary(&t)->create);
	assert_false(table_primary(&t)->update);

	const struct column *size = table_column(&t, S("new_size"));

	assert_int_equal(size->precision, 2);
	expect_str(size->min, "0.000000000001");
	expect_str(size->max, "100");
	assert_true(table_column(&t, S("new_partid"))->secured);
	assert_int_equal(table_column(&t, S("new_day"))->behavior, DATE_ONLY);
	assert_int_equal(table_column(&t, S("new_day"))->precision, -1);
	expect_str(t.keys[0].columns[1], "new_day");
}

static void names_of_columns_are_exact(void **state)
{
	DEFER(arena_release) struct arena a = arena_make(0);
	struct table t = widget_table(&a);

	(void)state;
	assert_non_null(table_column(&t, S("new_size")));
	assert_null(table_column(&t, S("new_Size")));
	assert_null(table_column(&t, S("")));
}

static void a_default_of_minus_one_is_none(void **state)
{
	DEFER(arena_release) struct arena a = arena_make(0);
	struct table t = widget_table(&a);

	(void)state;
	assert_false(table_column(&t, S("new_kind"))->has_default);
	assert_true(table_column(&t, S("statecode"))->has_default);
	assert_int_equal(column_option(table_column(&t, S("statecode")), 0)->default_status, 1);
	assert_null(column_option(table_column(&t, S("new_kind")), 7));
}

static void owners_are_bound_through_their_ancestor(void **state)
{
	DEFER(arena_release) struct arena a = arena_make(0);
	struct table t = widget_table(&a);

	(void)state;
	expect_str(table_lookup(&t, S("ownerid"), S("team"))->navigation, "ownerid");
	expect_str(table_lookup(&t, S("ownerid"), S("systemuser"))->navigation, "ownerid");
	expect_str(table_lookup(&t, S("new_partid"), S("new_part"))->navigation, "new_PartId");
	assert_null(table_lookup(&t, S("new_partid"), S("team")));
	assert_null(table_lookup(&t, S("ownerid"), S("new_part")));
}

static void links_are_found_by_intersect_table_or_schema_name(void **state)
{
	DEFER(arena_release) struct arena a = arena_make(0);
	struct table t = widget_table(&a);

	(void)state;
	assert_ptr_equal(table_link(&t, S("new_widgettags")), &t.many_to_many[0]);
	assert_ptr_equal(table_link(&t, S("new_widget_tag")), &t.many_to_many[0]);
	assert_null(table_link(&t, S("new_tags")));
}

static void wrong_facts_are_refused_with_their_place(void **state)
{
	static const struct {
		const char *from, *to, *want;
	} cases[] = {
		{ "\"logicalName\":\"new_size\"", "\"logicalName\":\"new_kind\"",
		  "widget.json: table new_widget: column new_kind comes twice" },
		{ "\"type\":\"OwnerType\"", "\"type\":\"Owner\"",
		  "attributes[1]: widget.json: table new_widget: type: is none of metadata's type names" },
		{ "\"primaryId\":\"new_widgetid\"", "\"primaryId\":\"id\"",
		  "widget.json: table new_widget: primaryId: is none of the attributes" },
		{ "\"max\":100", "\"max\":\"100\"",
		  "attributes[3]: widget.json: table new_widget: max: is not a number" },
		{ "\"value\":192350000", "\"value\":1923500000000",
		  "attributes[4]: widget.json: table new_widget: options: an option without a 32-bit value" },
		{ "\"DateOnly\"", "\"dateonly\"",
		  "attributes[6]: widget.json: table new_widget: dateBehavior: is none of metadata's words" },
		{ "\"new_kind\",\"new_day\"]", "\"new_kind\",\"new_none\"]",
		  "widget.json: table new_widget: keys: a column is none of the attributes" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		DEFER(arena_release) struct arena a = arena_make(0);
		struct str text = str_from(widget);
		size_t at = str_find(text, str_from(cases[i].from));
		struct table t;
		struct err e = { 0 };

		assert_true(at != STR_NONE);

		struct str rest = str_skip(text, at + strlen(cases[i].from));
		const char *wrong =
			str_fmt(&a, "%.*s%s%.*s", (int)at, widget, cases[i].to, STR_ARG(rest)).p;

		assert_false(read_table(&a, wrong, &t, &e));
		assert_int_equal(e.kind, ERR_INPUT);
		assert_string_equal(e.msg, cases[i].want);
	}
}

static size_t ncolumns, nmany_to_one, nmany_to_many, noptions;

static void read_one(struct arena *a, const char *path)
{
	struct arena_mark mark = arena_mark(a);
	struct json facts;
	struct table t;
	struct str text;
	struct err e = { 0 };

	if (!file_read(a, path, LIMIT_PLAN_FILE, &text, &e) ||
	    !json_parse(a, text, path, &facts, &e) || !table_from_facts(a, &facts, path, &t, &e))
		fail_msg("%s", e.msg);
	ncolumns += t.ncolumns;
	nmany_to_one += t.nmany_to_one;
	nmany_to_many += t.nmany_to_many;
	for (size_t i = 0; i < t.ncolumns; i++)
		noptions += t.columns[i].noptions;
	arena_rewind(a, mark);
}

/* The facts of a table as text. */
static struct str facts_of(struct arena *a, const struct table *t)
{
	DEFER(buf_release) struct buf b = buf_make(0);
	struct buf_sink sink = buf_sink_make(&b);
	struct json_writer w = json_writer_make(&sink.sink);
	struct err e = { 0 };

	table_to_facts(&w, t);
	if (!json_writer_finish(&w, &e))
		fail_msg("%s", e.msg);
	json_writer_release(&w);
	return str_dup(a, buf_str(&b));
}

/* What is written is read as a table that writes the same; and nothing that counts is lost. */
static void rewrite_one(struct arena *a, const char *path)
{
	struct arena_mark mark = arena_mark(a);
	struct json facts;
	struct table t, back;
	struct str text, written;
	struct err e = { 0 };

	if (!file_read(a, path, LIMIT_PLAN_FILE, &text, &e) ||
	    !json_parse(a, text, path, &facts, &e) || !table_from_facts(a, &facts, path, &t, &e))
		fail_msg("%s", e.msg);
	written = facts_of(a, &t);
	if (!json_parse(a, written, path, &facts, &e) ||
	    !table_from_facts(a, &facts, path, &back, &e))
		fail_msg("%s", e.msg);
	assert_true(str_eq(written, facts_of(a, &back)));
	assert_int_equal(t.ncolumns, back.ncolumns);
	for (size_t i = 0; i < t.ncolumns; i++) {
		const struct column *c = table_column(&back, t.columns[i].name);

		assert_non_null(c);
		assert_int_equal(c->type, t.columns[i].type);
		assert_int_equal(c->noptions, t.columns[i].noptions);
		assert_int_equal(c->ntargets, t.columns[i].ntargets);
		assert_int_equal(c->max_length, t.columns[i].max_length);
		assert_int_equal(c->default_value, t.columns[i].default_value);
	}
	assert_int_equal(t.nmany_to_one, back.nmany_to_one);
	assert_int_equal(t.nmany_to_many, back.nmany_to_many);
	assert_int_equal(t.nkeys, back.nkeys);
	arena_rewind(a, mark);
}

static void facts_are_written_as_they_are_read(void **state)
{
	DEFER(arena_release) struct arena a = arena_make(0);

	(void)state;
	assert_true(each_file(&a, source_path("metadata"), ".json", rewrite_one) >= 77);
	assert_true(each_file(&a, source_path("tests/tables"), ".json", rewrite_one) >= 19);
}

static void all_tables_of_the_project_are_read(void **state)
{
	DEFER(arena_release) struct arena a = arena_make(0);

	(void)state;
	assert_true(each_file(&a, source_path("metadata"), ".json", read_one) >= 77);
	assert_true(ncolumns >= 3692);
	assert_true(nmany_to_one >= 818);
	assert_true(nmany_to_many >= 39);
	assert_true(noptions >= 2446);
}

static struct table loaded;
static unsigned loads;

static bool load_widget(void *context, struct str name, struct table **out, struct err *e)
{
	(void)context;
	loads++;
	if (str_eq(name, S("broken")))
		return err_set(e, ERR_NETWORK, "no answer");
	*out = str_eq(name, S("new_widget")) ? &loaded : NULL;
	return true;
}

static void a_table_is_loaded_when_first_asked_for(void **state)
{
	DEFER(arena_release) struct arena a = arena_make(0);
	struct catalog c = catalog_make(&a);
	const struct table *t = NULL;
	struct err e = { 0 };

	(void)state;
	loaded = widget_table(&a);
	c.load = load_widget;
	assert_null(catalog_find(&c, S("new_widget")));
	assert_true(catalog_get(&c, S("new_widget"), &t, &e));
	assert_ptr_equal(t, &loaded);
	assert_true(catalog_get(&c, S("new_widget"), &t, &e));
	assert_int_equal(loads, 1);
	assert_ptr_equal(catalog_find(&c, S("new_widget")), &loaded);
	assert_ptr_equal(catalog_find_set(&c, S("new_widgets")), &loaded);
	assert_true(catalog_get(&c, S("other"), &t, &e));
	assert_null(t);
	assert_false(catalog_get(&c, S("broken"), &t, &e));
	assert_int_equal(e.kind, ERR_NETWORK);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_table_has_what_its_facts_say),
		cmocka_unit_test(names_of_columns_are_exact),
		cmocka_unit_test(a_default_of_minus_one_is_none),
		cmocka_unit_test(owners_are_bound_through_their_ancestor),
		cmocka_unit_test(links_are_found_by_intersect_table_or_schema_name),
		cmocka_unit_test(wrong_facts_are_refused_with_their_place),
		cmocka_unit_test(all_tables_of_the_project_are_read),
		cmocka_unit_test(facts_are_written_as_they_are_read),
		cmocka_unit_test(a_table_is_loaded_when_first_asked_for),
	};

	return cmocka_run_group_tests_name("table", tests, NULL, NULL);
}
