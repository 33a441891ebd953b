/* SPDX-License-Identifier: MIT */
/*
 * The body of a create or update, member by member. Lookups are never written by their column's name but
 * through navigation properties, whose case counts; every other member is a column, an annotation that
 * is passed over, or an error.
 */
#include "org/payload.h"

#include "io/json.h"
#include "org/code.h"

#include "base/banned.h"

struct reading {
	struct store *store;
	struct arena *arena;
	const struct table *table;
	bool *given; /* by index of the column */
	struct payload out;
};

static bool fail_url(struct str url, const char *why, struct err *e)
{
	return err_set_code(e, ERR_BAD_REQUEST, CODE_ODATA,
			    "the URL \"%.*s\" does not name a row: %s", STR_ARG(url), why);
}

/* "", "/", "/api/data/v9.2/" or the same behind a scheme and host. */
static bool is_service_root(struct str s)
{
	size_t scheme = str_find(s, S("://"));

	if (scheme != STR_NONE) {
		s = str_skip(s, scheme + 3);

		size_t path = str_find_char(s, '/');

		if (path == STR_NONE || path == 0)
			return false;
		s = str_skip(s, path);
	}
	if (scheme == STR_NONE && (s.n == 0 || str_eq(s, S("/"))))
		return true;
	if (!str_starts(s, S("/api/data/v")) || !str_ends(s, S("/")))
		return false;
	s = str_skip(s, S("/api/data/v").n);
	return s.n > 1 && str_find_char(s, '/') == s.n - 1;
}

/* Users and teams are principals: their key in URLs is the owner's (facts/webapi.md 1.4). */
static bool is_key_name(const struct table *t, struct str name)
{
	if (str_eq(name, t->primary_id))
		return true;
	return str_eq(name, S("ownerid")) &&
	       (str_eq(t->name, S("systemuser")) || str_eq(t->name, S("team")));
}

bool payload_row_url(struct store *s, struct str url, const struct table **t, struct guid *id,
		     struct err *e)
{
	size_t open = str_find_char(url, '(');

	if (open == STR_NONE || !str_ends(url, S(")")))
		return fail_url(url, "it has to end with <entity set>(<id>)", e);

	struct str head = str_sub(url, 0, open);
	struct str key = str_sub(url, open + 1, url.n - open - 2);
	size_t from = head.n;
	size_t equals = str_find_char(key, '=');
	const struct table *table;
	struct guid found;

	while (from > 0 && head.p[from - 1] != '/')
		from--;
	if (!is_service_root(str_sub(head, 0, from)))
		return fail_url(url, "what stands before the entity set is no service root", e);
	if (!store_table_of_set(s, str_skip(head, from), &table, e))
		return false;
	if (!table)
		return fail_url(url, "there is no such entity set", e);
	if (equals != STR_NONE) {
		if (!is_key_name(table, str_sub(key, 0, equals)))
			return fail_url(url, "only the primary key names a row here", e);
		key = str_skip(key, equals + 1);
	}
	if (!guid_parse(key, &found))
		return fail_url(url, "its key is no GUID", e);
	*t = table;
	*id = found;
	return true;
}

static bool fail_member(const struct reading *r, struct str name, const char *why, struct err *e)
{
	return err_set_code(e, ERR_BAD_REQUEST, CODE_PAYLOAD, "a row of %.*s: property '%.*s': %s",
			    STR_ARG(r->table->name), STR_ARG(name), why);
}

/* The code by which the platform refuses a value of this column. */
static uint32_t value_code(const struct column *c)
{
	switch (c->type) {
	case COLUMN_STRING:
	case COLUMN_MEMO:
		return CODE_TEXT_LENGTH;
	case COLUMN_INTEGER:
	case COLUMN_BIGINT:
		return CODE_INTEGER_RANGE;
	case COLUMN_DECIMAL:
	case COLUMN_DOUBLE:
	case COLUMN_MONEY:
		return CODE_DECIMAL_RANGE;
	case COLUMN_PICKLIST:
	case COLUMN_MULTISELECT:
	case COLUMN_STATE:
	case COLUMN_STATUS:
		return CODE_CHOICE;
	case COLUMN_BOOLEAN:
	case COLUMN_MANAGED:
	case COLUMN_DATETIME:
	case COLUMN_LOOKUP:
	case COLUMN_CUSTOMER:
	case COLUMN_OWNER:
	case COLUMN_GUID:
	case COLUMN_IMAGE:
	case COLUMN_FILE:
	case COLUMN_ENTITY_NAME:
	case COLUMN_PARTYLIST:
	case COLUMN_VIRTUAL:
		break;
	}
	return CODE_PAYLOAD;
}

