/* SPDX-License-Identifier: MIT */
/*
 * Behaviours at work: what an organization has chosen, and who acts when something happens to a row.
 */
#include "org/behaviours.h"

#include <string.h>

#include "org/behaviour_parts.h"
#include "org/behaviours_state.h"
#include "org/bin.h"
#include "org/hooks.h"
#include "org/jobs.h"
#include "org/store_file.h"
#include "org/store_shared.h"

#include "base/banned.h"

struct behaviours {
	char state[32]; /* of the file's choices that these are of */
	unsigned char variant[BEHAVIOURS_MAX];
};

bool behaviour_is_off(const struct behaviour *b, unsigned variant)
{
	return str_eq(b->variants[variant], S("off"));
}

static bool is_of_table(const struct behaviour *b, struct str table)
{
	for (size_t i = 0; i < BEHAVIOUR_TABLES; i++) {
		if (str_eq(b->tables[i], table))
			return true;
	}
	return false;
}

static bool act(struct happening *h, struct err *e)
{
	const struct behaviour *all;
	size_t n = behaviours_all(&all);

	for (size_t i = 0; i < n; i++) {
		unsigned variant = h->s->behaviours->variant[i];

		if (!(all[i].events & h->event) || !is_of_table(&all[i], h->table->name) ||
		    behaviour_is_off(&all[i], variant))
			continue;
		h->behaviour = all[i].name;
		h->variant = variant;
		if (!all[i].act(h, e))
			return false;
	}
	return true;
}

static bool act_on_row(struct store *s, struct arena *a, enum behaviour_event event,
		       struct row *row, struct err *e)
{
	struct happening h = {
		.s = s, .a = a, .event = event, .table = row->table, .id = row->id, .row = row
	};

	return act(&h, e);
}

static bool creating(struct store *s, struct arena *a, struct row *row, struct err *e)
{
	return act_on_row(s, a, ON_CREATING, row, e);
}

static bool changing(struct store *s, struct arena *a, struct row *row, struct err *e)
{
	return act_on_row(s, a, ON_CHANGING, row, e);
}

static bool created(struct store *s, struct arena *a, struct row *row, struct err *e)
{
	return act_on_row(s, a, ON_CREATED, row, e);
}

static bool changed(struct store *s, struct arena *a, struct row *row, struct err *e)
{
	return act_on_row(s, a, ON_CHANGED, row, e);
}

static bool deleting(struct store *s, struct arena *a, const struct table *t, struct guid id,
		     struct err *e)
{
	struct happening h = { .s = s, .a = a, .event = ON_DELETING, .table = t, .id = id };

	return act(&h, e);
}

static bool linked(struct store *s, struct arena *a, const struct many_to_many *mm, struct guid id1,
		   struct guid id2, struct err *e)
{
	const struct table *intersect, *first;
	const struct behaviour *all;
	size_t n = behaviours_all(&all);

	(void)id2;
	if (!store_table(s, mm->intersect, &intersect, e) || !store_table(s, mm->table1, &first, e))
		return false;
	for (size_t i = 0; intersect && first && i < n; i++) {
		struct happening h = { .s = s,
				       .a = a,
				       .event = ON_LINKED,
				       .behaviour = all[i].name,
				       .variant = s->behaviours->variant[i],
				       .table = first,
				       .id = id1 };

		if (all[i].events & ON_LINKED && is_of_table(&all[i], intersect->name) &&
		    !behaviour_is_off(&all[i], h.variant) && !all[i].act(&h, e))
			return false;
	}
	return true;
}

static enum cascade cascade(const struct store *s, const struct relation *r, enum cascade rule)
{
	const struct behaviour *all;
	size_t n = behaviours_all(&all);

	for (size_t i = 0; i < n; i++) {
		if (all[i].kind == BEHAVIOUR_CASCADE && is_of_table(&all[i], r->child->name) &&
		    str_eq(all[i].column, r->lookup->column) &&
		    !behaviour_is_off(&all[i], s->behaviours->variant[i]))
			return CASCADE_ALL;
	}
	return rule;
}

static const struct hooks HOOKS = {
	.creating = creating,
	.changing = changing,
	.created = created,
	.changed = changed,
	.deleting = deleting,
	.linked = linked,
	.cascade = cascade,
};

