/* SPDX-License-Identifier: MIT */
/*
 * Rows by their alternate keys: an index in the connection's temporary database. The file holds nothing that
 * depends on a version of ICU. The index follows the rows by their versions, so that whoever writes them needs
 * not know of it, and what a transaction undoes is undone in it too.
 */
#ifndef FERRY_ORG_KEY_INDEX_H
#define FERRY_ORG_KEY_INDEX_H

#include "base/arena.h"
#include "base/err.h"
#include "base/guid.h"
#include "dv/table.h"
#include "org/store.h"

/* One alternate key of a table, and values for its columns in their order. */
struct key_probe {
	const struct table *table;
	const struct table_key *key;
	struct str name;       /* in the index */
	struct value *values;  /* by place in the key */
	struct str comparable; /* all of them, since key_probe_fold */
	int64_t hash;
};

struct key_probe key_probe_make(struct arena *a, const struct table *t, const struct table_key *k);
/* When the values are there. False when one is null: such a key is no key. */
bool key_probe_fold(const struct store *s, struct arena *a, struct key_probe *p);

/* A row with the probe's values that is not `except`, which may be NULL. */
MUST_CHECK bool key_index_find(struct store *s, struct arena *a, const struct key_probe *p,
			       const struct guid *except, struct guid *id, bool *found,
			       struct err *e);
/* Without it new rows would be looked for among all. Inside a transaction that writes. */
MUST_CHECK bool key_index_prepare(struct store *s, const struct table *t, struct err *e);

#endif
