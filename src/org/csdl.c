/* SPDX-License-Identifier: MIT */
/*
 * The document is written type by type. A navigation property whose other end is no table of this
 * organization is left out: every type that is named exists, so that a client's generator gets through.
 */
#include "org/csdl.h"

#include "base/map.h"
#include "io/xml.h"
#include "org/csdl_messages.h"
#include "org/query.h"

#include "base/banned.h"

#define EDMX "http://docs.oasis-open.org/odata/ns/edmx"
#define EDM "http://docs.oasis-open.org/odata/ns/edm"
#define CORE "Org.OData.Core.V1."
#define KEYS "OData.Community.Keys.V1."

/* A lookup seen from the table that it points to. */
struct inverse {
	const struct table *child;
	const struct many_to_one *lookup;
	size_t next; /* of the same parent, + 1; 0: the last one */
};

/* Navigation properties of one entity type, and where they lead. */
struct binding {
	struct str name;
	struct str set;
};

struct csdl {
	struct xml_writer *w;
	struct arena *arena; /* of the answer */
	bool annotations;
	const struct table **tables;
	size_t n;
	struct map by_name;
	VEC(struct inverse) inverses;
	size_t *first; /* of each table's inverses, + 1; the last is that of owners */
	VEC(struct binding) * bindings; /* of each table */
};

struct attribute {
	const char *name;
	struct str value;
};

static bool open_tag(struct csdl *c, const char *element, const struct attribute *attributes,
		     size_t n, struct err *e)
{
	if (!xml_write_open(c->w, str_from(element), e))
		return false;
	for (size_t i = 0; i < n; i++) {
		if (attributes[i].value.n > 0 &&
		    !xml_write_attr(c->w, str_from(attributes[i].name), attributes[i].value, e))
			return false;
	}
	return true;
}

static bool leaf(struct csdl *c, const char *element, const struct attribute *attributes, size_t n,
		 struct err *e)
{
	return open_tag(c, element, attributes, n, e) &&
	       xml_write_close(c->w, str_from(element), e);
}

/* Attributes whose value is empty are left out. */
#define OPEN(c, element, e, ...)                                                                   \
	open_tag((c), (element), (struct attribute[]){ __VA_ARGS__ },                              \
		 COUNT_OF(((struct attribute[]){ __VA_ARGS__ })), (e))
#define LEAF(c, element, e, ...)                                                                   \
	leaf((c), (element), (struct attribute[]){ __VA_ARGS__ },                                  \
	     COUNT_OF(((struct attribute[]){ __VA_ARGS__ })), (e))

static bool end(struct csdl *c, const char *element, struct err *e)
{
	return xml_write_close(c->w, str_from(element), e);
}

/* Labels are people's texts; what XML cannot hold is left out of them. */
static struct str printable(struct arena *a, struct str s)
{
	char *out = arena_alloc(a, s.n);
	size_t n = 0;

	for (size_t i = 0; i < s.n; i++) {
		if ((unsigned char)s.p[i] >= ' ')
			out[n++] = s.p[i];
	}
	return str_of(out, n);
}

static bool describe(struct csdl *c, struct str text, struct err *e)
{
	struct str s = str_trim(printable(c->arena, text));

	return !c->annotations || s.n == 0 ||
	       LEAF(c, "Annotation", e, { "Term", S(CORE "Description") }, { "String", s });
}

/* properties */

static struct str edm_type(const struct column *c)
{
	if (c->type == COLUMN_PARTYLIST || c->type == COLUMN_VIRTUAL)
		return S("");
	if (c->type == COLUMN_MANAGED)
		return S("mscrm.BooleanManagedProperty");
	return c->type == COLUMN_FILE ? S("Edm.Binary") : str_from(column_edm_type(c));
}

static bool write_read_only(struct csdl *c, struct err *e)
{
	return LEAF(c, "Annotation", e, { "Term", S(CORE "Computed") }, { "Bool", S("true") }) &&
	       OPEN(c, "Annotation", e, { "Term", S(CORE "Permissions") }) &&
	       xml_write_open(c->w, S("EnumMember"), e) &&
	       xml_write_text(c->w, S(CORE "PermissionType/Read"), e) && end(c, "EnumMember", e) &&
	       end(c, "Annotation", e);
}

static bool write_property(struct csdl *c, const struct column *column, struct err *e)
{
	struct str type = edm_type(column);
	struct str text = str_eq(type, S("Edm.String")) ? S("false") : S("");
	struct str number = str_eq(type, S("Edm.Decimal")) ? S("Variable") : S("");

	if (!column->read || type.n == 0 || query_form(column) == FORM_NOTHING)
		return true;
	if (!OPEN(c, "Property", e, { "Name", query_property(c->arena, column) }, { "Type", type },
		  { "Unicode", text }, { "Scale", number }) ||
	    !describe(c, column->display_name, e))
		return false;
	if (c->annotations && !column->create && !column->update && !write_read_only(c, e))
		return false;
	return end(c, "Property", e);
}

