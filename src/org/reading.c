/* SPDX-License-Identifier: MIT */
/*
 * From the URL to the query, and its result into the answer.
 */
#include "org/reading.h"

#include <inttypes.h>

#include "base/limits.h"
#include "dv/fetchxml.h"
#include "org/access.h"
#include "org/bind.h"
#include "org/code.h"
#include "org/expand.h"
#include "org/odata_apply.h"
#include "org/odata_bind.h"
#include "org/result.h"
#include "org/row.h"
#include "org/skiptoken.h"
#include "org/tracking.h"

#include "base/banned.h"

/* Options that cannot stand beside another one that says what the rows are. */
static bool refuse_options(const struct call *c, struct str beside, const struct str *names,
			   size_t n, struct err *e)
{
	for (size_t i = 0; i < n; i++) {
		if (url_option(&c->url, names[i]))
			return err_set_code(e, ERR_BAD_REQUEST, CODE_ODATA,
					    "The query parameter '%.*s' is not supported beside "
					    "'%.*s'.",
					    STR_ARG(names[i]), STR_ARG(beside));
	}
	return true;
}

static bool is_counted(const struct call *c)
{
	const struct str *count = url_option(&c->url, S("$count"));

	return count && str_eq(str_trim(*count), S("true"));
}

/* FetchXML */

static bool fail_missing(const struct table *t, struct guid id, struct err *e)
{
	char text[GUID_TEXT_SIZE];
	struct str shown = guid_format(id, text);

	return err_set_code(e, ERR_NOT_FOUND, CODE_ROW_MISSING,
			    "Entity '%.*s' With Id = %.*s Does Not Exist", STR_ARG(t->name),
			    STR_ARG(shown));
}

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

static bool read_fetch(struct call *c, const struct table *t, const struct read_within *within,
		       struct str text, struct err *e)
{
	static const struct str others[] = {
		STR_INIT("$select"),  STR_INIT("$filter"), STR_INIT("$expand"),
		STR_INIT("$orderby"), STR_INIT("$top"),    STR_INIT("$apply"),
	};
	struct query *q;
	struct fetch f;

	if (!refuse_options(c, S("fetchXml"), others, COUNT_OF(others), e) ||
	    !parse_query(c, text, &f, e))
		return false;
	f.total_count = f.total_count || is_counted(c);
	if (!bind_fetch(c->store, c->arena, t, &f, &q, e))
		return false;
	if (within)
		related_restrict(c->arena, q, within->parent, within->navigation, within->id);

	struct result r = { .store = c->store,
			    .arena = c->arena,
			    .query = q,
			    .prefer = &c->prefer,
			    .root = c->root,
			    .count = is_counted(c) };

	call_json(c, 200);
	return result_rows(&r, call_sink(c), e);
}

/* A query that stands in a row of its own: savedQuery=<id>, userQuery=<id>. */
static bool read_predefined(struct call *c, const struct table *t, const struct read_within *within,
			    const char *table, struct str key, struct err *e)
{
	const struct table *queries;
	struct guid id;
	struct value v;

	if (!guid_parse(str_trim(key), &id))
		return err_set_code(e, ERR_BAD_REQUEST, CODE_ODATA, "'%.*s' is no id of a query",
				    STR_ARG(str_sub(key, 0, 100)));
	if (!store_table(c->store, str_from(table), &queries, e))
		return false;
	if (!queries)
		return err_set(e, ERR_UNSUPPORTED, "this organization does not have the table '%s'",
			       table);
	if (!row_read(c->store, c->arena, queries, id, S("fetchxml"), &v, e))
		return false;
	return v.kind == VALUE_TEXT ? read_fetch(c, t, within, v.text, e)
				    : fail_missing(queries, id, e);
}

/* $apply */

static bool read_apply(struct call *c, const struct table *t, struct str text, struct err *e)
{
	static const struct str others[] = {
		STR_INIT("$select"),  STR_INIT("$filter"), STR_INIT("$expand"),
		STR_INIT("$orderby"), STR_INIT("$count"),  STR_INIT("$skiptoken"),
	};
	struct odata_options options;
	struct odata_apply apply;
	struct query *q;

	if (!refuse_options(c, S("$apply"), others, COUNT_OF(others), e) ||
	    !odata_options_read(c->arena, &c->url, &options, e) ||
	    !odata_apply_read(c->arena, text, &c->url, &apply, e) ||
	    !odata_apply_bind(c->store, c->arena, t, &apply, options.top, &q, e))
		return false;

	struct result r = { .store = c->store,
			    .arena = c->arena,
			    .query = q,
			    .prefer = &c->prefer,
			    .root = c->root,
			    .context = t->entity_set };

	call_json(c, 200);
	return result_rows(&r, call_sink(c), e);
}

