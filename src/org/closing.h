/* SPDX-License-Identifier: MIT */
/*
 * What ends an opportunity or a case, and how long was worked on one. Only in organizations that have these
 * tables.
 */
#ifndef FERRY_ORG_CLOSING_H
#define FERRY_ORG_CLOSING_H

#include "org/call.h"

/*
 * {"Status":3,"OpportunityClose":{...}}: the row that tells of the end is created, and what it is bound to gets
 * the state; status -1: the state's own. 204.
 */
MUST_CHECK bool action_win_opportunity(struct call *c, struct err *e);
MUST_CHECK bool action_lose_opportunity(struct call *c, struct err *e);
MUST_CHECK bool action_close_incident(struct call *c, struct err *e);

/* incidents(<id>)/...CalculateTotalTimeIncident(): minutes of its completed activities. */
MUST_CHECK bool function_total_time(struct call *c, struct err *e);

#endif
