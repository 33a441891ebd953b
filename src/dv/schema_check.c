/* SPDX-License-Identifier: MIT */
/*
 * The rules, first those that the file alone can break, then those that take an environment.
 */
#include "dv/schema_check.h"

#include "base/buf.h"
#include "base/limits.h"
#include "base/nearest.h"
#include "base/vec.h"
#include "dv/schema_filter.h"
#include "dv/schema_survey.h"

#include "base/banned.h"

static void tell(struct schema_check *c, enum finding_severity severity,
		 const struct schema_entity *en, unsigned line, struct str column,
		 struct str message)
{
	struct place at = { .line = line, .table = en->name, .column = column };

	findings_add(&c->findings, severity, at, "%.*s", STR_ARG(message));
}

#define NOTHING ((struct str){ 0 })
#define FMT(c, ...) str_fmt((c)->arena, __VA_ARGS__)

/* ---- the file itself ---- */

static const struct schema_field *marked_key(const struct schema_entity *en)
{
	for (size_t i = 0; i < en->nfields; i++) {
		if (en->fields[i].primary_key)
			return &en->fields[i];
	}
	return NULL;
}

static void check_key(struct schema_check *c, struct schema_entity *en)
{
	const struct schema_field *marked = marked_key(en);

	if (en->primary_id.n == 0 && marked)
		en->primary_id = marked->name;
	if (en->primary_id.n == 0) {
		tell(c, FINDING_WARNING, en, en->line, NOTHING,
		     S("primaryidfield is missing, and no field is the primary key"));
		return;
	}
	const struct schema_field *key = schema_field(en, en->primary_id);

	if (!key)
		tell(c, FINDING_WARNING, en, en->line, en->primary_id,
		     S("the primary key is not among the fields; the Configuration Migration Tool "
		       "gives new rows other ids then"));
	else if (key->type != CMT_GUID && key->type != CMT_UNKNOWN)
		tell(c, FINDING_ERROR, en, key->line, key->name,
		     S("the primary key is not of type guid"));
	else if (!key->primary_key)
		tell(c, FINDING_WARNING, en, key->line, key->name,
		     S("the primary key lacks primaryKey=\"true\""));
	/* the builder marks the keys of addresses, too, inside the tables that hold them */
	if (marked && !str_eq(marked->name, en->primary_id))
		tell(c, key && key->primary_key ? FINDING_NOTE : FINDING_ERROR, en, marked->line,
		     marked->name,
		     FMT(c, "primaryKey=\"true\", but primaryidfield is %.*s",
			 STR_ARG(en->primary_id)));
}

static bool is_reference(enum cmt_type type)
{
	return type == CMT_REFERENCE || type == CMT_OWNER || type == CMT_PARTYLIST;
}

static void check_lookup(struct schema_check *c, const struct schema_entity *en,
			 const struct schema_field *f)
{
	DEFER(buf_release) struct buf missing = buf_make(600);

	if (f->type == CMT_REFERENCE && f->ntargets == 0)
		tell(c, FINDING_WARNING, en, f->line, f->name,
		     S("a lookup without lookupType; the Configuration Migration Tool leaves its "
		       "values out"));
	if (f->ntargets > 0 && !is_reference(f->type) && f->type != CMT_UNKNOWN)
		tell(c, FINDING_WARNING, en, f->line, f->name,
		     FMT(c, "lookupType on a field of type %.*s", STR_ARG(cmt_type_word(f->type))));
	for (size_t i = 0; i < f->ntargets; i++) {
		if (str_eq(f->targets[i], S("*")) || schema_entity(&c->schema, f->targets[i]))
			continue;
		buf_add(&missing, missing.n > 0 ? S(", ") : S(""));
		buf_add(&missing, f->targets[i]);
	}
	if (missing.n > 0)
		tell(c, FINDING_WARNING, en, f->line, f->name,
		     FMT(c,
			 "points to %.*s, which the schema lacks: the rows must be in the target",
			 STR_ARG(buf_str(&missing))));
}

static void check_relationship(struct schema_check *c, const struct schema_entity *en,
			       const struct schema_relationship *rel)
{
	if (rel->name.n > 0 && !rel->many_to_many)
		tell(c, FINDING_NOTE, en, rel->line, rel->name,
		     S("not many-to-many; only lookups carry such a relationship"));
	if (!rel->many_to_many || rel->target.n == 0)
		return;
	if (!schema_entity(&c->schema, rel->target))
		tell(c, FINDING_WARNING, en, rel->line, rel->name,
		     FMT(c, "links to %.*s, which the schema lacks: the rows must be in the target",
			 STR_ARG(rel->target)));
	if (rel->related.n > 0 && !str_eq(rel->related, rel->name))
		tell(c, FINDING_NOTE, en, rel->line, rel->name,
		     FMT(c,
			 "named by the relationship; the Configuration Migration Tool names the "
			 "intersect table (relatedEntityName is %.*s)",
			 STR_ARG(rel->related)));
	if (str_eq(rel->target, en->name) != rel->reflexive)
		tell(c, FINDING_WARNING, en, rel->line, rel->name,
		     FMT(c, "isreflexive does not fit: it links %.*s to %.*s", STR_ARG(en->name),
			 STR_ARG(rel->target)));
}

