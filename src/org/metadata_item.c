/* SPDX-License-Identifier: MIT */
/*
 * The tree of metadata. Lists of tables hold names, so that a table is loaded when its turn comes.
 */
#include "org/metadata_item.h"

#include "base/vec.h"
#include "org/choices.h"
#include "org/code.h"
#include "org/relations.h"

#include "base/banned.h"

static bool missing(struct err *e, const char *what, struct str name)
{
	return err_set_code(e, ERR_NOT_FOUND, CODE_ODATA,
			    "resource not found for the segment '%.*s': there is no such %s",
			    STR_ARG(name), what);
}

bool metadata_load(struct store *s, struct metadata_item *item, struct err *e)
{
	if (item->kind != METADATA_TABLE || item->table)
		return true;
	if (!store_table(s, item->name, &item->table, e))
		return false;
	if (item->table)
		return true;
	return err_set_code(e, ERR_NOT_FOUND, CODE_TABLE_UNKNOWN, "there is no table '%.*s'",
			    STR_ARG(item->name));
}

static struct metadata_item lookup_item(const struct table *child, const struct many_to_one *r)
{
	return (struct metadata_item){ .kind = METADATA_LOOKUP, .table = child, .lookup = r };
}

static struct metadata_item link_item(const struct table *t, const struct many_to_many *r)
{
	return (struct metadata_item){ .kind = METADATA_LINK, .table = t, .link = r };
}

/* roots */

static bool all_tables(struct store *s, struct arena *a, struct metadata_list *out, struct err *e)
{
	struct str *names;
	size_t n;

	if (!store_table_names(s, a, &names, &n, e))
		return false;
	out->kind = METADATA_TABLE;
	out->items = arena_array(a, struct metadata_item, n);
	out->n = n;
	for (size_t i = 0; i < n; i++)
		out->items[i] = (struct metadata_item){ .kind = METADATA_TABLE, .name = names[i] };
	return true;
}

/* Those of N:N relationships stand on both of their tables. */
static bool all_relationships(struct store *s, struct arena *a, struct metadata_list *out,
			      struct err *e)
{
	VEC(struct metadata_item) items = { 0 };
	struct map seen = map_make(a);
	struct str *names;
	size_t n;

	if (!store_table_names(s, a, &names, &n, e))
		return false;
	for (size_t i = 0; i < n; i++) {
		const struct table *t;
		uint32_t index = (uint32_t)i;

		if (!store_table(s, names[i], &t, e))
			return false;
		for (size_t j = 0; t && !t->is_intersect && j < t->nmany_to_one; j++)
			*VEC_PUSH(a, &items) = lookup_item(t, &t->many_to_one[j]);
		for (size_t j = 0; t && j < t->nmany_to_many; j++) {
			if (map_put(&seen, t->many_to_many[j].schema_name, &index))
				*VEC_PUSH(a, &items) = link_item(t, &t->many_to_many[j]);
		}
	}
	*out = (struct metadata_list){ METADATA_LOOKUP, true, NULL, items.p, items.n };
	return true;
}

static bool all_choices(struct store *s, struct arena *a, struct metadata_list *out, struct err *e)
{
	struct definition_choice *choices;
	size_t n;

	if (!choices_all(s, a, &choices, &n, e))
		return false;
	*out = (struct metadata_list){ .kind = METADATA_CHOICE, .typed = true, .n = n };
	out->items = arena_array(a, struct metadata_item, n);
	for (size_t i = 0; i < n; i++)
		out->items[i] =
			(struct metadata_item){ .kind = METADATA_CHOICE, .choice = choices[i] };
	return true;
}

static const struct {
	struct str name;
	bool (*list)(struct store *s, struct arena *a, struct metadata_list *out, struct err *e);
} ROOTS[] = {
	{ STR_INIT("EntityDefinitions"), all_tables },
	{ STR_INIT("RelationshipDefinitions"), all_relationships },
	{ STR_INIT("GlobalOptionSetDefinitions"), all_choices },
};

bool metadata_is_root(struct str name)
{
	for (size_t i = 0; i < COUNT_OF(ROOTS); i++) {
		if (str_eq(ROOTS[i].name, name))
			return true;
	}
	return false;
}

bool metadata_root(struct store *s, struct arena *a, struct str name, struct metadata_list *out,
		   struct err *e)
{
	*out = (struct metadata_list){ 0 };
	for (size_t i = 0; i < COUNT_OF(ROOTS); i++) {
		if (str_eq(ROOTS[i].name, name))
			return ROOTS[i].list(s, a, out, e);
	}
	return missing(e, "collection of metadata", name);
}

