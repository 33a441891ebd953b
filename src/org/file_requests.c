/* SPDX-License-Identifier: MIT */
/*
 * Uploads and downloads by PATCH, GET and DELETE of the column.
 */
#include "org/file_requests.h"

#include <inttypes.h>

#include "base/codec.h"
#include "base/limits.h"
#include "dv/odata.h"
#include "org/access.h"
#include "org/code.h"
#include "org/crud.h"
#include "org/rules.h"
#include "org/secured.h"

#include "base/banned.h"

#define BINARY "application/octet-stream"
#define EXPOSE S("Access-Control-Expose-Headers")

bool files_is_column(const struct column *c)
{
	return c->type == COLUMN_FILE || c->type == COLUMN_IMAGE;
}

bool files_check_place(struct call *c, const struct file_place *place, bool write, struct err *e)
{
	const struct column *column = place->column;
	bool readable = true;
	bool exists;

	if (!files_is_column(column))
		return err_set_code(e, ERR_NOT_ALLOWED, CODE_ODATA,
				    "column '%.*s' of table '%.*s' is neither a file nor an image",
				    STR_ARG(column->name), STR_ARG(place->table->name));
	if (write && !column->create && !column->update && !column->unmanaged)
		return err_set_code(e, ERR_BAD_REQUEST, CODE_INVALID_ARGUMENT,
				    "column %.*s of table %.*s is read-only", STR_ARG(column->name),
				    STR_ARG(place->table->name));
	if (!access_row(c->store, place->table, place->row, write ? RIGHT_WRITE : RIGHT_READ, e) ||
	    !(write ? secured_changeable(c->store, place->table, column, false, e)
		    : secured_readable(c->store, place->table, column, &readable, e)))
		return false;
	if (!write && !readable)
		return err_set_code(e, ERR_FORBIDDEN, CODE_READ_ONLY,
				    "column %.*s of table %.*s is secured: the caller may not "
				    "use it",
				    STR_ARG(column->name), STR_ARG(place->table->name));
	if (!crud_exists(c->store, place->table, place->row, &exists, e))
		return false;
	return exists || row_fail_missing(place->table, place->row, e);
}

bool files_fail_missing(struct call *c, const struct file_place *place, struct err *e)
{
	return err_set_code(e, ERR_NOT_FOUND, CODE_ROW_MISSING,
			    "no file attachment found for attribute: %.*s EntityId: %.*s",
			    STR_ARG(place->column->name), STR_ARG(guid_text(c->arena, place->row)));
}

/* Id and name into the row; both null when there is no file. */
static bool put_file(struct call *c, const struct file_place *place, const struct file *f,
		     struct err *e)
{
	struct row row = row_make(c->arena, place->table, place->row);
	struct str name = str_fmt(c->arena, "%.*s_name", STR_ARG(place->column->name));
	struct value *companion = row_value(&row, name);
	struct value *v = row_value(&row, place->column->name);

	*v = (struct value){ .kind = VALUE_NULL };
	if (f)
		*v = (struct value){ .kind = VALUE_TEXT, .text = guid_text(c->arena, f->id) };
	if (companion)
		*companion = (struct value){ .kind = f ? VALUE_TEXT : VALUE_NULL,
					     .text = f ? f->name : S("") };
	return rules_fill_changed(c->store, c->arena, &row, e) && row_update(c->store, &row, e);
}

static bool commit_image(struct call *c, struct file *f, struct err *e)
{
	DEFER(buf_release) struct buf bytes = buf_make(LIMIT_BODY);
	DEFER(buf_release) struct buf text = buf_make(LIMIT_SQL_VALUE);
	struct buf_sink sink = buf_sink_make(&bytes);

	if (!files_read(c->store, f, 0, f->size, &sink.sink, e) ||
	    !files_remove(c->store, f->id, e))
		return false;
	base64_encode(&text, buf_str(&bytes));

	struct value v = { .kind = VALUE_TEXT, .text = buf_str(&text) };

	return crud_set(c->store, c->arena, f->place.table, f->place.row, f->place.column, &v, e);
}

bool files_commit(struct call *c, struct file *f, struct err *e)
{
	if (f->place.column->type == COLUMN_IMAGE)
		return commit_image(c, f, e);
	return files_complete(c->store, f, e) && put_file(c, &f->place, f, e);
}

bool files_unset(struct call *c, const struct file_place *place, struct err *e)
{
	struct value none = { .kind = VALUE_NULL };

	if (place->column->type == COLUMN_IMAGE)
		return crud_set(c->store, c->arena, place->table, place->row, place->column, &none,
				e);
	return files_clear(c->store, place, e) && put_file(c, place, NULL, e);
}

/* uploads */

