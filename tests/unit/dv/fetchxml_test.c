/* SPDX-License-Identifier: MIT */
/*
 * FetchXML. The operators and their numbers of values are copied from the platform's documentation
 * (facts/webapi.md 4.7).
 */
#include "dv/fetchxml.h"

#include "fetch_same.h"

#include "base/limits.h"
#include "base/sink.h"
#include "io/xml.h"

static const char FULL[] =
	"<?xml version='1.0' encoding='utf-16'?>\n"
	"<fetch version='1.0' mapping='logical' output-format='xml-platform' no-lock='1'\n"
	"  distinct='true' count='50' page='3' returntotalrecordcount='1' useraworderby='0'\n"
	"  paging-cookie='&lt;cookie page=\"2\"&gt;&lt;/cookie&gt;'>\n"
	" <entity name='queue'>\n"
	"  <attribute name='name'/><attribute name='name'/>\n"
	"  <attribute name='emailaddress' alias='mail'></attribute>\n"
	"  <order attribute='name' descending='1'/>\n"
	"  <!-- a remark -->\n"
	"  <filter type='or'>\n"
	"   <condition attribute='queueid' operator='in' value='' uiname='x' uitype='queue'>\n"
	"    <value uiname='A'>{1}</value><value><![CDATA[a&b]]></value>\n"
	"   </condition>\n"
	"   <filter><condition entityname='s' attribute='fullname' operator='neq'\n"
	"     valueof='mail'/></filter>\n"
	"  </filter>\n"
	"  <link-entity name='systemuser' from='systemuserid' to='createdby' alias='s'\n"
	"    link-type='outer' visible='false' intersect='false'><all-attributes/></link-entity>\n"
	" </entity>\n"
	"</fetch>\n";

static void a_query_is_read_in_full(void **state)
{
	(void)state;
	DEFER(arena_release) struct arena a = arena_make(0);
	struct fetch f;
	parse(&a, FULL, &f);
	assert_true(f.distinct && f.total_count && !f.raw_order && !f.aggregate);
	assert_int_equal(f.count, 50);
	assert_int_equal(f.page, 3);
	assert_int_equal(f.top, 0);
	expect_str(f.cookie, "<cookie page=\"2\"></cookie>");
	expect_str(f.entity.table, "queue");
	assert_int_equal(f.entity.line, 5);
	/* one property of the answer, however often it is asked for */
	assert_int_equal(f.entity.nattributes, 2);
	expect_str(f.entity.attributes[1].name, "emailaddress");
	expect_str(f.entity.attributes[1].alias, "mail");
	assert_int_equal(f.entity.norders, 1);
	assert_true(f.entity.orders[0].descending);
}

static void filters_and_links_are_read_in_full(void **state)
{
	(void)state;
	DEFER(arena_release) struct arena a = arena_make(0);
	struct fetch f;
	parse(&a, FULL, &f);
	assert_int_equal(f.entity.nfilters, 1);
	const struct fetch_filter *filter = &f.entity.filters[0];
	assert_true(filter->any);
	assert_int_equal(filter->nconditions, 1);
	assert_int_equal(filter->conditions[0].op, FETCH_IN);
	assert_int_equal(filter->conditions[0].line, 11);
	assert_int_equal(filter->conditions[0].nvalues, 2);
	expect_str(filter->conditions[0].values[0], "{1}");
	expect_str(filter->conditions[0].values[1], "a&b");
	assert_int_equal(filter->nfilters, 1);
	assert_false(filter->filters[0].any);
	assert_int_equal(filter->filters[0].conditions[0].op, FETCH_NE);
	expect_str(filter->filters[0].conditions[0].entity, "s");
	expect_str(filter->filters[0].conditions[0].value_of, "mail");
	assert_int_equal(f.entity.nlinks, 1);
	const struct fetch_node *link = &f.entity.links[0];
	expect_str(link->table, "systemuser");
	expect_str(link->from, "systemuserid");
	expect_str(link->to, "createdby");
	assert_int_equal(link->join, FETCH_OUTER);
	assert_true(link->all_attributes);
	check_round_trip(&a, &f);
}

