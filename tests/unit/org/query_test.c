/* SPDX-License-Identifier: MIT */
/*
 * What FetchXML queries find and in which order: the query language as facts/webapi.md 4.6 and 4.7 tell
 * it, asked through the service.
 */
#include "served.h"

#include "dv/fetchxml.h"

#define ID(n) "00000000-0000-4000-8000-00000000000" n

/* The ids stand in the order in which rows come when nobody orders them. */
static const struct {
	const char *set, *body;
} rows[] = {
	{ "accounts",
	  "{\"accountid\":\"" ID(
		  "1") "\",\"name\":\"Alpha\",\"numberofemployees\":10,"
		       "\"revenue\":100.50,\"customertypecode\":12,\"creditonhold\":true,"
		       "\"address1_latitude\":1.5,\"lastonholdtime\":\"2024-01-01T00:00:00Z\","
		       "\"description\":\"caf\xc3\xa9\"}" },
	{ "accounts",
	  "{\"accountid\":\"" ID(
		  "2") "\",\"name\":\"beta\",\"numberofemployees\":20,"
		       "\"revenue\":99,\"customertypecode\":11,\"address1_latitude\":10,"
		       "\"lastonholdtime\":\"2024-01-01T12:00:00Z\",\"description\":\"CAFE\"}" },
	{ "accounts",
	  "{\"accountid\":\"" ID("3") "\",\"name\":\"Gamma\","
				      "\"parentaccountid@odata.bind\":\"accounts(" ID("1") ")\"}" },
	{ "accounts",
	  "{\"accountid\":\"" ID(
		  "4") "\",\"name\":\"delta 50%\","
		       "\"numberofemployees\":5,\"revenue\":1000,\"customertypecode\":6,"
		       "\"parentaccountid@odata.bind\":\"accounts(" ID("2") ")\"}" },
	{ "accounts",
	  "{\"accountid\":\"" ID("5") "\",\"name\":\"\xc3\x89mile\","
				      "\"numberofemployees\":20,\"customertypecode\":5,"
				      "\"parentaccountid@odata.bind\":\"accounts(" ID("3") ")\"}" },
	{ "contacts",
	  "{\"contactid\":\"" ID("6") "\",\"lastname\":\"Zoe\","
				      "\"birthdate\":\"1990-05-06\","
				      "\"parentcustomerid_account@odata.bind\":\"accounts(" ID(
					      "1") ")\"}" },
	{ "contacts",
	  "{\"contactid\":\"" ID("7") "\",\"lastname\":\"Adam\","
				      "\"parentcustomerid_account@odata.bind\":\"accounts(" ID(
					      "1") ")\"}" },
	{ "msdyn_operatinghours", "{\"msdyn_name\":\"T-weekdays\","
				  "\"msdyn_oc_daysofweek\":\"192350001,192350006\"}" },
	{ "msdyn_operatinghours", "{\"msdyn_name\":\"T-sunday\","
				  "\"msdyn_oc_daysofweek\":\"192350000\"}" },
	{ "msdyn_operatinghours", "{\"msdyn_name\":\"T-never\"}" },
};

static int setup(void **state)
{
	if (served_setup(state) != 0)
		return -1;

	struct served *s = *state;

	for (size_t i = 0; i < COUNT_OF(rows); i++)
		expect_status(s, ask(s, METHOD_POST, rows[i].set, rows[i].body), 204);
	return 0;
}

struct wanted {
	const char *inside; /* of <entity name="account"> */
	const char *names;
};

static void expect_accounts(struct served *s, const struct wanted *cases, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct str xml = str_fmt(&s->arena,
					 "<fetch><entity name=\"account\">"
					 "<attribute name=\"name\"/>%s</entity></fetch>",
					 cases[i].inside);
		int status = fetch(s, "accounts", str_cstr(&s->arena, xml));

		if (status != 200)
			fail_msg("%s: %.*s", cases[i].inside, STR_ARG(s->answer.body));
		if (strcmp(joined(s, "name"), cases[i].names) != 0)
			fail_msg("%s: %s instead of %s", cases[i].inside, joined(s, "name"),
				 cases[i].names);
	}
}

