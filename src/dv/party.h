/* SPDX-License-Identifier: MIT */
/*
 * Party lists: who takes part in an activity (facts/cmt-format.md 3.6, webapi.md 1.6). A party list column holds no value: its
 * parties are rows of activityparty with the participation that belongs to the column.
 *
 * The stored form of such a column's value has one line per party, sorted: table, id, address and name, then further columns
 * of its row as name=value, with tabs between and a line end behind; what is empty at its end is left out. Table and id are empty of a party that is no row, which
 * is known by its address alone. Equal lists have the same parties; names and further columns do not count.
 */
#ifndef FERRY_DV_PARTY_H
#define FERRY_DV_PARTY_H

#include "base/arena.h"
#include "base/buf.h"
#include "dv/table.h"

#define PARTY_TABLE "activityparty"
#define PARTY_ACTIVITY "activityid"
#define PARTY_PARTY "partyid"
#define PARTY_MASK "participationtypemask"
#define PARTY_ADDRESS "addressused"

/* participationtypemask of a party list column; 0: not known. */
int32_t party_mask(struct str column);

struct party {
	struct str table, id;
	struct str address; /* told only of one that is no row */
	struct str name;
	struct str more; /* name=value, with tabs between */
};

/* False: neither a row nor an address. */
bool party_is_told(const struct party *p);
/* The stored form; each party once. On the arena; sorts `parties`. */
struct str party_list(struct arena *a, struct party *parties, size_t n);
/* The next one of a stored form; false: there is none. */
bool party_next(struct str *rest, struct party *out);
/* The value of a further column; empty: not told. */
struct str party_more(const struct party *p, struct str column);
bool party_lists_equal(struct str a, struct str b);

/* The lookup of `activityparty` that leads to the activities of a table; NULL: they have no parties. */
const struct many_to_one *party_link(const struct table *parties, struct str activity);

#endif
