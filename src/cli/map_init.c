/* SPDX-License-Identifier: MIT */
/*
 * ferry map init: a map file to begin with.
 */
#include "cli/commands.h"

#include <stddef.h>

#include "base/file.h"
#include "base/sink.h"
#include "move/map_draft.h"
#include "cli/map_work.h"
#include "cli/output.h"

#include "base/banned.h"

struct init_values {
	struct common common;
	const char *package;
	const char *to;
	const char *from;
	const char *out;
	bool overwrite;
	struct env_options remote;
};

struct drafted {
	struct map_file file;
	uint64_t open;
};

static bool draft(void *context, struct job *j, uint64_t open, struct err *e)
{
	struct drafted *d = context;

	(void)open;
	return map_draft(j, &d->file, &d->open, e);
}

static bool may_write(const struct init_values *v, struct err *e)
{
	if (!output_has_folder(v->out, e))
		return false;
	if (file_is_directory(v->out))
		return err_set(e, ERR_USAGE, "%s is a folder", v->out);
	return v->overwrite || !file_exists(v->out) ||
	       err_set(e, ERR_USAGE, "%s exists already; --overwrite replaces it", v->out);
}

static bool write_map(struct arena *a, const char *path, const struct map_file *map, struct err *e)
{
	const char *temp = file_temp_name(a, path);
	DEFER(file_sink_close) struct file_sink f = { .fd = -1 };
	struct err second;

	if (!file_sink_open(&f, temp, 0666, e))
		return false;
	if (map_file_write(&f.sink, map, e) && file_sink_finish(&f, e) &&
	    file_commit(temp, path, e))
		return true;
	if (!file_remove(temp, &second))
		return err_wrap(e, "%s is left", temp);
	return false;
}

static bool init_run(struct program *p, const void *values, int *status, struct err *e)
{
	const struct init_values *v = values;
	struct drafted d = { 0 };
	DEFER(map_work_close) struct map_work w = {
		.p = p,
		.package = v->package,
		.reference = v->to,
		.source_reference = v->from,
		.remote = &v->remote,
		.overwrite = v->overwrite,
		.look = draft,
		.context = &d,
	};

	*status = 0;
	if (!may_write(v, e) || !map_work_run(&w, e) || !write_map(p->arena, v->out, &d.file, e))
		return false;
	ui_note(p->ui, "%s is written: %zu rows, %llu of them open", v->out, d.file.n,
		(unsigned long long)d.open);
	return true;
}

static const struct operand operands[] = {
	{ .name = "PKG",
	  .kind = OPT_FILE,
	  .offset = offsetof(struct init_values, package),
	  .help = "the package that is to be imported" },
};

static const struct opt opts[] = {
	{ .name = "to",
	  .kind = OPT_ENVIRONMENT,
	  .required = true,
	  .offset = offsetof(struct init_values, to),
	  .argument = "ENV",
	  .help = "the environment to import into" },
	{ .name = "out",
	  .kind = OPT_FILE,
	  .required = true,
	  .offset = offsetof(struct init_values, out),
	  .argument = "FILE",
	  .help = "the map file" },
	{ .name = "from",
	  .kind = OPT_ENVIRONMENT,
	  .offset = offsetof(struct init_values, from),
	  .argument = "ENV",
	  .help = "the environment that the package is from: it tells the domain names, keys and names of rows of "
		  "which the package tells only ids" },
	{ .name = "overwrite",
	  .kind = OPT_FLAG,
	  .offset = offsetof(struct init_values, overwrite),
	  .help = "replace the map file, and the recording that --record names, if they exist" },
	ENV_OPTIONS(struct init_values, remote),
};

static const struct example examples[] = {
	{ "ferry map init chat.zip --to prod --out users.xml",
	  "then fill in what is open in users.xml" },
	{ "ferry map check users.xml chat.zip --to prod", "proves that nothing is open any more" },
	{ "ferry import chat.zip --to prod --map users.xml", "imports by it" },
};

const struct command command_map_init = {
	.name = "map init",
	.summary = "draft a file that says which users, teams and other rows stand for which",
	.text = "Looks in an environment for the rows that a package points to, and for rows of the platform "
		"that it contains, as an import does: users by their Entra object id, then domain name, then e-mail; "
		"teams and units by name; currencies by ISO code; other rows by what ferry knows about their "
		"tables. The file lists all of them: with what was found, or with an empty target and what may be "
		"meant. Users that are disabled, guests or applications are never taken silently.\n\n"
		"A target is an id, or a key or name: of a user the domain name, e-mail or full name. The attribute "
		"default of a table answers for every row that nothing else answers.",
	.examples = examples,
	.nexamples = COUNT_OF(examples),
	.syntax = { .opts = opts,
		    .nopts = COUNT_OF(opts),
		    .operands = operands,
		    .noperands = COUNT_OF(operands) },
	.size = sizeof(struct init_values),
	.run = init_run,
};
