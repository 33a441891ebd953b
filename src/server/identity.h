/* SPDX-License-Identifier: MIT */
/*
 * Who may sign in to a served organization, and how: what a tenant's directory knows. From a JSON file
 * (identity_read.c says which members it has), or a default. Keys are released, the rest lives on an arena.
 */
#ifndef FERRY_SERVER_IDENTITY_H
#define FERRY_SERVER_IDENTITY_H

#include "base/guid.h"
#include "base/vec.h"
#include "io/crypto.h"

/* The client id of Microsoft's samples for public clients, and its redirect (facts/webapi.md 7). */
#define IDENTITY_SAMPLE_CLIENT "51f81489-12ee-4a9e-aaae-a2591f45987d"
#define IDENTITY_SAMPLE_REDIRECT "app://58145B91-0C36-4500-8554-080854F2AC97"
/* A reference to the organization's administrator, where others name a user. */
#define IDENTITY_ADMINISTRATOR "administrator"

/* Who signs the tokens that a federated application trusts. */
enum federation { FEDERATION_OTHER, FEDERATION_GITHUB, FEDERATION_PIPELINES };

struct federated {
	enum federation by; /* not OTHER: this server's own, whose issuer and key are not told */
	struct str issuer, subject, audience;
	struct crypto_key *key;
};

struct application {
	VEC(struct crypto_certificate) certificates;
	VEC(struct federated) federated;
	VEC(struct str) redirects;
	struct guid client;
	struct str secret;              /* empty: none */
	struct datetime secret_expires; /* ticks 0: never */
	struct str user;                /* a reference; empty: the user with this application id */
	bool open;                      /* a public client: signs users in without a secret */
	bool disabled;
};

struct account {
	struct str name;
	struct str password; /* empty: a click is enough */
	struct str user;     /* a reference; empty: the user with this name */
	bool disabled;
};

/* A managed identity, of the machine itself or one that was assigned to it. */
struct managed {
	struct guid client, object;
	struct str resource; /* its id in Azure */
	struct str user;
	bool of_machine;
};

/* A service connection of Azure Pipelines. */
struct connection {
	struct guid id;
	struct str subject;
};

struct identity {
	VEC(struct application) applications;
	VEC(struct account) accounts;
	VEC(struct managed) managed;
	VEC(struct connection) connections;
	VEC(struct str) names; /* of the tenant, beside its id */
	struct guid tenant;    /* null: that of the organization */
	struct str header;     /* X-IDENTITY-HEADER of the App Service form; empty: there is none */
	struct str github, github_subject; /* what its endpoint wants as token; empty: no such */
	struct str pipelines;              /* the same */
	uint64_t token_lifetime, refresh_lifetime, code_lifetime; /* seconds */
	uint64_t device_lifetime, device_interval;
	uint64_t clock_skew; /* of assertions */
	bool given;          /* by a file: then nobody is let in without a token */
};

/* ERR_INPUT names file and line. */
MUST_CHECK bool identity_read(struct arena *a, const char *path, struct identity *out,
			      struct err *e);
/* The public sample client, with which everybody is the administrator. */
struct identity identity_default(struct arena *a);
void identity_release(struct identity *i); /* fits DEFER */
/* Others can reach the server: nobody may get in who knows nothing. ERR_USAGE. */
MUST_CHECK bool identity_check_exposed(const struct identity *i, bool auto_approve, struct err *e);

const struct application *identity_application(const struct identity *i, struct guid client);
const struct account *identity_account(const struct identity *i, struct str name);
const struct managed *identity_managed(const struct identity *i, struct guid client);
/* `redirect` is one of the application's; on localhost any port will do. */
bool identity_redirects(const struct application *app, struct str redirect);

#endif
