/* SPDX-License-Identifier: MIT */
/*
 * The body of a create or update, member by member. Lookups are never written by their column's name but
 * through navigation properties, whose case counts; every other member is a column, an annotation that
 * is passed over, or an error.
 */
#include "org/payload.h"

#include "base/vec.h"
#include "io/json.h"
#include "dv/value_form.h"
#include "org/code.h"
#include "org/row_url.h"

#include "base/banned.h"

struct reading {
	struct store *store;
	struct arena *arena;
	const struct table *table;
	bool *given; /* by index of the column */
	VEC(struct payload_related) related;
	struct payload out;
};

struct payload payload_make(struct arena *a, const struct table *t)
{
	return (struct payload){ .columns = arena_array(a, const struct column *, t->ncolumns),
				 .values = arena_array(a, struct value, t->ncolumns) };
}

void payload_put(struct payload *p, const struct column *c, const struct value *v)
{
	size_t at = 0;

	while (at < p->n && p->columns[at] != c)
		at++;
	p->columns[at] = c;
	p->values[at] = *v;
	p->n += at == p->n;
}

void payload_put_text(struct payload *p, const struct table *t, struct str column, struct str text)
{
	const struct column *c = table_column(t, column);

	if (c)
		payload_put(p, c, &(struct value){ .kind = VALUE_TEXT, .text = text });
}

void payload_put_row(struct arena *a, struct payload *p, const struct table *t, struct str column,
		     struct str target, struct guid id)
{
	const struct column *c = table_column(t, column);
	struct value v = { .kind = VALUE_REF, .text = guid_text(a, id), .table = target };

	if (c)
		payload_put(p, c, &v);
}

const struct value *payload_value(const struct payload *p, const struct column *c)
{
	for (size_t i = 0; i < p->n; i++) {
		if (p->columns[i] == c)
			return &p->values[i];
	}
	return NULL;
}

/* As the platform words what its OData library found in a body. */
static bool fail_payload(const struct table *t, struct err *e, const char *why)
{
	return err_set_code(e, ERR_BAD_REQUEST, CODE_PAYLOAD,
			    "Error identified in Payload provided by the user for Entity :'%.*s', "
			    "For more information on this error please follow this help link "
			    "https://go.microsoft.com/fwlink/?linkid=2195293  ---->  "
			    "InnerException : Microsoft.OData.ODataException: %s",
			    STR_ARG(t->entity_set), why);
}

static bool fail_member(const struct reading *r, struct str name, const char *why, struct err *e)
{
	return fail_payload(
		r->table, e,
		str_cstr(r->arena, str_fmt(r->arena, "The property '%.*s' of '%.*s': %s",
					   STR_ARG(name), STR_ARG(r->table->name), why)));
}

static bool fail_undeclared(const struct reading *r, struct str name, struct err *e)
{
	return fail_payload(
		r->table, e,
		str_cstr(r->arena, str_fmt(r->arena,
					   "An undeclared property '%.*s' was found in the "
					   "payload: the type 'Microsoft.Dynamics.CRM.%.*s' has no "
					   "property of that name (case counts)",
					   STR_ARG(name), STR_ARG(r->table->name))));
}

static bool fail_undeclared_bind(const struct reading *r, struct str name, struct err *e)
{
	return fail_payload(
		r->table, e,
		str_cstr(
			r->arena,
			str_fmt(r->arena,
				"An undeclared property '%.*s' which only has property "
				"annotations in the payload but no property value was found in the "
				"payload. In OData, only declared navigation properties and "
				"declared named streams can be represented as properties without "
				"values.",
				STR_ARG(name))));
}

/* The type of a property as the service's metadata document names it. */
static const char *edm_type(const struct column *c)
{
	if (c->type == COLUMN_PARTYLIST || c->type == COLUMN_VIRTUAL)
		return "Edm.String";
	return c->type == COLUMN_MANAGED ? "Microsoft.Dynamics.CRM.BooleanManagedProperty"
					 : column_edm_type(c);
}

/* The code by which the platform refuses a value of this column that is of its type. */
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
	case COLUMN_DATETIME:
		return CODE_DATE;
	case COLUMN_BOOLEAN:
	case COLUMN_MANAGED:
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

static bool fail_value(const struct reading *r, const struct column *c, uint32_t code,
		       const struct err *why, struct err *e)
{
	if (code == CODE_TEXT_LENGTH)
		return err_set_code(e, ERR_BAD_REQUEST, code,
				    "A validation error occurred.  The length of the '%.*s' "
				    "attribute of the '%.*s' entity exceeded the maximum allowed "
				    "length of '%u'.",
				    STR_ARG(c->name), STR_ARG(r->table->name), c->max_length);
	return err_set_code(e, ERR_BAD_REQUEST, code,
			    "A validation error occurred.  The '%.*s' entity, attribute "
			    "'%.*s': %s",
			    STR_ARG(r->table->name), STR_ARG(c->name), why->msg);
}

