/* SPDX-License-Identifier: MIT */
/*
 * Reading rows by OData's query options (facts/webapi.md 4.1 to 4.5), asked through the service. Which rows
 * a filter finds is told by tests/cases/odata, too.
 */
#include "served.h"

#define ID(n) "00000000-0000-4000-8000-00000000000" n

/* The ids stand in the order in which rows come when nobody orders them. */
static const struct {
	const char *set, *body;
} rows[] = {
	{ "accounts",
	  "{\"accountid\":\"" ID("1") "\",\"name\":\"Alpha\",\"numberofemployees\":10,"
				      "\"revenue\":100.50,\"customertypecode\":12,"
				      "\"creditonhold\":true,\"address1_latitude\":1.5,"
				      "\"lastonholdtime\":\"2024-01-01T00:00:00Z\","
				      "\"description\":\"caf\xc3\xa9\",\"telephone1\":\"alpha\"}" },
	{ "accounts", "{\"accountid\":\"" ID("2") "\",\"name\":\"beta\",\"numberofemployees\":20,"
						  "\"revenue\":99,\"customertypecode\":11,"
						  "\"address1_latitude\":10,\"creditonhold\":false,"
						  "\"lastonholdtime\":\"2024-01-01T12:00:00Z\","
						  "\"description\":\"CAFE\"}" },
	{ "accounts",
	  "{\"accountid\":\"" ID("3") "\",\"name\":\"Gamma\","
				      "\"parentaccountid@odata.bind\":\"accounts(" ID("1") ")\"}" },
	{ "accounts",
	  "{\"accountid\":\"" ID("4") "\",\"name\":\"delta 50%\","
				      "\"numberofemployees\":5,\"revenue\":1000,"
				      "\"customertypecode\":6,"
				      "\"parentaccountid@odata.bind\":\"accounts(" ID("2") ")\"}" },
	{ "accounts",
	  "{\"accountid\":\"" ID("5") "\",\"name\":\"\xc3\x89mile\","
				      "\"numberofemployees\":20,"
				      "\"customertypecode\":5,"
				      "\"parentaccountid@odata.bind\":\"accounts(" ID("3") ")\"}" },
	{ "contacts", "{\"contactid\":\"" ID("6") "\",\"lastname\":\"Zoe\","
						  "\"birthdate\":\"1990-05-06\","
						  "\"parentcustomerid_account@odata.bind\":"
						  "\"accounts(" ID("1") ")\"}" },
	{ "contacts", "{\"contactid\":\"" ID("7") "\",\"lastname\":\"Adam\",\"firstname\":\"Adam\","
						  "\"parentcustomerid_account@odata.bind\":"
						  "\"accounts(" ID("1") ")\"}" },
	{ "contacts", "{\"contactid\":\"" ID("8") "\",\"lastname\":\"Zoe\","
						  "\"parentcustomerid_account@odata.bind\":"
						  "\"accounts(" ID("2") ")\"}" },
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

/* <path>?<name>=<value, encoded><rest> */
static int get(struct served *s, const char *path, const char *name, const char *value,
	       const char *rest)
{
	DEFER(buf_release) struct buf url = buf_make(0);

	buf_add_fmt(&url, "%s?%s=", path, name);
	url_encode(&url, str_from(value));
	buf_add(&url, str_from(rest));
	return ask_str(s, METHOD_GET, buf_str(&url), NULL);
}

struct wanted {
	const char *filter;
	const char *names;
};

static void expect_accounts(struct served *s, const struct wanted *cases, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (get(s, "accounts", "$filter", cases[i].filter, "&$select=name") != 200)
			fail_msg("%s: %.*s", cases[i].filter, STR_ARG(s->answer.body));
		if (strcmp(joined(s, "name"), cases[i].names) != 0)
			fail_msg("%s: %s instead of %s", cases[i].filter, joined(s, "name"),
				 cases[i].names);
	}
}

#define ALL "Alpha|beta|Gamma|delta 50%|\xc3\x89mile"

