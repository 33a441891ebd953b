/* SPDX-License-Identifier: MIT */
/*
 * Rows that tell of the metadata.
 */
#include "org/metadata_rows.h"

#include "base/vec.h"
#include "dv/definition.h"
#include "dv/privilege.h"
#include "org/metadata_rows_access.h"
#include "org/bin.h"
#include "org/code.h"
#include "org/files.h"
#include "org/row.h"
#include "org/rules.h"
#include "org/sdk_messages.h"

#include "base/banned.h"

#define COMPONENT_TABLE "1"
/* that of tables whose names have no prefix of an application: the solution of everything */
#define DEFAULT_SOLUTION "Default"
#define APPLICATION_SOLUTION "msdyn_OmnichannelBase"

/* A row while it is made; nothing is made when its table is missing. */
struct draft {
	struct store *store;
	struct arena *arena;
	const struct table *table;
	struct row row;
};

static bool begin_row(struct draft *d, struct store *s, struct arena *a, struct str table,
		      const struct guid *id, struct err *e)
{
	*d = (struct draft){ .store = s, .arena = a };
	if (!store_table(s, table, &d->table, e))
		return false;
	if (d->table)
		d->row = row_make(a, d->table, id ? *id : guid_random(&s->rng));
	return true;
}

static bool set(struct draft *d, struct str column, struct str text, struct err *e)
{
	const struct column *c = d->table ? table_column(d->table, column) : NULL;
	struct value *v = c ? row_value(&d->row, column) : NULL;

	if (!v)
		return true;
	*v = (struct value){ .kind = VALUE_TEXT, .text = text };
	return value_adapt(d->arena, c, v, e);
}

static bool set_flag(struct draft *d, struct str column, bool yes, struct err *e)
{
	return set(d, column, yes ? S("1") : S("0"), e);
}

static void set_row(struct draft *d, struct str column, struct str table, struct guid id)
{
	struct value *v = d->table ? row_value(&d->row, column) : NULL;

	if (v)
		*v = (struct value){ .kind = VALUE_REF,
				     .text = guid_text(d->arena, id),
				     .table = table };
}

static bool end_row(struct draft *d, struct err *e)
{
	return !d->table ||
	       (rules_fill_new(d->store, d->arena, &d->row, e) && row_insert(d->store, &d->row, e));
}

/* solutions */

static bool find_solution(struct store *s, struct str name, struct guid *out, bool *found,
			  struct err *e)
{
	const struct table *t;
	struct stmt *st;

	*found = false;
	if (!store_table(s, S("solution"), &t, e))
		return false;
	if (!t)
		return true;
	if (!store_statement(s, S("select solutionid from solution where uniquename = ?1 limit 1"),
			     &st, e))
		return false;
	stmt_bind_str(st, 1, name);
	if (!stmt_step(st, found, e))
		return false;
	*found = *found && guid_parse(stmt_str(st, 0), out);
	stmt_reset(st);
	return true;
}

static bool add_summary(struct store *s, struct arena *a, const struct table *t, struct guid id,
			struct guid solution, struct err *e)
{
	struct draft d;

	return begin_row(&d, s, a, S("msdyn_solutioncomponentsummary"), NULL, e) &&
	       set(&d, S("msdyn_componenttype"), S(COMPONENT_TABLE), e) &&
	       set(&d, S("msdyn_componenttypename"), S("Entity"), e) &&
	       set(&d, S("msdyn_componentlogicalname"), S("entity"), e) &&
	       set(&d, S("msdyn_objectid"), guid_text(a, id), e) &&
	       set(&d, S("msdyn_solutionid"), guid_text(a, solution), e) &&
	       set(&d, S("msdyn_name"), t->name, e) &&
	       set(&d, S("msdyn_schemaname"), t->schema_name, e) &&
	       set(&d, S("msdyn_displayname"), t->display_name, e) &&
	       set(&d, S("msdyn_logicalcollectionname"), t->entity_set, e) &&
	       set(&d, S("msdyn_primaryidattribute"), t->primary_id, e) &&
	       set(&d, S("msdyn_objecttypecode"), str_fmt(a, "%d", (int)t->object_type_code), e) &&
	       set_flag(&d, S("msdyn_ismanaged"), !t->unmanaged, e) &&
	       set_flag(&d, S("msdyn_iscustomizable"), true, e) && end_row(&d, e);
}

