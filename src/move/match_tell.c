/* SPDX-License-Identifier: MIT */
/*
 * Telling conflicts. Where a list is too long for a message it says how much longer it is.
 */
#include "move/match_tell.h"

#include "base/limits.h"
#include "move/cells.h"
#include "move/journal.h"

#include "base/banned.h"

#define SHOWN 200 /* bytes of a value */

static struct str quoted(struct arena *a, const struct value *v)
{
	return value_is_empty(v) ? S("")
				 : str_fmt(a, " \"%.*s\"", STR_ARG(str_sub(v->text, 0, SHOWN)));
}

static size_t name_column(const struct tab *t)
{
	return t->table->primary_name.n > 0 ? tab_column(t, t->table->primary_name) : SIZE_MAX;
}

struct str match_row_name(const struct deciding *d)
{
	size_t at = name_column(d->m->keys->tab);

	return at == SIZE_MAX ? S("") : quoted(d->m->j->page, &d->values[at]);
}

bool match_label(struct matching *m, enum side side, struct guid id, struct str *out, struct err *e)
{
	const struct tab *t = m->keys->tab;
	struct arena *page = m->j->page;
	struct value *values = arena_array(page, struct value, t->ncolumns);
	size_t at = name_column(t);
	struct str name = { 0 };
	struct run_row row;
	bool found;

	if (!run_get_row(m->j->run, side, t->number, id, &row, &found, e) ||
	    (found && !cells_unpack(row.cells, values, t->ncolumns, e)))
		return false;
	if (found && at != SIZE_MAX)
		name = quoted(page, &values[at]);
	*out = str_fmt(page, "%.*s%.*s", STR_ARG(guid_text(page, id)), STR_ARG(name));
	return true;
}

const char *match_at_least(size_t n)
{
	return n >= LIMIT_COUNTED_ROWS ? "at least " : "";
}

bool match_list(struct matching *m, enum side side, const struct guid *ids, size_t most, size_t n,
		struct str *out, struct err *e)
{
	struct arena *page = m->j->page;
	struct str list = { 0 }, label;

	for (size_t i = 0; i < n && i < most; i++) {
		if (!match_label(m, side, ids[i], &label, e))
			return false;
		list = str_fmt(page, "%.*s%s%.*s", STR_ARG(list), i > 0 ? ", " : "",
			       STR_ARG(label));
	}
	if (n > most)
		list = str_fmt(page, "%.*s and %s%zu more", STR_ARG(list), match_at_least(n),
			       n - most);
	*out = list;
	return true;
}

struct str match_values(struct arena *a, const struct value *parts, size_t n)
{
	struct str out = { 0 };

	for (size_t i = 0; i < n; i++)
		out = str_fmt(a, "%.*s%s\"%.*s\"", STR_ARG(out), i > 0 ? ", " : "",
			      STR_ARG(str_sub(parts[i].text, 0, SHOWN)));
	return out;
}

bool match_tell(struct matching *m, struct str id, struct str message, struct str remedy,
		struct err *e)
{
	struct problem p = { .severity = SEVERITY_ERROR,
			     .table = m->keys->tab->table->name,
			     .id = id,
			     .message = message,
			     .remedy = remedy };

	m->conflicts++;
	return journal_put_problem(m->j->run, &p, e);
}

bool match_tell_row(struct deciding *d, struct str message, struct str remedy, struct err *e)
{
	if (d->conflict)
		d->m->conflicts--;
	d->conflict = true;
	return match_tell(d->m, guid_text(d->m->j->page, d->source), message, remedy, e);
}

bool match_tell_disagreement(struct deciding *d, struct err *e)
{
	struct arena *page = d->m->j->page;
	struct str text = { 0 }, label;

	for (size_t i = 0; i < d->nsaid; i++) {
		if (!match_label(d->m, SIDE_TARGET, d->said[i].target, &label, e))
			return false;
		text = str_fmt(page, "%.*s%srow %.*s%s by %.*s", STR_ARG(text),
			       i == 0   ? ""
			       : i == 1 ? ", but "
					: ", and ",
			       STR_ARG(label), i == 0 ? " of the target" : "",
			       STR_ARG(d->said[i].how));
	}
	text = str_fmt(page, "the row%.*s is %.*s", STR_ARG(match_row_name(d)), STR_ARG(text));
	return match_tell_row(
		d, text,
		S("rename or remove one of them in the target, or say with --map which one it is"),
		e);
}

