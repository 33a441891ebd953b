/* SPDX-License-Identifier: MIT */
/*
 * Functions and actions, one after the other.
 */
#include "org/actions.h"

#include "io/json.h"
#include "org/access.h"
#include "org/caller.h"
#include "org/code.h"
#include "org/parameter.h"

#include "base/banned.h"

/* The root unit of a user who is in none. */
static bool caller_unit(struct call *c, struct guid *out, struct err *e)
{
	DEFER(caller_close) struct caller caller = caller_make(c->store, c->arena);
	struct ids units = { .arena = c->arena };

	*out = c->store->root_unit;
	if (!caller_add_unit(&caller, &units, e))
		return false;
	if (units.list.n > 0)
		*out = units.list.p[0];
	return true;
}

bool action_who_am_i(struct call *c, struct err *e)
{
	struct guid unit;

	if (!caller_unit(c, &unit, e))
		return false;
	call_json(c, 200);

	DEFER(json_writer_release) struct json_writer w = json_writer_make(call_sink(c));

	json_object(&w);
	json_key(&w, S("@odata.context"));
	json_str(&w, call_context(c, S("Microsoft.Dynamics.CRM.WhoAmIResponse")));
	json_guid(&w, S("BusinessUnitId"), unit);
	json_guid(&w, S("UserId"), c->store->caller);
	json_guid(&w, S("OrganizationId"), c->store->organization);
	json_object_end(&w);
	return json_writer_finish(&w, e);
}

static bool count_rows(struct call *c, struct str name, int64_t *n, struct err *e)
{
	DEFER(buf_release) struct buf sql = buf_make(0);
	DEFER(stmt_close) struct stmt *st = NULL;
	const struct table *t;
	bool row;

	if (!store_table(c->store, name, &t, e))
		return false;
	if (!t)
		return err_set_code(e, ERR_BAD_REQUEST, CODE_TABLE_UNKNOWN,
				    "there is no table '%.*s'", STR_ARG(str_sub(name, 0, 100)));
	if (!access_table(c->store, t, RIGHT_READ, e))
		return false;
	buf_add(&sql, S("SELECT count(*) FROM "));
	db_quote(&sql, t->name);
	if (!db_prepare(c->store->db, buf_str(&sql), &st, e) || !stmt_step(st, &row, e))
		return false;
	*n = stmt_i64(st, 0);
	return true;
}

bool action_total_record_count(struct call *c, struct err *e)
{
	struct str text;
	struct json names;

	if (!message_parameter(c, S("EntityNames"), &text, e))
		return false;
	if (!json_parse(c->arena, text, "EntityNames", &names, e) || names.kind != JSON_ARRAY)
		return err_set_code(e, ERR_BAD_REQUEST, CODE_ODATA,
				    "EntityNames is not an array of table names");
	int64_t *counts = arena_array(c->arena, int64_t, names.n);
	for (size_t i = 0; i < names.n; i++)
		if (!count_rows(c, names.items[i].text, &counts[i], e))
			return false;
	call_json(c, 200);

	DEFER(json_writer_release) struct json_writer w = json_writer_make(call_sink(c));

	json_object(&w);
	json_key(&w, S("@odata.context"));
	json_str(&w, call_context(c, S("Microsoft.Dynamics.CRM.RetrieveTotalRecordCountResponse")));
	json_key(&w, S("EntityRecordCountCollection"));
	json_object(&w);
	json_key(&w, S("Count"));
	json_i64(&w, (int64_t)names.n);
	json_key(&w, S("IsReadOnly"));
	json_bool(&w, false);
	json_key(&w, S("Keys"));
	json_array(&w);
	for (size_t i = 0; i < names.n; i++)
		json_str(&w, names.items[i].text);
	json_array_end(&w);
	json_key(&w, S("Values"));
	json_array(&w);
	for (size_t i = 0; i < names.n; i++)
		json_i64(&w, counts[i]);
	json_array_end(&w);
	json_object_end(&w);
	json_object_end(&w);
	return json_writer_finish(&w, e);
}
