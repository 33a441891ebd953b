/* SPDX-License-Identifier: MIT */
/*
 * Asking before something is done, and what is answered to whoever may not. A missing privilege is told as the
 * platform does, by user, privilege and table (facts/webapi.md 2.5); a row out of reach by its id.
 */
#include "org/access.h"

#include "org/access_parts.h"
#include "org/code.h"
#include "org/secured.h"

#include "base/banned.h"

#define OVERRIDE_CREATED S("prvOverrideCreatedOnCreatedBy")

/* what is told */

/* The number that a statement with the id as its one parameter gives. */
static bool count(struct access *x, struct str sql, struct guid id, int64_t *out, struct err *e)
{
	struct stmt *st;
	bool row;

	if (!store_statement(x->store, sql, &st, e))
		return false;
	stmt_bind_str(st, 1, guid_text(x->arena, id));
	if (!stmt_step(st, &row, e))
		return false;
	*out = row ? stmt_i64(st, 0) : 0;
	stmt_reset(st);
	return true;
}

#define ROLES_OF_USER                                                                              \
	"(select roleid from systemuserroles where systemuserid = ?1 union select x.roleid from "  \
	"teammembership m join teamroles x on x.teamid = m.teamid where m.systemuserid = ?1)"

static bool fail_privilege(struct access *x, const struct actor *who, struct str name,
			   struct str of_table, struct err *e)
{
	struct str id = guid_text(x->arena, who->id);
	int64_t roles, privileges, mode;

	if (!count(x, S("select count(*) from " ROLES_OF_USER), who->id, &roles, e) ||
	    !count(x,
		   S("select count(distinct privilegeid) from roleprivileges "
		     "where roleid in " ROLES_OF_USER),
		   who->id, &privileges, e) ||
	    !count(x, S("select accessmode from systemuser where systemuserid = ?1"), who->id,
		   &mode, e))
		return false;
	return err_set_code(
		e, ERR_FORBIDDEN, CODE_PRIVILEGE,
		"Principal user (Id=%.*s, type=8, roleCount=%lld, privilegeCount=%lld, "
		"accessMode=%lld), is missing %.*s privilege (Id=%.*s)%.*s. context.Caller=%.*s",
		STR_ARG(id), (long long)roles, (long long)privileges, (long long)mode,
		STR_ARG(name), STR_ARG(guid_text(x->arena, privilege_id(name))), STR_ARG(of_table),
		STR_ARG(guid_text(x->arena, x->store->caller)));
}

static bool fail_table(struct access *x, const struct actor *who, const struct table *t,
		       enum right right, struct err *e)
{
	struct str of = str_fmt(x->arena, " on OTC=%d for entity '%.*s'", (int)t->object_type_code,
				STR_ARG(t->name));

	return fail_privilege(x, who, access_privilege_of(x, t, right)->name, of, e);
}

static bool fail_row(struct access *x, const struct actor *who, const struct table *t,
		     struct guid id, enum right right, struct err *e)
{
	static const struct str names[RIGHTS] = {
		[RIGHT_CREATE] = STR_INIT("CreateAccess"),
		[RIGHT_READ] = STR_INIT("ReadAccess"),
		[RIGHT_WRITE] = STR_INIT("WriteAccess"),
		[RIGHT_DELETE] = STR_INIT("DeleteAccess"),
		[RIGHT_ASSIGN] = STR_INIT("AssignAccess"),
		[RIGHT_SHARE] = STR_INIT("ShareAccess"),
		[RIGHT_APPEND] = STR_INIT("AppendAccess"),
		[RIGHT_APPEND_TO] = STR_INIT("AppendToAccess"),
	};

	uint32_t code = x->store->variants.row_denied == ROW_DENIED_ACCESS ? CODE_ROW_ACCESS
									   : CODE_PRIVILEGE;

	return err_set_code(e, ERR_FORBIDDEN, code,
			    "Principal with id %.*s does not have %.*s right(s) for record with id "
			    "%.*s of entity %.*s: %.*s does not reach that far",
			    STR_ARG(guid_text(x->arena, who->id)), STR_ARG(names[right]),
			    STR_ARG(guid_text(x->arena, id)), STR_ARG(t->name),
			    STR_ARG(access_privilege_of(x, t, right)->name));
}

