/* SPDX-License-Identifier: MIT */
/*
 * Changes of metadata. A table is changed as a copy of its struct, which is then written as its definition.
 */
#include "org/store_alter.h"

#include "org/code.h"
#include "org/relations.h"
#include "org/store_alter_copy.h"
#include "org/store_schema.h"

#include "base/banned.h"

#define FIRST_FREE_CODE 10000 /* of object types that are no part of the platform */

/* tables */

static bool code_is_taken(struct store *s, int32_t code, bool *taken, int32_t *highest,
			  struct err *e)
{
	struct stmt *st;
	bool row;

	if (!store_statement(s,
			     S("select max(code), sum(code = ?1) from (select "
			       "json_extract(definition, '$.objectTypeCode') as code from "
			       "ferry_table)"),
			     &st, e))
		return false;
	stmt_bind_i64(st, 1, code);
	if (!stmt_step(st, &row, e))
		return false;
	*highest = row ? (int32_t)stmt_i64(st, 0) : 0;
	*taken = row && stmt_i64(st, 1) > 0;
	stmt_reset(st);
	return true;
}

static bool choose_code(struct store *s, struct table *t, struct err *e)
{
	int32_t highest;
	bool taken;

	if (!code_is_taken(s, t->object_type_code, &taken, &highest, e))
		return false;
	if (t->object_type_code == 0 || taken)
		t->object_type_code = highest < FIRST_FREE_CODE ? FIRST_FREE_CODE : highest + 1;
	return true;
}

static bool check_new_table(struct store *s, const struct table *t, struct err *e)
{
	const struct table *other;

	if (!store_table(s, t->name, &other, e))
		return false;
	if (other)
		return alter_invalid(e, CODE_TABLE_EXISTS, "there is a table of this name",
				     t->name);
	if (!store_table_of_set(s, t->entity_set, &other, e))
		return false;
	if (other)
		return alter_invalid(e, CODE_TABLE_EXISTS, "there is a table with this entity set",
				     t->entity_set);
	return true;
}

/* What the file itself is made of is no name for a table. */
static bool check_name(const struct table *t, struct err *e)
{
	if (str_starts(t->name, S("ferry_")) || str_starts(t->name, S("sqlite_")))
		return alter_invalid(e, CODE_INVALID_ARGUMENT, "this name is reserved", t->name);
	return true;
}

static bool primary_of(void *context, struct str table, struct str *out, struct err *e)
{
	const struct table *t;

	if (!store_table(context, table, &t, e))
		return false;
	*out = t ? t->primary_id : S("");
	return true;
}

static bool create_intersect(struct store *s, struct arena *a, const struct many_to_many *mm,
			     struct err *e)
{
	const struct table *there;
	struct table t;

	if (!store_table(s, mm->intersect, &there, e))
		return false;
	if (there)
		return there->is_intersect ||
		       alter_invalid(e, CODE_INVALID_INTERSECT,
				     "a table that is no intersect table", mm->intersect);
	return schema_intersect(a, mm, NULL, primary_of, s, &t, e) && choose_code(s, &t, e) &&
	       schema_create(s, &t, mm, e) &&
	       alter_note(s, "Entity", t.name, alter_table_id(&t), false, e);
}

/* The other table of a relationship learns of it. */
static bool tell_side(struct store *s, struct arena *a, struct str table,
		      const struct many_to_many *mm, struct err *e)
{
	const struct table *there;
	struct table t;

	if (!store_table(s, table, &there, e))
		return false;
	if (!there || table_link(there, mm->schema_name))
		return true;
	if (!alter_copy(s, a, table, &t, e))
		return false;

	struct many_to_many *all = arena_array(a, struct many_to_many, t.nmany_to_many + 1);

	for (size_t i = 0; i < t.nmany_to_many; i++)
		all[i] = t.many_to_many[i];
	all[t.nmany_to_many++] = *mm;
	t.many_to_many = all;
	return alter_table(s, &t, e);
}

static bool link_tables(struct store *s, struct arena *a, const struct many_to_many *mm,
			struct err *e)
{
	return tell_side(s, a, mm->table1, mm, e) && tell_side(s, a, mm->table2, mm, e) &&
	       create_intersect(s, a, mm, e);
}

bool alter_add_tables(struct store *s, struct arena *a, const struct table *tables, size_t n,
		      struct err *e)
{
	for (size_t i = 0; i < n; i++) {
		struct table t;

		if (!alter_complete(a, &tables[i], &t, e) || !check_name(&t, e) ||
		    !check_new_table(s, &t, e) || !choose_code(s, &t, e) ||
		    !schema_create(s, &t, NULL, e) ||
		    !alter_note(s, "Entity", t.name, alter_table_id(&t), false, e))
			return false;
	}
	/* when all of them are there */
	for (size_t i = 0; i < n; i++) {
		for (size_t j = 0; j < tables[i].nmany_to_many; j++) {
			if (!link_tables(s, a, &tables[i].many_to_many[j], e))
				return false;
		}
	}
	return true;
}

