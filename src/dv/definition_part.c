/* SPDX-License-Identifier: MIT */
/*
 * Properties as tables, labels, managed properties, ids.
 */
#include "dv/definition_part.h"

#include "base/banned.h"

#define LANGUAGE 1033 /* of all labels: English */

static bool is_selected(const struct definition_select *select, struct str name)
{
	if (!select || select->n == 0)
		return true;
	for (size_t i = 0; i < select->n; i++) {
		if (str_eq(select->names[i], name))
			return true;
	}
	return str_eq(name, S("MetadataId"));
}

void definition_put_members(struct json_writer *w, const struct definition_property *properties,
			    size_t n, unsigned type, const void *subject,
			    const struct definition_select *select)
{
	for (size_t i = 0; i < n; i++) {
		const struct definition_property *p = &properties[i];

		if ((p->types != 0 && !(p->types & type)) || !is_selected(select, p->name))
			continue;
		json_key(w, p->name);
		if (p->put)
			p->put(w, subject);
		else
			json_raw(w, p->constant);
	}
}

bool definition_knows(const struct definition_property *properties, size_t n, unsigned types,
		      struct str name)
{
	for (size_t i = 0; i < n; i++) {
		if (str_eq(properties[i].name, name) &&
		    (properties[i].types == 0 || (properties[i].types & types) == types))
			return true;
	}
	return false;
}

bool definition_is_custom(struct str schema_name)
{
	size_t at = str_find_char(schema_name, '_');

	return at != STR_NONE && at >= 2 && at <= 8 && schema_name.p[0] >= 'a' &&
	       schema_name.p[0] <= 'z';
}

struct str definition_id(struct str fixed, const char *kind, struct str outer, struct str inner,
			 char out[GUID_TEXT_SIZE])
{
	DEFER(buf_release) struct buf names = buf_make(0);
	struct guid g;

	if (fixed.n > 0 && guid_parse(fixed, &g))
		return guid_format(g, out);
	buf_add_fmt(&names, "%s/%.*s/%.*s", kind, STR_ARG(outer), STR_ARG(inner));

	uint64_t low = hash_bytes(buf_str(&names));

	buf_add_char(&names, '/');

	uint64_t high = hash_bytes(buf_str(&names));

	for (size_t i = 0; i < 8; i++) {
		g.b[i] = (uint8_t)(low >> (8 * i));
		g.b[8 + i] = (uint8_t)(high >> (8 * i));
	}
	/* version 8, made by a rule of one's own, and the usual variant */
	g.b[6] = (uint8_t)(0x80 | (g.b[6] & 0x0f));
	g.b[8] = (uint8_t)(0x80 | (g.b[8] & 0x3f));
	return guid_format(g, out);
}

void definition_text(struct json_writer *w, struct str text)
{
	if (text.n > 0)
		json_str(w, text);
	else
		json_null(w);
}

void definition_put_text(struct json_writer *w, struct str key, struct str text)
{
	json_key(w, key);
	definition_text(w, text);
}

void definition_put_flag(struct json_writer *w, struct str key, bool value)
{
	json_key(w, key);
	json_bool(w, value);
}

void definition_put_raw(struct json_writer *w, struct str key, struct str json)
{
	json_key(w, key);
	json_raw(w, json);
}

void definition_put_label(struct json_writer *w, struct str key, struct str label, bool managed)
{
	json_key(w, key);
	definition_label(w, label, managed);
}

static void write_localized(struct json_writer *w, struct str label, bool managed)
{
	char id[GUID_TEXT_SIZE];

	json_object(w);
	definition_put_text(w, S("Label"), label);
	json_key(w, S("LanguageCode"));
	json_i64(w, LANGUAGE);
	definition_put_flag(w, S("IsManaged"), managed);
	definition_put_text(w, S("MetadataId"), definition_id(S(""), "label", label, S(""), id));
	definition_put_raw(w, S("HasChanged"), S("null"));
	json_object_end(w);
}

void definition_label(struct json_writer *w, struct str label, bool managed)
{
	json_object(w);
	json_key(w, S("LocalizedLabels"));
	json_array(w);
	if (label.n > 0)
		write_localized(w, label, managed);
	json_array_end(w);
	json_key(w, S("UserLocalizedLabel"));
	if (label.n > 0)
		write_localized(w, label, managed);
	else
		json_null(w);
	json_object_end(w);
}

void definition_managed(struct json_writer *w, bool value, bool can_be_changed, struct str name)
{
	json_object(w);
	definition_put_flag(w, S("Value"), value);
	definition_put_flag(w, S("CanBeChanged"), can_be_changed);
	definition_put_text(w, S("ManagedPropertyLogicalName"), name);
	json_object_end(w);
}

void definition_value(struct json_writer *w, struct str value)
{
	json_object(w);
	definition_put_text(w, S("Value"), value);
	json_object_end(w);
}

void definition_names(struct json_writer *w, const struct str *names, size_t n)
{
	json_array(w);
	for (size_t i = 0; i < n; i++)
		json_str(w, names[i]);
	json_array_end(w);
}
