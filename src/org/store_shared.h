/* SPDX-License-Identifier: MIT */
/*
 * The store as one of several in a process that write the same file.
 */
#ifndef FERRY_ORG_STORE_SHARED_H
#define FERRY_ORG_STORE_SHARED_H

#include "org/store.h"

/*
 * For writing, as one of several connections of this process, which `gate` lets write one at a time; the
 * file is in WAL then. store_settle brings it back when nobody else has it open.
 */
MUST_CHECK bool store_open_shared(struct store *s, struct arena *a, const char *path,
				  const struct db_gate *gate, struct err *e);
MUST_CHECK bool store_settle(const char *path, struct err *e);
/*
 * Begins a transaction that writes; db_commit or db_rollback ends it. Ids that a seeded organization gives
 * in it depend on the row version alone, when it is shared: not on which connection is asked.
 */
MUST_CHECK bool store_begin(struct store *s, struct err *e);

#endif
