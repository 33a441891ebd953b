/* SPDX-License-Identifier: MIT */
/*
 * The writer. A line is made whole and then written; after the first that could not be, nothing more is, and what
 * there is of it goes. The file is locked as long as it is written.
 */
#include "dv/recording.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/codec.h"
#include "base/datetime.h"
#include "base/file.h"
#include "base/limits.h"
#include "base/vec.h"
#include "io/json.h"
#include "dv/recording_mask.h"

#include "base/banned.h"

struct recorder {
	struct file_sink file;
	const char *path;
	struct mask mask;
	struct arena *arena;
	VEC(struct str) credentials;
	off_t whole; /* up to here there are whole lines */
	bool failed;
	struct err err;
};

/* An exchange while it is written. */
struct entry {
	struct recorder *r;
	struct json_writer *w;
	struct arena *arena;
	struct masking masking;
	const struct request *request;
};

#define HEAD "{\"ferry\":\"recording\""

bool recording_is(const char *path)
{
	DEFER(file_source_close) struct file_source f = { .fd = -1 };
	char head[sizeof(HEAD) - 1];
	struct err ignored;
	size_t got = 0;

	return file_source_open_regular(&f, path, &ignored) &&
	       f.source.read(&f.source, head, sizeof(head), &got, &ignored) &&
	       str_eq(str_of(head, got), S(HEAD));
}

