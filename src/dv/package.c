/* SPDX-License-Identifier: MIT */
/*
 * Opens a package, whatever it is: a zip, a folder of its files, or the git-friendly folder. Its schema is
 * read at once; data.xml is opened with the first event, because a zip has one open entry at a time. A
 * zip's CRC is known only when the entry was read to its end, so PACKAGE_END comes after that.
 */
#include "dv/package.h"

#include <dirent.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/file.h"
#include "base/limits.h"
#include "base/vec.h"
#include "io/zip.h"
#include "dv/data_read.h"
#include "dv/folder_read.h"

#include "base/banned.h"

#define DATA_XML "data.xml"
#define SCHEMA_XML "data_schema.xml"
#define CONTENT_TYPES_XML "[Content_Types].xml"
#define CHUNK (64 * LIMIT_KIB)

struct package {
	struct arena *arena;
	const char *path;
	struct zip *zip;              /* NULL: a folder */
	struct folder_reader *folder; /* NULL: not the git-friendly one */
	struct file_source file;      /* data.xml of a plain folder, or an extra */
	struct data_reader *data;     /* NULL before the first event */
	VEC(struct str) extras;
	struct schema schema;
};

static bool fail_missing(const struct package *p, const char *name, struct err *e)
{
	return err_set(e, ERR_INPUT,
		       "%s: %s is missing; is this a Configuration Migration package?", p->path,
		       name);
}

/* A zip of a folder instead of a zip of the folder's files is a mistake that is made often. */
static bool fail_missing_entry(const struct package *p, const char *name, struct err *e)
{
	size_t n;
	const struct zip_entry *entries = zip_entries(p->zip, &n);
	struct str tail = str_fmt(p->arena, "/%s", name);

	for (size_t i = 0; i < n; i++) {
		if (str_ends(entries[i].name, tail))
			return err_set(e, ERR_INPUT,
				       "%s: %s is missing, but there is %.*s; zip the files, "
				       "not their folder",
				       p->path, name, STR_ARG(entries[i].name));
	}
	return fail_missing(p, name, e);
}

static bool find_entry(const struct package *p, const char *name, const struct zip_entry **out,
		       struct err *e)
{
	const struct zip_entry *exact = zip_find(p->zip, str_from(name));
	size_t n;
	const struct zip_entry *entries = zip_entries(p->zip, &n);

	for (size_t i = 0; i < n && !exact; i++) {
		if (str_eq_ascii_nocase(entries[i].name, str_from(name)))
			exact = &entries[i];
	}
	if (!exact)
		return fail_missing_entry(p, name, e);
	*out = exact;
	return true;
}

static void directory_close(DIR **d)
{
	if (*d)
		closedir(*d);
}

static bool find_file(const struct package *p, const char *name, const char **out, struct err *e)
{
	const char *exact = str_fmt(p->arena, "%s/%s", p->path, name).p;
	DEFER(directory_close) DIR *d = NULL;

	if (file_exists(exact)) {
		*out = exact;
		return true;
	}
	d = opendir(p->path);
	for (const struct dirent *entry = d ? readdir(d) : NULL; entry; entry = readdir(d)) {
		if (!str_eq_ascii_nocase(str_from(entry->d_name), str_from(name)))
			continue;
		*out = str_fmt(p->arena, "%s/%s", p->path, entry->d_name).p;
		return true;
	}
	return fail_missing(p, name, e);
}

static bool read_all(struct source *in, size_t max, struct buf *out, struct err *e)
{
	size_t got = 1;

	while (got > 0 && out->n <= max) {
		char *room = buf_grow(out, CHUNK);

		if (!in->read(in, room, CHUNK, &got, e))
			return false;
		buf_truncate(out, out->n - CHUNK + got);
	}
	return true;
}

