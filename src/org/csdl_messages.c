/* SPDX-License-Identifier: MIT */
/*
 * Which functions and actions there are, the table of messages tells; what they take and return stands
 * here. Of a message that is missing here the name alone is told, and that it returns something.
 */
#include "org/csdl_messages.h"

#include "org/messages.h"

#include "base/banned.h"

/* Lists are "Name Type,Name Type"; types without a dot are ours. */
struct signature {
	struct str name;
	struct str bound; /* to rows of this type; empty: of any */
	struct str parameters;
	struct str returns; /* empty: nothing, or <name>Response of a function */
};

static const struct signature SIGNATURES[] = {
	{ STR_INIT("WhoAmI"), STR_INIT(""), STR_INIT(""), STR_INIT("WhoAmIResponse") },
	{ STR_INIT("RetrieveVersion"), STR_INIT(""), STR_INIT(""),
	  STR_INIT("RetrieveVersionResponse") },
	{ STR_INIT("RetrieveTotalRecordCount"), STR_INIT(""),
	  STR_INIT("EntityNames Collection(Edm.String)"),
	  STR_INIT("RetrieveTotalRecordCountResponse") },
	{ STR_INIT("RetrieveCurrentOrganization"), STR_INIT(""),
	  STR_INIT("AccessType EndpointAccessType"),
	  STR_INIT("RetrieveCurrentOrganizationResponse") },
	{ STR_INIT("RetrieveUserPrivileges"), STR_INIT("systemuser"), STR_INIT(""),
	  STR_INIT("RetrieveUserPrivilegesResponse") },
	{ STR_INIT("RetrieveTeamPrivileges"), STR_INIT("team"), STR_INIT(""),
	  STR_INIT("RetrieveTeamPrivilegesResponse") },
	{ STR_INIT("RetrieveUserPrivilegeByPrivilegeName"), STR_INIT("systemuser"),
	  STR_INIT("PrivilegeName Edm.String"),
	  STR_INIT("RetrieveUserPrivilegeByPrivilegeNameResponse") },
	{ STR_INIT("RetrieveUserPrivilegeByPrivilegeId"), STR_INIT("systemuser"),
	  STR_INIT("PrivilegeId Edm.Guid"),
	  STR_INIT("RetrieveUserPrivilegeByPrivilegeIdResponse") },
	{ STR_INIT("RetrieveAadUserPrivileges"), STR_INIT(""),
	  STR_INIT("DirectoryObjectId Edm.Guid"), STR_INIT("RetrieveAadUserPrivilegesResponse") },
	{ STR_INIT("RetrieveRolePrivilegesRole"), STR_INIT(""), STR_INIT("RoleId Edm.Guid"),
	  STR_INIT("RetrieveRolePrivilegesRoleResponse") },
	{ STR_INIT("AddPrivilegesRole"), STR_INIT("role"),
	  STR_INIT("Privileges Collection(mscrm.RolePrivilege)"), STR_INIT("") },
	{ STR_INIT("ReplacePrivilegesRole"), STR_INIT("role"),
	  STR_INIT("Privileges Collection(mscrm.RolePrivilege)"), STR_INIT("") },
	{ STR_INIT("RemovePrivilegeRole"), STR_INIT("role"), STR_INIT("PrivilegeId Edm.Guid"),
	  STR_INIT("") },
	{ STR_INIT("RetrievePrincipalAccess"), STR_INIT("principal"),
	  STR_INIT("Target crmbaseentity"), STR_INIT("RetrievePrincipalAccessResponse") },
	{ STR_INIT("RetrieveDependenciesForDelete"), STR_INIT(""),
	  STR_INIT("ObjectId Edm.Guid,ComponentType Edm.Int32"), STR_INIT("") },
	{ STR_INIT("RetrieveDependentComponents"), STR_INIT(""),
	  STR_INIT("ObjectId Edm.Guid,ComponentType Edm.Int32"), STR_INIT("") },
	{ STR_INIT("RetrieveRequiredComponents"), STR_INIT(""),
	  STR_INIT("ObjectId Edm.Guid,ComponentType Edm.Int32"), STR_INIT("") },
	{ STR_INIT("RetrieveProvisionedLanguages"), STR_INIT(""), STR_INIT(""),
	  STR_INIT("RetrieveProvisionedLanguagesResponse") },
	{ STR_INIT("RetrieveAvailableLanguages"), STR_INIT(""), STR_INIT(""),
	  STR_INIT("RetrieveAvailableLanguagesResponse") },
	{ STR_INIT("RetrieveDeprovisionedLanguages"), STR_INIT(""), STR_INIT(""),
	  STR_INIT("RetrieveDeprovisionedLanguagesResponse") },
	{ STR_INIT("RetrieveInstalledLanguagePacks"), STR_INIT(""), STR_INIT(""),
	  STR_INIT("RetrieveInstalledLanguagePacksResponse") },
	{ STR_INIT("IsDataEncryptionActive"), STR_INIT(""), STR_INIT(""),
	  STR_INIT("IsDataEncryptionActiveResponse") },
	{ STR_INIT("GetAllTimeZonesWithDisplayName"), STR_INIT(""), STR_INIT("LocaleId Edm.Int32"),
	  STR_INIT("") },
	{ STR_INIT("LocalTimeFromUtcTime"), STR_INIT(""),
	  STR_INIT("TimeZoneCode Edm.Int32,UtcTime Edm.DateTimeOffset"),
	  STR_INIT("LocalTimeFromUtcTimeResponse") },
	{ STR_INIT("UtcTimeFromLocalTime"), STR_INIT(""),
	  STR_INIT("TimeZoneCode Edm.Int32,LocalTime Edm.DateTimeOffset"),
	  STR_INIT("UtcTimeFromLocalTimeResponse") },
	{ STR_INIT("ExpandCalendar"), STR_INIT("calendar"),
	  STR_INIT("Start Edm.DateTimeOffset,End Edm.DateTimeOffset"), STR_INIT("") },
	{ STR_INIT("msdyn_BusinessClosureSave"), STR_INIT(""),
	  STR_INIT("Name Edm.String,Start Edm.DateTimeOffset,End Edm.DateTimeOffset"),
	  STR_INIT("") },
	{ STR_INIT("msdyn_BusinessClosureDelete"), STR_INIT(""), STR_INIT("Ids Edm.String"),
	  STR_INIT("") },
	{ STR_INIT("PublishXml"), STR_INIT(""), STR_INIT("ParameterXml Edm.String"), STR_INIT("") },
	{ STR_INIT("PublishAllXml"), STR_INIT(""), STR_INIT(""), STR_INIT("") },
	{ STR_INIT("BulkDelete"), STR_INIT(""),
	  STR_INIT("QuerySet Collection(Edm.ComplexType),JobName Edm.String,"
		   "SendEmailNotification Edm.Boolean,RecurrencePattern Edm.String,"
		   "StartDateTime Edm.DateTimeOffset"),
	  STR_INIT("BulkDeleteResponse") },
	{ STR_INIT("CreateMultiple"), STR_INIT(""),
	  STR_INIT("Targets Collection(mscrm.crmbaseentity)"), STR_INIT("CreateMultipleResponse") },
	{ STR_INIT("UpdateMultiple"), STR_INIT(""),
	  STR_INIT("Targets Collection(mscrm.crmbaseentity)"), STR_INIT("") },
	{ STR_INIT("UpsertMultiple"), STR_INIT(""),
	  STR_INIT("Targets Collection(mscrm.crmbaseentity)"), STR_INIT("") },
	{ STR_INIT("DeleteMultiple"), STR_INIT(""),
	  STR_INIT("Targets Collection(mscrm.crmbaseentity)"), STR_INIT("") },
	{ STR_INIT("Restore"), STR_INIT(""), STR_INIT("Target crmbaseentity"), STR_INIT("") },
	{ STR_INIT("InitializeFileBlocksUpload"), STR_INIT(""),
	  STR_INIT("Target crmbaseentity,FileAttributeName Edm.String,FileName Edm.String"),
	  STR_INIT("InitializeFileBlocksUploadResponse") },
	{ STR_INIT("UploadBlock"), STR_INIT(""),
	  STR_INIT("BlockId Edm.String,BlockData Edm.Binary,FileContinuationToken Edm.String"),
	  STR_INIT("") },
	{ STR_INIT("CommitFileBlocksUpload"), STR_INIT(""),
	  STR_INIT("FileName Edm.String,MimeType Edm.String,BlockList Collection(Edm.String),"
		   "FileContinuationToken Edm.String"),
	  STR_INIT("CommitFileBlocksUploadResponse") },
	{ STR_INIT("InitializeFileBlocksDownload"), STR_INIT(""),
	  STR_INIT("Target crmbaseentity,FileAttributeName Edm.String"),
	  STR_INIT("InitializeFileBlocksDownloadResponse") },
	{ STR_INIT("DownloadBlock"), STR_INIT(""),
	  STR_INIT("Offset Edm.Int64,BlockLength Edm.Int64,FileContinuationToken Edm.String"),
	  STR_INIT("DownloadBlockResponse") },
	{ STR_INIT("DeleteFile"), STR_INIT(""), STR_INIT("FileId Edm.Guid"), STR_INIT("") },
	{ STR_INIT("InitializeFrom"), STR_INIT(""),
	  STR_INIT("EntityMoniker crmbaseentity,TargetEntityName Edm.String,"
		   "TargetFieldType TargetFieldType"),
	  STR_INIT("crmbaseentity") },
	{ STR_INIT("GetTimeZoneCodeByLocalizedName"), STR_INIT(""),
	  STR_INIT("LocalizedStandardName Edm.String,LocaleId Edm.Int32"),
	  STR_INIT("GetTimeZoneCodeByLocalizedNameResponse") },
	{ STR_INIT("RetrieveSetting"), STR_INIT(""), STR_INIT("SettingName Edm.String"),
	  STR_INIT("") },
	{ STR_INIT("RetrieveDuplicates"), STR_INIT(""),
	  STR_INIT("BusinessEntity crmbaseentity,MatchingEntityName Edm.String"),
	  STR_INIT("Collection(mscrm.crmbaseentity)") },
	{ STR_INIT("AddToQueue"), STR_INIT("queue"), STR_INIT("Target crmbaseentity"),
	  STR_INIT("AddToQueueResponse") },
	{ STR_INIT("AddMembersTeam"), STR_INIT("team"),
	  STR_INIT("Members Collection(mscrm.systemuser)"), STR_INIT("") },
	{ STR_INIT("RemoveMembersTeam"), STR_INIT("team"),
	  STR_INIT("Members Collection(mscrm.systemuser)"), STR_INIT("") },
	{ STR_INIT("PublishDuplicateRule"), STR_INIT("duplicaterule"), STR_INIT(""),
	  STR_INIT("asyncoperation") },
	{ STR_INIT("UnpublishDuplicateRule"), STR_INIT(""), STR_INIT("DuplicateRuleId Edm.Guid"),
	  STR_INIT("") },
	{ STR_INIT("BulkDetectDuplicates"), STR_INIT(""), STR_INIT("JobName Edm.String"),
	  STR_INIT("BulkDetectDuplicatesResponse") },
	{ STR_INIT("msdyn_SaveCalendar"), STR_INIT(""), STR_INIT("CalendarEventInfo Edm.String"),
	  STR_INIT("msdyn_SaveCalendarResponse") },
	{ STR_INIT("msdyn_DeleteCalendar"), STR_INIT(""), STR_INIT("CalendarEventInfo Edm.String"),
	  STR_INIT("msdyn_DeleteCalendarResponse") },
	{ STR_INIT("msdyn_LoadCalendars"), STR_INIT(""), STR_INIT("LoadCalendarsInput Edm.String"),
	  STR_INIT("msdyn_LoadCalendarsResponse") },
};

