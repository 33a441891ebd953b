/* SPDX-License-Identifier: MIT */
/*
 * Bodies are copied as they are but for secrets: no tree is made of them, so that a page of any size costs its size.
 */
#include "dv/recording_mask.h"

#include "io/json.h"
#include "dv/batch.h"
#include "dv/recording.h"

#include "base/banned.h"

#define DEPTH 2 /* a batch, its change sets */

static const struct str HEADERS[] = {
	STR_INIT("Accept"),
	STR_INIT("Accept-Ranges"),
	STR_INIT("Allow"),
	STR_INIT("Consistency"),
	STR_INIT("Content-ID"),
	STR_INIT("Content-Range"),
	STR_INIT("Content-Transfer-Encoding"),
	STR_INIT("Content-Type"),
	STR_INIT("ETag"),
	STR_INIT("If-Match"),
	STR_INIT("If-None-Match"),
	STR_INIT("Location"),
	STR_INIT("OData-EntityId"),
	STR_INIT("OData-MaxVersion"),
	STR_INIT("OData-Version"),
	STR_INIT("Prefer"),
	STR_INIT("Preference-Applied"),
	STR_INIT("REQ_ID"),
	STR_INIT("Range"),
	STR_INIT("Retry-After"),
	STR_INIT("MSCRM.BypassBusinessLogicExecution"),
	STR_INIT("MSCRM.BypassBusinessLogicExecutionStepIds"),
	STR_INIT("MSCRM.BypassCustomPluginExecution"),
	STR_INIT("MSCRM.MergeLabels"),
	STR_INIT("MSCRM.SolutionUniqueName"),
	STR_INIT("MSCRM.SuppressCallbackRegistrationExpanderJob"),
	STR_INIT("MSCRM.SuppressDuplicateDetection"),
	STR_INIT("mimetype"),
	STR_INIT("x-ms-chunk-size"),
	STR_INIT("x-ms-dop-hint"),
	STR_INIT("x-ms-file-name"),
	STR_INIT("x-ms-file-size"),
	STR_INIT("x-ms-service-request-id"),
	STR_INIT("x-ms-transfer-mode"),
};

/* Members that let in who knows them, whatever the table. */
static const struct str SECRETS[] = {
	STR_INIT("FileContinuationToken"), STR_INIT("SasUrl"),        STR_INIT("access_token"),
	STR_INIT("refresh_token"),         STR_INIT("client_secret"), STR_INIT("password"),
};

static bool is_listed(struct str s, const struct str *list, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (str_eq_ascii_nocase(s, list[i]))
			return true;
	}
	return false;
}

bool mask_keeps_header(struct str name)
{
	return is_listed(name, HEADERS, COUNT_OF(HEADERS));
}

static bool column_is_secret(const struct mask *m, struct str column)
{
	if (is_listed(column, SECRETS, COUNT_OF(SECRETS)))
		return true;
	return m->secret && column.n > 0 && m->secret(m->context, column);
}

/* _x_value, x@odata.bind, x@OData.Community.Display.V1.FormattedValue, alias.x */
static bool member_is_secret(const struct mask *m, struct str name)
{
	struct str column = str_sub(name, 0, str_find_char(name, '@'));
	size_t dot = column.n;

	while (dot > 0 && column.p[dot - 1] != '.')
		dot--;
	column = str_skip(column, dot);
	if (str_starts(column, S("_")) && str_ends(column, S("_value")) && column.n > 7)
		column = str_sub(column, 1, column.n - 7);
	return column_is_secret(m, column);
}

/* The length of an option's value: up to the next option, or the end of the address in a line. */
static size_t option_length(struct str s)
{
	size_t i = 0;

	while (i < s.n && (unsigned char)s.p[i] > ' ' && s.p[i] != '&' && s.p[i] != '"')
		i++;
	return i;
}

