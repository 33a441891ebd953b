/* SPDX-License-Identifier: MIT */
/*
 * What is asked is answered from the same rows by which access.c decides.
 */
#include "org/security_messages.h"

#include <stdlib.h>

#include "base/vec.h"
#include "io/json.h"
#include "org/access.h"
#include "org/metadata_rows_access.h"
#include "org/code.h"
#include "org/crud.h"
#include "org/parameter.h"
#include "org/row_url.h"

#include "base/banned.h"

/* parameters */

/* 'it''s' as it's */
static struct str unquote(struct arena *a, struct str literal)
{
	DEFER(buf_release) struct buf out = buf_make(0);
	struct str s = literal;

	if (s.n < 2 || s.p[0] != '\'' || s.p[s.n - 1] != '\'')
		return s;
	s = str_sub(s, 1, s.n - 2);
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] == '\'' && i + 1 < s.n && s.p[i + 1] == '\'')
			i++;
		buf_add_char(&out, s.p[i]);
	}
	return str_dup(a, buf_str(&out));
}

static bool guid_parameter(struct call *c, struct str name, struct guid *out, struct err *e)
{
	struct str text;

	if (!message_parameter(c, name, &text, e))
		return false;
	return guid_parse(unquote(c->arena, text), out) ||
	       err_set_code(e, ERR_BAD_REQUEST, CODE_ODATA, "%.*s: '%.*s' is no id", STR_ARG(name),
			    STR_ARG(str_sub(text, 0, 100)));
}

/* The row that the message is bound to, of the one table that it is for, and that the caller may read. */
static bool bound_row(struct call *c, struct str table, struct guid *id, struct err *e)
{
	const struct table *t;
	bool exists;

	if (!call_row(c, &t, id, e))
		return false;
	if (!str_eq(t->name, table))
		return err_set_code(e, ERR_BAD_REQUEST, CODE_ODATA,
				    "the message is bound to rows of table '%.*s', not of '%.*s'",
				    STR_ARG(table), STR_ARG(t->name));
	if (!access_row(c->store, t, *id, RIGHT_READ, e) ||
	    !crud_exists(c->store, t, *id, &exists, e))
		return false;
	return exists || row_fail_missing(t, *id, e);
}

/* what somebody has */

struct holding {
	struct guid id;
	struct str name;
	struct guid unit;
	int depth;
};

struct holdings {
	VEC(struct holding) list;
	struct call *call;
};

static int compare(const void *a, const void *b)
{
	const struct holding *x = a;
	const struct holding *y = b;
	int by_name = str_cmp(x->name, y->name);

	return by_name != 0 ? by_name : y->depth - x->depth;
}

/* The deepest of each privilege, by name. */
static void settle(struct holdings *h)
{
	size_t n = 0;

	if (h->list.n > 0)
		qsort(h->list.p, h->list.n, sizeof(*h->list.p), compare);
	for (size_t i = 0; i < h->list.n; i++) {
		if (n == 0 || !guid_eq(h->list.p[n - 1].id, h->list.p[i].id))
			h->list.p[n++] = h->list.p[i];
	}
	h->list.n = n;
}

static bool add_role(struct holdings *h, struct guid role, struct guid unit, struct err *e)
{
	struct arena *a = h->call->arena;
	struct stmt *st;
	bool row;

	if (!store_statement(h->call->store,
			     S("select p.privilegeid, p.name, x.privilegedepthmask from "
			       "roleprivileges x join privilege p on p.privilegeid = x.privilegeid "
			       "where x.roleid = ?1 and x.privilegedepthmask > 0"),
			     &st, e))
		return false;
	stmt_bind_str(st, 1, guid_text(a, role));
	for (;;) {
		struct guid id;

		if (!stmt_step(st, &row, e))
			return false;
		if (!row)
			return true;
		if (!guid_parse(stmt_str(st, 0), &id))
			return err_set(e, ERR_INTERNAL, "a privilege has no id");
		*VEC_PUSH(a, &h->list) = (struct holding){ .id = id,
							   .name = str_dup(a, stmt_str(st, 1)),
							   .unit = unit,
							   .depth = (int)stmt_i64(st, 2) };
	}
}

static bool find_holdings(struct call *c, struct guid principal, bool is_team, struct holdings *out,
			  struct err *e)
{
	struct holdings h = { .call = c };
	struct actor who;