static const struct {
	struct str name, members;
} ENUMS[] = {
	{ STR_INIT("EndpointAccessType"), STR_INIT("Default,Internet,Intranet") },
	{ STR_INIT("TargetFieldType"), STR_INIT("All,ValidForCreate,ValidForUpdate,ValidForRead") },
	{ STR_INIT("EndpointType"),
	  STR_INIT("OrganizationService,OrganizationDataService,WebApplication") },
	{ STR_INIT("OrganizationState"), STR_INIT("Enabled,Disabled") },
	{ STR_INIT("PrivilegeDepth"), STR_INIT("Basic,Local,Deep,Global,RecordFilter") },
};

/* AccessRights is the one whose members are bits that may stand together. */
static const struct {
	struct str name, value;
} ACCESS_RIGHTS[] = {
	{ STR_INIT("None"), STR_INIT("0") },
	{ STR_INIT("ReadAccess"), STR_INIT("1") },
	{ STR_INIT("WriteAccess"), STR_INIT("2") },
	{ STR_INIT("AppendAccess"), STR_INIT("4") },
	{ STR_INIT("AppendToAccess"), STR_INIT("16") },
	{ STR_INIT("CreateAccess"), STR_INIT("32") },
	{ STR_INIT("DeleteAccess"), STR_INIT("65536") },
	{ STR_INIT("ShareAccess"), STR_INIT("262144") },
	{ STR_INIT("AssignAccess"), STR_INIT("524288") },
};

