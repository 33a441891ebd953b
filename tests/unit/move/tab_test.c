/* SPDX-License-Identifier: MIT */
/*
 * Tabs: what is read, compared and written of each column, and one message for all that is missing. The
 * expectations are the table in `flags`, one line per sort of column.
 */
#include "move/tab.h"

#include "fixture.h"

#include "io/json.h"
#include "move/journal.h"

#define COLUMN(name, type, create, update, read)                                                   \
	"{\"logicalName\":\"" name "\",\"type\":\"" type "\",\"validForCreate\":" create           \
	",\"validForUpdate\":" update ",\"validForRead\":" read "},"
#define BOTH(name, type) COLUMN(name, type, "true", "true", "true")

static const char thing_facts[] =
	"{\"logicalName\":\"thing\",\"entitySetName\":\"things\",\"primaryId\":\"thingid\","
	"\"primaryName\":\"name\",\"attributes\":[" COLUMN(
		"thingid", "UniqueidentifierType", "true", "false",
		"true") BOTH("name",
			     "StringType") BOTH("secret",
						"StringType") BOTH("generated",
								   "StringType") BOTH("local",
										      "StringType")
		BOTH("key", "StringType") BOTH("kind", "PicklistType") COLUMN(
			"onlycreate", "StringType", "true", "false",
			"true") COLUMN("onlyupdate", "StringType", "false", "true",
				       "true") COLUMN("onlyread", "StringType", "false", "false",
						      "true") COLUMN("unread", "StringType", "true",
								     "true",
								     "false") BOTH("big",
										   "BigIntType")
			BOTH("file", "FileType") BOTH("image", "ImageType") BOTH(
				"parties",
				"PartyListType") BOTH("virtual",
						      "VirtualType") COLUMN("ismanaged",
									    "BooleanType", "false",
									    "false", "true")
				COLUMN("statecode", "StateType", "false", "true",
				       "true") "{\"logicalName\":\"statuscode\",\"type\":\"StatusType\",\"validForCreate\":true,"
					       "\"validForUpdate\":true,\"validForRead\":true}],"
					       "\"manyToMany\":[{\"schemaName\":\"thing_tag_rel\",\"intersectEntity\":\"thing_tag\","
					       "\"entity1\":\"tag\",\"entity1Attribute\":\"tagid\",\"entity1Nav\":\"t\","
					       "\"entity2\":\"thing\",\"entity2Attribute\":\"thingid\",\"entity2Nav\":\"g\"},"
					       "{\"schemaName\":\"lost_rel\",\"intersectEntity\":\"lost\","
					       "\"entity1\":\"thing\",\"entity1Attribute\":\"thingid\",\"entity1Nav\":\"t\","
					       "\"entity2\":\"tag\",\"entity2Attribute\":\"tagid\",\"entity2Nav\":\"g\"}]}";

static const char tag_facts[] =
	"{\"logicalName\":\"tag\",\"entitySetName\":\"tags\",\"primaryId\":\"tagid\","
	"\"attributes\":[{\"logicalName\":\"tagid\",\"type\":\"UniqueidentifierType\","
	"\"validForRead\":true}]}";

static const char intersect_facts[] =
	"{\"logicalName\":\"thing_tag\",\"entitySetName\":\"thing_tagset\","
	"\"primaryId\":\"thing_tagid\",\"isIntersect\":true,\"attributes\":["
	"{\"logicalName\":\"thing_tagid\",\"type\":\"UniqueidentifierType\",\"validForRead\":true},"
	"{\"logicalName\":\"tagid\",\"type\":\"UniqueidentifierType\",\"validForRead\":true},"
	"{\"logicalName\":\"thingid\",\"type\":\"UniqueidentifierType\",\"validForRead\":true}]}";

static const char knowledge_text[] =
	"<knowledge version=\"1\"><table name=\"thing\" source=\"test\">"
	"<rows kind=\"system\" when=\"kind eq 7\" key=\"key absent\" missing=\"stop\" adopted=\"link\"/>"
	"<rows kind=\"root\" when=\"absent null\" missing=\"create\" adopted=\"follow\"/>"
	"<rows kind=\"child\" when=\"kind null\" missing=\"create\" adopted=\"follow\"/>"
	"<column name=\"secret\" is=\"secret\"/><column name=\"generated\" is=\"generated\"/>"
	"<column name=\"local\" is=\"per-environment\"/></table></knowledge>";

