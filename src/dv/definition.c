/* SPDX-License-Identifier: MIT */
/*
 * Asks for table definitions and reads them as the Web API's metadata shows them (facts/webapi.md 5.1).
 * What ferry does not keep of a definition is passed over.
 */
#include "dv/definition.h"

#include "base/codec.h"
#include "base/decimal.h"
#include "base/vec.h"

#include "base/banned.h"

void definition_url(struct buf *out, const struct str *tables, size_t n)
{
	assert(n > 0);
	buf_add(out, S("EntityDefinitions?$select=LogicalName,SchemaName,EntitySetName,"
		       "PrimaryIdAttribute,PrimaryNameAttribute,DisplayName,DisplayCollectionName,"
		       "ObjectTypeCode,OwnershipType,IsIntersect&$filter="));
	for (size_t i = 0; i < n; i++) {
		struct str_splitter parts = str_splitter(tables[i]);
		bool first = true;

		buf_add(out, i > 0 ? S("%20or%20") : S(""));
		buf_add(out, S("LogicalName%20eq%20'"));
		/* a quote inside an OData text is written twice */
		for (struct str part; str_split(&parts, '\'', &part); first = false) {
			buf_add(out, first ? S("") : S("%27%27"));
			url_encode(out, part);
		}
		buf_add_char(out, '\'');
	}
	buf_add(out, S("&$expand=Attributes,ManyToOneRelationships,ManyToManyRelationships,Keys"));
}

/* What is being read. */
struct reader {
	struct arena *arena;
	struct str table;
};

static struct str text(const struct reader *r, const struct json *o, struct str name)
{
	return str_dup(r->arena, json_text(o, name));
}

static struct str label(const struct reader *r, const struct json *o, struct str name)
{
	const struct json *whole = json_get(o, name);
	const struct json *all = json_get(whole, S("LocalizedLabels"));
	struct str user = json_text(json_get(whole, S("UserLocalizedLabel")), S("Label"));

	if (user.n == 0 && all && all->kind == JSON_ARRAY && all->n > 0)
		user = json_text(&all->items[0], S("Label"));
	return str_dup(r->arena, user);
}

static struct str value_member(const struct json *o, struct str name)
{
	return json_text(json_get(o, name), S("Value"));
}

static int32_t int32_member(const struct json *o, struct str name, int32_t otherwise)
{
	int64_t v = json_int(o, name, otherwise);

	return v < INT32_MIN || v > INT32_MAX ? otherwise : (int32_t)v;
}

/* The items of an array member; none when it is absent, as an expansion is that was not asked for. */
static size_t items_of(const struct json *o, struct str name, const struct json **items)
{
	const struct json *v = json_get(o, name);

	if (!v || v->kind != JSON_ARRAY)
		return 0;
	*items = v->items;
	return v->n;
}

static size_t read_names(const struct reader *r, const struct json *o, struct str name,
			 struct str **out)
{
	const struct json *items = NULL;
	size_t n = items_of(o, name, &items);

	*out = arena_array(r->arena, struct str, n);
	for (size_t i = 0; i < n; i++)
		(*out)[i] = str_dup(r->arena, items[i].text);
	return n;
}

static struct option read_option(const struct reader *r, const struct json *o)
{
	return (struct option){
		.value = int32_member(o, S("Value"), 0),
		.label = label(r, o, S("Label")),
		.state = int32_member(o, S("State"), 0),
		.default_status = int32_member(o, S("DefaultStatus"), 0),
	};
}

static void read_options(const struct reader *r, const struct json *attribute, struct column *c)
{
	const struct json *set = json_get(attribute, S("OptionSet"));
	const struct json *items = NULL;
	VEC(struct option) options = { 0 };

	if (!set || set->kind != JSON_OBJECT)
		set = json_get(attribute, S("GlobalOptionSet"));

	const struct json *yes = json_get(set, S("TrueOption"));
	const struct json *no = json_get(set, S("FalseOption"));
	size_t n = items_of(set, S("Options"), &items);

	for (size_t i = 0; i < n; i++)
		*VEC_PUSH(r->arena, &options) = read_option(r, &items[i]);
	if (yes && yes->kind == JSON_OBJECT)
		*VEC_PUSH(r->arena, &options) = read_option(r, yes);
	if (no && no->kind == JSON_OBJECT)
		*VEC_PUSH(r->arena, &options) = read_option(r, no);
	c->options = options.p;
	c->noptions = options.n;
}

static void read_default(const struct json *attribute, struct column *c)
{
	const struct json *yes = json_get(attribute, S("DefaultValue"));

	if (c->type == COLUMN_BOOLEAN && yes && yes->kind == JSON_BOOL) {
		c->has_default = true;
		c->default_value = yes->yes;
	}
	/* -1 is how the platform writes "none" */
	if (column_is_choice(c) || c->type == COLUMN_MULTISELECT) {
		int32_t v = int32_member(attribute, S("DefaultFormValue"), -1);

		c->has_default = v != -1;
		c->default_value = c->has_default ? v : 0;
	}
}

static bool read_limit(const struct reader *r, const struct json *attribute, struct str name,
		       struct str *out)
{
	const struct json *v = json_get(attribute, name);

	return v && v->kind == JSON_NUMBER && decimal_parse(r->arena, v->text, out);
}

static bool read_column(const struct reader *r, const struct json *o, struct column *c,
			struct err *e)
{
	int32_t length = int32_member(o, S("MaxLength"), 0);

