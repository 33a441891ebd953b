/* SPDX-License-Identifier: MIT */
/*
 * Package to git-friendly folder, event by event. An order is written for every table while its rows
 * come, and thrown away again when they came in the order that pack would give them.
 */
#include "dv/folder_write.h"

#include "base/file.h"
#include "base/limits.h"
#include "base/map.h"
#include "io/db.h"
#include "io/xml.h"
#include "dv/folder_kind.h"
#include "dv/folder_name.h"
#include "dv/folder_value.h"

#include "base/banned.h"

#define CHUNK (64 * LIMIT_KIB)
#define COMMIT_EVERY 100000 /* stems of rows that links will ask for */

/* A list of file names in an order, which may turn out to be needless. */
struct order {
	const char *path;
	struct file_sink file;
	struct xml_writer xml;
	struct guid last_id;
	size_t last_rank;
	bool any, needed;
};

struct folder_writer {
	struct arena *arena; /* as long as the folder is written */
	struct arena table;  /* as long as a table */
	struct arena page;   /* one event */
	struct package *package;
	const char *dir, *temp;
	bool made;
	struct file_sink index_file; /* ferry.xml */
	struct xml_writer index;
	struct map folders; /* names of tables' folders, in lower case */
	/* the table */
	const struct schema_entity *entity;
	struct package_event head; /* its TABLE event */
	struct str folder;
	const char *path; /* of that folder; NULL: not made yet */
	struct stems stems;
	struct order rows, links;
	uint64_t nrows, nlinks;
	struct db *db; /* stems by id, where links will want them; NULL: not yet */
	struct stmt *put_stem, *get_stem;
	const struct package_progress *progress;
};

static struct xml_writer plain_writer(struct sink *out)
{
	struct xml_writer x = xml_writer_make(out);

	x.line_end = S("\n");
	x.bare = true;
	return x;
}

/* ---- orders ---- */

static bool order_open(struct order *o, struct arena *a, const char *folder, const char *name,
		       struct err *e)
{
	if (o->path)
		return true;
	o->path = str_fmt(a, "%s/%s", folder, name).p;
	if (!file_sink_open(&o->file, o->path, 0666, e))
		return false;
	o->xml = plain_writer(&o->file.sink);
	return xml_write_open(&o->xml, S("order"), e);
}

static bool order_add(struct order *o, struct guid id, size_t rank, struct str name, struct err *e)
{
	int cmp = o->any ? guid_cmp_sql(o->last_id, id) : -1;

	o->needed = o->needed || cmp > 0 || (cmp == 0 && o->last_rank >= rank);
	o->any = true;
	o->last_id = id;
	o->last_rank = rank;
	return xml_write_open(&o->xml, S("file"), e) &&
	       xml_write_attr(&o->xml, S("name"), name, e) &&
	       xml_write_close(&o->xml, S("file"), e);
}

static void order_release(struct order *o)
{
	xml_writer_release(&o->xml);
	file_sink_close(&o->file);
	*o = (struct order){ .file = { .fd = -1 } };
}

static bool order_end(struct order *o, struct err *e)
{
	bool fine = !o->path || (xml_write_close(&o->xml, S("order"), e) &&
				 xml_write_raw(&o->xml, S("\n"), e) && xml_write_flush(&o->xml, e));

	if (fine && o->path && !o->needed)
		fine = file_remove(o->path, e);
	order_release(o);
	return fine;
}

/* ---- a table ---- */

/* What stands at the folder's top besides tables. */
static bool is_taken(struct str name)
{
	static const struct str taken[] = { STR_INIT("files"), STR_INIT("extra"), STR_INIT("ferry"),
					    STR_INIT("con"),   STR_INIT("prn"),   STR_INIT("aux"),
					    STR_INIT("nul") };

	for (size_t i = 0; i < COUNT_OF(taken); i++) {
		if (str_eq_ascii_nocase(name, taken[i]))
			return true;
	}
	return name.n == 0 || (name.n == 4 && (str_eq_ascii_nocase(str_sub(name, 0, 3), S("com")) ||
					       str_eq_ascii_nocase(str_sub(name, 0, 3), S("lpt"))));
}