void mask_url(struct buf *out, struct str url)
{
	struct str name = S("sessiontoken=");

	for (size_t at; (at = str_find(url, name)) != STR_NONE;) {
		buf_add(out, str_sub(url, 0, at + name.n));
		buf_add(out, S(RECORDING_SECRET));
		url = str_skip(url, at + name.n);
		url = str_skip(url, option_length(url));
	}
	buf_add(out, url);
}

bool mask_hides_target(const struct mask *m, struct str target)
{
	struct str path = str_sub(target, 0, str_find_char(target, '?'));
	struct str_splitter parts = str_splitter(path);
	struct str last = { 0 };
	size_t n = 0;

	for (struct str part; str_split(&parts, '/', &part); n++) {
		if (!str_starts(part, S("$")))
			last = part;
	}
	return n > 1 && str_find_char(last, '(') == STR_NONE && column_is_secret(m, last);
}

/* ---- JSON ---- */

/* The length of the string that begins here, with its quotes; all when it does not end. */
static size_t string_length(struct str s)
{
	for (size_t i = 1; i < s.n; i++) {
		if (s.p[i] == '\\')
			i++;
		else if (s.p[i] == '"')
			return i + 1;
	}
	return s.n;
}

static size_t blanks(struct str s, size_t from)
{
	size_t i = from;

	while (i < s.n && (s.p[i] == ' ' || s.p[i] == '\t' || s.p[i] == '\r' || s.p[i] == '\n'))
		i++;
	return i - from;
}

/* The length of the value that begins here, whatever it is. */
static size_t value_length(struct str s)
{
	size_t depth = 0, i = 0;

	while (i < s.n) {
		char c = s.p[i];

		if (c == '"') {
			i += string_length(str_skip(s, i));
			if (depth == 0)
				return i;
			continue;
		}
		if (depth == 0 && (c == ',' || c == '}' || c == ']'))
			return i;
		if (c == '{' || c == '[')
			depth++;
		if ((c == '}' || c == ']') && --depth == 0)
			return i + 1;
		i++;
	}
	return s.n;
}

/* What stands between the quotes, with its escapes taken out. */
static struct str plain_name(struct arena *a, struct str quoted)
{
	struct json text;
	struct err ignored;

	if (str_find_char(quoted, '\\') == STR_NONE)
		return quoted.n < 2 ? S("") : str_sub(quoted, 1, quoted.n - 2);
	if (!json_parse(a, quoted, "name", &text, &ignored))
		return S("");
	return text.text;
}

/* Behind a name and its colon: the value, or what stands for it. */
static struct str mask_value(struct buf *out, struct str rest)
{
	size_t n = value_length(rest);
	struct str value = str_trim(str_sub(rest, 0, n));

	/* null tells nothing, and a record without it would tell another story */
	if (str_eq(value, S("null")))
		buf_add(out, value);
	else
		buf_add(out, S("\"" RECORDING_SECRET "\""));
	return str_skip(rest, n);
}

void mask_json(struct buf *out, const struct mask *m, struct str json)
{
	DEFER(arena_release) struct arena scratch = arena_make(0);
	struct str rest = json;

	while (rest.n > 0) {
		size_t quote = str_find_char(rest, '"');

		buf_add(out, str_sub(rest, 0, quote));
		if (quote == STR_NONE)
			return;
		rest = str_skip(rest, quote);

		struct str name = str_sub(rest, 0, string_length(rest));
		size_t colon = name.n + blanks(rest, name.n);

		buf_add(out, name);
		/* a string before a colon is a name */
		if (colon >= rest.n || rest.p[colon] != ':') {
			rest = str_skip(rest, name.n);
			continue;
		}
		colon += 1 + blanks(rest, colon + 1);
		buf_add(out, str_sub(rest, name.n, colon - name.n));
		rest = str_skip(rest, colon);
		if (member_is_secret(m, plain_name(&scratch, name)))
			rest = mask_value(out, rest);
		arena_reset(&scratch);
	}
}

/* ---- batches ---- */

