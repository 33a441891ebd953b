/* SPDX-License-Identifier: MIT */
/*
 * What the link types of FetchXML find (facts/webapi.md 4.7, "link-type"), asked through the service. The
 * accounts and what is related to them are few enough to see every answer by hand:
 *     A: contacts Ann, Bob   B: Cid   C: Dan   D: none     A1 is below A, A2 below A1
 *     primary contacts: Ann of A, Cid of B, Dan of A1
 */
#include "served.h"

#define ID(n) "00000000-0000-4000-8000-00000000000" n

#define ACCOUNT(n, name) { "accounts", "{\"accountid\":\"" ID(n) "\",\"name\":\"" name "\"}" }
#define CONTACT(n, name, account)                                                                  \
	{ "contacts",                                                                              \
	  "{\"contactid\":\"" ID(n) "\",\"lastname\":\"" name "\",\"parentcustomerid_account@"     \
				    "odata.bind\":\"accounts(" ID(account) ")\"}" }
#define CHILD(n, name, parent)                                                                     \
	{ "accounts", "{\"accountid\":\"" ID(n) "\",\"name\":\"" name "\",\"parentaccountid@"      \
						"odata.bind\":\"accounts(" ID(parent) ")\"}" }

static const struct {
	const char *set, *body;
} rows[] = {
	ACCOUNT("1", "A"),
	ACCOUNT("2", "B"),
	ACCOUNT("3", "C"),
	ACCOUNT("4", "D"),
	CONTACT("5", "Ann", "1"),
	CONTACT("6", "Bob", "1"),
	CONTACT("7", "Cid", "2"),
	CONTACT("8", "Dan", "3"),
	CHILD("a", "A1", "1"),
	CHILD("b", "A2", "a"),
	{ "accounts(" ID("1") ")", "{\"primarycontactid@odata.bind\":\"contacts(" ID("5") ")\"}" },
	{ "accounts(" ID("2") ")", "{\"primarycontactid@odata.bind\":\"contacts(" ID("7") ")\"}" },
	{ "accounts(" ID("a") ")", "{\"primarycontactid@odata.bind\":\"contacts(" ID("8") ")\"}" },
};

static int setup(void **state)
{
	if (served_setup(state) != 0)
		return -1;

	struct served *s = *state;

	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		bool update = strchr(rows[i].set, '(') != NULL;

		expect_status(
			s, ask(s, update ? METHOD_PATCH : METHOD_POST, rows[i].set, rows[i].body),
			204);
	}
	return 0;
}

struct wanted {
	const char *inside; /* of <entity name="account"> */
	const char *names;
};

static void expect_names(struct served *s, const char *inside, const char *property,
			 const char *names)
{
	struct str xml = str_fmt(&s->arena,
				 "<fetch><entity name=\"account\"><attribute name=\"name\"/>%s"
				 "</entity></fetch>",
				 inside);

	if (fetch(s, "accounts", str_cstr(&s->arena, xml)) != 200)
		fail_msg("%s: %.*s", inside, STR_ARG(s->answer.body));
	if (strcmp(joined(s, property), names) != 0)
		fail_msg("%s: %s instead of %s", inside, joined(s, property), names);
}

static void expect_accounts(struct served *s, const struct wanted *cases, size_t n)
{
	for (size_t i = 0; i < n; i++)
		expect_names(s, cases[i].inside, "name", cases[i].names);
}

#define CONTACTS(rest) "<link-entity name='contact' from='parentcustomerid' to='accountid' " rest
#define CHILDREN(rest) "<link-entity name='account' from='parentaccountid' to='accountid' " rest
#define PARENT(rest) "<link-entity name='account' from='accountid' to='parentaccountid' " rest
#define PRIMARY(rest) "<link-entity name='contact' from='contactid' to='primarycontactid' " rest
#define NAMED(name)                                                                                \
	"<filter><condition attribute='lastname' operator='eq' value='" name "'/></filter>"
#define END "</link-entity>"