#define WHERE(attributes) "<filter><condition " attributes "/></filter>"
#define ALL "Alpha|beta|Gamma|delta 50%|\xc3\x89mile"

static void conditions_find_the_rows_that_the_platform_finds(void **state)
{
	static const struct wanted cases[] = {
		{ "", ALL },
		{ WHERE("attribute='name' operator='eq' value='ALPHA'"), "Alpha" },
		{ WHERE("attribute='description' operator='eq' value='Cafe'"), "Alpha|beta" },
		{ WHERE("attribute='name' operator='eq' value='emile'"), "\xc3\x89mile" },
		{ WHERE("attribute='name' operator='like' value='%A'"), "Alpha|beta|Gamma" },
		{ WHERE("attribute='name' operator='like' value='%[%]'"), "delta 50%" },
		{ WHERE("attribute='name' operator='begins-with' value='be'"), "beta" },
		{ WHERE("attribute='name' operator='ends-with' value='MMA'"), "Gamma" },
		{ WHERE("attribute='numberofemployees' operator='gt' value='10'"),
		  "beta|\xc3\x89mile" },
		{ WHERE("attribute='numberofemployees' operator='ge' value='10'"),
		  "Alpha|beta|\xc3\x89mile" },
		{ WHERE("attribute='numberofemployees' operator='lt' value='10'"), "delta 50%" },
		{ WHERE("attribute='numberofemployees' operator='le' value='10'"),
		  "Alpha|delta 50%" },
		{ WHERE("attribute='revenue' operator='gt' value='100.5'"), "delta 50%" },
		{ WHERE("attribute='revenue' operator='eq' value='100.5'"), "Alpha" },
		{ WHERE("attribute='address1_latitude' operator='gt' value='2'"), "beta" },
		{ WHERE("attribute='lastonholdtime' operator='eq' value='2024-01-01'"), "Alpha" },
		{ WHERE("attribute='lastonholdtime' operator='gt' "
			"value='2024-01-01T12:00:00+01:00'"),
		  "beta" },
		{ WHERE("attribute='creditonhold' operator='eq' value='1'"), "Alpha" },
		{ WHERE("attribute='creditonhold' operator='eq' value='TRUE'"), "Alpha" },
		{ WHERE("attribute='accountid' operator='eq' "
			"value='{00000000-0000-4000-8000-00000000000A}'"),
		  "" },
		{ WHERE("attribute='parentaccountid' operator='eq' value='{" ID("1") "}'"),
		  "Gamma" },
		{ WHERE("attribute='parentaccountid' operator='null'"), "Alpha|beta" },
		{ WHERE("attribute='parentaccountid' operator='not-null'"),
		  "Gamma|delta 50%|\xc3\x89mile" },
		{ "<filter><condition attribute='customertypecode' operator='in'>"
		  "<value>5</value><value>6</value></condition></filter>",
		  "delta 50%|\xc3\x89mile" },
		{ "<filter><condition attribute='numberofemployees' operator='between'>"
		  "<value>5</value><value>10</value></condition></filter>",
		  "Alpha|delta 50%" },
	};

	expect_accounts(*state, cases, COUNT_OF(cases));
}

/* facts/webapi.md 4.7, "Null rule" */
static void negations_find_rows_without_a_value_too(void **state)
{
	static const struct wanted cases[] = {
		{ WHERE("attribute='numberofemployees' operator='ne' value='20'"),
		  "Alpha|Gamma|delta 50%" },
		{ WHERE("attribute='numberofemployees' operator='neq' value='20'"),
		  "Alpha|Gamma|delta 50%" },
		{ "<filter><condition attribute='numberofemployees' operator='not-in'>"
		  "<value>5</value><value>10</value></condition></filter>",
		  "beta|Gamma|\xc3\x89mile" },
		{ "<filter><condition attribute='numberofemployees' operator='not-between'>"
		  "<value>5</value><value>10</value></condition></filter>",
		  "beta|Gamma|\xc3\x89mile" },
		{ WHERE("attribute='description' operator='not-like' value='caf%'"),
		  "Gamma|delta 50%|\xc3\x89mile" },
		{ WHERE("attribute='description' operator='not-begin-with' value='caf'"),
		  "Gamma|delta 50%|\xc3\x89mile" },
		{ WHERE("attribute='description' operator='not-end-with' value='fe'"),
		  "Gamma|delta 50%|\xc3\x89mile" },
		{ WHERE("attribute='description' operator='eq' value=''"),
		  "Gamma|delta 50%|\xc3\x89mile" },
		{ WHERE("attribute='description' operator='ne' value=''"), "Alpha|beta" },
	};

	expect_accounts(*state, cases, COUNT_OF(cases));
}

