/* SPDX-License-Identifier: MIT */
/*
 * Paging cookies as XML.
 */
#include "org/cookie.h"

#include "base/vec.h"
#include "io/xml.h"
#include "org/code.h"

#include "base/banned.h"

static struct str attr(struct arena *a, const struct xml_event *ev, struct str name)
{
	const struct str *value = xml_attr(ev, name);

	return value ? str_dup(a, *value) : str_of(NULL, 0);
}

static bool fail(struct err *e)
{
	return err_set_code(e, ERR_BAD_REQUEST, CODE_COOKIE,
			    "the paging-cookie is not one that this organization gave");
}

/* A cookie that tells no page is that of the first one. */
static uint32_t read_page(const struct xml_event *ev)
{
	const struct str *text = xml_attr(ev, S("page"));
	int64_t v;

	return text && str_parse_i64(*text, &v) && v > 0 && v < INT32_MAX ? (uint32_t)v : 1;
}

bool cookie_read(struct arena *a, struct str text, uint32_t *page, struct cookie_column **columns,
		 size_t *n, struct err *e)
{
	VEC(struct cookie_column) found = { 0 };
	uint32_t number = 1;
	struct str_source source = str_source_make(text);
	DEFER(xml_close) struct xml *x = NULL;
	struct xml_event ev;

	if (!xml_open(&x, a, &source.source, "paging-cookie", e))
		return fail(e);
	for (;;) {
		if (!xml_next(x, &ev, e))
			return fail(e);
		if (ev.kind == XML_END)
			break;
		if (ev.kind != XML_OPEN)
			continue;
		if (str_eq(ev.name, S("cookie"))) {
			number = read_page(&ev);
			continue;
		}
		*VEC_PUSH(a, &found) = (struct cookie_column){
			.name = str_dup(a, ev.name),
			.first = attr(a, &ev, S("first")),
			.last = attr(a, &ev, S("last")),
			.first_null = xml_attr(&ev, S("firstnull")) != NULL,
			.last_null = xml_attr(&ev, S("lastnull")) != NULL,
		};
	}
	*page = number;
	*columns = found.p;
	*n = found.n;
	return true;
}

static void write_value(struct buf *out, struct str name, struct str value, bool null)
{
	buf_add_char(out, ' ');
	buf_add(out, name);
	buf_add(out, null ? S("null=\"1") : S("=\""));
	if (!null)
		xml_encode_attr(out, value);
	buf_add_char(out, '"');
}

void cookie_write(struct buf *out, uint32_t page, const struct cookie_column *columns, size_t n)
{
	buf_add_fmt(out, "<cookie page=\"%u\">", page);
	for (size_t i = 0; i < n; i++) {
		buf_add_char(out, '<');
		buf_add(out, columns[i].name);
		write_value(out, S("last"), columns[i].last, columns[i].last_null);
		write_value(out, S("first"), columns[i].first, columns[i].first_null);
		buf_add(out, S(" />"));
	}
	buf_add(out, S("</cookie>"));
}
