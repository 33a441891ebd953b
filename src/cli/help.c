/* SPDX-License-Identifier: MIT */
/*
 * Help is laid out for 80 columns: examples first, then how the command is called, what it does, and its
 * options. "ferry help" is a command, too.
 */
#include "cli/help.h"

#include <stddef.h>

#include "base/buf.h"
#include "cli/commands.h"

#include "base/banned.h"

#define WIDTH 80
#define TERM_WIDTH 26

const struct help_line help_statuses[] = {
	{ "0", "done, nothing lost" },
	{ "1", "some rows failed, or still differ after the last comparison" },
	{ "2", "wrong use: an option, an argument, an output that exists" },
	{ "3", "sign-in refused, or a privilege is missing" },
	{ "4", "network or server" },
	{ "5", "invalid input: package, schema, plan, organization file; a table is missing" },
	{ "6", "ambiguous match, conflict, or unresolved reference" },
	{ "7", "the plan is stale: the target changed since; nothing was written" },
	{ "8", "cancelled; what was begun can be resumed" },
	{ "9", "internal error" },
	{ "10", "there are changes (with --detailed-exitcode, and of \"ferry drift\")" },
	{ NULL, NULL },
};

const struct help_line help_environments[] = {
	{ "local:FILE", "a local organization, made by \"ferry org create FILE\"" },
	{ "https://HOST",
	  "an environment on a server; variables tell how to sign in, else a person does" },
	{ "http://127.0.0.1:PORT", "one on this machine: \"ferry serve\"" },
	{ "NAME", "a profile, made by \"ferry env add NAME\"" },
	{ "env:VARIABLE",
	  "the content of that variable: one of these, or a connection string of XrmTooling" },
	{ NULL, NULL },
};

const struct help_line help_variables[] = {
	{ "FERRY_...",
	  "any option of a command: FERRY_BATCH_SIZE is --batch-size; a flag takes 1 or 0. The command line wins" },
	{ "FERRY_CONFIG",
	  "the configuration file with the profiles (default: ferry/environments.ini in XDG_CONFIG_HOME, or in "
	  "~/.config)" },
	{ "FERRY_CONNECTION_STRING",
	  "signs in to the URL that stands in it, in the form of XrmTooling. This one and the ones below count for "
	  "a URL without a profile; the first that is set decides" },
	{ "FERRY_TOKEN", "an access token (and not --token of \"ferry serve\")" },
	{ "FERRY_TOKEN_COMMAND", "a program, with arguments, that prints an access token" },
	{ "AZURE_CLIENT_ID, AZURE_TENANT_ID",
	  "an application and its tenant. How it proves itself, one of: AZURE_CLIENT_SECRET; "
	  "AZURE_CLIENT_CERTIFICATE_PATH, with AZURE_CLIENT_CERTIFICATE_PASSWORD; AZURE_FEDERATED_TOKEN_FILE" },
	{ "AZURE_AUTHORITY_HOST", "the sign-in service (default: the environment names it)" },
	{ "SYSTEM_OIDCREQUESTURI, SYSTEM_ACCESSTOKEN",
	  "a job of Azure Pipelines, with AZURESUBSCRIPTION_SERVICE_CONNECTION_ID (or "
	  "POWER_PLATFORM_AZDO_SERVICE_CONNECTION_ID), and AZURE_CLIENT_ID or AZURESUBSCRIPTION_CLIENT_ID; "
	  "AZURESUBSCRIPTION_TENANT_ID is its tenant" },
	{ "ACTIONS_ID_TOKEN_REQUEST_URL, ACTIONS_ID_TOKEN_REQUEST_TOKEN",
	  "a job of GitHub Actions with \"id-token: write\", with AZURE_CLIENT_ID" },
	{ "IDENTITY_ENDPOINT, IDENTITY_HEADER",
	  "the managed identity of an App Service; AZURE_CLIENT_ID picks a user-assigned one. A profile with the "
	  "sign-in managed-identity uses AZURE_POD_IDENTITY_AUTHORITY_HOST, too, for virtual machines" },
	{ "AZURE_USERNAME",
	  "the account that is suggested to a person, who signs in when none of the above is set" },
	{ "BROWSER", "the program that opens a sign-in page (default: xdg-open, wslview or open)" },
	{ "HTTPS_PROXY, NO_PROXY", "the proxy to go through, and where not, as for curl" },
	{ "FERRY_LATENCY, FERRY_LIMITS, FERRY_FAULT, FERRY_SEED",
	  "make local:FILE slow, strict and unreliable, as the options of \"ferry serve\" do; several faults with "
	  "; between them" },
	{ "FERRY_SERVE_TOKEN", "the token that \"ferry serve\" asks its clients for" },
	{ "XDG_CACHE_HOME",
	  "tokens are kept in ferry/tokens below it, and definitions of tables (default: ~/.cache)" },
	{ "XDG_STATE_HOME", "run files are kept in ferry/runs below it (default: ~/.local/state)" },
	{ "NO_COLOR, CI, TERM=dumb", "no colours; with the last two no progress bar either" },
	{ NULL, NULL },
};

