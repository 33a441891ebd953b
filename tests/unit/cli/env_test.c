/* SPDX-License-Identifier: MIT */
/*
 * Environment references.
 */
#include "cli/env.h"

#include "expect.h"

#include <sys/stat.h>

#define ID "51f81489-12ee-4a9e-aaae-a2591f45987d"

/* A program of which only what references need is there. */
struct world {
	struct folder folder;
	struct program program;
};

static struct world world_make(const char *config)
{
	struct world w = { .folder = folder_make() };
	const char *path;
	struct err e;

	w.program = (struct program){ .environment = variable };
	path = in_folder(&w.folder, "environments.ini");
	if (config)
		assert_true(file_write(path, 0600, str_from(config), &e));
	return w;
}

static void world_release(struct world *w)
{
	variables = NULL;
	folder_remove(&w->folder);
}

/* With FERRY_CONFIG and one variable more. */
static bool parse(struct world *w, struct env *env, const char *name, const char *value,
		  const char *reference, const struct env_options *o, struct err *e)
{
	static const char *pairs[5];

	pairs[0] = "FERRY_CONFIG";
	pairs[1] = in_folder(&w->folder, "environments.ini");
	pairs[2] = name;
	pairs[3] = value;
	variables = pairs;
	w->program.arena = &w->folder.arena;
	return env_parse(env, &w->program, "--to", reference, o, e);
}

static void expect_refused(struct world *w, const char *reference, const char *message)
{
	struct env env;
	struct err e;

	assert_false(parse(w, &env, NULL, NULL, reference, NULL, &e));
	if (e.kind != ERR_USAGE || !strstr(e.msg, message))
		fail_msg("%s: %s", reference, e.msg);
	assert_null(strstr(e.msg, "s3cret"));
}

static void expect_str(struct str s, const char *expected)
{
	if (!str_eq(s, str_from(expected)))
		fail_msg("\"%.*s\" is not \"%s\"", STR_ARG(s), expected);
}

static void a_local_organization_is_a_file(void **state)
{
	DEFER(world_release) struct world w = world_make(NULL);
	struct env env;
	struct err e;

	(void)state;
	assert_true(parse(&w, &env, NULL, NULL, "local:some folder/a.db", NULL, &e));
	assert_string_equal(env.path, "some folder/a.db");
	assert_string_equal(env.reference, "local:some folder/a.db");
	expect_refused(&w, "local:", "--to local:: the file is missing; write local:FILE");
}

static void a_bare_file_name_is_understood_but_not_taken(void **state)
{
	DEFER(world_release) struct world w = world_make(NULL);
	const char *path = in_folder(&w.folder, "a.db");

	(void)state;
	make_file(path);
	expect_refused(
		&w, path,
		str_fmt(&w.folder.arena, "--to %s: a file; did you mean local:%s?", path, path).p);
}

static void a_url_is_an_environment_on_a_server(void **state)
{
	DEFER(world_release) struct world w = world_make(NULL);
	struct env env;
	struct err e;

	(void)state;
	assert_true(
		parse(&w, &env, "FERRY_TOKEN", "s3cret", "https://A.crm.dynamics.com/", NULL, &e));
	assert_null(env.path);
	expect_str(env.profile.url, "https://a.crm.dynamics.com");
	assert_int_equal(env.profile.kind, AUTH_TOKEN);
	assert_true(parse(&w, &env, NULL, NULL, "http://127.0.0.1:8080", NULL, &e));
	assert_int_equal(env.profile.kind, AUTH_NONE);
	expect_refused(&w, "http://a.crm.dynamics.com",
		       "--to: http://a.crm.dynamics.com would send");
	expect_refused(&w, "https://u:s3cret@a.crm.dynamics.com", "--to: the URL");
}

static void a_name_is_a_profile(void **state)
{
	DEFER(world_release) struct world w =
		world_make("[prod]\nurl = https://a.crm.dynamics.com\nauth = browser\n"
			   "[bad]\nurl = https://b.crm.dynamics.com\n");
	struct env env;
	struct err e;

	(void)state;
	assert_true(parse(&w, &env, NULL, NULL, "prod", NULL, &e));
	expect_str(env.profile.name, "prod");
	expect_str(env.profile.url, "https://a.crm.dynamics.com");
	assert_int_equal(env.profile.kind, AUTH_BROWSER);
	expect_refused(&w, "prid", "--to: there is no profile prid; did you mean prod?");
	expect_refused(&w, "elsewhere", "there is no profile elsewhere; there are prod, bad");
	expect_refused(&w, "a/b.db", "no name for a profile");
	assert_false(parse(&w, &env, NULL, NULL, "bad", NULL, &e));
	assert_int_equal(e.kind, ERR_INPUT);
	assert_non_null(strstr(e.msg, "environments.ini:4: [bad]: auth is missing"));
}

#define STRING                                                                                     \
	"AuthType=ClientSecret;Url=https://a.crm.dynamics.com;ClientId=" ID ";ClientSecret=s3cret"

