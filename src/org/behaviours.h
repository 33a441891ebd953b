/* SPDX-License-Identifier: MIT */
/*
 * The switches of an organization: what the platform's own plug-ins do to rows (facts/routing.md d and f), and every
 * point at which its protocol is uncertain (variants.h). Each is one entry of one table, with its variants; the first
 * is the default and makes an importer's life harder. What an organization has chosen stands in its file.
 *
 * Tables of ours: ferry_behaviour(name, variant) with what is not the default; ferry_job: jobs.h.
 */
#ifndef FERRY_ORG_BEHAVIOURS_H
#define FERRY_ORG_BEHAVIOURS_H

#include "base/arena.h"
#include "base/err.h"
#include "org/store.h"

#define BEHAVIOUR_VARIANTS 4
#define BEHAVIOUR_TABLES 3

struct happening; /* behaviour_parts.h */

/* Of what the switch is. */
enum behaviour_kind {
	BEHAVIOUR_ROWS,     /* rows: `act` does it */
	BEHAVIOUR_CASCADE,  /* deletions of what rows point to */
	BEHAVIOUR_PROTOCOL, /* a member of struct variants */
	BEHAVIOUR_BIN       /* the recycle bin */
};

struct behaviour {
	struct str name;
	struct str text;   /* one line for people */
	struct str source; /* section of the facts */
	enum behaviour_kind kind;
	struct str variants[BEHAVIOUR_VARIANTS]; /* the first is the default; empty: no more */
	struct str tables[BEHAVIOUR_TABLES];     /* ROWS: whose; CASCADE: of the rows that point */
	struct str column;                       /* CASCADE: by which they point */
	unsigned events;                         /* ROWS: bits of behaviour_parts.h */
	bool (*act)(struct happening *h, struct err *e);
	size_t member; /* PROTOCOL: its offset */
};
size_t behaviours_all(const struct behaviour **out);

/*
 * Gives the store its hooks. From then on behaviours_refresh, at the begin of a transaction, makes the store do what
 * its file says; it does nothing for a store that was not given them.
 */
void behaviours_attach(struct store *s);
MUST_CHECK bool behaviours_refresh(struct store *s, struct err *e);
/* Does what is due, in a transaction of its own; at the begin of a request. */
MUST_CHECK bool behaviours_turn(struct store *s, struct err *e);

/* Of a file, for its owner. The variant of behaviours_all's i-th stands in variants[i]. */
MUST_CHECK bool behaviours_list(const char *path, struct arena *a, struct str **variants,
				struct err *e);
enum behaviours_whole { BEHAVIOURS_KEEP, BEHAVIOURS_OFF, BEHAVIOURS_ON, BEHAVIOURS_DEFAULT };
struct behaviour_change {
	struct str name, variant; /* a variant, or "on": the first that is not "off" */
};
/*
 * First all of them, then each change: all or none. OFF is for what can be off, ON for what is off; DEFAULT
 * for everything. ERR_USAGE for a name or a variant that there is not.
 */
MUST_CHECK bool behaviours_change(const char *path, enum behaviours_whole whole,
				  const struct behaviour_change *changes, size_t n, struct err *e);

#endif
