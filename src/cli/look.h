/* SPDX-License-Identifier: MIT */
/*
 * An environment that is only looked at: its tables' definitions.
 */
#ifndef FERRY_CLI_LOOK_H
#define FERRY_CLI_LOOK_H

#include "dv/catalog.h"
#include "move/read.h"
#include "move/run.h"
#include "cli/command.h"
#include "cli/env.h"

struct look {
	struct env env;
	struct run run; /* kept nowhere; it counts the requests */
	struct reader reader;
	struct catalog catalog;
};

/* `env` was parsed; everything lives as long as the program's arena. */
MUST_CHECK bool look_open(struct look *l, struct program *p, struct err *e);
/* Reads the definitions of tables into the catalog; one that does not exist is left out. */
MUST_CHECK bool look_tables(struct look *l, const struct str *names, size_t n, struct err *e);
/* At the end of what went well: the record of the conversation is complete. */
MUST_CHECK bool look_finish(struct look *l, struct err *e);
void look_close(struct look *l); /* fits DEFER */

#endif
