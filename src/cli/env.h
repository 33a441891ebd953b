/* SPDX-License-Identifier: MIT */
/*
 * Environment references, and what they open to:
 *     local:FILE                a local organization
 *     https://..., http://...   an environment on a server; how to sign in, variables tell (remote/profile.h), or
 *                               FERRY_CONNECTION_STRING when it is about that URL
 *     NAME                      a profile of the configuration file (cli/env_file.h)
 *     env:VARIABLE              what that variable holds: a connection string, or one of the above
 */
#ifndef FERRY_CLI_ENV_H
#define FERRY_CLI_ENV_H

#include "base/arena.h"
#include "base/err.h"
#include "dv/service.h"
#include "remote/profile.h"
#include "cli/command.h"

struct org;
struct env_session;

/* What options tell about an environment on a server; a member of a command's struct of values. */
struct env_options {
	unsigned concurrency;
	const char *record;
	bool overwrite; /* the recording */
	const char *impersonate;
	const char *confirm;
	const char *yes; /* "" or the name of a protected profile; NULL: not given */
};
/* Their rows in a command's table: ENV_OPTIONS(struct export_values, remote), */
#define ENV_OPTIONS(type, member)                                                                                      \
	{ .name = "concurrency",                                                                                       \
	  .kind = OPT_AUTO,                                                                                            \
	  .offset = offsetof(type, member.concurrency),                                                                \
	  .argument = "N|auto",                                                                                        \
	  .help = "most requests at once to an environment on a server, up to 1000 (default: auto, as many as it "     \
		  "recommends)" },                                                                                     \
		{ .name = "record",                                                                                    \
		  .kind = OPT_FILE,                                                                                    \
		  .offset = offsetof(type, member.record),                                                             \
		  .argument = "FILE",                                                                                  \
		  .help = "write all requests and answers into a file, without credentials and values of "             \
			  "secret columns; \"ferry serve --replay FILE\" answers from it" },                           \
		{ .name = "impersonate",                                                                               \
		  .kind = OPT_TEXT,                                                                                    \
		  .offset = offsetof(type, member.impersonate),                                                        \
		  .argument = "USER",                                                                                  \
		  .help = "act as this user in an environment on a server: the object id in Entra, or user: followed " \
			  "by the systemuserid" }
/* For commands whose own --overwrite is not told to replace the recording, too. */
#define ENV_OVERWRITE_OPTION(type, member)                                                         \
	{ .name = "overwrite",                                                                     \
	  .kind = OPT_FLAG,                                                                        \
	  .offset = offsetof(type, member.overwrite),                                              \
	  .help = "replace the recording that --record names if it exists" }
/* For commands that write. */
#define ENV_CONFIRM_OPTION(type, member)                                                           \
	{ .name = "confirm",                                                                       \
	  .kind = OPT_PROFILE,                                                                     \
	  .offset = offsetof(type, member.confirm),                                                \
	  .argument = "NAME",                                                                      \
	  .help = "confirms that the protected profile NAME is to be written to (default: asked "  \
		  "on a terminal)" },                                                              \
		{ .name = "yes",                                                                   \
		  .letter = 'y',                                                                   \
		  .kind = OPT_MAYBE,                                                               \
		  .offset = offsetof(type, member.yes),                                            \
		  .argument = "NAME",                                                              \
		  .help = "do not ask; --yes=NAME confirms the protected profile NAME, too" }

struct env {
	const char *reference; /* as given; for people */
	const char *path;      /* of the local organization's file; NULL: on a server */
	struct profile profile;
	struct env_options options;
	struct org *org;             /* open or NULL */
	struct env_session *session; /* open or NULL: cli/env_session.h */
	struct service *service;
};

/* What the reference means: reads the configuration file and variables, and asks for nothing. `o` may be NULL. ERR_USAGE. */
MUST_CHECK bool env_parse(struct env *env, struct program *p, const char *option,
			  const char *reference, const struct env_options *o, struct err *e);
/*
 * `write` false: nothing can be written through the service of a local organization. FERRY_LATENCY, FERRY_LIMITS and
 * FERRY_FAULT make that one as slow and unreliable as they say (cli/reality.h). A server is not asked yet.
 */
MUST_CHECK bool env_open(struct env *env, struct program *p, bool write, struct err *e);
/* Answers that were 429, and requests that were sent again; 0 for a local organization. */
void env_counts(const struct env *env, uint64_t *throttled, uint64_t *retried);
/* Closed; ERR_INTERNAL: the record is not complete. */
MUST_CHECK bool env_finish(struct env *env, struct err *e);
void env_close(struct env *env); /* fits DEFER; fine after env_finish */

#endif
