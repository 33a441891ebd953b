/* SPDX-License-Identifier: MIT */
/*
 * ferry env add: a profile from options, or from a connection string.
 */
#include "cli/commands.h"

#include <stddef.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "remote/credential.h"
#include "cli/cancel.h"
#include "cli/env_file.h"

#include "base/banned.h"

#define COMMAND_SECONDS 120

struct add_values {
	struct common common;
	const char *name;
	const char *url, *auth;
	const char *connection_string_from;
	const char *tenant, *client, *authority, *resource;
	const char *secret_from;
	const char *certificate, *certificate_password_from, *algorithm;
	const char *username, *redirect;
	const char *identity_client, *identity_object, *identity_resource;
	const char *token_file, *service_connection, *token_from, *token_command;
	const char *impersonate, *ca_file;
	bool protected;
	bool overwrite;
};

struct adding {
	struct program *p;
	const struct add_values *v;
	struct profile profile;
};

/* ---- texts and paths ---- */

static void set(struct str *to, const char *value)
{
	if (value)
		*to = str_from(value);
}

/* A profile is used from any folder. */
static bool absolute(struct adding *a, struct str path, struct str *out, struct err *e)
{
	char folder[4096];

	if (path.n == 0 || path.p[0] == '/') {
		*out = path;
		return true;
	}
	if (!getcwd(folder, sizeof(folder)))
		return err_set(e, ERR_USAGE,
			       "%.*s: the folder it is in has no path; write an absolute one",
			       STR_ARG(path));
	*out = str_fmt(a->p->arena, "%s/%.*s", strcmp(folder, "/") == 0 ? "" : folder,
		       STR_ARG(path));
	return true;
}

static bool set_path(struct adding *a, const char *option, const char *value, struct str *to,
		     struct err *e)
{
	if (!value)
		return true;
	if (!file_exists(value))
		return err_set(e, ERR_USAGE, "%s %s: there is no such file", option, value);
	return absolute(a, str_from(value), to, e);
}

static bool set_credential(struct adding *a, const char *option, const char *value,
			   struct credential *to, struct err *e)
{
	struct credential c;

	if (!value)
		return true;
	if (!credential_parse(str_from(value), &c, e))
		return err_wrap(e, "%s", option);
	if (c.source == CREDENTIAL_FILE && !absolute(a, c.place, &c.place, e))
		return err_wrap(e, "%s", option);
	*to = c;
	return true;
}

/* ---- where it begins ---- */

static bool cancelled(void *context)
{
	(void)context;
	return cancel_asked();
}

static bool from_connection_string(struct adding *a, struct err *e)
{
	struct surroundings in = {
		.variable = a->p->environment,
		.cancelled = cancelled,
		.command_seconds = COMMAND_SECONDS,
	};
	struct credential c;
	struct str text;

	if (a->v->url || a->v->auth)
		return err_set(
			e, ERR_USAGE,
			"--connection-string-from tells where the environment is and how to sign in; "
			"--url and --auth do not go with it");
	if (!credential_parse(str_from(a->v->connection_string_from), &c, e))
		return err_wrap(e, "--connection-string-from");
	if (!credential_get(a->p->arena, &c, "the connection string", &in, &text, e) ||
	    !connection_string_read(a->p->arena, text, &a->profile, e))
		return false;
	if (a->profile.secret.source != CREDENTIAL_GIVEN)
		return true;
	if (!a->v->secret_from)
		return err_set(
			e, ERR_USAGE,
			"the connection string has a ClientSecret, which ferry does not store; put the secret "
			"where only you can read it and add --secret-from env:NAME, file:PATH or command:... "
			"(or give the whole string at every use: --to env:VARIABLE)");
	a->profile.secret = (struct credential){ 0 };
	return true;
}

static bool from_options(struct adding *a, struct err *e)
{
	const struct add_values *v = a->v;

	if (!v->url)
		return err_set(e, ERR_USAGE, "--url URL is missing: where the environment is");
	if (!profile_url(a->p->arena, str_from(v->url), &a->profile.url, e))
		return err_wrap(e, "--url");
	if (!v->auth)
		return err_set(
			e, ERR_USAGE,
			"--auth KIND is missing: how to sign in; for a person browser or device-code, for an "
			"application client-secret or certificate (\"ferry env add --help\" has all)");
	return auth_kind_parse(str_from(v->auth), &a->profile.kind) ||
	       err_set(e, ERR_USAGE, "--auth: there is no kind %s", v->auth);
}

/* ---- the rest ---- */

/*
 * FERRY_TOKEN_COMMAND and FERRY_TOKEN_FILE mean other things, too: as variables they only count where this kind of
 * signing in uses them.
 */
static const char *unless_variable(const struct adding *a, const char *value, const char *name,
				   bool used)
{
	return !used && value == a->p->environment(name) ? NULL : value;
}

