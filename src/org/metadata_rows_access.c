/* SPDX-License-Identifier: MIT */
/*
 * What the samples grant is spread over tables and privileges: the role of a grant gets each privilege that
 * the grant names, and the deepest where several name it.
 */
#include "org/metadata_rows_access.h"

#include "base/vec.h"
#include "io/json.h"
#include "org/access.h"
#include "org/metadata_rows.h"
#include "org/row.h"

#include "base/banned.h"

/* Privileges that belong to no table; the platform has some hundred more. */
static const struct str OTHERS[] = {
	STR_INIT("prvActOnBehalfOfAnotherUser"),
	STR_INIT("prvAssignRole"),
	STR_INIT("prvBulkDelete"),
	STR_INIT("prvBypassCustomBusinessLogic"),
	STR_INIT("prvBypassCustomPlugins"),
	STR_INIT("prvCreateEntity"),
	STR_INIT("prvDeleteEntity"),
	STR_INIT("prvReadEntity"),
	STR_INIT("prvWriteEntity"),
	STR_INIT("prvCreateOptionSet"),
	STR_INIT("prvDeleteOptionSet"),
	STR_INIT("prvReadOptionSet"),
	STR_INIT("prvWriteOptionSet"),
	STR_INIT("prvCreateRelationship"),
	STR_INIT("prvDeleteRelationship"),
	STR_INIT("prvReadRelationship"),
	STR_INIT("prvWriteRelationship"),
	STR_INIT("prvExportCustomization"),
	STR_INIT("prvImportCustomization"),
	STR_INIT("prvPublishCustomization"),
	STR_INIT("prvOverrideCreatedOnCreatedBy"),
};

static const struct {
	struct str name;
	int bit;
} DEPTHS[] = {
	{ STR_INIT("Basic"), DEPTH_BASIC },
	{ STR_INIT("Local"), DEPTH_LOCAL },
	{ STR_INIT("Deep"), DEPTH_DEEP },
	{ STR_INIT("Global"), DEPTH_GLOBAL },
};

int access_depth(struct str name)
{
	for (size_t i = 0; i < COUNT_OF(DEPTHS); i++) {
		if (str_eq(DEPTHS[i].name, name))
			return DEPTHS[i].bit;
	}
	return 0;
}

struct str access_depth_name(int depth)
{
	for (size_t i = COUNT_OF(DEPTHS); i > 0; i--) {
		if (depth >= DEPTHS[i - 1].bit)
			return DEPTHS[i - 1].name;
	}
	return S("Basic");
}

/* roleprivileges */

static bool find_grant(struct store *s, struct arena *a, struct guid role, struct guid privilege,
		       struct guid *id, int *depth, struct err *e)
{
	struct stmt *st;
	bool row;

	*depth = 0;
	*id = (struct guid){ 0 };
	if (!store_statement(s,
			     S("select roleprivilegeid, privilegedepthmask from roleprivileges "
			       "where roleid = ?1 and privilegeid = ?2"),
			     &st, e))
		return false;
	stmt_bind_str(st, 1, guid_text(a, role));
	stmt_bind_str(st, 2, guid_text(a, privilege));
	if (!stmt_step(st, &row, e))
		return false;
	if (row && guid_parse(stmt_str(st, 0), id))
		*depth = (int)stmt_i64(st, 1);
	stmt_reset(st);
	return true;
}

static void set_text(const struct row *row, struct str column, struct str text)
{
	struct value *v = row_value(row, column);

	if (v)
		*v = (struct value){ .kind = VALUE_TEXT, .text = text };
}

static bool write_grant(struct store *s, struct arena *a, struct guid id, struct guid role,
			struct guid privilege, int depth, struct err *e)
{
	bool is_new = guid_is_null(id);
	const struct table *t;

	if (!store_table(s, S("roleprivileges"), &t, e))
		return false;
	if (!t)
		return true;

	struct row row = row_make(a, t, is_new ? guid_random(&s->rng) : id);

	set_text(&row, S("privilegedepthmask"), str_from_i64(a, depth));
	if (!is_new)
		return row_update(s, &row, e);
	set_text(&row, S("roleid"), guid_text(a, role));
	set_text(&row, S("privilegeid"), guid_text(a, privilege));
	set_text(&row, S("componentstate"), S("0"));
	set_text(&row, S("ismanaged"), S("0"));
	return row_insert(s, &row, e);
}

bool access_rows_put(struct store *s, struct arena *a, struct guid role, struct guid privilege,
		     int depth, struct err *e)
{
	struct guid id;
	int stored;

	if (!find_grant(s, a, role, privilege, &id, &stored, e))
		return false;
	return stored == depth || write_grant(s, a, id, role, privilege, depth, e);
}

