/* SPDX-License-Identifier: MIT */
/*
 * Taking a run back. The undo is a run of its own: its TARGET side is what the rows are now, its WANTED side what they were before the
 * other run wrote them, its changes the way from one to the other. So it is shown, applied, resumed, verified and taken back as any
 * run is.
 *
 * A row that the other run created is deleted, with the rows that the platform made because of it; one that it deleted is created;
 * in one that it updated the columns that it wrote, and those that the platform changed with them, are put back; pairs and states
 * likewise. Left as they are, and told, are rows (or columns) that somebody changed since, unless `force`; and created rows to which
 * somebody attached something since: those are deactivated, with what they need.
 */
#ifndef FERRY_MOVE_UNDO_H
#define FERRY_MOVE_UNDO_H

#include "move/job.h"

/*
 * *of was restored from the run that is taken back, and has a service; *j has arena, page, run (new, its head begun), service,
 * reader and progress. Fills the rest of *j and plans, up to phase planned. ERR_USAGE: the run never wrote anything, or
 * is about another organization. What cannot come back is told as warnings.
 */
MUST_CHECK bool undo_plan(struct job *j, struct job *of, bool force, struct err *e);

#endif
