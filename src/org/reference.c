/* SPDX-License-Identifier: MIT */
/*
 * $ref. A collection's reference is a row of an intersect table, or the lookup of the row at the other end; a
 * lookup is set and cleared as by an update, with all that follows from one.
 */
#include "org/reference.h"

#include "base/limits.h"
#include "base/vec.h"
#include "io/json.h"
#include "org/code.h"
#include "org/crud.h"
#include "org/row.h"
#include "org/row_url.h"

#include "base/banned.h"

/* set(key)/navigation */
struct holder {
	const struct table *table;
	struct guid id;
	struct str name; /* of the navigation property */
	struct navigation navigation;
};

static bool read_holder(struct call *c, struct holder *out, struct err *e)
{
	struct holder s = { .name = c->url.segments[1].name };

	if (!call_row(c, &s.table, &s.id, e) ||
	    !navigation_find(c->store, c->arena, s.table, s.name, &s.navigation, e))
		return false;
	if (s.navigation.kind == NAVIGATION_NONE)
		return err_set_code(e, ERR_NOT_FOUND, CODE_ODATA,
				    "Resource not found for the segment '%.*s': table '%.*s' has "
				    "no navigation property of that name (case counts)",
				    STR_ARG(s.name), STR_ARG(s.table->name));
	*out = s;
	return true;
}

static bool must_exist(struct call *c, const struct holder *s, struct err *e)
{
	bool exists;

	if (!crud_exists(c->store, s->table, s->id, &exists, e))
		return false;
	return exists || row_fail_missing(s->table, s->id, e);
}

static bool refuse(const struct holder *s, const char *instead, struct err *e)
{
	return err_set_code(e, ERR_NOT_ALLOWED, CODE_ODATA,
			    "the navigation property '%.*s' of '%.*s' is %s", STR_ARG(s->name),
			    STR_ARG(s->table->name), instead);
}

struct other {
	const struct table *table;
	struct guid id;
};

/* The row at the other end by its URL. */
static bool read_other(struct call *c, const struct holder *s, struct str url, struct other *out,
		       struct err *e)
{
	if (!row_url_resolve(c->store, url, &out->table, &out->id, e))
		return false;
	if (navigation_leads_to(&s->navigation, out->table->name))
		return true;
	return err_set_code(e, ERR_BAD_REQUEST, CODE_ODATA,
			    "'%.*s' is a row of table '%.*s'; '%.*s' leads to table '%.*s'",
			    STR_ARG(str_sub(url, 0, 300)), STR_ARG(out->table->name),
			    STR_ARG(s->name), STR_ARG(s->navigation.target));
}

/* By the key behind the navigation property. */
static bool read_other_key(struct call *c, const struct holder *s, struct str text,
			   struct other *out, struct err *e)
{
	struct row_key key;

	if (!store_table(c->store, s->navigation.target, &out->table, e))
		return false;
	if (!out->table)
		return err_set_code(e, ERR_NOT_FOUND, CODE_TABLE_UNKNOWN,
				    "there is no table '%.*s'", STR_ARG(s->navigation.target));
	return row_key_parse(c->store, c->arena, out->table, text, &key, e) &&
	       row_key_resolve(c->store, out->table, &key, &out->id, e);
}

static bool parse_body(struct call *c, struct json *out, struct err *e)
{
	if (json_parse(c->arena, c->request->body, "the body", out, e))
		return true;
	e->kind = ERR_BAD_REQUEST;
	e->code = CODE_PAYLOAD;
	return false;
}

static bool read_body(struct call *c, const struct holder *s, struct other *out, struct err *e)
{
	struct json body;

	if (!parse_body(c, &body, e))
		return false;

	struct str url = json_text(&body, S("@odata.id"));

	if (url.n == 0)
		return err_set_code(e, ERR_BAD_REQUEST, CODE_PAYLOAD,
				    "the body must be {\"@odata.id\":\"<set>(<id>)\"}");
	return read_other(c, s, url, out, e);
}

static struct value reference_value(struct call *c, const struct table *t, struct guid id)
{
	return (struct value){ .kind = VALUE_REF,
			       .text = guid_text(c->arena, id),
			       .table = t->name };
}

static bool pair(struct call *c, const struct holder *s, struct guid other, bool link,
		 struct err *e)
{
	bool (*change)(struct store *, struct arena *, const struct many_to_many *, struct guid,
		       struct guid, struct err *) = link ? crud_link : crud_unlink;
	const struct navigation *n = &s->navigation;

	return n->first ? change(c->store, c->arena, n->mm, s->id, other, e)
			: change(c->store, c->arena, n->mm, other, s->id, e);
}

bool reference_add(struct call *c, struct err *e)
{
	struct holder s;
	struct other other;

	if (!read_holder(c, &s, e))
		return false;
	if (s.navigation.kind == NAVIGATION_LOOKUP)
		return refuse(&s, "single-valued: a reference is set by PUT", e);
	if (!read_body(c, &s, &other, e) || !must_exist(c, &s, e))
		return false;
	c->answer->status = 204;
	if (s.navigation.kind == NAVIGATION_PAIRS)
		return pair(c, &s, other.id, true, e);

	struct value v = reference_value(c, s.table, s.id);

	return crud_set(c->store, c->arena, other.table, other.id, s.navigation.column, &v, e);
}

bool reference_set(struct call *c, struct err *e)
{
	struct holder s;
	struct other other;

	if (!read_holder(c, &s, e))
		return false;
	if (s.navigation.kind != NAVIGATION_LOOKUP)
		return refuse(&s, "a collection: references are added by POST", e);
	if (!read_body(c, &s, &other, e))
		return false;

	struct value v = reference_value(c, other.table, other.id);

	c->answer->status = 204;
	return crud_set(c->store, c->arena, s.table, s.id, s.navigation.column, &v, e);
}

