/* SPDX-License-Identifier: MIT */
/*
 * Loading. What is wrong with one row or pair is a problem in the run file and the reading goes on; what is
 * wrong with the package as a file ends it. A row of the package counts once, however often its id comes:
 * so the summary's numbers add up.
 */
#include "move/load.h"

#include "base/vec.h"
#include "move/cells.h"
#include "move/dates.h"
#include "move/file_package.h"
#include "move/journal.h"
#include "move/parties.h"

#include "base/banned.h"

/* Something of the package that the schema does not have. */
struct stranger {
	struct str table;
	struct str name; /* of a relationship; empty: the table itself */
	uint64_t n;      /* rows or pairs that are lost */
};

struct loading {
	struct job *j;
	struct tab *tab; /* of the table that is being read; NULL: the schema lacks it */
	struct buf cells;
	VEC(struct stranger) strangers;
	struct map fields; /* told already, "table.field" */
	struct package *package;
	struct dates dates;
	size_t without;  /* parties of a field that are left out */
	uint64_t failed; /* rows, of all tables: they have an outcome, but stand on no side */
	bool begun;
};

static bool put(struct loading *l, struct problem p, struct err *e)
{
	return journal_put_problem(l->j->run, &p, e);
}

static struct stranger *find_stranger(struct loading *l, struct str table, struct str name)
{
	struct arena *a = l->j->arena;

	for (size_t i = 0; i < l->strangers.n; i++)
		if (str_eq(l->strangers.p[i].table, table) && str_eq(l->strangers.p[i].name, name))
			return &l->strangers.p[i];
	struct stranger *s = VEC_PUSH(a, &l->strangers);
	*s = (struct stranger){ .table = str_dup(a, table), .name = str_dup(a, name) };
	return s;
}

static bool tell_strangers(struct loading *l, struct err *e)
{
	for (size_t i = 0; i < l->strangers.n; i++) {
		const struct stranger *s = &l->strangers.p[i];
		bool table = s->name.n == 0;
		if (s->n == 0)
			continue;
		struct problem p = {
			.severity = SEVERITY_ERROR,
			.table = s->table,
			.column = s->name,
			.message = str_fmt(
				l->j->page, "%s left out: %llu; data_schema.xml has no %s",
				table ? "rows and links" : "links", (unsigned long long)s->n,
				table ? "such table" : "such relationship of the table"),
			.remedy = S("add it to data_schema.xml, or take the data out of data.xml"),
		};
		if (!put(l, p, e))
			return false;
	}
	return true;
}

/* A field that the schema lacks: told once per column, not per row. */
static bool tell_field(struct loading *l, const struct package_field *f, struct err *e)
{
	struct str table = l->tab->entity->name;
	struct str name = str_fmt(l->j->arena, "%.*s.%.*s", STR_ARG(table), STR_ARG(f->name));
	uint32_t index = 0;

	if (!map_put(&l->fields, name, &index))
		return true;
	struct problem p = {
		.severity = SEVERITY_ERROR,
		.table = table,
		.column = f->name,
		.message =
			S("the column is in data.xml but not in data_schema.xml; it is left out"),
		.remedy = S("add the column to data_schema.xml"),
	};
	return put(l, p, e);
}

/* Types that the engine does not carry, though the target would take them. */
static bool is_lost(const struct tab_column *c, const struct package_field *f)
{
	return (f->value.n > 0 || f->nparties > 0) && !c->party &&
	       (c->column->create || c->column->update) && c->column->type == COLUMN_PARTYLIST;
}

/* Told once per column, not per row. */
static bool tell_lost(struct loading *l, const struct package_field *f, struct err *e)
{
	struct str table = l->tab->entity->name;
	struct str name = str_fmt(l->j->arena, "%.*s.%.*s", STR_ARG(table), STR_ARG(f->name));
	uint32_t index = 0;

	if (!map_put(&l->fields, name, &index))
		return true;
	struct problem p = {
		.severity = SEVERITY_ERROR,
		.table = table,
		.column = f->name,
		.message = S("columns of this type are not imported yet; its values are left out"),
		.remedy = S("take the column out of data_schema.xml, and set its values by hand"),
	};
	return put(l, p, e);
}

