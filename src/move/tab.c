/* SPDX-License-Identifier: MIT */
/*
 * Joins schema, environment and knowledge, once per run. Everything that the environment lacks is
 * collected first and told in one message: a person corrects a schema once, not name by name.
 */
#include "move/tab.h"

#include "base/buf.h"
#include "base/vec.h"
#include "dv/party.h"
#include "move/dates.h"
#include "move/file_cell.h"
#include "move/journal.h"
#include "move/row.h"

#include "base/banned.h"

/* How much of a message the list of what is missing may take; err.h cuts longer ones. */
#define MISSING_BYTES 1700

struct making {
	struct arena *arena;
	const struct schema *schema;
	const struct catalog *catalog;
	const struct tab_options *options;
	VEC(struct str) missing;
	VEC(struct problem) skipped;
	uint32_t nrelationships;
};

/* One tab and its growing columns. */
struct columns {
	struct making *m;
	struct tab *tab;
	size_t cap;
};

static void add_missing(struct making *m, struct str what)
{
	*VEC_PUSH(m->arena, &m->missing) = what;
}

static void missing_column(struct making *m, const struct schema_entity *en,
			   const struct schema_field *f)
{
	/* Matching by fewer columns than the schema says would find other rows. */
	if (!m->options->skip_missing || f->update_compare) {
		add_missing(m, str_fmt(m->arena, "column %.*s.%.*s (line %u)", STR_ARG(en->name),
				       STR_ARG(f->name), f->line));
		return;
	}
	*VEC_PUSH(m->arena, &m->skipped) = (struct problem){
		.severity = SEVERITY_WARNING,
		.table = en->name,
		.column = f->name,
		.message = str_fmt(m->arena,
				   "the environment lacks the column (line %u of the schema); it "
				   "is left out",
				   f->line),
		.remedy = S("install the solution that has it, or take it out of the schema"),
	};
}

/* Types that this engine does not carry. */
static bool is_carried(enum column_type type)
{
	return type != COLUMN_VIRTUAL && type != COLUMN_PARTYLIST;
}

static bool is_left_out(const struct columns *cs, const struct tab_column *c)
{
	if (c->rule == COLUMN_RULE_GENERATED ||
	    (c->rule == COLUMN_RULE_SECRET && !cs->m->options->secrets))
		return true;
	/* The key is told by the create itself; versions are the environment's own. */
	return str_eq(c->name, cs->tab->table->primary_id) || c->column->type == COLUMN_BIGINT;
}

/* Whether a row that is there keeps its own value. */
static bool is_kept(const struct columns *cs, const struct tab_column *c)
{
	return c->rule == COLUMN_RULE_PER_ENVIRONMENT ||
	       dates_mode(cs->m->schema, c->field) != DATE_MODE_ABSOLUTE;
}

/* What a column of the schema is for, besides being read. */
static void choose_writing(const struct columns *cs, struct tab_column *c)
{
	const struct column *column = c->column;

	if (is_left_out(cs, c))
		return;
	/* the bytes travel by themselves, whatever the definition says about rows */
	if (file_cell_is(column) && c->rule != COLUMN_RULE_PER_ENVIRONMENT)
		c->compare =
			column->read && (column->create || column->update || column->unmanaged);
	if (file_cell_is(column) || (!column->create && !column->update))
		return;
	/* They travel as a change of state, after everything else. */
	if (str_eq(c->name, S("statecode")) || str_eq(c->name, S("statuscode"))) {
		c->compare = true;
		return;
	}
	c->create = column->create;
	if (is_kept(cs, c))
		return;
	c->update = column->update;
	/* What cannot be read would differ forever. */
	c->compare = column->update && column->read;
}

static void choose_flags(const struct columns *cs, struct tab_column *c)
{
	bool hidden = c->rule == COLUMN_RULE_SECRET && !cs->m->options->secrets;

	if (c->column && c->column->type == COLUMN_PARTYLIST && cs->tab->parties && !hidden)
		c->party = party_mask(c->name);
	if (!c->column || !(c->party || is_carried(c->column->type)))
		return;
	c->read = c->column->read && !hidden && !c->party;
	if (c->field)
		choose_writing(cs, c);
}

static void add_column(struct columns *cs, struct str name, const struct schema_field *field)
{
	struct tab *t = cs->tab;
	struct tab_column c = { .name = name,
				.field = field,
				.column = table_column(t->table, name),
				.rule = knowledge_column(t->known, name) };
	uint32_t index = (uint32_t)t->ncolumns;

	if (!map_put(&t->by_name, name, &index))
		return;
	choose_flags(cs, &c);
	t->columns = vec_room(cs->m->arena, t->columns, t->ncolumns, &cs->cap, sizeof(c));
	t->columns[t->ncolumns++] = c;
}

