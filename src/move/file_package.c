/* SPDX-License-Identifier: MIT */
/*
 * Entries of a package and cells of the run file. Entries are read when the rows are there, because a zip has one open entry at a
 * time: so only those that some row names are read.
 */
#include "move/file_package.h"

#include <string.h>

#include "base/codec.h"
#include "base/limits.h"
#include "move/cells.h"
#include "move/file_bytes.h"
#include "move/file_cell.h"
#include "move/journal.h"
#include "move/run_keep.h"

#include "base/banned.h"

#define CHUNK (64 * LIMIT_KIB)

bool file_package_image(struct job *j, struct value *v, struct err *e)
{
	DEFER(buf_release) struct buf bytes = buf_make(LIMIT_XML_VALUE);
	struct str hash;

	if (value_is_empty(v))
		return true;
	if (!base64_decode(&bytes, v->text))
		return err_set(e, ERR_INPUT, "an image is base64");
	if (!buf_check(&bytes, "an image", e) ||
	    !file_bytes_put(j->run, j->page, buf_str(&bytes), &hash, e))
		return false;
	*v = file_cell_make(j->page, hash, S(""));
	return true;
}

/* loading */

struct file_loading {
	struct job *j;
	struct package *package;
	const struct tab *t;
	struct map entries; /* names in lower case -> places among the package's extras */
	struct file_intake intake;
	uint64_t done;
};

static struct str lower(struct arena *a, struct str s)
{
	char *copy = arena_array(a, char, s.n);

	for (size_t i = 0; i < s.n; i++)
		copy[i] = s.p[i] >= 'A' && s.p[i] <= 'Z' ? (char)(s.p[i] - 'A' + 'a') : s.p[i];
	return str_of(copy, s.n);
}

static void list_entries(struct file_loading *l, struct arena *a)
{
	size_t n;
	const struct str *names = package_extras(l->package, &n);

	l->entries = map_make(a);
	for (size_t i = 0; i < n; i++) {
		uint32_t at = (uint32_t)i;

		if (str_starts(names[i], S("files/")))
			(void)map_put(&l->entries, lower(a, names[i]), &at);
	}
}

static bool copy(struct file_loading *l, struct source *in, struct str *hash, struct err *e)
{
	DEFER(buf_release) struct buf chunk = buf_make(CHUNK);
	char *room = buf_grow(&chunk, CHUNK);
	size_t got = 1;

	if (!file_intake_begin(&l->intake, e))
		return false;
	while (got > 0)
		if (!in->read(in, room, CHUNK, &got, e) ||
		    !sink_write(&l->intake.sink, str_of(room, got), e))
			return false;
	return file_intake_end(&l->intake, l->j->page, hash, e) &&
	       file_intake_keep(&l->intake, *hash, e);
}

/* *found false: the package does not have it. */
static bool load_cell(struct file_loading *l, struct value *v, bool *found, struct err *e)
{
	struct arena *page = l->j->page;
	struct str entry = lower(page, file_cell_entry(page, v->text));
	struct str name = v->name.n > 0 ? v->name : str_skip(entry, strlen("files/"));
	struct source *in = NULL;
	struct str hash;
	uint32_t at;
	size_t n;

	*found = map_get(&l->entries, entry, &at);
	if (!*found)
		return true;
	if (!package_extra(l->package, package_extras(l->package, &n)[at], &in, e))
		return false;
	assert(in); /* it is among the extras */
	if (!copy(l, in, &hash, e))
		return false;
	*v = file_cell_make(page, hash, name);
	l->done++;
	return true;
}

static bool fail_row(struct file_loading *l, const struct run_row *row, struct str column,
		     const struct value *v, struct err *e)
{
	struct arena *page = l->j->page;
	struct str entry = file_cell_entry(page, v->text);
	struct problem p = {
		.severity = SEVERITY_ERROR,
		.table = l->t->entity->name,
		.id = guid_text(page, row->id),
		.column = column,
		.message = str_fmt(page, "the package has no %.*s, which is to hold the file%s%.*s",
				   STR_ARG(entry), v->name.n > 0 ? " " : "", STR_ARG(v->name)),
		.remedy = S("add it to the package, or take the value out of data.xml"),
	};

	return journal_put_problem(l->j->run, &p, e) &&
	       journal_set_outcome(l->j->run, l->t->number, row->id, OUTCOME_FAILED, e) &&
	       run_remove_row(l->j->run, SIDE_SOURCE, l->t->number, row->id, e);
}

static bool load_cells(struct file_loading *l, const struct run_row *row, struct value *values,
		       bool *good, struct err *e)
{
	for (size_t i = 0; *good && i < l->t->nfields; i++) {
		const struct tab_column *c = &l->t->columns[i];

		if (!file_cell_is(c->column) || !file_cell_is_raw(&values[i]))
			continue;
		if (!load_cell(l, &values[i], good, e))
			return err_wrap(e, "%.*s", STR_ARG(c->name));
		if (!*good && !fail_row(l, row, c->name, &values[i], e))
			return false;
	}
	return true;
}

static bool load_row(struct file_loading *l, struct guid id, struct err *e)
{
	DEFER(buf_release) struct buf packed = buf_make(0);
	struct arena *page = l->j->page;
	struct value *values = arena_array(page, struct value, l->t->ncolumns);
	struct run_row row;
	bool found, good = true;

	if (!run_get_row(l->j->run, SIDE_SOURCE, l->t->number, id, &row, &found, e) || !found)
		return !found;
	row.cells = str_dup(page, row.cells);
	row.version = S("");
	if (!cells_unpack(row.cells, values, l->t->ncolumns, e) ||
	    !load_cells(l, &row, values, &good, e))
		return false;
	if (!good)
		return true;
	cells_pack(&packed, values, l->t->ncolumns);
	row.cells = buf_str(&packed);
	return run_replace_row(l->j->run, SIDE_SOURCE, l->t->number, &row, e);
}

