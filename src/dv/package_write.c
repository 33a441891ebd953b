/* SPDX-License-Identifier: MIT */
/*
 * Writes a package, byte for byte as the Configuration Migration Tool does (facts/cmt-format.md 1 and
 * 3). Everything is written under a temporary name beside the output; package_finish renames it. With values,
 * the start tags of a table, its records and its links are written when the first row or link comes, so a
 * table without any leaves no trace; with events, what stood there is written.
 */
#include "base/buf.h"

#include "base/file.h"
#include "base/limits.h"
#include "io/xml.h"
#include "io/zip.h"
#include "dv/package.h"
#include "dv/data_read.h"
#include "dv/party_cmt.h"

#include "base/banned.h"

/* How far the current table has got. IN_ENTITY: only events stop there. */
enum section { SECTION_NONE, SECTION_PENDING, SECTION_ENTITY, SECTION_RECORDS, SECTION_LINKS };

struct package_writer {
	struct arena *arena;
	const char *path;
	const char *temp;
	bool made;            /* something stands under the temporary name */
	struct datetime when; /* the stamp of the zip's entries */
	const struct package_form *form;
	const struct schema *schema;
	bool *written; /* by entity: its turn has come */
	const struct schema_entity *entity;
	enum section section;
	bool any;               /* a table was written */
	bool data_ended;        /* data.xml and data_schema.xml are complete */
	bool extra_open, bin;   /* an extra entry is being written; one of them ended in .bin */
	struct zip_writer *zip; /* NULL for a folder */
	struct file_sink file;
	struct xml_writer xml;
	struct buf text;
};

/*
 * The one that every package holds, with its byte order mark and without a line end (1.3). What the tool
 * writes for the extension of files/ is a guess.
 */
#define TYPES_HEAD                                                                                 \
	"\xef\xbb\xbf<?xml version=\"1.0\" encoding=\"utf-8\"?>"                                   \
	"<Types xmlns=\"http://schemas.openxmlformats.org/package/2006/content-types\">"           \
	"<Default Extension=\"xml\" ContentType=\"application/octet-stream\" />"
#define TYPES_BIN "<Default Extension=\"bin\" ContentType=\"application/octet-stream\" />"

static const struct str content_types = STR_INIT(TYPES_HEAD "</Types>");
static const struct str content_types_bin = STR_INIT(TYPES_HEAD TYPES_BIN "</Types>");

static bool part_open(struct package_writer *w, const char *name, bool large, struct sink **out,
		      struct err *e)
{
	if (w->zip)
		return zip_writer_entry(w->zip, str_from(name), w->when, large, out, e);

	/* the sink keeps the path */
	const char *path = str_fmt(w->arena, "%s/%s", w->temp, name).p;

	if (!file_sink_open(&w->file, path, 0666, e))
		return false;
	*out = &w->file.sink;
	return true;
}

static bool part_end(struct package_writer *w, struct err *e)
{
	return w->zip ? zip_writer_entry_end(w->zip, e) : file_sink_finish(&w->file, e);
}

static bool write_part(struct package_writer *w, const char *name, struct str bytes, struct err *e)
{
	struct sink *out;

	return part_open(w, name, false, &out, e) && sink_write(out, bytes, e) && part_end(w, e);
}

static bool is_zip_path(const char *path)
{
	struct str s = str_from(path);

	return s.n > 4 && str_eq_ascii_nocase(str_skip(s, s.n - 4), S(".zip"));
}

static bool output_open(struct package_writer *w, struct err *e)
{
	if (is_zip_path(w->path)) {
		if (!zip_writer_open(&w->zip, w->arena, w->temp, e))
			return false;
	} else if (!file_make_directory(w->temp, 0777, e)) {
		return false;
	}
	w->made = true;
	return true;
}

const struct package_form *package_form_today(struct arena *a, struct datetime now)
{
	struct package_form *f = arena_new(a, struct package_form);
	char timestamp[DATETIME_TEXT_SIZE];

	f->crlf = f->leading = true;
	f->nattrs = 3;
	f->attrs = arena_array(a, struct package_attr, f->nattrs);
	f->attrs[0] =
		(struct package_attr){ S("xmlns:xsd"), S("http://www.w3.org/2001/XMLSchema") };
	f->attrs[1] = (struct package_attr){ S("xmlns:xsi"),
					     S("http://www.w3.org/2001/XMLSchema-instance") };
	f->attrs[2] = (struct package_attr){ S("timestamp"),
					     str_dup(a, datetime_format_o(now, true, timestamp)) };
	return f;
}

