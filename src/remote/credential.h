/* SPDX-License-Identifier: MIT */
/*
 * Getting a credential from where a profile says it is. Nothing here puts one into a message, and what a credential
 * command prints on its standard error is not shown either.
 */
#ifndef FERRY_REMOTE_CREDENTIAL_H
#define FERRY_REMOTE_CREDENTIAL_H

#include "remote/profile.h"

struct credential_sources {
	const char *(*variable)(const char *name); /* NULL: not set */
	bool (*cancelled)(void *context);          /* may be NULL */
	void *context;
	unsigned command_seconds; /* how long a command may take */
};

/*
 * `what` names it in errors: "the client secret". One line end at its end is taken off; an empty one is an error.
 * ERR_AUTH: variable not set, file unreadable, command failed (its exit status) or took too long; ERR_CANCELLED.
 */
MUST_CHECK bool credential_get(struct arena *a, const struct credential *c, const char *what,
			       const struct credential_sources *in, struct str *out, struct err *e);

/*
 * True when others on this machine may read the file of a credential (or of a certificate with its key): the caller warns,
 * as files of a mounted secret are often so and nobody can change that. A file that is not there is not exposed.
 */
bool credential_is_exposed(const char *path);

#endif