bool match_tell_several(struct deciding *d, const struct key_text *text, struct err *e)
{
	struct arena *page = d->m->j->page;
	const struct match_key *key = text->key;
	struct guid ids[LIMIT_LISTED_ROWS];
	struct str what = S("may be meant"), list;
	size_t n;

	if (!run_list_keyed(d->m->j->run, d->m->keys->tab->number, key->number, text->text, ids,
			    COUNT_OF(ids), &n, e) ||
	    !match_list(d->m, SIDE_TARGET, ids, COUNT_OF(ids), n, &list, e))
		return false;
	if (key->n > 0)
		what = str_fmt(page, "have %.*s %.*s", STR_ARG(key->label),
			       STR_ARG(match_values(page, text->parts, key->n)));
	return match_tell_row(
		d,
		str_fmt(page,
			"%s%zu rows of the target %.*s: %.*s; which one the row%.*s is, is open",
			match_at_least(n), n, STR_ARG(what), STR_ARG(list),
			STR_ARG(match_row_name(d))),
		S("leave one of them in the target, rename the others, or say with --map which one it is"),
		e);
}

bool match_tell_namesake(struct deciding *d, const struct key_text *text, struct err *e)
{
	struct arena *page = d->m->j->page;
	const struct tab *t = d->m->keys->tab;
	struct guid ids[LIMIT_LISTED_ROWS];
	struct str list, remedy = S("rename it in the target, or say with --map which row it is");
	size_t n;

	if (!run_list_keyed(d->m->j->run, t->number, text->key->number, text->text, ids,
			    COUNT_OF(ids), &n, e) ||
	    !match_list(d->m, SIDE_TARGET, ids, COUNT_OF(ids), n, &list, e))
		return false;
	if (n == 1 && str_eq(text->key->names, t->table->primary_name))
		remedy = str_fmt(page,
				 "rename or remove it in the target, or take it for the same "
				 "with --adopt \"%.*s=%.*s\"",
				 STR_ARG(t->table->name),
				 STR_ARG(str_sub(text->parts[0].text, 0, SHOWN)));
	return match_tell_row(
		d,
		str_fmt(page, "the target has %s with %.*s %.*s: %.*s",
			n > 1 ? "other rows" : "another row", STR_ARG(text->key->names),
			STR_ARG(match_values(page, text->parts, text->key->n)), STR_ARG(list)),
		remedy, e);
}

bool match_tell_folded(struct deciding *d, const struct key_text *text, const struct guid *ids,
		       size_t n, struct err *e)
{
	struct arena *page = d->m->j->page;
	struct str list;

	if (!match_list(d->m, SIDE_TARGET, ids, LIMIT_LISTED_ROWS, n, &list, e))
		return false;
	return match_tell_row(
		d,
		str_fmt(page,
			"the target's %s %.*s %s a %.*s that differs from %.*s only in case or accents",
			n > 1 ? "rows" : "row", STR_ARG(list), n > 1 ? "have" : "has",
			STR_ARG(text->key->label),
			STR_ARG(match_values(page, text->parts, text->key->n))),
		S("make the two texts equal, or really different"), e);
}

bool match_tell_missing(struct deciding *d, struct err *e)
{
	struct arena *page = d->m->j->page;
	struct str key = { 0 };

	for (size_t i = 0; i < d->m->keys->n; i++) {
		const struct match_key *k = &d->m->keys->p[i];

		for (size_t n = 0; k->rule == d->rule && n < k->n; n++) {
			const struct value *v = &d->values[k->columns[n]];

			/* Of several keys, those that the row has. */
			if (d->rule->nkeys > 1 && value_is_empty(v))
				continue;
			key = str_fmt(page, "%.*s%s%.*s \"%.*s\"", STR_ARG(key),
				      key.n > 0 ? ", " : "",
				      STR_ARG(d->m->keys->tab->columns[k->columns[n]].name),
				      STR_ARG(str_sub(v->text, 0, SHOWN)));
		}
	}
	return match_tell_row(
		d,
		str_fmt(page,
			"the target has no such row%s%.*s; rows of the platform are never created",
			key.n > 0 ? ", with " : "", STR_ARG(key)),
		S("bring the solutions of the target to the source's version"), e);
}
