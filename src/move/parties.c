/* SPDX-License-Identifier: MIT */
/*
 * Reading and writing party lists. That a PUT on the collection replaces it is documented; what it does to the parties that the
 * platform keeps itself (the owner and what an activity is about, masks 8 and 9) is not (GUESS): they are never told, because the
 * platform makes them out of the activity's own columns.
 */
#include "move/parties.h"

#include <stdlib.h>

#include "base/vec.h"
#include "dv/odata.h"
#include "dv/odata_parties.h"
#include "dv/party_cmt.h"
#include "move/cells.h"

#include "base/banned.h"

static bool take_party(const struct package_party *from, struct arena *page, struct party *out,
		       struct err *e)
{
	struct party p = party_cmt_read(from);
	struct guid id;

	if (p.id.n > 0 && !guid_parse(p.id, &id))
		return err_set(e, ERR_INPUT, "\"%.*s\" is not the id of a party",
			       STR_ARG(str_sub(p.id, 0, 60)));
	if (p.id.n > 0 && p.table.n == 0)
		return err_set(
			e, ERR_INPUT,
			"which table party %.*s belongs to is not told: lookupentity is missing",
			STR_ARG(p.id));
	if (p.id.n > 0)
		p.id = guid_text(page, id);
	*out = p;
	return true;
}

static bool takes_addresses(struct job *j)
{
	const struct table *t = catalog_find(j->catalog, S(PARTY_TABLE));
	const struct column *c = t ? table_column(t, S(PARTY_ADDRESS)) : NULL;

	return c && c->create;
}

static struct value list_value(struct arena *a, struct party *parties, size_t n)
{
	struct str text = party_list(a, parties, n);

	return (struct value){ .kind = text.n > 0 ? VALUE_TEXT : VALUE_NULL, .text = text };
}

bool parties_read(struct job *j, const struct package_field *f, struct value *out, size_t *without,
		  struct err *e)
{
	struct party *parties = arena_array(j->page, struct party, f->nparties);
	size_t n = 0;

	*without = 0;
	for (size_t i = 0; i < f->nparties; i++) {
		struct party p;

		if (!take_party(&f->parties[i], j->page, &p, e))
			return false;
		if (p.id.n > 0 || (p.address.n > 0 && takes_addresses(j)))
			parties[n++] = p;
		else
			++*without;
	}
	*out = list_value(j->page, parties, n);
	return true;
}

/* One party on its way. */
struct taken {
	uint32_t activity; /* its place among those that are asked for */
	uint32_t column;   /* of the tab */
	struct party party;
};

struct pulling {
	struct job *j;
	struct tab *tab;
	VEC(struct taken) taken;
	struct arena arena;
	struct map activities; /* by the text of their ids */
	const struct column **columns;
	size_t ncolumns;
};

enum { ACTIVITY, PARTY, MASK, ADDRESS, FIRST_MORE };

static bool choose_columns(struct pulling *p, bool more, struct err *e)
{
	static const struct str basic[FIRST_MORE] = {
		[ACTIVITY] = STR_INIT(PARTY_ACTIVITY),
		[PARTY] = STR_INIT(PARTY_PARTY),
		[MASK] = STR_INIT(PARTY_MASK),
		[ADDRESS] = STR_INIT(PARTY_ADDRESS),
	};
	const struct table *t = catalog_find(p->j->catalog, S(PARTY_TABLE));

	p->columns = arena_array(&p->arena, const struct column *, FIRST_MORE + PARTY_CMT_COLUMNS);
	for (size_t i = 0; i < FIRST_MORE; i++) {
		const struct column *c = t ? table_column(t, basic[i]) : NULL;

		if (!c)
			return err_set(e, ERR_INPUT,
				       "the environment has no column %.*s of " PARTY_TABLE,
				       STR_ARG(basic[i]));
		p->columns[p->ncolumns++] = c;
	}
	for (size_t i = 0; more && i < PARTY_CMT_COLUMNS; i++) {
		const struct column *c = table_column(t, party_cmt_columns[i]);

		if (c && c->read && c != p->columns[ADDRESS])
			p->columns[p->ncolumns++] = c;
	}
	return true;
}

/* The tab's column whose parties have this mask; SIZE_MAX: it has none. */
static size_t column_of(const struct tab *t, const struct value *mask)
{
	int64_t number;

	if (value_is_empty(mask) || !str_parse_i64(mask->text, &number))
		return SIZE_MAX;
	for (size_t i = 0; i < t->ncolumns; i++)
		if (t->columns[i].party && t->columns[i].party == number)
			return i;
	return SIZE_MAX;
}

/* Tabs and line ends stand between parts. */
static bool is_plain(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if ((unsigned char)s.p[i] < ' ')
			return false;
	return true;
}

