/* SPDX-License-Identifier: MIT */
/*
 * Tables from the project's own facts (metadata/README.md), and the look-ups on them. Everything that a
 * table holds is copied to its arena: the JSON may go.
 */
#include "dv/table.h"

#include "base/decimal.h"
#include "base/vec.h"

#include "base/banned.h"

/* What is being read: for messages, and where the result lives. */
struct facts {
	struct arena *arena;
	const char *what;
	struct str table;
};

static bool fail(const struct facts *f, const char *member, const char *problem, struct err *e)
{
	return err_set(e, ERR_INPUT, "%s: table %.*s: %s: %s", f->what, STR_ARG(f->table), member,
		       problem);
}

static struct str text(const struct facts *f, const struct json *o, struct str name)
{
	return str_dup(f->arena, json_text(o, name));
}

/* The array member; one that is absent counts as empty. */
static bool array(const struct facts *f, const struct json *o, const char *name,
		  const struct json **items, size_t *n, struct err *e)
{
	const struct json *v = json_get(o, str_from(name));

	if (v && v->kind != JSON_ARRAY)
		return fail(f, name, "is not an array", e);
	*items = v ? v->items : NULL;
	*n = v ? v->n : 0;
	return true;
}

static bool int32_member(const struct json *o, struct str name, int32_t otherwise, int32_t *out)
{
	int64_t v = json_int(o, name, otherwise);

	if (v < INT32_MIN || v > INT32_MAX)
		return false;
	*out = (int32_t)v;
	return true;
}

static bool read_options(const struct facts *f, const struct json *attribute, struct column *c,
			 struct err *e)
{
	const struct json *items;
	size_t n = 0;

	if (!array(f, attribute, "options", &items, &n, e))
		return false;
	c->options = arena_array(f->arena, struct option, n);
	for (size_t i = 0; i < n; i++) {
		struct option *o = &c->options[i];
		const struct json *value = json_get(&items[i], S("value"));

		if (!value || value->kind != JSON_NUMBER ||
		    !int32_member(&items[i], S("value"), 0, &o->value) ||
		    !int32_member(&items[i], S("state"), 0, &o->state) ||
		    !int32_member(&items[i], S("defaultstatus"), 0, &o->default_status))
			return fail(f, "options", "an option without a 32-bit value", e);
		o->label = text(f, &items[i], S("label"));
		o->description = text(f, &items[i], S("description"));
		o->color = text(f, &items[i], S("color"));
	}
	c->noptions = n;
	return true;
}

static bool read_names(const struct facts *f, const struct json *o, const char *member,
		       struct str **out, size_t *nout, struct err *e)
{
	const struct json *items;
	size_t n = 0;

	if (!array(f, o, member, &items, &n, e))
		return false;

	struct str *names = arena_array(f->arena, struct str, n);

	for (size_t i = 0; i < n; i++) {
		if (items[i].kind != JSON_STRING || items[i].text.n == 0)
			return fail(f, member, "is not an array of names", e);
		names[i] = str_dup(f->arena, items[i].text);
	}
	*out = names;
	*nout = n;
	return true;
}

static bool read_limit(const struct facts *f, const struct json *attribute, const char *name,
		       bool *has, struct str *out, struct err *e)
{
	const struct json *v = json_get(attribute, str_from(name));

	if (!v || v->kind == JSON_NULL)
		return true;
	if (v->kind != JSON_NUMBER || !decimal_parse(f->arena, v->text, out))
		return fail(f, name, "is not a number", e);
	*has = true;
	return true;
}

/* -1 is how the platform writes "no default" for choices. */
static bool read_default(const struct facts *f, const struct json *attribute, struct column *c,
			 struct err *e)
{
	const struct json *v = json_get(attribute, S("defaultValue"));
	bool is_choice = column_is_choice(c) || c->type == COLUMN_MULTISELECT;

