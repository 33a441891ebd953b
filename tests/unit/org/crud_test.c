/* SPDX-License-Identifier: MIT */
/*
 * Rows created, updated, deleted and linked as facts/webapi.md 2 tells it.
 */
#include "org/crud.h"

#include "organization.h"

#define Q1 "11111111-2222-4333-8444-555555555501"
#define Q2 "11111111-2222-4333-8444-555555555502"
#define NOBODY "99999999-2222-4333-8444-555555555599"

#define ARGUMENT 0x80040203u
#define REQUIRED 0x80040200u
#define MISSING 0x80040217u
#define REFERENCED 0x80040227u
#define EXISTS 0x80040237u
#define STATE 0x80048408u
#define VERSION 0x80060882u

static void make(struct organization *o, const char *table, const char *body)
{
	struct guid id;

	expect_ok(o, create(o, table, body, &id));
}

static void change(struct organization *o, const char *table, const char *id, const char *body)
{
	bool created = true;

	expect_ok(o, update(o, table, id, CRUD_IF_EXISTS, 0, body, &created));
	assert_false(created);
}

static void a_new_row_gets_what_nobody_told(void **state)
{
	struct organization *o = *state;

	make(o, "queue", "{\"queueid\":\"" Q1 "\",\"name\":\"Gold\"}");
	assert_string_equal(query(o, "select name from queue where queueid = '" Q1 "'"), "Gold");
	assert_string_equal(query(o, "select statecode || ' ' || statuscode || ' ' || "
				     "queueviewtype || ' ' || ignoreunsolicitedemail from queue"),
			    "0 1 0 0");
	assert_string_equal(query(o, "select ownerid || ' ' || owneridtype || ' ' || owninguser "
				     "|| ' ' || owningbusinessunit from queue"),
			    ADMIN " systemuser " ADMIN " " ROOT_UNIT);
	assert_string_equal(query(o, "select owningteam from queue"), "(null)");
	assert_string_equal(query(o, "select createdby || modifiedby || organizationid from queue"),
			    ADMIN ADMIN ORGANIZATION);
	assert_string_equal(query(o, "select createdon || modifiedon from queue"),
			    "2025-01-01T00:00:00Z2025-01-01T00:00:00Z");
	assert_string_equal(query(o, "select versionnumber > 0 from queue"), "1");
	/* no amount, no currency */
	assert_string_equal(query(o, "select transactioncurrencyid from queue"), "(null)");
}

static void a_row_without_id_gets_one_and_ids_come_once(void **state)
{
	struct organization *o = *state;
	struct guid first, second;

	expect_ok(o, create(o, "queue", "{\"name\":\"a\"}", &first));
	expect_ok(o, create(o, "queue",
			    "{\"name\":\"b\","
			    "\"queueid\":\"00000000-0000-0000-0000-000000000000\"}",
			    &second));
	assert_false(guid_eq(first, second));
	assert_false(guid_is_null(second));
	make(o, "queue", "{\"queueid\":\"" Q1 "\",\"name\":\"c\"}");
	expect_error(o, create(o, "queue", "{\"queueid\":\"" Q1 "\",\"name\":\"d\"}", &first),
		     ERR_PRECONDITION, EXISTS);
	assert_string_equal(query(o, "select count(*) from queue"), "3");
}

static void an_imported_creation_date_shows(void **state)
{
	struct organization *o = *state;

	make(o, "queue", "{\"name\":\"a\",\"overriddencreatedon\":\"2019-04-29T17:00:00Z\"}");
	assert_string_equal(query(o, "select createdon from queue"), "2019-04-29T17:00:00Z");
	assert_string_equal(query(o, "select modifiedon from queue"), "2025-01-01T00:00:00Z");
}

static void the_owner_decides_team_and_unit(void **state)
{
	struct organization *o = *state;

	make(o, "businessunit",
	     "{\"businessunitid\":\"" Q2 "\",\"name\":\"Sub\","
	     "\"parentbusinessunitid@odata.bind\":\"businessunits(" ROOT_UNIT ")\"}");
	make(o, "team",
	     "{\"teamid\":\"" Q1 "\",\"name\":\"T\","
	     "\"businessunitid@odata.bind\":\"businessunits(" Q2 ")\"}");
	o->store.variants.new_owner = NEW_OWNER_IS_ANYBODY; /* nobody has a role here */
	make(o, "queue",
	     "{\"queueid\":\"" Q1 "\",\"name\":\"a\","
	     "\"ownerid@odata.bind\":\"/teams(" Q1 ")\"}");
	assert_string_equal(query(o, "select owneridtype || ' ' || owningteam || ' ' || "
				     "owningbusinessunit from queue where owninguser is null"),
			    "team " Q1 " " Q2);
	change(o, "queue", Q1, "{\"ownerid@odata.bind\":\"/systemusers(" ADMIN ")\"}");
	assert_string_equal(query(o, "select owneridtype || ' ' || owninguser || ' ' || "
				     "owningbusinessunit from queue where owningteam is null"),
			    "systemuser " ADMIN " " ROOT_UNIT);
}

