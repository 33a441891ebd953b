/* SPDX-License-Identifier: MIT */
/*
 * Everything that is not certain about uploads stands here: that an image is written as base64 in an update of its row, because
 * that is what is documented for every image column; that a name goes in the address, because a header takes ASCII only.
 */
#include "move/file_words.h"

#include "base/codec.h"
#include "base/limits.h"
#include "io/json.h"
#include "dv/odata.h"
#include "move/file_bytes.h"
#include "move/run_keep.h"

#include "base/banned.h"

#define BINARY "application/octet-stream"

void file_upload_init(struct file_upload *u)
{
	*u = (struct file_upload){ .url = buf_make(LIMIT_URL), .body = buf_make(LIMIT_BODY) };
}

void file_upload_release(struct file_upload *u)
{
	buf_release(&u->url);
	buf_release(&u->body);
}

enum file_step file_words_first(const struct file_upload *u)
{
	if (u->hash.n == 0)
		return FILE_REMOVE;
	if (u->column->type == COLUMN_IMAGE)
		return FILE_IMAGE;
	return u->size <= LIMIT_FILE_PART ? FILE_WHOLE : FILE_BEGIN;
}

enum file_step file_words_next(struct file_upload *u, enum file_step step, bool *done)
{
	*done = false;
	switch (step) {
	case FILE_BEGIN:
		u->block = 0;
		return FILE_BLOCK;
	case FILE_BLOCK:
		u->block++;
		return u->block * (uint64_t)LIMIT_FILE_PART < u->size ? FILE_BLOCK : FILE_COMMIT;
	case FILE_WHOLE:
	case FILE_IMAGE:
	case FILE_REMOVE:
	case FILE_COMMIT:
		break;
	}
	*done = true;
	return step;
}

uint64_t file_words_weight(const struct file_upload *u)
{
	if (u->column->type == COLUMN_IMAGE)
		return u->size / 3 * 4;
	return u->size < LIMIT_FILE_PART ? u->size : LIMIT_FILE_PART / 3 * 4;
}

static void put_column_url(struct file_upload *u)
{
	odata_row_url(&u->url, u->t->table, u->id);
	buf_add_char(&u->url, '/');
	url_encode(&u->url, u->column->name);
}

/* The last member of an object that a writer has closed: base64 has nothing that JSON would escape. */
static bool add_base64(struct job *j, struct file_upload *u, uint64_t from, uint64_t n,
		       struct err *e)
{
	assert(str_ends(buf_str(&u->body), S("\"\"}")));
	buf_truncate(&u->body, u->body.n - 2);
	if (!file_bytes_base64(j->run, u->hash, from, n, &u->body, e))
		return false;
	buf_add(&u->body, S("\"}"));
	return true;
}

static void put_block_id(struct json_writer *w, uint32_t block)
{
	DEFER(buf_release) struct buf plain = buf_make(0);
	DEFER(buf_release) struct buf id = buf_make(0);

	buf_add_fmt(&plain, "%08u", block); /* all of one length */
	base64_encode(&id, buf_str(&plain));
	json_str(w, buf_str(&id));
}

static void put_place(struct json_writer *w, const struct file_upload *u)
{
	DEFER(buf_release) struct buf type = buf_make(0);
	char id[GUID_TEXT_SIZE];

	buf_add(&type, S("Microsoft.Dynamics.CRM."));
	buf_add(&type, u->t->table->name);
	json_key(w, S("Target"));
	json_object(w);
	json_text_member(w, S("@odata.type"), buf_str(&type));
	json_text_member(w, u->t->table->primary_id, guid_format(u->id, id));
	json_object_end(w);
	json_text_member(w, S("FileName"), u->name);
	json_text_member(w, S("FileAttributeName"), u->column->name);
}

static void put_commit(struct json_writer *w, const struct file_upload *u)
{
	json_text_member(w, S("FileName"), u->name);
	json_text_member(w, S("MimeType"), S(BINARY));
	json_key(w, S("BlockList"));
	json_array(w);
	for (uint32_t i = 0; i < u->block; i++)
		put_block_id(w, i);
	json_array_end(w);
	json_text_member(w, S("FileContinuationToken"), u->token);
}

