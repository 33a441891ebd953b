/* SPDX-License-Identifier: MIT */
/*
 * Rewriting, row by row, in the order of the package. A row is either wanted whole or not at all.
 */
#include "move/rewrite.h"

#include "base/limits.h"
#include "move/cells.h"
#include "move/journal.h"
#include "move/run_reference.h"

#include "base/banned.h"

/* One row while it is rewritten. */
struct rewriting {
	struct job *j;
	struct tab *t;
	const struct tab_relationship *rel; /* of the pairs */
	struct guid source;
	bool failed;
	uint64_t unresolved;
};

static bool tell(struct rewriting *w, struct str column, struct str message, struct str remedy,
		 struct err *e)
{
	struct problem p = { .severity = SEVERITY_ERROR,
			     .table = w->t->table->name,
			     .id = guid_text(w->j->page, w->source),
			     .column = column,
			     .message = message,
			     .remedy = remedy };
	return journal_put_problem(w->j->run, &p, e);
}

/* A row of the package whose own import failed: those that point to it are skipped with that reason. */
static bool is_failed_row(struct job *j, struct str table, struct guid id, bool *out, struct err *e)
{
	struct tab *t = tabs_find(&j->tabs, table);
	enum outcome outcome;

	*out = false;
	return !t || journal_get_outcome(j->run, t->number, id, &outcome, out, e);
}

static bool tell_unresolved(struct rewriting *w, struct str column, struct str table,
			    struct guid id, struct str name, struct err *e)
{
	struct arena *page = w->j->page;
	bool failed;

	if (!is_failed_row(w->j, table, id, &failed, e) || failed)
		return failed;
	w->unresolved++;
	struct str message = str_fmt(
		page,
		"points to %.*s %.*s%s%.*s%s, which is neither in the package nor in the target",
		STR_ARG(table), STR_ARG(guid_text(page, id)), name.n > 0 ? " \"" : "",
		STR_ARG(str_sub(name, 0, 200)), name.n > 0 ? "\"" : "");
	return tell(w, column, message, S("import that row first, or add its table to the schema"),
		    e);
}

static bool rewrite_reference(struct rewriting *w, const struct tab_column *c, struct value *v,
			      struct err *e)
{
	struct guid id, target;
	bool found;

	if (!guid_parse(v->text, &id))
		return err_set(e, ERR_INTERNAL, "run file: %.*s: a lookup without an id",
			       STR_ARG(c->name));
	if (!run_get_map(w->j->run, v->table, id, &target, &found, e))
		return false;
	if (found) {
		v->text = guid_text(w->j->page, target);
		return true;
	}
	return tell_unresolved(w, c->name, v->table, id, v->name, e);
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

/* A GUID in a text that no map entry answers: one of a row that the package tells about has to have one. */
static bool check_open(struct rewriting *w, const struct tab_column *c, struct guid id,
		       struct err *e)
{
	struct str table, label;
	bool known;

	if (!run_find_reference(w->j->run, w->j->page, id, &table, &label, &known, e))
		return false;
	return !known || tell_unresolved(w, c->name, table, id, label, e);
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
		if (!run_get_map_any(w->j->run, id, &target, &found, e))
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

static bool rewrite_value(struct rewriting *w, const struct tab_column *c, struct value *v,
			  struct err *e)
{
	struct err unfit;

	if (v->kind == VALUE_REF)
		return rewrite_reference(w, c, v, e);
	if (v->kind != VALUE_TEXT)
		return true;
	if (column_is_text(c->column) && !rewrite_text(w, c, v, e))
		return false;
	if (value_adapt(w->j->page, c->column, v, &unfit))
		return true;
	w->failed = true;
	return tell(w, c->name, str_dup(w->j->page, str_from(unfit.msg)),
		    S("correct the value in the source, or widen the target's column"), e);
}

static bool rewrite_values(struct rewriting *w, struct value *values, struct err *e)
{
	for (size_t i = 0; i < w->t->ncolumns; i++) {
		const struct tab_column *c = &w->t->columns[i];
		if (!c->field || !c->column || !(c->create || c->update || c->compare)) {
			values[i] = (struct value){ .kind = VALUE_ABSENT };
			continue;
		}
		if (!rewrite_value(w, c, &values[i], e))
			return err_wrap(e, "%.*s", STR_ARG(c->name));
	}
	return true;
}

static bool put_wanted(struct rewriting *w, const struct value *values, struct err *e)
{
	DEFER(buf_release) struct buf cells = buf_make(0);
	struct run_row row = { .origin = w->source };
	bool found, fresh;

	if (!run_get_map(w->j->run, w->t->table->name, w->source, &row.id, &found, e))
		return false;
	if (!found) /* a conflict, told by the matching */
		return true;
	cells_pack(&cells, values, w->t->ncolumns);
	row.cells = buf_str(&cells);
	return run_put_row(w->j->run, SIDE_WANTED, w->t->number, &row, &fresh, e);
}

/* A row that is only pointed to: what it points to itself need not be known. */
static bool is_left(struct rewriting *w, const struct value *values, bool *left, struct err *e)
{
	struct guid target;
	struct run_row row;

	*left = false;
	if (!tab_leaves(w->t, tab_rule(w->t, values)))
		return true;
	if (!run_get_map(w->j->run, w->t->table->name, w->source, &target, left, e))
		return false;
	return !*left || run_get_row(w->j->run, SIDE_TARGET, w->t->number, target, &row, left, e);
}

static bool rewrite_row(void *context, const struct run_row *row, struct value *values,
			struct err *e)
{
	struct rewriting *w = context;
	bool left;

	w->source = row->id;
	w->failed = false;
	if (!is_left(w, values, &left, e))
		return false;
	for (size_t i = 0; left && i < w->t->ncolumns; i++)
		values[i] = (struct value){ .kind = VALUE_ABSENT };
	if (!left && !rewrite_values(w, values, e))
		return false;
	if (w->failed)
		return journal_set_outcome(w->j->run, w->t->number, row->id, OUTCOME_FAILED, e);
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

/* Both ends of a pair in the target's ids; an end that is open is told. */
static bool rewrite_pair(void *context, struct guid source, struct guid target, struct err *e)
{
	struct rewriting *w = context;
	const struct tab_relationship *rel = w->rel;
	struct str other = rel->source_is_first ? rel->link->table2 : rel->link->table1;
	struct guid from, to;
	bool have_from, have_to;

	w->source = source;
	if (!run_get_map(w->j->run, w->t->table->name, source, &from, &have_from, e) ||
	    !run_get_map(w->j->run, other, target, &to, &have_to, e))
		return false;
	if (!have_to && !tell_unresolved(w, rel->link->schema_name, other, target, S(""), e))
		return false;
	if (!have_from)
		return skip_pair(w, w->t->table->name, source, target, e);
	if (!have_to)
		return skip_pair(w, other, target, target, e);
	return run_put_link(w->j->run, SIDE_WANTED, rel->rel, from, to, e);
}

bool rewrite_all(struct job *j, uint64_t *unresolved, struct err *e)
{
	struct rewriting w = { .j = j };

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