static bool put_deepest(struct store *s, struct arena *a, struct guid role, struct guid privilege,
			int depth, struct err *e)
{
	struct guid id;
	int stored;

	if (!find_grant(s, a, role, privilege, &id, &stored, e))
		return false;
	return stored >= depth || write_grant(s, a, id, role, privilege, depth, e);
}

static bool has_tables(struct store *s, bool *out, struct err *e)
{
	const struct table *t;
	const struct table *roles;

	if (!store_table(s, S("roleprivileges"), &t, e) || !store_table(s, S("role"), &roles, e))
		return false;
	*out = t && roles;
	return true;
}

/* A role that came with the platform; null when there is none. */
static bool find_role(struct store *s, struct str name, bool managed, struct guid *out,
		      struct err *e)
{
	struct stmt *st;
	bool row;

	*out = (struct guid){ 0 };
	if (!store_statement(s,
			     S("select roleid from role where name = ?1 and "
			       "(ismanaged = 1 or not ?2) limit 1"),
			     &st, e))
		return false;
	stmt_bind_str(st, 1, name);
	stmt_bind_i64(st, 2, managed);
	if (!stmt_step(st, &row, e))
		return false;
	if (row && !guid_parse(stmt_str(st, 0), out))
		return err_set(e, ERR_INTERNAL, "a role has no id");
	stmt_reset(st);
	return true;
}

bool access_rows_of_table(struct store *s, struct arena *a, const struct table *t, struct err *e)
{
	static const struct str names[] = { STR_INIT("System Administrator"),
					    STR_INIT("System Customizer") };
	struct privilege all[TABLE_PRIVILEGES];
	size_t n = table_privileges(a, t, all);
	bool there;

	if (!has_tables(s, &there, e))
		return false;
	for (size_t i = 0; there && i < (t->unmanaged ? COUNT_OF(names) : 1); i++) {
		struct guid role;

		if (!find_role(s, names[i], true, &role, e))
			return false;
		for (size_t j = 0; j < n && !guid_is_null(role); j++) {
			if (!put_deepest(s, a, role, all[j].id, DEPTH_GLOBAL, e))
				return false;
		}
	}
	return true;
}

bool access_rows_forget(struct store *s, struct arena *a, const struct table *t, struct err *e)
{
	struct privilege all[TABLE_PRIVILEGES];
	size_t n = table_privileges(a, t, all);
	struct stmt *st;
	bool there;

	if (!has_tables(s, &there, e))
		return false;
	for (size_t i = 0; there && i < n; i++) {
		if (!store_statement(s, S("delete from roleprivileges where privilegeid = ?1"), &st,
				     e))
			return false;
		stmt_bind_str(st, 1, guid_text(a, all[i].id));
		if (!stmt_run(st, e))
			return false;
	}
	return true;
}

/* grants */

struct grant {
	const char *where; /* for messages */
	const struct json *rights;
	const struct json *tables;
	const struct json *privileges; /* of no table */
	struct guid role;
	int depth;
};

/* A name stands in a list as it is, or as the beginning of itself and '*'. */
static bool is_listed(const struct json *list, struct str name)
{
	for (size_t i = 0; list && i < list->n; i++) {
		struct str word = list->items[i].text;

		if (str_ends(word, S("*")) ? str_starts(name, str_sub(word, 0, word.n - 1))
					   : str_eq(word, name))
			return true;
	}
	return false;
}

/* Not every table knows every depth. */
static int possible_depth(const struct privilege *p, int depth)
{
	if (depth == DEPTH_BASIC && !p->basic)
		depth = DEPTH_LOCAL;
	if (depth == DEPTH_LOCAL && !p->local)
		depth = DEPTH_DEEP;
	return depth == DEPTH_DEEP && !p->deep ? DEPTH_GLOBAL : depth;
}

static bool grant_table(struct store *s, struct arena *a, const struct grant *g,
			const struct table *t, struct err *e)
{
	struct privilege all[TABLE_PRIVILEGES];
	size_t n = table_privileges(a, t, all);

	for (size_t i = 0; i < n; i++) {
		if (is_listed(g->rights, all[i].type) &&
		    !put_deepest(s, a, g->role, all[i].id, possible_depth(&all[i], g->depth), e))
			return false;
	}
	return true;
}

