/* SPDX-License-Identifier: MIT */
/*
 * Writes the source of the manual page ferry(1), for scdoc, from the commands' tables. The build runs it.
 */
#include "cli/commands.h"

#include <string.h>

#include "cli/help.h"

#include "base/banned.h"

/* scdoc's marks are taken as text. */
static void put(FILE *out, const char *text)
{
	for (; *text; text++) {
		if (strchr("\\*_`", *text) != NULL)
			fputc('\\', out);
		fputc(*text, out);
	}
}

static void entry(FILE *out, const char *term, const char *meaning)
{
	fputc('*', out);
	put(out, term);
	fputs("*\n\t", out);
	put(out, meaning);
	fputs("\n\n", out);
}

static void entries(FILE *out, const struct help_line *lines)
{
	for (; lines->term; lines++)
		entry(out, lines->term, lines->meaning);
}

static void opt_entries(FILE *out, const struct opt *opts, size_t n)
{
	DEFER(arena_release) struct arena a = arena_make(0);

	for (size_t i = 0; i < n; i++)
		entry(out, str_cstr(&a, help_term(&a, &opts[i])), opts[i].help);
}

static void command(FILE *out, const struct command *c)
{
	DEFER(arena_release) struct arena a = arena_make(0);

	fputs("## ", out);
	put(out, str_cstr(&a, help_usage(&a, c)));
	fputs("\n\n", out);
	put(out, c->text);
	fputs("\n\n", out);
	for (size_t i = 0; i < c->syntax.noperands; i++)
		entry(out, c->syntax.operands[i].name, c->syntax.operands[i].help);
	opt_entries(out, c->syntax.opts, c->syntax.nopts);
	if (c->nexamples == 0)
		return;
	fputs("Examples:\n\n", out);
	for (size_t i = 0; i < c->nexamples; i++)
		entry(out, c->examples[i].command, c->examples[i].what);
}

static bool man_run(struct program *p, const void *values, int *status, struct err *e)
{
	FILE *out = p->ui->out;

	(void)values;
	(void)e;
	*status = 0;
	fputs("ferry(1)\n\n# NAME\n\nferry - ", out);
	put(out, HELP_PURPOSE);
	fputs("\n\n# SYNOPSIS\n\n*ferry* _COMMAND_ [options]\n\n# COMMANDS\n\n", out);
	for (const struct command *const *c = p->commands; *c; c++) {
		if (!(*c)->hidden)
			command(out, *c);
	}
	fputs("# OPTIONS OF EVERY COMMAND\n\n", out);
	opt_entries(out, common_opts, ncommon_opts);
	entry(out, "--help, -h", "how the command is used");
	fputs("# ENVIRONMENTS\n\n", out);
	entries(out, help_environments);
	fputs("# EXIT STATUS\n\n", out);
	entries(out, help_statuses);
	fputs("# VARIABLES\n\n", out);
	entries(out, help_variables);
	return true;
}

const struct command command_man = {
	.name = "man",
	.summary = "write the source of the manual page",
	.text = "Writes the manual page in the form of scdoc.",
	.size = sizeof(struct common),
	.hidden = true,
	.run = man_run,
};