	if (!actor_read(c->store, c->arena, principal, is_team, &who, e))
		return false;
	for (size_t i = 0; i < who.roles.n; i++) {
		if (!add_role(&h, who.roles.p[i].role, who.roles.p[i].unit, e))
			return false;
	}
	settle(&h);
	*out = h;
	return true;
}

static void write_holding(struct json_writer *w, const struct holding *h)
{
	json_object(w);
	json_key(w, S("Depth"));
	json_str(w, access_depth_name(h->depth));
	json_guid(w, S("PrivilegeId"), h->id);
	json_guid(w, S("BusinessUnitId"), h->unit);
	json_key(w, S("PrivilegeName"));
	json_str(w, h->name);
	json_guid(w, S("RecordFilterId"), (struct guid){ 0 });
	json_key(w, S("RecordFilterUniqueName"));
	json_str(w, S(""));
	json_object_end(w);
}

/* Those that `only` names, by name or id; NULL: all. */
static bool answer(struct call *c, const char *response, const struct holdings *h,
		   const struct holding *only, struct err *e)
{
	call_json(c, 200);

	DEFER(json_writer_release) struct json_writer w = json_writer_make(call_sink(c));

	json_object(&w);
	json_key(&w, S("@odata.context"));
	json_str(&w, call_context(c, str_fmt(c->arena, "Microsoft.Dynamics.CRM.%s", response)));
	json_key(&w, S("RolePrivileges"));
	json_array(&w);
	for (size_t i = 0; i < h->list.n; i++) {
		const struct holding *each = &h->list.p[i];

		if (!only || guid_eq(only->id, each->id) || str_eq(only->name, each->name))
			write_holding(&w, each);
	}
	json_array_end(&w);
	json_object_end(&w);
	return json_writer_finish(&w, e);
}

bool security_user_privileges(struct call *c, struct err *e)
{
	struct holdings h;
	struct guid id;

	return bound_row(c, S("systemuser"), &id, e) && find_holdings(c, id, false, &h, e) &&
	       answer(c, "RetrieveUserPrivilegesResponse", &h, NULL, e);
}

bool security_team_privileges(struct call *c, struct err *e)
{
	struct holdings h;
	struct guid id;

	return bound_row(c, S("team"), &id, e) && find_holdings(c, id, true, &h, e) &&
	       answer(c, "RetrieveTeamPrivilegesResponse", &h, NULL, e);
}

bool security_user_privilege_by_name(struct call *c, struct err *e)
{
	struct holding only = { 0 };
	struct holdings h;
	struct guid id;
	struct str text;

	if (!bound_row(c, S("systemuser"), &id, e) ||
	    !message_parameter(c, S("PrivilegeName"), &text, e) ||
	    !find_holdings(c, id, false, &h, e))
		return false;
	only.name = unquote(c->arena, text);
	return answer(c, "RetrieveUserPrivilegeByPrivilegeNameResponse", &h, &only, e);
}

bool security_user_privilege_by_id(struct call *c, struct err *e)
{
	struct holding only = { 0 };
	struct holdings h;
	struct guid id;

	return bound_row(c, S("systemuser"), &id, e) &&
	       guid_parameter(c, S("PrivilegeId"), &only.id, e) &&
	       find_holdings(c, id, false, &h, e) &&
	       answer(c, "RetrieveUserPrivilegeByPrivilegeIdResponse", &h, &only, e);
}

bool security_directory_user_privileges(struct call *c, struct err *e)
{
	struct holdings h;
	struct guid object;
	struct guid id = { 0 };
	struct stmt *st;
	bool row;

	if (!guid_parameter(c, S("DirectoryObjectId"), &object, e) ||
	    !store_statement(c->store,
			     S("select systemuserid from systemuser "
			       "where azureactivedirectoryobjectid = ?1"),
			     &st, e))
		return false;
	stmt_bind_str(st, 1, guid_text(c->arena, object));
	if (!stmt_step(st, &row, e))
		return false;
	if (!row || !guid_parse(stmt_str(st, 0), &id))
		return err_set_code(e, ERR_NOT_FOUND, CODE_ROW_MISSING,
				    "no user has the id %.*s in the directory",
				    STR_ARG(guid_text(c->arena, object)));
	stmt_reset(st);
	return find_holdings(c, id, false, &h, e) &&
	       answer(c, "RetrieveAadUserPrivilegesResponse", &h, NULL, e);
}

