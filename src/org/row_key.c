/* SPDX-License-Identifier: MIT */
/*
 * Keys read from URLs, and looked up in the index of alternate keys.
 */
#include "org/row_key.h"

#include "base/limits.h"
#include "base/vec.h"
#include "org/code.h"
#include "org/key_index.h"

#include "base/banned.h"

static bool fail_key(const struct table *t, struct err *e)
{
	return err_set_code(
		e, ERR_BAD_REQUEST, CODE_ODATA,
		"The key in the request URI is not valid for resource "
		"'Microsoft.Dynamics.CRM.%.*s'. Ensure that the names and number of key "
		"properties match the declared or alternate key properties for the "
		"resource 'Microsoft.Dynamics.CRM.%.*s'.",
		STR_ARG(t->name), STR_ARG(t->name));
}

bool row_key_fail_missing(const struct table *t, struct err *e)
{
	return err_set_code(e, ERR_NOT_FOUND, CODE_KEY_MISSING,
			    "A record with the specified key values does not exist in %.*s entity",
			    STR_ARG(t->name));
}

struct key_part {
	struct str name; /* empty: a value alone */
	struct str literal;
};

/* Up to the next comma outside quotes, off *rest. */
static struct key_part take_part(struct str *rest)
{
	bool quoted = false;
	size_t equals = STR_NONE;
	size_t i = 0;

	for (; i < rest->n && (quoted || rest->p[i] != ','); i++) {
		if (rest->p[i] == '\'')
			quoted = !quoted;
		if (rest->p[i] == '=' && !quoted && equals == STR_NONE)
			equals = i;
	}

	struct str all = str_sub(*rest, 0, i);
	struct key_part part = { .literal = str_trim(all) };

	if (equals != STR_NONE) {
		part.name = str_trim(str_sub(all, 0, equals));
		part.literal = str_trim(str_skip(all, equals + 1));
	}
	*rest = str_skip(*rest, i + 1);
	return part;
}

/* Users and teams are principals: their key in URLs is the owner's (facts/webapi.md 1.4). */
static bool is_primary_name(const struct store *s, const struct table *t, struct str name)
{
	bool principal = str_eq(t->name, S("systemuser")) || str_eq(t->name, S("team"));

	if (principal && str_eq(name, S("ownerid")))
		return true;
	return str_eq(name, t->primary_id) &&
	       (!principal || s->variants.principal_key == PRINCIPAL_KEY_ANY);
}

/* The column that a part of an alternate key names: a lookup by its value's property. */
static const struct column *part_column(const struct table *t, struct str name)
{
	struct str suffix = S("_value");
	bool is_value = str_starts(name, S("_")) && str_ends(name, suffix) && name.n > suffix.n + 1;
	const struct column *c =
		table_column(t, is_value ? str_sub(name, 1, name.n - 1 - suffix.n) : name);

	return c && store_has_column(c) && column_is_lookup(c) == is_value ? c : NULL;
}

static bool has_column(const struct table_key *k, struct str name)
{
	for (size_t i = 0; i < k->ncolumns; i++) {
		if (str_eq(k->columns[i], name))
			return true;
	}
	return false;
}

static bool is_key_of(const struct table_key *k, const struct column **columns, size_t n)
{
	if (k->ncolumns != n)
		return false;
	for (size_t i = 0; i < n; i++) {
		for (size_t j = 0; j < i; j++) {
			if (columns[i] == columns[j])
				return false;
		}
		if (!has_column(k, columns[i]->name))
			return false;
	}
	return true;
}

/* 'it''s' without its quotes. */
static struct str unquote(struct arena *a, struct str literal)
{
	struct str inside = str_sub(literal, 1, literal.n - 2);
	char *text = arena_alloc(a, inside.n);
	size_t n = 0;

	for (size_t i = 0; i < inside.n; i++) {
		text[n++] = inside.p[i];
		if (inside.p[i] == '\'')
			i++;
	}
	return str_of(text, n);
}

static bool is_quoted(struct str literal)
{
	return literal.n >= 2 && literal.p[0] == '\'' && literal.p[literal.n - 1] == '\'';
}

static bool is_number(const struct column *c)
{
	const char *type = store_type(c);

	return type[0] != 'T' || c->type == COLUMN_DECIMAL || c->type == COLUMN_MONEY;
}

/* Keys with such characters in a value do not work in URLs (facts/webapi.md 1.5). */
static bool has_bad_character(struct str text)
{
	for (size_t i = 0; i < text.n; i++) {
		if (str_find_char(S("/<>*%&:\\?+"), text.p[i]) != STR_NONE)
			return true;
	}
	return false;
}

static bool read_literal(struct store *s, struct arena *a, const struct table *t,
			 const struct column *c, struct str literal, struct value *out,
			 struct err *e)
{
	bool quoted = is_quoted(literal);
	bool is_text = column_is_text(c) || c->type == COLUMN_ENTITY_NAME;
	struct json v = { .kind = is_number(c) ? JSON_NUMBER : JSON_STRING, .text = literal };
	struct err why;

	if (quoted != is_text)
		return fail_key(t, e);
	if (quoted)
		v.text = unquote(a, literal);
	if (quoted && s->variants.key_characters == KEY_CHARACTERS_REFUSED &&
	    has_bad_character(v.text))
		return err_set_code(e, ERR_BAD_REQUEST, CODE_ODATA,
				    "a key of %.*s in a URL cannot hold '%.*s': one of the "
				    "characters / < > * %% & : \\ ? + is in it",
				    STR_ARG(t->name), STR_ARG(v.text));
	if (c->type == COLUMN_BOOLEAN)
		v = (struct json){ .kind = JSON_BOOL, .yes = str_eq(literal, S("true")) };
	if (value_from_json(a, c, &v, out, &why) && (is_text || value_adapt(a, c, out, &why)) &&
	    !value_is_empty(out))
		return true;
	return fail_key(t, e);
}

