/* SPDX-License-Identifier: MIT */
/*
 * Deciding one row. Every rule that applies is asked; what each found is judged when all have answered, so their order
 * means nothing.
 */
#include "move/match_row.h"

#include "base/limits.h"
#include "move/keys_find.h"
#include "move/map_rows.h"
#include "move/match_tell.h"

#include "base/banned.h"

/* Numbers in run_put_keyed of rows that wait for a later pass; beyond those of keys. */
#define WAITING 0x30000u

void match_propose(struct deciding *d, struct guid target, struct str how)
{
	d->said[d->nsaid++] = (struct proposal){ target, how };
}

/* A person's word: nothing else is asked. */
static bool propose_mapped(struct deciding *d, struct err *e)
{
	struct job *j = d->m->j;
	const struct tab *t = d->m->keys->tab;
	struct guid target;
	struct str how;
	bool found, there;

	if (!d->m->mapped)
		return true;
	if (!run_get_map(j->run, t->table->name, d->source, &target, &found, e) ||
	    (found && !run_get_how(j->run, j->page, t->table->name, d->source, &how, &found, e)))
		return false;
	if (!found || !str_eq(how, S(MAP_HOW)))
		return true;
	match_propose(d, target, S(MAP_HOW));
	if (!run_has_row(j->run, SIDE_TARGET, t->number, target, &there, e))
		return false;
	return there ||
	       match_tell_row(d,
			      str_fmt(j->page,
				      "the map file says that the row%.*s is row %.*s, which the "
				      "target does not have",
				      STR_ARG(match_row_name(d)),
				      STR_ARG(guid_text(j->page, target))),
			      S("correct the map file"), e);
}

/* An --adopt that came to nothing is told already. */
static void propose_adopted(struct deciding *d)
{
	const struct tab *t = d->m->keys->tab;

	for (size_t i = 0; i < d->m->nadoptions; i++) {
		const struct adoption *a = &d->m->adoptions[i];
		size_t at = tab_column(t, t->table->primary_name);

		if (a->agreed && guid_eq(a->source, d->source))
			match_propose(d, a->target, S("--adopt"));
		if (!a->agreed && str_eq(d->values[at].text, a->name))
			d->conflict = true;
	}
}

static bool propose_id(struct deciding *d, struct err *e)
{
	bool found;

	if (d->m->keys->tab->entity->force_create)
		return true;
	if (!run_has_row(d->m->j->run, SIDE_TARGET, d->m->keys->tab->number, d->source, &found, e))
		return false;
	if (found)
		match_propose(d, d->source, S("its id"));
	return true;
}

/* Where a row belongs to another its key tells a place, which two rows may share: the id tells which one it is. */
static bool is_among(struct deciding *d, const struct key_text *text, bool *yes, struct err *e)
{
	const struct match_key *key = text->key;

	*yes = false;
	return !key->rule || key->rule->kind != ROWS_CHILD || d->nsaid == 0 ||
	       run_has_keyed(d->m->j->run, d->m->keys->tab->number, key->number, text->text,
			     d->said[0].target, yes, e);
}

bool match_key(struct deciding *d, const struct match_key *key, struct err *e)
{
	bool root = key->rule && key->rule->kind == ROWS_ROOT;
	struct key_text text;
	struct guid ids[2];
	bool among;
	size_t n;

	/* Found by its id it may have a namesake; keys of the knowledge are the first that are asked. */
	if (root && d->nsaid > 0)
		return true;
	if (!keys_read(d->m->j, d->m->keys, key, d->values, d->m->j->page, &text, e))
		return false;
	if (!text.whole)
		return true;
	if (!run_get_keyed(d->m->j->run, d->m->keys->tab->number, key->number, text.text, ids, &n,
			   e))
		return false;
	if (n > 0 && root)
		return match_tell_namesake(d, &text, e);
	if (n > 1)
		return is_among(d, &text, &among, e) && (among || match_tell_several(d, &text, e));
	if (n == 1) {
		match_propose(d, ids[0], key->label);
		return true;
	}
	if (!d->open)
		d->open = arena_array(d->m->j->page, struct key_text, d->m->keys->n);
	d->open[d->nopen++] = text;
	return true;
}

bool match_folded(struct matching *m, const struct key_text *text, struct guid *ids, size_t most,
		  size_t *n, struct err *e)
{
	if (!m->folded && !keys_index(m->j, m->keys, SIDE_TARGET, true, e))
		return false;
	m->folded = true;
	return run_list_keyed(m->j->run, m->keys->tab->number, keys_folded(text->key),
			      keys_fold(m->keys, text, m->j->page), ids, most, n, e);
}

/* A key that no row of the target has to the character. */
static bool check_open(struct deciding *d, const struct key_text *text, struct err *e)
{
	struct guid ids[LIMIT_LISTED_ROWS];
	size_t n;

	if (!match_folded(d->m, text, ids, COUNT_OF(ids), &n, e))
		return false;
	/* Found otherwise, its text may change so. */
	if (n > 0 && !(n == 1 && d->nsaid > 0 && guid_eq(ids[0], d->said[0].target)) &&
	    !match_tell_folded(d, text, ids, n, e))
		return false;
	return !keys_identify(text->key) ||
	       run_put_keyed(d->m->j->run, d->m->keys->tab->number, keys_source(text->key),
			     text->text, d->source, e);
}

