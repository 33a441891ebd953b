/* SPDX-License-Identifier: MIT */
/*
 * FormattedValue: what a person reads for a value (facts/webapi.md 1.2), in English and UTC.
 */
#ifndef FERRY_ORG_FORMAT_H
#define FERRY_ORG_FORMAT_H

#include "base/buf.h"
#include "dv/column.h"

/* Whether values of the column have such a text at all; lookups have the name of their row. */
bool format_applies(const struct column *c);
/* From the stored text; adds nothing when there is no text for it. */
void format_value(struct buf *out, const struct column *c, struct str stored);

#endif
