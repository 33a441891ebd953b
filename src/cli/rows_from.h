/* SPDX-License-Identifier: MIT */
/*
 * Where the rows of a plan come from: a package, or an environment, of which a package is made that nobody sees.
 */
#ifndef FERRY_CLI_ROWS_FROM_H
#define FERRY_CLI_ROWS_FROM_H

#include "cli/decide.h"
#include "cli/env.h"

struct rows_from {
	const char *package; /* path */
	const char *name;    /* as people call it */
	const char *folder;  /* temporary, removed by rows_from_close; or NULL */
};

/* `what`: a package or a schema, or NULL; `from`: an environment or a package, or NULL. ERR_USAGE where that says nothing. */
MUST_CHECK bool rows_from_open(struct rows_from *o, struct program *p, const char *what,
			       const char *from, const struct decide_values *decide,
			       const struct env_options *remote, struct err *e);
void rows_from_close(struct rows_from *o); /* fits DEFER */

#endif
