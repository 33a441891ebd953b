/* SPDX-License-Identifier: MIT */
/*
 * An export and an import, for the commands of that name and for those that spell them otherwise.
 */
#ifndef FERRY_CLI_TRANSFER_H
#define FERRY_CLI_TRANSFER_H

#include "cli/command.h"
#include "cli/decide.h"
#include "cli/env.h"
#include "cli/work.h"

struct export_values {
	struct common common;
	const char *from;
	const char *schema;
	const char *out;
	bool overwrite;
	bool plain;
	bool secrets;
	bool skip_missing;
	bool json;
	struct env_options remote;
};

struct import_values {
	struct common common;
	const char *package;
	const char *to;
	bool dry_run;
	const char *out;
	struct decide_values decide;
	struct execute_values execute;
	struct work_output output;
	struct env_options remote;
};

/* The functions of the commands; their values are the structs above. */
MUST_CHECK bool transfer_export(struct program *p, const void *values, int *status, struct err *e);
MUST_CHECK bool transfer_import(struct program *p, const void *values, int *status, struct err *e);

/* Rows of a package, as a command with decisions moves them. */
struct transfer {
	const struct command *command;
	const void *values; /* of that command */
	enum run_kind kind;
	bool dry_run, temporary;
	const char *name; /* of the command, in reports */
	const char *package;
	const char *source; /* as people call where the rows come from */
	const char *to, *out;
	const struct decide_values *decide;
	const struct execute_values *execute;
	const struct work_output *output;
	const struct env_options *remote;
};
MUST_CHECK bool transfer_rows(struct program *p, const struct transfer *t, int *status,
			      struct err *e);

#endif
