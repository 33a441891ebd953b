/* SPDX-License-Identifier: MIT */
/*
 * Creating, changing and deleting columns and alternate keys.
 */
#include "base/vec.h"
#include "org/code.h"
#include "org/metadata_body.h"
#include "org/metadata_rows.h"
#include "org/store_alter.h"

#include "base/banned.h"

/* The first amount of a table brings its currency. */
static bool add_with_money(struct call *c, const struct table *t, const struct column *money,
			   struct err *e)
{
	struct str name = str_dup(c->arena, t->name);
	bool has_currency = table_column(t, S("transactioncurrencyid")) != NULL;
	bool has_rate = table_column(t, S("exchangerate")) != NULL;
	struct column more[3];
	struct many_to_one lookup;

	metadata_add_money(c, name, money, more, &lookup);
	return alter_add_column(c->store, c->arena, name, money, NULL, 0, e) &&
	       alter_add_column(c->store, c->arena, name, &more[0], NULL, 0, e) &&
	       (has_currency ||
		alter_add_column(c->store, c->arena, name, &more[1], &lookup, 1, e)) &&
	       (has_rate || alter_add_column(c->store, c->arena, name, &more[2], NULL, 0, e));
}

/* The first image of a table is its primary one. */
static bool take_image(struct call *c, struct str table, const struct column *column, struct err *e)
{
	const struct table *t;
	struct table changed;
	bool first;

	if (!store_table(c->store, table, &t, e))
		return false;
	first = t && t->primary_image.n == 0;
	if (first) {
		changed = *t;
		changed.primary_image = column->name;
		if (!alter_table(c->store, &changed, e))
			return false;
	}
	return metadata_rows_of_image(c->store, c->arena, table, column, first, e);
}

/* Fetched again: a change voids what was known of the table. */
static bool column_path(struct call *c, struct str table, struct str column, struct str *out,
			struct err *e)
{
	char first[GUID_TEXT_SIZE], second[GUID_TEXT_SIZE];
	const struct table *t;

	if (!store_table(c->store, table, &t, e))
		return false;

	const struct column *made = t ? table_column(t, column) : NULL;

	if (!made)
		return err_set(e, ERR_INTERNAL, "column '%.*s' was lost", STR_ARG(column));
	guid_format(definition_table_id(t->name, t->metadata_id), first);
	guid_format(definition_column_id(t, made), second);
	*out = str_fmt(c->arena, "EntityDefinitions(%s)/Attributes(%s)", first, second);
	return true;
}

bool metadata_create_column(struct call *c, const struct metadata_item *table, struct err *e)
{
	struct str name = str_dup(c->arena, table->table->name);
	struct column column;
	struct json body;
	struct str path;

	if (!metadata_body(c, &body, e) || !metadata_new_column(c, &body, name, &column, e))
		return false;
	if (column_is_lookup(&column))
		return err_set_code(
			e, ERR_BAD_REQUEST, CODE_INVALID_ARGUMENT,
			"column '%.*s': a lookup is created with its relationship: POST "
			"RelationshipDefinitions, or CreateCustomerRelationships",
			STR_ARG(column.name));

	bool ok = column.type == COLUMN_MONEY
			  ? add_with_money(c, table->table, &column, e)
			  : alter_add_column(c->store, c->arena, name, &column, NULL, 0, e);

	if (ok && column.type == COLUMN_IMAGE)
		ok = take_image(c, name, &column, e);
	return ok && column_path(c, name, column.name, &path, e) && metadata_made(c, path);
}

/* What also its maker's customers may change. */
static void change_settings(const struct json *body, const struct column *told,
			    struct column *column)
{
	if (json_get(body, S("RequiredLevel")) && column->required != REQUIRED_SYSTEM &&
	    told->required != REQUIRED_SYSTEM)
		column->required = told->required;
	if (json_get(body, S("IsSecured")))
		column->secured = told->secured;
	if (json_get(body, S("AutoNumberFormat")))
		column->auto_number = told->auto_number;
	if (json_get(body, S("DefaultFormValue")) || json_get(body, S("DefaultValue"))) {
		column->has_default = told->has_default;
		column->default_value = told->default_value;
	}
	if (told->max_length > column->max_length && column_is_text(column))
		column->max_length = told->max_length;
}

static void change_limits(const struct column *told, struct column *column)
{
	if (told->has_min && told->has_max) {
		column->min = told->min;
		column->max = told->max;
	}
	if (told->precision >= 0 && column->precision >= 0)
		column->precision = told->precision;
	if (told->max_length > 0 && column_is_text(column))
		column->max_length = told->max_length;
}

