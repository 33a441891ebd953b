/* SPDX-License-Identifier: MIT */
/*
 * Pages (facts/webapi.md 4.6): together they are the whole, whatever is inserted or deleted while a client
 * goes through them, and whatever rows are ordered by.
 */
#include "served.h"

#include "dv/fetchxml.h"

#define ROWS 12
#define ANNOTATIONS                                                                                \
	"odata.include-annotations=\"Microsoft.Dynamics.CRM.fetchxmlpagingcookie,"                 \
	"Microsoft.Dynamics.CRM.morerecords\""

static const char *account_id(struct served *s, int n)
{
	return str_cstr(&s->arena, str_fmt(&s->arena, "00000000-0000-4000-8000-0000000000%02d", n));
}

/* Many rows are equal in each column, and some have no value. */
static void make_account(struct served *s, int n)
{
	static const char *const names[] = { "alpha", "Alpha", "beta <&\\\">", "\xc3\x89mile" };
	static const int types[] = { 12, 11, 6, 5 };
	struct str body =
		str_fmt(&s->arena,
			"{\"accountid\":\"%s\",\"name\":\"n%02d\",\"description\":%s%s%s,"
			"\"numberofemployees\":%s,\"revenue\":%s,\"customertypecode\":%d,"
			"\"address1_latitude\":%d.5,\"creditonhold\":%s,"
			"\"lastonholdtime\":%s}",
			account_id(s, n), n, n % 5 == 0 ? "null" : "\"",
			n % 5 == 0 ? "" : names[n % 4], n % 5 == 0 ? "" : "\"",
			n % 3 == 0 ? "null" : "7", n % 4 == 0 ? "null" : "9.5", types[n % 4], n % 3,
			n % 2 ? "true" : "false", n % 6 == 0 ? "null" : "\"2024-02-03T04:05:06Z\"");

	expect_status(s, ask(s, METHOD_POST, "accounts", str_cstr(&s->arena, body)), 204);
}

static void point_to_parent(struct served *s, int n)
{
	struct str row = str_fmt(&s->arena, "accounts(%s)", account_id(s, n));
	struct str body = str_fmt(&s->arena, "{\"parentaccountid@odata.bind\":\"accounts(%s)\"}",
				  account_id(s, n / 2));

	expect_status(s, ask_str(s, METHOD_PATCH, row, str_cstr(&s->arena, body)), 204);
}

static int setup(void **state)
{
	if (served_setup(state) != 0)
		return -1;
	for (int n = 1; n <= ROWS; n++)
		make_account(*state, n);
	for (int n = 2; n <= ROWS; n++)
		point_to_parent(*state, n);
	return 0;
}

/* The query's answer; *cookie is empty when there is none. */
static const char *read_page(struct served *s, const char *inside, unsigned count, unsigned page,
			     struct str *cookie, bool *more)
{
	DEFER(buf_release) struct buf escaped = buf_make(0);

	for (size_t i = 0; i < cookie->n; i++) {
		char c = cookie->p[i];

		if (c == '&')
			buf_add(&escaped, S("&amp;"));
		else if (c == '<')
			buf_add(&escaped, S("&lt;"));
		else if (c == '"')
			buf_add(&escaped, S("&quot;"));
		else
			buf_add_char(&escaped, c);
	}

	struct str xml =
		str_fmt(&s->arena,
			"<fetch count='%u' page='%u' paging-cookie=\"%.*s\">"
			"<entity name='account'><attribute name='name'/>%s</entity></fetch>",
			count, page, STR_ARG(buf_str(&escaped)), inside);

	with_header(s, "Prefer", ANNOTATIONS);
	expect_status(s, fetch(s, "accounts", str_cstr(&s->arena, xml)), 200);

	const struct json *body = answer_json(s);
	struct str annotation = json_text(body, S("@Microsoft.Dynamics.CRM.fetchxmlpagingcookie"));

	*more = json_flag(body, S("@Microsoft.Dynamics.CRM.morerecords"));
	*cookie = S("");
	if (annotation.n > 0 && !fetch_cookie_from_annotation(&s->arena, annotation, cookie))
		fail_msg("%.*s", STR_ARG(annotation));
	return joined(s, "name");
}

static const char *whole(struct served *s, const char *inside)
{
	struct str cookie = S("");
	bool more;

	return read_page(s, inside, 5000, 1, &cookie, &more);
}