static const struct {
	struct str name, members;
} COMPLEX[] = {
	{ STR_INIT("BooleanManagedProperty"), STR_INIT("Value Edm.Boolean,CanBeChanged Edm.Boolean,"
						       "ManagedPropertyLogicalName Edm.String") },
	{ STR_INIT("WhoAmIResponse"),
	  STR_INIT("BusinessUnitId Edm.Guid,UserId Edm.Guid,OrganizationId Edm.Guid") },
	{ STR_INIT("RetrieveVersionResponse"), STR_INIT("Version Edm.String") },
	{ STR_INIT("EntityRecordCountCollection"),
	  STR_INIT("Count Edm.Int32,IsReadOnly Edm.Boolean,Keys Collection(Edm.String),"
		   "Values Collection(Edm.Int64)") },
	{ STR_INIT("RetrieveTotalRecordCountResponse"),
	  STR_INIT("EntityRecordCountCollection EntityRecordCountCollection") },
	{ STR_INIT("EndpointCollection"),
	  STR_INIT("Count Edm.Int32,IsReadOnly Edm.Boolean,Keys Collection(mscrm.EndpointType),"
		   "Values Collection(Edm.String)") },
	{ STR_INIT("OrganizationDetail"),
	  STR_INIT("OrganizationId Edm.Guid,FriendlyName Edm.String,"
		   "OrganizationVersion Edm.String,EnvironmentId Edm.String,"
		   "DatacenterId Edm.Guid,Geo Edm.String,TenantId Edm.String,UrlName Edm.String,"
		   "UniqueName Edm.String,State OrganizationState,Endpoints EndpointCollection") },
	{ STR_INIT("RetrieveCurrentOrganizationResponse"), STR_INIT("Detail OrganizationDetail") },
	{ STR_INIT("RolePrivilege"),
	  STR_INIT("Depth PrivilegeDepth,PrivilegeId Edm.Guid,BusinessUnitId Edm.Guid,"
		   "PrivilegeName Edm.String,RecordFilterId Edm.Guid,"
		   "RecordFilterUniqueName Edm.String") },
	{ STR_INIT("RetrieveUserPrivilegesResponse"),
	  STR_INIT("RolePrivileges Collection(mscrm.RolePrivilege)") },
	{ STR_INIT("RetrieveTeamPrivilegesResponse"),
	  STR_INIT("RolePrivileges Collection(mscrm.RolePrivilege)") },
	{ STR_INIT("RetrieveUserPrivilegeByPrivilegeNameResponse"),
	  STR_INIT("RolePrivileges Collection(mscrm.RolePrivilege)") },
	{ STR_INIT("RetrieveUserPrivilegeByPrivilegeIdResponse"),
	  STR_INIT("RolePrivileges Collection(mscrm.RolePrivilege)") },
	{ STR_INIT("RetrieveAadUserPrivilegesResponse"),
	  STR_INIT("RolePrivileges Collection(mscrm.RolePrivilege)") },
	{ STR_INIT("RetrieveRolePrivilegesRoleResponse"),
	  STR_INIT("RolePrivileges Collection(mscrm.RolePrivilege)") },
	{ STR_INIT("RetrievePrincipalAccessResponse"), STR_INIT("AccessRights AccessRights") },
	{ STR_INIT("RetrieveProvisionedLanguagesResponse"),
	  STR_INIT("RetrieveProvisionedLanguages Collection(Edm.Int32)") },
	{ STR_INIT("RetrieveAvailableLanguagesResponse"),
	  STR_INIT("LocaleIds Collection(Edm.Int32)") },
	{ STR_INIT("RetrieveDeprovisionedLanguagesResponse"),
	  STR_INIT("RetrieveDeprovisionedLanguages Collection(Edm.Int32)") },
	{ STR_INIT("RetrieveInstalledLanguagePacksResponse"),
	  STR_INIT("RetrieveInstalledLanguagePacks Collection(Edm.Int32)") },
	{ STR_INIT("IsDataEncryptionActiveResponse"), STR_INIT("IsActive Edm.Boolean") },
	{ STR_INIT("LocalTimeFromUtcTimeResponse"), STR_INIT("LocalTime Edm.DateTimeOffset") },
	{ STR_INIT("UtcTimeFromLocalTimeResponse"), STR_INIT("UtcTime Edm.DateTimeOffset") },
	{ STR_INIT("GetTimeZoneCodeByLocalizedNameResponse"), STR_INIT("TimeZoneCode Edm.Int32") },
	{ STR_INIT("AddToQueueResponse"), STR_INIT("QueueItemId Edm.Guid") },
	{ STR_INIT("BulkDetectDuplicatesResponse"), STR_INIT("JobId Edm.Guid") },
	{ STR_INIT("BulkDeleteResponse"), STR_INIT("JobId Edm.Guid") },
	{ STR_INIT("CreateMultipleResponse"), STR_INIT("Ids Collection(Edm.Guid)") },
	{ STR_INIT("InitializeFileBlocksUploadResponse"),
	  STR_INIT("FileContinuationToken Edm.String") },
	{ STR_INIT("CommitFileBlocksUploadResponse"),
	  STR_INIT("FileId Edm.Guid,FileSizeInBytes Edm.Int64") },
	{ STR_INIT("InitializeFileBlocksDownloadResponse"),
	  STR_INIT("FileContinuationToken Edm.String,FileSizeInBytes Edm.Int64,"
		   "FileName Edm.String,IsChunkingSupported Edm.Boolean") },
	{ STR_INIT("DownloadBlockResponse"), STR_INIT("Data Edm.Binary") },
	{ STR_INIT("msdyn_SaveCalendarResponse"), STR_INIT("InnerCalendarIds Edm.String") },
	{ STR_INIT("msdyn_DeleteCalendarResponse"), STR_INIT("InnerCalendarIds Edm.String") },
	{ STR_INIT("msdyn_LoadCalendarsResponse"), STR_INIT("CalendarEvents Edm.String") },
};

