/* SPDX-License-Identifier: MIT */
/*
 * The rows are made when they are asked for. Their ids follow from the two components, so that they stay the same.
 */
#include "org/dependencies.h"

#include "base/map.h"
#include "io/json.h"
#include "org/code.h"
#include "org/parameter.h"
#include "org/metadata_item.h"
#include "org/relations.h"

#include "base/banned.h"

enum component_type {
	COMPONENT_TABLE = 1,
	COMPONENT_COLUMN = 2,
	COMPONENT_CHOICE = 9,
	COMPONENT_RELATIONSHIP = 10,
	COMPONENT_KEY = 14,
	COMPONENT_VIEW = 26,
	COMPONENT_FIELD_PERMISSION = 71
};

/* Built-in solutions: of what came with the platform, and of what was made here. */
#define SYSTEM_SOLUTION S("fd140aad-4df4-11dd-bd17-0019b9312238")
#define ACTIVE_SOLUTION S("fd140aae-4df4-11dd-bd17-0019b9312238")

struct component {
	int type;
	struct guid id, parent; /* the table of a column */
	bool unmanaged;
};

struct telling {
	struct call *call;
	struct json_writer *w;
	struct component of;
};

static struct component component_of(enum component_type type, const struct metadata_item *item,
				     bool unmanaged)
{
	struct metadata_item table = { .kind = METADATA_TABLE, .table = item->table };
	struct component out = { .type = (int)type,
				 .id = metadata_id(item),
				 .unmanaged = unmanaged };

	if (type == COMPONENT_COLUMN || type == COMPONENT_KEY)
		out.parent = metadata_id(&table);
	return out;
}

static struct component table_component(const struct table *t)
{
	struct metadata_item item = { .kind = METADATA_TABLE, .table = t };

	return component_of(COMPONENT_TABLE, &item, t->unmanaged);
}

static struct component column_component(const struct table *t, const struct column *c)
{
	struct metadata_item item = { .kind = METADATA_COLUMN, .table = t, .column = c };

	return component_of(COMPONENT_COLUMN, &item, t->unmanaged);
}

static struct component link_component(const struct table *t, const struct many_to_many *link)
{
	struct metadata_item item = { .kind = METADATA_LINK, .table = t, .link = link };

	return component_of(COMPONENT_RELATIONSHIP, &item, link->unmanaged);
}

static struct component key_component(const struct table *t, const struct table_key *key)
{
	struct metadata_item item = { .kind = METADATA_KEY, .table = t, .key = key };

	return component_of(COMPONENT_KEY, &item, key->unmanaged);
}

/* writing */

static void put_id(struct json_writer *w, const char *key, struct guid id)
{
	char text[GUID_TEXT_SIZE];

	json_key(w, str_from(key));
	json_str(w, guid_format(id, text));
}

static struct guid id_from(struct arena *a, const char *what, struct guid x, struct guid y)
{
	struct str text = str_fmt(a, "%s %.*s %.*s", what, STR_ARG(guid_text(a, x)),
				  STR_ARG(guid_text(a, y)));
	struct rng rng = rng_from_seed(hash_bytes(text));

	return guid_random(&rng);
}

static void put_component(struct telling *t, const char *role, const struct component *c)
{
	struct arena *a = t->call->arena;
	struct json_writer *w = t->w;

	json_key(w, str_fmt(a, "%scomponenttype", role));
	json_i64(w, c->type);
	json_key(w, str_fmt(a, "%scomponentobjectid", role));
	json_str(w, guid_text(a, c->id));
	json_key(w, str_fmt(a, "%scomponentparentid", role));
	json_str(w, guid_text(a, c->parent));
	json_key(w, str_fmt(a, "%scomponentbasesolutionid", role));
	json_str(w, c->unmanaged ? ACTIVE_SOLUTION : SYSTEM_SOLUTION);
	json_key(w, str_fmt(a, "_%scomponentnodeid_value", role));
	json_str(w, guid_text(a, id_from(a, "dependency node", c->id, c->parent)));
}

static void tell(struct telling *t, const struct component *dependent,
		 const struct component *required)
{
	struct json_writer *w = t->w;

	json_object(w);
	put_id(w, "dependencyid",
	       id_from(t->call->arena, "dependency", dependent->id, required->id));
	json_key(w, S("dependencytype"));
	json_i64(w, 2); /* published */
	put_component(t, "dependent", dependent);
	put_component(t, "required", required);
	json_key(w, S("requiredcomponentintroducedversion"));
	json_num(w, S("1.0"));
	json_object_end(w);
}

/* what depends */