/* The moment of the form; without one, the first that a zip can name. */
static struct datetime stamp_of(const struct package_form *form)
{
	const struct str *text = data_attr(form->attrs, form->nattrs, S("timestamp"));
	enum datetime_zone zone;
	struct datetime when;

	if (text && (datetime_parse_iso(*text, &when, &zone) || datetime_parse_us(*text, &when)))
		return when;
	bool possible =
		datetime_from_civil((struct civil){ .year = 1980, .month = 1, .day = 1 }, &when);
	assert(possible);
	return when;
}

static bool write_attrs(struct xml_writer *x, const struct package_attr *attrs, size_t n,
			struct err *e)
{
	for (size_t i = 0; i < n; i++) {
		if (!xml_write_attr(x, attrs[i].name, attrs[i].value, e))
			return false;
	}
	return true;
}

static bool write_root(struct package_writer *w, struct err *e)
{
	const struct package_form *f = w->form;
	struct xml_writer *x = &w->xml;
	struct sink *out;

	if (!part_open(w, "data.xml", true, &out, e))
		return false;
	*x = xml_writer_make(out);
	x->line_end = f->crlf ? S("\r\n") : S("\n");
	x->bare = !f->leading;
	if (f->bom && !xml_write_raw(x, S("\xef\xbb\xbf"), e))
		return false;
	if (f->declaration && !xml_write_raw(x, S("<?xml version=\"1.0\" encoding=\"utf-8\"?>"), e))
		return false;
	return xml_write_open(x, S("entities"), e) && write_attrs(x, f->attrs, f->nattrs, e);
}

bool package_create(struct package_writer **out, struct arena *a, const char *path,
		    const struct schema *schema, const struct package_form *form, struct err *e)
{
	DEFER(package_writer_close) struct package_writer *w = arena_new(a, struct package_writer);

	w->arena = a;
	w->path = str_cstr(a, str_from(path));
	w->temp = file_temp_name(a, path);
	w->when = stamp_of(form);
	w->form = form;
	w->schema = schema;
	w->written = arena_array(a, bool, schema->nentities);
	w->file.fd = -1;
	w->text = buf_make(0);
	if (!output_open(w, e) || !write_root(w, e))
		return false;
	*out = w;
	w = NULL;
	return true;
}

static bool open_entity(struct package_writer *w, struct err *e)
{
	struct str label = w->entity->display_name;

	w->any = true;
	if (!xml_write_open(&w->xml, S("entity"), e) ||
	    !xml_write_attr(&w->xml, S("name"), w->entity->name, e))
		return false;
	if (label.n > 0 && !xml_write_attr(&w->xml, S("displayname"), label, e))
		return false;
	return xml_write_open(&w->xml, S("records"), e);
}

static bool open_links(struct package_writer *w, struct err *e)
{
	return xml_write_close(&w->xml, S("records"), e) &&
	       xml_write_open(&w->xml, S("m2mrelationships"), e);
}

/* Goes on to that section, if it is not there yet. */
static bool enter(struct package_writer *w, enum section section, struct err *e)
{
	assert(w->section != SECTION_NONE && w->section <= section);
	if (w->section == SECTION_PENDING) {
		if (!open_entity(w, e))
			return false;
		w->section = SECTION_RECORDS;
	}
	if (w->section == SECTION_RECORDS && section == SECTION_LINKS) {
		if (!open_links(w, e))
			return false;
		w->section = SECTION_LINKS;
	}
	return true;
}

/* Both sections are always there, empty or not. */
static bool end_entity(struct package_writer *w, struct err *e)
{
	if (w->section > SECTION_PENDING) {
		if (!enter(w, SECTION_LINKS, e) ||
		    !xml_write_close(&w->xml, S("m2mrelationships"), e) ||
		    !xml_write_close(&w->xml, S("entity"), e))
			return false;
	}
	w->section = SECTION_NONE;
	return true;
}