/* Which table a lookup points to; empty when nothing tells. */
static struct str target_of(const struct tab_column *c, const struct package_field *f)
{
	const struct schema_field *field = c->field;

	if (f->lookup_table.n > 0)
		return f->lookup_table;
	if (field->ntargets == 1 && !str_eq(field->targets[0], S("*")))
		return field->targets[0];
	return c->column->ntargets == 1 ? c->column->targets[0] : S("");
}

/* Why does not fit is in *unfit. */
static bool read_value(struct loading *l, const struct tab_column *c, const struct package_field *f,
		       struct value *v, struct err *unfit)
{
	if (v->kind != VALUE_ABSENT)
		return err_set(unfit, ERR_INPUT, "the column comes twice in one row");
	if (c->party)
		return parties_read(l->j, f, v, &l->without, unfit);
	if (!value_from_cmt(l->j->page, c->field->type, f->value, v, unfit))
		return false;
	if (v->kind == VALUE_REF) {
		v->table = target_of(c, f);
		v->name = f->lookup_name;
		if (v->table.n == 0)
			return err_set(unfit, ERR_INPUT,
				       "which table %.*s belongs to is not told: lookupentity is "
				       "missing",
				       STR_ARG(v->text));
	}
	if (v->kind == VALUE_TEXT && c->field->type == CMT_FILE)
		v->name = f->file_name;
	if (c->column->type == COLUMN_IMAGE)
		return file_package_image(l->j, v, unfit);
	if (v->kind == VALUE_TEXT && c->field->type == CMT_DATETIME)
		v->text = dates_move(&l->dates, l->j->page, dates_mode(l->j->schema, c->field),
				     v->text);
	return true;
}

static bool tell_value(struct loading *l, const struct package_event *ev,
		       const struct package_field *f, const struct err *unfit, struct err *e)
{
	struct problem p = {
		.severity = SEVERITY_ERROR,
		.table = ev->table,
		.id = guid_text(l->j->page, ev->id),
		.column = f->name,
		.message = str_fmt(l->j->page, "%s:%u: %s", ev->file, f->line, unfit->msg),
		.remedy = S("correct the value in data.xml"),
	};
	return put(l, p, e);
}

static bool tell_without(struct loading *l, const struct package_event *ev,
			 const struct package_field *f, struct err *e)
{
	struct problem p = {
		.severity = SEVERITY_WARNING,
		.table = ev->table,
		.id = guid_text(l->j->page, ev->id),
		.column = f->name,
		.message =
			str_fmt(l->j->page,
				"%s:%u: parties left out: %zu; they are addresses without a row, "
				"which the target does not take",
				ev->file, f->line, l->without),
	};
	return put(l, p, e);
}

static bool read_values(struct loading *l, const struct package_event *ev, struct value *values,
			bool *good, struct err *e)
{
	struct tab *t = l->tab;

	*good = true;
	for (size_t i = 0; i < ev->nfields; i++) {
		const struct package_field *f = &ev->fields[i];
		size_t at = tab_column(t, f->name);
		struct err unfit;
		if (at == SIZE_MAX || at >= t->nfields) {
			if (!tell_field(l, f, e))
				return false;
			continue;
		}
		if (!t->columns[at].column) /* the target lacks it; told when the tabs were made */
			continue;
		if (is_lost(&t->columns[at], f)) {
			if (!tell_lost(l, f, e))
				return false;
			continue;
		}
		l->without = 0;
		if (read_value(l, &t->columns[at], f, &values[at], &unfit)) {
			if (l->without > 0 && !tell_without(l, ev, f, e))
				return false;
			continue;
		}
		*good = false;
		if (!tell_value(l, ev, f, &unfit, e))
			return false;
	}
	return true;
}

