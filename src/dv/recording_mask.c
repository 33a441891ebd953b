/* SPDX-License-Identifier: MIT */
/*
 * Bodies are copied as they are but for secrets: no tree is made of them, so that a page of any size costs its size.
 */
#include "dv/recording_mask.h"

#include "io/json.h"
#include "dv/batch.h"
#include "dv/recording.h"

#include "base/banned.h"

#define DEPTH 2            /* a batch, its change sets */
#define NAME_MAX_BYTES 256 /* no column has a longer name */

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

bool mask_is_url_header(struct str name)
{
	return str_eq_ascii_nocase(name, S("Location")) ||
	       str_eq_ascii_nocase(name, S("OData-EntityId"));
}

/* ---- what is secret ---- */

struct masking masking_make(const struct mask *m, struct arena *a)
{
	return (struct masking){ .mask = m, .arena = a, .known = map_make(a) };
}

/* The column of _x_value. */
static struct str bare(struct str column)
{
	if (str_starts(column, S("_")) && str_ends(column, S("_value")) && column.n > 7)
		return str_sub(column, 1, column.n - 7);
	return column;
}

static void fold(char *out, struct str name)
{
	for (size_t i = 0; i < name.n; i++)
		out[i] = (char)(name.p[i] >= 'A' && name.p[i] <= 'Z' ? name.p[i] + 32 : name.p[i]);
}

bool masking_column(struct masking *k, struct str column)
{
	char lower[NAME_MAX_BYTES];

	column = bare(column);
	if (column.n == 0 || column.n > sizeof(lower))
		return false;
	if (is_listed(column, SECRETS, COUNT_OF(SECRETS)))
		return true;
	for (size_t i = 0; i < k->aliases.n; i++) {
		if (str_eq_ascii_nocase(column, k->aliases.p[i]))
			return true;
	}
	fold(lower, column);
	return k->mask->secret && k->mask->secret(k->mask->context, str_of(lower, column.n));
}

void masking_saw(struct masking *k, struct str column, struct str value)
{
	char lower[NAME_MAX_BYTES];
	uint32_t index = (uint32_t)k->columns.n;

	if (k->collect && value.n > 0)
		*VEC_PUSH(k->arena, &k->values) = str_dup(k->arena, value);
	column = bare(column);
	if (column.n == 0 || column.n > sizeof(lower))
		return;
	fold(lower, column);
	if (map_get(&k->known, str_of(lower, column.n), &index))
		return;
	column = str_dup(k->arena, str_of(lower, column.n));
	(void)map_put(&k->known, column, &index);
	*VEC_PUSH(k->arena, &k->columns) = column;
}

/* x@odata.bind, x@OData.Community.Display.V1.FormattedValue, alias.x, alias_x002e_x */
static struct str column_of_member(struct str name)
{
	struct str column = str_sub(name, 0, str_find_char(name, '@'));
	struct str escaped = S("_x002e_");
	size_t dot = column.n;

	while (dot > 0 && column.p[dot - 1] != '.')
		dot--;
	column = str_skip(column, dot);
	dot = str_find(column, escaped);
	if (dot != STR_NONE)
		column = str_skip(column, dot + escaped.n);
	return column;
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

/* No JSON has it: a string without its end, or with control characters. */
static bool is_broken(struct str quoted)
{
	for (size_t i = 0; i < quoted.n; i++) {
		if ((unsigned char)quoted.p[i] < ' ')
			return true;
	}
	return quoted.n < 2 || quoted.p[quoted.n - 1] != '"';
}

/* What stands between the quotes, with its escapes taken out. False: it is none that JSON has. */
static bool plain_text(struct arena *a, struct str quoted, struct str *out)
{
	struct json text;
	struct err ignored;

	if (is_broken(quoted))
		return false;
	*out = str_sub(quoted, 1, quoted.n - 2);
	if (str_find_char(quoted, '\\') == STR_NONE)
		return true;
	if (!json_parse(a, quoted, "text", &text, &ignored))
		return false;
	*out = text.text;
	return true;
}

/* What a value tells: the text of a text, else as it is written. */
static struct str told_by(struct arena *a, struct str value)
{
	struct str text;

	return str_starts(value, S("\"")) && plain_text(a, value, &text) ? text : value;
}

/* Behind a name and its colon: the value, or what stands for it. */
static struct str mask_value(struct buf *out, struct masking *k, struct str column, struct str rest)
{
	size_t n = value_length(rest);
	struct str value = str_trim(str_sub(rest, 0, n));