static void filters_find_the_rows_that_the_platform_finds(void **state)
{
	static const struct wanted cases[] = {
		{ "name eq 'ALPHA'", "Alpha" },
		{ "description eq 'Cafe'", "Alpha|beta" },
		{ "contains(name,'a')", "Alpha|beta|Gamma|delta 50%" },
		{ "startswith(name,'be')", "beta" },
		{ "endswith(name,'MMA')", "Gamma" },
		/* wildcards are live */
		{ "startswith(name,'%a')", "Alpha|beta|Gamma|delta 50%" },
		{ "contains(name,'[%]')", "delta 50%" },
		{ "contains(name,'_eta')", "beta" },
		{ "numberofemployees gt 10", "beta|\xc3\x89mile" },
		{ "numberofemployees ge 10", "Alpha|beta|\xc3\x89mile" },
		{ "numberofemployees lt 10", "delta 50%" },
		{ "10 gt numberofemployees", "delta 50%" },
		{ "numberofemployees le 10", "Alpha|delta 50%" },
		{ "revenue gt 100.5", "delta 50%" },
		{ "address1_latitude gt 2", "beta" },
		{ "lastonholdtime eq 2024-01-01", "Alpha" },
		{ "lastonholdtime gt 2024-01-01T12:00:00+01:00", "beta" },
		{ "creditonhold eq true", "Alpha" },
		{ "creditonhold", "Alpha" },
		{ "accountid eq " ID("3"), "Gamma" },
		{ "_parentaccountid_value eq " ID("1"), "Gamma" },
		{ "_parentaccountid_value eq '" ID("1") "'", "Gamma" },
		{ "_parentaccountid_value eq null", "Alpha|beta" },
		{ "_parentaccountid_value ne null", "Gamma|delta 50%|\xc3\x89mile" },
		{ "customertypecode eq 5 or customertypecode eq 6", "delta 50%|\xc3\x89mile" },
		{ "name eq telephone1", "Alpha" },
		{ "description eq ''", "Gamma|delta 50%|\xc3\x89mile" },
		{ "description ne ''", "Alpha|beta" },
		{ "numberofemployees gt null", "" },
		{ "true", ALL },
		{ "false or name eq 'beta'", "beta" },
		{ "not true", "" },
	};

	expect_accounts(*state, cases, COUNT_OF(cases));
}

/* facts/webapi.md 4.2, 4.7 "Null rule" */
static void not_goes_down_to_the_conditions_where_negations_match_null(void **state)
{
	static const struct wanted cases[] = {
		{ "numberofemployees ne 20", "Alpha|Gamma|delta 50%" },
		{ "not (numberofemployees eq 20)", "Alpha|Gamma|delta 50%" },
		{ "not (numberofemployees ne 20)", "beta|\xc3\x89mile" },
		{ "not (numberofemployees gt 10)", "Alpha|delta 50%" },
		{ "not contains(description,'caf')", "Gamma|delta 50%|\xc3\x89mile" },
		{ "not startswith(description,'caf')", "Gamma|delta 50%|\xc3\x89mile" },
		{ "not endswith(description,'fe')", "Gamma|delta 50%|\xc3\x89mile" },
		{ "not (description eq null)", "Alpha|beta" },
		{ "not (numberofemployees eq 20 or name eq 'Alpha')", "Gamma|delta 50%" },
		{ "not (numberofemployees eq 20 and name eq 'beta')",
		  "Alpha|Gamma|delta 50%|\xc3\x89mile" },
		{ "not (not (numberofemployees eq 5))", "delta 50%" },
	};

	expect_accounts(*state, cases, COUNT_OF(cases));
}

