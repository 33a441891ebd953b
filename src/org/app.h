/* SPDX-License-Identifier: MIT */
/*
 * The local organization as a service: a request in, a response out. Knows no socket and no importer.
 */
#ifndef FERRY_ORG_APP_H
#define FERRY_ORG_APP_H

#include "base/arena.h"
#include "base/err.h"
#include "base/guid.h"
#include "dv/service.h"

struct org;

struct org_create_options {
	const char *sample; /* name of a sample to load on top of the system rows; NULL: none */
	bool seeded;
	uint64_t seed;
};
/* A new organization file; it appears complete or not at all. ERR_INPUT: it exists, no such sample. */
MUST_CHECK bool org_create(const char *path, const struct org_create_options *options,
			   struct err *e);
/* Names of the samples that can be loaded, sorted. */
size_t org_samples(struct arena *a, struct str **names);

/* `write` false: requests that would write answer 403, and the file is never written. */
MUST_CHECK bool org_open(struct org **out, struct arena *a, const char *path, bool write,
			 struct err *e);
void org_close(struct org **org); /* fits DEFER; *org may be NULL */
struct service *org_service(struct org *org);

/* Who asks, and by which address; holds for the requests that follow. */
struct origin {
	struct str root; /* of the service, ends with '/'; empty: ORG_ROOT */
	bool has_user;
	struct guid user; /* else the administrator */
};
#define ORG_ROOT "local:/api/data/v9.2/"
/* Takes a copy; the slices live with the organization. Unknown user: the requests answer 403. */
void org_set_origin(struct org *org, const struct origin *origin);

#endif
