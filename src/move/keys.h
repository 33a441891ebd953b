/* SPDX-License-Identifier: MIT */
/*
 * The keys by which the rows of a tab are found in the target, besides their id.
 */
#ifndef FERRY_MOVE_KEYS_H
#define FERRY_MOVE_KEYS_H

#include "io/collate.h"
#include "move/job.h"

struct match_key {
	uint32_t number;              /* within its tab, for run_put_keyed */
	const struct rows_rule *rule; /* NULL: the schema's updateCompare columns */
	size_t *columns;              /* positions in the tab's columns */
	size_t n;                     /* 0: the row is the only one of its kind */
};

struct match_keys {
	struct tab *tab;
	struct match_key *p;
	size_t n;
	struct collate *fold; /* compares as leniently as any language does */
};

/* The keys whose columns the environment has. */
void keys_make(struct arena *a, struct tab *t, struct collate *fold, struct match_keys *out);

/* A key's number when its texts are folded; never equal to another key's number. */
uint32_t keys_folded(const struct match_key *key);

/*
 * The parts of a source row's key as the target would store them: lookups mapped, values adapted. False
 * in *whole when a part is empty, not told, or not mapped: the key matches nothing.
 */
MUST_CHECK bool keys_source_parts(struct job *j, const struct match_keys *keys,
				  const struct match_key *key, const struct value *values,
				  struct arena *a, struct value *parts, bool *whole, struct err *e);

/* Whether this key speaks for a source row: its rule decides about the row. */
bool keys_apply(const struct match_keys *keys, const struct match_key *key,
		const struct value *values);

/* Pulls the target rows with the keys of all source rows into SIDE_TARGET. */
MUST_CHECK bool keys_pull(struct job *j, const struct match_keys *keys, struct err *e);
/* Puts every row of SIDE_TARGET under its keys, exact and folded. */
MUST_CHECK bool keys_index(struct job *j, const struct match_keys *keys, struct err *e);

#endif
