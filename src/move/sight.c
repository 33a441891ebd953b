/* SPDX-License-Identifier: MIT */
/*
 * The privileges of the user are asked for once per question: they are one answer, whatever the number of tables. A table's own
 * are called after its schema name, those of all activities after one of them (facts/routing.md, privileges).
 */
#include "move/sight.h"

#include "base/limits.h"
#include "io/json.h"
#include "dv/privilege.h"
#include "move/read_request.h"

#include "base/banned.h"

/* As the Web API calls the depth that reaches every row. */
#define WHOLE S("Global")
#define OF_ACTIVITIES S("prvReadActivity")

/* Names of the privileges to read that reach every row, in lower case. */
struct granted {
	struct arena arena;
	struct map names;
};

static void granted_release(struct granted *g)
{
	arena_release(&g->arena);
}

static struct str lower(struct arena *a, struct str s)
{
	char *p = arena_array(a, char, s.n);

	for (size_t i = 0; i < s.n; i++)
		p[i] = (char)(s.p[i] >= 'A' && s.p[i] <= 'Z' ? s.p[i] + ('a' - 'A') : s.p[i]);
	return str_of(p, s.n);
}

static void take(struct granted *g, const struct json *list)
{
	for (size_t i = 0; list && list->kind == JSON_ARRAY && i < list->n; i++) {
		uint32_t index = 0;

		if (str_eq(json_text(&list->items[i], S("Depth")), WHOLE))
			(void)map_put(
				&g->names,
				lower(&g->arena, json_text(&list->items[i], S("PrivilegeName"))),
				&index);
	}
}

/* Nothing is granted where the service refuses the question. */
static bool ask(struct job *j, struct granted *g, struct err *e)
{
	DEFER(buf_release) struct buf body = buf_make(LIMIT_PRIVILEGES);
	char user[GUID_TEXT_SIZE];
	struct json answer;
	bool told = false;
	struct str target = str_fmt(
		&g->arena, "systemusers(%.*s)/Microsoft.Dynamics.CRM.RetrieveUserPrivileges()",
		STR_ARG(guid_format(j->user, user)));

	if (!read_try_text(&j->reader, target, S(""), &body, &told, e))
		return err_wrap(e, "asking for the privileges of the user");
	if (!told)
		return true;
	if (!json_parse(&g->arena, buf_str(&body), "RetrieveUserPrivileges", &answer, e))
		return read_unreadable(e);
	take(g, json_get(&answer, S("RolePrivileges")));
	return true;
}

static bool is_granted(struct granted *g, struct str name)
{
	uint32_t index;

	return map_get(&g->names, lower(&g->arena, name), &index);
}

/* A table without privileges of its own is not told. */
static bool sees(struct granted *g, const struct table *t)
{
	struct privilege all[TABLE_PRIVILEGES];
	size_t n = table_privileges(&g->arena, t, all);

	if (t->is_activity && is_granted(g, OF_ACTIVITIES))
		return true;
	for (size_t i = 0; i < n; i++)
		if (str_eq(all[i].type, S("Read")))
			return is_granted(g, all[i].name);
	return false;
}

bool sight_whole(struct job *j, const struct str *tables, size_t n, bool *whole, struct err *e)
{
	DEFER(granted_release) struct granted g = { .arena = arena_make(0) };

	g.names = map_make(&g.arena);
	if (!ask(j, &g, e))
		return false;
	for (size_t i = 0; i < n; i++) {
		const struct table *t = catalog_find(j->catalog, tables[i]);

		whole[i] = t && sees(&g, t);
	}
	return true;
}
