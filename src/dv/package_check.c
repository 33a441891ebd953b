/* SPDX-License-Identifier: MIT */
/*
 * Checking a package. What is wrong with a value is a finding; what is wrong with the file is an error.
 */
#include "dv/package_check.h"

#include "base/map.h"
#include "base/vec.h"
#include "dv/value.h"

#include "base/banned.h"

#define STEP_EVERY 512 /* rows between two calls of step */

struct checker {
	struct arena *arena;
	struct arena page;
	struct package *package;
	struct package_check *check;
	const struct schema_entity *entity;
	size_t table; /* index of its count */
	VEC(struct package_count) tables;
	VEC(struct package_count) relationships;
	struct map by_table, by_relationship;
	struct map told; /* columns that the schema lacks: "table.column" */
};

static bool find(struct checker *k, struct package_finding f, struct err *e)
{
	struct package_check *c = k->check;

	c->bad += f.error;
	return c->found(c->context, &f, e);
}

/* Something that data_schema.xml does not have. */
static bool find_stranger(struct checker *k, const struct package_event *ev, unsigned line,
			  struct str column, const char *what, struct err *e)
{
	struct package_finding f = { .table = ev->table, .column = column };

	f.message =
		str_fmt(&k->page, "%s:%u: data_schema.xml has no such %s", ev->file, line, what);
	return find(k, f, e);
}

static bool begin_table(struct checker *k, const struct package_event *ev, struct err *e)
{
	uint32_t index = (uint32_t)k->tables.n;
	struct str name = str_dup(k->arena, ev->table);

	k->entity = schema_entity(package_schema(k->package), ev->table);
	if (map_put(&k->by_table, name, &index)) {
		VEC_PUSH(k->arena, &k->tables)->name = name;
		k->check->tables = k->tables.p;
		k->check->ntables = k->tables.n;
	}
	k->table = index;
	return k->entity || find_stranger(k, ev, ev->line, S(""), "table", e);
}

/* Told once per column, not per row; for a table that the schema lacks, with the table. */
static bool tell_column(struct checker *k, const struct package_event *ev,
			const struct package_field *f, struct err *e)
{
	struct str key = str_fmt(&k->page, "%.*s.%.*s", STR_ARG(ev->table), STR_ARG(f->name));
	uint32_t index = 0;

	if (!k->entity || map_get(&k->told, key, &index))
		return true;
	map_put(&k->told, str_dup(k->arena, key), &index);
	return find_stranger(k, ev, f->line, f->name, "column of the table", e);
}

static bool check_field(struct checker *k, const struct package_event *ev,
			const struct package_field *f, struct err *e)
{
	const struct schema_field *field = k->entity ? schema_field(k->entity, f->name) : NULL;
	struct package_finding unfit = { .error = true, .table = ev->table, .column = f->name };
	struct value v;
	struct err why;

	if (!field)
		return tell_column(k, ev, f, e);
	if (value_from_cmt(&k->page, field->type, f->value, &v, &why))
		return true;
	unfit.id = guid_text(&k->page, ev->id);
	unfit.message = str_fmt(&k->page, "%s:%u: %s", ev->file, f->line, why.msg);
	return find(k, unfit, e);
}

static bool check_row(struct checker *k, const struct package_event *ev, struct err *e)
{
	struct package_count *count = &k->tables.p[k->table];

	count->n++;
	count->values += ev->nfields;
	for (size_t i = 0; i < ev->nfields; i++) {
		if (!check_field(k, ev, &ev->fields[i], e))
			return false;
	}
	if (count->n % STEP_EVERY != 0 || !k->check->step)
		return true;
	return k->check->step(k->check->context, ev->table, count->n, e);
}

static bool is_known(const struct checker *k, struct str relationship)
{
	for (size_t i = 0; k->entity && i < k->entity->nrelationships; i++) {
		if (str_eq(k->entity->relationships[i].name, relationship))
			return true;
	}
	return !k->entity; /* told with the table */
}

static bool check_link(struct checker *k, const struct package_event *ev, struct err *e)
{
	uint32_t index = (uint32_t)k->relationships.n;
	bool fresh = !map_get(&k->by_relationship, ev->relationship, &index);

	if (fresh) {
		struct package_count *count = VEC_PUSH(k->arena, &k->relationships);

		count->name = str_dup(k->arena, ev->relationship);
		map_put(&k->by_relationship, count->name, &index);
		k->check->relationships = k->relationships.p;
		k->check->nrelationships = k->relationships.n;
	}
	k->relationships.p[index].n += ev->ntargets;
	return !fresh || is_known(k, ev->relationship) ||
	       find_stranger(k, ev, ev->line, ev->relationship, "relationship of the table", e);
}

static bool check_event(struct checker *k, const struct package_event *ev, struct err *e)
{
	switch (ev->kind) {
	case PACKAGE_TABLE:
		return begin_table(k, ev, e);
	case PACKAGE_ROW:
		return check_row(k, ev, e);
	case PACKAGE_LINK:
		return check_link(k, ev, e);
	case PACKAGE_TABLE_END:
	case PACKAGE_END:
		break;
	}
	return true;
}

static bool tell_strange(struct checker *k, struct err *e)
{
	struct package_finding f = { 0 };
	struct str first;
	uint64_t n = package_strange(k->package, &first);

	f.message =
		str_fmt(&k->page, "data.xml: elements that no package has: %llu, the first on %.*s",
			(unsigned long long)n, STR_ARG(first));
	return n == 0 || find(k, f, e);
}

static bool check_all(struct checker *k, struct err *e)
{
	struct package_event ev = { .kind = PACKAGE_TABLE };

	while (ev.kind != PACKAGE_END) {
		arena_reset(&k->page);
		if (!package_next(k->package, &k->page, &ev, e) || !check_event(k, &ev, e))
			return false;
	}
	return tell_strange(k, e);
}

bool package_check(struct arena *a, struct package *p, struct package_check *c, struct err *e)
{
	struct checker k = {
		.arena = a,
		.page = arena_make(0),
		.package = p,
		.check = c,
		.by_table = map_make(a),
		.by_relationship = map_make(a),
		.told = map_make(a),
	};
	bool fine = check_all(&k, e);

	arena_release(&k.page);
	return fine;
}
