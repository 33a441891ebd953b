/* SPDX-License-Identifier: MIT */
/*
 * Writing metadata: the path of a request leads to an item, and item and method to what is done.
 */
#include "org/metadata_api.h"

#include "org/code.h"
#include "org/metadata_body.h"

#include "base/banned.h"

struct change {
	enum method method;
	/* the collection that the path ends in, at the root or below a table */
	struct str collection;
	bool keyed;
	bool (*root)(struct call *c, struct err *e);
	bool (*item)(struct call *c, const struct metadata_item *item, struct err *e);
};

static const struct change CHANGES[] = {
	{ METHOD_POST, STR_INIT("EntityDefinitions"), false, metadata_create_table, NULL },
	{ METHOD_PUT, STR_INIT("EntityDefinitions"), true, NULL, metadata_update_table },
	{ METHOD_DELETE, STR_INIT("EntityDefinitions"), true, NULL, metadata_delete_table },
	{ METHOD_POST, STR_INIT("Attributes"), false, NULL, metadata_create_column },
	{ METHOD_PUT, STR_INIT("Attributes"), true, NULL, metadata_update_column },
	{ METHOD_DELETE, STR_INIT("Attributes"), true, NULL, metadata_delete_column },
	{ METHOD_POST, STR_INIT("Keys"), false, NULL, metadata_create_key },
	{ METHOD_DELETE, STR_INIT("Keys"), true, NULL, metadata_delete_key },
	{ METHOD_POST, STR_INIT("RelationshipDefinitions"), false, metadata_create_relationship,
	  NULL },
	{ METHOD_PUT, STR_INIT("RelationshipDefinitions"), true, NULL,
	  metadata_update_relationship },
	{ METHOD_DELETE, STR_INIT("RelationshipDefinitions"), true, NULL,
	  metadata_delete_relationship },
	{ METHOD_POST, STR_INIT("GlobalOptionSetDefinitions"), false, metadata_create_choice,
	  NULL },
	{ METHOD_PUT, STR_INIT("GlobalOptionSetDefinitions"), true, NULL, metadata_update_choice },
	{ METHOD_DELETE, STR_INIT("GlobalOptionSetDefinitions"), true, NULL,
	  metadata_delete_choice },
};

/* Clients cast what they change: Attributes(...)/Microsoft.Dynamics.CRM.StringAttributeMetadata. */
static size_t without_cast(const struct url *url)
{
	size_t n = url->nsegments;

	if (n > 1 && str_starts(url->segments[n - 1].name, S("Microsoft.Dynamics.CRM.")) &&
	    !url->segments[n - 1].has_key)
		n--;
	return n;
}

static const struct change *find_change(const struct call *c, size_t n)
{
	const struct url_segment *last = &c->url.segments[n - 1];

	for (size_t i = 0; i < COUNT_OF(CHANGES); i++) {
		const struct change *x = &CHANGES[i];
		bool below = !metadata_is_root(x->collection);

		if (x->method == c->request->method && x->keyed == last->has_key &&
		    str_eq(x->collection, last->name) && n == (below ? 2u : 1u))
			return x;
	}
	return NULL;
}

/* The item of the last key; for what is created, the table below which it will stand. */
static bool find_item(struct call *c, size_t n, struct metadata_item *out, struct err *e)
{
	const struct url_segment *s = c->url.segments;
	struct metadata_list list;

	if (!metadata_root(c->store, c->arena, s[0].name, &list, e) ||
	    !metadata_pick(c->store, &list, s[0].has_key ? s[0].key : S(""), out, e))
		return false;
	if (n == 1 || !s[1].has_key)
		return true;
	return metadata_children(c->store, c->arena, out, s[1].name, &list, e) &&
	       metadata_pick(c->store, &list, s[1].key, out, e);
}

bool metadata_write(struct call *c, struct err *e)
{
	size_t n = without_cast(&c->url);
	const struct change *x = find_change(c, n);
	struct str method = method_name(c->request->method);
	struct metadata_item item;

	if (!x)
		return err_set_code(e, ERR_NOT_ALLOWED, CODE_ODATA, "%.*s is not allowed on '%.*s'",
				    STR_ARG(method), STR_ARG(str_sub(c->request->target, 0, 200)));
	if (x->root)
		return x->root(c, e);
	return find_item(c, n, &item, e) && x->item(c, &item, e);
}
