/* SPDX-License-Identifier: MIT */
/*
 * One pass over the events, guided by the tables of words: what stands where it should is taken, what does not
 * is told and skipped. A function that returns false has met the end of what can be read.
 */
#include "dv/schema_survey.h"

#include "base/limits.h"
#include "base/nearest.h"
#include "base/vec.h"
#include "io/xml.h"
#include "dv/schema_words.h"

#include "base/banned.h"

#define NAME_MAX_BYTES ((size_t)512)

struct survey {
	struct arena *arena;
	struct findings *findings;
	struct xml *xml;
	struct schema *schema;
	size_t entities_cap, order_cap;
	struct schema_entity *entity; /* the current one, or NULL */
	size_t fields_cap, relationships_cap;
};

static struct place here(const struct survey *s, unsigned line)
{
	return (struct place){ .line = line,
			       .table = s->entity ? s->entity->name : (struct str){ 0 } };
}

static struct place here_in(const struct survey *s, unsigned line, struct str column)
{
	struct place at = here(s, line);

	at.column = column;
	return at;
}

static bool broken(struct survey *s, const struct err *e)
{
	findings_add_err(s->findings, (struct place){ 0 }, "", e);
	return false;
}

static bool next(struct survey *s, struct xml_event *ev)
{
	struct err e;

	return xml_next(s->xml, ev, &e) || broken(s, &e);
}

static bool skip(struct survey *s)
{
	struct err e;

	return xml_skip(s->xml, &e) || broken(s, &e);
}

/* ---- words that nobody knows ---- */

static const char *known_word(const char *const *words, struct str word)
{
	struct nearest near = nearest_to(word);

	for (; *words; words++) {
		if (str_eq_ascii_nocase(str_from(*words), word))
			return *words;
		nearest_offer(&near, *words);
	}
	return near.best;
}

/* A misspelt word loses what it should have said; another one is somebody else's. */
static void tell_word(struct survey *s, unsigned line, const char *what, struct str element,
		      struct str word, const char *const *words)
{
	const char *meant = known_word(words, word);

	word = str_sub(word, 0, 80);
	if (meant)
		findings_add(s->findings, FINDING_ERROR, here(s, line),
			     "<%.*s> has no %s %.*s; did you mean %s?", STR_ARG(element), what,
			     STR_ARG(word), meant);
	else
		findings_add(s->findings, FINDING_WARNING, here(s, line),
			     "<%.*s> has no %s %.*s; it is passed over", STR_ARG(element), what,
			     STR_ARG(word));
}

static void check_attributes(struct survey *s, const struct xml_event *ev, const char *const *words)
{
	for (size_t i = 0; i < ev->nattrs; i++) {
		struct str name = ev->attrs[i].name;

		if (str_find_char(name, ':') != STR_NONE || str_eq(name, S("xmlns")) ||
		    schema_word_among(words, name))
			continue;
		tell_word(s, ev->line, "attribute", ev->name, name, words);
	}
}

/* ---- attributes ---- */

static struct str copy_attr(struct survey *s, const struct xml_event *ev, struct str name)
{
	const struct str *value = xml_attr(ev, name);

	return value ? str_dup(s->arena, *value) : (struct str){ 0 };
}

/* Empty when it is missing; `name` of the thing for the finding's place may be empty. */
static struct str required(struct survey *s, const struct xml_event *ev, struct str attribute,
			   struct str column)
{
	struct str value = copy_attr(s, ev, attribute);

	if (value.n == 0)
		findings_add(s->findings, FINDING_ERROR, here_in(s, ev->line, column),
			     "<%.*s> without %.*s", STR_ARG(ev->name), STR_ARG(attribute));
	return value;
}

/* As required; what is no name does not come further: nothing else would make sense of it. */
static struct str required_name(struct survey *s, const struct xml_event *ev, struct str attribute,
				struct str column)
{
	struct str name = required(s, ev, attribute, column);

