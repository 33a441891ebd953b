/* SPDX-License-Identifier: MIT */
/*
 * Actions that change choices: of one column, or a global one for all columns that use it.
 */
#ifndef FERRY_ORG_OPTION_SETS_H
#define FERRY_ORG_OPTION_SETS_H

#include "org/call.h"

MUST_CHECK bool option_insert(struct call *c, struct err *e);        /* InsertOptionValue */
MUST_CHECK bool option_update(struct call *c, struct err *e);        /* UpdateOptionValue */
MUST_CHECK bool option_delete(struct call *c, struct err *e);        /* DeleteOptionValue */
MUST_CHECK bool option_insert_status(struct call *c, struct err *e); /* InsertStatusValue */
MUST_CHECK bool option_update_state(struct call *c, struct err *e);  /* UpdateStateValue */
MUST_CHECK bool option_order(struct call *c, struct err *e);         /* OrderOption */

#endif
