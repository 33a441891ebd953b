/* SPDX-License-Identifier: MIT */
/*
 * One request per table and kind of choice. A service that does not tell is no failure: then the number stands alone.
 */
#include "move/choices.h"

#include "base/codec.h"
#include "base/limits.h"
#include "io/json.h"
#include "dv/definition.h"
#include "move/journal.h"
#include "move/read_request.h"

#include "base/banned.h"

static const struct {
	enum column_type type;
	const char *name;
	bool global; /* it may have the options of a choice that several columns share */
} kinds[] = {
	{ COLUMN_PICKLIST, "Picklist", true },
	{ COLUMN_MULTISELECT, "MultiSelectPicklist", true },
	{ COLUMN_STATE, "State", false },
	{ COLUMN_STATUS, "Status", false },
};

/* The catalog's own, which it gives away as one that does not change. */
static struct table *own_table(struct job *j, struct str name)
{
	for (size_t i = 0; i < j->catalog->n; i++)
		if (str_eq(j->catalog->tables[i]->name, name))
			return j->catalog->tables[i];
	return NULL;
}

static struct column *own_column(struct table *t, struct str name)
{
	for (size_t i = 0; i < t->ncolumns; i++)
		if (str_eq(t->columns[i].name, name))
			return &t->columns[i];
	return NULL;
}

static const struct json *options_of(const struct json *attribute)
{
	static const struct str sets[] = { STR_INIT("OptionSet"), STR_INIT("GlobalOptionSet") };

	for (size_t i = 0; i < COUNT_OF(sets); i++) {
		const struct json *options = json_get(json_get(attribute, sets[i]), S("Options"));

		if (options && options->kind == JSON_ARRAY && options->n > 0)
			return options;
	}
	return NULL;
}

static void take_one(struct job *j, struct table *t, const struct json *attribute)
{
	struct column *c = own_column(t, json_text(attribute, S("LogicalName")));
	const struct json *options = options_of(attribute);

	if (!c || c->noptions > 0 || !options)
		return;
	c->options = arena_array(j->arena, struct option, options->n);
	c->noptions = options->n;
	for (size_t i = 0; i < options->n; i++)
		c->options[i] = definition_read_option(j->arena, &options->items[i]);
}

static bool ask(struct job *j, struct table *t, size_t kind, struct err *e)
{
	DEFER(arena_release) struct arena scratch = arena_make(0);
	DEFER(buf_release) struct buf url = buf_make(LIMIT_URL);
	DEFER(buf_release) struct buf body = buf_make(LIMIT_JSON_ENVELOPE);
	struct json answer;
	struct err why;
	bool told;

	/* a logical name needs no other encoding inside an OData text */
	buf_add(&url, S("EntityDefinitions(LogicalName='"));
	url_encode(&url, t->name);
	buf_add_fmt(&url,
		    "')/Attributes/Microsoft.Dynamics.CRM.%sAttributeMetadata"
		    "?$select=LogicalName&$expand=OptionSet%s",
		    kinds[kind].name, kinds[kind].global ? ",GlobalOptionSet" : "");
	if (!buf_check(&url, "the question for choices", e) ||
	    !read_try_text(&j->reader, buf_str(&url), S(""), &body, &told, e))
		return false;
	if (!told || !json_parse(&scratch, buf_str(&body), "the choices", &answer, &why))
		return true;

	const struct json *rows = json_get(&answer, S("value"));

	for (size_t i = 0; rows && rows->kind == JSON_ARRAY && i < rows->n; i++)
		take_one(j, t, &rows->items[i]);
	return true;
}

/* Marks the kinds of choice that a change writes and whose numbers mean nothing yet. */
static void mark(const struct tab *t, const struct change *c, bool wanted[COUNT_OF(kinds)])
{
	for (size_t i = 0; i < c->columns.n && i < t->ncolumns; i++) {
		const struct column *column = t->columns[i].column;

		for (size_t k = 0; c->columns.p[i] && column && k < COUNT_OF(kinds); k++)
			if (column->type == kinds[k].type && column->noptions == 0)
				wanted[k] = true;
	}
}

static bool read_tab(struct job *j, const struct tab *t, struct err *e)
{
	DEFER(run_cursor_close) struct run_cursor cursor = { 0 };
	struct table *own = own_table(j, t->table->name);
	bool wanted[COUNT_OF(kinds)] = { false };
	struct change c;
	bool more;

	if (!journal_tab_changes(j->run, t->number, &cursor, e))
		return false;
	for (;;) {
		if (!journal_next_change(&cursor, &c, &more, e))
			return false;
		if (!more)
			break;
		mark(t, &c, wanted);
	}
	for (size_t k = 0; own && k < COUNT_OF(kinds); k++)
		if (wanted[k] && !ask(j, own, k, e))
			return false;
	return true;
}

bool choices_read(struct job *j, struct err *e)
{
	for (size_t i = 0; i < j->tabs.n; i++)
		if (!read_tab(j, &j->tabs.p[i], e))
			return err_wrap(e, "asking what choices mean");
	return true;
}