static bool tell_lookups(struct telling *t, const struct table *table, struct err *e)
{
	const struct column *last = NULL;
	struct relation *relations;
	size_t n;

	if (!relations_to(t->call->store, t->call->arena, table, &relations, &n, e))
		return false;
	for (size_t i = 0; i < n; i++) {
		const struct table *child = relations[i].child;
		const struct column *column = table_column(child, relations[i].lookup->column);

		if (child == table || !column || column == last)
			continue;
		last = column;

		struct component dependent = column_component(child, column);

		tell(t, &dependent, &t->of);
	}
	return true;
}

static bool tell_links(struct telling *t, const struct table *table)
{
	for (size_t i = 0; i < table->nmany_to_many; i++) {
		const struct many_to_many *link = &table->many_to_many[i];

		if (str_eq(link->table1, link->table2))
			continue;

		struct component dependent = link_component(table, link);

		tell(t, &dependent, &t->of);
	}
	return true;
}

static void tell_keys(struct telling *t, const struct table *table, const struct column *column)
{
	for (size_t i = 0; i < table->nkeys; i++) {
		const struct table_key *key = &table->keys[i];
		bool uses = false;

		for (size_t k = 0; k < key->ncolumns; k++)
			uses = uses || str_eq(key->columns[k], column->name);
		if (!uses)
			continue;

		struct component dependent = key_component(table, key);

		tell(t, &dependent, &t->of);
	}
}

/* Rows whose id the statement's first column is; its parameters are the table and what names the column. */
static bool tell_rows(struct telling *t, const char *of, struct str sql, enum component_type type,
		      struct str table, struct str text, struct err *e)
{
	struct store *s = t->call->store;
	const struct table *known;
	struct stmt *st;
	bool row;

	if (!store_table(s, str_from(of), &known, e))
		return false;
	if (!known)
		return true;
	if (!store_statement(s, sql, &st, e))
		return false;
	stmt_bind_str(st, 1, table);
	stmt_bind_str(st, 2, text);
	while (true) {
		struct component dependent = { .type = (int)type };

		if (!stmt_step(st, &row, e))
			return false;
		if (!row)
			return true;
		if (guid_parse(stmt_str(st, 0), &dependent.id))
			tell(t, &dependent, &t->of);
	}
}

static bool tell_views(struct telling *t, const struct table *table, const struct column *column,
		       struct err *e)
{
	struct str quoted = str_fmt(t->call->arena, "\"%.*s\"", STR_ARG(column->name));

	return tell_rows(t, "savedquery",
			 S("select savedqueryid from savedquery where returnedtypecode = ?1 and "
			   "instr(replace(fetchxml, '''', '\"'), ?2) > 0 order by savedqueryid"),
			 COMPONENT_VIEW, table->name, quoted, e) &&
	       tell_rows(t, "fieldpermission",
			 S("select fieldpermissionid from fieldpermission where entityname = ?1 "
			   "and attributelogicalname = ?2 order by fieldpermissionid"),
			 COMPONENT_FIELD_PERMISSION, table->name, column->name, e);
}

static bool for_each_table(struct telling *t,
			   bool (*visit)(struct telling *, const struct table *, const struct str *,
					 struct err *),
			   const struct str *argument, struct err *e)
{
	struct store *s = t->call->store;
	const struct table *table;
	struct str *names;
	size_t n;

	if (!store_table_names(s, t->call->arena, &names, &n, e))
		return false;
	for (size_t i = 0; i < n; i++) {
		if (!store_table(s, names[i], &table, e) ||
		    (table && !visit(t, table, argument, e)))
			return false;
	}
	return true;
}

static bool tell_users(struct telling *t, const struct table *table, const struct str *choice,
		       struct err *e)
{
	(void)e;
	for (size_t i = 0; i < table->ncolumns; i++) {
		if (!str_eq(table->columns[i].choice, *choice))
			continue;

		struct component dependent = column_component(table, &table->columns[i]);

		tell(t, &dependent, &t->of);
	}
	return true;
}

/* finding */

static bool pick_part(struct telling *t, const struct table *table, struct str list_name,
		      struct metadata_item *out, bool *found, struct err *e)
{
	struct metadata_item item = { .kind = METADATA_TABLE, .table = table };
	struct metadata_list list;

	if (!metadata_children(t->call->store, t->call->arena, &item, list_name, &list, e))
		return false;
	for (size_t i = 0; i < list.n && !*found; i++) {
		*found = guid_eq(metadata_id(&list.items[i]), t->of.id);
		if (*found)
			*out = list.items[i];
	}
	return true;
}

struct search {
	struct str list;
	struct metadata_item item;
	bool found;
};

static bool find_in_tables(struct telling *t, struct search *x, struct err *e)
{
	struct store *s = t->call->store;
	const struct table *table;
	struct str *names;
	size_t n;

	if (!store_table_names(s, t->call->arena, &names, &n, e))
		return false;
	for (size_t i = 0; i < n && !x->found; i++) {
		if (!store_table(s, names[i], &table, e) ||
		    (table && !pick_part(t, table, x->list, &x->item, &x->found, e)))
			return false;
	}
	return true;
}

