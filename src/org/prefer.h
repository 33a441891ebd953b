/* SPDX-License-Identifier: MIT */
/*
 * The Prefer header (facts/webapi.md 1.2): what the caller would like. Unknown preferences are passed
 * over, as HTTP wants it.
 */
#ifndef FERRY_ORG_PREFER_H
#define FERRY_ORG_PREFER_H

#include "base/arena.h"
#include "dv/service.h"

struct prefer {
	struct str annotations; /* the value of odata.include-annotations; empty: none */
	bool everything;        /* it is "*" */
	bool representation;    /* return=representation */
	bool continue_on_error;
};
struct prefer prefer_read(const struct request *r);
/* Whether the annotation is asked for by name, by a pattern that ends in '*', or by "*". */
bool prefer_annotation(const struct prefer *p, struct str name);

#endif
