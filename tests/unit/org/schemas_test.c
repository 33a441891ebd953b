/* SPDX-License-Identifier: MIT */
/*
 * The queries that Microsoft's published schemas export by (facts/routing.md): each is answered, and page
 * by page it gives the same rows as at once.
 */
#include "served.h"

#include "../dv/shared.h"
#include "dv/schema.h"

static struct served *served;

static struct str set_of(struct served *s, struct str table)
{
	struct str url =
		str_fmt(&s->arena, "EntityDefinitions(LogicalName='%.*s')", STR_ARG(table));

	expect_status(s, ask_str(s, METHOD_GET, url, NULL), 200);
	return json_text(answer_json(s), S("EntitySetName"));
}

/* The query with attributes of <fetch> before those that it has, and its primary key asked for. */
static const char *with(struct served *s, const struct schema_entity *entity,
			const char *attributes)
{
	struct str text = str_trim(entity->filter);
	size_t tag = str_find(text, S("<fetch")) + 6;
	size_t entity_tag = str_find(text, S("<entity"));
	size_t end = entity_tag + str_find(str_skip(text, entity_tag), S(">")) + 1;

	return str_cstr(&s->arena,
			str_fmt(&s->arena, "%.*s %s%.*s<attribute name=\"%.*s\"/>%.*s",
				STR_ARG(str_sub(text, 0, tag)), attributes,
				STR_ARG(str_sub(text, tag, end - tag)), STR_ARG(entity->primary_id),
				STR_ARG(str_skip(text, end))));
}

static void compare_pages(struct served *s, const struct schema_entity *entity)
{
	DEFER(buf_release) struct buf pages = buf_make(0);
	const char *set = str_cstr(&s->arena, set_of(s, entity->name));
	const char *id = str_cstr(&s->arena, entity->primary_id);

	expect_status(s, fetch(s, set, with(s, entity, "")), 200);

	const char *all = joined(s, id);
	size_t n = json_get(answer_json(s), S("value"))->n;

	for (size_t page = 1; page <= n; page++) {
		struct str paging = str_fmt(&s->arena, "count=\"1\" page=\"%zu\"", page);

		expect_status(s, fetch(s, set, with(s, entity, str_cstr(&s->arena, paging))), 200);
		buf_add(&pages, page > 1 ? S("|") : S(""));
		buf_add(&pages, str_from(joined(s, id)));
	}
	assert_string_equal(str_cstr(&s->arena, buf_str(&pages)), all);
}

static void ask_all(struct arena *a, const char *path)
{
	struct schema schema;
	struct err e;

	if (!schema_read_file(a, path, &schema, &e))
		fail_msg("%s", e.msg);
	for (size_t i = 0; i < schema.nentities; i++) {
		if (schema.entities[i].filter.n > 0)
			compare_pages(served, &schema.entities[i]);
	}
}

static void the_filters_of_published_schemas_are_answered(void **state)
{
	served = *state;
	assert_true(each_file(&served->arena, shared_path("data/schemas"), ".xml", ask_all) > 0);
}

static int setup(void **state)
{
	struct org_create_options options = { .sample = "contoso", .seeded = true };

	if (served_setup(state) != 0)
		return -1;

	struct served *s = *state;

	s->path = str_cstr(&s->arena, str_fmt(&s->arena, "%s/sample.db", s->folder));
	served_must(s, org_create(s->path, &options, &s->e));
	served_open(s, true);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_filters_of_published_schemas_are_answered),
	};

	return cmocka_run_group_tests(tests, setup, served_teardown);
}
