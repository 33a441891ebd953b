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
	{ STR_INIT("eq"), FETCH_EQ, 1, 1 },
	{ STR_INIT("ne"), FETCH_NE, 1, 1 },
	{ STR_INIT("gt"), FETCH_GT, 1, 1 },
	{ STR_INIT("ge"), FETCH_GE, 1, 1 },
	{ STR_INIT("lt"), FETCH_LT, 1, 1 },
	{ STR_INIT("le"), FETCH_LE, 1, 1 },
	{ STR_INIT("null"), FETCH_NULL, 0, 0 },
	{ STR_INIT("not-null"), FETCH_NOT_NULL, 0, 0 },
	{ STR_INIT("in"), FETCH_IN, 1, MANY },
	{ STR_INIT("not-in"), FETCH_NOT_IN, 1, MANY },
	{ STR_INIT("between"), FETCH_BETWEEN, 2, 2 },
	{ STR_INIT("not-between"), FETCH_NOT_BETWEEN, 2, 2 },
	{ STR_INIT("like"), FETCH_LIKE, 1, 1 },
	{ STR_INIT("not-like"), FETCH_NOT_LIKE, 1, 1 },
	{ STR_INIT("begins-with"), FETCH_BEGINS_WITH, 1, 1 },
	{ STR_INIT("not-begin-with"), FETCH_NOT_BEGIN_WITH, 1, 1 },
	{ STR_INIT("ends-with"), FETCH_ENDS_WITH, 1, 1 },
	{ STR_INIT("not-end-with"), FETCH_NOT_END_WITH, 1, 1 },
	{ STR_INIT("contain-values"), FETCH_CONTAIN_VALUES, 1, MANY },
	{ STR_INIT("not-contain-values"), FETCH_NOT_CONTAIN_VALUES, 1, MANY },
	{ STR_INIT("eq-userid"), FETCH_EQ_USER, 0, 0 },
	{ STR_INIT("ne-userid"), FETCH_NE_USER, 0, 0 },
	{ STR_INIT("eq-userteams"), FETCH_EQ_USER_TEAMS, 0, 0 },
	{ STR_INIT("eq-useroruserteams"), FETCH_EQ_USER_OR_TEAMS, 0, 0 },
	{ STR_INIT("eq-useroruserhierarchy"), FETCH_EQ_USER_OR_HIERARCHY, 0, 0 },
	{ STR_INIT("eq-useroruserhierarchyandteams"), FETCH_EQ_USER_OR_HIERARCHY_AND_TEAMS, 0, 0 },
	{ STR_INIT("eq-businessid"), FETCH_EQ_UNIT, 0, 0 },
	{ STR_INIT("ne-businessid"), FETCH_NE_UNIT, 0, 0 },
	{ STR_INIT("eq-userlanguage"), FETCH_EQ_USER_LANGUAGE, 0, 0 },
	{ STR_INIT("above"), FETCH_ABOVE, 1, 1 },
	{ STR_INIT("eq-or-above"), FETCH_EQ_OR_ABOVE, 1, 1 },
	{ STR_INIT("under"), FETCH_UNDER, 1, 1 },
	{ STR_INIT("eq-or-under"), FETCH_EQ_OR_UNDER, 1, 1 },
	{ STR_INIT("not-under"), FETCH_NOT_UNDER, 1, 1 },
	{ STR_INIT("yesterday"), FETCH_YESTERDAY, 0, 0 },
	{ STR_INIT("today"), FETCH_TODAY, 0, 0 },
	{ STR_INIT("tomorrow"), FETCH_TOMORROW, 0, 0 },
	{ STR_INIT("on"), FETCH_ON, 1, 1 },
	{ STR_INIT("on-or-before"), FETCH_ON_OR_BEFORE, 1, 1 },
	{ STR_INIT("on-or-after"), FETCH_ON_OR_AFTER, 1, 1 },
	{ STR_INIT("last-seven-days"), FETCH_LAST_SEVEN_DAYS, 0, 0 },
	{ STR_INIT("next-seven-days"), FETCH_NEXT_SEVEN_DAYS, 0, 0 },
	{ STR_INIT("last-week"), FETCH_LAST_WEEK, 0, 0 },
	{ STR_INIT("this-week"), FETCH_THIS_WEEK, 0, 0 },
	{ STR_INIT("next-week"), FETCH_NEXT_WEEK, 0, 0 },
	{ STR_INIT("last-month"), FETCH_LAST_MONTH, 0, 0 },
	{ STR_INIT("this-month"), FETCH_THIS_MONTH, 0, 0 },
	{ STR_INIT("next-month"), FETCH_NEXT_MONTH, 0, 0 },
	{ STR_INIT("last-year"), FETCH_LAST_YEAR, 0, 0 },
	{ STR_INIT("this-year"), FETCH_THIS_YEAR, 0, 0 },
	{ STR_INIT("next-year"), FETCH_NEXT_YEAR, 0, 0 },
	{ STR_INIT("last-x-hours"), FETCH_LAST_X_HOURS, 1, 1 },
	{ STR_INIT("next-x-hours"), FETCH_NEXT_X_HOURS, 1, 1 },
	{ STR_INIT("last-x-days"), FETCH_LAST_X_DAYS, 1, 1 },
	{ STR_INIT("next-x-days"), FETCH_NEXT_X_DAYS, 1, 1 },
	{ STR_INIT("last-x-weeks"), FETCH_LAST_X_WEEKS, 1, 1 },
	{ STR_INIT("next-x-weeks"), FETCH_NEXT_X_WEEKS, 1, 1 },
	{ STR_INIT("last-x-months"), FETCH_LAST_X_MONTHS, 1, 1 },
	{ STR_INIT("next-x-months"), FETCH_NEXT_X_MONTHS, 1, 1 },
	{ STR_INIT("last-x-years"), FETCH_LAST_X_YEARS, 1, 1 },
	{ STR_INIT("next-x-years"), FETCH_NEXT_X_YEARS, 1, 1 },
	{ STR_INIT("olderthan-x-minutes"), FETCH_OLDER_MINUTES, 1, 1 },
	{ STR_INIT("olderthan-x-hours"), FETCH_OLDER_HOURS, 1, 1 },
	{ STR_INIT("olderthan-x-days"), FETCH_OLDER_DAYS, 1, 1 },
	{ STR_INIT("olderthan-x-weeks"), FETCH_OLDER_WEEKS, 1, 1 },
	{ STR_INIT("olderthan-x-months"), FETCH_OLDER_MONTHS, 1, 1 },
	{ STR_INIT("olderthan-x-years"), FETCH_OLDER_YEARS, 1, 1 },
	{ STR_INIT("this-fiscal-year"), FETCH_THIS_FISCAL_YEAR, 0, 0 },
	{ STR_INIT("this-fiscal-period"), FETCH_THIS_FISCAL_PERIOD, 0, 0 },
	{ STR_INIT("last-fiscal-year"), FETCH_LAST_FISCAL_YEAR, 0, 0 },
	{ STR_INIT("last-fiscal-period"), FETCH_LAST_FISCAL_PERIOD, 0, 0 },
	{ STR_INIT("next-fiscal-year"), FETCH_NEXT_FISCAL_YEAR, 0, 0 },
	{ STR_INIT("next-fiscal-period"), FETCH_NEXT_FISCAL_PERIOD, 0, 0 },
	{ STR_INIT("last-x-fiscal-years"), FETCH_LAST_X_FISCAL_YEARS, 1, 1 },
	{ STR_INIT("last-x-fiscal-periods"), FETCH_LAST_X_FISCAL_PERIODS, 1, 1 },
	{ STR_INIT("next-x-fiscal-years"), FETCH_NEXT_X_FISCAL_YEARS, 1, 1 },
	{ STR_INIT("next-x-fiscal-periods"), FETCH_NEXT_X_FISCAL_PERIODS, 1, 1 },
	{ STR_INIT("in-fiscal-year"), FETCH_IN_FISCAL_YEAR, 1, 1 },
	{ STR_INIT("in-fiscal-period"), FETCH_IN_FISCAL_PERIOD, 1, 1 },
	{ STR_INIT("in-fiscal-period-and-year"), FETCH_IN_FISCAL_PERIOD_AND_YEAR, 2, 2 },
	{ STR_INIT("in-or-after-fiscal-period-and-year"), FETCH_IN_OR_AFTER_FISCAL_PERIOD_AND_YEAR,
	  2, 2 },
	{ STR_INIT("in-or-before-fiscal-period-and-year"),
	  FETCH_IN_OR_BEFORE_FISCAL_PERIOD_AND_YEAR, 2, 2 },
	{ STR_INIT("neq"), FETCH_NE, 1, 1 },
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
	{ STR_INIT("natural"), FETCH_INNER },
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
	{ STR_INIT("attribute"), STR_INIT("name alias usertimezone") },
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

bool fetch_join_of_filter(struct str word)
{
	return str_eq(word, S("any")) || str_eq(word, S("not any")) || str_eq(word, S("all")) ||
	       str_eq(word, S("not all"));
}

bool fetch_attribute_known(struct str element, struct str attribute)
{
	for (size_t i = 0; i < COUNT_OF(ATTRIBUTES); i++) {
		if (str_eq(element, ATTRIBUTES[i].element))
			return among(attribute, ATTRIBUTES[i].attributes);
	}
	return false;
}

bool fetch_attribute_aggregates(struct str attribute)
{
	return among(attribute, S("aggregate groupby dategrouping distinct rowaggregate"));
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