static void check_repeated_relationships(struct schema_check *c, const struct schema_entity *en)
{
	struct map seen = map_make(c->arena);

	for (size_t i = 0; i < en->nrelationships; i++) {
		const struct schema_relationship *rel = &en->relationships[i];
		uint32_t index = (uint32_t)i;

		if (rel->name.n > 0 && !map_put(&seen, rel->name, &index))
			tell(c, FINDING_ERROR, en, rel->line, rel->name,
			     FMT(c, "the relationship comes twice, first on line %u",
				 en->relationships[index].line));
	}
}

static void check_entity(struct schema_check *c, size_t i)
{
	struct schema_entity *en = &c->schema.entities[i];

	if (en->nfields == 0)
		tell(c, FINDING_WARNING, en, en->line, NOTHING, S("the entity has no fields"));
	else
		check_key(c, en);
	for (size_t k = 0; k < en->nfields; k++)
		check_lookup(c, en, &en->fields[k]);
	for (size_t k = 0; k < en->nrelationships; k++)
		check_relationship(c, en, &en->relationships[k]);
	check_repeated_relationships(c, en);
	c->filters[i] = schema_filter_parse(&c->findings, en);
}

static void check_order(struct schema_check *c)
{
	for (size_t i = 0; i < c->schema.nimport_order; i++) {
		struct str name = c->schema.import_order[i];

		if (!schema_entity(&c->schema, name))
			findings_add(&c->findings, FINDING_WARNING, (struct place){ 0 },
				     "entityImportOrder names %.*s, which the schema lacks",
				     STR_ARG(str_sub(name, 0, 80)));
	}
}

void schema_check(struct arena *a, struct str bytes, const char *name, struct schema_check *out)
{
	*out = (struct schema_check){ .arena = a, .findings = findings_make(a, name) };
	out->whole = schema_survey(&out->findings, bytes, &out->schema);
	out->filters = arena_array(a, struct fetch *, out->schema.nentities);
	if (!out->whole) /* what seems to be missing may stand where nobody can read */
		return;
	for (size_t i = 0; i < out->schema.nentities; i++)
		check_entity(out, i);
	check_order(out);
}

static void columns_of_filter(struct schema_check *c, size_t i, const struct catalog *catalog)
{
	if (c->filters[i])
		schema_filter_columns(&c->findings, &c->schema, &c->schema.entities[i],
				      c->filters[i], catalog);
}

void schema_check_within(struct schema_check *c)
{
	for (size_t i = 0; i < c->schema.nentities; i++)
		columns_of_filter(c, i, NULL);
}

/* ---- what the environment has to tell ---- */

struct names {
	VEC(struct str) all;
	struct arena *arena;
};

static void name_node(struct names *n, const struct fetch_node *node)
{
	*VEC_PUSH(n->arena, &n->all) = node->table;
	for (size_t i = 0; i < node->nlinks; i++)
		name_node(n, &node->links[i]);
}

size_t schema_check_tables(const struct schema_check *c, struct str **names)
{
	struct names n = { .arena = c->arena };

	for (size_t i = 0; i < c->schema.nentities; i++) {
		*VEC_PUSH(n.arena, &n.all) = c->schema.entities[i].name;
		if (c->filters[i])
			name_node(&n, &c->filters[i]->entity);
	}
	*names = n.all.p;
	return n.all.n;
}

static void unknown_column(struct schema_check *c, const struct schema_entity *en,
			   const struct table *t, const struct schema_field *f)
{
	struct nearest near = nearest_to(f->name);

	for (size_t i = 0; i < t->ncolumns && c->findings.n < LIMIT_FINDINGS; i++)
		nearest_offer(&near, str_cstr(c->arena, t->columns[i].name));
	tell(c, FINDING_ERROR, en, f->line, f->name,
	     FMT(c, "the environment has no such column%s%s%s", near.best ? "; did you mean " : "",
		 near.best ? near.best : "", near.best ? "?" : ""));
}

static bool has(const struct str *names, size_t n, struct str name)
{
	for (size_t i = 0; i < n; i++) {
		if (str_eq(names[i], name))
			return true;
	}
	return false;
}

static void targets_against(struct schema_check *c, const struct schema_entity *en,
			    const struct schema_field *f, const struct column *column)
{
	for (size_t i = 0; i < f->ntargets && f->type == CMT_REFERENCE; i++) {
		if (str_eq(f->targets[i], S("*")) ||
		    has(column->targets, column->ntargets, f->targets[i]))
			continue;
		tell(c, FINDING_WARNING, en, f->line, f->name,
		     FMT(c, "does not point to %.*s in the environment", STR_ARG(f->targets[i])));
	}
}

