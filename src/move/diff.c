/* SPDX-License-Identifier: MIT */
/*
 * The shape of a comparison and the walk over both sides. Rows whose blobs are equal are equal; only of the
 * others the values are looked at. A walk is made to count, and one more for each kind of difference that
 * is asked for, so that nothing has to be remembered.
 */
#include "move/diff.h"

#include "base/limits.h"

#include "base/banned.h"

static_assert((int)DIFF_OLD == (int)SIDE_SOURCE && (int)DIFF_NEW == (int)SIDE_TARGET,
	      "sides are numbered as the run file's");

void diff_init(struct diff *d, struct arena *arena, struct arena *page, struct run *run,
	       const struct progress *progress)
{
	*d = (struct diff){
		.arena = arena,
		.page = page,
		.run = run,
		.progress = progress,
		.by_name = map_make(arena),
		.by_link = map_make(arena),
		.cells = buf_make(0),
	};
}

void diff_release(struct diff *d)
{
	buf_release(&d->cells);
}

static struct diff_table *find_table(struct diff *d, struct str name, bool *fresh)
{
	uint32_t at = (uint32_t)d->tables.n;

	*fresh = !map_get(&d->by_name, name, &at);
	if (!*fresh)
		return &d->tables.p[at];
	struct diff_table *t = VEC_PUSH(d->arena, &d->tables);

	*t = (struct diff_table){
		.name = str_dup(d->arena, name),
		.number = at,
		.by_name = map_make(d->arena),
	};
	map_put(&d->by_name, t->name, &at);
	return t;
}

static uint32_t find_column(struct diff *d, struct diff_table *t, struct str name, bool *fresh)
{
	uint32_t at = (uint32_t)t->columns.n;

	*fresh = !map_get(&t->by_name, name, &at);
	if (!*fresh)
		return at;
	struct diff_column *c = VEC_PUSH(d->arena, &t->columns);

	*c = (struct diff_column){ .name = str_dup(d->arena, name) };
	if (d->knowledge && !d->secrets)
		c->secret = knowledge_column(knowledge_table(d->knowledge, t->name), name) ==
			    COLUMN_RULE_SECRET;
	map_put(&t->by_name, c->name, &at);
	return at;
}

static struct str link_key(struct arena *a, struct str table, struct str name)
{
	return str_fmt(a, "%.*s\n%.*s", STR_ARG(table), STR_ARG(name));
}

static struct diff_relationship *find_relationship(struct diff *d, struct str table,
						   struct str name, bool *fresh)
{
	struct str key = link_key(d->page, table, name);
	uint32_t at = (uint32_t)d->relationships.n;

	*fresh = !map_get(&d->by_link, key, &at);
	if (!*fresh)
		return &d->relationships.p[at];
	struct diff_relationship *r = VEC_PUSH(d->arena, &d->relationships);

	*r = (struct diff_relationship){
		.name = str_dup(d->arena, name),
		.table = str_dup(d->arena, table),
		.number = at,
	};
	map_put(&d->by_link, str_dup(d->arena, key), &at);
	return r;
}

void diff_name_relationship(struct diff *d, struct str table, struct str name, struct str other)
{
	uint32_t at;

	if (other.n > 0 && map_get(&d->by_link, link_key(d->arena, table, name), &at))
		map_put(&d->by_link, link_key(d->arena, table, other), &at);
}

static void add_field(struct diff *d, enum diff_side side, struct diff_table *t,
		      const struct schema_field *f)
{
	bool fresh;
	uint32_t at = find_column(d, t, f->name, &fresh);
	struct diff_column *c = &t->columns.p[at];
	bool single = f->ntargets == 1 && !str_eq(f->targets[0], S("*"));

	c->declared[side] = true;
	c->type[side] = f->type;
	c->target[side] = single ? str_dup(d->arena, f->targets[0]) : S("");
	if (c->declared[!side])
		return;
	c->type[!side] = f->type;
	c->target[!side] = c->target[side];
}

/* What is known has a schema that counts. */
static bool is_wanted_link(const struct diff *d, const struct schema_entity *limit,
			   struct str table, struct str name)
{
	uint32_t at;

	for (size_t i = 0; limit && i < limit->nrelationships; i++)
		if (str_eq(limit->relationships[i].name, name))
			return true;
	return !limit || map_get(&d->by_link, link_key(d->page, table, name), &at);
}