	c->name = text(r, o, S("LogicalName"));
	if (c->name.n == 0)
		return err_set(e, ERR_INPUT,
			       "definition of table %.*s: a column without LogicalName",
			       STR_ARG(r->table));
	/* the platform gets new types; nothing is known of their values */
	if (!column_type_parse(value_member(o, S("AttributeTypeName")), &c->type))
		c->type = COLUMN_VIRTUAL;
	if (!required_level_parse(value_member(o, S("RequiredLevel")), &c->required))
		c->required = REQUIRED_NONE;
	if (!date_behavior_parse(value_member(o, S("DateTimeBehavior")), &c->behavior))
		c->behavior = DATE_USER_LOCAL;
	c->schema_name = text(r, o, S("SchemaName"));
	c->display_name = label(r, o, S("DisplayName"));
	c->create = json_flag(o, S("IsValidForCreate"));
	c->update = json_flag(o, S("IsValidForUpdate"));
	c->read = json_flag(o, S("IsValidForRead"));
	c->secured = json_flag(o, S("IsSecured"));
	c->max_length = length > 0 ? (uint32_t)length : 0;
	c->precision = int32_member(o, S("Precision"), -1);
	c->has_min = read_limit(r, o, S("MinValue"), &c->min);
	c->has_max = read_limit(r, o, S("MaxValue"), &c->max);
	c->ntargets = read_names(r, o, S("Targets"), &c->targets);
	read_options(r, o, c);
	read_default(o, c);
	return true;
}

static bool read_columns(const struct reader *r, const struct json *entity, struct table *t,
			 struct err *e)
{
	const struct json *items = NULL;
	size_t n = items_of(entity, S("Attributes"), &items);

	if (n == 0)
		return err_set(e, ERR_INPUT, "definition of table %.*s: no Attributes",
			       STR_ARG(r->table));
	t->columns = arena_array(r->arena, struct column, n);
	for (size_t i = 0; i < n; i++) {
		/* what belongs to another column travels as that column's annotations */
		if (json_text(&items[i], S("AttributeOf")).n > 0)
			continue;
		if (!read_column(r, &items[i], &t->columns[t->ncolumns++], e))
			return false;
	}
	return true;
}

static void read_many_to_one(const struct reader *r, const struct json *entity, struct table *t)
{
	const struct json *items = NULL;

	t->nmany_to_one = items_of(entity, S("ManyToOneRelationships"), &items);
	t->many_to_one = arena_array(r->arena, struct many_to_one, t->nmany_to_one);
	for (size_t i = 0; i < t->nmany_to_one; i++) {
		t->many_to_one[i] = (struct many_to_one){
			.schema_name = text(r, &items[i], S("SchemaName")),
			.column = text(r, &items[i], S("ReferencingAttribute")),
			.target = text(r, &items[i], S("ReferencedEntity")),
			.target_column = text(r, &items[i], S("ReferencedAttribute")),
			.navigation =
				text(r, &items[i], S("ReferencingEntityNavigationPropertyName")),
		};
	}
}

static void read_many_to_many(const struct reader *r, const struct json *entity, struct table *t)
{
	const struct json *items = NULL;

	t->nmany_to_many = items_of(entity, S("ManyToManyRelationships"), &items);
	t->many_to_many = arena_array(r->arena, struct many_to_many, t->nmany_to_many);
	for (size_t i = 0; i < t->nmany_to_many; i++) {
		t->many_to_many[i] = (struct many_to_many){
			.schema_name = text(r, &items[i], S("SchemaName")),
			.intersect = text(r, &items[i], S("IntersectEntityName")),
			.table1 = text(r, &items[i], S("Entity1LogicalName")),
			.column1 = text(r, &items[i], S("Entity1IntersectAttribute")),
			.navigation1 = text(r, &items[i], S("Entity1NavigationPropertyName")),
			.table2 = text(r, &items[i], S("Entity2LogicalName")),
			.column2 = text(r, &items[i], S("Entity2IntersectAttribute")),
			.navigation2 = text(r, &items[i], S("Entity2NavigationPropertyName")),
		};
	}
}

static void read_keys(const struct reader *r, const struct json *entity, struct table *t)
{
	const struct json *items = NULL;

	t->nkeys = items_of(entity, S("Keys"), &items);
	t->keys = arena_array(r->arena, struct table_key, t->nkeys);
	for (size_t i = 0; i < t->nkeys; i++) {
		struct table_key *k = &t->keys[i];

		k->name = text(r, &items[i], S("LogicalName"));
		k->ncolumns = read_names(r, &items[i], S("KeyAttributes"), &k->columns);
	}
}

bool definition_read(struct arena *a, const struct json *entity, struct table *out, struct err *e)
{
	struct reader r = { .arena = a };
	struct table t = { 0 };

	t.name = text(&r, entity, S("LogicalName"));
	r.table = t.name;
	if (t.name.n == 0)
		return err_set(e, ERR_INPUT, "a table definition without LogicalName");
	t.schema_name = text(&r, entity, S("SchemaName"));
	t.display_name = label(&r, entity, S("DisplayName"));
	t.display_collection_name = label(&r, entity, S("DisplayCollectionName"));
	t.entity_set = text(&r, entity, S("EntitySetName"));
	t.primary_id = text(&r, entity, S("PrimaryIdAttribute"));
	t.primary_name = text(&r, entity, S("PrimaryNameAttribute"));
	t.object_type_code = int32_member(entity, S("ObjectTypeCode"), 0);
	t.user_owned = str_eq(json_text(entity, S("OwnershipType")), S("UserOwned"));
	t.is_intersect = json_flag(entity, S("IsIntersect"));
	if (!read_columns(&r, entity, &t, e))
		return false;
	read_many_to_one(&r, entity, &t);
	read_many_to_many(&r, entity, &t);
	read_keys(&r, entity, &t);
	if (!table_index(a, &t, e))
		return err_wrap(e, "definition");
	*out = t;
	return true;
}
