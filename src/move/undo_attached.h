/* SPDX-License-Identifier: MIT */
/*
 * Rows that a run created, before they are deleted: who points to them now? What the platform made because of them goes with
 * them; what others attached keeps them.
 */
#ifndef FERRY_MOVE_UNDO_ATTACHED_H
#define FERRY_MOVE_UNDO_ATTACHED_H

#include "move/undo_row.h"

/*
 * Asks every relationship of the rows that are marked to be deleted. Those that must stay, and what they need, are marked and told.
 * What the platform made because of them is planned to be deleted: u->j gets tabs for tables that its schema lacks.
 */
MUST_CHECK bool undo_attached(struct undoing *u, struct err *e);

#endif