/* Copied from the documentation: every operator and how many values it takes. */
static const struct {
	const char *words;
	int min;
	int max;
} OPERATORS[] = {
	{ "eq ne neq gt ge lt le like not-like begins-with not-begin-with ends-with not-end-with "
	  "above eq-or-above under eq-or-under not-under on on-or-before on-or-after "
	  "last-x-hours next-x-hours last-x-days next-x-days last-x-weeks next-x-weeks "
	  "last-x-months last-x-years next-x-months next-x-years "
	  "olderthan-x-minutes olderthan-x-hours olderthan-x-days olderthan-x-weeks "
	  "olderthan-x-months olderthan-x-years last-x-fiscal-years last-x-fiscal-periods "
	  "next-x-fiscal-years next-x-fiscal-periods in-fiscal-year in-fiscal-period",
	  1, 1 },
	{ "null not-null eq-userid ne-userid eq-userteams eq-useroruserteams "
	  "eq-useroruserhierarchy eq-useroruserhierarchyandteams eq-businessid ne-businessid "
	  "eq-userlanguage yesterday today tomorrow last-seven-days next-seven-days last-week "
	  "this-week next-week last-month this-month next-month last-year this-year next-year "
	  "this-fiscal-year last-fiscal-year next-fiscal-year this-fiscal-period "
	  "last-fiscal-period next-fiscal-period",
	  0, 0 },
	{ "in not-in contain-values not-contain-values", 1, 1000 },
	{ "between not-between in-fiscal-period-and-year in-or-after-fiscal-period-and-year "
	  "in-or-before-fiscal-period-and-year",
	  2, 2 },
};

static bool parse_operator(struct arena *a, struct str word, int values, struct err *e)
{
	DEFER(buf_release) struct buf b = buf_make(0);
	struct fetch f;
	buf_add_fmt(&b, "<fetch><entity name='t'><filter><condition attribute='c' operator='%.*s'>",
		    STR_ARG(word));
	for (int i = 0; i < values; i++)
		buf_add(&b, S("<value>1</value>"));
	buf_add(&b, S("</condition></filter></entity></fetch>"));
	if (!fetch_parse(a, buf_str(&b), "q", 1, &f, e))
		return false;
	check_round_trip(a, &f);
	const struct fetch_condition *c = &f.entity.filters[0].conditions[0];
	if (!str_eq(word, S("neq")))
		same(c->op_name, word);
	size_t min, max;
	fetch_op_arity(c->op, &min, &max);
	assert_true((size_t)values >= min && (size_t)values <= max);
	return true;
}

static void every_operator_takes_its_number_of_values(void **state)
{
	(void)state;
	DEFER(arena_release) struct arena a = arena_make(0);
	struct err e;
	for (size_t i = 0; i < COUNT_OF(OPERATORS); i++) {
		struct str_splitter words = str_splitter(str_from(OPERATORS[i].words));
		for (struct str word; str_split(&words, ' ', &word);) {
			for (int n = 0; n <= 3; n++) {
				bool fits = n >= OPERATORS[i].min && n <= OPERATORS[i].max;
				if (parse_operator(&a, word, n, &e) != fits)
					fail_msg("%.*s with %d values", STR_ARG(word), n);
			}
		}
	}
}

static void operators_that_engines_tell_apart_have_their_word(void **state)
{
	(void)state;
	static const char *const words[] = {
		"eq",
		"ne",
		"gt",
		"ge",
		"lt",
		"le",
		"null",
		"not-null",
		"in",
		"not-in",
		"between",
		"not-between",
		"like",
		"not-like",
		"begins-with",
		"not-begin-with",
		"ends-with",
		"not-end-with",
		"contain-values",
		"not-contain-values",
	};
	for (int op = 0; op < (int)COUNT_OF(words); op++)
		expect_str(fetch_op_word((enum fetch_op)op), words[op]);
	expect_str(fetch_op_word(FETCH_IN_OR_BEFORE_FISCAL_PERIOD_AND_YEAR),
		   "in-or-before-fiscal-period-and-year");
}