	if (c->type == COLUMN_BOOLEAN && v && v->kind == JSON_BOOL) {
		c->has_default = true;
		c->default_value = v->yes;
	}
	if (!is_choice || !v || v->kind == JSON_NULL)
		return true;
	if (!int32_member(attribute, S("defaultValue"), -1, &c->default_value))
		return fail(f, "defaultValue", "is out of range", e);
	c->has_default = c->default_value != -1 || column_option(c, -1);
	if (!c->has_default)
		c->default_value = 0;
	return true;
}

static bool read_words(const struct facts *f, const struct json *attribute, struct column *c,
		       struct err *e)
{
	struct str level = json_text(attribute, S("requiredLevel"));
	struct str behavior = json_text(attribute, S("dateBehavior"));

	if (!column_type_parse(json_text(attribute, S("type")), &c->type))
		return fail(f, "type", "is none of metadata's type names", e);
	if (level.n > 0 && !required_level_parse(level, &c->required))
		return fail(f, "requiredLevel", "is none of metadata's words", e);
	if (behavior.n > 0 && !date_behavior_parse(behavior, &c->behavior))
		return fail(f, "dateBehavior", "is none of metadata's words", e);
	return true;
}

static void read_more(const struct facts *f, const struct json *attribute, struct column *c)
{
	c->description = text(f, attribute, S("description"));
	c->metadata_id = text(f, attribute, S("metadataId"));
	c->unmanaged = json_flag(attribute, S("unmanaged"));
	c->format = text(f, attribute, S("format"));
	c->auto_number = text(f, attribute, S("autoNumberFormat"));
	c->choice = text(f, attribute, S("optionSet"));
	c->primary_image = json_flag(attribute, S("isPrimaryImage"));
	c->full_image = json_flag(attribute, S("canStoreFullImage"));
}

static bool read_column(const struct facts *f, const struct json *attribute, struct column *c,
			struct err *e)
{
	int32_t length = 0;
	int32_t kb = 0;

	c->name = text(f, attribute, S("logicalName"));
	if (c->name.n == 0)
		return fail(f, "logicalName", "is missing", e);
	c->schema_name = text(f, attribute, S("schemaName"));
	c->display_name = text(f, attribute, S("displayName"));
	c->create = json_flag(attribute, S("validForCreate"));
	c->update = json_flag(attribute, S("validForUpdate"));
	c->read = json_flag(attribute, S("validForRead"));
	c->secured = json_flag(attribute, S("secured"));
	read_more(f, attribute, c);
	if (!int32_member(attribute, S("maxLength"), 0, &length) || length < 0)
		return fail(f, "maxLength", "is out of range", e);
	c->max_length = (uint32_t)length;
	if (!int32_member(attribute, S("maxSizeInKB"), 0, &kb) || kb < 0)
		return fail(f, "maxSizeInKB", "is out of range", e);
	c->max_kb = (uint32_t)kb;
	if (!int32_member(attribute, S("precision"), -1, &c->precision))
		return fail(f, "precision", "is out of range", e);
	return read_words(f, attribute, c, e) && read_options(f, attribute, c, e) &&
	       read_default(f, attribute, c, e) &&
	       read_names(f, attribute, "targets", &c->targets, &c->ntargets, e) &&
	       read_limit(f, attribute, "min", &c->has_min, &c->min, e) &&
	       read_limit(f, attribute, "max", &c->has_max, &c->max, e);
}

/* Unless the facts tell of it themselves. */
static void add_companion(const struct facts *f, struct table *t, const struct column *of,
			  const char *suffix, enum column_type type)
{
	struct str name = str_fmt(f->arena, "%.*s%s", STR_ARG(of->name), suffix);

	for (size_t i = 0; i < t->ncolumns; i++) {
		if (str_eq(t->columns[i].name, name))
			return;
	}
	t->columns[t->ncolumns++] = (struct column){
		.name = name,
		.schema_name = str_fmt(f->arena, "%.*s%s", STR_ARG(of->schema_name), suffix),
		.type = type,
		.read = true,
		.max_length = type == COLUMN_STRING ? 200 : 0,
		.precision = -1,
		.attribute_of = of->name,
		.unmanaged = of->unmanaged,
	};
}

