/* SPDX-License-Identifier: MIT */
/*
 * A table as the project's own facts (metadata/README.md). What is empty, absent or usual is left out.
 */
#include "dv/table.h"

#include "base/banned.h"

static void put_text(struct json_writer *w, struct str key, struct str value)
{
	if (value.n == 0)
		return;
	json_key(w, key);
	json_str(w, value);
}

/* Written only when it is not what its absence says. */
static void put_flag(struct json_writer *w, struct str key, bool value, bool otherwise)
{
	if (value == otherwise)
		return;
	json_key(w, key);
	json_bool(w, value);
}

static void put_number(struct json_writer *w, struct str key, int64_t value)
{
	json_key(w, key);
	json_i64(w, value);
}

static void put_names(struct json_writer *w, struct str key, const struct str *names, size_t n)
{
	if (n == 0)
		return;
	json_key(w, key);
	json_array(w);
	for (size_t i = 0; i < n; i++)
		json_str(w, names[i]);
	json_array_end(w);
}

static void put_options(struct json_writer *w, const struct column *c)
{
	if (c->noptions == 0)
		return;
	json_key(w, S("options"));
	json_array(w);
	for (size_t i = 0; i < c->noptions; i++) {
		const struct option *o = &c->options[i];

		json_object(w);
		put_number(w, S("value"), o->value);
		put_text(w, S("label"), o->label);
		put_text(w, S("description"), o->description);
		put_text(w, S("color"), o->color);
		if (c->type == COLUMN_STATUS)
			put_number(w, S("state"), o->state);
		if (c->type == COLUMN_STATE)
			put_number(w, S("defaultstatus"), o->default_status);
		json_object_end(w);
	}
	json_array_end(w);
}

static void put_default(struct json_writer *w, const struct column *c)
{
	if (!c->has_default)
		return;
	json_key(w, S("defaultValue"));
	if (c->type == COLUMN_BOOLEAN)
		json_bool(w, c->default_value != 0);
	else
		json_i64(w, c->default_value);
}

static void put_limits(struct json_writer *w, const struct column *c)
{
	if (c->max_length > 0)
		put_number(w, S("maxLength"), c->max_length);
	if (c->max_kb > 0)
		put_number(w, S("maxSizeInKB"), c->max_kb);
	if (c->precision >= 0)
		put_number(w, S("precision"), c->precision);
	if (c->has_min) {
		json_key(w, S("min"));
		json_num(w, c->min);
	}
	if (c->has_max) {
		json_key(w, S("max"));
		json_num(w, c->max);
	}
}

static void put_column(struct json_writer *w, const struct column *c)
{
	json_object(w);
	put_text(w, S("logicalName"), c->name);
	put_text(w, S("schemaName"), c->schema_name);
	put_text(w, S("displayName"), c->display_name);
	put_text(w, S("description"), c->description);
	put_text(w, S("metadataId"), c->metadata_id);
	put_flag(w, S("unmanaged"), c->unmanaged, false);
	put_text(w, S("type"), column_type_name(c->type));
	put_text(w, S("requiredLevel"), required_level_name(c->required));
	put_flag(w, S("validForCreate"), c->create, false);
	put_flag(w, S("validForUpdate"), c->update, false);
	put_flag(w, S("validForRead"), c->read, false);
	put_flag(w, S("secured"), c->secured, false);
	put_text(w, S("format"), c->format);
	put_text(w, S("autoNumberFormat"), c->auto_number);
	put_flag(w, S("isPrimaryImage"), c->primary_image, false);
	put_flag(w, S("canStoreFullImage"), c->full_image, false);
	put_limits(w, c);
	if (c->type == COLUMN_DATETIME)
		put_text(w, S("dateBehavior"), date_behavior_name(c->behavior));
	put_text(w, S("optionSet"), c->choice);
	put_options(w, c);
	put_default(w, c);
	put_names(w, S("targets"), c->targets, c->ntargets);
	json_object_end(w);
}