	/* null tells nothing, and a record without it would tell another story */
	if (str_eq(value, S("null"))) {
		buf_add(out, value);
		return str_skip(rest, n);
	}
	buf_add(out, S("\"" RECORDING_SECRET "\""));
	masking_saw(k, column, told_by(k->arena, value));
	return str_skip(rest, n);
}

enum telling { TELLS_NOTHING, TELLS_SECRET, TELLS_URL };

/* x@odata.bind, @odata.id, @odata.nextLink */
static bool is_url_member(struct str name)
{
	return str_find(name, S("@odata.")) != STR_NONE &&
	       (str_ends(name, S(".bind")) || str_ends(name, S(".id")) ||
		str_ends(name, S("Link")) || str_ends(name, S(".context")));
}

static enum telling judge_name(struct masking *k, struct str name, struct str *column)
{
	*column = column_of_member(name);
	if (masking_column(k, *column))
		return TELLS_SECRET;
	*column = S("");
	if (k->ordered && str_ends(name, S("pagingcookie")))
		return TELLS_SECRET;
	return is_url_member(name) ? TELLS_URL : TELLS_NOTHING;
}

/* A text that is a URL, with its quotes. */
static void mask_quoted(struct buf *out, struct masking *k, struct str quoted)
{
	DEFER(buf_release) struct buf masked = buf_make(0);
	struct buf_sink sink = buf_sink_make(out);
	DEFER(json_writer_release) struct json_writer w = json_writer_make(&sink.sink);
	struct err ignored;
	struct str url;

	if (!plain_text(k->arena, quoted, &url)) {
		buf_add(out, S("\"" RECORDING_SECRET "\""));
		return;
	}
	mask_target(&masked, k, url);
	if (str_eq(url, buf_str(&masked))) {
		buf_add(out, quoted);
		return;
	}
	json_str(&w, buf_str(&masked));
	(void)!json_writer_finish(&w, &ignored);
}

/* One string and, when it is a name, the colon and what is secret behind it. */
static struct str mask_string(struct buf *out, struct masking *k, struct str rest, bool *url)
{
	struct str name = str_sub(rest, 0, string_length(rest)), plain, column = S("");
	size_t colon = name.n + blanks(rest, name.n);

	/* a string before a colon is a name */
	if (colon >= rest.n || rest.p[colon] != ':') {
		if (*url)
			mask_quoted(out, k, name);
		else
			buf_add(out, name);
		return str_skip(rest, name.n);
	}
	colon += 1 + blanks(rest, colon + 1);
	buf_add(out, str_sub(rest, 0, colon));
	rest = str_skip(rest, colon);

	enum telling telling =
		plain_text(k->arena, name, &plain) ? judge_name(k, plain, &column) : TELLS_SECRET;

