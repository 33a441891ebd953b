/* SPDX-License-Identifier: MIT */
/*
 * Alternate keys: which texts are keys of a table, which rows they find, and that no two rows have one
 * (facts/webapi.md 1.5).
 */
#include "org/row_key.h"

#include "organization.h"

#include "keyed.h"

#define A1 "11111111-2222-4333-8444-555555555501"
#define A2 "11111111-2222-4333-8444-555555555502"
#define C1 "11111111-2222-4333-8444-5555555555c1"
#define NOT_FOUND 0x80060891u
#define EXISTS 0x80060892u
#define ODATA 0x80060888u

static int keyed_setup(void **state)
{
	static const char keys[] =
		"[{\"name\":\"number\",\"columns\":[\"accountnumber\"]},"
		"{\"name\":\"two\",\"columns\":[\"numberofemployees\",\"name\"]},"
		"{\"name\":\"looks\",\"columns\":[\"primarycontactid\",\"creditlimit\"]}]";
	struct organization *o;

	organization_setup(state);
	o = *state;
	store_close(&o->store);
	expect_ok(o, give_keys(o->path, "account", keys, &o->e));
	expect_ok(o, store_open(&o->store, &o->arena, o->path, true, &o->e));
	return 0;
}

static bool parse(struct organization *o, const char *table, const char *text, struct row_key *key)
{
	return row_key_parse(&o->store, &o->arena, table_of(o, table), str_from(text), key, &o->e);
}

/* The id of the row that has the key; "none" when no row has. */
static const char *find(struct organization *o, const char *text)
{
	char id[GUID_TEXT_SIZE];
	struct row_key key;
	struct guid found;

	expect_ok(o, parse(o, "account", text, &key));
	expect_ok(o, db_begin_read(o->store.db, &o->e));

	bool ok = row_key_resolve(&o->store, table_of(o, "account"), &key, &found, &o->e);
	struct err ignored;

	expect_ok(o, db_commit(o->store.db, &ignored));
	if (ok)
		return str_cstr(&o->arena, guid_format(found, id));
	expect_error(o, ok, ERR_NOT_FOUND, NOT_FOUND);
	return "none";
}

static void make(struct organization *o, const char *body)
{
	struct guid id;

	expect_ok(o, create(o, "account", body, &id));
}

static void a_row_is_found_by_each_of_its_keys(void **state)
{
	struct organization *o = *state;
	struct guid id;

	expect_ok(o, create(o, "contact", "{\"contactid\":\"" C1 "\",\"lastname\":\"L\"}", &id));
	make(o, "{\"accountid\":\"" A1 "\",\"accountnumber\":\"it's\",\"numberofemployees\":7,"
		"\"name\":\"Seven\",\"creditlimit\":2.5,"
		"\"primarycontactid@odata.bind\":\"/contacts(" C1 ")\"}");
	make(o, "{\"accountid\":\"" A2 "\",\"accountnumber\":\"a,b=c\",\"name\":\"Seven\"}");
	assert_string_equal(find(o, "accountnumber='it''s'"), A1);
	assert_string_equal(find(o, "accountnumber='a,b=c'"), A2);
	assert_string_equal(find(o, "name='Seven',numberofemployees=7"), A1);
	assert_string_equal(find(o, " numberofemployees = 7 , name = 'Seven' "), A1);
	assert_string_equal(find(o, "_primarycontactid_value=" C1 ",creditlimit=2.50"), A1);
	assert_string_equal(find(o, "numberofemployees=8,name='Seven'"), "none");
	assert_string_equal(find(o, "accountnumber=''''"), "none");
	assert_string_equal(find(o, A2), A2);
	assert_string_equal(find(o, "accountid={" A2 "}"), A2);
}

static void texts_of_keys_compare_as_the_organization_does(void **state)
{
	struct organization *o = *state;

	make(o, "{\"accountid\":\"" A1 "\",\"accountnumber\":\"Caf\xc3\xa9\"}");
	assert_string_equal(find(o, "accountnumber='CAFE'"), A1);
	assert_string_equal(find(o, "accountnumber='cafe  '"), A1);
	assert_string_equal(find(o, "accountnumber='cafes'"), "none");
}

