/* SPDX-License-Identifier: MIT */
/*
 * ferry/origin.xml and the job, both ways: an export tells how far it saw; an import learns from it where the package comes from,
 * and which columns of a row are empty in the source when the package does not tell them.
 */
#ifndef FERRY_MOVE_ORIGIN_H
#define FERRY_MOVE_ORIGIN_H

#include "base/datetime.h"
#include "dv/package.h"
#include "move/job.h"

/* For an export, whose tabs stand and whose user is known; after the last table. */
MUST_CHECK bool origin_save(struct job *j, struct package_writer *out, struct datetime now,
			    struct err *e);

/*
 * For an import, before the package's rows are read: j->origin and the head's source_organization; NULL where the package does not
 * tell. ERR_USAGE: the target is the very organization, and j->decisions do not allow it. `package` stands in messages.
 */
MUST_CHECK bool origin_load(struct job *j, struct package *p, const char *package, struct err *e);
/*
 * And when the tabs stand: tab_column.clears of what a row of the package empties by not telling it: columns that the reader
 * saw in every row, and that are written, may be empty, and are seen in the target as well.
 */
void origin_apply(struct job *j);

#endif
