/* SPDX-License-Identifier: MIT */
/*
 * Reads data.xml. The reader knows where in the document it stands; each call goes on to the next event.
 * The bytes pass through a source of its own, which sees how they are laid out.
 */
#include "dv/data_read.h"

#include <string.h>

#include "base/buf.h"
#include "base/limits.h"
#include "base/vec.h"

#include "base/banned.h"

#define GUID_TEXT_MAX ((size_t)256) /* of a <targetid>, white space included */
#define HEAD_SIZE 4096              /* of the document, to see its layout */

/* Inside which element of data.xml the reader stands. */
enum place { AT_START, IN_ENTITIES, IN_ENTITY, IN_RECORDS, IN_LINKS, AT_END };

struct data_reader {
	struct source source; /* in, looked at */
	struct source *in;
	const char *name;
	struct data_translate *translate; /* of a fragment */
	char head[HEAD_SIZE];
	size_t nhead;
	char last;
	bool ended;
	struct xml *xml;
	struct arena *arena;
	struct package_form form;
	enum place place;
	struct buf table; /* name of the entity that is being read */
	bool has_records, has_links;
	uint64_t strange;
	struct str first_strange;
};

static bool watched_read(struct source *source, char *p, size_t n, size_t *got, struct err *e)
{
	struct data_reader *r = CONTAINER_OF(source, struct data_reader, source);

	if (r->ended) {
		*got = 0;
		return true;
	}
	if (!r->in->read(r->in, p, n, got, e))
		return false;
	size_t room = HEAD_SIZE - r->nhead;
	size_t part = *got < room ? *got : room;

	/* one that lies across two reads is not seen; a document has many or none */
	r->form.tab_references =
		r->form.tab_references || memmem(p, *got, "&#x9;", 5) || memmem(p, *got, "&#9;", 4);
	memcpy(r->head + r->nhead, p, part);
	r->nhead += part;
	if (*got > 0)
		r->last = p[*got - 1];
	r->ended = *got == 0;
	return true;
}

bool data_reader_open(struct data_reader **out, struct arena *a, struct source *in,
		      const char *name, struct err *e)
{
	struct data_reader *r = arena_new(a, struct data_reader);

	r->source.read = watched_read;
	r->in = in;
	r->name = str_cstr(a, str_from(name));
	r->arena = a;
	r->table = buf_make(LIMIT_XML_VALUE);
	if (!xml_open(&r->xml, a, &r->source, name, e))
		return false;
	*out = r;
	return true;
}

void data_reader_close(struct data_reader **r)
{
	if (!*r)
		return;
	xml_close(&(*r)->xml);
	buf_release(&(*r)->table);
	*r = NULL;
}

const struct package_form *data_reader_form(const struct data_reader *r)
{
	return &r->form;
}

uint64_t data_reader_strange(const struct data_reader *r, struct str *first)
{
	*first = r->first_strange;
	return r->strange;
}

/* What stands before <entities is in the head, unless it is absurdly long. */
static void see_layout(struct data_reader *r, const struct xml_event *root)
{
	struct str head = str_of(r->head, r->nhead);
	struct package_form *f = &r->form;

	f->bom = str_starts(head, S("\xef\xbb\xbf"));
	if (f->bom)
		head = str_skip(head, 3);
	f->declaration = str_starts(head, S("<?xml "));

	size_t at = str_find(head, S("<entities"));
	size_t line = str_find_char(head, '\n');

	f->leading = at != STR_NONE && at > 0 && head.p[at - 1] == '\n';
	f->crlf = line == STR_NONE || (line > 0 && head.p[line - 1] == '\r');
	f->paired = !root->empty;
}

void data_attrs(struct arena *page, const struct xml_event *ev, struct package_attr **attrs,
		size_t *n)
{
	struct package_attr *copy = arena_array(page, struct package_attr, ev->nattrs);

	for (size_t i = 0; i < ev->nattrs; i++) {
		copy[i].name = str_dup(page, ev->attrs[i].name);
		copy[i].value = str_dup(page, ev->attrs[i].value);
	}
	*attrs = copy;
	*n = ev->nattrs;
}

const struct str *data_attr(const struct package_attr *attrs, size_t n, struct str name)
{
	for (size_t i = 0; i < n; i++) {
		if (str_eq(attrs[i].name, name))
			return &attrs[i].value;
	}
	return NULL;
}

static void take_words(struct package_field *f)
{
	for (size_t i = 0; i < f->nattrs; i++) {
		struct str name = f->attrs[i].name;
		struct str value = f->attrs[i].value;

		if (str_eq(name, S("name")))
			f->name = value;
		else if (str_eq(name, S("value")))
			f->value = value;
		else if (str_eq(name, S("lookupentity")))
			f->lookup_table = value;
		else if (str_eq(name, S("lookupentityname")))
			f->lookup_name = value;
		else if (str_eq(name, S("filename")))
			f->file_name = value;
	}
}

