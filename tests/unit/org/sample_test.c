/* SPDX-License-Identifier: MIT */
/*
 * Samples: references in every direction, defaults, and errors that name sample, row and column.
 */
#include "org/sample.h"

#include "organization.h"

#include "base/asset.h"

#define ROWS(text) "{\"rows\":[" text "]}"

static int setup(void **state)
{
	struct organization *o = calloc(1, sizeof(*o));

	assert_non_null(o);
	*state = o;
	organization_make(o);
	return 0;
}

static void every_embedded_sample_loads_on_top_of_the_system_rows(void **state)
{
	struct organization *o = *state;
	size_t n;
	const struct asset *assets = asset_all(&n);
	size_t loaded = 0;

	for (size_t i = 0; i < n; i++) {
		const char *const names[] = { "samples/system.json", "the sample on top" };
		struct str texts[2] = { S(""), assets[i].bytes };
		bool is_system = str_eq(assets[i].name, S("samples/system.json"));

		if (!str_starts(assets[i].name, S("samples/")))
			continue;
		assert_true(asset_find(S("samples/system.json"), &texts[0]));
		store_close(&o->store);
		expect_ok(o, file_remove(o->folder, &o->e));
		arena_release(&o->arena);
		organization_make(o);
		expect_ok(o, sample_load(&o->store, texts, names, is_system ? 1 : 2, S("Contoso"),
					 &o->e));
		expect_ok(o, store_finish(&o->store, &o->e));
		assert_string_equal(query(o, "pragma integrity_check"), "ok");
		loaded++;
	}
	assert_true(loaded >= 1);
}

static void references_are_replaced_wherever_they_stand(void **state)
{
	struct organization *o = *state;

	expect_ok(o, load(o, system_rows));
	expect_ok(o, load(o, ROWS("{\"table\":\"queue\",\"ref\":\"a\",\"values\":{\"name\":\"Q\","
				  "\"description\":\"${b} and {${b|upper}} of ${org.name}, $5\"}},"
				  "{\"table\":\"queue\",\"ref\":\"b\","
				  "\"id\":\"ABCDEF01-0000-4000-8000-00000000000f\","
				  "\"values\":{\"name\":\"${a}\","
				  "\"ownerid\":{\"table\":\"team\",\"id\":\"" TEAM "\"}}}")));
	assert_string_equal(query(o, "select description from queue where name = 'Q'"),
			    "abcdef01-0000-4000-8000-00000000000f and "
			    "{ABCDEF01-0000-4000-8000-00000000000F} of Contoso, $5");
	assert_string_equal(query(o, "select count(*) from queue a join queue b "
				     "on b.name = a.queueid"),
			    "1");
	assert_string_equal(query(o, "select ownerid || ' ' || owneridtype || ' ' || owningteam "
				     "|| ' ' || owningbusinessunit from queue "
				     "where owninguser is null and queueid like 'abc%'"),
			    TEAM " team " TEAM " " ROOT_UNIT);
}

static void what_is_not_told_gets_what_the_platform_gives(void **state)
{
	struct organization *o = *state;

	expect_ok(o, load(o, system_rows));
	expect_ok(o, load(o, ROWS("{\"table\":\"msdyn_liveworkstream\",\"values\":{"
				  "\"msdyn_name\":\"W\",\"ismanaged\":true,\"statecode\":1}}")));
	assert_string_equal(query(o, "select ismanaged || ' ' || statecode || ' ' || statuscode "
				     "|| ' ' || componentstate || ' ' || ownerid || ' ' || "
				     "createdon || ' ' || iscustomizable "
				     "from msdyn_liveworkstream"),
			    "1 1 2 0 " ADMIN " 2025-01-01T00:00:00Z 1");
}

static void links_are_made_from_one_row_to_many(void **state)
{
	struct organization *o = *state;

	expect_ok(o, load(o, system_rows));
	expect_ok(o, load(o, "{\"rows\":[{\"table\":\"queue\",\"ref\":\"q\",\"values\":"
			     "{\"name\":\"Q\"}}],\"links\":[{\"relationship\":\"queuemembership\","
			     "\"from\":\"${q}\",\"to\":[\"" ADMIN "\"]}]}"));
	assert_string_equal(query(o, "select m.systemuserid from queuemembership m "
				     "join queue q using (queueid)"),
			    ADMIN);
}

