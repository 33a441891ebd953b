/* SPDX-License-Identifier: MIT */
/*
 * The keys by which the rows of a tab are found in the target, besides their id.
 */
#ifndef FERRY_MOVE_KEYS_H
#define FERRY_MOVE_KEYS_H

#include "io/collate.h"
#include "move/job.h"

/* The language whose comparison is the most lenient: what it tells apart, every language tells apart. */
#define LENIENT_LCID 1033

enum key_kind {
	KEY_KNOWN,     /* of a rule of the knowledge */
	KEY_COMPARED,  /* the schema's updateCompare columns */
	KEY_MATCH,     /* --match */
	KEY_ALTERNATE, /* of the target's table */
	KEY_NAME,      /* the primary name, as CMT matches */
	KEY_ADOPT      /* the primary name, of rows that --adopt names: no row is asked for by it */
};

struct match_key {
	enum key_kind kind;
	uint32_t number;              /* within its tab, for run_put_keyed */
	const struct rows_rule *rule; /* of a KEY_KNOWN */
	bool later;       /* asked only when the rule's keys before it have found nothing */
	size_t *columns;  /* positions in the tab's columns */
	size_t n;         /* 0: the row is the only one of its kind */
	struct str names; /* the columns, as people read them */
	struct str label; /* the rule: "by ..." */
};

struct match_keys {
	struct tab *tab;
	struct match_key *p; /* in the order of their kinds */
	size_t n;
	bool own;             /* a lookup to the tab's own rows is part of a key */
	struct collate *fold; /* compares as leniently as any language does */
};

/* ERR_USAGE: --match or --adopt names a table or column that is not there, or is not in the package. */
MUST_CHECK bool keys_check(struct job *j, struct err *e);

/*
 * Those whose columns the environment has: of the knowledge's rules, of the schema, of --match, and the alternate keys whose
 * columns are all in the schema. With --match cmt: updateCompare and --match, or else the primary name. A table whose rows are
 * always created has none. On j->arena.
 */
void keys_make(struct job *j, struct tab *t, struct collate *fold, struct match_keys *out);

/* Numbers of a key when its texts are folded, and when they are of source rows; no other key has them. */
uint32_t keys_folded(const struct match_key *key);
uint32_t keys_source(const struct match_key *key);

/* Whether this key speaks for a source row: its rule decides about the row. */
bool keys_apply(const struct match_keys *keys, const struct match_key *key,
		const struct value *values);
/* Whether no two rows may have it; of a root or a child that is not said. */
bool keys_identify(const struct match_key *key);
/* Whether a column is part of a key. */
bool keys_have(const struct match_keys *keys, size_t column);

/* A row's key as the target would store it: lookups mapped, values adapted. */
struct key_text {
	const struct match_key *key;
	struct value *parts;
	struct str text;
	bool whole; /* false: a part is empty, not told, or not mapped: the key matches nothing */
};
MUST_CHECK bool keys_read(struct job *j, const struct match_keys *keys, const struct match_key *key,
			  const struct value *values, struct arena *a, struct key_text *out,
			  struct err *e);
/* A whole text as it is when case and accents are ignored. */
struct str keys_fold(const struct match_keys *keys, const struct key_text *text, struct arena *a);

#endif
