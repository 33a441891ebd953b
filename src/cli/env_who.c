/* SPDX-License-Identifier: MIT */
/*
 * WhoAmI has to be answered; everything else is told as far as the environment tells it (facts/webapi.md 5.3).
 */
#include "cli/env_who.h"

#include "base/guid.h"
#include "io/json.h"

#include "base/banned.h"

/* The tables without which routing cannot be moved, roughly in the order in which they are. */
static const struct str routing[] = {
	STR_INIT("characteristic"),
	STR_INIT("ratingmodel"),
	STR_INIT("msdyn_capacityprofile"),
	STR_INIT("msdyn_operatinghour"),
	STR_INIT("queue"),
	STR_INIT("msdyn_decisioncontract"),
	STR_INIT("msdyn_decisionruleset"),
	STR_INIT("msdyn_liveworkstream"),
	STR_INIT("msdyn_ocliveworkstreamcontextvariable"),
	STR_INIT("msdyn_routingconfiguration"),
	STR_INIT("msdyn_livechatconfig"),
	STR_INIT("msdyn_cannedmessage"),
};

static const struct str depths[WHO_DEPTHS] = {
	[WHO_NONE] = STR_INIT("-"),           [WHO_USER] = STR_INIT("user"),
	[WHO_UNIT] = STR_INIT("unit"),        [WHO_UNITS_BELOW] = STR_INIT("deep"),
	[WHO_ORGANIZATION] = STR_INIT("all"),
};

/* As the platform calls them. */
static const struct str wire_depths[WHO_DEPTHS] = {
	[WHO_NONE] = STR_INIT(""),
	[WHO_USER] = STR_INIT("Basic"),
	[WHO_UNIT] = STR_INIT("Local"),
	[WHO_UNITS_BELOW] = STR_INIT("Deep"),
	[WHO_ORGANIZATION] = STR_INIT("Global"),
};

/* Longer ones first: AppendTo begins with Append. */
static const struct {
	struct str name, wire;
	enum who_verb verb;
} verbs[] = {
	{ STR_INIT("appendTo"), STR_INIT("prvAppendTo"), WHO_APPEND_TO },
	{ STR_INIT("append"), STR_INIT("prvAppend"), WHO_APPEND },
	{ STR_INIT("read"), STR_INIT("prvRead"), WHO_READ },
	{ STR_INIT("create"), STR_INIT("prvCreate"), WHO_CREATE },
	{ STR_INIT("write"), STR_INIT("prvWrite"), WHO_WRITE },
};

struct str who_depth_name(enum who_depth d)
{
	return depths[d];
}

struct str who_verb_name(enum who_verb v)
{
	size_t i = 0;

	while (verbs[i].verb != v)
		i++;
	return verbs[i].name;
}

/* ---- requests ---- */

/* An answer that is no 200 is an error. */
static bool get(struct arena *a, struct service *s, struct str target, struct json *out,
		struct err *e)
{
	static const struct header headers[] = {
		{ STR_INIT("Accept"), STR_INIT("application/json") },
		{ STR_INIT("OData-Version"), STR_INIT("4.0") },
		{ STR_INIT("OData-MaxVersion"), STR_INIT("4.0") },
	};
	struct request r = {
		.method = METHOD_GET,
		.target = target,
		.headers = headers,
		.nheaders = COUNT_OF(headers),
	};
	struct response answer;

	if (!service_call(s, &r, &answer, e))
		return false;
	if (answer.status != 200)
		return service_refused(&answer, e);
	return json_parse(a, str_dup(a, answer.body), "the answer", out, e);
}

/* The service itself may be asked again after this; what it refused is not told to this user. */
static bool is_refusal(const struct err *e)
{
	return e->kind == ERR_FORBIDDEN || e->kind == ERR_NOT_FOUND || e->kind == ERR_BAD_REQUEST ||
	       e->kind == ERR_UNSUPPORTED || e->kind == ERR_NOT_ALLOWED;
}

/* Absent where it is refused. */
static bool get_if_told(struct arena *a, struct service *s, struct str target, struct json *out,
			struct err *e)
{
	*out = (struct json){ .kind = JSON_NULL };
	return get(a, s, target, out, e) || is_refusal(e);
}

static struct str id_of(const struct json *o, struct str name)
{
	struct guid id;
	struct str text = json_text(o, name);

	return guid_parse(text, &id) ? text : S("");
}