/* navigation properties */

/* Its number + 1; 0: it is none of this organization's. */
static size_t find_type(const struct csdl *c, struct str table)
{
	uint32_t at;

	if (str_eq(table, S("owner")))
		return c->n + 1;
	return map_get(&c->by_name, table, &at) ? at + 1 : 0;
}

static struct str type_name(struct csdl *c, size_t type)
{
	return type == c->n + 1
		       ? S("mscrm.principal")
		       : str_fmt(c->arena, "mscrm.%.*s", STR_ARG(c->tables[type - 1]->name));
}

/* An entity type that is being written. */
struct type {
	size_t number; /* of the table; c->n: that of owners */
	struct map names;
};

/* A name comes once in a type; of several relationships the first one has it. */
static bool claim(struct type *t, struct str name)
{
	uint32_t one = 1;

	return name.n > 0 && map_put(&t->names, name, &one);
}

static void bind(struct csdl *c, const struct type *t, struct str name, size_t target)
{
	struct str set = target <= c->n ? c->tables[target - 1]->entity_set : S("");

	if (set.n > 0 && t->number < c->n)
		*VEC_PUSH(c->arena, &c->bindings[t->number]) = (struct binding){ name, set };
}

/* The property that tells the id of the row at the other end. */
static struct str id_property(struct csdl *c, const struct table *t, const struct many_to_one *m)
{
	const struct column *column = table_column(t, m->column);

	return column ? query_property(c->arena, column)
		      : str_fmt(c->arena, "_%.*s_value", STR_ARG(m->column));
}

/* An intersect table's ids are properties like all others: by none of them leads a way to a row. */
static bool is_navigable(struct csdl *c, const struct table *t, const struct many_to_one *m)
{
	return !str_eq(id_property(c, t, m), m->navigation);
}

static bool write_lookup(struct csdl *c, struct type *t, const struct many_to_one *m, struct err *e)
{
	size_t target = find_type(c, m->target);
	const struct table *table = c->tables[t->number];

	if (target == 0 || !is_navigable(c, table, m) || !claim(t, m->navigation))
		return true;
	bind(c, t, m->navigation, target);

	struct str key = target == c->n + 1 ? S("ownerid") : c->tables[target - 1]->primary_id;

	return OPEN(c, "NavigationProperty", e, { "Name", m->navigation },
		    { "Type", type_name(c, target) }, { "Nullable", S("false") },
		    { "Partner", m->collection }) &&
	       LEAF(c, "ReferentialConstraint", e, { "Property", id_property(c, table, m) },
		    { "ReferencedProperty", key }) &&
	       end(c, "NavigationProperty", e);
}

static bool write_collection(struct csdl *c, struct type *t, struct str name, struct str table,
			     struct str partner, struct err *e)
{
	size_t target = find_type(c, table);

	if (target == 0 || !claim(t, name))
		return true;
	bind(c, t, name, target);
	return LEAF(
		c, "NavigationProperty", e, { "Name", name },
		{ "Type", str_fmt(c->arena, "Collection(%.*s)", STR_ARG(type_name(c, target))) },
		{ "Partner", partner });
}

static bool write_inverses(struct csdl *c, struct type *t, struct err *e)
{
	for (size_t i = c->first[t->number]; i > 0; i = c->inverses.p[i - 1].next) {
		const struct inverse *v = &c->inverses.p[i - 1];

		if (!write_collection(c, t, v->lookup->collection, v->child->name,
				      v->lookup->navigation, e))
			return false;
	}
	return true;
}

/* The navigation property at the other end; a table may not know all that others tell of it. */
static struct str partner_of(const struct csdl *c, struct str table, const struct many_to_many *m,
			     struct str name)
{
	size_t target = find_type(c, table);
	const struct many_to_many *same =
		target > 0 && target <= c->n ? table_link(c->tables[target - 1], m->schema_name)
					     : NULL;

	return same ? name : S("");
}

/* Both sides, when the relationship joins a table with itself. */
static bool write_links(struct csdl *c, struct type *t, const struct table *table, struct err *e)
{
	for (size_t i = 0; i < table->nmany_to_many; i++) {
		const struct many_to_many *m = &table->many_to_many[i];

		if (str_eq(m->table1, table->name) &&
		    !write_collection(c, t, m->navigation1, m->table2,
				      partner_of(c, m->table2, m, m->navigation2), e))
			return false;
		if (str_eq(m->table2, table->name) &&
		    !write_collection(c, t, m->navigation2, m->table1,
				      partner_of(c, m->table1, m, m->navigation1), e))
			return false;
	}
	return true;
}