struct refusal {
	const char *text; /* inside <fetch><entity name='t'> when it does not start with <fetch */
	const char *message;
	uint32_t code;
};

static const struct refusal REFUSALS[] = {
	{ "<fetch", "q.xml:", 0 },
	{ "<filter type='and'/>", "q.xml:7: a <fetch> is expected, not <filter>", 0x8004111C },
	{ "<fetch/>", "<fetch> without <entity>", 0x80041123 },
	{ "<fetch><entity name='a'/><entity name='b'/></fetch>", "two <entity>", 0x8004111C },
	{ "<fetch><table/></fetch>", "<table> is not an element of <fetch>", 0x8004111C },
	{ "<fetch><entity/></fetch>", "<entity> without \"name\"", 0x8004111E },
	{ "<fetch topp='1'><entity name='a'/></fetch>", "<fetch> has no attribute \"topp\"", 0 },
	{ "<fetch distinct='yes'><entity name='a'/></fetch>", "distinct=\"yes\"", 0x80041115 },
	{ "<fetch useraworderby='TRUE'><entity name='a'/></fetch>", "\"TRUE\"", 0x800410FD },
	{ "<fetch no-lock=''><entity name='a'/></fetch>", "no-lock=\"\"", 0x80041118 },
	{ "<fetch top='0'><entity name='a'/></fetch>", "top=\"0\" is not a whole number",
	  0x8004110C },
	{ "<fetch top='5001'><entity name='a'/></fetch>", "from 1 to 5000", 0x8004110C },
	{ "<fetch count='x'><entity name='a'/></fetch>", "count=\"x\"", 0x8004110C },
	{ "<fetch page='-1'><entity name='a'/></fetch>", "page=\"-1\"", 0x8004110C },
	{ "<fetch page='4294967296'><entity name='a'/></fetch>", "page=", 0x8004110C },
	{ "<fetch top='5' page='1'><entity name='a'/></fetch>", "top excludes", 0 },
	{ "<fetch top='5' count='1'><entity name='a'/></fetch>", "top excludes", 0 },
	{ "<fetch top='5' returntotalrecordcount='1'><entity name='a'/></fetch>", "top excludes",
	  0 },
	{ "<fetch paging-cookie='x'><entity name='a'/></fetch>", "paging-cookie", 0x8004112A },
	{ "<fetch>words<entity name='a'/></fetch>", "\"words\"", 0 },
	{ "<link-entity name='a-b'/>", "\"a-b\" is not the name of a table", 0x80041102 },
	{ "<attribute/>", "<attribute> without \"name\"", 0x8004111E },
	{ "<attribute name='a' aggregate='sum'/>", "\"aggregate\"", 0x8004111A },
	{ "<attribute name='a' groupby='true'/>", "\"groupby\"", 0x8004111A },
	{ "<attribute name='a' dategrouping='day'/>", "\"dategrouping\"", 0x8004111A },
	{ "<attribute name='a' rowaggregate='CountChildren'/>", "needs an alias", 0x80041109 },
	{ "<attribute name='a' alias='b' rowaggregate='Count'/>", "is not CountChildren",
	  0x8004111A },
	{ "<attribute name='a' colour='1'/>", "no attribute \"colour\"", 0 },
	{ "<attribute name='a' alias='1a'/>", "alias \"1a\"", 0 },
	{ "<attribute name='a' alias=''/>", "alias \"\"", 0 },
	{ "<attribute name='a' alias='a b'/>", "alias \"a b\"", 0 },
	{ "<attribute name='a' alias='x'/><attribute name='b' alias='x'/>", "\"x\" comes twice",
	  0x80041130 },
	{ "<attribute name='a'><b/></attribute>", "<b> is not an element of <attribute>",
	  0x8004111C },
	{ "<order/>", "<order> without \"attribute\"", 0x80041133 },
	{ "<order alias='a'/>", "alias in aggregate queries only", 0x80041132 },
	{ "<order attribute='a' descending='desc'/>", "descending=\"desc\"", 0x80041119 },
	{ "<filter type='xor'/>", "\"xor\" is neither and nor or", 0x80041122 },
	{ "<filter kind='or'/>", "<filter> has no attribute \"kind\"", 0 },
	{ "<filter><condition operator='null'/></filter>", "<condition> without \"attribute\"",
	  0x8004111E },
	{ "<filter><condition attribute='a'/></filter>", "<condition> without \"operator\"",
	  0x8004111E },
	{ "<filter><condition attribute='a' operator='EQ' value='1'/></filter>",
	  "\"EQ\" is not an operator of FetchXML", 0x80041120 },
	{ "<filter><condition attribute='a' operator='null' value=''/></filter>",
	  "Condition operator 'Null' requires that no values are set. Values.Length: 1", 0 },
	{ "<filter><condition attribute='a' operator='ne'/></filter>",
	  "Attribute 'value' or 'valueof' must be specified for condition operator: NotEqual", 0 },
	{ "<filter><condition attribute='a' operator='between'><value>1</value></condition></filter>",
	  "operator between takes 2 values, not 1", 0 },
	{ "<filter><condition attribute='a' operator='in' valueof='b'/></filter>",
	  "operator in takes no valueof", 0 },
	{ "<filter><condition attribute='a' operator='eq' value='1' valueof='b'/></filter>",
	  "either values or valueof", 0 },
	{ "<filter><condition attribute='a' operator='in' value='1'><value>2</value></condition></filter>",
	  "either a value attribute or <value> elements", 0 },
	{ "<filter><condition attribute='a' operator='eq'><value><b/></value></condition></filter>",
	  "q.xml:", 0 },
	{ "<filter><condition attribute='a' operator='eq'><v/></condition></filter>",
	  "<v> is not an element of <condition>", 0x8004111C },
	{ "<filter><link-entity name='u' link-type='inner'/></filter>",
	  "a link-entity inside a filter needs the link-type", 0x80041117 },
	{ "<link-entity from='a' to='b'/>", "<link-entity> without \"name\"", 0x8004111E },
	{ "<link-entity name='u' from='a'/>", "only one of \"from\" and \"to\"", 0x80041111 },
	{ "<link-entity name='u' link-type='left'/>", "link-type \"left\" is not known",
	  0x80041117 },
	{ "<link-entity name='u' link-type='not all'/>", "stands only inside a filter",
	  0x80041117 },
	{ "<link-entity name='u' alias='x'/><link-entity name='v' alias='x'/>",
	  "alias \"x\" comes twice, first in line 7", 0x80041130 },
	{ "<group/>", "<group> is not an element of <entity>", 0x8004111C },
	{ "<filter isquickfindfields='yes'/>", "isquickfindfields=\"yes\"", 0x80041138 },
	{ "<filter><link-entity name='u' link-type='some'/></filter>", "\"some\" is not known",
	  0x80041117 },
	{ "<filter><link-entity name='u'/></filter>", "needs the link-type any", 0x80041117 },
	{ "<fetch mapping='physical'><entity name='a'/></fetch>", "mapping", 0x80041116 },
	{ "<fetch min-active-row-version='2'><entity name='a'/></fetch>", "min-active-row-version",
	  0x8004111B },
	{ "<fetch aggregate='yes'><entity name='a'/></fetch>", "aggregate=\"yes\"", 0x8004111A },
	{ "<fetch aggregatelimit='0'><entity name='a'/></fetch>", "aggregatelimit", 0x8004110C },
	{ "<fetch datasource='archive'><entity name='a'/></fetch>", "\"archive\"", 0 },
	{ "<fetch distinct='1'><entity name='a'><no-attrs/></entity></fetch>", "<no-attrs>",
	  0x8004112C },
#define AGGREGATE(inside) "<fetch aggregate='true'><entity name='a'>" inside "</entity></fetch>"
	{ AGGREGATE("<all-attributes/>"), "<all-attributes>", 0x80041107 },
	{ AGGREGATE("<attribute name='b' alias='c'/>"), "neither aggregate nor groupby",
	  0x80041107 },
	{ AGGREGATE("<attribute name='b' aggregate='sum'/>"), "needs an alias", 0x80041109 },
	{ AGGREGATE("<attribute name='b' groupby='1'/>"), "needs an alias", 0x80041109 },
	{ AGGREGATE("<attribute name='b' alias='c' aggregate='median'/>"), "\"median\"",
	  0x8004111A },
	{ AGGREGATE("<attribute name='b' alias='c' groupby='2'/>"), "groupby=\"2\"", 0x8004112E },
	{ AGGREGATE("<attribute name='b' alias='c' groupby='1' aggregate='min'/>"),
	  "both aggregate and groupby", 0x80041137 },
	{ AGGREGATE("<attribute name='b' alias='c' groupby='1' dategrouping='decade'/>"),
	  "\"decade\"", 0x80041135 },
	{ AGGREGATE("<attribute name='b' alias='c' aggregate='min' dategrouping='day'/>"),
	  "without groupby", 0x80041135 },
	{ AGGREGATE("<attribute name='b' alias='c' aggregate='sum' distinct='true'/>"),
	  "\"distinct\"", 0x80041115 },
	{ AGGREGATE("<attribute name='b' alias='c' rowaggregate='CountChildren'/>"),
	  "not for aggregate queries", 0x8004111A },
	{ AGGREGATE("<attribute name='b' alias='c' aggregate='min'/>"
		    "<attribute name='d' alias='c' aggregate='max'/>"),
	  "comes twice", 0x80041130 },
	{ AGGREGATE("<order attribute='b'/>"), "takes an alias", 0x80041131 },
	{ AGGREGATE("<order/>"), "without \"alias\"", 0x80041134 },
};