static void add_entity(struct diff *d, enum diff_side side, const struct schema_entity *en)
{
	const struct schema_entity *limit = d->limit ? schema_entity(d->limit, en->name) : NULL;
	bool fresh;

	if (d->limit && !limit)
		return;
	struct diff_table *t = find_table(d, en->name, &fresh);

	t->declared[side] = true;
	if (en->primary_id.n > 0)
		t->primary_id = str_dup(d->arena, en->primary_id);
	if (en->primary_name.n > 0)
		t->primary_name = str_dup(d->arena, en->primary_name);
	for (size_t k = 0; k < en->nfields; k++)
		if (!limit || schema_field(limit, en->fields[k].name))
			add_field(d, side, t, &en->fields[k]);
	for (size_t k = 0; k < en->nrelationships; k++) {
		const struct schema_relationship *rel = &en->relationships[k];

		if (rel->many_to_many && is_wanted_link(d, limit, en->name, rel->name))
			find_relationship(d, en->name, rel->name, &fresh)->declared[side] = true;
	}
}

void diff_add_schema(struct diff *d, enum diff_side side, const struct schema *schema)
{
	struct arena_mark mark = arena_mark(d->page);

	for (size_t i = 0; i < schema->nentities; i++)
		add_entity(d, side, &schema->entities[i]);
	arena_rewind(d->page, mark);
}

bool diff_leaves_out(const struct diff *d, struct str table, struct str column, struct str link)
{
	uint32_t at;

	if (!d->limit)
		return false;
	if (!map_get(&d->by_name, table, &at))
		return true;
	if (column.n > 0)
		return !map_get(&d->tables.p[at].by_name, column, &at);
	return link.n > 0 && !map_get(&d->by_link, link_key(d->page, table, link), &at);
}

static bool one_more(size_t *n, const char *what, struct err *e)
{
	if (++*n <= LIMIT_UNDECLARED)
		return true;
	return err_set(e, ERR_INPUT,
		       "data.xml has more than %d %s that data_schema.xml does not have",
		       LIMIT_UNDECLARED, what);
}

bool diff_table(struct diff *d, struct str name, size_t *out, struct err *e)
{
	bool fresh;
	const struct diff_table *t = find_table(d, name, &fresh);

	*out = t->number;
	return !fresh || one_more(&d->undeclared, "tables and relationships", e);
}

bool diff_column(struct diff *d, struct diff_table *t, struct str name, uint32_t *out,
		 struct err *e)
{
	size_t undeclared = 0;
	bool fresh;

	*out = find_column(d, t, name, &fresh);
	if (!fresh)
		return true;
	t->columns.p[*out].type[DIFF_OLD] = CMT_STRING;
	t->columns.p[*out].type[DIFF_NEW] = CMT_STRING;
	/* What the schemas have is bounded by the size of their files. */
	for (size_t i = t->columns.n; i-- > 0;) {
		const struct diff_column *c = &t->columns.p[i];

		if (c->declared[DIFF_OLD] || c->declared[DIFF_NEW])
			break;
		if (!one_more(&undeclared, "columns of one table", e))
			return false;
	}
	return true;
}

bool diff_relationship(struct diff *d, struct str table, struct str name, size_t *out,
		       struct err *e)
{
	bool fresh;
	const struct diff_relationship *r = find_relationship(d, table, name, &fresh);

	*out = r->number;
	return !fresh || one_more(&d->undeclared, "tables and relationships", e);
}

bool diff_put_row(struct diff *d, enum diff_side side, struct diff_table *t, struct guid id,
		  struct diff_value *values, size_t n, bool *fresh, bool *same, struct err *e)
{
	struct run_row row = { .id = id, .origin = id };
	struct run_row before;
	bool found;

	buf_clear(&d->cells);
	diff_cells_pack(&d->cells, d->page, values, n);
	row.cells = buf_str(&d->cells);
	*same = true;
	if (!run_put_row(d->run, (enum side)side, t->number, &row, fresh, e))
		return false;
	if (*fresh) {
		t->rows[side]++;
		return true;
	}
	if (!run_get_row(d->run, (enum side)side, t->number, id, &before, &found, e))
		return false;
	*same = found && str_eq(before.cells, row.cells);
	return true;
}

/* Calls `visit` for every id of either side; one of the rows may be NULL. */
struct walk {
	struct diff *d;
	const struct diff_table *t;
	bool (*visit)(void *context, const struct run_row *old, const struct run_row *new,
		      struct err *e);
	void *context;
	uint64_t done;
};

static bool go_on(struct walk *w, struct err *e)
{
	const struct progress *p = w->d->progress;
	uint64_t total = w->t->rows[DIFF_OLD] + w->t->rows[DIFF_NEW];

	if (p && p->step)
		p->step(p->context, "comparing", w->t->name, w->done, total);
	if (p && p->cancelled && p->cancelled(p->context))
		return err_set(e, ERR_CANCELLED, "cancelled while rows were compared");
	return true;
}

/* Both sides' next rows. */
struct front {
	struct run_cursor cursor[DIFF_SIDES];
	struct run_row row[DIFF_SIDES];
	bool there[DIFF_SIDES];
};

