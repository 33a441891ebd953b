/* SPDX-License-Identifier: MIT */
/*
 * Table definitions. The reading tests use the shapes that live organizations send (facts/webapi.md
 * 5.1); what we write must come back as the table it was.
 */
#include "dv/definition.h"

#include "shared.h"

#include "base/codec.h"
#include "base/guid.h"
#include "base/limits.h"

static struct json parse(struct arena *a, struct str text)
{
	struct json v = { 0 };
	struct err e = { 0 };

	if (!json_parse(a, text, "definition", &v, &e))
		fail_msg("%s", e.msg);
	return v;
}

static struct table read_text(struct arena *a, const char *text)
{
	struct json v = parse(a, str_from(text));
	struct table t = { 0 };
	struct err e = { 0 };

	if (!definition_read(a, &v, &t, &e))
		fail_msg("%s", e.msg);
	return t;
}

static const char account[] =
	"{\"LogicalName\":\"account\",\"SchemaName\":\"Account\",\"EntitySetName\":\"accounts\","
	"\"PrimaryIdAttribute\":\"accountid\",\"PrimaryNameAttribute\":\"name\",\"ObjectTypeCode\":1,"
	"\"OwnershipType\":\"UserOwned\",\"IsIntersect\":false,\"DisplayName\":{\"LocalizedLabels\":["
	"{\"Label\":\"Account\",\"LanguageCode\":1033}],\"UserLocalizedLabel\":null},\"Attributes\":["
	"{\"LogicalName\":\"accountid\",\"AttributeOf\":null,\"AttributeTypeName\":"
	"{\"Value\":\"UniqueidentifierType\"},\"RequiredLevel\":{\"Value\":\"SystemRequired\"},"
	"\"IsValidForRead\":true},"
	"{\"@odata.type\":\"#Microsoft.Dynamics.CRM.StringAttributeMetadata\",\"LogicalName\":\"name\","
	"\"AttributeTypeName\":{\"Value\":\"StringType\"},\"MaxLength\":160,\"IsValidForCreate\":true},"
	"{\"LogicalName\":\"createdbyname\",\"AttributeOf\":\"createdby\",\"AttributeTypeName\":"
	"{\"Value\":\"StringType\"}},"
	"{\"LogicalName\":\"rules\",\"AttributeTypeName\":{\"Value\":\"CalendarRulesType\"}},"
	"{\"LogicalName\":\"revenue\",\"AttributeTypeName\":{\"Value\":\"MoneyType\"},\"Precision\":2,"
	"\"MinValue\":-922337203685477.0,\"MaxValue\":1E+11},"
	"{\"LogicalName\":\"kind\",\"AttributeTypeName\":{\"Value\":\"PicklistType\"},"
	"\"DefaultFormValue\":-1,\"OptionSet\":null,\"GlobalOptionSet\":{\"Options\":[{\"Value\":1,"
	"\"Label\":{\"LocalizedLabels\":[],\"UserLocalizedLabel\":{\"Label\":\"One\"}}}]}}],"
	"\"ManyToOneRelationships\":[{\"SchemaName\":\"account_primary_contact\","
	"\"ReferencingAttribute\":\"primarycontactid\",\"ReferencedEntity\":\"contact\","
	"\"ReferencedAttribute\":\"contactid\",\"ReferencingEntityNavigationPropertyName\":"
	"\"primarycontactid\"}],\"Keys\":[{\"LogicalName\":\"number\",\"KeyAttributes\":[\"name\"]}]}";

static void a_live_definition_is_read(void **state)
{
	DEFER(arena_release) struct arena a = arena_make(0);
	struct table t = read_text(&a, account);

	(void)state;
	expect_str(t.display_name, "Account");
	assert_int_equal(t.ncolumns, 5);
	assert_int_equal(table_column(&t, S("name"))->max_length, 160);
	expect_str(table_column(&t, S("revenue"))->min, "-922337203685477.0");
	expect_str(table_column(&t, S("revenue"))->max, "100000000000");
	assert_false(table_column(&t, S("kind"))->has_default);
	expect_str(column_option(table_column(&t, S("kind")), 1)->label, "One");
	expect_str(table_lookup(&t, S("primarycontactid"), S("contact"))->navigation,
		   "primarycontactid");
	expect_str(t.keys[0].columns[0], "name");
	assert_int_equal(t.nmany_to_many, 0);
}