static const char *in_pages(struct served *s, const char *inside, unsigned count, bool cookies)
{
	DEFER(buf_release) struct buf all = buf_make(0);
	struct str cookie = S("");
	bool more = true;

	for (unsigned page = 1; more && page < 40; page++) {
		if (!cookies)
			cookie = S("");
		buf_add(&all, page > 1 ? S("|") : S(""));
		buf_add(&all, str_from(read_page(s, inside, count, page, &cookie, &more)));
	}
	return str_cstr(&s->arena, buf_str(&all));
}

#define ORDER(column) "<order attribute='" column "'/>"
#define DOWN(column) "<order attribute='" column "' descending='true'/>"

static const char *const ORDERS[] = {
	"",
	ORDER("accountid"),
	DOWN("accountid"),
	ORDER("description"),
	DOWN("description"),
	ORDER("numberofemployees"),
	DOWN("numberofemployees"),
	ORDER("revenue"),
	DOWN("revenue"),
	ORDER("address1_latitude"),
	ORDER("lastonholdtime"),
	DOWN("lastonholdtime"),
	ORDER("creditonhold"),
	ORDER("customertypecode"),
	DOWN("customertypecode"),
	ORDER("parentaccountid"),
	DOWN("parentaccountid"),
	ORDER("numberofemployees") DOWN("description") ORDER("customertypecode"),
	DOWN("revenue") ORDER("lastonholdtime") DOWN("numberofemployees"),
};

static void pages_together_are_the_whole_in_every_order(void **state)
{
	struct served *s = *state;

	for (size_t i = 0; i < COUNT_OF(ORDERS); i++) {
		const char *all = whole(s, ORDERS[i]);

		for (unsigned count = 1; count <= 7; count += 3) {
			const char *paged = in_pages(s, ORDERS[i], count, true);

			if (strcmp(all, paged) != 0)
				fail_msg("%s by %u: %s instead of %s", ORDERS[i], count, paged,
					 all);
			paged = in_pages(s, ORDERS[i], count, false);
			if (strcmp(all, paged) != 0)
				fail_msg("%s by %u without cookie: %s instead of %s", ORDERS[i],
					 count, paged, all);
		}
	}
}

static void links_that_give_a_row_twice_are_paged_too(void **state)
{
	struct served *s = *state;
	static const char *const links[] = {
		"<link-entity name='account' from='parentaccountid' to='accountid' alias='c'/>",
		"<link-entity name='account' from='parentaccountid' to='accountid' alias='c' "
		"link-type='outer'/>",
		ORDER("description") "<link-entity name='account' from='parentaccountid' "
				     "to='accountid' alias='c' link-type='outer'/>",
		"<link-entity name='account' from='accountid' to='parentaccountid' alias='p'>"
		"<order attribute='name' descending='true'/></link-entity>",
	};

	for (size_t i = 0; i < COUNT_OF(links); i++) {
		const char *all = whole(s, links[i]);

		assert_string_equal(in_pages(s, links[i], 1, true), all);
		assert_string_equal(in_pages(s, links[i], 4, true), all);
	}
}

static void orders_of_links_have_no_cookie(void **state)
{
	struct served *s = *state;
	struct str cookie = S("");
	bool more;

	read_page(s,
		  "<link-entity name='account' from='accountid' to='parentaccountid' alias='p'>"
		  "<order attribute='name'/></link-entity>",
		  2, 1, &cookie, &more);
	assert_true(more);
	assert_int_equal(cookie.n, 0);
}

/* A row of the page "n07|n02|..." that no other row points to; 0: none. */
static int find_leaf(const char *names)
{
	for (size_t i = 0; i + 2 < strlen(names); i += 4) {
		int n = (names[i + 1] - '0') * 10 + names[i + 2] - '0';

		if (n > ROWS / 2)
			return n;
	}
	return 0;
}

/* By its number alone the second page would now begin one row too late. */
static void rows_that_go_hide_no_others(void **state)
{
	struct served *s = *state;
	int tried = 0;

	for (size_t i = 0; i < COUNT_OF(ORDERS); i++) {
		struct str cookie = S("");
		bool more;
		const char *all = whole(s, ORDERS[i]);
		const char *first = read_page(s, ORDERS[i], 5, 1, &cookie, &more);
		const char *rest = all + strlen(first) + 1;
		int leaf = find_leaf(first);

		if (leaf == 0)
			continue;
		tried++;

		struct str row = str_fmt(&s->arena, "accounts(%s)", account_id(s, leaf));

		expect_status(s, ask_str(s, METHOD_DELETE, row, NULL), 204);
		assert_string_equal(read_page(s, ORDERS[i], 5000, 2, &cookie, &more), rest);
		make_account(s, leaf);
		point_to_parent(s, leaf);
	}
	assert_true(tried > 10);
}

