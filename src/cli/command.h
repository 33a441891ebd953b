/* SPDX-License-Identifier: MIT */
/*
 * What a command is: tables for its options and help, and a function. The program is a list of them.
 */
#ifndef FERRY_CLI_COMMAND_H
#define FERRY_CLI_COMMAND_H

#include "base/arena.h"
#include "base/err.h"
#include "cli/opt.h"
#include "cli/ui.h"

struct command;

/* What every command is given. */
struct program {
	struct arena *arena; /* lives as long as the program */
	struct ui *ui;
	const struct command *const *commands; /* ends with NULL, in the order of help */
	const char *(*environment)(const char *name);
};

/* The options of every command; the first member of every command's struct of values. */
struct common {
	bool quiet;
	bool verbose;
	bool no_color;
};
extern const struct opt common_opts[];
extern const size_t ncommon_opts;

struct example {
	const char *command;
	const char *what;
};

struct command {
	const char *name;    /* words with one blank between: "org create" */
	const char *summary; /* one line, lower case, no full stop */
	const char *text;    /* paragraphs, separated by an empty line */
	const struct example *examples;
	size_t nexamples;
	struct syntax syntax; /* `common` is filled in by command_syntax */
	size_t size;          /* of the struct of values */
	bool hidden;
	/* *status is the exit status of a command that did not fail: 0, 1, 10. False: err_exit_status. */
	bool (*run)(struct program *p, const void *values, int *status, struct err *e);
};

struct syntax command_syntax(const struct command *c);

/*
 * The command that the first of these words (one at least) name; *used says how many words that were. NULL:
 * *e says which command was probably meant, or which ones there are in that family.
 */
const struct command *command_find(const struct command *const *all, const struct str *words,
				   size_t nwords, size_t *used, struct err *e);
/* True when `word` is the first word of commands of two words. */
bool command_is_family(const struct command *const *all, struct str word);

#endif