static void an_amount_brings_its_currency(void **state)
{
	struct organization *o = *state;

	make(o, "contact", "{\"lastname\":\"x\",\"creditlimit\":12.5}");
	assert_string_equal(query(o, "select transactioncurrencyid from contact"), CURRENCY);
	assert_string_equal(query(o, "select creditlimit || ' ' || creditlimit_base from contact"),
			    "12.5 12.5");
	assert_string_equal(query(o, "select exchangerate + 0 = 1 from contact"), "1");
}

static void what_the_system_requires_must_be_there(void **state)
{
	struct organization *o = *state;
	struct guid id;
	bool created;

	expect_error(o, create(o, "ratingmodel", "{\"name\":\"x\",\"minratingvalue\":1}", &id),
		     ERR_BAD_REQUEST, REQUIRED);
	assert_non_null(strstr(o->e.msg, "maxratingvalue"));
	expect_error(o, create(o, "businessunit", "{\"name\":null}", &id), ERR_BAD_REQUEST,
		     REQUIRED);
	expect_error(o, update(o, "team", TEAM, CRUD_IF_EXISTS, 0, "{\"name\":null}", &created),
		     ERR_BAD_REQUEST, REQUIRED);
	/* what only applications require is not asked for */
	make(o, "queue", "{}");
}

static void columns_that_are_read_only_are_refused_by_name(void **state)
{
	struct organization *o = *state;
	struct guid id;
	bool created;

	make(o, "queue", "{\"queueid\":\"" Q1 "\",\"name\":\"a\"}");
	expect_error(o, create(o, "msdyn_liveworkstream", "{\"ismanaged\":true}", &id),
		     ERR_BAD_REQUEST, ARGUMENT);
	expect_error(o, create(o, "queue", "{\"createdon\":\"2020-01-01T00:00:00Z\"}", &id),
		     ERR_BAD_REQUEST, ARGUMENT);
	assert_non_null(strstr(o->e.msg, "createdon"));
	expect_error(
		o, update(o, "queue", Q1, CRUD_UPSERT, 0, "{\"importsequencenumber\":1}", &created),
		ERR_BAD_REQUEST, ARGUMENT);
	assert_non_null(strstr(o->e.msg, "importsequencenumber"));
	/* the same body creates */
	expect_ok(o,
		  update(o, "queue", Q2, CRUD_UPSERT, 0, "{\"importsequencenumber\":1}", &created));
	assert_true(created);
}

static void a_state_at_creation_is_the_organizations_choice(void **state)
{
	static const char select[] = "select statecode || ' ' || statuscode from queue";
	static const char body[] = "{\"statecode\":1,\"statuscode\":2}";
	struct organization *o = *state;
	struct guid id;

	make(o, "queue", "{\"statecode\":1}");
	assert_string_equal(query(o, select), "0 1");
	/* its status is then none of the row's state */
	expect_error(o, create(o, "queue", body, &id), ERR_BAD_REQUEST, STATE);
	o->store.variants.new_state = NEW_STATE_REFUSED;
	expect_error(o, create(o, "queue", body, &id), ERR_BAD_REQUEST, ARGUMENT);
	o->store.variants.new_state = NEW_STATE_TAKEN;
	make(o, "queue", "{\"queueid\":\"" Q1 "\",\"statecode\":1}");
	assert_string_equal(query(o, "select statecode || ' ' || statuscode from queue "
				     "where queueid = '" Q1 "'"),
			    "1 2");
}

