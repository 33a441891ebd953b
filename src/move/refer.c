/* SPDX-License-Identifier: MIT */
/*
 * What a package tells about rows outside it. A GUID in a text does not say whose it is: the tables that the
 * knowledge names for the column are asked, and who has the row tells its keys.
 */
#include "move/refer.h"

#include <stdlib.h>

#include "base/vec.h"
#include "dv/references.h"
#include "move/outside.h"
#include "move/row.h"
#include "move/run_reference.h"

#include "base/banned.h"

struct scanning {
	struct job *j;
	const struct tab *t;
};

static bool scan_text(struct scanning *s, const struct known_column *known, struct str text,
		      struct err *e)
{
	size_t pos = 0, at;
	struct guid id;

	while (guid_scan(text, &pos, &at, &id)) {
		for (size_t i = 0; i < known->ntables; i++) {
			struct tab *t = tabs_find(&s->j->tabs, known->tables[i]);
			bool inside = false;
			if (t && !run_has_row(s->j->run, SIDE_SOURCE, t->number, id, &inside, e))
				return false;
			if (inside)
				break;
			if (!run_put_reference(s->j->run, known->tables[i], id, S(""), e))
				return false;
		}
	}
	return true;
}

bool refer_collect(struct job *j, const struct tab *t, const struct value *values, struct err *e)
{
	struct scanning s = { j, t };

	for (size_t i = 0; i < t->nfields; i++) {
		if (values[i].kind != VALUE_TEXT ||
		    t->columns[i].rule != COLUMN_RULE_TEXT_REFERENCE)
			continue;
		const struct known_column *known =
			knowledge_find_column(t->known, t->columns[i].name);
		if (!scan_text(&s, known, values[i].text, e))
			return false;
	}
	return outside_collect_row(j, t, values, e);
}

/* The package's entry, made when the first row comes. */
struct entry {
	struct package_writer *package;
	struct references_writer writer;
	bool open;
};

/* Who hears of the rows. */
struct listener {
	bool (*row)(void *context, const struct reference *r, struct err *e);
	void *context;
};

/* One table whose rows are pointed to. */
struct telling {
	struct job *j;
	const struct table *table;
	const struct known_table *known;
	struct row_columns columns;
};

/*
 * Rows that came for a few requests at once: they are put in order before they are written, so that a package does not
 * depend on which answer came first.
 */
struct told {
	struct job *j;
	VEC(struct reference) rows;
	struct arena arena;
};

/* One request. */
struct asked {
	const struct telling *about;
	struct told *told;
};

static const struct value *full_value(const struct telling *t, const struct read_row *row,
				      struct str column)
{
	const struct value *v = row_columns_find(&t->columns, row->values, column);

	return v && !value_is_empty(v) ? v : NULL;
}

static void add_key(struct reference *out, struct str column, const struct value *v)
{
	for (size_t i = 0; i < out->nkeys; i++)
		if (str_eq(out->keys[i].column, column))
			return;
	out->keys[out->nkeys++] = (struct reference_key){ .column = column, .value = *v };
}

static bool is_whole(const struct telling *t, const struct read_row *row,
		     const struct rows_key *key)
{
	for (size_t i = 0; i < key->n; i++)
		if (!full_value(t, row, key->columns[i]))
			return false;
	return true;
}

/* Of all keys of which no part is empty; and what tells whether a row is fit. */
static void add_keys(struct arena *a, const struct telling *t, const struct rows_rule *rule,
		     const struct read_row *row, struct reference *out)
{
	out->keys = arena_array(a, struct reference_key, t->columns.n + 1);
	for (size_t i = 0; i < rule->nkeys; i++) {
		const struct rows_key *key = &rule->keys[i];

		for (size_t k = 0; k < key->n && is_whole(t, row, key); k++)
			add_key(out, key->columns[k], full_value(t, row, key->columns[k]));
	}
	for (size_t i = 0; out->nkeys > 0 && i < t->known->nunfit; i++) {
		const struct value *v = full_value(t, row, t->known->unfit[i].same);

		if (v)
			add_key(out, t->known->unfit[i].same, v);
	}
}

/* The keys of the rule that decides about the row. Of one without keys its condition tells that it is this row. */
static void take_keys(struct arena *a, const struct telling *t, const struct read_row *row,
		      struct reference *out)
{
	static const struct value none = { .kind = VALUE_TEXT };