static void query_functions_are_operators(void **state)
{
#define CRM(rest) "Microsoft.Dynamics.CRM." rest
	static const struct wanted cases[] = {
		{ CRM("In(PropertyName='customertypecode',PropertyValues=['5','6'])"),
		  "delta 50%|\xc3\x89mile" },
		{ CRM("NotIn(PropertyName='numberofemployees',PropertyValues=[\"5\",\"10\"])"),
		  "beta|Gamma|\xc3\x89mile" },
		{ CRM("Between(PropertyName='numberofemployees',PropertyValues=[\"5\",\"10\"])"),
		  "Alpha|delta 50%" },
		{ CRM("On(PropertyName='lastonholdtime',PropertyValue='2024-01-01')"),
		  "Alpha|beta" },
		{ CRM("OnOrBefore(PropertyName='lastonholdtime',PropertyValue='2023-12-31')"), "" },
		{ CRM("EqualUserId(PropertyName='ownerid') and name eq 'beta'"), "beta" },
		{ CRM("Today(PropertyName='createdon') and name eq 'beta'"), "beta" },
		{ "name eq 'Alpha' or " CRM(
			  "In(PropertyName='parentaccountid',PropertyValues=[\"" ID("1") "\"])"),
		  "Alpha|Gamma" },
	};

	expect_accounts(*state, cases, COUNT_OF(cases));
	expect_status(*state,
		      get(*state, "msdyn_operatinghours", "$filter",
			  CRM("ContainValues(PropertyName='msdyn_oc_daysofweek',"
			      "PropertyValues=[\"192350001\",\"192350003\"])"),
			  "&$select=msdyn_name"),
		      200);
	assert_string_equal(joined(*state, "msdyn_name"), "T-weekdays");
}

static void aliases_are_options_of_the_url(void **state)
{
	struct served *s = *state;

	expect_status(s,
		      get(s, "accounts", "$filter", "@c gt @n",
			  "&@c=numberofemployees&@n=10&$orderby=@o%20desc&@o=name&$select=name"),
		      200);
	assert_string_equal(joined(s, "name"), "\xc3\x89mile|beta");
}

static void rows_come_in_the_order_asked_for(void **state)
{
	static const struct wanted cases[] = {
		{ "name", "Alpha|beta|delta 50%|\xc3\x89mile|Gamma" },
		{ "name desc", "Gamma|\xc3\x89mile|delta 50%|beta|Alpha" },
		{ "numberofemployees desc,name", "beta|\xc3\x89mile|Alpha|delta 50%|Gamma" },
		/* choices by their number (facts/webapi.md 4.1) */
		{ "customertypecode", "Gamma|\xc3\x89mile|delta 50%|beta|Alpha" },
		{ "parentaccountid/name desc,name desc",
		  "\xc3\x89mile|delta 50%|Gamma|beta|Alpha" },
		{ "accountid desc", "\xc3\x89mile|delta 50%|Gamma|beta|Alpha" },
	};
	struct served *s = *state;

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		expect_status(s, get(s, "accounts", "$orderby", cases[i].filter, "&$select=name"),
			      200);
		if (strcmp(joined(s, "name"), cases[i].names) != 0)
			fail_msg("%s: %s", cases[i].filter, joined(s, "name"));
	}
	expect_status(s, ask(s, METHOD_GET, "accounts?$select=name&$top=2", NULL), 200);
	assert_string_equal(joined(s, "name"), "Alpha|beta");
	assert_false(answer_has(s, "nextLink"));
}

static void answers_hold_what_was_selected_and_the_key(void **state)
{
	struct served *s = *state;
	const struct json *row;

	expect_status(
		s, ask(s, METHOD_GET, "accounts?$select=name,_parentaccountid_value&$top=1", NULL),
		200);
	assert_true(answer_has(s, "$metadata#accounts(name,_parentaccountid_value)\""));
	row = &json_get(answer_json(s), S("value"))->items[0];
	assert_int_equal(row->n, 4);
	assert_true(str_eq(row->members[0].name, S("@odata.etag")));
	assert_true(str_eq(row->members[1].name, S("name")));
	/* OData tells nulls */
	assert_int_equal(json_get(row, S("_parentaccountid_value"))->kind, JSON_NULL);
	assert_true(str_eq(row->members[3].name, S("accountid")));

	expect_status(s, ask(s, METHOD_GET, "accounts?$select=revenue&$top=1", NULL), 200);
	assert_true(answer_has(s, "$metadata#accounts(revenue)\""));
	assert_string_not_equal(joined(s, "_transactioncurrencyid_value"), "-");

	expect_status(s, ask(s, METHOD_GET, "accounts?$top=1", NULL), 200);
	assert_true(answer_has(s, "$metadata#accounts\""));
	assert_true(answer_has(s, "\"telephone2\":null"));
}