static void a_query_that_is_wrong_is_refused_with_its_place(void **state)
{
	(void)state;
	DEFER(arena_release) struct arena a = arena_make(0);
	for (size_t i = 0; i < COUNT_OF(REFUSALS); i++) {
		const struct refusal *r = &REFUSALS[i];
		struct str text = str_from(r->text);
		if (!str_starts(text, S("<fetch")) && i != 1)
			text = str_fmt(&a, "<fetch><entity name='t'>%s</entity></fetch>", r->text);
		struct fetch f = { .top = 77 };
		struct err e = { 0 };
		if (fetch_parse(&a, text, "q.xml", 7, &f, &e))
			fail_msg("taken: %s", r->text);
		if (!strstr(e.msg, r->message) || strncmp(e.msg, "q.xml:7:", 8) != 0)
			fail_msg("%s: got \"%s\", want \"%s\"", r->text, e.msg, r->message);
		assert_int_equal(e.kind, ERR_INPUT);
		assert_int_equal(e.code, r->code);
		assert_int_equal(f.top, 77);
	}
}

/* facts/webapi.md 4.7 */
static void aggregates_and_groups_are_read_in_full(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		struct fetch_attribute wanted;
	} cases[] = {
		{ "aggregate='avg'", { .aggregate = FETCH_AVG } },
		{ "aggregate='count'", { .aggregate = FETCH_COUNT } },
		{ "aggregate='countcolumn'", { .aggregate = FETCH_COUNT_COLUMN } },
		{ "aggregate='countcolumn' distinct='true'",
		  { .aggregate = FETCH_COUNT_COLUMN, .distinct = true } },
		{ "aggregate='max'", { .aggregate = FETCH_MAX } },
		{ "aggregate='min'", { .aggregate = FETCH_MIN } },
		{ "aggregate='sum'", { .aggregate = FETCH_SUM } },
		{ "groupby='true'", { .group = true } },
		{ "groupby='1' dategrouping='day'", { .group = true, .part = FETCH_BY_DAY } },
		{ "groupby='1' dategrouping='week'", { .group = true, .part = FETCH_BY_WEEK } },
		{ "groupby='1' dategrouping='month'", { .group = true, .part = FETCH_BY_MONTH } },
		{ "groupby='1' dategrouping='quarter'",
		  { .group = true, .part = FETCH_BY_QUARTER } },
		{ "groupby='1' dategrouping='year' usertimezone='false'",
		  { .group = true, .part = FETCH_BY_YEAR, .utc = true } },
		{ "groupby='1' dategrouping='fiscal-period' usertimezone='1'",
		  { .group = true, .part = FETCH_BY_FISCAL_PERIOD } },
		{ "groupby='1' dategrouping='fiscal-year'",
		  { .group = true, .part = FETCH_BY_FISCAL_YEAR } },
	};
	DEFER(arena_release) struct arena a = arena_make(0);
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct str text = str_fmt(&a,
					  "<fetch aggregate='true' aggregatelimit='10' "
					  "datasource='retained'><entity name='t'><attribute "
					  "name='b' alias='c' %s/><order alias='c'/></entity>"
					  "</fetch>",
					  cases[i].text);
		struct fetch f;
		parse(&a, str_cstr(&a, text), &f);
		assert_true(f.aggregate);
		assert_int_equal(f.aggregate_limit, 10);
		expect_str(f.datasource, "retained");
		expect_str(f.entity.orders[0].alias, "c");
		const struct fetch_attribute *got = &f.entity.attributes[0];
		const struct fetch_attribute *wanted = &cases[i].wanted;
		assert_int_equal(got->aggregate, wanted->aggregate);
		assert_int_equal(got->group, wanted->group);
		assert_int_equal(got->part, wanted->part);
		assert_int_equal(got->utc, wanted->utc);
		assert_int_equal(got->distinct, wanted->distinct);
		check_round_trip(&a, &f);
	}
}

