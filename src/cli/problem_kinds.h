/* SPDX-License-Identifier: MIT */
/*
 * The problems of a run by their kind: those of one severity, code and message, whatever ids the message tells.
 */
#ifndef FERRY_CLI_PROBLEM_KINDS_H
#define FERRY_CLI_PROBLEM_KINDS_H

#include "base/arena.h"
#include "base/err.h"
#include "base/vec.h"
#include "move/journal.h"

#define PROBLEM_PLACES 5

struct problem_kind {
	enum severity severity;
	uint32_t code;
	struct str message, remedy; /* the first one's */
	uint64_t n;
	struct str places[PROBLEM_PLACES]; /* of the first ones: table, id, column */
	size_t nplaces;
};

struct problem_kinds {
	struct problem_kind *p; /* most severe first, then in the order in which they came up */
	size_t n;
	uint64_t others; /* problems of kinds beyond `most` */
};

/* On the arena; notes are left out. */
MUST_CHECK bool problem_kinds_read(struct arena *a, struct run *r, size_t most,
				   struct problem_kinds *out, struct err *e);

#endif
