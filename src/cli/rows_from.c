/* SPDX-License-Identifier: MIT */
/*
 * A schema read from an environment becomes a package in a folder of its own, with all that ferry's packages tell.
 */
#include "cli/rows_from.h"

#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "move/export.h"
#include "cli/kept.h"

#include "base/banned.h"

static bool ends_in_xml(const char *path)
{
	return str_ends(str_from(path), S(".xml")) && !file_is_directory(path);
}

/* A package is something on the disk; an environment is not. */
static bool is_package(const char *word)
{
	return strncmp(word, "local:", strlen("local:")) != 0 && file_exists(word);
}

static bool is_variable(const struct program *p, const char *from)
{
	const char *variable = p->environment("FERRY_FROM");

	return from && variable && strcmp(from, variable) == 0;
}

static bool export_rows(struct rows_from *o, struct program *p, const char *schema,
			struct env *from, const struct decide_values *decide, struct err *e)
{
	DEFER(run_close) struct run run = { 0 };
	struct knowledge knowledge;
	struct export_result result = { 0 };
	struct progress progress = ui_progress(p->ui);
	struct export_options options = {
		.schema = schema,
		.out = o->package,
		.secrets = decide->secrets,
		.skip_missing = decide->skip_missing,
		.metadata_folder = kept_metadata_folder(p->arena, from, p->environment),
		.now = datetime_now(),
	};

	return knowledge_builtin(p->arena, &knowledge, e) && env_open(from, p, false, e) &&
	       run_create(&run, p->arena, NULL, e) &&
	       export_run(p->arena, &run, from->service, &knowledge, &options, &progress, &result,
			  e) &&
	       env_finish(from, e);
}

static bool make_folder(struct rows_from *o, struct program *p, struct err *e)
{
	const char *root = p->environment("TMPDIR");
	char *path = (char *)(uintptr_t)str_fmt(p->arena, "%s/ferry.XXXXXX",
						root && *root ? root : "/tmp")
			     .p;

	if (!mkdtemp(path))
		return err_set(
			e, ERR_USAGE,
			"%s: no folder can be made here for the rows that are read; TMPDIR says where else",
			path);
	o->folder = path;
	o->package = str_fmt(p->arena, "%s/package.zip", path).p;
	return true;
}

/* What the words mean that are wrong together. */
static bool check_words(const char *what, const char *from, struct err *e)
{
	if (!what && !from)
		return err_set(e, ERR_USAGE,
			       "WHAT is missing: a package, or a schema with --from ENV");
	if (!what && !is_package(from))
		return err_set(
			e, ERR_USAGE,
			"%s is an environment: WHAT has to say which rows of it, as a schema",
			from);
	if (what && !from && ends_in_xml(what))
		return err_set(e, ERR_USAGE,
			       "%s is a schema: --from ENV has to say where its rows are", what);
	if (what && from && !ends_in_xml(what))
		return err_set(e, ERR_USAGE, "%s: with --from, WHAT is a schema (.xml)", what);
	if (what && from && is_package(from))
		return err_set(e, ERR_USAGE,
			       "%s is a package and has a schema of its own: leave %s out", from,
			       what);
	return true;
}

bool rows_from_open(struct rows_from *o, struct program *p, const char *what, const char *from,
		    const struct decide_values *decide, const struct env_options *remote,
		    struct err *e)
{
	DEFER(env_close) struct env env = { 0 };
	struct env_options options = *remote;

	/* a variable that is there for other commands says nothing against a package */
	if (what && !ends_in_xml(what) && is_variable(p, from))
		from = NULL;
	if (!check_words(what, from, e))
		return false;
	if (!what || !from) {
		o->package = o->name = what ? what : from;
		return true;
	}
	/* the options about requests are those of the target */
	options.record = NULL;
	options.confirm = NULL;
	o->name = from;
	return env_parse(&env, p, "--from", from, &options, e) && make_folder(o, p, e) &&
	       export_rows(o, p, what, &env, decide, e);
}

void rows_from_close(struct rows_from *o)
{
	struct err e;

	if (o->folder)
		(void)!file_remove(o->folder, &e);
}
