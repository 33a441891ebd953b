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
		.description = label(r, o, S("Description")),
		.color = text(r, o, S("Color")),
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

/* By AttributeTypeName; else by the class; what the platform adds one day is virtual. */
static enum column_type read_type(const struct json *o)
{
	struct str prefix = S("Microsoft.Dynamics.CRM.");
	struct str name = json_text(o, S("@odata.type"));
	enum column_type type = COLUMN_VIRTUAL;

	if (column_type_parse(value_member(o, S("AttributeTypeName")), &type))
		return type;
	if (str_starts(name, S("#")))
		name = str_skip(name, 1);
	if (str_starts(name, prefix))
		name = str_skip(name, prefix.n);

	const struct definition_class *class = definition_class_find(name);

	for (int i = 0; class && class->exact && i <= COLUMN_VIRTUAL; i++) {
		if (class->types & (1u << i))
			return (enum column_type)i;
	}
	return type;
}

static void read_more(const struct reader *r, const struct json *o, struct column *c)
{
	struct str format = value_member(o, S("FormatName"));
	int32_t kb = int32_member(o, S("MaxSizeInKB"), 0);

	c->description = label(r, o, S("Description"));
	c->format = format.n > 0 ? str_dup(r->arena, format) : text(r, o, S("Format"));
	c->auto_number = text(r, o, S("AutoNumberFormat"));
	c->max_kb = kb > 0 ? (uint32_t)kb : 0;
	c->primary_image = json_flag(o, S("IsPrimaryImage"));
	c->full_image = json_flag(o, S("CanStoreFullImage"));
	c->unmanaged = !json_flag(o, S("IsManaged"));
	if (json_flag(json_get(o, S("OptionSet")), S("IsGlobal")))
		c->choice = text(r, json_get(o, S("OptionSet")), S("Name"));
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
	c->type = read_type(o);
	read_more(r, o, c);
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

static void read_cascade(const struct reader *r, const struct json *o, struct many_to_one *out)
{
	const struct json *c = json_get(o, S("CascadeConfiguration"));

	if (!cascade_parse(json_text(c, S("Delete")), &out->on_delete))
		out->on_delete = CASCADE_REMOVE_LINK;
	out->on_assign = text(r, c, S("Assign"));
	out->on_share = text(r, c, S("Share"));
	out->on_unshare = text(r, c, S("Unshare"));
	out->on_reparent = text(r, c, S("Reparent"));
	out->on_merge = text(r, c, S("Merge"));
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
			.collection =
				text(r, &items[i], S("ReferencedEntityNavigationPropertyName")),
			.hierarchical = json_flag(&items[i], S("IsHierarchical")),
			.unmanaged = !json_flag(&items[i], S("IsManaged")),
		};
		read_cascade(r, &items[i], &t->many_to_one[i]);
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
			.unmanaged = !json_flag(&items[i], S("IsManaged")),
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
		k->schema_name = text(r, &items[i], S("SchemaName"));
		k->display_name = label(r, &items[i], S("DisplayName"));
		k->unmanaged = !json_flag(&items[i], S("IsManaged"));
		k->ncolumns = read_names(r, &items[i], S("KeyAttributes"), &k->columns);
	}
}

bool definition_read_column(struct arena *a, const struct json *attribute, struct str table,
			    struct column *out, struct err *e)
{
	struct reader r = { .arena = a, .table = table };
	struct column c = { 0 };

	if (!read_column(&r, attribute, &c, e))
		return false;
	*out = c;
	return true;
}

struct str definition_read_label(struct arena *a, const struct json *object, struct str member)
{
	struct reader r = { .arena = a };

	return label(&r, object, member);
}

struct option definition_read_option(struct arena *a, const struct json *option)
{
	struct reader r = { .arena = a };

	return read_option(&r, option);
}

static void read_table_more(const struct reader *r, const struct json *entity, struct table *t)
{
	t->description = label(r, entity, S("Description"));
	t->collection_schema_name = text(r, entity, S("CollectionSchemaName"));
	t->ownership = text(r, entity, S("OwnershipType"));
	t->table_type = text(r, entity, S("TableType"));
	t->primary_image = text(r, entity, S("PrimaryImageAttribute"));
	t->unmanaged = !json_flag(entity, S("IsManaged"));
	t->solution_aware = json_flag(entity, S("IsSolutionAware"));
	t->is_activity = json_flag(entity, S("IsActivity"));
	t->has_notes = json_flag(entity, S("HasNotes"));
	t->has_activities = json_flag(entity, S("HasActivities"));
	t->change_tracking = json_flag(entity, S("ChangeTrackingEnabled"));
	t->optimistic_concurrency = json_flag(entity, S("IsOptimisticConcurrencyEnabled"));
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
	read_table_more(&r, entity, &t);
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
