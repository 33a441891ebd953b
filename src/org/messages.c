/* SPDX-License-Identifier: MIT */
/*
 * The messages, as a table; those that are left out of it are no part of this organization.
 */
#include "org/messages.h"

#include "org/actions.h"
#include "org/bulk.h"
#include "org/bulk_delete.h"
#include "org/closing.h"
#include "org/calendar_actions.h"
#include "org/calendar_load.h"
#include "org/code.h"
#include "org/dependencies.h"
#include "org/functions.h"
#include "org/functions_time.h"
#include "org/duplicates.h"
#include "org/initialize.h"
#include "org/membership.h"
#include "org/metadata_actions.h"
#include "org/metadata_api.h"
#include "org/metadata_relation.h"
#include "org/option_sets.h"
#include "org/file_messages.h"
#include "org/queueing.h"
#include "org/restore.h"
#include "org/security_messages.h"
#include "org/settings.h"

#include "base/banned.h"

static const struct message MESSAGES[] = {
	{ STR_INIT("WhoAmI"), MESSAGE_UNBOUND, METHOD_GET, action_who_am_i, NULL },
	{ STR_INIT("RetrieveTotalRecordCount"), MESSAGE_UNBOUND, METHOD_GET,
	  action_total_record_count, NULL },
	{ STR_INIT("RetrieveVersion"), MESSAGE_UNBOUND, METHOD_GET, function_version, NULL },
	{ STR_INIT("RetrieveCurrentOrganization"), MESSAGE_UNBOUND, METHOD_GET,
	  function_organization, NULL },
	{ STR_INIT("RetrieveProvisionedLanguages"), MESSAGE_UNBOUND, METHOD_GET, function_languages,
	  NULL },
	{ STR_INIT("RetrieveInstalledLanguagePacks"), MESSAGE_UNBOUND, METHOD_GET,
	  function_languages, NULL },
	{ STR_INIT("RetrieveAvailableLanguages"), MESSAGE_UNBOUND, METHOD_GET, function_languages,
	  NULL },
	{ STR_INIT("RetrieveDeprovisionedLanguages"), MESSAGE_UNBOUND, METHOD_GET,
	  function_no_languages, NULL },
	{ STR_INIT("IsDataEncryptionActive"), MESSAGE_UNBOUND, METHOD_GET, function_encryption,
	  NULL },
	{ STR_INIT("GetAllTimeZonesWithDisplayName"), MESSAGE_UNBOUND, METHOD_GET, function_zones,
	  NULL },
	{ STR_INIT("LocalTimeFromUtcTime"), MESSAGE_UNBOUND, METHOD_GET, function_local_time,
	  NULL },
	{ STR_INIT("UtcTimeFromLocalTime"), MESSAGE_UNBOUND, METHOD_GET, function_utc_time, NULL },
	{ STR_INIT("RetrieveDependenciesForDelete"), MESSAGE_UNBOUND, METHOD_GET,
	  dependencies_for_delete, NULL },
	{ STR_INIT("RetrieveDependentComponents"), MESSAGE_UNBOUND, METHOD_GET,
	  dependencies_for_delete, NULL },
	{ STR_INIT("RetrieveRequiredComponents"), MESSAGE_UNBOUND, METHOD_GET,
	  dependencies_required, NULL },
	{ STR_INIT("msdyn_SaveCalendar"), MESSAGE_UNBOUND, METHOD_POST, NULL, calendar_save },
	{ STR_INIT("msdyn_DeleteCalendar"), MESSAGE_UNBOUND, METHOD_POST, NULL, calendar_delete },
	{ STR_INIT("msdyn_LoadCalendars"), MESSAGE_UNBOUND, METHOD_POST, calendar_load, NULL },
	{ STR_INIT("msdyn_BusinessClosureSave"), MESSAGE_UNBOUND, METHOD_POST, NULL,
	  calendar_closure_save },
	{ STR_INIT("msdyn_BusinessClosureDelete"), MESSAGE_UNBOUND, METHOD_POST, NULL,
	  calendar_closure_delete },
	{ STR_INIT("ExpandCalendar"), MESSAGE_ROW, METHOD_GET, calendar_expand, NULL },
	{ STR_INIT("RetrieveUserPrivileges"), MESSAGE_ROW, METHOD_GET, security_user_privileges,
	  NULL },
	{ STR_INIT("RetrieveTeamPrivileges"), MESSAGE_ROW, METHOD_GET, security_team_privileges,
	  NULL },
	{ STR_INIT("RetrieveUserPrivilegeByPrivilegeName"), MESSAGE_ROW, METHOD_GET,
	  security_user_privilege_by_name, NULL },
	{ STR_INIT("RetrieveUserPrivilegeByPrivilegeId"), MESSAGE_ROW, METHOD_GET,
	  security_user_privilege_by_id, NULL },
	{ STR_INIT("RetrieveAadUserPrivileges"), MESSAGE_UNBOUND, METHOD_GET,
	  security_directory_user_privileges, NULL },
	{ STR_INIT("RetrieveRolePrivilegesRole"), MESSAGE_UNBOUND, METHOD_GET,
	  security_role_privileges, NULL },
	{ STR_INIT("RetrievePrincipalAccess"), MESSAGE_ROW, METHOD_GET, security_principal_access,
	  NULL },
	{ STR_INIT("AddPrivilegesRole"), MESSAGE_ROW, METHOD_POST, NULL, security_add_privileges },
	{ STR_INIT("ReplacePrivilegesRole"), MESSAGE_ROW, METHOD_POST, NULL,
	  security_replace_privileges },
	{ STR_INIT("RemovePrivilegeRole"), MESSAGE_ROW, METHOD_POST, NULL,
	  security_remove_privilege },
	{ STR_INIT("BulkDelete"), MESSAGE_UNBOUND, METHOD_POST, NULL, bulk_delete_queries },
	{ STR_INIT("CreateMultiple"), MESSAGE_SET, METHOD_POST, NULL, bulk_create },
	{ STR_INIT("UpdateMultiple"), MESSAGE_SET, METHOD_POST, NULL, bulk_update },
	{ STR_INIT("UpsertMultiple"), MESSAGE_SET, METHOD_POST, NULL, bulk_upsert },
	{ STR_INIT("DeleteMultiple"), MESSAGE_SET, METHOD_POST, NULL, bulk_delete },
	{ STR_INIT("Restore"), MESSAGE_UNBOUND, METHOD_POST, NULL, action_restore },
	{ STR_INIT("InitializeFileBlocksUpload"), MESSAGE_UNBOUND, METHOD_POST, NULL,
	  file_upload_initialize },
	{ STR_INIT("UploadBlock"), MESSAGE_UNBOUND, METHOD_POST, NULL, file_upload_block },
	{ STR_INIT("CommitFileBlocksUpload"), MESSAGE_UNBOUND, METHOD_POST, NULL,
	  file_upload_commit },
	{ STR_INIT("InitializeFileBlocksDownload"), MESSAGE_UNBOUND, METHOD_POST,
	  file_download_initialize, NULL },
	{ STR_INIT("DownloadBlock"), MESSAGE_UNBOUND, METHOD_POST, file_download_block, NULL },
	{ STR_INIT("DeleteFile"), MESSAGE_UNBOUND, METHOD_POST, NULL, file_delete_message },
	{ STR_INIT("RetrieveMetadataChanges"), MESSAGE_UNBOUND, METHOD_GET, metadata_changes,
	  NULL },
	{ STR_INIT("CreateCustomerRelationships"), MESSAGE_UNBOUND, METHOD_POST, NULL,
	  metadata_customer_relationships },
	{ STR_INIT("InsertOptionValue"), MESSAGE_UNBOUND, METHOD_POST, NULL, option_insert },
	{ STR_INIT("UpdateOptionValue"), MESSAGE_UNBOUND, METHOD_POST, NULL, option_update },
	{ STR_INIT("DeleteOptionValue"), MESSAGE_UNBOUND, METHOD_POST, NULL, option_delete },
	{ STR_INIT("InsertStatusValue"), MESSAGE_UNBOUND, METHOD_POST, NULL, option_insert_status },
	{ STR_INIT("UpdateStateValue"), MESSAGE_UNBOUND, METHOD_POST, NULL, option_update_state },
	{ STR_INIT("OrderOption"), MESSAGE_UNBOUND, METHOD_POST, NULL, option_order },
	{ STR_INIT("SetAutoNumberSeed"), MESSAGE_UNBOUND, METHOD_POST, NULL, metadata_seed },
	{ STR_INIT("PublishXml"), MESSAGE_UNBOUND, METHOD_POST, NULL, metadata_publish },
	{ STR_INIT("PublishAllXml"), MESSAGE_UNBOUND, METHOD_POST, NULL, metadata_publish },
	{ STR_INIT("CanBeReferenced"), MESSAGE_UNBOUND, METHOD_POST, metadata_can_relate, NULL },
	{ STR_INIT("CanBeReferencing"), MESSAGE_UNBOUND, METHOD_POST, metadata_can_relate, NULL },
	{ STR_INIT("CanManyToMany"), MESSAGE_UNBOUND, METHOD_POST, metadata_can_relate, NULL },
	{ STR_INIT("GetTimeZoneCodeByLocalizedName"), MESSAGE_UNBOUND, METHOD_GET,
	  function_zone_code, NULL },
	{ STR_INIT("AddMembersTeam"), MESSAGE_ROW, METHOD_POST, NULL, action_add_members },
	{ STR_INIT("RemoveMembersTeam"), MESSAGE_ROW, METHOD_POST, NULL, action_remove_members },
	{ STR_INIT("RetrieveDuplicates"), MESSAGE_UNBOUND, METHOD_GET, NULL, function_duplicates },
	{ STR_INIT("GetValidManyToMany"), MESSAGE_UNBOUND, METHOD_GET, metadata_valid_tables,
	  NULL },
	{ STR_INIT("GetValidReferencedEntities"), MESSAGE_UNBOUND, METHOD_GET,
	  metadata_valid_tables, NULL },
	{ STR_INIT("GetValidReferencingEntities"), MESSAGE_UNBOUND, METHOD_GET,
	  metadata_valid_tables, NULL },
	{ STR_INIT("InitializeFrom"), MESSAGE_UNBOUND, METHOD_GET, function_initialize_from, NULL },
	{ STR_INIT("RetrieveSettingList"), MESSAGE_UNBOUND, METHOD_GET, function_setting_list,
	  NULL },
	{ STR_INIT("RetrieveSetting"), MESSAGE_UNBOUND, METHOD_GET, function_setting, NULL },
	{ STR_INIT("AddToQueue"), MESSAGE_ROW, METHOD_POST, NULL, action_add_to_queue },
	{ STR_INIT("PickFromQueue"), MESSAGE_ROW, METHOD_POST, NULL, action_pick_from_queue },
	{ STR_INIT("ReleaseToQueue"), MESSAGE_ROW, METHOD_POST, NULL, action_release_to_queue },
	{ STR_INIT("RemoveFromQueue"), MESSAGE_ROW, METHOD_POST, NULL, action_remove_from_queue },
	{ STR_INIT("WinOpportunity"), MESSAGE_UNBOUND, METHOD_POST, NULL, action_win_opportunity },
	{ STR_INIT("LoseOpportunity"), MESSAGE_UNBOUND, METHOD_POST, NULL,
	  action_lose_opportunity },
	{ STR_INIT("CloseIncident"), MESSAGE_UNBOUND, METHOD_POST, NULL, action_close_incident },
	{ STR_INIT("CalculateTotalTimeIncident"), MESSAGE_ROW, METHOD_GET, function_total_time,
	  NULL },
	{ STR_INIT("PublishDuplicateRule"), MESSAGE_ROW, METHOD_POST, NULL, action_publish_rule },
	{ STR_INIT("UnpublishDuplicateRule"), MESSAGE_UNBOUND, METHOD_POST, NULL,
	  action_unpublish_rule },
	{ STR_INIT("BulkDetectDuplicates"), MESSAGE_UNBOUND, METHOD_POST, NULL,
	  action_detect_duplicates },
};

#define NAMESPACE "Microsoft.Dynamics.CRM."

static bool read_binding(const struct call *c, struct str *name, enum message_binding *out)
{
	const struct url_segment *s = c->url.segments;

	if (c->url.nsegments == 0 || c->url.nsegments > 2)
		return false;
	*name = s[c->url.nsegments - 1].name;
	*out = MESSAGE_UNBOUND;
	if (c->url.nsegments == 1)
		return true;
	if (!str_starts(*name, S(NAMESPACE)))
		return false;
	*name = str_skip(*name, S(NAMESPACE).n);
	*out = s[0].has_key ? MESSAGE_ROW : MESSAGE_SET;
	return true;
}

size_t messages_all(const struct message **out)
{
	*out = MESSAGES;
	return COUNT_OF(MESSAGES);
}

const struct message *message_find(const struct call *c)
{
	enum message_binding binding;
	struct str name;

	if (!read_binding(c, &name, &binding))
		return NULL;
	for (size_t i = 0; i < COUNT_OF(MESSAGES); i++) {
		const struct message *m = &MESSAGES[i];

		if (m->binding == binding && m->method == c->request->method &&
		    str_eq(m->name, name))
			return m;
	}
	return NULL;
}
