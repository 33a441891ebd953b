/* SPDX-License-Identifier: MIT */
/*
 * Reads data_schema.xml in one pass over its events. Tables, columns, relationships are collected on the
 * schema's arena; messages carry the line of the element that is at fault.
 */
#include "dv/schema.h"

#include "base/buf.h"
#include "base/file.h"
#include "base/limits.h"
#include "base/vec.h"
#include "io/xml.h"
#include "dv/schema_words.h"

#include "base/banned.h"

#define NAME_MAX_BYTES ((size_t)512) /* of an entity in entityImportOrder */

/* One schema being read. */
struct reader {
	struct arena *arena;
	struct xml *xml;
	struct schema *schema;
	size_t entities_cap;
	size_t import_order_cap;
	struct schema_entity *entity; /* the current one; moves when entities grow */
	size_t fields_cap;
	size_t relationships_cap;
};

static struct str copy_attr(struct reader *r, const struct xml_event *ev, struct str name)
{
	const struct str *value = xml_attr(ev, name);

	return value ? str_dup(r->arena, *value) : str_of(NULL, 0);
}

/* " of entity queue" or nothing */
static struct str place(struct reader *r)
{
	if (!r->entity)
		return S("");
	return str_fmt(r->arena, "entity %.*s: ", STR_ARG(r->entity->name));
}

static bool required_attr(struct reader *r, const struct xml_event *ev, struct str name,
			  struct str *out, struct err *e)
{
	const struct str *value = xml_attr(ev, name);

	if (!value || value->n == 0)
		return xml_fail(r->xml, e, "%.*s<%.*s> without %.*s", STR_ARG(place(r)),
				STR_ARG(ev->name), STR_ARG(name));
	*out = str_dup(r->arena, *value);
	return true;
}

static bool name_attr(struct reader *r, const struct xml_event *ev, struct str name,
		      struct str *out, struct err *e)
{
	struct str value = { 0 };

	if (!required_attr(r, ev, name, &value, e))
		return false;
	if (!schema_name_valid(value))
		return xml_fail(r->xml, e,
				"%.*s<%.*s> with %.*s=\"%.*s\": a logical name has only letters, "
				"digits and _, and at most %d of them",
				STR_ARG(place(r)), STR_ARG(ev->name), STR_ARG(name),
				STR_ARG(str_sub(value, 0, 60)), SCHEMA_NAME_MAX);
	*out = value;
	return true;
}

static bool bool_attr(struct reader *r, const struct xml_event *ev, struct str name, bool *out,
		      struct err *e)
{
	const struct str *value = xml_attr(ev, name);

	if (!value || schema_bool_parse(*value, out))
		return true;
	return xml_fail(r->xml, e, "%.*s%.*s=\"%.*s\" is none of true, false, 1, 0",
			STR_ARG(place(r)), STR_ARG(name), STR_ARG(*value));
}

static bool date_mode_attr(struct reader *r, const struct xml_event *ev, enum date_mode *out,
			   struct err *e)
{
	const struct str *value = xml_attr(ev, S("dateMode"));

	if (!value || schema_date_mode_parse(*value, out))
		return true;
	return xml_fail(r->xml, e,
			"%.*sdateMode=\"%.*s\" is none of absolute, relative, relativeDaily",
			STR_ARG(place(r)), STR_ARG(*value));
}

static void read_targets(struct reader *r, const struct xml_event *ev, struct schema_field *f)
{
	struct str_splitter parts = str_splitter(copy_attr(r, ev, S("lookupType")));
	size_t cap = 0;

	for (struct str part; str_split(&parts, '|', &part);) {
		part = str_trim(part);
		if (part.n == 0)
			continue;
		f->targets = vec_room(r->arena, f->targets, f->ntargets, &cap, sizeof(*f->targets));
		f->targets[f->ntargets++] = part;
	}
}

static bool fail_type(struct reader *r, struct str field, struct str word, struct err *e)
{
	DEFER(buf_release) struct buf words = buf_make(0);

	for (enum cmt_type t = CMT_STRING; t <= CMT_UNKNOWN; t++) {
		buf_add(&words, t == CMT_STRING ? S("") : S(", "));
		buf_add(&words, cmt_type_word(t));
	}
	return xml_fail(r->xml, e, "%.*sfield %.*s: \"%.*s\" is no field type; the types are %.*s",
			STR_ARG(place(r)), STR_ARG(field), STR_ARG(str_sub(word, 0, 60)),
			STR_ARG(buf_str(&words)));
}