static void field_against(struct schema_check *c, const struct schema_entity *en,
			  const struct table *t, const struct schema_field *f)
{
	const struct column *column = table_column(t, f->name);

	if (!column) {
		unknown_column(c, en, t, f);
		return;
	}
	enum cmt_type type = cmt_type_of(column->type);

	if (f->type != CMT_UNKNOWN && f->type != type)
		tell(c, FINDING_ERROR, en, f->line, f->name,
		     FMT(c, "is of type %.*s, but the environment's column is of type %.*s",
			 STR_ARG(cmt_type_word(f->type)), STR_ARG(cmt_type_word(type))));
	else
		targets_against(c, en, f, column);
	if (!column->read)
		tell(c, FINDING_WARNING, en, f->line, f->name,
		     S("the environment does not let this column be read"));
}

/* The column of the link's other end, seen from this table. */
static struct str far_column(const struct many_to_many *link, const struct schema_entity *en)
{
	return str_eq(link->table1, en->name) ? link->column2 : link->column1;
}

static bool leads(const struct many_to_many *link, struct str from, struct str to)
{
	return (str_eq(link->table1, from) && str_eq(link->table2, to)) ||
	       (str_eq(link->table2, from) && str_eq(link->table1, to));
}

static void no_relationship(struct schema_check *c, const struct schema_entity *en,
			    const struct table *t, const struct schema_relationship *rel)
{
	DEFER(buf_release) struct buf others = buf_make(600);

	for (size_t i = 0; i < t->nmany_to_many; i++) {
		if (!leads(&t->many_to_many[i], en->name, rel->target))
			continue;
		buf_add(&others, others.n > 0 ? S(", ") : S(""));
		buf_add(&others, t->many_to_many[i].intersect);
	}
	tell(c, FINDING_ERROR, en, rel->line, rel->name,
	     FMT(c, "the environment has no such many-to-many relationship%s%.*s",
		 others.n > 0 ? "; between these tables there is " : "",
		 STR_ARG(buf_str(&others))));
}

static void relationship_against(struct schema_check *c, const struct schema_entity *en,
				 const struct table *t, const struct schema_relationship *rel)
{
	const struct many_to_many *link = table_link(t, rel->name);

	if (!rel->many_to_many || rel->name.n == 0)
		return;
	if (!link) {
		no_relationship(c, en, t, rel);
		return;
	}
	bool told = rel->related.n > 0 && !str_eq(rel->related, rel->name);

	if (!str_eq(link->intersect, rel->name) && !told)
		tell(c, FINDING_NOTE, en, rel->line, rel->name,
		     FMT(c,
			 "named by the relationship; the Configuration Migration Tool names the "
			 "intersect table, %.*s",
			 STR_ARG(link->intersect)));
	if (rel->target.n > 0 && !leads(link, en->name, rel->target))
		tell(c, FINDING_ERROR, en, rel->line, rel->name,
		     FMT(c, "links %.*s to %.*s in the environment, not to %.*s",
			 STR_ARG(link->table1), STR_ARG(link->table2), STR_ARG(rel->target)));
	else if (rel->target_column.n > 0 && !str_eq(rel->target_column, far_column(link, en)) &&
		 !str_eq(link->table1, link->table2))
		tell(c, FINDING_WARNING, en, rel->line, rel->name,
		     FMT(c,
			 "m2mTargetEntityPrimaryKey is %.*s, but the intersect table's column is %.*s",
			 STR_ARG(rel->target_column), STR_ARG(far_column(link, en))));
}

static void entity_against(struct schema_check *c, size_t i, const struct catalog *catalog)
{
	const struct schema_entity *en = &c->schema.entities[i];
	const struct table *t = catalog_find(catalog, en->name);

	if (en->name.n > 0 && !t)
		tell(c, FINDING_ERROR, en, en->line, NOTHING,
		     S("the environment has no such table"));
	if (!t)
		return;
	if (en->primary_id.n > 0 && !str_eq(en->primary_id, t->primary_id))
		tell(c, FINDING_ERROR, en, en->line, en->primary_id,
		     FMT(c, "the environment's primary key is %.*s", STR_ARG(t->primary_id)));
	if (en->primary_name.n > 0 && !str_eq(en->primary_name, t->primary_name))
		tell(c, FINDING_WARNING, en, en->line, en->primary_name,
		     FMT(c, "primarynamefield is \"%.*s\" in the environment",
			 STR_ARG(t->primary_name)));
	for (size_t k = 0; k < en->nfields; k++)
		field_against(c, en, t, &en->fields[k]);
	for (size_t k = 0; k < en->nrelationships; k++)
		relationship_against(c, en, t, &en->relationships[k]);
	columns_of_filter(c, i, catalog);
}

void schema_check_against(struct schema_check *c, const struct catalog *catalog)
{
	for (size_t i = 0; i < c->schema.nentities && c->whole; i++)
		entity_against(c, i, catalog);
}
