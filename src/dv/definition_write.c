/* SPDX-License-Identifier: MIT */
/*
 * Writes table definitions as the Web API's metadata shows them (facts/webapi.md 5.1): everything that
 * definition_read reads, and the rest of what live organizations tell about a table.
 */
#include "dv/definition.h"

#include "dv/definition_part.h"
#include "dv/privilege.h"

#include "base/banned.h"

#define NONE STR_INIT("")
#define MANAGED(value, can_be_changed, name)                                                       \
	STR_INIT("{\"Value\":" value ",\"CanBeChanged\":" can_be_changed                           \
		 ",\"ManagedPropertyLogicalName\":\"" name "\"}")

struct guid definition_table_id(struct str table, struct str fixed)
{
	char text[GUID_TEXT_SIZE];
	struct guid id;
	bool ok = guid_parse(definition_id(fixed, "table", table, S(""), text), &id);

	assert(ok);
	return id;
}

static void put_id(struct json_writer *w, const void *subject)
{
	const struct table *t = subject;
	char text[GUID_TEXT_SIZE];

	json_str(w, guid_format(definition_table_id(t->name, t->metadata_id), text));
}

static void put_name(struct json_writer *w, const void *subject)
{
	json_str(w, ((const struct table *)subject)->name);
}

static void put_schema_name(struct json_writer *w, const void *subject)
{
	definition_text(w, ((const struct table *)subject)->schema_name);
}

static void put_set(struct json_writer *w, const void *subject)
{
	definition_text(w, ((const struct table *)subject)->entity_set);
}

static void put_collection_schema_name(struct json_writer *w, const void *subject)
{
	const struct table *t = subject;

	definition_text(w, t->collection_schema_name.n > 0 ? t->collection_schema_name
							   : t->entity_set);
}

static void put_report_view(struct json_writer *w, const void *subject)
{
	const struct table *t = subject;
	DEFER(buf_release) struct buf name = buf_make(0);

	buf_add(&name, S("Filtered"));
	buf_add(&name, t->schema_name);
	json_str(w, buf_str(&name));
}

static void put_primary_id(struct json_writer *w, const void *subject)
{
	definition_text(w, ((const struct table *)subject)->primary_id);
}

static void put_primary_name(struct json_writer *w, const void *subject)
{
	definition_text(w, ((const struct table *)subject)->primary_name);
}

static void put_primary_image(struct json_writer *w, const void *subject)
{
	definition_text(w, ((const struct table *)subject)->primary_image);
}

static void put_code(struct json_writer *w, const void *subject)
{
	json_i64(w, ((const struct table *)subject)->object_type_code);
}

static void put_owner(struct json_writer *w, const void *subject)
{
	const struct table *t = subject;
	struct str otherwise = t->user_owned ? S("UserOwned") : S("OrganizationOwned");

	json_str(w, t->ownership.n > 0 ? t->ownership : otherwise);
}

static void put_table_type(struct json_writer *w, const void *subject)
{
	const struct table *t = subject;

	json_str(w, t->table_type.n > 0 ? t->table_type : S("Standard"));
}

static void put_custom(struct json_writer *w, const void *subject)
{
	const struct table *t = subject;

	json_bool(w, t->unmanaged ||
			     definition_is_custom(t->schema_name.n > 0 ? t->schema_name : t->name));
}

static void put_managed(struct json_writer *w, const void *subject)
{
	json_bool(w, !((const struct table *)subject)->unmanaged);
}

static void put_intersect(struct json_writer *w, const void *subject)
{
	json_bool(w, ((const struct table *)subject)->is_intersect);
}

static void put_plain(struct json_writer *w, const void *subject)
{
	json_bool(w, !((const struct table *)subject)->is_intersect);
}

static void put_activity(struct json_writer *w, const void *subject)
{
	json_bool(w, ((const struct table *)subject)->is_activity);
}

static void put_concurrency(struct json_writer *w, const void *subject)
{
	json_bool(w, ((const struct table *)subject)->optimistic_concurrency);
}

static void put_tracking(struct json_writer *w, const void *subject)
{
	json_bool(w, ((const struct table *)subject)->change_tracking);
}

static void put_notes(struct json_writer *w, const void *subject)
{
	json_bool(w, ((const struct table *)subject)->has_notes);
}

