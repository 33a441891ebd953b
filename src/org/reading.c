/* SPDX-License-Identifier: MIT */
/*
 * From the URL to the query, and its result into the answer.
 */
#include "org/reading.h"

#include "dv/fetchxml.h"
#include "org/bind.h"
#include "org/code.h"
#include "org/result.h"

#include "base/banned.h"

/* What is wrong with the text of a query is the caller's fault. */
static bool parse_query(struct call *c, struct str text, struct fetch *out, struct err *e)
{
	if (fetch_parse(c->arena, text, "fetchXml", 1, out, e))
		return true;
	if (e->kind != ERR_INPUT)
		return false;
	e->kind = ERR_BAD_REQUEST;
	if (e->code == 0)
		e->code = CODE_INVALID_ARGUMENT;
	return false;
}

bool read_set(struct call *c, struct err *e)
{
	const struct str *text = url_option(&c->url, S("fetchXml"));
	const struct table *t;
	struct query *q;
	struct fetch f;

	if (!call_table(c, &t, e))
		return false;
	if (!text)
		return err_set(e, ERR_UNSUPPORTED,
			       "a local organization reads the rows of a set only with fetchXml= "
			       "yet");
	if (!parse_query(c, *text, &f, e) || !bind_fetch(c->store, c->arena, t, &f, &q, e))
		return false;

	struct result r = { c->store, c->arena, q, &c->prefer, c->root };

	call_json(c, 200);
	return result_rows(&r, call_sink(c), e);
}

bool read_written(struct call *c, const struct table *t, struct guid id, int status, struct err *e)
{
	struct query *q;
	struct str *select;
	size_t n;

	url_list(c->arena, url_option(&c->url, S("$select")), &select, &n);
	if (!bind_row(c->arena, t, id, select, n, &q, e))
		return false;

	struct result r = { c->store, c->arena, q, &c->prefer, c->root };

	call_json(c, status);
	return result_row(&r, call_sink(c), e);
}

bool read_row(struct call *c, struct err *e)
{
	const struct table *t;
	struct guid id;

	return call_row(c, &t, &id, e) && read_written(c, t, id, 200, e);
}