static bool schema_from_zip(struct package *p, struct str *bytes, struct err *e)
{
	DEFER(buf_release) struct buf text = buf_make(0);
	const struct zip_entry *entry = NULL;
	struct source *in;

	if (!find_entry(p, SCHEMA_XML, &entry, e) || !zip_entry_open(p->zip, entry, &in, e))
		return false;
	if (!read_all(in, LIMIT_SCHEMA_FILE, &text, e))
		return false;
	zip_entry_close(p->zip);
	if (text.n > LIMIT_SCHEMA_FILE)
		return err_set(e, ERR_INPUT, "%s: %s is larger than %zu bytes", p->path, SCHEMA_XML,
			       LIMIT_SCHEMA_FILE);
	*bytes = str_dup(p->arena, buf_str(&text));
	return true;
}

/* Messages of the XML reader name the part; this names the package. */
static bool in_package(const struct package *p, struct err *e)
{
	struct str message = str_from(e->msg);
	struct str path = str_from(p->path);
	struct str rest = str_skip(message, path.n);

	/* a folder "d" is not named by "data.xml: ..." */
	if (str_starts(message, path) && (str_starts(rest, S(":")) || str_starts(rest, S("/"))))
		return false;
	return err_wrap(e, "%s", p->path);
}

static bool read_schema(struct package *p, struct err *e)
{
	const char *path;
	struct str bytes;

	if (p->zip) {
		if (!schema_from_zip(p, &bytes, e))
			return false;
	} else if (!find_file(p, SCHEMA_XML, &path, e) ||
		   !file_read(p->arena, path, LIMIT_SCHEMA_FILE, &bytes, e)) {
		return false;
	}
	return schema_read(p->arena, bytes, SCHEMA_XML, &p->schema, e) || in_package(p, e);
}

static bool open_data(struct package *p, struct err *e)
{
	const struct zip_entry *entry = NULL;
	struct source *in = &p->file.source;
	const char *path;

	file_source_close(&p->file);
	if (p->zip) {
		if (!find_entry(p, DATA_XML, &entry, e) || !zip_entry_open(p->zip, entry, &in, e))
			return false;
	} else if (!find_file(p, DATA_XML, &path, e) || !file_source_open(&p->file, path, e)) {
		return false;
	}
	return data_reader_open(&p->data, p->arena, in, DATA_XML, e);
}

static bool is_part(struct str name)
{
	return str_eq_ascii_nocase(name, S(DATA_XML)) || str_eq_ascii_nocase(name, S(SCHEMA_XML)) ||
	       str_eq_ascii_nocase(name, S(CONTENT_TYPES_XML));
}

static void list_entries(struct package *p)
{
	size_t n;
	const struct zip_entry *entries = zip_entries(p->zip, &n);

	for (size_t i = 0; i < n; i++) {
		if (!entries[i].directory && !is_part(entries[i].name))
			*VEC_PUSH(p->arena, &p->extras) = entries[i].name;
	}
}

/* The files of one folder of a plain package; folders in it are not the tool's. */
static bool list_files(struct package *p, const char *folder, struct err *e)
{
	DEFER(directory_close) DIR *d = opendir(str_fmt(p->arena, "%s/%s", p->path, folder).p);

	for (const struct dirent *entry = d ? readdir(d) : NULL; entry; entry = readdir(d)) {
		struct str name = str_fmt(p->arena, "%s/%s", folder, entry->d_name);

		if (entry->d_name[0] == '.' || zip_bad_name(name) ||
		    file_is_directory(str_fmt(p->arena, "%s/%s", p->path, name.p).p))
			continue;
		if (p->extras.n >= LIMIT_ZIP_ENTRIES)
			return err_set(e, ERR_INPUT, "%s/%s: more than %d files", p->path, folder,
				       LIMIT_ZIP_ENTRIES);
		*VEC_PUSH(p->arena, &p->extras) = name;
	}
	return true;
}

static int cmp_names(const void *a, const void *b)
{
	return str_cmp(*(const struct str *)a, *(const struct str *)b);
}

