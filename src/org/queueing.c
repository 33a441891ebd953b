/* SPDX-License-Identifier: MIT */
/*
 * Items of queues. A row has at most one active item: adding it to another queue moves that.
 */
#include "org/queueing.h"

#include "io/json.h"
#include "org/code.h"
#include "org/crud.h"
#include "org/parameter.h"
#include "org/row.h"

#include "base/banned.h"

/* The row that the URL names; it has to be one of this table. */
static bool bound_row(struct call *c, const char *table, const struct table **t, struct guid *id,
		      struct err *e)
{
	bool there;

	if (!call_row(c, t, id, e))
		return false;
	if (!str_eq((*t)->name, str_from(table)))
		return message_fail_unknown(c, e);
	if (!crud_exists(c->store, *t, *id, &there, e))
		return false;
	return there || row_fail_missing(*t, *id, e);
}

static bool set_item(struct call *c, const struct table *t, struct guid id, const struct payload *p,
		     struct err *e)
{
	bool created;

	return crud_update(c->store, c->arena, t, id, CRUD_IF_EXISTS, 0, p, &created, e);
}

/* The active item of the row. */
static bool find_item(struct call *c, const struct table *target, struct guid row, struct guid *out,
		      bool *found, struct err *e)
{
	struct stmt *st;

	if (!store_statement(c->store,
			     S("select queueitemid from queueitem where objectid = ?1 "
			       "and objectidtype = ?2 and statecode = 0 limit 1"),
			     &st, e))
		return false;
	stmt_bind_str(st, 1, guid_text(c->arena, row));
	stmt_bind_str(st, 2, target->name);
	if (!stmt_step(st, found, e))
		return false;
	*found = *found && guid_parse(stmt_str(st, 0), out);
	stmt_reset(st);
	return true;
}

static bool can_wait(const struct table *items, const struct table *target, struct err *e)
{
	const struct column *c = table_column(items, S("objectid"));

	for (size_t i = 0; c && i < c->ntargets; i++) {
		if (str_eq(c->targets[i], target->name))
			return true;
	}
	return err_set_code(e, ERR_BAD_REQUEST, CODE_INVALID_ARGUMENT,
			    "rows of table %.*s are not kept in queues", STR_ARG(target->name));
}

static bool put_name(struct call *c, struct payload *p, const struct table *items,
		     const struct table *target, struct guid row, struct err *e)
{
	struct value name;

	if (target->primary_name.n == 0)
		return true;
	if (!row_read(c->store, c->arena, target, row, target->primary_name, &name, e))
		return false;
	if (name.kind == VALUE_TEXT)
		payload_put_text(p, items, S("title"), name.text);
	return true;
}

/* What the caller tells of the item besides. */
static bool read_properties(struct call *c, const struct json *body, const struct table *items,
			    struct payload *out, struct err *e)
{
	const struct json *told = json_get(body, S("QueueItemProperties"));

	*out = payload_make(c->arena, items);
	return !told || told->kind == JSON_NULL ||
	       payload_from_json(c->store, c->arena, items, told, out, e);
}

static bool keep_item(struct call *c, const struct table *items, struct guid queue,
		      const struct table *target, struct guid row, struct payload *p,
		      struct guid *item, struct err *e)
{
	bool found;

	payload_put_row(c->arena, p, items, S("queueid"), S("queue"), queue);
	if (!find_item(c, target, row, item, &found, e))
		return false;
	if (found)
		return set_item(c, items, *item, p, e);
	payload_put_row(c->arena, p, items, S("objectid"), target->name, row);
	return put_name(c, p, items, target, row, e) &&
	       crud_create(c->store, c->arena, items, p, item, e);
}

bool action_add_to_queue(struct call *c, struct err *e)
{
	const struct table *queues, *items, *target;
	struct guid queue, row, item;
	struct payload p;
	struct json body;
	bool there;

	if (!bound_row(c, "queue", &queues, &queue, e) ||
	    !message_table(c, S("queueitem"), &items, e) || !message_body(c, &body, e) ||
	    !message_row(c, &body, S("Target"), &target, &row, e) || !can_wait(items, target, e) ||
	    !crud_exists(c->store, target, row, &there, e))
		return false;
	if (!there)
		return row_fail_missing(target, row, e);
	if (!read_properties(c, &body, items, &p, e) ||
	    !keep_item(c, items, queue, target, row, &p, &item, e))
		return false;
	return message_answer_id(c, S("AddToQueueResponse"), S("QueueItemId"), item, e);
}

bool action_pick_from_queue(struct call *c, struct err *e)
{
	const struct table *items, *workers;
	struct guid item, worker;
	struct json body;

	if (!bound_row(c, "queueitem", &items, &item, e) || !message_body(c, &body, e) ||
	    !message_row(c, &body, S("SystemUser"), &workers, &worker, e))
		return false;

	struct payload p = payload_make(c->arena, items);

	payload_put_row(c->arena, &p, items, S("workerid"), workers->name, worker);
	c->answer->status = 204;
	return json_flag(&body, S("RemoveQueueItem"))
		       ? crud_delete(c->store, c->arena, items, item, CRUD_IF_EXISTS, 0, e)
		       : set_item(c, items, item, &p, e);
}

bool action_release_to_queue(struct call *c, struct err *e)
{
	const struct table *items;
	struct guid item;

	if (!bound_row(c, "queueitem", &items, &item, e))
		return false;

	struct payload p = payload_make(c->arena, items);
	const struct column *worker = table_column(items, S("workerid"));

	if (worker)
		payload_put(&p, worker, &(struct value){ .kind = VALUE_NULL });
	c->answer->status = 204;
	return set_item(c, items, item, &p, e);
}

bool action_remove_from_queue(struct call *c, struct err *e)
{
	const struct table *items;
	struct guid item;

	c->answer->status = 204;
	return bound_row(c, "queueitem", &items, &item, e) &&
	       crud_delete(c->store, c->arena, items, item, CRUD_IF_EXISTS, 0, e);
}
