/* SPDX-License-Identifier: MIT */
/*
 * Functions and actions about metadata.
 */
#include "org/metadata_actions.h"

#include "org/auto_number.h"
#include "org/code.h"
#include "org/metadata_body.h"
#include "org/parameter.h"

#include "base/banned.h"

/* What is changed here is published at once. */
bool metadata_publish(struct call *c, struct err *e)
{
	(void)e;
	return metadata_done(c);
}

bool metadata_seed(struct call *c, struct err *e)
{
	const struct table *t;
	const struct column *column;
	struct json body;

	if (!metadata_body(c, &body, e))
		return false;

	/* recorded clients write the names in their schema's case */
	struct str name = str_lower_ascii(c->arena, json_text(&body, S("AttributeName")));
	struct str table = str_lower_ascii(c->arena, json_text(&body, S("EntityName")));
	int64_t value = json_int(&body, S("Value"), -1);

	if (!metadata_table_named(c, table, &t, e))
		return false;
	column = table_column(t, name);
	if (!column || column->auto_number.n == 0)
		return err_set_code(e, ERR_BAD_REQUEST, CODE_INVALID_ARGUMENT,
				    "'%.*s' is no autonumber column of table '%.*s'", STR_ARG(name),
				    STR_ARG(t->name));
	if (value < 0)
		return err_set_code(e, ERR_BAD_REQUEST, CODE_INVALID_ARGUMENT,
				    "Value is not a whole number from 0");
	return auto_number_seed(c->store, t->name, column->name, value, e) && metadata_done(c);
}

bool metadata_can_relate(struct call *c, struct err *e)
{
	struct str message = c->url.segments[0].name;
	const struct table *t;
	struct json body;

	if (!metadata_body(c, &body, e) ||
	    !metadata_table_named(c, metadata_text(c, &body, S("EntityName")), &t, e))
		return false;
	call_json(c, 200);

	DEFER(json_writer_release) struct json_writer w = json_writer_make(call_sink(c));

	json_object(&w);
	json_key(&w, S("@odata.context"));
	json_str(&w, call_context(c, str_fmt(c->arena, "Microsoft.Dynamics.CRM.%.*sResponse",
					     STR_ARG(message))));
	json_key(&w, message);
	json_bool(&w, !t->is_intersect);
	json_object_end(&w);
	return json_writer_finish(&w, e);
}

/* The one table that the relationship would be with, if the function has a parameter for it. */
static bool check_other_end(struct call *c, struct err *e)
{
	static const struct str parameters[] = { STR_INIT("ReferencingEntityName"),
						 STR_INIT("ReferencedEntityName") };
	const struct table *t;
	struct err ignored;
	struct str name;

	for (size_t i = 0; i < COUNT_OF(parameters); i++) {
		if (message_parameter_text(c, parameters[i], &name, &ignored))
			return message_table(c, name, &t, e);
	}
	return true;
}

bool metadata_valid_tables(struct call *c, struct err *e)
{
	struct str message = c->url.segments[0].name;
	struct str *names;
	size_t n;

	if (!check_other_end(c, e) || !store_table_names(c->store, c->arena, &names, &n, e))
		return false;
	call_json(c, 200);

	DEFER(json_writer_release) struct json_writer w = json_writer_make(call_sink(c));

	json_object(&w);
	json_key(&w, S("@odata.context"));
	json_str(&w, call_context(c, str_fmt(c->arena, "Microsoft.Dynamics.CRM.%.*sResponse",
					     STR_ARG(message))));
	json_key(&w, S("EntityNames"));
	json_array(&w);
	for (size_t i = 0; i < n; i++) {
		const struct table *t;

		if (!store_table(c->store, names[i], &t, e))
			return false;
		if (t && !t->is_intersect)
			json_str(&w, t->name);
	}
	json_array_end(&w);
	json_object_end(&w);
	return json_writer_finish(&w, e);
}
