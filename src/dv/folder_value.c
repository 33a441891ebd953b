/* SPDX-License-Identifier: MIT */
/*
 * Rows as files. A value leaves its encoding only where putting it back gives the same bytes; so whatever
 * stands in a package survives, readable or not.
 */
#include "dv/folder_value.h"

#include "base/codec.h"
#include "base/file.h"
#include "base/limits.h"
#include "base/map.h"
#include "io/xml.h"
#include "dv/folder_kind.h"
#include "dv/folder_name.h"
#include "dv/value.h"

#include "base/banned.h"

#define INLINE_MAX ((size_t)200) /* bytes of a text that stays in the row's file */
#define DOCUMENT_MIN ((size_t)64)

struct row_writer {
	struct arena *page;
	const char *dir;
	struct str stem;
	const struct schema_entity *entity;
	struct map names; /* of the files of this row, in lower case */
	struct buf decoded, encoded;
	struct xml_writer xml;
};

bool folder_is_own_attr(struct str name)
{
	return str_eq(name, S(FOLDER_TEXT)) || str_eq(name, S(FOLDER_FILE)) ||
	       str_eq(name, S(FOLDER_AS)) || str_starts(name, S(FOLDER_FOREIGN));
}

struct str folder_row_text(struct arena *page, const struct package_event *ev, struct str column)
{
	DEFER(buf_release) struct buf b = buf_make(0);

	for (size_t i = 0; column.n > 0 && i < ev->nfields; i++) {
		if (!str_eq(ev->fields[i].name, column))
			continue;
		/* a name is cut anyway */
		html_decode(&b, str_sub(ev->fields[i].value, 0, 4 * LIMIT_KIB));
		return str_is_utf8(buf_str(&b)) ? str_dup(page, buf_str(&b)) : S("");
	}
	return S("");
}

size_t folder_link_rank(const struct schema_entity *entity, struct str relationship)
{
	for (size_t i = 0; entity && i < entity->nrelationships; i++) {
		if (str_eq(entity->relationships[i].name, relationship))
			return i;
	}
	return entity ? entity->nrelationships : 0;
}

/* A name for the file of a column that no other file of this row has. */
static struct str file_name(struct row_writer *w, struct str column, const char *kind)
{
	size_t room = FOLDER_NAME_MAX - w->stem.n - 2 - str_from(kind).n;
	struct str safe = folder_safe(w->page, column, "_", room);
	uint32_t index = 0;

	for (size_t i = w->names.n;; i++) {
		struct str tail = str_fmt(w->page, "-%zu", i + 1);
		struct str part =
			i == w->names.n ? safe : folder_safe(w->page, safe, "_", room - tail.n);
		struct str name = str_fmt(w->page, "%.*s.%.*s%s.%s", STR_ARG(w->stem),
					  STR_ARG(part), i == w->names.n ? "" : tail.p, kind);

		if (map_put(&w->names, str_lower_ascii(w->page, name), &index))
			return name;
	}
}

static bool write_file(struct row_writer *w, struct str column, const char *kind, struct str bytes,
		       struct str as, struct err *e)
{
	struct str name = file_name(w, column, kind);
	const char *path = str_fmt(w->page, "%s/%.*s", w->dir, STR_ARG(name)).p;

	return file_write(path, 0666, bytes, e) &&
	       xml_write_attr(&w->xml, S(FOLDER_FILE), name, e) &&
	       xml_write_attr(&w->xml, S(FOLDER_AS), as, e);
}

/* XML cannot hold control characters, and a line of a file should be one. */
static bool needs_file(struct str text)
{
	if (text.n > INLINE_MAX)
		return true;
	for (size_t i = 0; i < text.n; i++) {
		unsigned char c = (unsigned char)text.p[i];

		if ((c < 0x20 && c != '\t') ||
		    (c == 0xef && (str_starts(str_skip(text, i), S("\xef\xbf\xbe")) ||
				   str_starts(str_skip(text, i), S("\xef\xbf\xbf")))))
			return true;
	}
	return false;
}

/* Columns in which the platform keeps documents as base64, though their type is a text. */
static bool holds_document(struct str column, struct str value)
{
	if (str_eq(column, S("documentbody")))
		return value.n > 0;
	return value.n >= DOCUMENT_MIN &&
	       (str_eq(column, S("body")) || str_eq(column, S("content")));
}

static bool is_exact_base64(struct row_writer *w, struct str value)
{
	buf_clear(&w->decoded);
	buf_clear(&w->encoded);
	if (!base64_decode(&w->decoded, value))
		return false;
	base64_encode(&w->encoded, buf_str(&w->decoded));
	return str_eq(buf_str(&w->encoded), value);
}

