/* SPDX-License-Identifier: MIT */
/*
 * What the writers of definitions share: properties as tables, labels, managed properties, ids.
 */
#ifndef FERRY_DV_DEFINITION_PART_H
#define FERRY_DV_DEFINITION_PART_H

#include "base/guid.h"
#include "dv/definition.h"

/*
 * One property of a kind of metadata. Its value is the same for every object (`constant`, JSON), or `put`
 * writes it. `types`: bits 1 << enum column_type of the columns that have it; 0: every object.
 */
struct definition_property {
	struct str name;
	unsigned types;
	struct str constant;
	void (*put)(struct json_writer *w, const void *subject);
};

/* Members of an object that is open: those of `select` that an object of this type (bits) has. */
void definition_put_members(struct json_writer *w, const struct definition_property *properties,
			    size_t n, unsigned type, const void *subject,
			    const struct definition_select *select);
/* Whether every object of the types (bits; 0: one without types) has the property. */
bool definition_knows(const struct definition_property *properties, size_t n, unsigned types,
		      struct str name);

/* Values. */
void definition_text(struct json_writer *w, struct str text); /* null when empty */
void definition_label(struct json_writer *w, struct str label, bool managed);
void definition_managed(struct json_writer *w, bool value, bool can_be_changed, struct str name);
void definition_value(struct json_writer *w, struct str value); /* {"Value": ...} */
void definition_names(struct json_writer *w, const struct str *names, size_t n);

/* `fixed` if it is not empty; else an id that the names give in every organization. */
struct str definition_id(struct str fixed, const char *kind, struct str outer, struct str inner,
			 char out[GUID_TEXT_SIZE]);

/* Members of objects inside others. */
void definition_put_text(struct json_writer *w, struct str key, struct str text);
void definition_put_flag(struct json_writer *w, struct str key, bool value);
void definition_put_raw(struct json_writer *w, struct str key, struct str json);
void definition_put_label(struct json_writer *w, struct str key, struct str label, bool managed);

#endif