static void front_close(struct front *f)
{
	run_cursor_close(&f->cursor[DIFF_OLD]);
	run_cursor_close(&f->cursor[DIFF_NEW]);
}

static bool front_next(struct front *f, enum diff_side side, struct err *e)
{
	return run_next_row(&f->cursor[side], &f->row[side], &f->there[side], e);
}

static bool front_open(struct front *f, const struct walk *w, enum diff_side side, struct err *e)
{
	return run_rows(w->d->run, (enum side)side, w->t->number, &f->cursor[side], e) &&
	       front_next(f, side, e);
}

/* <0: the old side's row comes first, 0: both are of one id. */
static int front_order(const struct front *f)
{
	if (!f->there[DIFF_OLD] || !f->there[DIFF_NEW])
		return f->there[DIFF_OLD] ? -1 : 1;
	return guid_cmp_sql(f->row[DIFF_OLD].id, f->row[DIFF_NEW].id);
}

static bool walk_rows(struct walk *w, struct err *e)
{
	struct arena_mark mark = arena_mark(w->d->page);
	DEFER(front_close) struct front f = { 0 };

	if (!front_open(&f, w, DIFF_OLD, e) || !front_open(&f, w, DIFF_NEW, e))
		return false;
	while (f.there[DIFF_OLD] || f.there[DIFF_NEW]) {
		int order = front_order(&f);

		w->done += order == 0 ? 2 : 1;
		if (!go_on(w, e) || !w->visit(w->context, order <= 0 ? &f.row[DIFF_OLD] : NULL,
					      order >= 0 ? &f.row[DIFF_NEW] : NULL, e))
			return false;
		arena_rewind(w->d->page, mark);
		if (order <= 0 && !front_next(&f, DIFF_OLD, e))
			return false;
		if (order >= 0 && !front_next(&f, DIFF_NEW, e))
			return false;
	}
	return true;
}

/* The cells that differ, on the page. */
struct compared {
	VEC(struct diff_cell) cells;
	const struct diff_value *x, *y; /* all values of both rows */
	size_t nx, ny;
};

static bool compare_values(struct diff *d, const struct diff_table *t, struct compared *c,
			   const struct run_row *old, const struct run_row *new, struct err *e)
{
	struct diff_value *x, *y;

	if (!diff_cells_unpack(old->cells, d->page, &x, &c->nx, e) ||
	    !diff_cells_unpack(new->cells, d->page, &y, &c->ny, e))
		return false;
	assert(x && y);
	c->x = x;
	c->y = y;
	for (size_t i = 0, j = 0; i < c->nx || j < c->ny;) {
		uint32_t left = i < c->nx ? x[i].column : UINT32_MAX;
		uint32_t right = j < c->ny ? y[j].column : UINT32_MAX;
		uint32_t at = left < right ? left : right;
		struct diff_cell cell = {
			.column = &t->columns.p[at],
			.old = left == at ? &x[i++].value : NULL,
			.new = right == at ? &y[j++].value : NULL,
		};

		if (cell.old && cell.new &&
		    diff_value_equal(d->page, cell.column, cell.old, cell.new))
			continue;
		*VEC_PUSH(d->page, &c->cells) = cell;
	}
	return true;
}

struct counting {
	struct diff *d;
	struct diff_table *t;
};

static bool count_row(void *context, const struct run_row *old, const struct run_row *new,
		      struct err *e)
{
	struct counting *c = context;
	struct compared compared = { 0 };

	if (!old) {
		c->t->added++;
	} else if (!new) {
		c->t->removed++;
	} else if (str_eq(old->cells, new->cells)) {
		c->t->unchanged++;
	} else {
		if (!compare_values(c->d, c->t, &compared, old, new, e))
			return false;
		c->t->changed += compared.cells.n > 0;
		c->t->unchanged += compared.cells.n == 0;
	}
	return true;
}

struct telling {
	struct diff *d;
	const struct diff_table *t;
	enum diff_kind kind;
	bool (*each)(void *, const struct diff_row *, struct err *);
	void *context;
	uint32_t name; /* column of the primary name, or UINT32_MAX */
};

static struct str name_in(const struct telling *t, const struct diff_value *values, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (values[i].column == t->name)
			return values[i].value.text;
	return S("");
}

static bool tell_changed(struct telling *t, const struct run_row *old, const struct run_row *new,
			 struct err *e)
{
	struct compared c = { 0 };

	if (str_eq(old->cells, new->cells))
		return true;
	if (!compare_values(t->d, t->t, &c, old, new, e))
		return false;
	if (c.cells.n == 0)
		return true;
	struct diff_row row = { .id = new->id, .cells = c.cells.p, .ncells = c.cells.n };

