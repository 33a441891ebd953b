/* SPDX-License-Identifier: MIT */
/*
 * That a row was deleted, for who follows the changes of its table (tracking.h), whether or not the recycle bin
 * keeps it. A table of ours: ferry_tombstone(table_name, id, version).
 */
#ifndef FERRY_ORG_TOMBSTONE_H
#define FERRY_ORG_TOMBSTONE_H

#include "base/err.h"
#include "base/guid.h"
#include "org/store.h"

/* Takes a version; nothing when the table is not tracked. */
MUST_CHECK bool tombstone_add(struct store *s, const struct table *t, struct guid id,
			      struct err *e);

#endif