/* OData's options */

/* What the link to the next page is made of. */
struct next {
	struct call *call;
	const struct expand *expand;
	uint32_t records; /* of a page */
};

static bool write_next(void *context, struct buf *out, uint32_t next, struct str cookie,
		       struct err *e)
{
	const struct next *n = context;
	struct call *c = n->call;

	(void)e;
	if (expand_is_nested(n->expand))
		cookie = expand_cookie(c->arena, cookie, n->records);
	skiptoken_link(out, c->root, c->request->target, next, cookie);
	return true;
}

static bool read_place(struct call *c, struct odata_place *out, struct err *e)
{
	const struct str *text = url_option(&c->url, S("$skiptoken"));
	struct skiptoken token = { 0 };

	if (text && !skiptoken_read(c->arena, *text, &token, e))
		return false;
	*out = (struct odata_place){ .page_size = c->prefer.page_size,
				     .page = token.page,
				     .cookie = token.cookie };
	return true;
}

/* A query as the options describe it; what they expand is written behind the rows' own members. */
struct answering {
	struct odata_options options;
	struct query *query;
	struct expand *expand;
	struct result result;
};

static void answering_close(struct answering *x)
{
	expand_close(&x->expand);
}

/* The options that are bound: what is expanded may want more columns than were asked for. */
static bool complete_options(struct call *c, const struct table *t, const struct answering *x,
			     struct odata_options *out, struct err *e)
{
	*out = x->options;
	return expand_options(c, t, out, e);
}

/* When the query is bound. */
static bool open_result(struct call *c, struct answering *x, enum expand_of of, struct err *e)
{
	const struct odata_options *o = &x->options;

	if (!expand_prepare(c, x->query, o, of, c->prefer.page_size, &x->expand, e))
		return false;
	x->result = (struct result){ .store = c->store,
				     .arena = c->arena,
				     .query = x->query,
				     .prefer = &c->prefer,
				     .root = c->root,
				     .hook = expand_hook(x->expand),
				     .count = o->count,
				     .expanded = odata_expand_context(c->arena, o) };
	return true;
}

static bool bind_rows(struct call *c, const struct table *t, const struct odata_place *place,
		      const struct read_within *within, struct answering *x, struct err *e)
{
	struct odata_options full;

	if (!odata_options_read(c->arena, &c->url, &x->options, e) ||
	    !complete_options(c, t, x, &full, e) ||
	    !odata_bind(c->store, c->arena, t, &full, place, &x->query, e))
		return false;
	if (within)
		related_restrict(c->arena, x->query, within->parent, within->navigation,
				 within->id);
	return true;
}

static bool read_option_rows(struct call *c, const struct table *t,
			     const struct read_within *within, struct err *e)
{
	DEFER(answering_close) struct answering x = { 0 };
	struct odata_place place;
	struct tracking tracking;

	if (!tracking_read(c, t, &tracking, e) || !read_place(c, &place, e) ||
	    !bind_rows(c, t, &place, within, &x, e) || !open_result(c, &x, EXPAND_SET, e))
		return false;
	tracking_restrict(c->arena, x.query, &tracking);
	if (!tracking_prepare(&tracking, &x.result, e))
		return false;

	struct next next = { c, x.expand, x.query->limit };

	x.result.next = (struct next_link){ write_next, &next };
	call_json(c, 200);
	return result_rows(&x.result, call_sink(c), e);
}

static void keep_ids(struct arena *a, struct query *q, const struct guid *ids, size_t n)
{
	struct query_filter *before = arena_new(a, struct query_filter);
	struct query_param *params = arena_array(a, struct query_param, n);
	struct query_filter f = { .tests = arena_array(a, struct query_test, 1),
				  .ntests = 1,
				  .filters = before,
				  .nfilters = 1 };

	for (size_t i = 0; i < n; i++)
		params[i] =
			(struct query_param){ .kind = PARAM_TEXT, .text = guid_text(a, ids[i]) };
	f.tests[0] = (struct query_test){ .field = { &q->root, table_primary(q->root.table) },
					  .op = QUERY_IN,
					  .params = params,
					  .nparams = n };
	*before = q->root.filter;
	q->root.filter = f;
}

bool read_these(struct call *c, const struct table *t, const struct guid *ids, size_t n,
		struct err *e)
{
	static const struct guid none = { 0 };
	DEFER(answering_close) struct answering x = { 0 };
	const struct odata_place everywhere = { 0 };