/* What stands beside a file or an image, read-only (facts/webapi.md 2.7). There is room for it. */
static void add_companions(const struct facts *f, struct table *t)
{
	size_t n = t->ncolumns;

	for (size_t i = 0; i < n; i++) {
		const struct column *c = &t->columns[i];

		if (c->type == COLUMN_FILE)
			add_companion(f, t, c, "_name", COLUMN_STRING);
		if (c->type != COLUMN_IMAGE)
			continue;
		add_companion(f, t, c, "id", COLUMN_GUID);
		add_companion(f, t, c, "_timestamp", COLUMN_BIGINT);
		add_companion(f, t, c, "_url", COLUMN_STRING);
	}
}

static bool read_columns(const struct facts *f, const struct json *facts, struct table *t,
			 struct err *e)
{
	const struct json *items;

	if (!array(f, facts, "attributes", &items, &t->ncolumns, e))
		return false;
	if (t->ncolumns == 0)
		return fail(f, "attributes", "is missing or empty", e);
	t->columns = arena_array(f->arena, struct column, 4 * t->ncolumns);
	for (size_t i = 0; i < t->ncolumns; i++) {
		if (!read_column(f, &items[i], &t->columns[i], e))
			return err_wrap(e, "attributes[%zu]", i);
	}
	add_companions(f, t);
	return true;
}

struct str cascade_name(enum cascade c)
{
	static const struct str names[] = {
		[CASCADE_REMOVE_LINK] = STR_INIT("RemoveLink"),
		[CASCADE_RESTRICT] = STR_INIT("Restrict"),
		[CASCADE_ALL] = STR_INIT("Cascade"),
		[CASCADE_NONE] = STR_INIT("NoCascade"),
	};

	return names[c];
}

bool cascade_parse(struct str name, enum cascade *out)
{
	for (int i = CASCADE_REMOVE_LINK; i <= CASCADE_NONE; i++) {
		if (!str_eq(cascade_name((enum cascade)i), name))
			continue;
		*out = (enum cascade)i;
		return true;
	}
	return false;
}

/* Nothing told: the link is removed. */
static bool read_cascade(const struct facts *f, const struct json *item, struct many_to_one *r,
			 struct err *e)
{
	struct str name = json_text(item, S("cascadeDelete"));

	r->on_delete = CASCADE_REMOVE_LINK;
	if (name.n > 0 && !cascade_parse(name, &r->on_delete))
		return fail(f, "manyToOne",
			    "cascadeDelete is none of RemoveLink, Restrict, Cascade, NoCascade", e);
	r->on_assign = text(f, item, S("cascadeAssign"));
	r->on_share = text(f, item, S("cascadeShare"));
	r->on_unshare = text(f, item, S("cascadeUnshare"));
	r->on_reparent = text(f, item, S("cascadeReparent"));
	r->on_merge = text(f, item, S("cascadeMerge"));
	return true;
}

static bool read_many_to_one(const struct facts *f, const struct json *facts, struct table *t,
			     struct err *e)
{
	const struct json *items;

	if (!array(f, facts, "manyToOne", &items, &t->nmany_to_one, e))
		return false;
	t->many_to_one = arena_array(f->arena, struct many_to_one, t->nmany_to_one);
	for (size_t i = 0; i < t->nmany_to_one; i++) {
		struct many_to_one *r = &t->many_to_one[i];

		r->schema_name = text(f, &items[i], S("schemaName"));
		r->column = text(f, &items[i], S("referencingAttribute"));
		r->target = text(f, &items[i], S("referencedEntity"));
		r->target_column = text(f, &items[i], S("referencedAttribute"));
		r->navigation = text(f, &items[i], S("navigationProperty"));
		r->collection = text(f, &items[i], S("collectionNavigation"));
		if (r->collection.n == 0)
			r->collection = r->schema_name;
		r->hierarchical = json_flag(&items[i], S("hierarchical"));
		r->unmanaged = json_flag(&items[i], S("unmanaged"));
		if (r->column.n == 0 || r->target.n == 0 || r->navigation.n == 0)
			return fail(f, "manyToOne", "a relationship lacks a name", e);
		if (!read_cascade(f, &items[i], r, e))
			return false;
	}
	return true;
}