#define FIELD(name, type) "<field name=\"" name "\" type=\"" type "\"/>"
#define THING(fields, relationships)                                                               \
	"<entities>\n<entity name=\"thing\"><fields>" fields "</fields>"                           \
	"<relationships>" relationships "</relationships></entity></entities>"
#define TAGS                                                                                       \
	"<relationship name=\"thing_tag\" manyToMany=\"true\" m2mTargetEntity=\"tag\""             \
	" m2mTargetEntityPrimaryKey=\"tagid\"/>"
/* clang-format off */
#define MOST_FIELDS                                                                                \
	FIELD("thingid", "guid") FIELD("name", "string") FIELD("secret", "string")                 \
	FIELD("generated", "string") FIELD("local", "string") FIELD("onlycreate", "string")        \
	FIELD("onlyupdate", "string") FIELD("onlyread", "string") FIELD("unread", "string")        \
	FIELD("big", "bigint") FIELD("file", "filedata") FIELD("image", "imagedata")               \
	FIELD("parties", "partylist") FIELD("virtual", "unknown") FIELD("statecode", "state")
/* clang-format on */

/* read, compare, create, update */
static const struct flags {
	const char *column;
	bool is[4];
} flags[] = {
	{ "thingid", { true, false, false, false } },
	{ "name", { true, true, true, true } },
	{ "secret", { false, false, false, false } },
	{ "generated", { true, false, false, false } },
	{ "local", { true, false, true, false } },
	{ "onlycreate", { true, false, true, false } },
	{ "onlyupdate", { true, true, false, true } },
	{ "onlyread", { true, false, false, false } },
	{ "unread", { false, false, true, true } },
	{ "big", { true, false, false, false } },
	{ "file", { true, true, false, false } },
	{ "image", { true, true, false, false } },
	{ "parties", { false, false, false, false } },
	{ "virtual", { false, false, false, false } },
	{ "statecode", { true, true, false, false } },
	/* not of the schema: keys, conditions and what the engine looks at */
	{ "kind", { true, false, false, false } },
	{ "key", { true, false, false, false } },
	{ "ismanaged", { true, false, false, false } },
	{ "statuscode", { true, false, false, false } },
};

struct setting {
	struct arena *a;
	struct catalog catalog;
	struct knowledge knowledge;
};

static void add_table(struct setting *s, const char *facts)
{
	struct table *t = arena_new(s->a, struct table);
	struct json json;
	struct err e;

	OK(json_parse(s->a, str_from(facts), "facts", &json, &e));
	OK(table_from_facts(s->a, &json, "facts", t, &e));
	catalog_put(&s->catalog, t);
}

static struct setting setting_make(struct arena *a)
{
	struct setting s = { .a = a, .catalog = catalog_make(a) };
	struct err e;

	add_table(&s, thing_facts);
	add_table(&s, tag_facts);
	add_table(&s, intersect_facts);
	OK(knowledge_read(a, str_from(knowledge_text), "k.xml", &s.knowledge, &e));
	return s;
}

static bool make(struct world *w, struct setting *s, const char *schema, bool secrets,
		 struct tabs *out, struct err *e)
{
	struct schema *parsed = arena_new(&w->a, struct schema);

	if (!schema_read(&w->a, str_from(schema), "s.xml", parsed, e))
		fail_msg("%s", e->msg);
	struct tab_options options = { .secrets = secrets };
	return tabs_make(&w->a, &w->run, parsed, &s->catalog, &s->knowledge, &options, out, e);
}