/* The header counts before the option (facts/webapi.md 2.7). */
static struct str read_name(const struct call *c)
{
	const struct str *header = call_find_header(c, S("x-ms-file-name"));
	const struct str *option = url_option(&c->url, S("x-ms-file-name"));

	if (header && header->n > 0)
		return *header;
	return option ? *option : S("");
}

static bool read_new_file(struct call *c, const struct file_place *place, struct file *out,
			  struct err *e)
{
	struct str name = read_name(c);

	if (name.n == 0 && place->column->type == COLUMN_IMAGE)
		name = place->column->name;
	if (name.n == 0)
		return err_set_code(e, ERR_BAD_REQUEST, CODE_INVALID_ARGUMENT,
				    "the file has no name: tell it in the header x-ms-file-name or "
				    "the query option of that name");
	*out = (struct file){ .place = *place, .name = name, .mime_type = files_mime_type(name) };
	return true;
}

static bool upload_whole(struct call *c, const struct file_place *place, struct err *e)
{
	struct file f;

	if (!read_new_file(c, place, &f, e) || !files_begin(c->store, &f, e) ||
	    !files_append(c->store, &f, c->request->body, e) || !files_commit(c, &f, e))
		return false;
	c->answer->status = 204;
	return true;
}

static bool upload_begin(struct call *c, const struct file_place *place, struct err *e)
{
	DEFER(buf_release) struct buf url = buf_make(LIMIT_URL);
	char token[GUID_TEXT_SIZE];
	struct file f;

	if (place->column->type == COLUMN_IMAGE)
		return err_set_code(e, ERR_BAD_REQUEST, CODE_FILE_CHUNKS,
				    "column %.*s of table %.*s: an image is uploaded in one piece",
				    STR_ARG(place->column->name), STR_ARG(place->table->name));
	if (!read_new_file(c, place, &f, e) || !files_begin(c->store, &f, e))
		return false;
	buf_add(&url, c->root);
	odata_row_url(&url, place->table, place->row);
	buf_add_char(&url, '/');
	url_encode(&url, place->column->name);
	buf_add(&url, S("?sessiontoken="));
	buf_add(&url, guid_format(f.id, token));
	c->answer->status = 200;
	call_header(c, S("Accept-Ranges"), S("bytes"));
	call_header(c, S("Location"), buf_str(&url));
	call_header(c, S("x-ms-chunk-size"), str_fmt(c->arena, "%zu", LIMIT_FILE_PART));
	call_header(c, EXPOSE, S("x-ms-chunk-size"));
	return true;
}

struct range {
	int64_t first, last, total;
};

/* bytes 0-4194303/25870370 */
static bool read_content_range(const struct call *c, struct range *out, struct err *e)
{
	const struct str *header = call_find_header(c, S("Content-Range"));
	struct str text = header ? str_trim(*header) : S("");
	struct str unit = S("bytes ");
	size_t dash = str_find_char(text, '-');
	size_t slash = str_find_char(text, '/');

	if (str_starts(text, unit) && dash != STR_NONE && slash != STR_NONE && dash < slash &&
	    str_parse_i64(str_sub(text, unit.n, dash - unit.n), &out->first) &&
	    str_parse_i64(str_sub(text, dash + 1, slash - dash - 1), &out->last) &&
	    str_parse_i64(str_skip(text, slash + 1), &out->total) && out->first >= 0 &&
	    out->first <= out->last && out->last < out->total)
		return true;
	return err_set_code(e, ERR_BAD_REQUEST, CODE_INVALID_ARGUMENT,
			    "a chunk has a header Content-Range: bytes <first>-<last>/<size>, not "
			    "'%.*s'",
			    STR_ARG(str_sub(text, 0, 100)));
}

static bool check_chunk(const struct call *c, const struct file *f, const struct range *r,
			struct err *e)
{
	size_t n = c->request->body.n;

	if (n > LIMIT_FILE_PART)
		return err_set_code(e, ERR_TOO_LARGE, CODE_FILE_SIZE,
				    "the chunk has %zu bytes; at most %zu are allowed", n,
				    LIMIT_FILE_PART);
	if ((int64_t)n != r->last - r->first + 1)
		return err_set_code(e, ERR_BAD_REQUEST, CODE_INVALID_ARGUMENT,
				    "the chunk has %zu bytes; its Content-Range tells of %" PRId64,
				    n, r->last - r->first + 1);
	if (r->first != f->size)
		return err_set_code(e, ERR_BAD_REQUEST, CODE_INVALID_ARGUMENT,
				    "the chunk begins at %" PRId64 "; the next one has to begin at "
				    "%" PRId64,
				    r->first, f->size);
	if (r->total > files_limit(f->place.column))
		return err_set_code(e, ERR_BAD_REQUEST, CODE_FILE_SIZE,
				    "the file is too big: column %.*s of table %.*s takes at most "
				    "%" PRId64 " bytes",
				    STR_ARG(f->place.column->name), STR_ARG(f->place.table->name),
				    files_limit(f->place.column));
	return true;
}