/* Two tables may differ in case only, or be one that comes twice. */
static struct str folder_of(struct folder_writer *w, struct str table)
{
	struct str safe = folder_safe(w->arena, table, "_", FOLDER_STEM_MAX);
	struct str name = safe;
	uint32_t index = 0;

	for (size_t i = w->folders.n;; i++) {
		if (!is_taken(name) &&
		    map_put(&w->folders, str_lower_ascii(w->arena, name), &index))
			return name;
		name = str_fmt(w->arena, "%.*s-%zu", STR_ARG(safe), i + 1);
	}
}

static bool begin_table(struct folder_writer *w, const struct package_event *ev, struct err *e)
{
	struct package_attr *attrs = arena_array(&w->table, struct package_attr, ev->nattrs);

	(void)e;
	for (size_t i = 0; i < ev->nattrs; i++) {
		attrs[i].name = str_dup(&w->table, ev->attrs[i].name);
		attrs[i].value = str_dup(&w->table, ev->attrs[i].value);
	}
	w->head = (struct package_event){ .attrs = attrs, .nattrs = ev->nattrs };
	w->entity = schema_entity(package_schema(w->package), ev->table);
	w->folder = folder_of(w, ev->table);
	w->path = NULL;
	w->nrows = w->nlinks = 0;
	return true;
}

static bool make_folder(struct folder_writer *w, struct err *e)
{
	if (w->path)
		return true;
	w->path = str_fmt(&w->table, "%s/%.*s", w->temp, STR_ARG(w->folder)).p;
	return file_make_directory(w->path, 0777, e);
}

static bool open_db(struct folder_writer *w, struct err *e)
{
	if (w->db)
		return true;
	return db_open(&w->db, w->arena, NULL, DB_MEMORY, e) &&
	       db_exec(w->db, "CREATE TABLE stem (id BLOB PRIMARY KEY, stem TEXT) WITHOUT ROWID",
		       e) &&
	       db_prepare(w->db, S("INSERT OR IGNORE INTO stem VALUES (?1, ?2)"), &w->put_stem,
			  e) &&
	       db_prepare(w->db, S("SELECT stem FROM stem WHERE id = ?1"), &w->get_stem, e) &&
	       db_begin(w->db, e);
}

static struct str key_of(struct arena *a, struct guid id)
{
	struct guid key = guid_sql_key(id);

	return str_dup(a, str_of((const char *)key.b, sizeof(key.b)));
}

static bool remember_stem(struct folder_writer *w, struct guid id, struct str stem, struct err *e)
{
	if (!w->entity || w->entity->nrelationships == 0)
		return true;
	if (!open_db(w, e))
		return false;
	if (w->nrows % COMMIT_EVERY == 0 && (!db_commit(w->db, e) || !db_begin(w->db, e)))
		return false;
	stmt_bind_blob(w->put_stem, 1, key_of(&w->page, id));
	stmt_bind_str(w->put_stem, 2, stem);
	return stmt_run(w->put_stem, e);
}

/* Links of rows that the package does not have are called by the id. */
static bool stem_of(struct folder_writer *w, struct guid id, struct str *stem, struct err *e)
{
	bool row = false;

	*stem = guid_text(&w->page, id);
	if (!w->db)
		return true;
	stmt_bind_blob(w->get_stem, 1, key_of(&w->page, id));
	if (!stmt_step(w->get_stem, &row, e))
		return false;
	if (row)
		*stem = str_dup(&w->page, stmt_str(w->get_stem, 0));
	stmt_reset(w->get_stem);
	return true;
}

