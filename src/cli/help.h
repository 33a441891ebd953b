/* SPDX-License-Identifier: MIT */
/*
 * --help, made from the tables.
 */
#ifndef FERRY_CLI_HELP_H
#define FERRY_CLI_HELP_H

#include "cli/command.h"

#define HELP_PURPOSE                                                                               \
	"moves unified routing, live chat and other Dataverse configuration data between environments"

struct help_line {
	const char *term;
	const char *meaning;
};
/* Exit statuses and environment references, for help and the manual page. End with a NULL term. */
extern const struct help_line help_statuses[];
extern const struct help_line help_environments[];
extern const struct help_line help_variables[];

void help_program(struct program *p, FILE *out);
void help_family(struct program *p, FILE *out, struct str family);
void help_command(struct program *p, FILE *out, const struct command *c);

/* "ferry export --from ENV --schema FILE --out PKG [options]" */
struct str help_usage(struct arena *a, const struct command *c);
/* "--from ENV", "--quiet, -q" */
struct str help_term(struct arena *a, const struct opt *o);

#endif