static bool read_organization(struct arena *a, struct service *s, struct who *w, struct err *e)
{
	struct json answer, version;
	const struct json *detail;

	if (!get_if_told(a, s,
			 S("RetrieveCurrentOrganization(AccessType=@p1)?@p1=Microsoft.Dynamics.CRM."
			   "EndpointAccessType'Default'"),
			 &answer, e))
		return false;
	detail = json_get(&answer, S("Detail"));
	w->organization = json_text(detail, S("FriendlyName"));
	w->unique_name = json_text(detail, S("UniqueName"));
	w->version = json_text(detail, S("OrganizationVersion"));
	w->environment_id = json_text(detail, S("EnvironmentId"));
	w->tenant_id = json_text(detail, S("TenantId"));
	if (w->version.n > 0)
		return true;
	if (!get_if_told(a, s, S("RetrieveVersion()"), &version, e))
		return false;
	w->version = json_text(&version, S("Version"));
	return true;
}

static bool read_user(struct arena *a, struct service *s, struct who *w, struct err *e)
{
	struct json user;

	if (!get_if_told(
		    a, s,
		    str_fmt(a,
			    "systemusers(%.*s)?$select=fullname,domainname,applicationid&$expand="
			    "businessunitid($select=name),systemuserroles_association($select=name)",
			    STR_ARG(w->user_id)),
		    &user, e))
		return false;
	const struct json *roles = json_get(&user, S("systemuserroles_association"));

	w->user = json_text(&user, S("fullname"));
	w->account = json_text(&user, S("domainname"));
	w->application = json_text(&user, S("applicationid"));
	w->unit = json_text(json_get(&user, S("businessunitid")), S("name"));
	if (!roles || roles->kind != JSON_ARRAY)
		return true;
	w->roles = arena_array(a, struct str, roles->n);
	for (size_t i = 0; i < roles->n; i++)
		w->roles[w->nroles++] = json_text(&roles->items[i], S("name"));
	return true;
}

bool who_read(struct arena *a, struct service *s, struct who *out, struct err *e)
{
	struct json answer;
	struct who w = { 0 };

	if (!get(a, s, S("WhoAmI"), &answer, e))
		return false;
	w.user_id = id_of(&answer, S("UserId"));
	w.organization_id = id_of(&answer, S("OrganizationId"));
	if (w.user_id.n == 0)
		return err_set(e, ERR_NETWORK,
			       "%s answers WhoAmI, but names no user: is it an environment of "
			       "Dataverse?",
			       s->label);
	if (!read_organization(a, s, &w, e) || !read_user(a, s, &w, e))
		return false;
	*out = w;
	return true;
}

/* ---- privileges ---- */

static enum who_depth depth_of(struct str wire)
{
	for (size_t i = 1; i < WHO_DEPTHS; i++) {
		if (str_eq(wire, wire_depths[i]))
			return (enum who_depth)i;
	}
	return WHO_NONE;
}

static void note(struct who *w, struct str name, enum who_depth depth)
{
	for (size_t i = 0; i < COUNT_OF(verbs); i++) {
		if (!str_eq_ascii_nocase(str_sub(name, 0, verbs[i].wire.n), verbs[i].wire))
			continue;
		for (size_t k = 0; k < w->ntables; k++) {
			enum who_depth *had = &w->tables[k].depth[verbs[i].verb];

			if (str_eq_ascii_nocase(str_skip(name, verbs[i].wire.n),
						w->tables[k].name) &&
			    depth > *had)
				*had = depth;
		}
		return;
	}
}

bool who_read_rights(struct arena *a, struct service *s, struct who *w, struct err *e)
{
	struct str target =
		str_fmt(a, "systemusers(%.*s)/Microsoft.Dynamics.CRM.RetrieveUserPrivileges()",
			STR_ARG(w->user_id));
	struct json answer = { .kind = JSON_NULL };
	const struct json *list;

	if (!get(a, s, target, &answer, e)) {
		w->untold = str_dup(a, str_from(e->msg));
		return is_refusal(e);
	}
	list = json_get(&answer, S("RolePrivileges"));
	w->privileges_told = list && list->kind == JSON_ARRAY;
	if (!w->privileges_told)
		return true;
	w->ntables = COUNT_OF(routing);
	w->tables = arena_array(a, struct who_table, w->ntables);
	for (size_t i = 0; i < w->ntables; i++)
		w->tables[i].name = routing[i];
	for (size_t i = 0; i < list->n; i++)
		note(w, json_text(&list->items[i], S("PrivilegeName")),
		     depth_of(json_text(&list->items[i], S("Depth"))));
	return true;
}