static void change_column(struct call *c, const struct json *body, struct column *column)
{
	struct json named = metadata_named(c, body, column->name);
	struct column told;
	struct err ignored;

	metadata_relabel(c, body, S("DisplayName"), &column->display_name);
	metadata_relabel(c, body, S("Description"), &column->description);
	if (!definition_read_column(c->arena, &named, S(""), &told, &ignored))
		return;
	change_settings(body, &told, column);
	if (column->unmanaged)
		change_limits(&told, column);
}

bool metadata_update_column(struct call *c, const struct metadata_item *item, struct err *e)
{
	struct table t = *item->table;
	const struct column *column = table_column(&t, item->column->name);
	struct json body;

	if (!column)
		return err_set_code(e, ERR_BAD_REQUEST, CODE_NOT_CUSTOMIZABLE,
				    "column '%.*s' belongs to another one",
				    STR_ARG(item->column->name));
	if (!metadata_body(c, &body, e))
		return false;
	t.columns = arena_array(c->arena, struct column, t.ncolumns);
	for (size_t i = 0; i < t.ncolumns; i++)
		t.columns[i] = item->table->columns[i];
	change_column(c, &body, &t.columns[column - item->table->columns]);
	return alter_table(c->store, &t, e) && metadata_made(c, metadata_echo(c));
}

static bool check_deletable(const struct metadata_item *item, struct err *e)
{
	const struct column *c = item->column;

	if (c->unmanaged && c->attribute_of.n == 0 && !str_eq(c->name, S("statecode")) &&
	    !str_eq(c->name, S("statuscode")) && !str_eq(c->name, S("ownerid")))
		return true;
	return err_set_code(e, ERR_BAD_REQUEST, CODE_NOT_DELETABLE,
			    "column '%.*s' of table '%.*s' is part of a managed solution, of "
			    "another column or of the platform: it cannot be deleted",
			    STR_ARG(c->name), STR_ARG(item->table->name));
}

bool metadata_delete_column(struct call *c, const struct metadata_item *item, struct err *e)
{
	struct str table = str_dup(c->arena, item->table->name);
	struct str column = str_dup(c->arena, item->column->name);
	struct str base = str_fmt(c->arena, "%.*s_base", STR_ARG(column));
	bool money = item->column->type == COLUMN_MONEY && table_column(item->table, base);

	if (!check_deletable(item, e) || !alter_drop_column(c->store, c->arena, table, column, e) ||
	    (money && !alter_drop_column(c->store, c->arena, table, base, e)))
		return false;
	return metadata_done(c);
}

static bool read_key_columns(struct call *c, const struct json *body, struct table_key *k,
			     struct err *e)
{
	const struct json *names = json_get(body, S("KeyAttributes"));

	if (!names || names->kind != JSON_ARRAY)
		return err_set_code(e, ERR_BAD_REQUEST, CODE_PAYLOAD,
				    "KeyAttributes is not an array of names");
	k->columns = arena_array(c->arena, struct str, names->n);
	for (size_t i = 0; i < names->n; i++)
		k->columns[k->ncolumns++] = str_dup(c->arena, names->items[i].text);
	return true;
}

bool metadata_create_key(struct call *c, const struct metadata_item *table, struct err *e)
{
	char first[GUID_TEXT_SIZE], second[GUID_TEXT_SIZE];
	struct table_key k = { .unmanaged = true };
	struct table t = *table->table;
	struct json body;

	if (!metadata_body(c, &body, e))
		return false;
	k.schema_name = metadata_text(c, &body, S("SchemaName"));
	if (!metadata_name("a key", k.schema_name, e) || !read_key_columns(c, &body, &k, e))
		return false;
	k.name = str_lower_ascii(c->arena, k.schema_name);
	metadata_relabel(c, &body, S("DisplayName"), &k.display_name);
	t.name = str_dup(c->arena, t.name);
	guid_format(definition_table_id(t.name, t.metadata_id), first);
	guid_format(definition_key_id(&t, &k), second);
	return alter_add_key(c->store, c->arena, t.name, &k, e) &&
	       metadata_made(c, str_fmt(c->arena, "EntityDefinitions(%s)/Keys(%s)", first, second));
}

bool metadata_delete_key(struct call *c, const struct metadata_item *item, struct err *e)
{
	if (!item->key->unmanaged)
		return err_set_code(e, ERR_BAD_REQUEST, CODE_NOT_DELETABLE,
				    "key '%.*s' is part of a managed solution",
				    STR_ARG(item->key->name));
	return alter_drop_key(c->store, c->arena, str_dup(c->arena, item->table->name),
			      str_dup(c->arena, item->key->name), e) &&
	       metadata_done(c);
}