static struct str table_of(const struct data_reader *r)
{
	return buf_str(&r->table);
}

static bool guid_attr(const struct data_reader *r, const struct xml_event *ev, struct str name,
		      struct guid *out, struct err *e)
{
	const struct str *value = xml_attr(ev, name);

	if (!value || value->n == 0)
		return xml_fail(r->xml, e, "entity %.*s: <%.*s> without %.*s", STR_ARG(table_of(r)),
				STR_ARG(ev->name), STR_ARG(name));
	if (!guid_parse(str_trim(*value), out))
		return xml_fail(r->xml, e,
				"entity %.*s: <%.*s> with %.*s=\"%.*s\", which is no GUID",
				STR_ARG(table_of(r)), STR_ARG(ev->name), STR_ARG(name),
				STR_ARG(str_sub(*value, 0, 60)));
	return true;
}

static bool name_attr(const struct data_reader *r, struct arena *page, const struct xml_event *ev,
		      struct str name, struct str *out, struct err *e)
{
	const struct str *value = xml_attr(ev, name);

	if (!value || value->n == 0)
		return xml_fail(r->xml, e, "entity %.*s: <%.*s> without %.*s", STR_ARG(table_of(r)),
				STR_ARG(ev->name), STR_ARG(name));
	*out = str_dup(page, *value);
	return true;
}

static bool check_size(const struct data_reader *r, struct str element, size_t size, struct err *e)
{
	return size <= LIMIT_RECORD ||
	       xml_fail(r->xml, e, "entity %.*s: <%.*s> holds more than %zu bytes",
			STR_ARG(table_of(r)), STR_ARG(element), LIMIT_RECORD);
}

/* An element that no package has. */
static bool pass_over(struct data_reader *r, const struct xml_event *ev, struct err *e)
{
	r->strange++;
	if (r->strange == 1)
		r->first_strange = str_fmt(r->arena, "line %u: <%.*s>", ev->line,
					   STR_ARG(str_sub(ev->name, 0, 60)));
	return xml_skip(r->xml, e);
}

static bool read_words(struct data_reader *r, struct arena *page, const struct xml_event *ev,
		       struct package_field *f, size_t *size, struct err *e)
{
	f->line = ev->line;
	data_attrs(page, ev, &f->attrs, &f->nattrs);
	if (r->translate && !r->translate->attrs(r->translate, page, &f->attrs, &f->nattrs, e))
		return err_wrap(e, "%s:%u", r->name, ev->line);
	take_words(f);
	*size += sizeof(*f) + f->nattrs * sizeof(*f->attrs);
	for (size_t i = 0; i < f->nattrs; i++)
		*size += f->attrs[i].name.n + f->attrs[i].value.n;
	if (f->name.n == 0)
		return xml_fail(r->xml, e, "entity %.*s: <field> without name",
				STR_ARG(table_of(r)));
	return check_size(r, S("record"), *size, e);
}

/* The fields of one party, to its end tag. */
static bool read_party(struct data_reader *r, struct arena *page, const struct xml_event *open,
		       struct package_party *party, size_t *size, struct err *e)
{
	VEC(struct package_field) fields = { 0 };
	struct xml_event ev;

	party->element = str_dup(page, open->name);
	data_attrs(page, open, &party->attrs, &party->nattrs);
	*size += sizeof(*party) + party->nattrs * sizeof(*party->attrs);
	for (;;) {
		if (!xml_next(r->xml, &ev, e))
			return false;
		if (ev.kind == XML_CLOSE)
			break;
		if (ev.kind != XML_OPEN)
			continue;
		if (!str_eq(ev.name, S("field"))) {
			if (!pass_over(r, &ev, e))
				return false;
			continue;
		}
		struct package_field *f = VEC_PUSH(page, &fields);

		if (!read_words(r, page, &ev, f, size, e))
			return false;
		/* parties of parties: there are none */
		if (!xml_next(r->xml, &ev, e))
			return false;
		while (ev.kind != XML_CLOSE) {
			if (ev.kind == XML_OPEN && !pass_over(r, &ev, e))
				return false;
			if (!xml_next(r->xml, &ev, e))
				return false;
		}
	}
	party->fields = fields.p;
	party->nfields = fields.n;
	return true;
}

static bool read_field(struct data_reader *r, struct arena *page, const struct xml_event *open,
		       struct package_field *f, size_t *size, struct err *e)
{
	VEC(struct package_party) parties = { 0 };
	struct xml_event ev;

