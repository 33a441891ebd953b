/* SPDX-License-Identifier: MIT */
/*
 * multipart/mixed for $batch. Writing is strict: CRLF, and no byte of a header value or target can end
 * its line. Reading takes what clients send: CRLF or LF, headers in any order and case, text before the
 * first boundary, no Content-Length. Everything read is a slice of the body, but for lists and names on
 * the arena.
 */
#include "dv/batch.h"

#include "base/limits.h"
#include "base/vec.h"
#include "dv/odata.h"

#include "base/banned.h"

static const struct {
	int status;
	struct str phrase;
} PHRASES[] = {
	{ 200, STR_INIT("OK") },
	{ 201, STR_INIT("Created") },
	{ 202, STR_INIT("Accepted") },
	{ 204, STR_INIT("No Content") },
	{ 206, STR_INIT("Partial Content") },
	{ 304, STR_INIT("Not Modified") },
	{ 400, STR_INIT("Bad Request") },
	{ 401, STR_INIT("Unauthorized") },
	{ 403, STR_INIT("Forbidden") },
	{ 404, STR_INIT("Not Found") },
	{ 405, STR_INIT("Method Not Allowed") },
	{ 409, STR_INIT("Conflict") },
	{ 412, STR_INIT("Precondition Failed") },
	{ 413, STR_INIT("Payload Too Large") },
	{ 415, STR_INIT("Unsupported Media Type") },
	{ 428, STR_INIT("Precondition Required") },
	{ 429, STR_INIT("Too Many Requests") },
	{ 500, STR_INIT("Internal Server Error") },
	{ 501, STR_INIT("Not Implemented") },
	{ 502, STR_INIT("Bad Gateway") },
	{ 503, STR_INIT("Service Unavailable") },
	{ 504, STR_INIT("Gateway Timeout") },
};

static struct str phrase_of(int status)
{
	for (size_t i = 0; i < COUNT_OF(PHRASES); i++) {
		if (PHRASES[i].status == status)
			return PHRASES[i].phrase;
	}
	return S("Status");
}

/* A line end inside a value would start a header of the value's choosing. */
static void add_one_line(struct buf *out, struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		buf_add_char(out, s.p[i] == '\r' || s.p[i] == '\n' ? ' ' : s.p[i]);
}

static void add_header(struct buf *out, struct str name, struct str value)
{
	add_one_line(out, name);
	buf_add(out, S(": "));
	add_one_line(out, value);
	buf_add(out, S("\r\n"));
}

static void add_part(struct buf *out, struct str boundary, struct str content_id)
{
	buf_add(out, S("--"));
	buf_add(out, boundary);
	buf_add(out, S("\r\n"));
	add_header(out, S("Content-Type"), S("application/http"));
	add_header(out, S("Content-Transfer-Encoding"), S("binary"));
	if (content_id.n > 0)
		add_header(out, S("Content-ID"), content_id);
	buf_add(out, S("\r\n"));
}

/* The CRLF behind the body belongs to the boundary that follows. */
static void add_headers_and_body(struct buf *out, const struct header *headers, size_t n,
				 struct str body)
{
	for (size_t i = 0; i < n; i++)
		add_header(out, headers[i].name, headers[i].value);
	buf_add(out, S("\r\n"));
	buf_add(out, body);
	buf_add(out, S("\r\n"));
}

/* $1, $12/lastname: a row that an earlier part of the change set made. */
static bool is_reference(struct str target)
{
	return target.n > 1 && target.p[0] == '$' && target.p[1] >= '0' && target.p[1] <= '9';
}

void batch_write_request(struct buf *out, struct str boundary, struct str content_id,
			 const struct request *r)
{
	add_part(out, boundary, content_id);
	buf_add(out, method_name(r->method));
	buf_add(out, is_reference(r->target) ? S(" ") : S(" /api/data/v9.2/"));
	add_one_line(out, r->target);
	buf_add(out, S(" HTTP/1.1\r\n"));
	add_headers_and_body(out, r->headers, r->nheaders, r->body);
}

void batch_write_response(struct buf *out, struct str boundary, struct str content_id,
			  const struct response *r)
{
	add_part(out, boundary, content_id);
	buf_add_fmt(out, "HTTP/1.1 %d %.*s\r\n", r->status, STR_ARG(phrase_of(r->status)));
	if (!header_find(r->headers, r->nheaders, S("OData-Version")))
		add_header(out, S("OData-Version"), S("4.0"));
	add_headers_and_body(out, r->headers, r->nheaders, r->body);
}

void batch_write_changeset(struct buf *out, struct str boundary, struct str inner)
{
	buf_add(out, S("--"));
	buf_add(out, boundary);
	buf_add(out, S("\r\nContent-Type: multipart/mixed; boundary="));
	buf_add(out, inner);
	buf_add(out, S("\r\n\r\n"));
}

void batch_write_end(struct buf *out, struct str boundary)
{
	buf_add(out, S("--"));
	buf_add(out, boundary);
	buf_add(out, S("--\r\n"));
}