static void related_rows_are_asked_for_inside_filters(void **state)
{
	(void)state;
	static const struct {
		const char *word;
		enum fetch_join join;
	} types[] = {
		{ "any", FETCH_ANY },
		{ "not any", FETCH_NOT_ANY },
		{ "all", FETCH_ALL },
		{ "not all", FETCH_NOT_ALL },
	};
	DEFER(arena_release) struct arena a = arena_make(0);
	for (size_t i = 0; i < COUNT_OF(types); i++) {
		struct str text =
			str_fmt(&a,
				"<fetch><entity name='t'><filter type='or'><filter>"
				"<link-entity name='u' from='a' to='b' link-type='%s'>"
				"<filter><condition attribute='c' operator='null'/>"
				"<link-entity name='v' from='d' to='e' link-type='any'/>"
				"</filter></link-entity></filter></filter>"
				"<link-entity name='u' from='a' to='b'/></entity></fetch>",
				types[i].word);
		struct fetch f;
		parse(&a, str_cstr(&a, text), &f);
		const struct fetch_filter *filter = &f.entity.filters[0].filters[0];
		assert_int_equal(filter->nlinks, 1);
		assert_int_equal(filter->links[0].join, types[i].join);
		expect_str(filter->links[0].table, "u");
		assert_int_equal(filter->links[0].filters[0].nconditions, 1);
		assert_int_equal(filter->links[0].filters[0].links[0].join, FETCH_ANY);
		/* links that give columns are numbered first */
		expect_str(f.entity.links[0].alias, "u1");
		expect_str(filter->links[0].alias, "u2");
		expect_str(filter->links[0].filters[0].links[0].alias, "v3");
		check_round_trip(&a, &f);
	}
}