bool package_write_table(struct package_writer *w, const struct schema_entity *entity,
			 struct err *e)
{
	size_t i = (size_t)(entity - w->schema->entities);

	assert(i < w->schema->nentities && !w->written[i]);
	if (!end_entity(w, e))
		return false;
	w->written[i] = true;
	w->entity = entity;
	w->section = SECTION_PENDING;
	return true;
}

/* What CMT never writes: nulls, versions, and what it has no text for. */
static bool is_left_out(const struct schema_field *f, const struct value *v)
{
	return value_is_empty(v) || f->type == CMT_BIGINT || f->type == CMT_UNKNOWN;
}

static bool write_reference(struct package_writer *w, const struct schema_field *f,
			    const struct value *v, struct err *e)
{
	struct str table = v->table;

	if (table.n == 0 && f->ntargets == 1 && !str_eq(f->targets[0], S("*")))
		table = f->targets[0];
	if (table.n > 0 && !xml_write_attr(&w->xml, S("lookupentity"), table, e))
		return false;
	return v->name.n == 0 || xml_write_attr(&w->xml, S("lookupentityname"), v->name, e);
}

static bool write_field(struct package_writer *w, const struct schema_field *f,
			const struct value *v, struct err *e)
{
	buf_clear(&w->text);
	value_to_cmt(&w->text, f->type, v);
	if (!xml_write_open(&w->xml, S("field"), e) ||
	    !xml_write_attr(&w->xml, S("name"), f->name, e) ||
	    !xml_write_attr(&w->xml, S("value"), buf_str(&w->text), e))
		return false;
	if (v->kind == VALUE_REF && !write_reference(w, f, v, e))
		return false;
	if (f->type == CMT_FILE && v->name.n > 0 &&
	    !xml_write_attr(&w->xml, S("filename"), v->name, e))
		return false;
	return xml_write_close(&w->xml, S("field"), e);
}

static bool write_parties(struct package_writer *w, struct str row, const struct schema_field *f,
			  const struct value *v, struct err *e)
{
	struct xml_writer *x = &w->xml;

	return xml_write_open(x, S("field"), e) && xml_write_attr(x, S("name"), f->name, e) &&
	       xml_write_attr(x, S("value"), S(""), e) &&
	       xml_write_attr(x, S("lookupentity"), S(""), e) &&
	       xml_write_attr(x, S("lookupentityname"), S(""), e) &&
	       party_cmt_write(x, row, party_mask(f->name), v->text, e) &&
	       xml_write_close(x, S("field"), e);
}

static bool write_member(struct package_writer *w, struct str row, const struct schema_field *f,
			 const struct value *v, struct err *e)
{
	return f->type == CMT_PARTYLIST ? write_parties(w, row, f, v, e) : write_field(w, f, v, e);
}

bool package_write_row(struct package_writer *w, struct guid id, const struct value *values,
		       struct err *e)
{
	char text[GUID_TEXT_SIZE];
	struct str row = guid_format(id, text);

	if (!enter(w, SECTION_RECORDS, e) || !xml_write_open(&w->xml, S("record"), e) ||
	    !xml_write_attr(&w->xml, S("id"), row, e))
		return false;
	for (size_t i = 0; i < w->entity->nfields; i++) {
		const struct schema_field *f = &w->entity->fields[i];

		if (!is_left_out(f, &values[i]) && !write_member(w, row, f, &values[i], e))
			return err_wrap(e, "%.*s %.*s: %.*s", STR_ARG(w->entity->name),
					STR_ARG(row), STR_ARG(f->name));
	}
	return xml_write_close(&w->xml, S("record"), e);
}

static bool write_target(struct package_writer *w, struct guid target, struct err *e)
{
	char text[GUID_TEXT_SIZE];

	return xml_write_open(&w->xml, S("targetid"), e) &&
	       xml_write_text(&w->xml, guid_format(target, text), e) &&
	       xml_write_close(&w->xml, S("targetid"), e);
}

static bool open_link(struct package_writer *w, const struct schema_relationship *rel,
		      struct guid source, struct err *e)
{
	char text[GUID_TEXT_SIZE];
	struct xml_writer *x = &w->xml;

