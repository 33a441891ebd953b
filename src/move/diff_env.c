/* SPDX-License-Identifier: MIT */
/*
 * The engine's own reading does the work: a job whose tabs come from the part of the schema that the
 * environment has. Its values are in stored form already, as those of a package are once they were read.
 */
#include "move/diff_env.h"

#include <inttypes.h>

#include "dv/party.h"
#include "move/file_pull.h"
#include "move/journal.h"
#include "move/known_tables.h"
#include "move/pull.h"

#include "base/banned.h"

static bool tell(struct diff_env *v, struct problem p, struct err *e)
{
	struct arena_mark mark = arena_mark(v->d->page);

	p.message = str_fmt(v->d->page, "%s: %.*s", v->from->name, STR_ARG(p.message));
	bool ok = journal_put_problem(v->d->run, &p, e);

	arena_rewind(v->d->page, mark);
	return ok;
}

/* ---- what the environment has of the schema ---- */

static bool tell_lacking(struct diff_env *v, struct str table, struct str column, struct str what,
			 struct err *e)
{
	struct problem p = {
		.severity = SEVERITY_WARNING,
		.table = table,
		.column = column,
		.message = what,
		.remedy = S("install the solution that has it, or take it out of the schema"),
	};

	return tell(v, p, e);
}

static bool keep_fields(struct diff_env *v, const struct table *t, struct schema_entity *en,
			struct err *e)
{
	const struct schema_field *all = en->fields;
	size_t n = en->nfields;

	en->fields = arena_array(v->d->arena, struct schema_field, n);
	en->nfields = 0;
	en->by_name = map_make(v->d->arena);
	for (size_t i = 0; i < n; i++) {
		uint32_t at = (uint32_t)en->nfields;

		if (table_column(t, all[i].name)) {
			en->fields[en->nfields++] = all[i];
			map_put(&en->by_name, all[i].name, &at);
		} else if (!tell_lacking(v, en->name, all[i].name,
					 S("the environment lacks the column"), e)) {
			return false;
		}
	}
	return true;
}

static bool has_relationship(const struct diff_env *v, const struct table *t,
			     const struct schema_relationship *rel)
{
	const struct many_to_many *link = table_link(t, rel->name);

	if (!link || !catalog_find(&v->catalog, link->intersect))
		return false;
	return (str_eq(link->table1, t->name) && str_eq(link->table2, rel->target)) ||
	       (str_eq(link->table2, t->name) && str_eq(link->table1, rel->target));
}

static bool keep_relationships(struct diff_env *v, const struct table *t, struct schema_entity *en,
			       struct err *e)
{
	const struct schema_relationship *all = en->relationships;
	size_t n = en->nrelationships;

	en->relationships = arena_array(v->d->arena, struct schema_relationship, n);
	en->nrelationships = 0;
	for (size_t i = 0; i < n; i++) {
		if (!all[i].many_to_many || has_relationship(v, t, &all[i]))
			en->relationships[en->nrelationships++] = all[i];
		else if (!tell_lacking(v, en->name, S(""),
				       str_fmt(v->d->page,
					       "the environment lacks the relationship %.*s",
					       STR_ARG(all[i].name)),
				       e))
			return false;
	}
	return true;
}

/* tabs_make refuses what is missing: for a comparison that is a difference. */
static bool keep_entities(struct diff_env *v, const struct schema *schema, struct err *e)
{
	struct arena *a = v->d->arena;

	v->schema = *schema;
	v->schema.entities = arena_array(a, struct schema_entity, schema->nentities);
	v->schema.nentities = 0;
	v->schema.by_name = map_make(a);
	for (size_t i = 0; i < schema->nentities; i++) {
		struct schema_entity en = schema->entities[i];
		const struct table *t = catalog_find(&v->catalog, en.name);
		uint32_t at = (uint32_t)v->schema.nentities;

		if (!t) {
			if (!tell_lacking(v, en.name, S(""), S("the environment lacks the table"),
					  e))
				return false;
			continue;
		}
		if (!keep_fields(v, t, &en, e) || !keep_relationships(v, t, &en, e))
			return false;
		if (en.primary_id.n == 0)
			en.primary_id = t->primary_id;
		v->schema.entities[at] = en;
		v->schema.nentities++;
		map_put(&v->schema.by_name, en.name, &at);
	}
	return true;
}

