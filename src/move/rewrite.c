/* SPDX-License-Identifier: MIT */
/*
 * Rewriting, row by row, in the order of the package. A row is either wanted whole or not at all.
 */
#include "move/rewrite.h"

#include "base/limits.h"
#include "move/cells.h"
#include "move/file_cell.h"
#include "move/journal.h"
#include "move/map_rows.h"
#include "move/parties.h"
#include "move/row.h"
#include "move/run_reference.h"
#include "move/unresolved.h"

#include "base/banned.h"

/* One row while it is rewritten. */
struct rewriting {
	struct job *j;
	struct tab *t;
	const struct tab_relationship *rel; /* of the pairs */
	const bool *failed_rows;            /* per tab: whether rows of it could not be loaded */
	struct guid source;
	struct guid target; /* what stands for it, where it is mapped */
	bool mapped;        /* else a conflict, told by the matching */
	bool fresh;         /* the target does not have it */
	bool failed, skipped;
	bool left_out; /* something of the value at hand */
	uint64_t unresolved;
};

/* A row that is pointed to and has no counterpart. */
struct missing {
	struct str column; /* where it is pointed to */
	struct str table;
	struct guid id;
	struct str name; /* may be empty */
	struct str why;  /* may be empty */
	bool needed;     /* the column cannot be left out */
};

static bool tell_as(struct rewriting *w, enum severity severity, struct str column,
		    struct str message, struct str remedy, struct err *e)
{
	struct problem p = { .severity = severity,
			     .table = w->t->table->name,
			     .id = guid_text(w->j->page, w->source),
			     .column = column,
			     .message = message,
			     .remedy = remedy };
	return journal_put_problem(w->j->run, &p, e);
}

static bool tell(struct rewriting *w, struct str column, struct str message, struct str remedy,
		 struct err *e)
{
	return tell_as(w, SEVERITY_ERROR, column, message, remedy, e);
}

/* A row of the package whose own import failed: those that point to it are skipped with that reason. */
static bool is_failed_row(struct job *j, struct str table, struct guid id, bool *out, struct err *e)
{
	struct tab *t = tabs_find(&j->tabs, table);
	enum outcome outcome;

	*out = false;
	return !t || journal_get_outcome(j->run, t->number, id, &outcome, out, e);
}

static struct str missing_text(struct rewriting *w, const struct missing *m)
{
	struct arena *page = w->j->page;
	struct str row = str_fmt(page, "points to %.*s %.*s%s%.*s%s", STR_ARG(m->table),
				 STR_ARG(guid_text(page, m->id)), m->name.n > 0 ? " \"" : "",
				 STR_ARG(str_sub(m->name, 0, 200)), m->name.n > 0 ? "\"" : "");

	if (m->why.n == 0)
		return str_fmt(page, "%.*s, which is neither in the package nor in the target",
			       STR_ARG(row));
	return str_fmt(page, "%.*s, which is open: %.*s", STR_ARG(row), STR_ARG(m->why));
}

/* What the rules say about it, done and told; `instead`: what becomes of the column when it is left out. */
static bool tell_missing(struct rewriting *w, const struct missing *m, enum on_unresolved what,
			 const char *instead, struct err *e)
{
	const struct known_table *known = knowledge_table(w->j->knowledge, m->table);
	bool mapped = m->why.n > 0 || (known && known->nrows > 0);
	struct str remedy =
		mapped ? S("say in a map file which row is meant: \"ferry map init\" drafts one")
		       : S("import that row first, or add its table to the schema");
	struct arena *page = w->j->page;
	struct str text = missing_text(w, m);

	switch (what) {
	case UNRESOLVED_FAIL:
		w->unresolved++;
		return tell(w, m->column, text, remedy, e);
	case UNRESOLVED_SKIP:
		w->skipped = true;
		text = str_fmt(page, "%.*s; it is skipped", STR_ARG(text));
		break;
	case UNRESOLVED_NULL:
		w->left_out = true;
		text = str_fmt(page, "%.*s; %s", STR_ARG(text), instead);
		break;
	}
	return tell_as(w, SEVERITY_WARNING, m->column, text, remedy, e);
}

/* Name and reason, as far as the run knows them. */
static bool describe(struct rewriting *w, struct missing *m, struct err *e)
{
	struct str label, why;
	bool known;

	if (!run_get_reference(w->j->run, w->j->page, m->table, m->id, &label, &why, &known, e))
		return false;
	if (known && m->name.n == 0)
		m->name = label;
	if (known && m->why.n == 0)
		m->why = why;
	return true;
}

