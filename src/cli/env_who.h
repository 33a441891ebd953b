/* SPDX-License-Identifier: MIT */
/*
 * Who is signed in to an environment, and what they may do there.
 */
#ifndef FERRY_CLI_ENV_WHO_H
#define FERRY_CLI_ENV_WHO_H

#include "dv/service.h"

/* Depths of a privilege; the order is that of their reach. */
enum who_depth { WHO_NONE, WHO_USER, WHO_UNIT, WHO_UNITS_BELOW, WHO_ORGANIZATION };
#define WHO_DEPTHS (WHO_ORGANIZATION + 1)
struct str who_depth_name(enum who_depth d); /* -, user, unit, deep, all */

/* What is told of a table of routing. */
enum who_verb { WHO_READ, WHO_CREATE, WHO_WRITE, WHO_APPEND, WHO_APPEND_TO };
#define WHO_VERBS (WHO_APPEND_TO + 1)
struct str who_verb_name(enum who_verb v);

struct who_table {
	struct str name;
	enum who_depth depth[WHO_VERBS];
};

/* Empty texts: the environment did not tell. */
struct who {
	struct str user_id, user, account,
		application; /* application: its id, of an application user */
	struct str unit;
	struct str organization_id, organization, unique_name, version;
	struct str environment_id, tenant_id;
	struct str *roles; /* of the user alone: what teams give is in the privileges */
	size_t nroles;
	struct who_table *tables;
	size_t ntables;
	bool privileges_told;
	struct str untold; /* why they are not */
};

/* User and organization. ERR_AUTH, ERR_NETWORK ... */
MUST_CHECK bool who_read(struct arena *a, struct service *s, struct who *out, struct err *e);
/* And roles and privileges; what the user may not read of them is left empty. */
MUST_CHECK bool who_read_rights(struct arena *a, struct service *s, struct who *w, struct err *e);

#endif