/* What is not told is empty, or unknown: which of them, the package's origin says. */
static void settle_empty(const struct tab *t, struct value *values)
{
	for (size_t i = 0; i < t->nfields; i++)
		if (value_is_empty(&values[i]))
			values[i] = (struct value){ .kind = t->columns[i].clears ? VALUE_NULL
										 : VALUE_ABSENT };
}

/* Whether a row with this id came before, and its cells; none when it could not be loaded. */
static bool find_twin(struct loading *l, struct guid id, bool *found, struct str *cells,
		      struct err *e)
{
	enum outcome outcome;
	struct run_row row;

	*cells = S("");
	if (!run_get_row(l->j->run, SIDE_SOURCE, l->tab->number, id, &row, found, e))
		return false;
	if (*found)
		*cells = row.cells;
	return *found || l->failed == 0 ||
	       journal_get_outcome(l->j->run, l->tab->number, id, &outcome, found, e);
}

static bool fail_row(struct loading *l, struct guid id, struct err *e)
{
	l->failed++;
	return journal_set_outcome(l->j->run, l->tab->number, id, OUTCOME_FAILED, e);
}

/* The first one stands. Without a difference nothing is lost. */
static bool take_twin(struct loading *l, const struct package_event *ev, bool same, struct err *e)
{
	struct problem p = {
		.severity = same ? SEVERITY_WARNING : SEVERITY_ERROR,
		.table = ev->table,
		.id = guid_text(l->j->page, ev->id),
		.message = str_fmt(l->j->page, "%s:%u: the row comes a second time%s", ev->file,
				   ev->line, same ? "" : ", and differs; the first one is taken"),
		.remedy = S("leave only one of them in data.xml"),
	};
	return put(l, p, e) && (same || fail_row(l, ev->id, e));
}

/* *fresh: the row has the side's place now; where no row has failed yet, that it was free says that none came before. */
static bool put_first(struct loading *l, struct guid id, struct str cells, bool *fresh,
		      struct err *e)
{
	struct run_row row = { .id = id, .origin = id, .cells = cells };

	return run_put_row(l->j->run, SIDE_SOURCE, l->tab->number, &row, fresh, e);
}

static bool take_row(struct loading *l, const struct package_event *ev, struct err *e)
{
	struct value *values = arena_array(l->j->page, struct value, l->tab->ncolumns);
	bool good, twin, fresh = false;
	struct str before;

	if (!read_values(l, ev, values, &good, e))
		return false;
	settle_empty(l->tab, values);
	buf_clear(&l->cells);
	cells_pack(&l->cells, values, l->tab->ncolumns);
	struct str cells = buf_str(&l->cells);
	if (good && l->failed == 0 && !put_first(l, ev->id, cells, &fresh, e))
		return false;
	if (fresh) {
		l->tab->read++;
		return true;
	}
	if (!find_twin(l, ev->id, &twin, &before, e))
		return false;
	if (twin)
		return take_twin(l, ev, good && str_eq(before, cells), e);
	l->tab->read++;
	return good ? put_first(l, ev->id, cells, &fresh, e) : fail_row(l, ev->id, e);
}

static const struct tab_relationship *relationship(const struct tab *t, struct str name)
{
	for (size_t i = 0; i < t->nrelationships; i++) {
		const struct tab_relationship *r = &t->relationships[i];
		if (str_eq(r->relationship->name, name))
			return r;
	}
	return NULL;
}

static bool put_pairs(struct loading *l, const struct package_event *ev,
		      const struct tab_relationship *rel, struct err *e)
{
	for (size_t i = 0; i < ev->ntargets; i++)
		if (!run_put_link(l->j->run, SIDE_SOURCE, rel->rel, ev->source, ev->targets[i], e))
			return false;
	return true;
}

