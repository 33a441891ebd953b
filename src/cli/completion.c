/* SPDX-License-Identifier: MIT */
/*
 * ferry completion SHELL: scripts for bash, zsh and fish, made from the commands' tables.
 */
#include "cli/commands.h"

#include <stddef.h>
#include <string.h>

#include "base/banned.h"

struct completion_values {
	struct common common;
	const char *shell;
};

/* The names of profiles of what "ferry env list" prints, and of nothing that a shell would act on. */
#define PROFILES "sed -n '2,$s/^\\([A-Za-z0-9_-]*\\) .*/\\1/p'"

static struct str first_word(const struct command *c)
{
	struct str name = str_from(c->name);

	return str_sub(name, 0, str_find_char(name, ' '));
}

/* The second word, or the empty slice. */
static struct str second_word(const struct command *c)
{
	return str_skip(str_from(c->name), first_word(c).n + 1);
}

/* Commands of one family stand together; true for the first of them. */
static bool opens_family(const struct command *const *c, const struct command *const *all)
{
	return c == all || !str_eq(first_word(c[0]), first_word(c[-1]));
}

static void put_words(FILE *out, const char *const *words)
{
	for (size_t i = 0; words[i]; i++)
		fprintf(out, "%s%s", i ? " " : "", words[i]);
}

/* ---- bash ---- */

static void bash_reply(FILE *out, enum opt_kind kind, const char *const *words)
{
	switch (kind) {
	case OPT_FILE:
		fputs("_ferry_files", out);
		return;
	case OPT_ENVIRONMENT:
		fputs("_ferry_environments", out);
		return;
	case OPT_PROFILE:
		fputs("_ferry_profiles", out);
		return;
	case OPT_WORD:
		fputs("_ferry_words '", out);
		put_words(out, words);
		fputs("'", out);
		return;
	case OPT_FLAG:
	case OPT_TEXT:
	case OPT_MAYBE:
	case OPT_LIST:
	case OPT_NUMBER:
	case OPT_AUTO:
		fputs(":", out);
		return;
	}
}

static void bash_command(FILE *out, const struct command *c)
{
	struct syntax s = command_syntax(c);

	for (size_t i = 0; i < opt_count(&s); i++) {
		const struct opt *o = opt_at(&s, i);

		if (o->kind == OPT_FLAG || o->kind == OPT_MAYBE)
			continue;
		fprintf(out, "\t'%s --%s'", c->name, o->name);
		if (o->short_name)
			fprintf(out, "|'%s %s'", c->name, o->short_name);
		fputs(") ", out);
		bash_reply(out, o->kind, o->words);
		fputs("; return ;;\n", out);
	}
	fprintf(out, "\t'%s '*)\n\t\tcase $cur in\n\t\t-*) _ferry_words '", c->name);
	for (size_t i = 0; i < opt_count(&s); i++)
		fprintf(out, "--%s ", opt_at(&s, i)->name);
	fputs("--help' ;;\n", out);
	if (s.noperands) {
		fputs("\t\t*) ", out);
		bash_reply(out, s.operands[0].kind, s.operands[0].words);
		fputs(" ;;\n", out);
	}
	fputs("\t\tesac\n\t\treturn\n\t\t;;\n", out);
}

static void bash_families(const struct program *p, FILE *out)
{
	for (const struct command *const *c = p->commands; *c; c++) {
		struct str family = first_word(*c);

		if ((*c)->hidden || second_word(*c).n == 0 || !opens_family(c, p->commands))
			continue;
		fprintf(out, "\t%.*s)\n\t\tcommand=\"$command ${COMP_WORDS[2]-}\"\n",
			STR_ARG(family));
		fputs("\t\tif [ \"$COMP_CWORD\" -eq 2 ]; then\n\t\t\t_ferry_words '", out);
		for (const struct command *const *m = c; *m && str_eq(first_word(*m), family); m++)
			fprintf(out, "%s%.*s", m == c ? "" : " ", STR_ARG(second_word(*m)));
		fputs("'\n\t\t\treturn\n\t\tfi\n\t\t;;\n", out);
	}
}

