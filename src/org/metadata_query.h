/* SPDX-License-Identifier: MIT */
/*
 * $select, $filter and $expand over metadata (facts/webapi.md 5.1). Definitions are written as JSON; a filter
 * is evaluated on that JSON.
 */
#ifndef FERRY_ORG_METADATA_QUERY_H
#define FERRY_ORG_METADATA_QUERY_H

#include "io/json.h"
#include "dv/definition.h"
#include "org/odata_url.h"

struct metadata_filter;

struct metadata_options {
	struct definition_select select;
	const struct metadata_filter *filter; /* NULL: everything */
	struct metadata_expand *expand;
	size_t nexpand;
};

struct metadata_expand {
	struct str name;
	struct metadata_options options;
};

/* From the options of a URL, whose aliases may stand in the filter. 400 0x80060888. */
MUST_CHECK bool metadata_options_read(struct arena *a, const struct url *url,
				      struct metadata_options *out, struct err *e);
MUST_CHECK bool metadata_filter_read(struct arena *a, const struct url *url, struct str text,
				     const struct metadata_filter **out, struct err *e);

bool metadata_matches(const struct metadata_filter *f, const struct json *object);
/* The properties of the object itself that the filter looks at. */
struct definition_select metadata_filter_properties(struct arena *a,
						    const struct metadata_filter *f);
/* The values, if all that the filter says is: property eq 'a' or property eq 'b' ... */
bool metadata_filter_names(struct arena *a, const struct metadata_filter *f, struct str property,
			   struct str **names, size_t *n);
/* "(LogicalName,Attributes(SchemaName),Keys())" as it stands in a context; empty without options. */
void metadata_options_context(struct buf *out, const struct metadata_options *options);

#endif
