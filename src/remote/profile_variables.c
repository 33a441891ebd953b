/* SPDX-License-Identifier: MIT */
/*
 * What variables tell about a sign-in: ferry's own first, then those of the Azure SDKs, GitHub and Azure Pipelines. Of
 * secrets only the variable's name goes into the profile.
 */
#include "remote/profile.h"

#include "base/banned.h"

struct variables {
	const char *(*get)(const char *name);
	struct profile *p;
};

/* Empty when it is not set, or set to nothing. */
static struct str value_of(const struct variables *v, const char *name)
{
	return str_from(v->get(name));
}

static bool is_set(const struct variables *v, const char *name)
{
	return value_of(v, name).n > 0;
}

static struct credential in_variable(const char *name)
{
	return (struct credential){ CREDENTIAL_VARIABLE, str_from(name) };
}

static bool by_token(const struct variables *v)
{
	if (is_set(v, "FERRY_TOKEN")) {
		v->p->kind = AUTH_TOKEN;
		v->p->token = in_variable("FERRY_TOKEN");
		return true;
	}
	if (!is_set(v, "FERRY_TOKEN_COMMAND"))
		return false;
	v->p->kind = AUTH_COMMAND;
	v->p->token = (struct credential){ CREDENTIAL_COMMAND, value_of(v, "FERRY_TOKEN_COMMAND") };
	return true;
}

/* With a secret of any kind, in the order of the Azure SDKs. */
static bool by_secret(const struct variables *v)
{
	struct profile *p = v->p;

	if (is_set(v, "AZURE_CLIENT_SECRET")) {
		p->kind = AUTH_CLIENT_SECRET;
		p->secret = in_variable("AZURE_CLIENT_SECRET");
		return true;
	}
	if (is_set(v, "AZURE_CLIENT_CERTIFICATE_PATH")) {
		p->kind = AUTH_CERTIFICATE;
		p->certificate = value_of(v, "AZURE_CLIENT_CERTIFICATE_PATH");
		if (is_set(v, "AZURE_CLIENT_CERTIFICATE_PASSWORD"))
			p->certificate_password = in_variable("AZURE_CLIENT_CERTIFICATE_PASSWORD");
		return true;
	}
	if (!is_set(v, "AZURE_FEDERATED_TOKEN_FILE"))
		return false;
	p->kind = AUTH_FEDERATED;
	p->token_file = value_of(v, "AZURE_FEDERATED_TOKEN_FILE");
	return true;
}

struct str profile_service_connection(const char *(*variable)(const char *name))
{
	static const char *const names[] = { "AZURESUBSCRIPTION_SERVICE_CONNECTION_ID",
					     "POWER_PLATFORM_AZDO_SERVICE_CONNECTION_ID" };
	struct str id = S("");

	for (size_t i = 0; i < COUNT_OF(names) && id.n == 0; i++)
		id = str_from(variable(names[i]));
	return id;
}

static bool by_pipeline(const struct variables *v)
{
	struct profile *p = v->p;
	struct str connection = profile_service_connection(v->get);
	struct str client =
		p->client.n > 0 ? p->client : value_of(v, "AZURESUBSCRIPTION_CLIENT_ID");

	if (is_set(v, "SYSTEM_OIDCREQUESTURI") && connection.n > 0 && client.n > 0) {
		p->kind = AUTH_AZURE_PIPELINES;
		p->client = client;
		p->service_connection = connection;
		if (p->tenant.n == 0)
			p->tenant = value_of(v, "AZURESUBSCRIPTION_TENANT_ID");
		return true;
	}
	if (!is_set(v, "ACTIONS_ID_TOKEN_REQUEST_URL") || p->client.n == 0)
		return false;
	p->kind = AUTH_GITHUB;
	return true;
}

static void by_machine_or_person(const struct variables *v, bool person)
{
	struct profile *p = v->p;

	if (is_set(v, "IDENTITY_ENDPOINT") && is_set(v, "IDENTITY_HEADER")) {
		p->kind = AUTH_MANAGED_IDENTITY;
		p->identity_client = p->client;
		p->client = p->tenant = p->authority = S("");
		return;
	}
	if (profile_is_loopback(p->url) && str_starts(p->url, S("http://")) && p->client.n == 0) {
		p->kind = AUTH_NONE;
		p->tenant = p->authority = S("");
		return;
	}
	p->kind = person ? AUTH_BROWSER : AUTH_DEVICE_CODE;
	p->username = value_of(v, "AZURE_USERNAME");
}

static bool choose(const struct variables *v, bool person, struct err *e)
{
	struct profile *p = v->p;

	if (by_token(v))
		return true;
	p->tenant = value_of(v, "AZURE_TENANT_ID");
	p->client = value_of(v, "AZURE_CLIENT_ID");
	p->authority = str_trim(value_of(v, "AZURE_AUTHORITY_HOST"));
	if (by_secret(v))
		return p->client.n > 0 ||
		       err_set(e, ERR_USAGE,
			       "a credential of an application is set, but the variable AZURE_CLIENT_ID is not: "
			       "whose it is");
	if (!by_pipeline(v))
		by_machine_or_person(v, person);
	return true;
}

bool profile_of_variables(struct arena *a, struct str url,
			  const char *(*variable)(const char *name), bool person,
			  struct profile *out, struct err *e)
{
	struct profile p = { .url = url };
	struct variables v = { .get = variable, .p = &p };

	if (!choose(&v, person, e))
		return false;
	/* the SDKs take it with or without its scheme */
	if (p.authority.n > 0 && str_find(p.authority, S("://")) == STR_NONE)
		p.authority = str_fmt(a, "https://%.*s", STR_ARG(p.authority));
	if (p.authority.n > 0 && !profile_url(a, p.authority, &p.authority, e))
		return err_wrap(e, "the variable AZURE_AUTHORITY_HOST");
	if (!profile_check(&p, e))
		return err_wrap(e, "signing in to %.*s by variables", STR_ARG(url));
	*out = p;
	return true;
}