static bool put(struct reading *r, const struct column *c, const struct value *v)
{
	size_t index = (size_t)(c - r->table->columns);
	size_t at = r->out.n;

	if (r->given[index])
		return false;
	r->given[index] = true;
	r->out.columns[at] = c;
	r->out.values[at] = *v;
	r->out.n++;
	return true;
}

static bool read_id(struct reading *r, struct str name, const struct json *v, struct err *e)
{
	if (v->kind != JSON_STRING || !guid_parse(v->text, &r->out.id))
		return fail_member(r, name, "the primary key has to be a GUID", e);
	r->out.has_id = true;
	return true;
}

static bool read_column(struct reading *r, const struct column *c, const struct json *v,
			struct err *e)
{
	struct value value;
	struct err why;
	uint32_t code = CODE_PAYLOAD;

	if (v->kind == JSON_ARRAY || (v->kind == JSON_OBJECT && c->type != COLUMN_MANAGED))
		return fail_member(r, c->name, "it holds one value, not an array or object", e);
	if (!store_has_column(c))
		return fail_member(r, c->name, "it holds nothing that can be written", e);

	bool ok = value_from_json(r->arena, c, v, &value, &why);

	if (ok) {
		code = value_code(c);
		ok = value_adapt(r->arena, c, &value, &why);
	}
	if (!ok)
		return err_set_code(e, ERR_BAD_REQUEST, code, "a row of %.*s: property '%.*s': %s",
				    STR_ARG(r->table->name), STR_ARG(c->name), why.msg);
	if (!put(r, c, &value))
		return fail_member(r, c->name, "it is given twice", e);
	return true;
}

static const struct many_to_one *by_navigation(const struct table *t, struct str name)
{
	for (size_t i = 0; i < t->nmany_to_one; i++) {
		if (str_eq(t->many_to_one[i].navigation, name))
			return &t->many_to_one[i];
	}
	return NULL;
}

static bool is_collection(const struct table *t, struct str name)
{
	for (size_t i = 0; i < t->nmany_to_many; i++) {
		const struct many_to_many *mm = &t->many_to_many[i];

		if (str_eq(mm->navigation1, name) || str_eq(mm->navigation2, name))
			return true;
	}
	return false;
}

/* The abstract owner stands for every table that the column may point to. */
static bool is_target(const struct column *c, const struct many_to_one *mo, struct str table)
{
	if (str_eq(mo->target, table))
		return true;
	if (!str_eq(mo->target, S("owner")))
		return false;
	for (size_t i = 0; i < c->ntargets; i++) {
		if (str_eq(c->targets[i], table))
			return true;
	}
	return false;
}

/*
 * A column with several targets has a navigation property for each: clients that set one clear the
 * others in the same body.
 */
static bool put_reference(struct reading *r, const struct column *c, struct str name,
			  const struct value *v, struct err *e)
{
	if (put(r, c, v))
		return true;
	for (size_t i = 0; i < r->out.n; i++) {
		if (r->out.columns[i] != c)
			continue;
		if (v->kind == VALUE_NULL)
			return true;
		if (r->out.values[i].kind == VALUE_NULL) {
			r->out.values[i] = *v;
			return true;
		}
	}
	return fail_member(r, name, "its column is given twice", e);
}