	if (!read_words(r, page, open, f, size, e))
		return false;
	for (;;) {
		if (!xml_next(r->xml, &ev, e))
			return false;
		if (ev.kind == XML_CLOSE)
			break;
		if (ev.kind != XML_OPEN)
			continue;
		struct package_party *party = VEC_PUSH(page, &parties);

		if (!read_party(r, page, &ev, party, size, e))
			return false;
	}
	f->parties = parties.p;
	f->nparties = parties.n;
	return true;
}

static bool read_row(struct data_reader *r, struct arena *page, const struct xml_event *open,
		     struct package_event *out, struct err *e)
{
	VEC(struct package_field) fields = { 0 };
	size_t size = 0;
	struct xml_event ev;

	out->kind = PACKAGE_ROW;
	out->line = open->line;
	data_attrs(page, open, &out->attrs, &out->nattrs);
	if (!guid_attr(r, open, S("id"), &out->id, e))
		return false;
	for (;;) {
		if (!xml_next(r->xml, &ev, e))
			return false;
		if (ev.kind == XML_CLOSE)
			break;
		if (ev.kind != XML_OPEN)
			continue;
		if (!str_eq(ev.name, S("field"))) {
			if (!pass_over(r, &ev, e))
				return false;
			continue;
		}
		if (!read_field(r, page, &ev, VEC_PUSH(page, &fields), &size, e))
			return false;
	}
	out->fields = fields.p;
	out->nfields = fields.n;
	return true;
}

/* The targets of a link as they are read: texts only once one of them is not in the usual form. */
struct targets {
	VEC(struct guid) ids;
	VEC(struct str) texts;
	bool unusual;
};

static bool read_target(struct data_reader *r, struct arena *page, struct targets *t, struct err *e)
{
	char usual[GUID_TEXT_SIZE];
	struct guid *id = VEC_PUSH(page, &t->ids);
	struct str text;

	if (!xml_inner_text(r->xml, page, GUID_TEXT_MAX, &text, e))
		return false;
	if (!guid_parse(str_trim(text), id))
		return xml_fail(r->xml, e,
				"entity %.*s: <targetid> with \"%.*s\", which is no GUID",
				STR_ARG(table_of(r)), STR_ARG(str_sub(text, 0, 60)));
	*VEC_PUSH(page, &t->texts) = text;
	t->unusual = t->unusual || !str_eq(text, guid_format(*id, usual));
	return true;
}

/* Everything below <m2mrelationship>: its only wrapper is <targetids>. */
static bool read_targets(struct data_reader *r, struct arena *page, struct package_event *out,
			 struct err *e)
{
	struct targets t = { 0 };
	struct xml_event ev;

	for (int depth = 1; depth > 0;) {
		if (!xml_next(r->xml, &ev, e))
			return false;
		if (ev.kind == XML_CLOSE)
			depth--;
		if (ev.kind != XML_OPEN)
			continue;
		if (!str_eq(ev.name, S("targetid"))) {
			depth++;
			continue;
		}
		if (!check_size(r, S("m2mrelationship"), t.ids.n * 2 * sizeof(struct guid), e) ||
		    !read_target(r, page, &t, e))
			return false;
	}
	out->targets = t.ids.p;
	out->ntargets = t.ids.n;
	out->target_texts = t.unusual ? t.texts.p : NULL;
	return true;
}

static bool read_link(struct data_reader *r, struct arena *page, const struct xml_event *open,
		      struct package_event *out, struct err *e)
{
	out->kind = PACKAGE_LINK;
	out->line = open->line;
	data_attrs(page, open, &out->attrs, &out->nattrs);
	return guid_attr(r, open, S("sourceid"), &out->source, e) &&
	       name_attr(r, page, open, S("targetentityname"), &out->target_table, e) &&
	       name_attr(r, page, open, S("targetentitynameidfield"), &out->target_column, e) &&
	       name_attr(r, page, open, S("m2mrelationshipname"), &out->relationship, e) &&
	       read_targets(r, page, out, e);
}

static bool open_root(struct data_reader *r, const struct xml_event *ev, struct err *e)
{
	if (!str_eq(ev->name, S("entities")))
		return xml_fail(
			r->xml, e,
			"the first element is <%.*s>, not <entities>; is this the data of a "
			"configuration migration?",
			STR_ARG(ev->name));
	data_attrs(r->arena, ev, &r->form.attrs, &r->form.nattrs);
	see_layout(r, ev);
	r->place = IN_ENTITIES;
	return true;
}

static bool open_entity(struct data_reader *r, struct arena *page, const struct xml_event *ev,
			struct package_event *out, struct err *e)
{
	const struct str *name = xml_attr(ev, S("name"));

	if (!name || name->n == 0)
		return xml_fail(r->xml, e, "<entity> without name");
	buf_clear(&r->table);
	buf_add(&r->table, *name);
	r->has_records = r->has_links = false;
	r->place = IN_ENTITY;
	data_attrs(page, ev, &out->attrs, &out->nattrs);
	out->kind = PACKAGE_TABLE;
	out->line = ev->line;
	return true;
}