static bool go_on(const struct file_loading *l, struct err *e)
{
	const struct progress *p = l->j->progress;

	if (p && p->step)
		p->step(p->context, "reading files", l->t->entity->name, l->done, 0);
	if (p && p->cancelled && p->cancelled(p->context))
		return err_set(e, ERR_CANCELLED, "cancelled while the package was read");
	return true;
}

static bool load_part(void *context, const struct guid *ids, size_t n, struct err *e)
{
	struct file_loading *l = context;

	for (size_t i = 0; i < n; i++) {
		struct arena_mark mark = arena_mark(l->j->page);

		if (!go_on(l, e) || !load_row(l, ids[i], e))
			return false;
		arena_rewind(l->j->page, mark);
	}
	return true;
}

static bool choose(void *context, const struct run_row *row, bool *yes, struct err *e)
{
	struct file_loading *l = context;
	struct value *values = arena_array(l->j->page, struct value, l->t->ncolumns);

	*yes = false;
	if (!cells_unpack(row->cells, values, l->t->ncolumns, e))
		return false;
	for (size_t i = 0; i < l->t->nfields; i++)
		*yes = *yes ||
		       (file_cell_is(l->t->columns[i].column) && file_cell_is_raw(&values[i]));
	return true;
}

static void loading_release(struct file_loading *l)
{
	file_intake_release(&l->intake);
}

bool file_package_load(struct job *j, struct package *p, struct err *e)
{
	DEFER(arena_release) struct arena names = arena_make(0);
	DEFER(loading_release) struct file_loading l = {
		.j = j, .package = p, .intake = file_intake_make(j->run, S("package"))
	};

	list_entries(&l, &names);
	for (size_t i = 0; i < j->tabs.n; i++) {
		l.t = &j->tabs.p[i];
		if (tab_has_files(l.t) &&
		    !job_each_part(j, SIDE_SOURCE, l.t, choose, load_part, &l, e))
			return err_wrap(e, "reading the files of %.*s", STR_ARG(l.t->entity->name));
	}
	return true;
}

/* saving */

/* Bytes of an image, as they stand in the field. */
static bool add_image(struct job *j, const struct value *v, struct buf *text, struct err *e)
{
	uint64_t size;

	return file_bytes_check(j->run, file_cell_hash(v), &size, e) &&
	       file_bytes_base64(j->run, file_cell_hash(v), 0, size, text, e);
}

/* Images of one row follow each other in the text, which may move while it grows. */
bool file_package_values(struct job *j, const struct tab *t, struct value *values, struct buf *text,
			 struct err *e)
{
	size_t *ends = arena_array(j->page, size_t, t->nfields);
	size_t at = 0;

	buf_clear(text);
	for (size_t i = 0; i < t->nfields; i++) {
		const struct column *c = t->columns[i].column;

		if (file_cell_is(c) && c->type == COLUMN_IMAGE && file_cell_is_told(&values[i])) {
			if (!add_image(j, &values[i], text, e))
				return false;
			ends[i] = text->n;
		}
	}
	for (size_t i = 0; i < t->nfields; i++) {
		if (!file_cell_is(t->columns[i].column) || !file_cell_is_told(&values[i]))
			continue;
		if (t->columns[i].column->type == COLUMN_IMAGE) {
			values[i].text = str_sub(buf_str(text), at, ends[i] - at);
			at = ends[i];
			continue;
		}
		values[i].name = file_cell_name(&values[i]);
		values[i].text = file_cell_id(j->page, file_cell_hash(&values[i]));
	}
	return true;
}

struct file_saving {
	struct job *j;
	const struct tab *t;
	struct package_writer *writer;
	struct arena arena;
	struct map written; /* ids: a package has no more than LIMIT_ZIP_ENTRIES of them */
};

static bool save_cell(struct file_saving *s, const struct value *v, struct err *e)
{
	struct str id = file_cell_id(&s->arena, file_cell_hash(v));
	uint32_t one = 0;
	struct sink *out;

	return !map_put(&s->written, id, &one) ||
	       (package_write_extra(s->writer, file_cell_entry(s->j->page, id), &out, e) &&
		run_get_file(s->j->run, file_cell_hash(v), out, e));
}

static bool save_row(void *context, const struct run_row *row, struct value *values, struct err *e)
{
	struct file_saving *s = context;

	(void)row;
	for (size_t i = 0; i < s->t->nfields; i++) {
		const struct column *c = s->t->columns[i].column;

		if (file_cell_is(c) && c->type == COLUMN_FILE && file_cell_is_told(&values[i]) &&
		    !save_cell(s, &values[i], e))
			return false;
	}
	return true;
}

static void saving_release(struct file_saving *s)
{
	arena_release(&s->arena);
}

bool file_package_save(struct job *j, struct package_writer *w, struct err *e)
{
	DEFER(saving_release) struct file_saving s = { .j = j,
						       .writer = w,
						       .arena = arena_make(0) };

	s.written = map_make(&s.arena);
	for (size_t i = 0; i < j->tabs.n; i++) {
		s.t = &j->tabs.p[i];
		if (tab_has_files(s.t) && !job_each_values(j, SIDE_SOURCE, s.t, save_row, &s, e))
			return err_wrap(e, "writing the files of %.*s", STR_ARG(s.t->entity->name));
	}
	return true;
}