static bool add_component(struct store *s, struct arena *a, const struct table *t,
			  struct str solution, bool must_exist, struct err *e)
{
	struct guid id = definition_table_id(t->name, t->metadata_id);
	struct guid owner;
	struct draft d;
	bool found;

	if (!find_solution(s, solution, &owner, &found, e))
		return false;
	if (!found && must_exist)
		return err_set_code(e, ERR_NOT_FOUND, CODE_ROW_MISSING,
				    "there is no solution with the unique name '%.*s'",
				    STR_ARG(str_sub(solution, 0, 200)));
	if (!found)
		return true;
	if (!begin_row(&d, s, a, S("solutioncomponent"), NULL, e) ||
	    !set(&d, S("componenttype"), S(COMPONENT_TABLE), e) ||
	    !set(&d, S("objectid"), guid_text(a, id), e) ||
	    !set(&d, S("rootcomponentbehavior"), S("0"), e) ||
	    !set_flag(&d, S("ismetadata"), true, e))
		return false;
	set_row(&d, S("solutionid"), S("solution"), owner);
	return end_row(&d, e) && add_summary(s, a, t, id, owner, e);
}

static bool add_components(struct store *s, struct arena *a, const struct table *t,
			   const struct str *solution, struct err *e)
{
	if (!add_component(s, a, t, S(DEFAULT_SOLUTION), false, e))
		return false;
	if (solution && !str_eq(*solution, S(DEFAULT_SOLUTION)))
		return add_component(s, a, t, *solution, true, e);
	if (t->unmanaged)
		return add_component(s, a, t, S("Active"), false, e);
	return !str_starts(t->name, S("msdyn_")) ||
	       add_component(s, a, t, S(APPLICATION_SOLUTION), false, e);
}

/* privileges */

/* AccessRights of the platform's documentation; 0 for a privilege of no table. */
static struct str access_right(struct str type)
{
	static const struct {
		struct str type, right;
	} rights[] = {
		{ STR_INIT("Create"), STR_INIT("32") },
		{ STR_INIT("Read"), STR_INIT("1") },
		{ STR_INIT("Write"), STR_INIT("2") },
		{ STR_INIT("Delete"), STR_INIT("65536") },
		{ STR_INIT("Assign"), STR_INIT("524288") },
		{ STR_INIT("Share"), STR_INIT("262144") },
		{ STR_INIT("Append"), STR_INIT("4") },
		{ STR_INIT("AppendTo"), STR_INIT("16") },
	};

	for (size_t i = 0; i < COUNT_OF(rights); i++) {
		if (str_eq(rights[i].type, type))
			return rights[i].right;
	}
	return S("0");
}

bool metadata_rows_privilege(struct store *s, struct arena *a, const struct table *t,
			     const struct privilege *p, struct err *e)
{
	struct draft d;

	if (!begin_row(&d, s, a, S("privilege"), &p->id, e) || !set(&d, S("name"), p->name, e) ||
	    !set(&d, S("accessright"), access_right(p->type), e) ||
	    !set_flag(&d, S("canbebasic"), p->basic, e) ||
	    !set_flag(&d, S("canbelocal"), p->local, e) ||
	    !set_flag(&d, S("canbedeep"), p->deep, e) || !set_flag(&d, S("canbeglobal"), true, e) ||
	    !set_flag(&d, S("canbeentityreference"), false, e) ||
	    !set_flag(&d, S("canbeparententityreference"), false, e) || !end_row(&d, e))
		return false;
	if (!t)
		return true;
	/* which table it is of */
	if (!begin_row(&d, s, a, S("privilegeobjecttypecodes"), NULL, e) ||
	    !set(&d, S("objecttypecode"), t->name, e))
		return false;
	set_row(&d, S("privilegeid"), S("privilege"), p->id);
	return end_row(&d, e);
}

