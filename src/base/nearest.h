/* SPDX-License-Identifier: MIT */
/*
 * The word that a person may have meant.
 */
#ifndef FERRY_BASE_NEAREST_H
#define FERRY_BASE_NEAREST_H

#include "base/str.h"

/* Offer candidates one by one; `best` is the nearest so far that is near enough, or NULL. */
struct nearest {
	struct str word;
	const char *best;
	size_t distance; /* of best */
};
struct nearest nearest_to(struct str word);
void nearest_offer(struct nearest *n, const char *candidate);

#endif
