/* SPDX-License-Identifier: MIT */
/*
 * What an authority refuses, in words of our own: what is wrong and what to do about it. Its own description is never shown,
 * because it may repeat what was sent; its number and the correlation id are, by which its log is searched.
 */
#ifndef FERRY_REMOTE_SIGN_IN_DENIAL_H
#define FERRY_REMOTE_SIGN_IN_DENIAL_H

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"

struct denial {
	struct str error;       /* invalid_grant ...: letters, digits and _; else empty */
	int64_t number;         /* of AADSTS...; 0: none */
	struct str correlation; /* a GUID, or empty */
};

/* Of the body of an answer, on the arena; false: it is no refusal of OAuth. */
MUST_CHECK bool denial_read(struct arena *a, struct str body, struct denial *out);
/* Of the parameters of a redirect. */
struct denial denial_of(struct arena *a, struct str error, struct str description);
bool denial_is(const struct denial *d, const char *error);
/* What was given has run out or was taken back, or more is wanted of the person: she has to sign in again. */
bool denial_wants_person(const struct denial *d);

/* What a message may tell beside that. */
struct denial_context {
	struct str host;           /* of the authority */
	struct str client, tenant; /* as the profile has them or as they were found */
	struct str resource;
	struct str certificate; /* "" or what is to be said of it */
	int64_t ahead;          /* our clock before theirs, in seconds; 0: the same, or not known */
};
/* ERR_AUTH, and false. */
bool denial_tell(const struct denial *d, const struct denial_context *c, struct err *e);

#endif
