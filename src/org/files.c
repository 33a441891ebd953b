/* SPDX-License-Identifier: MIT */
/*
 * Files as parts. A part is as large as what was sent at once, at most LIMIT_FILE_PART, so that reading a range
 * reads little more than the range.
 */
#include "org/files.h"

#include "base/limits.h"
#include "org/code.h"
#include "org/row.h"

#include "base/banned.h"

struct str files_mime_type(struct str name)
{
	static const struct {
		struct str suffix, type;
	} types[] = {
		{ STR_INIT(".txt"), STR_INIT("text/plain") },
		{ STR_INIT(".csv"), STR_INIT("text/csv") },
		{ STR_INIT(".htm"), STR_INIT("text/html") },
		{ STR_INIT(".html"), STR_INIT("text/html") },
		{ STR_INIT(".xml"), STR_INIT("text/xml") },
		{ STR_INIT(".json"), STR_INIT("application/json") },
		{ STR_INIT(".pdf"), STR_INIT("application/pdf") },
		{ STR_INIT(".zip"), STR_INIT("application/x-zip-compressed") },
		{ STR_INIT(".doc"), STR_INIT("application/msword") },
		{ STR_INIT(".xls"), STR_INIT("application/vnd.ms-excel") },
		{ STR_INIT(".docx"), STR_INIT("application/vnd.openxmlformats-officedocument."
					      "wordprocessingml.document") },
		{ STR_INIT(".xlsx"), STR_INIT("application/vnd.openxmlformats-officedocument."
					      "spreadsheetml.sheet") },
		{ STR_INIT(".gif"), STR_INIT("image/gif") },
		{ STR_INIT(".jpg"), STR_INIT("image/jpeg") },
		{ STR_INIT(".jpeg"), STR_INIT("image/jpeg") },
		{ STR_INIT(".png"), STR_INIT("image/png") },
		{ STR_INIT(".bmp"), STR_INIT("image/bmp") },
		{ STR_INIT(".tif"), STR_INIT("image/tiff") },
		{ STR_INIT(".tiff"), STR_INIT("image/tiff") },
	};

	for (size_t i = 0; i < COUNT_OF(types); i++) {
		struct str end = types[i].suffix;

		if (name.n >= end.n && str_eq_ascii_nocase(str_skip(name, name.n - end.n), end))
			return types[i].type;
	}
	return S("application/octet-stream");
}

int64_t files_limit(const struct column *c)
{
	return c->max_kb > 0 ? (int64_t)c->max_kb * 1024 : (int64_t)LIMIT_BODY;
}

static bool read_file(struct store *s, struct arena *a, const struct stmt *st, struct file *out,
		      struct err *e)
{
	struct str table = str_dup(a, stmt_str(st, 1));
	struct str column = str_dup(a, stmt_str(st, 3));
	struct file f = { .name = str_dup(a, stmt_str(st, 4)),
			  .mime_type = str_dup(a, stmt_str(st, 5)),
			  .size = stmt_i64(st, 6),
			  .complete = stmt_i64(st, 7) != 0 };

	if (!guid_parse(stmt_str(st, 0), &f.id) || !guid_parse(stmt_str(st, 2), &f.place.row))
		return err_set(e, ERR_INTERNAL, "%s: ferry_file holds an id that is none", s->path);
	if (!store_table(s, table, &f.place.table, e))
		return false;
	if (f.place.table)
		f.place.column = table_column(f.place.table, column);
	*out = f;
	return true;
}

#define FILE_COLUMNS "id, table_name, row, column_name, name, mime_type, size, complete"

static bool find(struct store *s, struct arena *a, struct stmt *st, struct file *out, bool *found,
		 struct err *e)
{
	bool row;

	if (!stmt_step(st, &row, e))
		return false;
	*found = row;

	bool ok = !row || read_file(s, a, st, out, e);

	stmt_reset(st);
	return ok;
}

bool files_by_id(struct store *s, struct arena *a, struct guid id, struct file *out, bool *found,
		 struct err *e)
{
	char text[GUID_TEXT_SIZE];
	struct stmt *st;

