/* SPDX-License-Identifier: MIT */
/*
 * Restore.
 */
#include "org/restore.h"

#include "io/json.h"
#include "org/access.h"
#include "org/bin.h"
#include "org/crud.h"
#include "org/parameter.h"

#include "base/banned.h"

/* What the target tells besides its key. */
static bool overwrite(struct call *c, const struct table *t, struct guid id,
		      const struct json *item, struct err *e)
{
	struct payload p;
	bool created;

	if (!payload_from_json(c->store, c->arena, t, item, &p, e))
		return false;
	return p.n == 0 ||
	       crud_update(c->store, c->arena, t, id, CRUD_IF_EXISTS, 0, &p, &created, e);
}

bool action_restore(struct call *c, struct err *e)
{
	const struct table *t;
	struct json body;
	struct guid id;

	if (!message_body(c, &body, e) || !message_row(c, &body, S("Target"), &t, &id, e) ||
	    !access_table(c->store, t, RIGHT_CREATE, e) ||
	    !bin_restore(c->store, c->arena, t, id, e) ||
	    !overwrite(c, t, id, json_get(&body, S("Target")), e))
		return false;
	call_json(c, 200);

	DEFER(json_writer_release) struct json_writer w = json_writer_make(call_sink(c));

	json_object(&w);
	json_key(&w, S("@odata.context"));
	json_str(&w, call_context(c, S("Microsoft.Dynamics.CRM.RestoreResponse")));
	json_key(&w, S("id"));
	json_str(&w, guid_text(c->arena, id));
	json_object_end(&w);
	return json_writer_finish(&w, e);
}
