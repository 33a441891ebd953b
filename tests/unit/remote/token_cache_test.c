/* SPDX-License-Identifier: MIT */
/*
 * Tokens that are kept: one file for each account, for its owner alone.
 */
#include "remote/token_cache.h"

#include "../base/expect.h"
#include "base/file.h"

#include <sys/stat.h>

static struct arena arena;
static const char *folder;

static struct profile contoso(void)
{
	return (struct profile){ .url = S("https://contoso.crm.dynamics.com"),
				 .kind = AUTH_DEVICE_CODE,
				 .tenant = S("contoso.onmicrosoft.com") };
}

static struct token_entry entry(void)
{
	return (struct token_entry){ { S("tok\"en"), S("refresh"), 1800000000, 1799999700 },
				     S("https://login.microsoftonline.com"),
				     S("contoso"),
				     S("https://contoso.crm.dynamics.com"),
				     S("salt"),
				     S("digest") };
}

static const char *path_of(struct profile p)
{
	return token_cache_path(&arena, folder, &p);
}

static void keep(const char *path)
{
	struct token_entry t = entry();
	struct err e;

	assert_true(token_cache_write(&arena, folder, path, &t, &e));
}

static void what_is_kept_is_found_again_by_its_owner_alone(void **state)
{
	const char *path = path_of(contoso());
	struct token_entry t;
	struct stat st;

	(void)state;
	keep(path);
	keep(path);
	assert_true(token_cache_read(&arena, path, &t));
	expect_str(t.token.text, "tok\"en");
	expect_str(t.token.refresh, "refresh");
	assert_int_equal(t.token.expires, 1800000000);
	assert_int_equal(t.token.renew, 1799999700);
	expect_str(t.authority, "https://login.microsoftonline.com");
	expect_str(t.tenant, "contoso");
	expect_str(t.resource, "https://contoso.crm.dynamics.com");
	expect_str(t.salt, "salt");
	expect_str(t.credential, "digest");
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	assert_int_equal(stat(folder, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0700);
}

static void every_account_has_its_own_file(void **state)
{
	struct profile p[9];
	const char *paths[COUNT_OF(p)];

	(void)state;
	for (size_t i = 0; i < COUNT_OF(p); i++)
		p[i] = contoso();
	p[1].url = S("https://fabrikam.crm.dynamics.com");
	p[2].kind = AUTH_BROWSER;
	p[3].tenant = S("other.onmicrosoft.com");
	p[4].client = S("00000000-0000-4000-8000-000000000001");
	p[5].username = S("mia@contoso.com");
	p[6].authority = S("https://login.microsoftonline.us");
	p[7].resource = S("https://other.crm.dynamics.com");
	/* the same letters at another place */
	p[8].tenant = S("");
	p[8].client = S("contoso.onmicrosoft.com");
	for (size_t i = 0; i < COUNT_OF(p); i++) {
		paths[i] = path_of(p[i]);
		for (size_t j = 0; j < i; j++)
			assert_string_not_equal(paths[i], paths[j]);
	}
	/* nothing of what a user wrote becomes part of the name */
	p[0].username = S("../../x");
	assert_int_equal(strlen(path_of(p[0])), strlen(folder) + 1 + 64 + 5);
	p[0].username = S("MIA@contoso.com");
	assert_string_equal(path_of(p[0]), paths[5]);
}

static void a_file_that_others_may_read_or_write_is_none(void **state)
{
	static const mode_t modes[] = { 0640, 0604, 0620, 0666, 0601 };
	const char *path = path_of(contoso());
	struct token_entry t;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(modes); i++) {
		keep(path);
		assert_int_equal(chmod(path, modes[i]), 0);
		assert_false(token_cache_read(&arena, path, &t));
	}
	keep(path);
	assert_true(token_cache_read(&arena, path, &t));
}

static void a_file_that_is_broken_is_none(void **state)
{
	static const char *const texts[] = {
		"",
		"{",
		"[]",
		"null",
		"{\"version\":2}",
		"{\"version\":1,\"access_token\":\"t\",\"authority\":\"a\",\"tenant\":\"t\","
		"\"resource\":\"r\"}",
		"{\"version\":2,\"access_token\":7,\"authority\":\"a\",\"tenant\":\"t\","
		"\"resource\":\"r\"}",
		"{\"version\":2,\"access_token\":\"t\",\"authority\":\"a\",\"resource\":\"r\"}",
	};
	const char *path = path_of(contoso());
	struct token_entry t;
	struct err e;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(texts); i++) {
		assert_true(file_remove(path, &e));
		assert_true(file_write(path, 0600, str_from(texts[i]), &e));
		assert_false(token_cache_read(&arena, path, &t));
	}
	assert_true(file_remove(path, &e));
	assert_false(token_cache_read(&arena, path, &t));
	assert_int_equal(symlink("/etc/passwd", path), 0);
	assert_false(token_cache_read(&arena, path, &t));
	keep(path);
	assert_true(token_cache_read(&arena, path, &t));
}

/* HMAC-SHA256 by Python: hmac.new(b"salt", b"hush", "sha256").hexdigest() */
static void a_credential_is_known_again_but_not_told(void **state)
{
	struct str one = token_cache_salt(&arena), other = token_cache_salt(&arena);

	(void)state;
	expect_str(token_cache_digest(&arena, S("salt"), S("hush")),
		   "86e3b0622e6503ba2757c2cbbd1167ba4b6a88278733aab244f7ae886d8e352a");
	assert_int_equal(one.n, 2 * TOKEN_SALT_SIZE);
	assert_false(str_eq(one, other));
	assert_false(str_eq(token_cache_digest(&arena, one, S("hush")),
			    token_cache_digest(&arena, other, S("hush"))));
}

static int set_up(void **state)
{
	char name[] = "/tmp/ferry-test-XXXXXX";

	(void)state;
	arena = arena_make(0);
	assert_non_null(mkdtemp(name));
	folder = str_cstr(&arena, str_fmt(&arena, "%s/cache/tokens", name));
	return 0;
}

static int tear_down(void **state)
{
	struct str root = str_sub(str_from(folder), 0, strlen("/tmp/ferry-test-XXXXXX"));
	struct err e;

	(void)state;
	assert_true(file_remove(str_cstr(&arena, root), &e));
	arena_release(&arena);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_kept_is_found_again_by_its_owner_alone),
		cmocka_unit_test(every_account_has_its_own_file),
		cmocka_unit_test(a_file_that_others_may_read_or_write_is_none),
		cmocka_unit_test(a_file_that_is_broken_is_none),
		cmocka_unit_test(a_credential_is_known_again_but_not_told),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