	for (size_t i = 0; i < t->known->nrows; i++) {
		const struct rows_rule *rule = &t->known->rows[i];
		if (!row_when(rule, t->columns.p, row->values, t->columns.n))
			continue;
		if (rule->kind == ROWS_ROOT)
			return;
		add_keys(a, t, rule, row, out);
		if (rule->nkey == 0 && rule->op == WHEN_NULL)
			add_key(out, rule->when_column, &none);
		return;
	}
}

static bool open_entry(struct entry *entry, struct err *e)
{
	struct sink *sink;

	if (entry->open)
		return true;
	entry->open = package_write_extra(entry->package, S(REFERENCES_ENTRY), &sink, e) &&
		      references_write_open(&entry->writer, sink, e);
	return entry->open;
}

static struct str keep(struct arena *a, struct str text)
{
	return text.n > 0 ? str_dup(a, text) : text;
}

static bool take_row(void *context, const struct read_row *row, struct err *e)
{
	struct asked *asked = context;
	const struct telling *t = asked->about;
	struct arena *a = &asked->told->arena;
	struct reference r = { .table = t->table->name, .id = row->id };
	const struct value *name =
		row_columns_find(&t->columns, row->values, t->table->primary_name);

	(void)e;
	if (name && name->text.n > 0)
		r.name = keep(a, name->text);
	take_keys(a, t, row, &r);
	for (size_t i = 0; i < r.nkeys; i++) {
		struct value *v = &r.keys[i].value;

		v->text = keep(a, v->text);
		v->table = keep(a, v->table);
		v->name = keep(a, v->name);
	}
	*VEC_PUSH(a, &asked->told->rows) = r;
	return true;
}

static int by_table_and_id(const void *a, const void *b)
{
	const struct reference *x = a, *y = b;
	int order = str_cmp(x->table, y->table);

	return order ? order : guid_cmp_sql(x->id, y->id);
}

/* A row that is part of a key is pointed to, too. */
static bool collect_keys(struct job *j, const struct reference *row, struct err *e)
{
	for (size_t i = 0; i < row->nkeys; i++) {
		const struct value *v = &row->keys[i].value;
		struct guid id;

		if (v->kind == VALUE_REF && guid_parse(v->text, &id) &&
		    !outside_collect_one(j, v->table, id, v->name, e))
			return false;
	}
	return true;
}

static bool write_rows(struct told *told, const struct listener *to, struct err *e)
{
	if (told->rows.n > 1)
		qsort(told->rows.p, told->rows.n, sizeof(*told->rows.p), by_table_and_id);
	for (size_t i = 0; i < told->rows.n; i++) {
		const struct reference *row = &told->rows.p[i];
		bool again = i > 0 && by_table_and_id(row - 1, row) == 0;

		if (!again && (!collect_keys(told->j, row, e) || !to->row(to->context, row, e)))
			return false;
	}
	return true;
}

static void told_release(struct told *told)
{
	arena_release(&told->arena);
}

/* Queries in the order of tables and ids, as many as are on their way at once. */
static bool tell_some(struct job *j, const struct listener *to, struct read_query *queries,
		      size_t n, struct err *e)
{
	DEFER(told_release) struct told told = { .j = j, .arena = arena_make(0) };
	const struct read_query *failed;

	for (size_t i = 0; i < n; i++) {
		struct asked *asked = arena_new(&told.arena, struct asked);

		*asked = (struct asked){ .about = queries[i].context, .told = &told };
		queries[i].context = asked;
	}
	if (read_many(&j->reader, queries, n, &failed, e))
		return write_rows(&told, to, e);
	return failed ? err_wrap(e, "reading the rows of %.*s that the package points to",
				 STR_ARG(failed->table->name))
		      : false;
}

/* The queries about one table; none where the knowledge says nothing about its rows. */
static bool ask_about(struct job *j, const struct table *table, struct read_query **out, size_t *n,
		      struct err *e)
{
	struct telling *t = arena_new(j->page, struct telling);
	struct reference_list open;

	*n = 0;
	*t = (struct telling){ .j = j,
			       .table = table,
			       .known = knowledge_table(j->knowledge, table->name) };
	if (!t->known || t->known->nrows == 0)
		return true;
	if (!run_list_references(j->run, j->page, table->name, &open, e))
		return false;
	row_columns_known(j->page, table, t->known, true, &t->columns);
	struct read_query query = { .table = table,
				    .columns = t->columns.p,
				    .n = t->columns.n,
				    .row = take_row,
				    .context = t };
	*n = read_id_queries_count(open.n);
	*out = arena_array(j->page, struct read_query, *n);
	read_id_queries(j->page, &query, table->primary_id, open.ids, open.n, *out);
	return true;
}