static const char bash_head[] =
	"# bash completion for ferry; made by \"ferry completion bash\"\n"
	"_ferry_words() { mapfile -t COMPREPLY < <(compgen -W \"$1\" -- \"$cur\"); }\n"
	"_ferry_files() {\n"
	"\tcompopt -o filenames 2>/dev/null\n"
	"\tmapfile -t COMPREPLY < <(compgen -f -- \"$cur\")\n"
	"}\n"
	"_ferry_profiles() { _ferry_words \"$(ferry env list 2>/dev/null | " PROFILES ")\"; }\n"
	"_ferry_environments() {\n"
	"\tcompopt -o nospace 2>/dev/null\n"
	"\t_ferry_words \"local: $(ferry env list 2>/dev/null | " PROFILES ")\"\n"
	"}\n"
	"_ferry() {\n"
	"\tlocal cur=${COMP_WORDS[COMP_CWORD]} at=$((COMP_CWORD - 1)) command=${COMP_WORDS[1]-}\n"
	"\tCOMPREPLY=()\n"
	"\t# bash takes = and : for words of their own\n"
	"\tif [ \"$cur\" = : ] || [ \"${COMP_WORDS[at]}\" = : ]; then\n"
	"\t\t[ \"$cur\" != : ] || cur=\n"
	"\t\t_ferry_files\n"
	"\t\treturn\n"
	"\tfi\n"
	"\tif [ \"$cur\" = = ]; then\n"
	"\t\tcur=\n"
	"\telif [ \"${COMP_WORDS[at]}\" = = ]; then\n"
	"\t\tat=$((at - 1))\n"
	"\tfi\n";

static void bash(const struct program *p, FILE *out)
{
	fputs(bash_head, out);
	fputs("\tif [ \"$COMP_CWORD\" -eq 1 ]; then\n\t\t_ferry_words '", out);
	for (const struct command *const *c = p->commands; *c; c++) {
		if (!(*c)->hidden && opens_family(c, p->commands))
			fprintf(out, "%.*s ", STR_ARG(first_word(*c)));
	}
	fputs("--help --version'\n\t\treturn\n\tfi\n\tcase $command in\n", out);
	bash_families(p, out);
	fputs("\tesac\n\tcase \"$command ${COMP_WORDS[at]}\" in\n", out);
	for (const struct command *const *c = p->commands; *c; c++) {
		if (!(*c)->hidden)
			bash_command(out, *c);
	}
	fputs("\tesac\n}\ncomplete -F _ferry ferry\n", out);
}

/* ---- zsh and fish ---- */

/* Inside single quotes of the shell; a backslash goes before each of `special`. */
static void put_quoted(FILE *out, const char *text, const char *special, const char *apostrophe)
{
	for (; *text; text++) {
		if (*text == '\'')
			fputs(apostrophe, out);
		else
			fprintf(out, "%s%c", strchr(special, *text) ? "\\" : "", *text);
	}
}

#define ZSH_SPECIAL "\\[]:"
#define ZSH_APOSTROPHE "'\\''"
#define FISH_SPECIAL "\\"
#define FISH_APOSTROPHE "\\'"

static void zsh_action(FILE *out, enum opt_kind kind, const char *const *words)
{
	switch (kind) {
	case OPT_FILE:
		fputs("_files", out);
		return;
	case OPT_ENVIRONMENT:
		fputs("_ferry_environments", out);
		return;
	case OPT_PROFILE:
		fputs("_ferry_profiles", out);
		return;
	case OPT_WORD:
		fputs("(", out);
		put_words(out, words);
		fputs(")", out);
		return;
	case OPT_FLAG:
	case OPT_TEXT:
	case OPT_MAYBE:
	case OPT_LIST:
	case OPT_NUMBER:
	case OPT_AUTO:
		fputs(" ", out);
		return;
	}
}

static void zsh_option(FILE *out, const struct opt *o)
{
	fputs(" \\\n\t\t", out);
	if (o->kind == OPT_LIST)
		fputs("'*'", out);
	if (o->short_name)
		fprintf(out, "'(%s --%s)'{%s,--%s}'", o->short_name, o->name, o->short_name,
			o->name);
	else if (o->letter)
		fprintf(out, "'(-%c --%s)'{-%c,--%s}'", o->letter, o->name, o->letter, o->name);
	else
		fprintf(out, "'--%s%s", o->name,
			o->kind == OPT_FLAG || o->kind == OPT_MAYBE ? "" : "=");
	fputc('[', out);
	put_quoted(out, o->help, ZSH_SPECIAL, ZSH_APOSTROPHE);
	fputc(']', out);
	if (o->kind != OPT_FLAG && o->kind != OPT_MAYBE) {
		fprintf(out, ":%s:", o->argument);
		zsh_action(out, o->kind, o->words);
	}
	fputc('\'', out);
}

