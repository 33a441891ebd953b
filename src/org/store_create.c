/* SPDX-License-Identifier: MIT */
/*
 * A new organization's file from the metadata that is part of the program: one SQLite table per table,
 * one per N:N relationship, their indexes, and the definitions themselves. An intersect table that has
 * no metadata of its own gets it here, so that queries can link through it like through any other.
 */
#include "org/store.h"

#include <inttypes.h>

#include "base/asset.h"
#include "base/limits.h"
#include "base/map.h"
#include "base/vec.h"
#include "io/json.h"
#include "org/relations.h"
#include "org/store_file.h"

#include "base/banned.h"

#define SEEDED_CLOCK "2025-01-01T00:00:00Z"

/* One file of metadata. */
struct metadata {
	struct str text;
	struct json facts;
	struct table table;
	bool is_intersect;
};

struct link_source {
	const struct many_to_many *mm;
	struct metadata *own; /* metadata of the intersect table itself; NULL when there is none */
};

struct plan {
	struct arena *arena;
	struct metadata *all;
	size_t n;
	VEC(struct link_source) links;
	struct map by_name;
};

static bool is_metadata(struct str name)
{
	return str_starts(name, S("metadata/")) && str_ends(name, S(".json"));
}

static bool plan_read(struct plan *p, struct err *e)
{
	size_t n;
	const struct asset *assets = asset_all(&n);

	p->all = arena_array(p->arena, struct metadata, n);
	p->by_name = map_make(p->arena);
	for (size_t i = 0; i < n; i++) {
		struct metadata *md = &p->all[p->n];
		const char *what = str_cstr(p->arena, assets[i].name);
		uint32_t index = (uint32_t)p->n;

		if (!is_metadata(assets[i].name))
			continue;
		md->text = assets[i].bytes;
		if (!json_parse(p->arena, md->text, what, &md->facts, e) ||
		    !table_from_facts(p->arena, &md->facts, what, &md->table, e))
			return false;
		if (!map_put(&p->by_name, md->table.name, &index))
			return err_set(e, ERR_INPUT, "%s: table %.*s has metadata already", what,
				       STR_ARG(md->table.name));
		p->n++;
	}
	return true;
}

static struct metadata *plan_find(const struct plan *p, struct str table)
{
	uint32_t index;

	return map_get(&p->by_name, table, &index) ? &p->all[index] : NULL;
}

/* Each relationship stands on both of its tables; the intersect table is made once. */
static void plan_links(struct plan *p)
{
	struct map seen = map_make(p->arena);

	for (size_t i = 0; i < p->n; i++) {
		const struct table *t = &p->all[i].table;

		for (size_t j = 0; j < t->nmany_to_many; j++) {
			const struct many_to_many *mm = &t->many_to_many[j];
			struct metadata *own = plan_find(p, mm->intersect);
			uint32_t index = (uint32_t)p->links.n;

			if (!map_put(&seen, mm->intersect, &index))
				continue;
			*VEC_PUSH(p->arena, &p->links) = (struct link_source){ mm, own };
			if (own)
				own->is_intersect = true;
		}
	}
}

static void put_text(struct json_writer *w, struct str key, struct str value)
{
	json_key(w, key);
	json_str(w, value);
}

static struct str own_text(const struct metadata *own, struct str key, struct str otherwise)
{
	struct str text = own ? json_text(&own->facts, key) : S("");

	return text.n > 0 ? text : otherwise;
}

static void put_attribute(struct json_writer *w, const struct metadata *own, struct str name,
			  struct str type)
{
	if (own && table_column(&own->table, name))
		return;
	json_object(w);
	put_text(w, S("logicalName"), name);
	put_text(w, S("schemaName"), name);
	put_text(w, S("type"), type);
	json_key(w, S("validForRead"));
	json_bool(w, true);
	json_object_end(w);
}

static void put_attributes(struct json_writer *w, const struct link_source *link,
			   struct str primary_id)
{
	const struct json *own = link->own ? json_get(&link->own->facts, S("attributes")) : NULL;