	row.name = name_in(t, c.y, c.ny);
	if (row.name.n == 0)
		row.name = name_in(t, c.x, c.nx);
	return t->each(t->context, &row, e);
}

static bool tell_row(void *context, const struct run_row *old, const struct run_row *new,
		     struct err *e)
{
	struct telling *t = context;
	enum diff_kind kind = !old ? DIFF_ADDED : !new ? DIFF_REMOVED : DIFF_CHANGED;
	const struct run_row *one = old ? old : new;
	struct diff_value *values;
	size_t n;

	if (kind != t->kind)
		return true;
	if (kind == DIFF_CHANGED)
		return tell_changed(t, old, new, e);
	if (!diff_cells_unpack(one->cells, t->d->page, &values, &n, e))
		return false;
	struct diff_row row = { .id = one->id, .name = name_in(t, values, n) };

	return t->each(t->context, &row, e);
}

bool diff_each_row(struct diff *d, const struct diff_table *t, enum diff_kind kind,
		   bool (*each)(void *, const struct diff_row *, struct err *), void *context,
		   struct err *e)
{
	struct telling telling = { d, t, kind, each, context, UINT32_MAX };
	struct walk w = { .d = d, .t = t, .visit = tell_row, .context = &telling };

	map_get(&t->by_name, t->primary_name, &telling.name);
	return walk_rows(&w, e);
}

/* The walk over pairs. */
struct pair {
	struct guid source, target;
	bool there;
};

static int cmp_pairs(const struct pair *x, const struct pair *y)
{
	if (!x->there || !y->there)
		return x->there ? -1 : 1;
	int order = guid_cmp_sql(x->source, y->source);

	return order ? order : guid_cmp_sql(x->target, y->target);
}

static bool next_pair(struct run_cursor *c, struct pair *p, struct err *e)
{
	return run_next_link(c, &p->source, &p->target, &p->there, e);
}

static bool walk_pairs(struct diff *d, uint32_t number,
		       bool (*visit)(void *context, const struct pair *old, const struct pair *new,
				     struct err *e),
		       void *context, struct err *e)
{
	DEFER(run_cursor_close) struct run_cursor old = { 0 };
	DEFER(run_cursor_close) struct run_cursor new = { 0 };
	struct pair x, y;

	if (!run_links(d->run, SIDE_SOURCE, number, &old, e) ||
	    !run_links(d->run, SIDE_TARGET, number, &new, e) || !next_pair(&old, &x, e) ||
	    !next_pair(&new, &y, e))
		return false;
	while (x.there || y.there) {
		int order = cmp_pairs(&x, &y);

		if (!visit(context, order <= 0 ? &x : NULL, order >= 0 ? &y : NULL, e))
			return false;
		if (order <= 0 && !next_pair(&old, &x, e))
			return false;
		if (order >= 0 && !next_pair(&new, &y, e))
			return false;
	}
	return true;
}

static bool count_pair(void *context, const struct pair *old, const struct pair *new, struct err *e)
{
	struct diff_relationship *r = context;

	(void)e;
	r->added += !old;
	r->removed += !new;
	r->unchanged += old && new;
	return true;
}

struct telling_pairs {
	enum diff_kind kind;
	bool (*each)(void *, struct guid, struct guid, struct err *);
	void *context;
};

static bool tell_pair(void *context, const struct pair *old, const struct pair *new, struct err *e)
{
	struct telling_pairs *t = context;
	const struct pair *one = old ? old : new;

	if ((old && new) || t->kind != (old ? DIFF_REMOVED : DIFF_ADDED))
		return true;
	return t->each(t->context, one->source, one->target, e);
}

bool diff_each_pair(struct diff *d, const struct diff_relationship *r, enum diff_kind kind,
		    bool (*each)(void *, struct guid, struct guid, struct err *), void *context,
		    struct err *e)
{
	struct telling_pairs t = { kind, each, context };

	return walk_pairs(d, r->number, tell_pair, &t, e);
}

bool diff_count(struct diff *d, struct err *e)
{
	for (size_t i = 0; i < d->tables.n; i++) {
		struct diff_table *t = &d->tables.p[i];
		struct counting c = { d, t };
		struct walk w = { .d = d, .t = t, .visit = count_row, .context = &c };

		if (!walk_rows(&w, e))
			return err_wrap(e, "comparing %.*s", STR_ARG(t->name));
	}
	for (size_t i = 0; i < d->relationships.n; i++) {
		struct diff_relationship *r = &d->relationships.p[i];

		if (!walk_pairs(d, r->number, count_pair, r, e))
			return err_wrap(e, "comparing %.*s", STR_ARG(r->name));
	}
	return true;
}