/* Acts on a start tag; *found when that made an event. */
static bool opened(struct data_reader *r, struct arena *page, const struct xml_event *ev,
		   struct package_event *out, bool *found, struct err *e)
{
	*found = true;
	if (r->place == IN_ENTITIES && str_eq(ev->name, S("entity")))
		return open_entity(r, page, ev, out, e);
	if (r->place == IN_RECORDS && str_eq(ev->name, S("record")))
		return read_row(r, page, ev, out, e);
	if (r->place == IN_LINKS && str_eq(ev->name, S("m2mrelationship")))
		return read_link(r, page, ev, out, e);
	*found = false;
	if (r->place == AT_START)
		return open_root(r, ev, e);
	if (r->place == IN_ENTITY && str_eq(ev->name, S("records"))) {
		r->place = IN_RECORDS;
		r->has_records = true;
	} else if (r->place == IN_ENTITY && str_eq(ev->name, S("m2mrelationships"))) {
		r->place = IN_LINKS;
		r->has_links = true;
	} else if (r->place == IN_ENTITY && str_eq(ev->name, S("fields"))) {
		return xml_fail(
			r->xml, e,
			"entity %.*s: <fields>: this is a schema and not its data; were data.xml "
			"and data_schema.xml exchanged?",
			STR_ARG(buf_str(&r->table)));
	} else {
		return pass_over(r, ev, e);
	}
	return true;
}

/* Acts on an end tag; true when that made an event. */
static bool closed(struct data_reader *r, const struct xml_event *ev, struct package_event *out)
{
	switch (r->place) {
	case IN_RECORDS:
	case IN_LINKS:
		r->place = IN_ENTITY;
		return false;
	case IN_ENTITY:
		r->place = IN_ENTITIES;
		out->kind = PACKAGE_TABLE_END;
		out->line = ev->line;
		return true;
	case AT_START:
	case IN_ENTITIES:
	case AT_END:
		break;
	}
	r->place = AT_END;
	return false;
}

/* Until the source says that there is no more: only then a zip entry has been checked. */
static bool drain(struct data_reader *r, struct err *e)
{
	char rest[512];
	size_t got = 1;

	while (got > 0) {
		if (!r->source.read(&r->source, rest, sizeof(rest), &got, e))
			return false;
	}
	r->form.trailing = r->last == '\n';
	return true;
}

bool data_reader_next(struct data_reader *r, struct arena *page, struct package_event *ev,
		      struct err *e)
{
	struct package_event out = { 0 };
	struct xml_event at;

	for (bool found = false; !found;) {
		if (!xml_next(r->xml, &at, e))
			return false;
		if (at.kind == XML_END) {
			if (!drain(r, e))
				return false;
			*ev = (struct package_event){ .kind = PACKAGE_END, .file = r->name };
			return true;
		}
		if (at.kind == XML_CLOSE)
			found = closed(r, &at, &out);
		else if (at.kind == XML_OPEN && !opened(r, page, &at, &out, &found, e))
			return false;
	}
	out.table = str_dup(page, table_of(r));
	out.has_records = r->has_records;
	out.has_links = r->has_links;
	out.file = r->name;
	*ev = out;
	return true;
}

/* One element and nothing else. */
static bool read_fragment(struct data_reader *r, struct arena *page, struct package_event *out,
			  struct err *e)
{
	struct xml_event at;

	do {
		if (!xml_next(r->xml, &at, e))
			return false;
	} while (at.kind == XML_TEXT);
	if (str_eq(at.name, S("record"))) {
		if (!read_row(r, page, &at, out, e))
			return false;
	} else if (!str_eq(at.name, S("m2mrelationship"))) {
		return xml_fail(r->xml, e, "<%.*s> is neither <record> nor <m2mrelationship>",
				STR_ARG(str_sub(at.name, 0, 60)));
	} else if (!read_link(r, page, &at, out, e)) {
		return false;
	}
	if (r->strange > 0)
		return err_set(e, ERR_INPUT, "%s: %.*s does not belong there", r->name,
			       STR_ARG(r->first_strange));
	do {
		if (!xml_next(r->xml, &at, e))
			return false;
	} while (at.kind != XML_END);
	return true;
}

bool data_fragment_read(struct arena *page, struct source *in, const char *name, struct str table,
			struct data_translate *t, struct package_event *ev, struct err *e)
{
	DEFER(data_reader_close) struct data_reader *r = NULL;
	struct package_event out = { .has_records = true };

	if (!data_reader_open(&r, page, in, name, e))
		return false;
	r->translate = t;
	buf_add(&r->table, table);
	if (!read_fragment(r, page, &out, e))
		return false;
	out.table = str_dup(page, table);
	out.file = r->name;
	*ev = out;
	return true;
}