	if (schema_name_valid(name))
		return name;
	findings_add(
		s->findings, FINDING_ERROR, here_in(s, ev->line, column),
		"<%.*s> with %.*s=\"%.*s\": a logical name has only letters, digits and _, and "
		"at most %d of them",
		STR_ARG(ev->name), STR_ARG(attribute), STR_ARG(str_sub(name, 0, 60)),
		SCHEMA_NAME_MAX);
	return (struct str){ 0 };
}

static bool flag(struct survey *s, const struct xml_event *ev, struct str attribute,
		 struct str column)
{
	const struct str *value = xml_attr(ev, attribute);
	bool yes = false;

	if (value && !schema_bool_parse(*value, &yes))
		findings_add(s->findings, FINDING_ERROR, here_in(s, ev->line, column),
			     "%.*s=\"%.*s\" is none of true, false, 1, 0", STR_ARG(attribute),
			     STR_ARG(str_sub(*value, 0, 80)));
	return yes;
}

static enum date_mode date_mode(struct survey *s, const struct xml_event *ev, struct str column)
{
	const struct str *value = xml_attr(ev, S("dateMode"));
	enum date_mode mode = DATE_MODE_UNSET;

	if (value && !schema_date_mode_parse(*value, &mode))
		findings_add(s->findings, FINDING_ERROR, here_in(s, ev->line, column),
			     "dateMode=\"%.*s\" is none of absolute, relative, relativeDaily",
			     STR_ARG(str_sub(*value, 0, 80)));
	return mode;
}

static void targets(struct survey *s, const struct xml_event *ev, struct schema_field *f)
{
	struct str_splitter parts = str_splitter(copy_attr(s, ev, S("lookupType")));
	size_t cap = 0;

	for (struct str part; str_split(&parts, '|', &part);) {
		part = str_trim(part);
		if (part.n == 0)
			continue;
		f->targets = vec_room(s->arena, f->targets, f->ntargets, &cap, sizeof(*f->targets));
		f->targets[f->ntargets++] = part;
	}
}

/* ---- elements ---- */

static void tell_type(struct survey *s, unsigned line, struct str column, struct str word)
{
	struct str meant = schema_foreign_type(word);
	struct nearest near = nearest_to(word);

	for (enum cmt_type t = CMT_STRING; t <= CMT_UNKNOWN && s->findings->n < LIMIT_FINDINGS; t++)
		nearest_offer(&near, str_cstr(s->arena, cmt_type_word(t)));
	if (meant.n == 0)
		meant = str_from(near.best);
	word = str_sub(word, 0, 80);
	findings_add(s->findings, FINDING_ERROR, here_in(s, line, column),
		     "\"%.*s\" is no field type%s%.*s%s", STR_ARG(word),
		     meant.n > 0 ? "; did you mean " : "", STR_ARG(meant), meant.n > 0 ? "?" : "");
}

static enum cmt_type type_of(struct survey *s, const struct xml_event *ev, struct str column)
{
	struct str word = required(s, ev, S("type"), column);
	enum cmt_type type = CMT_UNKNOWN;

	if (word.n > 0 && !cmt_type_parse(word, &type))
		tell_type(s, ev->line, column, word);
	else if (word.n > 0 && type == CMT_UNKNOWN)
		findings_add(s->findings, FINDING_WARNING, here_in(s, ev->line, column),
			     "values of type unknown are not carried");
	return type;
}

static void put_field(struct survey *s, const struct schema_field *f)
{
	struct schema_entity *en = s->entity;
	uint32_t index = (uint32_t)en->nfields;

	if (!map_put(&en->by_name, f->name, &index))
		findings_add(s->findings, FINDING_ERROR, here_in(s, f->line, f->name),
			     "the field comes twice, first on line %u", en->fields[index].line);
	en->fields = vec_room(s->arena, en->fields, en->nfields, &s->fields_cap, sizeof(*f));
	en->fields[en->nfields++] = *f;
}