	*url = telling == TELLS_URL;
	return telling == TELLS_SECRET ? mask_value(out, k, column, rest) : rest;
}

void mask_json(struct buf *out, struct masking *k, struct str json)
{
	struct str rest = json;
	bool url = false;

	while (rest.n > 0) {
		size_t quote = str_find_char(rest, '"');

		buf_add(out, str_sub(rest, 0, quote));
		if (quote == STR_NONE)
			return;
		rest = mask_string(out, k, str_skip(rest, quote), &url);
	}
}

/* ---- batches ---- */

static bool split_header(struct str line, struct str *name, struct str *value)
{
	size_t colon = str_find_char(line, ':');

	*name = str_sub(line, 0, colon);
	*value = colon == STR_NONE ? S("") : str_skip(line, colon + 1);
	return colon != STR_NONE && mask_keeps_header(*name);
}

/* METHOD TARGET HTTP/1.1 */
static bool split_request_line(struct str line, struct str *target)
{
	size_t from = str_find_char(line, ' ');
	enum method method;

	if (from == STR_NONE || !method_parse(str_sub(line, 0, from), &method))
		return false;
	struct str rest = str_skip(line, from + 1);
	size_t n = rest.n;

	while (n > 0 && rest.p[n - 1] != ' ')
		n--;
	*target = str_sub(rest, 0, n > 0 ? n - 1 : 0);
	return n > 0;
}

/* A line that is none of those that are known is not kept. */
static void copy_line(struct buf *out, struct masking *k, struct str line)
{
	struct str name, value;

	if (split_request_line(line, &value)) {
		buf_add(out, str_sub(line, 0, (size_t)(value.p - line.p)));
		mask_target(out, k, value);
		buf_add(out, str_skip(line, (size_t)(value.p - line.p) + value.n));
	} else if (split_header(line, &name, &value)) {
		buf_add(out, str_sub(line, 0, name.n + 1));
		if (mask_is_url_header(name))
			mask_target(out, k, value);
		else
			mask_url(out, value);
	} else if (str_trim(line).n == 0 || str_starts(line, S("--")) ||
		   str_starts(line, S("HTTP/"))) {
		mask_url(out, line);
	}
}

/* What stands between bodies: boundaries, headers that are kept, request lines. Lengths are no longer true. */
static void copy_lines(struct buf *out, struct masking *k, struct str text)
{
	while (text.n > 0) {
		size_t end = str_find_char(text, '\n');
		struct str line = str_sub(text, 0, end == STR_NONE ? text.n : end + 1);

		copy_line(out, k, line);
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

enum keeping { KEEP_MASKED, KEEP_NOTHING, KEEP_ERROR };

/* How much of the body of a part's message is kept. False: it cannot be read. */
static bool judge_message(struct masking *k, struct str message, enum keeping *out)
{
	struct request request;
	struct response response;
	struct err ignored;

	*out = KEEP_MASKED;
	if (is_answer(message)) {
		if (!batch_read_response(k->arena, message, &response, &ignored))
			return false;
		if (response.status >= 400)
			*out = KEEP_ERROR;
		else if (k->hidden)
			*out = KEEP_NOTHING;
		return true;
	}
	if (!batch_read_request(k->arena, message, &request, &ignored))
		return false;
	if (mask_hides_target(k, request.target)) {
		masking_saw(k, S(""), request.body);
		k->hidden = true;
		*out = KEEP_NOTHING;
	}
	return true;
}

static void copy_body(struct buf *out, struct masking *k, struct str body, enum keeping keeping)
{
	DEFER(buf_release) struct buf masked = buf_make(0);

	switch (keeping) {
	case KEEP_MASKED:
		mask_json(out, k, body);
		break;
	case KEEP_NOTHING:
		buf_add(out, S(RECORDING_SECRET));
		break;
	case KEEP_ERROR:
		mask_json(&masked, k, body);
		mask_told(out, k, buf_str(&masked));
		break;
	}
}

/* Each body in its place; `text` is what contains the parts, *from how far it was copied. */
static bool mask_parts(struct buf *out, struct masking *k, struct str text, struct str boundary,
		       const char **from, int depth)
{
	struct batch_reader reader = batch_reader_make(text, boundary);
	struct batch_part part;
	struct err ignored;
	enum keeping keeping;
	bool more = true;

	for (;;) {
		struct str body;

		if (!batch_next(&reader, k->arena, &part, &more, &ignored))
			return false;
		if (!more)
			return true;
		if (part.boundary.n > 0) {
			if (depth == DEPTH ||
			    !mask_parts(out, k, part.body, part.boundary, from, depth + 1))
				return false;
			continue;
		}
		if (!judge_message(k, part.body, &keeping))
			return false;
		body = behind_headers(part.body);
		if (body.n == 0)
			continue;
		copy_lines(out, k, str_of(*from, (size_t)(body.p - *from)));
		*from = body.p + body.n;
		copy_body(out, k, body, keeping);
	}
}

static bool mask_batch(struct buf *out, struct masking *k, struct str type, struct str body)
{
	const char *from = body.p;
	struct str boundary;
	struct err ignored;

	if (!batch_boundary(type, &boundary, &ignored) ||
	    !mask_parts(out, k, body, boundary, &from, 1))
		return false;
	copy_lines(out, k, str_of(from, body.n - (size_t)(from - body.p)));
	return true;
}

bool mask_body(struct buf *out, struct masking *k, struct str type, struct str body)
{
	struct str multipart = S("multipart/");

	if (body.n == 0)
		return true;
	if (str_eq_ascii_nocase(str_sub(str_trim(type), 0, multipart.n), multipart))
		return mask_batch(out, k, type, body);
	/* whatever it is said to be: what has no names is copied */
	mask_json(out, k, body);
	return true;
}