	if (!store_statement(s, S("select " FILE_COLUMNS " from ferry_file where id = ?1"), &st, e))
		return false;
	stmt_bind_str(st, 1, guid_format(id, text));
	return find(s, a, st, out, found, e);
}

/* What the row itself tells: a row may have had a namesake, whose files are in the recycle bin with it. */
static bool stored_id(struct store *s, const struct file_place *place, struct guid *id, bool *found,
		      struct err *e)
{
	DEFER(arena_release) struct arena scratch = arena_make(0);
	const struct column *c = place->column;
	struct value v;

	if (!row_read(s, &scratch, place->table, place->row,
		      c->type == COLUMN_IMAGE ? str_fmt(&scratch, "%.*sid", STR_ARG(c->name))
					      : c->name,
		      &v, e))
		return false;
	*found = v.kind == VALUE_TEXT && guid_parse(v.text, id);
	return true;
}

bool files_find(struct store *s, struct arena *a, const struct file_place *place, struct file *out,
		bool *found, struct err *e)
{
	struct guid id;

	if (!stored_id(s, place, &id, found, e))
		return false;
	return !*found || files_by_id(s, a, id, out, found, e);
}

bool files_begin(struct store *s, struct file *f, struct err *e)
{
	char moment[DATETIME_TEXT_SIZE];
	char row[GUID_TEXT_SIZE];
	char id[GUID_TEXT_SIZE];
	struct stmt *st;

	f->id = guid_random(&s->rng);
	f->size = 0;
	f->complete = false;
	if (!store_statement(s,
			     S("insert into ferry_file(" FILE_COLUMNS ", created_on) "
			       "values(?1, ?2, ?3, ?4, ?5, ?6, 0, 0, ?7)"),
			     &st, e))
		return false;
	stmt_bind_str(st, 1, guid_format(f->id, id));
	stmt_bind_str(st, 2, f->place.table->name);
	stmt_bind_str(st, 3, guid_format(f->place.row, row));
	stmt_bind_str(st, 4, f->place.column->name);
	stmt_bind_str(st, 5, f->name);
	stmt_bind_str(st, 6, f->mime_type);
	stmt_bind_str(st, 7, datetime_format_iso(store_now(s), moment));
	return stmt_run(st, e);
}

static bool check_size(const struct file *f, int64_t size, struct err *e)
{
	if (size <= files_limit(f->place.column))
		return true;
	return err_set_code(e, ERR_BAD_REQUEST, CODE_FILE_SIZE,
			    "the file is too big: column %.*s of table %.*s takes at most %lld "
			    "bytes",
			    STR_ARG(f->place.column->name), STR_ARG(f->place.table->name),
			    (long long)files_limit(f->place.column));
}

static bool put_size(struct store *s, const struct file *f, struct err *e)
{
	char id[GUID_TEXT_SIZE];
	struct stmt *st;

	if (!store_statement(s, S("update ferry_file set size = ?2 where id = ?1"), &st, e))
		return false;
	stmt_bind_str(st, 1, guid_format(f->id, id));
	stmt_bind_i64(st, 2, f->size);
	return stmt_run(st, e);
}

static bool put_part(struct store *s, struct guid file, int64_t start, const struct str *block,
		     struct str bytes, struct err *e)
{
	char id[GUID_TEXT_SIZE];
	struct stmt *st;

	if (!store_statement(s,
			     S("insert into ferry_file_part(file, start, block, bytes) "
			       "values(?1, ?2, ?3, ?4)"),
			     &st, e))
		return false;
	stmt_bind_str(st, 1, guid_format(file, id));
	stmt_bind_i64(st, 2, start);
	if (block)
		stmt_bind_str(st, 3, *block);
	else
		stmt_bind_null(st, 3);
	stmt_bind_blob(st, 4, bytes);

	bool ok = stmt_run(st, e);

	stmt_bind_null(st, 4); /* the bytes are the request's */
	return ok;
}

