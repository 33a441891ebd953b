/* SPDX-License-Identifier: MIT */
/*
 * Walking over a side of the run file. A walk has its own statement, so the run file may be written
 * meanwhile, into other sides.
 */
#include "move/job.h"

#include "base/vec.h"
#include "dv/party.h"
#include "move/cells.h"
#include "move/journal.h"
#include "move/known_tables.h"

#include "base/banned.h"

bool job_know_tables(struct job *j, const char *folder, struct err *e)
{
	return !folder || known_tables_open(&j->reader.known, &j->reader, folder, e);
}

bool job_keep_tables(struct job *j, struct err *e)
{
	struct err why;

	if (!j->reader.known || known_tables_save(j->reader.known, &why))
		return true;
	struct problem p = {
		.severity = SEVERITY_NOTE,
		.message = str_fmt(
			j->arena, "the definitions of tables are read anew next time: %s", why.msg),
	};
	return journal_put_problem(j->run, &p, e);
}

static bool has_parties(const struct schema *s)
{
	for (size_t i = 0; i < s->nentities; i++)
		for (size_t k = 0; k < s->entities[i].nfields; k++)
			if (s->entities[i].fields[k].type == CMT_PARTYLIST)
				return true;
	return false;
}

bool job_read_tables(struct job *j, struct err *e)
{
	VEC(struct str) names = { 0 };

	for (size_t i = 0; i < j->schema->nentities; i++)
		*VEC_PUSH(j->arena, &names) = j->schema->entities[i].name;
	if (has_parties(j->schema))
		*VEC_PUSH(j->arena, &names) = S(PARTY_TABLE);
	if (!read_definitions(&j->reader, j->catalog, names.p, names.n, e))
		return false;
	names.n = 0;
	for (size_t i = 0; i < j->schema->nentities; i++) {
		const struct schema_entity *entity = &j->schema->entities[i];
		const struct table *t = catalog_find(j->catalog, entity->name);
		for (size_t k = 0; t && k < entity->nrelationships; k++) {
			const struct many_to_many *mm =
				table_link(t, entity->relationships[k].name);
			if (!mm)
				continue;
			*VEC_PUSH(j->arena, &names) = mm->intersect;
			*VEC_PUSH(j->arena, &names) = mm->table1;
			*VEC_PUSH(j->arena, &names) = mm->table2;
		}
	}
	return read_definitions(&j->reader, j->catalog, names.p, names.n, e);
}

bool job_each_row(struct job *j, enum side side, const struct tab *t,
		  bool (*each)(void *, const struct run_row *, struct err *), void *context,
		  struct err *e)
{
	struct arena_mark mark = arena_mark(j->page);
	DEFER(run_cursor_close) struct run_cursor c = { 0 };
	bool more;

	if (!run_rows(j->run, side, t->number, &c, e))
		return false;
	for (;;) {
		struct run_row row;
		if (!run_next_row(&c, &row, &more, e))
			return false;
		if (!more)
			return true;
		if (!each(context, &row, e))
			return false;
		arena_rewind(j->page, mark);
	}
}

struct unpacking {
	struct job *j;
	const struct tab *t;
	bool (*each)(void *, const struct run_row *, struct value *, struct err *);
	void *context;
};

static bool unpack(void *context, const struct run_row *row, struct err *e)
{
	struct unpacking *u = context;
	struct value *values = arena_array(u->j->page, struct value, u->t->ncolumns);

	return cells_unpack(row->cells, values, u->t->ncolumns, e) &&
	       u->each(u->context, row, values, e);
}

bool job_each_values(struct job *j, enum side side, const struct tab *t,
		     bool (*each)(void *, const struct run_row *, struct value *, struct err *),
		     void *context, struct err *e)
{
	struct unpacking u = { j, t, each, context };
	return job_each_row(j, side, t, unpack, &u, e);
}

bool job_each_link(struct job *j, enum side side, uint32_t rel,
		   bool (*each)(void *, struct guid, struct guid, struct err *), void *context,
		   struct err *e)
{
	struct arena_mark mark = arena_mark(j->page);
	DEFER(run_cursor_close) struct run_cursor c = { 0 };
	struct guid source, target;
	bool more;

	if (!run_links(j->run, side, rel, &c, e))
		return false;
	for (;;) {
		if (!run_next_link(&c, &source, &target, &more, e))
			return false;
		if (!more)
			return true;
		if (!each(context, source, target, e))
			return false;
		arena_rewind(j->page, mark);
	}
}

struct parting {
	bool (*choose)(void *, const struct run_row *, bool *, struct err *);
	bool (*each)(void *, const struct guid *, size_t, struct err *);
	void *context;
	struct guid *ids; /* JOB_PART of them */
	size_t n;
};

static bool gather(void *context, const struct run_row *row, struct err *e)
{
	struct parting *p = context;
	bool yes = true;

	if (p->choose && !p->choose(p->context, row, &yes, e))
		return false;
	if (yes)
		p->ids[p->n++] = row->id;
	if (p->n < JOB_PART)
		return true;
	p->n = 0;
	return p->each(p->context, p->ids, JOB_PART, e);
}

bool job_each_part(struct job *j, enum side side, const struct tab *t,
		   bool (*choose)(void *, const struct run_row *, bool *, struct err *),
		   bool (*each)(void *, const struct guid *, size_t, struct err *), void *context,
		   struct err *e)
{
	struct arena ids = arena_make(0);
	struct parting p = { .choose = choose,
			     .each = each,
			     .context = context,
			     .ids = arena_array(&ids, struct guid, JOB_PART) };
	bool ok = job_each_row(j, side, t, gather, &p, e) &&
		  (p.n == 0 || each(context, p.ids, p.n, e));

	arena_release(&ids);
	return ok;
}