static bool find_upload(struct call *c, struct str token, const struct file_place *place,
			struct file *out, struct err *e)
{
	struct guid id;
	bool found = false;

	if (guid_parse(token, &id) && !files_by_id(c->store, c->arena, id, out, &found, e))
		return false;
	if (found && !out->complete && out->place.table == place->table &&
	    out->place.column == place->column && guid_eq(out->place.row, place->row))
		return true;
	return err_set_code(e, ERR_BAD_REQUEST, CODE_INVALID_ARGUMENT,
			    "the session token '%.*s' is of no upload to this column",
			    STR_ARG(str_sub(token, 0, 100)));
}

static bool upload_chunk(struct call *c, struct str token, const struct file_place *place,
			 struct err *e)
{
	struct range r;
	struct file f;

	if (!find_upload(c, token, place, &f, e) || !read_content_range(c, &r, e) ||
	    !check_chunk(c, &f, &r, e) || !files_append(c->store, &f, c->request->body, e))
		return false;
	c->answer->status = 206;
	if (r.last + 1 < r.total)
		return true;
	c->answer->status = 204;
	return files_commit(c, &f, e);
}

static bool read_place(struct call *c, struct file_place *out, struct err *e)
{
	struct str name = c->url.segments[1].name;

	if (!call_row(c, &out->table, &out->row, e))
		return false;
	out->column = table_column(out->table, name);
	if (!out->column)
		return err_set_code(e, ERR_NOT_FOUND, CODE_ODATA,
				    "resource not found for the segment '%.*s'",
				    STR_ARG(str_sub(name, 0, 200)));
	return files_check_place(c, out, true, e);
}

bool files_upload(struct call *c, struct err *e)
{
	const struct str *token = url_option(&c->url, S("sessiontoken"));
	const struct str *mode = call_find_header(c, S("x-ms-transfer-mode"));
	struct file_place place;

	if (!read_place(c, &place, e))
		return false;
	if (token)
		return upload_chunk(c, *token, &place, e);
	if (mode && str_eq_ascii_nocase(str_trim(*mode), S("chunked")))
		return upload_begin(c, &place, e);
	return upload_whole(c, &place, e);
}

/* downloads */

/* 0-4194303, 10-, -10: the last ten */
static bool parse_range(struct str text, int64_t size, struct range *out)
{
	size_t dash = str_find_char(text, '-');
	struct str first = str_sub(text, 0, dash);
	struct str last = dash == STR_NONE ? S("") : str_skip(text, dash + 1);

	*out = (struct range){ .first = 0, .last = size - 1, .total = size };
	if (dash == STR_NONE || first.n + last.n == 0 ||
	    (first.n > 0 && !str_parse_i64(first, &out->first)) ||
	    (last.n > 0 && !str_parse_i64(last, &out->last)))
		return false;
	if (first.n == 0) {
		out->first = out->last < size ? size - out->last : 0;
		out->last = size - 1;
	}
	if (out->last >= size)
		out->last = size - 1;
	return out->first >= 0 && out->first <= out->last;
}

/* Range: bytes=0-4194303; *partial is false without the header, and all of the file is meant. */
static bool read_range(const struct call *c, int64_t size, struct range *out, bool *partial,
		       struct err *e)
{
	const struct str *header = call_find_header(c, S("Range"));
	struct str text = header ? str_trim(*header) : S("");
	struct str unit = S("bytes=");

	*out = (struct range){ .first = 0, .last = size - 1, .total = size };
	*partial = text.n > 0;
	if (text.n == 0 ||
	    (str_starts(text, unit) && parse_range(str_skip(text, unit.n), size, out)))
		return true;
	return err_set_code(e, ERR_BAD_REQUEST, CODE_INVALID_ARGUMENT,
			    "the header Range: '%.*s' names no bytes of a file that has %" PRId64,
			    STR_ARG(str_sub(text, 0, 100)), size);
}

/* Size and name; clients know a file by Content-Disposition. */
static void add_file_headers(struct call *c, const struct file *f)
{
	DEFER(buf_release) struct buf disposition = buf_make(0);

	buf_add(&disposition, S("attachment; filename*=UTF-8''"));
	url_encode(&disposition, f->name);
	call_header(c, S("x-ms-file-size"), str_fmt(c->arena, "%" PRId64, f->size));
	call_header(c, S("x-ms-file-name"), f->name);
	call_header(c, S("Content-Disposition"), buf_str(&disposition));
}

