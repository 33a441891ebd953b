/* SPDX-License-Identifier: MIT */
/*
 * A whole export. The run file stands between reading and writing: it sorts, it takes rows that come twice
 * once, and nothing is written before everything was read.
 */
#include "move/export.h"

#include "dv/schema.h"
#include "move/file_pull.h"
#include "move/journal.h"
#include "move/job.h"
#include "move/pull.h"
#include "move/save.h"

#include "base/banned.h"

static bool stage(struct job *j, const char *name, struct err *e)
{
	const struct progress *p = j->progress;

	if (p && p->step)
		p->step(p->context, name, S(""), 0, 0);
	if (p && p->cancelled && p->cancelled(p->context))
		return err_set(e, ERR_CANCELLED, "cancelled; no package was written");
	return true;
}

/* Columns of the schema that are not read: the package will not have them, and somebody should know. */
static bool tell_unread(struct job *j, const struct tab *t, struct err *e)
{
	for (size_t i = 0; i < t->nfields; i++) {
		const struct tab_column *c = &t->columns[i];
		if (!c->column) /* told already */
			continue;
		bool secret = c->rule == COLUMN_RULE_SECRET && c->column->read;
		if (c->read || c->party || c->column->type == COLUMN_VIRTUAL)
			continue;
		struct problem p = {
			.severity = secret ? SEVERITY_NOTE : SEVERITY_WARNING,
			.table = t->entity->name,
			.column = c->name,
			.message = secret ? S("a secret, and not exported")
				   : c->column->read
					   ? S("columns of this type are not exported yet")
					   : S("the environment does not let this column be read"),
			.remedy = secret ? S("--include-secrets exports it") : S(""),
		};
		if (!journal_put_problem(j->run, &p, e))
			return false;
	}
	return true;
}

static bool pull_all(struct job *j, struct err *e)
{
	for (size_t i = 0; i < j->tabs.n; i++)
		if (!tell_unread(j, &j->tabs.p[i], e))
			return false;
	return pull_entities(j, SIDE_SOURCE, e) && file_pull_source(j, e);
}

static bool count(struct arena *a, struct job *j, struct export_result *out, struct err *e)
{
	struct export_result r = { .ntables = j->tabs.n, .nrelationships = j->tabs.nrelationships };

	r.tables = arena_array(a, struct export_table, r.ntables);
	r.relationships = arena_array(a, struct export_table, r.nrelationships);
	for (size_t i = 0; i < j->tabs.n; i++) {
		const struct tab *t = &j->tabs.p[i];
		r.tables[i].name = t->entity->name;
		if (!run_count_rows(j->run, SIDE_SOURCE, t->number, &r.tables[i].rows, e))
			return false;
		for (size_t k = 0; k < t->nrelationships; k++) {
			struct export_table *rel = &r.relationships[t->relationships[k].rel];
			rel->name = t->relationships[k].relationship->name;
			if (!run_count_links(j->run, SIDE_SOURCE, t->relationships[k].rel,
					     &rel->rows, e))
				return false;
		}
	}
	*out = r;
	return true;
}

bool export_run(struct arena *a, struct run *r, struct service *from, const struct knowledge *k,
		const struct export_options *o, const struct progress *progress,
		struct export_result *out, struct err *e)
{
	DEFER(arena_release) struct arena page = arena_make(0);
	struct catalog catalog = catalog_make(a);
	struct schema schema;
	struct job j = { .arena = a,
			 .page = &page,
			 .run = r,
			 .service = from,
			 .reader = { .service = from, .run = r, .arena = a },
			 .catalog = &catalog,
			 .knowledge = k,
			 .schema = &schema,
			 .progress = progress };
	struct tab_options options = { .secrets = o->secrets, .skip_missing = o->skip_missing };

	if (!schema_read_file(a, o->schema, &schema, e) ||
	    (!o->plain && !read_identity(&j.reader, &j.head.source_organization, &j.user, e)))
		return false;
	return stage(&j, "reading the tables", e) && job_know_tables(&j, o->metadata_folder, e) &&
	       job_read_tables(&j, e) &&
	       tabs_make(a, r, &schema, &catalog, k, &options, &j.tabs, e) &&
	       stage(&j, "reading rows", e) && pull_all(&j, e) &&
	       stage(&j, "writing the package", e) &&
	       save_package(&j, o->out, o->plain, o->now, e) && count(a, &j, out, e) &&
	       job_keep_tables(&j, e) && run_commit(r, e);
}
