/* SPDX-License-Identifier: MIT */
/*
 * Bulk messages: the service is asked by the rows of sdkmessagefilter, as Microsoft's documentation tells clients to.
 */
#include "move/push_bulk.h"

#include <string.h>

#include "base/codec.h"
#include "base/limits.h"
#include "io/json.h"

#include "base/banned.h"

/* The tables in one question. */
#define TABLES 200

static const struct str names[] = {
	[WAY_BATCH] = STR_INIT(""),
	[WAY_CREATE_MULTIPLE] = STR_INIT("CreateMultiple"),
	[WAY_UPDATE_MULTIPLE] = STR_INIT("UpdateMultiple"),
};

struct push_bulk push_bulk_make(struct job *j)
{
	return (struct push_bulk){ .j = j,
				   .create = arena_array(j->arena, bool, j->tabs.n),
				   .update = arena_array(j->arena, bool, j->tabs.n) };
}

static bool may_ask(const struct tab *t)
{
	/* parties of a row: nothing tells that these messages take them */
	return !str_eq(t->table->table_type, S("Elastic")) && !(t->known && t->known->one) &&
	       !t->parties;
}

/* False when there is none among them. */
static bool question(const struct tabs *tabs, size_t from, struct buf *url)
{
	DEFER(buf_release) struct buf filter = buf_make(LIMIT_URL);
	bool any = false;

	buf_add(&filter, S("(sdkmessageid/name eq 'CreateMultiple' or sdkmessageid/name eq "
			   "'UpdateMultiple') and Microsoft.Dynamics.CRM.In(PropertyName="
			   "'primaryobjecttypecode',PropertyValues=["));
	for (size_t i = from; i < tabs->n && i < from + TABLES; i++) {
		if (!may_ask(&tabs->p[i]))
			continue;
		buf_add_fmt(&filter, "%s'%.*s'", any ? "," : "", STR_ARG(tabs->p[i].table->name));
		any = true;
	}
	buf_add(&filter, S("])"));
	buf_add(url, S("sdkmessagefilters?$select=primaryobjecttypecode"
		       "&$expand=sdkmessageid($select=name)&$filter="));
	url_encode(url, buf_str(&filter));
	return any && !filter.full && !url->full;
}

static void take_filter(struct push_bulk *b, const struct json *row)
{
	struct str message = json_text(json_get(row, S("sdkmessageid")), S("name"));
	const struct tab *t = tabs_find(&b->j->tabs, json_text(row, S("primaryobjecttypecode")));

	if (!t || !may_ask(t))
		return;
	if (str_eq(message, names[WAY_CREATE_MULTIPLE]))
		b->create[t->number] = true;
	if (str_eq(message, names[WAY_UPDATE_MULTIPLE]))
		b->update[t->number] = true;
}

static bool ask(struct push_bulk *b, struct str target, struct err *e)
{
	DEFER(arena_release) struct arena scratch = arena_make(0);
	struct request r = { .method = METHOD_GET, .target = target };
	struct response answer;
	struct err unreadable;
	struct json json;

	b->j->run->reads++;
	if (!service_call(b->j->service, &r, &answer, e))
		return err_wrap(e, "asking %s for bulk messages", b->j->service->label);
	if (answer.status != 200 ||
	    !json_parse(&scratch, answer.body, "the bulk messages", &json, &unreadable))
		return true;

	const struct json *rows = json_get(&json, S("value"));

	for (size_t i = 0; rows && rows->kind == JSON_ARRAY && i < rows->n; i++)
		take_filter(b, &rows->items[i]);
	return true;
}

bool push_bulk_ask(struct push_bulk *b, struct err *e)
{
	if (b->asked)
		return true;
	b->asked = true;
	for (size_t from = 0; from < b->j->tabs.n; from += TABLES) {
		DEFER(buf_release) struct buf url = buf_make(LIMIT_URL);

		if (question(&b->j->tabs, from, &url) && !ask(b, buf_str(&url), e))
			return false;
	}
	return true;
}

enum push_way push_bulk_way(const struct push_bulk *b, const struct push_entry *entry)
{
	if (entry->apart || (entry->most > 0 && entry->most < PUSH_BULK_LEAST))
		return WAY_BATCH;
	if (entry->kind == CHANGE_CREATE && b->create[entry->tab])
		return WAY_CREATE_MULTIPLE;
	if (entry->kind == CHANGE_UPDATE && entry->bare && b->update[entry->tab])
		return WAY_UPDATE_MULTIPLE;
	return WAY_BATCH;
}

void push_bulk_forget(struct push_bulk *b, uint32_t tab, enum push_way way)
{
	if (way == WAY_CREATE_MULTIPLE)
		b->create[tab] = false;
	if (way == WAY_UPDATE_MULTIPLE)
		b->update[tab] = false;
}

struct str push_bulk_target(struct arena *a, const struct table *t, enum push_way way)
{
	return str_fmt(a, "%.*s/Microsoft.Dynamics.CRM.%.*s", STR_ARG(t->entity_set),
		       STR_ARG(names[way]));
}

static bool is_id_of(struct push_bulk *b, const struct json *id, const struct push_entry *entry,
		     bool *yes, struct err *e)
{
	struct change c;
	struct guid got;

	if (!journal_get_change(b->j->run, entry->number, &c, e))
		return false;
	*yes = id->kind == JSON_STRING && guid_parse(id->text, &got) && guid_eq(got, c.id);
	return true;
}

bool push_bulk_ids(struct push_bulk *b, struct str body, const struct push_entry *entries, size_t n,
		   struct err *e)
{
	DEFER(arena_release) struct arena scratch = arena_make(0);
	struct json json;
	bool same = true;

	if (!json_parse(&scratch, body, "the answer to CreateMultiple", &json, e)) {
		e->kind = ERR_NETWORK;
		return false;
	}

	const struct json *ids = json_get(&json, S("Ids"));

	if (!ids || ids->kind != JSON_ARRAY || ids->n != n)
		return err_set(e, ERR_NETWORK,
			       "the answer to CreateMultiple does not tell the ids of %zu rows", n);
	for (size_t i = 0; i < n; i++) {
		if (!is_id_of(b, &ids->items[i], &entries[i], &same, e))
			return false;
		if (!same)
			return err_set(e, ERR_NETWORK,
				       "the answer to CreateMultiple tells another id for row %zu",
				       i + 1);
	}
	return true;
}