	return xml_write_open(x, S("m2mrelationship"), e) &&
	       xml_write_attr(x, S("sourceid"), guid_format(source, text), e) &&
	       xml_write_attr(x, S("targetentityname"), rel->target, e) &&
	       xml_write_attr(x, S("targetentitynameidfield"), rel->target_column, e) &&
	       xml_write_attr(x, S("m2mrelationshipname"), rel->name, e) &&
	       xml_write_open(x, S("targetids"), e);
}

bool package_write_link(struct package_writer *w, const struct schema_relationship *rel,
			struct guid source, const struct guid *targets, size_t n, struct err *e)
{
	if (n == 0)
		return true;
	if (!enter(w, SECTION_LINKS, e) || !open_link(w, rel, source, e))
		return false;
	for (size_t i = 0; i < n; i++) {
		if (!write_target(w, targets[i], e))
			return false;
	}
	return xml_write_close(&w->xml, S("targetids"), e) &&
	       xml_write_close(&w->xml, S("m2mrelationship"), e);
}

/* The events' way through a table: each section is opened when it is there. */
static bool put_section(struct package_writer *w, enum section section, struct err *e)
{
	static const struct str names[] = {
		[SECTION_RECORDS] = STR_INIT("records"),
		[SECTION_LINKS] = STR_INIT("m2mrelationships"),
	};

	assert(w->section != SECTION_NONE && w->section != SECTION_PENDING);
	if (w->section == section)
		return true;
	if (w->section != SECTION_ENTITY && !xml_write_close(&w->xml, names[w->section], e))
		return false;
	w->section = section;
	return section == SECTION_ENTITY || xml_write_open(&w->xml, names[section], e);
}

static bool put_table(struct package_writer *w, const struct package_event *ev, struct err *e)
{
	assert(w->section == SECTION_NONE);
	w->section = SECTION_ENTITY;
	w->any = true;
	return xml_write_open(&w->xml, S("entity"), e) &&
	       write_attrs(&w->xml, ev->attrs, ev->nattrs, e);
}

static bool put_field(struct package_writer *w, const struct package_field *f, struct err *e)
{
	struct xml_writer *x = &w->xml;

	if (!xml_write_open(x, S("field"), e) || !write_attrs(x, f->attrs, f->nattrs, e))
		return false;
	for (size_t i = 0; i < f->nparties; i++) {
		const struct package_party *party = &f->parties[i];

		if (!xml_write_open(x, party->element, e) ||
		    !write_attrs(x, party->attrs, party->nattrs, e))
			return false;
		for (size_t k = 0; k < party->nfields; k++) {
			const struct package_field *inner = &party->fields[k];

			if (!xml_write_open(x, S("field"), e) ||
			    !write_attrs(x, inner->attrs, inner->nattrs, e) ||
			    !xml_write_close(x, S("field"), e))
				return false;
		}
		if (!xml_write_close(x, party->element, e))
			return false;
	}
	return xml_write_close(x, S("field"), e);
}

static bool put_row(struct package_writer *w, const struct package_event *ev, struct err *e)
{
	if (!put_section(w, SECTION_RECORDS, e) || !xml_write_open(&w->xml, S("record"), e) ||
	    !write_attrs(&w->xml, ev->attrs, ev->nattrs, e))
		return false;
	for (size_t i = 0; i < ev->nfields; i++) {
		if (!put_field(w, &ev->fields[i], e))
			return err_wrap(e, "%.*s: %.*s", STR_ARG(ev->table),
					STR_ARG(ev->fields[i].name));
	}
	return xml_write_close(&w->xml, S("record"), e);
}

static bool put_link(struct package_writer *w, const struct package_event *ev, struct err *e)
{
	struct xml_writer *x = &w->xml;
	char text[GUID_TEXT_SIZE];

	if (w->section == SECTION_ENTITY && ev->has_records && !put_section(w, SECTION_RECORDS, e))
		return false;
	if (!put_section(w, SECTION_LINKS, e) || !xml_write_open(x, S("m2mrelationship"), e) ||
	    !write_attrs(x, ev->attrs, ev->nattrs, e) || !xml_write_open(x, S("targetids"), e))
		return false;
	for (size_t i = 0; i < ev->ntargets; i++) {
		struct str target =
			ev->target_texts ? ev->target_texts[i] : guid_format(ev->targets[i], text);

		if (!xml_write_open(x, S("targetid"), e) || !xml_write_text(x, target, e) ||
		    !xml_write_close(x, S("targetid"), e))
			return false;
	}
	return xml_write_close(x, S("targetids"), e) && xml_write_close(x, S("m2mrelationship"), e);
}

