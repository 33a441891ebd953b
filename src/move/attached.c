/* SPDX-License-Identifier: MIT */
/*
 * Asking all lookups that lead to a table for the rows at once, as many questions on their way as the service takes. One that is
 * refused is left out from then on, and the others are asked again.
 */
#include "move/attached.h"

#include "base/vec.h"
#include "dv/service_code.h"
#include "move/pointers.h"

#include "base/banned.h"

/* The pointers to one table. */
struct target {
	struct str name;
	struct pointer *pointers;
	size_t n;
};

struct attached {
	VEC(struct target) targets;
	VEC(struct attached_unread) unread;
	struct job *j;
};

/* One pointer while it is asked. */
struct question {
	const struct target *target;
	struct pointer *pointer;
	const struct column *columns[4];
	size_t n;
	bool (*each)(void *context, const struct attached_row *row, struct err *e);
	void *context;
};

struct attached *attached_make(struct job *j)
{
	struct attached *a = arena_new(j->arena, struct attached);

	*a = (struct attached){ .j = j };
	return a;
}

static bool find_target(struct attached *a, struct str table, struct target **out, struct err *e)
{
	struct target t = { .name = str_dup(a->j->arena, table) };

	for (size_t i = 0; i < a->targets.n; i++) {
		if (!str_eq(a->targets.p[i].name, table))
			continue;
		*out = &a->targets.p[i];
		return true;
	}
	if (!pointers_to(&a->j->reader, a->j->arena, t.name, &t.pointers, &t.n, e))
		return false;
	*VEC_PUSH(a->j->arena, &a->targets) = t;
	*out = &a->targets.p[a->targets.n - 1];
	return true;
}

/* Lookup first, then the other end; else when and by whom the row was created. */
static bool take(void *context, const struct read_row *row, struct err *e)
{
	const struct question *q = context;
	const struct pointer *p = q->pointer;
	struct attached_row out = { .table = p->other ? p->other_table : p->table->name,
				    .column = p->other ? p->relationship : p->lookup->name,
				    .pair = p->other != NULL,
				    .id = row->id,
				    .version = row->version,
				    .on_delete = p->on_delete };

	/* a lookup to several tables may hold another table's row */
	if (row->values[0].table.n > 0 && !p->other &&
	    !str_eq(row->values[0].table, q->target->name))
		return true;
	if (!guid_parse(row->values[0].text, &out.pointed) ||
	    (p->other && !guid_parse(row->values[1].text, &out.id)))
		return true;
	for (size_t i = 1; i < q->n; i++) {
		if (q->columns[i] == p->created_on)
			out.created = row->values[i].text;
		if (q->columns[i] == p->created_by)
			(void)!guid_parse(row->values[i].text, &out.creator);
	}
	return q->each(q->context, &out, e);
}

static void add_columns(struct question *q)
{
	const struct pointer *p = q->pointer;

	q->columns[q->n++] = p->lookup;
	if (p->other)
		q->columns[q->n++] = p->other;
	if (p->created_on && p->created_on != p->lookup)
		q->columns[q->n++] = p->created_on;
	if (p->created_by && p->created_by != p->lookup)
		q->columns[q->n++] = p->created_by;
}

/* Whether a refusal is about this one question. */
static bool is_about_table(const struct err *why)
{
	switch (why->code) {
	case 0:
	case SERVICE_CODE_WORK:
	case SERVICE_CODE_REQUESTS:
	case SERVICE_CODE_CONCURRENT:
		return false;
	default:
		return why->kind == ERR_INPUT || why->kind == ERR_AUTH || why->kind == ERR_NETWORK;
	}
}

static void note_unread(struct attached *a, struct question *q, const struct err *why)
{
	struct str table = q->pointer->table->name;

	q->pointer->unread = true;
	for (size_t i = 0; i < a->unread.n; i++)
		if (str_eq(a->unread.p[i].table, table))
			return;
	*VEC_PUSH(a->j->arena, &a->unread) =
		(struct attached_unread){ .table = table,
					  .hidden = why->kind == ERR_AUTH,
					  .why = str_dup(a->j->arena, str_from(why->msg)) };
}

/* The questions about at most READ_IDS rows. *again: one was refused, the others may not have been answered. */
static bool ask(struct attached *a, struct question *questions, size_t n, const struct guid *ids,
		size_t nids, bool *again, struct err *e)
{
	DEFER(arena_release) struct arena scratch = arena_make(0);
	struct read_query *queries = arena_array(&scratch, struct read_query, n);
	struct question **of = arena_array(&scratch, struct question *, n);
	const struct read_query *failed = NULL;
	size_t asked = 0;

	for (size_t i = 0; i < n; i++) {
		struct question *q = &questions[i];
		struct read_query query = { .table = q->pointer->table,
					    .columns = q->columns,
					    .n = q->n,
					    .row = take,
					    .context = q };

		if (q->pointer->unread)
			continue;
		read_id_queries(&scratch, &query, q->pointer->lookup->name, ids, nids,
				&queries[asked]);
		of[asked++] = q;
	}
	*again = false;
	if (asked == 0 || read_many(&a->j->reader, queries, asked, &failed, e))
		return true;
	if (!failed || !is_about_table(e))
		return false;
	note_unread(a, of[failed - queries], e);
	*again = true;
	return true;
}

bool attached_find(struct attached *a, struct str table, const struct guid *ids, size_t n,
		   bool (*each)(void *context, const struct attached_row *row, struct err *e),
		   void *context, struct err *e)
{
	DEFER(arena_release) struct arena scratch = arena_make(0);
	struct target *target;
	bool again;

	if (!find_target(a, table, &target, e))
		return false;

	struct question *questions = arena_array(&scratch, struct question, target->n);

	for (size_t i = 0; i < target->n; i++) {
		questions[i] = (struct question){ .target = target,
						  .pointer = &target->pointers[i],
						  .each = each,
						  .context = context };
		add_columns(&questions[i]);
	}
	for (size_t at = 0; at < n; at += READ_IDS) {
		size_t some = n - at < READ_IDS ? n - at : READ_IDS;

		do {
			if (!ask(a, questions, target->n, ids + at, some, &again, e))
				return false;
		} while (again);
	}
	return true;
}

const struct attached_unread *attached_unread(const struct attached *a, size_t *n)
{
	*n = a->unread.n;
	return a->unread.p;
}
