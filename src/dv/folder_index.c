/* SPDX-License-Identifier: MIT */
/*
 * ferry.xml, strictly: what it holds is ours. The names in it become names of attributes and of folders, so
 * they are checked here.
 */
#include "dv/folder_index.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/guid.h"
#include "base/limits.h"
#include "base/map.h"
#include "base/vec.h"
#include "io/xml.h"
#include "io/zip.h"
#include "dv/folder_name.h"

#include "base/banned.h"

#define EXTRA_DEPTH 16 /* folders inside folders */

struct index_reader {
	struct arena *arena;
	struct xml *xml;
	struct folder_index *index;
	VEC(struct folder_table) tables;
	VEC(struct folder_extra) extras;
	struct map names; /* of folders, then of extras; in lower case */
};

static bool is_name_byte(unsigned char c, bool first)
{
	if (c >= 0x80 || c == '_' || c == ':' || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z'))
		return true;
	return !first && (c == '-' || c == '.' || (c >= '0' && c <= '9'));
}

bool folder_is_attr_name(struct str name)
{
	if (name.n == 0 || name.n > LIMIT_XML_NAME)
		return false;
	for (size_t i = 0; i < name.n; i++) {
		if (!is_name_byte((unsigned char)name.p[i], i == 0))
			return false;
	}
	return true;
}

static bool fail_element(struct index_reader *r, const struct xml_event *ev, const char *parent,
			 struct err *e)
{
	return xml_fail(r->xml, e, "<%.*s> is not an element of <%s>",
			STR_ARG(str_sub(ev->name, 0, 60)), parent);
}

/* The next child of the open element; *more is false at its end. */
static bool next_child(struct index_reader *r, struct xml_event *ev, bool *more, struct err *e)
{
	do {
		if (!xml_next(r->xml, ev, e))
			return false;
	} while (ev->kind == XML_TEXT);
	*more = ev->kind == XML_OPEN;
	return true;
}

static bool flag(struct index_reader *r, const struct xml_event *ev, struct str name, bool *out,
		 struct err *e)
{
	const struct str *value = xml_attr(ev, name);

	*out = value && str_eq(*value, S("true"));
	return !value || *out || str_eq(*value, S("false")) ||
	       xml_fail(r->xml, e, "%.*s=\"%.*s\" is neither true nor false", STR_ARG(name),
			STR_ARG(str_sub(*value, 0, 60)));
}

static bool read_attribute(struct index_reader *r, const struct xml_event *ev,
			   struct package_attr *out, struct err *e)
{
	const struct str *name = xml_attr(ev, S("name"));
	const struct str *value = xml_attr(ev, S("value"));

	if (!name || !value)
		return xml_fail(r->xml, e, "<attribute> without name or value");
	if (!folder_is_attr_name(*name))
		return xml_fail(r->xml, e, "\"%.*s\" cannot be the name of an attribute",
				STR_ARG(str_sub(*name, 0, 60)));
	out->name = str_dup(r->arena, *name);
	out->value = str_dup(r->arena, *value);
	return true;
}

/* The <attribute> children of the open element. */
static bool read_attributes(struct index_reader *r, const char *parent, struct package_attr **attrs,
			    size_t *nattrs, struct err *e)
{
	VEC(struct package_attr) all = { 0 };
	struct map names = map_make(r->arena);
	struct xml_event ev;
	bool more;

	for (;;) {
		uint32_t index = 0;

		if (!next_child(r, &ev, &more, e))
			return false;
		if (!more)
			break;
		if (!str_eq(ev.name, S("attribute")))
			return fail_element(r, &ev, parent, e);
		struct package_attr *attr = VEC_PUSH(r->arena, &all);

		if (!read_attribute(r, &ev, attr, e))
			return false;
		if (!map_put(&names, attr->name, &index) || all.n > LIMIT_XML_ATTRIBUTES)
			return xml_fail(r->xml, e, "the attribute %.*s comes twice",
					STR_ARG(attr->name));
		if (!xml_skip(r->xml, e))
			return false;
	}
	*attrs = all.p;
	*nattrs = all.n;
	return true;
}

static bool read_table(struct index_reader *r, const struct xml_event *ev, struct err *e)
{
	struct folder_table *t = VEC_PUSH(r->arena, &r->tables);
	const struct str *folder = xml_attr(ev, S("folder"));
	uint32_t index = 0;
	bool named = false;

	t->line = ev->line;
	if (!folder || !folder_is_plain_name(*folder))
		return xml_fail(r->xml, e, "<table> without the name of a folder in this one");
	t->folder = str_dup(r->arena, *folder);
	if (!map_put(&r->names, str_lower_ascii(r->arena, t->folder), &index))
		return xml_fail(r->xml, e, "the folder %.*s comes twice", STR_ARG(t->folder));
	if (!flag(r, ev, S("records"), &t->has_records, e) ||
	    !flag(r, ev, S("links"), &t->has_links, e) ||
	    !read_attributes(r, "table", &t->attrs, &t->nattrs, e))
		return false;
	for (size_t i = 0; i < t->nattrs; i++)
		named = named || (str_eq(t->attrs[i].name, S("name")) && t->attrs[i].value.n > 0);
	return named || xml_fail(r->xml, e, "<table> without the attribute name");
}

static bool read_tables(struct index_reader *r, struct err *e)
{
	struct xml_event ev;
	bool more;

	for (;;) {
		if (!next_child(r, &ev, &more, e))
			return false;
		if (!more)
			return true;
		if (!str_eq(ev.name, S("table")))
			return fail_element(r, &ev, "tables", e);
		if (!read_table(r, &ev, e))
			return false;
	}
}

static bool read_form(struct index_reader *r, const struct xml_event *ev, struct err *e)
{
	struct package_form *f = &r->index->form;

	return flag(r, ev, S("bom"), &f->bom, e) &&
	       flag(r, ev, S("declaration"), &f->declaration, e) &&
	       flag(r, ev, S("crlf"), &f->crlf, e) && flag(r, ev, S("leading"), &f->leading, e) &&
	       flag(r, ev, S("trailing"), &f->trailing, e) &&
	       flag(r, ev, S("paired"), &f->paired, e) &&
	       flag(r, ev, S("tabs"), &f->tab_references, e) && xml_skip(r->xml, e);
}

static bool read_document(struct index_reader *r, struct err *e)
{
	struct package_form *f = &r->index->form;
	struct xml_event ev;
	bool more;

	if (!next_child(r, &ev, &more, e))
		return false;
	const struct str *version = xml_attr(&ev, S("version"));

	if (!str_eq(ev.name, S("ferry")) || !version)
		return xml_fail(r->xml, e, "the first element is not <ferry version=\"1\">");
	if (!str_eq(*version, S("1")))
		return xml_fail(r->xml, e,
				"version %.*s of the folder is unknown; this ferry knows 1",
				STR_ARG(str_sub(*version, 0, 20)));
	for (;;) {
		bool fine = true;

		if (!next_child(r, &ev, &more, e))
			return false;
		if (!more)
			break;
		if (str_eq(ev.name, S("root")))
			fine = read_attributes(r, "root", &f->attrs, &f->nattrs, e);
		else if (str_eq(ev.name, S("tables")))
			fine = read_tables(r, e);
		else if (str_eq(ev.name, S("form")))
			fine = read_form(r, &ev, e);
		else
			fine = fail_element(r, &ev, "ferry", e);
		if (!fine)
			return false;
	}
	/* to the end: what is behind it must be nothing */
	return xml_next(r->xml, &ev, e);
}

static bool add_extra(struct index_reader *r, struct str name, const char *path, struct err *e)
{
	uint32_t index = 0;

	if (r->extras.n >= LIMIT_ZIP_ENTRIES)
		return err_set(e, ERR_INPUT, "%s: more than %d files", path, LIMIT_ZIP_ENTRIES);
	if (zip_bad_name(name))
		return err_set(e, ERR_INPUT, "%s: %s", path, zip_bad_name(name));
	if (!map_put(&r->names, str_lower_ascii(r->arena, name), &index))
		return err_set(e, ERR_INPUT,
			       "%s: the package has an entry %.*s already; take one of them out",
			       path, STR_ARG(name));
	*VEC_PUSH(r->arena, &r->extras) = (struct folder_extra){ name, path };
	return true;
}

/* The name in a zip of a file in the folder files: <guid>.<anything> is the bytes of a file column. */
static struct str column_name(struct arena *a, const char *file)
{
	struct str name = str_from(file);
	struct guid id;

	if (name.n > 37 && name.p[36] == '.' && guid_parse(str_sub(name, 0, 36), &id))
		return str_fmt(a, "files/%.*s.bin", STR_ARG(str_sub(name, 0, 36)));
	return str_fmt(a, "files/%s", file);
}

static void directory_close(DIR **d)
{
	if (*d)
		closedir(*d);
}

/* `prefix`: of the names in a zip; NULL: the folder is `files`. */
static bool walk(struct index_reader *r, const char *folder, const char *prefix, int depth,
		 struct err *e)
{
	DEFER(directory_close) DIR *d = file_is_real_directory(folder) ? opendir(folder) : NULL;

	if (depth > EXTRA_DEPTH)
		return err_set(e, ERR_INPUT, "%s: folders are inside each other more than %d deep",
			       folder, EXTRA_DEPTH);
	for (const struct dirent *entry = d ? readdir(d) : NULL; entry; entry = readdir(d)) {
		const char *path = str_fmt(r->arena, "%s/%s", folder, entry->d_name).p;
		bool fine = true;

		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
			continue;
		if (!prefix)
			fine = add_extra(r, column_name(r->arena, entry->d_name), path, e);
		else if (file_is_real_directory(path))
			fine = walk(r, path, str_fmt(r->arena, "%s%s/", prefix, entry->d_name).p,
				    depth + 1, e);
		else
			fine = add_extra(r, str_fmt(r->arena, "%s%s", prefix, entry->d_name), path,
					 e);
		if (!fine)
			return false;
	}
	return true;
}

static int cmp_extras(const void *a, const void *b)
{
	const struct folder_extra *x = a;
	const struct folder_extra *y = b;

	return str_cmp(x->name, y->name);
}

static bool list_extras(struct index_reader *r, const char *path, struct err *e)
{
	static const struct str parts[] = { STR_INIT("data.xml"), STR_INIT("data_schema.xml"),
					    STR_INIT("[content_types].xml") };

	r->names = map_make(r->arena);
	for (size_t i = 0; i < COUNT_OF(parts); i++) {
		uint32_t index = 0;

		map_put(&r->names, parts[i], &index);
	}
	if (!walk(r, str_fmt(r->arena, "%s/extra", path).p, "", 0, e) ||
	    !walk(r, str_fmt(r->arena, "%s/files", path).p, NULL, 0, e))
		return false;
	if (r->extras.n > 0)
		qsort(r->extras.p, r->extras.n, sizeof(*r->extras.p), cmp_extras);
	return true;
}

bool folder_index_read(struct arena *a, const char *path, struct folder_index *out, struct err *e)
{
	DEFER(file_source_close) struct file_source file = { .fd = -1 };
	DEFER(xml_close) struct xml *xml = NULL;
	struct folder_index index = { 0 };
	struct index_reader r = { .arena = a, .index = &index, .names = map_make(a) };

	if (!file_source_open_regular(&file, str_fmt(a, "%s/ferry.xml", path).p, e) ||
	    !xml_open(&xml, a, &file.source, "ferry.xml", e))
		return false;
	r.xml = xml;
	if (!read_document(&r, e) || !list_extras(&r, path, e))
		return false;
	index.tables = r.tables.p;
	index.ntables = r.tables.n;
	index.extras = r.extras.p;
	index.nextras = r.extras.n;
	*out = index;
	return true;
}