static void related_rows_are_asked_for_in_filters(void **state)
{
	static const struct wanted cases[] = {
		{ "<filter>" CONTACTS("link-type='any'/>") "</filter>", "A|B|C" },
		{ "<filter>" CONTACTS("link-type='any'>") NAMED("ann") END "</filter>", "A" },
		{ "<filter>" CONTACTS("link-type='not any'/>") "</filter>", "D|A1|A2" },
		{ "<filter>" CONTACTS("link-type='not any'>") NAMED("ann") END "</filter>",
		  "B|C|D|A1|A2" },
		/* the same as any */
		{ "<filter>" CONTACTS("link-type='not all'>") NAMED("ann") END "</filter>", "A" },
		/* there are some, and none of them is called so */
		{ "<filter>" CONTACTS("link-type='all'>") NAMED("ann") END "</filter>", "B|C" },
		{ "<filter type='or'>" CONTACTS("link-type='any'>") NAMED("Dan") END
		  "<condition attribute='name' operator='eq' value='D'/></filter>",
		  "C|D" },
		{ "<filter type='or'>" CONTACTS("link-type='all'>") NAMED("Ann") END
		  "<condition attribute='name' operator='eq' value='D'/></filter>",
		  "B|C|D" },
		{ "<filter><filter type='or'>" CONTACTS("link-type='any'>") NAMED("Dan")
			  END CONTACTS("link-type='any'>") NAMED("Cid") END "</filter></filter>",
		  "B|C" },
	};

	expect_accounts(*state, cases, COUNT_OF(cases));
}

static void rows_that_only_exist_give_each_parent_once(void **state)
{
	static const struct wanted cases[] = {
		{ CONTACTS("link-type='exists'/>"), "A|B|C" },
		{ CONTACTS("link-type='exists'>") NAMED("Bob") END, "A" },
		{ CONTACTS("link-type='in'/>"), "A|B|C" },
		/* what an existing row needs itself */
		{ CHILDREN("link-type='exists'>") CHILDREN("link-type='exists'/>") END, "A" },
		{ CHILDREN("link-type='exists'>") PRIMARY("/>") END, "A" },
	};

	expect_accounts(*state, cases, COUNT_OF(cases));
}

static void related_rows_may_have_related_rows(void **state)
{
	static const struct wanted cases[] = {
		/* whose child has a child */
		{ "<filter>" CHILDREN("link-type='any'>") "<filter>" CHILDREN(
			  "link-type='any'/>") "</filter>" END "</filter>",
		  "A" },
		{ "<filter>" CHILDREN("link-type='any'>") "<filter>" CHILDREN(
			  "link-type='not any'/>") "</filter>" END "</filter>",
		  "A1" },
		/* an inner link below drops rows of the one above it */
		{ "<filter>" CHILDREN("link-type='any'>") PRIMARY("/>") END "</filter>", "A" },
		{ "<filter>" CHILDREN("link-type='any'>") PRIMARY("link-type='outer'/>") END
		  "</filter>",
		  "A|A1" },
		/* and so does one below a link that is joined */
		{ CHILDREN(">") "<filter>" CHILDREN("link-type='any'/>") "</filter>" END, "A" },
	};

	expect_accounts(*state, cases, COUNT_OF(cases));
}

static void nobody_can_name_a_link_inside_a_filter(void **state)
{
	struct served *s = *state;
	static const char *const outside[] = {
		"<filter><condition entityname='x' attribute='lastname' operator='null'/></filter>",
		"<order entityname='x' attribute='lastname'/>",
	};

	for (size_t i = 0; i < COUNT_OF(outside); i++) {
		struct str xml = str_fmt(&s->arena,
					 "<fetch><entity name='account'>%s<filter>" CONTACTS(
						 "link-type='any' alias='x'/>") "</filter>"
										"</entity></fetch>",
					 outside[i]);

		expect_code(s, fetch(s, "accounts", str_cstr(&s->arena, xml)), 400, "0x8004110a");
	}
	expect_code(s,
		    fetch(s, "accounts",
			  "<fetch><entity name='account'><filter>" CONTACTS(
				  "link-type='inner'/>") "</filter></entity></fetch>"),
		    400, "0x80041117");
}

