/* SPDX-License-Identifier: MIT */
/*
 * What a deletion takes with it, refuses and leaves (facts/webapi.md 2.4), and what the recycle bin brings back
 * (3.4).
 */
#include "org/bin.h"
#include "org/remove.h"

#include "organization.h"
#include "papers.h"

#define A "11111111-2222-4333-8444-555555555501"
#define B "11111111-2222-4333-8444-555555555502"
#define C "11111111-2222-4333-8444-555555555503"

#define MISSING 0x80040217u
#define REFERENCED 0x80040227u
#define MANAGED 0x8004F013u
#define KEY_TAKEN 0x80049929u
#define TAKEN 0x80049939u
#define REFERENCE 0x80049959u

static void make(struct organization *o, const char *table, const char *body)
{
	struct guid id;

	expect_ok(o, create(o, table, body, &id));
}

static void paper(struct organization *o, const char *id, const char *more)
{
	make(o, "new_paper",
	     str_cstr(&o->arena, str_fmt(&o->arena, "{\"new_paperid\":\"%s\"%s}", id, more)));
}

static bool restore(struct organization *o, const char *table, const char *id)
{
	const struct table *t = table_of(o, table);

	expect_ok(o, db_begin(o->store.db, &o->e));

	bool ok = bin_restore(&o->store, &o->arena, t, guid_of(id), &o->e);

	end(o, ok);
	return ok;
}

static void turn_bin(struct organization *o, bool on)
{
	expect_ok(o, db_begin(o->store.db, &o->e));
	end(o, bin_switch(&o->store, on, &o->e));
}

static int setup(void **state)
{
	organization_setup(state);

	struct organization *o = *state;

	expect_ok(o, papers_add(o->store.db, &o->e));
	return 0;
}

#define OWNER_A ",\"new_ownerpaperid@odata.bind\":\"new_papers(" A ")\""
#define OWNER_B ",\"new_ownerpaperid@odata.bind\":\"new_papers(" B ")\""

static void a_cascade_takes_the_rows_below_to_any_depth(void **state)
{
	struct organization *o = *state;

	paper(o, A, "");
	paper(o, B, OWNER_A);
	paper(o, C, OWNER_B);
	expect_ok(o, delete (o, "new_paper", A));
	assert_string_equal(query(o, "select count(*) from new_paper"), "0");
}

static void rows_that_own_each_other_end_the_cascade(void **state)
{
	struct organization *o = *state;

	paper(o, A, "");
	paper(o, B, OWNER_A);
	expect_ok(o, db_exec(o->store.db,
			     "update new_paper set new_ownerpaperid = '" B
			     "' where new_paperid = '" A "'",
			     &o->e));
	expect_ok(o, delete (o, "new_paper", A));
	assert_string_equal(query(o, "select count(*) from new_paper"), "0");
}

static void a_restriction_refuses_and_nothing_is_gone(void **state)
{
	struct organization *o = *state;

	paper(o, A, "");
	paper(o, B, OWNER_A);
	paper(o, C, ",\"new_keeperid@odata.bind\":\"new_papers(" B ")\"");
	expect_error(o, delete (o, "new_paper", A), ERR_NOT_ALLOWED, REFERENCED);
	assert_non_null(strstr(o->e.msg, "associated with another object and cannot be deleted"));
	assert_string_equal(query(o, "select count(*) from new_paper"), "3");
	/* a row may keep itself */
	expect_ok(o,
		  db_exec(o->store.db,
			  "update new_paper set new_keeperid = '" C "' where new_paperid = '" C "'",
			  &o->e));
	expect_ok(o, delete (o, "new_paper", C));
	expect_ok(o, delete (o, "new_paper", A));
}

