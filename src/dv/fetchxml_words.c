/* SPDX-License-Identifier: MIT */
/*
 * The words of FetchXML, as tables. A new operator is one row, and a member of enum fetch_op in the same
 * place.
 */
#include "dv/fetchxml_words.h"

#include "base/banned.h"

#define MANY SIZE_MAX

/* In the order of enum fetch_op; second spellings behind. */
static const struct fetch_operator OPERATORS[] = {
	{ STR_INIT("eq"), STR_INIT("Equal"), FETCH_EQ, 1, 1 },
	{ STR_INIT("ne"), STR_INIT("NotEqual"), FETCH_NE, 1, 1 },
	{ STR_INIT("gt"), STR_INIT("GreaterThan"), FETCH_GT, 1, 1 },
	{ STR_INIT("ge"), STR_INIT("GreaterEqual"), FETCH_GE, 1, 1 },
	{ STR_INIT("lt"), STR_INIT("LessThan"), FETCH_LT, 1, 1 },
	{ STR_INIT("le"), STR_INIT("LessEqual"), FETCH_LE, 1, 1 },
	{ STR_INIT("null"), STR_INIT("Null"), FETCH_NULL, 0, 0 },
	{ STR_INIT("not-null"), STR_INIT("NotNull"), FETCH_NOT_NULL, 0, 0 },
	{ STR_INIT("in"), STR_INIT("In"), FETCH_IN, 1, MANY },
	{ STR_INIT("not-in"), STR_INIT("NotIn"), FETCH_NOT_IN, 1, MANY },
	{ STR_INIT("between"), STR_INIT("Between"), FETCH_BETWEEN, 2, 2 },
	{ STR_INIT("not-between"), STR_INIT("NotBetween"), FETCH_NOT_BETWEEN, 2, 2 },
	{ STR_INIT("like"), STR_INIT("Like"), FETCH_LIKE, 1, 1 },
	{ STR_INIT("not-like"), STR_INIT("NotLike"), FETCH_NOT_LIKE, 1, 1 },
	{ STR_INIT("begins-with"), STR_INIT("BeginsWith"), FETCH_BEGINS_WITH, 1, 1 },
	{ STR_INIT("not-begin-with"), STR_INIT("DoesNotBeginWith"), FETCH_NOT_BEGIN_WITH, 1, 1 },
	{ STR_INIT("ends-with"), STR_INIT("EndsWith"), FETCH_ENDS_WITH, 1, 1 },
	{ STR_INIT("not-end-with"), STR_INIT("DoesNotEndWith"), FETCH_NOT_END_WITH, 1, 1 },
	{ STR_INIT("contain-values"), STR_INIT("ContainValues"), FETCH_CONTAIN_VALUES, 1, MANY },
	{ STR_INIT("not-contain-values"), STR_INIT("DoesNotContainValues"),
	  FETCH_NOT_CONTAIN_VALUES, 1, MANY },
	{ STR_INIT("eq-userid"), STR_INIT("EqualUserId"), FETCH_EQ_USER, 0, 0 },
	{ STR_INIT("ne-userid"), STR_INIT("NotEqualUserId"), FETCH_NE_USER, 0, 0 },
	{ STR_INIT("eq-userteams"), STR_INIT("EqualUserTeams"), FETCH_EQ_USER_TEAMS, 0, 0 },
	{ STR_INIT("eq-useroruserteams"), STR_INIT("EqualUserOrUserTeams"), FETCH_EQ_USER_OR_TEAMS,
	  0, 0 },
	{ STR_INIT("eq-useroruserhierarchy"), STR_INIT("EqualUserOrUserHierarchy"),
	  FETCH_EQ_USER_OR_HIERARCHY, 0, 0 },
	{ STR_INIT("eq-useroruserhierarchyandteams"), STR_INIT("EqualUserOrUserHierarchyAndTeams"),
	  FETCH_EQ_USER_OR_HIERARCHY_AND_TEAMS, 0, 0 },
	{ STR_INIT("eq-businessid"), STR_INIT("EqualBusinessId"), FETCH_EQ_UNIT, 0, 0 },
	{ STR_INIT("ne-businessid"), STR_INIT("NotEqualBusinessId"), FETCH_NE_UNIT, 0, 0 },
	{ STR_INIT("eq-userlanguage"), STR_INIT("EqualUserLanguage"), FETCH_EQ_USER_LANGUAGE, 0,
	  0 },
	{ STR_INIT("above"), STR_INIT("Above"), FETCH_ABOVE, 1, 1 },
	{ STR_INIT("eq-or-above"), STR_INIT("AboveOrEqual"), FETCH_EQ_OR_ABOVE, 1, 1 },
	{ STR_INIT("under"), STR_INIT("Under"), FETCH_UNDER, 1, 1 },
	{ STR_INIT("eq-or-under"), STR_INIT("UnderOrEqual"), FETCH_EQ_OR_UNDER, 1, 1 },
	{ STR_INIT("not-under"), STR_INIT("NotUnder"), FETCH_NOT_UNDER, 1, 1 },
	{ STR_INIT("yesterday"), STR_INIT("Yesterday"), FETCH_YESTERDAY, 0, 0 },
	{ STR_INIT("today"), STR_INIT("Today"), FETCH_TODAY, 0, 0 },
	{ STR_INIT("tomorrow"), STR_INIT("Tomorrow"), FETCH_TOMORROW, 0, 0 },
	{ STR_INIT("on"), STR_INIT("On"), FETCH_ON, 1, 1 },
	{ STR_INIT("on-or-before"), STR_INIT("OnOrBefore"), FETCH_ON_OR_BEFORE, 1, 1 },
	{ STR_INIT("on-or-after"), STR_INIT("OnOrAfter"), FETCH_ON_OR_AFTER, 1, 1 },
	{ STR_INIT("last-seven-days"), STR_INIT("Last7Days"), FETCH_LAST_SEVEN_DAYS, 0, 0 },
	{ STR_INIT("next-seven-days"), STR_INIT("Next7Days"), FETCH_NEXT_SEVEN_DAYS, 0, 0 },
	{ STR_INIT("last-week"), STR_INIT("LastWeek"), FETCH_LAST_WEEK, 0, 0 },
	{ STR_INIT("this-week"), STR_INIT("ThisWeek"), FETCH_THIS_WEEK, 0, 0 },
	{ STR_INIT("next-week"), STR_INIT("NextWeek"), FETCH_NEXT_WEEK, 0, 0 },
	{ STR_INIT("last-month"), STR_INIT("LastMonth"), FETCH_LAST_MONTH, 0, 0 },
	{ STR_INIT("this-month"), STR_INIT("ThisMonth"), FETCH_THIS_MONTH, 0, 0 },
	{ STR_INIT("next-month"), STR_INIT("NextMonth"), FETCH_NEXT_MONTH, 0, 0 },
	{ STR_INIT("last-year"), STR_INIT("LastYear"), FETCH_LAST_YEAR, 0, 0 },
	{ STR_INIT("this-year"), STR_INIT("ThisYear"), FETCH_THIS_YEAR, 0, 0 },
	{ STR_INIT("next-year"), STR_INIT("NextYear"), FETCH_NEXT_YEAR, 0, 0 },
	{ STR_INIT("last-x-hours"), STR_INIT("LastXHours"), FETCH_LAST_X_HOURS, 1, 1 },
	{ STR_INIT("next-x-hours"), STR_INIT("NextXHours"), FETCH_NEXT_X_HOURS, 1, 1 },
	{ STR_INIT("last-x-days"), STR_INIT("LastXDays"), FETCH_LAST_X_DAYS, 1, 1 },
	{ STR_INIT("next-x-days"), STR_INIT("NextXDays"), FETCH_NEXT_X_DAYS, 1, 1 },
	{ STR_INIT("last-x-weeks"), STR_INIT("LastXWeeks"), FETCH_LAST_X_WEEKS, 1, 1 },
	{ STR_INIT("next-x-weeks"), STR_INIT("NextXWeeks"), FETCH_NEXT_X_WEEKS, 1, 1 },
	{ STR_INIT("last-x-months"), STR_INIT("LastXMonths"), FETCH_LAST_X_MONTHS, 1, 1 },
	{ STR_INIT("next-x-months"), STR_INIT("NextXMonths"), FETCH_NEXT_X_MONTHS, 1, 1 },
	{ STR_INIT("last-x-years"), STR_INIT("LastXYears"), FETCH_LAST_X_YEARS, 1, 1 },
	{ STR_INIT("next-x-years"), STR_INIT("NextXYears"), FETCH_NEXT_X_YEARS, 1, 1 },
	{ STR_INIT("olderthan-x-minutes"), STR_INIT("OlderThanXMinutes"), FETCH_OLDER_MINUTES, 1,
	  1 },
	{ STR_INIT("olderthan-x-hours"), STR_INIT("OlderThanXHours"), FETCH_OLDER_HOURS, 1, 1 },
	{ STR_INIT("olderthan-x-days"), STR_INIT("OlderThanXDays"), FETCH_OLDER_DAYS, 1, 1 },
	{ STR_INIT("olderthan-x-weeks"), STR_INIT("OlderThanXWeeks"), FETCH_OLDER_WEEKS, 1, 1 },
	{ STR_INIT("olderthan-x-months"), STR_INIT("OlderThanXMonths"), FETCH_OLDER_MONTHS, 1, 1 },
	{ STR_INIT("olderthan-x-years"), STR_INIT("OlderThanXYears"), FETCH_OLDER_YEARS, 1, 1 },
	{ STR_INIT("this-fiscal-year"), STR_INIT("ThisFiscalYear"), FETCH_THIS_FISCAL_YEAR, 0, 0 },
	{ STR_INIT("this-fiscal-period"), STR_INIT("ThisFiscalPeriod"), FETCH_THIS_FISCAL_PERIOD, 0,
	  0 },
	{ STR_INIT("last-fiscal-year"), STR_INIT("LastFiscalYear"), FETCH_LAST_FISCAL_YEAR, 0, 0 },
	{ STR_INIT("last-fiscal-period"), STR_INIT("LastFiscalPeriod"), FETCH_LAST_FISCAL_PERIOD, 0,
	  0 },
	{ STR_INIT("next-fiscal-year"), STR_INIT("NextFiscalYear"), FETCH_NEXT_FISCAL_YEAR, 0, 0 },
	{ STR_INIT("next-fiscal-period"), STR_INIT("NextFiscalPeriod"), FETCH_NEXT_FISCAL_PERIOD, 0,
	  0 },
	{ STR_INIT("last-x-fiscal-years"), STR_INIT("LastXFiscalYears"), FETCH_LAST_X_FISCAL_YEARS,
	  1, 1 },
	{ STR_INIT("last-x-fiscal-periods"), STR_INIT("LastXFiscalPeriods"),
	  FETCH_LAST_X_FISCAL_PERIODS, 1, 1 },
	{ STR_INIT("next-x-fiscal-years"), STR_INIT("NextXFiscalYears"), FETCH_NEXT_X_FISCAL_YEARS,
	  1, 1 },
	{ STR_INIT("next-x-fiscal-periods"), STR_INIT("NextXFiscalPeriods"),
	  FETCH_NEXT_X_FISCAL_PERIODS, 1, 1 },
	{ STR_INIT("in-fiscal-year"), STR_INIT("InFiscalYear"), FETCH_IN_FISCAL_YEAR, 1, 1 },
	{ STR_INIT("in-fiscal-period"), STR_INIT("InFiscalPeriod"), FETCH_IN_FISCAL_PERIOD, 1, 1 },
	{ STR_INIT("in-fiscal-period-and-year"), STR_INIT("InFiscalPeriodAndYear"),
	  FETCH_IN_FISCAL_PERIOD_AND_YEAR, 2, 2 },
	{ STR_INIT("in-or-after-fiscal-period-and-year"), STR_INIT("InOrAfterFiscalPeriodAndYear"),
	  FETCH_IN_OR_AFTER_FISCAL_PERIOD_AND_YEAR, 2, 2 },
	{ STR_INIT("in-or-before-fiscal-period-and-year"),
	  STR_INIT("InOrBeforeFiscalPeriodAndYear"), FETCH_IN_OR_BEFORE_FISCAL_PERIOD_AND_YEAR, 2,
	  2 },
	{ STR_INIT("neq"), STR_INIT("NotEqual"), FETCH_NE, 1, 1 },
};