/* Whether the value is a text with the tool's HTML encoding around it; then that is in w->decoded. */
static bool is_exact_text(struct row_writer *w, struct str value)
{
	struct value v = { .kind = VALUE_TEXT };

	buf_clear(&w->decoded);
	buf_clear(&w->encoded);
	html_decode(&w->decoded, value);
	v.text = buf_str(&w->decoded);
	if (!str_is_utf8(v.text))
		return false;
	value_to_cmt(&w->encoded, CMT_STRING, &v);
	return str_eq(buf_str(&w->encoded), value);
}

static bool write_value(struct row_writer *w, struct str column, const enum cmt_type *type,
			struct str value, struct err *e)
{
	bool string = type && *type == CMT_STRING;
	bool image = type && *type == CMT_IMAGE && value.n > 0;

	if ((image || (string && holds_document(column, value))) && is_exact_base64(w, value)) {
		struct str bytes = buf_str(&w->decoded);

		return write_file(w, column, folder_bytes_kind(w->page, column, bytes), bytes,
				  S("base64"), e);
	}
	if (string && value.n > 0 && is_exact_text(w, value)) {
		struct str text = buf_str(&w->decoded);

		if (!needs_file(text))
			return xml_write_attr(&w->xml, S(FOLDER_TEXT), text, e);
		return write_file(w, column, folder_text_kind(w->page, column, text), text,
				  S("text"), e);
	}
	if (!needs_file(value))
		return xml_write_attr(&w->xml, S("value"), value, e);
	return write_file(w, column, folder_text_kind(w->page, column, value), value, S("raw"), e);
}

static bool write_attrs(struct row_writer *w, const struct package_attr *attrs, size_t n,
			struct err *e)
{
	for (size_t i = 0; i < n; i++) {
		if (!xml_write_attr(&w->xml, attrs[i].name, attrs[i].value, e))
			return false;
	}
	return true;
}

static bool write_words(struct row_writer *w, const struct package_field *f, struct err *e)
{
	const struct schema_field *field = w->entity ? schema_field(w->entity, f->name) : NULL;

	for (size_t i = 0; i < f->nattrs; i++) {
		struct str name = f->attrs[i].name;
		bool fine;

		if (str_eq(name, S("value"))) {
			fine = write_value(w, f->name, field ? &field->type : NULL,
					   f->attrs[i].value, e);
		} else {
			if (folder_is_own_attr(name))
				name = str_fmt(w->page, FOLDER_FOREIGN "%.*s", STR_ARG(name));
			fine = xml_write_attr(&w->xml, name, f->attrs[i].value, e);
		}
		if (!fine)
			return false;
	}
	return true;
}

static bool write_field(struct row_writer *w, const struct package_field *f, struct err *e)
{
	struct xml_writer *x = &w->xml;

	if (!xml_write_open(x, S("field"), e) || !write_words(w, f, e))
		return false;
	for (size_t i = 0; i < f->nparties; i++) {
		const struct package_party *party = &f->parties[i];

		if (!xml_write_open(x, party->element, e) ||
		    !write_attrs(w, party->attrs, party->nattrs, e))
			return false;
		for (size_t k = 0; k < party->nfields; k++) {
			if (!write_field(w, &party->fields[k], e))
				return false;
		}
		if (!xml_write_close(x, party->element, e))
			return false;
	}
	return xml_write_close(x, S("field"), e);
}

static bool write_row(struct row_writer *w, const struct package_event *ev, struct err *e)
{
	struct xml_writer *x = &w->xml;

	if (!xml_write_open(x, S("record"), e) || !write_attrs(w, ev->attrs, ev->nattrs, e))
		return false;
	for (size_t i = 0; i < ev->nfields; i++) {
		if (!write_field(w, &ev->fields[i], e))
			return false;
	}
	return xml_write_close(x, S("record"), e) && xml_write_raw(x, S("\n"), e) &&
	       xml_write_flush(x, e);
}

bool folder_write_row(struct arena *page, const char *dir, struct str stem,
		      const struct schema_entity *entity, const struct package_event *ev,
		      struct err *e)
{
	DEFER(file_sink_close) struct file_sink file = { .fd = -1 };
	struct row_writer w = {
		.page = page,
		.dir = dir,
		.stem = stem,
		.entity = entity,
		.names = map_make(page),
		.decoded = buf_make(0),
		.encoded = buf_make(0),
	};
	const char *path = str_fmt(page, "%s/%.*s.xml", dir, STR_ARG(stem)).p;

	if (!file_sink_open(&file, path, 0666, e))
		return false;
	w.xml = xml_writer_make(&file.sink);
	w.xml.line_end = S("\n");
	w.xml.bare = true;

	bool fine = write_row(&w, ev, e);

	xml_writer_release(&w.xml);
	buf_release(&w.decoded);
	buf_release(&w.encoded);
	return fine;
}
