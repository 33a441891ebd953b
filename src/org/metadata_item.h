/* SPDX-License-Identifier: MIT */
/*
 * What the metadata API shows, as one tree: tables with their columns, keys and relationships; relationships;
 * global choices. A list is what a URL or an expansion names; an item is written with the options of either.
 */
#ifndef FERRY_ORG_METADATA_ITEM_H
#define FERRY_ORG_METADATA_ITEM_H

#include "dv/definition.h"
#include "org/metadata_query.h"
#include "org/store.h"

enum metadata_kind {
	METADATA_TABLE,
	METADATA_COLUMN,
	METADATA_KEY,
	METADATA_LOOKUP, /* a one-to-many relationship */
	METADATA_LINK,   /* a many-to-many relationship */
	METADATA_CHOICE
};

struct metadata_item {
	enum metadata_kind kind;
	struct str name; /* of a table that is not loaded yet */
	const struct table *table;
	const struct column *column;
	const struct table_key *key;
	const struct many_to_one *lookup;
	const struct many_to_many *link;
	struct definition_choice choice;
};

/* Lists of relationships may hold lookups and links. */
struct metadata_list {
	enum metadata_kind kind;
	bool typed; /* items tell their class: it is not that of the list */
	const struct definition_class *class; /* of columns */
	struct metadata_item *items;
	size_t n;
};

/* The lists at the root, and those below an item; false with 404 when there is none of this name. */
MUST_CHECK bool metadata_root(struct store *s, struct arena *a, struct str name,
			      struct metadata_list *out, struct err *e);
bool metadata_is_root(struct str name);
bool metadata_is_list(const struct metadata_item *item, struct str name);
MUST_CHECK bool metadata_children(struct store *s, struct arena *a, struct metadata_item *item,
				  struct str name, struct metadata_list *out, struct err *e);
/* A single-valued one: OptionSet, GlobalOptionSet. out->choice.column is NULL when it is null. */
bool metadata_is_single(const struct metadata_item *item, struct str name);
struct metadata_item metadata_single(struct arena *a, const struct metadata_item *item,
				     struct str name);

/* Only the items of that class: PicklistAttributeMetadata. 404 when there is no such class here. */
MUST_CHECK bool metadata_cast(struct arena *a, struct metadata_list *list, struct str class_name,
			      struct err *e);
/* By LogicalName='x', SchemaName='x', Name='x', MetadataId=<id> or the id alone; 404. */
MUST_CHECK bool metadata_pick(struct store *s, const struct metadata_list *list, struct str key,
			      struct metadata_item *out, struct err *e);

/* Loads the table of an item. 404 when it is gone. */
MUST_CHECK bool metadata_load(struct store *s, struct metadata_item *item, struct err *e);
/* Whether the items of the list have the property; what it is called in messages. */
bool metadata_has(const struct metadata_list *list, struct str property);
struct str metadata_class_name(const struct metadata_list *list);
/* The members of an item in an object that is open. */
void metadata_members(struct json_writer *w, const struct metadata_item *item, bool typed,
		      const struct definition_select *select);
struct guid metadata_id(const struct metadata_item *item);

#endif