/* The part before the next ';' that stands outside quotes, off *rest. */
static struct str take_parameter(struct str *rest)
{
	bool quoted = false;
	size_t i = 0;
	for (; i < rest->n && (quoted || rest->p[i] != ';'); i++) {
		if (rest->p[i] == '"')
			quoted = !quoted;
	}
	struct str part = str_trim(str_sub(*rest, 0, i));
	*rest = str_skip(*rest, i + 1);
	return part;
}

static struct str unquote(struct str s)
{
	bool quoted = s.n >= 2 && s.p[0] == '"' && s.p[s.n - 1] == '"';
	return quoted ? str_sub(s, 1, s.n - 2) : s;
}

bool batch_boundary(struct str content_type, struct str *out, struct err *e)
{
	struct str rest = content_type;
	if (!str_eq_ascii_nocase(take_parameter(&rest), S("multipart/mixed")))
		return err_set(e, ERR_BAD_REQUEST,
			       "the content type of a batch is \"%.*s\", not multipart/mixed",
			       STR_ARG(content_type));
	while (rest.n > 0) {
		struct str part = take_parameter(&rest);
		size_t equals = str_find_char(part, '=');
		struct str name = str_trim(str_sub(part, 0, equals));
		if (equals == STR_NONE || !str_eq_ascii_nocase(name, S("boundary")))
			continue;
		struct str boundary = unquote(str_trim(str_skip(part, equals + 1)));
		if (boundary.n == 0)
			break;
		*out = boundary;
		return true;
	}
	return err_set(e, ERR_BAD_REQUEST, "the content type \"%.*s\" tells no boundary",
		       STR_ARG(content_type));
}

struct batch_reader batch_reader_make(struct str body, struct str boundary)
{
	return (struct batch_reader){ .rest = body, .boundary = boundary };
}

/* The next line without its end, off *rest; false when *rest is used up. */
static bool take_line(struct str *rest, struct str *line)
{
	if (rest->n == 0)
		return false;
	size_t end = str_find_char(*rest, '\n');
	*line = str_sub(*rest, 0, end);
	*rest = end == STR_NONE ? str_skip(*rest, rest->n) : str_skip(*rest, end + 1);
	if (str_ends(*line, S("\r")))
		line->n--;
	return true;
}

/* Where a boundary line stands: [start, end) with its line end; `last` when it closes the whole. */
struct delimiter {
	size_t start, end;
	bool last;
};

/* Whether `line` is --boundary or --boundary--, blanks at its end aside. */
static bool is_delimiter(struct str line, struct str boundary, bool *last)
{
	if (!str_starts(line, S("--")))
		return false;
	line = str_skip(line, 2);
	if (!str_starts(line, boundary))
		return false;
	line = str_skip(line, boundary.n);
	*last = str_starts(line, S("--"));
	return str_trim(str_skip(line, *last ? 2 : 0)).n == 0;
}

static bool find_delimiter(struct str text, struct str boundary, struct delimiter *out)
{
	struct str rest = text;
	struct str line;
	while (rest.n > 0) {
		size_t start = text.n - rest.n;
		if (!take_line(&rest, &line))
			return false;
		bool last;
		if (is_delimiter(line, boundary, &last)) {
			*out = (struct delimiter){ start, text.n - rest.n, last };
			return true;
		}
	}
	return false;
}

/* The line end before a boundary belongs to the boundary. */
static struct str drop_line_end(struct str s)
{
	if (!str_ends(s, S("\n")))
		return s;
	s.n--;
	if (str_ends(s, S("\r")))
		s.n--;
	return s;
}

/* Headers up to the blank line or the end, off *rest. */
static bool take_headers(struct arena *a, struct str *rest, const struct header **out, size_t *n,
			 struct err *e)
{
	VEC(struct header) headers = { 0 };
	struct str line;
	while (take_line(rest, &line) && line.n > 0) {
		size_t colon = str_find_char(line, ':');
		struct str name = str_sub(line, 0, colon);
		if (colon == STR_NONE || colon == 0 || str_trim(name).n != name.n)
			return err_set(e, ERR_BAD_REQUEST, "\"%.*s\" is not a header line",
				       STR_ARG(str_sub(line, 0, 80)));
		struct str value = str_trim(str_skip(line, colon + 1));
		*VEC_PUSH(a, &headers) = (struct header){ name, value };
	}
	*out = headers.p;
	*n = headers.n;
	return true;
}

static bool read_part(struct arena *a, struct str text, struct batch_part *out, struct err *e)
{
	const struct header *headers;
	size_t n;
	struct batch_part part = { 0 };
	if (!take_headers(a, &text, &headers, &n, e))
		return false;
	const struct str *type = header_find(headers, n, S("Content-Type"));
	if (!type)
		return err_set(e, ERR_BAD_REQUEST, "it has no Content-Type");
	struct str rest = *type;
	part.content_type = str_lower_ascii(a, take_parameter(&rest));
	if (str_starts(part.content_type, S("multipart/")) &&
	    !batch_boundary(*type, &part.boundary, e))
		return false;
	const struct str *id = header_find(headers, n, S("Content-ID"));
	if (id)
		part.content_id = *id;
	part.body = text;
	*out = part;
	return true;
}