static bool drop_intersect(struct store *s, struct str name, struct err *e)
{
	const struct table *t;

	if (!store_table(s, name, &t, e))
		return false;

	struct guid id = t ? alter_table_id(t) : (struct guid){ 0 };

	return !t || (schema_drop(s, t, e) && alter_note(s, "Entity", name, id, true, e));
}

static bool forget_link(struct store *s, struct arena *a, struct str table,
			const struct many_to_many *mm, struct err *e)
{
	const struct table *there;
	struct table t;
	size_t n = 0;

	if (!store_table(s, table, &there, e))
		return false;
	if (!there || !table_link(there, mm->schema_name))
		return true;
	if (!alter_copy(s, a, table, &t, e))
		return false;
	for (size_t i = 0; i < t.nmany_to_many; i++) {
		if (!str_eq(t.many_to_many[i].schema_name, mm->schema_name))
			t.many_to_many[n++] = t.many_to_many[i];
	}
	t.nmany_to_many = n;
	return alter_table(s, &t, e);
}

bool alter_drop_link(struct store *s, struct arena *a, const struct many_to_many *mm, struct err *e)
{
	return forget_link(s, a, mm->table1, mm, e) && forget_link(s, a, mm->table2, mm, e) &&
	       drop_intersect(s, mm->intersect, e) &&
	       alter_note(s, "Relationship", mm->table1,
			  definition_relationship_id(mm->schema_name), true, e);
}

bool alter_add_link(struct store *s, struct arena *a, const struct many_to_many *mm, struct err *e)
{
	const struct many_to_many *there;
	const struct table *t1, *t2;

	if (!alter_find(s, mm->table1, &t1, e) || !alter_find(s, mm->table2, &t2, e) ||
	    !store_relationship(s, mm->schema_name, &there, e))
		return false;
	if (there)
		return alter_invalid(e, CODE_RELATIONSHIP_EXISTS,
				     "there is a relationship of this name", mm->schema_name);
	return link_tables(s, a, mm, e) &&
	       alter_note(s, "Relationship", mm->table1,
			  definition_relationship_id(mm->schema_name), false, e);
}

/* columns */

static void add_to_columns(struct arena *a, struct table *t, const struct column *c)
{
	struct column *all = arena_array(a, struct column, t->ncolumns + 1);

	for (size_t i = 0; i < t->ncolumns; i++)
		all[i] = t->columns[i];
	all[t->ncolumns++] = *c;
	t->columns = all;
}

static void add_to_lookups(struct arena *a, struct table *t, const struct many_to_one *more,
			   size_t n)
{
	struct many_to_one *all = arena_array(a, struct many_to_one, t->nmany_to_one + n);

	for (size_t i = 0; i < t->nmany_to_one; i++)
		all[i] = t->many_to_one[i];
	for (size_t i = 0; i < n; i++)
		all[t->nmany_to_one++] = more[i];
	t->many_to_one = all;
}

/* A relationship's names must be free on both sides. */
static bool check_lookup(struct store *s, struct arena *a, const struct table *t,
			 const struct many_to_one *r, struct err *e)
{
	const struct table *target;
	struct relation there;

	if (!alter_find(s, r->target, &target, e) ||
	    !relation_find(s, a, target, r->collection, &there, e))
		return false;
	if (there.child)
		return alter_invalid(e, CODE_RELATIONSHIP_EXISTS,
				     "the table pointed to has a navigation property of this name",
				     r->collection);
	for (size_t i = 0; i < t->nmany_to_one; i++) {
		if (str_eq(t->many_to_one[i].schema_name, r->schema_name))
			return alter_invalid(e, CODE_RELATIONSHIP_EXISTS,
					     "there is a relationship of this name",
					     r->schema_name);
	}
	return true;
}

bool alter_add_column(struct store *s, struct arena *a, struct str table, const struct column *c,
		      const struct many_to_one *lookups, size_t nlookups, struct err *e)
{
	struct table t, changed;

	if (!alter_copy(s, a, table, &t, e))
		return false;
	if (table_column(&t, c->name))
		return alter_invalid(e, CODE_COLUMN_EXISTS, "the table has a column of this name",
				     c->name);
	for (size_t i = 0; i < nlookups; i++) {
		if (!check_lookup(s, a, &t, &lookups[i], e))
			return false;
	}
	changed = t;
	add_to_columns(a, &changed, c);
	add_to_lookups(a, &changed, lookups, nlookups);
	if (!alter_complete(a, &changed, &changed, e))
		return false;
	for (size_t i = 0; i < changed.ncolumns; i++) {
		const struct column *new = &changed.columns[i];

		if (!table_column(&t, new->name) && !schema_add_column(s, &t, new, e))
			return false;
	}
	return alter_table(s, &changed, e) &&
	       alter_note(s, "Attribute", t.name, definition_column_id(&t, c), false, e);
}

