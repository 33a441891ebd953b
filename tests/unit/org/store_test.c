/* SPDX-License-Identifier: MIT */
/*
 * The organization's file: what stands in it, for us and for the stock SQLite shell.
 */
#include "org/store.h"

#include <unistd.h>

#include "organization.h"

#include "base/asset.h"

static void every_metadata_file_becomes_a_table(void **state)
{
	struct organization *o = *state;
	size_t n;
	const struct asset *assets = asset_all(&n);
	size_t seen = 0;

	for (size_t i = 0; i < n; i++) {
		struct str name = assets[i].name;

		if (!str_starts(name, S("metadata/")))
			continue;
		name = str_sub(name, 9, name.n - 9 - 5);

		const struct table *t = table_of(o, str_cstr(&o->arena, name));
		struct str sql =
			str_fmt(&o->arena, "select count(*) >= 0 from \"%.*s\"", STR_ARG(name));

		assert_string_equal(query(o, str_cstr(&o->arena, sql)), "1");
		assert_true(str_eq(t->name, name));
		seen++;
	}
	assert_true(seen >= 70);
}

static void the_file_tells_what_it_is(void **state)
{
	struct organization *o = *state;

	assert_string_equal(query(o, "pragma application_id"), "1718776441");
	assert_string_equal(query(o, "pragma user_version"), "1");
	assert_string_equal(query(o, "pragma page_size"), "4096");
	assert_string_equal(query(o, "pragma integrity_check"), "ok");
	/* nothing in the schema needs a function or collation of ours */
	assert_string_equal(query(o, "select count(*) from sqlite_master where "
				     "sql like '%collate%' or type in ('trigger', 'view')"),
			    "0");
}

static void columns_have_the_type_of_their_values(void **state)
{
	struct organization *o = *state;

	assert_string_equal(query(o, "select type from pragma_table_info('queue') "
				     "where name = 'queueviewtype'"),
			    "INTEGER");
	assert_string_equal(query(o, "select type from pragma_table_info('queue') "
				     "where name = 'exchangerate'"),
			    "TEXT"); /* decimals are exact */
	assert_string_equal(query(o, "select type from pragma_table_info('account') "
				     "where name = 'address1_latitude'"),
			    "REAL");
	assert_string_equal(query(o, "select type from pragma_table_info('contact') "
				     "where name = 'creditlimit'"),
			    "TEXT");
	assert_string_equal(query(o, "select type from pragma_table_info('queue') "
				     "where name = 'owneridtype'"),
			    "TEXT");
	assert_string_equal(query(o, "select \"notnull\" from pragma_table_info('queue') "
				     "where name = 'versionnumber'"),
			    "1");
	/* virtual: nothing is stored */
	assert_string_equal(query(o, "select name from pragma_table_info('solution') "
				     "where name = 'fileid_name'"),
			    "(no row)");
}

static void an_intersect_table_can_be_linked_through(void **state)
{
	struct organization *o = *state;
	const struct table *t = table_of(o, "msdyn_msdyn_cannedmessage_liveworkstream");
	const struct many_to_one *side =
		table_lookup(t, S("msdyn_cannedmessageid"), S("msdyn_cannedmessage"));
	const struct many_to_many *mm;

	assert_true(t->is_intersect);
	assert_true(str_eq(t->primary_id, S("msdyn_msdyn_cannedmessage_liveworkstreamid")));
	assert_true(str_eq(t->entity_set, S("msdyn_msdyn_cannedmessage_liveworkstreamset")));
	assert_non_null(side);
	assert_true(str_eq(side->target_column, S("msdyn_cannedmessageid")));
	assert_int_equal(table_column(t, S("msdyn_liveworkstreamid"))->type, COLUMN_GUID);
	expect_ok(o, store_relationship(&o->store, t->name, &mm, &o->e));
	assert_true(str_eq(mm->table1, S("msdyn_cannedmessage")));
	/* one that has metadata of its own keeps its names */
	t = table_of(o, "queuemembership");
	assert_true(t->is_intersect);
	assert_true(str_eq(t->entity_set, S("queuememberships")));
	expect_ok(o, store_relationship(&o->store, S("queuemembership_association"), &mm, &o->e));
	assert_true(str_eq(mm->intersect, S("queuemembership")));
	expect_ok(o, store_relationship(&o->store, S("no_such_relationship"), &mm, &o->e));
	assert_null(mm);
	expect_ok(o, store_relationship(&o->store, S("queue"), &mm, &o->e));
	assert_null(mm);
}