/* The first boundary. What stands before it is a preamble, which says nothing. */
static bool start(struct batch_reader *r, struct err *e)
{
	struct delimiter first;
	if (!find_delimiter(r->rest, r->boundary, &first))
		return err_set(e, ERR_BAD_REQUEST, "the body of the batch has no line \"--%.*s\"",
			       STR_ARG(r->boundary));
	r->rest = str_skip(r->rest, first.end);
	r->started = true;
	r->ended = first.last;
	return true;
}

bool batch_next(struct batch_reader *r, struct arena *a, struct batch_part *out, bool *more,
		struct err *e)
{
	if (!r->started && !start(r, e))
		return false;
	if (r->ended) {
		*more = false;
		return true;
	}
	if (r->parts == LIMIT_BATCH_PARTS)
		return err_set(e, ERR_BAD_REQUEST, "a batch has at most %d parts",
			       LIMIT_BATCH_PARTS);
	struct delimiter next;
	if (!find_delimiter(r->rest, r->boundary, &next))
		return err_set(e, ERR_BAD_REQUEST,
			       "the body of the batch ends without a line \"--%.*s--\"",
			       STR_ARG(r->boundary));
	struct str text = drop_line_end(str_sub(r->rest, 0, next.start));
	if (!read_part(a, text, out, e))
		return err_wrap(e, "part %zu of the batch", r->parts + 1);
	r->rest = str_skip(r->rest, next.end);
	r->ended = next.last;
	r->parts++;
	*more = true;
	return true;
}

/* The body of a message. Blank lines at its end are how some clients lay out a message without one. */
static struct str body_of(struct str rest, const struct header *headers, size_t n)
{
	const struct str *length = header_find(headers, n, S("Content-Length"));
	uint64_t told;
	if (length && str_parse_u64(*length, &told) && told <= rest.n)
		return str_sub(rest, 0, (size_t)told);
	for (size_t i = 0; i < rest.n; i++) {
		if (rest.p[i] != '\r' && rest.p[i] != '\n')
			return rest;
	}
	return (struct str){ 0 };
}

/* The first line, and what follows it; empty lines before it are passed over. */
static struct str take_first_line(struct str *rest)
{
	struct str line = { 0 };
	while (line.n == 0 && take_line(rest, &line))
		;
	return line;
}

static bool is_version(struct str s)
{
	return str_starts(s, S("HTTP/1.")) && s.n == 8 && s.p[7] >= '0' && s.p[7] <= '9';
}

static bool take_target(struct str target, struct str *out, struct err *e)
{
	return odata_below_root(target, out) ||
	       err_set(e, ERR_BAD_REQUEST, "\"%.*s\" is not below the service root /api/data/v9.2/",
		       STR_ARG(str_sub(target, 0, 200)));
}

/* Blanks inside the target are taken: clients forget to encode them, as in $filter=name eq 'x'. */
static bool read_request_line(struct str line, struct request *r, struct err *e)
{
	size_t first = str_find_char(line, ' ');
	size_t last = line.n;
	while (last > 0 && line.p[last - 1] != ' ')
		last--;
	if (first == STR_NONE || last <= first + 1 || !is_version(str_skip(line, last)))
		return err_set(e, ERR_BAD_REQUEST,
			       "\"%.*s\" is not a request line like GET /api/data/v9.2/queues "
			       "HTTP/1.1",
			       STR_ARG(str_sub(line, 0, 200)));
	struct str method = str_sub(line, 0, first);
	if (!method_parse(method, &r->method))
		return err_set(e, ERR_BAD_REQUEST,
			       "\"%.*s\" is none of GET, POST, PATCH, PUT and DELETE",
			       STR_ARG(str_sub(method, 0, 40)));
	return take_target(str_trim(str_sub(line, first + 1, last - first - 1)), &r->target, e);
}

bool batch_read_request(struct arena *a, struct str message, struct request *out, struct err *e)
{
	struct request r = { 0 };
	struct str rest = message;
	if (!read_request_line(take_first_line(&rest), &r, e) ||
	    !take_headers(a, &rest, &r.headers, &r.nheaders, e))
		return false;
	r.body = body_of(rest, r.headers, r.nheaders);
	*out = r;
	return true;
}

bool batch_read_response(struct arena *a, struct str message, struct response *out, struct err *e)
{
	struct response r = { 0 };
	struct str rest = message;
	struct str line = take_first_line(&rest);
	struct str code = str_sub(line, 9, 3);
	int64_t status;
	if (!is_version(str_sub(line, 0, 8)) || line.n < 12 || line.p[8] != ' ' ||
	    (line.n > 12 && line.p[12] != ' ') || !str_parse_i64(code, &status) || status < 100 ||
	    status > 599)
		return err_set(e, ERR_BAD_REQUEST,
			       "\"%.*s\" is not a status line like HTTP/1.1 204 No Content",
			       STR_ARG(str_sub(line, 0, 200)));
	r.status = (int)status;
	if (!take_headers(a, &rest, &r.headers, &r.nheaders, e))
		return false;
	r.body = body_of(rest, r.headers, r.nheaders);
	*out = r;
	return true;
}
