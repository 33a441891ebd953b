/* SPDX-License-Identifier: MIT */
/*
 * Actions that change choices. The choice is found, changed as a copy of its column, and written back to where
 * it came from.
 */
#include "org/option_sets.h"

#include <inttypes.h>

#include "base/vec.h"
#include "org/choices.h"
#include "org/code.h"
#include "org/metadata_body.h"
#include "org/store_alter.h"

#include "base/banned.h"

/* A choice while it is changed. */
struct target {
	struct json body;
	const struct table *table; /* NULL: the choice is told by its own name */
	struct definition_choice choice;
	struct column column;
};

static bool invalid(struct err *e, uint32_t code, const char *what, struct str name)
{
	return err_set_code(e, ERR_BAD_REQUEST, code, "%s: '%.*s'", what, STR_ARG(name));
}

static void own_options(struct arena *a, struct column *c)
{
	/* room for one more */
	struct option *options = arena_array(a, struct option, c->noptions + 1);

	for (size_t i = 0; i < c->noptions; i++)
		options[i] = c->options[i];
	c->options = options;
}

static bool find_column(struct call *c, struct target *t, struct err *e)
{
	struct str table = metadata_text(c, &t->body, S("EntityLogicalName"));
	struct str name = metadata_text(c, &t->body, S("AttributeLogicalName"));
	const struct column *column;

	if (!metadata_table_named(c, table, &t->table, e))
		return false;
	column = table_column(t->table, name);
	if (!column)
		return invalid(e, CODE_COLUMN_UNKNOWN, "the table has no column", name);
	if (!definition_has_choice(column))
		return invalid(e, CODE_NO_CHOICE_COLUMN, "the column has no options", name);
	t->column = *column;
	t->choice = definition_choice_of(c->arena, t->table, &t->column);
	return true;
}

static bool find_target(struct call *c, struct target *t, struct err *e)
{
	struct str name;

	if (!metadata_body(c, &t->body, e))
		return false;
	name = metadata_text(c, &t->body, S("OptionSetName"));
	if (name.n == 0 && !find_column(c, t, e))
		return false;
	if (name.n == 0 && t->column.choice.n > 0)
		name = t->column.choice;
	if (name.n > 0) {
		if (!choices_find(c->store, c->arena, name, &t->choice, e))
			return false;
		if (!t->choice.column)
			return invalid(e, CODE_METADATA_MISSING, "there is no global choice", name);
		t->table = NULL;
		t->column = *t->choice.column;
	}
	own_options(c->arena, &t->column);
	return true;
}

static bool write_column(struct call *c, struct str table, struct str column,
			 const struct column *options, struct err *e)
{
	const struct table *there;
	struct table t;

	if (!metadata_table_named(c, table, &there, e))
		return false;
	t = *there;
	t.columns = arena_array(c->arena, struct column, t.ncolumns);
	for (size_t i = 0; i < t.ncolumns; i++) {
		t.columns[i] = there->columns[i];
		if (!str_eq(t.columns[i].name, column))
			continue;
		t.columns[i].options = options->options;
		t.columns[i].noptions = options->noptions;
	}
	return alter_table(c->store, &t, e);
}

/* The columns that use a global choice, one after the other: each change voids what was found. */
static bool follow_global(struct call *c, const struct definition_choice *choice,
			  const struct column *options, struct err *e)
{
	VEC(struct str) tables = { 0 };
	VEC(struct str) columns = { 0 };
	struct str *names;
	size_t n;

	if (!store_table_names(c->store, c->arena, &names, &n, e))
		return false;
	for (size_t i = 0; i < n; i++) {
		const struct table *t;

		if (!store_table(c->store, names[i], &t, e))
			return false;
		for (size_t j = 0; t && j < t->ncolumns; j++) {
			if (!str_eq(t->columns[j].choice, choice->name))
				continue;
			*VEC_PUSH(c->arena, &tables) = names[i];
			*VEC_PUSH(c->arena, &columns) = str_dup(c->arena, t->columns[j].name);
		}
	}
	for (size_t i = 0; i < tables.n; i++) {
		if (!write_column(c, tables.p[i], columns.p[i], options, e))
			return false;
	}
	return true;
}

