/* SPDX-License-Identifier: MIT */
/*
 * The reader, a line at a time. What is found again and again by the same request stands in a chain under its key.
 */
#include "dv/recording.h"

#include <string.h>

#include "base/codec.h"
#include "base/file.h"
#include "base/limits.h"
#include "base/vec.h"
#include "io/json.h"
#include "dv/recording_key.h"
#include "dv/recording_mask.h"

#include "base/banned.h"

struct reading {
	struct arena *arena; /* of what is kept */
	struct arena page;   /* of a line */
	const char *path;
	unsigned line;
	struct recording *out;
	VEC(struct recorded) exchanges;
	size_t size;
};

static bool wrong(const struct reading *r, struct err *e, const char *what)
{
	return err_set(e, ERR_INPUT, "%s:%u: %s", r->path, r->line, what);
}

static bool read_head(struct reading *r, const struct json *line, struct err *e)
{
	if (!str_eq(json_text(line, S("ferry")), S("recording")))
		return wrong(r, e,
			     "this is no recording; one begins with {\"ferry\":\"recording\"");
	if (json_int(line, S("version"), 0) != 1)
		return wrong(r, e, "a recording of a version that this ferry does not know");
	r->out->service = str_dup(r->arena, json_text(line, S("service")));
	return true;
}

static bool read_headers(struct reading *r, const struct json *v, const struct header **out,
			 size_t *n, struct err *e)
{
	if (!v) {
		*out = NULL;
		*n = 0;
		return true;
	}
	if (v->kind != JSON_OBJECT)
		return wrong(r, e, "\"headers\" is no object");

	struct header *headers = arena_array(r->arena, struct header, v->n);

	for (size_t i = 0; i < v->n; i++) {
		const struct json_member *m = &v->members[i];

		if (m->value.kind != JSON_STRING)
			return wrong(r, e, "a header is no text");
		headers[i] = (struct header){ str_dup(r->arena, m->name),
					      str_dup(r->arena, m->value.text) };
	}
	*out = headers;
	*n = v->n;
	return true;
}

static bool read_body(struct reading *r, const struct json *v, struct str *out, bool *left_out,
		      struct err *e)
{
	DEFER(buf_release) struct buf bytes = buf_make(LIMIT_RECORDED_LINE);
	const struct json *encoded = json_get(v, S("base64"));

	*left_out = false;
	*out = (struct str){ 0 };
	if (!v || v->kind == JSON_NULL)
		return true;
	if (v->kind == JSON_STRING) {
		*out = str_dup(r->arena, v->text);
		return true;
	}
	if (json_get(v, S("leftOut"))) {
		*left_out = true;
		return true;
	}
	if (!encoded || encoded->kind != JSON_STRING || !base64_decode(&bytes, encoded->text) ||
	    bytes.full)
		return wrong(r, e, "\"body\" is neither a text nor base64");
	*out = str_dup(r->arena, buf_str(&bytes));
	return true;
}

static bool read_request(struct reading *r, const struct json *v, struct request *out,
			 struct err *e)
{
	struct request q = { 0 };
	const struct json *target = json_get(v, S("target"));
	bool left_out;

	if (!method_parse(json_text(v, S("method")), &q.method))
		return wrong(r, e, "the request has none of the methods that are known");
	if (!target || target->kind != JSON_STRING)
		return wrong(r, e, "the request has no target");
	q.target = str_dup(r->arena, target->text);
	if (!read_headers(r, json_get(v, S("headers")), &q.headers, &q.nheaders, e) ||
	    !read_body(r, json_get(v, S("body")), &q.body, &left_out, e))
		return false;
	*out = q;
	return true;
}

static bool read_response(struct reading *r, const struct json *v, struct recorded *out,
			  struct err *e)
{
	struct response a = { 0 };
	int64_t status = json_int(v, S("status"), -1);

	if (status != 0 && (status < 200 || status > 599))
		return wrong(r, e, "the response has no status");
	a.status = (int)status;
	if (!read_headers(r, json_get(v, S("headers")), &a.headers, &a.nheaders, e) ||
	    !read_body(r, json_get(v, S("body")), &a.body, &out->left_out, e))
		return false;
	a.fate = status == 0 ? FATE_UNKNOWN : FATE_ANSWERED;
	out->response = a;
	return true;
}

static bool read_hidden(struct reading *r, const struct json *v, struct err *e)
{
	uint32_t index = 0;

	if (v && v->kind != JSON_ARRAY)
		return wrong(r, e, "\"hidden\" is no list");
	for (size_t i = 0; v && i < v->n; i++) {
		if (v->items[i].kind != JSON_STRING)
			return wrong(r, e, "a name in \"hidden\" is no text");
		if (!map_get(&r->out->secrets, v->items[i].text, &index))
			(void)map_put(&r->out->secrets, str_dup(r->arena, v->items[i].text),
				      &index);
	}
	return true;
}

static bool read_line(struct reading *r, struct str text, struct err *e)
{
	struct json line;
	struct recorded x = { .line = r->line };
	const char *what = str_cstr(&r->page, str_fmt(&r->page, "%s:%u", r->path, r->line));

	if (!json_parse(&r->page, text, what, &line, e))
		return false;
	if (r->line == 1)
		return read_head(r, &line, e);
	if (!read_request(r, json_get(&line, S("request")), &x.request, e) ||
	    !read_response(r, json_get(&line, S("response")), &x, e) ||
	    !read_hidden(r, json_get(&line, S("hidden")), e))
		return false;
	x.ms = json_int(&line, S("ms"), 0);
	*VEC_PUSH(r->arena, &r->exchanges) = x;
	return true;
}