struct writer {
	struct xml_writer *w;
	struct arena *arena;
};

static bool attr(struct writer *w, const char *name, struct str value, struct err *e)
{
	return xml_write_attr(w->w, str_from(name), value, e);
}

static bool open_tag(struct writer *w, const char *element, const char *attribute, struct str value,
		     struct err *e)
{
	return xml_write_open(w->w, str_from(element), e) && attr(w, attribute, value, e);
}

static bool close(struct writer *w, const char *element, struct err *e)
{
	return xml_write_close(w->w, str_from(element), e);
}

static struct str full_type(struct arena *a, struct str type)
{
	return str_find_char(type, '.') == STR_NONE ? str_fmt(a, "mscrm.%.*s", STR_ARG(type))
						    : type;
}

/* An element with a name and a type for each item of a list. */
static bool write_items(struct writer *w, const char *element, struct str list, struct err *e)
{
	struct str_splitter items = str_splitter(list);

	for (struct str item; str_split(&items, ',', &item);) {
		size_t blank = str_find_char(item, ' ');
		struct str type = full_type(w->arena, str_skip(item, blank + 1));

		if (!open_tag(w, element, "Name", str_sub(item, 0, blank), e) ||
		    !attr(w, "Type", type, e) || !close(w, element, e))
			return false;
	}
	return true;
}