static bool write_target(struct call *c, struct target *t, struct err *e)
{
	if (t->table)
		return write_column(c, str_dup(c->arena, t->table->name),
				    str_dup(c->arena, t->column.name), &t->column, e);
	t->choice.column = &t->column;
	return choices_put(c->store, &t->choice, e) &&
	       follow_global(c, &t->choice, &t->column, e) &&
	       alter_note(c->store, "OptionSet", t->choice.name, definition_choice_id(&t->choice),
			  false, e);
}

static bool read_int(const struct json *body, struct str name, int32_t *out, bool *told,
		     struct err *e)
{
	const struct json *v = json_get(body, name);
	int64_t n = json_int(body, name, INT64_MIN);

	*told = v && v->kind != JSON_NULL;
	if (!*told)
		return true;
	if (n < INT32_MIN || n > INT32_MAX)
		return invalid(e, CODE_INVALID_ARGUMENT, "not a 32-bit number", name);
	*out = (int32_t)n;
	return true;
}

/* The place of the option with the body's Value. */
static bool find_option(const struct target *t, size_t *at, struct err *e)
{
	int32_t value = 0;
	bool told;

	if (!read_int(&t->body, S("Value"), &value, &told, e))
		return false;
	for (*at = 0; told && *at < t->column.noptions; (*at)++) {
		if (t->column.options[*at].value == value)
			return true;
	}
	return err_set_code(e, ERR_BAD_REQUEST, CODE_CHOICE,
			    "the choice '%.*s' has no option with the value %d",
			    STR_ARG(t->choice.name), (int)value);
}

/* The value that was told, or the next of the publisher. */
static bool choose_value(struct call *c, const struct target *t, int32_t *out, struct err *e)
{
	struct str solution = json_text(&t->body, S("SolutionUniqueName"));
	bool told;

	if (!read_int(&t->body, S("Value"), out, &told, e))
		return false;
	if (!told && !choices_first_value(c->store, solution, out, e))
		return false;
	for (size_t i = 0; i < t->column.noptions; i++) {
		if (t->column.options[i].value != *out)
			continue;
		if (told)
			return err_set_code(e, ERR_BAD_REQUEST, CODE_INVALID_ARGUMENT,
					    "the choice '%.*s' has an option with the value %d",
					    STR_ARG(t->choice.name), (int)*out);
		/* look again, from the beginning */
		(*out)++;
		i = (size_t)-1;
	}
	return true;
}

static bool answer_value(struct call *c, const char *message, int32_t value, struct err *e)
{
	DEFER(json_writer_release) struct json_writer w = json_writer_make(call_sink(c));

	call_json(c, 200);
	json_object(&w);
	json_key(&w, S("@odata.context"));
	json_str(&w,
		 call_context(c, str_fmt(c->arena, "Microsoft.Dynamics.CRM.%sResponse", message)));
	json_key(&w, S("NewOptionValue"));
	json_i64(&w, value);
	json_object_end(&w);
	return json_writer_finish(&w, e);
}

static bool insert(struct call *c, struct target *t, const char *message, int32_t state,
		   struct err *e)
{
	struct option *o = &t->column.options[t->column.noptions];
	int32_t value = 0;

	if (!choose_value(c, t, &value, e))
		return false;
	*o = (struct option){ .value = value, .state = state };
	metadata_relabel(c, &t->body, S("Label"), &o->label);
	metadata_relabel(c, &t->body, S("Description"), &o->description);
	o->color = metadata_text(c, &t->body, S("Color"));
	if (o->label.n == 0)
		return invalid(e, CODE_INVALID_ARGUMENT, "the new option has no Label",
			       t->choice.name);
	t->column.noptions++;
	return write_target(c, t, e) && answer_value(c, message, value, e);
}