static void one_row_is_read_by_its_id(void **state)
{
	struct served *s = *state;
	const char *etag;

	expect_status(s, ask(s, METHOD_GET, "accounts(" ID("2") ")?$select=name", NULL), 200);
	assert_true(answer_has(s, "$metadata#accounts(name)/$entity\""));
	etag = str_cstr(&s->arena, json_text(answer_json(s), S("@odata.etag")));
	assert_true(answer_has(s, "\"name\":\"beta\",\"accountid\""));

	with_header(s, "If-None-Match", etag);
	expect_status(s, ask(s, METHOD_GET, "accounts(" ID("2") ")?$select=name", NULL), 304);
	assert_int_equal(s->answer.body.n, 0);
	with_header(s, "If-None-Match", "W/\"1\"");
	expect_status(s, ask(s, METHOD_GET, "accounts(" ID("2") ")?$select=name", NULL), 200);
	with_header(s, "If-None-Match", "null");
	expect_status(s, ask(s, METHOD_GET, "accounts(" ID("2") ")?$select=name", NULL), 200);
	with_header(s, "If-None-Match", etag);
	with_header(s, "Prefer", "odata.include-annotations=\"*\"");
	expect_status(s, ask(s, METHOD_GET, "accounts(" ID("2") ")?$select=name", NULL), 200);

	expect_code(s, ask(s, METHOD_GET, "accounts(" ID("9") ")", NULL), 404, "0x80040217");
	assert_true(answer_has(s, "Entity 'account' With Id = " ID("9") " Does Not Exist"));
}

/* What stands behind the root in the link to the next page. */
static const char *next_link(struct served *s)
{
	struct str link = json_text(answer_json(s), S("@odata.nextLink"));
	size_t at = str_find(link, S("/accounts?"));

	return at == STR_NONE ? NULL : str_cstr(&s->arena, str_skip(link, at + 1));
}

/* All pages of two, "|" between rows and "/" between pages. */
static const char *paged(struct served *s, const char *target)
{
	DEFER(buf_release) struct buf b = buf_make(0);

	for (int page = 0; target; page++) {
		assert_true(page < 10);
		with_header(s, "Prefer", "odata.maxpagesize=2");
		expect_status(s, ask(s, METHOD_GET, target, NULL), 200);
		assert_string_equal(answer_header(s, "Preference-Applied"), "odata.maxpagesize=2");
		buf_add_fmt(&b, "%s%s", page > 0 ? "/" : "", joined(s, "name"));
		target = next_link(s);
	}
	return str_cstr(&s->arena, buf_str(&b));
}

static void pages_are_followed_by_their_links(void **state)
{
	struct served *s = *state;
	static const char *const cases[][2] = {
		{ "accounts?$select=name", "Alpha|beta/Gamma|delta 50%/\xc3\x89mile" },
		/* $top does not count beside odata.maxpagesize */
		{ "accounts?$select=name&$top=1", "Alpha|beta/Gamma|delta 50%/\xc3\x89mile" },
		{ "accounts?$select=name&$orderby=numberofemployees%20desc,name",
		  "beta|\xc3\x89mile/Alpha|delta 50%/Gamma" },
		{ "accounts?$select=name&$orderby=description,name%20desc",
		  "Gamma|\xc3\x89mile/delta 50%|beta/Alpha" },
		{ "accounts?$select=name&$filter=contains(name,%27a%27)&$orderby=revenue%20desc",
		  "delta 50%|Alpha/beta|Gamma" },
		{ "accounts?$select=name&$orderby=parentaccountid/name%20desc,name",
		  "\xc3\x89mile|delta 50%/Gamma|Alpha/beta" },
		{ "accounts?$filter=name%20eq%20%27beta%27", "beta" },
	};

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		if (strcmp(paged(s, cases[i][0]), cases[i][1]) != 0)
			fail_msg("%s: %s", cases[i][0], paged(s, cases[i][0]));
	}
}