/* Breaks at blanks; the first line starts at column `at`, the others at `indent`. */
static void wrap(FILE *out, const char *text, size_t at, size_t indent)
{
	struct str_splitter words = str_splitter(str_from(text));

	for (struct str word; str_split(&words, ' ', &word);) {
		if (at + word.n + 1 > WIDTH && at > indent) {
			fprintf(out, "\n%*s", (int)indent, "");
			at = indent;
		}
		fprintf(out, "%s%.*s", at > indent ? " " : "", STR_ARG(word));
		at += word.n + (at > indent);
	}
	fputc('\n', out);
}

static void paragraphs(FILE *out, const char *text)
{
	struct str_splitter parts = str_splitter(str_from(text));

	for (struct str part; str_split(&parts, '\n', &part);) {
		DEFER(arena_release) struct arena a = arena_make(0);

		if (part.n)
			wrap(out, str_cstr(&a, part), 0, 0);
		else
			fputc('\n', out);
	}
}

static void title(const struct program *p, FILE *out, const char *text)
{
	bool color = out == p->ui->out;

	fprintf(out, "\n%s%s%s\n", color ? ui_color(p->ui, UI_BOLD) : "", text,
		color ? ui_color(p->ui, UI_PLAIN) : "");
}

static void line(FILE *out, const char *term, const char *meaning)
{
	fprintf(out, "  %-*s", TERM_WIDTH - 2, term);
	if (str_from(term).n > TERM_WIDTH - 3)
		fprintf(out, "\n%*s", TERM_WIDTH, "");
	wrap(out, meaning, TERM_WIDTH, TERM_WIDTH);
}

static void lines(FILE *out, const struct help_line *all)
{
	for (; all->term; all++)
		line(out, all->term, all->meaning);
}

struct str help_term(struct arena *a, const struct opt *o)
{
	DEFER(buf_release) struct buf b = buf_make(256);

	buf_add_fmt(&b, "--%s", o->name);
	if (o->kind == OPT_MAYBE && o->argument)
		buf_add_fmt(&b, "[=%s]", o->argument);
	if (o->letter)
		buf_add_fmt(&b, ", -%c", o->letter);
	if (o->short_name)
		buf_add_fmt(&b, ", %s", o->short_name);
	if (o->kind != OPT_MAYBE && o->argument)
		buf_add_fmt(&b, " %s", o->argument);
	return str_dup(a, buf_str(&b));
}

struct str help_usage(struct arena *a, const struct command *c)
{
	DEFER(buf_release) struct buf b = buf_make(1024);
	const struct syntax *s = &c->syntax;

	buf_add_fmt(&b, "ferry %s", c->name);
	for (size_t i = 0; i < s->noperands; i++)
		buf_add_fmt(&b, s->operands[i].optional ? " [%s%s]" : " %s%s", s->operands[i].name,
			    s->operands[i].many ? "..." : "");
	for (size_t i = 0; i < s->nopts; i++) {
		if (s->opts[i].required)
			buf_add_fmt(&b, " --%s %s", s->opts[i].name, s->opts[i].argument);
	}
	buf_add(&b, S(" [options]"));
	return str_dup(a, buf_str(&b));
}

static void opt_lines(FILE *out, const struct opt *opts, size_t n)
{
	DEFER(arena_release) struct arena a = arena_make(0);

	for (size_t i = 0; i < n; i++)
		line(out, str_cstr(&a, help_term(&a, &opts[i])), opts[i].help);
}

static void examples(const struct program *p, FILE *out, const struct command *c)
{
	if (c->nexamples == 0)
		return;
	fputs("Examples\n", out);
	for (size_t i = 0; i < c->nexamples; i++) {
		fprintf(out, "  %s%s%s\n      ", out == p->ui->out ? ui_color(p->ui, UI_BOLD) : "",
			c->examples[i].command, out == p->ui->out ? ui_color(p->ui, UI_PLAIN) : "");
		wrap(out, c->examples[i].what, 6, 6);
	}
}

static bool takes_environment(const struct syntax *s)
{
	for (size_t i = 0; i < s->nopts; i++) {
		if (s->opts[i].kind == OPT_ENVIRONMENT)
			return true;
	}
	return false;
}