static void a_loose_link_is_cleared_and_a_dangling_one_stays(void **state)
{
	struct organization *o = *state;

	paper(o, A, "");
	paper(o, B,
	      ",\"new_looseid@odata.bind\":\"new_papers(" A ")\""
	      ",\"new_danglingid@odata.bind\":\"new_papers(" A ")\"");

	const char *before =
		query(o, "select versionnumber from new_paper where new_paperid='" B "'");

	expect_ok(o, delete (o, "new_paper", A));
	assert_string_equal(query(o, "select new_looseid from new_paper"), "(null)");
	assert_string_equal(query(o, "select new_danglingid from new_paper"), A);
	assert_string_not_equal(query(o, "select versionnumber from new_paper"), before);
}

static void a_managed_row_cannot_be_deleted(void **state)
{
	struct organization *o = *state;

	paper(o, A, "");
	paper(o, B, OWNER_A ",\"ismanaged\":true");
	expect_error(o, delete (o, "new_paper", B), ERR_BAD_REQUEST, MANAGED);
	/* not by a cascade either */
	expect_error(o, delete (o, "new_paper", A), ERR_BAD_REQUEST, MANAGED);
	assert_string_equal(query(o, "select count(*) from new_paper"), "2");
}

static void rules_live_within_their_calendar(void **state)
{
	struct organization *o = *state;

	make(o, "calendar", "{\"calendarid\":\"" A "\",\"name\":\"x\"}");
	expect_ok(o, db_exec(o->store.db,
			     "insert into calendarrule(calendarruleid, calendarid, versionnumber) "
			     "values('" B "', '" A "', 1)",
			     &o->e));
	expect_ok(o, delete (o, "calendar", A));
	assert_string_equal(query(o, "select count(*) from calendarrule"), "0");
}

static void a_deleted_row_comes_back_as_it_was(void **state)
{
	struct organization *o = *state;

	paper(o, A, ",\"new_name\":\"K\\u00f6nig \\\"1\\\"\",\"new_amount\":0.1,\"new_number\":-7");

	const char *before = query(o, "select new_name || '|' || new_number from new_paper");

	expect_ok(o, delete (o, "new_paper", A));
	assert_string_equal(query(o, "select count(*) from new_paper"), "0");
	expect_ok(o, restore(o, "new_paper", A));
	assert_string_equal(query(o, "select new_name || '|' || new_number from new_paper"),
			    before);
	assert_string_equal(query(o, "select new_amount = 0.1 and typeof(new_amount) = 'real' "
				     "from new_paper"),
			    "1");
	assert_string_equal(query(o, "select typeof(new_number) from new_paper"), "integer");
	assert_string_equal(query(o, "select new_code from new_paper"), "(null)");
	expect_error(o, restore(o, "new_paper", A), ERR_NOT_FOUND, MISSING);
	assert_string_equal(query(o, "select count(*) from ferry_bin"), "0");
}

static void what_went_with_a_row_comes_back_with_it(void **state)
{
	struct organization *o = *state;

	paper(o, A, "");
	paper(o, B, OWNER_A);
	paper(o, C, ",\"new_looseid@odata.bind\":\"new_papers(" A ")\"");
	make(o, "queue", "{\"queueid\":\"" A "\",\"name\":\"q\"}");
	expect_ok(o, delete (o, "new_paper", A));
	expect_ok(o, restore(o, "new_paper", A));
	assert_string_equal(query(o, "select new_ownerpaperid from new_paper where new_paperid = "
				     "'" B "'"),
			    A);
	assert_string_equal(
		query(o, "select new_looseid from new_paper where new_paperid = '" C "'"), A);
}

static void pairs_come_back_while_both_sides_are_there(void **state)
{
	struct organization *o = *state;
	const struct many_to_many *mm;

	make(o, "queue", "{\"queueid\":\"" A "\",\"name\":\"q\"}");
	expect_ok(o, store_relationship(&o->store, S("queuemembership_association"), &mm, &o->e));
	expect_ok(o, db_begin(o->store.db, &o->e));
	end(o, str_eq(mm->table1, S("queue"))
		       ? crud_link(&o->store, &o->arena, mm, guid_of(A), guid_of(ADMIN), &o->e)
		       : crud_link(&o->store, &o->arena, mm, guid_of(ADMIN), guid_of(A), &o->e));
	expect_ok(o, delete (o, "queue", A));
	assert_string_equal(query(o, "select count(*) from queuemembership"), "0");
	expect_ok(o, restore(o, "queue", A));
	assert_string_equal(query(o, "select count(*) from queuemembership"), "1");
}