/* below a table */

static bool columns_of(struct store *s, struct arena *a, const struct table *t,
		       struct metadata_list *out, struct err *e)
{
	VEC(struct metadata_item) items = { 0 };

	(void)s;
	(void)e;
	for (size_t i = 0; i < t->ncolumns; i++) {
		struct column *companions;
		size_t n = definition_companions(a, t, &t->columns[i], &companions);

		*VEC_PUSH(a, &items) = (struct metadata_item){ .kind = METADATA_COLUMN,
							       .table = t,
							       .column = &t->columns[i] };
		for (size_t j = 0; j < n; j++)
			*VEC_PUSH(a, &items) = (struct metadata_item){ .kind = METADATA_COLUMN,
								       .table = t,
								       .column = &companions[j] };
	}
	*out = (struct metadata_list){ METADATA_COLUMN, true, &definition_attributes, items.p,
				       items.n };
	return true;
}

static bool keys_of(struct store *s, struct arena *a, const struct table *t,
		    struct metadata_list *out, struct err *e)
{
	(void)s;
	(void)e;
	*out = (struct metadata_list){ .kind = METADATA_KEY, .n = t->nkeys };
	out->items = arena_array(a, struct metadata_item, t->nkeys);
	for (size_t i = 0; i < t->nkeys; i++)
		out->items[i] = (struct metadata_item){ .kind = METADATA_KEY,
							.table = t,
							.key = &t->keys[i] };
	return true;
}

static bool many_to_one_of(struct store *s, struct arena *a, const struct table *t,
			   struct metadata_list *out, struct err *e)
{
	(void)s;
	(void)e;
	*out = (struct metadata_list){ .kind = METADATA_LOOKUP, .n = t->nmany_to_one };
	out->items = arena_array(a, struct metadata_item, t->nmany_to_one);
	for (size_t i = 0; i < t->nmany_to_one; i++)
		out->items[i] = lookup_item(t, &t->many_to_one[i]);
	return true;
}

static bool one_to_many_of(struct store *s, struct arena *a, const struct table *t,
			   struct metadata_list *out, struct err *e)
{
	VEC(struct metadata_item) items = { 0 };
	struct relation *all;
	size_t n;

	if (!relations_to(s, a, t, &all, &n, e))
		return false;
	/* owners have relationships of their own */
	for (size_t i = 0; i < n; i++) {
		if (str_eq(all[i].lookup->target, t->name))
			*VEC_PUSH(a, &items) = lookup_item(all[i].child, all[i].lookup);
	}
	*out = (struct metadata_list){ METADATA_LOOKUP, false, NULL, items.p, items.n };
	return true;
}

static bool many_to_many_of(struct store *s, struct arena *a, const struct table *t,
			    struct metadata_list *out, struct err *e)
{
	(void)s;
	(void)e;
	*out = (struct metadata_list){ .kind = METADATA_LINK, .n = t->nmany_to_many };
	out->items = arena_array(a, struct metadata_item, t->nmany_to_many);
	for (size_t i = 0; i < t->nmany_to_many; i++)
		out->items[i] = link_item(t, &t->many_to_many[i]);
	return true;
}

static const struct {
	struct str name;
	bool (*list)(struct store *s, struct arena *a, const struct table *t,
		     struct metadata_list *out, struct err *e);
} CHILDREN[] = {
	{ STR_INIT("Attributes"), columns_of },
	{ STR_INIT("Keys"), keys_of },
	{ STR_INIT("ManyToOneRelationships"), many_to_one_of },
	{ STR_INIT("OneToManyRelationships"), one_to_many_of },
	{ STR_INIT("ManyToManyRelationships"), many_to_many_of },
};

bool metadata_is_list(const struct metadata_item *item, struct str name)
{
	for (size_t i = 0; item->kind == METADATA_TABLE && i < COUNT_OF(CHILDREN); i++) {
		if (str_eq(CHILDREN[i].name, name))
			return true;
	}
	return false;
}

bool metadata_children(struct store *s, struct arena *a, struct metadata_item *item,
		       struct str name, struct metadata_list *out, struct err *e)
{
	if (!metadata_load(s, item, e))
		return false;
	for (size_t i = 0; item->kind == METADATA_TABLE && i < COUNT_OF(CHILDREN); i++) {
		if (str_eq(CHILDREN[i].name, name))
			return CHILDREN[i].list(s, a, item->table, out, e);
	}
	return missing(e, "collection here", name);
}