static void filters_nest(void **state)
{
	static const struct wanted cases[] = {
		{ "<filter type='or'><condition attribute='name' operator='eq' value='Alpha'/>"
		  "<filter><condition attribute='numberofemployees' operator='eq' value='20'/>"
		  "<condition attribute='name' operator='like' value='b%'/></filter></filter>",
		  "Alpha|beta" },
		{ "<filter/>", ALL },
		{ "<filter><condition attribute='name' operator='like' value='%a%'/></filter>"
		  "<filter><condition attribute='numberofemployees' operator='null'/></filter>",
		  "Gamma" },
		{ "<filter><condition attribute='numberofemployees' operator='eq' "
		  "valueof='numberofemployees'/></filter>",
		  "Alpha|beta|delta 50%|\xc3\x89mile" },
	};

	expect_accounts(*state, cases, COUNT_OF(cases));
}

#define PARENT "<link-entity name='account' from='accountid' to='parentaccountid' "

static void links_join_inner_outer_and_as_existence(void **state)
{
	static const struct wanted cases[] = {
		{ PARENT "/>", "Gamma|delta 50%|\xc3\x89mile" },
		{ PARENT "link-type='outer'/>", ALL },
		{ PARENT ">" WHERE("attribute='name' operator='eq' value='beta'") "</link-entity>",
		  "delta 50%" },
		/* the filter of an outer link drops no row of the root */
		{ PARENT "link-type='outer'>" WHERE(
			  "attribute='name' operator='eq' value='beta'") "</link-entity>",
		  ALL },
		/* unless the root asks */
		{ PARENT "link-type='outer' alias='p'/>" WHERE(
			  "entityname='p' attribute='name' operator='eq' value='beta'"),
		  "delta 50%" },
		{ PARENT "link-type='outer' alias='p'/>" WHERE(
			  "entityname='p' attribute='accountid' operator='null'"),
		  "Alpha|beta" },
		{ PARENT "alias='p'>" PARENT "alias='g'/></link-entity>" WHERE(
			  "entityname='g' attribute='name' operator='eq' value='Alpha'"),
		  "\xc3\x89mile" },
		/* two contacts: the row comes twice, but exists once */
		{ "<link-entity name='contact' from='parentcustomerid' to='accountid'/>",
		  "Alpha|Alpha" },
		{ "<link-entity name='contact' from='parentcustomerid' to='accountid' "
		  "link-type='exists'/>",
		  "Alpha" },
		{ "<link-entity name='contact' from='parentcustomerid' to='accountid' "
		  "link-type='in'>" WHERE(
			  "attribute='lastname' operator='eq' value='nobody'") "</link-entity>",
		  "" },
	};

	expect_accounts(*state, cases, COUNT_OF(cases));
}

static void five_links_deep(void **state)
{
	static const struct wanted cases[] = {
		{ PARENT "link-type='outer' alias='a'>" PARENT "link-type='outer' alias='b'>" PARENT
			 "link-type='outer' alias='c'>" PARENT "link-type='outer' alias='d'>" PARENT
			 "link-type='outer' alias='e'/></link-entity></link-entity></link-entity>"
			 "</link-entity><filter type='or'><condition entityname='e' "
			 "attribute='name' operator='eq' value='Alpha'/><condition entityname='b' "
			 "attribute='name' operator='eq' value='Alpha'/></filter>",
		  "\xc3\x89mile" },
	};

	expect_accounts(*state, cases, COUNT_OF(cases));
}

