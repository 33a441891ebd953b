/* SPDX-License-Identifier: MIT */
/*
 * Definitions that an environment has told before: a file per organization, good as long as the environment's metadata
 * version stays what it was. One small request tells version and organization; with a file that fits, the definitions
 * themselves are not asked for again.
 */
#ifndef FERRY_MOVE_KNOWN_TABLES_H
#define FERRY_MOVE_KNOWN_TABLES_H

#include "dv/catalog.h"

struct known_tables;
struct reader;

/*
 * <folder>/<organization id>.json. A file that is missing, broken, of another version of ferry or of an older version of the
 * metadata counts as empty. *out is NULL when the environment does not tell its version: nothing is kept then.
 */
MUST_CHECK bool known_tables_open(struct known_tables **out, struct reader *r, const char *folder,
				  struct err *e);
struct table *known_tables_find(const struct known_tables *k, struct str name); /* or NULL */
/* What was asked for now; it lives as long as the reader's arena. */
void known_tables_add(struct known_tables *k, struct table *t);
/* Writes the file if there is anything new: atomic, 0600. */
MUST_CHECK bool known_tables_save(struct known_tables *k, struct err *e);

#endif