/* *left_out: the value is not to be written; else it stays as it is. */
static bool lose_reference(struct rewriting *w, struct missing *m, bool *left_out, struct err *e)
{
	enum on_unresolved what =
		unresolved_rule_for(&w->j->decisions, w->t->table->name, m->column, S(""));
	bool failed;

	*left_out = false;
	if (!is_failed_row(w->j, m->table, m->id, &failed, e) || !describe(w, m, e))
		return false;
	if (failed && m->why.n == 0)
		return true;
	if (what == UNRESOLVED_NULL && m->needed) {
		what = UNRESOLVED_FAIL;
		m->why = str_fmt(w->j->page, "%.*s%sa new row cannot be without it",
				 STR_ARG(m->why), m->why.n > 0 ? "; " : "");
	}
	*left_out = what == UNRESOLVED_NULL;
	return tell_missing(w, m, what,
			    w->fresh ? "the column is left out" : "the column stays as it is", e);
}

static void own_values(const struct tab *t, const struct value *values, struct reference_key *own)
{
	for (size_t i = 0; i < t->ncolumns; i++)
		own[i] = (struct reference_key){ t->columns[i].name, values[i] };
}

/* A row of the package that was found, but whose counterpart may not be taken silently: why. */
static bool check_fit(struct rewriting *w, const struct tab *t, struct guid id, struct guid target,
		      struct str *why, struct err *e)
{
	struct arena *page = w->j->page;
	struct value *values = arena_array(page, struct value, t->ncolumns);
	struct reference_key *own = arena_array(page, struct reference_key, t->ncolumns);
	struct row_columns columns = { .p = arena_array(page, const struct column *, t->ncolumns) };
	struct value *is = arena_array(page, struct value, t->ncolumns);
	struct value *read = arena_array(page, struct value, t->ncolumns);
	struct run_row row;
	struct str how;
	bool found;

	if (!run_get_how(w->j->run, page, t->table->name, id, &how, &found, e))
		return false;
	if (found && str_eq(how, S(MAP_HOW)))
		return true;
	if (!run_get_row(w->j->run, SIDE_SOURCE, t->number, id, &row, &found, e))
		return false;
	if (!found)
		return true;
	if (!cells_unpack(str_dup(page, row.cells), values, t->ncolumns, e) ||
	    !run_get_row(w->j->run, SIDE_TARGET, t->number, target, &row, &found, e))
		return false;
	if (!found)
		return true;
	if (!cells_unpack(str_dup(page, row.cells), is, t->ncolumns, e))
		return false;
	own_values(t, values, own);
	for (size_t i = 0; i < t->ncolumns; i++) {
		if (!t->columns[i].column)
			continue;
		columns.p[columns.n] = t->columns[i].column;
		read[columns.n++] = is[i];
	}
	const struct unfit_rule *unfit = row_unfit(t->known, &columns, read, own, t->ncolumns);

	if (unfit)
		*why = str_fmt(page, "it is %.*s in the target, which is %.*s",
			       STR_ARG(guid_text(page, target)), STR_ARG(unfit->called));
	return true;
}

/* The counterpart of a row that is pointed to; *found false: there is none, or none that may be taken: *why. */
static bool find_target(struct rewriting *w, struct str table, struct guid id, struct guid *target,
			bool *found, struct str *why, struct err *e)
{
	const struct tab *t = tabs_find(&w->j->tabs, table);

	*why = S("");
	if (!run_get_map(w->j->run, table, id, target, found, e))
		return false;
	if (!*found || !t || !t->known || t->known->nunfit == 0)
		return true;
	if (!check_fit(w, t, id, *target, why, e))
		return false;
	*found = why->n == 0;
	return true;
}

static bool is_needed(const struct rewriting *w, const struct tab_column *c)
{
	/* Who writes a row owns it. */
	return w->fresh && c->column && c->column->required == REQUIRED_SYSTEM &&
	       c->column->type != COLUMN_OWNER && !c->party;
}

static bool rewrite_reference(struct rewriting *w, const struct tab_column *c, struct value *v,
			      struct err *e)
{
	struct missing m = {
		.column = c->name, .table = v->table, .name = v->name, .needed = is_needed(w, c)
	};
	struct guid target;
	bool found, left_out;