/* ---- how its columns are compared ---- */

/* Why a column of the schema that is there is compared with nothing; an empty message: it is compared. */
static struct problem unread(const struct diff_env *v, const struct tab_column *c)
{
	bool secret = c->rule == COLUMN_RULE_SECRET && !v->d->secrets;
	struct problem p = { .severity = SEVERITY_NOTE, .column = c->name };

	if (secret) {
		p.message = S("a secret, and not compared");
		p.remedy = S("--include-secrets compares it");
	} else if (!c->column->read) {
		p.message = S("the environment does not let this column be read; it is not "
			      "compared");
	} else if (!c->read && !c->party) {
		p.severity = SEVERITY_WARNING;
		p.message = S("columns of this type are not read from environments; it is not "
			      "compared");
	} else if (c->column->type == COLUMN_BIGINT && v->from->against_package) {
		p.message = S("packages leave columns of this type out; it is not compared");
	}
	return p;
}

static bool declare_column(struct diff_env *v, struct diff_table *t, const struct tab_column *c,
			   struct err *e)
{
	struct problem p = unread(v, c);
	uint32_t at;

	if (!diff_column(v->d, t, c->name, &at, e))
		return false;
	struct diff_column *out = &t->columns.p[at];

	out->type[v->side] = cmt_type_of(c->column->type);
	out->column = v->from->against_package ? c->column : NULL;
	if (p.message.n == 0 || str_eq(c->name, t->primary_id))
		return true;
	out->skipped = true;
	p.table = t->name;
	return tell(v, p, e);
}

static bool declare(struct diff_env *v, struct err *e)
{
	struct diff *d = v->d;

	diff_add_schema(d, v->side, &v->schema);
	for (size_t i = 0; i < v->job.tabs.n; i++) {
		const struct tab *t = &v->job.tabs.p[i];
		size_t at;

		if (!diff_table(d, t->entity->name, &at, e))
			return false;
		for (size_t k = 0; k < t->nfields; k++)
			if (!declare_column(v, &d->tables.p[at], &t->columns[k], e))
				return false;
		for (size_t k = 0; k < t->nrelationships; k++) {
			const struct tab_relationship *rel = &t->relationships[k];
			struct str name = rel->relationship->name;

			diff_name_relationship(d, t->entity->name, name, rel->link->intersect);
			diff_name_relationship(d, t->entity->name, name, rel->link->schema_name);
		}
	}
	return true;
}

static bool go_on(struct diff_env *v, const char *stage, struct str table, struct err *e)
{
	const struct progress *p = v->d->progress;

	if (p && p->step)
		p->step(p->context, stage, table, v->rows, 0);
	if (p && p->cancelled && p->cancelled(p->context))
		return err_set(e, ERR_CANCELLED, "cancelled while %s was read", v->from->name);
	return true;
}

static bool open_job(struct diff_env *v, const struct schema *schema, struct err *e)
{
	struct tab_options options = { .secrets = v->d->secrets };
	struct job *j = &v->job;

	if (!go_on(v, "reading the tables", S(""), e) ||
	    !run_create(&v->run, v->d->arena, NULL, e) ||
	    !job_know_tables(j, v->from->metadata_folder, e) || !job_read_tables(j, e) ||
	    !keep_entities(v, schema, e))
		return false;
	j->schema = &v->schema;
	return tabs_make(j->arena, j->run, j->schema, j->catalog, j->knowledge, &options, &j->tabs,
			 e) &&
	       job_keep_tables(j, e) && declare(v, e);
}

bool diff_env_open(struct diff_env *v, struct diff *d, enum diff_side side,
		   const struct diff_environment *from, const struct schema *schema, struct err *e)
{
	assert(d->knowledge);
	*v = (struct diff_env){ .d = d, .side = side, .from = from };
	v->catalog = catalog_make(d->arena);
	v->job = (struct job){
		.arena = d->arena,
		.page = d->page,
		.run = &v->run,
		.service = from->service,
		.reader = { .service = from->service, .run = &v->run, .arena = d->arena },
		.catalog = &v->catalog,
		.knowledge = d->knowledge,
		.schema = schema,
		.progress = d->progress,
	};
	return open_job(v, schema, e) || err_wrap(e, "%s", from->name);
}

void diff_env_close(struct diff_env *v)
{
	run_close(&v->run);
}

/* ---- its rows ---- */

