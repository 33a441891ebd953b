/* SPDX-License-Identifier: MIT */
/*
 * What ferry knows about an environment before it has spoken to it: where it is, and how to sign in. From a section of
 * the configuration file ($XDG_CONFIG_HOME/ferry/environments.ini, mode 0600), from a connection string, or from
 * variables. A profile never holds a credential, only where one is to be found.
 */
#ifndef FERRY_REMOTE_PROFILE_H
#define FERRY_REMOTE_PROFILE_H

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"
#include "io/crypto.h"
#include "io/ini.h"

enum auth_kind {
	AUTH_NONE,             /* no token is sent: a served local organization */
	AUTH_CLIENT_SECRET,    /* client id, secret */
	AUTH_CERTIFICATE,      /* client id, PEM or PFX */
	AUTH_DEVICE_CODE,      /* a person, on any device */
	AUTH_BROWSER,          /* a person, on this machine: code with PKCE on a loopback port */
	AUTH_MANAGED_IDENTITY, /* of the machine (IMDS) or the App Service */
	AUTH_FEDERATED,        /* a token file of a workload: AZURE_FEDERATED_TOKEN_FILE */
	AUTH_GITHUB,           /* GitHub Actions */
	AUTH_AZURE_PIPELINES,  /* a service connection of Azure Pipelines */
	AUTH_COMMAND,          /* a program prints a token: az account get-access-token ... */
	AUTH_TOKEN,            /* a token that somebody else got */
};
#define AUTH_KINDS (AUTH_TOKEN + 1)

struct str auth_kind_name(enum auth_kind kind); /* client-secret, device-code, ... */
MUST_CHECK bool auth_kind_parse(struct str name, enum auth_kind *out);

/* Where a credential is to be found: "env:NAME", "file:PATH", "stdin", "command:PROGRAM ARGUMENTS". */
enum credential_source {
	CREDENTIAL_NONE,
	CREDENTIAL_VARIABLE,
	CREDENTIAL_FILE,
	CREDENTIAL_STDIN,
	CREDENTIAL_COMMAND, /* split into words as a shell does, without one */
	CREDENTIAL_GIVEN, /* the credential itself, of a connection string or a variable: never written */
};
struct credential {
	enum credential_source source;
	struct str place;
};
/* ERR_USAGE for what is none of the forms; the text is not repeated: it may be a secret that was put there by mistake. */
MUST_CHECK bool credential_parse(struct str text, struct credential *out, struct err *e);

/* Everything but url and kind may be empty. */
struct profile {
	struct str name; /* empty: of a URL, a connection string or variables */
	struct str
		url; /* root of the environment: scheme and host, and a port; no slash at the end */
	enum auth_kind kind;
	struct str tenant;    /* id or name; else from the challenge */
	struct str client;    /* application id; for people: that of Microsoft's samples */
	struct str authority; /* https://login.microsoftonline.com; else from the challenge */
	struct str resource;  /* of the token; else from the challenge, else url */
	struct credential secret;
	struct str certificate; /* path; PEM (certificate and key) or PFX, told by its bytes */
	struct credential certificate_password;
	enum crypto_algorithm algorithm;
	struct str username;        /* which account a person should choose: login_hint */
	struct str redirect;        /* of the browser; http://localhost (any port) */
	struct str identity_client; /* of a user assigned managed identity, by one of the three */
	struct str identity_object, identity_resource;
	struct str token_file;         /* of a federated workload */
	struct str service_connection; /* of Azure Pipelines */
	struct credential token;       /* AUTH_TOKEN: where it is; AUTH_COMMAND: the command */
	struct str
		impersonate; /* Entra object id, or user:systemuserid: CallerObjectId, MSCRMCallerID */
	struct str ca_file; /* PEM, instead of the system's */
	bool protected;     /* writing wants its name typed */
	bool unasked; /* people are asked on purpose only; of a connection string, never written */
};

/* What is wrong with it, all kinds considered: what its kind needs is there, what it has is used. ERR_USAGE. */
MUST_CHECK bool profile_check(const struct profile *p, struct err *e);

/* A section of the file; ERR_INPUT names file and line, and the keys that exist. */
MUST_CHECK bool profile_read(struct arena *a, const struct ini *ini, const char *path,
			     struct str name, struct profile *out, struct err *e);
/* The section's keys and values; never a credential (asserts that there is none given). */
size_t profile_pairs(struct arena *a, const struct profile *p, const struct ini_pair **out);

/* "AuthType=ClientSecret;Url=...;ClientId=...": keys and kinds of XrmTooling. ERR_USAGE names the key, never a value. */
bool connection_string_is(struct str text);
MUST_CHECK bool connection_string_read(struct arena *a, struct str text, struct profile *out,
				       struct err *e);

/*
 * The profile of a bare URL: what FERRY_TOKEN, FERRY_TOKEN_COMMAND, AZURE_CLIENT_ID and its kin, those of GitHub and of Azure
 * Pipelines tell; with none of them AUTH_NONE for http on loopback, else AUTH_BROWSER on a terminal with a display, else
 * AUTH_DEVICE_CODE. `variable` gives NULL for one that is not set.
 */
MUST_CHECK bool profile_of_variables(struct arena *a, struct str url,
				     const char *(*variable)(const char *name), bool person,
				     struct profile *out, struct err *e);

/* The service connection of a job of Azure Pipelines: what its task says, else what other tools call it. Empty: none is set. */
struct str profile_service_connection(const char *(*variable)(const char *name));

/* https, or http on loopback; scheme and host in lower case, without path (one of the Web API is taken off). ERR_USAGE. */
MUST_CHECK bool profile_url(struct arena *a, struct str text, struct str *out, struct err *e);
/* An id, a domain, or a word like organizations: it becomes part of a path of the authority. */
bool profile_is_tenant(struct str s);
/* The host of a URL with its port, as it is written: what stands between scheme and path. */
struct str profile_host(struct str url);
/* 127.0.0.0/8, ::1, localhost */
bool profile_is_loopback(struct str url);

#endif