static void add_fields(struct columns *cs)
{
	const struct schema_entity *en = cs->tab->entity;

	for (size_t i = 0; i < en->nfields; i++) {
		const struct schema_field *f = &en->fields[i];

		if (!table_column(cs->tab->table, f->name))
			missing_column(cs->m, en, f);
		add_column(cs, f->name, f);
	}
	cs->tab->nfields = cs->tab->ncolumns;
}

/* Not of the schema; only if the environment has it. */
static void add_extra(struct columns *cs, struct str name)
{
	if (name.n > 0 && table_column(cs->tab->table, name))
		add_column(cs, name, NULL);
}

/* Not of the schema, but written with a new row. */
static void add_owner(struct columns *cs)
{
	const struct column *column = table_column(cs->tab->table, S("ownerid"));

	if (!cs->m->options->owner || !column || column->type != COLUMN_OWNER)
		return;
	add_extra(cs, column->name);
	cs->tab->columns[tab_column(cs->tab, column->name)].create = column->create;
}

static void add_extras(struct columns *cs)
{
	const struct known_table *known = cs->tab->known;

	for (size_t i = 0; known && i < known->nrows; i++) {
		const struct rows_rule *rule = &known->rows[i];

		for (size_t k = 0; k < rule->nkeys; k++)
			for (size_t n = 0; n < rule->keys[k].n; n++)
				add_extra(cs, rule->keys[k].columns[n]);
		add_extra(cs, rule->when_column);
	}
	for (size_t i = 0; known && i < known->nunfit; i++) {
		add_extra(cs, known->unfit[i].when_column);
		add_extra(cs, known->unfit[i].same);
	}
	/* all of them are one collection, that is written as a whole */
	for (size_t i = 0; cs->tab->parties && i < cs->tab->table->ncolumns; i++)
		if (cs->tab->table->columns[i].type == COLUMN_PARTYLIST)
			add_extra(cs, cs->tab->table->columns[i].name);
	add_owner(cs);
	add_extra(cs, S("ismanaged"));
	add_extra(cs, S("statecode"));
	add_extra(cs, S("statuscode"));
}

static bool leads(const struct many_to_many *link, struct str from, struct str to)
{
	return (str_eq(link->table1, from) && str_eq(link->table2, to)) ||
	       (str_eq(link->table2, from) && str_eq(link->table1, to));
}

static void add_relationship(struct making *m, struct tab *t, const struct schema_relationship *rel)
{
	const struct many_to_many *link = table_link(t->table, rel->name);

	if (!link || !leads(link, t->entity->name, rel->target)) {
		add_missing(m, str_fmt(m->arena, "relationship %.*s of %.*s to %.*s (line %u)",
				       STR_ARG(rel->name), STR_ARG(t->entity->name),
				       STR_ARG(rel->target), rel->line));
		return;
	}
	struct tab_relationship *r = &t->relationships[t->nrelationships++];
	*r = (struct tab_relationship){
		.rel = m->nrelationships++,
		.relationship = rel,
		.link = link,
		.intersect = catalog_find(m->catalog, link->intersect),
		.source_is_first = str_eq(link->table1, t->entity->name),
	};
	if (!r->intersect)
		add_missing(m, str_fmt(m->arena, "table %.*s of relationship %.*s (line %u)",
				       STR_ARG(link->intersect), STR_ARG(rel->name), rel->line));
}

static void add_relationships(struct making *m, struct tab *t)
{
	const struct schema_entity *en = t->entity;

	t->relationships = arena_array(m->arena, struct tab_relationship, en->nrelationships);
	for (size_t i = 0; i < en->nrelationships; i++)
		if (en->relationships[i].many_to_many)
			add_relationship(m, t, &en->relationships[i]);
}

static bool has_parties(const struct schema_entity *en)
{
	for (size_t i = 0; i < en->nfields; i++)
		if (en->fields[i].type == CMT_PARTYLIST)
			return true;
	return false;
}

static void make_tab(struct making *m, struct tab *t, const struct schema_entity *en,
		     const struct knowledge *k)
{
	struct columns cs = { .m = m, .tab = t };

	t->entity = en;
	t->table = catalog_find(m->catalog, en->name);
	if (!t->table) {
		add_missing(m,
			    str_fmt(m->arena, "table %.*s (line %u)", STR_ARG(en->name), en->line));
		return;
	}
	t->known = knowledge_table(k, en->name);
	t->by_name = map_make(m->arena);
	if (has_parties(en))
		t->parties = party_link(catalog_find(m->catalog, S(PARTY_TABLE)), en->name);
	add_fields(&cs);
	add_extras(&cs);
	add_relationships(m, t);
	t->managed = tab_column(t, S("ismanaged"));
	t->state = tab_column(t, S("statecode"));
	t->status = tab_column(t, S("statuscode"));
}

