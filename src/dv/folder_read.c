/* SPDX-License-Identifier: MIT */
/*
 * Git-friendly folder to events. The files of a table are listed once, in a temporary database that sorts
 * them without taking memory; then they are read one after the other.
 */
#include "dv/folder_read.h"

#include <dirent.h>
#include <string.h>

#include "base/codec.h"
#include "base/file.h"
#include "base/limits.h"
#include "io/db.h"
#include "dv/data_read.h"
#include "dv/folder_index.h"
#include "dv/folder_name.h"
#include "dv/folder_value.h"
#include "dv/value.h"

#include "base/banned.h"

#define HEAD_SIZE 256 /* of a row's file: its id stands there */
#define COMMIT_EVERY 100000

enum phase { AT_TABLE, AT_ROWS, AT_LINKS };

struct folder_reader {
	struct data_translate translate;
	struct arena *arena;
	struct arena scratch;
	const char *path;
	const struct schema *schema;
	struct folder_index index;
	struct str *extras;
	struct db *db; /* NULL: not yet */
	struct stmt *put, *place, *list;
	/* where it stands */
	size_t table;
	enum phase phase;
	const char *folder; /* its path */
};

bool folder_is_one(const char *path)
{
	DEFER(arena_release) struct arena a = arena_make(0);

	return file_exists(str_fmt(&a, "%s/ferry.xml", path).p);
}

static const struct folder_table *table_of(const struct folder_reader *r)
{
	return &r->index.tables[r->table];
}

static struct str table_name(const struct folder_reader *r)
{
	return *data_attr(table_of(r)->attrs, table_of(r)->nattrs, S("name"));
}

/* ---- a value that is a file ---- */

static bool read_bytes(struct arena *page, const char *path, struct str *out, struct err *e)
{
	DEFER(file_source_close) struct file_source f = { .fd = -1 };
	DEFER(buf_release) struct buf b = buf_make(LIMIT_XML_VALUE);
	uint64_t size = 0;
	size_t got = 1;

	if (!file_source_open_regular(&f, path, e) || !file_size(path, &size, e))
		return false;
	/* one byte more, to see the end */
	size_t chunk = size < LIMIT_MIB ? (size_t)size + 1 : LIMIT_MIB;

	while (got > 0) {
		char *room = buf_grow(&b, chunk);

		if (!room)
			return buf_check(&b, path, e);
		if (!f.source.read(&f.source, room, chunk, &got, e))
			return false;
		buf_truncate(&b, b.n - chunk + got);
	}
	*out = str_dup(page, buf_str(&b));
	return true;
}

static bool encode_text(struct arena *page, struct str text, struct str *out, struct err *e)
{
	DEFER(buf_release) struct buf b = buf_make(LIMIT_XML_VALUE);
	struct value v = { .kind = VALUE_TEXT, .text = text };

	value_to_cmt(&b, CMT_STRING, &v);
	if (!buf_check(&b, "the value", e))
		return false;
	*out = str_dup(page, buf_str(&b));
	return true;
}

static bool encode_bytes(struct arena *page, struct str bytes, struct str *out, struct err *e)
{
	DEFER(buf_release) struct buf b = buf_make(LIMIT_XML_VALUE);

	base64_encode(&b, bytes);
	if (!buf_check(&b, "the value", e))
		return false;
	*out = str_dup(page, buf_str(&b));
	return true;
}

static bool value_of_file(const struct folder_reader *r, struct arena *page, struct str name,
			  const struct str *as, struct str *out, struct err *e)
{
	struct str bytes;

	if (!folder_is_plain_name(name))
		return err_set(e, ERR_INPUT, "file=\"%.*s\" is no file of this folder",
			       STR_ARG(str_sub(name, 0, 100)));
	if (!as)
		return err_set(e, ERR_INPUT, "file=\"%.*s\" without as", STR_ARG(name));
	if (!read_bytes(page, str_fmt(page, "%s/%.*s", r->folder, STR_ARG(name)).p, &bytes, e))
		return false;
	if (str_eq(*as, S("base64")))
		return encode_bytes(page, bytes, out, e);
	if (!str_is_utf8(bytes))
		return err_set(e, ERR_INPUT, "%.*s is not UTF-8", STR_ARG(name));
	if (str_eq(*as, S("text")))
		return encode_text(page, bytes, out, e);
	*out = bytes;
	return str_eq(*as, S("raw")) ||
	       err_set(e, ERR_INPUT, "as=\"%.*s\" is none of text, raw, base64",
		       STR_ARG(str_sub(*as, 0, 60)));
}

