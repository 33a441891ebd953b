/* SPDX-License-Identifier: MIT */
/*
 * A continuation token is the id of the file that it continues.
 */
#include "org/file_messages.h"

#include "base/codec.h"
#include "base/limits.h"
#include "io/json.h"
#include "org/code.h"
#include "org/file_requests.h"
#include "org/parameter.h"

#include "base/banned.h"

#define BLOCK_ID_MAX 64 /* bytes, before they became base64 */

static bool read_place(struct call *c, const struct json *body, bool write, struct file_place *out,
		       struct err *e)
{
	struct str name = json_text(body, S("FileAttributeName"));

	if (!message_row(c, body, S("Target"), &out->table, &out->row, e))
		return false;
	out->column = table_column(out->table, name);
	if (!out->column)
		return err_set_code(e, ERR_BAD_REQUEST, CODE_INVALID_ARGUMENT,
				    "FileAttributeName '%.*s' is no column of table %.*s",
				    STR_ARG(str_sub(name, 0, 200)), STR_ARG(out->table->name));
	return files_check_place(c, out, write, e);
}

static bool read_file(struct call *c, const struct json *body, const char *parameter, bool complete,
		      struct file *out, struct err *e)
{
	struct str text = json_text(body, str_from(parameter));
	struct guid id;
	bool found = false;

	if (guid_parse(text, &id) && !files_by_id(c->store, c->arena, id, out, &found, e))
		return false;
	if (found && out->place.column && out->complete == complete)
		return true;
	return err_set_code(e, ERR_BAD_REQUEST, CODE_INVALID_ARGUMENT,
			    "%s '%.*s' is of no file that %s", parameter,
			    STR_ARG(str_sub(text, 0, 100)),
			    complete ? "is there" : "is being uploaded");
}

/* The context, and what `members` writes. */
static bool answer(struct call *c, const char *type, const struct file *f,
		   void (*members)(struct call *, struct json_writer *, const struct file *),
		   struct err *e)
{
	call_json(c, 200);

	DEFER(json_writer_release) struct json_writer w = json_writer_make(call_sink(c));

	json_object(&w);
	json_key(&w, S("@odata.context"));
	json_str(&w, call_context(c, str_fmt(c->arena, "Microsoft.Dynamics.CRM.%s", type)));
	members(c, &w, f);
	json_object_end(&w);
	return json_writer_finish(&w, e);
}

static void write_token(struct call *c, struct json_writer *w, const struct file *f)
{
	json_key(w, S("FileContinuationToken"));
	json_str(w, guid_text(c->arena, f->id));
}

bool file_upload_initialize(struct call *c, struct err *e)
{
	struct json body;
	struct file f = { 0 };

	if (!message_body(c, &body, e) || !read_place(c, &body, true, &f.place, e))
		return false;
	f.name = json_text(&body, S("FileName"));
	if (f.name.n == 0)
		return err_set_code(e, ERR_BAD_REQUEST, CODE_INVALID_ARGUMENT,
				    "the parameter 'FileName' is missing");
	f.mime_type = files_mime_type(f.name);
	return files_begin(c->store, &f, e) &&
	       answer(c, "InitializeFileBlocksUploadResponse", &f, write_token, e);
}

static bool read_block_id(const struct json *body, struct str *out, struct err *e)
{
	DEFER(buf_release) struct buf id = buf_make(0);

	*out = json_text(body, S("BlockId"));
	if (out->n > 0 && base64_decode(&id, *out) && id.n <= BLOCK_ID_MAX)
		return true;
	return err_set_code(e, ERR_BAD_REQUEST, CODE_INVALID_ARGUMENT,
			    "BlockId '%.*s' is not the base64 of at most %d bytes",
			    STR_ARG(str_sub(*out, 0, 200)), BLOCK_ID_MAX);
}

bool file_upload_block(struct call *c, struct err *e)
{
	DEFER(buf_release) struct buf bytes = buf_make(LIMIT_BODY);
	struct json body;
	struct file f;
	struct str block;

	if (!message_body(c, &body, e) ||
	    !read_file(c, &body, "FileContinuationToken", false, &f, e) ||
	    !read_block_id(&body, &block, e))
		return false;
	if (!base64_decode(&bytes, json_text(&body, S("BlockData"))))
		return err_set_code(e, ERR_BAD_REQUEST, CODE_INVALID_ARGUMENT,
				    "BlockData is no base64");
	if (bytes.n > LIMIT_FILE_PART)
		return err_set_code(e, ERR_TOO_LARGE, CODE_FILE_SIZE,
				    "the block has %zu bytes; at most %zu are allowed", bytes.n,
				    LIMIT_FILE_PART);
	c->answer->status = 204;
	return files_put_block(c->store, &f, block, buf_str(&bytes), e);
}