	json_key(w, S("attributes"));
	json_array(w);
	for (size_t i = 0; own && i < own->n; i++)
		json_tree(w, &own->items[i]);
	put_attribute(w, link->own, primary_id, S("UniqueidentifierType"));
	put_attribute(w, link->own, link->mm->column1, S("UniqueidentifierType"));
	put_attribute(w, link->own, link->mm->column2, S("UniqueidentifierType"));
	put_attribute(w, link->own, S("versionnumber"), S("BigIntType"));
	json_array_end(w);
}

static void put_side(struct json_writer *w, const struct plan *p, struct str intersect,
		     struct str table, struct str column)
{
	const struct metadata *side = plan_find(p, table);

	json_object(w);
	put_text(w, S("schemaName"),
		 str_fmt(p->arena, "%.*s_%.*s", STR_ARG(intersect), STR_ARG(column)));
	put_text(w, S("referencingAttribute"), column);
	put_text(w, S("referencedEntity"), table);
	put_text(w, S("referencedAttribute"), side ? side->table.primary_id : column);
	put_text(w, S("navigationProperty"), column);
	json_object_end(w);
}

/* The metadata of an intersect table, completed from the relationship. */
static bool write_facts(const struct plan *p, const struct link_source *link, struct buf *out,
			struct err *e)
{
	const struct many_to_many *mm = link->mm;
	struct str name = mm->intersect;
	struct str id =
		own_text(link->own, S("primaryId"), str_fmt(p->arena, "%.*sid", STR_ARG(name)));
	struct buf_sink sink = buf_sink_make(out);
	struct json_writer w = json_writer_make(&sink.sink);

	json_object(&w);
	put_text(&w, S("logicalName"), name);
	put_text(&w, S("schemaName"), own_text(link->own, S("schemaName"), name));
	put_text(&w, S("entitySetName"),
		 own_text(link->own, S("entitySetName"),
			  str_fmt(p->arena, "%.*sset", STR_ARG(name))));
	put_text(&w, S("displayName"), own_text(link->own, S("displayName"), S("")));
	put_text(&w, S("displayCollectionName"),
		 own_text(link->own, S("displayCollectionName"), S("")));
	put_text(&w, S("primaryId"), id);
	json_key(&w, S("objectTypeCode"));
	json_i64(&w, link->own ? link->own->table.object_type_code : 0);
	put_text(&w, S("ownership"), S("None"));
	json_key(&w, S("isIntersect"));
	json_bool(&w, true);
	put_attributes(&w, link, id);
	json_key(&w, S("manyToOne"));
	json_array(&w);
	put_side(&w, p, name, mm->table1, mm->column1);
	put_side(&w, p, name, mm->table2, mm->column2);
	json_array_end(&w);
	json_object_end(&w);

	bool ok = json_writer_finish(&w, e);

	json_writer_release(&w);
	return ok;
}

static void add_column(struct buf *sql, struct str name, const char *declaration)
{
	buf_add(sql, S(",\n  "));
	db_quote(sql, name);
	buf_add_fmt(sql, " %s", declaration);
}

static bool add_columns(struct buf *sql, const struct table *t, struct arena *a, struct err *e)
{
	for (size_t i = 0; i < t->ncolumns; i++) {
		const struct column *c = &t->columns[i];
		struct str companion = str_fmt(a, "%.*stype", STR_ARG(c->name));

		if (!store_has_column(c) || str_eq(c->name, t->primary_id) ||
		    str_eq(c->name, S("versionnumber")))
			continue;
		add_column(sql, c->name, store_type(c));
		if (!store_has_type_column(c))
			continue;
		if (table_column(t, companion))
			return err_set(e, ERR_INPUT,
				       "table %.*s: column %.*s is in the way of the type of "
				       "column %.*s",
				       STR_ARG(t->name), STR_ARG(companion), STR_ARG(c->name));
		add_column(sql, companion, "TEXT");
	}
	add_column(sql, S("versionnumber"), "INTEGER NOT NULL");
	return true;
}

static bool run(struct store *s, const struct buf *sql, struct err *e)
{
	DEFER(stmt_close) struct stmt *st = NULL;

	return buf_check(sql, "a statement", e) && db_prepare(s->db, buf_str(sql), &st, e) &&
	       stmt_run(st, e);
}

