/* SPDX-License-Identifier: MIT */
/*
 * The hooks of a store, where it has some.
 */
#include "org/hooks.h"

#include "base/banned.h"

/* What the organization does by itself it does with its own rights, not with the caller's. */
static bool with_rights(struct store *s, struct access *of_caller, bool ok)
{
	s->access = of_caller;
	return ok;
}

static struct access *step_aside(struct store *s)
{
	struct access *of_caller = s->access;

	s->access = NULL;
	return of_caller;
}

bool hooks_creating(struct store *s, struct arena *a, struct row *row, struct err *e)
{
	if (!s->hooks)
		return true;

	struct access *of_caller = step_aside(s);

	return with_rights(s, of_caller, s->hooks->creating(s, a, row, e));
}

bool hooks_changing(struct store *s, struct arena *a, struct row *row, struct err *e)
{
	if (!s->hooks)
		return true;

	struct access *of_caller = step_aside(s);

	return with_rights(s, of_caller, s->hooks->changing(s, a, row, e));
}

bool hooks_created(struct store *s, struct arena *a, struct row *row, struct err *e)
{
	if (!s->hooks)
		return true;

	struct access *of_caller = step_aside(s);

	return with_rights(s, of_caller, s->hooks->created(s, a, row, e));
}

bool hooks_changed(struct store *s, struct arena *a, struct row *row, struct err *e)
{
	if (!s->hooks)
		return true;

	struct access *of_caller = step_aside(s);

	return with_rights(s, of_caller, s->hooks->changed(s, a, row, e));
}

bool hooks_deleting(struct store *s, struct arena *a, const struct table *t, struct guid id,
		    struct err *e)
{
	if (!s->hooks)
		return true;

	struct access *of_caller = step_aside(s);

	return with_rights(s, of_caller, s->hooks->deleting(s, a, t, id, e));
}

bool hooks_linked(struct store *s, struct arena *a, const struct many_to_many *mm, struct guid id1,
		  struct guid id2, struct err *e)
{
	if (!s->hooks)
		return true;

	struct access *of_caller = step_aside(s);

	return with_rights(s, of_caller, s->hooks->linked(s, a, mm, id1, id2, e));
}

enum cascade hooks_cascade(const struct store *s, const struct relation *r, enum cascade rule)
{
	return s->hooks ? s->hooks->cascade(s, r, rule) : rule;
}