static bool write_line(struct recorder *r, struct json_writer *w, struct err *e)
{
	if (json_writer_finish(w, e) && sink_write(&r->file.sink, S("\n"), e)) {
		r->whole = lseek(r->file.fd, 0, SEEK_CUR);
		return true;
	}
	/* what is whole can be read */
	if (r->whole > 0)
		(void)!ftruncate(r->file.fd, r->whole);
	return false;
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

static void close_descriptor(int *fd)
{
	if (*fd >= 0)
		close(*fd);
}

static bool lock(int fd, const char *path, struct err *e)
{
	return flock(fd, LOCK_EX | LOCK_NB) == 0 ||
	       err_set(e, ERR_USAGE, "%s: another ferry writes its recording there", path);
}

/* What is there goes, unless somebody writes it. The old one stays locked until the new one is. */
static bool make_file(struct recorder *r, const char *path, struct err *e)
{
	DEFER(close_descriptor) int old = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

	if (old >= 0 && !lock(old, path, e))
		return false;
	if (!file_remove(path, e) || !file_sink_open(&r->file, path, 0600, e))
		return false;
	if (lock(r->file.fd, path, e))
		return true;
	file_sink_close(&r->file);
	return false;
}

bool recorder_open(struct recorder **out, struct arena *a, const char *path, struct str service,
		   bool (*secret)(void *context, struct str column), void *context, struct err *e)
{
	struct recorder *r = arena_new(a, struct recorder);

	if (file_is_directory(path))
		return err_set(e, ERR_USAGE, "%s: a folder; a recording is a file", path);
	if (!make_file(r, path, e))
		return err_wrap(e, "the recording");
	r->path = str_cstr(a, str_from(path));
	r->arena = a;
	r->mask = (struct mask){ secret, context };
	if (!write_head(r, service, e)) {
		file_sink_close(&r->file);
		return err_wrap(e, "the recording");
	}
	*out = r;
	return true;
}

void recorder_hide(struct recorder *r, struct str credential)
{
	for (size_t i = 0; i < r->credentials.n; i++) {
		if (str_eq(r->credentials.p[i], credential))
			return;
	}
	if (credential.n > 0)
		*VEC_PUSH(r->arena, &r->credentials) = str_dup(r->arena, credential);
}

/* The text without the credentials of this program. */
static struct str clean(const struct entry *x, struct str text)
{
	for (size_t i = 0; i < x->r->credentials.n; i++) {
		struct str credential = x->r->credentials.p[i];
		size_t at = str_find(text, credential);
		DEFER(buf_release) struct buf out = buf_make(0);

		if (at == STR_NONE)
			continue;
		for (; at != STR_NONE; at = str_find(text, credential)) {
			buf_add(&out, str_sub(text, 0, at));
			buf_add(&out, S(RECORDING_SECRET));
			text = str_skip(text, at + credential.n);
		}
		buf_add(&out, text);
		text = str_dup(x->arena, buf_str(&out));
	}
	return text;
}

static bool is_first_of_name(const struct header *headers, size_t i)
{
	for (size_t k = 0; k < i; k++) {
		if (str_eq_ascii_nocase(headers[k].name, headers[i].name))
			return false;
	}
	return true;
}

static void mask_header(struct buf *out, struct entry *x, const struct header *h)
{
	if (mask_is_url_header(h->name))
		mask_target(out, &x->masking, h->value);
	else
		mask_url(out, h->value);
}

static void write_headers(struct entry *x, const struct header *headers, size_t n)
{
	DEFER(buf_release) struct buf value = buf_make(0);

	json_key(x->w, S("headers"));
	json_object(x->w);
	for (size_t i = 0; i < n; i++) {
		if (!mask_keeps_header(headers[i].name) || !is_first_of_name(headers, i))
			continue;
		buf_clear(&value);
		for (size_t k = i; k < n; k++) {
			if (!str_eq_ascii_nocase(headers[k].name, headers[i].name))
				continue;
			buf_add(&value, k > i ? S(", ") : S(""));
			mask_header(&value, x, &headers[k]);
		}
		json_key(x->w, headers[i].name);
		json_str(x->w, clean(x, buf_str(&value)));
	}
	json_object_end(x->w);
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

static void write_body(struct entry *x, struct str type, const struct recorded_body *body,
		       bool hidden, bool error)
{
	DEFER(buf_release) struct buf masked = buf_make(0);
	DEFER(buf_release) struct buf told = buf_make(0);

	if (body->bytes.n == 0 && body->left_out == 0)
		return;
	json_key(x->w, S("body"));
	if (body->left_out > 0) {
		write_left_out(x->w, body->left_out);
	} else if (body->bytes.n > LIMIT_RECORDED_BODY) {
		write_left_out(x->w, body->bytes.n);
	} else if (hidden) {
		json_str(x->w, S(RECORDING_SECRET));
	} else if (!mask_body(&masked, &x->masking, type, body->bytes)) {
		write_left_out(x->w, body->bytes.n);
	} else {
		if (error)
			mask_told(&told, &x->masking, buf_str(&masked));
		write_text(x->w, clean(x, buf_str(error ? &told : &masked)));
	}
}

static void write_request(struct entry *x)
{
	const struct request *q = x->request;
	DEFER(buf_release) struct buf target = buf_make(0);
	struct recorded_body body = { q->body, 0 };

	mask_target(&target, &x->masking, q->target);
	json_key(x->w, S("request"));
	json_object(x->w);
	json_key(x->w, S("method"));
	json_str(x->w, method_name(q->method));
	json_key(x->w, S("target"));
	json_str(x->w, clean(x, buf_str(&target)));
	write_headers(x, q->headers, q->nheaders);
	write_body(x, type_of(q->headers, q->nheaders), &body,
		   mask_hides_target(&x->masking, q->target), false);
	json_object_end(x->w);
}

/* Once more through the request, for what an error may quote. */
static void collect_values(struct entry *x)
{
	DEFER(buf_release) struct buf ignored = buf_make(0);
	const struct request *q = x->request;

	x->masking.collect = true;
	mask_target(&ignored, &x->masking, q->target);
	(void)!mask_body(&ignored, &x->masking, type_of(q->headers, q->nheaders), q->body);
	if (mask_hides_target(&x->masking, q->target)) {
		struct json v;
		struct err e;

		masking_saw(&x->masking, S(""), q->body);
		if (json_parse(x->arena, q->body, "body", &v, &e))
			masking_saw(&x->masking, S(""), json_text(&v, S("value")));
	}
	x->masking.collect = false;
}

static void write_response(struct entry *x, const struct response *a,
			   const struct recorded_body *body)
{
	bool answered = a->fate == FATE_ANSWERED, error = a->status >= 400;
	struct str type = type_of(a->headers, a->nheaders);

	json_key(x->w, S("response"));
	json_object(x->w);
	json_key(x->w, S("status"));
	json_i64(x->w, answered ? a->status : 0);
	if (answered) {
		/* the answer to a batch may have errors in it */
		if (error || str_starts(type, S("multipart/")))
			collect_values(x);
		write_headers(x, a->headers, a->nheaders);
		write_body(x, type, body,
			   !error && mask_hides_target(&x->masking, x->request->target), error);
	}
	json_object_end(x->w);
}

static void write_hidden(struct entry *x)
{
	const struct masking *k = &x->masking;

	if (k->columns.n == 0)
		return;
	json_key(x->w, S("hidden"));
	json_array(x->w);
	for (size_t i = 0; i < k->columns.n; i++)
		json_str(x->w, k->columns.p[i]);
	json_array_end(x->w);
}

void recorder_add(struct recorder *r, const struct request *request,
		  const struct response *response, const struct recorded_body *body, unsigned tries,
		  int64_t ms)
{
	DEFER(arena_release) struct arena scratch = arena_make(0);
	DEFER(json_writer_release) struct json_writer w = json_writer_make(&r->file.sink);
	struct entry x = {
		.r = r,
		.w = &w,
		.arena = &scratch,
		.masking = masking_make(&r->mask, &scratch),
		.request = request,
	};

	if (r->failed)
		return;
	json_object(&w);
	write_request(&x);
	write_response(&x, response, body);
	write_hidden(&x);
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
