/* SPDX-License-Identifier: MIT */
/*
 * The file has two lines: what it is, with a checksum of the second one; and the tables in the project's own
 * form (metadata/README.md). The version is asked for before the tables are, so that one that changes in between is
 * noticed by the next run.
 */
#include "move/known_tables.h"

#include <inttypes.h>

#include "base/file.h"
#include "base/limits.h"
#include "base/vec.h"
#include "io/json.h"
#include "dv/table.h"
#include "move/read_request.h"

#include "base/banned.h"

#define METADATA_VERSION "Microsoft.Dynamics.CRM.globalmetadataversion"
#define ASK "organizations?$select=organizationid"

struct known_tables {
	struct arena *arena;
	const char *folder, *path;
	struct str service;      /* its label: copies of an organization have the same id */
	struct str organization; /* its id */
	struct str version;      /* of its metadata */
	struct map by_name;
	VEC(struct table *) tables;
	bool news; /* the file lacks some of them */
};

/* What identifies organization and metadata; false: not told. */
static bool read_state(struct known_tables *k, struct str body)
{
	struct json answer;
	struct err unreadable;
	struct guid id;

	if (!json_parse(k->arena, body, "organizations", &answer, &unreadable))
		return false;

	const struct json *rows = json_get(&answer, S("value"));
	const struct json *row =
		rows && rows->kind == JSON_ARRAY && rows->n == 1 ? rows->items : NULL;

	if (!guid_parse(json_text(row, S("organizationid")), &id))
		return false;
	k->organization = guid_text(k->arena, id);
	k->version = json_text(&answer, S("@" METADATA_VERSION));
	return k->version.n > 0;
}

static bool take_table(void *context, const struct json *row, struct err *e)
{
	struct known_tables *k = context;
	struct table *t = arena_new(k->arena, struct table);

	if (!table_from_facts(k->arena, row, k->path, t, e))
		return false;
	/* a kind that was not told is not taken for the usual one */
	t->table_type = json_text(row, S("tableType"));
	if (t->table_type.n > 0)
		t->table_type = str_dup(k->arena, t->table_type);
	known_tables_add(k, t);
	return true;
}

static struct str sum_of(struct arena *a, struct str line)
{
	return str_fmt(a, "%016" PRIx64, hash_bytes(line));
}

static bool is_ours(struct known_tables *k, struct str first, struct str second)
{
	struct json head;
	struct err unreadable;

	return json_parse(k->arena, first, k->path, &head, &unreadable) &&
	       str_eq(json_text(&head, S("ferry")), S(FERRY_VERSION)) &&
	       str_eq(json_text(&head, S("organization")), k->organization) &&
	       str_eq(json_text(&head, S("service")), k->service) &&
	       str_eq(json_text(&head, S("metadata")), k->version) &&
	       str_eq(json_text(&head, S("sum")), sum_of(k->arena, second));
}

static void forget(struct known_tables *k)
{
	k->by_name = map_make(k->arena);
	k->tables.n = 0;
}

/* Whatever is wrong with the file, it only means that definitions are asked for. */
static void load(struct known_tables *k)
{
	DEFER(arena_release) struct arena page = arena_make(0);
	DEFER(json_rows_release) struct json_rows rows =
		json_rows_make(&page, k->path, take_table, k);
	struct json envelope;
	struct str text;
	struct err e;

	if (!file_exists(k->path) || !file_read(&page, k->path, LIMIT_KNOWN_TABLES, &text, &e))
		return;

	size_t end = str_find_char(text, '\n');
	struct str second = end == STR_NONE ? S("") : str_skip(text, end + 1);

	if (!is_ours(k, str_sub(text, 0, end), second) || !sink_write(&rows.sink, second, &e) ||
	    !json_rows_finish(&rows, &page, &envelope, &e))
		forget(k);
	k->news = false;
}

bool known_tables_open(struct known_tables **out, struct reader *r, const char *folder,
		       struct err *e)
{
	DEFER(buf_release) struct buf body = buf_make(LIMIT_JSON_ENVELOPE);
	struct known_tables *k = arena_new(r->arena, struct known_tables);
	bool told;

	*out = NULL;
	k->arena = r->arena;
	k->folder = folder;
	k->service = str_from(r->service->label);
	k->by_name = map_make(k->arena);
	if (!read_try_text(r, S(ASK), S(METADATA_VERSION), &body, &told, e))
		return err_wrap(e, "asking %s which metadata it has", r->service->label);
	if (!told || !read_state(k, buf_str(&body)))
		return true;
	k->path = str_fmt(k->arena, "%s/%.*s.json", folder, STR_ARG(k->organization)).p;
	load(k);
	*out = k;
	return true;
}

struct table *known_tables_find(const struct known_tables *k, struct str name)
{
	uint32_t index;

	return map_get(&k->by_name, name, &index) ? k->tables.p[index] : NULL;
}

void known_tables_add(struct known_tables *k, struct table *t)
{
	uint32_t index = (uint32_t)k->tables.n;

	if (!map_put(&k->by_name, t->name, &index))
		return;
	*VEC_PUSH(k->arena, &k->tables) = t;
	k->news = true;
}

static bool put_tables(struct known_tables *k, struct buf *out, struct err *e)
{
	struct buf_sink sink = buf_sink_make(out);
	DEFER(json_writer_release) struct json_writer w = json_writer_make(&sink.sink);

	json_object(&w);
	json_key(&w, S("value"));
	json_array(&w);
	for (size_t i = 0; i < k->tables.n; i++)
		table_to_facts(&w, k->tables.p[i]);
	json_array_end(&w);
	json_object_end(&w);
	return json_writer_finish(&w, e);
}

static bool put_head(struct known_tables *k, struct str tables, struct sink *out, struct err *e)
{
	const struct {
		struct str name, value;
	} members[] = {
		{ STR_INIT("ferry"), STR_INIT(FERRY_VERSION) },
		{ STR_INIT("organization"), k->organization },
		{ STR_INIT("service"), k->service },
		{ STR_INIT("metadata"), k->version },
		{ STR_INIT("sum"), sum_of(k->arena, tables) },
	};
	DEFER(json_writer_release) struct json_writer w = json_writer_make(out);

	json_object(&w);
	for (size_t i = 0; i < COUNT_OF(members); i++) {
		json_key(&w, members[i].name);
		json_str(&w, members[i].value);
	}
	json_object_end(&w);
	return json_writer_finish(&w, e);
}

static bool write_file(struct known_tables *k, const char *temp, struct err *e)
{
	DEFER(buf_release) struct buf tables = buf_make(LIMIT_KNOWN_TABLES);
	DEFER(file_sink_close) struct file_sink f = { .fd = -1 };

	return put_tables(k, &tables, e) && file_sink_open(&f, temp, 0600, e) &&
	       put_head(k, buf_str(&tables), &f.sink, e) && sink_write(&f.sink, S("\n"), e) &&
	       sink_write(&f.sink, buf_str(&tables), e) && file_sink_finish(&f, e);
}

bool known_tables_save(struct known_tables *k, struct err *e)
{
	const char *temp = file_temp_name(k->arena, k->path);
	struct err second;

	if (!k->news)
		return true;
	if (file_make_directory(k->folder, 0700, e) && write_file(k, temp, e) &&
	    file_commit(temp, k->path, e)) {
		k->news = false;
		return true;
	}
	if (!file_remove(temp, &second))
		return err_wrap(e, "%s is left", temp);
	return false;
}
