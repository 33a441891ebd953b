/* SPDX-License-Identifier: MIT */
/*
 * What a run is: which command made it, between which environments, how far it is, and the seal over what was decided.
 *
 *     begun -> planned -> writing -> done
 *                            \----> stopped
 *
 * Until it is planned nothing was decided: what is taken up again begins again, with the same arguments. From then on the sides
 * SOURCE, TARGET and WANTED, the changes up to `planned` and the edges between them never change. A run that is killed stays
 * what it was.
 */
#ifndef FERRY_MOVE_RUN_HEAD_H
#define FERRY_MOVE_RUN_HEAD_H

#include "base/datetime.h"
#include "move/run.h"

enum run_kind { RUN_IMPORT, RUN_PLAN, RUN_UNDO };
enum run_phase { RUN_BEGUN, RUN_PLANNED, RUN_WRITING, RUN_STOPPED, RUN_DONE };
struct str run_kind_name(enum run_kind kind);    /* "import", "plan", "undo" */
struct str run_phase_name(enum run_phase phase); /* "begun", ... */

struct run_head {
	enum run_kind kind;
	enum run_phase phase;
	struct guid id;
	struct str ferry; /* its version */
	struct str
		arguments; /* a JSON array: the words of the command that made it, options that variables gave included */
	struct str folder; /* where that was: what its paths are relative to */
	struct str source,
		target; /* as people call them: a package's path, an environment's label */
	struct guid source_organization;              /* null: not known */
	struct guid target_organization, target_user; /* who writes */
	struct str created, planned, started,
		ended;   /* ISO 8601 in UTC, by the clock of this machine; empty: not yet */
	int64_t version; /* the highest row version that was read back; 0: none. What others write afterwards has a higher one */
	struct str
		undone; /* the id of the run that this one takes back, or of the run that took this one back */
	uint32_t waves;  /* of the plan */
	int64_t changes; /* the number of the plan's last one */
	struct str seal; /* hex; empty until it is planned */
};

/* All of it, as the header of the file; read_head's slices are on the arena. ERR_INPUT: it is not of this form. */
MUST_CHECK bool run_write_head(struct run *r, const struct run_head *h, struct err *e);
MUST_CHECK bool run_read_head(struct run *r, struct arena *a, struct run_head *out, struct err *e);
/* Of a file that is not open, and is left as it is. */
MUST_CHECK bool run_peek_head(struct arena *a, const char *path, struct run_head *out,
			      struct err *e);

/*
 * SHA-256, in hex, over all that was decided: kind, ids of the organizations, tabs, definitions, the sides TARGET and WANTED, maps,
 * files, the changes up to h->changes with their waves, and the edges between them.
 */
MUST_CHECK bool run_seal(struct run *r, const struct run_head *h, struct arena *a, struct str *out,
			 struct err *e);
/* ERR_INPUT: the file is damaged, or something of it is not as it was when the run was planned. Without a seal only the first. */
MUST_CHECK bool run_check_seal(struct run *r, const struct run_head *h, struct err *e);

#endif
