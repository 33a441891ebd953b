/* SPDX-License-Identifier: MIT */
/*
 * Copies of tables, and how a change of metadata is written down.
 */
#include "org/store_alter_copy.h"

#include <inttypes.h>

#include "base/map.h"
#include "org/code.h"
#include "org/store_file.h"
#include "org/store_schema.h"

#include "base/banned.h"

#define STAMP_SUMS INT64_C(1000000000)

bool alter_invalid(struct err *e, uint32_t code, const char *what, struct str name)
{
	return err_set_code(e, ERR_BAD_REQUEST, code, "%s: '%.*s'", what, STR_ARG(name));
}

bool alter_version(struct store *s, int64_t *version, struct err *e)
{
	struct stmt *st;
	bool row;

	/* "7 <any>" */
	if (!store_statement(s,
			     S("select cast(value as integer) from ferry_header "
			       "where name = '" STORE_HEADER_METADATA "'"),
			     &st, e) ||
	    !stmt_step(st, &row, e))
		return false;
	*version = row ? stmt_i64(st, 0) : 0;
	stmt_reset(st);
	return true;
}

static bool add_sum(struct store *s, struct str sql, uint64_t *sum, struct err *e)
{
	struct stmt *st;
	bool row;

	if (!store_statement(s, sql, &st, e))
		return false;
	for (;;) {
		if (!stmt_step(st, &row, e))
			return false;
		if (!row)
			break;
		*sum = *sum * UINT64_C(1099511628211) + hash_bytes(stmt_str(st, 0));
	}
	stmt_reset(st);
	return true;
}

bool alter_stamp(struct store *s, int64_t *stamp, struct err *e)
{
	uint64_t sum = 0;
	int64_t version;

	if (!alter_version(s, &version, e))
		return false;
	if (s->metadata_sum == 0) {
		/* a file without changes may be older than choices */
		if (!add_sum(s, S("select definition from ferry_table order by name"), &sum, e) ||
		    (version > 0 &&
		     !add_sum(s, S("select definition from ferry_choice order by name"), &sum, e)))
			return false;
		s->metadata_sum = sum | 1;
	}
	*stamp = (version + 1) * STAMP_SUMS + (int64_t)(s->metadata_sum % (uint64_t)STAMP_SUMS);
	return true;
}

bool alter_note(struct store *s, const char *kind, struct str table, struct guid id, bool deleted,
		struct err *e)
{
	DEFER(arena_release) struct arena scratch = arena_make(0);
	char text[GUID_TEXT_SIZE];
	struct stmt *st;
	int64_t version;

	assert(db_in_transaction(s->db));
	if (!db_exec(s->db, STORE_METADATA_TABLES, e) || !alter_version(s, &version, e))
		return false;
	/* the second word tells a change that was rolled back from the one that comes in its place */
	if (!store_header_put(
		    s, S(STORE_HEADER_METADATA),
		    str_fmt(&scratch, "%" PRId64 " %" PRIx64, version + 1, rng_next(&s->rng)), e) ||
	    !store_statement(
		    s,
		    S("insert into ferry_metadata_change(version, kind, name, id, deleted) "
		      "values(?1, ?2, ?3, ?4, ?5)"),
		    &st, e))
		return false;
	stmt_bind_i64(st, 1, version + 1);
	stmt_bind_str(st, 2, str_from(kind));
	stmt_bind_str(st, 3, table);
	stmt_bind_str(st, 4, guid_format(id, text));
	stmt_bind_i64(st, 5, deleted);
	return stmt_run(st, e) && store_refresh(s, e);
}

/* A table that has to be there. */
bool alter_find(struct store *s, struct str name, const struct table **out, struct err *e)
{
	if (!store_table(s, name, out, e))
		return false;
	return *out || alter_invalid(e, CODE_TABLE_UNKNOWN, "there is no table", name);
}

struct guid alter_table_id(const struct table *t)
{
	return definition_table_id(t->name, t->metadata_id);
}

/* Writes a changed copy of a table; the catalog forgets the old one. */
bool alter_table(struct store *s, const struct table *t, struct err *e)
{
	return schema_remember(s, t, e) &&
	       alter_note(s, "Entity", t->name, alter_table_id(t), false, e);
}

/* What the definition of a table says: a copy, with the columns that others bring. */
bool alter_complete(struct arena *a, const struct table *t, struct table *out, struct err *e)
{
	DEFER(buf_release) struct buf text = buf_make(0);
	struct buf_sink sink = buf_sink_make(&text);
	DEFER(json_writer_release) struct json_writer w = json_writer_make(&sink.sink);
	struct json facts;

	table_to_facts(&w, t);
	return json_writer_finish(&w, e) &&
	       json_parse(a, buf_str(&text), "definition", &facts, e) &&
	       table_from_facts(a, &facts, "definition", out, e);
}

/* A copy of a store's table that outlives it. */
bool alter_copy(struct store *s, struct arena *a, struct str name, struct table *out, struct err *e)
{
	const struct table *t;

	return alter_find(s, name, &t, e) && alter_complete(a, t, out, e);
}
