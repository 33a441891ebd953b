/* SPDX-License-Identifier: MIT */
/*
 * An import that ends before anything is compared.
 */
#include "cli/map_work.h"

#include "cli/kept.h"

#include "base/banned.h"

static bool decided(void *context, struct job *j, uint64_t open, struct err *e)
{
	struct map_work *w = context;

	if (!w->look(w->context, j, open, e))
		return false;
	w->looked = true;
	return err_set(e, ERR_CONFLICT, "only looked at");
}

static bool open_all(struct map_work *w, struct err *e)
{
	struct program *p = w->p;

	if (!env_parse(&w->to, p, "--to", w->reference, w->remote, e))
		return false;
	w->to.options.overwrite = w->to.options.overwrite || w->overwrite;
	if (w->source_reference) {
		/* one recording cannot hold two conversations */
		struct env_options options = *w->remote;

		options.record = NULL;
		if (!env_parse(&w->source, p, "--from", w->source_reference, &options, e) ||
		    !env_open(&w->source, p, false, e))
			return false;
	}
	return env_open(&w->to, p, false, e) && run_create(&w->run, p->arena, NULL, e);
}

bool map_work_run(struct map_work *w, struct err *e)
{
	struct program *p = w->p;
	struct progress progress = ui_progress(p->ui);
	struct import_result result;
	struct knowledge knowledge;

	if (!knowledge_builtin(p->arena, &knowledge, e) || !open_all(w, e))
		return false;

	struct import_options options = {
		.package = w->package,
		.metadata_folder = kept_metadata_folder(p->arena, &w->to, p->environment),
		.dry_run = true,
		.decisions = { .map = w->map, .same_environment = true, .skip_missing = true },
		.source = w->source_reference ? w->source.service : NULL,
		.decided = decided,
		.context = w,
	};
	struct err why;

	if (!import_run(p->arena, &w->run, w->to.service, &knowledge, &options, &progress, &result,
			&why) &&
	    !w->looked) {
		*e = why;
		return false;
	}
	ui_clear(p->ui);
	return env_finish(&w->to, e) && (!w->source_reference || env_finish(&w->source, e));
}

void map_work_close(struct map_work *w)
{
	run_close(&w->run);
	env_close(&w->source);
	env_close(&w->to);
}
