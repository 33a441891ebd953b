/* SPDX-License-Identifier: MIT */
/*
 * Reading definitions is the engine's; here it gets a run of its own.
 */
#include "cli/look.h"

#include "base/banned.h"

bool look_open(struct look *l, struct program *p, struct err *e)
{
	if (!env_open(&l->env, p, false, e) || !run_create(&l->run, p->arena, NULL, e))
		return false;
	l->reader = (struct reader){ .service = l->env.service, .run = &l->run, .arena = p->arena };
	l->catalog = catalog_make(p->arena);
	return true;
}

bool look_tables(struct look *l, const struct str *names, size_t n, struct err *e)
{
	return read_definitions(&l->reader, &l->catalog, names, n, e);
}

bool look_finish(struct look *l, struct err *e)
{
	return env_finish(&l->env, e);
}

void look_close(struct look *l)
{
	run_close(&l->run);
	env_close(&l->env);
}