bool option_insert(struct call *c, struct err *e)
{
	struct target t = { 0 };

	if (!find_target(c, &t, e))
		return false;
	if (t.column.type != COLUMN_PICKLIST && t.column.type != COLUMN_MULTISELECT)
		return invalid(
			e, CODE_NO_CHOICE_COLUMN,
			"options are only added to choices; to a status by InsertStatusValue",
			t.choice.name);
	return insert(c, &t, "InsertOptionValue", 0, e);
}

bool option_insert_status(struct call *c, struct err *e)
{
	struct target t = { 0 };
	int32_t state = 0;
	bool told;

	if (!find_target(c, &t, e) || !read_int(&t.body, S("StateCode"), &state, &told, e))
		return false;
	if (t.column.type != COLUMN_STATUS || !t.table)
		return invalid(e, CODE_NO_CHOICE_COLUMN, "the column is no status", t.choice.name);

	const struct column *states = table_column(t.table, S("statecode"));

	if (!told || !states || !column_option(states, state))
		return err_set_code(e, ERR_BAD_REQUEST, CODE_CHOICE,
				    "StateCode %d is no state of the table", (int)state);
	return insert(c, &t, "InsertStatusValue", state, e);
}

static bool update(struct call *c, struct target *t, struct err *e)
{
	size_t at = 0;

	if (!find_option(t, &at, e))
		return false;

	struct option *o = &t->column.options[at];

	metadata_relabel(c, &t->body, S("Label"), &o->label);
	metadata_relabel(c, &t->body, S("Description"), &o->description);
	if (json_text(&t->body, S("Color")).n > 0)
		o->color = metadata_text(c, &t->body, S("Color"));
	return write_target(c, t, e) && metadata_done(c);
}

bool option_update(struct call *c, struct err *e)
{
	struct target t = { 0 };

	return find_target(c, &t, e) && update(c, &t, e);
}

bool option_update_state(struct call *c, struct err *e)
{
	struct target t = { 0 };

	if (!find_target(c, &t, e))
		return false;
	if (t.column.type != COLUMN_STATE)
		return invalid(e, CODE_NO_CHOICE_COLUMN, "the column is no state", t.choice.name);
	return update(c, &t, e);
}

bool option_delete(struct call *c, struct err *e)
{
	struct target t = { 0 };
	size_t at = 0;

	if (!find_target(c, &t, e) || !find_option(&t, &at, e))
		return false;
	if (t.column.type == COLUMN_STATE || t.column.type == COLUMN_BOOLEAN)
		return invalid(e, CODE_NO_CHOICE_COLUMN,
			       "options are only deleted of choices and status columns",
			       t.choice.name);
	for (size_t i = at + 1; i < t.column.noptions; i++)
		t.column.options[i - 1] = t.column.options[i];
	t.column.noptions--;
	return write_target(c, &t, e) && metadata_done(c);
}

static bool order_of(const struct json *values, int32_t value, size_t *out)
{
	for (size_t i = 0; i < values->n; i++) {
		int64_t v;

		if (values->items[i].kind != JSON_NUMBER ||
		    !str_parse_i64(values->items[i].text, &v) || v != value)
			continue;
		*out = i;
		return true;
	}
	return false;
}

