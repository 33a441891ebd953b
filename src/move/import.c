/* SPDX-License-Identifier: MIT */
/*
 * A whole import. The stages run in one direction: package -> source side -> mapped -> wanted side ->
 * changes -> waves -> service -> after side. Nothing is written before the last conflict is known.
 */
#include "move/import.h"

#include "dv/package.h"
#include "dv/references.h"
#include "move/choices.h"
#include "move/compare.h"
#include "move/journal.h"
#include "move/load.h"
#include "move/map_rows.h"
#include "move/match.h"
#include "move/order.h"
#include "move/origin.h"
#include "move/outside.h"
#include "move/prune.h"
#include "move/owner.h"
#include "move/refer.h"
#include "move/restore.h"
#include "move/rewrite.h"
#include "move/stale.h"
#include "move/unresolved.h"
#include "move/write.h"

#include "base/banned.h"

struct importing {
	struct job *job;
	const struct import_options *options;
	struct import_result *out;
	bool loaded;  /* the tabs stand: rows can be counted */
	bool planned; /* the changes stand: they can be resumed */
};

static bool stage(struct importing *im, const char *name, struct err *e)
{
	const struct progress *p = im->job->progress;

	if (p && p->step)
		p->step(p->context, name, S(""), 0, 0);
	if (p && p->cancelled && p->cancelled(p->context))
		return err_set(e, ERR_CANCELLED, "cancelled before anything was written");
	return true;
}

/* What a package of ferry's tells about rows outside it. */
static bool load_references(struct importing *im, struct package *package, struct err *e)
{
	struct source *in;

	if (!package_extra(package, S(REFERENCES_ENTRY), &in, e))
		return false;
	return !in || refer_load(im->job, in, REFERENCES_ENTRY, e) ||
	       err_wrap(e, "%s", im->options->package);
}

static bool load(struct importing *im, struct package *package, struct err *e)
{
	struct job *j = im->job;
	struct tab_options options = { .secrets = j->decisions.secrets,
				       .skip_missing = j->decisions.skip_missing,
				       .owner = j->decisions.owner.n > 0 };

	j->schema = package_schema(package);
	if (!stage(im, "reading the target's tables", e) ||
	    !job_know_tables(j, im->options->metadata_folder, e) || !job_read_tables(j, e))
		return false;
	if (!tabs_make(j->arena, j->run, j->schema, j->catalog, j->knowledge, &options, &j->tabs,
		       e))
		return false;
	im->loaded = true;
	origin_apply(j);
	return stage(im, "reading the package", e) && load_package(j, package, e) &&
	       load_references(im, package, e);
}

/* What the source itself tells about rows that the package points to. */
static bool ask_source(struct importing *im, struct err *e)
{
	struct job from = *im->job;
	struct catalog catalog = catalog_make(from.arena);

	if (!im->options->source)
		return true;
	from.service = im->options->source;
	from.reader = (struct reader){ .service = im->options->source,
				       .run = from.run,
				       .arena = from.arena };
	from.catalog = &catalog;
	return stage(im, "asking the source", e) && refer_ask(&from, e);
}

/* Whose rows stand for those that the package points to. */
static bool resolve(struct importing *im, uint64_t *wrong, struct err *e)
{
	struct job *j = im->job;

	return stage(im, "resolving references", e) && unresolved_check(j, e) && owner_find(j, e) &&
	       outside_collect(j, e) && ask_source(im, e) && map_rows(j, wrong, e) &&
	       outside_resolve(j, e);
}

/* Everything up to the changes. What is open or contradictory stops here, all of it listed. */
static bool decide(struct importing *im, struct err *e)
{
	struct job *j = im->job;
	uint64_t wrong, conflicts, unresolved;

	if (!resolve(im, &wrong, e) || !stage(im, "matching", e) || !match_rows(j, &conflicts, e) ||
	    !stage(im, "rewriting", e) || !rewrite_all(j, &unresolved, e))
		return false;
	conflicts += wrong;
	if (im->options->decided &&
	    !im->options->decided(im->options->context, j, conflicts + unresolved, e))
		return false;
	if (conflicts + unresolved == 0)
		return true;
	return err_set(e, ERR_CONFLICT,
		       "nothing was written: %llu conflicts, %llu unresolved references",
		       (unsigned long long)conflicts, (unsigned long long)unresolved);
}

/* The run's head, if whoever made the run file has begun one. */
static bool read_head(struct job *j, struct err *e)
{
	struct str phase;
	bool begun;

	if (!run_get_header(j->run, j->page, S("phase"), &phase, &begun, e))
		return false;
	return !begun || run_read_head(j->run, j->arena, &j->head, e);
}