static bool read_reference(struct reading *r, const struct many_to_one *mo, struct str name,
			   const struct json *v, struct err *e)
{
	const struct column *c = table_column(r->table, mo->column);
	struct value value = { .kind = VALUE_NULL };
	const struct table *target;
	struct guid id;

	assert(c);
	if (v->kind == JSON_NULL)
		return put_reference(r, c, name, &value, e);
	if (v->kind != JSON_STRING)
		return fail_member(r, name, "a reference is the URL of a row, or null", e);
	if (!payload_row_url(r->store, v->text, &target, &id, e))
		return err_wrap(e, "a row of %.*s: property '%.*s'", STR_ARG(r->table->name),
				STR_ARG(name));
	if (!is_target(c, mo, target->name))
		return err_set_code(e, ERR_BAD_REQUEST, CODE_ODATA,
				    "a row of %.*s: property '%.*s': it points to rows of %.*s, "
				    "not of %.*s",
				    STR_ARG(r->table->name), STR_ARG(name), STR_ARG(mo->target),
				    STR_ARG(target->name));
	value = (struct value){ .kind = VALUE_REF,
				.text = guid_text(r->arena, id),
				.table = target->name };
	return put_reference(r, c, name, &value, e);
}

static bool read_annotation(struct reading *r, struct str name, const struct json *v, struct err *e)
{
	struct str bind = S("@odata.bind");

	if (!str_ends(name, bind))
		return true;

	struct str navigation = str_sub(name, 0, name.n - bind.n);
	const struct many_to_one *mo = by_navigation(r->table, navigation);

	if (is_collection(r->table, navigation))
		return err_set_code(e, ERR_UNSUPPORTED, 0,
				    "a row of %.*s: property '%.*s': rows are linked with $ref "
				    "here, not within a body",
				    STR_ARG(r->table->name), STR_ARG(name));
	if (!mo)
		return fail_member(r, name,
				   "no value, and no navigation property is declared by that name; "
				   "their names are case sensitive",
				   e);
	return read_reference(r, mo, name, v, e);
}

/* A navigation property itself: null clears it, an object or array would create rows. */
static bool read_navigation(struct reading *r, const struct many_to_one *mo, struct str name,
			    const struct json *v, struct err *e)
{
	if (v->kind == JSON_OBJECT || v->kind == JSON_ARRAY)
		return err_set_code(e, ERR_UNSUPPORTED, 0,
				    "a row of %.*s: property '%.*s': related rows cannot be "
				    "created within a body here",
				    STR_ARG(r->table->name), STR_ARG(name));
	if (v->kind != JSON_NULL || !mo)
		return fail_member(r, name, "a reference is written as <name>@odata.bind", e);
	return read_reference(r, mo, name, v, e);
}

static bool read_member(struct reading *r, const struct json_member *m, struct err *e)
{
	const struct column *c = table_column(r->table, m->name);
	const struct many_to_one *mo;

	if (str_find_char(m->name, '@') != STR_NONE)
		return read_annotation(r, m->name, &m->value, e);
	if (str_eq(m->name, r->table->primary_id))
		return read_id(r, m->name, &m->value, e);
	if (c && !column_is_lookup(c))
		return read_column(r, c, &m->value, e);
	mo = by_navigation(r->table, m->name);
	if (mo || is_collection(r->table, m->name))
		return read_navigation(r, mo, m->name, &m->value, e);
	if (c)
		return fail_member(r, m->name,
				   "a lookup is written through its navigation property", e);
	return fail_member(r, m->name, "the table declares no property of that name", e);
}

bool payload_from_json(struct store *s, struct arena *a, const struct table *t,
		       const struct json *body, struct payload *out, struct err *e)
{
	struct reading r = { .store = s, .arena = a, .table = t };

	if (body->kind != JSON_OBJECT)
		return err_set_code(e, ERR_BAD_REQUEST, CODE_PAYLOAD,
				    "a row of %.*s: the body has to be a JSON object",
				    STR_ARG(t->name));
	r.given = arena_array(a, bool, t->ncolumns);
	r.out.columns = arena_array(a, const struct column *, t->ncolumns);
	r.out.values = arena_array(a, struct value, t->ncolumns);
	for (size_t i = 0; i < body->n; i++) {
		if (!read_member(&r, &body->members[i], e))
			return false;
	}
	*out = r.out;
	return true;
}

bool payload_read(struct store *s, struct arena *a, const struct table *t, struct str body,
		  struct payload *out, struct err *e)
{
	struct json tree;
	struct err why;

	if (!json_parse(a, body, "body", &tree, &why))
		return err_set_code(e, ERR_BAD_REQUEST, CODE_PAYLOAD, "a row of %.*s: %s",
				    STR_ARG(t->name), why.msg);
	return payload_from_json(s, a, t, &tree, out, e);
}
