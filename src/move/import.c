/* SPDX-License-Identifier: MIT */
/*
 * A whole import. The stages run in one direction: package -> source side -> mapped -> wanted side ->
 * changes -> waves -> service -> after side. Nothing is written before the last conflict is known.
 */
#include "move/import.h"

#include "dv/package.h"
#include "dv/references.h"
#include "move/compare.h"
#include "move/journal.h"
#include "move/load.h"
#include "move/match.h"
#include "move/order.h"
#include "move/outside.h"
#include "move/push.h"
#include "move/refer.h"
#include "move/rewrite.h"
#include "move/verify.h"

#include "base/banned.h"

struct importing {
	struct job job;
	const struct import_options *options;
	struct catalog catalog;
	struct import_result *out;
	bool loaded; /* the tabs stand: rows can be counted */
	bool pushed; /* changes were sent */
};

static bool stage(struct importing *im, const char *name, struct err *e)
{
	const struct progress *p = im->job.progress;

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
	return !in || refer_load(&im->job, in, REFERENCES_ENTRY, e) ||
	       err_wrap(e, "%s", im->options->package);
}

static bool load(struct importing *im, struct package *package, struct err *e)
{
	struct job *j = &im->job;
	struct tab_options options = { .secrets = im->options->secrets,
				       .skip_missing = im->options->skip_missing };

	j->schema = package_schema(package);
	if (!stage(im, "reading the target's tables", e) ||
	    !job_know_tables(j, im->options->metadata_folder, e) || !job_read_tables(j, e))
		return false;
	if (!tabs_make(j->arena, j->run, j->schema, j->catalog, j->knowledge, &options, &j->tabs,
		       e))
		return false;
	im->loaded = true;
	return stage(im, "reading the package", e) && load_package(j, package, e) &&
	       load_references(im, package, e);
}

/* Everything up to the changes. What is open or contradictory stops here, all of it listed. */
static bool decide(struct importing *im, struct err *e)
{
	struct job *j = &im->job;
	uint64_t ambiguous, conflicts, unresolved;

	if (!stage(im, "resolving references", e) || !outside_resolve(j, &ambiguous, e) ||
	    !stage(im, "matching", e) || !match_rows(j, &conflicts, e) ||
	    !stage(im, "rewriting", e) || !rewrite_all(j, &unresolved, e))
		return false;
	conflicts += ambiguous;
	if (conflicts + unresolved == 0)
		return true;
	return err_set(e, ERR_CONFLICT,
		       "nothing was written: %llu conflicts, %llu unresolved references",
		       (unsigned long long)conflicts, (unsigned long long)unresolved);
}

static bool write(struct importing *im, uint32_t waves, struct err *e)
{
	struct job *j = &im->job;
	uint64_t planned = 0;

	for (int kind = CHANGE_CREATE; kind <= CHANGE_STATE; kind++) {
		uint64_t n;
		if (!journal_count(j->run, (enum change_kind)kind, CHANGE_PLANNED, &n, e))
			return false;
		planned += n;
	}
	/* The target was read completely a moment ago and equals what is wanted. */
	im->out->verified = planned == 0;
	if (planned == 0)
		return true;
	if (!stage(im, "writing", e))
		return false;
	im->pushed = true;
	return push_waves(j, 1, waves, e) && stage(im, "verifying", e) &&
	       verify_written(j, waves, &im->out->verified, e);
}

static bool run_stages(struct importing *im, struct err *e)
{
	struct job *j = &im->job;
	DEFER(package_close) struct package *package = NULL;
	uint32_t waves;

	if (!package_open(&package, j->arena, im->options->package, e) ||
	    !read_identity(&j->reader, &im->out->target, &j->user, e) || !load(im, package, e) ||
	    !decide(im, e) || !stage(im, "comparing", e) || !compare_all(j, e) ||
	    !order_changes(j, &waves, e))
		return false;
	return im->options->dry_run || write(im, waves, e);
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

static bool count_relationships(struct importing *im, const struct tab *t, struct err *e)
{
	uint64_t counts[OUTCOMES], pairs;

	for (size_t k = 0; k < t->nrelationships; k++) {
		const struct tab_relationship *rel = &t->relationships[k];
		if (!journal_count_link_outcomes(im->job.run, rel->rel, counts, e) ||
		    !run_count_links(im->job.run, SIDE_SOURCE, rel->rel, &pairs, e))
			return false;
		fill(&im->out->relationships[im->out->nrelationships++], rel->relationship->name,
		     pairs, counts);
	}
	return true;
}

static bool count(struct importing *im, struct err *e)
{
	struct job *j = &im->job;
	uint64_t counts[OUTCOMES];

	im->out->tables = arena_array(j->arena, struct import_table, j->tabs.n);
	im->out->relationships = arena_array(j->arena, struct import_table, j->tabs.nrelationships);
	for (size_t i = 0; i < j->tabs.n; i++) {
		const struct tab *t = &j->tabs.p[i];
		if (!journal_count_outcomes(j->run, t->number, counts, e) ||
		    !count_relationships(im, t, e))
			return false;
		fill(&im->out->tables[im->out->ntables++], t->table->name, t->read, counts);
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

/* Counts what there is, also after a stop: then what was not written is skipped. */
static bool finish(struct importing *im, bool stopped, struct err *e)
{
	struct import_result *out = im->out;
	uint64_t errors = 0;

	if (!im->loaded)
		return true;
	if (stopped && !journal_skip_unwritten(im->job.run, e))
		return false;
	if (!count(im, e) || !journal_count_problems(im->job.run, SEVERITY_ERROR, &errors, e))
		return false;
	out->complete = !stopped && errors == 0 && lost_nothing(out->tables, out->ntables) &&
			lost_nothing(out->relationships, out->nrelationships);
	out->verified = out->verified && out->complete;
	return job_keep_tables(&im->job, e) && run_commit(im->job.run, e);
}

bool import_run(struct arena *a, struct run *r, struct service *to, const struct knowledge *k,
		const struct import_options *o, const struct progress *progress,
		struct import_result *out, struct err *e)
{
	DEFER(arena_release) struct arena page = arena_make(0);
	struct importing im = { .options = o, .catalog = catalog_make(a), .out = out };
	struct err later;

	im.job = (struct job){ .arena = a,
			       .page = &page,
			       .run = r,
			       .service = to,
			       .reader = { .service = to, .run = r, .arena = a },
			       .catalog = &im.catalog,
			       .knowledge = k,
			       .progress = progress,
			       .batch_size = o->batch_size,
			       .seed = o->seed,
			       .bypass = o->bypass,
			       .settle_ms = o->settle_ms };
	*out = (struct import_result){ 0 };
	bool ok = run_stages(&im, e);
	if (!finish(&im, !ok, ok ? e : &later))
		ok = false;
	return ok;
}