static void amounts_follow_the_rate_of_their_currency(void **state)
{
	static const char select[] = "select creditlimit_base || ' ' || exchangerate from contact";
	struct organization *o = *state;

	make(o, "transactioncurrency",
	     "{\"transactioncurrencyid\":\"" Q1 "\",\"currencyname\":\"Dollar\","
	     "\"isocurrencycode\":\"USD\",\"currencysymbol\":\"$\",\"currencyprecision\":2,"
	     "\"exchangerate\":1.5}");
	make(o, "contact",
	     "{\"contactid\":\"" Q2 "\",\"creditlimit\":100,"
	     "\"transactioncurrencyid@odata.bind\":\"transactioncurrencies(" Q1 ")\"}");
	/* 100 / 1.5 = 66.666..., 1 / 1.5 = 0.666... */
	assert_string_equal(query(o, "select round(creditlimit_base, 2) from contact"), "66.67");
	change(o, "contact", Q2, "{\"creditlimit\":3}");
	assert_string_equal(query(o, "select creditlimit_base + 0 = 2 from contact"), "1");
	change(o, "contact", Q2,
	       "{\"transactioncurrencyid@odata.bind\":\"transactioncurrencies(" CURRENCY ")\"}");
	assert_string_equal(query(o, "select creditlimit_base + 0 = 3 and exchangerate + 0 = 1 "
				     "from contact"),
			    "1");
	change(o, "contact", Q2, "{\"creditlimit\":null}");
	assert_string_equal(query(o, select), "(null)");
	/* the first amount brings the base currency */
	make(o, "account", "{\"accountid\":\"" Q2 "\",\"name\":\"x\"}");
	assert_string_equal(query(o, "select transactioncurrencyid from account"), "(null)");
	change(o, "account", Q2, "{\"creditlimit\":-0.0}");
	assert_string_equal(query(o, "select transactioncurrencyid from account"), CURRENCY);
}

static void references_must_exist(void **state)
{
	struct organization *o = *state;
	struct guid id;
	bool created;

	make(o, "queue", "{\"queueid\":\"" Q1 "\",\"name\":\"a\"}");
	expect_error(o,
		     create(o, "queue",
			    "{\"primaryuserid@odata.bind\":\"systemusers(" NOBODY ")\"}", &id),
		     ERR_NOT_FOUND, MISSING);
	assert_non_null(strstr(o->e.msg, NOBODY));
	assert_non_null(strstr(o->e.msg, "systemuser"));
	expect_error(o,
		     update(o, "queue", Q1, CRUD_IF_EXISTS, 0,
			    "{\"primaryuserid@odata.bind\":\"systemusers(" NOBODY ")\"}", &created),
		     ERR_NOT_FOUND, MISSING);
	/* to itself, while it is made */
	make(o, "businessunit",
	     "{\"businessunitid\":\"" Q2 "\",\"name\":\"Own\","
	     "\"parentbusinessunitid@odata.bind\":\"businessunits(" Q2 ")\"}");
}

static void state_and_status_belong_together(void **state)
{
	static const char select[] = "select statecode || ' ' || statuscode from queue";
	struct organization *o = *state;
	struct guid id;
	bool created;

	make(o, "queue", "{\"queueid\":\"" Q1 "\",\"name\":\"a\",\"statuscode\":1}");
	change(o, "queue", Q1, "{\"statecode\":1}");
	assert_string_equal(query(o, select), "1 2");
	change(o, "queue", Q1, "{\"statuscode\":2}");
	assert_string_equal(query(o, select), "1 2");
	change(o, "queue", Q1, "{\"statuscode\":1,\"statecode\":0}");
	assert_string_equal(query(o, select), "0 1");
	/* a status of another state than the row's */
	expect_error(o, update(o, "queue", Q1, CRUD_IF_EXISTS, 0, "{\"statuscode\":2}", &created),
		     ERR_BAD_REQUEST, STATE);
	expect_error(o,
		     update(o, "queue", Q1, CRUD_IF_EXISTS, 0, "{\"statuscode\":1,\"statecode\":1}",
			    &created),
		     ERR_BAD_REQUEST, STATE);
	expect_error(o, update(o, "queue", Q1, CRUD_IF_EXISTS, 0, "{\"statecode\":null}", &created),
		     ERR_BAD_REQUEST, STATE);
	expect_error(o, create(o, "queue", "{\"statuscode\":2}", &id), ERR_BAD_REQUEST, STATE);
	assert_string_equal(query(o, select), "0 1");
}

static void an_update_changes_what_it_tells_and_the_version(void **state)
{
	struct organization *o = *state;
	const char *before;

	make(o, "queue", "{\"queueid\":\"" Q1 "\",\"name\":\"a\",\"description\":\"d\"}");
	before = query(o, "select versionnumber from queue");
	o->store.clock.ticks += DATETIME_DAY;
	change(o, "queue", Q1, "{\"queueid\":\"" Q1 "\",\"name\":\"b\"}");
	assert_string_equal(query(o, "select name || description || createdon || modifiedon "
				     "from queue"),
			    "bd2025-01-01T00:00:00Z2025-01-02T00:00:00Z");
	assert_string_not_equal(query(o, "select versionnumber from queue"), before);
	/* the same value again is a change too */
	before = query(o, "select versionnumber from queue");
	change(o, "queue", Q1, "{\"name\":\"b\"}");
	assert_string_not_equal(query(o, "select versionnumber from queue"), before);
	change(o, "queue", Q1, "{\"description\":null}");
	assert_string_equal(query(o, "select description from queue"), "(null)");
}