static void counting_children_is_no_aggregate_query(void **state)
{
	(void)state;
	DEFER(arena_release) struct arena a = arena_make(0);
	struct fetch f;
	parse(&a,
	      "<fetch><entity name='t'><attribute name='n' alias='k' "
	      "rowaggregate='CountChildren'/></entity></fetch>",
	      &f);
	assert_true(f.entity.attributes[0].count_children);
	check_round_trip(&a, &f);
}

static void lines_count_from_where_the_query_stands(void **state)
{
	(void)state;
	DEFER(arena_release) struct arena a = arena_make(0);
	struct fetch f;
	struct err e;
	/* as in a schema: the tag's line, then an indented declaration */
	struct str text = S("\n  <?xml version='1.0'?>\n<fetch>\n<entity name='t'>\n"
			    "<attribute name='x'\n y='1'/>\n</entity></fetch>\n");
	assert_false(fetch_parse(&a, text, "schema.xml", 100, &f, &e));
	assert_string_equal(e.msg, "schema.xml:104: <attribute> has no attribute \"y\"");
	assert_false(fetch_parse(&a, S("<fetch>\n<entity name='t'>\n<broken\n</fetch>"),
				 "schema.xml", 20, &f, &e));
	assert_int_equal(strncmp(e.msg, "schema.xml:2", 12), 0);
	assert_false(fetch_parse(&a, S(" \n "), "schema.xml", 5, &f, &e));
	assert_string_equal(e.msg, "schema.xml:5: a <fetch> is expected");
	assert_false(fetch_parse(&a,
				 S("<fetch><entity name='t'><filter>\n\n<condition attribute='c'\n"
				   "operator='eq'\n>\n\n</condition></filter></entity></fetch>"),
				 "s", 1, &f, &e));
	assert_string_equal(e.msg, "s:3: Attribute 'value' or 'valueof' must be specified for "
				   "condition operator: Equal");
}