static const struct {
	struct str word;
	enum fetch_join join;
} JOINS[] = {
	{ STR_INIT("inner"), FETCH_INNER },
	{ STR_INIT("outer"), FETCH_OUTER },
	{ STR_INIT("exists"), FETCH_EXISTS },
	{ STR_INIT("in"), FETCH_IN_LIST },
	{ STR_INIT("matchfirstrowusingcrossapply"), FETCH_FIRST_ROW },
	{ STR_INIT("any"), FETCH_ANY },
	{ STR_INIT("not any"), FETCH_NOT_ANY },
	{ STR_INIT("all"), FETCH_ALL },
	{ STR_INIT("not all"), FETCH_NOT_ALL },
	{ STR_INIT("natural"), FETCH_INNER },
};

/* By enum; the first member of each is no word of the language. */
static const struct str AGGREGATES[] = {
	[FETCH_PLAIN] = STR_INIT(""),      [FETCH_AVG] = STR_INIT("avg"),
	[FETCH_COUNT] = STR_INIT("count"), [FETCH_COUNT_COLUMN] = STR_INIT("countcolumn"),
	[FETCH_MAX] = STR_INIT("max"),     [FETCH_MIN] = STR_INIT("min"),
	[FETCH_SUM] = STR_INIT("sum"),
};
static const struct str GROUPINGS[] = {
	[FETCH_BY_VALUE] = STR_INIT(""),
	[FETCH_BY_DAY] = STR_INIT("day"),
	[FETCH_BY_WEEK] = STR_INIT("week"),
	[FETCH_BY_MONTH] = STR_INIT("month"),
	[FETCH_BY_QUARTER] = STR_INIT("quarter"),
	[FETCH_BY_YEAR] = STR_INIT("year"),
	[FETCH_BY_FISCAL_PERIOD] = STR_INIT("fiscal-period"),
	[FETCH_BY_FISCAL_YEAR] = STR_INIT("fiscal-year"),
};