bool metadata_is_single(const struct metadata_item *item, struct str name)
{
	return item->kind == METADATA_COLUMN && definition_has_choice(item->column) &&
	       (str_eq(name, S("OptionSet")) || str_eq(name, S("GlobalOptionSet")));
}

struct metadata_item metadata_single(struct arena *a, const struct metadata_item *item,
				     struct str name)
{
	struct metadata_item out = { .kind = METADATA_CHOICE };
	bool global = item->column->choice.n > 0;

	/* OptionSet shows a global one, too */
	if (global || str_eq(name, S("OptionSet")))
		out.choice = definition_choice_of(a, item->table, item->column);
	return out;
}

/* items of a list */

static bool class_of(struct metadata_list *list, struct str name, struct err *e)
{
	const struct definition_class *class = NULL;

	if (list->kind == METADATA_COLUMN)
		class = definition_class_find(name);
	if (!class)
		return missing(e, "class of metadata here", name);
	list->class = class;
	list->typed = !class->exact;
	return true;
}

static bool has_class(const struct metadata_item *item, const struct definition_class *class,
		      struct str name)
{
	switch (item->kind) {
	case METADATA_COLUMN:
		return definition_class_has(class, item->column);
	case METADATA_LOOKUP:
		return str_eq(name, S("OneToManyRelationshipMetadata"));
	case METADATA_LINK:
		return str_eq(name, S("ManyToManyRelationshipMetadata"));
	case METADATA_CHOICE:
		return str_eq(name, item->choice.column->type == COLUMN_BOOLEAN
					    ? S("BooleanOptionSetMetadata")
					    : S("OptionSetMetadata"));
	case METADATA_TABLE:
		return str_eq(name, S("EntityMetadata"));
	case METADATA_KEY:
		return str_eq(name, S("EntityKeyMetadata"));
	}
	return false;
}

bool metadata_cast(struct arena *a, struct metadata_list *list, struct str class_name,
		   struct err *e)
{
	struct str prefix = S("Microsoft.Dynamics.CRM.");
	struct str name = str_skip(class_name, prefix.n);
	struct metadata_item *items = arena_array(a, struct metadata_item, list->n);
	size_t n = 0;

	if (!str_starts(class_name, prefix))
		return missing(e, "class of metadata here", class_name);
	if (list->kind == METADATA_COLUMN) {
		if (!class_of(list, name, e))
			return false;
	} else {
		list->typed = false;
	}
	if (str_eq(name, S("ManyToManyRelationshipMetadata")))
		list->kind = METADATA_LINK;
	for (size_t i = 0; i < list->n; i++) {
		if (has_class(&list->items[i], list->class, name))
			items[n++] = list->items[i];
	}
	list->items = items;
	list->n = n;
	return true;
}

struct guid metadata_id(const struct metadata_item *item)
{
	switch (item->kind) {
	case METADATA_TABLE:
		return definition_table_id(item->table->name, item->table->metadata_id);
	case METADATA_COLUMN:
		return definition_column_id(item->table, item->column);
	case METADATA_KEY:
		return definition_key_id(item->table, item->key);
	case METADATA_LOOKUP:
		return definition_relationship_id(item->lookup->schema_name);
	case METADATA_LINK:
		return definition_relationship_id(item->link->schema_name);
	case METADATA_CHOICE:
		return definition_choice_id(&item->choice);
	}
	return (struct guid){ 0 };
}

/* The name by which a key finds the item, and what the key calls it. */
static struct str name_of(const struct metadata_item *item, struct str property)
{
	bool logical = str_eq(property, S("LogicalName"));
	bool schema = str_eq(property, S("SchemaName"));

	switch (item->kind) {
	case METADATA_TABLE:
		return logical ? item->name : S("");
	case METADATA_COLUMN:
		return logical ? item->column->name : S("");
	case METADATA_KEY:
		return logical ? item->key->name : S("");
	case METADATA_LOOKUP:
		return schema ? item->lookup->schema_name : S("");
	case METADATA_LINK:
		return schema ? item->link->schema_name : S("");
	case METADATA_CHOICE:
		return str_eq(property, S("Name")) ? item->choice.name : S("");
	}
	return S("");
}

