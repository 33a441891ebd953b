/* SPDX-License-Identifier: MIT */
/*
 * Functions and actions of the platform.
 */
#ifndef FERRY_ORG_ACTIONS_H
#define FERRY_ORG_ACTIONS_H

#include "org/call.h"

/* GET WhoAmI: organization, business unit and user (facts/webapi.md 5.3). */
MUST_CHECK bool action_who_am_i(struct call *c, struct err *e);

/* RetrieveTotalRecordCount(EntityNames=@p1)?@p1=["queue"]: exact, where the platform's may be a day old. */
MUST_CHECK bool action_total_record_count(struct call *c, struct err *e);

#endif
