/* SPDX-License-Identifier: MIT */
/*
 * The Prefer header (facts/webapi.md 1.2): what the caller would like; and how much Accept wants to be told
 * about the data. Unknown preferences are passed over, as HTTP wants it.
 */
#ifndef FERRY_ORG_PREFER_H
#define FERRY_ORG_PREFER_H

#include "base/arena.h"
#include "dv/service.h"

enum metadata_level { METADATA_MINIMAL, METADATA_NONE, METADATA_FULL };

struct prefer {
	struct str annotations; /* the value of odata.include-annotations; empty: none */
	bool everything;        /* it is "*" */
	bool representation;    /* return=representation */
	bool continue_on_error;
	bool track_changes;
	uint32_t page_size;           /* odata.maxpagesize, at most LIMIT_PAGE_ROWS; 0: none */
	enum metadata_level metadata; /* of Accept: application/json;odata.metadata=none */
};
struct prefer prefer_read(const struct request *r);
/* Whether the annotation is asked for by name, by a pattern that ends in '*', or by "*". */
bool prefer_annotation(const struct prefer *p, struct str name);

#endif
