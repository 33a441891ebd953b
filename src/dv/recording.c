/* SPDX-License-Identifier: MIT */
/*
 * The writer. A line is made whole and then written; after the first that could not be, nothing more is.
 */
#include "dv/recording.h"

#include "base/codec.h"
#include "base/datetime.h"
#include "base/file.h"
#include "base/limits.h"
#include "io/json.h"
#include "dv/recording_mask.h"

#include "base/banned.h"

struct recorder {
	struct file_sink file;
	const char *path;
	struct mask mask;
	bool failed;
	struct err err;
};

static bool write_line(struct recorder *r, struct json_writer *w, struct err *e)
{
	return json_writer_finish(w, e) && sink_write(&r->file.sink, S("\n"), e);
}

static bool write_head(struct recorder *r, struct str service, struct err *e)
{
	DEFER(json_writer_release) struct json_writer w = json_writer_make(&r->file.sink);
	char at[DATETIME_TEXT_SIZE];

	json_object(&w);
	json_key(&w, S("ferry"));
	json_str(&w, S("recording"));
	json_key(&w, S("version"));
	json_i64(&w, 1);
	json_key(&w, S("service"));
	json_str(&w, service);
	json_key(&w, S("at"));
	json_str(&w, datetime_format_iso(datetime_now(), at));
	json_object_end(&w);
	return write_line(r, &w, e);
}

bool recorder_open(struct recorder **out, struct arena *a, const char *path, struct str service,
		   bool (*secret)(void *context, struct str column), void *context, struct err *e)
{
	struct recorder *r = arena_new(a, struct recorder);

	if (file_is_directory(path))
		return err_set(e, ERR_USAGE, "%s: a folder; a recording is a file", path);
	if (!file_remove(path, e) || !file_sink_open(&r->file, path, 0600, e))
		return err_wrap(e, "the recording");
	r->path = str_cstr(a, str_from(path));
	r->mask = (struct mask){ secret, context };
	if (!write_head(r, service, e)) {
		file_sink_close(&r->file);
		return err_wrap(e, "the recording");
	}
	*out = r;
	return true;
}

static bool is_first_of_name(const struct header *headers, size_t i)
{
	for (size_t k = 0; k < i; k++) {
		if (str_eq_ascii_nocase(headers[k].name, headers[i].name))
			return false;
	}
	return true;
}

static void write_headers(struct json_writer *w, const struct header *headers, size_t n)
{
	DEFER(buf_release) struct buf value = buf_make(0);

	json_key(w, S("headers"));
	json_object(w);
	for (size_t i = 0; i < n; i++) {
		if (!mask_keeps_header(headers[i].name) || !is_first_of_name(headers, i))
			continue;
		buf_clear(&value);
		for (size_t k = i; k < n; k++) {
			if (!str_eq_ascii_nocase(headers[k].name, headers[i].name))
				continue;
			buf_add(&value, k > i ? S(", ") : S(""));
			mask_url(&value, headers[k].value);
		}
		json_key(w, headers[i].name);
		json_str(w, buf_str(&value));
	}
	json_object_end(w);
}

static void write_left_out(struct json_writer *w, uint64_t bytes)
{
	json_object(w);
	json_key(w, S("leftOut"));
	json_i64(w, (int64_t)bytes);
	json_object_end(w);
}

static void write_text(struct json_writer *w, struct str body)
{
	DEFER(buf_release) struct buf encoded = buf_make(0);

	if (str_is_utf8(body)) {
		json_str(w, body);
		return;
	}
	base64_encode(&encoded, body);
	json_object(w);
	json_key(w, S("base64"));
	json_str(w, buf_str(&encoded));
	json_object_end(w);
}

static struct str type_of(const struct header *headers, size_t n)
{
	const struct str *type = header_find(headers, n, S("Content-Type"));

	return type ? *type : S("");
}

static void write_body(struct json_writer *w, const struct recorder *r, struct str type,
		       const struct recorded_body *body, bool hidden)
{
	DEFER(buf_release) struct buf masked = buf_make(0);

	if (body->bytes.n == 0 && body->left_out == 0)
		return;
	json_key(w, S("body"));
	if (body->left_out > 0)
		write_left_out(w, body->left_out);
	else if (body->bytes.n > LIMIT_RECORDED_BODY)
		write_left_out(w, body->bytes.n);
	else if (hidden)
		json_str(w, S(RECORDING_SECRET));
	else if (mask_body(&masked, &r->mask, type, body->bytes))
		write_text(w, buf_str(&masked));
	else
		write_left_out(w, body->bytes.n);
}

static void write_request(struct json_writer *w, const struct recorder *r, const struct request *q)
{
	DEFER(buf_release) struct buf target = buf_make(0);
	struct recorded_body body = { q->body, 0 };

	mask_url(&target, q->target);
	json_key(w, S("request"));
	json_object(w);
	json_key(w, S("method"));
	json_str(w, method_name(q->method));
	json_key(w, S("target"));
	json_str(w, buf_str(&target));
	write_headers(w, q->headers, q->nheaders);
	write_body(w, r, type_of(q->headers, q->nheaders), &body,
		   mask_hides_target(&r->mask, q->target));
	json_object_end(w);
}

static void write_response(struct json_writer *w, const struct recorder *r, const struct request *q,
			   const struct response *a, const struct recorded_body *body)
{
	bool answered = a->fate == FATE_ANSWERED;

	json_key(w, S("response"));
	json_object(w);
	json_key(w, S("status"));
	json_i64(w, answered ? a->status : 0);
	if (answered) {
		write_headers(w, a->headers, a->nheaders);
		write_body(w, r, type_of(a->headers, a->nheaders), body,
			   a->status < 300 && mask_hides_target(&r->mask, q->target));
	}
	json_object_end(w);
}

void recorder_add(struct recorder *r, const struct request *request,
		  const struct response *response, const struct recorded_body *body, unsigned tries,
		  int64_t ms)
{
	DEFER(json_writer_release) struct json_writer w = json_writer_make(&r->file.sink);

	if (r->failed)
		return;
	json_object(&w);
	write_request(&w, r, request);
	write_response(&w, r, request, response, body);
	json_key(&w, S("ms"));
	json_i64(&w, ms);
	json_key(&w, S("tries"));
	json_i64(&w, tries);
	json_object_end(&w);
	r->failed = !write_line(r, &w, &r->err);
}

bool recorder_close(struct recorder **at, struct err *e)
{
	struct recorder *r = *at;

	*at = NULL;
	if (!r)
		return true;

	bool ok = !r->failed && file_sink_finish(&r->file, e);

	if (r->failed)
		*e = r->err;
	file_sink_close(&r->file);
	if (ok)
		return true;
	e->kind = ERR_INTERNAL;
	return err_wrap(e, "the recording %s is not complete", r->path);
}