static void begin_index(struct buf *sql, const struct table *t, struct str suffix)
{
	DEFER(arena_release) struct arena scratch = arena_make(0);

	buf_clear(sql);
	buf_add(sql, S("create index "));
	db_quote(sql, str_fmt(&scratch, "%.*s.%.*s", STR_ARG(t->name), STR_ARG(suffix)));
	buf_add(sql, S(" on "));
	db_quote(sql, t->name);
	buf_add_char(sql, '(');
}

/* Columns that the platform fills by itself on nearly every table, and by which nobody looks for rows. */
static bool is_bookkeeping(const struct column *c)
{
	static const struct str names[] = {
		STR_INIT("createdby"),
		STR_INIT("createdonbehalfby"),
		STR_INIT("modifiedby"),
		STR_INIT("modifiedonbehalfby"),
		STR_INIT("owninguser"),
		STR_INIT("owningteam"),
		STR_INIT("owningbusinessunit"),
		STR_INIT("organizationid"),
		STR_INIT("transactioncurrencyid"),
	};

	for (size_t i = 0; i < COUNT_OF(names); i++) {
		if (str_eq(names[i], c->name))
			return true;
	}
	return false;
}

static bool create_indexes(struct store *s, const struct table *t, struct err *e)
{
	DEFER(buf_release) struct buf sql = buf_make(LIMIT_SQL_TEXT);

	begin_index(&sql, t, S("(order)"));
	store_guid_order(&sql, S(""), t->primary_id);
	buf_add_char(&sql, ')');
	if (!run(s, &sql, e))
		return false;
	for (size_t i = 0; i < t->ncolumns; i++) {
		const struct column *c = &t->columns[i];

		if (!column_is_lookup(c) || is_bookkeeping(c))
			continue;
		begin_index(&sql, t, c->name);
		db_quote(&sql, c->name);
		buf_add_char(&sql, ')');
		if (!run(s, &sql, e))
			return false;
	}
	return true;
}

static bool remember_table(struct store *s, const struct table *t, struct str definition,
			   struct err *e)
{
	struct stmt *st;

	if (!store_statement(s,
			     S("insert into ferry_table(name, entity_set, definition) "
			       "values(?1, ?2, ?3)"),
			     &st, e))
		return false;
	stmt_bind_str(st, 1, t->name);
	stmt_bind_str(st, 2, t->entity_set);
	stmt_bind_str(st, 3, definition);
	return stmt_run(st, e);
}

static bool create_table(struct store *s, const struct table *t, struct str definition,
			 const struct many_to_many *mm, struct err *e)
{
	DEFER(arena_release) struct arena scratch = arena_make(0);
	DEFER(buf_release) struct buf sql = buf_make(LIMIT_SQL_TEXT);

	buf_add(&sql, S("create table "));
	db_quote(&sql, t->name);
	buf_add(&sql, S("(\n  "));
	db_quote(&sql, t->primary_id);
	buf_add(&sql, S(" TEXT NOT NULL PRIMARY KEY"));
	if (!add_columns(&sql, t, &scratch, e))
		return false;
	if (mm) {
		buf_add(&sql, S(",\n  UNIQUE("));
		db_quote(&sql, mm->column1);
		buf_add_char(&sql, ',');
		db_quote(&sql, mm->column2);
		buf_add_char(&sql, ')');
	}
	buf_add(&sql, S("\n)"));
	if (!run(s, &sql, e) || !create_indexes(s, t, e))
		return false;
	if (mm) {
		/* the first column is found by the pair's own index */
		begin_index(&sql, t, mm->column2);
		db_quote(&sql, mm->column2);
		buf_add_char(&sql, ')');
		if (!run(s, &sql, e))
			return false;
	}
	return remember_table(s, t, definition, e) && (mm || relations_remember(s, t, e));
}

static bool create_link(struct store *s, const struct plan *p, const struct link_source *link,
			struct err *e)
{
	DEFER(buf_release) struct buf text = buf_make(LIMIT_PLAN_FILE);
	const char *what = str_cstr(p->arena, link->mm->intersect);
	struct json facts;
	struct table t;

