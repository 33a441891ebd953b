/* SPDX-License-Identifier: MIT */
/*
 * Which tables know which bulk message (facts/webapi.md 3.2), as rows of sdkmessage and sdkmessagefilter: clients
 * ask for them before they use one, and the organization goes by the same rows. UpsertMultiple has no rows of
 * its own: a table knows it that knows CreateMultiple and UpdateMultiple.
 */
#ifndef FERRY_ORG_SDK_MESSAGES_H
#define FERRY_ORG_SDK_MESSAGES_H

#include "org/store.h"

/* For one table that is new, or gone. Inside a transaction. */
MUST_CHECK bool sdk_messages_add_table(struct store *s, const struct table *t, struct err *e);
MUST_CHECK bool sdk_messages_drop_table(struct store *s, struct str table, struct err *e);

MUST_CHECK bool sdk_messages_know(struct store *s, struct str message, const struct table *t,
				  bool *out, struct err *e);

#endif
