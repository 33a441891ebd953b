/* SPDX-License-Identifier: MIT */
/*
 * Choices as OptionSetMetadata and BooleanOptionSetMetadata.
 */
#include "dv/definition_part.h"

#include "base/banned.h"

/* The properties that only yes/no has, and those that it lacks, by the type of the column. */
#define YES_NO (1u << COLUMN_BOOLEAN)
#define OTHERS (~YES_NO)

static void write_option(struct json_writer *w, const struct column *c, const struct option *o,
			 bool managed)
{
	json_object(w);
	if (c->type == COLUMN_STATE)
		definition_put_text(w, S("@odata.type"),
				    S("#Microsoft.Dynamics.CRM.StateOptionMetadata"));
	if (c->type == COLUMN_STATUS)
		definition_put_text(w, S("@odata.type"),
				    S("#Microsoft.Dynamics.CRM.StatusOptionMetadata"));
	json_key(w, S("Value"));
	json_i64(w, o->value);
	definition_put_text(w, S("Color"), o->color);
	definition_put_flag(w, S("IsManaged"), managed);
	definition_put_raw(w, S("ExternalValue"), S("\"\""));
	definition_put_raw(w, S("ParentValues"), S("[]"));
	definition_put_raw(w, S("MetadataId"), S("null"));
	definition_put_raw(w, S("HasChanged"), S("null"));
	definition_put_label(w, S("Label"), o->label, managed);
	definition_put_label(w, S("Description"), o->description, managed);
	if (c->type == COLUMN_STATE) {
		json_key(w, S("DefaultStatus"));
		json_i64(w, o->default_status);
		definition_put_text(w, S("InvariantName"), o->label);
	}
	if (c->type == COLUMN_STATUS) {
		json_key(w, S("State"));
		json_i64(w, o->state);
		definition_put_raw(w, S("TransitionData"), S("null"));
	}
	json_object_end(w);
}

static void put_one(struct json_writer *w, const void *subject, int32_t value)
{
	const struct definition_choice *choice = subject;
	const struct option *o = column_option(choice->column, value);

	if (o)
		write_option(w, choice->column, o, !choice->unmanaged);
	else
		json_null(w);
}

static void put_true(struct json_writer *w, const void *subject)
{
	put_one(w, subject, 1);
}

static void put_false(struct json_writer *w, const void *subject)
{
	put_one(w, subject, 0);
}

static void put_options(struct json_writer *w, const void *subject)
{
	const struct definition_choice *choice = subject;
	const struct column *c = choice->column;

	json_array(w);
	for (size_t i = 0; i < c->noptions; i++)
		write_option(w, c, &c->options[i], !choice->unmanaged);
	json_array_end(w);
}

static void put_name(struct json_writer *w, const void *subject)
{
	const struct definition_choice *choice = subject;

	json_str(w, choice->name);
}

static void put_type(struct json_writer *w, const void *subject)
{
	const struct definition_choice *choice = subject;

	enum column_type type = choice->column->type;

	if (type == COLUMN_BOOLEAN)
		json_str(w, S("Boolean"));
	else if (type == COLUMN_STATE)
		json_str(w, S("State"));
	else
		json_str(w, type == COLUMN_STATUS ? S("Status") : S("Picklist"));
}

static void put_display_name(struct json_writer *w, const void *subject)
{
	const struct definition_choice *choice = subject;

	definition_label(w, choice->column->display_name, !choice->unmanaged);
}

static void put_description(struct json_writer *w, const void *subject)
{
	const struct definition_choice *choice = subject;

	definition_label(w, choice->column->description, !choice->unmanaged);
}

static void put_custom(struct json_writer *w, const void *subject)
{
	const struct definition_choice *choice = subject;

	json_bool(w, choice->unmanaged || definition_is_custom(choice->column->schema_name));
}

static void put_global(struct json_writer *w, const void *subject)
{
	const struct definition_choice *choice = subject;

	json_bool(w, choice->table.n == 0);
}

static void put_managed(struct json_writer *w, const void *subject)
{
	const struct definition_choice *choice = subject;

	json_bool(w, !choice->unmanaged);
}

static void put_customizable(struct json_writer *w, const void *subject)
{
	const struct definition_choice *choice = subject;

	definition_managed(w, true, choice->unmanaged, S("iscustomizable"));
}

static void put_id(struct json_writer *w, const void *subject)
{
	char text[GUID_TEXT_SIZE];

	json_str(w, guid_format(definition_choice_id(subject), text));
}

static const struct definition_property properties[] = {
	{ STR_INIT("MetadataId"), 0, STR_INIT(""), put_id },
	{ STR_INIT("HasChanged"), 0, STR_INIT("null"), NULL },
	{ STR_INIT("IsCustomOptionSet"), 0, STR_INIT(""), put_custom },
	{ STR_INIT("IsGlobal"), 0, STR_INIT(""), put_global },
	{ STR_INIT("IsManaged"), 0, STR_INIT(""), put_managed },
	{ STR_INIT("Name"), 0, STR_INIT(""), put_name },
	{ STR_INIT("ExternalTypeName"), 0, STR_INIT("null"), NULL },
	{ STR_INIT("OptionSetType"), 0, STR_INIT(""), put_type },
	{ STR_INIT("IntroducedVersion"), 0, STR_INIT("\"1.0.0.0\""), NULL },
	{ STR_INIT("ParentOptionSetName"), OTHERS, STR_INIT("null"), NULL },
	{ STR_INIT("Description"), 0, STR_INIT(""), put_description },
	{ STR_INIT("DisplayName"), 0, STR_INIT(""), put_display_name },
	{ STR_INIT("IsCustomizable"), 0, STR_INIT(""), put_customizable },
	{ STR_INIT("Options"), OTHERS, STR_INIT(""), put_options },
	{ STR_INIT("TrueOption"), YES_NO, STR_INIT(""), put_true },
	{ STR_INIT("FalseOption"), YES_NO, STR_INIT(""), put_false },
};

struct definition_choice definition_choice_of(struct arena *a, const struct table *t,
					      const struct column *c)
{
	bool global = c->choice.n > 0;

	return (struct definition_choice){
		.name = global ? c->choice
			       : str_fmt(a, "%.*s_%.*s", STR_ARG(t->name), STR_ARG(c->name)),
		.table = global ? S("") : t->name,
		.unmanaged = c->unmanaged,
		.column = c,
	};
}

struct guid definition_choice_id(const struct definition_choice *choice)
{
	char text[GUID_TEXT_SIZE];
	struct guid id;
	bool ok = guid_parse(
		definition_id(choice->metadata_id, "choice", choice->table, choice->name, text),
		&id);

	assert(ok);
	return id;
}

void definition_choice_members(struct json_writer *w, const struct definition_choice *choice,
			       bool typed, const struct definition_select *select)
{
	bool yes_no = choice->column->type == COLUMN_BOOLEAN;

	if (typed)
		definition_put_text(w, S("@odata.type"),
				    yes_no ? S("#Microsoft.Dynamics.CRM.BooleanOptionSetMetadata")
					   : S("#Microsoft.Dynamics.CRM.OptionSetMetadata"));
	definition_put_members(w, properties, COUNT_OF(properties), 1u << choice->column->type,
			       choice, select);
}

bool definition_has_choice(const struct column *c)
{
	return column_is_choice(c) || c->type == COLUMN_MULTISELECT || c->type == COLUMN_BOOLEAN;
}

bool definition_choice_has(struct str name)
{
	return definition_knows(properties, COUNT_OF(properties), 0, name);
}