struct copying {
	struct diff_env *v;
	const struct tab *tab;
	struct diff_table *table;
	uint32_t *columns; /* of the tab's fields in the comparison; UINT32_MAX: not compared */
	uint32_t relationship;
};

/* As a package's. */
static struct value parties_of(struct arena *page, const struct tab_column *c,
			       const struct value *list)
{
	VEC(struct str) lines = { 0 };
	struct str rest = list->text;
	struct party p;

	while (party_next(&rest, &p))
		*VEC_PUSH(page, &lines) =
			str_fmt(page, "%" PRId32 "\t%.*s\t%.*s\n", c->party, STR_ARG(p.table),
				STR_ARG(p.id.n > 0 ? p.id : p.address));
	return diff_parties(page, lines.p, lines.n);
}

static bool copy_row(void *context, const struct run_row *row, struct value *values, struct err *e)
{
	const struct copying *c = context;
	struct diff *d = c->v->d;
	struct diff_value *told = arena_array(d->page, struct diff_value, c->tab->nfields);
	size_t n = 0;
	bool fresh, same;

	for (size_t i = 0; i < c->tab->nfields; i++) {
		const struct tab_column *column = &c->tab->columns[i];

		if (c->columns[i] == UINT32_MAX || value_is_empty(&values[i]))
			continue;
		told[n++] = (struct diff_value){
			c->columns[i],
			column->party ? parties_of(d->page, column, &values[i]) : values[i],
		};
	}
	c->v->rows++;
	return go_on(c->v, c->v->side == DIFF_OLD ? "taking the old side" : "taking the new side",
		     c->table->name, e) &&
	       diff_put_row(d, c->v->side, c->table, row->id, told, n, &fresh, &same, e);
}

static bool copy_link(void *context, struct guid source, struct guid target, struct err *e)
{
	const struct copying *c = context;

	return run_put_link(c->v->d->run, (enum side)c->v->side, c->relationship, source, target,
			    e);
}

static bool copy_links(struct copying *c, struct err *e)
{
	for (size_t i = 0; i < c->tab->nrelationships; i++) {
		const struct tab_relationship *rel = &c->tab->relationships[i];
		size_t at;

		if (!diff_relationship(c->v->d, c->tab->entity->name, rel->relationship->name, &at,
				       e))
			return false;
		c->relationship = (uint32_t)at;
		if (!job_each_link(&c->v->job, SIDE_SOURCE, rel->rel, copy_link, c, e))
			return false;
	}
	return true;
}

static bool copy_tab(struct diff_env *v, const struct tab *t, struct err *e)
{
	struct copying c = { .v = v, .tab = t };
	size_t at;

	if (!diff_table(v->d, t->entity->name, &at, e))
		return false;
	c.table = &v->d->tables.p[at];
	c.columns = arena_array(v->d->arena, uint32_t, t->nfields);
	for (size_t i = 0; i < t->nfields; i++) {
		if (!diff_column(v->d, c.table, t->columns[i].name, &c.columns[i], e))
			return false;
		/* every row has its id; the column tells it only again */
		if (c.table->columns.p[c.columns[i]].skipped ||
		    str_eq(t->columns[i].name, c.table->primary_id))
			c.columns[i] = UINT32_MAX;
	}
	v->rows = 0;
	return job_each_values(&v->job, SIDE_SOURCE, t, copy_row, &c, e) && copy_links(&c, e);
}

/* What the engine noted in its own run file. */
static bool take_problems(struct diff_env *v, struct err *e)
{
	DEFER(run_cursor_close) struct run_cursor c = { 0 };

	if (!journal_problems(&v->run, &c, e))
		return false;
	for (;;) {
		struct problem p;
		bool more;

		if (!journal_next_problem(&c, &p, &more, e))
			return false;
		if (!more)
			return true;
		if (!tell(v, p, e))
			return false;
	}
}

bool diff_env_load(struct diff_env *v, struct err *e)
{
	bool ok = pull_entities(&v->job, SIDE_SOURCE, e) && file_pull_source(&v->job, e) &&
		  take_problems(v, e);

	for (size_t i = 0; ok && i < v->job.tabs.n; i++)
		ok = copy_tab(v, &v->job.tabs.p[i], e);
	/* its rows are in the comparison now */
	run_close(&v->run);
	return ok || err_wrap(e, "%s", v->from->name);
}
