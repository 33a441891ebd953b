/* SPDX-License-Identifier: MIT */
/*
 * Who gives tokens for an environment: from its profile, from the challenge with which it answers a request without a
 * token (facts/webapi.md 7), or both. A challenge is the word of a stranger: it may only name https (http on loopback),
 * an authority of one of the clouds unless the profile names the same, and the environment's own resource.
 */
#ifndef FERRY_REMOTE_AUTHORITY_H
#define FERRY_REMOTE_AUTHORITY_H

#include "remote/ask.h"
#include "remote/profile.h"

/* One of Microsoft's clouds. */
struct cloud {
	struct str name;
	struct str login;    /* host of its authority */
	struct str alias;    /* another name of it; may be empty */
	struct str suffix;   /* of hosts of environments */
	struct str exchange; /* audience of assertions of federated workloads */
};
/* NULL: of none of them. A host may have a port. */
const struct cloud *cloud_of_login(struct str host);
const struct cloud *cloud_of_environment(struct str host);

struct challenge {
	struct str authority, tenant,
		resource; /* https://login.example, tenant, https://org.example */
};
/* Of a WWW-Authenticate header; slices are of the arena. ERR_AUTH: it has not both parts, or may not be followed. */
MUST_CHECK bool challenge_read(struct arena *a, struct str header, struct challenge *out,
			       struct err *e);

struct authority {
	struct str base;     /* https://login.microsoftonline.com */
	struct str tenant;   /* an id, a name, or organizations */
	struct str resource; /* https://org.crm.dynamics.com, without a slash at its end */
};
/* The environment is asked when the profile leaves authority or tenant open. ERR_AUTH, ERR_NETWORK, ERR_CANCELLED. */
MUST_CHECK bool authority_find(struct asker *k, struct arena *a, const struct profile *p,
			       struct authority *out, struct err *e);
/* base/tenant/oauth2/v2.0/ and the name of an endpoint. */
struct str authority_endpoint(struct arena *a, const struct authority *y, const char *name);

#endif