/* A foreign attribute that was written under another name may not meet one that is there. */
static bool check_names(const struct package_attr *attrs, size_t n, struct err *e)
{
	for (size_t i = 0; i < n; i++) {
		if (!folder_is_attr_name(attrs[i].name))
			return err_set(e, ERR_INPUT, "\"%.*s\" cannot be the name of an attribute",
				       STR_ARG(attrs[i].name));
		for (size_t k = 0; k < i; k++) {
			if (str_eq(attrs[i].name, attrs[k].name))
				return err_set(e, ERR_INPUT, "more than one %.*s",
					       STR_ARG(attrs[i].name));
		}
	}
	return true;
}

static bool translate_attrs(struct data_translate *t, struct arena *page,
			    struct package_attr **attrs, size_t *n, struct err *e)
{
	const struct folder_reader *r = CONTAINER_OF(t, struct folder_reader, translate);
	const struct str *as = data_attr(*attrs, *n, S(FOLDER_AS));
	struct package_attr *out = arena_array(page, struct package_attr, *n);
	bool changed = false;
	size_t k = 0;

	for (size_t i = 0; i < *n; i++) {
		struct package_attr attr = (*attrs)[i];
		struct str value = attr.value;
		bool fine = true;

		changed = changed || folder_is_own_attr(attr.name);
		if (str_eq(attr.name, S(FOLDER_AS)))
			continue;
		if (str_eq(attr.name, S(FOLDER_TEXT))) {
			attr.name = S("value");
			fine = encode_text(page, value, &attr.value, e);
		} else if (str_eq(attr.name, S(FOLDER_FILE))) {
			attr.name = S("value");
			fine = value_of_file(r, page, value, as, &attr.value, e);
		} else if (str_starts(attr.name, S(FOLDER_FOREIGN))) {
			attr.name = str_skip(attr.name, sizeof(FOLDER_FOREIGN) - 1);
		}
		if (!fine)
			return false;
		out[k++] = attr;
	}
	if (changed && !check_names(out, k, e))
		return false;
	*attrs = out;
	*n = k;
	return true;
}

/* ---- the files of a table ---- */

static bool read_file(struct folder_reader *r, struct arena *page, struct str name,
		      struct data_translate *t, struct package_event *ev, struct err *e)
{
	DEFER(file_source_close) struct file_source f = { .fd = -1 };
	const char *path = str_fmt(page, "%s/%.*s", r->folder, STR_ARG(name)).p;
	const char *shown =
		str_fmt(page, "%.*s/%.*s", STR_ARG(table_of(r)->folder), STR_ARG(name)).p;

	return file_source_open_regular(&f, path, e) &&
	       data_fragment_read(page, &f.source, shown, table_name(r), t, ev, e);
}

static bool is_link_file(struct str name)
{
	return str_ends(name, S(".links.xml"));
}

/* <stem>.xml; a stem has no dot. */
static bool is_row_file(struct str name)
{
	return str_ends(name, S(".xml")) && str_find_char(name, '.') == name.n - 4;
}

/* The id at the beginning of a row's file, where unpack puts it. */
static bool quick_id(const char *path, struct guid *out)
{
	static const struct str begin = STR_INIT("<record id=\"");
	DEFER(file_source_close) struct file_source f = { .fd = -1 };
	char head[HEAD_SIZE];
	size_t got = 0;
	struct err e;

	if (!file_source_open_regular(&f, path, &e) ||
	    !f.source.read(&f.source, head, sizeof(head), &got, &e))
		return false;
	struct str s = str_of(head, got);

	return str_starts(s, begin) && guid_parse(str_sub(s, begin.n, 36), out) &&
	       str_starts(str_skip(s, begin.n + 36), S("\""));
}