static bool read_field(struct reader *r, const struct xml_event *ev, struct err *e)
{
	struct schema_entity *en = r->entity;
	struct schema_field f = { .line = ev->line };
	uint32_t index = (uint32_t)en->nfields;
	struct str word = { 0 };

	if (!name_attr(r, ev, S("name"), &f.name, e) || !required_attr(r, ev, S("type"), &word, e))
		return false;
	if (!cmt_type_parse(word, &f.type))
		return fail_type(r, f.name, word, e);
	f.display_name = copy_attr(r, ev, S("displayname"));
	if (!bool_attr(r, ev, S("primaryKey"), &f.primary_key, e) ||
	    !bool_attr(r, ev, S("updateCompare"), &f.update_compare, e) ||
	    !date_mode_attr(r, ev, &f.date_mode, e))
		return false;
	read_targets(r, ev, &f);
	if (!map_put(&en->by_name, f.name, &index))
		return xml_fail(r->xml, e, "%.*sfield %.*s comes twice, first on line %u",
				STR_ARG(place(r)), STR_ARG(f.name), en->fields[index].line);
	en->fields = vec_room(r->arena, en->fields, en->nfields, &r->fields_cap, sizeof(f));
	en->fields[en->nfields++] = f;
	return true;
}

static bool read_relationship(struct reader *r, const struct xml_event *ev, struct err *e)
{
	struct schema_entity *en = r->entity;
	struct schema_relationship rel = { .line = ev->line };

	if (!name_attr(r, ev, S("name"), &rel.name, e) ||
	    !bool_attr(r, ev, S("manyToMany"), &rel.many_to_many, e) ||
	    !bool_attr(r, ev, S("isreflexive"), &rel.reflexive, e))
		return false;
	rel.related = copy_attr(r, ev, S("relatedEntityName"));
	if (rel.many_to_many &&
	    (!name_attr(r, ev, S("m2mTargetEntity"), &rel.target, e) ||
	     !name_attr(r, ev, S("m2mTargetEntityPrimaryKey"), &rel.target_column, e)))
		return false;
	en->relationships = vec_room(r->arena, en->relationships, en->nrelationships,
				     &r->relationships_cap, sizeof(rel));
	en->relationships[en->nrelationships++] = rel;
	return true;
}

/* Calls `read` for each child of that name of the element that was just opened; skips the others. */
static bool read_children(struct reader *r, struct str name,
			  bool (*read)(struct reader *, const struct xml_event *, struct err *),
			  struct err *e)
{
	struct xml_event ev;

	for (;;) {
		if (!xml_next(r->xml, &ev, e))
			return false;
		if (ev.kind == XML_CLOSE)
			return true;
		if (ev.kind != XML_OPEN)
			continue;
		if (str_eq(ev.name, name) && !read(r, &ev, e))
			return false;
		if (!xml_skip(r->xml, e))
			return false;
	}
}

static bool read_filter(struct reader *r, const struct xml_event *open, struct err *e)
{
	DEFER(buf_release) struct buf text = buf_make(LIMIT_FILTER);
	struct schema_entity *en = r->entity;
	unsigned line = open->line;

	if (!schema_filter_text(r->xml, &text, e))
		return false;
	if (text.full)
		return xml_fail(r->xml, e, "%.*sthe filter is larger than %zu bytes",
				STR_ARG(place(r)), LIMIT_FILTER);
	if (str_trim(buf_str(&text)).n == 0)
		return true;
	if (en->filter.n > 0)
		return xml_fail(r->xml, e, "%.*sa second filter, the first is on line %u",
				STR_ARG(place(r)), en->filter_line);
	en->filter = str_dup(r->arena, buf_str(&text));
	en->filter_line = line;
	return true;
}

static bool read_entity_child(struct reader *r, const struct xml_event *ev, struct err *e)
{
	if (str_eq(ev->name, S("fields")))
		return read_children(r, S("field"), read_field, e);
	if (str_eq(ev->name, S("relationships")))
		return read_children(r, S("relationship"), read_relationship, e);
	if (str_eq(ev->name, S("filter")))
		return read_filter(r, ev, e);
	if (str_eq(ev->name, S("records")))
		return xml_fail(
			r->xml, e,
			"%.*s<records>: these are data and not their schema; were data.xml and "
			"data_schema.xml exchanged?",
			STR_ARG(place(r)));
	return xml_skip(r->xml, e);
}

/* The row's own column, when the entity does not say which it is. */
static void find_primary(struct schema_entity *en)
{
	for (size_t i = 0; i < en->nfields && en->primary_id.n == 0; i++) {
		if (en->fields[i].primary_key)
			en->primary_id = en->fields[i].name;
	}
}