void behaviours_attach(struct store *s)
{
	const struct behaviour *all;
	size_t n = behaviours_all(&all);

	assert(n <= BEHAVIOURS_MAX);
	s->behaviours = arena_new(s->arena, struct behaviours);
	s->hooks = &HOOKS;
	/* all zero: the first of each */
}

/* what the file says */

static void set_member(struct store *s, size_t offset, unsigned variant)
{
	/* each is an enumeration, which has the size of unsigned */
	memcpy((char *)&s->variants + offset, &variant, sizeof(variant));
}

bool behaviours_read(struct store *s, unsigned char *variants, struct err *e)
{
	const struct behaviour *all;
	size_t n = behaviours_all(&all);
	struct stmt *st;
	bool on;

	for (size_t i = 0; i < n; i++) {
		bool row;

		variants[i] = 0;
		if (!store_statement(s, S("select variant from ferry_behaviour where name = ?1"),
				     &st, e))
			return false;
		stmt_bind_str(st, 1, all[i].name);
		if (!stmt_step(st, &row, e))
			return false;
		/* one that a newer ferry has chosen and this one does not know: the default */
		for (unsigned v = 0; row && v < BEHAVIOUR_VARIANTS; v++) {
			if (str_eq(all[i].variants[v], stmt_str(st, 0)))
				variants[i] = (unsigned char)v;
		}
		stmt_reset(st);
		if (all[i].kind != BEHAVIOUR_BIN)
			continue;
		if (!bin_is_on(s, &on, e))
			return false;
		variants[i] = on ? 0 : 1;
	}
	return true;
}

bool behaviours_refresh(struct store *s, struct err *e)
{
	struct behaviours *b = s->behaviours;
	const struct behaviour *all;
	size_t n = behaviours_all(&all);
	struct stmt *st;
	bool row;

	if (!b)
		return true;
	if (!store_statement(s,
			     S("select cast(value as text) from ferry_header "
			       "where name = '" STORE_HEADER_BEHAVIOURS "'"),
			     &st, e) ||
	    !stmt_step(st, &row, e))
		return false;

	struct str state = row ? str_sub(stmt_str(st, 0), 0, sizeof(b->state) - 1) : S("");
	bool same = str_eq(state, str_from(b->state));

	if (!same) {
		memcpy(b->state, state.p, state.n);
		b->state[state.n] = '\0';
	}
	stmt_reset(st);
	if (same)
		return true;
	if (!behaviours_read(s, b->variant, e))
		return false;
	for (size_t i = 0; i < n; i++) {
		if (all[i].kind == BEHAVIOUR_PROTOCOL)
			set_member(s, all[i].member, b->variant[i]);
	}
	return true;
}

/* jobs */

static bool later(struct store *s, struct arena *a, struct str behaviour, const struct table *t,
		  struct guid id, struct err *e)
{
	struct happening h = {
		.s = s, .a = a, .event = ON_LATER, .behaviour = behaviour, .table = t, .id = id
	};
	const struct behaviour *all;
	size_t n = behaviours_all(&all);

	/* its table is that of the row, but for links: a job knows its behaviour by name */
	for (size_t i = 0; i < n; i++) {
		h.variant = s->behaviours->variant[i];
		if (str_eq(all[i].name, behaviour) && all[i].events & ON_LATER &&
		    !behaviour_is_off(&all[i], h.variant))
			return all[i].act(&h, e);
	}
	return true;
}

static bool jobs_run(const struct store *s)
{
	const struct behaviour *all;
	size_t n = behaviours_all(&all);

	for (size_t i = 0; i < n; i++) {
		if (all[i].act == act_asynchronous)
			return s->behaviours->variant[i] == 0;
	}
	return true;
}

bool behaviours_turn(struct store *s, struct err *e)
{
	struct err ignored;
	bool any;

	/* whatever is wrong with the file, the request itself will tell */
	if (!s->behaviours || !s->writable || !jobs_any(s, &any, &ignored) || !any)
		return true;
	if (!store_begin(s, e))
		return false;

	struct guid caller = s->caller;

	s->caller = s->admin;
	bool ok = store_refresh(s, e) && behaviours_refresh(s, e) &&
		  (!jobs_run(s) || jobs_turn(s, later, e)) && db_commit(s->db, e);

	s->caller = caller;
	if (!ok)
		db_rollback(s->db);
	return ok;
}