static bool put_table_end(struct package_writer *w, const struct package_event *ev, struct err *e)
{
	bool fine = true;

	if (w->section == SECTION_ENTITY && ev->has_records)
		fine = put_section(w, SECTION_RECORDS, e);
	if (fine && w->section != SECTION_LINKS && ev->has_links)
		fine = put_section(w, SECTION_LINKS, e);
	fine = fine && put_section(w, SECTION_ENTITY, e) &&
	       xml_write_close(&w->xml, S("entity"), e);
	w->section = SECTION_NONE;
	return fine;
}

bool package_put(struct package_writer *w, const struct package_event *ev, struct err *e)
{
	w->xml.tab_references = w->form->tab_references;
	switch (ev->kind) {
	case PACKAGE_TABLE:
		return put_table(w, ev, e);
	case PACKAGE_ROW:
		return put_row(w, ev, e);
	case PACKAGE_LINK:
		return put_link(w, ev, e);
	case PACKAGE_TABLE_END:
		return put_table_end(w, ev, e);
	case PACKAGE_END:
		break;
	}
	return true;
}

/* data.xml to its end, and the schema. */
static bool end_data(struct package_writer *w, struct err *e)
{
	if (w->data_ended)
		return true;
	w->data_ended = true;
	if (!end_entity(w, e))
		return false;
	if (!w->any && w->form->paired && !xml_write_raw(&w->xml, w->xml.line_end, e))
		return false;
	if (!xml_write_close(&w->xml, S("entities"), e))
		return false;
	if (w->form->trailing && !xml_write_raw(&w->xml, w->xml.line_end, e))
		return false;
	return xml_write_flush(&w->xml, e) && part_end(w, e) &&
	       write_part(w, "data_schema.xml", w->schema->bytes, e);
}

static bool end_extra(struct package_writer *w, struct err *e)
{
	bool open = w->extra_open;

	w->extra_open = false;
	return !open || part_end(w, e);
}

bool package_write_extra(struct package_writer *w, struct str name, struct sink **out,
			 struct err *e)
{
	const char *path = str_cstr(w->arena, name);
	size_t slash = name.n;

	if (!end_data(w, e) || !end_extra(w, e))
		return false;
	while (slash > 0 && name.p[slash - 1] != '/')
		slash--;
	if (!w->zip && slash > 0 &&
	    !file_make_directory(
		    str_fmt(w->arena, "%s/%.*s", w->temp, STR_ARG(str_sub(name, 0, slash - 1))).p,
		    0777, e))
		return false;
	if (!part_open(w, path, true, out, e))
		return false;
	w->bin = w->bin || str_ends(name, S(".bin"));
	w->extra_open = true;
	return true;
}

bool package_finish(struct package_writer *w, struct err *e)
{
	if (!end_data(w, e) || !end_extra(w, e) ||
	    !write_part(w, "[Content_Types].xml", w->bin ? content_types_bin : content_types, e))
		return false;
	if (w->zip && !zip_writer_finish(w->zip, e))
		return false;
	if (!w->zip) {
		w->made = false;
		return file_commit_keeping(w->temp, w->path, e);
	}
	if (!file_commit(w->temp, w->path, e))
		return false;
	w->made = false;
	return true;
}

void package_writer_close(struct package_writer **w)
{
	struct package_writer *writer = *w;
	struct err ignored;

	if (!writer)
		return;
	xml_writer_release(&writer->xml);
	zip_writer_close(&writer->zip);
	file_sink_close(&writer->file);
	buf_release(&writer->text);
	/* what cannot be removed stays under a name that says that it is no package */
	if (writer->made && !file_remove(writer->temp, &ignored))
		writer->made = false;
	*w = NULL;
}