static bool check_role(struct call *c, const struct table *t, struct guid id, enum right right,
		       struct err *e)
{
	bool exists;

	if (!crud_exists(c->store, t, id, &exists, e))
		return false;
	return exists ? access_row(c->store, t, id, right, e) : row_fail_missing(t, id, e);
}

bool security_role_privileges(struct call *c, struct err *e)
{
	struct holdings h = { .call = c };
	const struct table *t;
	struct guid id;

	if (!guid_parameter(c, S("RoleId"), &id, e) || !store_table(c->store, S("role"), &t, e))
		return false;
	if (!t)
		return err_set(e, ERR_UNSUPPORTED, "this organization has no roles");
	if (!check_role(c, t, id, RIGHT_READ, e) || !add_role(&h, id, c->store->root_unit, e))
		return false;
	settle(&h);
	return answer(c, "RetrieveRolePrivilegesRoleResponse", &h, NULL, e);
}

/* access to one row */

/* {'@odata.id':'accounts(...)'}: with either kind of quotes. */
static bool read_target(struct call *c, const struct table **t, struct guid *id, struct err *e)
{
	struct str text;
	struct json row;

	if (!message_parameter(c, S("Target"), &text, e))
		return false;
	if (str_find_char(text, '"') == STR_NONE) {
		char *p = arena_alloc(c->arena, text.n + 1);

		for (size_t i = 0; i < text.n; i++)
			p[i] = text.p[i];
		for (size_t i = 0; i < text.n; i++)
			p[i] = p[i] == '\'' ? '"' : p[i];
		text = str_of(p, text.n);
	}
	if (!json_parse(c->arena, text, "Target", &row, e) || row.kind != JSON_OBJECT ||
	    json_text(&row, S("@odata.id")).n == 0)
		return err_set_code(e, ERR_BAD_REQUEST, CODE_ODATA,
				    "Target must be {'@odata.id':'<set>(<id>)'}");
	return row_url_resolve(c->store, json_text(&row, S("@odata.id")), t, id, e);
}

static struct str rights_text(struct arena *a, unsigned rights)
{
	/* in the order of the bits of the platform's AccessRights */
	static const struct {
		enum right right;
		struct str name;
	} names[] = {
		{ RIGHT_READ, STR_INIT("ReadAccess") },
		{ RIGHT_WRITE, STR_INIT("WriteAccess") },
		{ RIGHT_APPEND, STR_INIT("AppendAccess") },
		{ RIGHT_APPEND_TO, STR_INIT("AppendToAccess") },
		{ RIGHT_CREATE, STR_INIT("CreateAccess") },
		{ RIGHT_DELETE, STR_INIT("DeleteAccess") },
		{ RIGHT_SHARE, STR_INIT("ShareAccess") },
		{ RIGHT_ASSIGN, STR_INIT("AssignAccess") },
	};
	DEFER(buf_release) struct buf out = buf_make(0);

	for (size_t i = 0; i < COUNT_OF(names); i++) {
		if (!(rights & 1u << names[i].right))
			continue;
		buf_add(&out, out.n > 0 ? S(", ") : S(""));
		buf_add(&out, names[i].name);
	}
	return out.n > 0 ? str_dup(a, buf_str(&out)) : S("None");
}

bool security_principal_access(struct call *c, struct err *e)
{
	const struct table *principal;
	const struct table *target;
	struct actor who;
	struct guid id, row;
	unsigned rights;

	if (!call_row(c, &principal, &id, e))
		return false;

	bool is_team = str_eq(principal->name, S("team"));

	if (!bound_row(c, is_team ? S("team") : S("systemuser"), &id, e) ||
	    !read_target(c, &target, &row, e) || !check_role(c, target, row, RIGHT_READ, e) ||
	    !actor_read(c->store, c->arena, id, is_team, &who, e) ||
	    !access_rights(c->store, c->arena, &who, target, row, &rights, e))
		return false;
	call_json(c, 200);

	DEFER(json_writer_release) struct json_writer w = json_writer_make(call_sink(c));

	json_object(&w);
	json_key(&w, S("@odata.context"));
	json_str(&w, call_context(c, S("Microsoft.Dynamics.CRM.RetrievePrincipalAccessResponse")));
	json_key(&w, S("AccessRights"));
	json_str(&w, rights_text(c->arena, rights));
	json_object_end(&w);
	return json_writer_finish(&w, e);
}