static bool write_enum(struct writer *w, struct str name, struct str members, struct err *e)
{
	struct str_splitter items = str_splitter(members);
	unsigned value = 0;

	if (!open_tag(w, "EnumType", "Name", name, e))
		return false;
	for (struct str item; str_split(&items, ',', &item); value++) {
		if (!open_tag(w, "Member", "Name", item, e) ||
		    !attr(w, "Value", str_fmt(w->arena, "%u", value), e) || !close(w, "Member", e))
			return false;
	}
	return close(w, "EnumType", e);
}

static bool write_access_rights(struct writer *w, struct err *e)
{
	if (!open_tag(w, "EnumType", "Name", S("AccessRights"), e) ||
	    !attr(w, "IsFlags", S("true"), e))
		return false;
	for (size_t i = 0; i < COUNT_OF(ACCESS_RIGHTS); i++) {
		if (!open_tag(w, "Member", "Name", ACCESS_RIGHTS[i].name, e) ||
		    !attr(w, "Value", ACCESS_RIGHTS[i].value, e) || !close(w, "Member", e))
			return false;
	}
	return close(w, "EnumType", e);
}

static bool write_named_types(struct writer *w, struct err *e)
{
	for (size_t i = 0; i < COUNT_OF(ENUMS); i++) {
		if (!write_enum(w, ENUMS[i].name, ENUMS[i].members, e))
			return false;
	}
	if (!write_access_rights(w, e))
		return false;
	for (size_t i = 0; i < COUNT_OF(COMPLEX); i++) {
		if (!open_tag(w, "ComplexType", "Name", COMPLEX[i].name, e) ||
		    !write_items(w, "Property", COMPLEX[i].members, e) ||
		    !close(w, "ComplexType", e))
			return false;
	}
	return true;
}