/* types */

static bool write_key(struct csdl *c, struct str name, struct err *e)
{
	return xml_write_open(c->w, S("Key"), e) && LEAF(c, "PropertyRef", e, { "Name", name }) &&
	       end(c, "Key", e);
}

static bool write_key_part(struct csdl *c, const struct table *t, struct str column, struct err *e)
{
	const struct column *found = table_column(t, column);
	struct str name = found ? query_property(c->arena, found) : column;

	return OPEN(c, "Record", e, { "Type", S(KEYS "PropertyRef") }) &&
	       LEAF(c, "PropertyValue", e, { "Property", S("Alias") }, { "String", name }) &&
	       LEAF(c, "PropertyValue", e, { "Property", S("Name") }, { "PropertyPath", name }) &&
	       end(c, "Record", e);
}

static bool write_alternate_key(struct csdl *c, const struct table *t, const struct table_key *key,
				struct err *e)
{
	if (!OPEN(c, "Record", e, { "Type", S(KEYS "AlternateKey") }) ||
	    !OPEN(c, "PropertyValue", e, { "Property", S("Key") }) ||
	    !xml_write_open(c->w, S("Collection"), e))
		return false;
	for (size_t i = 0; i < key->ncolumns; i++) {
		if (!write_key_part(c, t, key->columns[i], e))
			return false;
	}
	return end(c, "Collection", e) && end(c, "PropertyValue", e) && end(c, "Record", e);
}

/* A key of rows is not the key of their type: it stands in an annotation, asked for or not. */
static bool write_alternate_keys(struct csdl *c, const struct table *t, struct err *e)
{
	if (t->nkeys == 0)
		return true;
	if (!OPEN(c, "Annotation", e, { "Term", S(KEYS "AlternateKeys") }) ||
	    !xml_write_open(c->w, S("Collection"), e))
		return false;
	for (size_t i = 0; i < t->nkeys; i++) {
		if (!write_alternate_key(c, t, &t->keys[i], e))
			return false;
	}
	return end(c, "Collection", e) && end(c, "Annotation", e);
}

static bool is_principal(const struct table *t)
{
	return str_eq(t->name, S("systemuser")) || str_eq(t->name, S("team"));
}

static bool write_properties(struct csdl *c, struct type *type, const struct table *t,
			     struct err *e)
{
	for (size_t i = 0; i < t->ncolumns; i++) {
		const struct column *column = &t->columns[i];

		if (!claim(type, query_property(c->arena, column)))
			continue;
		if (!write_property(c, column, e))
			return false;
	}
	return true;
}

static bool write_type(struct csdl *c, size_t number, struct err *e)
{
	const struct table *t = c->tables[number];
	struct type type = { .number = number, .names = map_make(c->arena) };
	bool owner = is_principal(t);

	if (!OPEN(c, "EntityType", e, { "Name", t->name },
		  { "BaseType", owner ? S("mscrm.principal") : S("mscrm.crmbaseentity") }))
		return false;
	if (!owner && !write_key(c, t->primary_id, e))
		return false;
	if (!write_properties(c, &type, t, e))
		return false;
	for (size_t i = 0; i < t->nmany_to_one; i++) {
		if (!write_lookup(c, &type, &t->many_to_one[i], e))
			return false;
	}
	return write_inverses(c, &type, e) && write_links(c, &type, t, e) &&
	       write_alternate_keys(c, t, e) && describe(c, t->display_name, e) &&
	       end(c, "EntityType", e);
}

/* What users and teams are alike: rows have an owner. */
static bool write_principal(struct csdl *c, struct err *e)
{
	struct type type = { .number = c->n, .names = map_make(c->arena) };

	return OPEN(c, "EntityType", e, { "Name", S("principal") },
		    { "BaseType", S("mscrm.crmbaseentity") }, { "Abstract", S("true") }) &&
	       write_key(c, S("ownerid"), e) &&
	       LEAF(c, "Property", e, { "Name", S("ownerid") }, { "Type", S("Edm.Guid") }) &&
	       write_inverses(c, &type, e) && end(c, "EntityType", e);
}

static bool write_types(struct csdl *c, struct err *e)
{
	if (!LEAF(c, "EntityType", e, { "Name", S("crmbaseentity") }, { "Abstract", S("true") }) ||
	    !LEAF(c, "EntityType", e, { "Name", S("expando") },
		  { "BaseType", S("mscrm.crmbaseentity") }, { "OpenType", S("true") }) ||
	    !write_principal(c, e))
		return false;
	for (size_t i = 0; i < c->n; i++) {
		if (!write_type(c, i, e))
			return false;
	}
	return true;
}

/* the container */

