/* SPDX-License-Identifier: MIT */
/*
 * Roles, their privileges, and how deep each reaches. Whoever has the role of system administrators is never
 * asked: that role has every privilege.
 */
#include "org/access.h"

#include "org/access_parts.h"
#include "org/code.h"

#include "base/banned.h"

/* statements */

/* With the id as the one parameter. */
static bool ask(struct store *s, struct arena *a, struct str sql, struct guid id, struct stmt **out,
		struct err *e)
{
	if (!store_statement(s, sql, out, e))
		return false;
	stmt_bind_str(*out, 1, guid_text(a, id));
	return true;
}

static struct guid guid_at(const struct stmt *st, int i)
{
	struct guid id = { 0 };

	return guid_parse(stmt_str(st, i), &id) ? id : (struct guid){ 0 };
}

/* actors */

static bool read_roles(struct store *s, struct arena *a, struct actor *who, struct err *e)
{
	struct str of_user =
		S("select x.roleid, u.businessunitid, r.name = 'System Administrator' and "
		  "r.ismanaged = 1 from systemuserroles x join role r on r.roleid = x.roleid join "
		  "systemuser u on u.systemuserid = x.systemuserid where x.systemuserid = ?1 "
		  "union select x.roleid, t.businessunitid, r.name = 'System Administrator' and "
		  "r.ismanaged = 1 from teammembership m join teamroles x on x.teamid = m.teamid "
		  "join role r on r.roleid = x.roleid join team t on t.teamid = m.teamid "
		  "where m.systemuserid = ?1");
	struct str of_team =
		S("select x.roleid, t.businessunitid, r.name = 'System Administrator' and "
		  "r.ismanaged = 1 from teamroles x join role r on r.roleid = x.roleid "
		  "join team t on t.teamid = x.teamid where x.teamid = ?1");
	struct stmt *st;
	bool row;

	if (!ask(s, a, who->is_team ? of_team : of_user, who->id, &st, e))
		return false;
	for (;;) {
		if (!stmt_step(st, &row, e))
			return false;
		if (!row)
			return true;
		*VEC_PUSH(a, &who->roles) = (struct actor_role){ guid_at(st, 0), guid_at(st, 1) };
		who->everything |= stmt_i64(st, 2) == 1;
	}
}

static bool read_owners(struct store *s, struct arena *a, struct actor *who, struct err *e)
{
	struct stmt *st;
	bool row;

	*VEC_PUSH(a, &who->owners) = who->id;
	if (who->is_team)
		return true;
	if (!ask(s, a, S("select teamid from teammembership where systemuserid = ?1"), who->id, &st,
		 e))
		return false;
	for (;;) {
		if (!stmt_step(st, &row, e))
			return false;
		if (!row)
			return true;
		*VEC_PUSH(a, &who->owners) = guid_at(st, 0);
	}
}

/* A file that is older than these tables knows no one but the administrator. */
bool access_is_kept(struct store *s, bool *out, struct err *e)
{
	static const struct str names[] = { STR_INIT("systemuserroles"), STR_INIT("teammembership"),
					    STR_INIT("teamroles"), STR_INIT("roleprivileges") };

	*out = true;
	for (size_t i = 0; i < COUNT_OF(names); i++) {
		const struct table *t;

		if (!store_table(s, names[i], &t, e))
			return false;
		*out = *out && t;
	}
	return true;
}

bool actor_read(struct store *s, struct arena *a, struct guid id, bool is_team, struct actor *out,
		struct err *e)
{
	struct actor who = { .id = id,
			     .is_team = is_team,
			     .everything = !is_team && guid_eq(id, s->admin) };
	bool kept;

	if (!access_is_kept(s, &kept, e))
		return false;
	if (kept && (!read_roles(s, a, &who, e) || !read_owners(s, a, &who, e)))
		return false;
	*out = who;
	return true;
}

/* reach */

static bool add_units_below(struct store *s, struct arena *a, struct guid unit, struct reach *r,
			    struct err *e)
{
	struct stmt *st;
	bool row;

	if (!ask(s, a,
		 S("with recursive below(id) as (select ?1 union select b.businessunitid from "
		   "businessunit b join below on b.parentbusinessunitid = below.id) "
		   "select id from below"),
		 unit, &st, e))
		return false;
	for (;;) {
		if (!stmt_step(st, &row, e))
			return false;
		if (!row)
			return true;
		*VEC_PUSH(a, &r->units) = guid_at(st, 0);
	}
}

static bool add_depth(struct store *s, struct arena *a, int depth, struct guid unit,
		      struct reach *r, struct err *e)
{
	r->any = true;
	r->depth = depth > r->depth ? depth : r->depth;
	r->global = r->global || (depth & DEPTH_GLOBAL);
	if (depth & DEPTH_DEEP)
		return add_units_below(s, a, unit, r, e);
	if (depth & DEPTH_LOCAL)
		*VEC_PUSH(a, &r->units) = unit;
	return true;
}

/* 0: the role does not have it. */
static bool role_depth(struct store *s, struct arena *a, struct guid role, struct guid privilege,
		       int *out, struct err *e)
{
	struct stmt *st;
	bool row;

	if (!ask(s, a,
		 S("select privilegedepthmask from roleprivileges where roleid = ?1 and "
		   "privilegeid = ?2"),
		 role, &st, e))
		return false;
	stmt_bind_str(st, 2, guid_text(a, privilege));
	if (!stmt_step(st, &row, e))
		return false;
	*out = row ? (int)(stmt_i64(st, 0) & 15) : 0;
	stmt_reset(st);
	return true;
}

bool actor_reach(struct store *s, struct arena *a, const struct actor *who, struct guid privilege,
		 struct reach *out, struct err *e)
{
	struct reach r = { .any = who->everything,
			   .global = who->everything,
			   .depth = who->everything ? DEPTH_GLOBAL : 0 };

