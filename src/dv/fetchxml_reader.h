/* SPDX-License-Identifier: MIT */
/*
 * Reading FetchXML: what the files that read it share. One element after the other, attributes by their
 * kind, the platform's codes for what is wrong. Checks only say what is wrong; fetch_parse puts name and
 * line before it, once.
 */
#ifndef FERRY_DV_FETCHXML_READER_H
#define FERRY_DV_FETCHXML_READER_H

#include "base/map.h"
#include "io/xml.h"
#include "dv/fetchxml.h"

/* facts/webapi.md 2.5, 4.7 */
#define FETCH_CODE_USE_RAW_ORDER 0x800410FDu
#define FETCH_CODE_NO_TABLE 0x80041102u
#define FETCH_CODE_PLAIN_IN_AGGREGATE 0x80041107u
#define FETCH_CODE_AGGREGATE_ALIAS 0x80041109u
#define FETCH_CODE_NOT_POSITIVE 0x8004110Cu
#define FETCH_CODE_FROM_TO 0x80041111u
#define FETCH_CODE_DISTINCT 0x80041115u
#define FETCH_CODE_MAPPING 0x80041116u
#define FETCH_CODE_LINK_TYPE 0x80041117u
#define FETCH_CODE_NO_LOCK 0x80041118u
#define FETCH_CODE_DESCENDING 0x80041119u
#define FETCH_CODE_AGGREGATE 0x8004111Au
#define FETCH_CODE_MIN_VERSION 0x8004111Bu
#define FETCH_CODE_NODE 0x8004111Cu
#define FETCH_CODE_NO_ATTRIBUTE 0x8004111Eu
#define FETCH_CODE_OPERATOR 0x80041120u
#define FETCH_CODE_FILTER_TYPE 0x80041122u
#define FETCH_CODE_NO_ELEMENT 0x80041123u
#define FETCH_CODE_NO_TEXT 0x80041124u
#define FETCH_CODE_COOKIE 0x8004112Au
#define FETCH_CODE_NO_ATTRS_DISTINCT 0x8004112Cu
#define FETCH_CODE_GROUP_BY 0x8004112Eu
#define FETCH_CODE_DUPLICATE_ALIAS 0x80041130u
#define FETCH_CODE_ORDER_HAS_ATTRIBUTE 0x80041131u /* in an aggregate query */
#define FETCH_CODE_ORDER_HAS_ALIAS 0x80041132u     /* in another */
#define FETCH_CODE_ORDER_ATTRIBUTE 0x80041133u
#define FETCH_CODE_ORDER_ALIAS 0x80041134u
#define FETCH_CODE_DATE_GROUPING 0x80041135u
#define FETCH_CODE_GROUP_AND_AGGREGATE 0x80041137u
#define FETCH_CODE_QUICK_FIND 0x80041138u
#define FETCH_CODE_CONDITIONS 0x8004430Cu
#define FETCH_CODE_LINKS 0x8004430Du
#define FETCH_CODE_VALUES 0x8004430Eu

struct fetch_reader {
	struct arena *a; /* of the result; the maps are on the reader's own */
	struct xml *xml;
	unsigned line; /* of what is being checked */
	bool located;  /* the error tells its place already */
	bool aggregate, distinct;
	size_t nconditions, nlinks, nvalues;
	struct map link_aliases, column_aliases;
};

/* The next element, or the end of the one around it. */
MUST_CHECK bool fetch_next_element(struct fetch_reader *r, struct xml_event *ev, struct err *e);
/* The end of an element that holds nothing. */
MUST_CHECK bool fetch_end_of_leaf(struct fetch_reader *r, const char *element, struct err *e);
bool fetch_bad_child(const struct xml_event *ev, const char *parent, struct err *e);

MUST_CHECK bool fetch_check_attributes(const struct xml_event *ev, struct err *e);
/* The empty slice when it is absent; always on the arena of the result. */
struct str fetch_text_attr(struct fetch_reader *r, const struct xml_event *ev, struct str name);
/* It must be there and not empty. */
MUST_CHECK bool fetch_name_attr(struct fetch_reader *r, const struct xml_event *ev, struct str name,
				struct str *out, struct err *e);
/* The attribute "name" of a table. The made-up alias of a link starts with it. */
MUST_CHECK bool fetch_table_attr(struct fetch_reader *r, const struct xml_event *ev,
				 struct str *out, struct err *e);
/* Untouched when absent. */
MUST_CHECK bool fetch_bool_attr(const struct xml_event *ev, struct str name, uint32_t code,
				bool *out, struct err *e);
MUST_CHECK bool fetch_number_attr(const struct xml_event *ev, struct str name, uint64_t max,
				  uint32_t *out, struct err *e);
/* The alias, or the empty slice; each comes once among those of its sort. */
MUST_CHECK bool fetch_alias_attr(struct fetch_reader *r, const struct xml_event *ev,
				 struct map *seen, struct str *out, struct err *e);

/* Each reads what begins with this event up to its end: an <attribute>, <order>, <filter>, <link-entity>. */
MUST_CHECK bool fetch_read_attribute(struct fetch_reader *r, const struct xml_event *ev,
				     struct fetch_attribute *out, struct err *e);
MUST_CHECK bool fetch_read_order(struct fetch_reader *r, const struct xml_event *ev,
				 struct fetch_order *out, struct err *e);
MUST_CHECK bool fetch_read_filter(struct fetch_reader *r, const struct xml_event *ev,
				  struct fetch_filter *out, struct err *e);
/* `in_filter`: there other link types stand than among the parts of a table. */
MUST_CHECK bool fetch_read_link(struct fetch_reader *r, const struct xml_event *ev, bool in_filter,
				struct fetch_node *out, struct err *e);

#endif