static void put_activities(struct json_writer *w, const void *subject)
{
	json_bool(w, ((const struct table *)subject)->has_activities);
}

static void put_solution_aware(struct json_writer *w, const void *subject)
{
	json_bool(w, ((const struct table *)subject)->solution_aware);
}

static void put_state_aware(struct json_writer *w, const void *subject)
{
	json_bool(w, table_column(subject, S("statecode")) != NULL);
}

/* Rows that can send and receive e-mail. */
static void put_party(struct json_writer *w, const void *subject)
{
	json_bool(w, table_column(subject, S("emailaddress1")) != NULL);
}

static void put_description(struct json_writer *w, const void *subject)
{
	const struct table *t = subject;

	definition_label(w, t->description, !t->unmanaged);
}

static void put_display_name(struct json_writer *w, const void *subject)
{
	const struct table *t = subject;

	definition_label(w, t->display_name, !t->unmanaged);
}

static void put_display_collection_name(struct json_writer *w, const void *subject)
{
	const struct table *t = subject;

	definition_label(w, t->display_collection_name, !t->unmanaged);
}

static void put_customizable(struct json_writer *w, const void *subject)
{
	definition_managed(w, true, ((const struct table *)subject)->unmanaged,
			   S("iscustomizable"));
}

static void write_privilege(struct json_writer *w, const struct privilege *p)
{
	char id[GUID_TEXT_SIZE];

	json_object(w);
	definition_put_flag(w, S("CanBeBasic"), p->basic);
	definition_put_flag(w, S("CanBeDeep"), p->deep);
	definition_put_flag(w, S("CanBeGlobal"), true);
	definition_put_flag(w, S("CanBeLocal"), p->local);
	definition_put_flag(w, S("CanBeEntityReference"), false);
	definition_put_flag(w, S("CanBeParentEntityReference"), false);
	definition_put_flag(w, S("CanBeRecordFilter"), false);
	definition_put_text(w, S("Name"), p->name);
	definition_put_text(w, S("PrivilegeId"), guid_format(p->id, id));
	definition_put_text(w, S("PrivilegeType"), p->type);
	json_object_end(w);
}

static void put_privileges(struct json_writer *w, const void *subject)
{
	DEFER(arena_release) struct arena scratch = arena_make(0);
	struct privilege all[TABLE_PRIVILEGES];
	size_t n = table_privileges(&scratch, subject, all);

	json_array(w);
	for (size_t i = 0; i < n; i++)
		write_privilege(w, &all[i]);
	json_array_end(w);
}