/* asking */

bool access_table(struct store *s, const struct table *t, enum right right, struct err *e)
{
	struct access *x = s->access;

	for (size_t i = 0; x && i < x->n; i++) {
		const struct reach *r;

		if (!access_reach(x, i, t, right, &r, e))
			return false;
		if (!r->any)
			return fail_table(x, &x->actors[i], t, right, e);
	}
	return true;
}

static bool check_belonging(struct access *x, const struct table *t, struct guid id,
			    enum right right, const struct value *owner, const struct value *unit,
			    struct err *e)
{
	for (size_t i = 0; i < x->n; i++) {
		const struct reach *r;

		if (!access_reach(x, i, t, right, &r, e))
			return false;
		if (!access_is_within(&x->actors[i], r, t, owner, unit))
			return fail_row(x, &x->actors[i], t, id, right, e);
	}
	return true;
}

bool access_row(struct store *s, const struct table *t, struct guid id, enum right right,
		struct err *e)
{
	struct value owner, unit;

	if (!s->access)
		return true;
	if (!access_table(s, t, right, e) ||
	    !access_belongs(s, s->access->arena, t, id, &owner, &unit, e))
		return false;
	/* that it is missing is for others to tell */
	if (owner.kind == VALUE_ABSENT || unit.kind == VALUE_ABSENT)
		return true;
	return check_belonging(s->access, t, id, right, &owner, &unit, e);
}

bool access_privilege(struct store *s, struct str name, struct err *e)
{
	struct access *x = s->access;

	for (size_t i = 0; x && i < x->n; i++) {
		bool has;

		if (!access_has(s, x->arena, &x->actors[i], name, &has, e))
			return false;
		if (!has)
			return fail_privilege(x, &x->actors[i], name, S(""), e);
	}
	return true;
}

/* writing */

/* Its owner is no lookup that is appended to, but one that is assigned. */
static bool is_appended(const struct column *c, const struct value *v)
{
	return v->kind == VALUE_REF && !str_eq(c->name, S("ownerid"));
}

static bool check_target(struct store *s, const struct value *v, struct err *e)
{
	const struct table *target;
	struct guid id;

	if (!store_table(s, v->table, &target, e))
		return false;
	/* what does not exist is refused for that */
	return !target || !guid_parse(v->text, &id) ||
	       access_row(s, target, id, RIGHT_APPEND_TO, e);
}

static bool check_lookups(struct store *s, const struct table *t, const struct payload *p,
			  const struct guid *row, struct err *e)
{
	bool any = false;

	for (size_t i = 0; i < p->n; i++) {
		if (!is_appended(p->columns[i], &p->values[i]))
			continue;
		if (!any && !(row ? access_row(s, t, *row, RIGHT_APPEND, e)
				  : access_table(s, t, RIGHT_APPEND, e)))
			return false;
		any = true;
		if (!check_target(s, &p->values[i], e))
			return false;
	}
	return true;
}

static const struct value *told_owner(const struct payload *p)
{
	for (size_t i = 0; i < p->n; i++) {
		if (str_eq(p->columns[i]->name, S("ownerid")) && p->values[i].kind == VALUE_REF)
			return &p->values[i];
	}
	return NULL;
}

static bool is_user(const struct value *owner, struct guid user)
{
	struct guid id;

	return guid_parse(owner->text, &id) && guid_eq(id, user);
}

/* Nobody gets a row that he could not even read. */
static bool check_new_owner(struct store *s, const struct table *t, const struct value *owner,
			    struct err *e)
{
	DEFER(arena_release) struct arena scratch = arena_make(0);
	const struct reach *r;
	struct actor who;
	struct guid id;
	bool kept;

	if (s->variants.new_owner == NEW_OWNER_IS_ANYBODY || !guid_parse(owner->text, &id))
		return true;
	if (!access_is_kept(s, &kept, e) ||
	    !actor_read(s, &scratch, id, str_eq(owner->table, S("team")), &who, e))
		return false;
	if (!kept)
		return true;