static bool tell_round(struct job *j, const struct listener *to, const struct table *const *tables,
		       size_t ntables, struct err *e)
{
	VEC(struct read_query) all = { 0 };
	struct read_query *some = NULL;
	size_t n;

	for (size_t i = 0; i < ntables; i++) {
		if (!ask_about(j, tables[i], &some, &n, e))
			return false;
		for (size_t k = 0; k < n; k++)
			*VEC_PUSH(j->page, &all) = some[k];
	}
	for (size_t at = 0; at < all.n; at += READ_AT_ONCE) {
		n = all.n - at < READ_AT_ONCE ? all.n - at : READ_AT_ONCE;
		if (!tell_some(j, to, all.p + at, n, e))
			return false;
	}
	return true;
}

/* The tables that are pointed to and were not told yet. */
struct rounds {
	VEC(const struct table *) left;
	struct job *j;
	struct map done;
};

static bool find_left(struct rounds *r, struct err *e)
{
	struct str *names;
	size_t n;

	r->left.n = 0;
	if (!run_reference_tables(r->j->run, r->j->arena, &names, &n, e) ||
	    !read_definitions(&r->j->reader, r->j->catalog, names, n, e))
		return false;
	for (size_t i = 0; i < n; i++) {
		const struct table *t = catalog_find(r->j->catalog, names[i]);
		uint32_t index;

		if (t && !map_get(&r->done, t->name, &index))
			*VEC_PUSH(r->j->arena, &r->left) = t;
	}
	return true;
}

/* Whether a row of another table that is left may be known by one of this table. */
static bool is_awaited(const struct rounds *r, const struct table *t)
{
	for (size_t i = 0; i < r->left.n; i++) {
		const struct table *other = r->left.p[i];

		if (other != t &&
		    row_keys_point(knowledge_table(r->j->knowledge, other->name), other, t->name))
			return true;
	}
	return false;
}

/*
 * First the tables whose rows are part of no other's keys: keys point to further rows. Where tables wait for each other they are
 * told together.
 */
static bool tell_tables(struct job *j, const struct listener *to, struct err *e)
{
	struct rounds r = { .j = j, .done = map_make(j->arena) };
	uint32_t index = 0;

	for (;;) {
		if (!find_left(&r, e))
			return false;
		if (r.left.n == 0)
			return true;

		const struct table **now = arena_array(j->page, const struct table *, r.left.n);
		size_t n = 0;

		for (size_t i = 0; i < r.left.n; i++)
			if (!is_awaited(&r, r.left.p[i]))
				now[n++] = r.left.p[i];
		for (size_t i = 0; n == 0 && i < r.left.n; i++)
			now[i] = r.left.p[i];
		n = n == 0 ? r.left.n : n;
		for (size_t i = 0; i < n; i++)
			map_put(&r.done, now[i]->name, &index);
		if (!tell_round(j, to, now, n, e))
			return false;
	}
}

static bool write_one(void *context, const struct reference *r, struct err *e)
{
	struct entry *entry = context;

	return open_entry(entry, e) && references_write(&entry->writer, r, e);
}

bool refer_write(struct job *j, struct package_writer *out, struct err *e)
{
	struct arena_mark mark = arena_mark(j->page);
	struct entry entry = { .package = out };
	struct listener to = { write_one, &entry };
	bool ok = outside_collect_links(j, e) && tell_tables(j, &to, e) &&
		  (!entry.open || references_write_end(&entry.writer, e));

	arena_rewind(j->page, mark);
	references_writer_release(&entry.writer);
	return ok;
}

static bool load_one(void *context, const struct reference *r, struct err *e)
{
	struct job *j = context;

	if (!run_put_reference(j->run, r->table, r->id, r->name, e))
		return false;
	for (size_t i = 0; i < r->nkeys; i++)
		if (!run_put_reference_key(j->run, r->table, r->id, &r->keys[i], e))
			return false;
	/* a row that is part of the key is looked for first */
	return collect_keys(j, r, e);
}

bool refer_load(struct job *j, struct source *in, const char *name, struct err *e)
{
	return references_read(j->page, in, name, load_one, j, e);
}

bool refer_ask(struct job *j, struct err *e)
{
	struct arena_mark mark = arena_mark(j->page);
	struct listener to = { load_one, j };
	bool ok = tell_tables(j, &to, e);

	arena_rewind(j->page, mark);
	return ok;
}
