/* SPDX-License-Identifier: MIT */
/*
 * Reading the rows of an answer as its bytes arrive. The scanner cuts the stream into rows and envelope and
 * does not care where chunks end; json_parse checks both. It looks for the member "value" of the
 * outermost object only, and only as it is spelled (no escapes); everything else is envelope.
 */
#include "io/json.h"

#include "base/limits.h"

#include "base/banned.h"

enum {
	BEFORE,   /* nothing but white space yet */
	ENVELOPE, /* inside the outermost object, outside of its rows */
	PLAIN,    /* the document is no object: it has no rows */
	FIRST,    /* behind the '[' of the rows */
	ROW,
	BEHIND, /* a row: ',' or ']' */
	NEXT    /* behind the ',': a row */
};

#define KEY_MAX 16

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* How many bytes at the start of s stand inside the string and mean nothing. */
static size_t plain(const struct json_rows *r, struct str s)
{
	size_t i = 0;

	if (!r->in_string || r->escaped)
		return 0;
	while (i < s.n && s.p[i] != '"' && s.p[i] != '\\')
		i++;
	return i;
}

/* The characters of a string, escapes included; true while c belongs to one. */
static bool in_string(struct json_rows *r, char c)
{
	if (!r->in_string) {
		r->in_string = c == '"';
		return r->in_string;
	}
	if (r->escaped)
		r->escaped = false;
	else if (c == '\\')
		r->escaped = true;
	else if (c == '"')
		r->in_string = false;
	return true;
}

static int nesting(char c)
{
	return c == '{' || c == '[' ? 1 : c == '}' || c == ']' ? -1 : 0;
}

/* Envelope bytes up to the '[' of the rows; how many. */
static size_t take_envelope(struct json_rows *r, struct str s)
{
	size_t i = 0;

	while (i < s.n && r->state == ENVELOPE) {
		char c = s.p[i++];
		bool began = !r->in_string;

		if (in_string(r, c)) {
			if (r->depth == 1 && began)
				buf_clear(&r->key);
			else if (r->depth == 1 && r->in_string)
				buf_add_char(&r->key, c);
			continue;
		}
		if (c == '[' && r->depth == 1 && !r->key.full &&
		    str_eq(buf_str(&r->key), S("value")))
			r->state = FIRST;
		else
			r->depth += nesting(c);
	}
	buf_add(&r->envelope, str_sub(s, 0, i));
	return i;
}

static bool hand_out(struct json_rows *r, struct err *e)
{
	struct json row = { 0 };

	if (!json_parse(r->page, buf_str(&r->text), r->what, &row, e))
		return err_wrap(e, "row %zu", r->rows + 1);
	r->rows++;
	return r->row(r->context, &row, e);
}

static bool row_ends(struct json_rows *r, struct err *e)
{
	struct arena_mark mark = arena_mark(r->page);
	bool done = hand_out(r, e);

	arena_rewind(r->page, mark);
	buf_clear(&r->text);
	r->state = BEHIND;
	return done;
}

/* What stands behind a row that is a number or a word. */
static bool ends_scalar(const struct json_rows *r, char c)
{
	return !r->in_string && (c == ',' || c == ']' || c == '}' || is_blank(c));
}

/* Bytes of the row; *ended when the last one is among them, or when the next one stands behind the row. */
static size_t take_row(struct json_rows *r, struct str s, bool *ended)
{
	char first = r->text.n > 0 ? r->text.p[0] : s.p[0];
	bool nested = first == '{' || first == '[';
	size_t i = 0;

	while (i < s.n && !*ended) {
		i += plain(r, str_skip(s, i));
		if (i == s.n)
			break;

		char c = s.p[i];

		if (!nested && ends_scalar(r, c)) {
			*ended = true;
			break;
		}
		i++;
		if (in_string(r, c)) {
			*ended = !nested && !r->in_string;
			continue;
		}
		r->depth += nested ? nesting(c) : 0;
		*ended = nested && r->depth == 0;
	}
	buf_add(&r->text, str_sub(s, 0, i));
	return i;
}

static bool fail_between(const struct json_rows *r, struct err *e)
{
	return err_set(e, ERR_INPUT, "%s: the JSON is damaged behind row %zu", r->what, r->rows);
}

/* A byte between rows; *used says whether it was one and is done with. */
static bool between_rows(struct json_rows *r, char c, bool *used, struct err *e)
{
	*used = true;
	if (is_blank(c))
		return true;
	if (c == ']' && r->state != NEXT) {
		r->state = ENVELOPE;
		r->depth = 1;
		buf_add_char(&r->envelope, c);
		return true;
	}
	if (c == ',' && r->state == BEHIND) {
		r->state = NEXT;
		return true;
	}
	if (c == ',' || c == ']' || r->state == BEHIND)
		return fail_between(r, e);
	r->state = ROW;
	r->depth = 0;
	*used = false;
	return true;
}

static bool take(struct json_rows *r, struct str s, size_t *used, struct err *e)
{
	bool ended = false;

	switch (r->state) {
	case BEFORE:
		if (!is_blank(s.p[0])) {
			r->state = s.p[0] == '{' ? ENVELOPE : PLAIN;
			return true;
		}
		*used = 1;
		return true;
	case ENVELOPE:
		*used = take_envelope(r, s);
		return buf_check(&r->envelope, r->what, e);
	case PLAIN:
		*used = s.n;
		buf_add(&r->envelope, s);
		return buf_check(&r->envelope, r->what, e);
	case ROW:
		*used = take_row(r, s, &ended);
		if (!buf_check(&r->text, r->what, e))
			return err_wrap(e, "row %zu", r->rows + 1);
		return !ended || row_ends(r, e);
	default: {
		bool done = false;

		if (!between_rows(r, s.p[0], &done, e))
			return false;
		*used = done;
		return true;
	}
	}
}

static bool write_rows(struct sink *sink, struct str bytes, struct err *e)
{
	struct json_rows *r = CONTAINER_OF(sink, struct json_rows, sink);

	while (bytes.n > 0) {
		size_t used = 0;

		if (!take(r, bytes, &used, e))
			return false;
		bytes = str_skip(bytes, used);
	}
	return true;
}

struct json_rows json_rows_make(struct arena *page, const char *what,
				bool (*row)(void *, const struct json *, struct err *),
				void *context)
{
	return (struct json_rows){
		.sink = { write_rows },
		.row = row,
		.context = context,
		.page = page,
		.what = what,
		.text = buf_make(LIMIT_JSON_ROW),
		.envelope = buf_make(LIMIT_JSON_ENVELOPE),
		.key = buf_make(KEY_MAX),
	};
}

bool json_rows_finish(struct json_rows *r, struct arena *a, struct json *envelope, struct err *e)
{
	if (r->state >= FIRST)
		return err_set(e, ERR_INPUT, "%s: the JSON ends too early, at row %zu", r->what,
			       r->rows + 1);
	return json_parse(a, buf_str(&r->envelope), r->what, envelope, e);
}

void json_rows_release(struct json_rows *r)
{
	buf_release(&r->text);
	buf_release(&r->envelope);
	buf_release(&r->key);
}
