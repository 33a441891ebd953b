/* SPDX-License-Identifier: MIT */
/*
 * The file as a whole: tables from definitions, copies, and back to how it was made.
 */
#include "served.h"

#include "org/shape.h"

#define ID_COLUMN(name)                                                                            \
	"{\"logicalName\":\"" name "\",\"schemaName\":\"" name                                     \
	"\",\"type\":\"UniqueidentifierType\","                                                    \
	"\"requiredLevel\":\"SystemRequired\",\"validForCreate\":true,\"validForRead\":true}"
#define LOOKUP(name, target)                                                                       \
	"{\"logicalName\":\"" name "\",\"schemaName\":\"" name "\",\"type\":\"LookupType\","       \
	"\"targets\":[\"" target "\"],\"validForCreate\":true,\"validForUpdate\":true,"            \
	"\"validForRead\":true}"
#define RELATION(name, column, target)                                                             \
	"{\"schemaName\":\"" name "\",\"referencingAttribute\":\"" column                          \
	"\",\"referencedEntity\":"                                                                 \
	"\"" target "\",\"referencedAttribute\":\"" target "id\",\"navigationProperty\":\"" column \
	"\"}"
#define TABLE(name, other)                                                                         \
	"{\"logicalName\":\"" name "\",\"schemaName\":\"" name "\",\"entitySetName\":\"" name      \
	"s\","                                                                                     \
	"\"primaryId\":\"" name "id\",\"primaryName\":null,\"objectTypeCode\":0,\"ownership\":"    \
	"\"OrganizationOwned\",\"attributes\":[" ID_COLUMN(name "id") "," LOOKUP(                  \
		"new_other", other) "],\"manyToOne\":[" RELATION(name "_other", "new_other",       \
								 other) "]}"

static const char *const PAIR = "[" TABLE("new_cat", "new_dog") "," TABLE("new_dog", "new_cat") "]";

static bool add(struct served *s, const char *text, bool replace)
{
	struct shape_source source = { str_from(text), "test.json" };
	struct str *names;
	size_t n;

	return shape_add(s->path, &s->arena, &source, 1, replace, &names, &n, &s->e);
}

static void expect_refused(struct served *s, const char *text, bool replace, const char *part)
{
	assert_false(add(s, text, replace));
	assert_int_equal(s->e.kind, ERR_INPUT);
	if (!strstr(s->e.msg, part))
		fail_msg("%s", s->e.msg);
}

static size_t find(struct served *s, const char *name, struct shape_table *out)
{
	struct shape_table *all;
	size_t n;

	served_must(s, shape_tables(s->path, &s->arena, &all, &n, &s->e));
	for (size_t i = 0; i < n; i++) {
		if (str_eq(all[i].name, str_from(name)))
			*out = all[i];
	}
	return n;
}

static void tables_may_point_to_each_other(void **state)
{
	struct served *s = *state;
	struct shape_table t = { 0 };
	size_t before = find(s, "queue", &t);

	assert_true(str_eq(t.entity_set, S("queues")));
	assert_true(t.rows > 0);
	served_must(s, add(s, PAIR, false));
	assert_int_equal(find(s, "new_dog", &t), before + 2);
	assert_true(t.custom);
	assert_int_equal(t.rows, 0);
	/* the organization that is open sees them */
	expect_status(s, ask(s, METHOD_POST, "new_dogs", "{}"), 204);
	expect_status(s, ask(s, METHOD_GET, "new_cats?$expand=new_other", NULL), 200);
}

static void a_table_is_only_replaced_when_it_is_empty(void **state)
{
	struct served *s = *state;
	struct shape_table t = { 0 };

	expect_refused(s, TABLE("new_cat", "new_dog"), false, "table new_cat exists already");
	expect_refused(s, TABLE("new_dog", "new_cat"), true, "table new_dog has 1 rows");
	served_must(s, add(s, TABLE("new_cat", "queue"), true));
	find(s, "new_cat", &t);
	assert_int_equal(t.columns, 2);
}

