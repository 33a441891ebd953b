/* SPDX-License-Identifier: MIT */
/*
 * The local organization as a service: a request in, a response out. Knows no socket and no importer.
 */
#ifndef FERRY_ORG_APP_H
#define FERRY_ORG_APP_H

#include "base/arena.h"
#include "base/err.h"
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

#endif
