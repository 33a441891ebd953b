/* SPDX-License-Identifier: MIT */
/*
 * Create, update, delete, associate, as the platform does (facts/webapi.md 2): keys, required columns,
 * defaults, state and status, created and modified, references that must exist. The caller holds the
 * transaction and rolls back (to its savepoint) when a call fails. Errors carry the platform's code and a
 * kind with its HTTP status.
 */
#ifndef FERRY_ORG_CRUD_H
#define FERRY_ORG_CRUD_H

#include "base/arena.h"
#include "base/err.h"
#include "base/guid.h"
#include "dv/table.h"
#include "org/payload.h"
#include "org/row_key.h"
#include "org/store.h"

/*
 * The row, and all that its body binds to it or nests in it (deep.h). 412 0x80040237 when the id exists,
 * 412 0x80060892 when an alternate key does. *id is the new row's.
 */
MUST_CHECK bool crud_create(struct store *s, struct arena *a, const struct table *t,
			    const struct payload *p, struct guid *id, struct err *e);

enum crud_match {
	CRUD_UPSERT,     /* no condition: update, or create when missing */
	CRUD_IF_EXISTS,  /* If-Match: * */
	CRUD_IF_VERSION, /* If-Match: W/"n" */
	CRUD_IF_MISSING  /* If-None-Match: * */
};
/* *created says whether the row was missing. 404 0x80040217, 412 0x80060882, 412 0x80040237. */
MUST_CHECK bool crud_update(struct store *s, struct arena *a, const struct table *t, struct guid id,
			    enum crud_match match, int64_t version, const struct payload *p,
			    bool *created, struct err *e);

/*
 * The same by any key (facts/webapi.md 2.3): an update leaves the key's columns as they are; a new row gets
 * from the key what its body lacks. *id is the row's. 404 0x80060891.
 */
MUST_CHECK bool crud_upsert(struct store *s, struct arena *a, const struct table *t,
			    const struct row_key *key, enum crud_match match, int64_t version,
			    const struct payload *p, struct guid *id, bool *created, struct err *e);
/* One column of a row that exists. */
MUST_CHECK bool crud_set(struct store *s, struct arena *a, const struct table *t, struct guid id,
			 const struct column *c, const struct value *v, struct err *e);

/* match: CRUD_IF_EXISTS or CRUD_IF_VERSION. Clears lookups to the row and its N:N pairs. */
MUST_CHECK bool crud_delete(struct store *s, struct arena *a, const struct table *t, struct guid id,
			    enum crud_match match, int64_t version, struct err *e);

/* One N:N pair; both rows must exist. A pair that exists: 412 0x80040237. */
MUST_CHECK bool crud_link(struct store *s, struct arena *a, const struct many_to_many *mm,
			  struct guid id1, struct guid id2, struct err *e);
/* A pair that is missing: 404. */
MUST_CHECK bool crud_unlink(struct store *s, struct arena *a, const struct many_to_many *mm,
			    struct guid id1, struct guid id2, struct err *e);

/* A new row alone: what its body nests is left to who calls. */
MUST_CHECK bool crud_insert(struct store *s, struct arena *a, const struct table *t, struct guid id,
			    const struct payload *p, struct err *e);
MUST_CHECK bool crud_exists(struct store *s, const struct table *t, struct guid id, bool *out,
			    struct err *e);

#endif