static bool plan(struct importing *im, struct package *package, struct err *e)
{
	struct job *j = im->job;
	uint32_t waves;

	if (!read_identity(&j->reader, &j->head.target_organization, &j->user, e))
		return false;
	j->head.target_user = j->user;
	im->out->target = j->head.target_organization;
	if (!origin_load(j, package, im->options->package, e) || !load(im, package, e) ||
	    !decide(im, e) || !stage(im, "comparing", e) || !compare_all(j, e) ||
	    !prune_plan(j, e) || !order_changes(j, &waves, e) ||
	    (im->options->dry_run && !choices_read(j, e)) ||
	    !write_planned(j, waves, im->options->dry_run, e))
		return false;
	im->planned = true;
	return true;
}

static bool has_changes(struct job *j, bool *any, struct err *e)
{
	uint64_t planned = 0;

	for (int kind = 0; kind < CHANGE_KINDS; kind++) {
		for (int state = CHANGE_PLANNED; state <= CHANGE_SENT; state++) {
			uint64_t n;
			if (!journal_count(j->run, (enum change_kind)kind, (enum change_state)state,
					   &n, e))
				return false;
			planned += n;
		}
	}
	*any = planned > 0;
	return true;
}

static bool run_stages(struct importing *im, struct err *e)
{
	struct job *j = im->job;
	DEFER(package_close) struct package *package = NULL;
	bool any;

	if (!read_head(j, e) || !package_open(&package, j->arena, im->options->package, e) ||
	    !plan(im, package, e) || !has_changes(j, &any, e))
		return false;
	/* The target was read completely a moment ago and equals what is wanted. */
	im->out->verified = !any && !im->options->dry_run;
	return im->options->dry_run || write_changes(j, &im->out->verified, e);
}

/* Rows without an outcome were not written: they count as skipped, so that the numbers add up. */
static void fill(struct import_table *t, struct str name, uint64_t read, const uint64_t *counts)
{
	uint64_t told = 0;

	t->name = name;
	t->read = read;
	for (size_t i = 0; i < OUTCOMES; i++) {
		t->counts[i] = counts[i];
		told += counts[i];
	}
	t->counts[OUTCOME_SKIPPED] += read > told ? read - told : 0;
}

/* Done; of a run that was only planned, meant. */
static bool count_changes(struct job *j, enum change_kind kind, uint32_t tab, uint64_t *n,
			  struct err *e)
{
	enum change_state state = j->run->writing ? CHANGE_DONE : CHANGE_PLANNED;

	return journal_count_tab(j->run, kind, tab, state, n, e);
}

static bool count_relationships(struct job *j, const struct tab *t, struct import_result *out,
				struct err *e)
{
	uint64_t counts[OUTCOMES], pairs;

	for (size_t k = 0; k < t->nrelationships; k++) {
		const struct tab_relationship *rel = &t->relationships[k];
		struct import_table *row = &out->relationships[out->nrelationships++];

		if (!journal_count_link_outcomes(j->run, rel->rel, counts, e) ||
		    !run_count_links(j->run, SIDE_SOURCE, rel->rel, &pairs, e) ||
		    !count_changes(j, CHANGE_UNLINK, rel->rel, &row->unlinked, e))
			return false;
		fill(row, rel->relationship->name, pairs, counts);
	}
	return true;
}

static bool count_tables(struct job *j, struct import_result *out, struct err *e)
{
	uint64_t counts[OUTCOMES];

	out->tables = arena_array(j->arena, struct import_table, j->tabs.n);
	out->relationships = arena_array(j->arena, struct import_table, j->tabs.nrelationships);
	out->ntables = out->nrelationships = 0;
	for (size_t i = 0; i < j->tabs.n; i++) {
		const struct tab *t = &j->tabs.p[i];
		struct import_table *row = &out->tables[out->ntables++];

		if (!journal_count_outcomes(j->run, t->number, counts, e) ||
		    !count_relationships(j, t, out, e) ||
		    !count_changes(j, CHANGE_DELETE, t->number, &row->deleted, e) ||
		    !count_changes(j, CHANGE_DEACTIVATE, t->number, &row->deactivated, e))
			return false;
		fill(row, t->table->name, t->read, counts);
	}
	return true;
}

static bool lost_nothing(const struct import_table *tables, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (tables[i].counts[OUTCOME_FAILED] + tables[i].counts[OUTCOME_SKIPPED] > 0)
			return false;
	return true;
}

bool import_count(struct job *j, struct import_result *out, struct err *e)
{
	uint64_t errors = 0;

	out->target = j->head.target_organization;
	if (!count_tables(j, out, e) || !journal_count_problems(j->run, SEVERITY_ERROR, &errors, e))
		return false;
	out->complete = errors == 0 && lost_nothing(out->tables, out->ntables) &&
			lost_nothing(out->relationships, out->nrelationships);
	out->verified = out->verified && out->complete;
	return true;
}