static const struct definition_property properties[] = {
	{ STR_INIT("MetadataId"), 0, NONE, put_id },
	{ STR_INIT("HasChanged"), 0, STR_INIT("null"), NULL },
	{ STR_INIT("ActivityTypeMask"), 0, STR_INIT("0"), NULL },
	{ STR_INIT("AutoRouteToOwnerQueue"), 0, STR_INIT("false"), NULL },
	{ STR_INIT("CanTriggerWorkflow"), 0, STR_INIT("true"), NULL },
	{ STR_INIT("EntityHelpUrlEnabled"), 0, STR_INIT("false"), NULL },
	{ STR_INIT("EntityHelpUrl"), 0, STR_INIT("null"), NULL },
	{ STR_INIT("IsDocumentManagementEnabled"), 0, STR_INIT("false"), NULL },
	{ STR_INIT("IsOneNoteIntegrationEnabled"), 0, STR_INIT("false"), NULL },
	{ STR_INIT("IsInteractionCentricEnabled"), 0, STR_INIT("true"), NULL },
	{ STR_INIT("IsKnowledgeManagementEnabled"), 0, STR_INIT("false"), NULL },
	{ STR_INIT("IsSLAEnabled"), 0, STR_INIT("false"), NULL },
	{ STR_INIT("IsBPFEntity"), 0, STR_INIT("false"), NULL },
	{ STR_INIT("IsDocumentRecommendationsEnabled"), 0, STR_INIT("false"), NULL },
	{ STR_INIT("IsMSTeamsIntegrationEnabled"), 0, STR_INIT("false"), NULL },
	{ STR_INIT("SettingOf"), 0, STR_INIT("null"), NULL },
	{ STR_INIT("DataProviderId"), 0, STR_INIT("null"), NULL },
	{ STR_INIT("DataSourceId"), 0, STR_INIT("null"), NULL },
	{ STR_INIT("AutoCreateAccessTeams"), 0, STR_INIT("false"), NULL },
	{ STR_INIT("IsActivity"), 0, NONE, put_activity },
	{ STR_INIT("IsActivityParty"), 0, NONE, put_party },
	{ STR_INIT("IsRetrieveAuditEnabled"), 0, STR_INIT("false"), NULL },
	{ STR_INIT("IsRetrieveMultipleAuditEnabled"), 0, STR_INIT("false"), NULL },
	{ STR_INIT("IsArchivalEnabled"), 0, STR_INIT("false"), NULL },
	{ STR_INIT("IsRetentionEnabled"), 0, STR_INIT("false"), NULL },
	{ STR_INIT("IsAvailableOffline"), 0, STR_INIT("true"), NULL },
	{ STR_INIT("IsChildEntity"), 0, STR_INIT("false"), NULL },
	{ STR_INIT("IsAIRUpdated"), 0, STR_INIT("true"), NULL },
	{ STR_INIT("IconLargeName"), 0, STR_INIT("null"), NULL },
	{ STR_INIT("IconMediumName"), 0, STR_INIT("null"), NULL },
	{ STR_INIT("IconSmallName"), 0, STR_INIT("null"), NULL },
	{ STR_INIT("IconVectorName"), 0, STR_INIT("null"), NULL },
	{ STR_INIT("IsCustomEntity"), 0, NONE, put_custom },
	{ STR_INIT("IsBusinessProcessEnabled"), 0, STR_INIT("false"), NULL },
	{ STR_INIT("SyncToExternalSearchIndex"), 0, STR_INIT("false"), NULL },
	{ STR_INIT("IsOptimisticConcurrencyEnabled"), 0, NONE, put_concurrency },
	{ STR_INIT("ChangeTrackingEnabled"), 0, NONE, put_tracking },
	{ STR_INIT("IsImportable"), 0, NONE, put_plain },
	{ STR_INIT("IsIntersect"), 0, NONE, put_intersect },
	{ STR_INIT("IsManaged"), 0, NONE, put_managed },
	{ STR_INIT("IsEnabledForCharts"), 0, STR_INIT("true"), NULL },
	{ STR_INIT("IsEnabledForTrace"), 0, STR_INIT("false"), NULL },
	{ STR_INIT("IsValidForAdvancedFind"), 0, NONE, put_plain },
	{ STR_INIT("DaysSinceRecordLastModified"), 0, STR_INIT("0"), NULL },
	{ STR_INIT("MobileOfflineFilters"), 0, STR_INIT("null"), NULL },
	{ STR_INIT("IsReadingPaneEnabled"), 0, STR_INIT("true"), NULL },
	{ STR_INIT("IsQuickCreateEnabled"), 0, STR_INIT("false"), NULL },
	{ STR_INIT("LogicalName"), 0, NONE, put_name },
	{ STR_INIT("ObjectTypeCode"), 0, NONE, put_code },
	{ STR_INIT("OwnershipType"), 0, NONE, put_owner },
	{ STR_INIT("PrimaryNameAttribute"), 0, NONE, put_primary_name },
	{ STR_INIT("PrimaryImageAttribute"), 0, NONE, put_primary_image },
	{ STR_INIT("PrimaryIdAttribute"), 0, NONE, put_primary_id },
	{ STR_INIT("RecurrenceBaseEntityLogicalName"), 0, STR_INIT("null"), NULL },
	{ STR_INIT("ReportViewName"), 0, NONE, put_report_view },
	{ STR_INIT("SchemaName"), 0, NONE, put_schema_name },
	{ STR_INIT("IntroducedVersion"), 0, STR_INIT("\"1.0.0.0\""), NULL },
	{ STR_INIT("IsStateModelAware"), 0, NONE, put_state_aware },
	{ STR_INIT("EnforceStateTransitions"), 0, STR_INIT("false"), NULL },
	{ STR_INIT("ExternalName"), 0, STR_INIT("null"), NULL },
	{ STR_INIT("EntityColor"), 0, STR_INIT("null"), NULL },
	{ STR_INIT("LogicalCollectionName"), 0, NONE, put_set },
	{ STR_INIT("ExternalCollectionName"), 0, STR_INIT("null"), NULL },
	{ STR_INIT("CollectionSchemaName"), 0, NONE, put_collection_schema_name },
	{ STR_INIT("EntitySetName"), 0, NONE, put_set },
	{ STR_INIT("IsEnabledForExternalChannels"), 0, STR_INIT("false"), NULL },
	{ STR_INIT("IsPrivate"), 0, STR_INIT("false"), NULL },
	{ STR_INIT("UsesBusinessDataLabelTable"), 0, STR_INIT("false"), NULL },
	{ STR_INIT("IsLogicalEntity"), 0, STR_INIT("false"), NULL },
	{ STR_INIT("HasNotes"), 0, NONE, put_notes },
	{ STR_INIT("HasActivities"), 0, NONE, put_activities },
	{ STR_INIT("HasFeedback"), 0, STR_INIT("false"), NULL },
	{ STR_INIT("IsSolutionAware"), 0, NONE, put_solution_aware },
	{ STR_INIT("CreatedOn"), 0, STR_INIT("\"1900-01-01T00:00:00Z\""), NULL },
	{ STR_INIT("ModifiedOn"), 0, STR_INIT("\"1900-01-01T00:00:00Z\""), NULL },
	{ STR_INIT("HasEmailAddresses"), 0, NONE, put_party },
	{ STR_INIT("OwnerId"), 0, STR_INIT("null"), NULL },
	{ STR_INIT("OwnerIdType"), 0, STR_INIT("8"), NULL },
	{ STR_INIT("OwningBusinessUnit"), 0, STR_INIT("null"), NULL },
	{ STR_INIT("TableType"), 0, NONE, put_table_type },
	{ STR_INIT("Description"), 0, NONE, put_description },
	{ STR_INIT("DisplayCollectionName"), 0, NONE, put_display_collection_name },
	{ STR_INIT("DisplayName"), 0, NONE, put_display_name },
	{ STR_INIT("IsAuditEnabled"), 0, MANAGED("false", "true", "canmodifyauditsettings"), NULL },
	{ STR_INIT("IsValidForQueue"), 0, MANAGED("false", "true", "canmodifyqueuesettings"),
	  NULL },
	{ STR_INIT("IsConnectionsEnabled"), 0,
	  MANAGED("true", "true", "canmodifyconnectionsettings"), NULL },
	{ STR_INIT("IsCustomizable"), 0, NONE, put_customizable },
	{ STR_INIT("IsRenameable"), 0, MANAGED("true", "false", "isrenameable"), NULL },
	{ STR_INIT("IsMappable"), 0, MANAGED("true", "false", "ismappable"), NULL },
	{ STR_INIT("IsDuplicateDetectionEnabled"), 0,
	  MANAGED("true", "true", "canmodifyduplicatedetectionsettings"), NULL },
	{ STR_INIT("CanCreateAttributes"), 0, MANAGED("true", "false", "cancreateattributes"),
	  NULL },
	{ STR_INIT("CanCreateForms"), 0, MANAGED("true", "false", "cancreateforms"), NULL },
	{ STR_INIT("CanCreateViews"), 0, MANAGED("true", "false", "cancreateviews"), NULL },
	{ STR_INIT("CanCreateCharts"), 0, MANAGED("true", "false", "cancreatecharts"), NULL },
	{ STR_INIT("CanBeRelatedEntityInRelationship"), 0,
	  MANAGED("true", "false", "canberelatedentityinrelationship"), NULL },
	{ STR_INIT("CanBePrimaryEntityInRelationship"), 0,
	  MANAGED("true", "false", "canbeprimaryentityinrelationship"), NULL },
	{ STR_INIT("CanBeInManyToMany"), 0, MANAGED("true", "false", "canbeinmanytomany"), NULL },
	{ STR_INIT("CanBeInCustomEntityAssociation"), 0,
	  MANAGED("true", "false", "canbeincustomentityassociation"), NULL },
	{ STR_INIT("CanEnableSyncToExternalSearchIndex"), 0,
	  MANAGED("true", "true", "canenablesynctoexternalsearchindex"), NULL },
	{ STR_INIT("CanModifyAdditionalSettings"), 0,
	  MANAGED("true", "true", "canmodifyadditionalsettings"), NULL },
	{ STR_INIT("CanChangeHierarchicalRelationship"), 0,
	  MANAGED("false", "false", "canchangehierarchicalrelationship"), NULL },
	{ STR_INIT("CanChangeTrackingBeEnabled"), 0,
	  MANAGED("true", "true", "canchangetrackingbeenabled"), NULL },
	{ STR_INIT("IsMailMergeEnabled"), 0, MANAGED("true", "true", "canmodifymailmergesettings"),
	  NULL },
	{ STR_INIT("IsVisibleInMobile"), 0, MANAGED("true", "true", "canmodifymobilevisibility"),
	  NULL },
	{ STR_INIT("IsVisibleInMobileClient"), 0,
	  MANAGED("true", "true", "canmodifymobileclientvisibility"), NULL },
	{ STR_INIT("IsReadOnlyInMobileClient"), 0,
	  MANAGED("false", "true", "canmodifymobileclientreadonly"), NULL },
	{ STR_INIT("IsOfflineInMobileClient"), 0,
	  MANAGED("true", "true", "canmodifymobileclientoffline"), NULL },
	{ STR_INIT("Privileges"), 0, NONE, put_privileges },
	{ STR_INIT("Settings"), 0, STR_INIT("[]"), NULL },
};