static void what_is_no_table_is_refused_as_a_whole(void **state)
{
	struct served *s = *state;
	struct shape_table t = { 0 };
	size_t before = find(s, "queue", &t);

	expect_refused(s, "{", false, "test.json:1");
	expect_refused(s, "[7]", false, "a table is an object");
	expect_refused(s, "{\"logicalName\":\"new_x\"}", false, "entitySetName");
	expect_refused(s, TABLE("ferry_x", "queue"), false, "reserved");
	expect_refused(s, TABLE("sqlite_x", "queue"), false, "reserved");
	/* the second is wrong: the first is not made either */
	expect_refused(s, "[" TABLE("new_ok", "queue") "," TABLE("queue", "queue") "]", false,
		       "table queue exists already");
	assert_int_equal(find(s, "queue", &t), before);
}

static void a_definition_of_the_wire_is_one_too(void **state)
{
	struct served *s = *state;
	struct shape_table t = { 0 };
	const char *text;
	struct str body;
	size_t at;

	expect_status(s,
		      ask(s, METHOD_GET,
			  "EntityDefinitions(LogicalName='position')?$expand=Attributes,"
			  "ManyToOneRelationships,ManyToManyRelationships,Keys",
			  NULL),
		      200);
	body = s->answer.body;
	/* under a name of its own */
	DEFER(buf_release) struct buf b = buf_make(0);

	while ((at = str_find(body, S("osition"))) != STR_NONE) {
		buf_add(&b, str_sub(body, 0, at));
		buf_add(&b, S("ositon"));
		body = str_skip(body, at + 7);
	}
	buf_add(&b, body);
	text = str_cstr(&s->arena, buf_str(&b));
	served_must(s, add(s, text, false));
	find(s, "positon", &t);
	assert_true(str_eq(t.entity_set, S("positons")));
	expect_status(s, ask(s, METHOD_POST, "positons", "{\"name\":\"Chief\"}"), 204);
}

static void a_snapshot_is_a_copy(void **state)
{
	struct served *s = *state;
	const char *copy = str_cstr(&s->arena, str_fmt(&s->arena, "%s/copy.db", s->folder));
	const char *path = s->path;
	struct shape_table t = { 0 };
	size_t n = find(s, "new_dog", &t);

	/* while the organization is open */
	served_must(s, shape_snapshot(path, copy, &s->e));
	s->path = copy;
	assert_int_equal(find(s, "new_dog", &t), n);
	assert_int_equal(t.rows, 1);
	s->path = path;
	assert_false(shape_snapshot("/nonexistent/x.db", copy, &s->e));
	assert_int_equal(s->e.kind, ERR_INPUT);
}

static void a_reset_brings_back_what_was_made(void **state)
{
	struct served *s = *state;
	struct shape_table t = { 0 };
	const char *id;

	expect_status(s, ask(s, METHOD_GET, "organizations?$select=name,organizationid", NULL),
		      200);
	id = joined(s, "organizationid");
	expect_status(s, ask(s, METHOD_POST, "accounts", "{\"name\":\"A\"}"), 204);
	org_close(&s->org);
	served_must(s, shape_reset(s->path, true, &s->e));
	find(s, "account", &t);
	assert_int_equal(t.rows, 0);
	t = (struct shape_table){ 0 };
	find(s, "new_dog", &t);
	assert_true(t.name.n > 0);
	assert_int_equal(t.rows, 0);
	served_open(s, true);
	/* a seeded organization is the same one, under the same name */
	expect_status(s, ask(s, METHOD_GET, "organizations?$select=name,organizationid", NULL),
		      200);
	assert_string_equal(joined(s, "organizationid"), id);
	assert_string_equal(joined(s, "name"), "contoso");
	org_close(&s->org);
	served_must(s, shape_reset(s->path, false, &s->e));
	t = (struct shape_table){ 0 };
	find(s, "new_dog", &t);
	assert_int_equal(t.name.n, 0);
	served_open(s, true);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tables_may_point_to_each_other),
		cmocka_unit_test(a_table_is_only_replaced_when_it_is_empty),
		cmocka_unit_test(what_is_no_table_is_refused_as_a_whole),
		cmocka_unit_test(a_definition_of_the_wire_is_one_too),
		cmocka_unit_test(a_snapshot_is_a_copy),
		cmocka_unit_test(a_reset_brings_back_what_was_made),
	};

	return cmocka_run_group_tests(tests, served_setup, served_teardown);
}