static bool write_set(struct csdl *c, size_t number, struct err *e)
{
	const struct table *t = c->tables[number];

	if (!OPEN(c, "EntitySet", e, { "Name", t->entity_set },
		  { "EntityType",
		    str_fmt(c->arena, "Microsoft.Dynamics.CRM.%.*s", STR_ARG(t->name)) }))
		return false;
	for (size_t i = 0; i < c->bindings[number].n; i++) {
		const struct binding *b = &c->bindings[number].p[i];

		if (!LEAF(c, "NavigationPropertyBinding", e, { "Path", b->name },
			  { "Target", b->set }))
			return false;
	}
	return end(c, "EntitySet", e);
}

static bool write_container(struct csdl *c, struct err *e)
{
	if (!OPEN(c, "EntityContainer", e, { "Name", S("System") }))
		return false;
	for (size_t i = 0; i < c->n; i++) {
		if (c->tables[i]->entity_set.n > 0 && !write_set(c, i, e))
			return false;
	}
	return csdl_write_imports(c->w, c->arena, e) && end(c, "EntityContainer", e);
}

/* the document */

static bool write_reference(struct csdl *c, const char *vocabulary, const char *alias,
			    struct err *e)
{
	struct str name = str_from(vocabulary);

	return OPEN(c, "edmx:Reference", e,
		    { "Uri", str_fmt(c->arena, "http://vocabularies.odata.org/%.*s.xml",
				     STR_ARG(name)) }) &&
	       LEAF(c, "edmx:Include", e, { "Namespace", name }, { "Alias", str_from(alias) }) &&
	       LEAF(c, "edmx:IncludeAnnotations", e, { "TermNamespace", name }) &&
	       end(c, "edmx:Reference", e);
}

static bool write_document(struct csdl *c, struct err *e)
{
	return xml_write_raw(c->w, S("<?xml version=\"1.0\" encoding=\"utf-8\"?>"), e) &&
	       OPEN(c, "edmx:Edmx", e, { "Version", S("4.0") }, { "xmlns:edmx", S(EDMX) }) &&
	       write_reference(c, "OData.Community.Keys.V1", "Keys", e) &&
	       write_reference(c, "OData.Community.Display.V1", "Display", e) &&
	       xml_write_open(c->w, S("edmx:DataServices"), e) &&
	       OPEN(c, "Schema", e, { "Namespace", S("Microsoft.Dynamics.CRM") },
		    { "Alias", S("mscrm") }, { "xmlns", S(EDM) }) &&
	       write_types(c, e) && csdl_write_messages(c->w, c->arena, e) &&
	       write_container(c, e) && end(c, "Schema", e) && end(c, "edmx:DataServices", e) &&
	       end(c, "edmx:Edmx", e) && xml_write_flush(c->w, e);
}

/* From the last table to the first, so that each list has the order of the names. */
static void invert(struct csdl *c)
{
	for (size_t i = c->n; i-- > 0;) {
		const struct table *t = c->tables[i];

		for (size_t k = t->nmany_to_one; k-- > 0;) {
			const struct many_to_one *m = &t->many_to_one[k];
			size_t parent = find_type(c, m->target);

			if (parent == 0 || !is_navigable(c, t, m))
				continue;
			*VEC_PUSH(c->arena, &c->inverses) =
				(struct inverse){ t, m, c->first[parent - 1] };
			c->first[parent - 1] = c->inverses.n;
		}
	}
}

static bool load(struct csdl *c, struct store *s, struct err *e)
{
	struct str *names;

	if (!store_table_names(s, c->arena, &names, &c->n, e))
		return false;
	c->tables = arena_array(c->arena, const struct table *, c->n);
	c->first = arena_array(c->arena, size_t, c->n + 1);
	c->bindings = arena_alloc_array(c->arena, c->n, sizeof(*c->bindings));
	c->by_name = map_make(c->arena);
	for (size_t i = 0; i < c->n; i++) {
		uint32_t index = (uint32_t)i;

		if (!store_table(s, names[i], &c->tables[i], e))
			return false;
		assert(c->tables[i]); /* its name is the file's own */
		map_put(&c->by_name, names[i], &index);
	}
	invert(c);
	return true;
}

bool csdl_read(struct call *c, struct err *e)
{
	const struct str *annotations = url_option(&c->url, S("annotations"));
	struct csdl csdl = { .arena = c->arena };

	csdl.annotations = c->prefer.everything ||
			   (annotations && str_eq_ascii_nocase(*annotations, S("true")));
	if (!load(&csdl, c->store, e))
		return false;
	c->answer->status = 200;
	call_header(c, S("Content-Type"), S("application/xml"));

	DEFER(xml_writer_release) struct xml_writer w = xml_writer_make(call_sink(c));

	w.line_end = S("");
	w.indent = S("");
	csdl.w = &w;
	return write_document(&csdl, e);
}