static void links_without_alias_get_the_table_and_their_number(void **state)
{
	(void)state;
	DEFER(arena_release) struct arena a = arena_make(0);
	struct fetch f;
	parse(&a,
	      "<fetch><entity name='t'>"
	      "<link-entity name='account'><link-entity name='contact'/></link-entity>"
	      "<link-entity name='x' alias='given'/>"
	      "<link-entity name='account'/>"
	      "<link-entity name='x' alias='account4'/>"
	      "</entity></fetch>",
	      &f);
	expect_str(f.entity.links[0].alias, "account1");
	expect_str(f.entity.links[0].links[0].alias, "contact2");
	expect_str(f.entity.links[1].alias, "given");
	expect_str(f.entity.links[2].alias, "account5"); /* account4 is taken */
	expect_str(f.entity.links[3].alias, "account4");
	assert_int_equal(f.entity.links[0].join, FETCH_INNER);
	assert_int_equal(f.entity.links[0].from.n, 0);
}

static void link_types_are_those_of_the_documentation(void **state)
{
	(void)state;
	static const struct {
		const char *word;
		enum fetch_join join;
	} types[] = {
		{ "inner", FETCH_INNER },   { "outer", FETCH_OUTER },
		{ "natural", FETCH_INNER }, { "exists", FETCH_EXISTS },
		{ "in", FETCH_IN_LIST },    { "matchfirstrowusingcrossapply", FETCH_FIRST_ROW },
	};
	DEFER(arena_release) struct arena a = arena_make(0);
	for (size_t i = 0; i < COUNT_OF(types); i++) {
		struct fetch f;
		struct str text = str_fmt(&a,
					  "<fetch><entity name='t'><link-entity name='u' from='a' "
					  "to='b' link-type='%s'/></entity></fetch>",
					  types[i].word);
		parse(&a, str_cstr(&a, text), &f);
		assert_int_equal(f.entity.links[0].join, types[i].join);
		check_round_trip(&a, &f);
	}
}

static bool parse_repeated(struct arena *a, const char *head, const char *one, int n,
			   const char *tail, struct err *e)
{
	DEFER(buf_release) struct buf b = buf_make(0);
	struct fetch f;
	buf_add(&b, str_from(head));
	for (int i = 0; i < n; i++)
		buf_add(&b, str_from(one));
	buf_add(&b, str_from(tail));
	return fetch_parse(a, buf_str(&b), "q", 1, &f, e);
}