/* And too early. */
static void rows_that_come_repeat_no_others(void **state)
{
	struct served *s = *state;
	struct str cookie = S("");
	bool more;

	assert_string_equal(read_page(s, DOWN("name"), 5, 1, &cookie, &more),
			    "n12|n11|n10|n09|n08");
	make_account(s, 13);
	assert_string_equal(read_page(s, DOWN("name"), 5, 2, &cookie, &more),
			    "n07|n06|n05|n04|n03");
	expect_status(s,
		      ask_str(s, METHOD_DELETE,
			      str_fmt(&s->arena, "accounts(%s)", account_id(s, 13)), NULL),
		      204);
}

static void a_cookie_serves_pages_before_and_far_behind_it(void **state)
{
	struct served *s = *state;
	struct str cookie = S("");
	bool more;
	const char *second, *third;

	read_page(s, ORDER("name"), 3, 1, &cookie, &more);

	struct str first_cookie = cookie;

	second = read_page(s, ORDER("name"), 3, 2, &cookie, &more);

	struct str second_cookie = cookie;

	third = read_page(s, ORDER("name"), 3, 3, &cookie, &more);
	cookie = first_cookie;
	assert_string_equal(read_page(s, ORDER("name"), 3, 3, &cookie, &more), third);
	cookie = second_cookie;
	assert_string_equal(read_page(s, ORDER("name"), 3, 2, &cookie, &more), second);
	assert_string_equal(second, "n04|n05|n06");
	assert_string_equal(third, "n07|n08|n09");
}

static void cookies_that_do_not_fit_are_refused(void **state)
{
	static const struct {
		const char *cookie, *order, *code;
	} cases[] = {
		{ "&lt;cookie page='1'&gt;&lt;numberofemployees last='x' first='x' /&gt;"
		  "&lt;accountid last='{00000000-0000-4000-8000-000000000001}' "
		  "first='{00000000-0000-4000-8000-000000000001}' /&gt;&lt;/cookie&gt;",
		  ORDER("numberofemployees"), "0x8004112a" },
		{ "&lt;cookie page='1'&gt;&lt;accountid last='1' first='1' /&gt;&lt;/cookie&gt;",
		  "", "0x8004112a" },
		{ "&lt;cookie page='1'&gt;&lt;name last='x' first='x' /&gt;&lt;/cookie&gt;", "",
		  "0x80041129" },
	};
	struct served *s = *state;

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct str xml = str_fmt(&s->arena,
					 "<fetch count='3' page='2' paging-cookie=\"%s\">"
					 "<entity name='account'>%s</entity></fetch>",
					 cases[i].cookie, cases[i].order);

		expect_code(s, fetch(s, "accounts", str_cstr(&s->arena, xml)), 400, cases[i].code);
	}
}

static void a_page_beyond_fifty_thousand_rows_needs_a_cookie(void **state)
{
	struct served *s = *state;

	expect_status(s,
		      fetch(s, "accounts",
			    "<fetch count='5000' page='10'><entity name='account'/></fetch>"),
		      200);
	expect_code(s,
		    fetch(s, "accounts",
			  "<fetch count='5000' page='11'><entity name='account'/></fetch>"),
		    400, "0x8004430a");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pages_together_are_the_whole_in_every_order),
		cmocka_unit_test(links_that_give_a_row_twice_are_paged_too),
		cmocka_unit_test(orders_of_links_have_no_cookie),
		cmocka_unit_test(a_cookie_serves_pages_before_and_far_behind_it),
		cmocka_unit_test(cookies_that_do_not_fit_are_refused),
		cmocka_unit_test(a_page_beyond_fifty_thousand_rows_needs_a_cookie),
		cmocka_unit_test(rows_that_go_hide_no_others),
		cmocka_unit_test(rows_that_come_repeat_no_others),
	};

	return cmocka_run_group_tests(tests, setup, served_teardown);
}