static void set_texts(struct adding *a)
{
	const struct add_values *v = a->v;
	struct profile *p = &a->profile;

	p->name = str_from(v->name);
	set(&p->tenant, v->tenant);
	set(&p->client, v->client);
	set(&p->resource, v->resource);
	set(&p->username, v->username);
	set(&p->redirect, v->redirect);
	set(&p->identity_client, v->identity_client);
	set(&p->identity_object, v->identity_object);
	set(&p->identity_resource, v->identity_resource);
	set(&p->service_connection, v->service_connection);
	set(&p->impersonate, v->impersonate);
	p->protected = v->protected;
	if (v->algorithm && strcmp(v->algorithm, "ps256") == 0)
		p->algorithm = CRYPTO_PS256;
}

static bool set_places(struct adding *a, struct err *e)
{
	const struct add_values *v = a->v;
	struct profile *p = &a->profile;
	const char *file =
		unless_variable(a, v->token_file, "FERRY_TOKEN_FILE", p->kind == AUTH_FEDERATED);

	return set_credential(a, "--secret-from", v->secret_from, &p->secret, e) &&
	       set_credential(a, "--certificate-password-from", v->certificate_password_from,
			      &p->certificate_password, e) &&
	       set_credential(a, "--token-from", v->token_from, &p->token, e) &&
	       set_path(a, "--certificate", v->certificate, &p->certificate, e) &&
	       set_path(a, "--token-file", file, &p->token_file, e) &&
	       set_path(a, "--ca-file", v->ca_file, &p->ca_file, e);
}

static bool set_authority(struct adding *a, struct err *e)
{
	const char *authority = a->v->authority;

	return !authority ||
	       profile_url(a->p->arena, str_from(authority), &a->profile.authority, e) ||
	       err_wrap(e, "--authority");
}

static bool set_command(struct adding *a, struct err *e)
{
	const char *command = unless_variable(a, a->v->token_command, "FERRY_TOKEN_COMMAND",
					      a->profile.kind == AUTH_COMMAND);
	struct str text;

	if (!command)
		return true;
	text = str_fmt(a->p->arena, "command:%s", command);
	if (a->v->token_from)
		return err_set(e, ERR_USAGE, "--token-from and --token-command do not go together");
	return credential_parse(text, &a->profile.token, e) || err_wrap(e, "--token-command");
}

static bool make_profile(struct adding *a, struct err *e)
{
	if (!(a->v->connection_string_from ? from_connection_string(a, e) : from_options(a, e)))
		return false;
	set_texts(a);
	return set_authority(a, e) && set_places(a, e) && set_command(a, e) &&
	       profile_check(&a->profile, e);
}

static bool add_run(struct program *p, const void *values, int *status, struct err *e)
{
	const struct add_values *v = values;
	struct adding a = { .p = p, .v = v };
	const struct ini_pair *pairs;
	struct env_file file;
	struct str text;

	*status = 0;
	if (!env_file_check_name(str_from(v->name), e) || !env_file_read(&file, p, e))
		return false;
	if (ini_has(&file.ini, str_from(v->name)) && !v->overwrite)
		return err_set(
			e, ERR_USAGE,
			"there is a profile %s already; --overwrite puts this one in its place",
			v->name);
	if (!make_profile(&a, e))
		return false;
	size_t n = profile_pairs(p->arena, &a.profile, &pairs);

	if (!ini_put(p->arena, file.text, file.path ? file.path : "", a.profile.name, pairs, n,
		     &text, e) ||
	    !env_file_write(&file, p, text, e))
		return false;
	ui_note(p->ui, "%s is %.*s; \"ferry env whoami --from %s\" tries it", v->name,
		STR_ARG(a.profile.url), v->name);
	return true;
}

/* ---- tables ---- */

static const char *const kinds[] = {
	"none",        "client-secret", "certificate",
	"device-code", "browser",       "managed-identity",
	"federated",   "github",        "azure-pipelines",
	"command",     "token",         NULL,
};
static const char *const algorithms[] = { "rs256", "ps256", NULL };

#define TEXT(option, member, arg, text)                                                            \
	{ .name = option,                                                                          \
	  .kind = OPT_TEXT,                                                                        \
	  .offset = offsetof(struct add_values, member),                                           \
	  .argument = arg,                                                                         \
	  .help = text }
#define FILE_OF(option, member, text)                                                              \
	{ .name = option,                                                                          \
	  .kind = OPT_FILE,                                                                        \
	  .offset = offsetof(struct add_values, member),                                           \
	  .argument = "FILE",                                                                      \
	  .help = text }

static const struct operand operands[] = {
	{ .name = "NAME",
	  .kind = OPT_TEXT,
	  .offset = offsetof(struct add_values, name),
	  .help = "what it is called in other commands: --from NAME" },
};