/* A value alone is the id. */
static bool read_id(const struct table *t, struct str literal, struct row_key *out, struct err *e)
{
	struct row_key key = { 0 };

	if (!guid_parse(literal, &key.id))
		return err_set_code(e, ERR_BAD_REQUEST, CODE_ODATA,
				    "'%.*s' is not the id of a row of '%.*s'", STR_ARG(literal),
				    STR_ARG(t->entity_set));
	*out = key;
	return true;
}

static bool find_key(const struct table *t, struct row_key *k)
{
	for (size_t i = 0; i < t->nkeys && !k->key; i++) {
		if (is_key_of(&t->keys[i], k->columns, k->n))
			k->key = &t->keys[i];
	}
	return k->key != NULL;
}

bool row_key_parse(struct store *s, struct arena *a, const struct table *t, struct str text,
		   struct row_key *out, struct err *e)
{
	VEC(struct key_part) parts = { 0 };
	struct str rest = text;

	while (rest.n > 0 && parts.n <= LIMIT_KEY_COLUMNS)
		*VEC_PUSH(a, &parts) = take_part(&rest);
	if (parts.n == 1 && (parts.p[0].name.n == 0 || is_primary_name(s, t, parts.p[0].name)))
		return read_id(t, parts.p[0].literal, out, e);
	if (parts.n == 0 || parts.n > LIMIT_KEY_COLUMNS)
		return fail_key(t, e);

	struct row_key key = { .columns = arena_array(a, const struct column *, parts.n),
			       .values = arena_array(a, struct value, parts.n),
			       .n = parts.n };

	for (size_t i = 0; i < parts.n; i++) {
		key.columns[i] = part_column(t, parts.p[i].name);
		if (!key.columns[i])
			return fail_key(t, e);
	}
	if (!find_key(t, &key))
		return fail_key(t, e);
	for (size_t i = 0; i < parts.n; i++) {
		if (!read_literal(s, a, t, key.columns[i], parts.p[i].literal, &key.values[i], e))
			return false;
	}
	*out = key;
	return true;
}

bool row_key_find(struct store *s, const struct table *t, const struct row_key *k, struct guid *id,
		  bool *found, struct err *e)
{
	DEFER(arena_release) struct arena scratch = arena_make(0);

	if (!k->key) {
		*id = k->id;
		*found = true;
		return true;
	}

	struct key_probe p = key_probe_make(&scratch, t, k->key);

	for (size_t i = 0; i < k->n; i++) {
		for (size_t j = 0; j < k->n; j++) {
			if (str_eq(k->key->columns[j], k->columns[i]->name))
				p.values[j] = k->values[i];
		}
	}
	*found = false;
	return !key_probe_fold(s, &scratch, &p) ||
	       key_index_find(s, &scratch, &p, NULL, id, found, e);
}

bool row_key_resolve(struct store *s, const struct table *t, const struct row_key *k,
		     struct guid *id, struct err *e)
{
	bool found;

	if (!row_key_find(s, t, k, id, &found, e))
		return false;
	return found || row_key_fail_missing(t, e);
}

/* The row's values of the key after it is written; *touched says whether it writes any of them. */
static bool values_after(struct store *s, struct arena *a, const struct row *row, bool is_new,
			 struct key_probe *p, bool *touched, struct err *e)
{
	*touched = is_new;
	for (size_t i = 0; i < p->key->ncolumns; i++) {
		const struct value *v = row_value(row, p->key->columns[i]);

		if (v && v->kind != VALUE_ABSENT)
			*touched = true;
	}
	for (size_t i = 0; *touched && i < p->key->ncolumns; i++) {
		const struct value *v = row_value(row, p->key->columns[i]);

		if (v && (is_new || v->kind != VALUE_ABSENT))
			p->values[i] = *v;
		else if (!row_read(s, a, row->table, row->id, p->key->columns[i], &p->values[i], e))
			return false;
	}
	return true;
}

static bool fail_duplicate(const struct table_key *k, struct err *e)
{
	DEFER(buf_release) struct buf names = buf_make(0);

	for (size_t i = 0; i < k->ncolumns; i++) {
		buf_add(&names, i > 0 ? S(", ") : S(""));
		buf_add(&names, k->columns[i]);
	}
	return err_set_code(e, ERR_PRECONDITION, CODE_KEY_TAKEN,
			    "Entity Key %.*s violated. A record with the same value for %.*s "
			    "already exists. A duplicate record cannot be created. Select one or "
			    "more unique values and try again.",
			    STR_ARG(k->name), STR_ARG(buf_str(&names)));
}

static bool check_key(struct store *s, const struct row *row, const struct table_key *k,
		      bool is_new, struct err *e)
{
	DEFER(arena_release) struct arena scratch = arena_make(0);
	struct key_probe p = key_probe_make(&scratch, row->table, k);
	bool touched, found;
	struct guid id;

	if (!values_after(s, &scratch, row, is_new, &p, &touched, e))
		return false;
	if (!touched || !key_probe_fold(s, &scratch, &p))
		return true;
	if (!key_index_find(s, &scratch, &p, &row->id, &id, &found, e))
		return false;
	return !found || fail_duplicate(k, e);
}

bool row_key_check(struct store *s, const struct row *row, bool is_new, struct err *e)
{
	const struct table *t = row->table;

	if (t->nkeys > 0 && !key_index_prepare(s, t, e))
		return false;
	for (size_t i = 0; i < t->nkeys; i++) {
		if (!check_key(s, row, &t->keys[i], is_new, e))
			return false;
	}
	return true;
}
