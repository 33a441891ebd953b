/* SPDX-License-Identifier: MIT */
/*
 * The query functions of the platform, Microsoft.Dynamics.CRM.In(PropertyName='x',PropertyValues=["1"]) and
 * so on, and the operators of FetchXML that they are (facts/webapi.md 4.7).
 */
#include "org/odata_function.h"

#include "org/code.h"

#include "base/banned.h"

/*
 * [?] Whether "not" may stand before a query function. FetchXML has the counterpart of some, but the
 * platform refuses them all.
 */
static const bool NOT_BEFORE_FUNCTION = false;

struct function {
	struct str name;
	enum fetch_op op;
	int opposite; /* -1: none */
};

static const struct function FUNCTIONS[] = {
	{ STR_INIT("In"), FETCH_IN, FETCH_NOT_IN },
	{ STR_INIT("NotIn"), FETCH_NOT_IN, FETCH_IN },
	{ STR_INIT("Between"), FETCH_BETWEEN, FETCH_NOT_BETWEEN },
	{ STR_INIT("NotBetween"), FETCH_NOT_BETWEEN, FETCH_BETWEEN },
	{ STR_INIT("ContainValues"), FETCH_CONTAIN_VALUES, FETCH_NOT_CONTAIN_VALUES },
	{ STR_INIT("DoesNotContainValues"), FETCH_NOT_CONTAIN_VALUES, FETCH_CONTAIN_VALUES },
	{ STR_INIT("EqualUserId"), FETCH_EQ_USER, FETCH_NE_USER },
	{ STR_INIT("NotEqualUserId"), FETCH_NE_USER, FETCH_EQ_USER },
	{ STR_INIT("EqualBusinessId"), FETCH_EQ_UNIT, FETCH_NE_UNIT },
	{ STR_INIT("NotEqualBusinessId"), FETCH_NE_UNIT, FETCH_EQ_UNIT },
	{ STR_INIT("Under"), FETCH_UNDER, FETCH_NOT_UNDER },
	{ STR_INIT("NotUnder"), FETCH_NOT_UNDER, FETCH_UNDER },
	{ STR_INIT("UnderOrEqual"), FETCH_EQ_OR_UNDER, -1 },
	{ STR_INIT("Above"), FETCH_ABOVE, -1 },
	{ STR_INIT("AboveOrEqual"), FETCH_EQ_OR_ABOVE, -1 },
	{ STR_INIT("EqualUserTeams"), FETCH_EQ_USER_TEAMS, -1 },
	{ STR_INIT("EqualUserOrUserTeams"), FETCH_EQ_USER_OR_TEAMS, -1 },
	{ STR_INIT("EqualUserOrUserHierarchy"), FETCH_EQ_USER_OR_HIERARCHY, -1 },
	{ STR_INIT("EqualUserOrUserHierarchyAndTeams"), FETCH_EQ_USER_OR_HIERARCHY_AND_TEAMS, -1 },
	{ STR_INIT("EqualUserLanguage"), FETCH_EQ_USER_LANGUAGE, -1 },
	{ STR_INIT("Yesterday"), FETCH_YESTERDAY, -1 },
	{ STR_INIT("Today"), FETCH_TODAY, -1 },
	{ STR_INIT("Tomorrow"), FETCH_TOMORROW, -1 },
	{ STR_INIT("On"), FETCH_ON, -1 },
	{ STR_INIT("OnOrBefore"), FETCH_ON_OR_BEFORE, -1 },
	{ STR_INIT("OnOrAfter"), FETCH_ON_OR_AFTER, -1 },
	{ STR_INIT("Last7Days"), FETCH_LAST_SEVEN_DAYS, -1 },
	{ STR_INIT("Next7Days"), FETCH_NEXT_SEVEN_DAYS, -1 },
	{ STR_INIT("LastWeek"), FETCH_LAST_WEEK, -1 },
	{ STR_INIT("ThisWeek"), FETCH_THIS_WEEK, -1 },
	{ STR_INIT("NextWeek"), FETCH_NEXT_WEEK, -1 },
	{ STR_INIT("LastMonth"), FETCH_LAST_MONTH, -1 },
	{ STR_INIT("ThisMonth"), FETCH_THIS_MONTH, -1 },
	{ STR_INIT("NextMonth"), FETCH_NEXT_MONTH, -1 },
	{ STR_INIT("LastYear"), FETCH_LAST_YEAR, -1 },
	{ STR_INIT("ThisYear"), FETCH_THIS_YEAR, -1 },
	{ STR_INIT("NextYear"), FETCH_NEXT_YEAR, -1 },
	{ STR_INIT("LastXHours"), FETCH_LAST_X_HOURS, -1 },
	{ STR_INIT("NextXHours"), FETCH_NEXT_X_HOURS, -1 },
	{ STR_INIT("LastXDays"), FETCH_LAST_X_DAYS, -1 },
	{ STR_INIT("NextXDays"), FETCH_NEXT_X_DAYS, -1 },
	{ STR_INIT("LastXWeeks"), FETCH_LAST_X_WEEKS, -1 },
	{ STR_INIT("NextXWeeks"), FETCH_NEXT_X_WEEKS, -1 },
	{ STR_INIT("LastXMonths"), FETCH_LAST_X_MONTHS, -1 },
	{ STR_INIT("NextXMonths"), FETCH_NEXT_X_MONTHS, -1 },
	{ STR_INIT("LastXYears"), FETCH_LAST_X_YEARS, -1 },
	{ STR_INIT("NextXYears"), FETCH_NEXT_X_YEARS, -1 },
	{ STR_INIT("OlderThanXMinutes"), FETCH_OLDER_MINUTES, -1 },
	{ STR_INIT("OlderThanXHours"), FETCH_OLDER_HOURS, -1 },
	{ STR_INIT("OlderThanXDays"), FETCH_OLDER_DAYS, -1 },
	{ STR_INIT("OlderThanXWeeks"), FETCH_OLDER_WEEKS, -1 },
	{ STR_INIT("OlderThanXMonths"), FETCH_OLDER_MONTHS, -1 },
	{ STR_INIT("OlderThanXYears"), FETCH_OLDER_YEARS, -1 },
	{ STR_INIT("ThisFiscalYear"), FETCH_THIS_FISCAL_YEAR, -1 },
	{ STR_INIT("ThisFiscalPeriod"), FETCH_THIS_FISCAL_PERIOD, -1 },
	{ STR_INIT("LastFiscalYear"), FETCH_LAST_FISCAL_YEAR, -1 },
	{ STR_INIT("LastFiscalPeriod"), FETCH_LAST_FISCAL_PERIOD, -1 },
	{ STR_INIT("NextFiscalYear"), FETCH_NEXT_FISCAL_YEAR, -1 },
	{ STR_INIT("NextFiscalPeriod"), FETCH_NEXT_FISCAL_PERIOD, -1 },
	{ STR_INIT("LastXFiscalYears"), FETCH_LAST_X_FISCAL_YEARS, -1 },
	{ STR_INIT("LastXFiscalPeriods"), FETCH_LAST_X_FISCAL_PERIODS, -1 },
	{ STR_INIT("NextXFiscalYears"), FETCH_NEXT_X_FISCAL_YEARS, -1 },
	{ STR_INIT("NextXFiscalPeriods"), FETCH_NEXT_X_FISCAL_PERIODS, -1 },
	{ STR_INIT("InFiscalYear"), FETCH_IN_FISCAL_YEAR, -1 },
	{ STR_INIT("InFiscalPeriod"), FETCH_IN_FISCAL_PERIOD, -1 },
	{ STR_INIT("InFiscalPeriodAndYear"), FETCH_IN_FISCAL_PERIOD_AND_YEAR, -1 },
	{ STR_INIT("InOrAfterFiscalPeriodAndYear"), FETCH_IN_OR_AFTER_FISCAL_PERIOD_AND_YEAR, -1 },
	{ STR_INIT("InOrBeforeFiscalPeriodAndYear"), FETCH_IN_OR_BEFORE_FISCAL_PERIOD_AND_YEAR,
	  -1 },
};