/*
 * Counts what there is, also after a stop: then what was not written is skipped. That is only counted: who takes the run up
 * again does not find it.
 */
static bool finish(struct importing *im, bool stopped, struct err *e)
{
	struct job *j = im->job;

	if (!im->loaded)
		return true;
	if (!job_keep_tables(j, e) || !run_commit(j->run, e))
		return false;
	if (stopped) {
		j->run->writing = true;
		if (!journal_skip_unwritten(j->run, e))
			return false;
	}
	if (!import_count(j, im->out, e))
		return false;
	im->out->complete = im->out->complete && !stopped;
	return true;
}

bool import_run(struct arena *a, struct run *r, struct service *to, const struct knowledge *k,
		const struct import_options *o, const struct progress *progress,
		struct import_result *out, struct err *e)
{
	DEFER(arena_release) struct arena page = arena_make(0);
	struct catalog catalog = catalog_make(a);
	struct job job = { .arena = a,
			   .page = &page,
			   .run = r,
			   .service = to,
			   .reader = { .service = to, .run = r, .arena = a },
			   .catalog = &catalog,
			   .knowledge = k,
			   .progress = progress,
			   .decisions = o->decisions,
			   .execution = o->execution };
	struct importing im = { .job = &job, .options = o, .out = out };
	struct err later;

	*out = (struct import_result){ 0 };
	bool ok = run_stages(&im, e);
	if (!finish(&im, !ok, ok ? e : &later))
		ok = false;
	return ok;
}

static bool check_target(struct job *j, struct err *e)
{
	char planned[GUID_TEXT_SIZE], is[GUID_TEXT_SIZE];
	struct guid organization;

	if (!read_identity(&j->reader, &organization, &j->user, e))
		return false;
	if (guid_eq(organization, j->head.target_organization))
		return true;
	return err_set(
		e, ERR_USAGE,
		"%s is organization %.*s, but the run was planned for %.*s (%.*s): nothing was written",
		j->service->label, STR_ARG(guid_format(organization, is)),
		STR_ARG(guid_format(j->head.target_organization, planned)),
		STR_ARG(j->head.target));
}

bool import_may_write(const struct run_head *h, const char *path, bool apply, struct err *e)
{
	switch (h->phase) {
	case RUN_BEGUN:
		return err_set(e, ERR_USAGE, "%s: the run was never planned", path);
	case RUN_PLANNED:
		return !apply || h->seal.n > 0 ||
		       err_set(e, ERR_USAGE, "%s: is no plan; \"ferry resume\" goes on with it",
			       path);
	case RUN_WRITING:
	case RUN_STOPPED:
		return !apply ||
		       err_set(e, ERR_USAGE,
			       "%s: was begun to be written already; \"ferry resume\" goes on with it",
			       path);
	case RUN_DONE:
		return err_set(e, ERR_USAGE, "%s: is done: there is nothing left to write", path);
	}
	return true;
}

static bool check_stale(struct job *j, struct err *e)
{
	uint64_t stale = 0;

	/* what an apply before this one found */
	if (!journal_resume(j->run, j->head.changes, e) || !stale_check(j, &stale, e))
		return false;
	return stale == 0 ||
	       err_set(e, ERR_STALE,
		       "nothing was written: %llu rows have changed since the run was planned; plan it again",
		       (unsigned long long)stale);
}

static bool go_on(struct importing *im, bool apply, struct err *e)
{
	struct job *j = im->job;

	/* nothing that the seal does not vouch for is looked at */
	if (!run_read_head(j->run, j->arena, &j->head, e) ||
	    !import_may_write(&j->head, j->run->path, apply, e) ||
	    !run_check_seal(j->run, &j->head, e) || !job_restore(j, e))
		return false;
	im->loaded = true;
	im->out->target = j->head.target_organization;
	/* what is noted from here on is forgotten when the run is taken up again */
	j->run->writing = true;
	return check_target(j, e) && (!apply || check_stale(j, e)) &&
	       write_changes(j, &im->out->verified, e);
}

bool import_write(struct arena *a, struct run *r, const struct import_writing *w,
		  struct import_result *out, struct err *e)
{
	DEFER(arena_release) struct arena page = arena_make(0);
	struct job job = { .arena = a,
			   .page = &page,
			   .run = r,
			   .service = w->to,
			   .reader = { .service = w->to, .run = r, .arena = a },
			   .progress = w->progress,
			   .execution = *w->execution };
	struct importing im = { .job = &job, .out = out };
	struct err later;

	*out = (struct import_result){ 0 };
	bool ok = go_on(&im, w->apply, e);
	if (!finish(&im, !ok, ok ? e : &later))
		ok = false;
	return ok;
}