static void what_is_no_key_of_the_table_is_refused(void **state)
{
	static const char *const texts[] = {
		"",
		"1",
		"name='x'",
		"accountid=7",
		"accountnumber=7",
		"accountnumber=x",
		"accountnumber=''",
		"accountnumber='x',name='y'",
		"accountnumber='x',accountnumber='x'",
		"numberofemployees='7',name='Seven'",
		"numberofemployees=7,name='Seven',accountnumber='x'",
		"primarycontactid=" C1 ",creditlimit=1",
		"_primarycontactid_value='x',creditlimit=1",
		"_primarycontactid_value=" C1 ",creditlimit=x",
		"_name_value='x',numberofemployees=1",
		"nothing='x'",
		"accountnumber='a/b'",
		",",
		"=",
	};
	struct organization *o = *state;
	struct row_key key;

	for (size_t i = 0; i < COUNT_OF(texts); i++)
		expect_error(o, parse(o, "account", texts[i], &key), ERR_BAD_REQUEST, ODATA);
	expect_error(o, parse(o, "contact", "fullname='x'", &key), ERR_BAD_REQUEST, ODATA);
	assert_non_null(strstr(o->e.msg, "Microsoft.Dynamics.CRM.contact"));
	o->store.variants.key_characters = KEY_CHARACTERS_TAKEN;
	expect_ok(o, parse(o, "account", "accountnumber='a/b'", &key));
}

static void principals_have_the_key_of_owners(void **state)
{
	struct organization *o = *state;
	struct row_key key;

	expect_ok(o, parse(o, "systemuser", "ownerid=" ADMIN, &key));
	assert_true(guid_eq(key.id, guid_of(ADMIN)));
	expect_error(o, parse(o, "systemuser", "systemuserid=" ADMIN, &key), ERR_BAD_REQUEST,
		     ODATA);
	expect_error(o, parse(o, "account", "ownerid=" ADMIN, &key), ERR_BAD_REQUEST, ODATA);
	o->store.variants.principal_key = PRINCIPAL_KEY_ANY;
	expect_ok(o, parse(o, "systemuser", "systemuserid=" ADMIN, &key));
}

static void no_two_rows_have_one_key(void **state)
{
	struct organization *o = *state;
	struct guid id;
	bool created;

	make(o, "{\"accountid\":\"" A1 "\",\"accountnumber\":\"One\"}");
	expect_error(o, create(o, "account", "{\"accountnumber\":\"ONE\"}", &id), ERR_PRECONDITION,
		     EXISTS);
	assert_non_null(strstr(o->e.msg, "accountnumber"));
	/* a null in a key is no key */
	make(o, "{\"accountid\":\"" A2 "\"}");
	make(o, "{\"accountnumber\":null}");
	expect_error(o,
		     update(o, "account", A2, CRUD_IF_EXISTS, 0, "{\"accountnumber\":\"one\"}",
			    &created),
		     ERR_PRECONDITION, EXISTS);
	/* its own key again is no clash */
	expect_ok(o, update(o, "account", A1, CRUD_IF_EXISTS, 0, "{\"accountnumber\":\"one\"}",
			    &created));
	expect_ok(o, update(o, "account", A1, CRUD_IF_EXISTS, 0, "{\"accountnumber\":\"1\"}",
			    &created));
	expect_ok(o, update(o, "account", A2, CRUD_IF_EXISTS, 0, "{\"accountnumber\":\"one\"}",
			    &created));
	/* what is gone has no key */
	expect_ok(o, delete (o, "account", A2));
	make(o, "{\"accountnumber\":\"one\"}");
}

static void an_update_of_one_part_counts_with_the_stored_others(void **state)
{
	struct organization *o = *state;
	bool created;

	make(o, "{\"accountid\":\"" A1 "\",\"numberofemployees\":1,\"name\":\"x\"}");
	make(o, "{\"accountid\":\"" A2 "\",\"numberofemployees\":2,\"name\":\"X\"}");
	expect_error(
		o,
		update(o, "account", A2, CRUD_IF_EXISTS, 0, "{\"numberofemployees\":1}", &created),
		ERR_PRECONDITION, EXISTS);
	expect_ok(o, update(o, "account", A2, CRUD_IF_EXISTS, 0, "{\"fax\":\"1\"}", &created));
}

