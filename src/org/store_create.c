/* SPDX-License-Identifier: MIT */
/*
 * A new organization's file from the metadata that is part of the program: one SQLite table per table,
 * one per N:N relationship, and the definitions themselves.
 */
#include "org/store.h"

#include <inttypes.h>

#include "base/asset.h"
#include "base/limits.h"
#include "base/map.h"
#include "base/vec.h"
#include "io/json.h"
#include "org/choices.h"
#include "org/store_file.h"
#include "org/store_schema.h"

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

static bool find_primary(void *context, struct str table, struct str *out, struct err *e)
{
	const struct metadata *side = plan_find(context, table);

	(void)e;
	*out = side ? side->table.primary_id : S("");
	return true;
}

static bool create_link(struct store *s, struct plan *p, const struct link_source *link,
			struct err *e)
{
	struct table t;

	if (!schema_intersect(p->arena, link->mm, link->own ? &link->own->table : NULL,
			      find_primary, p, &t, e) ||
	    !schema_create(s, &t, link->mm, e))
		return err_wrap(e, "relationship %.*s", STR_ARG(link->mm->schema_name));
	return true;
}

static bool write_header(struct store *s, const struct store_options *options, struct err *e)
{
	DEFER(arena_release) struct arena scratch = arena_make(0);

	if (!store_header_put(s, S(STORE_HEADER_VERSION), S("0"), e) ||
	    !store_header_put(s, S(STORE_HEADER_BIN), S("1"), e) ||
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
		"create index \"ferry_relationship.parent\" on ferry_relationship(parent, collection);" STORE_METADATA_TABLES
		""
		"create table ferry_deletion(number INTEGER PRIMARY KEY AUTOINCREMENT,"
		" deleted_on TEXT NOT NULL, deleted_by TEXT NOT NULL);"
		"create table ferry_bin(table_name TEXT NOT NULL, id TEXT NOT NULL,"
		" deletion INTEGER NOT NULL, row TEXT NOT NULL, PRIMARY KEY(table_name, id));"
		"create index \"ferry_bin.deletion\" on ferry_bin(deletion);"
		"create table ferry_bin_link(deletion INTEGER NOT NULL, table_name TEXT NOT NULL,"
		" id TEXT NOT NULL, column_name TEXT NOT NULL, target_table TEXT NOT NULL,"
		" target TEXT NOT NULL);"
		"create index \"ferry_bin_link.deletion\" on ferry_bin_link(deletion);"
		"create table ferry_tombstone(table_name TEXT NOT NULL, id TEXT NOT NULL,"
		" version INTEGER NOT NULL, PRIMARY KEY(table_name, id)) without rowid;"
		"create table ferry_file(id TEXT NOT NULL PRIMARY KEY, table_name TEXT NOT NULL,"
		" row TEXT NOT NULL, column_name TEXT NOT NULL, name TEXT NOT NULL,"
		" mime_type TEXT NOT NULL, size INTEGER NOT NULL, complete INTEGER NOT NULL,"
		" created_on TEXT NOT NULL);"
		"create index \"ferry_file.row\" on ferry_file(table_name, row);"
		"create table ferry_file_part(file TEXT NOT NULL, start INTEGER NOT NULL,"
		" block TEXT, bytes BLOB NOT NULL, PRIMARY KEY(file, start));"
		"create table ferry_behaviour(name TEXT NOT NULL PRIMARY KEY, variant TEXT NOT NULL)"
		" without rowid;"
		"create table ferry_job(number INTEGER PRIMARY KEY, behaviour TEXT NOT NULL,"
		" table_name TEXT NOT NULL, id TEXT NOT NULL, operation TEXT NOT NULL,"
		" requests INTEGER NOT NULL, due INTEGER NOT NULL);";
	DEFER(arena_release) struct arena scratch = arena_make(0);
	struct plan p = { .arena = &scratch };

	if (!plan_read(&p, e))
		return false;
	plan_links(&p);
	if (!db_exec(s->db, own_tables, e) || !write_header(s, options, e))
		return false;
	for (size_t i = 0; i < p.n; i++) {
		const struct metadata *md = &p.all[i];

		if (!md->is_intersect &&
		    (!schema_create(s, &md->table, NULL, e) || !choices_of_table(s, &md->table, e)))
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
