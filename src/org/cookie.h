/* SPDX-License-Identifier: MIT */
/*
 * The inner paging cookie (facts/webapi.md 4.3, 4.6): for each column of the order, then for the primary
 * key, its value in the first and the last row of the page.
 *     <cookie page="1"><name last="B" first="A" /><queueid last="{...}" first="{...}" /></cookie>
 */
#ifndef FERRY_ORG_COOKIE_H
#define FERRY_ORG_COOKIE_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/str.h"

struct cookie_column {
	struct str name;
	struct str first, last;
	bool first_null, last_null; /* firstnull="1" */
};

/* 0x8004112A when it is no cookie. `page` is the one that it is the end of. */
MUST_CHECK bool cookie_read(struct arena *a, struct str text, uint32_t *page,
			    struct cookie_column **columns, size_t *n, struct err *e);
void cookie_write(struct buf *out, uint32_t page, const struct cookie_column *columns, size_t n);

#endif