bool files_append(struct store *s, struct file *f, struct str bytes, struct err *e)
{
	if (!check_size(f, f->size + (int64_t)bytes.n, e))
		return false;
	for (size_t at = 0; at < bytes.n; at += LIMIT_FILE_PART) {
		struct str part = str_sub(bytes, at, LIMIT_FILE_PART);

		if (!put_part(s, f->id, f->size + (int64_t)at, NULL, part, e))
			return false;
	}
	f->size += (int64_t)bytes.n;
	return put_size(s, f, e);
}

/* Parts that are dropped, and how many bytes are left. */
static bool drop_block(struct store *s, const struct file *f, struct str block, struct err *e)
{
	char id[GUID_TEXT_SIZE];
	struct stmt *st;

	if (!store_statement(s, S("delete from ferry_file_part where file = ?1 and block = ?2"),
			     &st, e))
		return false;
	stmt_bind_str(st, 1, guid_format(f->id, id));
	stmt_bind_str(st, 2, block);
	return stmt_run(st, e);
}

static bool next_place(struct store *s, const struct file *f, int64_t *start, int64_t *size,
		       struct err *e)
{
	char id[GUID_TEXT_SIZE];
	struct stmt *st;
	bool row;

	if (!store_statement(s,
			     S("select min(coalesce(min(start), 0), 0) - 1, "
			       "coalesce(sum(length(bytes)), 0) from ferry_file_part "
			       "where file = ?1"),
			     &st, e))
		return false;
	stmt_bind_str(st, 1, guid_format(f->id, id));
	if (!stmt_step(st, &row, e))
		return false;
	*start = stmt_i64(st, 0);
	*size = stmt_i64(st, 1);
	stmt_reset(st);
	return true;
}

bool files_put_block(struct store *s, struct file *f, struct str block, struct str bytes,
		     struct err *e)
{
	int64_t start, size;

	return drop_block(s, f, block, e) && next_place(s, f, &start, &size, e) &&
	       check_size(f, size + (int64_t)bytes.n, e) &&
	       put_part(s, f->id, start, &block, bytes, e);
}

static bool arrange_block(struct store *s, struct file *f, struct str block, struct err *e)
{
	char id[GUID_TEXT_SIZE];
	struct stmt *st;
	int64_t size;
	bool row;

	if (!store_statement(s,
			     S("update ferry_file_part set start = ?3, block = null "
			       "where file = ?1 and block = ?2 returning length(bytes)"),
			     &st, e))
		return false;
	stmt_bind_str(st, 1, guid_format(f->id, id));
	stmt_bind_str(st, 2, block);
	stmt_bind_i64(st, 3, f->size);
	if (!stmt_step(st, &row, e))
		return false;
	if (!row)
		return err_set_code(e, ERR_BAD_REQUEST, CODE_INVALID_ARGUMENT,
				    "the block '%.*s' of BlockList was not uploaded",
				    STR_ARG(str_sub(block, 0, 100)));
	size = stmt_i64(st, 0);
	stmt_reset(st);
	f->size += size;
	return true;
}

bool files_arrange(struct store *s, struct file *f, const struct str *blocks, size_t n,
		   struct err *e)
{
	char id[GUID_TEXT_SIZE];
	struct stmt *st;

	f->size = 0;
	for (size_t i = 0; i < n; i++) {
		if (!arrange_block(s, f, blocks[i], e))
			return false;
	}
	if (!store_statement(s, S("delete from ferry_file_part where file = ?1 and start < 0"), &st,
			     e))
		return false;
	stmt_bind_str(st, 1, guid_format(f->id, id));
	return stmt_run(st, e) && put_size(s, f, e);
}

