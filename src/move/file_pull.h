/* SPDX-License-Identifier: MIT */
/*
 * The contents of file and image columns, out of a service: raw cells of a side become told ones. Bytes stand in the run file where
 * somebody needs them: of the source all, of the target those that something else is to be written over (the undo
 * brings them back), of what was written only their hash.
 */
#ifndef FERRY_MOVE_FILE_PULL_H
#define FERRY_MOVE_FILE_PULL_H

#include "move/job.h"

/* All of the SOURCE side. What cannot be read is a problem, and left out. */
MUST_CHECK bool file_pull_source(struct job *j, struct err *e);
/*
 * Of the TARGET side what the WANTED side tells, too: for comparing. What cannot be read is a problem, and is not to be written
 * either.
 */
MUST_CHECK bool file_pull_target(struct job *j, struct err *e);
/*
 * Of rows that were just read again. On the AFTER side the columns that this run writes, the others have what the target had; on the
 * NOW side all that are wanted.
 */
MUST_CHECK bool file_pull_again(struct job *j, enum side side, const struct tab *t,
				const struct guid *ids, size_t n, struct err *e);

/* Of the TARGET rows that the run deletes all that they have, with the bytes. */
MUST_CHECK bool file_pull_deleted(struct job *j, struct err *e);
/* Of rows of a side all that they have, with the bytes: for who will write over them. */
MUST_CHECK bool file_pull_kept(struct job *j, enum side side, const struct tab *t,
			       const struct guid *ids, size_t n, struct err *e);

#endif