static bool fail_missing(const struct making *m, struct err *e)
{
	DEFER(buf_release) struct buf list = buf_make(0);
	size_t i = 0;

	for (; i < m->missing.n; i++) {
		if (i > 0 && list.n + m->missing.p[i].n > MISSING_BYTES)
			break;
		buf_add(&list, i > 0 ? S(", ") : S(""));
		buf_add(&list, m->missing.p[i]);
	}
	if (i < m->missing.n)
		buf_add_fmt(&list, " and %zu more", m->missing.n - i);
	return err_set(
		e, ERR_INPUT,
		"%s: the environment lacks %.*s; install the solution that has them, or take "
		"them out of the schema",
		m->schema->name, STR_ARG(buf_str(&list)));
}

static bool put_tab(struct run *r, const struct tab *t, struct err *e)
{
	DEFER(buf_release) struct buf names = buf_make(0);

	for (size_t i = 0; i < t->ncolumns; i++) {
		buf_add(&names, t->columns[i].name);
		buf_add_char(&names, '\n');
	}
	return run_put_tab(r, t->number, t->entity->name, buf_str(&names), e);
}

bool tabs_make(struct arena *a, struct run *r, const struct schema *schema,
	       const struct catalog *catalog, const struct knowledge *k,
	       const struct tab_options *options, struct tabs *out, struct err *e)
{
	struct making m = { .arena = a, .schema = schema, .catalog = catalog, .options = options };
	struct tabs tabs = { .n = schema->nentities, .by_name = map_make(a) };

	tabs.p = arena_array(a, struct tab, tabs.n);
	for (size_t i = 0; i < tabs.n; i++) {
		uint32_t index = (uint32_t)i;

		tabs.p[i].number = index;
		make_tab(&m, &tabs.p[i], &schema->entities[i], k);
		map_put(&tabs.by_name, schema->entities[i].name, &index);
	}
	if (m.missing.n > 0)
		return fail_missing(&m, e);
	for (size_t i = 0; i < m.skipped.n && !options->again; i++)
		if (!journal_put_problem(r, &m.skipped.p[i], e))
			return false;
	tabs.nrelationships = m.nrelationships;
	for (size_t i = 0; i < tabs.n; i++)
		if (!put_tab(r, &tabs.p[i], e))
			return false;
	*out = tabs;
	return true;
}

struct tab *tabs_find(const struct tabs *t, struct str table)
{
	uint32_t index;

	return map_get(&t->by_name, table, &index) ? &t->p[index] : NULL;
}

size_t tab_column(const struct tab *t, struct str name)
{
	uint32_t index;

	return map_get(&t->by_name, name, &index) ? index : SIZE_MAX;
}

bool tab_relationship_ends(const struct tab_relationship *rel, const struct column *ends[2],
			   struct err *e)
{
	const struct many_to_many *link = rel->link;
	struct str names[] = { rel->source_is_first ? link->column1 : link->column2,
			       rel->source_is_first ? link->column2 : link->column1 };
	const struct column *found[COUNT_OF(names)];

	for (size_t i = 0; i < COUNT_OF(names); i++) {
		found[i] = table_column(rel->intersect, names[i]);
		if (!found[i])
			return err_set(e, ERR_INPUT, "table %.*s has no column %.*s",
				       STR_ARG(rel->intersect->name), STR_ARG(names[i]));
	}
	ends[0] = found[0];
	ends[1] = found[1];
	return true;
}

/* A package leaves nulls out: a field of the schema that a row does not tell is null. */
static const struct value *told_value(const struct tab *t, const struct value *values, size_t at)
{
	static const struct value null = { .kind = VALUE_NULL };

	if (at == SIZE_MAX)
		return NULL;
	return at < t->nfields && values[at].kind == VALUE_ABSENT ? &null : &values[at];
}

const struct rows_rule *tab_rule(const struct tab *t, const struct value *values)
{
	for (size_t i = 0; t->known && i < t->known->nrows; i++) {
		const struct rows_rule *rule = &t->known->rows[i];
		size_t at = tab_column(t, rule->when_column);

		if (row_when_value(rule, told_value(t, values, at)))
			return rule;
	}
	return NULL;
}

bool tab_leaves(const struct tab *t, const struct rows_rule *rule)
{
	return t->entity->skip_update || (rule && rule->link_only);
}

bool tab_has_files(const struct tab *t)
{
	for (size_t i = 0; i < t->nfields; i++)
		if (t->columns[i].read && file_cell_is(t->columns[i].column))
			return true;
	return false;
}

struct str tab_shown(const struct tab_column *c, const struct value *v)
{
	if (c->rule == COLUMN_RULE_SECRET)
		return S("(secret)");
	return value_is_empty(v) ? S("(empty)") : str_sub(v->text, 0, 100);
}