static const struct function *find(struct str name)
{
	for (size_t i = 0; i < COUNT_OF(FUNCTIONS); i++) {
		if (str_eq(FUNCTIONS[i].name, name))
			return &FUNCTIONS[i];
	}
	return NULL;
}

/* Full-text search is not there, as in an environment where nobody set it up. */
static bool fail_unknown(struct str name, struct err *e)
{
	if (str_eq(name, S("Contains")) || str_eq(name, S("DoesNotContain")))
		return err_set_code(e, ERR_BAD_REQUEST, CODE_NO_FULL_TEXT,
				    "the function '%.*s' needs a full-text index, which the table "
				    "does not have",
				    STR_ARG(name));
	return err_set_code(
		e, ERR_BAD_REQUEST, CODE_ODATA,
		"An unknown function with name 'Microsoft.Dynamics.CRM.%.*s' was found.",
		STR_ARG(str_sub(name, 0, 200)));
}

bool odata_function(const struct odata_expr *x, bool negated, enum fetch_op *op, struct err *e)
{
	const struct function *f = find(x->word);
	size_t min, max;

	if (!f)
		return fail_unknown(x->word, e);
	if (negated && (!NOT_BEFORE_FUNCTION || f->opposite < 0))
		return err_set_code(e, ERR_BAD_REQUEST, CODE_ODATA,
				    "the not operator before the query function '%.*s' is not "
				    "allowed",
				    STR_ARG(x->word));
	fetch_op_arity(f->op, &min, &max);
	if (x->nvalues < min || x->nvalues > max)
		return err_set_code(e, ERR_BAD_REQUEST, CODE_ODATA,
				    "the function '%.*s' takes %s%zu values, not %zu",
				    STR_ARG(x->word), max == SIZE_MAX ? "at least " : "", min,
				    x->nvalues);
	*op = negated ? (enum fetch_op)f->opposite : f->op;
	return true;
}