	if (!guid_parse(v->text, &m.id))
		return err_set(e, ERR_INTERNAL, "run file: %.*s: a lookup without an id",
			       STR_ARG(c->name));
	if (!find_target(w, v->table, m.id, &target, &found, &m.why, e))
		return false;
	if (found) {
		v->text = guid_text(w->j->page, target);
		return true;
	}
	if (!lose_reference(w, &m, &left_out, e))
		return false;
	if (left_out)
		*v = (struct value){ .kind = VALUE_ABSENT };
	return true;
}

static bool has_upper(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] >= 'A' && s.p[i] <= 'F')
			return true;
	return false;
}

static void add_guid(struct buf *out, struct guid g, bool upper)
{
	char text[GUID_TEXT_SIZE];
	struct str s = guid_format(g, text);

	for (size_t i = 0; i < s.n; i++) {
		bool letter = upper && s.p[i] >= 'a' && s.p[i] <= 'f';
		buf_add_char(out, letter ? (char)(s.p[i] - 'a' + 'A') : s.p[i]);
	}
}

/* A row of the package that could not be loaded: what names it is not written either. */
static bool check_failed(struct rewriting *w, const struct tab_column *c, struct guid id,
			 struct err *e)
{
	struct arena *page = w->j->page;
	bool failed = false;

	for (size_t i = 0; i < w->j->tabs.n; i++) {
		struct str table = w->j->tabs.p[i].table->name;

		if (!w->failed_rows[i])
			continue;
		if (!is_failed_row(w->j, table, id, &failed, e))
			return false;
		if (!failed)
			continue;
		w->skipped = true;
		return tell(w, c->name,
			    str_fmt(page, "not written, because it names %.*s %.*s, which failed",
				    STR_ARG(table), STR_ARG(guid_text(page, id))),
			    S("correct that first, then run the import again"), e);
	}
	return true;
}

/* A GUID in a text that no map entry answers: one of a row that the source has, has to have one. */
static bool check_open(struct rewriting *w, const struct tab_column *c, struct guid id,
		       struct err *e)
{
	struct missing m = { .column = c->name, .id = id };
	enum on_unresolved what =
		unresolved_rule_for(&w->j->decisions, w->t->table->name, c->name, S(""));
	bool known;

	if (!run_has_map(w->j->run, id, &known, e))
		return false;
	if (known) {
		m.table = S("row");
		m.why = S("several rows of the source have that id, and not one counterpart");
		return tell_missing(w, &m, what, "the id stays as it is", e);
	}
	if (!run_find_reference(w->j->run, w->j->page, id, &m.table, &m.name, &known, e))
		return false;
	if (!known)
		return check_failed(w, c, id, e);
	return describe(w, &m, e) && tell_missing(w, &m, what, "the id stays as it is", e);
}

/* Whose id it may be, the knowledge tells of some columns; else it is any row's. */
static bool find_in_text(struct rewriting *w, const struct tab_column *c, struct guid id,
			 struct guid *target, bool *found, struct err *e)
{
	const struct known_column *known = knowledge_find_column(w->t->known, c->name);

	*found = false;
	for (size_t i = 0; known && i < known->ntables; i++) {
		if (!run_get_map(w->j->run, known->tables[i], id, target, found, e))
			return false;
		if (*found)
			return true;
	}
	return run_get_map_any(w->j->run, id, target, found, e);
}

/* The same text with every GUID that was mapped to another one replaced. */
static bool rewrite_text(struct rewriting *w, const struct tab_column *c, struct value *v,
			 struct err *e)
{
	DEFER(buf_release) struct buf out = buf_make(LIMIT_XML_VALUE);
	size_t pos = 0, copied = 0, at;
	struct guid id, target;

	while (guid_scan(v->text, &pos, &at, &id)) {
		bool found;
		if (!find_in_text(w, c, id, &target, &found, e))
			return false;
		if (!found && !check_open(w, c, id, e))
			return false;
		if (!found || guid_eq(id, target))
			continue;
		buf_add(&out, str_sub(v->text, copied, at - copied));
		add_guid(&out, target, has_upper(str_sub(v->text, at, pos - at)));
		copied = pos;
	}
	if (copied == 0)
		return true;
	buf_add(&out, str_skip(v->text, copied));
	if (!buf_check(&out, "a rewritten text", e))
		return false;
	v->text = str_dup(w->j->page, buf_str(&out));
	return true;
}

