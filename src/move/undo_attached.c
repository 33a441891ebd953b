/* SPDX-License-Identifier: MIT */
/*
 * Marking created rows. Marks only ever go from "deleted" to one of the others; each that does so may take others with it: what a
 * row that stays points to has to stay.
 */
#include "move/undo_attached.h"

#include "move/cells.h"
#include "move/undo_made.h"

#include "base/banned.h"

struct kept {
	const struct tab *t;
	struct guid id;
};

struct attaching {
	struct undoing *u;
	struct attached *attached;
	struct made_by by;
	struct made_rows made;
	VEC(struct kept) kept; /* whose lookups are still to be followed */
	const struct tab
		*t; /* of the rows that are asked about; NULL: they were made by the platform */
	struct str table;
};

/* A row that was to be deleted stays. */
static bool keep(struct attaching *a, const struct tab *t, struct guid id, struct str how,
		 struct str message, struct err *e)
{
	struct undoing *u = a->u;
	struct run_row row;
	bool found;

	if (!run_get_row(u->j->run, SIDE_NOW, t->number, id, &row, &found, e) || !found)
		return !found;
	if (!str_eq(row.version, UNDO_DELETED))
		return true;
	u->t = tabs_find(&u->of->tabs, t->table->name);
	*VEC_PUSH(u->j->arena, &a->kept) = (struct kept){ t, id };
	return undo_mark(u, t, &row, how, e) &&
	       undo_row_left(u, id, S(""), message,
			     S("take away what is attached to it, and undo the run again"), e);
}

static struct str described(struct attaching *a, const struct attached_row *row)
{
	struct arena *page = a->u->j->page;
	struct str id = guid_text(page, row->id);

	if (row->pair)
		return str_fmt(page, "is linked with %.*s %.*s by %.*s", STR_ARG(row->table),
			       STR_ARG(id), STR_ARG(row->column));
	return str_fmt(page, "%.*s %.*s points to it with %.*s", STR_ARG(row->table), STR_ARG(id),
		       STR_ARG(row->column));
}

/* A pair that the run made, or found. */
static bool is_known_pair(struct undoing *u, const struct attached_row *row, bool *yes,
			  struct err *e)
{
	*yes = false;
	for (size_t i = 0; i < u->of->tabs.n; i++)
		for (size_t k = 0; k < u->of->tabs.p[i].nrelationships; k++) {
			const struct tab_relationship *rel = &u->of->tabs.p[i].relationships[k];
			bool one, other;

			if (!str_eq(rel->link->schema_name, row->column))
				continue;
			if (!run_has_link(u->of->run, SIDE_WANTED, rel->rel, row->pointed, row->id,
					  &one, e) ||
			    !run_has_link(u->of->run, SIDE_WANTED, rel->rel, row->id, row->pointed,
					  &other, e))
				return false;
			*yes = *yes || one || other;
		}
	return true;
}

/* A lookup that is put back by this undo: its row was there before. */
static bool is_put_back(struct undoing *u, const struct attached_row *row, bool *yes, struct err *e)
{
	struct tab *t = tabs_find(&u->j->tabs, row->table);
	size_t at = t ? tab_column(t, row->column) : SIZE_MAX;
	struct value *values;
	struct run_row wanted;
	bool found;

	*yes = false;
	if (at == SIZE_MAX)
		return true;
	if (!run_get_row(u->j->run, SIDE_WANTED, t->number, row->id, &wanted, &found, e) || !found)
		return !found;
	values = arena_array(u->j->page, struct value, t->ncolumns);
	if (!cells_unpack(str_dup(u->j->page, wanted.cells), values, t->ncolumns, e))
		return false;
	*yes = values[at].kind != VALUE_ABSENT;
	return true;
}

/* Whether it goes with what is asked about, or is put back. */
static bool is_ours(struct attaching *a, const struct attached_row *row, bool *yes, struct err *e)
{
	struct undoing *u = a->u;
	struct tab *t = tabs_find(&u->of->tabs, row->table);
	struct str how = { 0 };

	*yes = false;
	if (t && !undo_marked(u, t, row->id, &how, e))
		return false;
	/* one that stays is followed from its side */
	if (how.n > 0 || made_find(&a->made, row->table, row->id)) {
		*yes = true;
		return true;
	}
	return row->pair ? is_known_pair(u, row, yes, e) : is_put_back(u, row, yes, e);
}

/* The created row because of which a row of the platform's was made. */
static const struct made_row *root_of(struct attaching *a, const struct made_row *row)
{
	for (const struct made_row *next = row; next;) {
		row = next;
		next = made_find(&a->made, row->of_table, row->of);
		if (next == row)
			break;
	}
	return row;
}

/* Somebody points to a row of the platform's: that stays, and with it what it was made for. */
static bool keep_made(struct attaching *a, const struct attached_row *row, struct str message,
		      struct err *e)
{
	struct made_row *made = made_find(&a->made, a->table, row->pointed);
	const struct made_row *root;
	const struct tab *t;

	if (!made || made->stays)
		return true;
	made->stays = true;
	root = root_of(a, made);
	t = tabs_find(&a->u->of->tabs, root->of_table);
	/* one that created rows only point to may stay alone */
	return !t || made->column.n == 0 || keep(a, t, root->of, UNDO_DEACTIVATED, message, e);
}

