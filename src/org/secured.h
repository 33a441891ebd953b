/* SPDX-License-Identifier: MIT */
/*
 * Columns with column security: who may not read one sees no value of it. System administrators may do
 * everything; others what the profiles allow that they, or their teams, are in (fieldpermission).
 */
#ifndef FERRY_ORG_SECURED_H
#define FERRY_ORG_SECURED_H

#include "dv/table.h"
#include "org/payload.h"
#include "org/store.h"

/* Whether nobody needs to be asked: the administrator for himself. */
bool secured_is_free(const struct store *s);
/* Whether the caller may read the column's values. */
MUST_CHECK bool secured_readable(struct store *s, const struct table *t, const struct column *c,
				 bool *out, struct err *e);
/* Whether he may write all that he told: 403 0x8004F502 of a new row, 0x8004F507. */
MUST_CHECK bool secured_writable(struct store *s, const struct table *t, const struct payload *p,
				 bool is_new, struct err *e);
/* The same for one column. */
MUST_CHECK bool secured_changeable(struct store *s, const struct table *t, const struct column *c,
				   bool is_new, struct err *e);
/* What stands in place of a text that may not be read; empty: nothing does, as if it were null. */
struct str secured_mask(const struct store *s, const struct column *c);

#endif