/*
 * The attributes of each element. Those that the reader never asks for change no result: they are
 * hints, leftovers of designers, or old.
 */
static const struct {
	struct str element, attributes;
} ATTRIBUTES[] = {
	{ STR_INIT("fetch"), STR_INIT("aggregate aggregatelimit count datasource distinct "
				      "latematerialize mapping min-active-row-version no-lock "
				      "options output-format page paging-cookie "
				      "returntotalrecordcount savedqueryid top useraworderby "
				      "utc-offset version") },
	{ STR_INIT("entity"), STR_INIT("name enableprefiltering prefilterparametername") },
	{ STR_INIT("link-entity"), STR_INIT("name from to alias link-type intersect visible "
					    "enableprefiltering prefilterparametername") },
	{ STR_INIT("attribute"), STR_INIT("name alias aggregate groupby dategrouping distinct "
					  "usertimezone rowaggregate addedby build") },
	{ STR_INIT("order"), STR_INIT("attribute alias descending entityname") },
	{ STR_INIT("filter"), STR_INIT("type hint isquickfindfields "
				       "overridequickfindrecordlimitenabled "
				       "overridequickfindrecordlimitdisabled") },
	{ STR_INIT("condition"), STR_INIT("attribute operator value valueof entityname uiname "
					  "uitype uihidden") },
	{ STR_INIT("value"), STR_INIT("uiname uitype") },
};

