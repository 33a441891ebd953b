/* SPDX-License-Identifier: MIT */
/*
 * Pairs of the relationship teammembership_association.
 */
#include "org/membership.h"

#include "io/json.h"
#include "org/code.h"
#include "org/crud.h"
#include "org/parameter.h"

#include "base/banned.h"

typedef bool pair_change(struct store *s, struct arena *a, const struct many_to_many *mm,
			 struct guid team, struct guid user, struct err *e);

static bool member_id(const struct json *member, struct guid *out, struct err *e)
{
	if (guid_parse(json_text(member, S("systemuserid")), out) ||
	    guid_parse(json_text(member, S("ownerid")), out))
		return true;
	return message_fail_parameter(S("Members"),
				      "a list of users with their keys: \"systemuserid\", or "
				      "\"ownerid\" and \"@odata.type\"",
				      e);
}

/* What is so already is no failure. */
static bool change_all(struct call *c, const struct json *members, struct guid team,
		       pair_change *change, uint32_t harmless, struct err *e)
{
	const struct many_to_many *mm;

	if (!store_relationship(c->store, S("teammembership_association"), &mm, e))
		return false;
	if (!mm)
		return message_fail_unknown(c, e);
	for (size_t i = 0; i < members->n; i++) {
		struct guid user;
		struct err why;

		if (!member_id(&members->items[i], &user, e))
			return false;
		if (change(c->store, c->arena, mm, team, user, &why) || why.code == harmless)
			continue;
		*e = why;
		return false;
	}
	c->answer->status = 204;
	return true;
}

static bool change_members(struct call *c, pair_change *change, uint32_t harmless, struct err *e)
{
	const struct json *members;
	const struct table *t;
	struct json body;
	struct guid team;

	if (!call_row(c, &t, &team, e))
		return false;
	if (!str_eq(t->name, S("team")))
		return message_fail_unknown(c, e);
	if (!message_body(c, &body, e))
		return false;
	members = json_get(&body, S("Members"));
	if (!members || members->kind != JSON_ARRAY)
		return message_fail_parameter(S("Members"), "a list of users", e);
	return change_all(c, members, team, change, harmless, e);
}

bool action_add_members(struct call *c, struct err *e)
{
	return change_members(c, crud_link, CODE_ROW_EXISTS, e);
}

bool action_remove_members(struct call *c, struct err *e)
{
	return change_members(c, crud_unlink, CODE_ROW_MISSING, e);
}
