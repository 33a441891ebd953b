/* SPDX-License-Identifier: MIT */
/*
 * What an organization does besides what it was asked for: the places at which crud.h tells of rows. Whoever
 * opens the organization gives it the hooks (behaviours.h); a store without them, like that of a sample which is
 * being loaded, writes rows as they are told. A hook that returns false refuses, and everything is undone.
 */
#ifndef FERRY_ORG_HOOKS_H
#define FERRY_ORG_HOOKS_H

#include "org/relations.h"
#include "org/row.h"
#include "org/store.h"

struct hooks {
	/* The row is about to be written: its values are what was told, and may still be changed. */
	bool (*creating)(struct store *s, struct arena *a, struct row *row, struct err *e);
	bool (*changing)(struct store *s, struct arena *a, struct row *row, struct err *e);
	/* It is written. */
	bool (*created)(struct store *s, struct arena *a, struct row *row, struct err *e);
	bool (*changed)(struct store *s, struct arena *a, struct row *row, struct err *e);
	/* It is still there. */
	bool (*deleting)(struct store *s, struct arena *a, const struct table *t, struct guid id,
			 struct err *e);
	bool (*linked)(struct store *s, struct arena *a, const struct many_to_many *mm,
		       struct guid id1, struct guid id2, struct err *e);
	/* What a deletion does to the rows of a relationship, where it is not what the metadata says. */
	enum cascade (*cascade)(const struct store *s, const struct relation *r, enum cascade rule);
};

MUST_CHECK bool hooks_creating(struct store *s, struct arena *a, struct row *row, struct err *e);
MUST_CHECK bool hooks_changing(struct store *s, struct arena *a, struct row *row, struct err *e);
MUST_CHECK bool hooks_created(struct store *s, struct arena *a, struct row *row, struct err *e);
MUST_CHECK bool hooks_changed(struct store *s, struct arena *a, struct row *row, struct err *e);
MUST_CHECK bool hooks_deleting(struct store *s, struct arena *a, const struct table *t,
			       struct guid id, struct err *e);
MUST_CHECK bool hooks_linked(struct store *s, struct arena *a, const struct many_to_many *mm,
			     struct guid id1, struct guid id2, struct err *e);
enum cascade hooks_cascade(const struct store *s, const struct relation *r, enum cascade rule);

#endif