static void put_many_to_one(struct json_writer *w, const struct many_to_one *r)
{
	json_object(w);
	put_text(w, S("schemaName"), r->schema_name);
	put_text(w, S("referencingAttribute"), r->column);
	put_text(w, S("referencedEntity"), r->target);
	put_text(w, S("referencedAttribute"), r->target_column);
	put_text(w, S("navigationProperty"), r->navigation);
	put_text(w, S("collectionNavigation"), r->collection);
	put_text(w, S("cascadeDelete"), cascade_name(r->on_delete));
	put_text(w, S("cascadeAssign"), r->on_assign);
	put_text(w, S("cascadeShare"), r->on_share);
	put_text(w, S("cascadeUnshare"), r->on_unshare);
	put_text(w, S("cascadeReparent"), r->on_reparent);
	put_text(w, S("cascadeMerge"), r->on_merge);
	put_flag(w, S("hierarchical"), r->hierarchical, false);
	put_flag(w, S("unmanaged"), r->unmanaged, false);
	json_object_end(w);
}

static void put_many_to_many(struct json_writer *w, const struct many_to_many *r)
{
	json_object(w);
	put_text(w, S("schemaName"), r->schema_name);
	put_text(w, S("intersectEntity"), r->intersect);
	put_text(w, S("entity1"), r->table1);
	put_text(w, S("entity1Attribute"), r->column1);
	put_text(w, S("entity1Nav"), r->navigation1);
	put_text(w, S("entity2"), r->table2);
	put_text(w, S("entity2Attribute"), r->column2);
	put_text(w, S("entity2Nav"), r->navigation2);
	put_flag(w, S("unmanaged"), r->unmanaged, false);
	json_object_end(w);
}

static void put_key(struct json_writer *w, const struct table_key *k)
{
	json_object(w);
	put_text(w, S("name"), k->name);
	put_text(w, S("schemaName"), k->schema_name);
	put_text(w, S("displayName"), k->display_name);
	put_flag(w, S("unmanaged"), k->unmanaged, false);
	put_names(w, S("columns"), k->columns, k->ncolumns);
	json_object_end(w);
}

static void put_head(struct json_writer *w, const struct table *t)
{
	put_text(w, S("logicalName"), t->name);
	put_text(w, S("schemaName"), t->schema_name);
	put_text(w, S("entitySetName"), t->entity_set);
	put_text(w, S("displayName"), t->display_name);
	put_text(w, S("displayCollectionName"), t->display_collection_name);
	put_text(w, S("collectionSchemaName"), t->collection_schema_name);
	put_text(w, S("description"), t->description);
	put_text(w, S("metadataId"), t->metadata_id);
	put_text(w, S("primaryId"), t->primary_id);
	put_text(w, S("primaryName"), t->primary_name);
	put_text(w, S("primaryImage"), t->primary_image);
	put_number(w, S("objectTypeCode"), t->object_type_code);
	put_text(w, S("ownership"), t->ownership);
	put_text(w, S("tableType"), t->table_type);
	put_flag(w, S("unmanaged"), t->unmanaged, false);
	put_flag(w, S("isIntersect"), t->is_intersect, false);
	put_flag(w, S("isActivity"), t->is_activity, false);
	put_flag(w, S("hasNotes"), t->has_notes, false);
	put_flag(w, S("hasActivities"), t->has_activities, false);
	put_flag(w, S("solutionAware"), t->solution_aware, false);
	put_flag(w, S("changeTracking"), t->change_tracking, true);
	put_flag(w, S("optimisticConcurrency"), t->optimistic_concurrency, true);
	put_text(w, S("source"), t->source);
}

void table_to_facts(struct json_writer *w, const struct table *t)
{
	json_object(w);
	put_head(w, t);
	json_key(w, S("attributes"));
	json_array(w);
	/* what belongs to another column follows from that one */
	for (size_t i = 0; i < t->ncolumns; i++) {
		if (t->columns[i].attribute_of.n == 0)
			put_column(w, &t->columns[i]);
	}
	json_array_end(w);
	json_key(w, S("manyToOne"));
	json_array(w);
	for (size_t i = 0; i < t->nmany_to_one; i++)
		put_many_to_one(w, &t->many_to_one[i]);
	json_array_end(w);
	json_key(w, S("manyToMany"));
	json_array(w);
	for (size_t i = 0; i < t->nmany_to_many; i++)
		put_many_to_many(w, &t->many_to_many[i]);
	json_array_end(w);
	json_key(w, S("keys"));
	json_array(w);
	for (size_t i = 0; i < t->nkeys; i++)
		put_key(w, &t->keys[i]);
	json_array_end(w);
	json_object_end(w);
}