	if (!write_facts(p, link, &text, e) ||
	    !json_parse(p->arena, buf_str(&text), what, &facts, e) ||
	    !table_from_facts(p->arena, &facts, what, &t, e) ||
	    !create_table(s, &t, buf_str(&text), link->mm, e))
		return err_wrap(e, "relationship %.*s", STR_ARG(link->mm->schema_name));
	return true;
}

static bool write_header(struct store *s, const struct store_options *options, struct err *e)
{
	DEFER(arena_release) struct arena scratch = arena_make(0);

	if (!store_header_put(s, S(STORE_HEADER_VERSION), S("0"), e) ||
	    !store_header_put(s, S(STORE_HEADER_LCID), str_fmt(&scratch, "%d", s->lcid), e))
		return false;
	if (!options->seeded)
		return true;
	return store_header_put(s, S(STORE_HEADER_SEED),
				str_fmt(&scratch, "%" PRIu64, options->seed), e) &&
	       store_header_put(s, S(STORE_HEADER_CLOCK), S(SEEDED_CLOCK), e);
}

static bool create_all(struct store *s, const struct store_options *options, struct err *e)
{
	static const char own_tables[] =
		"create table ferry_header(name TEXT NOT NULL PRIMARY KEY, value) without rowid;"
		"create table ferry_table(name TEXT NOT NULL PRIMARY KEY, entity_set TEXT NOT NULL,"
		" definition TEXT NOT NULL);"
		"create index \"ferry_table.entity_set\" on ferry_table(entity_set);"
		"create table ferry_relationship(child TEXT NOT NULL, place INTEGER NOT NULL,"
		" parent TEXT NOT NULL, collection TEXT NOT NULL, PRIMARY KEY(child, place))"
		" without rowid;"
		"create index \"ferry_relationship.parent\" on ferry_relationship(parent, collection);";
	DEFER(arena_release) struct arena scratch = arena_make(0);
	struct plan p = { .arena = &scratch };

	if (!plan_read(&p, e))
		return false;
	plan_links(&p);
	if (!db_exec(s->db, own_tables, e) || !write_header(s, options, e))
		return false;
	for (size_t i = 0; i < p.n; i++) {
		const struct metadata *md = &p.all[i];

		if (!md->is_intersect && !create_table(s, &md->table, md->text, NULL, e))
			return false;
	}
	for (size_t i = 0; i < p.links.n; i++) {
		if (!create_link(s, &p, &p.links.p[i], e))
			return false;
	}
	return true;
}

static bool set_up(struct store *s, const struct store_options *options, struct err *e)
{
	DEFER(buf_release) struct buf sql = buf_make(LIMIT_KIB);
	enum datetime_zone zone;

	buf_add_fmt(&sql,
		    "pragma page_size = 4096; pragma application_id = %d; "
		    "pragma user_version = %d; pragma synchronous = normal",
		    STORE_APPLICATION_ID, STORE_VERSION);
	buf_add_char(&sql, '\0');
	if (!db_exec(s->db, sql.p, e))
		return false;
	s->rng = options->seeded ? rng_from_seed(options->seed) : rng_from_system();
	s->fixed_clock = options->seeded;
	if (options->seeded) {
		bool ok = datetime_parse_iso(S(SEEDED_CLOCK), &s->clock, &zone);

		assert(ok);
	}
	if (!collate_open(&s->collate, s->arena, s->lcid, e) || !db_begin(s->db, e))
		return false;
	if (create_all(s, options, e) && db_commit(s->db, e))
		return true;
	db_rollback(s->db);
	return false;
}

bool store_create(struct store *s, struct arena *a, const char *path,
		  const struct store_options *options, struct err *e)
{
	DEFER(store_close) struct store o = { .arena = a,
					      .path = str_cstr(a, str_from(path)),
					      .writable = true,
					      .lcid = options->lcid };

	if (!db_open(&o.db, a, path, DB_CREATE, e))
		return false;
	store_attach(&o);
	if (!set_up(&o, options, e))
		return err_wrap(e, "creating %s", path);
	*s = o;
	s->catalog.context = s;
	o = (struct store){ 0 };
	return true;
}
