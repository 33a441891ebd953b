/* SPDX-License-Identifier: MIT */
/*
 * Shaping an organization's file.
 */
#include "org/shape.h"

#include "base/file.h"
#include "base/limits.h"
#include "base/vec.h"
#include "io/json.h"
#include "org/app.h"
#include "org/choices.h"
#include "org/metadata_rows.h"
#include "org/store_alter.h"
#include "org/store_file.h"
#include "org/store_schema.h"

#include "base/banned.h"

/* the list */

static bool count_rows(struct store *s, struct str table, int64_t *out, struct err *e)
{
	DEFER(buf_release) struct buf sql = buf_make(0);
	DEFER(stmt_close) struct stmt *st = NULL;
	bool row;

	buf_add(&sql, S("select count(*) from "));
	db_quote(&sql, table);
	if (!db_prepare(s->db, buf_str(&sql), &st, e) || !stmt_step(st, &row, e))
		return false;
	*out = stmt_i64(st, 0);
	return true;
}

static bool describe(struct store *s, struct arena *a, struct str name, struct shape_table *out,
		     struct err *e)
{
	const struct table *t;

	if (!store_table(s, name, &t, e))
		return false;
	*out = (struct shape_table){
		.name = name,
		.entity_set = str_dup(a, t->entity_set),
		.display_name = str_dup(a, t->display_name),
		.ownership = str_dup(a, t->ownership),
		.type = str_dup(a, t->table_type),
		.custom = t->unmanaged,
		.intersect = t->is_intersect,
		.columns = t->ncolumns,
	};
	return count_rows(s, name, &out->rows, e);
}

bool shape_tables(const char *path, struct arena *a, struct shape_table **out, size_t *n,
		  struct err *e)
{
	DEFER(arena_release) struct arena scratch = arena_make(0);
	DEFER(store_close) struct store s = { 0 };
	struct str *names;

	if (!store_open(&s, &scratch, path, false, e) || !db_begin_read(s.db, e) ||
	    !store_table_names(&s, a, &names, n, e))
		return false;
	*out = arena_array(a, struct shape_table, *n);
	for (size_t i = 0; i < *n; i++) {
		if (!describe(&s, a, names[i], &(*out)[i], e))
			return false;
	}
	return true;
}

/* adding */

struct adding {
	struct store *store;
	struct arena *arena;
	VEC(struct table) tables;
	enum { THERE_REFUSE, THERE_REPLACE, THERE_KEEP } there; /* with a table that exists */
};

/* Custom tables are their maker's; what looks like a table of the platform stays as it is told. */
static void take_over(struct table *t)
{
	if (!definition_is_custom(t->schema_name) || str_starts(t->name, S("msdyn")))
		return;
	t->unmanaged = true;
	for (size_t i = 0; i < t->ncolumns; i++)
		t->columns[i].unmanaged = true;
	for (size_t i = 0; i < t->nmany_to_one; i++)
		t->many_to_one[i].unmanaged = true;
	for (size_t i = 0; i < t->nmany_to_many; i++)
		t->many_to_many[i].unmanaged = true;
	for (size_t i = 0; i < t->nkeys; i++)
		t->keys[i].unmanaged = true;
}

static bool add_one(struct adding *x, const struct json *o, const char *what, struct err *e)
{
	struct table *t = VEC_PUSH(x->arena, &x->tables);
	bool wire = json_get(o, S("LogicalName")) != NULL;

	if (o->kind != JSON_OBJECT)
		return err_set(e, ERR_INPUT, "%s: a table is an object", what);
	if (wire ? !definition_read(x->arena, o, t, e) : !table_from_facts(x->arena, o, what, t, e))
		return wire ? err_wrap(e, "%s", what) : false;
	if (t->entity_set.n == 0 || t->primary_id.n == 0 || !table_primary(t))
		return err_set(e, ERR_INPUT,
			       "%s: table %.*s: entity set, primary id or its column is missing",
			       what, STR_ARG(t->name));
	take_over(t);
	return true;
}