/* A lookup with several tables has a navigation property for each. */
static bool clear_lookup(struct call *c, const struct holder *s, struct err *e)
{
	const struct column *column = s->navigation.column;
	static const struct value none = { .kind = VALUE_NULL };
	struct value stored;

	if (!must_exist(c, s, e) ||
	    !row_read(c->store, c->arena, s->table, s->id, column->name, &stored, e))
		return false;
	if (stored.kind == VALUE_REF && !navigation_leads_to(&s->navigation, stored.table) &&
	    c->store->variants.other_target == OTHER_TARGET_KEPT)
		return true;
	return crud_set(c->store, c->arena, s->table, s->id, column, &none, e);
}

/* The child that was referred to no longer is. */
static bool clear_child(struct call *c, const struct holder *s, const struct other *child,
			struct err *e)
{
	const struct column *column = s->navigation.column;
	static const struct value none = { .kind = VALUE_NULL };
	struct value stored;
	struct guid parent;

	if (!row_read(c->store, c->arena, child->table, child->id, column->name, &stored, e))
		return false;
	if (stored.kind == VALUE_REF && guid_parse(stored.text, &parent) && guid_eq(parent, s->id))
		return crud_set(c->store, c->arena, child->table, child->id, column, &none, e);
	return err_set_code(e, ERR_NOT_FOUND, CODE_ROW_MISSING, "the rows are not linked by '%.*s'",
			    STR_ARG(s->name));
}

static bool read_removed(struct call *c, const struct holder *s, struct other *out, struct err *e)
{
	const struct url_segment *segment = &c->url.segments[1];
	const struct str *url = url_option(&c->url, S("$id"));

	if (segment->has_key == (url != NULL))
		return err_set_code(e, ERR_BAD_REQUEST, CODE_ODATA,
				    "tell which reference to remove, either as '%.*s(<id>)/$ref' "
				    "or by $id=",
				    STR_ARG(segment->name));
	return url ? read_other(c, s, *url, out, e) : read_other_key(c, s, segment->key, out, e);
}

bool reference_remove(struct call *c, struct err *e)
{
	struct holder s;
	struct other other;

	if (!read_holder(c, &s, e))
		return false;
	c->answer->status = 204;
	if (s.navigation.kind == NAVIGATION_LOOKUP) {
		if (c->url.segments[1].has_key)
			return refuse(&s, "single-valued: it has no keys", e);
		return clear_lookup(c, &s, e);
	}
	if (!read_removed(c, &s, &other, e))
		return false;
	if (s.navigation.kind == NAVIGATION_PAIRS)
		return pair(c, &s, other.id, false, e);
	return clear_child(c, &s, &other, e);
}

static bool children(struct call *c, const struct holder *s, struct guid **out, size_t *n,
		     struct err *e)
{
	DEFER(buf_release) struct buf sql = buf_make(LIMIT_SQL_TEXT);
	const struct navigation *nav = &s->navigation;
	VEC(struct guid) found = { 0 };
	char text[GUID_TEXT_SIZE];
	struct stmt *st;
	bool row;

	buf_add(&sql, S("select "));
	db_quote(&sql, nav->child->primary_id);
	buf_add(&sql, S(" from "));
	db_quote(&sql, nav->child->name);
	buf_add(&sql, S(" where "));
	db_quote(&sql, nav->column->name);
	buf_add(&sql, S(" = ?1"));
	if (!store_statement(c->store, buf_str(&sql), &st, e))
		return false;
	stmt_bind_str(st, 1, guid_format(s->id, text));
	for (;;) {
		struct guid id;

		if (!stmt_step(st, &row, e))
			return false;
		if (!row)
			break;
		if (guid_parse(stmt_str(st, 0), &id))
			*VEC_PUSH(c->arena, &found) = id;
	}
	*out = found.p;
	*n = found.n;
	return true;
}

static bool create_children(struct call *c, const struct holder *s, const struct json *rows,
			    struct err *e)
{
	const struct table *child = s->navigation.child;
	struct value parent = reference_value(c, s->table, s->id);

	for (size_t i = 0; i < rows->n; i++) {
		struct payload p;
		struct guid id;

		if (!payload_from_json(c->store, c->arena, child, &rows->items[i], &p, e))
			return false;
		payload_put(&p, s->navigation.column, &parent);
		if (!crud_create(c->store, c->arena, child, &p, &id, e))
			return false;
	}
	return true;
}

bool reference_replace(struct call *c, const struct table *t, struct guid id,
		       const struct navigation *n, struct err *e)
{
	struct holder s = { t, id, c->url.segments[1].name, *n };
	const struct json *rows;
	struct guid *old = NULL;
	struct json body;
	size_t count = 0;

	if (n->kind != NAVIGATION_CHILDREN)
		return refuse(&s, "not a collection of rows that are replaced as a whole: use $ref",
			      e);
	if (!must_exist(c, &s, e) || !parse_body(c, &body, e))
		return false;
	rows = json_get(&body, S("value"));
	if (!rows || rows->kind != JSON_ARRAY)
		return err_set_code(e, ERR_BAD_REQUEST, CODE_PAYLOAD,
				    "the body must be {\"value\":[{...},...]}");
	if (!children(c, &s, &old, &count, e))
		return false;
	for (size_t i = 0; i < count; i++) {
		if (!crud_delete(c->store, c->arena, n->child, old[i], CRUD_IF_EXISTS, 0, e))
			return false;
	}
	c->answer->status = 204;
	return create_children(c, &s, rows, e);
}
