/* SPDX-License-Identifier: MIT */
/*
 * Creating, changing and deleting relationships. A one-to-many relationship is made with its lookup.
 */
#include "org/metadata_relation.h"

#include "org/code.h"
#include "org/metadata_body.h"
#include "org/relations.h"
#include "org/store_alter.h"

#include "base/banned.h"

/* The lookup's column, pointing to `targets`. */
static bool read_lookup(struct call *c, const struct json *lookup, struct str table,
			struct str *targets, size_t ntargets, struct column *out, struct err *e)
{
	struct json typed = *lookup;
	struct json type = { .kind = JSON_STRING,
			     .text = S("Microsoft.Dynamics.CRM.LookupAttributeMetadata") };

	if (lookup->kind != JSON_OBJECT)
		return err_set_code(e, ERR_BAD_REQUEST, CODE_PAYLOAD,
				    "a one-to-many relationship comes with its Lookup");
	/* clients leave the type out, or name the complex one */
	typed.members = arena_array(c->arena, struct json_member, lookup->n + 1);
	typed.n = 0;
	for (size_t i = 0; i < lookup->n; i++) {
		if (!str_eq(lookup->members[i].name, S("@odata.type")))
			typed.members[typed.n++] = lookup->members[i];
	}
	typed.members[typed.n++] = (struct json_member){ S("@odata.type"), type };
	if (!metadata_new_column(c, &typed, table, out, e))
		return false;
	if (!column_is_lookup(out))
		return err_set_code(e, ERR_BAD_REQUEST, CODE_INVALID_ARGUMENT,
				    "column '%.*s' is no lookup", STR_ARG(out->name));
	if (ntargets > 1)
		out->type = COLUMN_CUSTOMER;
	out->targets = targets;
	out->ntargets = ntargets;
	return true;
}

/* A lookup that is there gets one more table to point to; a new one is made. */
static bool create_lookup(struct call *c, const struct json *body, struct err *e)
{
	const struct json *lookup = json_get(body, S("Lookup"));
	struct str *targets = arena_array(c->arena, struct str, 1);
	struct str child = metadata_text(c, body, S("ReferencingEntity"));
	const struct table *t;
	struct many_to_one r;
	struct column column;

	targets[0] = metadata_text(c, body, S("ReferencedEntity"));
	if (!metadata_table_named(c, child, &t, e) ||
	    !read_lookup(c, lookup ? lookup : &(struct json){ 0 }, child, targets, 1, &column, e))
		return false;

	const struct column *there = table_column(t, column.name);

	if (there && column_is_lookup(there)) {
		struct column more = *there;

		more.ntargets++;
		return metadata_new_lookup(c, body, &more, &r, e) &&
		       alter_add_target(c->store, c->arena, child, &r, e);
	}
	return metadata_new_lookup(c, body, &column, &r, e) &&
	       alter_add_column(c->store, c->arena, child, &column, &r, 1, e);
}

static struct str intersect_column(struct call *c, const struct table *t, const char *side,
				   bool self)
{
	/* a table with itself: accountidone, accountidtwo */
	return str_fmt(c->arena, "%.*s%s", STR_ARG(t->primary_id), self ? side : "");
}

static bool read_link(struct call *c, const struct json *body, struct many_to_many *out,
		      struct err *e)
{
	struct many_to_many mm = {
		.schema_name = metadata_text(c, body, S("SchemaName")),
		.intersect =
			str_lower_ascii(c->arena, metadata_text(c, body, S("IntersectEntityName"))),
		.table1 = metadata_text(c, body, S("Entity1LogicalName")),
		.table2 = metadata_text(c, body, S("Entity2LogicalName")),
		.navigation1 = metadata_text(c, body, S("Entity1NavigationPropertyName")),
		.navigation2 = metadata_text(c, body, S("Entity2NavigationPropertyName")),
		.unmanaged = true,
	};
	bool self = str_eq(mm.table1, mm.table2);
	const struct table *t1, *t2;

	if (!metadata_name("a relationship", mm.schema_name, e) ||
	    !metadata_table_named(c, mm.table1, &t1, e) ||
	    !metadata_table_named(c, mm.table2, &t2, e))
		return false;
	if (mm.intersect.n == 0)
		mm.intersect = str_lower_ascii(c->arena, mm.schema_name);
	if (!metadata_name("an intersect table", mm.intersect, e))
		return false;
	mm.column1 = intersect_column(c, t1, "one", self);
	mm.column2 = intersect_column(c, t2, "two", self);
	if (mm.navigation1.n == 0)
		mm.navigation1 = mm.schema_name;
	if (mm.navigation2.n == 0)
		mm.navigation2 = mm.schema_name;
	*out = mm;
	return true;
}

static bool create_link(struct call *c, const struct json *body, struct err *e)
{
	struct many_to_many mm;

	return read_link(c, body, &mm, e) && alter_add_link(c->store, c->arena, &mm, e);
}

bool metadata_create_relationship(struct call *c, struct err *e)
{
	struct json body;

	if (!metadata_body(c, &body, e))
		return false;

	struct str type = json_text(&body, S("@odata.type"));
	struct str name = metadata_text(c, &body, S("SchemaName"));
	bool many = str_ends(type, S("ManyToManyRelationshipMetadata"));

	if (!many && !str_ends(type, S("OneToManyRelationshipMetadata")))
		return err_set_code(e, ERR_BAD_REQUEST, CODE_PAYLOAD,
				    "@odata.type is neither OneToManyRelationshipMetadata nor "
				    "ManyToManyRelationshipMetadata");
	if (!(many ? create_link(c, &body, e) : create_lookup(c, &body, e)))
		return false;
	return metadata_made(
		c, metadata_path(c, "RelationshipDefinitions", definition_relationship_id(name)));
}