static bool list_folder(struct package *p, struct err *e)
{
	if (!list_files(p, "ferry", e) || !list_files(p, "files", e))
		return false;
	if (p->extras.n > 0)
		qsort(p->extras.p, p->extras.n, sizeof(*p->extras.p), cmp_names);
	return true;
}

static bool open_folder(struct package *p, struct err *e)
{
	const char *path;

	if (!folder_is_one(p->path))
		return find_file(p, DATA_XML, &path, e) && list_folder(p, e);
	if (!folder_reader_open(&p->folder, p->arena, p->path, &p->schema, e))
		return false;

	size_t n;
	const struct str *names = folder_reader_extras(p->folder, &n);

	for (size_t i = 0; i < n; i++)
		*VEC_PUSH(p->arena, &p->extras) = names[i];
	return true;
}

static bool open_zip(struct package *p, struct err *e)
{
	const struct zip_entry *data;

	/* both parts are asked for before the first is read */
	if (!zip_open(&p->zip, p->arena, p->path, e) || !find_entry(p, DATA_XML, &data, e))
		return false;
	list_entries(p);
	return true;
}

bool package_open(struct package **out, struct arena *a, const char *path, struct err *e)
{
	DEFER(package_close) struct package *p = arena_new(a, struct package);

	p->arena = a;
	p->path = str_cstr(a, str_from(path));
	p->file.fd = -1;
	if (!(file_is_directory(path) ? open_folder(p, e) : open_zip(p, e)) || !read_schema(p, e))
		return false;
	*out = p;
	p = NULL;
	return true;
}

void package_close(struct package **p)
{
	struct package *package = *p;

	if (!package)
		return;
	data_reader_close(&package->data);
	folder_reader_close(&package->folder);
	zip_close(&package->zip);
	file_source_close(&package->file);
	*p = NULL;
}

const struct schema *package_schema(const struct package *p)
{
	return &p->schema;
}

const struct package_form *package_form(const struct package *p)
{
	static const struct package_form unknown = { .crlf = true, .leading = true };

	if (p->folder)
		return folder_reader_form(p->folder);
	return p->data ? data_reader_form(p->data) : &unknown;
}

struct str package_timestamp(const struct package *p)
{
	const struct package_form *f = package_form(p);
	const struct str *value = data_attr(f->attrs, f->nattrs, S("timestamp"));

	return value ? *value : str_of(NULL, 0);
}

uint64_t package_strange(const struct package *p, struct str *first)
{
	*first = S("");
	return p->data ? data_reader_strange(p->data, first) : 0;
}

bool package_next(struct package *p, struct arena *page, struct package_event *ev, struct err *e)
{
	if (p->folder)
		return folder_reader_next(p->folder, page, ev, e) || in_package(p, e);
	if (!p->data && !open_data(p, e))
		return in_package(p, e);
	return data_reader_next(p->data, page, ev, e) || in_package(p, e);
}

const struct str *package_extras(const struct package *p, size_t *n)
{
	*n = p->extras.n;
	return p->extras.p;
}

bool package_extra(struct package *p, struct str name, struct source **out, struct err *e)
{
	const char *path = NULL;
	const struct str *found = NULL;

	for (size_t i = 0; i < p->extras.n && !found; i++) {
		if (str_eq(p->extras.p[i], name))
			found = &p->extras.p[i];
	}
	if (!found) {
		*out = NULL;
		return true;
	}
	if (p->zip)
		return zip_entry_open(p->zip, zip_find(p->zip, name), out, e);
	file_source_close(&p->file);
	path = p->folder ? folder_reader_extra(p->folder, name)
			 : str_fmt(p->arena, "%s/%.*s", p->path, STR_ARG(name)).p;
	if (!file_source_open_regular(&p->file, path, e))
		return false;
	*out = &p->file.source;
	return true;
}
