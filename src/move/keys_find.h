/* SPDX-License-Identifier: MIT */
/*
 * Asking the target for rows by their keys, and finding them again by the exact text or the folded one.
 */
#ifndef FERRY_MOVE_KEYS_FIND_H
#define FERRY_MOVE_KEYS_FIND_H

#include "move/any_of.h"
#include "move/keys.h"

/* Questions that grow while source rows are told; they go out together, and the rows they give into the side. */
struct key_asking {
	struct job *j;
	const struct match_keys *keys;
	enum side side;
	struct any_of any[READ_AT_ONCE];
	size_t n; /* the one that grows stands behind these */
	struct arena questions, row;
};
struct key_asking key_asking_make(struct job *j, const struct match_keys *keys, enum side side);
void key_asking_release(struct key_asking *ask); /* fits DEFER */
/* Asks for the rows with the keys that speak for this source row. */
MUST_CHECK bool key_asking_row(struct key_asking *ask, const struct value *values, struct err *e);
/* Asks for the rows with that text as primary name. */
MUST_CHECK bool key_asking_name(struct key_asking *ask, struct str name, struct err *e);
/* What was not asked yet. */
MUST_CHECK bool key_asking_rest(struct key_asking *ask, struct err *e);
/* Whether a row may be meant by being the only one of its kind: all rows have to be asked for. */
bool keys_need_all(const struct match_keys *keys);

/* Puts every row of a side under its keys, exact or folded. */
MUST_CHECK bool keys_index(struct job *j, const struct match_keys *keys, enum side side,
			   bool folded, struct err *e);

#endif