static void conditions_decide_between_create_and_update(void **state)
{
	static const char a[] = "{\"name\":\"a\"}";
	struct organization *o = *state;
	bool created;

	expect_error(o, update(o, "queue", Q1, CRUD_IF_EXISTS, 0, a, &created), ERR_NOT_FOUND,
		     MISSING);
	expect_error(o, update(o, "queue", Q1, CRUD_IF_VERSION, 1, a, &created), ERR_NOT_FOUND,
		     MISSING);
	expect_ok(o, update(o, "queue", Q1, CRUD_IF_MISSING, 0, a, &created));
	assert_true(created);
	expect_error(o, update(o, "queue", Q1, CRUD_IF_MISSING, 0, a, &created), ERR_PRECONDITION,
		     EXISTS);

	int64_t version;

	assert_true(str_parse_i64(str_from(query(o, "select versionnumber from queue")), &version));
	expect_error(o, update(o, "queue", Q1, CRUD_IF_VERSION, version - 1, a, &created),
		     ERR_PRECONDITION, VERSION);
	expect_ok(o, update(o, "queue", Q1, CRUD_IF_VERSION, version, a, &created));
	assert_false(created);
	expect_ok(o, update(o, "queue", Q2, CRUD_UPSERT, 0, a, &created));
	assert_true(created);
	expect_error(o,
		     update(o, "queue", Q2, CRUD_UPSERT, 0, "{\"queueid\":\"" Q1 "\"}", &created),
		     ERR_BAD_REQUEST, ARGUMENT);
}

static void a_deleted_row_leaves_no_pointer_behind(void **state)
{
	struct organization *o = *state;
	const struct many_to_many *mm;
	const char *before;

	make(o, "msdyn_operatinghour",
	     "{\"msdyn_operatinghourid\":\"" Q2 "\",\"msdyn_name\":\"h\"}");
	make(o, "queue",
	     "{\"queueid\":\"" Q1 "\",\"name\":\"a\",\"msdyn_operatinghourid@odata.bind\":"
	     "\"msdyn_operatinghours(" Q2 ")\"}");
	before = query(o, "select versionnumber from queue");
	assert_string_equal(query(o, "select msdyn_operatinghourid from queue"), Q2);
	expect_ok(o, delete (o, "msdyn_operatinghour", Q2));
	assert_string_equal(query(o, "select msdyn_operatinghourid from queue"), "(null)");
	assert_string_not_equal(query(o, "select versionnumber from queue"), before);
	/* pairs go with the row */
	expect_ok(o, store_relationship(&o->store, S("queuemembership"), &mm, &o->e));
	expect_ok(o, db_begin(o->store.db, &o->e));
	expect_ok(o, crud_link(&o->store, &o->arena, mm, guid_of(Q1), guid_of(ADMIN), &o->e));
	expect_ok(o, db_commit(o->store.db, &o->e));
	expect_ok(o, delete (o, "queue", Q1));
	assert_string_equal(query(o, "select count(*) from queuemembership"), "0");
	expect_error(o, delete (o, "queue", Q1), ERR_NOT_FOUND, MISSING);
}

static void a_row_that_others_need_is_not_deleted(void **state)
{
	struct organization *o = *state;

	make(o, "ratingmodel",
	     "{\"ratingmodelid\":\"" Q1 "\",\"name\":\"m\",\"minratingvalue\":1,"
	     "\"maxratingvalue\":5}");
	make(o, "ratingvalue",
	     "{\"ratingvalueid\":\"" Q2 "\",\"name\":\"v\",\"value\":1,"
	     "\"RatingModel@odata.bind\":\"ratingmodels(" Q1 ")\"}");
	expect_error(o, delete (o, "ratingmodel", Q1), ERR_NOT_ALLOWED, REFERENCED);
	expect_ok(o, delete (o, "ratingvalue", Q2));
	expect_ok(o, delete (o, "ratingmodel", Q1));
	/* the organization stands on these */
	expect_error(o, delete (o, "systemuser", ADMIN), ERR_NOT_ALLOWED, REFERENCED);
	expect_error(o, delete (o, "transactioncurrency", CURRENCY), ERR_NOT_ALLOWED, REFERENCED);
}