static bool read_many_to_many(const struct facts *f, const struct json *facts, struct table *t,
			      struct err *e)
{
	const struct json *items;

	if (!array(f, facts, "manyToMany", &items, &t->nmany_to_many, e))
		return false;
	t->many_to_many = arena_array(f->arena, struct many_to_many, t->nmany_to_many);
	for (size_t i = 0; i < t->nmany_to_many; i++) {
		struct many_to_many *r = &t->many_to_many[i];

		r->schema_name = text(f, &items[i], S("schemaName"));
		r->intersect = text(f, &items[i], S("intersectEntity"));
		r->table1 = text(f, &items[i], S("entity1"));
		r->column1 = text(f, &items[i], S("entity1Attribute"));
		r->navigation1 = text(f, &items[i], S("entity1Nav"));
		r->table2 = text(f, &items[i], S("entity2"));
		r->column2 = text(f, &items[i], S("entity2Attribute"));
		r->navigation2 = text(f, &items[i], S("entity2Nav"));
		r->unmanaged = json_flag(&items[i], S("unmanaged"));
		if (r->schema_name.n == 0 || r->intersect.n == 0 || r->table1.n == 0 ||
		    r->column1.n == 0 || r->table2.n == 0 || r->column2.n == 0)
			return fail(f, "manyToMany", "a relationship lacks a name", e);
	}
	return true;
}

static bool read_keys(const struct facts *f, const struct json *facts, struct table *t,
		      struct err *e)
{
	const struct json *items;

	if (!array(f, facts, "keys", &items, &t->nkeys, e))
		return false;
	t->keys = arena_array(f->arena, struct table_key, t->nkeys);
	for (size_t i = 0; i < t->nkeys; i++) {
		struct table_key *k = &t->keys[i];

		k->name = text(f, &items[i], S("name"));
		k->schema_name = text(f, &items[i], S("schemaName"));
		if (k->schema_name.n == 0)
			k->schema_name = k->name;
		k->display_name = text(f, &items[i], S("displayName"));
		k->unmanaged = json_flag(&items[i], S("unmanaged"));
		if (!read_names(f, &items[i], "columns", &k->columns, &k->ncolumns, e))
			return false;
		if (k->name.n == 0 || k->ncolumns == 0)
			return fail(f, "keys", "a key lacks its name or columns", e);
	}
	return true;
}

/* What a table points to within itself must be there. */
static bool check_names(const struct facts *f, const struct table *t, struct err *e)
{
	if (!table_primary(t))
		return fail(f, "primaryId", "is none of the attributes", e);
	if (t->primary_name.n > 0 && !table_column(t, t->primary_name))
		return fail(f, "primaryName", "is none of the attributes", e);
	for (size_t i = 0; i < t->nmany_to_one; i++) {
		if (!table_column(t, t->many_to_one[i].column))
			return fail(f, "manyToOne",
				    "referencingAttribute is none of the attributes", e);
	}
	for (size_t i = 0; i < t->nkeys; i++) {
		for (size_t j = 0; j < t->keys[i].ncolumns; j++) {
			if (!table_column(t, t->keys[i].columns[j]))
				return fail(f, "keys", "a column is none of the attributes", e);
		}
	}
	return true;
}

/* A flag that holds unless it is told not to. */
static bool usual_flag(const struct json *o, struct str name)
{
	const struct json *v = json_get(o, name);

	return !v || v->kind != JSON_BOOL || v->yes;
}

