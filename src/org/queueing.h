/* SPDX-License-Identifier: MIT */
/*
 * Messages about rows that wait in queues. They need the table queueitem, which not every organization has.
 */
#ifndef FERRY_ORG_QUEUEING_H
#define FERRY_ORG_QUEUEING_H

#include "org/call.h"

/*
 * queues(<id>)/Microsoft.Dynamics.CRM.AddToQueue {"Target":...}: a row that waits already is moved. 200
 * {"QueueItemId":...}.
 */
MUST_CHECK bool action_add_to_queue(struct call *c, struct err *e);
/* queueitems(<id>)/...: who works on it, that nobody does, that it waits no longer. 204. */
MUST_CHECK bool action_pick_from_queue(struct call *c, struct err *e);
MUST_CHECK bool action_release_to_queue(struct call *c, struct err *e);
MUST_CHECK bool action_remove_from_queue(struct call *c, struct err *e);

#endif
