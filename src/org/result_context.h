/* SPDX-License-Identifier: MIT */
/*
 * @odata.context of rows: which properties they have.
 */
#ifndef FERRY_ORG_RESULT_CONTEXT_H
#define FERRY_ORG_RESULT_CONTEXT_H

#include "org/cells.h"

/* The member; `suffix` is "/$entity" for a single row. */
void result_context(const struct result *r, struct json_writer *w, struct str suffix);

#endif
