/* SPDX-License-Identifier: MIT */
/*
 * --owner: who owns the rows that a run creates.
 */
#ifndef FERRY_MOVE_OWNER_H
#define FERRY_MOVE_OWNER_H

#include "move/job.h"

#define OWNER_COLUMN "ownerid"

/*
 * Sets j->owner from what was said: a user by id, domain name, e-mail or full name, a team by id or name; "user:" or "team:" in
 * front says which. Before anything is collected. ERR_USAGE: nobody is called so, several are, or a user may not own rows.
 */
MUST_CHECK bool owner_find(struct job *j, struct err *e);

#endif