static void rows_come_in_the_order_asked_for(void **state)
{
	static const struct wanted cases[] = {
		{ "<order attribute='name'/>", "Alpha|beta|delta 50%|\xc3\x89mile|Gamma" },
		{ "<order attribute='name' descending='true'/>",
		  "Gamma|\xc3\x89mile|delta 50%|beta|Alpha" },
		{ "<order attribute='revenue'/>", "Gamma|\xc3\x89mile|beta|Alpha|delta 50%" },
		{ "<order attribute='numberofemployees' descending='1'/><order attribute='name'/>",
		  "beta|\xc3\x89mile|Alpha|delta 50%|Gamma" },
		/* by label: (none) Influencer Other Partner Vendor */
		{ "<order attribute='customertypecode'/>",
		  "Gamma|delta 50%|Alpha|\xc3\x89mile|beta" },
		/* by the parent's name: (none) (none) Alpha beta Gamma */
		{ "<order attribute='parentaccountid'/>", ALL },
		{ "<order attribute='parentaccountid' descending='true'/>",
		  "\xc3\x89mile|delta 50%|Gamma|Alpha|beta" },
		{ "<order attribute='accountid' descending='true'/>",
		  "\xc3\x89mile|delta 50%|Gamma|beta|Alpha" },
		{ PARENT "><order attribute='name' descending='true'/></link-entity>",
		  "\xc3\x89mile|delta 50%|Gamma" },
	};

	expect_accounts(*state, cases, COUNT_OF(cases));
}

static void useraworderby_orders_choices_by_number(void **state)
{
	struct served *s = *state;

	expect_status(s,
		      fetch(s, "accounts",
			    "<fetch useraworderby='1'><entity name='account'>"
			    "<attribute name='name'/><order attribute='customertypecode'/>"
			    "</entity></fetch>"),
		      200);
	assert_string_equal(joined(s, "name"), "Gamma|\xc3\x89mile|delta 50%|beta|Alpha");
}

static void sets_of_choices_are_asked_for_their_members(void **state)
{
	struct served *s = *state;
	static const struct wanted cases[] = {
		{ "contain-values'><value>192350001</value><value>192350003</value>",
		  "T-weekdays" },
		{ "contain-values'><value>92350001</value>", "" },
		{ "not-contain-values'><value>192350001</value>", "T-never|T-sunday" },
		{ "eq'><value>192350006,192350001</value>", "T-weekdays" },
	};

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct str xml = str_fmt(
			&s->arena,
			"<fetch><entity name='msdyn_operatinghour'><attribute name='msdyn_name'/>"
			"<order attribute='msdyn_name'/><filter>"
			"<condition attribute='msdyn_name' operator='like' value='T-%%'/>"
			"<condition attribute='msdyn_oc_daysofweek' operator='%s</condition>"
			"</filter></entity></fetch>",
			cases[i].inside);

		expect_status(s, fetch(s, "msdyn_operatinghours", str_cstr(&s->arena, xml)), 200);
		assert_string_equal(joined(s, "msdyn_name"), cases[i].names);
	}
}

static void distinct_is_about_the_columns_asked_for(void **state)
{
	struct served *s = *state;

	expect_status(s,
		      fetch(s, "accounts",
			    "<fetch distinct='true'><entity name='account'>"
			    "<attribute name='numberofemployees'/>"
			    "<order attribute='numberofemployees'/></entity></fetch>"),
		      200);
	assert_string_equal(joined(s, "numberofemployees"), "-|5|10|20");
	assert_string_equal(joined(s, "accountid"), "-|-|-|-");
	assert_string_equal(joined(s, "@odata.etag"), "-|-|-|-");
	/* texts that the platform takes for equal are one */
	expect_status(s,
		      fetch(s, "accounts",
			    "<fetch distinct='true'><entity name='account'>"
			    "<attribute name='description'/><order attribute='description'/>"
			    "</entity></fetch>"),
		      200);
	assert_int_equal(json_get(answer_json(s), S("value"))->n, 2);
	/* asked for, the key is a column like others */
	expect_status(s,
		      fetch(s, "accounts",
			    "<fetch distinct='true'><entity name='account'>"
			    "<attribute name='accountid'/><attribute name='name'/>"
			    "<link-entity name='contact' from='parentcustomerid' to='accountid'/>"
			    "</entity></fetch>"),
		      200);
	assert_string_equal(joined(s, "accountid"), ID("1"));
}

