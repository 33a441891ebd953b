/* SPDX-License-Identifier: MIT */
/*
 * What Accept: application/json;odata.metadata=full adds to a row: its type and addresses, and the types of
 * properties that JSON does not tell (OData JSON format 4.0, 4.5).
 */
#ifndef FERRY_ORG_CELLS_FULL_H
#define FERRY_ORG_CELLS_FULL_H

#include "org/cells.h"

/* "#Guid"; empty for what JSON tells by itself: texts, booleans, small whole numbers, doubles. */
struct str cells_full_type(const struct column *c);
/* @odata.type, @odata.id, @odata.editLink; nothing for rows without their key. */
void cells_full_row(const struct result *r, struct json_writer *w, const struct stmt *st);

#endif
