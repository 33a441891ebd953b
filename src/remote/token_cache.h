/* SPDX-License-Identifier: MIT */
/*
 * Tokens from one command to the next: a file for each environment, authority and account, below
 * .../ferry/tokens, which is 0700. A file is 0600 and appears whole or not at all; one that is another user's, that others
 * may read, or that is broken is as good as none, and is replaced by the next. Only what an authority gave stands there.
 */
#ifndef FERRY_REMOTE_TOKEN_CACHE_H
#define FERRY_REMOTE_TOKEN_CACHE_H

#include "remote/profile.h"
#include "remote/token.h"

/* A token, and where it came from: what was discovered for it holds for its refresh token. */
struct token_entry {
	struct token token;
	struct str authority, tenant, resource;
	struct str salt,
		credential; /* token_cache_digest of what it was given for; both may be empty */
};

/* By which a credential is known again: nothing can be got back from it that has not few forms. Hexadecimal. */
#define TOKEN_SALT_SIZE 16
struct str token_cache_salt(struct arena *a);
struct str token_cache_digest(struct arena *a, struct str salt, struct str credential);

/* The file of a profile. */
const char *token_cache_path(struct arena *a, const char *folder, const struct profile *p);
/* False: there is none that may be used. Slices are on the arena. */
MUST_CHECK bool token_cache_read(struct arena *a, const char *path, struct token_entry *out);
/* ERR_USAGE, ERR_INTERNAL: as base/file.h has it. */
MUST_CHECK bool token_cache_write(struct arena *a, const char *folder, const char *path,
				  const struct token_entry *entry, struct err *e);

#endif
