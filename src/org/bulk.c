/* SPDX-License-Identifier: MIT */
/*
 * One target after the other by the rules for single rows; the error of the first that fails is the answer.
 */
#include "org/bulk.h"

#include "base/map.h"
#include "io/json.h"
#include "org/code.h"
#include "org/crud.h"
#include "org/parameter.h"
#include "org/row_url.h"
#include "org/sdk_messages.h"

#include "base/banned.h"

struct bulk {
	const struct table *table;
	const struct json *targets;
	struct map seen; /* ids */
};

static bool refuse(const struct table *t, struct str message, struct err *e)
{
	return err_set_code(e, ERR_BAD_REQUEST, CODE_NO_MESSAGE,
			    "the '%.*s' method does not support entities of type '%.*s'",
			    STR_ARG(message), STR_ARG(t->name));
}

static bool check_message(struct call *c, const struct table *t, struct str message, struct err *e)
{
	bool known;

	if (!sdk_messages_know(c->store, message, t, &known, e))
		return false;
	return known || refuse(t, message, e);
}

static bool read_targets(struct call *c, struct bulk *b, struct err *e)
{
	struct json *body = arena_new(c->arena, struct json);

	if (!message_body(c, body, e))
		return false;
	b->targets = json_get(body, S("Targets"));
	b->seen = map_make(c->arena);
	if (!b->targets || b->targets->kind != JSON_ARRAY)
		return err_set_code(e, ERR_BAD_REQUEST, CODE_PAYLOAD,
				    "the parameter 'Targets' is missing, or is no array");
	if (b->targets->n == 0)
		return err_set_code(e, ERR_BAD_REQUEST, CODE_INVALID_ARGUMENT,
				    "the parameter 'Targets' holds no row");
	return true;
}

static bool read_target(struct call *c, const struct bulk *b, size_t i, struct payload *out,
			struct err *e)
{
	const struct json *item = &b->targets->items[i];
	const struct table *t;

	if (!message_type(c->store, item, &t, e))
		return err_wrap(e, "Targets[%zu]", i);
	if (t != b->table)
		return err_set_code(e, ERR_BAD_REQUEST, CODE_INVALID_ARGUMENT,
				    "Targets[%zu] is a row of table %.*s; the message is for rows "
				    "of table %.*s",
				    i, STR_ARG(t->name), STR_ARG(b->table->name));
	return payload_from_json(c->store, c->arena, t, item, out, e);
}

static bool open_bulk(struct call *c, struct bulk *b, struct str message, struct err *e)
{
	return call_table(c, &b->table, e) && check_message(c, b->table, message, e) &&
	       read_targets(c, b, e);
}

/* False for a row that came before. */
static bool is_new(struct call *c, struct bulk *b, struct guid id)
{
	uint32_t index = 0;

	return map_put(&b->seen, guid_text(c->arena, id), &index);
}

static bool need_id(const struct bulk *b, size_t i, const struct payload *p, struct err *e)
{
	if (p->has_id)
		return true;
	return err_set_code(e, ERR_BAD_REQUEST, CODE_INVALID_ARGUMENT,
			    "Targets[%zu] does not tell its primary key %.*s", i,
			    STR_ARG(b->table->primary_id));
}

static bool create_all(struct call *c, const struct bulk *b, struct guid *ids, struct err *e)
{
	struct payload p;

	for (size_t i = 0; i < b->targets->n; i++) {
		if (!read_target(c, b, i, &p, e) ||
		    !crud_create(c->store, c->arena, b->table, &p, &ids[i], e))
			return false;
	}
	return true;
}

bool bulk_create(struct call *c, struct err *e)
{
	struct guid *ids;
	struct bulk b;

	if (!open_bulk(c, &b, S("CreateMultiple"), e) ||
	    !store_reserve_versions(c->store, (int64_t)b.targets->n, e))
		return false;
	ids = arena_array(c->arena, struct guid, b.targets->n);

	bool ok = create_all(c, &b, ids, e);

	store_release_versions(c->store);
	if (!ok)
		return false;
	call_json(c, 200);

	DEFER(json_writer_release) struct json_writer w = json_writer_make(call_sink(c));
	char text[GUID_TEXT_SIZE];

	json_object(&w);
	json_key(&w, S("@odata.context"));
	json_str(&w, call_context(c, S("Microsoft.Dynamics.CRM.CreateMultipleResponse")));
	json_key(&w, S("Ids"));
	json_array(&w);
	for (size_t i = 0; i < b.targets->n; i++)
		json_str(&w, guid_format(ids[i], text));
	json_array_end(&w);
	json_object_end(&w);
	return json_writer_finish(&w, e);
}