static bool read_blocks(struct call *c, const struct json *body, struct str **out, size_t *n,
			struct err *e)
{
	const struct json *list = json_get(body, S("BlockList"));

	if (!list || list->kind != JSON_ARRAY)
		return err_set_code(e, ERR_BAD_REQUEST, CODE_INVALID_ARGUMENT,
				    "the parameter 'BlockList' is missing, or is no array");
	*out = arena_array(c->arena, struct str, list->n);
	*n = list->n;
	for (size_t i = 0; i < list->n; i++)
		(*out)[i] = list->items[i].text;
	return true;
}

static void write_committed(struct call *c, struct json_writer *w, const struct file *f)
{
	json_key(w, S("FileId"));
	json_str(w, guid_text(c->arena, f->id));
	json_key(w, S("FileSizeInBytes"));
	json_i64(w, f->size);
}

bool file_upload_commit(struct call *c, struct err *e)
{
	struct str *blocks = NULL;
	struct json body;
	struct file f;
	size_t n = 0;

	if (!message_body(c, &body, e) ||
	    !read_file(c, &body, "FileContinuationToken", false, &f, e) ||
	    !read_blocks(c, &body, &blocks, &n, e) || !files_arrange(c->store, &f, blocks, n, e))
		return false;
	if (json_text(&body, S("FileName")).n > 0)
		f.name = json_text(&body, S("FileName"));
	f.mime_type = json_text(&body, S("MimeType"));
	if (f.mime_type.n == 0)
		f.mime_type = files_mime_type(f.name);
	return files_commit(c, &f, e) &&
	       answer(c, "CommitFileBlocksUploadResponse", &f, write_committed, e);
}

static void write_download(struct call *c, struct json_writer *w, const struct file *f)
{
	json_key(w, S("FileSizeInBytes"));
	json_i64(w, f->size);
	json_key(w, S("FileName"));
	json_str(w, f->name);
	write_token(c, w, f);
	json_key(w, S("IsChunkingSupported"));
	json_bool(w, true);
}

bool file_download_initialize(struct call *c, struct err *e)
{
	struct file_place place;
	struct json body;
	struct file f;
	bool found;

	if (!message_body(c, &body, e) || !read_place(c, &body, false, &place, e) ||
	    !files_find(c->store, c->arena, &place, &f, &found, e))
		return false;
	if (!found)
		return files_fail_missing(c, &place, e);
	return answer(c, "InitializeFileBlocksDownloadResponse", &f, write_download, e);
}

bool file_download_block(struct call *c, struct err *e)
{
	DEFER(buf_release) struct buf bytes = buf_make(LIMIT_FILE_PART);
	DEFER(buf_release) struct buf text = buf_make(0);
	struct buf_sink sink = buf_sink_make(&bytes);
	struct json body;
	struct file f;

	if (!message_body(c, &body, e) ||
	    !read_file(c, &body, "FileContinuationToken", true, &f, e))
		return false;

	int64_t offset = json_int(&body, S("Offset"), -1);
	int64_t length = json_int(&body, S("BlockLength"), -1);

	if (offset < 0 || offset > f.size || length < 1 || length > (int64_t)LIMIT_FILE_PART)
		return err_set_code(e, ERR_BAD_REQUEST, CODE_INVALID_ARGUMENT,
				    "Offset and BlockLength have to name at most %zu bytes of the "
				    "file's %lld",
				    LIMIT_FILE_PART, (long long)f.size);
	if (!files_read(c->store, &f, offset, length, &sink.sink, e))
		return false;
	base64_encode(&text, buf_str(&bytes));
	call_json(c, 200);

	DEFER(json_writer_release) struct json_writer w = json_writer_make(call_sink(c));

	json_object(&w);
	json_key(&w, S("@odata.context"));
	json_str(&w, call_context(c, S("Microsoft.Dynamics.CRM.DownloadBlockResponse")));
	json_key(&w, S("Data"));
	json_str(&w, buf_str(&text));
	json_object_end(&w);
	return json_writer_finish(&w, e);
}

bool file_delete_message(struct call *c, struct err *e)
{
	struct json body;
	struct file f;

	if (!message_body(c, &body, e) || !read_file(c, &body, "FileId", true, &f, e))
		return false;
	c->answer->status = 204;
	return files_unset(c, &f.place, e);
}