static bool is_header_line(struct str line, struct str *name)
{
	size_t colon = str_find_char(line, ':');

	if (colon == STR_NONE || colon == 0)
		return false;
	*name = str_sub(line, 0, colon);
	return str_find_char(*name, ' ') == STR_NONE && !str_starts(*name, S("--"));
}

/* What stands between bodies: boundaries, headers that are kept, request lines. Lengths are no longer true. */
static void copy_lines(struct buf *out, struct str text)
{
	struct str name;

	while (text.n > 0) {
		size_t end = str_find_char(text, '\n');
		struct str line = str_sub(text, 0, end == STR_NONE ? text.n : end + 1);

		if (!is_header_line(line, &name) || mask_keeps_header(name))
			mask_url(out, line);
		text = str_skip(text, line.n);
	}
}

static bool is_answer(struct str message)
{
	return str_starts(str_trim(message), S("HTTP/"));
}

/* All that stands behind the headers: a length that is too small would leave the rest unseen. */
static struct str behind_headers(struct str message)
{
	bool begun = false;

	while (message.n > 0) {
		size_t end = str_find_char(message, '\n');
		bool blank = str_trim(str_sub(message, 0, end)).n == 0;

		message = str_skip(message, end == STR_NONE ? message.n : end + 1);
		if (blank && begun)
			return message;
		begun = begun || !blank;
	}
	return message;
}

/* Whether the body of a part's message is hidden as a whole. False: it cannot be read. */
static bool message_hidden(struct arena *a, const struct mask *m, struct str message, bool *hidden)
{
	struct request request;
	struct response response;
	struct err ignored;

	*hidden = false;
	if (is_answer(message))
		return batch_read_response(a, message, &response, &ignored);
	if (!batch_read_request(a, message, &request, &ignored))
		return false;
	*hidden = mask_hides_target(m, request.target);
	return true;
}

/* Each body in its place; `text` is what contains the parts, *from how far it was copied. */
static bool mask_parts(struct buf *out, struct arena *a, const struct mask *m, struct str text,
		       struct str boundary, const char **from, int depth)
{
	struct batch_reader reader = batch_reader_make(text, boundary);
	struct batch_part part;
	struct err ignored;
	bool more = true, hidden;

	for (;;) {
		struct str body;

		if (!batch_next(&reader, a, &part, &more, &ignored))
			return false;
		if (!more)
			return true;
		if (part.boundary.n > 0) {
			if (depth == DEPTH ||
			    !mask_parts(out, a, m, part.body, part.boundary, from, depth + 1))
				return false;
			continue;
		}
		if (!message_hidden(a, m, part.body, &hidden))
			return false;
		body = behind_headers(part.body);
		if (body.n == 0)
			continue;
		copy_lines(out, str_of(*from, (size_t)(body.p - *from)));
		*from = body.p + body.n;
		if (hidden)
			buf_add(out, S(RECORDING_SECRET));
		else
			mask_json(out, m, body);
	}
}

static bool mask_batch(struct buf *out, const struct mask *m, struct str type, struct str body)
{
	DEFER(arena_release) struct arena scratch = arena_make(0);
	const char *from = body.p;
	struct str boundary;
	struct err ignored;

	if (!batch_boundary(type, &boundary, &ignored) ||
	    !mask_parts(out, &scratch, m, body, boundary, &from, 1))
		return false;
	copy_lines(out, str_of(from, body.n - (size_t)(from - body.p)));
	return true;
}

bool mask_body(struct buf *out, const struct mask *m, struct str type, struct str body)
{
	struct str multipart = S("multipart/");

	if (body.n == 0)
		return true;
	if (str_eq_ascii_nocase(str_sub(str_trim(type), 0, multipart.n), multipart))
		return mask_batch(out, m, type, body);
	if (str_starts(str_trim(str_sub(body, 0, 64)), S("{")) ||
	    str_find(type, S("json")) != STR_NONE)
		mask_json(out, m, body);
	else
		buf_add(out, body);
	return true;
}