static bool add_file(struct folder_reader *r, struct str name, struct err *e)
{
	bool links = is_link_file(name);
	struct package_event ev = { 0 };
	size_t rank = 0;
	struct guid id;

	if (links || !quick_id(str_fmt(&r->scratch, "%s/%.*s", r->folder, STR_ARG(name)).p, &id)) {
		if (!read_file(r, &r->scratch, name, NULL, &ev, e))
			return false;
		if (ev.kind != (links ? PACKAGE_LINK : PACKAGE_ROW))
			return err_set(e, ERR_INPUT, "%s:%u: %s belongs into another file", ev.file,
				       ev.line, links ? "<record>" : "<m2mrelationship>");
		id = links ? ev.source : ev.id;
	}
	if (links)
		rank = folder_link_rank(schema_entity(r->schema, table_name(r)), ev.relationship);
	struct guid key = guid_sql_key(id);

	stmt_bind_str(r->put, 1, name);
	stmt_bind_i64(r->put, 2, links);
	stmt_bind_blob(r->put, 3, str_of((const char *)key.b, sizeof(key.b)));
	stmt_bind_i64(r->put, 4, (int64_t)rank);
	return stmt_run(r->put, e);
}

static void directory_close(DIR **d)
{
	if (*d)
		closedir(*d);
}

static bool list_files(struct folder_reader *r, struct err *e)
{
	DEFER(directory_close) DIR *d = NULL;
	uint64_t n = 0;

	if (!file_exists(r->folder))
		return true;
	if (!file_is_real_directory(r->folder))
		return err_set(e, ERR_INPUT, "%s: it is no folder, or a link to one", r->folder);
	d = opendir(r->folder);
	if (!d)
		return err_set(e, ERR_INPUT, "%s: the folder cannot be read", r->folder);
	for (const struct dirent *entry = readdir(d); entry; entry = readdir(d)) {
		struct str name = str_from(entry->d_name);

		if (!folder_is_plain_name(name) || str_eq(name, S("order.xml")) ||
		    str_eq(name, S("links.xml")) || !(is_row_file(name) || is_link_file(name)))
			continue;
		arena_reset(&r->scratch);
		if (!add_file(r, name, e))
			return false;
		if (++n % COMMIT_EVERY == 0 && (!db_commit(r->db, e) || !db_begin(r->db, e)))
			return false;
	}
	return true;
}

static bool place_file(struct folder_reader *r, struct xml *x, const struct xml_event *ev,
		       bool links, int64_t place, struct err *e)
{
	const struct str *name = xml_attr(ev, S("name"));

	if (!str_eq(ev->name, S("file")) || !name)
		return xml_fail(x, e, "<%.*s> is no <file name=\"...\">",
				STR_ARG(str_sub(ev->name, 0, 60)));
	stmt_bind_i64(r->place, 1, place);
	stmt_bind_str(r->place, 2, *name);
	stmt_bind_i64(r->place, 3, links);
	if (!stmt_run(r->place, e))
		return false;
	return db_changes(r->db) == 1 ||
	       xml_fail(x, e,
			"%.*s is not there, or comes twice; take the line out if the file was "
			"taken out",
			STR_ARG(str_sub(*name, 0, 200)));
}

static bool read_order(struct folder_reader *r, const char *name, bool links, struct err *e)
{
	DEFER(file_source_close) struct file_source f = { .fd = -1 };
	DEFER(xml_close) struct xml *x = NULL;
	const char *path = str_fmt(r->arena, "%s/%s", r->folder, name).p;
	const char *shown = str_fmt(r->arena, "%.*s/%s", STR_ARG(table_of(r)->folder), name).p;
	struct xml_event ev;

	if (!file_exists(path))
		return true;
	if (!db_exec(r->db, "CREATE INDEX IF NOT EXISTS file_name ON file (name)", e) ||
	    !file_source_open_regular(&f, path, e) || !xml_open(&x, r->arena, &f.source, shown, e))
		return false;
	do {
		if (!xml_next(x, &ev, e))
			return false;
	} while (ev.kind == XML_TEXT);
	if (!str_eq(ev.name, S("order")))
		return xml_fail(x, e, "the first element is not <order>");
	for (int64_t place = 1;; place++) {
		do {
			if (!xml_next(x, &ev, e))
				return false;
		} while (ev.kind == XML_TEXT || ev.kind == XML_CLOSE);
		if (ev.kind == XML_END)
			return true;
		if (!place_file(r, x, &ev, links, place, e) || !xml_skip(x, e))
			return false;
	}
}

