/* SPDX-License-Identifier: MIT */
/*
 * --adopt TABLE=NAME: the source's only row of that name is the target's only one. Decided before the rows are walked
 * over, because a row alone does not know whether it is the only one.
 */
#include "move/match_row.h"

#include "base/limits.h"
#include "move/keys_find.h"
#include "move/match_tell.h"
#include "move/row.h"

#include "base/banned.h"

/* Rows of one side with a name: to the character, and else. */
struct named {
	struct guid ids[LIMIT_LISTED_ROWS], near[LIMIT_LISTED_ROWS];
	size_t n, nnear;
};

/* One --adopt while both sides are looked through. */
struct adopting {
	struct matching *m;
	const struct match_key *key;
	struct key_text text;
	struct str folded;
	struct named source, target;
	struct adoption *out;
};

static bool look(void *context, const struct run_row *row, struct value *values, struct err *e)
{
	struct adopting *ad = context;
	struct named *s = &ad->source;
	struct key_text text;

	if (!keys_read(ad->m->j, ad->m->keys, ad->key, values, ad->m->j->page, &text, e))
		return false;
	if (!text.whole)
		return true;
	if (str_eq(text.text, ad->text.text)) {
		if (s->n < LIMIT_LISTED_ROWS)
			s->ids[s->n] = row->id;
		s->n++;
	} else if (str_eq(keys_fold(ad->m->keys, &text, ad->m->j->page), ad->folded)) {
		if (s->nnear < LIMIT_LISTED_ROWS)
			s->near[s->nnear] = row->id;
		s->nnear++;
	}
	return true;
}

static bool look_in_target(struct adopting *ad, struct err *e)
{
	struct named *t = &ad->target;
	struct matching *m = ad->m;

	if (!run_list_keyed(m->j->run, m->keys->tab->number, ad->key->number, ad->text.text, t->ids,
			    LIMIT_LISTED_ROWS, &t->n, e))
		return false;
	return t->n > 0 || match_folded(m, &ad->text, t->near, LIMIT_LISTED_ROWS, &t->nnear, e);
}

/* `2 rows in the package: ..., ...`, `none in the target (only in case or accents differ ...)` */
static bool describe(struct adopting *ad, enum side side, const struct named *named,
		     struct str *out, struct err *e)
{
	struct arena *page = ad->m->j->page;
	const char *where = side == SIDE_SOURCE ? "the package" : "the target";
	struct str list;

	if (named->n > 0) {
		if (!match_list(ad->m, side, named->ids, LIMIT_LISTED_ROWS, named->n, &list, e))
			return false;
		*out = str_fmt(page, "%s has %zu: %.*s", where, named->n, STR_ARG(list));
		return true;
	}
	*out = str_fmt(page, "%s has none", where);
	if (named->nnear == 0)
		return true;
	if (!match_list(ad->m, side, named->near, LIMIT_LISTED_ROWS, named->nnear, &list, e))
		return false;
	*out = str_fmt(page, "%s has none to the character (only in case or accents differ: %.*s)",
		       where, STR_ARG(list));
	return true;
}

static bool tell(struct adopting *ad, struct err *e)
{
	struct str source, target;

	if (!describe(ad, SIDE_SOURCE, &ad->source, &source, e) ||
	    !describe(ad, SIDE_TARGET, &ad->target, &target, e))
		return false;

	struct str message = str_fmt(
		ad->m->j->page,
		"--adopt: exactly one row named \"%.*s\" is needed on either side; %.*s; %.*s",
		STR_ARG(str_sub(ad->out->name, 0, 200)), STR_ARG(source), STR_ARG(target));

	return match_tell(ad->m, S(""), message,
			  S("rename what is named alike, or say with --map which row it is"), e);
}

static bool adopt(struct matching *m, const struct match_key *key, struct adoption *out,
		  struct err *e)
{
	struct arena *page = m->j->page;
	struct value *name = arena_new(page, struct value);
	const struct value *part = name;
	struct adopting *ad = arena_new(page, struct adopting);

	*name = (struct value){ .kind = VALUE_TEXT, .text = out->name };
	*ad = (struct adopting){ .m = m, .key = key, .out = out };
	ad->text = (struct key_text){ .key = key, .parts = name };
	if (!row_key(page, &part, 1, &ad->text.text))
		return tell(ad, e);
	ad->folded = keys_fold(m->keys, &ad->text, page);
	if (!job_each_values(m->j, SIDE_SOURCE, m->keys->tab, look, ad, e) ||
	    !look_in_target(ad, e))
		return false;
	out->agreed = ad->source.n == 1 && ad->target.n == 1;
	if (!out->agreed)
		return tell(ad, e);
	out->source = ad->source.ids[0];
	out->target = ad->target.ids[0];
	return true;
}

static const struct match_key *adopt_key(const struct match_keys *keys)
{
	for (size_t i = 0; i < keys->n; i++)
		if (keys->p[i].kind == KEY_ADOPT)
			return &keys->p[i];
	return NULL;
}

bool match_adopt(struct matching *m, struct err *e)
{
	const struct decisions *d = &m->j->decisions;
	const struct match_key *key = adopt_key(m->keys);
	struct arena_mark mark;

	if (!key)
		return true;
	m->adoptions = arena_array(m->j->arena, struct adoption, d->nadopt);
	mark = arena_mark(m->j->page);
	for (size_t i = 0; i < d->nadopt; i++) {
		if (!str_eq(d->adopt[i].table, m->keys->tab->table->name))
			continue;

		struct adoption *out = &m->adoptions[m->nadoptions++];

		out->name = d->adopt[i].name;
		if (!adopt(m, key, out, e))
			return false;
		arena_rewind(m->j->page, mark);
	}
	return true;
}