static const struct signature *find_signature(struct str name)
{
	for (size_t i = 0; i < COUNT_OF(SIGNATURES); i++) {
		if (str_eq(SIGNATURES[i].name, name))
			return &SIGNATURES[i];
	}
	return NULL;
}

/* What a function returns that tells nothing else. */
static struct str own_response(struct writer *w, const struct message *m)
{
	return str_fmt(w->arena, "%.*sResponse", STR_ARG(m->name));
}

static struct str returned_type(struct writer *w, const struct message *m)
{
	const struct signature *s = find_signature(m->name);

	if (s && s->returns.n > 0)
		return s->returns;
	return m->method == METHOD_GET ? own_response(w, m) : S("");
}

static bool write_bound(struct writer *w, const struct message *m, struct err *e)
{
	const struct signature *s = find_signature(m->name);
	struct str type = s && s->bound.n > 0 ? s->bound : S("crmbaseentity");
	bool set = m->binding == MESSAGE_SET;

	type = full_type(w->arena, type);
	if (set)
		type = str_fmt(w->arena, "Collection(%.*s)", STR_ARG(type));
	return open_tag(w, "Parameter", "Name", set ? S("entityset") : S("entity"), e) &&
	       attr(w, "Type", type, e) && attr(w, "Nullable", S("false"), e) &&
	       close(w, "Parameter", e);
}

static bool write_operation(struct writer *w, const struct message *m, struct err *e)
{
	const char *element = m->method == METHOD_GET ? "Function" : "Action";
	const struct signature *s = find_signature(m->name);
	struct str type = returned_type(w, m);

	if (!open_tag(w, element, "Name", m->name, e))
		return false;
	if (m->binding != MESSAGE_UNBOUND &&
	    (!attr(w, "IsBound", S("true"), e) || !write_bound(w, m, e)))
		return false;
	if (s && !write_items(w, "Parameter", s->parameters, e))
		return false;
	if (type.n > 0 && (!open_tag(w, "ReturnType", "Type", full_type(w->arena, type), e) ||
			   !attr(w, "Nullable", S("false"), e) || !close(w, "ReturnType", e)))
		return false;
	return close(w, element, e);
}

static bool is_named_type(struct str name)
{
	for (size_t i = 0; i < COUNT_OF(COMPLEX); i++) {
		if (str_eq(COMPLEX[i].name, name))
			return true;
	}
	return false;
}

/* Its members are told by the answer alone: the type is open. */
static bool write_open_type(struct writer *w, struct str name, struct err *e)
{
	return open_tag(w, "ComplexType", "Name", name, e) && attr(w, "OpenType", S("true"), e) &&
	       close(w, "ComplexType", e);
}

/* A message may stand in the table once for each of its bindings. */
static bool is_repeated(const struct message *all, size_t i)
{
	for (size_t k = 0; k < i; k++) {
		if (str_eq(all[k].name, all[i].name))
			return true;
	}
	return false;
}

bool csdl_write_messages(struct xml_writer *out, struct arena *a, struct err *e)
{
	struct writer w = { out, a };
	const struct message *all;
	size_t n = messages_all(&all);

	if (!write_named_types(&w, e))
		return false;
	for (size_t i = 0; i < n; i++) {
		struct str type = returned_type(&w, &all[i]);

		if (str_ends(type, S("Response")) && !is_named_type(type) && !is_repeated(all, i) &&
		    !write_open_type(&w, type, e))
			return false;
	}
	for (size_t i = 0; i < n; i++) {
		if (!write_operation(&w, &all[i], e))
			return false;
	}
	return true;
}

bool csdl_write_imports(struct xml_writer *out, struct arena *a, struct err *e)
{
	struct writer w = { out, a };
	const struct message *all;
	size_t n = messages_all(&all);

	for (size_t i = 0; i < n; i++) {
		bool function = all[i].method == METHOD_GET;
		const char *element = function ? "FunctionImport" : "ActionImport";
		struct str full = str_fmt(a, "Microsoft.Dynamics.CRM.%.*s", STR_ARG(all[i].name));

		if (all[i].binding != MESSAGE_UNBOUND)
			continue;
		if (!open_tag(&w, element, "Name", all[i].name, e) ||
		    !attr(&w, function ? "Function" : "Action", full, e) || !close(&w, element, e))
			return false;
	}
	return true;
}
