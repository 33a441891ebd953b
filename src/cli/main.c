/* SPDX-License-Identifier: MIT */
/*
 * The program: finds the command, lets it run, and turns an error into a message and an exit status.
 */
#include "cli/commands.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "cli/cancel.h"
#include "cli/help.h"

#include "base/banned.h"

const struct command *const commands[] = {
	&command_org_create,
	&command_org_list_tables,
	&command_org_add_table,
	&command_org_snapshot,
	&command_org_reset,
	&command_org_behaviours,
	&command_serve,
	&command_env_add,
	&command_env_list,
	&command_env_remove,
	&command_env_login,
	&command_env_logout,
	&command_env_whoami,
	&command_export,
	&command_import,
	&command_plan,
	&command_apply,
	&command_drift,
	&command_resume,
	&command_verify,
	&command_undo,
	&command_runs_list,
	&command_runs_show,
	&command_runs_remove,
	&command_stat,
	&command_diff,
	&command_unpack,
	&command_pack,
	&command_schema_new,
	&command_schema_show,
	&command_schema_validate,
	&command_map_init,
	&command_map_check,
	&command_data_export,
	&command_data_import,
	&command_completion,
	&command_help,
	&command_version,
	&command_man,
	NULL,
};

/* getenv, in the form in which tests replace it. */
static const char *environment(const char *name)
{
	return getenv(name);
}

static int failed(struct program *p, const struct err *e)
{
	ui_error(p->ui, e);
	return err_exit_status(e->kind);
}

static int failed_use(struct program *p, const struct command *c, const struct err *e)
{
	ui_error(p->ui, e);
	fprintf(p->ui->err, "ferry: \"ferry %s --help\" tells how it is used\n", c->name);
	return err_exit_status(e->kind);
}

static int finish(struct program *p, int status)
{
	struct err e;

	return ui_finish(p->ui, &e) ? status : failed(p, &e);
}

static int run_command(struct program *p, const struct command *c, int argc, char **argv)
{
	struct syntax syntax = command_syntax(c);
	void *values = arena_alloc(p->arena, c->size);
	const struct common *common = values;
	bool help = false;
	int status = 0;
	struct err e;

	if (!opt_parse(&syntax, argc, argv, p->environment, values, &help, &e))
		return failed_use(p, c, &e);
	if (help) {
		help_command(p, p->ui->out, c);
		return finish(p, 0);
	}
	struct ui_options options = ui_detect(p->environment);

	options.quiet = common->quiet;
	options.verbose = common->verbose;
	options.no_color = common->no_color;
	*p->ui = ui_make(stdout, stderr, &options);
	if (c->run(p, values, &status, &e))
		return finish(p, status);
	status = failed(p, &e);
	return finish(p, status);
}

static bool is_help(struct str word)
{
	return str_eq(word, S("--help")) || str_eq(word, S("-h"));
}

static int run_program(struct program *p, int argc, char **argv)
{
	struct str words[] = { str_from(argv[0]), str_from(argc > 1 ? argv[1] : NULL) };
	size_t used = 0;
	struct err e;

	if (argc == 0) {
		help_program(p, stderr);
		return err_exit_status(ERR_USAGE);
	}
	if (is_help(words[0])) {
		help_program(p, stdout);
		return finish(p, 0);
	}
	if (str_eq(words[0], S("--version")))
		return run_command(p, &command_version, 0, argv);
	if (is_help(words[1]) && command_is_family(commands, words[0])) {
		help_family(p, stdout, words[0]);
		return finish(p, 0);
	}
	const struct command *c = command_find(commands, words, argc > 1 ? 2 : 1, &used, &e);

	if (!c)
		return failed(p, &e);
	return run_command(p, c, argc - (int)used, argv + used);
}

/*
 * Else a file that is opened later becomes the standard output, and messages are written into it. For
 * reading only, so that writing fails as it would without.
 */
static bool open_missing_streams(void)
{
	int fd;

	do {
		fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	} while (fd >= 0 && fd <= STDERR_FILENO);
	return fd < 0 || close(fd) == 0;
}

int main(int argc, char **argv)
{
	if (!open_missing_streams())
		return err_exit_status(ERR_INTERNAL);

	DEFER(arena_release) struct arena arena = arena_make(0);
	struct ui_options options = ui_detect(environment);
	struct ui ui = ui_make(stdout, stderr, &options);
	struct program p = {
		.arena = &arena,
		.ui = &ui,
		.commands = commands,
		.environment = environment,
	};

	cancel_watch();
	return run_program(&p, argc > 0 ? argc - 1 : 0, argv + (argc > 0));
}