static bool fail_literal(const struct reading *r, const struct column *c, const struct json *v,
			 struct err *e)
{
	struct str literal = v->kind == JSON_BOOL ? (v->yes ? S("true") : S("false")) : v->text;

	return fail_payload(
		r->table, e,
		str_cstr(r->arena, str_fmt(r->arena,
					   "Cannot convert the literal '%.*s' to the expected "
					   "type '%s'. (property '%.*s')",
					   STR_ARG(str_sub(literal, 0, 200)), edm_type(c),
					   STR_ARG(c->name))));
}

/* What is of the right type, yet refused while it is read: too many choices, a date before all dates. */
static uint32_t early_code(struct arena *a, const struct column *c, const struct json *v)
{
	struct str ignored;
	struct err why;
	size_t commas = 0;

	if (v->kind != JSON_STRING)
		return CODE_PAYLOAD;
	if (c->type == COLUMN_DATETIME && form_moment(a, v->text, &ignored, &why))
		return CODE_DATE;
	for (size_t i = 0; c->type == COLUMN_MULTISELECT && i < v->text.n; i++)
		commas += v->text.p[i] == ',';
	return commas >= OPTIONS_MAX ? CODE_CHOICES : CODE_PAYLOAD;
}

static bool put(struct reading *r, const struct column *c, const struct value *v)
{
	size_t index = (size_t)(c - r->table->columns);

	if (r->given[index])
		return false;
	r->given[index] = true;
	payload_put(&r->out, c, v);
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

	if (v->kind == JSON_ARRAY || (v->kind == JSON_OBJECT && c->type != COLUMN_MANAGED))
		return fail_member(r, c->name, "it holds one value, not an array or object", e);
	if (!store_has_column(c))
		return fail_member(r, c->name, "it holds nothing that can be written", e);
	if (!value_from_json(r->arena, c, v, &value, &why)) {
		uint32_t code = early_code(r->arena, c, v);

		return code == CODE_PAYLOAD ? fail_literal(r, c, v, e)
					    : fail_value(r, c, code, &why, e);
	}
	if (!value_check(r->arena, c, &value, &why))
		return fail_value(r, c, value_code(c), &why, e);
	if (!put(r, c, &value))
		return fail_member(r, c->name, "it is given twice", e);
	return true;
}

/*
 * A column with several targets has a navigation property for each: clients that set one clear the
 * others in the same body.
 */
static bool put_reference(struct reading *r, const struct column *c, struct str name,
			  const struct value *v, struct err *e)
{
	const struct value *there;

	if (put(r, c, v))
		return true;
	there = payload_value(&r->out, c);
	if (v->kind == VALUE_NULL)
		return true;
	if (there->kind != VALUE_NULL)
		return fail_member(r, name, "its column is given twice", e);
	payload_put(&r->out, c, v);
	return true;
}

/* The row that a bind names, of a table at the other end. */
static bool read_bound(struct reading *r, const struct navigation *n, struct str name,
		       const struct json *v, struct payload_related *out, struct err *e)
{
	struct payload_related related = { .navigation = *n, .name = name };

	if (v->kind != JSON_STRING)
		return fail_member(r, name, "a reference is the URL of a row, or null", e);
	if (!row_url_resolve(r->store, v->text, &related.table, &related.id, e))
		return false;
	if (!navigation_leads_to(n, related.table->name))
		return err_set_code(e, ERR_BAD_REQUEST, CODE_ODATA,
				    "a row of %.*s: property '%.*s': it points to rows of %.*s, "
				    "not of %.*s",
				    STR_ARG(r->table->name), STR_ARG(name), STR_ARG(n->target),
				    STR_ARG(related.table->name));
	*out = related;
	return true;
}

static bool read_reference(struct reading *r, const struct navigation *n, struct str name,
			   const struct json *v, struct err *e)
{
	struct value value = { .kind = VALUE_NULL };
	struct payload_related bound;

	if (v->kind == JSON_NULL)
		return put_reference(r, n->column, name, &value, e);
	if (!read_bound(r, n, name, v, &bound, e))
		return false;
	value = (struct value){ .kind = VALUE_REF,
				.text = guid_text(r->arena, bound.id),
				.table = bound.table->name };
	return put_reference(r, n->column, name, &value, e);
}

static bool read_references(struct reading *r, const struct navigation *n, struct str name,
			    const struct json *v, struct err *e)
{
	if (v->kind != JSON_ARRAY)
		return fail_member(r, name, "rows of a collection are bound by an array of URLs",
				   e);
	for (size_t i = 0; i < v->n; i++) {
		struct payload_related bound;

		if (!read_bound(r, n, name, &v->items[i], &bound, e))
			return false;
		*VEC_PUSH(r->arena, &r->related) = bound;
	}
	return true;
}