bool option_order(struct call *c, struct err *e)
{
	struct target t = { 0 };
	const struct json *values;
	struct option *sorted;

	if (!find_target(c, &t, e))
		return false;
	values = json_get(&t.body, S("Values"));
	if (!values || values->kind != JSON_ARRAY || values->n != t.column.noptions)
		return invalid(e, CODE_INVALID_ARGUMENT,
			       "Values has to list every option of the choice once", t.choice.name);
	sorted = arena_array(c->arena, struct option, t.column.noptions);
	for (size_t i = 0; i < t.column.noptions; i++) {
		size_t at;

		if (!order_of(values, t.column.options[i].value, &at))
			return err_set_code(e, ERR_BAD_REQUEST, CODE_CHOICE,
					    "Values lacks the option %d",
					    (int)t.column.options[i].value);
		sorted[at] = t.column.options[i];
	}
	t.column.options = sorted;
	return write_target(c, &t, e) && metadata_done(c);
}

/* global choices themselves */

bool metadata_create_choice(struct call *c, struct err *e)
{
	struct definition_choice choice, there;
	struct json body;
	struct err why;
	int32_t next;

	if (!metadata_body(c, &body, e) ||
	    !metadata_name("a choice", json_text(&body, S("Name")), e))
		return false;
	if (!choice_read(c->arena, &body, &choice, &why))
		return err_set_code(e, ERR_BAD_REQUEST, CODE_PAYLOAD, "%s", why.msg);
	if (!choices_find(c->store, c->arena, choice.name, &there, e) ||
	    !choices_first_value(c->store, S(""), &next, e))
		return false;
	if (there.column)
		return invalid(e, CODE_CHOICE_EXISTS, "there is a choice of this name",
			       choice.name);
	for (size_t i = 0; i < choice.column->noptions; i++) {
		struct option *o = &choice.column->options[i];

		if (o->value == 0 && i > 0 && choice.column->type == COLUMN_PICKLIST)
			o->value = next++;
	}
	choice.unmanaged = true;
	choice.metadata_id = S("");
	return choices_put(c->store, &choice, e) &&
	       alter_note(c->store, "OptionSet", choice.name, definition_choice_id(&choice), false,
			  e) &&
	       metadata_made(c, metadata_path(c, "GlobalOptionSetDefinitions",
					      definition_choice_id(&choice)));
}

bool metadata_update_choice(struct call *c, const struct metadata_item *item, struct err *e)
{
	struct definition_choice choice = item->choice;
	struct column column = *choice.column;
	struct json body;

	if (!metadata_body(c, &body, e))
		return false;
	/* options have actions of their own */
	metadata_relabel(c, &body, S("DisplayName"), &column.display_name);
	metadata_relabel(c, &body, S("Description"), &column.description);
	choice.column = &column;
	return choices_put(c->store, &choice, e) &&
	       alter_note(c->store, "OptionSet", choice.name, definition_choice_id(&choice), false,
			  e) &&
	       metadata_made(c, metadata_echo(c));
}

static bool check_unused(struct call *c, struct str name, struct err *e)
{
	struct str *names;
	size_t n;

	if (!store_table_names(c->store, c->arena, &names, &n, e))
		return false;
	for (size_t i = 0; i < n; i++) {
		const struct table *t;

		if (!store_table(c->store, names[i], &t, e))
			return false;
		for (size_t j = 0; t && j < t->ncolumns; j++) {
			if (str_eq(t->columns[j].choice, name))
				return err_set_code(e, ERR_BAD_REQUEST, CODE_CHOICE_IN_USE,
						    "column '%.*s' of table '%.*s' uses the choice "
						    "'%.*s'",
						    STR_ARG(t->columns[j].name), STR_ARG(names[i]),
						    STR_ARG(name));
		}
	}
	return true;
}

bool metadata_delete_choice(struct call *c, const struct metadata_item *item, struct err *e)
{
	const struct definition_choice *choice = &item->choice;

	if (!choice->unmanaged)
		return invalid(e, CODE_NOT_DELETABLE, "the choice is part of a managed solution",
			       choice->name);
	return check_unused(c, choice->name, e) && choices_delete(c->store, choice->name, e) &&
	       alter_note(c->store, "OptionSet", choice->name, definition_choice_id(choice), true,
			  e) &&
	       metadata_done(c);
}