static void linked_columns_come_with_their_alias(void **state)
{
	struct served *s = *state;

	with_header(s, "Prefer", "odata.include-annotations=\"*\"");
	expect_status(s,
		      fetch(s, "accounts",
			    "<fetch><entity name='account'><attribute name='name' alias='n'/>"
			    "<filter><condition attribute='name' operator='eq' value='delta 50%'/>"
			    "</filter>" PARENT "alias='p'><attribute name='name'/>"
			    "<attribute name='ownerid'/><attribute name='customertypecode'/>"
			    "<attribute name='revenue' alias='money'/></link-entity>"
			    "</entity></fetch>"),
		      200);
	assert_string_equal(joined(s, "n"), "delta 50%");
	assert_string_equal(joined(s, "n@OData.Community.Display.V1.AttributeName"), "name");
	assert_string_equal(joined(s, "p.name"), "beta");
	assert_string_equal(joined(s, "p.name@OData.Community.Display.V1.AttributeName"), "name");
	assert_string_equal(joined(s, "p.ownerid@Microsoft.Dynamics.CRM.lookuplogicalname"),
			    "systemuser");
	assert_string_equal(joined(s, "p.customertypecode"), "11");
	assert_string_equal(
		joined(s, "p.customertypecode@OData.Community.Display.V1.FormattedValue"),
		"Vendor");
	assert_string_not_equal(joined(s, "money"), "-");
	assert_string_equal(joined(s, "accountid"), ID("4"));
}

static void lookups_tell_table_navigation_and_name_when_asked(void **state)
{
	struct served *s = *state;
	static const char query[] = "<fetch><entity name='contact'><attribute name='birthdate'/>"
				    "<attribute name='parentcustomerid'/><filter><condition "
				    "attribute='lastname' operator='eq' value='zoe'/></filter>"
				    "</entity></fetch>";

	with_header(s, "prefer", "odata.include-annotations=\"Microsoft.Dynamics.CRM.*\"");
	expect_status(s, fetch(s, "contacts", query), 200);
	assert_string_equal(joined(s, "_parentcustomerid_value"), ID("1"));
	assert_string_equal(
		joined(s, "_parentcustomerid_value@Microsoft.Dynamics.CRM.lookuplogicalname"),
		"account");
	assert_string_equal(joined(s, "_parentcustomerid_value@Microsoft.Dynamics.CRM."
				      "associatednavigationproperty"),
			    "parentcustomerid_account");
	assert_false(answer_has(s, "FormattedValue"));

	with_header(s, "Prefer",
		    "return=minimal, odata.include-annotations="
		    "\"OData.Community.Display.V1.FormattedValue\"");
	expect_status(s, fetch(s, "contacts", query), 200);
	assert_string_equal(
		joined(s, "_parentcustomerid_value@OData.Community.Display.V1.FormattedValue"),
		"Alpha");
	assert_string_equal(joined(s, "birthdate@OData.Community.Display.V1.FormattedValue"),
			    "5/6/1990");
	assert_string_equal(joined(s, "birthdate"), "1990-05-06");
	assert_false(answer_has(s, "lookuplogicalname"));

	expect_status(s, fetch(s, "contacts", query), 200);
	assert_false(answer_has(s, "FormattedValue"));
}

static void rows_leave_out_nulls_and_always_have_etag_and_key(void **state)
{
	struct served *s = *state;

	expect_status(s,
		      fetch(s, "accounts",
			    "<fetch top='1'><entity name='account'><attribute name='revenue'/>"
			    "<filter><condition attribute='name' operator='eq' value='gamma'/>"
			    "</filter></entity></fetch>"),
		      200);
	assert_string_equal(joined(s, "revenue"), "-");
	assert_string_equal(joined(s, "accountid"), ID("3"));
	assert_true(strncmp(joined(s, "@odata.etag"), "W/\"", 3) == 0);
	/* money comes with its currency, and a lookup stands there three times (facts/webapi.md 4.6) */
	assert_true(answer_has(s, "$metadata#accounts(revenue,_transactioncurrencyid_value,"
				  "transactioncurrencyid,accountid,transactioncurrencyid())"));
}