/* facts/webapi.md 4.3, to the letter */
static void links_have_the_platform_s_form(void **state)
{
	struct served *s = *state;

	with_header(s, "Prefer", "odata.maxpagesize=2");
	expect_status(s, ask(s, METHOD_GET, "accounts?$select=name", NULL), 200);
	assert_string_equal(
		next_link(s),
		"accounts?$select=name&$skiptoken=%3Ccookie%20pagenumber=%222%22%20pagingcookie="
		"%22%253ccookie%2520page%253d%25221%2522%253e%253caccountid%2520last%253d%2522"
		"%257b" ID("2") "%257d%2522%2520first%253d%2522%257b" ID(
			"1") "%257d%2522%2520%252f%253e%253c%252fcookie%253e%22%20istracking="
			     "%22False%22%20/%3E");
	with_header(s, "Prefer", "odata.maxpagesize=2");
	expect_status(s, ask(s, METHOD_GET, "accounts", NULL), 200);
	assert_true(str_starts(str_from(next_link(s)), S("accounts?$skiptoken=%3Ccookie")));
}

static void broken_tokens_are_refused(void **state)
{
	static const char *const tokens[] = {
		"x",
		"%3Ccookie%20/%3E",
		"%3Ccookie%20pagenumber=%220%22%20/%3E",
		"%3Ccookie%20pagenumber=%222%22%20pagingcookie=%22x%22%20/%3E",
		("%3Ccookie%20pagenumber=%222%22%20pagingcookie=%22%253ccookie%2520page%253d%25221"
		 "%2522%253e%253c%252fcookie%253e%22%20/%3E"),
	};
	struct served *s = *state;

	for (size_t i = 0; i < COUNT_OF(tokens); i++) {
		struct str target = str_fmt(&s->arena, "accounts?$skiptoken=%s", tokens[i]);

		expect_status(s, ask_str(s, METHOD_GET, target, NULL), 400);
	}
}

static void rows_are_counted(void **state)
{
	struct served *s = *state;

	with_header(s, "Prefer", "odata.maxpagesize=2");
	expect_status(s,
		      ask(s, METHOD_GET,
			  "accounts?$select=name&$count=true&$filter="
			  "contains(name,%27a%27)",
			  NULL),
		      200);
	assert_int_equal(json_int(answer_json(s), S("@odata.count"), -1), 4);
	assert_string_equal(joined(s, "name"), "Alpha|beta");
	assert_true(answer_has(s, "\"@odata.count\":4,\"value\""));

	expect_status(s, ask(s, METHOD_GET, "accounts/$count", NULL), 200);
	assert_true(str_eq(s->answer.body, S("5")));
	assert_string_equal(answer_header(s, "Content-Type"), "text/plain");
	expect_status(
		s, ask(s, METHOD_GET, "accounts/$count?$filter=numberofemployees%20eq%2020", NULL),
		200);
	assert_true(str_eq(s->answer.body, S("2")));

	with_header(s, "Prefer", "odata.include-annotations=\"*\"");
	expect_status(s, ask(s, METHOD_GET, "accounts?$select=name", NULL), 200);
	assert_int_equal(json_int(answer_json(s), S("@Microsoft.Dynamics.CRM.totalrecordcount"), 0),
			 -1);
	with_header(s, "Prefer", "odata.include-annotations=\"*\"");
	expect_status(s, ask(s, METHOD_GET, "accounts?$select=name&$count=true", NULL), 200);
	assert_int_equal(json_int(answer_json(s), S("@Microsoft.Dynamics.CRM.totalrecordcount"), 0),
			 5);
}

