/* SPDX-License-Identifier: MIT */
/*
 * Query options bound to a table: the trees of odata_options.h, with names looked up, become a struct fetch
 * and by bind.h a checked query. $expand is not bound here: who answers it does.
 */
#ifndef FERRY_ORG_ODATA_BIND_H
#define FERRY_ORG_ODATA_BIND_H

#include "base/guid.h"
#include "org/odata_options.h"
#include "org/query.h"
#include "org/store.h"

/* Where the rows of the answer lie among those that the options describe. What is zero does nothing. */
struct odata_place {
	const struct fetch_filter
		*within;    /* and these conditions hold: children of a row, one row */
	uint32_t page_size; /* odata.maxpagesize: then $top does not count */
	uint32_t page;      /* from 1 */
	struct str cookie;  /* the inner one of the page before */
};

/*
 * Every table, and every name in the options, is checked: 400 0x80060888. A name in $select that is a
 * navigation property is allowed only when it is expanded too.
 */
MUST_CHECK bool odata_bind(struct store *s, struct arena *a, const struct table *t,
			   const struct odata_options *o, const struct odata_place *place,
			   struct query **out, struct err *e);
/* One row by its id: $select alone counts. */
MUST_CHECK bool odata_bind_row(struct arena *a, const struct table *t,
			       const struct odata_options *o, struct guid id, struct query **out,
			       struct err *e);

#endif
