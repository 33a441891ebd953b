/* SPDX-License-Identifier: MIT */
/*
 * The rows are made here and by nobody else. Their ids follow from names, so that they are the same in every
 * organization and nothing else of a seeded one depends on how many there are.
 */
#include "org/sdk_messages.h"

#include "base/map.h"
#include "org/row.h"
#include "org/rules.h"

#include "base/banned.h"

static const struct str ON_STANDARD[] = { STR_INIT("CreateMultiple"), STR_INIT("UpdateMultiple") };
static const struct str ON_ELASTIC[] = { STR_INIT("CreateMultiple"), STR_INIT("UpdateMultiple"),
					 STR_INIT("DeleteMultiple") };

/*
 * Tables of the platform that know the bulk messages. Custom tables all do; account and contact did not in
 * 2023, of the others nothing is known: they are taken for tables that do not. Microsoft's reference lists them
 * for recyclebinconfig.
 */
static const struct str SYSTEM_TABLES[] = { STR_INIT("recyclebinconfig") };

/* Custom tables have the prefix of a publisher. */
static bool is_custom(const struct table *t)
{
	if (t->is_intersect || str_eq(t->table_type, S("Virtual")))
		return false;
	for (size_t i = 0; i < COUNT_OF(SYSTEM_TABLES); i++) {
		if (str_eq(SYSTEM_TABLES[i], t->name))
			return true;
	}
	return str_find_char(t->name, '_') != STR_NONE;
}

static struct guid id_of(struct arena *a, struct str message, struct str table)
{
	struct str text = str_fmt(a, "sdk message %.*s of %.*s", STR_ARG(message), STR_ARG(table));
	struct rng rng = rng_from_seed(hash_bytes(text));

	return guid_random(&rng);
}

static void set(const struct row *row, const char *column, struct str text)
{
	struct value *v = row_value(row, str_from(column));

	if (v)
		*v = (struct value){ .kind = VALUE_TEXT, .text = text };
}

static bool insert(struct store *s, struct arena *a, struct row *row, struct err *e)
{
	int64_t version;

	if (!row_version(s, row->table, row->id, &version, e))
		return false;
	return version >= 0 || (rules_fill_new(s, a, row, e) && row_insert(s, row, e));
}

static bool both_tables(struct store *s, const struct table **messages,
			const struct table **filters, bool *there, struct err *e)
{
	if (!store_table(s, S("sdkmessage"), messages, e) ||
	    !store_table(s, S("sdkmessagefilter"), filters, e))
		return false;
	*there = *messages && *filters;
	return true;
}

static bool add_message(struct store *s, struct arena *a, const struct table *t, struct str name,
			struct err *e)
{
	struct row row = row_make(a, t, id_of(a, name, S("")));

	set(&row, "name", name);
	set(&row, "sdkmessageidunique", guid_text(a, row.id));
	set(&row, "ismanaged", S("1"));
	return insert(s, a, &row, e);
}

static bool add_filter(struct store *s, struct arena *a, const struct table *filters,
		       const struct table *of, struct str message, struct err *e)
{
	struct row row = row_make(a, filters, id_of(a, message, of->name));
	struct value *lookup = row_value(&row, S("sdkmessageid"));

	set(&row, "name", message);
	set(&row, "sdkmessagefilteridunique", guid_text(a, row.id));
	set(&row, "primaryobjecttypecode", of->name);
	set(&row, "secondaryobjecttypecode", S("none"));
	set(&row, "iscustomprocessingstepallowed", S("1"));
	set(&row, "isvisible", S("1"));
	set(&row, "availability", S("0"));
	set(&row, "ismanaged", S("1"));
	if (lookup)
		*lookup = (struct value){ .kind = VALUE_REF,
					  .text = guid_text(a, id_of(a, message, S(""))),
					  .table = S("sdkmessage") };
	return insert(s, a, &row, e);
}

bool sdk_messages_add_table(struct store *s, const struct table *t, struct err *e)
{
	DEFER(arena_release) struct arena scratch = arena_make(0);
	bool elastic = str_eq(t->table_type, S("Elastic"));
	const struct str *names = elastic ? ON_ELASTIC : ON_STANDARD;
	size_t n = elastic ? COUNT_OF(ON_ELASTIC) : COUNT_OF(ON_STANDARD);
	const struct table *messages, *filters;
	bool there;

	if (!both_tables(s, &messages, &filters, &there, e))
		return false;
	if (!there || !(elastic || is_custom(t)))
		return true;
	for (size_t i = 0; i < n; i++) {
		if (!add_message(s, &scratch, messages, names[i], e) ||
		    !add_filter(s, &scratch, filters, t, names[i], e))
			return false;
	}
	return true;
}

bool sdk_messages_drop_table(struct store *s, struct str table, struct err *e)
{
	const struct table *messages, *filters;
	struct stmt *st;
	bool there;

	if (!both_tables(s, &messages, &filters, &there, e))
		return false;
	if (!there)
		return true;
	if (!store_statement(s, S("delete from sdkmessagefilter where primaryobjecttypecode = ?1"),
			     &st, e))
		return false;
	stmt_bind_str(st, 1, table);
	return stmt_run(st, e);
}

bool sdk_messages_know(struct store *s, struct str message, const struct table *t, bool *out,
		       struct err *e)
{
	const struct table *messages, *filters;
	struct stmt *st;
	bool row;

	if (!both_tables(s, &messages, &filters, &row, e))
		return false;
	*out = false;
	if (!row)
		return true;
	if (!store_statement(s,
			     S("select 1 from sdkmessagefilter f join sdkmessage m "
			       "on m.sdkmessageid = f.sdkmessageid "
			       "where m.name = ?1 and f.primaryobjecttypecode = ?2"),
			     &st, e))
		return false;
	stmt_bind_str(st, 1, message);
	stmt_bind_str(st, 2, t->name);
	if (!stmt_step(st, &row, e))
		return false;
	stmt_reset(st);
	*out = row;
	return true;
}