static bool ask_rules(struct deciding *d, struct err *e)
{
	const struct match_keys *keys = d->m->keys;
	const struct rows_rule *rule = NULL;
	size_t before = 0; /* proposals when the first of a rule's keys was asked */

	if (!propose_id(d, e))
		return false;
	for (size_t i = 0; i < keys->n; i++) {
		const struct match_key *key = &keys->p[i];

		if (!keys_apply(keys, key, d->values))
			continue;
		before = key->rule == rule ? before : d->nsaid;
		rule = key->rule;
		if (!(key->later && d->nsaid > before) && !match_key(d, key, e))
			return false;
	}
	for (size_t i = 0; i < d->nopen; i++)
		if (!check_open(d, &d->open[i], e))
			return false;
	return true;
}

static bool agree(struct deciding *d, struct err *e)
{
	for (size_t i = 1; i < d->nsaid; i++)
		if (!guid_eq(d->said[i].target, d->said[0].target))
			return match_tell_disagreement(d, e);
	return true;
}

static bool ask(struct deciding *d, struct err *e)
{
	return d->m->j->decisions.match_cmt ? match_cmt_row(d, e) : ask_rules(d, e);
}

/* What the map file says of rows that nothing answers. */
static bool propose_default(struct deciding *d, struct err *e)
{
	const struct tab *t = d->m->keys->tab;
	struct guid target;
	bool found, there = false;

	if (!map_rows_default(d->m->j, t->table->name, &target, &found, e) ||
	    (found && !run_has_row(d->m->j->run, SIDE_TARGET, t->number, target, &there, e)))
		return false;
	if (there)
		match_propose(d, target, S(MAP_HOW));
	return true;
}

/* A row of the platform that is not there is not made. */
static bool check_missing(struct deciding *d, struct err *e)
{
	if (!d->rule || !d->rule->missing_stops || d->m->keys->tab->entity->force_create)
		return true;
	return propose_default(d, e) && (d->nsaid > 0 || match_tell_missing(d, e));
}

static bool decide(struct deciding *d, struct err *e)
{
	struct run *r = d->m->j->run;
	struct str table = d->m->keys->tab->table->name;

	if (!propose_mapped(d, e))
		return false;
	if (d->nsaid == 0) {
		propose_adopted(d);
		if (!d->conflict && !(ask(d, e) && agree(d, e)))
			return false;
	}
	if (!d->conflict && d->nsaid == 0 && !check_missing(d, e))
		return false;
	if (d->conflict)
		return run_put_map(r, table, d->source, d->source, S(MATCH_CONFLICT), e);
	if (d->nsaid == 0)
		return run_put_map(r, table, d->source, d->source, S("new"), e);
	return run_put_map(r, table, d->source, d->said[0].target, d->said[0].how, e);
}

/* Whether a part of its keys is a row of its own table that is not decided yet. */
static bool waits(struct deciding *d, bool *yes, struct err *e)
{
	const struct match_keys *keys = d->m->keys;
	struct str table = keys->tab->table->name;
	struct run *r = d->m->j->run;

	*yes = false;
	for (size_t i = 0; i < keys->tab->ncolumns && !*yes; i++) {
		const struct value *v = &d->values[i];
		struct guid id, target;
		bool decided, there;

		if (v->kind != VALUE_REF || !str_eq(v->table, table) || !keys_have(keys, i) ||
		    !guid_parse(v->text, &id) || guid_eq(id, d->source))
			continue;
		if (!run_get_map(r, table, id, &target, &decided, e) ||
		    !run_has_row(r, SIDE_SOURCE, keys->tab->number, id, &there, e))
			return false;
		*yes = there && !decided;
	}
	return true;
}

/* A row that is not for this pass: decided in an earlier one, or to be decided in a later one. */
static bool is_passed(struct deciding *d, bool *passed, struct err *e)
{
	struct matching *m = d->m;
	struct str id = guid_text(m->j->page, d->source);
	uint32_t tab = m->keys->tab->number;
	bool wanted = true;

	*passed = false;
	if (!m->keys->own)
		return true;
	if (m->pass > 0 &&
	    !run_has_keyed(m->j->run, tab, WAITING + m->pass - 1, id, d->source, &wanted, e))
		return false;
	if (!wanted || m->last) {
		*passed = !wanted;
		return true;
	}
	if (!waits(d, passed, e))
		return false;
	if (!*passed)
		return true;
	m->waiting++;
	return run_put_keyed(m->j->run, tab, WAITING + m->pass, id, d->source, e);
}

bool match_row(void *context, const struct run_row *row, struct value *values, struct err *e)
{
	struct matching *m = context;
	struct deciding d = {
		.m = m, .source = row->id, .values = values, .rule = tab_rule(m->keys->tab, values)
	};
	bool passed;

	/* --adopt may say something several times, and the map and the id once. */
	d.said = arena_array(m->j->page, struct proposal, m->keys->n + m->nadoptions + 2);
	if (!is_passed(&d, &passed, e))
		return false;
	return passed || decide(&d, e);
}