bool alter_add_target(struct store *s, struct arena *a, struct str table,
		      const struct many_to_one *lookup, struct err *e)
{
	struct table t;

	if (!alter_copy(s, a, table, &t, e) || !check_lookup(s, a, &t, lookup, e))
		return false;

	const struct column *c = table_column(&t, lookup->column);

	if (!c || !column_is_lookup(c))
		return alter_invalid(e, CODE_COLUMN_UNKNOWN, "no lookup has this name",
				     lookup->column);

	struct column *own = &t.columns[c - t.columns];
	struct str *targets = arena_array(a, struct str, own->ntargets + 1);

	if (!store_has_type_column(own) && own->ntargets == 1 &&
	    !schema_add_type(s, &t, own->name, own->targets[0], e))
		return false;
	for (size_t i = 0; i < own->ntargets; i++)
		targets[i] = own->targets[i];
	targets[own->ntargets++] = lookup->target;
	own->targets = targets;
	add_to_lookups(a, &t, lookup, 1);
	return alter_table(s, &t, e);
}

static bool is_among(struct str name, const struct str *names, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (str_eq(name, names[i]))
			return true;
	}
	return false;
}

static bool check_unused(const struct table *t, const struct column *c, struct err *e)
{
	if (str_eq(c->name, t->primary_id) || str_eq(c->name, t->primary_name))
		return alter_invalid(e, CODE_PRIMARY_COLUMN, "the primary columns of a table stay",
				     c->name);
	for (size_t i = 0; i < t->nkeys; i++) {
		if (is_among(c->name, t->keys[i].columns, t->keys[i].ncolumns))
			return alter_invalid(e, CODE_INVALID_ARGUMENT,
					     "an alternate key needs the column", c->name);
	}
	return true;
}

static void drop_lookups(struct table *t, struct str column)
{
	size_t n = 0;

	for (size_t i = 0; i < t->nmany_to_one; i++) {
		if (!str_eq(t->many_to_one[i].column, column))
			t->many_to_one[n++] = t->many_to_one[i];
	}
	t->nmany_to_one = n;
}

bool alter_drop_column(struct store *s, struct arena *a, struct str table, struct str column,
		       struct err *e)
{
	struct table t;
	size_t n = 0;

	if (!alter_copy(s, a, table, &t, e))
		return false;

	const struct column *c = table_column(&t, column);

	if (!c)
		return alter_invalid(e, CODE_COLUMN_UNKNOWN, "the table has no column", column);

	struct guid id = definition_column_id(&t, c);

	if (!check_unused(&t, c, e))
		return false;
	for (size_t i = 0; i < t.ncolumns; i++) {
		const struct column *x = &t.columns[i];
		bool goes = str_eq(x->name, column) || str_eq(x->attribute_of, column);

		if (goes && !schema_drop_column(s, &t, x, e))
			return false;
		if (!goes)
			t.columns[n++] = *x;
	}
	t.ncolumns = n;
	drop_lookups(&t, column);
	return table_index(a, &t, e) && alter_table(s, &t, e) &&
	       alter_note(s, "Attribute", t.name, id, true, e);
}

bool alter_drop_target(struct store *s, struct arena *a, struct str child, struct str column,
		       struct str target, struct err *e)
{
	struct table t;
	size_t n = 0;

	if (!alter_copy(s, a, child, &t, e))
		return false;

	const struct column *c = table_column(&t, column);

	if (!c || (c->ntargets <= 1 && !str_eq(c->name, t.primary_id)))
		return !c || alter_drop_column(s, a, child, column, e);

	struct column *own = &t.columns[c - t.columns];

	for (size_t i = 0; i < own->ntargets; i++) {
		if (!str_eq(own->targets[i], target))
			own->targets[n++] = own->targets[i];
	}
	/* the file keeps its <name>type column, so the definition keeps two targets */
	if (n == 1 && own->type == COLUMN_LOOKUP)
		own->targets[n++] = target;
	own->ntargets = n;
	n = 0;
	for (size_t i = 0; i < t.nmany_to_one; i++) {
		if (!str_eq(t.many_to_one[i].column, column) ||
		    !str_eq(t.many_to_one[i].target, target))
			t.many_to_one[n++] = t.many_to_one[i];
	}
	t.nmany_to_one = n;
	return alter_table(s, &t, e);
}

