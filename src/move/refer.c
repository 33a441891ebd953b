/* SPDX-License-Identifier: MIT */
/*
 * What a package tells about rows outside it. A GUID in a text does not say whose it is: the tables that the
 * knowledge names for the column are asked, and who has the row tells its keys.
 */
#include "move/refer.h"

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
			struct run_row row;
			bool inside = false;
			if (t &&
			    !run_get_row(s->j->run, SIDE_SOURCE, t->number, id, &row, &inside, e))
				return false;
			if (inside)
				break;
			if (!run_put_reference(s->j->run, known->tables[i], id, S(""), e))
				return false;
		}
	}
	return true;
}

static bool scan_row(void *context, const struct run_row *row, struct value *values, struct err *e)
{
	struct scanning *s = context;

	(void)row;
	for (size_t i = 0; i < s->t->nfields; i++) {
		if (values[i].kind != VALUE_TEXT ||
		    s->t->columns[i].rule != COLUMN_RULE_TEXT_REFERENCE)
			continue;
		const struct known_column *known =
			knowledge_find_column(s->t->known, s->t->columns[i].name);
		if (!scan_text(s, known, values[i].text, e))
			return false;
	}
	return true;
}

/* The package's entry, made when the first row comes. */
struct entry {
	struct package_writer *package;
	struct references_writer writer;
	bool open;
};

/* One table whose rows are pointed to. */
struct telling {
	struct job *j;
	const struct table *table;
	const struct known_table *known;
	struct row_columns columns;
	struct entry *entry;
};

/* The keys of the rule that decides about the row; none when a part is empty. */
static void take_keys(struct telling *t, const struct read_row *row, struct reference *out)
{
	for (size_t i = 0; i < t->known->nrows; i++) {
		const struct rows_rule *rule = &t->known->rows[i];
		if (!row_when(rule, t->columns.p, row->values, t->columns.n))
			continue;
		out->keys = arena_array(t->j->page, struct reference_key, rule->nkey);
		for (size_t k = 0; k < rule->nkey && rule->kind != ROWS_ROOT; k++) {
			const struct value *v =
				row_columns_find(&t->columns, row->values, rule->key[k]);
			if (!v || value_is_empty(v)) {
				out->nkeys = 0;
				return;
			}
			out->keys[out->nkeys++] =
				(struct reference_key){ .column = rule->key[k], .value = *v };
		}
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

static bool tell_row(void *context, const struct read_row *row, struct err *e)
{
	struct telling *t = context;
	struct arena_mark mark = arena_mark(t->j->page);
	struct reference r = { .table = t->table->name, .id = row->id };
	const struct value *name =
		row_columns_find(&t->columns, row->values, t->table->primary_name);

	if (name)
		r.name = name->text;
	take_keys(t, row, &r);
	bool ok = open_entry(t->entry, e) && references_write(&t->entry->writer, &r, e);
	arena_rewind(t->j->page, mark);
	return ok;
}

static bool tell_table(struct job *j, struct entry *entry, const struct table *table, struct err *e)
{
	struct arena_mark mark = arena_mark(j->page);
	struct telling t = { .j = j,
			     .table = table,
			     .known = knowledge_table(j->knowledge, table->name),
			     .entry = entry };
	struct reference_list open;

	if (!t.known || t.known->nrows == 0)
		return true;
	if (!run_list_references(j->run, j->page, table->name, &open, e))
		return false;
	row_columns_known(j->page, table, t.known, true, &t.columns);
	if (!read_rows_by_id(&j->reader, table, table->primary_id, open.ids, open.n, t.columns.p,
			     t.columns.n, tell_row, &t, e))
		return false;
	arena_rewind(j->page, mark);
	return true;
}

static bool collect(struct job *j, struct err *e)
{
	if (!outside_collect(j, e))
		return false;
	for (size_t i = 0; i < j->tabs.n; i++) {
		struct scanning s = { j, &j->tabs.p[i] };
		if (!job_each_values(j, SIDE_SOURCE, s.t, scan_row, &s, e))
			return false;
	}
	return true;
}

static bool tell_tables(struct job *j, struct entry *entry, struct err *e)
{
	struct str *names;
	size_t n;

	if (!run_reference_tables(j->run, j->arena, &names, &n, e) ||
	    !read_definitions(&j->reader, j->catalog, names, n, e))
		return false;
	for (size_t i = 0; i < n; i++) {
		const struct table *table = catalog_find(j->catalog, names[i]);
		if (table && !tell_table(j, entry, table, e))
			return err_wrap(e, "reading the rows of %.*s that the package points to",
					STR_ARG(names[i]));
	}
	return !entry->open || references_write_end(&entry->writer, e);
}

bool refer_write(struct job *j, struct package_writer *out, struct err *e)
{
	struct entry entry = { .package = out };
	bool ok = collect(j, e) && tell_tables(j, &entry, e);

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
	return true;
}

bool refer_load(struct job *j, struct source *in, const char *name, struct err *e)
{
	return references_read(j->page, in, name, load_one, j, e);
}
