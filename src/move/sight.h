/* SPDX-License-Identifier: MIT */
/*
 * How much of a table its reader sees: whether rows may be there that it is not shown. Of the user whom the service answers, by
 * its privileges (facts/webapi.md, RetrieveUserPrivileges): the whole of a table is seen by whoever may read it organization-wide.
 */
#ifndef FERRY_MOVE_SIGHT_H
#define FERRY_MOVE_SIGHT_H

#include "move/job.h"

/*
 * whole[i]: every row of tables[i], whose definition is in the catalog, is seen. Where the service does not tell privileges, or
 * not of such a table, it is false. False with *e only where the service cannot be asked at all.
 */
MUST_CHECK bool sight_whole(struct job *j, const struct str *tables, size_t n, bool *whole,
			    struct err *e);

#endif
