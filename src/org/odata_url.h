/* SPDX-License-Identifier: MIT */
/*
 * The target of a request: path segments with their keys, and query options; all percent-decoded.
 *     queues(<guid>)/queuemembership_association/$ref?$id=...
 */
#ifndef FERRY_ORG_ODATA_URL_H
#define FERRY_ORG_ODATA_URL_H

#include "base/arena.h"
#include "base/err.h"
#include "base/guid.h"
#include "base/str.h"
#include "dv/table.h"

#define URL_SEGMENTS 8

struct url_segment {
	struct str name;
	struct str key; /* between the parentheses */
	bool has_key;
};
struct url_option {
	struct str name, value;
};
struct url {
	struct url_segment segments[URL_SEGMENTS];
	size_t nsegments;
	struct url_option *options;
	size_t noptions;
};

/* 400 or 404, 0x80060888. */
MUST_CHECK bool url_parse(struct arena *a, struct str target, struct url *out, struct err *e);
/* NULL when it is absent. Names of options compare exactly. */
const struct str *url_option(const struct url *u, struct str name);
/* A comma list, each item trimmed; no value gives none. */
void url_list(struct arena *a, const struct str *value, struct str **out, size_t *n);

#endif