/* What a client may change later: what happens to the rows that point to one. */
bool metadata_update_relationship(struct call *c, const struct metadata_item *item, struct err *e)
{
	struct table t = *item->table;
	struct column column;
	struct many_to_one told;
	struct json body;

	if (!metadata_body(c, &body, e))
		return false;
	if (item->kind != METADATA_LOOKUP)
		return metadata_made(c, metadata_echo(c));
	column = *table_column(&t, item->lookup->column);
	if (!metadata_new_lookup(c, &body, &column, &told, e))
		return false;
	t.many_to_one = arena_array(c->arena, struct many_to_one, t.nmany_to_one);
	for (size_t i = 0; i < t.nmany_to_one; i++)
		t.many_to_one[i] = item->table->many_to_one[i];

	struct many_to_one *r = &t.many_to_one[item->lookup - item->table->many_to_one];

	if (json_get(&body, S("CascadeConfiguration"))) {
		r->on_delete = told.on_delete;
		r->on_assign = told.on_assign;
		r->on_share = told.on_share;
		r->on_unshare = told.on_unshare;
		r->on_reparent = told.on_reparent;
		r->on_merge = told.on_merge;
	}
	r->hierarchical = told.hierarchical;
	return alter_table(c->store, &t, e) && metadata_made(c, metadata_echo(c));
}

static bool check_deletable(bool unmanaged, struct str name, struct err *e)
{
	if (unmanaged)
		return true;
	return err_set_code(e, ERR_BAD_REQUEST, CODE_NOT_DELETABLE,
			    "relationship '%.*s' is part of a managed solution", STR_ARG(name));
}

bool metadata_delete_relationship(struct call *c, const struct metadata_item *item, struct err *e)
{
	if (item->kind == METADATA_LINK) {
		struct many_to_many mm = *item->link;

		mm.schema_name = str_dup(c->arena, mm.schema_name);
		mm.intersect = str_dup(c->arena, mm.intersect);
		mm.table1 = str_dup(c->arena, mm.table1);
		mm.table2 = str_dup(c->arena, mm.table2);
		return check_deletable(mm.unmanaged, mm.schema_name, e) &&
		       alter_drop_link(c->store, c->arena, &mm, e) && metadata_done(c);
	}
	return check_deletable(item->lookup->unmanaged, item->lookup->schema_name, e) &&
	       alter_drop_target(c->store, c->arena, str_dup(c->arena, item->table->name),
				 str_dup(c->arena, item->lookup->column),
				 str_dup(c->arena, item->lookup->target), e) &&
	       metadata_done(c);
}

/* CreateCustomerRelationships */

static bool read_customers(struct call *c, const struct json *list, struct str **targets,
			   struct str *child, struct err *e)
{
	if (!list || list->kind != JSON_ARRAY || list->n == 0)
		return err_set_code(e, ERR_BAD_REQUEST, CODE_INVALID_ARGUMENT,
				    "OneToManyRelationships is not an array of relationships");
	*targets = arena_array(c->arena, struct str, list->n);
	*child = metadata_text(c, &list->items[0], S("ReferencingEntity"));
	for (size_t i = 0; i < list->n; i++) {
		(*targets)[i] = metadata_text(c, &list->items[i], S("ReferencedEntity"));
		if (!str_eq(json_text(&list->items[i], S("ReferencingEntity")), *child))
			return err_set_code(e, ERR_BAD_REQUEST, CODE_INVALID_ARGUMENT,
					    "the relationships of one lookup have one "
					    "ReferencingEntity");
	}
	return true;
}

static bool answer_customers(struct call *c, const struct many_to_one *lookups, size_t n,
			     struct guid column, struct err *e)
{
	DEFER(json_writer_release) struct json_writer w = json_writer_make(call_sink(c));
	char id[GUID_TEXT_SIZE];

	call_json(c, 200);
	json_object(&w);
	json_key(&w, S("@odata.context"));
	json_str(&w,
		 call_context(c, S("Microsoft.Dynamics.CRM.CreateCustomerRelationshipsResponse")));
	json_key(&w, S("RelationshipIds"));
	json_array(&w);
	for (size_t i = 0; i < n; i++)
		json_str(&w, guid_format(definition_relationship_id(lookups[i].schema_name), id));
	json_array_end(&w);
	json_key(&w, S("AttributeId"));
	json_str(&w, guid_format(column, id));
	json_object_end(&w);
	return json_writer_finish(&w, e);
}

bool metadata_customer_relationships(struct call *c, struct err *e)
{
	const struct table *t;
	struct many_to_one *lookups;
	struct column column;
	struct str *targets = NULL;
	struct str child = S("");
	struct json body;

	if (!metadata_body(c, &body, e))
		return false;

	const struct json *list = json_get(&body, S("OneToManyRelationships"));
	const struct json *lookup = json_get(&body, S("Lookup"));

	if (!read_customers(c, list, &targets, &child, e) ||
	    !metadata_table_named(c, child, &t, e) ||
	    !read_lookup(c, lookup ? lookup : &(struct json){ 0 }, child, targets, list->n, &column,
			 e))
		return false;
	column.type = COLUMN_CUSTOMER;
	lookups = arena_array(c->arena, struct many_to_one, list->n);
	for (size_t i = 0; i < list->n; i++) {
		if (!metadata_new_lookup(c, &list->items[i], &column, &lookups[i], e))
			return false;
	}
	if (!alter_add_column(c->store, c->arena, child, &column, lookups, list->n, e) ||
	    !metadata_table_named(c, child, &t, e))
		return false;
	return answer_customers(c, lookups, list->n, definition_column_id(t, &column), e);
}