static bool add_privileges(struct store *s, struct arena *a, const struct table *t, struct err *e)
{
	struct privilege all[TABLE_PRIVILEGES];
	size_t n = table_privileges(a, t, all);

	for (size_t i = 0; i < n; i++) {
		if (!metadata_rows_privilege(s, a, t, &all[i], e))
			return false;
	}
	return access_rows_of_table(s, a, t, e);
}

/* images */

bool metadata_rows_of_image(struct store *s, struct arena *a, struct str table,
			    const struct column *c, bool primary, struct err *e)
{
	struct draft d;

	if (!begin_row(&d, s, a, S("attributeimageconfig"), NULL, e) ||
	    !set(&d, S("attributelogicalname"), c->name, e) ||
	    !set(&d, S("parententitylogicalname"), table, e) ||
	    !set_flag(&d, S("canstorefullimage"), c->full_image, e) || !end_row(&d, e))
		return false;
	return !primary || (begin_row(&d, s, a, S("entityimageconfig"), NULL, e) &&
			    set(&d, S("parententitylogicalname"), table, e) &&
			    set(&d, S("primaryimageattribute"), c->name, e) && end_row(&d, e));
}

static bool add_images(struct store *s, struct arena *a, const struct table *t, struct err *e)
{
	for (size_t i = 0; i < t->ncolumns; i++) {
		const struct column *c = &t->columns[i];

		if (c->type == COLUMN_IMAGE &&
		    !metadata_rows_of_image(s, a, t->name, c, str_eq(c->name, t->primary_image), e))
			return false;
	}
	return true;
}

bool metadata_rows_of_table(struct store *s, struct arena *a, const struct table *t,
			    const struct str *solution, struct err *e)
{
	if (t->is_intersect)
		return true;
	return add_components(s, a, t, solution, e) && add_privileges(s, a, t, e) &&
	       add_images(s, a, t, e) && sdk_messages_add_table(s, t, e);
}

static bool forget(struct store *s, struct str table, struct str sql, struct str value,
		   struct err *e)
{
	const struct table *t;
	struct stmt *st;

	if (!store_table(s, table, &t, e))
		return false;
	if (!t)
		return true;
	if (!store_statement(s, sql, &st, e))
		return false;
	stmt_bind_str(st, 1, value);
	return stmt_run(st, e);
}

bool metadata_rows_forget(struct store *s, struct arena *a, const struct table *t, struct guid id,
			  struct err *e)
{
	struct str text = guid_text(a, id);
	struct str name = str_dup(a, t->name);
	struct privilege all[TABLE_PRIVILEGES];
	size_t n = table_privileges(a, t, all);

	for (size_t i = 0; i < n; i++) {
		if (!forget(s, S("privilege"), S("delete from privilege where privilegeid = ?1"),
			    guid_text(a, all[i].id), e))
			return false;
	}
	if (!access_rows_forget(s, a, t, e) || !sdk_messages_drop_table(s, name, e) ||
	    !bin_forget_table(s, name, e) || !files_forget_table(s, name, e))
		return false;
	return forget(s, S("solutioncomponent"),
		      S("delete from solutioncomponent where objectid = ?1"), text, e) &&
	       forget(s, S("msdyn_solutioncomponentsummary"),
		      S("delete from msdyn_solutioncomponentsummary where msdyn_objectid = ?1"),
		      text, e) &&
	       forget(s, S("privilegeobjecttypecodes"),
		      S("delete from privilegeobjecttypecodes where objecttypecode = ?1"), name,
		      e) &&
	       forget(s, S("attributeimageconfig"),
		      S("delete from attributeimageconfig where parententitylogicalname = ?1"),
		      name, e) &&
	       forget(s, S("entityimageconfig"),
		      S("delete from entityimageconfig where parententitylogicalname = ?1"), name,
		      e);
}

