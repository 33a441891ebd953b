/* SPDX-License-Identifier: MIT */
/*
 * Relationships and keys as OneToManyRelationshipMetadata, ManyToManyRelationshipMetadata and
 * EntityKeyMetadata.
 */
#include "dv/definition_part.h"

#include "base/banned.h"

#define NONE STR_INIT("")

struct guid definition_relationship_id(struct str schema_name)
{
	char text[GUID_TEXT_SIZE];
	struct guid id;
	bool ok = guid_parse(definition_id(S(""), "relationship", schema_name, S(""), text), &id);

	assert(ok);
	return id;
}

static void put_relationship_id(struct json_writer *w, struct str schema_name)
{
	char text[GUID_TEXT_SIZE];

	json_str(w, guid_format(definition_relationship_id(schema_name), text));
}

/* How lists of the rows appear in forms; ferry has no forms. */
static void write_menu(struct json_writer *w, bool unmanaged)
{
	json_object(w);
	definition_put_raw(w, S("Behavior"),
			   unmanaged ? S("\"UseCollectionName\"") : S("\"DoNotDisplay\""));
	definition_put_raw(w, S("Group"), S("\"Details\""));
	definition_put_raw(w, S("Order"), unmanaged ? S("10000") : S("null"));
	definition_put_flag(w, S("IsCustomizable"), unmanaged);
	definition_put_raw(w, S("Icon"), S("null"));
	definition_put_raw(w, S("ViewId"), S("\"00000000-0000-0000-0000-000000000000\""));
	definition_put_flag(w, S("AvailableOffline"), true);
	definition_put_raw(w, S("MenuId"), S("null"));
	definition_put_raw(w, S("QueryApi"), S("null"));
	definition_put_label(w, S("Label"), S(""), true);
	json_object_end(w);
}

/* 1:N */

struct lookup {
	const struct table *child;
	const struct many_to_one *r;
};

static const struct many_to_one *lookup_of(const void *subject)
{
	return ((const struct lookup *)subject)->r;
}

static void put_lookup_id(struct json_writer *w, const void *subject)
{
	put_relationship_id(w, lookup_of(subject)->schema_name);
}

static void put_lookup_custom(struct json_writer *w, const void *subject)
{
	const struct many_to_one *r = lookup_of(subject);

	json_bool(w, r->unmanaged);
}

static void put_lookup_managed(struct json_writer *w, const void *subject)
{
	json_bool(w, !lookup_of(subject)->unmanaged);
}

static void put_lookup_name(struct json_writer *w, const void *subject)
{
	json_str(w, lookup_of(subject)->schema_name);
}

static void put_target(struct json_writer *w, const void *subject)
{
	json_str(w, lookup_of(subject)->target);
}

static void put_target_column(struct json_writer *w, const void *subject)
{
	definition_text(w, lookup_of(subject)->target_column);
}

static void put_column(struct json_writer *w, const void *subject)
{
	json_str(w, lookup_of(subject)->column);
}

static void put_child(struct json_writer *w, const void *subject)
{
	json_str(w, ((const struct lookup *)subject)->child->name);
}

static void put_hierarchical(struct json_writer *w, const void *subject)
{
	json_bool(w, lookup_of(subject)->hierarchical);
}

static void put_navigation(struct json_writer *w, const void *subject)
{
	json_str(w, lookup_of(subject)->navigation);
}

static void put_collection(struct json_writer *w, const void *subject)
{
	const struct many_to_one *r = lookup_of(subject);

	json_str(w, r->collection.n > 0 ? r->collection : r->schema_name);
}

static void put_lookup_customizable(struct json_writer *w, const void *subject)
{
	definition_managed(w, true, lookup_of(subject)->unmanaged, S("iscustomizable"));
}

static void put_lookup_menu(struct json_writer *w, const void *subject)
{
	write_menu(w, lookup_of(subject)->unmanaged);
}

