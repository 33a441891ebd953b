/* SPDX-License-Identifier: MIT */
/*
 * InitializeFrom: what a new row would start with when it is made from another one.
 */
#ifndef FERRY_ORG_INITIALIZE_H
#define FERRY_ORG_INITIALIZE_H

#include "org/call.h"

/*
 * InitializeFrom(EntityMoniker=@p1,TargetEntityName=@p2,TargetFieldType=@p3): 200 with the lookup to the row
 * that it is made from and the columns that are mapped, ready to be the body of a create.
 */
MUST_CHECK bool function_initialize_from(struct call *c, struct err *e);

#endif