static void add_more(struct buf *out, const struct column *c, const struct value *v)
{
	if (value_is_empty(v) || !is_plain(v->text))
		return;
	buf_add_fmt(out, "%s%.*s=%.*s", out->n > 0 ? "\t" : "", STR_ARG(c->name), STR_ARG(v->text));
	if (v->kind == VALUE_REF)
		buf_add_fmt(out, " %.*s", STR_ARG(v->table));
}

static struct str more_of(struct pulling *p, const struct value *values)
{
	DEFER(buf_release) struct buf out = buf_make(0);

	for (size_t i = FIRST_MORE; i < p->ncolumns; i++)
		add_more(&out, p->columns[i], &values[i]);
	if (p->ncolumns > FIRST_MORE)
		add_more(&out, p->columns[ADDRESS], &values[ADDRESS]);
	return str_dup(&p->arena, buf_str(&out));
}

static struct str kept(struct arena *a, const struct value *v)
{
	return value_is_empty(v) ? (struct str){ 0 } : str_dup(a, v->text);
}

static bool take_row(void *context, const struct read_row *row, struct err *e)
{
	struct pulling *p = context;
	const struct value *activity = &row->values[ACTIVITY], *party = &row->values[PARTY];
	size_t column = column_of(p->tab, &row->values[MASK]);
	uint32_t place;

	(void)e;
	if (column == SIZE_MAX || !map_get(&p->activities, activity->text, &place))
		return true;

	struct taken t = { .activity = place, .column = (uint32_t)column };

	t.party.address = kept(&p->arena, &row->values[ADDRESS]);
	if (!value_is_empty(party)) {
		t.party.id = str_dup(&p->arena, party->text);
		t.party.table = str_dup(&p->arena, party->table);
		t.party.name = str_dup(&p->arena, party->name);
	}
	t.party.more = more_of(p, row->values);
	if (party_is_told(&t.party))
		*VEC_PUSH(&p->arena, &p->taken) = t;
	return true;
}

static int by_activity(const void *a, const void *b)
{
	const struct taken *x = a, *y = b;

	if (x->activity != y->activity)
		return x->activity < y->activity ? -1 : 1;
	return x->column < y->column ? -1 : x->column > y->column;
}

/* All parties of one row, in its cells. */
static bool put_parties(struct pulling *p, enum side side, struct guid id,
			const struct taken *taken, size_t n, struct err *e)
{
	struct arena_mark mark = arena_mark(p->j->page);
	struct value *values = arena_array(p->j->page, struct value, p->tab->ncolumns);
	DEFER(buf_release) struct buf cells = buf_make(0);
	struct run_row row;
	bool found;

	if (!run_get_row(p->j->run, side, p->tab->number, id, &row, &found, e))
		return false;
	if (!found)
		return true;
	if (!cells_unpack(str_dup(p->j->page, row.cells), values, p->tab->ncolumns, e))
		return false;
	for (size_t at = 0, k; at < n; at = k) {
		struct party *list = arena_array(p->j->page, struct party, n - at);

		for (k = at; k < n && taken[k].column == taken[at].column; k++)
			list[k - at] = taken[k].party;
		values[taken[at].column] = list_value(p->j->page, list, k - at);
	}
	cells_pack(&cells, values, p->tab->ncolumns);
	bool ok = run_set_cells(p->j->run, side, p->tab->number, id, buf_str(&cells), e);

	arena_rewind(p->j->page, mark);
	return ok;
}

static bool pull(struct pulling *p, enum side side, const struct guid *ids, size_t n, struct err *e)
{
	struct read_query query = { .row = take_row, .context = p, .names = side == SIDE_SOURCE };

	p->activities = map_make(&p->arena);
	for (size_t i = 0; i < n; i++) {
		uint32_t index = (uint32_t)i;

		map_put(&p->activities, guid_text(&p->arena, ids[i]), &index);
	}
	if (!choose_columns(p, side == SIDE_SOURCE, e))
		return false;
	query.table = catalog_find(p->j->catalog, S(PARTY_TABLE));
	query.columns = p->columns;
	query.n = p->ncolumns;
	if (!read_by_id(&p->j->reader, &query, S(PARTY_ACTIVITY), ids, n, e))
		return err_wrap(e, "reading the parties of %.*s", STR_ARG(p->tab->table->name));
	if (p->taken.n > 0)
		qsort(p->taken.p, p->taken.n, sizeof(*p->taken.p), by_activity);
	for (size_t at = 0, k; at < p->taken.n; at = k) {
		for (k = at; k < p->taken.n; k++)
			if (p->taken.p[k].activity != p->taken.p[at].activity)
				break;
		if (!put_parties(p, side, ids[p->taken.p[at].activity], p->taken.p + at, k - at, e))
			return false;
	}
	return true;
}

bool parties_pull(struct job *j, enum side side, struct tab *t, const struct guid *ids, size_t n,
		  struct err *e)
{
	struct pulling p = { .j = j, .tab = t, .arena = arena_make(0) };
	bool ok = !t->parties || n == 0 || pull(&p, side, ids, n, e);