static bool write_row(struct folder_writer *w, const struct package_event *ev, struct err *e)
{
	struct str column = w->entity ? w->entity->primary_name : S("");
	struct str stem =
		stem_next(&w->stems, &w->page, folder_row_text(&w->page, ev, column), ev->id);

	w->nrows++;
	return make_folder(w, e) && order_open(&w->rows, &w->table, w->path, "order.xml", e) &&
	       order_add(&w->rows, ev->id, 0, str_fmt(&w->page, "%.*s.xml", STR_ARG(stem)), e) &&
	       remember_stem(w, ev->id, stem, e) &&
	       folder_write_row(&w->page, w->path, stem, w->entity, ev, e);
}

static bool write_targets(struct xml_writer *x, const struct package_event *ev, struct err *e)
{
	char text[GUID_TEXT_SIZE];

	if (!xml_write_open(x, S("m2mrelationship"), e))
		return false;
	for (size_t i = 0; i < ev->nattrs; i++) {
		if (!xml_write_attr(x, ev->attrs[i].name, ev->attrs[i].value, e))
			return false;
	}
	for (size_t i = 0; i < ev->ntargets; i++) {
		struct str target =
			ev->target_texts ? ev->target_texts[i] : guid_format(ev->targets[i], text);

		if (!xml_write_open(x, S("targetid"), e) || !xml_write_text(x, target, e) ||
		    !xml_write_close(x, S("targetid"), e))
			return false;
	}
	return xml_write_close(x, S("m2mrelationship"), e) && xml_write_raw(x, S("\n"), e) &&
	       xml_write_flush(x, e);
}

static bool write_link_file(struct folder_writer *w, struct str name,
			    const struct package_event *ev, struct err *e)
{
	DEFER(file_sink_close) struct file_sink file = { .fd = -1 };
	const char *path = str_fmt(&w->page, "%s/%.*s", w->path, STR_ARG(name)).p;

	if (!file_sink_open(&file, path, 0666, e))
		return false;
	DEFER(xml_writer_release) struct xml_writer x = plain_writer(&file.sink);

	return write_targets(&x, ev, e);
}

static struct str link_name(struct folder_writer *w, struct str stem, struct str relationship)
{
	struct str end = S(".links.xml");
	size_t room = FOLDER_NAME_MAX - end.n - stem.n - 1;
	struct str name =
		str_fmt(&w->page, "%.*s.%.*s%.*s", STR_ARG(stem),
			STR_ARG(folder_safe(&w->page, relationship, "_", room)), STR_ARG(end));

	if (!file_exists(str_fmt(&w->page, "%s/%.*s", w->path, STR_ARG(name)).p))
		return name;
	/* the same source and relationship again; the number is that of the link */
	struct str tail = str_fmt(&w->page, "-%llu", (unsigned long long)w->nlinks);

	return str_fmt(&w->page, "%.*s.%.*s%.*s%.*s", STR_ARG(stem),
		       STR_ARG(folder_safe(&w->page, relationship, "_", room - tail.n)),
		       STR_ARG(tail), STR_ARG(end));
}

static bool write_link(struct folder_writer *w, const struct package_event *ev, struct err *e)
{
	struct str stem;

	w->nlinks++;
	if (!make_folder(w, e) || !stem_of(w, ev->source, &stem, e))
		return false;
	struct str name = link_name(w, stem, ev->relationship);

	return order_open(&w->links, &w->table, w->path, "links.xml", e) &&
	       order_add(&w->links, ev->source, folder_link_rank(w->entity, ev->relationship), name,
			 e) &&
	       write_link_file(w, name, ev, e);
}

static bool write_attributes(struct xml_writer *x, const struct package_attr *attrs, size_t n,
			     struct err *e)
{
	for (size_t i = 0; i < n; i++) {
		if (!xml_write_open(x, S("attribute"), e) ||
		    !xml_write_attr(x, S("name"), attrs[i].name, e) ||
		    !xml_write_attr(x, S("value"), attrs[i].value, e) ||
		    !xml_write_close(x, S("attribute"), e))
			return false;
	}
	return true;
}