static bool read_sources(struct adding *x, const struct shape_source *sources, size_t n,
			 struct err *e)
{
	for (size_t i = 0; i < n; i++) {
		struct json tree;

		if (!json_parse(x->arena, sources[i].text, sources[i].what, &tree, e))
			return false;
		if (tree.kind != JSON_ARRAY && !add_one(x, &tree, sources[i].what, e))
			return false;
		for (size_t j = 0; tree.kind == JSON_ARRAY && j < tree.n; j++) {
			if (!add_one(x, &tree.items[j], sources[i].what, e))
				return false;
		}
	}
	return true;
}

static bool make_room(struct adding *x, struct str name, struct err *e)
{
	struct store *s = x->store;
	const struct table *there;
	int64_t rows;

	if (!store_table(s, name, &there, e))
		return false;
	if (!there)
		return true;
	if (x->there == THERE_REFUSE)
		return err_set(
			e, ERR_INPUT,
			"table %.*s exists already; --replace puts the new definition in its "
			"place if it has no rows",
			STR_ARG(name));
	if (!count_rows(s, name, &rows, e))
		return false;
	if (rows > 0)
		return err_set(e, ERR_INPUT,
			       "table %.*s has %lld rows; it can only be replaced when it is empty",
			       STR_ARG(name), (long long)rows);

	struct guid id = definition_table_id(there->name, there->metadata_id);

	/* its neighbours keep their lookups to it */
	return metadata_rows_forget(s, x->arena, there, id, e) && schema_drop(s, there, e) &&
	       alter_note(s, "Entity", name, id, true, e);
}

static bool add_all(struct adding *x, struct err *e)
{
	struct store *s = x->store;

	size_t n = 0;

	for (size_t i = 0; i < x->tables.n; i++) {
		const struct table *there = NULL;

		if (x->there == THERE_KEEP && !store_table(s, x->tables.p[i].name, &there, e))
			return false;
		if (there)
			continue;
		if (!make_room(x, x->tables.p[i].name, e))
			return false;
		x->tables.p[n++] = x->tables.p[i];
	}
	x->tables.n = n;
	if (!alter_add_tables(s, x->arena, x->tables.p, x->tables.n, e))
		return false;
	for (size_t i = 0; i < x->tables.n; i++) {
		const struct table *t = &x->tables.p[i];
		const struct table *made;

		if (!alter_take_notes(s, x->arena, t, e) || !choices_of_table(s, t, e) ||
		    !store_table(s, t->name, &made, e) ||
		    !metadata_rows_of_table(s, x->arena, made, NULL, e))
			return false;
	}
	return true;
}

/* Errors of a service that are about what the caller gave. */
static bool blame_input(struct err *e)
{
	if (e->kind != ERR_INTERNAL)
		e->kind = ERR_INPUT;
	return false;
}

static bool add_in_transaction(struct adding *x, struct err *e)
{
	if (!db_begin(x->store->db, e))
		return false;
	if (add_all(x, e) && db_commit(x->store->db, e))
		return true;
	db_rollback(x->store->db);
	return blame_input(e);
}

static bool add(struct adding *x, const char *path, const struct shape_source *sources, size_t n,
		struct err *e)
{
	DEFER(arena_release) struct arena scratch = arena_make(0);
	DEFER(store_close) struct store s = { 0 };

	x->store = &s;
	return read_sources(x, sources, n, e) && store_open(&s, &scratch, path, true, e) &&
	       add_in_transaction(x, e);
}

bool shape_add(const char *path, struct arena *a, const struct shape_source *sources,
	       size_t nsources, bool replace, struct str **names, size_t *n, struct err *e)
{
	struct adding x = { .arena = a, .there = replace ? THERE_REPLACE : THERE_REFUSE };

	if (!add(&x, path, sources, nsources, e))
		return false;
	*names = arena_array(a, struct str, x.tables.n);
	*n = x.tables.n;
	for (size_t i = 0; i < x.tables.n; i++)
		(*names)[i] = x.tables.p[i].name;
	return true;
}

/* copies */

static bool copy_into(struct store *s, const char *temp, struct err *e)
{
	DEFER(stmt_close) struct stmt *st = NULL;

	if (!db_prepare(s->db, S("vacuum into ?1"), &st, e))
		return false;
	stmt_bind_str(st, 1, str_from(temp));
	return stmt_run(st, e);
}