	arena_release(&p.arena);
	return ok;
}

struct part {
	struct job *j;
	enum side side;
	struct tab *tab;
};

static bool pull_part(void *context, const struct guid *ids, size_t n, struct err *e)
{
	struct part *p = context;

	return parties_pull(p->j, p->side, p->tab, ids, n, e);
}

bool parties_pull_side(struct job *j, enum side side, struct tab *t, struct err *e)
{
	struct part p = { .j = j, .side = side, .tab = t };

	return !t->parties || job_each_part(j, side, t, NULL, pull_part, &p, e);
}

static struct value reference_of(const struct party *p)
{
	return (struct value){
		.kind = VALUE_REF, .text = p->id, .table = p->table, .name = p->name
	};
}

bool parties_each(const struct value *list,
		  bool (*each)(void *, const struct value *, struct err *), void *context,
		  struct err *e)
{
	struct str rest = value_is_empty(list) ? (struct str){ 0 } : list->text;
	struct party p;

	while (party_next(&rest, &p)) {
		struct value reference = reference_of(&p);

		if (p.id.n > 0 && !each(context, &reference, e))
			return false;
	}
	return true;
}

bool parties_rewrite(struct arena *a, struct value *list,
		     bool (*map)(void *, struct value *, struct err *), void *context,
		     struct err *e)
{
	VEC(struct party) parties = { 0 };
	struct str rest = value_is_empty(list) ? (struct str){ 0 } : list->text;
	struct party p;

	while (party_next(&rest, &p)) {
		struct value reference = reference_of(&p);

		if (p.id.n > 0 && !map(context, &reference, e))
			return false;
		if (p.id.n > 0 && value_is_empty(&reference))
			continue;
		p.id = p.id.n > 0 ? reference.text : p.id;
		p.name = p.more = (struct str){ 0 };
		*VEC_PUSH(a, &parties) = p;
	}
	if (!value_is_empty(list))
		*list = list_value(a, parties.p, parties.n);
	return true;
}

bool parties_are_all(const struct tab *t, struct str columns)
{
	bool any = false;

	for (size_t i = 0; i < t->ncolumns && i < columns.n; i++) {
		if (columns.p[i] && !t->columns[i].party)
			return false;
		any = any || columns.p[i];
	}
	return any;
}

static bool put_part(struct run *r, const struct tab *t, const struct change *c, bool parties,
		     struct err *e)
{
	DEFER(buf_release) struct buf columns = buf_make(0);
	struct change part = *c;
	bool any = false;

	for (size_t i = 0; i < c->columns.n; i++) {
		bool yes = c->columns.p[i] && (t->columns[i].party != 0) == parties;

		any = any || yes;
		buf_add_char(&columns, (char)yes);
	}
	part.columns = buf_str(&columns);
	return !any || journal_put_change(r, &part, e);
}

bool parties_put_update(struct run *r, const struct tab *t, struct change *c, struct err *e)
{
	if (!t->parties || c->kind != CHANGE_UPDATE)
		return journal_put_change(r, c, e);
	return put_part(r, t, c, false, e) && put_part(r, t, c, true, e);
}

void parties_url(struct buf *out, const struct tab *t, struct guid id)
{
	odata_row_url(out, t->table, id);
	buf_add_fmt(out, "/%.*s", STR_ARG(t->parties->collection));
}

/* Of all party list columns. */
static bool write_array(struct job *j, const struct tab *t, struct str mask,
			const struct value *wanted, const struct value *is, struct json_writer *w,
			struct err *e)
{
	const struct column **columns = arena_array(j->page, const struct column *, t->ncolumns);
	struct value *values = arena_array(j->page, struct value, t->ncolumns);
	size_t n = 0;

	for (size_t i = 0; i < t->ncolumns; i++) {
		bool changes = i < mask.n && mask.p[i];

		if (!t->columns[i].party)
			continue;
		columns[n] = t->columns[i].column;
		values[n++] = changes ? wanted[i] : is[i];
	}
	return odata_parties_write(w, j->catalog, columns, values, n, e);
}

bool parties_write(struct job *j, const struct tab *t, struct str columns,
		   const struct value *wanted, const struct value *is, struct json_writer *w,
		   struct err *e)
{
	json_object(w);
	json_key(w, S("value"));
	if (!write_array(j, t, columns, wanted, is, w, e))
		return false;
	json_object_end(w);
	return true;
}

bool parties_write_member(struct job *j, const struct tab *t, const struct column *const *columns,
			  const struct value *values, size_t n, struct json_writer *w,
			  struct err *e)
{
	bool any = false;

	for (size_t i = 0; i < n; i++)
		any = any || (columns[i]->type == COLUMN_PARTYLIST && !value_is_empty(&values[i]));
	if (!any)
		return true;
	json_key(w, t->parties->collection);
	return odata_parties_write(w, j->catalog, columns, values, n, e);
}