/* Who was ended while he wrote leaves half a line; the first one tells that there is a recording at all. */
static bool is_cut(struct reading *r, struct str text)
{
	struct json line;
	struct err ignored;

	return r->line > 1 && !json_parse(&r->page, text, "line", &line, &ignored);
}

/* Every line that is complete in `text`; what is left over goes to its front. */
static bool read_lines(struct reading *r, struct buf *text, bool last, struct err *e)
{
	struct str rest = buf_str(text);

	while (rest.n > 0) {
		size_t end = str_find_char(rest, '\n');

		if (end == STR_NONE && !last)
			break;
		r->line++;
		if (end == STR_NONE && is_cut(r, rest)) {
			r->out->cut = r->line;
			break;
		}
		if (str_trim(str_sub(rest, 0, end)).n > 0 &&
		    !read_line(r, str_sub(rest, 0, end), e))
			return false;
		if (r->line == 1 && r->out->service.p == NULL)
			return wrong(r, e, "this is no recording; its first line is empty");
		arena_reset(&r->page);
		rest = str_skip(rest, end == STR_NONE ? rest.n : end + 1);
	}
	memmove(text->p, rest.p, rest.n);
	buf_truncate(text, rest.n);
	return true;
}

static bool read_file(struct reading *r, struct source *source, struct err *e)
{
	DEFER(buf_release) struct buf text = buf_make(LIMIT_RECORDED_LINE);
	size_t got = 1;

	while (got > 0) {
		size_t room =
			text.n > 65536 ? text.n : 65536; /* a long line is not searched often */
		char *p = buf_grow(&text, room);

		if (!p)
			return wrong(r, e, "the line behind this one is too long");
		if (!source->read(source, p, room, &got, e))
			return false;
		buf_truncate(&text, text.n - room + got);
		r->size += got;
		if (r->size > LIMIT_RECORDING)
			return err_set(e, ERR_INPUT, "%s: larger than %zu bytes", r->path,
				       LIMIT_RECORDING);
		if (text.n > 0 && !read_lines(r, &text, got == 0, e))
			return false;
	}
	if (r->line == 0)
		return err_set(e, ERR_INPUT, "%s: the file is empty, and no recording", r->path);
	return true;
}

static struct str key_text(const struct recorded *x)
{
	return str_of((const char *)&x->key, sizeof(x->key));
}

/* ---- found again ---- */

static bool is_hidden(void *context, struct str column)
{
	uint32_t index;

	return map_get(context, column, &index);
}

static struct str without_secrets(struct arena *a, struct str text, const struct buf *masked)
{
	return str_eq(buf_str(masked), text) ? text : str_dup(a, buf_str(masked));
}

struct request recording_masked(struct recording *r, struct arena *a, const struct request *q)
{
	DEFER(arena_release) struct arena scratch = arena_make(0);
	DEFER(buf_release) struct buf target = buf_make(0);
	DEFER(buf_release) struct buf body = buf_make(0);
	const struct mask mask = { is_hidden, &r->secrets };
	struct masking k = masking_make(&mask, &scratch);
	const struct str *type = header_find(q->headers, q->nheaders, S("Content-Type"));
	struct request masked = *q;

	mask_target(&target, &k, q->target);
	masked.target = without_secrets(a, q->target, &target);
	if (q->body.n > 0 && mask_hides_target(&k, q->target))
		masked.body = S(RECORDING_SECRET);
	else if (mask_body(&body, &k, type ? *type : S(""), q->body))
		masked.body = without_secrets(a, q->body, &body);
	return masked;
}

/* In the order of the file, one behind the other. */
static void chain(struct recording *r)
{
	DEFER(arena_release) struct arena scratch = arena_make(0);
	size_t *ends = arena_array(&scratch, size_t, r->n); /* of the chain that begins here */

	for (size_t i = 0; i < r->n; i++) {
		struct recorded *x = &r->exchanges[i];
		uint32_t first = (uint32_t)i;

		/* it may have been written by hand */
		x->request = recording_masked(r, r->arena, &x->request);
		x->key = recording_key(&x->request);
		if (map_put(&r->by_key, key_text(x), &first))
			x->unused = i + 1;
		else
			r->exchanges[ends[first]].next = i + 1;
		ends[first] = i;
	}
}

bool recording_read(struct arena *a, const char *path, struct recording *out, struct err *e)
{
	DEFER(file_source_close) struct file_source file = { .fd = -1 };
	struct recording recording = { .by_key = map_make(a), .secrets = map_make(a), .arena = a };
	struct reading r = { .arena = a, .page = arena_make(0), .path = path, .out = &recording };

	if (!file_source_open(&file, path, e))
		return false;

	bool ok = read_file(&r, &file.source, e);

	arena_release(&r.page);
	if (!ok)
		return false;
	recording.exchanges = r.exchanges.p;
	recording.n = r.exchanges.n;
	chain(&recording);
	*out = recording;
	return true;
}

const struct recorded *recording_find(struct recording *r, const struct request *request)
{
	DEFER(arena_release) struct arena scratch = arena_make(0);
	struct request masked = recording_masked(r, &scratch, request);
	uint64_t key = recording_key(&masked);
	uint32_t at;

	if (!map_get(&r->by_key, str_of((const char *)&key, sizeof(key)), &at))
		return NULL;

	struct recorded *first = &r->exchanges[at];

	if (first->unused > 0) {
		struct recorded *x = &r->exchanges[first->unused - 1];

		first->last = first->unused;
		first->unused = x->next;
		x->given = true;
		recording_parts_given(r, x);
		return x;
	}
	return recording_only_reads(request) ? &r->exchanges[first->last - 1] : NULL;
}
