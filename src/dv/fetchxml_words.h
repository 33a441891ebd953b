/* SPDX-License-Identifier: MIT */
/*
 * The words of FetchXML (facts/webapi.md 4.7), for its reader and its writer: operators, link types, and
 * which attributes an element may have.
 */
#ifndef FERRY_DV_FETCHXML_WORDS_H
#define FERRY_DV_FETCHXML_WORDS_H

#include "base/str.h"
#include "dv/fetchxml.h"

struct fetch_operator {
	struct str word;
	struct str sdk; /* its name in the platform's messages, and as a query function of OData */
	enum fetch_op op;
	size_t min, max; /* values; max SIZE_MAX for lists */
};
const struct fetch_operator *fetch_operator_find(struct str word); /* NULL when there is none */

MUST_CHECK bool fetch_join_parse(struct str word, enum fetch_join *out);
struct str fetch_join_word(enum fetch_join join);
/* any, not any, all, not all: only inside filters. */
bool fetch_join_of_filter(enum fetch_join join);

/* The words of FETCH_PLAIN and FETCH_BY_VALUE are empty, and parsed by nobody. */
MUST_CHECK bool fetch_aggregate_parse(struct str word, enum fetch_aggregate *out);
struct str fetch_aggregate_word(enum fetch_aggregate aggregate);
MUST_CHECK bool fetch_grouping_parse(struct str word, enum fetch_grouping *out);
struct str fetch_grouping_word(enum fetch_grouping part);

bool fetch_attribute_known(struct str element, struct str attribute);
bool fetch_datasource_known(struct str word);
bool fetch_alias_valid(struct str s); /* letters, digits and _; no digit first */
/* Of an <attribute> in aggregate queries. */
bool fetch_attribute_aggregates(struct str attribute);

#endif