static void a_connection_string_comes_from_a_variable_only(void **state)
{
	DEFER(world_release) struct world w = world_make(NULL);
	struct env env;
	struct err e;

	(void)state;
	assert_true(parse(&w, &env, "MY_STRING", STRING, "env:MY_STRING", NULL, &e));
	assert_int_equal(env.profile.kind, AUTH_CLIENT_SECRET);
	assert_string_equal(env.reference, "env:MY_STRING");
	expect_refused(&w, STRING, "--to: a connection string is not taken as an argument");
	expect_refused(&w, "url = https://a.crm.dynamics.com;secret=s3cret",
		       "put it into a variable");
	expect_refused(&w, "foo=s3cret", "it is not shown");
	expect_refused(&w, "env:MY_STRING", "the variable MY_STRING is not set");
	assert_true(parse(&w, &env, "FERRY_CONNECTION_STRING", STRING, "https://a.crm.dynamics.com",
			  NULL, &e));
	assert_int_equal(env.profile.kind, AUTH_CLIENT_SECRET);
	assert_true(parse(&w, &env, "FERRY_CONNECTION_STRING", STRING, "https://b.crm.dynamics.com",
			  NULL, &e));
	assert_int_equal(env.profile.kind, AUTH_DEVICE_CODE);
	assert_false(parse(&w, &env, "FERRY_CONNECTION_STRING", STRING ";x=s3cret",
			   "https://a.crm.dynamics.com", NULL, &e));
	assert_non_null(strstr(e.msg, "FERRY_CONNECTION_STRING: the connection string"));
	assert_null(strstr(e.msg, "s3cret"));
}

static void others_must_not_be_able_to_write_the_configuration(void **state)
{
	DEFER(world_release) struct world w =
		world_make("[prod]\nurl = https://a.crm.dynamics.com\nauth = browser\n");
	struct env env;
	struct err e;

	(void)state;
	assert_int_equal(chmod(in_folder(&w.folder, "environments.ini"), 0622), 0);
	assert_false(parse(&w, &env, NULL, NULL, "prod", NULL, &e));
	assert_int_equal(e.kind, ERR_INPUT);
	assert_non_null(strstr(e.msg, "can be written by others (mode 0622)"));
	assert_int_equal(chmod(in_folder(&w.folder, "environments.ini"), 0644), 0);
	assert_true(parse(&w, &env, NULL, NULL, "prod", NULL, &e));
}

static void options_of_servers_are_checked(void **state)
{
	DEFER(world_release) struct world w = world_make(
		"[prod]\nurl = https://a.crm.dynamics.com\nauth = browser\nimpersonate = " ID "\n");
	struct env_options record = { .record = "r.jsonl" }, other = { .impersonate = "mia" };
	struct env_options good = { .impersonate = "00000000-0000-4000-8000-000000000001" };
	struct env env;
	struct err e;

	(void)state;
	assert_false(parse(&w, &env, NULL, NULL, "local:a.db", &record, &e));
	assert_non_null(strstr(e.msg, "--record is for an environment on a server"));
	assert_false(parse(&w, &env, NULL, NULL, "local:a.db", &good, &e));
	assert_false(parse(&w, &env, NULL, NULL, "prod", &other, &e));
	assert_non_null(strstr(e.msg, "impersonate: neither the object id"));
	assert_true(parse(&w, &env, NULL, NULL, "prod", NULL, &e));
	expect_str(env.profile.impersonate, ID);
	assert_true(parse(&w, &env, NULL, NULL, "prod", &good, &e));
	expect_str(env.profile.impersonate, good.impersonate);
}

static void a_variable_for_servers_is_no_matter_of_a_local_organization(void **state)
{
	static const char path[] = "r.jsonl";
	DEFER(world_release) struct world w =
		world_make("[prod]\nurl = https://a.crm.dynamics.com\nauth = browser\n");
	struct env_options record = { .record = path };
	struct env env;
	struct err e;

	(void)state;
	assert_true(parse(&w, &env, "FERRY_RECORD", path, "local:a.db", &record, &e));
	assert_null(env.options.record);
	assert_true(parse(&w, &env, "FERRY_RECORD", path, "prod", &record, &e));
	assert_ptr_equal(env.options.record, path);
	assert_false(parse(&w, &env, "FERRY_RECORD", "other.jsonl", "local:a.db", &record, &e));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_local_organization_is_a_file),
		cmocka_unit_test(a_bare_file_name_is_understood_but_not_taken),
		cmocka_unit_test(a_url_is_an_environment_on_a_server),
		cmocka_unit_test(a_name_is_a_profile),
		cmocka_unit_test(a_connection_string_comes_from_a_variable_only),
		cmocka_unit_test(others_must_not_be_able_to_write_the_configuration),
		cmocka_unit_test(options_of_servers_are_checked),
		cmocka_unit_test(a_variable_for_servers_is_no_matter_of_a_local_organization),
	};

	return cmocka_run_group_tests_name("env", tests, NULL, NULL);
}