static bool apply(struct store *s, struct arena *a, const struct grant *g, const struct str *tables,
		  size_t n, struct err *e)
{
	for (size_t i = 0; i < n; i++) {
		const struct table *t;

		if (!is_listed(g->tables, tables[i]))
			continue;
		if (!store_table(s, tables[i], &t, e) || !grant_table(s, a, g, t, e))
			return false;
	}
	for (size_t i = 0; i < COUNT_OF(OTHERS); i++) {
		if (is_listed(g->privileges, OTHERS[i]) &&
		    !put_deepest(s, a, g->role, privilege_id(OTHERS[i]), DEPTH_GLOBAL, e))
			return false;
	}
	return true;
}

static bool check_list(const char *where, const char *name, const struct json *list, struct err *e)
{
	bool ok = !list || list->kind == JSON_ARRAY;

	for (size_t i = 0; ok && list && i < list->n; i++)
		ok = list->items[i].kind == JSON_STRING;
	return ok || err_set(e, ERR_INPUT, "%s: \"%s\" is no array of names", where, name);
}

static bool read_grant(struct store *s, const char *where, const struct json *item, struct str role,
		       struct grant *out, struct err *e)
{
	struct str depth = json_text(item, S("depth"));

	*out = (struct grant){ .where = where,
			       .rights = json_get(item, S("rights")),
			       .tables = json_get(item, S("tables")),
			       .privileges = json_get(item, S("privileges")),
			       .depth = access_depth(depth) };
	if (!check_list(where, "rights", out->rights, e) ||
	    !check_list(where, "tables", out->tables, e) ||
	    !check_list(where, "privileges", out->privileges, e) ||
	    !find_role(s, role, false, &out->role, e))
		return false;
	if (out->tables && out->depth == 0)
		return err_set(e, ERR_INPUT, "%s: no depth is called \"%.*s\"", where,
			       STR_ARG(depth));
	return !guid_is_null(out->role) ||
	       err_set(e, ERR_INPUT, "%s: there is no role \"%.*s\"", where, STR_ARG(role));
}

struct filling {
	struct store *store;
	struct arena *arena;
	struct str *tables;
	size_t ntables;
};

static bool fill_one(struct filling *f, const char *where, const struct json *item, struct err *e)
{
	const struct json *roles = json_get(item, S("roles"));

	if (!roles || !check_list(where, "roles", roles, e))
		return err_set(e, ERR_INPUT, "%s: \"roles\" is no array of names", where);
	for (size_t i = 0; i < roles->n; i++) {
		struct grant g;

		if (!read_grant(f->store, where, item, roles->items[i].text, &g, e) ||
		    !apply(f->store, f->arena, &g, f->tables, f->ntables, e))
			return false;
	}
	return true;
}

static bool fill_text(struct filling *f, struct str text, const char *name, struct err *e)
{
	const struct json *grants;
	struct json tree;

	if (!json_parse(f->arena, text, name, &tree, e))
		return false;
	grants = json_get(&tree, S("grants"));
	if (grants && grants->kind != JSON_ARRAY)
		return err_set(e, ERR_INPUT, "%s: \"grants\" is not an array", name);
	for (size_t i = 0; grants && i < grants->n; i++) {
		struct str where = str_fmt(f->arena, "%s: grants[%zu]", name, i);

		if (!fill_one(f, str_cstr(f->arena, where), &grants->items[i], e))
			return false;
	}
	return true;
}

static bool fill_others(struct store *s, struct arena *a, struct err *e)
{
	struct guid role;

	if (!find_role(s, S("System Administrator"), true, &role, e))
		return false;
	for (size_t i = 0; i < COUNT_OF(OTHERS); i++) {
		struct privilege p = { .name = OTHERS[i], .id = privilege_id(OTHERS[i]) };

		if (!metadata_rows_privilege(s, a, NULL, &p, e) ||
		    (!guid_is_null(role) && !put_deepest(s, a, role, p.id, DEPTH_GLOBAL, e)))
			return false;
	}
	return true;
}

static bool fill(struct filling *f, const struct str *texts, const char *const *names, size_t n,
		 struct err *e)
{
	if (!fill_others(f->store, f->arena, e) ||
	    !store_table_names(f->store, f->arena, &f->tables, &f->ntables, e))
		return false;
	for (size_t i = 0; i < n; i++) {
		if (!fill_text(f, texts[i], names[i], e))
			return false;
	}
	return true;
}

bool access_rows_fill(struct store *s, const struct str *texts, const char *const *names, size_t n,
		      struct err *e)
{
	DEFER(arena_release) struct arena scratch = arena_make(0);
	struct filling f = { .store = s, .arena = &scratch };
	bool there;

	if (!has_tables(s, &there, e))
		return false;
	if (!there)
		return true;
	if (!db_begin(s->db, e))
		return false;
	if (fill(&f, texts, names, n, e) && db_commit(s->db, e))
		return true;
	db_rollback(s->db);
	return err_wrap(e, "what roles may do");
}
