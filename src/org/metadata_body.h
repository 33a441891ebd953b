/* SPDX-License-Identifier: MIT */
/*
 * Bodies of requests that change metadata, and the structs that they become.
 */
#ifndef FERRY_ORG_METADATA_BODY_H
#define FERRY_ORG_METADATA_BODY_H

#include "org/call.h"
#include "org/metadata_item.h"

/* The body as an object. 400 0x80048d19. */
MUST_CHECK bool metadata_body(struct call *c, struct json *out, struct err *e);
/* 204 with OData-EntityId: the path below the service root. */
bool metadata_made(struct call *c, struct str path);
bool metadata_done(struct call *c);
/* "EntityDefinitions(<id>)" */
struct str metadata_path(struct call *c, const char *set, struct guid id);

/* The path of the request itself, as the platform answers a PUT. */
struct str metadata_echo(struct call *c);

/* A name that a publisher may give: new_Thing. 400. */
MUST_CHECK bool metadata_name(const char *what, struct str schema_name, struct err *e);
/* A text member that may be missing; a label's text in the base language. */
struct str metadata_text(struct call *c, const struct json *o, struct str name);
/* Whether a label that was told replaces the old one, into *label; one that is not told does not. */
void metadata_relabel(struct call *c, const struct json *o, struct str member, struct str *label);

/* A table that a URL or a body names: 404 and 400. Managed ones are refused where `own`. */
MUST_CHECK bool metadata_table_named(struct call *c, struct str name, const struct table **out,
				     struct err *e);

/* The same object with this LogicalName: a client need not send the lower case of its SchemaName. */
struct json metadata_named(struct call *c, const struct json *o, struct str logical_name);
/* A column from AttributeMetadata, with everything that the client did not tell. */
MUST_CHECK bool metadata_new_column(struct call *c, const struct json *o, struct str table,
				    struct column *out, struct err *e);
/* A lookup's relationship from OneToManyRelationshipMetadata, for this column of the child. */
MUST_CHECK bool metadata_new_lookup(struct call *c, const struct json *o, const struct column *c1,
				    struct many_to_one *out, struct err *e);

/*
 * What a first column of money brings: its base column, and the table's currency with its relationship and
 * exchange rate.
 */
void metadata_add_money(struct call *c, struct str table, const struct column *money,
			struct column out[3], struct many_to_one *lookup);

/* What each method does on a path; metadata_write.c chooses. */
MUST_CHECK bool metadata_create_table(struct call *c, struct err *e);
MUST_CHECK bool metadata_update_table(struct call *c, const struct metadata_item *item,
				      struct err *e);
MUST_CHECK bool metadata_delete_table(struct call *c, const struct metadata_item *item,
				      struct err *e);
MUST_CHECK bool metadata_create_column(struct call *c, const struct metadata_item *table,
				       struct err *e);
MUST_CHECK bool metadata_update_column(struct call *c, const struct metadata_item *item,
				       struct err *e);
MUST_CHECK bool metadata_delete_column(struct call *c, const struct metadata_item *item,
				       struct err *e);
MUST_CHECK bool metadata_create_key(struct call *c, const struct metadata_item *table,
				    struct err *e);
MUST_CHECK bool metadata_delete_key(struct call *c, const struct metadata_item *item,
				    struct err *e);
MUST_CHECK bool metadata_create_relationship(struct call *c, struct err *e);
MUST_CHECK bool metadata_update_relationship(struct call *c, const struct metadata_item *item,
					     struct err *e);
MUST_CHECK bool metadata_delete_relationship(struct call *c, const struct metadata_item *item,
					     struct err *e);
MUST_CHECK bool metadata_create_choice(struct call *c, struct err *e);
MUST_CHECK bool metadata_update_choice(struct call *c, const struct metadata_item *item,
				       struct err *e);
MUST_CHECK bool metadata_delete_choice(struct call *c, const struct metadata_item *item,
				       struct err *e);

#endif