bool shape_snapshot(const char *path, const char *out, struct err *e)
{
	DEFER(arena_release) struct arena a = arena_make(0);
	DEFER(store_close) struct store s = { 0 };
	const char *temp = file_temp_name(&a, out);
	struct err ignored;

	if (!store_open(&s, &a, path, false, e))
		return false;
	/* an empty file of the right mode is filled */
	if (file_write(temp, 0600, S(""), e) && copy_into(&s, temp, e) && file_commit(temp, out, e))
		return true;
	if (file_exists(temp) && !file_remove(temp, &ignored))
		return err_wrap(e, "%s could not be removed", temp);
	return false;
}

/* back */

/* How an organization was made, and the definitions of what was added. */
struct origin_facts {
	VEC(struct shape_source) added;
	struct org_create_options options;
};

static bool header_text(struct store *s, struct arena *a, struct str name, struct str *out,
			struct err *e)
{
	struct stmt *st;
	bool row;

	if (!store_statement(s, S("select cast(value as text) from ferry_header where name = ?1"),
			     &st, e))
		return false;
	stmt_bind_str(st, 1, name);
	if (!stmt_step(st, &row, e))
		return false;
	*out = row ? str_dup(a, stmt_str(st, 0)) : S("");
	stmt_reset(st);
	return true;
}

static bool read_options(struct store *s, struct arena *a, struct org_create_options *out,
			 struct err *e)
{
	struct str sample, seed;

	*out = (struct org_create_options){ 0 };
	if (!header_text(s, a, S(STORE_HEADER_SAMPLE), &sample, e) ||
	    !header_text(s, a, S(STORE_HEADER_SEED), &seed, e))
		return false;
	out->sample = sample.n > 0 ? str_cstr(a, sample) : NULL;
	out->seeded = seed.n > 0;
	return !out->seeded || str_parse_u64(seed, &out->seed) ||
	       err_set(e, ERR_INPUT, "%s: the header row seed is damaged", s->path);
}

static bool read_added(struct store *s, struct arena *a, struct origin_facts *out, struct err *e)
{
	DEFER(stmt_close) struct stmt *st = NULL;
	bool row;

	/* intersect tables come back with their relationships */
	if (!db_prepare(s->db,
			S("select definition from ferry_table where name in "
			  "(select name from ferry_metadata_change where kind = 'Entity') and "
			  "json_extract(definition, '$.isIntersect') is null order by name"),
			&st, e) ||
	    !stmt_step(st, &row, e))
		return false;
	while (row) {
		*VEC_PUSH(a, &out->added) =
			(struct shape_source){ str_dup(a, stmt_str(st, 0)), "a definition" };
		if (!stmt_step(st, &row, e))
			return false;
	}
	return true;
}

static bool read_origin(const char *path, struct arena *a, bool keep, struct origin_facts *out,
			struct err *e)
{
	DEFER(store_close) struct store s = { 0 };
	const char *log = str_cstr(a, str_fmt(a, "%s-wal", path));

	if (file_exists(log))
		return err_set(e, ERR_INPUT, "%s is being served; stop that first", path);
	if (!store_open(&s, a, path, true, e) || !read_options(&s, a, &out->options, e))
		return false;
	/* nobody else writes at this moment */
	if (!db_begin(s.db, e))
		return false;

	bool ok = db_exec(s.db, STORE_METADATA_TABLES, e) && (!keep || read_added(&s, a, out, e));

	db_rollback(s.db);
	return ok;
}

/* Tables that the new organization has by itself are its own. */
static bool restore(const char *temp, struct arena *a, const struct origin_facts *facts,
		    struct err *e)
{
	struct adding x = { .arena = a, .there = THERE_KEEP };

	return facts->added.n == 0 || add(&x, temp, facts->added.p, facts->added.n, e);
}

bool shape_reset(const char *path, bool keep_tables, struct err *e)
{
	DEFER(arena_release) struct arena a = arena_make(0);
	struct origin_facts facts = { 0 };
	const char *temp = file_temp_name(&a, path);
	struct err ignored;

	if (!read_origin(path, &a, keep_tables, &facts, e))
		return false;
	facts.options.name = path;
	if (org_create(temp, &facts.options, e) && restore(temp, &a, &facts, e) &&
	    file_commit(temp, path, e))
		return true;
	if (file_exists(temp) && !file_remove(temp, &ignored))
		return err_wrap(e, "%s could not be removed", temp);
	return false;
}