static void read_field(struct survey *s, const struct xml_event *ev)
{
	struct schema_field f = { .line = ev->line };

	f.name = required_name(s, ev, S("name"), (struct str){ 0 });
	f.display_name = copy_attr(s, ev, S("displayname"));
	f.type = type_of(s, ev, f.name);
	f.primary_key = flag(s, ev, S("primaryKey"), f.name);
	f.update_compare = flag(s, ev, S("updateCompare"), f.name);
	flag(s, ev, S("customfield"), f.name);
	f.date_mode = date_mode(s, ev, f.name);
	targets(s, ev, &f);
	if (f.name.n > 0)
		put_field(s, &f);
}

static void read_relationship(struct survey *s, const struct xml_event *ev)
{
	struct schema_entity *en = s->entity;
	struct schema_relationship rel = { .line = ev->line };

	assert(en);
	rel.name = required_name(s, ev, S("name"), (struct str){ 0 });
	rel.many_to_many = flag(s, ev, S("manyToMany"), rel.name);
	rel.reflexive = flag(s, ev, S("isreflexive"), rel.name);
	rel.related = copy_attr(s, ev, S("relatedEntityName"));
	if (rel.many_to_many) {
		rel.target = required_name(s, ev, S("m2mTargetEntity"), rel.name);
		rel.target_column = required_name(s, ev, S("m2mTargetEntityPrimaryKey"), rel.name);
	}
	en->relationships = vec_room(s->arena, en->relationships, en->nrelationships,
				     &s->relationships_cap, sizeof(rel));
	en->relationships[en->nrelationships++] = rel;
}

static void read_entity(struct survey *s, const struct xml_event *ev)
{
	struct schema *schema = s->schema;
	struct schema_entity en = { .line = ev->line, .by_name = map_make(s->arena) };
	uint32_t index = (uint32_t)schema->nentities;

	s->entity = NULL;
	s->fields_cap = 0;
	s->relationships_cap = 0;
	en.name = required_name(s, ev, S("name"), (struct str){ 0 });
	if (en.name.n > 0 && !map_put(&schema->by_name, en.name, &index))
		findings_add(s->findings, FINDING_ERROR,
			     (struct place){ .line = ev->line, .table = en.name },
			     "the entity comes twice, first on line %u",
			     schema->entities[index].line);
	schema->entities = vec_room(s->arena, schema->entities, schema->nentities, &s->entities_cap,
				    sizeof(en));
	s->entity = &schema->entities[schema->nentities++];
	*s->entity = en;
	s->entity->display_name = copy_attr(s, ev, S("displayname"));
	s->entity->primary_id = copy_attr(s, ev, S("primaryidfield"));
	s->entity->primary_name = copy_attr(s, ev, S("primarynamefield"));
	s->entity->disable_plugins = flag(s, ev, S("disableplugins"), (struct str){ 0 });
	s->entity->skip_update = flag(s, ev, S("skipupdate"), (struct str){ 0 });
	s->entity->force_create = flag(s, ev, S("forcecreate"), (struct str){ 0 });
}

static bool read_filter(struct survey *s, const struct xml_event *ev)
{
	DEFER(buf_release) struct buf text = buf_make(LIMIT_FILTER);
	struct place at = here(s, ev->line);
	struct schema_entity *en = s->entity;
	struct err e;

	assert(en);
	if (!schema_filter_text(s->xml, &text, &e))
		return broken(s, &e);
	if (text.full)
		findings_add(s->findings, FINDING_ERROR, at, "the filter is larger than %zu bytes",
			     LIMIT_FILTER);
	else if (str_trim(buf_str(&text)).n > 0 && en->filter.n > 0)
		findings_add(s->findings, FINDING_ERROR, at,
			     "a second filter, the first is on line %u", en->filter_line);
	else if (str_trim(buf_str(&text)).n > 0) {
		en->filter = str_dup(s->arena, buf_str(&text));
		en->filter_line = at.line;
	}
	return true;
}

