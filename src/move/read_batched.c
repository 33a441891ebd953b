/* SPDX-License-Identifier: MIT */
/*
 * The multipart body is read line by line down to the empty line behind the inner headers. From there on bytes go
 * through, but for as many as the end could have: a line end and the boundary. The boundary is that of the
 * first line, because a sink sees no headers.
 */
#include "move/read_batched.h"

#include "base/limits.h"
#include "move/read_request.h"

#include "base/banned.h"

enum {
	PREAMBLE, /* before the boundary */
	PART,     /* the part's headers */
	STATUS,   /* HTTP/1.1 200 OK */
	HEADERS,  /* of the inner answer */
	BODY,
	END
};

static bool write_batched(struct sink *sink, struct str bytes, struct err *e);

struct read_batched read_batched_make(struct sink *into)
{
	return (struct read_batched){ .sink = { write_batched },
				      .into = into,
				      .line = buf_make(LIMIT_BATCH_LINE),
				      .end = buf_make(0),
				      .held = buf_make(0),
				      .error = buf_make(LIMIT_JSON_ENVELOPE) };
}

void read_batched_release(struct read_batched *b)
{
	buf_release(&b->line);
	buf_release(&b->end);
	buf_release(&b->held);
	buf_release(&b->error);
}

void read_batched_restart(struct read_batched *b)
{
	buf_clear(&b->line);
	buf_clear(&b->end);
	buf_clear(&b->held);
	buf_clear(&b->error);
	b->status = 0;
	b->state = PREAMBLE;
}

static bool broken(struct err *e, const char *why)
{
	return err_set(e, ERR_NETWORK, "the answer to a batch: %s", why);
}

/* "HTTP/1.1 200 OK" */
static bool take_status(struct read_batched *b, struct str line, struct err *e)
{
	struct str_splitter words = str_splitter(line);
	struct str version, code;
	int64_t status;

	if (!str_split(&words, ' ', &version) || !str_starts(version, S("HTTP/")) ||
	    !str_split(&words, ' ', &code) || !str_parse_i64(code, &status) || status < 100 ||
	    status > 599)
		return broken(e, "a part has no status");
	b->status = (int)status;
	b->state = HEADERS;
	return true;
}

static bool take_line(struct read_batched *b, struct str line, struct err *e)
{
	bool boundary = str_starts(line, S("--")) && line.n > 2;

	if (line.n > 0 && line.p[line.n - 1] == '\r')
		line = str_sub(line, 0, line.n - 1);
	if (b->state == STATUS)
		return line.n == 0 || take_status(b, line, e);
	if (b->state == PREAMBLE && boundary && str_ends(line, S("--")))
		b->state = END;
	else if (b->state == PREAMBLE && boundary) {
		buf_add_char(&b->end, '\n');
		buf_add(&b->end, line);
		b->state = PART;
	} else if (b->state == PART && line.n == 0) {
		b->state = STATUS;
	} else if (b->state == HEADERS && line.n == 0) {
		b->state = BODY;
	}
	return true;
}

static bool pass_on(struct read_batched *b, struct str bytes, struct err *e)
{
	if (b->status >= 200 && b->status < 300)
		return sink_write(b->into, bytes, e);
	buf_add(&b->error, bytes); /* what is too much of an error is not shown */
	return true;
}

/* The carriage return before the boundary goes through: JSON takes it for white space. */
static bool take_body(struct read_batched *b, struct str bytes, struct err *e)
{
	buf_add(&b->held, bytes);

	struct str held = buf_str(&b->held);
	size_t at = str_find(held, buf_str(&b->end));
	size_t keep = b->end.n - 1;

	if (at != STR_NONE) {
		b->state = END;
		return pass_on(b, str_sub(held, 0, at), e);
	}
	if (held.n <= keep)
		return true;
	if (!pass_on(b, str_sub(held, 0, held.n - keep), e))
		return false;

	char *rest = b->held.p + (held.n - keep);

	for (size_t i = 0; i < keep; i++)
		b->held.p[i] = rest[i];
	buf_truncate(&b->held, keep);
	return true;
}

static bool write_batched(struct sink *sink, struct str bytes, struct err *e)
{
	struct read_batched *b = CONTAINER_OF(sink, struct read_batched, sink);

	while (bytes.n > 0 && b->state < BODY) {
		size_t end = str_find_char(bytes, '\n');

		buf_add(&b->line, str_sub(bytes, 0, end));
		if (b->line.full)
			return broken(e, "a line before its body is too long");
		if (end == STR_NONE)
			return true;
		if (!take_line(b, buf_str(&b->line), e))
			return false;
		buf_clear(&b->line);
		bytes = str_skip(bytes, end + 1);
	}
	return b->state != BODY || take_body(b, bytes, e);
}

bool read_batched_finish(const struct read_batched *b, const struct response *outer, struct err *e)
{
	struct response inner = *outer;

	if (b->status == 0)
		return broken(e, "it is empty");
	if (b->state != END)
		return broken(e, "it ends too early");
	inner.status = b->status;
	inner.body = buf_str(&b->error);
	return (b->status >= 200 && b->status < 300) || read_refused(&inner, e);
}