/* changing roles */

/* The role that the action is bound to; what administrators may do stays as it is. */
static bool changeable_role(struct call *c, struct guid *id, struct err *e)
{
	const struct table *t;
	struct value name, managed;

	if (!bound_row(c, S("role"), id, e) || !call_table(c, &t, e) ||
	    !access_row(c->store, t, *id, RIGHT_WRITE, e) ||
	    !row_read(c->store, c->arena, t, *id, S("name"), &name, e) ||
	    !row_read(c->store, c->arena, t, *id, S("ismanaged"), &managed, e))
		return false;
	if (managed.kind == VALUE_TEXT && str_eq(managed.text, S("1")) &&
	    str_eq(name.text, S("System Administrator")))
		return err_set_code(e, ERR_BAD_REQUEST, CODE_ADMINISTRATOR_ROLE,
				    "what system administrators may do cannot be changed");
	return true;
}

static bool check_privilege(struct call *c, struct guid id, struct err *e)
{
	struct stmt *st;
	bool row;

	if (!store_statement(c->store, S("select 1 from privilege where privilegeid = ?1"), &st, e))
		return false;
	stmt_bind_str(st, 1, guid_text(c->arena, id));
	if (!stmt_step(st, &row, e))
		return false;
	stmt_reset(st);
	return row || err_set_code(e, ERR_NOT_FOUND, CODE_ROW_MISSING,
				   "there is no privilege with the id %.*s",
				   STR_ARG(guid_text(c->arena, id)));
}

static bool put_privilege(struct call *c, struct guid role, const struct json *item, struct err *e)
{
	struct str text = json_text(item, S("Depth"));
	int depth = access_depth(text);
	struct guid id;

	if (!guid_parse(json_text(item, S("PrivilegeId")), &id))
		return err_set_code(e, ERR_BAD_REQUEST, CODE_PAYLOAD,
				    "a privilege has no \"PrivilegeId\"");
	if (depth == 0)
		return err_set_code(e, ERR_BAD_REQUEST, CODE_PAYLOAD,
				    "the depth '%.*s' is none of Basic, Local, Deep and Global",
				    STR_ARG(str_sub(text, 0, 50)));
	return check_privilege(c, id, e) && access_rows_put(c->store, c->arena, role, id, depth, e);
}

static bool put_privileges(struct call *c, struct guid role, struct err *e)
{
	const struct json *list;
	struct json body;

	if (!message_body(c, &body, e))
		return false;
	list = json_get(&body, S("Privileges"));
	if (!list || list->kind != JSON_ARRAY)
		return err_set_code(e, ERR_BAD_REQUEST, CODE_PAYLOAD,
				    "the body must be {\"Privileges\":[{\"PrivilegeId\":...,"
				    "\"Depth\":...}]}");
	for (size_t i = 0; i < list->n; i++) {
		if (!put_privilege(c, role, &list->items[i], e))
			return false;
	}
	c->answer->status = 204;
	return true;
}

bool security_add_privileges(struct call *c, struct err *e)
{
	struct guid role;

	return changeable_role(c, &role, e) && put_privileges(c, role, e);
}

bool security_replace_privileges(struct call *c, struct err *e)
{
	struct guid role;
	struct stmt *st;

	if (!changeable_role(c, &role, e) ||
	    !store_statement(c->store, S("delete from roleprivileges where roleid = ?1"), &st, e))
		return false;
	stmt_bind_str(st, 1, guid_text(c->arena, role));
	return stmt_run(st, e) && put_privileges(c, role, e);
}

bool security_remove_privilege(struct call *c, struct err *e)
{
	struct guid role, id;
	struct json body;
	struct stmt *st;

	if (!changeable_role(c, &role, e) || !message_body(c, &body, e))
		return false;
	if (!guid_parse(json_text(&body, S("PrivilegeId")), &id))
		return err_set_code(e, ERR_BAD_REQUEST, CODE_PAYLOAD,
				    "the body must be {\"PrivilegeId\":<id>}");
	if (!store_statement(c->store,
			     S("delete from roleprivileges where roleid = ?1 and privilegeid = ?2"),
			     &st, e))
		return false;
	stmt_bind_str(st, 1, guid_text(c->arena, role));
	stmt_bind_str(st, 2, guid_text(c->arena, id));
	c->answer->status = 204;
	return stmt_run(st, e);
}