static bool open_db(struct folder_reader *r, struct err *e)
{
	static const char make[] = "CREATE TABLE file (name TEXT, links INTEGER, k BLOB,"
				   " rank INTEGER, place INTEGER)";

	return db_open(&r->db, r->arena, NULL, DB_MEMORY, e) && db_exec(r->db, make, e) &&
	       db_prepare(r->db, S("INSERT INTO file VALUES (?1, ?2, ?3, ?4, NULL)"), &r->put, e) &&
	       db_prepare(r->db,
			  S("UPDATE file SET place = ?1 WHERE name = ?2 AND links = ?3 AND place "
			    "IS NULL"),
			  &r->place, e) &&
	       db_prepare(r->db,
			  S("SELECT name FROM file WHERE links = ?1 "
			    "ORDER BY place IS NULL, place, k, rank, name"),
			  &r->list, e);
}

static bool begin_table(struct folder_reader *r, struct err *e)
{
	r->folder = str_fmt(r->arena, "%s/%.*s", r->path, STR_ARG(table_of(r)->folder)).p;
	if (!r->db && !open_db(r, e))
		return false;
	if (!db_begin(r->db, e) || !db_exec(r->db, "DELETE FROM file", e) || !list_files(r, e) ||
	    !read_order(r, "order.xml", false, e) || !read_order(r, "links.xml", true, e))
		return false;
	stmt_bind_i64(r->list, 1, 0);
	return db_commit(r->db, e);
}

static bool begin_links(struct folder_reader *r)
{
	r->phase = AT_LINKS;
	stmt_reset(r->list);
	stmt_bind_i64(r->list, 1, 1);
	return true;
}

/* The event of the next file, or the table's end. */
static bool next_file(struct folder_reader *r, struct arena *page, struct package_event *ev,
		      struct err *e)
{
	bool row = false;

	while (!row) {
		if (!stmt_step(r->list, &row, e))
			return false;
		if (!row && r->phase == AT_LINKS) {
			*ev = (struct package_event){
				.kind = PACKAGE_TABLE_END,
				.table = str_dup(page, table_name(r)),
				.has_records = table_of(r)->has_records,
				.has_links = table_of(r)->has_links,
				.file = "ferry.xml",
			};
			r->phase = AT_TABLE;
			r->table++;
			return true;
		}
		if (!row && !begin_links(r))
			return false;
	}
	if (!read_file(r, page, str_dup(page, stmt_str(r->list, 0)), &r->translate, ev, e))
		return false;
	ev->has_records = table_of(r)->has_records;
	return true;
}

bool folder_reader_next(struct folder_reader *r, struct arena *page, struct package_event *ev,
			struct err *e)
{
	if (r->phase != AT_TABLE)
		return next_file(r, page, ev, e);
	if (r->table == r->index.ntables) {
		*ev = (struct package_event){ .kind = PACKAGE_END, .file = "ferry.xml" };
		return true;
	}
	if (!begin_table(r, e))
		return false;
	r->phase = AT_ROWS;
	*ev = (struct package_event){
		.kind = PACKAGE_TABLE,
		.table = str_dup(page, table_name(r)),
		.file = "ferry.xml",
		.line = table_of(r)->line,
		.attrs = table_of(r)->attrs,
		.nattrs = table_of(r)->nattrs,
	};
	return true;
}

bool folder_reader_open(struct folder_reader **out, struct arena *a, const char *path,
			const struct schema *schema, struct err *e)
{
	struct folder_reader *r = arena_new(a, struct folder_reader);

	r->translate.attrs = translate_attrs;
	r->arena = a;
	r->scratch = arena_make(0);
	r->path = path;
	r->schema = schema;
	if (!folder_index_read(a, path, &r->index, e))
		return false;
	r->extras = arena_array(a, struct str, r->index.nextras);
	for (size_t i = 0; i < r->index.nextras; i++)
		r->extras[i] = r->index.extras[i].name;
	*out = r;
	return true;
}

void folder_reader_close(struct folder_reader **r)
{
	if (!*r)
		return;
	stmt_close(&(*r)->put);
	stmt_close(&(*r)->place);
	stmt_close(&(*r)->list);
	db_close(&(*r)->db);
	arena_release(&(*r)->scratch);
	*r = NULL;
}

const struct package_form *folder_reader_form(const struct folder_reader *r)
{
	return &r->index.form;
}

const struct str *folder_reader_extras(const struct folder_reader *r, size_t *n)
{
	*n = r->index.nextras;
	return r->extras;
}

const char *folder_reader_extra(const struct folder_reader *r, struct str name)
{
	for (size_t i = 0; i < r->index.nextras; i++) {
		if (str_eq(r->index.extras[i].name, name))
			return r->index.extras[i].path;
	}
	return NULL;
}
