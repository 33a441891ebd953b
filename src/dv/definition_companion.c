/* SPDX-License-Identifier: MIT */
/*
 * The columns that the platform adds to a column (facts/webapi.md 5.1): logical ones that hold a label, the
 * name or the kind of the row pointed to, and what files and images are stored with.
 */
#include "dv/definition.h"

#include "base/banned.h"

#define COMPANIONS 3

struct companions {
	struct arena *arena;
	const struct table *table;
	const struct column *column;
	struct column *out;
	size_t n;
};

static void add(struct companions *to, struct str suffix, enum column_type type)
{
	const struct column *c = to->column;
	struct str schema = c->schema_name.n > 0 ? c->schema_name : c->name;
	struct str name = str_fmt(to->arena, "%.*s%.*s", STR_ARG(c->name), STR_ARG(suffix));

	/* some are columns in their own right */
	if (table_column(to->table, name))
		return;
	to->out[to->n++] = (struct column){
		.name = name,
		.schema_name = str_fmt(to->arena, "%.*s%.*s", STR_ARG(schema), STR_ARG(suffix)),
		.attribute_of = c->name,
		.unmanaged = c->unmanaged,
		.type = type,
		.read = true,
		.precision = -1,
		.max_length = type == COLUMN_STRING ? 100 : 0,
	};
}

static bool points_to(const struct column *c, const struct str *tables, size_t n)
{
	for (size_t i = 0; i < c->ntargets; i++) {
		for (size_t j = 0; j < n; j++) {
			if (str_eq(c->targets[i], tables[j]))
				return true;
		}
	}
	return false;
}

/* Tables whose names have a second, phonetic form. */
static bool has_yomi(const struct column *c)
{
	static const struct str tables[] = { STR_INIT("account"), STR_INIT("contact"),
					     STR_INIT("lead"), STR_INIT("systemuser"),
					     STR_INIT("team") };

	return points_to(c, tables, COUNT_OF(tables));
}

/* Rows of these tables have no name. */
static bool has_name(const struct column *c)
{
	static const struct str tables[] = { STR_INIT("calendar"), STR_INIT("calendarrule"),
					     STR_INIT("imagedescriptor") };

	return !str_eq(c->name, S("owninguser")) && !str_eq(c->name, S("owningteam")) &&
	       !points_to(c, tables, COUNT_OF(tables));
}

static void add_of_lookup(struct companions *to)
{
	const struct column *c = to->column;

	if (has_name(c))
		add(to, S("name"), COLUMN_STRING);
	if (has_name(c) && (c->type == COLUMN_OWNER || has_yomi(c)))
		add(to, S("yominame"), COLUMN_STRING);
	if (c->type != COLUMN_LOOKUP || c->ntargets > 1)
		add(to, S("type"), COLUMN_ENTITY_NAME);
}

size_t definition_companions(struct arena *a, const struct table *t, const struct column *c,
			     struct column **out)
{
	struct companions to = { .arena = a, .table = t, .column = c };

	to.out = arena_array(a, struct column, COMPANIONS);
	if (column_is_lookup(c)) {
		add_of_lookup(&to);
	} else if (definition_has_choice(c)) {
		add(&to, S("name"), COLUMN_VIRTUAL);
	} else if (c->type == COLUMN_FILE) {
		add(&to, S("_name"), COLUMN_STRING);
	} else if (c->type == COLUMN_IMAGE) {
		add(&to, S("id"), COLUMN_GUID);
		add(&to, S("_timestamp"), COLUMN_BIGINT);
		add(&to, S("_url"), COLUMN_STRING);
	}
	*out = to.out;
	return to.n;
}
