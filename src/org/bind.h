/* SPDX-License-Identifier: MIT */
/*
 * A query in the words of the caller and the organization's metadata become a checked query. Errors are
 * the caller's: ERR_BAD_REQUEST with the platform's code, or ERR_UNSUPPORTED with what is not there yet.
 */
#ifndef FERRY_ORG_BIND_H
#define FERRY_ORG_BIND_H

#include "org/query.h"
#include "org/store.h"

/* `t` is the table of the entity set that was asked: another one in the query is 0x80041128. */
MUST_CHECK bool bind_fetch(struct store *s, struct arena *a, const struct table *t,
			   const struct fetch *f, struct query **out, struct err *e);

/*
 * One row by its id. `select` holds property names as $select takes them: _x_value for lookups; n == 0:
 * all columns. An unknown one is 0x80060888.
 */
MUST_CHECK bool bind_row(struct arena *a, const struct table *t, struct guid id,
			 const struct str *select, size_t n, struct query **out, struct err *e);

#endif