static void a_row_cannot_come_back_where_another_stands(void **state)
{
	struct organization *o = *state;

	paper(o, A, ",\"new_code\":\"x\"");
	expect_ok(o, delete (o, "new_paper", A));
	paper(o, A, "");
	expect_error(o, restore(o, "new_paper", A), ERR_PRECONDITION, TAKEN);
	/* the second of that id is not kept: the first is in its place */
	expect_ok(o, delete (o, "new_paper", A));
	expect_ok(o, restore(o, "new_paper", A));
	assert_string_equal(query(o, "select new_code from new_paper"), "x");
}

static void nor_where_another_has_its_key(void **state)
{
	struct organization *o = *state;

	paper(o, A, ",\"new_code\":\"x\"");
	expect_ok(o, delete (o, "new_paper", A));
	paper(o, B, ",\"new_code\":\"X\"");
	expect_error(o, restore(o, "new_paper", A), ERR_PRECONDITION, KEY_TAKEN);
}

static void a_reference_to_what_is_gone_keeps_a_row_in_the_bin(void **state)
{
	struct organization *o = *state;

	paper(o, A, "");
	paper(o, B, OWNER_A);
	expect_ok(o, delete (o, "new_paper", B));
	expect_ok(o, delete (o, "new_paper", A));
	expect_error(o, restore(o, "new_paper", B), ERR_BAD_REQUEST, REFERENCE);
	expect_ok(o, restore(o, "new_paper", A));
	expect_ok(o, restore(o, "new_paper", B));
	assert_string_equal(query(o, "select count(*) from new_paper"), "2");
}

static void without_the_bin_what_is_gone_is_gone(void **state)
{
	struct organization *o = *state;

	turn_bin(o, false);
	paper(o, A, "");
	expect_ok(o, delete (o, "new_paper", A));
	expect_error(o, restore(o, "new_paper", A), ERR_NOT_FOUND, MISSING);
	assert_string_equal(query(o, "select count(*) from ferry_bin"), "0");
	turn_bin(o, true);
	paper(o, A, "");
	expect_ok(o, delete (o, "new_paper", A));
	expect_ok(o, restore(o, "new_paper", A));
}

static void the_bin_reads_like_a_table(void **state)
{
	struct organization *o = *state;
	DEFER(buf_release) struct buf sql = buf_make(0);

	paper(o, A, ",\"new_name\":\"it's\",\"new_amount\":2.5");
	expect_ok(o, delete (o, "new_paper", A));
	buf_add(&sql, S("select new_paperid || new_name || new_amount from "));
	bin_source(&sql, table_of(o, "new_paper"));
	buf_add_char(&sql, '\0');
	assert_string_equal(query(o, sql.p), A "it's2.5");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, organization_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_cascade_takes_the_rows_below_to_any_depth),
		TEST(rows_that_own_each_other_end_the_cascade),
		TEST(a_restriction_refuses_and_nothing_is_gone),
		TEST(a_loose_link_is_cleared_and_a_dangling_one_stays),
		TEST(a_managed_row_cannot_be_deleted),
		TEST(rules_live_within_their_calendar),
		TEST(a_deleted_row_comes_back_as_it_was),
		TEST(what_went_with_a_row_comes_back_with_it),
		TEST(pairs_come_back_while_both_sides_are_there),
		TEST(a_row_cannot_come_back_where_another_stands),
		TEST(nor_where_another_has_its_key),
		TEST(a_reference_to_what_is_gone_keeps_a_row_in_the_bin),
		TEST(without_the_bin_what_is_gone_is_gone),
		TEST(the_bin_reads_like_a_table),
	};

	return cmocka_run_group_tests_name("org/remove", tests, NULL, NULL);
}