static void put_event(struct json_writer *w, struct str key, struct str word)
{
	definition_put_text(w, key, word.n > 0 ? word : S("NoCascade"));
}

static void put_cascade(struct json_writer *w, const void *subject)
{
	const struct many_to_one *r = lookup_of(subject);

	json_object(w);
	put_event(w, S("Assign"), r->on_assign);
	put_event(w, S("Delete"), cascade_name(r->on_delete));
	put_event(w, S("Archive"), S(""));
	put_event(w, S("Merge"), r->on_merge);
	put_event(w, S("Reparent"), r->on_reparent);
	put_event(w, S("Share"), r->on_share);
	put_event(w, S("Unshare"), r->on_unshare);
	put_event(w, S("RollupView"), S(""));
	json_object_end(w);
}

static const struct definition_property lookup_properties[] = {
	{ STR_INIT("MetadataId"), 0, NONE, put_lookup_id },
	{ STR_INIT("HasChanged"), 0, STR_INIT("null"), NULL },
	{ STR_INIT("IsCustomRelationship"), 0, NONE, put_lookup_custom },
	{ STR_INIT("IsValidForAdvancedFind"), 0, STR_INIT("true"), NULL },
	{ STR_INIT("SchemaName"), 0, NONE, put_lookup_name },
	{ STR_INIT("SecurityTypes"), 0, STR_INIT("\"Append\""), NULL },
	{ STR_INIT("IsManaged"), 0, NONE, put_lookup_managed },
	{ STR_INIT("RelationshipType"), 0, STR_INIT("\"OneToManyRelationship\""), NULL },
	{ STR_INIT("IntroducedVersion"), 0, STR_INIT("\"1.0.0.0\""), NULL },
	{ STR_INIT("ReferencedAttribute"), 0, NONE, put_target_column },
	{ STR_INIT("ReferencedEntity"), 0, NONE, put_target },
	{ STR_INIT("ReferencingAttribute"), 0, NONE, put_column },
	{ STR_INIT("ReferencingEntity"), 0, NONE, put_child },
	{ STR_INIT("IsHierarchical"), 0, NONE, put_hierarchical },
	{ STR_INIT("EntityKey"), 0, STR_INIT("null"), NULL },
	{ STR_INIT("IsRelationshipAttributeDenormalized"), 0, STR_INIT("false"), NULL },
	{ STR_INIT("ReferencedEntityNavigationPropertyName"), 0, NONE, put_collection },
	{ STR_INIT("ReferencingEntityNavigationPropertyName"), 0, NONE, put_navigation },
	{ STR_INIT("RelationshipBehavior"), 0, STR_INIT("1"), NULL },
	{ STR_INIT("IsDenormalizedLookup"), 0, STR_INIT("null"), NULL },
	{ STR_INIT("DenormalizedAttributeName"), 0, STR_INIT("null"), NULL },
	{ STR_INIT("IsCustomizable"), 0, NONE, put_lookup_customizable },
	{ STR_INIT("AssociatedMenuConfiguration"), 0, NONE, put_lookup_menu },
	{ STR_INIT("CascadeConfiguration"), 0, NONE, put_cascade },
	{ STR_INIT("RelationshipAttributes"), 0, STR_INIT("[]"), NULL },
};

void definition_lookup_members(struct json_writer *w, const struct table *child,
			       const struct many_to_one *r, bool typed,
			       const struct definition_select *select)
{
	struct lookup subject = { child, r };

	if (typed)
		definition_put_text(w, S("@odata.type"),
				    S("#Microsoft.Dynamics.CRM.OneToManyRelationshipMetadata"));
	definition_put_members(w, lookup_properties, COUNT_OF(lookup_properties), 0, &subject,
			       select);
}

bool definition_lookup_has(struct str name)
{
	return definition_knows(lookup_properties, COUNT_OF(lookup_properties), 0, name);
}

/* N:N */

