/* SPDX-License-Identifier: MIT */
/*
 * Links to the next page.
 */
#include "org/skiptoken.h"

#include "base/codec.h"
#include "io/xml.h"
#include "dv/fetchxml.h"
#include "org/code.h"

#include "base/banned.h"

static bool fail(struct err *e)
{
	return err_set_code(e, ERR_BAD_REQUEST, CODE_COOKIE,
			    "the $skiptoken is not one that this organization gave");
}

/* The outer cookie's attributes. */
static bool read_outer(struct arena *a, struct str text, uint64_t *page, bool *inner)
{
	struct str_source source = str_source_make(text);
	DEFER(xml_close) struct xml *x = NULL;
	struct xml_event ev;
	struct err ignored;

	if (!xml_open(&x, a, &source.source, "$skiptoken", &ignored) || !xml_next(x, &ev, &ignored))
		return false;

	const struct str *number = xml_attr(&ev, S("pagenumber"));

	*inner = xml_attr(&ev, S("pagingcookie")) != NULL;
	return ev.kind == XML_OPEN && str_eq(ev.name, S("cookie")) && number &&
	       str_parse_u64(*number, page);
}

bool skiptoken_read(struct arena *a, struct str text, struct skiptoken *out, struct err *e)
{
	struct skiptoken t = { 0 };
	uint64_t page;
	bool inner;

	if (!read_outer(a, text, &page, &inner) || page == 0 || page > INT32_MAX)
		return fail(e);
	if (inner && !fetch_cookie_from_annotation(a, text, &t.cookie))
		return fail(e);
	t.page = (uint32_t)page;
	*out = t;
	return true;
}

/* '=' and '/' stay as they are in the outer cookie. */
static void encode_outer(struct buf *out, struct str text)
{
	size_t from = 0;

	for (size_t i = 0; i <= text.n; i++) {
		if (i < text.n && text.p[i] != '=' && text.p[i] != '/')
			continue;
		url_encode(out, str_sub(text, from, i - from));
		if (i < text.n)
			buf_add_char(out, text.p[i]);
		from = i + 1;
	}
}

static void write_token(struct buf *out, uint32_t page, struct str cookie)
{
	DEFER(buf_release) struct buf inner = buf_make(0);
	DEFER(buf_release) struct buf outer = buf_make(0);

	url_encode(&inner, cookie);
	url_lower_escapes(inner.p, inner.n);
	buf_add_fmt(&outer, "<cookie pagenumber=\"%u\" ", page);
	if (cookie.n > 0) {
		buf_add(&outer, S("pagingcookie=\""));
		buf_add(&outer, buf_str(&inner));
		buf_add(&outer, S("\" "));
	}
	buf_add(&outer, S("istracking=\"False\" />"));
	encode_outer(out, buf_str(&outer));
}

static bool is_token(struct str option)
{
	return str_starts(option, S("$skiptoken=")) || str_starts(option, S("%24skiptoken="));
}

void skiptoken_link(struct buf *out, struct str root, struct str target, uint32_t page,
		    struct str cookie)
{
	size_t mark = str_find_char(target, '?');
	struct str_splitter options =
		str_splitter(mark == STR_NONE ? S("") : str_skip(target, mark + 1));
	char between = '?';

	buf_add(out, root);
	buf_add(out, str_sub(target, 0, mark));
	for (struct str option; str_split(&options, '&', &option);) {
		if (option.n == 0 || is_token(option))
			continue;
		buf_add_char(out, between);
		buf_add(out, option);
		between = '&';
	}
	buf_add_char(out, between);
	buf_add(out, S("$skiptoken="));
	write_token(out, page, cookie);
}