static void what_belongs_to_another_column_is_left_out(void **state)
{
	DEFER(arena_release) struct arena a = arena_make(0);
	struct table t = read_text(&a, account);

	(void)state;
	assert_null(table_column(&t, S("createdbyname")));
}

static void a_type_of_the_future_is_read_as_virtual(void **state)
{
	DEFER(arena_release) struct arena a = arena_make(0);
	struct table t = read_text(&a, account);

	(void)state;
	assert_int_equal(table_column(&t, S("rules"))->type, COLUMN_VIRTUAL);
}

static void a_definition_without_names_or_columns_is_refused(void **state)
{
	static const char *const cases[][2] = {
		{ "{\"SchemaName\":\"X\"}", "a table definition without LogicalName" },
		{ "{\"LogicalName\":\"x\"}", "definition of table x: no Attributes" },
		{ "{\"LogicalName\":\"x\",\"Attributes\":[{}]}",
		  "definition of table x: a column without LogicalName" },
		{ "{\"LogicalName\":\"x\",\"Attributes\":[{\"LogicalName\":\"y\"},{\"LogicalName\":\"y\"}]}",
		  "definition: table x: column y comes twice" },
	};
	DEFER(arena_release) struct arena a = arena_make(0);

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct json v = parse(&a, str_from(cases[i][0]));
		struct table t;
		struct err e = { 0 };

		assert_false(definition_read(&a, &v, &t, &e));
		assert_int_equal(e.kind, ERR_INPUT);
		assert_string_equal(e.msg, cases[i][1]);
	}
}

static void the_request_names_its_tables_encoded(void **state)
{
	DEFER(buf_release) struct buf url = buf_make(0);
	DEFER(buf_release) struct buf plain = buf_make(0);
	const struct str tables[] = { STR_INIT("queue"), STR_INIT("o'x&y") };

	(void)state;
	definition_url(&url, tables, 2);
	assert_true(str_starts(buf_str(&url), S("EntityDefinitions?$select=LogicalName,")));
	assert_true(str_find_char(buf_str(&url), ' ') == STR_NONE);
	assert_true(str_find(buf_str(&url), S("x&y")) == STR_NONE);
	assert_true(url_decode(&plain, buf_str(&url), false));
	assert_true(str_find(buf_str(&plain),
			     S("&$filter=LogicalName eq 'queue' or LogicalName eq 'o''x&y'"
			       "&$expand=Attributes,ManyToOneRelationships,"
			       "ManyToManyRelationships,Keys")) != STR_NONE);
}

static void same(const char *path, struct str x, struct str y)
{
	if (!str_eq(x, y))
		fail_msg("%s: \"%.*s\" became \"%.*s\"", path, STR_ARG(x), STR_ARG(y));
}

static void same_options(const char *path, const struct column *x, const struct column *y)
{
	if (x->noptions != y->noptions)
		fail_msg("%s: %.*s: options", path, STR_ARG(x->name));
	for (size_t i = 0; i < x->noptions; i++) {
		const struct option *p = &x->options[i];
		const struct option *q = column_option(y, p->value);

		assert_non_null(q);
		same(path, p->label, q->label);
		assert_int_equal(p->state, q->state);
		assert_int_equal(p->default_status, q->default_status);
	}
}

static bool same_rights(const struct column *x, const struct column *y)
{
	return x->required == y->required && x->create == y->create && x->update == y->update &&
	       x->read == y->read && x->secured == y->secured;
}