static void tables_are_found_by_entity_set_and_names_come_sorted(void **state)
{
	struct organization *o = *state;
	const struct table *t;
	struct str *names;
	size_t n;

	expect_ok(o, store_table_of_set(&o->store, S("territories"), &t, &o->e));
	assert_true(str_eq(t->name, S("territory")));
	expect_ok(o, store_table_of_set(&o->store, S("Territories"), &t, &o->e));
	assert_null(t);
	expect_ok(o, store_table(&o->store, S("no'such"), &t, &o->e));
	assert_null(t);
	expect_ok(o, store_table_names(&o->store, &o->arena, &names, &n, &o->e));
	assert_true(n > 100);
	for (size_t i = 1; i < n; i++)
		assert_true(str_cmp(names[i - 1], names[i]) < 0);
}

static void ids_sort_as_in_sql_server_by_an_index(void **state)
{
	/* one byte each, the least significant first (facts/cmt-format.md 3.3) */
	static const char *const sorted[] = {
		"01000000-0000-0000-0000-000000000000", "00010000-0000-0000-0000-000000000000",
		"00000001-0000-0000-0000-000000000000", "00000000-0100-0000-0000-000000000000",
		"00000000-0001-0000-0000-000000000000", "00000000-0000-0100-0000-000000000000",
		"00000000-0000-0001-0000-000000000000", "00000000-0000-0000-0001-000000000000",
		"00000000-0000-0000-0100-000000000000", "00000000-0000-0000-0000-000000000001",
		"00000000-0000-0000-0000-010000000000",
	};
	struct organization *o = *state;
	DEFER(buf_release) struct buf sql = buf_make(0);
	struct guid id;

	for (size_t i = 0; i < COUNT_OF(sorted); i++) {
		/* in an order that is not the expected one */
		const char *g = sorted[i * 7 % COUNT_OF(sorted)];
		struct str body = str_fmt(&o->arena, "{\"queueid\":\"%s\",\"name\":\"q\"}", g);

		expect_ok(o, create(o, "queue", str_cstr(&o->arena, body), &id));
	}
	buf_add(&sql, S("select group_concat(x) from (select queueid x from queue q order by "));
	store_guid_order(&sql, S("q"), S("queueid"));
	buf_add(&sql, S(")"));

	const char *text = query(o, str_cstr(&o->arena, buf_str(&sql)));

	assert_int_equal(strlen(text), COUNT_OF(sorted) * 37 - 1);
	for (size_t i = 0; i < COUNT_OF(sorted); i++)
		assert_memory_equal(text + i * 37, sorted[i], 36);
	buf_clear(&sql);
	buf_add(&sql, S("explain query plan select queueid from queue q order by "));
	store_guid_order(&sql, S("q"), S("queueid"));

	DEFER(stmt_close) struct stmt *st = NULL;
	bool row;

	expect_ok(o, db_prepare(o->store.db, buf_str(&sql), &st, &o->e));
	expect_ok(o, stmt_step(st, &row, &o->e));
	assert_true(row && str_find(stmt_str(st, 3), S("queue.(order)")) != STR_NONE);
}