/* One column while its parties are rewritten. */
struct party_column {
	struct rewriting *w;
	const struct tab_column *c;
};

static bool rewrite_party(void *context, struct value *reference, struct err *e)
{
	struct party_column *p = context;

	return rewrite_reference(p->w, p->c, reference, e);
}

/* Of a row that is there, a list without one of its parties would take that one away: it stays as it is. */
static bool rewrite_parties(struct rewriting *w, const struct tab_column *c, struct value *v,
			    struct err *e)
{
	struct party_column context = { w, c };

	w->left_out = false;
	if (!parties_rewrite(w->j->page, v, rewrite_party, &context, e))
		return false;
	if (w->left_out && !w->fresh)
		*v = (struct value){ .kind = VALUE_ABSENT };
	return true;
}

static bool rewrite_value(struct rewriting *w, const struct tab_column *c, struct value *v,
			  struct err *e)
{
	struct err unfit;

	if (c->party)
		return rewrite_parties(w, c, v, e);
	if (v->kind == VALUE_REF)
		return rewrite_reference(w, c, v, e);
	if (v->kind != VALUE_TEXT || file_cell_is(c->column))
		return true;
	if (column_is_text(c->column) && !rewrite_text(w, c, v, e))
		return false;
	if (value_adapt(w->j->page, c->column, v, &unfit))
		return true;
	w->failed = true;
	return tell(w, c->name, str_dup(w->j->page, str_from(unfit.msg)),
		    S("correct the value in the source, or widen the target's column"), e);
}

static bool is_owner(const struct rewriting *w, const struct tab_column *c)
{
	return w->j->owner.kind == VALUE_REF && c->column && c->column->type == COLUMN_OWNER;
}

static bool rewrite_values(struct rewriting *w, struct value *values, struct err *e)
{
	for (size_t i = 0; i < w->t->ncolumns; i++) {
		const struct tab_column *c = &w->t->columns[i];
		bool written = c->field && c->column && (c->create || c->update || c->compare);

		/* One that was said is that of new rows, whoever had them in the source. */
		if (is_owner(w, c) && c->create && w->fresh)
			values[i] = w->j->owner;
		else if (!written || is_owner(w, c))
			values[i] = (struct value){ .kind = VALUE_ABSENT };
		else if (!rewrite_value(w, c, &values[i], e))
			return err_wrap(e, "%.*s", STR_ARG(c->name));
	}
	return true;
}

/* A map file may say that several rows, which are only pointed to, are one; else it is a conflict, and told. */
static bool share_wanted(struct rewriting *w, struct err *e)
{
	struct run *r = w->j->run;
	struct str how;
	bool found;

	if (!run_get_how(r, w->j->page, w->t->table->name, w->source, &how, &found, e))
		return false;
	return !found || !str_eq(how, S(MAP_HOW)) ||
	       journal_set_outcome(r, w->t->number, w->source, OUTCOME_ADOPTED, e);
}

static bool put_wanted(struct rewriting *w, const struct value *values, struct err *e)
{
	DEFER(buf_release) struct buf cells = buf_make(0);
	struct run_row row = { .id = w->target, .origin = w->source };
	bool fresh;

	if (!w->mapped)
		return true;
	cells_pack(&cells, values, w->t->ncolumns);
	row.cells = buf_str(&cells);
	if (!run_put_row(w->j->run, SIDE_WANTED, w->t->number, &row, &fresh, e))
		return false;
	return fresh || share_wanted(w, e);
}

/* A row that is only pointed to: what it points to itself need not be known. */
static bool is_left(const struct rewriting *w, const struct value *values)
{
	return !w->fresh && tab_leaves(w->t, tab_rule(w->t, values));
}

static bool find_counterpart(struct rewriting *w, struct err *e)
{
	bool there = false;

	if (!run_get_map(w->j->run, w->t->table->name, w->source, &w->target, &w->mapped, e) ||
	    (w->mapped && !run_has_row(w->j->run, SIDE_TARGET, w->t->number, w->target, &there, e)))
		return false;
	w->fresh = !there;
	return true;
}

static bool rewrite_row(void *context, const struct run_row *row, struct value *values,
			struct err *e)
{
	struct rewriting *w = context;

