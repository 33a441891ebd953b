/* SPDX-License-Identifier: MIT */
/*
 * Private to match*.c: one source row while it is decided which target row it is.
 */
#ifndef FERRY_MOVE_MATCH_ROW_H
#define FERRY_MOVE_MATCH_ROW_H

#include "move/keys.h"
#include "move/match.h"

/* One --adopt of the table that is matched. */
struct adoption {
	struct str name;
	bool agreed; /* else it was told why not */
	struct guid source, target;
};

/* The matching of one table. */
struct matching {
	struct job *j;
	const struct match_keys *keys;
	struct adoption *adoptions;
	size_t nadoptions;
	bool mapped;   /* the map file speaks of this table */
	bool folded;   /* SIDE_TARGET stands under its folded keys, too */
	unsigned pass; /* from 0; those that wait are decided in a later one */
	bool last;     /* now nobody waits */
	uint64_t waiting;
	uint64_t conflicts;
	uint64_t named,
		doubled; /* --match cmt: matched by name alone, of those by one that several rows have */
};

struct proposal {
	struct guid target;
	struct str how;
};

struct deciding {
	struct matching *m;
	struct guid source;
	const struct value *values;
	const struct rows_rule *rule; /* or NULL */
	struct proposal *said;        /* by rules that found exactly one row */
	size_t nsaid;
	struct key_text *open; /* keys that no row of the target has */
	size_t nopen;
	bool conflict;
};

/* Of job_each_values. */
MUST_CHECK bool match_row(void *context, const struct run_row *row, struct value *values,
			  struct err *e);
void match_propose(struct deciding *d, struct guid target, struct str how);
/* What a key says: a proposal, a conflict, or that no row has it. */
MUST_CHECK bool match_key(struct deciding *d, const struct match_key *key, struct err *e);
/* The target's rows with a key when case and accents are ignored: the first `most`. */
MUST_CHECK bool match_folded(struct matching *m, const struct key_text *text, struct guid *ids,
			     size_t most, size_t *n, struct err *e);

/* match_cmt.c: what CMT would say. */
MUST_CHECK bool match_cmt_row(struct deciding *d, struct err *e);
MUST_CHECK bool match_cmt_tell(struct matching *m, struct err *e);

/* match_adopt.c: before the rows are decided. */
MUST_CHECK bool match_adopt(struct matching *m, struct err *e);

/* match_shared.c: after all rows are decided, source rows that mean the same row. */
MUST_CHECK bool match_shared(struct matching *m, struct err *e);

#endif