bool files_complete(struct store *s, struct file *f, struct err *e)
{
	char id[GUID_TEXT_SIZE];
	struct stmt *st;

	if (!files_clear(s, &f->place, e) ||
	    !store_statement(s,
			     S("update ferry_file set complete = 1, name = ?2, mime_type = ?3 "
			       "where id = ?1"),
			     &st, e))
		return false;
	stmt_bind_str(st, 1, guid_format(f->id, id));
	stmt_bind_str(st, 2, f->name);
	stmt_bind_str(st, 3, f->mime_type);
	f->complete = true;
	return stmt_run(st, e);
}

/* The bytes of the part that lie in [from, to). */
static struct str cut(struct str bytes, int64_t start, int64_t from, int64_t to)
{
	int64_t end = start + (int64_t)bytes.n;
	size_t skip = from > start ? (size_t)(from - start) : 0;
	size_t drop = end > to ? (size_t)(end - to) : 0;

	return str_sub(bytes, skip, bytes.n - skip - drop);
}

bool files_read(struct store *s, const struct file *f, int64_t from, int64_t n, struct sink *into,
		struct err *e)
{
	int64_t to = n < f->size - from ? from + n : f->size;
	char id[GUID_TEXT_SIZE];
	struct stmt *st;
	bool row;

	if (!store_statement(s,
			     S("select start, bytes from ferry_file_part where file = ?1 and "
			       "start < ?3 and start + length(bytes) > ?2 order by start"),
			     &st, e))
		return false;
	stmt_bind_str(st, 1, guid_format(f->id, id));
	stmt_bind_i64(st, 2, from);
	stmt_bind_i64(st, 3, to);
	for (;;) {
		if (!stmt_step(st, &row, e))
			return false;
		if (!row)
			return true;
		if (into->write(into, cut(stmt_str(st, 1), stmt_i64(st, 0), from, to), e))
			continue;
		stmt_reset(st);
		return false;
	}
}

bool files_remove(struct store *s, struct guid id, struct err *e)
{
	char text[GUID_TEXT_SIZE];
	struct stmt *st;

	if (!store_statement(s, S("delete from ferry_file_part where file = ?1"), &st, e))
		return false;
	stmt_bind_str(st, 1, guid_format(id, text));
	if (!stmt_run(st, e) ||
	    !store_statement(s, S("delete from ferry_file where id = ?1"), &st, e))
		return false;
	stmt_bind_str(st, 1, guid_format(id, text));
	return stmt_run(st, e);
}

bool files_clear(struct store *s, const struct file_place *place, struct err *e)
{
	struct guid id;
	bool found;

	if (!stored_id(s, place, &id, &found, e))
		return false;
	return !found || files_remove(s, id, e);
}

static bool run_all(struct store *s, const struct str *statements, size_t n, struct str table,
		    struct str row, struct err *e)
{
	struct stmt *st;

	for (size_t i = 0; i < n; i++) {
		if (!store_statement(s, statements[i], &st, e))
			return false;
		stmt_bind_str(st, 1, table);
		if (row.n > 0)
			stmt_bind_str(st, 2, row);
		if (!stmt_run(st, e))
			return false;
	}
	return true;
}

bool files_forget(struct store *s, const struct table *t, struct guid row, struct err *e)
{
	static const struct str statements[] = {
		STR_INIT("delete from ferry_file_part where file in "
			 "(select id from ferry_file where table_name = ?1 and row = ?2)"),
		STR_INIT("delete from ferry_file where table_name = ?1 and row = ?2"),
	};
	char text[GUID_TEXT_SIZE];
	bool some = false;

	for (size_t i = 0; i < t->ncolumns; i++)
		some = some || t->columns[i].type == COLUMN_FILE ||
		       t->columns[i].type == COLUMN_IMAGE;
	return !some ||
	       run_all(s, statements, COUNT_OF(statements), t->name, guid_format(row, text), e);
}

bool files_forget_table(struct store *s, struct str table, struct err *e)
{
	static const struct str statements[] = {
		STR_INIT("delete from ferry_file_part where file in "
			 "(select id from ferry_file where table_name = ?1)"),
		STR_INIT("delete from ferry_file where table_name = ?1"),
	};

	return run_all(s, statements, COUNT_OF(statements), table, S(""), e);
}
