/* SPDX-License-Identifier: MIT */
/*
 * The symbols of currencies, each asked for once per answer.
 */
#ifndef FERRY_ORG_CURRENCY_H
#define FERRY_ORG_CURRENCY_H

#include "base/vec.h"
#include "org/store.h"

struct currency {
	struct str id;
	struct str symbol;
	int precision; /* digits after the point that are shown */
};

struct currencies {
	VEC(struct currency) known;
	struct store *store;
	struct arena *arena; /* of one answer */
};

/* An id that no currency has, or an empty one, is that of the organization's currency. */
MUST_CHECK bool currency_find(struct currencies *c, struct str id, const struct currency **out,
			      struct err *e);

#endif