static void same_column(const char *path, const struct column *x, const struct column *y)
{
	same(path, x->name, y->name);
	same(path, x->schema_name, y->schema_name);
	same(path, x->display_name, y->display_name);
	same(path, x->min, y->min);
	same(path, x->max, y->max);
	if (!same_rights(x, y) || x->type != y->type || x->max_length != y->max_length ||
	    x->has_min != y->has_min || x->has_max != y->has_max || x->precision != y->precision ||
	    x->behavior != y->behavior || x->has_default != y->has_default ||
	    x->default_value != y->default_value || x->ntargets != y->ntargets)
		fail_msg("%s: %.*s is not the same", path, STR_ARG(x->name));
	for (size_t i = 0; i < x->ntargets; i++)
		same(path, x->targets[i], y->targets[i]);
}

static void same_relationships(const char *path, const struct table *x, const struct table *y)
{
	assert_int_equal(x->nmany_to_one, y->nmany_to_one);
	for (size_t i = 0; i < x->nmany_to_one; i++) {
		const struct many_to_one *p = &x->many_to_one[i];
		const struct many_to_one *q = &y->many_to_one[i];

		same(path, p->schema_name, q->schema_name);
		same(path, p->column, q->column);
		same(path, p->target, q->target);
		same(path, p->target_column, q->target_column);
		same(path, p->navigation, q->navigation);
	}
	assert_int_equal(x->nmany_to_many, y->nmany_to_many);
	for (size_t i = 0; i < x->nmany_to_many; i++) {
		const struct many_to_many *p = &x->many_to_many[i];
		const struct many_to_many *q = &y->many_to_many[i];

		same(path, p->schema_name, q->schema_name);
		same(path, p->intersect, q->intersect);
		same(path, p->table1, q->table1);
		same(path, p->column1, q->column1);
		same(path, p->navigation1, q->navigation1);
		same(path, p->table2, q->table2);
		same(path, p->column2, q->column2);
		same(path, p->navigation2, q->navigation2);
	}
	assert_int_equal(x->nkeys, y->nkeys);
	for (size_t i = 0; i < x->nkeys; i++) {
		same(path, x->keys[i].name, y->keys[i].name);
		assert_int_equal(x->keys[i].ncolumns, y->keys[i].ncolumns);
		for (size_t j = 0; j < x->keys[i].ncolumns; j++)
			same(path, x->keys[i].columns[j], y->keys[i].columns[j]);
	}
}

/* As one JSON text: the definition, or a definition whose columns carry their options. */
static struct str written(struct arena *a, const struct table *t, bool options)
{
	DEFER(buf_release) struct buf b = buf_make(0);
	struct buf_sink sink = buf_sink_make(&b);
	struct json_writer w = json_writer_make(&sink.sink);
	struct err e = { 0 };

	if (!options) {
		definition_write(&w, t, NULL, 0,
				 DEFINITION_ATTRIBUTES | DEFINITION_MANY_TO_ONE |
					 DEFINITION_MANY_TO_MANY | DEFINITION_KEYS);
	} else {
		json_object(&w);
		json_key(&w, S("LogicalName"));
		json_str(&w, t->name);
		json_key(&w, S("Attributes"));
		json_array(&w);
		for (size_t i = 0; i < t->ncolumns; i++)
			definition_write_attribute(&w, t, &t->columns[i], true);
		json_array_end(&w);
		json_object_end(&w);
	}
	if (!json_writer_finish(&w, &e))
		fail_msg("%s", e.msg);
	json_writer_release(&w);
	return str_dup(a, buf_str(&b));
}