static void wrong_queries_say_what_is_wrong(void **state)
{
	static const struct {
		const char *xml;
		int status;
		const char *code;
	} cases[] = {
		{ "<fetch><entity name='nothing'/></fetch>", 400, "0x80041102" },
		{ "<fetch><entity name='contact'/></fetch>", 400, "0x80041128" },
		{ "<fetch><entity name='account'><attribute name='nothing'/></entity></fetch>", 400,
		  "0x80041103" },
		{ "<fetch><entity name='account'><order attribute='nothing'/></entity></fetch>",
		  400, "0x80041103" },
		{ "<fetch><entity name='account'>" WHERE(
			  "attribute='nothing' operator='null'") "</entity></fetch>",
		  400, "0x80041103" },
		{ "<fetch><entity name='account'>" WHERE(
			  "entityname='x' attribute='name' operator='null'") "</entity></fetch>",
		  400, "0x8004110a" },
		{ "<fetch><entity name='account'>" WHERE(
			  "attribute='revenue' operator='eq' value='much'") "</entity></fetch>",
		  400, "0x80040203" },
		{ "<fetch><entity name='account'>" WHERE(
			  "attribute='accountid' operator='eq' value='1'") "</entity></fetch>",
		  400, "0x80040203" },
		{ "<fetch><entity name='account'>" WHERE(
			  "attribute='accountid' operator='like' value='%'") "</entity></fetch>",
		  400, "0x80041120" },
		{ "<fetch><entity name='account'><attribute name='name' alias='accountid'/>"
		  "</entity></fetch>",
		  400, "0x80041130" },
		{ "<fetch><entity name='account'><link-entity name='contact'/></entity></fetch>",
		  400, "0x80041111" },
		{ "<fetch><entity name='account'><link-entity name='contact' from='lastname' "
		  "to='accountid'/></entity></fetch>",
		  400, "0x80041111" },
		{ "<fetch page='11'><entity name='account'/></fetch>", 400, "0x8004430a" },
		{ "<fetch page='2' paging-cookie='&lt;cookie page=\"1\"&gt;&lt;name last=\"x\" "
		  "first=\"x\" /&gt;&lt;/cookie&gt;'><entity name='account'/></fetch>",
		  400, "0x80041129" },
	};
	struct served *s = *state;

	for (size_t i = 0; i < COUNT_OF(cases); i++)
		expect_code(s, fetch(s, "accounts", cases[i].xml), cases[i].status, cases[i].code);
	/* whatever is no FetchXML is the caller's fault too */
	expect_status(s, fetch(s, "accounts", "<fetch><entity name='account'>"), 400);
}

/* One page after the other as clients do it: each cookie from the answer before. */
static const char *read_pages(struct served *s, const char *order, unsigned count, unsigned *pages)
{
	DEFER(buf_release) struct buf all = buf_make(0);
	struct str cookie = S("");

	for (unsigned page = 1; page < 10; page++) {
		DEFER(buf_release) struct buf escaped = buf_make(0);
		const struct str parts[] = { S("&"),    S("&amp;"), S("<"),
					     S("&lt;"), S("\""),    S("&quot;") };

		for (size_t i = 0; i < cookie.n; i++) {
			struct str c = str_sub(cookie, i, 1);

			for (size_t k = 0; k < COUNT_OF(parts); k += 2) {
				if (str_eq(c, parts[k]))
					c = parts[k + 1];
			}
			buf_add(&escaped, c);
		}
		with_header(s, "Prefer",
			    "odata.include-annotations=\"Microsoft.Dynamics.CRM."
			    "fetchxmlpagingcookie,Microsoft.Dynamics.CRM.morerecords\"");
		expect_status(
			s,
			fetch(s, "accounts",
			      str_cstr(&s->arena,
				       str_fmt(&s->arena,
					       "<fetch count='%u' page='%u' paging-cookie=\"%.*s\">"
					       "<entity name='account'><attribute name='name'/>%s"
					       "</entity></fetch>",
					       count, page, STR_ARG(buf_str(&escaped)), order))),
			200);
		*pages = page;
		buf_add(&all, page > 1 ? S("|") : S(""));
		buf_add(&all, str_from(joined(s, "name")));

		const struct json *body = answer_json(s);
		const struct json *more = json_get(body, S("@Microsoft.Dynamics.CRM.morerecords"));
		struct str annotation =
			json_text(body, S("@Microsoft.Dynamics.CRM.fetchxmlpagingcookie"));

		assert_true((more != NULL) == (annotation.n > 0));
		if (!more)
			break;
		assert_true(more->yes);
		assert_true(fetch_cookie_from_annotation(&s->arena, annotation, &cookie));
		assert_true(str_starts(cookie, S("<cookie page=\"")));
	}
	return str_cstr(&s->arena, buf_str(&all));
}

