/* SPDX-License-Identifier: MIT */
/*
 * The names come from the file alone: no table's definition is loaded.
 */
#include "org/service_document.h"

#include "io/json.h"

#include "base/banned.h"

static void write_set(struct json_writer *w, struct str name)
{
	json_object(w);
	json_key(w, S("name"));
	json_str(w, name);
	json_key(w, S("kind"));
	json_str(w, S("EntitySet"));
	json_key(w, S("url"));
	json_str(w, name);
	json_object_end(w);
}

static bool write_sets(struct json_writer *w, struct stmt *st, struct err *e)
{
	for (;;) {
		bool row;

		if (!stmt_step(st, &row, e))
			return false;
		if (!row)
			return true;
		write_set(w, stmt_str(st, 0));
	}
}

bool service_document_read(struct call *c, struct err *e)
{
	DEFER(stmt_close) struct stmt *st = NULL;

	if (!db_prepare(c->store->db,
			S("select distinct entity_set from ferry_table where entity_set <> '' "
			  "order by entity_set"),
			&st, e))
		return false;
	call_json(c, 200);

	DEFER(json_writer_release) struct json_writer w = json_writer_make(call_sink(c));

	json_object(&w);
	json_key(&w, S("@odata.context"));
	json_str(&w, str_fmt(c->arena, "%.*s$metadata", STR_ARG(c->root)));
	json_key(&w, S("value"));
	json_array(&w);
	if (!write_sets(&w, st, e))
		return false;
	json_array_end(&w);
	json_object_end(&w);
	return json_writer_finish(&w, e);
}