static bool read_annotation(struct reading *r, struct str name, const struct json *v, struct err *e)
{
	struct str bind = S("@odata.bind");
	struct navigation n;

	if (!str_ends(name, bind))
		return true;
	name.n -= bind.n;
	if (!navigation_find(r->store, r->arena, r->table, name, &n, e))
		return false;
	if (n.kind == NAVIGATION_NONE)
		return fail_undeclared_bind(r, name, e);
	return n.kind == NAVIGATION_LOOKUP ? read_reference(r, &n, name, v, e)
					   : read_references(r, &n, name, v, e);
}

/* A row that is to be created at the other end. */
static bool read_nested(struct reading *r, const struct navigation *n, struct str name,
			const struct json *v, struct err *e)
{
	struct payload *row = arena_new(r->arena, struct payload);
	struct payload_related related = { .navigation = *n, .name = name, .row = row };

	if (v->kind != JSON_OBJECT)
		return fail_member(r, name, "a related row is a JSON object", e);
	if (!store_table(r->store, n->target, &related.table, e))
		return false;
	if (!related.table)
		return fail_member(
			r, name,
			str_eq(n->target, S("owner"))
				? "an owner may be a user or a team: bind one that exists"
				: "the table that it leads to is not in this organization",
			e);
	if (!payload_from_json(r->store, r->arena, related.table, v, row, e))
		return false;
	*VEC_PUSH(r->arena, &r->related) = related;
	return true;
}

/* A navigation property itself: null clears a lookup; an object or an array of them create rows. */
static bool read_navigation(struct reading *r, const struct navigation *n, struct str name,
			    const struct json *v, struct err *e)
{
	static const struct value later = { .kind = VALUE_ABSENT };

	if (n->kind == NAVIGATION_LOOKUP) {
		if (v->kind == JSON_NULL)
			return read_reference(r, n, name, v, e);
		if (v->kind != JSON_OBJECT)
			return fail_member(r, name, "a reference is written as <name>@odata.bind",
					   e);
		return put_reference(r, n->column, name, &later, e) &&
		       read_nested(r, n, name, v, e);
	}
	if (v->kind != JSON_ARRAY)
		return fail_member(r, name, "rows of a collection are an array of objects", e);
	for (size_t i = 0; i < v->n; i++) {
		if (!read_nested(r, n, name, &v->items[i], e))
			return false;
	}
	return true;
}

/* _x_value of a lookup: what is read, and cannot be written. */
static bool is_lookup_value(const struct table *t, struct str name)
{
	struct str suffix = S("_value");
	const struct column *c;

	if (!str_starts(name, S("_")) || !str_ends(name, suffix) || name.n <= suffix.n + 1)
		return false;
	c = table_column(t, str_sub(name, 1, name.n - 1 - suffix.n));
	return c && column_is_lookup(c);
}

static bool read_member(struct reading *r, const struct json_member *m, struct err *e)
{
	const struct column *c = table_column(r->table, m->name);
	struct navigation n;

	if (str_find_char(m->name, '@') != STR_NONE)
		return read_annotation(r, m->name, &m->value, e);
	if (str_eq(m->name, r->table->primary_id))
		return read_id(r, m->name, &m->value, e);
	if (c && !column_is_lookup(c))
		return read_column(r, c, &m->value, e);
	if (!navigation_find(r->store, r->arena, r->table, m->name, &n, e))
		return false;
	if (n.kind != NAVIGATION_NONE)
		return read_navigation(r, &n, m->name, &m->value, e);
	if (is_lookup_value(r->table, m->name) &&
	    r->store->variants.lookup_value == LOOKUP_VALUE_IGNORED)
		return true;
	if (c || is_lookup_value(r->table, m->name))
		return fail_member(r, m->name,
				   "a lookup is written through its navigation property", e);
	return fail_undeclared(r, m->name, e);
}

bool payload_from_json(struct store *s, struct arena *a, const struct table *t,
		       const struct json *body, struct payload *out, struct err *e)
{
	struct reading r = { .store = s, .arena = a, .table = t };

	if (body->kind != JSON_OBJECT)
		return fail_payload(t, e, "the body has to be a JSON object");
	r.given = arena_array(a, bool, t->ncolumns);
	r.out = payload_make(a, t);
	for (size_t i = 0; i < body->n; i++) {
		if (!read_member(&r, &body->members[i], e))
			return false;
	}
	r.out.related = r.related.p;
	r.out.nrelated = r.related.n;
	*out = r.out;
	return true;
}

bool payload_read(struct store *s, struct arena *a, const struct table *t, struct str body,
		  struct payload *out, struct err *e)
{
	struct json tree;
	struct err why;

	if (!json_parse(a, body, "body", &tree, &why))
		return fail_payload(t, e, why.msg);
	return payload_from_json(s, a, t, &tree, out, e);
}