static bool among(struct str word, struct str words)
{
	struct str_splitter splitter = str_splitter(words);
	for (struct str one; str_split(&splitter, ' ', &one);) {
		if (str_eq(word, one))
			return true;
	}
	return false;
}

const struct fetch_operator *fetch_operator_find(struct str word)
{
	for (size_t i = 0; i < COUNT_OF(OPERATORS); i++) {
		if (str_eq(word, OPERATORS[i].word))
			return &OPERATORS[i];
	}
	return NULL;
}

void fetch_op_arity(enum fetch_op op, size_t *min, size_t *max)
{
	assert(OPERATORS[op].op == op);
	*min = OPERATORS[op].min;
	*max = OPERATORS[op].max;
}

struct str fetch_op_word(enum fetch_op op)
{
	return OPERATORS[op].word;
}

bool fetch_join_parse(struct str word, enum fetch_join *out)
{
	for (size_t i = 0; i < COUNT_OF(JOINS); i++) {
		if (str_eq(word, JOINS[i].word)) {
			*out = JOINS[i].join;
			return true;
		}
	}
	return false;
}

struct str fetch_join_word(enum fetch_join join)
{
	assert(JOINS[join].join == join);
	return JOINS[join].word;
}

bool fetch_join_of_filter(enum fetch_join join)
{
	return join >= FETCH_ANY;
}

/* The place of a word in a list whose first is none; 0 when it is not there. */
static size_t place(const struct str *words, size_t n, struct str word)
{
	for (size_t i = 1; i < n; i++) {
		if (str_eq(words[i], word))
			return i;
	}
	return 0;
}

bool fetch_aggregate_parse(struct str word, enum fetch_aggregate *out)
{
	size_t at = place(AGGREGATES, COUNT_OF(AGGREGATES), word);

	if (at > 0)
		*out = (enum fetch_aggregate)at;
	return at > 0;
}

struct str fetch_aggregate_word(enum fetch_aggregate aggregate)
{
	return AGGREGATES[aggregate];
}

bool fetch_grouping_parse(struct str word, enum fetch_grouping *out)
{
	size_t at = place(GROUPINGS, COUNT_OF(GROUPINGS), word);

	if (at > 0)
		*out = (enum fetch_grouping)at;
	return at > 0;
}

struct str fetch_grouping_word(enum fetch_grouping part)
{
	return GROUPINGS[part];
}

bool fetch_attribute_known(struct str element, struct str attribute)
{
	for (size_t i = 0; i < COUNT_OF(ATTRIBUTES); i++) {
		if (str_eq(element, ATTRIBUTES[i].element))
			return among(attribute, ATTRIBUTES[i].attributes);
	}
	return false;
}

bool fetch_datasource_known(struct str word)
{
	return among(word, S("retained bin"));
}

bool fetch_attribute_aggregates(struct str attribute)
{
	return among(attribute, S("aggregate groupby dategrouping distinct"));
}

bool fetch_alias_valid(struct str s)
{
	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];
		bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
		if (!letter && (i == 0 || c < '0' || c > '9'))
			return false;
	}
	return s.n > 0;
}
