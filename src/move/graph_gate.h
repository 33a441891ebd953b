/* SPDX-License-Identifier: MIT */
/*
 * Creates that wait though they need nothing: for the turn of their table (facts/cmt-format.md 2.2, entityImportOrder).
 */
#ifndef FERRY_MOVE_GRAPH_GATE_H
#define FERRY_MOVE_GRAPH_GATE_H

#include "move/run.h"

/* The creates of a tab get no wave until they are let through. */
MUST_CHECK bool graph_hold(struct run *r, uint32_t tab, struct err *e);
MUST_CHECK bool graph_let(struct run *r, uint32_t tab, struct err *e);
/* Those on hold that creates of this tab need, directly or not; *n: how many. */
MUST_CHECK bool graph_let_needed(struct run *r, uint32_t tab, uint64_t *n, struct err *e);
/* Creates of the tab without a wave. */
MUST_CHECK bool graph_count_waiting(struct run *r, uint32_t tab, uint64_t *n, struct err *e);

#endif