static void put_link_id(struct json_writer *w, const void *subject)
{
	put_relationship_id(w, ((const struct many_to_many *)subject)->schema_name);
}

static void put_link_custom(struct json_writer *w, const void *subject)
{
	json_bool(w, ((const struct many_to_many *)subject)->unmanaged);
}

static void put_link_managed(struct json_writer *w, const void *subject)
{
	json_bool(w, !((const struct many_to_many *)subject)->unmanaged);
}

static void put_link_name(struct json_writer *w, const void *subject)
{
	json_str(w, ((const struct many_to_many *)subject)->schema_name);
}

static void put_intersect(struct json_writer *w, const void *subject)
{
	json_str(w, ((const struct many_to_many *)subject)->intersect);
}

static void put_table1(struct json_writer *w, const void *subject)
{
	json_str(w, ((const struct many_to_many *)subject)->table1);
}

static void put_table2(struct json_writer *w, const void *subject)
{
	json_str(w, ((const struct many_to_many *)subject)->table2);
}

static void put_column1(struct json_writer *w, const void *subject)
{
	json_str(w, ((const struct many_to_many *)subject)->column1);
}

static void put_column2(struct json_writer *w, const void *subject)
{
	json_str(w, ((const struct many_to_many *)subject)->column2);
}

static void put_navigation1(struct json_writer *w, const void *subject)
{
	definition_text(w, ((const struct many_to_many *)subject)->navigation1);
}

static void put_navigation2(struct json_writer *w, const void *subject)
{
	definition_text(w, ((const struct many_to_many *)subject)->navigation2);
}

static void put_link_customizable(struct json_writer *w, const void *subject)
{
	const struct many_to_many *r = subject;

	definition_managed(w, true, r->unmanaged, S("iscustomizable"));
}

static void put_link_menu(struct json_writer *w, const void *subject)
{
	write_menu(w, ((const struct many_to_many *)subject)->unmanaged);
}

static const struct definition_property link_properties[] = {
	{ STR_INIT("MetadataId"), 0, NONE, put_link_id },
	{ STR_INIT("HasChanged"), 0, STR_INIT("null"), NULL },
	{ STR_INIT("IsCustomRelationship"), 0, NONE, put_link_custom },
	{ STR_INIT("IsValidForAdvancedFind"), 0, STR_INIT("true"), NULL },
	{ STR_INIT("SchemaName"), 0, NONE, put_link_name },
	{ STR_INIT("SecurityTypes"), 0, STR_INIT("\"None\""), NULL },
	{ STR_INIT("IsManaged"), 0, NONE, put_link_managed },
	{ STR_INIT("RelationshipType"), 0, STR_INIT("\"ManyToManyRelationship\""), NULL },
	{ STR_INIT("IntroducedVersion"), 0, STR_INIT("\"1.0.0.0\""), NULL },
	{ STR_INIT("Entity1LogicalName"), 0, NONE, put_table1 },
	{ STR_INIT("Entity2LogicalName"), 0, NONE, put_table2 },
	{ STR_INIT("IntersectEntityName"), 0, NONE, put_intersect },
	{ STR_INIT("Entity1IntersectAttribute"), 0, NONE, put_column1 },
	{ STR_INIT("Entity2IntersectAttribute"), 0, NONE, put_column2 },
	{ STR_INIT("Entity1NavigationPropertyName"), 0, NONE, put_navigation1 },
	{ STR_INIT("Entity2NavigationPropertyName"), 0, NONE, put_navigation2 },
	{ STR_INIT("IsCustomizable"), 0, NONE, put_link_customizable },
	{ STR_INIT("Entity1AssociatedMenuConfiguration"), 0, NONE, put_link_menu },
	{ STR_INIT("Entity2AssociatedMenuConfiguration"), 0, NONE, put_link_menu },
};

