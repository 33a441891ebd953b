/* SPDX-License-Identifier: MIT */
/*
 * How a query joins, aggregates and groups (facts/webapi.md 4.7), as enumerations.
 */
#ifndef FERRY_DV_FETCHXML_KIND_H
#define FERRY_DV_FETCHXML_KIND_H

enum fetch_join {
	FETCH_INNER,
	FETCH_OUTER,
	FETCH_EXISTS,
	FETCH_IN_LIST,
	FETCH_FIRST_ROW, /* matchfirstrowusingcrossapply */
	/* inside a filter; the meanings of the last two are the platform's (facts/webapi.md 4.7) */
	FETCH_ANY,
	FETCH_NOT_ANY,
	FETCH_ALL,
	FETCH_NOT_ALL
};

enum fetch_aggregate {
	FETCH_PLAIN,
	FETCH_AVG,
	FETCH_COUNT,
	FETCH_COUNT_COLUMN,
	FETCH_MAX,
	FETCH_MIN,
	FETCH_SUM
};

enum fetch_grouping {
	FETCH_BY_VALUE,
	FETCH_BY_DAY,
	FETCH_BY_WEEK,
	FETCH_BY_MONTH,
	FETCH_BY_QUARTER,
	FETCH_BY_YEAR,
	FETCH_BY_FISCAL_PERIOD,
	FETCH_BY_FISCAL_YEAR
};

#endif
