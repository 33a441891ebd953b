/* SPDX-License-Identifier: MIT */
/*
 * Kinds of content. Where it is not certain, the answer is txt or bin: a wrong extension misleads editors,
 * a plain one does not.
 */
#include "dv/folder_kind.h"

#include "base/limits.h"
#include "base/sink.h"
#include "io/json.h"
#include "io/xml.h"

#include "base/banned.h"

#define JSON_MAX (256 * LIMIT_KIB) /* parsed to be certain */

static bool starts_nocase(struct str s, struct str prefix)
{
	return str_eq_ascii_nocase(str_sub(s, 0, prefix.n), prefix);
}

/* Elements with which portal markup begins, when it is no whole document. */
static bool is_html(struct str text)
{
	static const struct str tags[] = {
		STR_INIT("!doctype html"),
		STR_INIT("html"),
		STR_INIT("head"),
		STR_INIT("body"),
		STR_INIT("div"),
		STR_INIT("p"),
		STR_INIT("span"),
		STR_INIT("a"),
		STR_INIT("table"),
		STR_INIT("tr"),
		STR_INIT("ul"),
		STR_INIT("ol"),
		STR_INIT("li"),
		STR_INIT("h1"),
		STR_INIT("h2"),
		STR_INIT("h3"),
		STR_INIT("h4"),
		STR_INIT("h5"),
		STR_INIT("br"),
		STR_INIT("hr"),
		STR_INIT("img"),
		STR_INIT("style"),
		STR_INIT("script"),
		STR_INIT("link"),
		STR_INIT("meta"),
		STR_INIT("section"),
		STR_INIT("article"),
		STR_INIT("nav"),
		STR_INIT("header"),
		STR_INIT("footer"),
		STR_INIT("form"),
		STR_INIT("input"),
		STR_INIT("button"),
		STR_INIT("iframe"),
		STR_INIT("strong"),
		STR_INIT("em"),
		STR_INIT("b"),
		STR_INIT("i"),
		STR_INIT("u"),
		STR_INIT("font"),
		STR_INIT("center"),
	};

	if (!str_starts(text, S("<")))
		return false;
	for (size_t i = 0; i < COUNT_OF(tags); i++) {
		struct str rest = str_skip(text, 1 + tags[i].n);

		if (starts_nocase(str_skip(text, 1), tags[i]) && rest.n > 0 &&
		    (rest.p[0] == '>' || rest.p[0] == '/' || (unsigned char)rest.p[0] <= ' '))
			return true;
	}
	return false;
}

static bool is_xml(struct arena *scratch, struct str text)
{
	DEFER(xml_close) struct xml *x = NULL;
	struct str_source source = str_source_make(text);
	struct xml_event ev = { .kind = XML_OPEN };
	struct err e;

	if (!str_starts(text, S("<")) || !xml_open(&x, scratch, &source.source, "text", &e))
		return false;
	while (ev.kind != XML_END) {
		if (!xml_next(x, &ev, &e))
			return false;
	}
	return true;
}

static bool is_json(struct arena *scratch, struct str text)
{
	struct json tree;
	struct err e;

	bool framed = (str_starts(text, S("{")) && str_ends(text, S("}"))) ||
		      (str_starts(text, S("[")) && str_ends(text, S("]")));

	/* of a large one the tree would take more memory than the answer is worth */
	if (!framed || text.n > JSON_MAX)
		return framed;
	return json_parse(scratch, text, "text", &tree, &e);
}

const char *folder_text_kind(struct arena *scratch, struct str column, struct str text)
{
	struct arena_mark mark = arena_mark(scratch);
	struct str s = str_trim(str_starts(text, S("\xef\xbb\xbf")) ? str_skip(text, 3) : text);
	const char *kind = "txt";

	if (str_ends(column, S("customcss")))
		kind = "css";
	else if (str_ends(column, S("customjavascript")))
		kind = "js";
	else if (str_find(s, S("{%")) != STR_NONE && str_find(s, S("%}")) != STR_NONE)
		kind = "liquid";
	else if (is_html(s))
		kind = "html";
	else if (is_xml(scratch, s))
		kind = "xml";
	else if (is_json(scratch, s))
		kind = "json";
	arena_rewind(scratch, mark);
	return kind;
}

static bool is_text(struct str bytes)
{
	for (size_t i = 0; i < bytes.n; i++) {
		unsigned char c = (unsigned char)bytes.p[i];

		if (c < 0x20 && c != '\t' && c != '\n' && c != '\r')
			return false;
	}
	return str_is_utf8(bytes);
}

const char *folder_bytes_kind(struct arena *scratch, struct str column, struct str bytes)
{
	static const struct {
		struct str magic;
		const char *kind;
	} kinds[] = {
		{ STR_INIT("\x89PNG\r\n\x1a\n"), "png" },
		{ STR_INIT("\xff\xd8\xff"), "jpg" },
		{ STR_INIT("GIF87a"), "gif" },
		{ STR_INIT("GIF89a"), "gif" },
		{ STR_INIT("%PDF-"), "pdf" },
		{ STR_INIT("PK\x03\x04"), "zip" },
		{ { "\0\0\1\0", 4 }, "ico" },
	};

	for (size_t i = 0; i < COUNT_OF(kinds); i++) {
		if (str_starts(bytes, kinds[i].magic))
			return kinds[i].kind;
	}
	if (str_starts(bytes, S("RIFF")) && str_eq(str_sub(bytes, 8, 4), S("WEBP")))
		return "webp";
	return bytes.n > 0 && is_text(bytes) ? folder_text_kind(scratch, column, bytes) : "bin";
}
