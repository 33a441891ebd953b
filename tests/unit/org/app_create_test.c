/* SPDX-License-Identifier: MIT */
/*
 * Making an organization: whole or not at all, repeatable, with the samples that there are.
 */
#include "served.h"

static const char *beside(struct served *s, const char *name)
{
	return str_cstr(&s->arena, str_fmt(&s->arena, "%s/%s", s->folder, name));
}

static void an_existing_file_is_left_alone(void **state)
{
	struct served *s = *state;
	struct org_create_options options = { .seeded = true };

	assert_false(org_create(s->path, &options, &s->e));
	assert_int_equal(s->e.kind, ERR_INPUT);
	assert_non_null(strstr(s->e.msg, "exists already; choose another name or remove it"));
	served_open(s, false);
}

static void the_organization_is_called_like_its_file(void **state)
{
	struct served *s = *state;

	expect_status(s,
		      fetch(s, "organizations",
			    "<fetch><entity name='organization'><attribute name='name'/>"
			    "</entity></fetch>"),
		      200);
	assert_string_equal(joined(s, "name"), "contoso");
}

static void an_unknown_sample_lists_the_known_ones(void **state)
{
	struct served *s = *state;
	struct org_create_options options = { .sample = "nothing" };
	struct str *names;
	size_t n = org_samples(&s->arena, &names);

	assert_false(org_create(beside(s, "x.db"), &options, &s->e));
	assert_int_equal(s->e.kind, ERR_INPUT);
	for (size_t i = 0; i < n; i++) {
		assert_non_null(strstr(s->e.msg, str_cstr(&s->arena, names[i])));
		assert_false(str_eq(names[i], S("system")));
	}
	options.sample = "../metadata/queue";
	assert_false(org_create(beside(s, "x.db"), &options, &s->e));
	options.sample = "system"; /* always there; not one to choose */
	assert_false(org_create(beside(s, "x.db"), &options, &s->e));
	assert_false(file_exists(beside(s, "x.db")));
}

static void the_same_seed_gives_the_same_rows(void **state)
{
	struct served *s = *state;
	struct org_create_options options = { .seeded = true, .seed = 3 };
	static const char query[] = "<fetch><entity name='msdyn_oclanguage'><all-attributes/>"
				    "</entity></fetch>";
	const char *answers[2];
	const char *first = s->path;

	for (int i = 0; i < 2; i++) {
		s->path = beside(s, i == 0 ? "a.db" : "b.db");
		served_must(s, org_create(s->path, &options, &s->e));
		served_open(s, true);
		expect_status(s, fetch(s, "msdyn_oclanguages", query), 200);
		answers[i] = str_cstr(&s->arena, s->answer.body);
	}
	assert_true(strlen(answers[0]) > 1000);
	assert_string_equal(answers[0], answers[1]);
	s->path = first;
	served_open(s, true);
}

static void every_sample_loads(void **state)
{
	struct served *s = *state;
	struct str *names;
	size_t n = org_samples(&s->arena, &names);

	for (size_t i = 0; i < n; i++) {
		const char *name = str_cstr(&s->arena, names[i]);
		struct org_create_options options = { .sample = name, .seeded = true };

		served_must(s, org_create(beside(s, name), &options, &s->e));
	}
}

static void a_folder_that_is_missing_leaves_nothing(void **state)
{
	struct served *s = *state;
	struct org_create_options options = { .seeded = true };

	assert_false(org_create(beside(s, "no/where.db"), &options, &s->e));
	assert_false(file_exists(beside(s, "no")));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_existing_file_is_left_alone),
		cmocka_unit_test(the_organization_is_called_like_its_file),
		cmocka_unit_test(an_unknown_sample_lists_the_known_ones),
		cmocka_unit_test(the_same_seed_gives_the_same_rows),
		cmocka_unit_test(every_sample_loads),
		cmocka_unit_test(a_folder_that_is_missing_leaves_nothing),
	};

	return cmocka_run_group_tests(tests, served_setup, served_teardown);
}