static void read_table_more(const struct facts *f, const struct json *facts, struct table *t)
{
	t->description = text(f, facts, S("description"));
	t->collection_schema_name = text(f, facts, S("collectionSchemaName"));
	t->ownership = text(f, facts, S("ownership"));
	t->table_type = text(f, facts, S("tableType"));
	if (t->table_type.n == 0)
		t->table_type = S("Standard");
	t->primary_image = text(f, facts, S("primaryImage"));
	t->metadata_id = text(f, facts, S("metadataId"));
	t->source = text(f, facts, S("source"));
	t->unmanaged = json_flag(facts, S("unmanaged"));
	t->solution_aware = json_flag(facts, S("solutionAware"));
	t->is_activity = json_flag(facts, S("isActivity"));
	t->has_notes = json_flag(facts, S("hasNotes"));
	t->has_activities = json_flag(facts, S("hasActivities"));
	t->change_tracking = usual_flag(facts, S("changeTracking"));
	t->optimistic_concurrency = usual_flag(facts, S("optimisticConcurrency"));
}

bool table_from_facts(struct arena *a, const struct json *facts, const char *what,
		      struct table *out, struct err *e)
{
	struct facts f = { .arena = a, .what = what };
	struct table t = { 0 };

	t.name = text(&f, facts, S("logicalName"));
	f.table = t.name;
	if (t.name.n == 0)
		return err_set(e, ERR_INPUT, "%s: logicalName is missing", what);
	t.schema_name = text(&f, facts, S("schemaName"));
	t.display_name = text(&f, facts, S("displayName"));
	t.display_collection_name = text(&f, facts, S("displayCollectionName"));
	t.entity_set = text(&f, facts, S("entitySetName"));
	if (t.entity_set.n == 0)
		return fail(&f, "entitySetName", "is missing", e);
	t.primary_id = text(&f, facts, S("primaryId"));
	t.primary_name = text(&f, facts, S("primaryName"));
	if (!int32_member(facts, S("objectTypeCode"), 0, &t.object_type_code))
		return fail(&f, "objectTypeCode", "is out of range", e);
	t.user_owned = str_eq(json_text(facts, S("ownership")), S("UserOwned"));
	t.is_intersect = json_flag(facts, S("isIntersect"));
	read_table_more(&f, facts, &t);
	if (!read_columns(&f, facts, &t, e) || !read_many_to_one(&f, facts, &t, e) ||
	    !read_many_to_many(&f, facts, &t, e) || !read_keys(&f, facts, &t, e))
		return false;
	if (!table_index(a, &t, e))
		return err_wrap(e, "%s", what);
	if (!check_names(&f, &t, e))
		return false;
	*out = t;
	return true;
}

bool table_index(struct arena *a, struct table *t, struct err *e)
{
	struct map by_name = map_make(a);

	for (size_t i = 0; i < t->ncolumns; i++) {
		uint32_t index = (uint32_t)i;

		if (!map_put(&by_name, t->columns[i].name, &index))
			return err_set(e, ERR_INPUT, "table %.*s: column %.*s comes twice",
				       STR_ARG(t->name), STR_ARG(t->columns[i].name));
	}
	t->by_name = by_name;
	return true;
}

const struct column *table_column(const struct table *t, struct str name)
{
	uint32_t index;

	return map_get(&t->by_name, name, &index) ? &t->columns[index] : NULL;
}

const struct column *table_primary(const struct table *t)
{
	return table_column(t, t->primary_id);
}

static const struct many_to_one *relationship(const struct table *t, struct str column,
					      struct str target)
{
	for (size_t i = 0; i < t->nmany_to_one; i++) {
		const struct many_to_one *r = &t->many_to_one[i];

		if (str_eq(r->column, column) && str_eq(r->target, target))
			return r;
	}
	return NULL;
}

const struct many_to_one *table_lookup(const struct table *t, struct str column, struct str target)
{
	const struct many_to_one *r = relationship(t, column, target);

	/* users and teams are bound through their common ancestor (facts/webapi.md 1.6) */
	if (!r && (str_eq(target, S("systemuser")) || str_eq(target, S("team"))))
		r = relationship(t, column, S("owner"));
	return r;
}

const struct many_to_many *table_link(const struct table *t, struct str name)
{
	for (size_t i = 0; i < t->nmany_to_many; i++) {
		const struct many_to_many *r = &t->many_to_many[i];

		if (str_eq(r->intersect, name) || str_eq(r->schema_name, name))
			return r;
	}
	return NULL;
}