	struct access *his = access_new(s, &scratch, &who, 1);

	if (!access_reach(his, 0, t, RIGHT_READ, &r, e))
		return false;
	return r->any ||
	       err_set_code(e, ERR_FORBIDDEN, CODE_OWNER_PRIVILEGE,
			    "the new owner %.*s (%.*s) is missing %.*s privilege: rows of table "
			    "'%.*s' cannot be assigned to it",
			    STR_ARG(owner->text), STR_ARG(owner->table),
			    STR_ARG(access_privilege_of(his, t, RIGHT_READ)->name),
			    STR_ARG(t->name));
}

/* What only callers with limits are asked for. */
static bool check_create(struct store *s, const struct table *t, const struct payload *p,
			 struct err *e)
{
	if (!access_table(s, t, RIGHT_CREATE, e) || !check_lookups(s, t, p, NULL, e))
		return false;
	for (size_t i = 0; i < p->n; i++) {
		if (str_eq(p->columns[i]->name, S("overriddencreatedon")) &&
		    p->values[i].kind == VALUE_TEXT && !access_privilege(s, OVERRIDE_CREATED, e))
			return false;
	}
	return true;
}

bool access_create(struct store *s, const struct table *t, const struct payload *p, struct err *e)
{
	const struct value *owner = told_owner(p);

	if (!secured_writable(s, t, p, true, e) || (s->access && !check_create(s, t, p, e)))
		return false;
	if (!t->user_owned || !owner || is_user(owner, s->caller))
		return true;
	return access_table(s, t, RIGHT_ASSIGN, e) && check_new_owner(s, t, owner, e);
}

bool access_created(struct store *s, const struct row *row, struct err *e)
{
	const struct table *t = row->table;
	struct str owner = access_owner_column(t);
	struct str unit = access_unit_column(t);
	struct value key = { .kind = VALUE_TEXT };

	if (!s->access || unit.n == 0)
		return true;
	key.text = guid_text(s->access->arena, row->id);

	const struct value *own = str_eq(owner, t->primary_id) ? &key : row_value(row, owner);
	const struct value *of = str_eq(unit, t->primary_id) ? &key : row_value(row, unit);

	return check_belonging(s->access, t, row->id, RIGHT_CREATE, own, of, e);
}

bool access_update(struct store *s, const struct table *t, struct guid id, const struct payload *p,
		   struct err *e)
{
	const struct value *owner = told_owner(p);
	DEFER(arena_release) struct arena scratch = arena_make(0);
	struct value stored, unit;

	if (!secured_writable(s, t, p, false, e))
		return false;
	/* a row is assigned by who may assign it, even if he may change nothing else of it */
	if ((!owner || p->n > 1) && !access_row(s, t, id, RIGHT_WRITE, e))
		return false;
	if (s->access && !check_lookups(s, t, p, &id, e))
		return false;
	if (!owner || !t->user_owned)
		return true;
	if (!access_belongs(s, &scratch, t, id, &stored, &unit, e))
		return false;
	if (stored.kind == VALUE_REF && str_eq(stored.text, owner->text))
		return true;
	return access_row(s, t, id, RIGHT_ASSIGN, e) && check_new_owner(s, t, owner, e);
}

/* pairs */

static bool check_side(struct store *s, struct str table, struct guid id, struct err *e)
{
	const struct table *t;

	if (!store_table(s, table, &t, e))
		return false;
	return !t || access_row(s, t, id, RIGHT_APPEND, e);
}

bool access_pair(struct store *s, const struct many_to_many *mm, struct guid id1, struct guid id2,
		 struct err *e)
{
	if (!s->access)
		return true;
	if (str_eq(mm->intersect, S("systemuserroles")) || str_eq(mm->intersect, S("teamroles")))
		return access_privilege(s, S("prvAssignRole"), e);
	return check_side(s, mm->table1, id1, e) && check_side(s, mm->table2, id2, e);
}