bool bulk_update(struct call *c, struct err *e)
{
	struct payload p;
	struct bulk b;
	bool created;

	if (!open_bulk(c, &b, S("UpdateMultiple"), e))
		return false;
	for (size_t i = 0; i < b.targets->n; i++) {
		if (!read_target(c, &b, i, &p, e) || !need_id(&b, i, &p, e))
			return false;
		if (!is_new(c, &b, p.id))
			continue;
		if (!crud_update(c->store, c->arena, b.table, p.id, CRUD_IF_EXISTS, 0, &p, &created,
				 e))
			return false;
	}
	c->answer->status = 204;
	return true;
}

/* By what its "@odata.id" names, else by its primary key; a row without either is a new one. */
static bool upsert_key(struct call *c, const struct bulk *b, size_t i, const struct payload *p,
		       struct row_key *out, struct err *e)
{
	struct str url = json_text(&b->targets->items[i], S("@odata.id"));
	const struct table *t;

	*out = (struct row_key){ .id = p->has_id ? p->id : guid_random(&c->store->rng) };
	if (url.n == 0)
		return true;
	if (!row_url_parse(c->store, c->arena, url, &t, out, e))
		return false;
	if (t == b->table)
		return true;
	return err_set_code(e, ERR_BAD_REQUEST, CODE_INVALID_ARGUMENT,
			    "Targets[%zu]: \"@odata.id\" names a row of table %.*s, not of %.*s", i,
			    STR_ARG(t->name), STR_ARG(b->table->name));
}

static bool upsert_target(struct call *c, struct bulk *b, size_t i, struct err *e)
{
	struct row_key key;
	struct payload p;
	struct guid id;
	bool created;

	if (!read_target(c, b, i, &p, e) || !upsert_key(c, b, i, &p, &key, e) ||
	    !crud_upsert(c->store, c->arena, b->table, &key, CRUD_UPSERT, 0, &p, &id, &created, e))
		return false;
	if (is_new(c, b, id))
		return true;
	return err_set_code(e, ERR_BAD_REQUEST, CODE_INVALID_ARGUMENT,
			    "Targets[%zu] is a row that stands among the targets already", i);
}

bool bulk_upsert(struct call *c, struct err *e)
{
	struct bulk b;
	bool create, update;

	if (!call_table(c, &b.table, e) ||
	    !sdk_messages_know(c->store, S("CreateMultiple"), b.table, &create, e) ||
	    !sdk_messages_know(c->store, S("UpdateMultiple"), b.table, &update, e))
		return false;
	if (!create || !update)
		return refuse(b.table, S("UpsertMultiple"), e);
	if (!read_targets(c, &b, e))
		return false;
	for (size_t i = 0; i < b.targets->n; i++) {
		if (!upsert_target(c, &b, i, e))
			return false;
	}
	c->answer->status = 204;
	return true;
}

bool bulk_delete(struct call *c, struct err *e)
{
	struct payload p;
	struct bulk b;
	bool listed;

	if (!call_table(c, &b.table, e) ||
	    !sdk_messages_know(c->store, S("CreateMultiple"), b.table, &listed, e))
		return false;
	/* the message is there for every table with bulk messages, and works for elastic ones */
	if (listed && !str_eq(b.table->table_type, S("Elastic")))
		return err_set_code(e, ERR_UNSUPPORTED, CODE_NOT_IMPLEMENTED,
				    "DeleteMultiple has not yet been implemented.");
	if (!check_message(c, b.table, S("DeleteMultiple"), e) || !read_targets(c, &b, e))
		return false;
	for (size_t i = 0; i < b.targets->n; i++) {
		if (!read_target(c, &b, i, &p, e) || !need_id(&b, i, &p, e))
			return false;
		if (is_new(c, &b, p.id) &&
		    !crud_delete(c->store, c->arena, b.table, p.id, CRUD_IF_EXISTS, 0, e))
			return false;
	}
	c->answer->status = 204;
	return true;
}