static bool write_flag(struct xml_writer *x, struct str name, bool yes, struct err *e)
{
	return xml_write_attr(x, name, yes ? S("true") : S("false"), e);
}

static bool end_table(struct folder_writer *w, const struct package_event *ev, struct err *e)
{
	struct xml_writer *x = &w->index;

	stems_release(&w->stems);
	if (!order_end(&w->rows, e) || !order_end(&w->links, e))
		return false;
	if (w->db && !db_exec(w->db, "DELETE FROM stem", e))
		return false;
	if (!xml_write_open(x, S("table"), e) || !xml_write_attr(x, S("folder"), w->folder, e) ||
	    !write_flag(x, S("records"), ev->has_records, e) ||
	    !write_flag(x, S("links"), ev->has_links, e) ||
	    !write_attributes(x, w->head.attrs, w->head.nattrs, e) ||
	    !xml_write_close(x, S("table"), e))
		return false;
	arena_reset(&w->table);
	return true;
}

/* ---- the folder ---- */

static bool begin_index(struct folder_writer *w, struct err *e)
{
	const struct package_form *f = package_form(w->package);
	struct xml_writer *x = &w->index;

	if (!file_sink_open(&w->index_file, str_fmt(w->arena, "%s/ferry.xml", w->temp).p, 0666, e))
		return false;
	*x = plain_writer(&w->index_file.sink);
	return xml_write_open(x, S("ferry"), e) && xml_write_attr(x, S("version"), S("1"), e) &&
	       xml_write_open(x, S("root"), e) && write_attributes(x, f->attrs, f->nattrs, e) &&
	       xml_write_close(x, S("root"), e) && xml_write_open(x, S("tables"), e);
}

static bool end_index(struct folder_writer *w, struct err *e)
{
	const struct package_form *f = package_form(w->package);
	struct xml_writer *x = &w->index;

	return xml_write_close(x, S("tables"), e) && xml_write_open(x, S("form"), e) &&
	       write_flag(x, S("bom"), f->bom, e) &&
	       write_flag(x, S("declaration"), f->declaration, e) &&
	       write_flag(x, S("crlf"), f->crlf, e) && write_flag(x, S("leading"), f->leading, e) &&
	       write_flag(x, S("trailing"), f->trailing, e) &&
	       write_flag(x, S("paired"), f->paired, e) &&
	       write_flag(x, S("tabs"), f->tab_references, e) && xml_write_close(x, S("form"), e) &&
	       xml_write_close(x, S("ferry"), e) && xml_write_raw(x, S("\n"), e) &&
	       xml_write_flush(x, e) && file_sink_finish(&w->index_file, e);
}

static bool take(struct folder_writer *w, const struct package_event *ev, struct err *e)
{
	switch (ev->kind) {
	case PACKAGE_TABLE:
		return begin_table(w, ev, e);
	case PACKAGE_ROW:
		return write_row(w, ev, e);
	case PACKAGE_LINK:
		return write_link(w, ev, e);
	case PACKAGE_TABLE_END:
		return end_table(w, ev, e);
	case PACKAGE_END:
		break;
	}
	return true;
}

static bool write_events(struct folder_writer *w, struct err *e)
{
	const struct package_progress *p = w->progress;
	struct package_event ev = { .kind = PACKAGE_TABLE };

	if (!package_next(w->package, &w->page, &ev, e) || !begin_index(w, e))
		return false;
	while (ev.kind != PACKAGE_END) {
		if (!take(w, &ev, e))
			return false;
		if (p && !p->step(p->context, ev.table, w->nrows, e))
			return false;
		arena_reset(&w->page);
		if (!package_next(w->package, &w->page, &ev, e))
			return false;
	}
	return end_index(w, e);
}