/* users */

/* What a user in the United States begins with; time zone 92 is UTC. */
static bool add_settings(struct store *s, struct arena *a, struct guid user, struct err *e)
{
	static const struct {
		struct str column, value;
	} values[] = {
		{ STR_INIT("timezonecode"), STR_INIT("92") },
		{ STR_INIT("timezonebias"), STR_INIT("0") },
		{ STR_INIT("timezonestandardbias"), STR_INIT("0") },
		{ STR_INIT("timezonedaylightbias"), STR_INIT("0") },
		{ STR_INIT("paginglimit"), STR_INIT("50") },
		{ STR_INIT("dateformatstring"), STR_INIT("M/d/yyyy") },
		{ STR_INIT("timeformatstring"), STR_INIT("h:mm tt") },
		{ STR_INIT("dateseparator"), STR_INIT("/") },
		{ STR_INIT("timeseparator"), STR_INIT(":") },
		{ STR_INIT("decimalsymbol"), STR_INIT(".") },
		{ STR_INIT("numberseparator"), STR_INIT(",") },
		{ STR_INIT("numbergroupformat"), STR_INIT("3") },
		{ STR_INIT("currencysymbol"), STR_INIT("$") },
	};
	struct str lcid = str_fmt(a, "%d", s->lcid);
	struct draft d;

	if (!begin_row(&d, s, a, S("usersettings"), &user, e) || !set(&d, S("localeid"), lcid, e) ||
	    !set(&d, S("uilanguageid"), lcid, e) || !set(&d, S("helplanguageid"), lcid, e))
		return false;
	for (size_t i = 0; i < COUNT_OF(values); i++) {
		if (!set(&d, values[i].column, values[i].value, e))
			return false;
	}
	set_row(&d, S("businessunitid"), S("businessunit"), s->root_unit);
	return end_row(&d, e);
}

static bool fill_users(struct store *s, struct arena *a, struct err *e)
{
	DEFER(stmt_close) struct stmt *st = NULL;
	VEC(struct guid) users = { 0 };
	const struct table *t;
	bool row;

	if (!store_table(s, S("usersettings"), &t, e))
		return false;
	if (!t)
		return true;
	if (!db_prepare(s->db,
			S("select systemuserid from systemuser where systemuserid not in "
			  "(select systemuserid from usersettings) order by versionnumber"),
			&st, e) ||
	    !stmt_step(st, &row, e))
		return false;
	while (row) {
		struct guid id;

		if (guid_parse(stmt_str(st, 0), &id))
			*VEC_PUSH(a, &users) = id;
		if (!stmt_step(st, &row, e))
			return false;
	}
	for (size_t i = 0; i < users.n; i++) {
		if (!add_settings(s, a, users.p[i], e))
			return false;
	}
	return true;
}

static bool fill(struct store *s, struct arena *a, struct err *e)
{
	struct str *names;
	size_t n;

	if (!store_table_names(s, a, &names, &n, e))
		return false;
	for (size_t i = 0; i < n; i++) {
		const struct table *t;

		if (!store_table(s, names[i], &t, e))
			return false;
		if (t && !metadata_rows_of_table(s, a, t, NULL, e))
			return false;
	}
	return fill_users(s, a, e);
}

bool metadata_rows_fill(struct store *s, struct err *e)
{
	DEFER(arena_release) struct arena scratch = arena_make(0);

	if (!db_begin(s->db, e))
		return false;
	if (fill(s, &scratch, e) && db_commit(s->db, e))
		return true;
	db_rollback(s->db);
	return err_wrap(e, "rows of the metadata");
}