static void each_sort_of_column_has_its_uses(void **state)
{
	struct world *w = *state;
	struct setting s = setting_make(&w->a);
	struct tabs tabs;
	struct err e;

	OK(make(w, &s, THING(MOST_FIELDS, ""), false, &tabs, &e));
	assert_int_equal(tabs.n, 1);
	struct tab *t = tabs_find(&tabs, S("thing"));
	assert_non_null(t);
	assert_null(tabs_find(&tabs, S("tag")));
	assert_int_equal(t->nfields, 15);
	assert_int_equal(t->ncolumns, COUNT_OF(flags));
	for (size_t i = 0; i < COUNT_OF(flags); i++) {
		size_t at = tab_column(t, str_from(flags[i].column));
		assert_int_not_equal(at, SIZE_MAX);
		assert_int_equal(at < t->nfields, i < 15);
		const struct tab_column *c = &t->columns[at];
		assert_int_equal(c->field != NULL, i < 15);
		if (c->read != flags[i].is[0] || c->compare != flags[i].is[1] ||
		    c->create != flags[i].is[2] || c->update != flags[i].is[3])
			fail_msg("%s: %d %d %d %d", flags[i].column, c->read, c->compare, c->create,
				 c->update);
	}
	assert_int_equal(tab_column(t, S("absent")), SIZE_MAX);
	expect_str(t->columns[t->managed].name, "ismanaged");
	expect_str(t->columns[t->state].name, "statecode");
	expect_str(t->columns[t->status].name, "statuscode");
}

static void secrets_are_columns_like_any_other_when_asked_for(void **state)
{
	struct world *w = *state;
	struct setting s = setting_make(&w->a);
	struct tabs tabs;
	struct err e;

	OK(make(w, &s, THING(MOST_FIELDS, ""), true, &tabs, &e));
	const struct tab_column *c = &tabs.p[0].columns[tab_column(&tabs.p[0], S("secret"))];
	assert_true(c->read && c->compare && c->create && c->update);
	assert_int_equal(c->rule, COLUMN_RULE_SECRET);
}

static void a_relationship_is_found_by_either_name_and_knows_its_side(void **state)
{
	struct world *w = *state;
	struct setting s = setting_make(&w->a);
	struct tabs tabs;
	struct err e;

	OK(make(w, &s,
		THING(FIELD("thingid", "guid"),
		      TAGS "<relationship name=\"thing_tag_rel\" manyToMany=\"true\""
			   " m2mTargetEntity=\"tag\" m2mTargetEntityPrimaryKey=\"tagid\"/>"
			   "<relationship name=\"one_to_many\" manyToMany=\"false\"/>"),
		false, &tabs, &e));
	assert_int_equal(tabs.nrelationships, 2);
	assert_int_equal(tabs.p[0].nrelationships, 2);
	for (uint32_t i = 0; i < 2; i++) {
		const struct tab_relationship *r = &tabs.p[0].relationships[i];
		assert_int_equal(r->rel, i);
		assert_false(r->source_is_first);
		expect_str(r->intersect->name, "thing_tag");
		expect_str(r->link->schema_name, "thing_tag_rel");
	}
}

static void everything_that_is_missing_is_told_at_once(void **state)
{
	struct world *w = *state;
	struct setting s = setting_make(&w->a);
	struct tabs tabs = { .n = 77 };
	struct err e;

	FAILS(make(w, &s,
		   "<entities>\n<entity name=\"gone\">\n<fields/></entity>\n<entity name=\"thing\"><fields>\n"
		   "<field name=\"x\" type=\"string\"/>\n<field name=\"y\" type=\"string\"/></fields>"
		   "<relationships>\n" TAGS
		   "<relationship name=\"nowhere\" manyToMany=\"true\" m2mTargetEntity=\"tag\""
		   " m2mTargetEntityPrimaryKey=\"tagid\"/>\n"
		   "<relationship name=\"thing_tag\" manyToMany=\"true\" m2mTargetEntity=\"other\""
		   " m2mTargetEntityPrimaryKey=\"otherid\"/>\n"
		   "<relationship name=\"lost_rel\" manyToMany=\"true\" m2mTargetEntity=\"tag\""
		   " m2mTargetEntityPrimaryKey=\"tagid\"/>"
		   "</relationships></entity></entities>",
		   false, &tabs, &e),
	      ERR_INPUT,
	      "s.xml: the environment lacks table gone (line 2), column thing.x (line 5), "
	      "column thing.y (line 6), relationship nowhere of thing to tag (line 7), "
	      "relationship thing_tag of thing to other (line 8), table lost of relationship "
	      "lost_rel (line 9);");
	assert_int_equal(tabs.n, 77);
}

