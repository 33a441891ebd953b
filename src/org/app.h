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

struct db_gate;
struct org;
struct reality;

struct org_create_options {
	const char *sample; /* name of a sample to load on top of the system rows; NULL: none */
	bool seeded;
	uint64_t seed;
	const char *name; /* a path whose base name is the organization's; NULL: that of the file */
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

/* Ends what the organization is doing for a request, which then fails; from any thread. */
void org_interrupt(struct org *org);

/*
 * For a server: one of several connections to the file, each of one thread, which write one at a time and
 * read while others write. `gate` (io/db.h) lets the writers through. The file is in WAL until org_settle.
 */
MUST_CHECK bool org_open_shared(struct org **out, struct arena *a, const char *path,
				const struct db_gate *gate, struct err *e);
/* When the last of them is closed: the file alone holds everything again, unless others have it open. */
MUST_CHECK bool org_settle(const char *path, struct err *e);
struct guid org_id(const struct org *org);
/* Rows that the last request has read and written. */
uint64_t org_rows(const struct org *org);

/*
 * What a real environment adds (reality.h), in process: a delay is waited for, a cut connection and a lost
 * answer are ERR_NETWORK of service next. Lives as long as the organization.
 */
struct surroundings {
	struct reality *reality;
	int64_t (*now)(void *context); /* milliseconds */
	void (*wait)(void *context, uint64_t ms);
	void *context;
};
void org_set_surroundings(struct org *org, const struct surroundings *s);

#endif
