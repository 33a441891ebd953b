/* SPDX-License-Identifier: MIT */
/*
 * Statements of the organization's file that are kept.
 */
#ifndef FERRY_ORG_STORE_STATEMENT_H
#define FERRY_ORG_STORE_STATEMENT_H

#include "base/err.h"
#include "base/str.h"
#include "io/db.h"

struct store;

/*
 * The statement of this SQL text, prepared once and kept until the store closes; it is reset. To be used
 * and done with before the next call: not for reading rows while others are written.
 */
MUST_CHECK bool store_statement(struct store *s, struct str sql, struct stmt **out, struct err *e);
/*
 * The same where the text itself would cost more to make than to look for: under a key that no SQL text can be.
 * NULL when it has to be made, and kept.
 */
struct stmt *store_kept(struct store *s, struct str key);
MUST_CHECK bool store_keep(struct store *s, struct str key, struct str sql, struct stmt **out,
			   struct err *e);

#endif