static void round_trip(struct arena *a, const char *path)
{
	struct arena_mark mark = arena_mark(a);
	struct json facts;
	struct table t, back, with_options;
	struct str text;
	struct err e = { 0 };

	if (!file_read(a, path, LIMIT_PLAN_FILE, &text, &e) ||
	    !json_parse(a, text, path, &facts, &e) || !table_from_facts(a, &facts, path, &t, &e))
		fail_msg("%s", e.msg);

	struct json plain = parse(a, written(a, &t, false));
	struct json rich = parse(a, written(a, &t, true));

	if (!definition_read(a, &plain, &back, &e) || !definition_read(a, &rich, &with_options, &e))
		fail_msg("%s: %s", path, e.msg);
	same(path, t.name, back.name);
	same(path, t.schema_name, back.schema_name);
	same(path, t.display_name, back.display_name);
	same(path, t.display_collection_name, back.display_collection_name);
	same(path, t.entity_set, back.entity_set);
	same(path, t.primary_id, back.primary_id);
	same(path, t.primary_name, back.primary_name);
	assert_int_equal(t.object_type_code, back.object_type_code);
	assert_int_equal(t.user_owned, back.user_owned);
	assert_int_equal(t.is_intersect, back.is_intersect);
	/* what belongs to another column does not travel as one */
	size_t n = 0;

	for (size_t i = 0; i < t.ncolumns; i++) {
		if (t.columns[i].attribute_of.n > 0)
			continue;
		assert_true(n < back.ncolumns);
		same_column(path, &t.columns[i], &back.columns[n]);
		assert_int_equal(back.columns[n].noptions, 0);
		same_options(path, &t.columns[i], &with_options.columns[n]);
		n++;
	}
	assert_int_equal(n, back.ncolumns);
	same_relationships(path, &t, &back);
	arena_rewind(a, mark);
}

static void every_table_survives_the_wire(void **state)
{
	DEFER(arena_release) struct arena a = arena_make(0);

	(void)state;
	assert_true(each_file(&a, source_path("metadata"), ".json", round_trip) >= 77);
}

static void a_selection_has_those_properties_and_the_id(void **state)
{
	DEFER(arena_release) struct arena a = arena_make(0);
	DEFER(buf_release) struct buf b = buf_make(0);
	struct buf_sink sink = buf_sink_make(&b);
	struct json_writer w = json_writer_make(&sink.sink);
	const struct str select[] = { STR_INIT("EntitySetName"), STR_INIT("ObjectTypeCode") };
	struct table t = read_text(&a, account);
	struct err e = { 0 };

	(void)state;
	definition_write(&w, &t, select, 2, DEFINITION_KEYS);
	assert_true(json_writer_finish(&w, &e));
	json_writer_release(&w);

	struct json v = parse(&a, buf_str(&b));
	struct guid id;

	assert_int_equal(v.n, 4);
	expect_str(json_text(&v, S("EntitySetName")), "accounts");
	assert_int_equal(json_int(&v, S("ObjectTypeCode"), 0), 1);
	assert_true(guid_parse(json_text(&v, S("MetadataId")), &id));
	expect_str(json_text(&json_get(&v, S("Keys"))->items[0], S("EntityLogicalName")),
		   "account");
	assert_true(definition_has_property(S("MetadataId")));
	assert_true(definition_has_property(S("LogicalCollectionName")));
	assert_false(definition_has_property(S("logicalname")));
}

static void ids_are_stable_and_different(void **state)
{
	DEFER(arena_release) struct arena a = arena_make(0);
	struct table t = read_text(&a, account);
	struct json one = parse(&a, written(&a, &t, false));
	struct json two = parse(&a, written(&a, &t, false));
	const struct json *columns = json_get(&one, S("Attributes"));

	(void)state;
	assert_true(str_eq(json_text(&one, S("MetadataId")), json_text(&two, S("MetadataId"))));
	for (size_t i = 1; i < columns->n; i++)
		assert_false(str_eq(json_text(&columns->items[i - 1], S("MetadataId")),
				    json_text(&columns->items[i], S("MetadataId"))));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_live_definition_is_read),
		cmocka_unit_test(what_belongs_to_another_column_is_left_out),
		cmocka_unit_test(a_type_of_the_future_is_read_as_virtual),
		cmocka_unit_test(a_definition_without_names_or_columns_is_refused),
		cmocka_unit_test(the_request_names_its_tables_encoded),
		cmocka_unit_test(every_table_survives_the_wire),
		cmocka_unit_test(a_selection_has_those_properties_and_the_id),
		cmocka_unit_test(ids_are_stable_and_different),
	};

	return cmocka_run_group_tests_name("definition", tests, NULL, NULL);
}
