/* SPDX-License-Identifier: MIT */
/*
 * The $skiptoken of @odata.nextLink (facts/webapi.md 4.3): a cookie, percent-encoded once, around the
 * cookie of the page before, which is encoded on its own.
 *     <cookie pagenumber="2" pagingcookie="%3ccookie%20page%3d..." istracking="False" />
 */
#ifndef FERRY_ORG_SKIPTOKEN_H
#define FERRY_ORG_SKIPTOKEN_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/str.h"

struct skiptoken {
	uint32_t page;     /* from 1 */
	struct str cookie; /* the inner one; empty: the number alone tells the place */
};

/* The option's value, decoded as those of every URL are. 400 0x8004112A when it is none of ours. */
MUST_CHECK bool skiptoken_read(struct arena *a, struct str text, struct skiptoken *out,
			       struct err *e);

/*
 * <root><target>, the options as they were asked for, with &$skiptoken= at the end in place of the one that
 * was there; target is encoded as it came.
 */
void skiptoken_link(struct buf *out, struct str root, struct str target, uint32_t page,
		    struct str cookie);

#endif