static void what_was_undone_takes_no_key(void **state)
{
	struct organization *o = *state;
	const struct table *t = table_of(o, "account");
	struct payload p;
	struct guid id;

	make(o, "{\"accountnumber\":\"first\"}");
	expect_ok(o, db_begin(o->store.db, &o->e));
	expect_ok(o, payload_read(&o->store, &o->arena, t, S("{\"accountnumber\":\"undone\"}"), &p,
				  &o->e));
	expect_ok(o, crud_create(&o->store, &o->arena, t, &p, &id, &o->e));
	expect_error(o, crud_create(&o->store, &o->arena, t, &p, &id, &o->e), ERR_PRECONDITION,
		     EXISTS);
	db_rollback(o->store.db);
	assert_string_equal(find(o, "accountnumber='undone'"), "none");
	/* the versions of what was undone are given again */
	make(o, "{\"accountid\":\"" A1 "\",\"accountnumber\":\"undone\"}");
	assert_string_equal(find(o, "accountnumber='undone'"), A1);
	expect_error(o, create(o, "account", "{\"accountnumber\":\"undone\"}", &id),
		     ERR_PRECONDITION, EXISTS);
}

static void rows_that_another_connection_writes_are_found(void **state)
{
	struct organization *o = *state;
	struct organization other = { .path = o->path, .arena = arena_make(0) };
	struct guid id;

	assert_string_equal(find(o, "accountnumber='theirs'"), "none");
	expect_ok(&other, store_open(&other.store, &other.arena, o->path, true, &other.e));
	expect_ok(&other, create(&other, "account",
				 "{\"accountid\":\"" A1 "\",\"accountnumber\":\"theirs\"}", &id));
	store_close(&other.store);
	arena_release(&other.arena);
	assert_string_equal(find(o, "accountnumber='theirs'"), A1);
	expect_error(o, create(o, "account", "{\"accountnumber\":\"theirs\"}", &id),
		     ERR_PRECONDITION, EXISTS);
}

static void many_rows_are_told_apart(void **state)
{
	struct organization *o = *state;
	const struct table *t = table_of(o, "account");
	struct payload p;
	struct guid id;

	expect_ok(o, db_begin(o->store.db, &o->e));
	for (int i = 0; i < 600; i++) {
		struct str body = str_fmt(&o->arena, "{\"accountnumber\":\"n%d\"}", i);

		expect_ok(o, payload_read(&o->store, &o->arena, t, body, &p, &o->e));
		expect_ok(o, crud_create(&o->store, &o->arena, t, &p, &id, &o->e));
	}
	expect_ok(o, db_commit(o->store.db, &o->e));
	/* a fresh connection learns them all at once */
	store_close(&o->store);
	expect_ok(o, store_open(&o->store, &o->arena, o->path, true, &o->e));
	for (int i = 0; i < 600; i += 50) {
		struct str text = str_fmt(&o->arena, "accountnumber='N%d'", i);
		struct str sql = str_fmt(
			&o->arena, "select accountid from account where accountnumber = 'n%d'", i);

		assert_string_equal(find(o, str_cstr(&o->arena, text)),
				    query(o, str_cstr(&o->arena, sql)));
	}
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, keyed_setup, organization_teardown)
	const struct CMUnitTest tests[] = {
		TEST(a_row_is_found_by_each_of_its_keys),
		TEST(texts_of_keys_compare_as_the_organization_does),
		TEST(what_is_no_key_of_the_table_is_refused),
		TEST(principals_have_the_key_of_owners),
		TEST(no_two_rows_have_one_key),
		TEST(an_update_of_one_part_counts_with_the_stored_others),
		TEST(what_was_undone_takes_no_key),
		TEST(rows_that_another_connection_writes_are_found),
		TEST(many_rows_are_told_apart),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