static bool read_order(struct survey *s)
{
	struct schema *schema = s->schema;
	struct str name;
	struct err e;

	if (!xml_inner_text(s->xml, s->arena, NAME_MAX_BYTES, &name, &e))
		return broken(s, &e);
	schema->import_order = vec_room(s->arena, schema->import_order, schema->nimport_order,
					&s->order_cap, sizeof(name));
	schema->import_order[schema->nimport_order++] = str_trim(name);
	return true;
}

/* What the element itself says; then what stands inside, to its end. */
static bool read_element(struct survey *s, const struct xml_event *ev);

static bool read_children(struct survey *s, const struct schema_element *element)
{
	struct str name = str_from(element->name);
	struct xml_event ev;

	for (;;) {
		if (!next(s, &ev))
			return false;
		if (ev.kind == XML_CLOSE || ev.kind == XML_END)
			return true;
		if (ev.kind == XML_TEXT && str_trim(ev.text).n > 0)
			findings_add(s->findings, FINDING_WARNING, here(s, ev.line),
				     "text inside <%.*s> is passed over", STR_ARG(name));
		if (ev.kind != XML_OPEN)
			continue;
		if (schema_word_among(element->children, ev.name)) {
			if (!read_element(s, &ev))
				return false;
			continue;
		}
		if (str_eq(ev.name, S("records")))
			findings_add(
				s->findings, FINDING_ERROR, here(s, ev.line),
				"<records>: these are data and not their schema; were data.xml "
				"and data_schema.xml exchanged?");
		else
			tell_word(s, ev.line, "element", name, ev.name, element->children);
		if (!skip(s))
			return false;
	}
}

static bool read_element(struct survey *s, const struct xml_event *ev)
{
	const struct schema_element *element = schema_element_find(ev->name);

	if (str_eq(ev->name, S("entity")))
		read_entity(s, ev);
	else if (str_eq(ev->name, S("entityImportOrder")))
		s->entity = NULL;
	check_attributes(s, ev, element->attributes);
	if (str_eq(ev->name, S("filter")))
		return read_filter(s, ev);
	if (str_eq(ev->name, S("entityName")))
		return read_order(s);
	if (str_eq(ev->name, S("field")))
		read_field(s, ev);
	if (str_eq(ev->name, S("relationship")))
		read_relationship(s, ev);
	return element->children ? read_children(s, element) : skip(s);
}

static bool read_document(struct survey *s)
{
	struct xml_event ev;

	do {
		if (!next(s, &ev))
			return false;
	} while (ev.kind == XML_TEXT);
	if (ev.kind != XML_OPEN || !str_eq(ev.name, S("entities"))) {
		findings_add(s->findings, FINDING_ERROR, (struct place){ .line = ev.line },
			     "the first element is <%.*s>, not <entities>; is this the schema of a "
			     "configuration migration?",
			     STR_ARG(str_sub(ev.name, 0, 80)));
		return false;
	}
	s->schema->date_mode = date_mode(s, &ev, (struct str){ 0 });
	if (!read_element(s, &ev))
		return false;
	return next(s, &ev); /* whatever follows the root is no schema and not well formed */
}

bool schema_survey(struct findings *f, struct str bytes, struct schema *out)
{
	struct str_source source = str_source_make(bytes);
	struct survey s = { .arena = f->arena, .findings = f, .schema = out };
	DEFER(xml_close) struct xml *xml = NULL;
	struct err e;

	*out = (struct schema){ .bytes = bytes, .name = f->name, .by_name = map_make(f->arena) };
	if (!xml_open(&xml, f->arena, &source.source, f->name, &e))
		return broken(&s, &e);
	s.xml = xml;
	return read_document(&s);
}