static bool entity_attributes(struct reader *r, const struct xml_event *ev,
			      struct schema_entity *en, struct err *e)
{
	if (!name_attr(r, ev, S("name"), &en->name, e))
		return false;
	r->entity = en;
	en->display_name = copy_attr(r, ev, S("displayname"));
	en->primary_id = copy_attr(r, ev, S("primaryidfield"));
	en->primary_name = copy_attr(r, ev, S("primarynamefield"));
	return bool_attr(r, ev, S("disableplugins"), &en->disable_plugins, e) &&
	       bool_attr(r, ev, S("skipupdate"), &en->skip_update, e) &&
	       bool_attr(r, ev, S("forcecreate"), &en->force_create, e);
}

static bool read_entity(struct reader *r, const struct xml_event *open, struct err *e)
{
	struct schema *s = r->schema;
	struct schema_entity en = { .line = open->line, .by_name = map_make(r->arena) };
	uint32_t index = (uint32_t)s->nentities;
	struct xml_event ev;

	r->fields_cap = 0;
	r->relationships_cap = 0;
	if (!entity_attributes(r, open, &en, e))
		return false;
	if (!map_put(&s->by_name, en.name, &index))
		return xml_fail(r->xml, e, "entity %.*s comes twice, first on line %u",
				STR_ARG(en.name), s->entities[index].line);
	for (;;) {
		if (!xml_next(r->xml, &ev, e))
			return false;
		if (ev.kind == XML_CLOSE)
			break;
		if (ev.kind == XML_OPEN && !read_entity_child(r, &ev, e))
			return false;
	}
	find_primary(&en);
	r->entity = NULL;
	s->entities = vec_room(r->arena, s->entities, s->nentities, &r->entities_cap, sizeof(en));
	s->entities[s->nentities++] = en;
	return true;
}

static bool read_import_order(struct reader *r, struct err *e)
{
	struct schema *s = r->schema;
	struct xml_event ev;

	for (;;) {
		struct str name;

		if (!xml_next(r->xml, &ev, e))
			return false;
		if (ev.kind == XML_CLOSE)
			return true;
		if (ev.kind != XML_OPEN)
			continue;
		if (!str_eq(ev.name, S("entityName"))) {
			if (!xml_skip(r->xml, e))
				return false;
			continue;
		}
		if (!xml_inner_text(r->xml, r->arena, NAME_MAX_BYTES, &name, e))
			return false;
		s->import_order = vec_room(r->arena, s->import_order, s->nimport_order,
					   &r->import_order_cap, sizeof(name));
		s->import_order[s->nimport_order++] = str_trim(name);
	}
}

static bool read_root(struct reader *r, struct err *e)
{
	struct xml_event ev;

	do {
		if (!xml_next(r->xml, &ev, e))
			return false;
	} while (ev.kind == XML_TEXT);
	if (ev.kind != XML_OPEN || !str_eq(ev.name, S("entities")))
		return xml_fail(r->xml, e,
				"the first element is <%.*s>, not <entities>; is this the schema "
				"of a configuration migration?",
				STR_ARG(ev.name));
	return date_mode_attr(r, &ev, &r->schema->date_mode, e);
}

static bool read_document(struct reader *r, struct err *e)
{
	struct xml_event ev;

	if (!read_root(r, e))
		return false;
	for (;;) {
		bool ok = true;

		if (!xml_next(r->xml, &ev, e))
			return false;
		if (ev.kind == XML_END)
			return true;
		if (ev.kind != XML_OPEN)
			continue;
		if (str_eq(ev.name, S("entity")))
			ok = read_entity(r, &ev, e);
		else if (str_eq(ev.name, S("entityImportOrder")))
			ok = read_import_order(r, e);
		else
			ok = xml_skip(r->xml, e);
		if (!ok)
			return false;
	}
}

bool schema_read(struct arena *a, struct str bytes, const char *name, struct schema *out,
		 struct err *e)
{
	struct str_source source = str_source_make(bytes);
	struct schema s = { .bytes = bytes, .name = name, .by_name = map_make(a) };
	struct reader r = { .arena = a, .schema = &s };
	DEFER(xml_close) struct xml *xml = NULL;

	if (!xml_open(&xml, a, &source.source, name, e))
		return false;
	r.xml = xml;
	if (!read_document(&r, e))
		return false;
	*out = s;
	return true;
}

bool schema_read_file(struct arena *a, const char *path, struct schema *out, struct err *e)
{
	struct str bytes;

	return file_read(a, path, LIMIT_SCHEMA_FILE, &bytes, e) &&
	       schema_read(a, bytes, path, out, e);
}

const struct schema_entity *schema_entity(const struct schema *s, struct str name)
{
	uint32_t index;

	return map_get(&s->by_name, name, &index) ? &s->entities[index] : NULL;
}

const struct schema_field *schema_field(const struct schema_entity *en, struct str name)
{
	uint32_t index;

	return map_get(&en->by_name, name, &index) ? &en->fields[index] : NULL;
}
