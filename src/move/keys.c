/* SPDX-License-Identifier: MIT */
/*
 * Keys of rows: which ones a tab has, and what they are of a row.
 */
#include "move/keys.h"

#include "base/vec.h"
#include "move/row.h"

#include "base/banned.h"

#define KEY_FOLDED 0x10000u
#define KEY_SOURCE 0x20000u

/* The keys of one tab while they are gathered. */
struct gathering {
	struct job *j;
	VEC(struct match_key) keys;
	struct tab *tab;
};

static struct str names_of(struct arena *a, const struct tab *t, const struct match_key *key)
{
	struct str out = { 0 };

	for (size_t i = 0; i < key->n; i++)
		out = str_fmt(a, "%.*s%s%.*s", STR_ARG(out), i > 0 ? ", " : "",
			      STR_ARG(t->columns[key->columns[i]].name));
	return out;
}

static void add(struct gathering *g, struct match_key key, struct str suffix)
{
	struct arena *a = g->j->arena;

	key.number = (uint32_t)g->keys.n;
	key.names = names_of(a, g->tab, &key);
	key.label = key.n == 0 ? S("being the only one of its kind")
			       : str_fmt(a, "%.*s%.*s", STR_ARG(key.names), STR_ARG(suffix));
	*VEC_PUSH(a, &g->keys) = key;
}

/* False: the environment lacks one of them. */
static bool find_columns(struct gathering *g, const struct str *names, size_t n,
			 struct match_key *key)
{
	key->columns = arena_array(g->j->arena, size_t, n);
	for (size_t i = 0; i < n; i++) {
		size_t at = tab_column(g->tab, names[i]);

		if (at == SIZE_MAX || !g->tab->columns[at].column)
			return false;
		key->columns[key->n++] = at;
	}
	return true;
}

/* With --match cmt only those without columns: CMT, too, knows the one organization and the root unit. */
static void add_known(struct gathering *g)
{
	const struct known_table *known = g->tab->known;

	for (size_t i = 0; known && i < known->nrows; i++) {
		const struct rows_rule *rule = &known->rows[i];
		struct match_key only = { .kind = KEY_KNOWN, .rule = rule };

		if (rule->nkey == 0)
			add(g, only, S(""));
		for (size_t k = 0; !g->j->decisions.match_cmt && k < rule->nkeys; k++) {
			struct match_key key = { .kind = KEY_KNOWN, .rule = rule, .later = k > 0 };

			if (find_columns(g, rule->keys[k].columns, rule->keys[k].n, &key))
				add(g, key, S(""));
		}
	}
}

bool keys_identify(const struct match_key *key)
{
	return !key->rule || key->rule->kind == ROWS_SYSTEM || key->rule->kind == ROWS_VOCABULARY;
}

static bool has_column(const struct match_key *key, size_t column)
{
	for (size_t i = 0; i < key->n; i++)
		if (key->columns[i] == column)
			return true;
	return false;
}

/* A key for every row that says the same already. */
static bool is_said(const struct gathering *g, const struct match_key *key)
{
	for (size_t i = 0; i < g->keys.n; i++) {
		const struct match_key *other = &g->keys.p[i];
		bool same = other->n == key->n &&
			    (!other->rule ||
			     (other->rule->op == WHEN_ALWAYS && other->rule->kind != ROWS_ROOT));

		for (size_t k = 0; same && k < key->n; k++)
			same = has_column(other, key->columns[k]);
		if (same)
			return true;
	}
	return false;
}

static void add_compared(struct gathering *g)
{
	const struct tab *t = g->tab;
	struct match_key key = { .kind = KEY_COMPARED };

	key.columns = arena_array(g->j->arena, size_t, t->nfields);
	for (size_t i = 0; i < t->nfields; i++) {
		bool id = str_eq(t->columns[i].name, t->table->primary_id);

		/* The id is a rule of its own, except for CMT. */
		if (t->columns[i].field->update_compare && t->columns[i].column &&
		    (!id || g->j->decisions.match_cmt))
			key.columns[key.n++] = i;
	}
	if (key.n > 0 && !is_said(g, &key))
		add(g, key, S(" (updateCompare)"));
}

static void add_match(struct gathering *g)
{
	const struct decisions *d = &g->j->decisions;

	for (size_t i = 0; i < d->nmatch; i++) {
		struct match_key key = { .kind = KEY_MATCH };

		if (str_eq(d->match[i].table, g->tab->table->name) && d->match[i].n > 0 &&
		    find_columns(g, d->match[i].columns, d->match[i].n, &key) && !is_said(g, &key))
			add(g, key, S(" (--match)"));
	}
}

/* Only what both sides tell: a column of the schema, that can be read. */
static bool is_told(const struct tab *t, const struct match_key *key)
{
	for (size_t i = 0; i < key->n; i++)
		if (key->columns[i] >= t->nfields || !t->columns[key->columns[i]].read)
			return false;
	return key->n > 0;
}

static void add_alternate(struct gathering *g)
{
	const struct table *t = g->tab->table;

	for (size_t i = 0; i < t->nkeys; i++) {
		struct match_key key = { .kind = KEY_ALTERNATE };

		if (find_columns(g, t->keys[i].columns, t->keys[i].ncolumns, &key) &&
		    is_told(g->tab, &key) && !is_said(g, &key))
			add(g, key,
			    str_fmt(g->j->arena, " (alternate key %.*s)",
				    STR_ARG(t->keys[i].name)));
	}
}