static void zsh_command(FILE *out, const struct command *c)
{
	struct syntax s = command_syntax(c);

	fprintf(out, "\t'%s')\n\t\t_arguments -S '--help[how it is used]'", c->name);
	for (size_t i = 0; i < opt_count(&s); i++)
		zsh_option(out, opt_at(&s, i));
	for (size_t i = 0; i < s.noperands; i++) {
		const char *before = s.operands[i].optional ? "::" : ":";

		fprintf(out, " \\\n\t\t'%s%s:", s.operands[i].many ? "*:" : before,
			s.operands[i].name);
		zsh_action(out, s.operands[i].kind, s.operands[i].words);
		fputc('\'', out);
	}
	fputs("\n\t\t;;\n", out);
}

/* The words that can stand at a place, with what they mean. */
static void zsh_words(const struct program *p, FILE *out, struct str family)
{
	for (const struct command *const *c = p->commands; *c; c++) {
		struct str word = family.n ? second_word(*c) : first_word(*c);

		if ((*c)->hidden ||
		    (family.n ? !str_eq(first_word(*c), family) : !opens_family(c, p->commands)))
			continue;
		fprintf(out, " '%.*s:", STR_ARG(word));
		put_quoted(out, (*c)->summary, ZSH_SPECIAL, ZSH_APOSTROPHE);
		fputc('\'', out);
	}
}

static void zsh(const struct program *p, FILE *out)
{
	fputs("#compdef ferry\n"
	      "# zsh completion for ferry; made by \"ferry completion zsh\"\n"
	      "_ferry_profiles() { compadd -- ${(f)\"$(ferry env list 2>/dev/null | " PROFILES
	      ")\"}; }\n"
	      "_ferry_environments() {\n"
	      "\tif compset -P 'local:'; then _files; return; fi\n"
	      "\tcompadd -S '' local:\n"
	      "\t_ferry_profiles\n"
	      "}\n"
	      "_ferry() {\n"
	      "\tlocal -a found\n"
	      "\tlocal command=$words[2]\n"
	      "\tif (( CURRENT == 2 )); then\n"
	      "\t\tfound=(",
	      out);
	zsh_words(p, out, S(""));
	fputs(" )\n\t\t_describe command found\n\t\treturn\n\tfi\n\tcase $command in\n", out);
	for (const struct command *const *c = p->commands; *c; c++) {
		if ((*c)->hidden || second_word(*c).n == 0 || !opens_family(c, p->commands))
			continue;
		fprintf(out, "\t%.*s)\n\t\tif (( CURRENT == 3 )); then\n\t\t\tfound=(",
			STR_ARG(first_word(*c)));
		zsh_words(p, out, first_word(*c));
		fputs(" )\n\t\t\t_describe command found\n\t\t\treturn\n\t\tfi\n"
		      "\t\tcommand=\"$command $words[3]\"\n\t\tshift words\n\t\t(( CURRENT-- ))\n\t\t;;\n",
		      out);
	}
	fputs("\tesac\n\tshift words\n\t(( CURRENT-- ))\n\tcase $command in\n", out);
	for (const struct command *const *c = p->commands; *c; c++) {
		if (!(*c)->hidden)
			zsh_command(out, *c);
	}
	fputs("\tesac\n}\nif [ \"$funcstack[1]\" = _ferry ]; then _ferry \"$@\"; else compdef _ferry ferry; fi\n",
	      out);
}

/* What completes an option's value or an operand. */
static void fish_values(FILE *out, enum opt_kind kind, const char *const *words)
{
	switch (kind) {
	case OPT_FILE:
		fputs(" -F", out);
		return;
	case OPT_ENVIRONMENT:
		fputs(" -a '(__ferry_environments)'", out);
		return;
	case OPT_PROFILE:
		fputs(" -a '(__ferry_profiles)'", out);
		return;
	case OPT_WORD:
		fputs(" -a '", out);
		put_words(out, words);
		fputs("'", out);
		return;
	case OPT_FLAG:
	case OPT_TEXT:
	case OPT_MAYBE:
	case OPT_LIST:
	case OPT_NUMBER:
	case OPT_AUTO:
		return;
	}
}

static void fish_condition(FILE *out, const struct command *c)
{
	struct str second = second_word(c);

	fprintf(out, "complete -c ferry -n '__fish_seen_subcommand_from %.*s",
		STR_ARG(first_word(c)));
	if (second.n)
		fprintf(out, "; and __fish_seen_subcommand_from %.*s", STR_ARG(second));
	fputc('\'', out);
}