static void the_rules_of_a_calendar_go_with_it(void **state)
{
	struct organization *o = *state;

	make(o, "calendar", "{\"calendarid\":\"" Q1 "\",\"name\":\"c\"}");
	make(o, "calendarrule", "{\"rank\":0,\"calendarid@odata.bind\":\"calendars(" Q1 ")\"}");
	expect_ok(o, delete (o, "calendar", Q1));
	assert_string_equal(query(o, "select count(*) from calendarrule"), "0");
}

static void a_delete_may_ask_for_the_version(void **state)
{
	struct organization *o = *state;
	const struct table *t = table_of(o, "queue");
	int64_t version;

	make(o, "queue", "{\"queueid\":\"" Q1 "\"}");
	assert_true(str_parse_i64(str_from(query(o, "select versionnumber from queue")), &version));
	expect_ok(o, db_begin(o->store.db, &o->e));
	expect_error(o,
		     crud_delete(&o->store, &o->arena, t, guid_of(Q1), CRUD_IF_VERSION, version + 1,
				 &o->e),
		     ERR_PRECONDITION, VERSION);
	expect_ok(o, crud_delete(&o->store, &o->arena, t, guid_of(Q1), CRUD_IF_VERSION, version,
				 &o->e));
	expect_ok(o, db_commit(o->store.db, &o->e));
}

static void pairs_are_linked_once_and_unlinked_once(void **state)
{
	struct organization *o = *state;
	const struct many_to_many *mm;
	struct guid id;

	make(o, "queue", "{\"queueid\":\"" Q1 "\"}");
	expect_ok(o, store_relationship(&o->store, S("queuemembership"), &mm, &o->e));
	expect_ok(o, db_begin(o->store.db, &o->e));
	expect_ok(o, crud_link(&o->store, &o->arena, mm, guid_of(Q1), guid_of(ADMIN), &o->e));
	expect_error(o, crud_link(&o->store, &o->arena, mm, guid_of(Q1), guid_of(ADMIN), &o->e),
		     ERR_PRECONDITION, EXISTS);
	expect_error(o, crud_link(&o->store, &o->arena, mm, guid_of(Q1), guid_of(NOBODY), &o->e),
		     ERR_NOT_FOUND, MISSING);
	expect_error(o, crud_link(&o->store, &o->arena, mm, guid_of(Q2), guid_of(ADMIN), &o->e),
		     ERR_NOT_FOUND, MISSING);
	assert_string_equal(query(o, "select queueid || systemuserid from queuemembership "
				     "where versionnumber > 0 and length(queuemembershipid) = 36"),
			    Q1 ADMIN);
	expect_ok(o, crud_unlink(&o->store, &o->arena, mm, guid_of(Q1), guid_of(ADMIN), &o->e));
	expect_error(o, crud_unlink(&o->store, &o->arena, mm, guid_of(Q1), guid_of(ADMIN), &o->e),
		     ERR_NOT_FOUND, MISSING);
	expect_ok(o, db_commit(o->store.db, &o->e));
	/* never as rows */
	expect_error(o, create(o, "queuemembership", "{}", &id), ERR_NOT_ALLOWED, 0x80040800u);
}

static void texts_of_users_stay_texts(void **state)
{
	struct organization *o = *state;

	make(o, "queue", "{\"queueid\":\"" Q1 "\",\"name\":\"'); drop table queue; --\"}");
	assert_string_equal(query(o, "select name from queue"), "'); drop table queue; --");
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, organization_setup, organization_teardown)
	const struct CMUnitTest tests[] = {
		TEST(a_new_row_gets_what_nobody_told),
		TEST(a_row_without_id_gets_one_and_ids_come_once),
		TEST(an_imported_creation_date_shows),
		TEST(the_owner_decides_team_and_unit),
		TEST(an_amount_brings_its_currency),
		TEST(what_the_system_requires_must_be_there),
		TEST(columns_that_are_read_only_are_refused_by_name),
		TEST(a_state_at_creation_is_the_organizations_choice),
		TEST(amounts_follow_the_rate_of_their_currency),
		TEST(references_must_exist),
		TEST(state_and_status_belong_together),
		TEST(an_update_changes_what_it_tells_and_the_version),
		TEST(conditions_decide_between_create_and_update),
		TEST(a_deleted_row_leaves_no_pointer_behind),
		TEST(a_row_that_others_need_is_not_deleted),
		TEST(the_rules_of_a_calendar_go_with_it),
		TEST(a_delete_may_ask_for_the_version),
		TEST(pairs_are_linked_once_and_unlinked_once),
		TEST(texts_of_users_stay_texts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
