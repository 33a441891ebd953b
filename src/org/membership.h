/* SPDX-License-Identifier: MIT */
/*
 * Who belongs to a team, as messages.
 */
#ifndef FERRY_ORG_MEMBERSHIP_H
#define FERRY_ORG_MEMBERSHIP_H

#include "org/call.h"

/*
 * teams(<id>)/Microsoft.Dynamics.CRM.AddMembersTeam {"Members":[{"@odata.type":"Microsoft.Dynamics.CRM.systemuser",
 * "ownerid":...}]}, by either of the keys of a user: 204. Who is a member already stays one; who is none is passed
 * over when members are removed.
 */
MUST_CHECK bool action_add_members(struct call *c, struct err *e);
MUST_CHECK bool action_remove_members(struct call *c, struct err *e);

#endif
