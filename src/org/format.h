/* SPDX-License-Identifier: MIT */
/*
 * FormattedValue: what a person reads for a value (facts/webapi.md 1.2, 2.6), in English.
 */
#ifndef FERRY_ORG_FORMAT_H
#define FERRY_ORG_FORMAT_H

#include "base/buf.h"
#include "io/zone.h"
#include "dv/column.h"
#include "org/currency.h"

struct format {
	const struct zone *zone;         /* of the reader; NULL: UTC */
	const struct currency *currency; /* of money; NULL: no symbol */
};

/* Whether values of the column have such a text at all; lookups have the name of their row. */
bool format_applies(const struct column *c);
/* From the stored text; adds nothing when there is no text for it. */
void format_value(struct buf *out, const struct format *f, const struct column *c,
		  struct str stored);

#endif