static bool pick_id(struct store *s, const struct metadata_list *list, struct guid id,
		    struct metadata_item *out, bool *found, struct err *e)
{
	*found = false;
	/* most ids of tables come from their names: those need not be loaded */
	for (size_t i = 0; list->kind == METADATA_TABLE && !*found && i < list->n; i++) {
		*out = list->items[i];
		if (!guid_eq(definition_table_id(out->name, S("")), id))
			continue;
		if (!metadata_load(s, out, e))
			return false;
		*found = guid_eq(metadata_id(out), id);
	}
	for (size_t i = 0; !*found && i < list->n; i++) {
		*out = list->items[i];
		if (!metadata_load(s, out, e))
			return false;
		*found = guid_eq(metadata_id(out), id);
	}
	return true;
}

static bool pick_name(const struct metadata_list *list, struct str property, struct str value,
		      struct metadata_item *out)
{
	if (value.n < 2 || value.p[0] != '\'' || !str_ends(value, S("'")))
		return false;
	value = str_sub(value, 1, value.n - 2);
	for (size_t i = 0; value.n > 0 && i < list->n; i++) {
		if (!str_eq(name_of(&list->items[i], property), value))
			continue;
		*out = list->items[i];
		return true;
	}
	return false;
}

bool metadata_pick(struct store *s, const struct metadata_list *list, struct str key,
		   struct metadata_item *out, struct err *e)
{
	size_t equals = str_find_char(key, '=');
	struct str property = str_trim(str_sub(key, 0, equals == STR_NONE ? 0 : equals));
	struct str value = str_trim(equals == STR_NONE ? key : str_skip(key, equals + 1));
	struct metadata_item item = { 0 };
	struct guid id;
	bool found;

	if ((property.n == 0 || str_eq(property, S("MetadataId"))) && guid_parse(value, &id)) {
		if (!pick_id(s, list, id, &item, &found, e))
			return false;
	} else {
		found = pick_name(list, property, value, &item);
	}
	if (!found) {
		bool table = list->kind == METADATA_TABLE;

		return err_set_code(
			e, ERR_NOT_FOUND, table ? CODE_TABLE_UNKNOWN : CODE_METADATA_MISSING,
			"could not find %.*s with the key (%.*s)",
			STR_ARG(metadata_class_name(list)), STR_ARG(str_sub(key, 0, 200)));
	}
	*out = item;
	return metadata_load(s, out, e);
}

struct str metadata_class_name(const struct metadata_list *list)
{
	static const struct str names[] = {
		[METADATA_TABLE] = STR_INIT("EntityMetadata"),
		[METADATA_COLUMN] = STR_INIT("AttributeMetadata"),
		[METADATA_KEY] = STR_INIT("EntityKeyMetadata"),
		[METADATA_LOOKUP] = STR_INIT("OneToManyRelationshipMetadata"),
		[METADATA_LINK] = STR_INIT("ManyToManyRelationshipMetadata"),
		[METADATA_CHOICE] = STR_INIT("OptionSetMetadata"),
	};

	return list->kind == METADATA_COLUMN && list->class ? list->class->name : names[list->kind];
}

bool metadata_has(const struct metadata_list *list, struct str property)
{
	struct metadata_item probe = { .kind = list->kind };

	switch (list->kind) {
	case METADATA_TABLE:
		return definition_has_property(property) || metadata_is_list(&probe, property);
	case METADATA_COLUMN:
		return definition_column_has(list->class ? list->class : &definition_attributes,
					     property) ||
		       str_ends(property, S("OptionSet"));
	case METADATA_KEY:
		return definition_key_has(property);
	case METADATA_LOOKUP:
		return definition_lookup_has(property) ||
		       (list->typed && definition_link_has(property));
	case METADATA_LINK:
		return definition_link_has(property);
	case METADATA_CHOICE:
		return definition_choice_has(property);
	}
	return false;
}

void metadata_members(struct json_writer *w, const struct metadata_item *item, bool typed,
		      const struct definition_select *select)
{
	switch (item->kind) {
	case METADATA_TABLE:
		definition_members(w, item->table, select);
		break;
	case METADATA_COLUMN:
		definition_column_members(w, item->table, item->column, typed, select);
		break;
	case METADATA_KEY:
		definition_key_members(w, item->table, item->key, select);
		break;
	case METADATA_LOOKUP:
		definition_lookup_members(w, item->table, item->lookup, typed, select);
		break;
	case METADATA_LINK:
		definition_link_members(w, item->link, typed, select);
		break;
	case METADATA_CHOICE:
		definition_choice_members(w, &item->choice, typed, select);
		break;
	}
}
