/* SPDX-License-Identifier: MIT */
/*
 * A property alone: an update of a row that has to be there, with one column.
 */
#include "org/property_write.h"

#include "io/json.h"
#include "org/code.h"
#include "org/crud.h"
#include "org/file_requests.h"
#include "org/navigation.h"
#include "org/reference.h"
#include "org/writing.h"

#include "base/banned.h"

/* set(key)/name; the column is NULL when the name is a navigation property's. */
struct property {
	const struct table *table;
	struct guid id;
	struct str name;
	const struct column *column;
	struct navigation navigation;
};

static bool read_property(struct call *c, struct property *out, struct err *e)
{
	struct property p = { .name = c->url.segments[1].name };

	if (!call_row(c, &p.table, &p.id, e) ||
	    !navigation_find(c->store, c->arena, p.table, p.name, &p.navigation, e))
		return false;
	p.column = table_column(p.table, p.name);
	if (p.navigation.kind != NAVIGATION_NONE || (p.column && column_is_lookup(p.column)))
		p.column = NULL;
	if (!p.column && p.navigation.kind == NAVIGATION_NONE)
		return err_set_code(e, ERR_NOT_FOUND, CODE_ODATA,
				    "Resource not found for the segment '%.*s': it is no property "
				    "of '%.*s' that is written alone",
				    STR_ARG(p.name), STR_ARG(p.table->name));
	*out = p;
	return true;
}

static bool use_ref(const struct property *p, struct err *e)
{
	return err_set_code(e, ERR_BAD_REQUEST, CODE_ODATA,
			    "'%.*s' of '%.*s' is a navigation property: its references are written "
			    "at '%.*s/$ref'",
			    STR_ARG(p->name), STR_ARG(p->table->name), STR_ARG(p->name));
}

static bool write_value(struct call *c, const struct property *p, const struct json *value,
			struct err *e)
{
	struct json_member member = { .name = p->name, .value = *value };
	struct json body = { .kind = JSON_OBJECT, .members = &member, .n = 1 };
	struct condition condition;
	struct payload payload;
	bool created;

	if (!write_condition(c, &condition, e) ||
	    !payload_from_json(c->store, c->arena, p->table, &body, &payload, e))
		return false;
	if (condition.match != CRUD_IF_VERSION)
		condition.match = CRUD_IF_EXISTS;
	c->answer->status = 204;
	return crud_update(c->store, c->arena, p->table, p->id, condition.match, condition.version,
			   &payload, &created, e);
}

bool property_put(struct call *c, struct err *e)
{
	const struct json *value;
	struct property p;
	struct json body;

	if (!read_property(c, &p, e))
		return false;
	if (p.navigation.kind == NAVIGATION_LOOKUP)
		return use_ref(&p, e);
	if (!p.column)
		return reference_replace(c, p.table, p.id, &p.navigation, e);
	if (!json_parse(c->arena, c->request->body, "the body", &body, e)) {
		e->kind = ERR_BAD_REQUEST;
		e->code = CODE_PAYLOAD;
		return false;
	}
	value = json_get(&body, S("value"));
	if (!value)
		return err_set_code(e, ERR_BAD_REQUEST, CODE_PAYLOAD,
				    "the body must be {\"value\":...}");
	return write_value(c, &p, value, e);
}

bool property_delete(struct call *c, struct err *e)
{
	static const struct json null = { .kind = JSON_NULL };
	struct property p;

	if (!read_property(c, &p, e))
		return false;
	if (p.column && p.column->type == COLUMN_FILE)
		return files_delete(c, p.table, p.id, p.column, e);
	return p.column ? write_value(c, &p, &null, e) : use_ref(&p, e);
}