static void a_reopened_organization_knows_who_it_is(void **state)
{
	struct organization *o = *state;
	struct guid before = guid_random(&o->store.rng), id;

	store_close(&o->store);
	expect_ok(o, store_open(&o->store, &o->arena, o->path, true, &o->e));
	assert_true(guid_eq(o->store.admin, guid_of(ADMIN)));
	assert_true(guid_eq(o->store.root_unit, guid_of(ROOT_UNIT)));
	assert_true(guid_eq(o->store.organization, guid_of(ORGANIZATION)));
	assert_true(guid_eq(o->store.currency, guid_of(CURRENCY)));
	assert_int_equal(o->store.lcid, 1033);
	assert_true(o->store.fixed_clock);
	/* an id that was given and not written is given again; one that was written never */
	assert_true(guid_eq(guid_random(&o->store.rng), before));
	expect_ok(o, create(o, "account", "{}", &id));
	store_close(&o->store);
	expect_ok(o, store_open(&o->store, &o->arena, o->path, true, &o->e));
	for (int i = 0; i < 100; i++) {
		struct guid next = guid_random(&o->store.rng);

		assert_false(guid_eq(next, before));
		assert_false(guid_eq(next, id));
	}
}

static void versions_rise_and_a_rolled_back_one_is_given_again(void **state)
{
	struct organization *o = *state;
	int64_t a, b, c;

	expect_ok(o, db_begin(o->store.db, &o->e));
	expect_ok(o, store_next_version(&o->store, &a, &o->e));
	expect_ok(o, store_next_version(&o->store, &b, &o->e));
	db_rollback(o->store.db);
	assert_int_equal(b, a + 1);
	expect_ok(o, db_begin(o->store.db, &o->e));
	expect_ok(o, store_next_version(&o->store, &c, &o->e));
	db_rollback(o->store.db);
	assert_int_equal(c, a);
}

static void versions_taken_at_once_are_given_one_by_one(void **state)
{
	struct organization *o = *state;
	int64_t before, version, after;

	expect_ok(o, db_begin(o->store.db, &o->e));
	expect_ok(o, store_next_version(&o->store, &before, &o->e));
	expect_ok(o, store_reserve_versions(&o->store, 2, &o->e));
	for (int64_t i = 1; i <= 3; i++) {
		expect_ok(o, store_next_version(&o->store, &version, &o->e));
		assert_int_equal(version, before + i);
	}
	expect_ok(o, store_reserve_versions(&o->store, 5, &o->e));
	store_release_versions(&o->store);
	/* what was not given is left out */
	expect_ok(o, store_next_version(&o->store, &after, &o->e));
	assert_int_equal(after, version + 6);
	db_rollback(o->store.db);
}

static void values_come_back_as_they_were_bound(void **state)
{
	struct organization *o = *state;
	static const struct {
		const char *table, *column, *text, *target;
	} cases[] = {
		{ "queue", "name", "Zürich \"x\"", NULL },
		{ "queue", "queueviewtype", "1", NULL },
		{ "queue", "exchangerate", "1.125", NULL },
		{ "contact", "creditlimit", "100000000000.0100", NULL },
		{ "queue", "importsequencenumber", "-2147483648", NULL },
		{ "queue", "versionnumber", "9223372036854775807", NULL },
		{ "queue", "ownerid", TEAM, "team" },
		{ "queue", "createdby", ADMIN, "systemuser" },
		{ "msdyn_liveworkstream", "ismanaged", "1", NULL },
	};

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		const struct table *t = table_of(o, cases[i].table);
		const struct column *c = table_column(t, str_from(cases[i].column));
		DEFER(stmt_close) struct stmt *st = NULL;
		struct value v = { .kind = cases[i].target ? VALUE_REF : VALUE_TEXT,
				   .text = str_from(cases[i].text),
				   .table = str_from(cases[i].target) };
		bool row;

		assert_non_null(c);
		expect_ok(o, db_prepare(o->store.db,
					store_places(c) == 2 ? S("select ?, ?") : S("select ?"),
					&st, &o->e));
		store_bind(st, 1, c, &v);
		expect_ok(o, stmt_step(st, &row, &o->e));

		struct value back = store_value(&o->arena, st, 0, c);

		assert_int_equal(back.kind, v.kind);
		assert_string_equal(str_cstr(&o->arena, back.text), cases[i].text);
		assert_true(str_eq(back.table, v.table));
	}
}

