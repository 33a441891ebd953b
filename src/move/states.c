/* SPDX-License-Identifier: MIT */
/*
 * A service that does not tell them is no failure: then the state after the active one is taken to be the inactive one.
 */
#include "move/states.h"

#include "base/codec.h"
#include "base/limits.h"
#include "io/json.h"
#include "dv/definition.h"
#include "move/read_request.h"

#include "base/banned.h"

static struct column *state_column(struct job *j, struct str table)
{
	for (size_t i = 0; i < j->catalog->n; i++) {
		struct table *t = j->catalog->tables[i];

		if (!str_eq(t->name, table))
			continue;
		for (size_t k = 0; k < t->ncolumns; k++)
			if (str_eq(t->columns[k].name, S("statecode")))
				return &t->columns[k];
	}
	return NULL;
}

static void take(struct job *j, const struct json *answer, struct column *c)
{
	const struct json *rows = json_get(answer, S("value"));

	for (size_t i = 0; rows && rows->kind == JSON_ARRAY && i < rows->n; i++) {
		const struct json *options =
			json_get(json_get(&rows->items[i], S("OptionSet")), S("Options"));

		if (!str_eq(json_text(&rows->items[i], S("LogicalName")), c->name) || !options ||
		    options->kind != JSON_ARRAY)
			continue;
		c->options = arena_array(j->arena, struct option, options->n);
		c->noptions = options->n;
		for (size_t k = 0; k < options->n; k++)
			c->options[k] = definition_read_option(j->arena, &options->items[k]);
	}
}

bool states_read(struct job *j, struct str table, struct err *e)
{
	DEFER(arena_release) struct arena scratch = arena_make(0);
	DEFER(buf_release) struct buf url = buf_make(LIMIT_URL);
	DEFER(buf_release) struct buf body = buf_make(LIMIT_JSON_ENVELOPE);
	struct column *c = state_column(j, table);
	struct json answer;
	struct err why;
	bool told;

	if (!c || c->noptions > 0)
		return true;
	/* a logical name needs no other encoding inside an OData text */
	buf_add(&url, S("EntityDefinitions(LogicalName='"));
	url_encode(&url, table);
	buf_add(&url, S("')/Attributes/Microsoft.Dynamics.CRM.StateAttributeMetadata"
			"?$select=LogicalName&$expand=OptionSet"));
	if (!buf_check(&url, "the question for states", e) ||
	    !read_try_text(&j->reader, buf_str(&url), S(""), &body, &told, e))
		return false;
	if (told && json_parse(&scratch, buf_str(&body), "the states", &answer, &why))
		take(j, &answer, c);
	return true;
}