static void add_name(struct gathering *g, enum key_kind kind, struct str suffix)
{
	struct match_key key = { .kind = kind };

	if (g->tab->table->primary_name.n > 0 &&
	    find_columns(g, &g->tab->table->primary_name, 1, &key) && is_told(g->tab, &key))
		add(g, key, suffix);
}

static bool is_adopting(const struct gathering *g)
{
	const struct decisions *d = &g->j->decisions;

	for (size_t i = 0; i < d->nadopt; i++)
		if (str_eq(d->adopt[i].table, g->tab->table->name))
			return true;
	return false;
}

static void gather(struct gathering *g)
{
	add_known(g);

	size_t n = g->keys.n;

	add_compared(g);
	add_match(g);
	if (!g->j->decisions.match_cmt)
		add_alternate(g);
	else if (g->keys.n == n)
		add_name(g, KEY_NAME, S(" alone (--match cmt)"));
}

static bool has_own_lookup(const struct tab *t, const struct match_key *key)
{
	for (size_t i = 0; i < key->n; i++) {
		const struct column *c = t->columns[key->columns[i]].column;

		for (size_t k = 0; k < c->ntargets; k++)
			if (str_eq(c->targets[k], t->table->name))
				return true;
	}
	return false;
}

void keys_make(struct job *j, struct tab *t, struct collate *fold, struct match_keys *out)
{
	struct gathering g = { .j = j, .tab = t };

	if (!t->entity->force_create)
		gather(&g);
	if (is_adopting(&g))
		add_name(&g, KEY_ADOPT, S(" (--adopt)"));
	*out = (struct match_keys){ .tab = t, .p = g.keys.p, .n = g.keys.n, .fold = fold };
	for (size_t i = 0; i < out->n; i++)
		out->own = out->own || has_own_lookup(t, &out->p[i]);
}

uint32_t keys_folded(const struct match_key *key)
{
	return key->number + KEY_FOLDED;
}

uint32_t keys_source(const struct match_key *key)
{
	return key->number + KEY_SOURCE;
}

bool keys_apply(const struct match_keys *keys, const struct match_key *key,
		const struct value *values)
{
	if (key->kind == KEY_ADOPT)
		return false;
	return !key->rule || key->rule == tab_rule(keys->tab, values);
}

bool keys_have(const struct match_keys *keys, size_t column)
{
	for (size_t i = 0; i < keys->n; i++)
		if (has_column(&keys->p[i], column))
			return true;
	return false;
}

/*
 * What is not mapped is a row of the package that is not decided yet, or one outside it that nobody looked for, because the
 * column is not written: that one is the same where the id is.
 */
static bool drop_undecided(struct job *j, struct value *v, struct err *e)
{
	const struct tab *t = tabs_find(&j->tabs, v->table);
	struct guid id;
	bool inside = !guid_parse(v->text, &id);

	if (t && !inside && !run_has_row(j->run, SIDE_SOURCE, t->number, id, &inside, e))
		return false;
	if (inside)
		*v = (struct value){ .kind = VALUE_ABSENT };
	return true;
}

/* The target's form of one part; an unfit or unmapped one becomes VALUE_ABSENT. */
static bool read_part(struct job *j, const struct column *column, struct arena *a, struct value *v,
		      struct err *e)
{
	struct err unfit;

	if (v->kind == VALUE_REF) {
		struct guid id, mapped;
		bool found = false;
		if (guid_parse(v->text, &id) &&
		    !run_get_map(j->run, v->table, id, &mapped, &found, e))
			return false;
		if (found)
			v->text = guid_text(a, mapped);
		return found || drop_undecided(j, v, e);
	}
	/* A value that does not fit is told by the rewrite; here it is no key. */
	if (!value_adapt(a, column, v, &unfit))
		*v = (struct value){ .kind = VALUE_ABSENT };
	return true;
}

bool keys_read(struct job *j, const struct match_keys *keys, const struct match_key *key,
	       const struct value *values, struct arena *a, struct key_text *out, struct err *e)
{
	const struct value **list = arena_array(a, const struct value *, key->n);
	struct key_text text = { .key = key, .parts = arena_array(a, struct value, key->n) };

	for (size_t i = 0; i < key->n; i++) {
		const struct column *column = keys->tab->columns[key->columns[i]].column;

		text.parts[i] = values[key->columns[i]];
		list[i] = &text.parts[i];
		if (!read_part(j, column, a, &text.parts[i], e))
			return false;
	}
	text.whole = row_key(a, list, key->n, &text.text);
	*out = text;
	return true;
}

struct str keys_fold(const struct match_keys *keys, const struct key_text *text, struct arena *a)
{
	size_t n = text->key->n;
	struct value *folded = arena_array(a, struct value, n);
	const struct value **list = arena_array(a, const struct value *, n);
	struct str out = { 0 };

	for (size_t i = 0; i < n; i++) {
		folded[i] = text->parts[i];
		if (folded[i].kind == VALUE_TEXT)
			folded[i].text = collate_key(keys->fold, a, folded[i].text);
		list[i] = &folded[i];
	}
	/* A text of blanks folds to nothing: no two of them are the same. */
	return row_key(a, list, n, &out) ? out : text->text;
}