/* files/<guid>.bin gets its real extension; everything else stays what it is, under extra/. */
static bool copy_extra(struct folder_writer *w, struct str name, struct err *e)
{
	DEFER(file_sink_close) struct file_sink file = { .fd = -1 };
	struct arena *a = &w->page;
	char *chunk = arena_alloc(a, CHUNK);
	struct source *in;
	struct guid id;
	size_t got = 0;

	if (!package_extra(w->package, name, &in, e) || !in->read(in, chunk, CHUNK, &got, e))
		return false;

	struct str stem = str_sub(name, 6, name.n - 10);
	bool column = name.n == 6 + 36 + 4 && str_starts(name, S("files/")) &&
		      str_ends(name, S(".bin")) && guid_parse(stem, &id);
	/* judged by its beginning: of a larger text it may end in the middle of a character */
	const char *kind = column ? folder_bytes_kind(a, S(""), str_of(chunk, got)) : "";
	struct str path = column ? str_fmt(a, "%s/files/%.*s.%s", w->temp, STR_ARG(stem), kind)
				 : str_fmt(a, "%s/extra/%.*s", w->temp, STR_ARG(name));
	size_t slash = path.n;

	while (path.p[slash - 1] != '/')
		slash--;
	if (!file_make_directory(str_cstr(a, str_sub(path, 0, slash - 1)), 0777, e) ||
	    !file_sink_open(&file, path.p, 0666, e)) {
		e->kind = ERR_INPUT; /* names of the package that exclude each other: a, a/b */
		return err_wrap(e, "entry %.*s", STR_ARG(name));
	}
	while (got > 0) {
		if (!sink_write(&file.sink, str_of(chunk, got), e) ||
		    !in->read(in, chunk, CHUNK, &got, e))
			return false;
	}
	return true;
}

static bool copy_extras(struct folder_writer *w, struct err *e)
{
	size_t n;
	const struct str *names = package_extras(w->package, &n);

	for (size_t i = 0; i < n; i++) {
		arena_reset(&w->page);
		if (!copy_extra(w, names[i], e))
			return false;
	}
	return true;
}

static bool write_all(struct folder_writer *w, struct err *e)
{
	struct str schema = package_schema(w->package)->bytes;

	if (!file_make_directory(w->temp, 0777, e))
		return false;
	w->made = true;
	if (!write_events(w, e) || !copy_extras(w, e) ||
	    !file_write(str_fmt(w->arena, "%s/data_schema.xml", w->temp).p, 0666, schema, e) ||
	    !file_write(str_fmt(w->arena, "%s/.gitattributes", w->temp).p, 0666, S("* -text\n"), e))
		return false;
	w->made = false;
	return file_commit_keeping(w->temp, w->dir, e);
}

static void release(struct folder_writer *w)
{
	struct err ignored;

	order_release(&w->rows);
	order_release(&w->links);
	xml_writer_release(&w->index);
	file_sink_close(&w->index_file);
	stems_release(&w->stems);
	stmt_close(&w->put_stem);
	stmt_close(&w->get_stem);
	db_close(&w->db);
	arena_release(&w->page);
	arena_release(&w->table);
	/* what cannot be removed stays under a name that says that it is unfinished */
	if (w->made && !file_remove(w->temp, &ignored))
		w->made = false;
}

bool folder_write(struct arena *a, struct package *p, const char *dir,
		  const struct package_progress *progress, struct err *e)
{
	struct folder_writer w = {
		.arena = a,
		.table = arena_make(0),
		.page = arena_make(0),
		.package = p,
		.dir = dir,
		.temp = file_temp_name(a, dir),
		.index_file = { .fd = -1 },
		.folders = map_make(a),
		.rows = { .file = { .fd = -1 } },
		.links = { .file = { .fd = -1 } },
		.progress = progress,
	};
	bool fine = write_all(&w, e);

	release(&w);
	return fine;
}