void definition_members(struct json_writer *w, const struct table *t,
			const struct definition_select *select)
{
	definition_put_members(w, properties, COUNT_OF(properties), 0, t, select);
}

bool definition_has_property(struct str name)
{
	return definition_knows(properties, COUNT_OF(properties), 0, name);
}

void definition_write_attribute(struct json_writer *w, const struct table *t,
				const struct column *c, bool options)
{
	json_object(w);
	definition_column_members(w, t, c, true, NULL);
	if (options && definition_has_choice(c)) {
		DEFER(arena_release) struct arena scratch = arena_make(0);
		struct definition_choice choice = definition_choice_of(&scratch, t, c);

		json_key(w, S("OptionSet"));
		json_object(w);
		definition_choice_members(w, &choice, false, NULL);
		json_object_end(w);
	}
	json_object_end(w);
}

static void write_columns(struct json_writer *w, const struct table *t)
{
	DEFER(arena_release) struct arena scratch = arena_make(0);

	json_key(w, S("Attributes"));
	json_array(w);
	for (size_t i = 0; i < t->ncolumns; i++) {
		struct column *companions;
		size_t n = definition_companions(&scratch, t, &t->columns[i], &companions);

		definition_write_attribute(w, t, &t->columns[i], false);
		for (size_t j = 0; j < n; j++)
			definition_write_attribute(w, t, &companions[j], false);
	}
	json_array_end(w);
}