static const struct opt opts[] = {
	TEXT("url", url, "URL", "where it is: https://contoso.crm4.dynamics.com"),
	{ .name = "auth",
	  .kind = OPT_WORD,
	  .offset = offsetof(struct add_values, auth),
	  .argument = "KIND",
	  .help = "how to sign in: browser, device-code; client-secret, certificate; managed-identity, federated, "
		  "github, azure-pipelines; command, token; none",
	  .words = kinds },
	TEXT("connection-string-from", connection_string_from, "SRC",
	     "both from a connection string as XrmTooling takes it; a secret in it is not stored"),
	TEXT("tenant", tenant, "TENANT", "id or domain; else the environment says it"),
	TEXT("client-id", client, "ID",
	     "the application; for people else that of Microsoft's samples"),
	TEXT("secret-from", secret_from, "SRC", "where the client secret is"),
	FILE_OF("certificate", certificate, "PEM with the key in it, or PFX"),
	TEXT("certificate-password-from", certificate_password_from, "SRC",
	     "where its password is"),
	{ .name = "certificate-algorithm",
	  .kind = OPT_WORD,
	  .offset = offsetof(struct add_values, algorithm),
	  .argument = "rs256|ps256",
	  .help = "how it signs; else rs256",
	  .words = algorithms },
	TEXT("authority", authority, "URL", "of the sign-in; else the environment says it"),
	TEXT("resource", resource, "URI", "what the token is for; else the environment says it"),
	TEXT("username", username, "NAME", "the account that a person should choose"),
	TEXT("redirect", redirect, "URL",
	     "where the browser comes back to: http://localhost:PORT; else any port"),
	TEXT("identity-client-id", identity_client, "ID",
	     "of a managed identity that was assigned; else the machine's own"),
	TEXT("identity-object-id", identity_object, "ID", "the same, by its object id"),
	TEXT("identity-resource-id", identity_resource, "ID", "the same, by its resource id"),
	FILE_OF("token-file", token_file,
		"of a federated workload; else what AZURE_FEDERATED_TOKEN_FILE names"),
	TEXT("service-connection", service_connection, "ID", "of Azure Pipelines"),
	TEXT("token-from", token_from, "SRC", "where a token is that somebody else got"),
	TEXT("token-command", token_command, "CMD",
	     "a program that prints a token, with its arguments; no shell is used"),
	TEXT("impersonate", impersonate, "USER",
	     "act for this user: the object id in Entra, or user: and the systemuserid"),
	FILE_OF("ca-file", ca_file, "PEM of the authorities to trust instead of the system's"),
	{ .name = "protected",
	  .kind = OPT_FLAG,
	  .offset = offsetof(struct add_values, protected),
	  .help = "writing into it wants its name typed, or --confirm NAME" },
	{ .name = "overwrite",
	  .kind = OPT_FLAG,
	  .offset = offsetof(struct add_values, overwrite),
	  .help = "replace the profile of that name" },
};

static const struct example examples[] = {
	{ "ferry env add dev --url https://dev.crm4.dynamics.com --auth browser",
	  "a person signs in; \"ferry env login dev\" does it now" },
	{ "ferry env add prod --url URL --auth client-secret --secret-from env:SECRET ...",
	  "an application (--client-id ID), its secret in a variable" },
	{ "ferry env add test --url URL --auth command --token-command 'az account ...'",
	  "by the Azure CLI: az account get-access-token --resource URL" },
};

const struct command command_env_add = {
	.name = "env add",
	.summary = "give an environment on a server a name, and say how to sign in",
	.text = "Writes a profile into the configuration file ($XDG_CONFIG_HOME/ferry/environments.ini, or what the "
		"variable FERRY_CONFIG names). Other commands take its name for an environment.\n\n"
		"No credential is stored or given as an option. SRC says where one is to be found: env:NAME (a "
		"variable), file:PATH, stdin, or command:PROGRAM ARGUMENTS (what a program prints).\n\n"
		"A URL can be used without a profile: then the variables FERRY_TOKEN, FERRY_TOKEN_COMMAND, AZURE_CLIENT_ID "
		"with AZURE_CLIENT_SECRET, AZURE_CLIENT_CERTIFICATE_PATH or AZURE_FEDERATED_TOKEN_FILE, those of GitHub "
		"Actions and Azure Pipelines, and IDENTITY_ENDPOINT tell how to sign in; without them a person is asked.",
	.examples = examples,
	.nexamples = COUNT_OF(examples),
	.syntax = { .opts = opts,
		    .nopts = COUNT_OF(opts),
		    .operands = operands,
		    .noperands = COUNT_OF(operands) },
	.size = sizeof(struct add_values),
	.run = add_run,
};