static bool drop_lookups_to(struct store *s, struct arena *a, struct str table, struct err *e)
{
	struct relation *all;
	const struct table *t;
	size_t n;

	for (;;) {
		const struct relation *next = NULL;

		/* each change voids what was found before */
		if (!alter_find(s, table, &t, e) || !relations_to(s, a, t, &all, &n, e))
			return false;
		for (size_t i = 0; i < n && !next; i++) {
			if (!str_eq(all[i].child->name, table) &&
			    str_eq(all[i].lookup->target, table))
				next = &all[i];
		}
		if (!next)
			return true;
		if (!alter_drop_target(s, a, str_dup(a, next->child->name),
				       str_dup(a, next->lookup->column), table, e))
			return false;
	}
}

bool alter_drop_table(struct store *s, struct arena *a, struct str name, struct err *e)
{
	struct table t;

	if (!alter_copy(s, a, name, &t, e) || !drop_lookups_to(s, a, name, e))
		return false;
	for (size_t i = 0; i < t.nmany_to_many; i++) {
		if (!alter_drop_link(s, a, &t.many_to_many[i], e))
			return false;
	}
	return schema_drop(s, &t, e) &&
	       alter_note(s, "Entity", t.name, alter_table_id(&t), true, e);
}

/* keys */

static bool same_columns(const struct table_key *x, const struct table_key *y)
{
	for (size_t i = 0; i < x->ncolumns; i++) {
		if (!is_among(x->columns[i], y->columns, y->ncolumns))
			return false;
	}
	return x->ncolumns == y->ncolumns;
}

static bool check_key(const struct table *t, const struct table_key *k, struct err *e)
{
	for (size_t i = 0; i < t->nkeys; i++) {
		if (str_eq(t->keys[i].name, k->name))
			return alter_invalid(e, CODE_KEY_NAME_EXISTS,
					     "the table has a key of this name", k->name);
		if (same_columns(&t->keys[i], k))
			return alter_invalid(e, CODE_KEY_COLUMNS_EXIST,
					     "the table has a key of the same columns", k->name);
	}
	if (k->ncolumns == 0 || k->ncolumns > 16)
		return alter_invalid(e, CODE_INVALID_ARGUMENT, "a key has 1 to 16 columns",
				     k->name);
	for (size_t i = 0; i < k->ncolumns; i++) {
		if (!table_column(t, k->columns[i]))
			return alter_invalid(e, CODE_COLUMN_UNKNOWN, "the table has no column",
					     k->columns[i]);
	}
	return true;
}

bool alter_add_key(struct store *s, struct arena *a, struct str table, const struct table_key *k,
		   struct err *e)
{
	struct table t;

	if (!alter_copy(s, a, table, &t, e) || !check_key(&t, k, e))
		return false;

	struct table_key *all = arena_array(a, struct table_key, t.nkeys + 1);

	for (size_t i = 0; i < t.nkeys; i++)
		all[i] = t.keys[i];
	all[t.nkeys++] = *k;
	t.keys = all;
	return alter_table(s, &t, e);
}

bool alter_drop_key(struct store *s, struct arena *a, struct str table, struct str key,
		    struct err *e)
{
	struct table t;
	size_t n = 0;

	if (!alter_copy(s, a, table, &t, e))
		return false;
	for (size_t i = 0; i < t.nkeys; i++) {
		if (!str_eq(t.keys[i].name, key))
			t.keys[n++] = t.keys[i];
	}
	if (n == t.nkeys)
		return alter_invalid(e, CODE_INVALID_ARGUMENT, "the table has no key", key);
	t.nkeys = n;
	return alter_table(s, &t, e);
}

/* Tables of the platform name the relationship in the singular: Incident_Annotation. */
static struct str notes_of(struct arena *a, const struct table *t)
{
	return definition_is_custom(t->schema_name)
		       ? str_fmt(a, "%.*s_Annotations", STR_ARG(t->name))
		       : str_fmt(a, "%.*s_Annotation", STR_ARG(t->schema_name));
}

bool alter_take_notes(struct store *s, struct arena *a, const struct table *t, struct err *e)
{
	const struct table *note;
	struct many_to_one lookup = {
		.schema_name = notes_of(a, t),
		.column = S("objectid"),
		.target = str_dup(a, t->name),
		.target_column = str_dup(a, t->primary_id),
		.navigation = str_fmt(a, "objectid_%.*s", STR_ARG(t->name)),
		.on_delete = CASCADE_ALL,
		.unmanaged = t->unmanaged,
	};

	lookup.collection = lookup.schema_name;
	if (!t->has_notes)
		return true;
	if (!store_table(s, S("annotation"), &note, e))
		return false;
	if (!note || table_lookup(note, S("objectid"), t->name))
		return true;
	return alter_add_target(s, a, S("annotation"), &lookup, e);
}