static void write_relationships(struct json_writer *w, const struct table *t, unsigned parts)
{
	if (parts & DEFINITION_MANY_TO_ONE) {
		json_key(w, S("ManyToOneRelationships"));
		json_array(w);
		for (size_t i = 0; i < t->nmany_to_one; i++) {
			json_object(w);
			definition_lookup_members(w, t, &t->many_to_one[i], false, NULL);
			json_object_end(w);
		}
		json_array_end(w);
	}
	if (parts & DEFINITION_MANY_TO_MANY) {
		json_key(w, S("ManyToManyRelationships"));
		json_array(w);
		for (size_t i = 0; i < t->nmany_to_many; i++) {
			json_object(w);
			definition_link_members(w, &t->many_to_many[i], false, NULL);
			json_object_end(w);
		}
		json_array_end(w);
	}
}

void definition_write(struct json_writer *w, const struct table *t, const struct str *select,
		      size_t n, unsigned parts)
{
	struct definition_select selected = { select, n };

	json_object(w);
	definition_members(w, t, &selected);
	if (parts & DEFINITION_ATTRIBUTES)
		write_columns(w, t);
	write_relationships(w, t, parts);
	if (parts & DEFINITION_KEYS) {
		json_key(w, S("Keys"));
		json_array(w);
		for (size_t i = 0; i < t->nkeys; i++) {
			json_object(w);
			definition_key_members(w, t, &t->keys[i], NULL);
			json_object_end(w);
		}
		json_array_end(w);
	}
	json_object_end(w);
}