void definition_link_members(struct json_writer *w, const struct many_to_many *r, bool typed,
			     const struct definition_select *select)
{
	if (typed)
		definition_put_text(w, S("@odata.type"),
				    S("#Microsoft.Dynamics.CRM.ManyToManyRelationshipMetadata"));
	definition_put_members(w, link_properties, COUNT_OF(link_properties), 0, r, select);
}

bool definition_link_has(struct str name)
{
	return definition_knows(link_properties, COUNT_OF(link_properties), 0, name);
}

/* keys */

struct key {
	const struct table *table;
	const struct table_key *key;
};

static const struct table_key *key_of(const void *subject)
{
	return ((const struct key *)subject)->key;
}

struct guid definition_key_id(const struct table *t, const struct table_key *k)
{
	char text[GUID_TEXT_SIZE];
	struct guid id;
	bool ok = guid_parse(definition_id(S(""), "key", t->name, k->name, text), &id);

	assert(ok);
	return id;
}

static void put_key_id(struct json_writer *w, const void *subject)
{
	const struct key *k = subject;
	char text[GUID_TEXT_SIZE];

	json_str(w, guid_format(definition_key_id(k->table, k->key), text));
}

static void put_key_name(struct json_writer *w, const void *subject)
{
	json_str(w, key_of(subject)->name);
}

static void put_key_schema_name(struct json_writer *w, const void *subject)
{
	const struct table_key *k = key_of(subject);

	json_str(w, k->schema_name.n > 0 ? k->schema_name : k->name);
}

static void put_key_table(struct json_writer *w, const void *subject)
{
	json_str(w, ((const struct key *)subject)->table->name);
}

static void put_key_columns(struct json_writer *w, const void *subject)
{
	definition_names(w, key_of(subject)->columns, key_of(subject)->ncolumns);
}

static void put_key_managed(struct json_writer *w, const void *subject)
{
	json_bool(w, !key_of(subject)->unmanaged);
}

static void put_key_label(struct json_writer *w, const void *subject)
{
	definition_label(w, key_of(subject)->display_name, !key_of(subject)->unmanaged);
}

static void put_key_customizable(struct json_writer *w, const void *subject)
{
	definition_managed(w, true, key_of(subject)->unmanaged, S("iscustomizable"));
}

static const struct definition_property key_properties[] = {
	{ STR_INIT("MetadataId"), 0, NONE, put_key_id },
	{ STR_INIT("HasChanged"), 0, STR_INIT("null"), NULL },
	{ STR_INIT("KeyAttributes"), 0, NONE, put_key_columns },
	{ STR_INIT("IsManaged"), 0, NONE, put_key_managed },
	{ STR_INIT("EntityLogicalName"), 0, NONE, put_key_table },
	{ STR_INIT("LogicalName"), 0, NONE, put_key_name },
	{ STR_INIT("SchemaName"), 0, NONE, put_key_schema_name },
	{ STR_INIT("IntroducedVersion"), 0, STR_INIT("\"1.0.0.0\""), NULL },
	{ STR_INIT("IsSynchronous"), 0, STR_INIT("false"), NULL },
	{ STR_INIT("IsExportKey"), 0, STR_INIT("false"), NULL },
	{ STR_INIT("IsSecondaryKey"), 0, STR_INIT("false"), NULL },
	{ STR_INIT("EntityKeyIndexStatus"), 0, STR_INIT("\"Active\""), NULL },
	{ STR_INIT("DisplayName"), 0, NONE, put_key_label },
	{ STR_INIT("IsCustomizable"), 0, NONE, put_key_customizable },
	{ STR_INIT("AsyncJob"), 0, STR_INIT("null"), NULL },
};

void definition_key_members(struct json_writer *w, const struct table *t, const struct table_key *k,
			    const struct definition_select *select)
{
	struct key subject = { t, k };

	definition_put_members(w, key_properties, COUNT_OF(key_properties), 0, &subject, select);
}

bool definition_key_has(struct str name)
{
	return definition_knows(key_properties, COUNT_OF(key_properties), 0, name);
}