static bool put_json(struct file_upload *u, enum file_step step, struct err *e)
{
	struct buf_sink sink = buf_sink_make(&u->body);
	DEFER(json_writer_release) struct json_writer w = json_writer_make(&sink.sink);

	json_object(&w);
	if (step == FILE_BEGIN) {
		put_place(&w, u);
	} else if (step == FILE_COMMIT) {
		put_commit(&w, u);
	} else if (step == FILE_IMAGE) {
		json_key(&w, u->column->name);
		json_str(&w, S(""));
	} else {
		json_key(&w, S("BlockId"));
		put_block_id(&w, u->block);
		json_text_member(&w, S("FileContinuationToken"), u->token);
		json_key(&w, S("BlockData"));
		json_str(&w, S(""));
	}
	json_object_end(&w);
	return json_writer_finish(&w, e);
}

static bool put_body(struct job *j, struct file_upload *u, enum file_step step, struct err *e)
{
	struct buf_sink sink = buf_sink_make(&u->body);
	uint64_t from = u->block * (uint64_t)LIMIT_FILE_PART;
	uint64_t left = u->size - (step == FILE_BLOCK ? from : 0);

	switch (step) {
	case FILE_WHOLE:
		return run_get_file(j->run, u->hash, &sink.sink, e);
	case FILE_IMAGE:
		return put_json(u, step, e) && add_base64(j, u, 0, left, e);
	case FILE_BLOCK:
		return put_json(u, step, e) &&
		       add_base64(j, u, from, left < LIMIT_FILE_PART ? left : LIMIT_FILE_PART, e);
	case FILE_BEGIN:
	case FILE_COMMIT:
		return put_json(u, step, e);
	case FILE_REMOVE:
		break;
	}
	return true;
}

static enum method put_target(struct file_upload *u, enum file_step step)
{
	switch (step) {
	case FILE_WHOLE:
		put_column_url(u);
		buf_add(&u->url, S("?x-ms-file-name="));
		url_encode(&u->url, u->name);
		return METHOD_PATCH;
	case FILE_IMAGE:
		odata_row_url(&u->url, u->t->table, u->id);
		return METHOD_PATCH;
	case FILE_REMOVE:
		put_column_url(u);
		return METHOD_DELETE;
	case FILE_BEGIN:
		buf_add(&u->url, S("InitializeFileBlocksUpload"));
		break;
	case FILE_BLOCK:
		buf_add(&u->url, S("UploadBlock"));
		break;
	case FILE_COMMIT:
		buf_add(&u->url, S("CommitFileBlocksUpload"));
		break;
	}
	return METHOD_POST;
}

bool file_words(struct job *j, struct file_upload *u, enum file_step step, struct request *out,
		struct err *e)
{
	struct request r = { .headers = u->headers };

	buf_clear(&u->url);
	buf_clear(&u->body);
	r.method = put_target(u, step);
	if (!put_body(j, u, step, e) || !buf_check(&u->url, "the address of a file", e) ||
	    !buf_check(&u->body, "a file as a request", e))
		return false;
	r.nheaders = push_part_headers(j, u->t, u->headers);
	if (step == FILE_WHOLE)
		u->headers[0].value = S(BINARY);
	if (step == FILE_IMAGE) /* without it a row that is gone would be made */
		u->headers[r.nheaders++] = (struct header){ S("If-Match"), S("*") };
	r.target = buf_str(&u->url);
	r.body = buf_str(&u->body);
	*out = r;
	return true;
}

bool file_words_token(struct arena *a, struct str body, struct str *token, struct err *e)
{
	DEFER(arena_release) struct arena scratch = arena_make(0);
	struct json answer;

	if (!json_parse(&scratch, body, "the answer to InitializeFileBlocksUpload", &answer, e))
		return false;
	*token = str_dup(a, json_text(&answer, S("FileContinuationToken")));
	return token->n > 0 ||
	       err_set(e, ERR_NETWORK, "the service began an upload without telling its token");
}