static void missing_columns_can_be_left_out_but_not_missing_tables(void **state)
{
	struct world *w = *state;
	struct setting s = setting_make(&w->a);
	struct tab_options options = { .skip_missing = true };
	struct schema schema;
	struct tabs tabs;
	uint64_t warnings = 0;
	struct err e;

	OK(schema_read(
		&w->a,
		str_from(THING(FIELD("x", "string") FIELD("name", "string") FIELD("y", "string"),
			       "")),
		"s.xml", &schema, &e));
	OK(tabs_make(&w->a, &w->run, &schema, &s.catalog, &s.knowledge, &options, &tabs, &e));
	assert_null(tabs.p[0].columns[0].column);
	assert_false(tabs.p[0].columns[0].read);
	assert_true(tabs.p[0].columns[1].read);
	OK(journal_count_problems(&w->run, SEVERITY_WARNING, &warnings, &e));
	assert_int_equal(warnings, 2);

	OK(schema_read(&w->a,
		       S("<entities><entity name=\"gone\"><fields/></entity><entity name=\"thing\">"
			 "<fields><field name=\"x\" type=\"string\"/><field name=\"y\" "
			 "type=\"string\" updateCompare=\"true\"/></fields></entity></entities>"),
		       "s.xml", &schema, &e));
	FAILS(tabs_make(&w->a, &w->run, &schema, &s.catalog, &s.knowledge, &options, &tabs, &e),
	      ERR_INPUT, "lacks table gone (line 1), column thing.y (line 1);");
}

static void a_long_list_says_how_many_more_there_are(void **state)
{
	struct world *w = *state;
	struct setting s = setting_make(&w->a);
	DEFER(buf_release) struct buf schema = buf_make(0);
	struct tabs tabs;
	size_t told = 0;
	struct err e;

	buf_add(&schema, S("<entities><entity name=\"thing\"><fields>"));
	for (int i = 0; i < 500; i++)
		buf_add_fmt(&schema, "<field name=\"missing%d\" type=\"string\"/>", i);
	buf_add(&schema, S("</fields></entity></entities>"));
	FAILS(make(w, &s, str_cstr(&w->a, buf_str(&schema)), false, &tabs, &e), ERR_INPUT,
	      " more;");
	for (const char *p = strstr(e.msg, "column"); p; p = strstr(p + 1, "column"))
		told++;
	struct str more = str_fmt(&w->a, " and %zu more;", 500 - told);
	assert_non_null(strstr(e.msg, more.p));
	assert_null(strstr(e.msg, "..."));
}

/* kind is the 16th column, behind the 15 of the schema */
static void the_first_rule_whose_condition_holds_decides(void **state)
{
	struct world *w = *state;
	struct setting s = setting_make(&w->a);
	struct value values[COUNT_OF(flags)] = { 0 };
	struct tabs tabs;
	struct err e;

	OK(make(w, &s, THING(MOST_FIELDS, ""), false, &tabs, &e));
	struct tab *t = &tabs.p[0];
	size_t kind = tab_column(t, S("kind"));
	assert_null(tab_rule(t, values));
	values[kind] = (struct value){ .kind = VALUE_TEXT, .text = S("7") };
	assert_ptr_equal(tab_rule(t, values), &t->known->rows[0]);
	values[kind].text = S("8");
	assert_null(tab_rule(t, values));
	/* a column that is not known makes every condition false: not the second rule */
	values[kind] = (struct value){ .kind = VALUE_NULL };
	assert_ptr_equal(tab_rule(t, values), &t->known->rows[2]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_WORLD(each_sort_of_column_has_its_uses),
		WITH_WORLD(secrets_are_columns_like_any_other_when_asked_for),
		WITH_WORLD(a_relationship_is_found_by_either_name_and_knows_its_side),
		WITH_WORLD(everything_that_is_missing_is_told_at_once),
		WITH_WORLD(missing_columns_can_be_left_out_but_not_missing_tables),
		WITH_WORLD(a_long_list_says_how_many_more_there_are),
		WITH_WORLD(the_first_rule_whose_condition_holds_decides),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
