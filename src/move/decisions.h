/* SPDX-License-Identifier: MIT */
/*
 * What a person decides in advance about a run: how rows are matched, whose ids follow which, what happens to what is open, and
 * what may be removed. And how the writing is done. Both are made from options by whoever talks to people; everything is zero
 * when nothing was said. Nothing here is a table of the environment: names that it lacks are errors of the stage that needs them.
 */
#ifndef FERRY_MOVE_DECISIONS_H
#define FERRY_MOVE_DECISIONS_H

#include "base/base.h"
#include "base/str.h"

/* --match TABLE=COLUMN,COLUMN: another rule by which the table's rows are known. */
struct match_rule {
	struct str table;
	struct str *columns;
	size_t n;
};

/* --adopt TABLE=NAME: the target's only row of that primary name is the counterpart of the source's only row of that name. */
struct adopt_rule {
	struct str table, name;
};

enum on_unresolved {
	UNRESOLVED_FAIL, /* the run stops before the first write */
	UNRESOLVED_SKIP, /* the row is skipped, with those that need it */
	UNRESOLVED_NULL  /* the column is left out; of a text: the id stays as it is */
};
/* --on-unresolved WHAT, TABLE=WHAT, TABLE.COLUMN=WHAT: the closest counts, then the last. */
struct unresolved_rule {
	struct str table, column; /* empty: all */
	enum on_unresolved what;
};

enum prune { PRUNE_NONE, PRUNE_DELETE, PRUNE_DEACTIVATE };
enum managed { MANAGED_SKIP, MANAGED_OVERWRITE };

struct map_file; /* move/map_file.h */

struct decisions {
	const struct match_rule *match;
	size_t nmatch;
	bool match_cmt; /* as CMT does: id, then updateCompare, else the primary name; never a conflict of names */
	const struct adopt_rule *adopt;
	size_t nadopt;
	const struct unresolved_rule *unresolved;
	size_t nunresolved;
	const struct map_file *map; /* NULL: none */
	struct str owner;           /* --owner USER|TEAM: of every new row; empty: as it comes */
	enum managed managed;
	enum prune prune;
	bool has_max_delete;
	uint64_t max_delete;   /* more removals stop the run before it writes */
	bool same_environment; /* source and target may be one */
	bool secrets;          /* secret columns are treated like any other */
	bool skip_missing;     /* columns that the target lacks are left out, and told */
	struct str now;        /* ISO 8601 in UTC: the moment of the import, for relative dates */
};

/* What of an environment's own logic is told not to run on what is written (facts/webapi.md 3.4). */
enum bypass { BYPASS_SYNC = 1, BYPASS_ASYNC = 2, BYPASS_FLOWS = 4 };

struct execution {
	uint64_t seed;       /* of the jitter of pauses */
	unsigned batch_size; /* changes per request; 0: as the service answers */
	unsigned bypass;     /* enum bypass, with | */
	unsigned
		settle_ms; /* to wait for the platform's jobs, at most; where nothing can wait it is not used */
	uint64_t max_failures; /* rows that may fail before the run stops; 0: any number */
	bool disable_steps; /* custom steps of tables with disableplugins are off while the run writes */
};

#endif