static void the_same_seed_gives_the_same_organization(void **state)
{
	static const char row[] = ROWS("{\"table\":\"queue\",\"values\":{\"name\":\"Q\"}}");
	struct organization *o = *state;
	const char *first;

	expect_ok(o, load(o, system_rows));
	expect_ok(o, load(o, row));
	first = query(o, "select group_concat(queueid) from queue");

	struct organization other;

	organization_make(&other);
	expect_ok(&other, load(&other, system_rows));
	expect_ok(&other, load(&other, row));
	assert_string_equal(query(&other, "select group_concat(queueid) from queue"), first);
	store_close(&other.store);
	expect_ok(&other, file_remove(other.folder, &other.e));
	arena_release(&other.arena);
}

static void a_bad_sample_is_refused_as_a_whole_with_its_place(void **state)
{
	static const struct {
		const char *text, *message;
	} cases[] = {
		{ "{", "test.json" },
		{ "[]", "test.json" },
		{ "{\"rwos\":[]}", "rwos" },
		{ ROWS("{\"table\":\"queu\"}"), "rows[0] (queu): there is no table \"queu\"" },
		{ ROWS("{\"table\":\"queuemembership\"}"), "there is no table" },
		{ ROWS("{\"table\":\"queue\",\"vlaues\":{}}"), "vlaues" },
		{ ROWS("{\"table\":\"queue\",\"id\":\"x\"}"), "\"id\" is not a GUID" },
		{ ROWS("{\"table\":\"queue\",\"ref\":\"a\"},{\"table\":\"queue\",\"ref\":\"a\"}"),
		  "rows[1] (a): another row has this ref" },
		{ ROWS("{\"table\":\"queue\",\"ref\":\"a\",\"values\":{\"nam\":1}}"),
		  "rows[0] (a): its table has no column \"nam\"" },
		{ ROWS("{\"table\":\"queue\",\"ref\":\"a\",\"values\":{\"name\":\"${b}\"}}"),
		  "rows[0] (a): no row has the ref \"b\"" },
		{ ROWS("{\"table\":\"queue\",\"values\":{\"name\":\"${b\"}}"), "without \"}\"" },
		{ ROWS("{\"table\":\"queue\",\"values\":{\"queueviewtype\":9}}"), "queueviewtype" },
		{ ROWS("{\"table\":\"queue\",\"values\":{\"queueviewtype\":\"9\"}}"),
		  "queueviewtype" },
		{ ROWS("{\"table\":\"queue\",\"values\":{\"ownerid\":\"" ADMIN "\"}}"), "ownerid" },
		{ ROWS("{\"table\":\"queue\",\"values\":{\"ownerid\":{\"table\":\"queue\","
		       "\"id\":\"" ADMIN "\"}}}"),
		  "ownerid" },
		{ ROWS("{\"table\":\"queue\",\"values\":{\"primaryuserid\":\"" TEAM "\"}}"),
		  "primaryuserid" },
		{ ROWS("{\"table\":\"queue\",\"values\":{\"queueid\":\"" TEAM "\"}}"), "queueid" },
		{ ROWS("{\"table\":\"queue\",\"values\":{\"statecode\":0,\"statuscode\":2}}"),
		  "statuscode" },
		{ ROWS("{\"table\":\"ratingvalue\",\"values\":{\"name\":\"x\"}}"), "ratingmodel" },
		{ ROWS("{\"table\":\"systemuser\",\"id\":\"" ADMIN "\",\"values\":{"
		       "\"domainname\":\"a\",\"internalemailaddress\":\"a@example.com\"}}"),
		  "already exists" },
		{ "{\"links\":[{\"relationship\":\"nothing\",\"from\":\"" ADMIN "\",\"to\":[]}]}",
		  "links[0]: there is no N:N relationship \"nothing\"" },
		{ "{\"links\":[{\"relationship\":\"queuemembership\",\"from\":\"" ADMIN
		  "\",\"to\":[\"" ADMIN "\"]}]}",
		  "links[0]" },
	};
	struct organization *o = *state;

	expect_ok(o, load(o, system_rows));
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		bool ok = load(o, cases[i].text);

		assert_false(ok);
		assert_int_equal(o->e.kind, ERR_INPUT);
		if (!strstr(o->e.msg, cases[i].message))
			fail_msg("case %zu: %s", i, o->e.msg);
	}
	assert_string_equal(query(o, "select count(*) from queue"), "0");
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, organization_teardown)
	const struct CMUnitTest tests[] = {
		TEST(every_embedded_sample_loads_on_top_of_the_system_rows),
		TEST(references_are_replaced_wherever_they_stand),
		TEST(what_is_not_told_gets_what_the_platform_gives),
		TEST(links_are_made_from_one_row_to_many),
		TEST(the_same_seed_gives_the_same_organization),
		TEST(a_bad_sample_is_refused_as_a_whole_with_its_place),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