static void a_query_has_at_most_500_conditions_and_15_links(void **state)
{
	(void)state;
	DEFER(arena_release) struct arena a = arena_make(0);
	struct err e;
	const char *head = "<fetch><entity name='t'><filter>";
	const char *one = "<condition attribute='a' operator='null'/>";
	const char *tail = "</filter></entity></fetch>";
	assert_true(parse_repeated(&a, head, one, 500, tail, &e));
	assert_false(parse_repeated(&a, head, one, 501, tail, &e));
	assert_int_equal(e.code, 0x8004430C);
	head = "<fetch><entity name='t'>";
	one = "<link-entity name='a' from='b' to='c'/>";
	tail = "</entity></fetch>";
	assert_true(parse_repeated(&a, head, one, 15, tail, &e));
	assert_false(parse_repeated(&a, head, one, 16, tail, &e));
	assert_int_equal(e.code, 0x8004430D);
	/* in all, wherever they stand */
	assert_false(parse_repeated(&a, "<fetch><entity name='t'><filter>",
				    "<link-entity name='a' from='b' to='c' link-type='any'/>", 16,
				    "</filter></entity></fetch>", &e));
	assert_int_equal(e.code, 0x8004430D);
	head = "<fetch><entity name='t'><filter><condition attribute='a' operator='in'>";
	tail = "</condition></filter></entity></fetch>";
	assert_true(parse_repeated(&a, head, "<value>1</value>", 2000, tail, &e));
	assert_false(parse_repeated(&a, head, "<value>1</value>", 2001, tail, &e));
	assert_int_equal(e.code, 0x8004430E);
	/* and depth and length */
	assert_false(parse_repeated(&a, "<fetch><entity name='t'>", "<filter>", 1000, "", &e));
	assert_false(parse_repeated(&a, "<fetch>", "                ", 70000, "</fetch>", &e));
	assert_int_equal(e.kind, ERR_INPUT);
}

static size_t nfilters;

static void check_schema(struct arena *a, const char *path)
{
	DEFER(xml_close) struct xml *xml = NULL;
	struct str bytes, text;
	struct xml_event ev;
	struct err e;
	assert_true(file_read(a, path, LIMIT_SCHEMA_FILE, &bytes, &e));
	struct str_source source = str_source_make(bytes);
	assert_true(xml_open(&xml, a, &source.source, path, &e));
	for (;;) {
		if (!xml_next(xml, &ev, &e))
			fail_msg("%s", e.msg);
		if (ev.kind == XML_END)
			return;
		if (ev.kind != XML_OPEN || !str_eq(ev.name, S("filter")))
			continue;
		struct fetch f;
		unsigned line = ev.line;
		assert_true(xml_inner_text(xml, a, LIMIT_FILTER, &text, &e));
		if (!fetch_parse(a, text, path, line, &f, &e))
			fail_msg("%s", e.msg);
		check_round_trip(a, &f);
		nfilters++;
	}
}

static void every_filter_of_microsofts_schemas_is_read(void **state)
{
	(void)state;
	DEFER(arena_release) struct arena a = arena_make(0);
	nfilters = 0;
	size_t nfiles = each_file(&a, shared_path("data/schemas"), ".xml", check_schema);
	print_message("# %zu filters in %zu schemas\n", nfilters, nfiles);
	assert_int_equal(nfilters, 37); /* grep -c "fetch" says so */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_query_is_read_in_full),
		cmocka_unit_test(filters_and_links_are_read_in_full),
		cmocka_unit_test(every_operator_takes_its_number_of_values),
		cmocka_unit_test(operators_that_engines_tell_apart_have_their_word),
		cmocka_unit_test(a_query_that_is_wrong_is_refused_with_its_place),
		cmocka_unit_test(aggregates_and_groups_are_read_in_full),
		cmocka_unit_test(related_rows_are_asked_for_inside_filters),
		cmocka_unit_test(counting_children_is_no_aggregate_query),
		cmocka_unit_test(lines_count_from_where_the_query_stands),
		cmocka_unit_test(links_without_alias_get_the_table_and_their_number),
		cmocka_unit_test(link_types_are_those_of_the_documentation),
		cmocka_unit_test(a_query_has_at_most_500_conditions_and_15_links),
		cmocka_unit_test(every_filter_of_microsofts_schemas_is_read),
	};
	return cmocka_run_group_tests_name("fetchxml", tests, NULL, NULL);
}
