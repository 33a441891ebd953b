/* SPDX-License-Identifier: MIT */
/*
 * Keys of rows: their ids and the alternate keys of their tables (facts/webapi.md 1.5). Texts of a key
 * compare as the organization's language has it.
 */
#ifndef FERRY_ORG_ROW_KEY_H
#define FERRY_ORG_ROW_KEY_H

#include "base/arena.h"
#include "base/err.h"
#include "base/guid.h"
#include "dv/table.h"
#include "org/row.h"
#include "org/store.h"

struct row_key {
	const struct table_key *key; /* NULL: the id tells the row */
	struct guid id;
	const struct column **columns; /* of an alternate key, with its values */
	struct value *values;
	size_t n;
};

/*
 * What stands between the parentheses of a URL, decoded: <guid>, <primary key>=<guid>,
 * name='it''s',number=1, _x_value=<guid>. 400 0x80060888 when these are the parts of no key.
 */
MUST_CHECK bool row_key_parse(struct store *s, struct arena *a, const struct table *t,
			      struct str text, struct row_key *out, struct err *e);
/* *found is false when no row has the alternate key. An id is taken as it is told: *found is true. */
MUST_CHECK bool row_key_find(struct store *s, const struct table *t, const struct row_key *k,
			     struct guid *id, bool *found, struct err *e);
/* The same; 404 0x80060891 when no row has the key. */
MUST_CHECK bool row_key_resolve(struct store *s, const struct table *t, const struct row_key *k,
				struct guid *id, struct err *e);
bool row_key_fail_missing(const struct table *t, struct err *e);

/*
 * A row before it is written: 412 0x80060892 when another has one of its alternate keys. A key with a null in
 * it does not count. Inside a transaction that writes.
 */
MUST_CHECK bool row_key_check(struct store *s, const struct row *row, bool is_new, struct err *e);

#endif