	w->source = row->id;
	w->failed = w->skipped = false;
	if (!find_counterpart(w, e))
		return false;

	bool left = is_left(w, values);

	for (size_t i = 0; left && i < w->t->ncolumns; i++)
		values[i] = (struct value){ .kind = VALUE_ABSENT };
	if (!left && !rewrite_values(w, values, e))
		return false;
	if (w->failed)
		return journal_set_outcome(w->j->run, w->t->number, row->id, OUTCOME_FAILED, e);
	if (w->skipped)
		return journal_set_outcome(w->j->run, w->t->number, row->id, OUTCOME_SKIPPED, e);
	return put_wanted(w, values, e);
}

/* A pair whose one end is a row that failed, or whose far end is open, which is told already. */
static bool skip_pair(struct rewriting *w, struct str table, struct guid end, struct guid target,
		      struct err *e)
{
	const struct tab_relationship *rel = w->rel;
	struct str message = str_fmt(w->j->page, "not linked, because %.*s %.*s failed",
				     STR_ARG(table), STR_ARG(guid_text(w->j->page, end)));
	bool failed;

	return is_failed_row(w->j, table, end, &failed, e) &&
	       (!failed || tell(w, rel->link->schema_name, message,
				S("correct that first, then run the import again"), e)) &&
	       journal_set_link_outcome(w->j->run, rel->rel, w->source, target, OUTCOME_SKIPPED, e);
}

/* The far end of a pair is nowhere. */
static bool lose_pair(struct rewriting *w, struct missing *m, struct err *e)
{
	const struct tab_relationship *rel = w->rel;
	enum on_unresolved what = unresolved_rule_for(&w->j->decisions, w->t->table->name,
						      m->column, rel->relationship->name);
	bool failed;

	if (!is_failed_row(w->j, m->table, m->id, &failed, e) || !describe(w, m, e))
		return false;
	if (failed && m->why.n == 0)
		return true;
	/* of a pair nothing can be left out but the pair */
	return tell_missing(w, m, what, "it is skipped", e);
}

/* Both ends of a pair in the target's ids; an end that is open is told. */
static bool rewrite_pair(void *context, struct guid source, struct guid target, struct err *e)
{
	struct rewriting *w = context;
	const struct tab_relationship *rel = w->rel;
	struct str other = rel->source_is_first ? rel->link->table2 : rel->link->table1;
	struct missing m = { .column = rel->link->schema_name, .table = other, .id = target };
	struct guid from, to;
	bool have_from, have_to;

	w->source = source;
	if (!run_get_map(w->j->run, w->t->table->name, source, &from, &have_from, e) ||
	    !find_target(w, other, target, &to, &have_to, &m.why, e))
		return false;
	if (!have_to && !lose_pair(w, &m, e))
		return false;
	if (!have_from)
		return skip_pair(w, w->t->table->name, source, target, e);
	if (!have_to)
		return skip_pair(w, other, target, target, e);
	return run_put_link(w->j->run, SIDE_WANTED, rel->rel, from, to, e);
}

static bool find_failed_rows(struct job *j, bool *failed, struct err *e)
{
	for (size_t i = 0; i < j->tabs.n; i++) {
		uint64_t counts[OUTCOMES];

		if (!journal_count_outcomes(j->run, j->tabs.p[i].number, counts, e))
			return false;
		failed[i] = counts[OUTCOME_FAILED] > 0;
	}
	return true;
}

bool rewrite_all(struct job *j, uint64_t *unresolved, struct err *e)
{
	bool *failed = arena_array(j->arena, bool, j->tabs.n);
	struct rewriting w = { .j = j, .failed_rows = failed };

	if (!find_failed_rows(j, failed, e))
		return false;
	for (size_t i = 0; i < j->tabs.n; i++) {
		w.t = &j->tabs.p[i];
		if (!job_each_values(j, SIDE_SOURCE, w.t, rewrite_row, &w, e))
			return err_wrap(e, "rewriting %.*s", STR_ARG(w.t->table->name));
		for (size_t k = 0; k < w.t->nrelationships; k++) {
			w.rel = &w.t->relationships[k];
			if (!job_each_link(j, SIDE_SOURCE, w.rel->rel, rewrite_pair, &w, e))
				return err_wrap(e, "rewriting %.*s", STR_ARG(w.t->table->name));
		}
	}
	*unresolved = w.unresolved;
	return true;
}
