/* SPDX-License-Identifier: MIT */
/*
 * Functions and actions, one after the other.
 */
#include "org/actions.h"

#include "io/json.h"
#include "org/result.h"

#include "base/banned.h"

static void write_id(struct json_writer *w, struct str key, struct guid id)
{
	char text[GUID_TEXT_SIZE];

	json_key(w, key);
	json_str(w, guid_format(id, text));
}

bool action_who_am_i(struct call *c, struct err *e)
{
	call_json(c, 200);

	DEFER(json_writer_release) struct json_writer w = json_writer_make(call_sink(c));

	json_object(&w);
	json_key(&w, S("@odata.context"));
	json_str(&w, S(ORG_ROOT "$metadata#Microsoft.Dynamics.CRM.WhoAmIResponse"));
	write_id(&w, S("BusinessUnitId"), c->store->root_unit);
	write_id(&w, S("UserId"), c->store->admin);
	write_id(&w, S("OrganizationId"), c->store->organization);
	json_object_end(&w);
	return json_writer_finish(&w, e);
}
