/* SPDX-License-Identifier: MIT */
/*
 * Profiles are asked each time: secured columns are few, and are asked for once per query.
 */
#include "org/secured.h"

#include "org/access.h"
#include "org/code.h"

#include "base/banned.h"

#define ALLOWED 4 /* of the choices of fieldpermission.canread and its like */

bool secured_is_free(const struct store *s)
{
	return guid_eq(s->caller, s->admin) && guid_is_null(s->delegate);
}

static bool has_profiles(struct store *s, bool *out, struct err *e)
{
	static const struct str names[] = { STR_INIT("fieldpermission"),
					    STR_INIT("systemuserprofiles"),
					    STR_INIT("teamprofiles"), STR_INIT("teammembership") };

	*out = true;
	for (size_t i = 0; i < COUNT_OF(names); i++) {
		const struct table *t;

		if (!store_table(s, names[i], &t, e))
			return false;
		*out = *out && t;
	}
	return true;
}

enum use { USE_READ, USE_CREATE, USE_UPDATE };

static bool is_granted(struct store *s, struct arena *a, struct guid user, const struct table *t,
		       const struct column *c, enum use use, bool *out, struct err *e)
{
	struct str sql =
		S("select max(canread), max(cancreate), max(canupdate) from fieldpermission where "
		  "entityname = ?2 and attributelogicalname = ?3 and fieldsecurityprofileid in ("
		  "select fieldsecurityprofileid from systemuserprofiles where systemuserid = ?1 "
		  "union select x.fieldsecurityprofileid from teammembership m join teamprofiles x "
		  "on x.teamid = m.teamid where m.systemuserid = ?1)");
	struct stmt *st;
	bool there, row;

	*out = false;
	if (!has_profiles(s, &there, e))
		return false;
	if (!there)
		return true;
	if (!store_statement(s, sql, &st, e))
		return false;
	stmt_bind_str(st, 1, guid_text(a, user));
	stmt_bind_str(st, 2, t->name);
	stmt_bind_str(st, 3, c->name);
	if (!stmt_step(st, &row, e))
		return false;
	*out = row && stmt_i64(st, (int)use) == ALLOWED;
	stmt_reset(st);
	return true;
}

static bool may_use(struct store *s, struct guid user, const struct table *t,
		    const struct column *c, enum use use, bool *out, struct err *e)
{
	DEFER(arena_release) struct arena scratch = arena_make(0);
	struct actor who;

	if (!actor_read(s, &scratch, user, false, &who, e))
		return false;
	*out = true;
	return who.everything || is_granted(s, &scratch, user, t, c, use, out, e);
}

/* On behalf of another only what both may. */
static bool is_allowed(struct store *s, const struct table *t, const struct column *c, enum use use,
		       bool *out, struct err *e)
{
	*out = true;
	if (!c->secured || secured_is_free(s))
		return true;
	if (!may_use(s, s->caller, t, c, use, out, e))
		return false;
	return !*out || guid_is_null(s->delegate) || may_use(s, s->delegate, t, c, use, out, e);
}

bool secured_readable(struct store *s, const struct table *t, const struct column *c, bool *out,
		      struct err *e)
{
	return is_allowed(s, t, c, USE_READ, out, e);
}

bool secured_changeable(struct store *s, const struct table *t, const struct column *c, bool is_new,
			struct err *e)
{
	bool may;

	if (!is_allowed(s, t, c, is_new ? USE_CREATE : USE_UPDATE, &may, e))
		return false;
	return may ||
	       err_set_code(e, ERR_FORBIDDEN, is_new ? CODE_SECURED_CREATE : CODE_SECURED_UPDATE,
			    "column %.*s of table %.*s is secured: the caller may not %s it",
			    STR_ARG(c->name), STR_ARG(t->name), is_new ? "set" : "change");
}

bool secured_writable(struct store *s, const struct table *t, const struct payload *p, bool is_new,
		      struct err *e)
{
	for (size_t i = 0; i < p->n; i++) {
		if (!secured_changeable(s, t, p->columns[i], is_new, e))
			return false;
	}
	return true;
}

struct str secured_mask(const struct store *s, const struct column *c)
{
	bool masked = s->variants.secured == SECURED_IS_MASKED && column_is_text(c);

	return masked ? S("****") : S("");
}