static bool send_file(struct call *c, const struct file *f, struct err *e)
{
	struct range r;
	bool partial;

	if (!read_range(c, f->size, &r, &partial, e))
		return false;
	c->answer->status = partial ? 206 : 200;
	add_file_headers(c, f);
	if (partial)
		call_header(c, S("x-ms-chunk-size"), str_fmt(c->arena, "%zu", LIMIT_FILE_PART));
	call_header(c, S("mimetype"), f->mime_type);
	call_header(c, S("Content-Type"), S(BINARY));
	call_header(c, EXPOSE,
		    partial ? S("x-ms-file-size; x-ms-file-name; x-ms-chunk-size; mimetype")
			    : S("x-ms-file-size; x-ms-file-name; mimetype"));
	return files_read(c->store, f, r.first, r.last - r.first + 1, call_sink(c), e);
}

/* The column's own bytes: the thumbnail. */
static bool send_thumbnail(struct call *c, const struct file_place *place, struct err *e)
{
	DEFER(buf_release) struct buf bytes = buf_make(LIMIT_BODY);
	struct value v;

	if (!row_read(c->store, c->arena, place->table, place->row, place->column->name, &v, e))
		return false;
	if (v.kind != VALUE_TEXT) {
		c->answer->status = 204;
		return true;
	}
	if (!base64_decode(&bytes, v.text))
		return err_set(e, ERR_INTERNAL, "%s: column %.*s of table %.*s holds no base64",
			       c->store->path, STR_ARG(place->column->name),
			       STR_ARG(place->table->name));
	c->answer->status = 200;
	call_header(c, S("x-ms-file-size"), str_fmt(c->arena, "%zu", bytes.n));
	call_header(c, S("x-ms-file-name"), place->column->name);
	call_header(c, S("Content-Type"), S(BINARY));
	return call_sink(c)->write(call_sink(c), buf_str(&bytes), e);
}

bool files_download(struct call *c, const struct table *t, struct guid id,
		    const struct column *column, struct err *e)
{
	const struct str *size = url_option(&c->url, S("size"));
	bool image = column->type == COLUMN_IMAGE;
	struct file_place place = { t, id, column };
	struct file f;
	bool found;

	if (!files_check_place(c, &place, false, e))
		return false;
	if (image && !(size && str_eq_ascii_nocase(*size, S("full"))))
		return send_thumbnail(c, &place, e);
	if (!files_find(c->store, c->arena, &place, &f, &found, e))
		return false;
	if (found)
		return send_file(c, &f, e);
	if (!image)
		return files_fail_missing(c, &place, e);
	c->answer->status = 204;
	return true;
}

/* The bytes of the range in base64, as the value of a property. */
static bool send_property(struct call *c, const struct file_place *place, const struct file *f,
			  struct err *e)
{
	DEFER(buf_release) struct buf bytes = buf_make(LIMIT_BODY);
	DEFER(buf_release) struct buf text = buf_make(LIMIT_BODY);
	struct buf_sink into = buf_sink_make(&bytes);
	char id[GUID_TEXT_SIZE];
	struct range r;
	bool partial;

	if (!read_range(c, f->size, &r, &partial, e) ||
	    !files_read(c->store, f, r.first, r.last - r.first + 1, &into.sink, e))
		return false;
	base64_encode(&text, buf_str(&bytes));
	if (!buf_check(&text, "a file in base64", e))
		return false;
	call_json(c, partial ? 206 : 200);
	add_file_headers(c, f);

	DEFER(json_writer_release) struct json_writer w = json_writer_make(call_sink(c));
	struct str context =
		str_fmt(c->arena, "%.*s(%.*s)/%.*s", STR_ARG(place->table->entity_set),
			STR_ARG(guid_format(place->row, id)), STR_ARG(place->column->name));

	json_object(&w);
	json_key(&w, S("@odata.context"));
	json_str(&w, call_context(c, context));
	json_key(&w, S("value"));
	json_str(&w, buf_str(&text));
	json_object_end(&w);
	return json_writer_finish(&w, e);
}

bool files_property(struct call *c, const struct table *t, struct guid id,
		    const struct column *column, struct err *e)
{
	struct file_place place = { t, id, column };
	struct file f;
	bool found;

	if (!files_check_place(c, &place, false, e) ||
	    !files_find(c->store, c->arena, &place, &f, &found, e))
		return false;
	if (found)
		return send_property(c, &place, &f, e);
	c->answer->status = 204;
	return true;
}

bool files_delete(struct call *c, const struct table *t, struct guid id,
		  const struct column *column, struct err *e)
{
	struct file_place place = { t, id, column };

	if (!files_check_place(c, &place, true, e) || !files_unset(c, &place, e))
		return false;
	c->answer->status = 204;
	return true;
}