	if (!bind_rows(c, t, &everywhere, NULL, &x, e) || !open_result(c, &x, EXPAND_SET, e))
		return false;
	keep_ids(c->arena, x.query, n > 0 ? ids : &none, n > 0 ? n : 1);
	call_json(c, 200);
	return result_rows(&x.result, call_sink(c), e);
}

bool read_set_rows(struct call *c, const struct table *t, const struct read_within *within,
		   struct err *e)
{
	const struct str *fetch = url_option(&c->url, S("fetchXml"));
	const struct str *apply = url_option(&c->url, S("$apply"));
	const struct str *saved = url_option(&c->url, S("savedQuery"));
	const struct str *user = url_option(&c->url, S("userQuery"));

	if (fetch)
		return read_fetch(c, t, within, *fetch, e);
	if (saved)
		return read_predefined(c, t, within, "savedquery", *saved, e);
	if (user)
		return read_predefined(c, t, within, "userquery", *user, e);
	return apply && !within ? read_apply(c, t, *apply, e) : read_option_rows(c, t, within, e);
}

bool read_set(struct call *c, struct err *e)
{
	const struct table *t;

	return call_table(c, &t, e) && read_set_rows(c, t, NULL, e);
}

bool read_number(struct call *c, const struct table *t, const struct read_within *within,
		 struct err *e)
{
	const struct odata_place everywhere = { 0 };
	struct answering x = { 0 };
	struct tracking tracking;
	int64_t n, gone;

	if (!tracking_read(c, t, &tracking, e) || !bind_rows(c, t, &everywhere, within, &x, e))
		return false;
	tracking_restrict(c->arena, x.query, &tracking);

	struct result r = {
		.store = c->store, .arena = c->arena, .query = x.query, .root = c->root
	};

	if (!result_count(&r, LIMIT_PAGE_ROWS, &n, e) || !tracking_count(&tracking, &gone, e))
		return false;
	n += gone;
	c->answer->status = 200;
	call_header(c, S("Content-Type"), S("text/plain"));

	struct str text = str_fmt(c->arena, "%" PRId64, n);

	return call_sink(c)->write(call_sink(c), text, e);
}

bool read_count(struct call *c, struct err *e)
{
	const struct table *t;

	return call_table(c, &t, e) && read_number(c, t, NULL, e);
}

/* One row */

static bool answer_row(struct call *c, const struct table *t, struct guid id,
		       const struct odata_options *o, int status, struct err *e)
{
	DEFER(answering_close) struct answering x = { .options = *o };
	struct odata_options full;

	if (!access_row(c->store, t, id, RIGHT_READ, e) || !complete_options(c, t, &x, &full, e) ||
	    !odata_bind_row(c->arena, t, &full, id, &x.query, e) ||
	    !open_result(c, &x, EXPAND_ROW, e))
		return false;
	call_json(c, status);
	if (result_row(&x.result, call_sink(c), e))
		return true;
	return e->kind == ERR_NOT_FOUND ? fail_missing(t, id, e) : false;
}

bool read_written(struct call *c, const struct table *t, struct guid id, int status, struct err *e)
{
	struct odata_options options;

	return odata_options_read(c->arena, &c->url, &options, e) &&
	       answer_row(c, t, id, &options, status, e);
}

/* Never with $expand or annotations (facts/webapi.md 2.2): a part of the answer is not the row's own. */
static bool is_unchanged(struct call *c, const struct table *t, struct guid id,
			 const struct odata_options *o, bool *out, struct err *e)
{
	const struct str *known = call_find_header(c, S("If-None-Match"));
	int64_t version;

	*out = false;
	if (!known || o->nexpand > 0 || c->prefer.annotations.n > 0)
		return true;
	if (!row_version(c->store, t, id, &version, e))
		return false;
	*out = version >= 0 &&
	       str_eq(str_trim(*known), str_fmt(c->arena, "W/\"%" PRId64 "\"", version));
	return true;
}

bool read_row(struct call *c, struct err *e)
{
	struct odata_options options;
	const struct table *t;
	struct guid id;
	bool unchanged;

	if (!call_row(c, &t, &id, e) || !odata_options_read(c->arena, &c->url, &options, e) ||
	    !access_row(c->store, t, id, RIGHT_READ, e) ||
	    !is_unchanged(c, t, id, &options, &unchanged, e))
		return false;
	if (!unchanged)
		return answer_row(c, t, id, &options, 200, e);
	c->answer->status = 304;
	return true;
}