static void what_is_no_organization_is_refused(void **state)
{
	struct organization *o = *state;
	struct store other = { 0 };
	struct store_options options = { .lcid = 1033 };
	const char *path = str_cstr(&o->arena, str_fmt(&o->arena, "%s/x.db", o->folder));

	expect_error(o, store_open(&other, &o->arena, path, false, &o->e), ERR_INPUT, 0);
	/* a database of somebody else */
	struct db *db;

	expect_ok(o, db_open(&db, &o->arena, path, DB_CREATE, &o->e));
	expect_ok(o, db_exec(db, "create table t(x)", &o->e));
	db_close(&db);
	expect_error(o, store_open(&other, &o->arena, path, false, &o->e), ERR_INPUT, 0);
	assert_non_null(strstr(o->e.msg, "not an organization"));
	/* one of a later version */
	expect_ok(o, db_exec(o->store.db, "pragma user_version = 2", &o->e));
	expect_error(o, store_open(&other, &o->arena, o->path, false, &o->e), ERR_INPUT, 0);
	assert_non_null(strstr(o->e.msg, "newer ferry"));
	/* an existing file is never written over */
	expect_error(o, store_create(&other, &o->arena, path, &options, &o->e), ERR_USAGE, 0);
}

static void an_organization_that_lacks_its_header_is_refused_as_damaged(void **state)
{
	struct organization *o = *state;
	struct store other = { 0 };

	expect_ok(o, db_exec(o->store.db, "drop table ferry_header", &o->e));
	expect_error(o, store_open(&other, &o->arena, o->path, false, &o->e), ERR_INPUT, 0);
	assert_non_null(strstr(o->e.msg, "restore the file from a copy"));
}

static void an_organization_that_lacks_its_last_byte_is_refused_as_cut_off(void **state)
{
	struct organization *o = *state;
	struct store other = { 0 };
	uint64_t size;

	expect_ok(o, file_size(o->path, &size, &o->e));
	assert_int_equal(truncate(o->path, (off_t)size - 1), 0);
	expect_error(o, store_open(&other, &o->arena, o->path, false, &o->e), ERR_INPUT, 0);
	assert_non_null(strstr(o->e.msg, "cut off"));
}

static void an_organization_without_rows_cannot_be_finished(void **state)
{
	struct organization *o = *state;
	struct store empty = { 0 };
	struct store_options options = { .lcid = 1033 };
	const char *path = str_cstr(&o->arena, str_fmt(&o->arena, "%s/e.db", o->folder));

	expect_ok(o, store_create(&empty, &o->arena, path, &options, &o->e));
	expect_error(o, store_finish(&empty, &o->e), ERR_INPUT, 0);
	store_close(&empty);
	expect_error(o, store_open(&empty, &o->arena, path, false, &o->e), ERR_INPUT, 0);
	assert_non_null(strstr(o->e.msg, "never finished"));
}

static void more_statements_than_are_kept_still_work(void **state)
{
	struct organization *o = *state;

	for (int round = 0; round < 2; round++) {
		for (int i = 0; i < 600; i++) {
			struct stmt *st;
			bool row;

			expect_ok(o, store_statement(&o->store, str_fmt(&o->arena, "select %d", i),
						     &st, &o->e));
			expect_ok(o, stmt_step(st, &row, &o->e));
			assert_int_equal(stmt_i64(st, 0), i);
		}
	}
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, organization_setup, organization_teardown)
	const struct CMUnitTest tests[] = {
		TEST(every_metadata_file_becomes_a_table),
		TEST(the_file_tells_what_it_is),
		TEST(columns_have_the_type_of_their_values),
		TEST(an_intersect_table_can_be_linked_through),
		TEST(tables_are_found_by_entity_set_and_names_come_sorted),
		TEST(ids_sort_as_in_sql_server_by_an_index),
		TEST(a_reopened_organization_knows_who_it_is),
		TEST(versions_rise_and_a_rolled_back_one_is_given_again),
		TEST(versions_taken_at_once_are_given_one_by_one),
		TEST(values_come_back_as_they_were_bound),
		TEST(what_is_no_organization_is_refused),
		TEST(an_organization_that_lacks_its_header_is_refused_as_damaged),
		TEST(an_organization_that_lacks_its_last_byte_is_refused_as_cut_off),
		TEST(an_organization_without_rows_cannot_be_finished),
		TEST(more_statements_than_are_kept_still_work),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