	for (size_t i = 0; i < who->roles.n && !r.global; i++) {
		const struct actor_role *role = &who->roles.p[i];
		int depth;

		if (!role_depth(s, a, role->role, privilege, &depth, e))
			return false;
		if (depth != 0 && !add_depth(s, a, depth, role->unit, &r, e))
			return false;
	}
	*out = r;
	return true;
}

bool access_has(struct store *s, struct arena *a, const struct actor *who, struct str privilege,
		bool *out, struct err *e)
{
	struct reach r;

	if (!actor_reach(s, a, who, privilege_id(privilege), &r, e))
		return false;
	*out = r.any;
	return true;
}

/* what is remembered */

struct access *access_new(struct store *s, struct arena *a, const struct actor *actors, size_t n)
{
	struct access *x = arena_new(a, struct access);

	assert(n <= COUNT_OF(x->actors));
	*x = (struct access){ .store = s, .arena = a, .n = n };
	for (size_t i = 0; i < n; i++)
		x->actors[i] = actors[i];
	return x;
}

static struct known *find_known(struct access *x, const struct table *t)
{
	for (size_t i = 0; i < x->known.n; i++) {
		if (x->known.p[i]->table == t)
			return x->known.p[i];
	}

	struct known *k = arena_new(x->arena, struct known);

	*k = (struct known){ .table = t };
	k->n = table_privileges(x->arena, t, k->privileges);
	*VEC_PUSH(x->arena, &x->known) = k;
	return k;
}

const struct privilege *access_privilege_of(struct access *x, const struct table *t,
					    enum right right)
{
	static const struct str types[RIGHTS] = {
		[RIGHT_CREATE] = STR_INIT("Create"), [RIGHT_READ] = STR_INIT("Read"),
		[RIGHT_WRITE] = STR_INIT("Write"),   [RIGHT_DELETE] = STR_INIT("Delete"),
		[RIGHT_ASSIGN] = STR_INIT("Assign"), [RIGHT_SHARE] = STR_INIT("Share"),
		[RIGHT_APPEND] = STR_INIT("Append"), [RIGHT_APPEND_TO] = STR_INIT("AppendTo"),
	};
	const struct known *k = find_known(x, t);

	for (size_t i = 0; i < k->n; i++) {
		if (str_eq(k->privileges[i].type, types[right]))
			return &k->privileges[i];
	}
	return NULL;
}

bool access_reach(struct access *x, size_t actor, const struct table *t, enum right right,
		  const struct reach **out, struct err *e)
{
	static const struct reach all = { .any = true, .global = true, .depth = DEPTH_GLOBAL };
	const struct privilege *p = access_privilege_of(x, t, right);
	struct known *k = find_known(x, t);

	*out = &all;
	/* what has no such privilege nobody can be denied */
	if (!p || x->actors[actor].everything)
		return true;
	if (!k->asked[actor][right]) {
		if (!actor_reach(x->store, x->arena, &x->actors[actor], p->id,
				 &k->reach[actor][right], e))
			return false;
		k->asked[actor][right] = true;
	}
	*out = &k->reach[actor][right];
	return true;
}

/* rows */

/* The columns by which rows of a table belong to somebody; empty where they do not. */
struct str access_owner_column(const struct table *t)
{
	if (t->user_owned)
		return S("ownerid");
	return str_eq(t->ownership, S("BusinessOwned")) ? t->primary_id : S("");
}

struct str access_unit_column(const struct table *t)
{
	if (t->user_owned)
		return S("owningbusinessunit");
	return str_eq(t->ownership, S("BusinessOwned")) ? S("businessunitid") : S("");
}

static bool is_among(const struct guid *ids, size_t n, struct str text)
{
	struct guid id;

	if (!guid_parse(text, &id))
		return false;
	for (size_t i = 0; i < n; i++) {
		if (guid_eq(ids[i], id))
			return true;
	}
	return false;
}

static struct str id_of(const struct value *v)
{
	return v && (v->kind == VALUE_REF || v->kind == VALUE_TEXT) ? v->text : S("");
}

bool access_is_within(const struct actor *who, const struct reach *r, const struct table *t,
		      const struct value *owner, const struct value *unit)
{
	if (!r->any || r->global || access_unit_column(t).n == 0)
		return r->any;
	return is_among(who->owners.p, who->owners.n, id_of(owner)) ||
	       is_among(r->units.p, r->units.n, id_of(unit));
}

bool access_belongs(struct store *s, struct arena *a, const struct table *t, struct guid id,
		    struct value *owner, struct value *unit, struct err *e)
{
	struct str column = access_unit_column(t);
	struct value key = { .kind = VALUE_TEXT, .text = guid_text(a, id) };

	*owner = *unit = key;
	if (column.n == 0)
		return true;
	if (t->user_owned && !row_read(s, a, t, id, access_owner_column(t), owner, e))
		return false;
	return str_eq(column, t->primary_id) || row_read(s, a, t, id, column, unit, e);
}

bool access_rights(struct store *s, struct arena *a, const struct actor *who, const struct table *t,
		   struct guid id, unsigned *out, struct err *e)
{
	struct access *x = access_new(s, a, who, 1);
	struct value owner, unit;

	*out = 0;
	if (!access_belongs(s, a, t, id, &owner, &unit, e))
		return false;
	for (int right = 0; right < RIGHTS; right++) {
		const struct reach *r;

		if (!access_privilege_of(x, t, (enum right)right))
			continue;
		if (!access_reach(x, 0, t, (enum right)right, &r, e))
			return false;
		if (access_is_within(who, r, t, &owner, &unit))
			*out |= 1u << right;
	}
	return true;
}