static bool take(void *context, const struct attached_row *row, struct err *e)
{
	struct attaching *a = context;
	struct undoing *u = a->u;
	struct arena_mark mark = arena_mark(u->j->page);
	bool ours, ok;

	if (!is_ours(a, row, &ours, e))
		return false;
	if (ours) {
		ok = true;
	} else if (made_is(u, &a->by, row)) {
		struct made_row made = { .table = row->table,
					 .id = row->id,
					 .column = row->column,
					 .of_table = a->table,
					 .of = row->pointed };

		made_add(u, &a->made, &made);
		ok = true;
	} else {
		struct str message = str_fmt(u->j->page, "is deactivated, not deleted: %.*s",
					     STR_ARG(described(a, row)));

		ok = a->t ? keep(a, a->t, row->pointed, UNDO_DEACTIVATED, message, e)
			  : keep_made(a, row, message, e);
	}
	arena_rewind(u->j->page, mark);
	return ok;
}

static bool choose(void *context, const struct run_row *row, bool *yes, struct err *e)
{
	(void)context;
	(void)e;
	*yes = str_eq(row->version, UNDO_DELETED);
	return true;
}

static bool ask_part(void *context, const struct guid *ids, size_t n, struct err *e)
{
	struct attaching *a = context;

	return attached_find(a->attached, a->table, ids, n, take, a, e);
}

static bool ask_created(struct attaching *a, struct err *e)
{
	for (size_t i = 0; i < a->u->of->tabs.n; i++) {
		a->t = &a->u->of->tabs.p[i];
		a->table = a->t->table->name;
		if (!job_each_part(a->u->j, SIDE_NOW, a->t, choose, ask_part, a, e))
			return err_wrap(e, "what is attached to %.*s", STR_ARG(a->table));
	}
	return true;
}

/* What the platform made may have rows of its own. */
static bool ask_made(struct attaching *a, struct err *e)
{
	a->t = NULL;
	for (size_t i = 0; i < a->made.rows.n; i++) {
		struct made_row *row = &a->made.rows.p[i];
		struct guid id = row->id;

		if (row->asked)
			continue;
		row->asked = true;
		a->table = row->table;
		if (!attached_find(a->attached, a->table, &id, 1, take, a, e))
			return err_wrap(e, "what is attached to %.*s", STR_ARG(a->table));
	}
	return true;
}

/* What a row that stays points to. */
static bool follow(struct attaching *a, const struct kept *kept, struct err *e)
{
	struct undoing *u = a->u;
	const struct tab *t = kept->t;
	struct value *values = arena_array(u->j->page, struct value, t->ncolumns);
	struct run_row row;
	struct str how;
	bool found;

	if (!run_get_row(u->j->run, SIDE_NOW, t->number, kept->id, &row, &found, e) || !found)
		return !found;
	how = str_dup(u->j->page, row.version);
	if (!cells_unpack(str_dup(u->j->page, row.cells), values, t->ncolumns, e))
		return false;
	for (size_t i = 0; i < t->ncolumns; i++) {
		struct tab *to = values[i].kind == VALUE_REF
					 ? tabs_find(&u->of->tabs, values[i].table)
					 : NULL;
		struct guid id;

		if (!to || !guid_parse(values[i].text, &id))
			continue;

		struct str message =
			str_fmt(u->j->page, "stays, because %.*s %.*s, which stays, points to it",
				STR_ARG(t->table->name), STR_ARG(guid_text(u->j->page, kept->id)));

		if (!keep(a, to, id, how, message, e))
			return false;
	}
	return true;
}

static bool follow_all(struct attaching *a, struct err *e)
{
	struct arena_mark mark = arena_mark(a->u->j->page);

	for (size_t i = 0; i < a->kept.n; i++) {
		struct kept kept = a->kept.p[i];

		if (!follow(a, &kept, e))
			return false;
		arena_rewind(a->u->j->page, mark);
	}
	return true;
}

static bool add_left(void *context, const struct run_row *row, struct err *e)
{
	struct attaching *a = context;

	(void)e;
	if (str_eq(row->version, UNDO_LEFT))
		*VEC_PUSH(a->u->j->arena, &a->kept) = (struct kept){ a->t, row->id };
	return true;
}

static bool gather_left(struct attaching *a, struct err *e)
{
	for (size_t i = 0; i < a->u->of->tabs.n; i++) {
		a->t = &a->u->of->tabs.p[i];
		if (!job_each_row(a->u->j, SIDE_NOW, a->t, add_left, a, e))
			return false;
	}
	return true;
}

static bool tell_unread(struct attaching *a, struct err *e)
{
	const struct attached_unread *unread;
	size_t n;

	unread = attached_unread(a->attached, &n);
	for (size_t i = 0; i < n; i++) {
		struct problem p = {
			.severity = unread[i].hidden ? SEVERITY_WARNING : SEVERITY_NOTE,
			.table = unread[i].table,
			.message = str_fmt(
				a->u->j->page,
				"whether its rows point to what is deleted cannot be asked: %.*s",
				STR_ARG(unread[i].why)),
		};

		if (!journal_put_problem(a->u->j->run, &p, e))
			return false;
	}
	return true;
}

bool undo_attached(struct undoing *u, struct err *e)
{
	struct attaching a = { .u = u, .attached = attached_make(u->j) };

	a.made.by_id = map_make(u->j->arena);
	return gather_left(&a, e) && made_by_ask(u, &a.by, e) &&
	       made_pointed_to(u, &a.by, &a.made, e) && made_watched(u, &a.by, &a.made, e) &&
	       ask_created(&a, e) && ask_made(&a, e) && follow_all(&a, e) && tell_unread(&a, e) &&
	       made_plan(u, &a.made, e);
}
