/* SPDX-License-Identifier: MIT */
/*
 * Global choices: rows of ferry_choice.
 */
#include "org/choices.h"

#include "base/limits.h"
#include "base/vec.h"

#include "base/banned.h"

static void read_options(struct arena *a, const struct json *o, struct column *c)
{
	const struct json *list = json_get(o, S("Options"));
	const struct json *pair[2] = { json_get(o, S("TrueOption")),
				       json_get(o, S("FalseOption")) };
	VEC(struct option) options = { 0 };

	for (size_t i = 0; list && list->kind == JSON_ARRAY && i < list->n; i++)
		*VEC_PUSH(a, &options) = definition_read_option(a, &list->items[i]);
	for (size_t i = 0; i < COUNT_OF(pair); i++) {
		if (pair[i] && pair[i]->kind == JSON_OBJECT)
			*VEC_PUSH(a, &options) = definition_read_option(a, pair[i]);
	}
	c->options = options.p;
	c->noptions = options.n;
}

bool choice_read(struct arena *a, const struct json *o, struct definition_choice *out,
		 struct err *e)
{
	struct column *c = arena_new(a, struct column);
	bool yes_no = str_eq(json_text(o, S("OptionSetType")), S("Boolean")) ||
		      str_ends(json_text(o, S("@odata.type")), S("BooleanOptionSetMetadata"));

	if (o->kind != JSON_OBJECT)
		return err_set(e, ERR_INPUT, "a choice is not an object");
	*c = (struct column){ .name = str_dup(a, json_text(o, S("Name"))),
			      .type = yes_no ? COLUMN_BOOLEAN : COLUMN_PICKLIST,
			      .display_name = definition_read_label(a, o, S("DisplayName")),
			      .description = definition_read_label(a, o, S("Description")),
			      .unmanaged = !json_flag(o, S("IsManaged")) };
	c->schema_name = c->name;
	read_options(a, o, c);
	*out = (struct definition_choice){ .name = c->name,
					   .metadata_id = str_dup(a, json_text(o, S("MetadataId"))),
					   .unmanaged = c->unmanaged,
					   .column = c };
	return true;
}

static bool read_row(struct store *s, struct arena *a, struct str text,
		     struct definition_choice *out, struct err *e)
{
	struct json o;

	if (!json_parse(a, text, "definition", &o, e) || !choice_read(a, &o, out, e))
		return err_wrap(e, "%s: a choice", s->path);
	return true;
}

/* Files of an older ferry have no choices of their own. */
static bool has_table(struct store *s, bool *out, struct err *e)
{
	struct stmt *st;

	if (!store_statement(s, S("select 1 from sqlite_schema where name = 'ferry_choice'"), &st,
			     e) ||
	    !stmt_step(st, out, e))
		return false;
	stmt_reset(st);
	return true;
}

bool choices_all(struct store *s, struct arena *a, struct definition_choice **out, size_t *n,
		 struct err *e)
{
	VEC(struct definition_choice) found = { 0 };
	struct stmt *st = NULL;
	bool row = false;

	if (!has_table(s, &row, e))
		return false;
	if (row &&
	    !store_statement(s, S("select definition from ferry_choice order by name"), &st, e))
		return false;
	while (row) {
		struct definition_choice choice;

		if (!stmt_step(st, &row, e))
			return false;
		if (!row)
			break;
		if (!read_row(s, a, stmt_str(st, 0), &choice, e))
			return false;
		*VEC_PUSH(a, &found) = choice;
	}
	*out = found.p;
	*n = found.n;
	return true;
}

bool choices_find(struct store *s, struct arena *a, struct str name, struct definition_choice *out,
		  struct err *e)
{
	struct stmt *st;
	bool row;

	*out = (struct definition_choice){ 0 };
	if (!has_table(s, &row, e))
		return false;
	if (!row)
		return true;
	if (!store_statement(s, S("select definition from ferry_choice where name = ?1"), &st, e))
		return false;
	stmt_bind_str(st, 1, name);
	if (!stmt_step(st, &row, e) || (row && !read_row(s, a, stmt_str(st, 0), out, e)))
		return false;
	stmt_reset(st);
	return true;
}

bool choices_find_id(struct store *s, struct arena *a, struct guid id,
		     struct definition_choice *out, struct err *e)
{
	struct definition_choice *all;
	size_t n;

	*out = (struct definition_choice){ 0 };
	if (!choices_all(s, a, &all, &n, e))
		return false;
	for (size_t i = 0; i < n; i++) {
		if (guid_eq(definition_choice_id(&all[i]), id))
			*out = all[i];
	}
	return true;
}

bool choices_put(struct store *s, const struct definition_choice *choice, struct err *e)
{
	DEFER(buf_release) struct buf text = buf_make(LIMIT_PLAN_FILE);
	struct buf_sink sink = buf_sink_make(&text);
	DEFER(json_writer_release) struct json_writer w = json_writer_make(&sink.sink);
	struct stmt *st;

	json_object(&w);
	definition_choice_members(&w, choice, false, NULL);
	json_object_end(&w);
	if (!json_writer_finish(&w, e) ||
	    !store_statement(
		    s, S("insert or replace into ferry_choice(name, definition) values(?1, ?2)"),
		    &st, e))
		return false;
	stmt_bind_str(st, 1, choice->name);
	stmt_bind_str(st, 2, buf_str(&text));
	return stmt_run(st, e);
}

bool choices_delete(struct store *s, struct str name, struct err *e)
{
	struct stmt *st;

	if (!store_statement(s, S("delete from ferry_choice where name = ?1"), &st, e))
		return false;
	stmt_bind_str(st, 1, name);
	return stmt_run(st, e);
}

bool choices_of_table(struct store *s, const struct table *t, struct err *e)
{
	DEFER(arena_release) struct arena scratch = arena_make(0);

	for (size_t i = 0; i < t->ncolumns; i++) {
		const struct column *c = &t->columns[i];
		struct definition_choice there;

		if (c->choice.n == 0)
			continue;
		if (!choices_find(s, &scratch, c->choice, &there, e))
			return false;
		if (there.column)
			continue;
		there = definition_choice_of(&scratch, t, c);
		if (!choices_put(s, &there, e))
			return false;
	}
	return true;
}

#define VALUES_OF_A_PUBLISHER 10000
#define USUAL_PREFIX 10000

bool choices_first_value(struct store *s, struct str solution, int32_t *out, struct err *e)
{
	struct stmt *st;
	int64_t prefix;
	bool row;

	if (!store_statement(s,
			     S("select p.customizationoptionvalueprefix from solution s "
			       "join publisher p on p.publisherid = s.publisherid "
			       "where s.uniquename = ?1"),
			     &st, e))
		return false;
	stmt_bind_str(st, 1, solution.n > 0 ? solution : S("Default"));
	if (!stmt_step(st, &row, e))
		return false;
	prefix = row ? stmt_i64(st, 0) : 0;
	stmt_reset(st);
	if (prefix < USUAL_PREFIX || prefix > INT32_MAX / VALUES_OF_A_PUBLISHER)
		prefix = USUAL_PREFIX;
	*out = (int32_t)prefix * VALUES_OF_A_PUBLISHER;
	return true;
}
