/* SPDX-License-Identifier: MIT */
/*
 * ferry env add: a profile from options, or from a connection string.
 */
#include "cli/commands.h"

#include <stddef.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "cli/env_file.h"
#include "cli/env_session.h"

#include "base/banned.h"

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

/* AuthType=OAuth is a person, by browser or by code. */
static bool choose_person(struct adding *a, struct err *e)
{
	enum auth_kind kind;

	if (!a->v->auth)
		return true;
	if (a->profile.kind != AUTH_BROWSER || !auth_kind_parse(str_from(a->v->auth), &kind) ||
	    (kind != AUTH_BROWSER && kind != AUTH_DEVICE_CODE))
		return err_set(
			e, ERR_USAGE,
			"--connection-string-from tells how to sign in; --auth only chooses between browser and "
			"device-code, where it has AuthType=OAuth");
	a->profile.kind = kind;
	if (kind == AUTH_DEVICE_CODE)
		a->profile.redirect = S("");
	return true;
}

static bool from_connection_string(struct adding *a, struct err *e)
{
	struct credential c;
	struct str text;

	if (a->v->url)
		return err_set(
			e, ERR_USAGE,
			"--connection-string-from tells where the environment is; --url does not go "
			"with it");
	if (!credential_parse(str_from(a->v->connection_string_from), &c, e))
		return err_wrap(e, "--connection-string-from");
	if (!env_session_credential(a->p, &c, "the connection string", &text, e) ||
	    !connection_string_read(a->p->arena, text, &a->profile, e))
		return false;
	a->profile.unasked = false;
	if (!choose_person(a, e))
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
 * signing in uses them. FERRY_IMPERSONATE counts at every use: a profile that holds it would outlive it.
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
	set(&p->impersonate, unless_variable(a, v->impersonate, "FERRY_IMPERSONATE", false));
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

static bool read_file(struct adding *a, struct env_file *file, struct err *e)
{
	const char *name = a->v->name;

	if (!env_file_read(file, a->p, e))
		return false;
	return !ini_has(&file->ini, str_from(name)) || a->v->overwrite ||
	       err_set(e, ERR_USAGE,
		       "there is a profile %s already; --overwrite puts this one in its place",
		       name);
}

static bool store(struct adding *a, struct err *e)
{
	DEFER(env_file_unlock) struct env_file_lock lock = { .fd = -1 };
	struct arena *arena = a->p->arena;
	const struct ini_pair *pairs;
	size_t n = profile_pairs(arena, &a->profile, &pairs);
	struct env_file file;
	struct str text;

	return env_file_lock(&lock, a->p, e) && read_file(a, &file, e) &&
	       ini_put(arena, file.text, file.path, a->profile.name, pairs, n, &text, e) &&
	       env_file_write(&file, a->p, text, e);
}

static bool add_run(struct program *p, const void *values, int *status, struct err *e)
{
	const struct add_values *v = values;
	struct adding a = { .p = p, .v = v };
	struct env_file file;

	*status = 0;
	/* read twice: making the profile may take a while, and nobody shall wait for that */
	if (!env_file_check_name(str_from(v->name), e) || !read_file(&a, &file, e) ||
	    !make_profile(&a, e) || !store(&a, e))
		return false;
	ui_note(p->ui, "%s is %.*s; \"ferry env whoami %s\" tries it", v->name,
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
	  .help = "name of the profile, for other commands: --from NAME" },
};

static const struct opt opts[] = {
	TEXT("url", url, "URL", "its address, such as https://contoso.crm4.dynamics.com"),
	{ .name = "auth",
	  .kind = OPT_WORD,
	  .offset = offsetof(struct add_values, auth),
	  .argument = "KIND",
	  .help = "how to sign in: a person with browser or device-code; an application with client-secret, "
		  "certificate, federated, github, azure-pipelines or managed-identity; with a token from "
		  "another program: command or token; none: a local organization served without sign-in",
	  .words = kinds },
	TEXT("connection-string-from", connection_string_from, "SRC",
	     "take address and sign-in from a connection string in the form of XrmTooling, instead of --url and "
	     "--auth (which may choose browser or device-code); a secret in it is not stored"),
	TEXT("tenant", tenant, "TENANT",
	     "id or domain of the tenant (default: the environment names it)"),
	TEXT("client-id", client, "ID",
	     "id of the application (default for browser and device-code: that of Microsoft's samples, "
	     "51f81489-12ee-4a9e-aaae-a2591f45987d)"),
	TEXT("secret-from", secret_from, "SRC", "where the client secret is found"),
	FILE_OF("certificate", certificate,
		"certificate of the application with its private key: PEM or PFX"),
	TEXT("certificate-password-from", certificate_password_from, "SRC",
	     "where the password of the certificate is found"),
	{ .name = "certificate-algorithm",
	  .kind = OPT_WORD,
	  .offset = offsetof(struct add_values, algorithm),
	  .argument = "rs256|ps256",
	  .help = "signature algorithm (default: rs256)",
	  .words = algorithms },
	TEXT("authority", authority, "URL",
	     "address of the sign-in service, such as https://login.microsoftonline.com (default: the "
	     "environment names it)"),
	TEXT("resource", resource, "URI",
	     "resource that a token is requested for (default: the environment names it)"),
	TEXT("username", username, "NAME", "account that is suggested to the person who signs in"),
	TEXT("redirect", redirect, "URL",
	     "where the browser returns to: http://localhost:PORT (default: a free port)"),
	TEXT("identity-client-id", identity_client, "ID",
	     "client id of a user-assigned managed identity (default: the system-assigned one)"),
	TEXT("identity-object-id", identity_object, "ID", "the same, by object id"),
	TEXT("identity-resource-id", identity_resource, "ID", "the same, by resource id"),
	FILE_OF("token-file", token_file,
		"file with the token of a federated workload (default: the variable AZURE_FEDERATED_TOKEN_FILE)"),
	TEXT("service-connection", service_connection, "ID",
	     "service connection of Azure Pipelines (default: the variable "
	     "AZURESUBSCRIPTION_SERVICE_CONNECTION_ID)"),
	TEXT("token-from", token_from, "SRC",
	     "where an access token is found that something else obtained"),
	TEXT("token-command", token_command, "CMD",
	     "program, with arguments, that prints an access token; no shell runs it"),
	TEXT("impersonate", impersonate, "USER",
	     "act as this user: the object id in Entra, or user: followed by the systemuserid"),
	FILE_OF("ca-file", ca_file,
		"PEM file of certificate authorities to trust instead of the system's"),
	{ .name = "protected",
	  .kind = OPT_FLAG,
	  .offset = offsetof(struct add_values, protected),
	  .help = "before a command writes into it, its name has to be typed or given with --confirm" },
	{ .name = "overwrite",
	  .kind = OPT_FLAG,
	  .offset = offsetof(struct add_values, overwrite),
	  .help = "replace the profile of that name" },
};

/* pac auth create, az login */
static const struct opt_elsewhere elsewhere[] = {
	{ "client-secret",
	  "a credential is never an option, --secret-from says where it is found" },
	{ "clientSecret", "a credential is never an option, --secret-from says where it is found" },
	{ "secret", "a credential is never an option, --secret-from says where it is found" },
	{ "password", "ferry does not sign in with the password of a person; see --auth" },
	{ "token", "a credential is never an option, --token-from says where it is found" },
	{ "applicationId", "the application is named by --client-id" },
	{ "environment", "the address of the environment is given by --url" },
	{ "name", "the name of the profile stands without an option: ferry env add NAME" },
	{ "deviceCode", "write --auth device-code" },
	{ "managedIdentity", "write --auth managed-identity" },
	{ "githubFederated", "write --auth github" },
	{ "azureDevOpsFederated", "write --auth azure-pipelines" },
	{ "service-principal", "write --auth client-secret or --auth certificate" },
	{ NULL, NULL },
};

static const struct example examples[] = {
	{ "ferry env add dev --url https://dev.crm4.dynamics.com --auth browser",
	  "a person signs in when it is first used, or now with \"ferry env login dev\"" },
	{ "ferry env add prod --url URL --auth client-secret --secret-from env:SECRET ...",
	  "an application (--client-id ID) whose secret is in the variable SECRET" },
	{ "ferry env add test --url URL --auth command --token-command 'az account ...'",
	  "with the Azure CLI: az account get-access-token --resource URL" },
};

const struct command command_env_add = {
	.name = "env add",
	.summary = "store the address of an environment and how to sign in, as a profile",
	.text = "Writes a profile into the configuration file ($XDG_CONFIG_HOME/ferry/environments.ini, or the file that "
		"the variable FERRY_CONFIG names). Wherever a command takes an environment, it takes the name of the "
		"profile. Nothing is sent; \"ferry env whoami NAME\" tries it.\n\n"
		"A credential is neither stored nor given as an option. SRC says where it is found each time: env:NAME "
		"(a variable), file:PATH, stdin, or command:PROGRAM ARGUMENTS (the output of a program).\n\n"
		"A URL can be used without a profile, too: then variables tell how to sign in (\"ferry help variables\" "
		"lists them), and without them a person signs in.",
	.examples = examples,
	.nexamples = COUNT_OF(examples),
	.syntax = { .opts = opts,
		    .nopts = COUNT_OF(opts),
		    .operands = operands,
		    .noperands = COUNT_OF(operands),
		    .elsewhere = elsewhere },
	.size = sizeof(struct add_values),
	.run = add_run,
};
