/* SPDX-License-Identifier: MIT */
/*
 * Tables of words.
 */
#include "dv/schema_words.h"

#include "base/banned.h"

static const struct str date_modes[] = {
	[DATE_MODE_UNSET] = STR_INIT(""),
	[DATE_MODE_ABSOLUTE] = STR_INIT("absolute"),
	[DATE_MODE_RELATIVE] = STR_INIT("relative"),
	[DATE_MODE_RELATIVE_DAILY] = STR_INIT("relativeDaily"),
};

bool schema_name_valid(struct str name)
{
	for (size_t i = 0; i < name.n; i++) {
		char c = name.p[i];

		if (!(c >= 'a' && c <= 'z') && !(c >= 'A' && c <= 'Z') && !(c >= '0' && c <= '9') &&
		    c != '_')
			return false;
	}
	return name.n <= SCHEMA_NAME_MAX;
}

bool schema_bool_parse(struct str word, bool *out)
{
	bool yes = str_eq(word, S("true")) || str_eq(word, S("1"));

	if (!yes && !str_eq(word, S("false")) && !str_eq(word, S("0")))
		return false;
	*out = yes;
	return true;
}

bool schema_date_mode_parse(struct str word, enum date_mode *out)
{
	for (size_t i = DATE_MODE_ABSOLUTE; i < COUNT_OF(date_modes); i++) {
		if (str_eq(date_modes[i], word)) {
			*out = (enum date_mode)i;
			return true;
		}
	}
	return false;
}

struct str schema_date_mode_word(enum date_mode mode)
{
	return date_modes[mode];
}

static void write_tag(struct buf *out, const struct xml_event *ev)
{
	buf_add(out, ev->kind == XML_OPEN ? S("<") : S("</"));
	buf_add(out, ev->name);
	for (size_t i = 0; i < ev->nattrs && ev->kind == XML_OPEN; i++) {
		buf_add_char(out, ' ');
		buf_add(out, ev->attrs[i].name);
		buf_add(out, S("=\""));
		xml_encode_attr(out, ev->attrs[i].value);
		buf_add_char(out, '"');
	}
	buf_add_char(out, '>');
}

bool schema_filter_text(struct xml *xml, struct buf *text, struct err *e)
{
	struct xml_event ev;
	int depth = 0;

	for (;;) {
		if (!xml_next(xml, &ev, e))
			return false;
		if (ev.kind == XML_CLOSE && depth == 0)
			return true;
		if (ev.kind == XML_OPEN || ev.kind == XML_CLOSE) {
			depth += ev.kind == XML_OPEN ? 1 : -1;
			write_tag(text, &ev);
		} else if (depth > 0) {
			xml_encode_text(text, ev.text);
		} else {
			buf_add(text, ev.text);
		}
	}
}

static const char *const none[] = { NULL };
static const char *const root_attributes[] = { "dateMode", "timestamp", NULL };
static const char *const root_children[] = { "entity", "entityImportOrder", NULL };
static const char *const entity_attributes[] = {
	"name",       "displayname", "etc", "primaryidfield", "primarynamefield", "disableplugins",
	"skipupdate", "forcecreate", NULL
};
static const char *const entity_children[] = { "fields", "relationships", "filter", NULL };
static const char *const field_attributes[] = { "updateCompare", "displayname", "name",
						"type",          "primaryKey",  "lookupType",
						"customfield",   "dateMode",    NULL };
static const char *const fields_children[] = { "field", NULL };
static const char *const relationships_children[] = { "relationship", NULL };
static const char *const relationship_attributes[] = { "name",
						       "manyToMany",
						       "isreflexive",
						       "relatedEntityName",
						       "m2mTargetEntity",
						       "m2mTargetEntityPrimaryKey",
						       "referencedAttribute",
						       "referencedEntity",
						       "referencingAttribute",
						       "referencingEntity",
						       NULL };
static const char *const order_children[] = { "entityName", NULL };

static const struct schema_element elements[] = {
	{ "entities", root_attributes, root_children },
	{ "entity", entity_attributes, entity_children },
	{ "fields", none, fields_children },
	{ "field", field_attributes, none },
	{ "relationships", none, relationships_children },
	{ "relationship", relationship_attributes, NULL },
	{ "filter", none, NULL },
	{ "entityImportOrder", none, order_children },
	{ "entityName", none, NULL },
};

const struct schema_element *schema_element_find(struct str name)
{
	for (size_t i = 0; i < COUNT_OF(elements); i++) {
		if (str_eq(str_from(elements[i].name), name))
			return &elements[i];
	}
	return NULL;
}

bool schema_word_among(const char *const *words, struct str word)
{
	for (; *words; words++) {
		if (str_eq(str_from(*words), word))
			return true;
	}
	return false;
}

/* facts/cmt-format.md 2.5, its last rows, and the platform's own names */
static const struct {
	struct str foreign, word;
} foreign_types[] = {
	{ STR_INIT("lookup"), STR_INIT("entityreference") },
	{ STR_INIT("customer"), STR_INIT("entityreference") },
	{ STR_INIT("integer"), STR_INIT("number") },
	{ STR_INIT("int"), STR_INIT("number") },
	{ STR_INIT("double"), STR_INIT("float") },
	{ STR_INIT("boolean"), STR_INIT("bool") },
	{ STR_INIT("memo"), STR_INIT("string") },
	{ STR_INIT("text"), STR_INIT("string") },
	{ STR_INIT("file"), STR_INIT("filedata") },
	{ STR_INIT("image"), STR_INIT("imagedata") },
	{ STR_INIT("picklist"), STR_INIT("optionsetvalue") },
	{ STR_INIT("choice"), STR_INIT("optionsetvalue") },
	{ STR_INIT("multiselectpicklist"), STR_INIT("optionsetvaluecollection") },
	{ STR_INIT("uniqueidentifier"), STR_INIT("guid") },
	{ STR_INIT("date"), STR_INIT("datetime") },
};

struct str schema_foreign_type(struct str word)
{
	for (size_t i = 0; i < COUNT_OF(foreign_types); i++) {
		if (str_eq_ascii_nocase(foreign_types[i].foreign, word))
			return foreign_types[i].word;
	}
	return S("");
}
