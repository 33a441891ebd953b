/* SPDX-License-Identifier: MIT */
/*
 * What the platform demands of a row and what it fills in by itself (facts/webapi.md 2). On a struct row,
 * before it is written. Errors carry the platform's codes.
 */
#ifndef FERRY_ORG_RULES_H
#define FERRY_ORG_RULES_H

#include "base/arena.h"
#include "base/err.h"
#include "org/payload.h"
#include "org/row.h"
#include "org/store.h"

/*
 * A column that may not be set by the caller, of a new row or one that exists: 400 0x80040203. *out is what
 * is taken of the body of a create: a state that the metadata does not allow there is treated as the
 * organization's variant says.
 */
MUST_CHECK bool rules_creatable(const struct store *s, struct arena *a, const struct table *t,
				const struct payload *p, struct payload *out, struct err *e);
MUST_CHECK bool rules_changeable(const struct table *t, const struct payload *p, struct err *e);

/*
 * State and status belong together: a status of another state is 400 0x80048408, a state without status
 * gets its default. *row's table may have neither. A row without a state gets the table's first.
 */
MUST_CHECK bool rules_new_state(struct arena *a, struct row *row, struct err *e);
/* The same for an update; the state that is not given is the stored one. */
MUST_CHECK bool rules_changed_state(struct store *s, struct arena *a, struct row *row,
				    struct err *e);

/* Null where the system requires a value, or on a new row nothing at all: 400 0x80040200. */
MUST_CHECK bool rules_required(const struct row *row, bool is_new, struct err *e);

/* What lookups point to has to exist, or be the row itself: 404 0x80040217. */
MUST_CHECK bool rules_references(struct store *s, const struct row *row, struct err *e);

/* What nobody told of a new row: defaults, owner, organization, dates, currency, solution. */
MUST_CHECK bool rules_fill_new(struct store *s, struct arena *a, struct row *row, struct err *e);
/* Of a changed row: modified, and what follows from owner and currency. */
MUST_CHECK bool rules_fill_changed(struct store *s, struct arena *a, struct row *row,
				   struct err *e);

#endif