static void pages_together_are_the_whole(void **state)
{
	struct served *s = *state;
	unsigned pages;

	assert_string_equal(read_pages(s, "", 2, &pages), ALL);
	assert_int_equal(pages, 3);
	assert_string_equal(read_pages(s, "", 5, &pages), ALL);
	assert_int_equal(pages, 1);
	assert_string_equal(
		read_pages(s, "<order attribute='accountid' descending='1'/>", 2, &pages),
		"\xc3\x89mile|delta 50%|Gamma|beta|Alpha");
	assert_string_equal(read_pages(s, "<order attribute='name'/>", 2, &pages),
			    "Alpha|beta|delta 50%|\xc3\x89mile|Gamma");
	/* the order's column is null in some rows */
	assert_string_equal(read_pages(s, "<order attribute='revenue'/>", 1, &pages),
			    "Gamma|\xc3\x89mile|beta|Alpha|delta 50%");
	assert_int_equal(pages, 5);
}

static void a_cookie_holds_the_ends_of_its_page(void **state)
{
	struct served *s = *state;
	struct str cookie;

	with_header(s, "Prefer", "odata.include-annotations=\"*\"");
	expect_status(s,
		      fetch(s, "accounts",
			    "<fetch count='2' returntotalrecordcount='true'>"
			    "<entity name='account'><attribute name='name'/>"
			    "<order attribute='name'/></entity></fetch>"),
		      200);
	assert_true(fetch_cookie_from_annotation(
		&s->arena,
		json_text(answer_json(s), S("@Microsoft.Dynamics.CRM.fetchxmlpagingcookie")),
		&cookie));
	assert_string_equal(str_cstr(&s->arena, cookie),
			    "<cookie page=\"1\"><name last=\"beta\" first=\"Alpha\" />"
			    "<accountid last=\"{" ID("2") "}\" first=\"{" ID("1") "}\" />"
										  "</cookie>");
	assert_int_equal(json_int(answer_json(s), S("@Microsoft.Dynamics.CRM.totalrecordcount"), 0),
			 5);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(conditions_find_the_rows_that_the_platform_finds),
		cmocka_unit_test(negations_find_rows_without_a_value_too),
		cmocka_unit_test(filters_nest),
		cmocka_unit_test(links_join_inner_outer_and_as_existence),
		cmocka_unit_test(five_links_deep),
		cmocka_unit_test(rows_come_in_the_order_asked_for),
		cmocka_unit_test(useraworderby_orders_choices_by_number),
		cmocka_unit_test(sets_of_choices_are_asked_for_their_members),
		cmocka_unit_test(distinct_is_about_the_columns_asked_for),
		cmocka_unit_test(linked_columns_come_with_their_alias),
		cmocka_unit_test(lookups_tell_table_navigation_and_name_when_asked),
		cmocka_unit_test(rows_leave_out_nulls_and_always_have_etag_and_key),
		cmocka_unit_test(wrong_queries_say_what_is_wrong),
		cmocka_unit_test(pages_together_are_the_whole),
		cmocka_unit_test(a_cookie_holds_the_ends_of_its_page),
	};

	return cmocka_run_group_tests(tests, setup, served_teardown);
}