/* The inner link is a part of the outer's side: rows of the root stay whatever it finds. */
static void an_inner_link_below_an_outer_one_drops_no_row_of_the_root(void **state)
{
	struct served *s = *state;
	static const char both[] =
		PARENT("link-type='outer' alias='p'>") "<attribute name='name'/>" PRIMARY(
			"alias='c'>") "<attribute name='lastname'/>" END END;
	static const char filtered[] =
		PARENT("link-type='outer' alias='p'>") "<attribute name='name'/>" PRIMARY(
			"alias='c'>") "<attribute name='lastname'/>" NAMED("Dan") END END;

	expect_names(s, both, "name", "A|B|C|D|A1|A2");
	/* A1's parent A has Ann, A2's parent A1 has Dan */
	expect_names(s, both, "p.name", "-|-|-|-|A|A1");
	expect_names(s, both, "c.lastname", "-|-|-|-|Ann|Dan");
	expect_names(s, filtered, "name", "A|B|C|D|A1|A2");
	expect_names(s, filtered, "p.name", "-|-|-|-|-|A1");
	expect_names(s, filtered, "c.lastname", "-|-|-|-|-|Dan");
}

static void rows_without_a_partner_are_found_by_null(void **state)
{
	static const struct wanted cases[] = {
		{ CONTACTS(
			  "link-type='outer' alias='c'/>") "<filter><condition entityname='c' attribute='contactid' operator='null'/>"
							   "</filter>",
		  "D|A1|A2" },
		/* those that have none called Ann */
		{ CONTACTS("link-type='outer' alias='c'>") NAMED("Ann") END
		  "<filter><condition entityname='c' attribute='contactid' operator='null'/>"
		  "</filter>",
		  "B|C|D|A1|A2" },
		{ CONTACTS(
			  "link-type='outer' alias='c'/>") "<filter type='or'><condition entityname='c' attribute='lastname' operator='eq' "
							   "value='Dan'/><condition attribute='name' operator='eq' value='D'/></filter>",
		  "C|D" },
	};

	expect_accounts(*state, cases, COUNT_OF(cases));
}

static void the_first_row_alone_comes_back_under_schema_names(void **state)
{
	struct served *s = *state;
	static const char first[] = CONTACTS(
		"link-type='matchfirstrowusingcrossapply' alias='c'>") "<attribute name='contactid'/><attribute name='lastname'/>" END;
	static const char bob[] = CONTACTS(
		"link-type='matchfirstrowusingcrossapply'>") "<attribute name='lastname'/>" NAMED("Bob")
		END;
	static const char below[] = CHILDREN("link-type='matchfirstrowusingcrossapply'>")
		PRIMARY(">") "<attribute name='lastname' alias='of'/>" END END;

	/* A has two contacts and comes once; D and the children have none and vanish */
	expect_names(s, first, "name", "A|B|C");
	expect_names(s, first, "ContactId", ID("5") "|" ID("7") "|" ID("8"));
	expect_names(s, first, "LastName", "Ann|Cid|Dan");
	expect_names(s, first, "c.lastname", "-|-|-");
	expect_names(s, bob, "name", "A");
	expect_names(s, bob, "LastName", "Bob");
	/* A's first child that has a primary contact */
	expect_names(s, below, "name", "A");
	expect_names(s, below, "of", "Dan");
}

static void more_than_fifteen_links_are_refused(void **state)
{
	struct served *s = *state;
	DEFER(buf_release) struct buf xml = buf_make(0);

	buf_add(&xml, S("<fetch><entity name='account'><filter>"));
	for (int i = 0; i < 16; i++)
		buf_add(&xml, S(CONTACTS("link-type='any'/>")));
	buf_add(&xml, S("</filter></entity></fetch>"));
	expect_code(s, fetch(s, "accounts", str_cstr(&s->arena, buf_str(&xml))), 400, "0x8004430d");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(related_rows_are_asked_for_in_filters),
		cmocka_unit_test(rows_that_only_exist_give_each_parent_once),
		cmocka_unit_test(related_rows_may_have_related_rows),
		cmocka_unit_test(nobody_can_name_a_link_inside_a_filter),
		cmocka_unit_test(an_inner_link_below_an_outer_one_drops_no_row_of_the_root),
		cmocka_unit_test(rows_without_a_partner_are_found_by_null),
		cmocka_unit_test(the_first_row_alone_comes_back_under_schema_names),
		cmocka_unit_test(more_than_fifteen_links_are_refused),
	};

	return cmocka_run_group_tests(tests, setup, served_teardown);
}