void help_command(struct program *p, FILE *out, const struct command *c)
{
	DEFER(arena_release) struct arena a = arena_make(0);
	const struct syntax *s = &c->syntax;

	examples(p, out, c);
	title(p, out, "Usage");
	fputs("  ", out);
	wrap(out, str_cstr(&a, help_usage(&a, c)), 2, 6);
	fputc('\n', out);
	paragraphs(out, c->text);
	if (s->noperands) {
		title(p, out, "Arguments");
		for (size_t i = 0; i < s->noperands; i++)
			line(out, s->operands[i].name, s->operands[i].help);
	}
	title(p, out, "Options");
	opt_lines(out, s->opts, s->nopts);
	opt_lines(out, common_opts, ncommon_opts);
	line(out, "--help, -h", "this text");
	if (takes_environment(s))
		fputs("\nENV is local:FILE, a URL, the name of a profile, or env:VARIABLE.", out);
	fputs("\nEvery option can be given as a variable: --batch-size as FERRY_BATCH_SIZE.\n"
	      "\"ferry help variables\" lists all variables, \"ferry --help\" the exit statuses.\n",
	      out);
}

static void command_lines(const struct program *p, FILE *out, struct str family)
{
	for (const struct command *const *c = p->commands; *c; c++) {
		struct str name = str_from((*c)->name);
		bool member =
			str_starts(name, family) && name.n > family.n && name.p[family.n] == ' ';

		if (!(*c)->hidden && (family.n == 0 || member))
			line(out, (*c)->name, (*c)->summary);
	}
}

void help_family(struct program *p, FILE *out, struct str family)
{
	fprintf(out, "Usage\n  ferry %.*s COMMAND [options]\n", STR_ARG(family));
	title(p, out, "Commands");
	command_lines(p, out, family);
}

void help_program(struct program *p, FILE *out)
{
	fputs("ferry " HELP_PURPOSE "\n\n", out);
	fputs("Examples\n"
	      "  ferry org create a.db --sample contoso\n"
	      "  ferry org create b.db\n"
	      "  ferry schema new --table characteristic --from local:a.db --out skills.xml\n"
	      "  ferry export --from local:a.db --schema skills.xml --out skills.zip\n"
	      "  ferry import skills.zip --to local:b.db --dry-run\n"
	      "  ferry import skills.zip --to local:b.db\n"
	      "  ferry undo last --dry-run\n",
	      out);
	title(p, out, "Usage");
	fputs("  ferry COMMAND [options]\n", out);
	title(p, out, "Commands");
	command_lines(p, out, S(""));
	title(p, out, "Environments (ENV)");
	lines(out, help_environments);
	title(p, out, "Exit status");
	lines(out, help_statuses);
	fputs("\n\"ferry COMMAND --help\" tells more about a command, \"ferry help variables\" which\n"
	      "environment variables count.\n",
	      out);
}

static void print_variables(FILE *out)
{
	fputs("Variables\n", out);
	lines(out, help_variables);
}

struct help_values {
	struct common common;
	const char *command;
	const char *member;
};

static bool help_run(struct program *p, const void *values, int *status, struct err *e)
{
	const struct help_values *v = values;
	struct str words[] = { str_from(v->command), str_from(v->member) };
	size_t n = (size_t)(v->command != NULL) + (size_t)(v->member != NULL);
	size_t used = 0;

	*status = 0;
	if (n == 0) {
		help_program(p, p->ui->out);
		return true;
	}
	if (n == 1 && str_eq(words[0], S("variables"))) {
		print_variables(p->ui->out);
		return true;
	}
	if (n == 1 && command_is_family(p->commands, words[0])) {
		help_family(p, p->ui->out, words[0]);
		return true;
	}
	const struct command *c = command_find(p->commands, words, n, &used, e);

	if (!c)
		return false;
	help_command(p, p->ui->out, c);
	return true;
}

static const struct operand help_operands[] = {
	{ .name = "COMMAND",
	  .kind = OPT_TEXT,
	  .optional = true,
	  .offset = offsetof(struct help_values, command),
	  .help = "a command, the first word of a family, or variables" },
	{ .name = "MEMBER",
	  .kind = OPT_TEXT,
	  .optional = true,
	  .offset = offsetof(struct help_values, member),
	  .help = "the second word of the command" },
};

static const struct example help_examples[] = {
	{ "ferry help import", "how \"ferry import\" is used" },
	{ "ferry help variables", "which environment variables count" },
};

const struct command command_help = {
	.name = "help",
	.summary = "tell how a command is used",
	.text = "Tells how ferry or one of its commands is used. \"ferry COMMAND --help\" is the same.",
	.examples = help_examples,
	.nexamples = COUNT_OF(help_examples),
	.syntax = { .operands = help_operands, .noperands = COUNT_OF(help_operands) },
	.size = sizeof(struct help_values),
	.run = help_run,
};
