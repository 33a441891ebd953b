/* SPDX-License-Identifier: MIT */
/*
 * An export and an import, for the commands of that name and for those that spell them otherwise.
 */
#ifndef FERRY_CLI_TRANSFER_H
#define FERRY_CLI_TRANSFER_H

#include "cli/command.h"
#include "cli/env.h"

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
	bool overwrite;
	bool secrets;
	bool skip_missing;
	unsigned batch_size;
	const char *bypass;
	struct opt_number settle;
	bool json;
	bool detailed;
	struct env_options remote;
};

/* The functions of the commands; their values are the structs above. */
MUST_CHECK bool transfer_export(struct program *p, const void *values, int *status, struct err *e);
MUST_CHECK bool transfer_import(struct program *p, const void *values, int *status, struct err *e);

#endif