/* Pairs of a row that the package does not have: they are of the package, but can never be linked. */
static bool fail_pairs(struct loading *l, const struct package_event *ev,
		       const struct tab_relationship *rel, struct err *e)
{
	struct problem p = {
		.severity = SEVERITY_ERROR,
		.table = ev->table,
		.id = guid_text(l->j->page, ev->source),
		.column = ev->relationship,
		.message = str_fmt(l->j->page,
				   "%s:%u: links (%zu) of a row that the package does not have",
				   ev->file, ev->line, ev->ntargets),
		.remedy = S("add the row to data.xml, or take its links out"),
	};
	for (size_t i = 0; i < ev->ntargets; i++)
		if (!journal_set_link_outcome(l->j->run, rel->rel, ev->source, ev->targets[i],
					      OUTCOME_FAILED, e))
			return false;
	return put(l, p, e) && put_pairs(l, ev, rel, e);
}

static bool take_link(struct loading *l, const struct package_event *ev, struct err *e)
{
	const struct tab_relationship *rel = relationship(l->tab, ev->relationship);
	struct str cells;
	bool found;

	if (!rel) {
		find_stranger(l, ev->table, ev->relationship)->n += ev->ntargets;
		return true;
	}
	if (!find_twin(l, ev->source, &found, &cells, e))
		return false;
	return found ? put_pairs(l, ev, rel, e) : fail_pairs(l, ev, rel, e);
}

/* The package's timestamp is known with its first event. */
static bool begin(struct loading *l, struct err *e)
{
	const char *why = NULL;

	l->begun = true;
	if (dates_any(l->j->schema))
		why = dates_make(package_timestamp(l->package), l->j->decisions.now, &l->dates);
	if (!why)
		return true;

	struct problem p = {
		.severity = SEVERITY_WARNING,
		.message = str_fmt(l->j->page,
				   "relative dates are taken as they are in the package: %s", why),
		.remedy = S("export the package again: its root element then has a timestamp"),
	};
	return put(l, p, e);
}

static bool take(struct loading *l, const struct package_event *ev, struct err *e)
{
	if (!l->begun && !begin(l, e))
		return false;
	if (ev->kind == PACKAGE_TABLE)
		l->tab = tabs_find(&l->j->tabs, ev->table);
	else if (ev->kind == PACKAGE_ROW && l->tab)
		return take_row(l, ev, e);
	else if (ev->kind == PACKAGE_LINK && l->tab)
		return take_link(l, ev, e);
	else if (ev->kind == PACKAGE_ROW || ev->kind == PACKAGE_LINK)
		find_stranger(l, ev->table, S(""))->n += ev->kind == PACKAGE_ROW ? 1 : ev->ntargets;
	return true;
}

static bool go_on(struct loading *l, struct err *e)
{
	const struct progress *p = l->j->progress;

	if (p && p->step && l->tab)
		p->step(p->context, "reading the package", l->tab->entity->name, l->tab->read, 0);
	if (p && p->cancelled && p->cancelled(p->context))
		return err_set(e, ERR_CANCELLED, "cancelled while the package was read");
	return true;
}

static bool load(struct loading *l, struct package *p, struct err *e)
{
	struct arena_mark mark = arena_mark(l->j->page);
	struct package_event ev = { .kind = PACKAGE_TABLE };

	while (ev.kind != PACKAGE_END) {
		arena_rewind(l->j->page, mark);
		if (!go_on(l, e) || !package_next(p, l->j->page, &ev, e) || !take(l, &ev, e))
			return false;
	}
	bool told = tell_strangers(l, e);
	arena_rewind(l->j->page, mark);
	return told;
}

bool load_package(struct job *j, struct package *p, struct err *e)
{
	struct loading l = {
		.j = j, .package = p, .cells = buf_make(0), .fields = map_make(j->arena)
	};
	bool ok = load(&l, p, e) && file_package_load(j, p, e);

	buf_release(&l.cells);
	return ok;
}