static void apply_groups_and_aggregates(void **state)
{
	struct served *s = *state;

	expect_status(s,
		      get(s, "accounts", "$apply",
			  "groupby((numberofemployees),aggregate($count as n,revenue with max as "
			  "most))",
			  ""),
		      200);
	assert_true(answer_has(s, "$metadata#accounts\""));
	assert_false(answer_has(s, "etag"));
	assert_false(answer_has(s, "accountid"));
	assert_string_equal(joined(s, "numberofemployees"), "-|5|10|20");
	assert_string_equal(joined(s, "n"), "1|1|1|2");

	expect_status(s,
		      get(s, "accounts", "$apply",
			  "filter(numberofemployees gt 5)/aggregate(numberofemployees with sum as "
			  "total,numberofemployees with average as mean)",
			  ""),
		      200);
	assert_string_equal(joined(s, "total"), "50");
	assert_string_equal(joined(s, "mean"), "16");

	expect_status(s,
		      get(s, "contacts", "$apply",
			  "filter(lastname eq 'zoe')/groupby((parentcustomerid_account/name))", ""),
		      200);
	assert_string_equal(joined(s, "account_name"), "Alpha|beta");
	expect_status(s, get(s, "accounts", "$apply", "groupby((_parentaccountid_value))", ""),
		      200);
	assert_string_equal(joined(s, "_parentaccountid_value"),
			    "-|" ID("1") "|" ID("2") "|" ID("3"));
}

static void wrong_questions_are_refused(void **state)
{
	static const char *const cases[][3] = {
		{ "$filter", "nam eq 'x'",
		  "Could not find a property named 'nam' on type 'Microsoft.Dynamics.CRM.account'." },
		{ "$filter", "Name eq 'x'", "Could not find a property named 'Name'" },
		{ "$filter", "parentaccountid eq null", "Could not find a property" },
		{ "$filter", "ownerid/fullname eq 'x'", "Could not find a property" },
		{ "$filter", "parentaccountid/x eq 'x'", "Could not find a property named 'x'" },
		{ "$filter", "name eq 5", "'Edm.String' and 'Edm.Int32'" },
		{ "$filter", "numberofemployees eq '5'", "'Edm.Int32' and 'Edm.String'" },
		{ "$filter", "createdon gt '2020-01-01'", "'Edm.DateTimeOffset' and 'Edm.String'" },
		{ "$filter", "creditonhold eq 1", "'Edm.Boolean' and 'Edm.Int32'" },
		{ "$filter", "name eq numberofemployees", "'Edm.String' and 'Edm.Int32'" },
		{ "$filter", "parentaccountid/name eq name", "same row" },
		{ "$filter", "contains(numberofemployees,'5')", "contains" },
		{ "$filter", "lastname eq 'O'Bryan'", "unterminated literal at position 21" },
		{ "$filter", "parentaccountid/any(a:a/name eq 'x')", "collection" },
		{ "$filter", "nothing/any(a:a/name eq 'x')", "Could not find a property" },
		{ "$filter", "parentaccountid/contact_customer_accounts/any()", "any and all" },
		{ "$filter", "contact_customer_accounts/any(c:name eq 'x')", "is about 'c'" },
		{ "$filter", "Microsoft.Dynamics.CRM.Nothing(PropertyName='name')",
		  "unknown function" },
		{ "$filter", "Microsoft.Dynamics.CRM.LastXDays(PropertyName='createdon')",
		  "values" },
		{ "$filter", "not Microsoft.Dynamics.CRM.Today(PropertyName='createdon')", "not" },
		{ "$select", "ownerid", "'_ownerid_value' can" },
		{ "$select", "nothing", "Could not find a property" },
		{ "$select", "parentaccountid/name", "Could not find a property" },
		{ "$orderby", "nothing", "Could not find a property" },
		{ "$top", "x", "non-negative integer" },
		{ "$skip", "1", "Skip Clause is not supported in CRM" },
		{ "$search", "x", "not supported" },
		{ "$format", "json", "not supported" },
		{ "$Filter", "name eq 'x'", "not supported" },
		{ "$apply", "groupby((name))/aggregate($count as n)", "not supported" },
		{ "$apply", "aggregate(name with countdistinct as n)", "not supported" },
		{ "$apply", "groupby((createdon))", "not supported" },
		{ "$apply", "topcount(2,revenue)", "not supported" },
		{ "$apply", "", "not supported" },
		{ "$apply", "groupby((name),aggregate($count as n))&$orderby=n", "not supported" },
	};
	struct served *s = *state;

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		int status = get(s, "accounts", cases[i][0], cases[i][1], "");

		if (status != 400 || !answer_has(s, "0x80060888") || !answer_has(s, cases[i][2]))
			fail_msg("%s=%s: %d %.*s", cases[i][0], cases[i][1], status,
				 STR_ARG(s->answer.body));
	}
	expect_code(s, ask(s, METHOD_GET, "nothings?$select=name", NULL), 404, "0x80060888");
}