static bool find_at_root(struct telling *t, struct search *x, struct err *e)
{
	struct store *s = t->call->store;
	struct metadata_list list;
	struct err why;

	if (!metadata_root(s, t->call->arena, x->list, &list, e))
		return false;
	x->found = metadata_pick(s, &list, guid_text(t->call->arena, t->of.id), &x->item, &why);
	if (x->found || why.kind == ERR_NOT_FOUND)
		return true;
	*e = why;
	return false;
}

static bool find(struct telling *t, struct search *x, struct err *e)
{
	switch (t->of.type) {
	case COMPONENT_TABLE:
		x->list = S("EntityDefinitions");
		return find_at_root(t, x, e);
	case COMPONENT_CHOICE:
		x->list = S("GlobalOptionSetDefinitions");
		return find_at_root(t, x, e);
	case COMPONENT_RELATIONSHIP:
		x->list = S("RelationshipDefinitions");
		return find_at_root(t, x, e);
	case COMPONENT_COLUMN:
		x->list = S("Attributes");
		return find_in_tables(t, x, e);
	case COMPONENT_KEY:
		x->list = S("Keys");
		return find_in_tables(t, x, e);
	default:
		return true; /* nothing of that kind is here */
	}
}

/* answering */

static bool read_component(struct call *c, struct component *out, struct err *e)
{
	struct str id, type;
	int64_t number;

	if (!message_parameter(c, S("ObjectId"), &id, e) ||
	    !message_parameter(c, S("ComponentType"), &type, e))
		return false;
	if (!guid_parse(id, &out->id))
		return err_set_code(e, ERR_BAD_REQUEST, CODE_ODATA,
				    "the parameter 'ObjectId' is no id");
	if (!str_parse_i64(type, &number) || number < 1 || number > INT32_MAX)
		return err_set_code(e, ERR_BAD_REQUEST, CODE_ODATA,
				    "the parameter 'ComponentType' is no number of a type");
	out->type = (int)number;
	return true;
}

static bool tell_dependents(struct telling *t, const struct metadata_item *item, struct err *e)
{
	switch (item->kind) {
	case METADATA_TABLE:
		t->of = table_component(item->table);
		return tell_lookups(t, item->table, e) && tell_links(t, item->table);
	case METADATA_COLUMN:
		t->of = column_component(item->table, item->column);
		tell_keys(t, item->table, item->column);
		return tell_views(t, item->table, item->column, e);
	case METADATA_CHOICE:
		return for_each_table(t, tell_users, &item->choice.name, e);
	case METADATA_KEY:
	case METADATA_LOOKUP:
	case METADATA_LINK:
		break;
	}
	return true;
}

static bool tell_required_tables(struct telling *t, const struct column *column, struct err *e)
{
	for (size_t i = 0; i < column->ntargets; i++) {
		const struct table *target;

		if (!store_table(t->call->store, column->targets[i], &target, e))
			return false;
		if (!target)
			continue;

		struct component required = table_component(target);

		tell(t, &t->of, &required);
	}
	return true;
}

static bool tell_required(struct telling *t, const struct metadata_item *item, struct err *e)
{
	struct component required;

	if (item->kind == METADATA_COLUMN) {
		t->of = column_component(item->table, item->column);
		required = table_component(item->table);
		tell(t, &t->of, &required);
		return tell_required_tables(t, item->column, e);
	}
	if (item->kind != METADATA_KEY)
		return true;
	t->of = key_component(item->table, item->key);
	for (size_t i = 0; i < item->key->ncolumns; i++) {
		const struct column *column = table_column(item->table, item->key->columns[i]);

		if (!column)
			continue;
		required = column_component(item->table, column);
		tell(t, &t->of, &required);
	}
	return true;
}

static bool answer(struct call *c,
		   bool (*body)(struct telling *, const struct metadata_item *, struct err *),
		   struct err *e)
{
	struct telling t = { .call = c };
	struct search x = { .found = false };

	if (!read_component(c, &t.of, e) || !find(&t, &x, e))
		return false;
	call_json(c, 200);

	DEFER(json_writer_release) struct json_writer w = json_writer_make(call_sink(c));

	t.w = &w;
	json_object(&w);
	json_key(&w, S("@odata.context"));
	json_str(&w, call_context(c, S("dependencies")));
	json_key(&w, S("value"));
	json_array(&w);
	if (x.found && !body(&t, &x.item, e))
		return false;
	json_array_end(&w);
	json_object_end(&w);
	return json_writer_finish(&w, e);
}

bool dependencies_for_delete(struct call *c, struct err *e)
{
	return answer(c, tell_dependents, e);
}

bool dependencies_required(struct call *c, struct err *e)
{
	return answer(c, tell_required, e);
}