static void fish_command(FILE *out, const struct command *c)
{
	struct syntax s = command_syntax(c);

	for (size_t i = 0; i < opt_count(&s); i++) {
		const struct opt *o = opt_at(&s, i);

		fish_condition(out, c);
		fprintf(out, " -l %s", o->name);
		if (o->letter)
			fprintf(out, " -s %c", o->letter);
		if (o->short_name)
			fprintf(out, " -o %s", o->short_name + 1);
		if (o->kind != OPT_FLAG && o->kind != OPT_MAYBE)
			fputs(o->kind == OPT_FILE ? " -r" : " -x", out);
		fish_values(out, o->kind, o->words);
		fputs(" -d '", out);
		put_quoted(out, o->help, FISH_SPECIAL, FISH_APOSTROPHE);
		fputs("'\n", out);
	}
	if (s.noperands) {
		fish_condition(out, c);
		fish_values(out, s.operands[0].kind, s.operands[0].words);
		fputc('\n', out);
	}
}

static void fish_word(FILE *out, struct str word, const char *summary)
{
	fprintf(out, "' -a %.*s -d '", STR_ARG(word));
	put_quoted(out, summary, FISH_SPECIAL, FISH_APOSTROPHE);
	fputs("'\n", out);
}

/* The second word, as long as there is none. */
static void fish_member(const struct program *p, FILE *out, const struct command *c)
{
	struct str family = first_word(c);

	fprintf(out,
		"complete -c ferry -n '__fish_seen_subcommand_from %.*s; and not "
		"__fish_seen_subcommand_from",
		STR_ARG(family));
	for (const struct command *const *m = p->commands; *m; m++) {
		if (str_eq(first_word(*m), family))
			fprintf(out, " %.*s", STR_ARG(second_word(*m)));
	}
	fish_word(out, second_word(c), c->summary);
}

static void fish(const struct program *p, FILE *out)
{
	fputs("# fish completion for ferry; made by \"ferry completion fish\"\n"
	      "function __ferry_environments\n"
	      "\tset -l word (string replace -r '^--[a-z-]+=' '' -- (commandline -ct))\n"
	      "\tset -l path (string replace -r '^local:' '' -- $word)\n"
	      "\tprintf 'local:%s\\n' (__fish_complete_path $path | string replace -r '\\t.*' '')\n"
	      "\t__ferry_profiles\n"
	      "end\n"
	      "function __ferry_profiles\n"
	      "\tferry env list 2>/dev/null | " PROFILES "\n"
	      "end\n"
	      "complete -c ferry -f\n",
	      out);
	for (const struct command *const *c = p->commands; *c; c++) {
		if ((*c)->hidden)
			continue;
		if (opens_family(c, p->commands)) {
			fputs("complete -c ferry -n '__fish_use_subcommand", out);
			fish_word(out, first_word(*c), (*c)->summary);
		}
		if (second_word(*c).n)
			fish_member(p, out, *c);
		fish_command(out, *c);
	}
}

/* ---- the command ---- */

static bool completion_run(struct program *p, const void *values, int *status, struct err *e)
{
	const struct completion_values *v = values;

	(void)e;
	*status = 0;
	if (strcmp(v->shell, "bash") == 0)
		bash(p, p->ui->out);
	else if (strcmp(v->shell, "zsh") == 0)
		zsh(p, p->ui->out);
	else
		fish(p, p->ui->out);
	return true;
}

static const char *const shells[] = { "bash", "zsh", "fish", NULL };

static const struct operand operands[] = {
	{ .name = "SHELL",
	  .kind = OPT_WORD,
	  .offset = offsetof(struct completion_values, shell),
	  .help = "bash, zsh or fish",
	  .words = shells },
};

static const struct example examples[] = {
	{ "source <(ferry completion bash)", "for this bash; in ~/.bashrc for every one" },
	{ "ferry completion fish >~/.config/fish/completions/ferry.fish", "for fish" },
};

const struct command command_completion = {
	.name = "completion",
	.summary = "print a script that completes commands and options in a shell",
	.text = "Prints a script for a shell that completes ferry's commands, options and their values.",
	.examples = examples,
	.nexamples = COUNT_OF(examples),
	.syntax = { .operands = operands, .noperands = COUNT_OF(operands) },
	.size = sizeof(struct completion_values),
	.run = completion_run,
};