/* What a message quotes is cut somewhere. */
static void errors_are_utf8_whatever_they_quote(void **state)
{
	struct served *s = *state;
	struct str quoted = S("name eq \xc3\xa9");

	for (size_t i = 0; i < 4; i++) {
		DEFER(buf_release) struct buf b = buf_make(0);

		for (size_t k = 0; k < i; k++)
			buf_add_char(&b, ' ');
		for (size_t k = 0; k < 300; k++)
			buf_add(&b, quoted);
		expect_code(s, get(s, "accounts", "$filter", str_cstr(&s->arena, buf_str(&b)), ""),
			    400, "0x80060888");
		assert_true(str_is_utf8(s->answer.body));
	}
}

static void accept_says_how_much_is_told_about_the_data(void **state)
{
	struct served *s = *state;

	with_header(s, "Accept", "application/json;odata.metadata=none");
	with_header(s, "Prefer", "odata.maxpagesize=1");
	expect_status(s, ask(s, METHOD_GET, "accounts?$select=name&$count=true", NULL), 200);
	assert_string_equal(answer_header(s, "Content-Type"),
			    "application/json; odata.metadata=none");
	assert_false(answer_has(s, "@odata.context"));
	assert_false(answer_has(s, "@odata.etag"));
	assert_true(answer_has(s, "@odata.nextLink"));
	assert_true(answer_has(s, "@odata.count"));
	with_header(s, "Accept", "application/json; odata.metadata=full");
	expect_status(s, ask(s, METHOD_GET, "accounts(" ID("2") ")?$select=name,revenue", NULL),
		      200);
	assert_string_equal(answer_header(s, "Content-Type"),
			    "application/json; odata.metadata=full");
	assert_true(answer_has(s, "\"@odata.type\":\"#Microsoft.Dynamics.CRM.account\""));
	assert_true(answer_has(s, "/accounts(" ID("2") ")\",\"@odata.editLink\":\"accounts("));
	assert_true(answer_has(s, "\"revenue@odata.type\":\"#Decimal\",\"revenue\":99"));
	assert_true(answer_has(s, "\"accountid@odata.type\":\"#Guid\""));
	assert_false(answer_has(s, "name@odata.type"));
	with_header(s, "Accept", "application/json");
	expect_status(s, ask(s, METHOD_GET, "accounts?$select=name&$top=1", NULL), 200);
	assert_string_equal(answer_header(s, "Content-Type"),
			    "application/json; odata.metadata=minimal");
	assert_true(answer_has(s, "@odata.etag"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(filters_find_the_rows_that_the_platform_finds),
		cmocka_unit_test(not_goes_down_to_the_conditions_where_negations_match_null),
		cmocka_unit_test(query_functions_are_operators),
		cmocka_unit_test(aliases_are_options_of_the_url),
		cmocka_unit_test(rows_come_in_the_order_asked_for),
		cmocka_unit_test(answers_hold_what_was_selected_and_the_key),
		cmocka_unit_test(one_row_is_read_by_its_id),
		cmocka_unit_test(pages_are_followed_by_their_links),
		cmocka_unit_test(links_have_the_platform_s_form),
		cmocka_unit_test(broken_tokens_are_refused),
		cmocka_unit_test(rows_are_counted),
		cmocka_unit_test(apply_groups_and_aggregates),
		cmocka_unit_test(wrong_questions_are_refused),
		cmocka_unit_test(errors_are_utf8_whatever_they_quote),
		cmocka_unit_test(accept_says_how_much_is_told_about_the_data),
	};

	return cmocka_run_group_tests(tests, setup, served_teardown);
}
