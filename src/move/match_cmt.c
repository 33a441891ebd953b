/* SPDX-License-Identifier: MIT */
/*
 * --match cmt. Which rules CMT asks in which order has changed over its versions (facts/cmt-format.md 5.3); this is the safest
 * reading for today's: with updateCompare (or --match) only those columns decide; without, the id, then the primary name. Text
 * is compared as the platform does, and of several rows the first is taken. Nothing else here knows what CMT does.
 *
 * Two source rows for one target row stay a conflict: CMT writes both, one over the other, and what it leaves is nobody's.
 */
#include "move/match_row.h"

#include "move/journal.h"
#include "move/keys_find.h"
#include "move/match_tell.h"

#include "base/banned.h"

/* The first row in the platform's order that has the text, or else one that is the same for the platform. */
static bool find_first(struct deciding *d, const struct match_key *key, struct guid *id, size_t *n,
		       struct err *e)
{
	struct run *r = d->m->j->run;
	struct key_text text;
	struct guid ids[2];

	*n = 0;
	if (!keys_read(d->m->j, d->m->keys, key, d->values, d->m->j->page, &text, e))
		return false;
	if (!text.whole)
		return true;
	if (!run_get_keyed(r, d->m->keys->tab->number, key->number, text.text, ids, n, e) ||
	    (*n == 0 && !match_folded(d->m, &text, ids, COUNT_OF(ids), n, e)))
		return false;
	*id = ids[0];
	return true;
}

static bool ask_kind(struct deciding *d, enum key_kind kind, bool *any, struct err *e)
{
	const struct match_keys *keys = d->m->keys;
	struct guid id;
	size_t n;

	for (size_t i = 0; i < keys->n; i++) {
		const struct match_key *key = &keys->p[i];

		if (key->kind != kind || !keys_apply(keys, key, d->values))
			continue;
		*any = true;
		if (!find_first(d, key, &id, &n, e))
			return false;
		if (n > 0)
			match_propose(d, id, key->label);
		d->m->named += kind == KEY_NAME && n > 0;
		d->m->doubled += kind == KEY_NAME && n > 1;
	}
	return true;
}

/* CMT would create it, and the platform refuse. */
static bool tell_taken(struct deciding *d, struct err *e)
{
	struct str label;

	return match_label(d->m, SIDE_TARGET, d->source, &label, e) &&
	       match_tell_row(
		       d,
		       str_fmt(d->m->j->page,
			       "the target's row %.*s has the id of the row%.*s, but other values in "
			       "the columns that decide",
			       STR_ARG(label), STR_ARG(match_row_name(d))),
		       S("match without cmt, or correct the values"), e);
}

static bool ask_id(struct deciding *d, bool declared, struct err *e)
{
	bool there;

	if (!run_has_row(d->m->j->run, SIDE_TARGET, d->m->keys->tab->number, d->source, &there, e))
		return false;
	if (there && declared)
		return tell_taken(d, e);
	if (there)
		match_propose(d, d->source, S("its id"));
	return true;
}

bool match_cmt_row(struct deciding *d, struct err *e)
{
	bool declared = false, known = false, named = false;

	if (d->m->keys->tab->entity->force_create || d->nsaid > 0)
		return true;
	if (!ask_kind(d, KEY_KNOWN, &known, e) || !ask_kind(d, KEY_COMPARED, &declared, e) ||
	    !ask_kind(d, KEY_MATCH, &declared, e))
		return false;
	if (d->nsaid > 0)
		return true;
	return ask_id(d, declared, e) &&
	       (d->nsaid > 0 || d->conflict || ask_kind(d, KEY_NAME, &named, e));
}

bool match_cmt_tell(struct matching *m, struct err *e)
{
	struct problem p = { .severity = SEVERITY_NOTE, .table = m->keys->tab->table->name };
	struct str doubled = { 0 };

	if (m->named == 0)
		return true;
	if (m->doubled > 0)
		doubled =
			str_fmt(m->j->page,
				", %llu of them by one that several rows have: the first was taken",
				(unsigned long long)m->doubled);
	p.message = str_fmt(m->j->page, "%llu rows were matched by their name alone%.*s",
			    (unsigned long long)m->named, STR_ARG(doubled));
	return journal_put_problem(m->j->run, &p, e);
}
