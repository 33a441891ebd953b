/* SPDX-License-Identifier: MIT */
/*
 * Reading from a service. Rows are asked for with FetchXML, page by page, and handed on one at a time as
 * the bytes arrive; nothing here grows with the number of rows. A query that is too long for a URL of its
 * own travels inside a $batch, where URLs may be twice as long (facts/webapi.md 1.1).
 */
#include "move/read.h"

#include "base/codec.h"
#include "base/limits.h"
#include "base/vec.h"
#include "io/json.h"
#include "dv/batch.h"
#include "dv/definition.h"
#include "dv/odata.h"

#include "base/banned.h"

#define BOUNDARY "batch_ferry_read"
/* Below the limits by what the root of the service may take. */
#define URL_ROOM ((size_t)512)
#define URL_DIRECT (LIMIT_URL / 2 - URL_ROOM)
#define URL_BATCHED (LIMIT_URL - URL_ROOM)
#define URL_DEFINITIONS (16 * LIMIT_KIB)
#define IDS_PER_REQUEST ((size_t)200)
#define PREFER_PAGING ODATA_COOKIE "," ODATA_MORE
#define PREFER_LOOKUPS ODATA_LOOKUP_TABLE "," ODATA_FORMATTED "," PREFER_PAGING

/* What an answer that is an error means to the person who asked. */
static bool fail_answer(int status, struct str body, struct err *e)
{
	odata_error_read(status, body, e);
	if (status == 401 || status == 403)
		e->kind = ERR_AUTH;
	else
		e->kind = status == 400 ? ERR_INPUT : ERR_NETWORK;
	return false;
}

static bool call(struct reader *r, const struct request *request, struct response *answer,
		 struct err *e)
{
	r->run->reads++;
	if (!service_call(r->service, request, answer, e))
		return false;
	return (answer->status >= 200 && answer->status < 300) ||
	       fail_answer(answer->status, answer->body, e);
}

/* The one answer inside the answer to a batch. */
static bool take_part(struct arena *a, const struct response *outer, struct response *inner,
		      struct err *e)
{
	const struct str *type = header_find(outer->headers, outer->nheaders, S("Content-Type"));
	struct batch_part part;
	struct str boundary;
	bool more;

	if (!batch_boundary(type ? *type : S(""), &boundary, e))
		return false;
	struct batch_reader parts = batch_reader_make(outer->body, boundary);
	if (!batch_next(&parts, a, &part, &more, e))
		return false;
	if (!more)
		return err_set(e, ERR_BAD_REQUEST, "it is empty");
	return batch_read_response(a, part.body, inner, e);
}

static bool get_batched(struct reader *r, const struct request *request, struct err *e)
{
	static const struct header headers[] = {
		{ STR_INIT("Content-Type"), STR_INIT("multipart/mixed; boundary=" BOUNDARY) },
	};
	DEFER(arena_release) struct arena scratch = arena_make(0);
	DEFER(buf_release) struct buf body = buf_make(LIMIT_BODY);
	struct response outer, inner;

	batch_write_request(&body, S(BOUNDARY), S(""), request);
	batch_write_end(&body, S(BOUNDARY));
	struct request batch = { .method = METHOD_POST,
				 .target = S("$batch"),
				 .headers = headers,
				 .nheaders = COUNT_OF(headers),
				 .body = buf_str(&body) };
	if (!call(r, &batch, &outer, e))
		return false;
	if (!take_part(&scratch, &outer, &inner, e)) {
		e->kind = ERR_NETWORK;
		return err_wrap(e, "the answer to a batch");
	}
	if (inner.status < 200 || inner.status >= 300)
		return fail_answer(inner.status, inner.body, e);
	return sink_write(request->into, inner.body, e);
}

static bool get(struct reader *r, struct str target, struct str annotations, struct sink *into,
		struct err *e)
{
	DEFER(buf_release) struct buf prefer = buf_make(0);
	struct response answer;

	buf_add_fmt(&prefer, "odata.include-annotations=\"%.*s\"", STR_ARG(annotations));
	struct header headers[] = { { S("Accept"), S("application/json") },
				    { S("Prefer"), buf_str(&prefer) } };
	struct request request = { .method = METHOD_GET,
				   .target = target,
				   .headers = headers,
				   .nheaders = annotations.n > 0 ? 2 : 1,
				   .into = into };
	if (target.n > URL_BATCHED)
		return err_set(e, ERR_INPUT,
			       "the query is %zu bytes long as a URL, and a service takes %zu: "
			       "shorten the filter",
			       target.n, URL_BATCHED);
	if (target.n > URL_DIRECT)
		return get_batched(r, &request, e);
	return call(r, &request, &answer, e);
}

static bool guid_member(const struct json *o, struct str name, struct guid *out, struct err *e)
{
	return guid_parse(json_text(o, name), out) ||
	       err_set(e, ERR_NETWORK, "WhoAmI: the answer has no %.*s", STR_ARG(name));
}

bool read_identity(struct reader *r, struct guid *organization, struct guid *user, struct err *e)
{
	DEFER(arena_release) struct arena scratch = arena_make(0);
	DEFER(buf_release) struct buf body = buf_make(LIMIT_JSON_ENVELOPE);
	struct buf_sink sink = buf_sink_make(&body);
	struct guid org_id, user_id;
	struct json answer;

	if (!get(r, S("WhoAmI"), S(""), &sink.sink, e))
		return err_wrap(e, "asking %s who it is", r->service->label);
	if (!json_parse(&scratch, buf_str(&body), "WhoAmI", &answer, e)) {
		e->kind = ERR_NETWORK;
		return false;
	}
	if (!guid_member(&answer, S("OrganizationId"), &org_id, e) ||
	    !guid_member(&answer, S("UserId"), &user_id, e))
		return false;
	*organization = org_id;
	*user = user_id;
	return true;
}

static bool take_definition(void *context, const struct json *row, struct err *e)
{
	struct catalog *c = context;
	struct table *t = arena_new(c->arena, struct table);

	if (!definition_read(c->arena, row, t, e))
		return false;
	if (!catalog_find(c, t->name))
		catalog_put(c, t);
	return true;
}

static bool ask_definitions(struct reader *r, struct catalog *c, struct str url, struct err *e)
{
	DEFER(arena_release) struct arena page = arena_make(0);
	DEFER(json_rows_release) struct json_rows rows =
		json_rows_make(&page, "EntityDefinitions", take_definition, c);
	struct json envelope;

	return get(r, url, S(""), &rows.sink, e) && json_rows_finish(&rows, &page, &envelope, e);
}

/* As many as one URL takes; how many that were. */
static bool ask_some_definitions(struct reader *r, struct catalog *c, const struct str *tables,
				 size_t n, size_t *asked, struct err *e)
{
	DEFER(buf_release) struct buf url = buf_make(0);

	definition_url(&url, tables, n);
	while (url.n > URL_DEFINITIONS && n > 1) {
		n = n / 2;
		buf_clear(&url);
		definition_url(&url, tables, n);
	}
	*asked = n;
	return ask_definitions(r, c, buf_str(&url), e);
}

bool read_definitions(struct reader *r, struct catalog *c, const struct str *tables, size_t n,
		      struct err *e)
{
	DEFER(arena_release) struct arena scratch = arena_make(0);
	VEC(struct str) lacking = { 0 };
	struct map seen = map_make(&scratch);

	for (size_t i = 0; i < n; i++) {
		uint32_t index = (uint32_t)i;
		if (tables[i].n > 0 && !catalog_find(c, tables[i]) &&
		    map_put(&seen, tables[i], &index))
			*VEC_PUSH(&scratch, &lacking) = tables[i];
	}
	for (size_t at = 0, asked; at < lacking.n; at += asked)
		if (!ask_some_definitions(r, c, lacking.p + at, lacking.n - at, &asked, e))
			return err_wrap(e, "reading the tables of %s", r->service->label);
	return true;
}

static void counts_url(struct buf *out, const struct str *tables, size_t n)
{
	DEFER(buf_release) struct buf names = buf_make(LIMIT_URL);
	struct buf_sink sink = buf_sink_make(&names);
	DEFER(json_writer_release) struct json_writer w = json_writer_make(&sink.sink);
	struct err full;

	json_array(&w);
	for (size_t i = 0; i < n; i++)
		json_str(&w, tables[i]);
	json_array_end(&w);
	if (!json_writer_finish(&w, &full))
		buf_clear(&names); /* too many names: the service will not tell */
	buf_add(out, S("RetrieveTotalRecordCount(EntityNames=@p1)?@p1="));
	url_encode(out, buf_str(&names));
}

static void take_counts(const struct json *answer, const struct str *tables, size_t n,
			uint64_t *counts)
{
	const struct json *collection = json_get(answer, S("EntityRecordCountCollection"));
	const struct json *keys = json_get(collection, S("Keys"));
	const struct json *values = json_get(collection, S("Values"));

	if (!keys || !values || keys->kind != JSON_ARRAY || values->kind != JSON_ARRAY)
		return;
	for (size_t i = 0; i < keys->n && i < values->n; i++)
		for (size_t k = 0; k < n; k++)
			if (str_eq(keys->items[i].text, tables[k]) &&
			    !str_parse_u64(values->items[i].text, &counts[k]))
				counts[k] = UINT64_MAX;
}

bool read_counts(struct reader *r, const struct str *tables, size_t n, uint64_t *counts,
		 struct err *e)
{
	DEFER(arena_release) struct arena scratch = arena_make(0);
	DEFER(buf_release) struct buf url = buf_make(LIMIT_URL);
	struct response answer;
	struct json json;
	struct err unreadable;

	for (size_t i = 0; i < n; i++)
		counts[i] = UINT64_MAX;
	counts_url(&url, tables, n);
	if (url.full)
		return true;
	struct request request = { .method = METHOD_GET, .target = buf_str(&url) };
	r->run->reads++;
	if (!service_call(r->service, &request, &answer, e))
		return false;
	if (answer.status == 200 &&
	    json_parse(&scratch, answer.body, "the numbers of rows", &json, &unreadable))
		take_counts(&json, tables, n, counts);
	return true;
}

/* One query while it runs. */
struct asking {
	struct reader *reader;
	const struct table *table;
	const struct column *const *columns;
	size_t n;
	bool (*row)(void *context, const struct read_row *row, struct err *e);
	void *context;
	struct arena *page;
	struct fetch fetch;
	struct str annotations;
	struct buf *cookie; /* of the page that was read last; empty: it came without */
};

static bool take_row(void *context, const struct json *json, struct err *e)
{
	struct asking *ask = context;
	struct read_row row = { .values = arena_array(ask->page, struct value, ask->n) };

	return odata_row_read(ask->page, ask->table, ask->columns, ask->n, json, &row.id,
			      &row.version, row.values, e) &&
	       ask->row(ask->context, &row, e);
}

static struct fetch_node *copy_links(struct arena *a, const struct fetch_node *node)
{
	struct fetch_node *links = arena_array(a, struct fetch_node, node->nlinks);

	for (size_t i = 0; i < node->nlinks; i++) {
		links[i] = node->links[i];
		links[i].all_attributes = false;
		links[i].attributes = NULL;
		links[i].nattributes = 0;
		links[i].links = copy_links(a, &node->links[i]);
	}
	return links;
}

static bool asks_for(const struct asking *ask, struct str column)
{
	for (size_t i = 0; i < ask->n; i++)
		if (str_eq(ask->columns[i]->name, column))
			return true;
	return false;
}

/* Exactly the columns; the key is needed whether it is asked for or not. */
static void set_attributes(struct arena *a, const struct asking *ask, struct fetch_node *root)
{
	root->all_attributes = false;
	root->attributes = arena_array(a, struct fetch_attribute, ask->n + 1);
	root->nattributes = 0;
	for (size_t i = 0; i < ask->n; i++)
		root->attributes[root->nattributes++].name = ask->columns[i]->name;
	if (!asks_for(ask, ask->table->primary_id))
		root->attributes[root->nattributes++].name = ask->table->primary_id;
}

/* Pages neither overlap nor leave gaps only when the order is total. */
static void set_orders(struct arena *a, const struct asking *ask, struct fetch_node *root)
{
	struct fetch_order *orders = arena_array(a, struct fetch_order, root->norders + 1);

	for (size_t i = 0; i < root->norders; i++) {
		orders[i] = root->orders[i];
		if (orders[i].entity.n == 0 && orders[i].alias.n == 0 &&
		    str_eq(orders[i].attribute, ask->table->primary_id))
			return;
	}
	orders[root->norders].attribute = ask->table->primary_id;
	root->orders = orders;
	root->norders++;
}

static void prepare(struct arena *a, struct asking *ask, const struct fetch *query)
{
	bool lookups = false;

	ask->fetch = *query;
	ask->fetch.total_count = false;
	ask->fetch.page = 0;
	ask->fetch.count = query->top > 0 ? 0 : LIMIT_PAGE_ROWS;
	ask->fetch.entity.links = copy_links(a, &query->entity);
	set_attributes(a, ask, &ask->fetch.entity);
	set_orders(a, ask, &ask->fetch.entity);
	for (size_t i = 0; i < ask->n; i++)
		lookups = lookups || column_is_lookup(ask->columns[i]) ||
			  ask->columns[i]->type == COLUMN_FILE;
	ask->annotations = lookups ? S(PREFER_LOOKUPS) : S(PREFER_PAGING);
}

/* The page after the one whose envelope this is. */
static bool take_cookie(struct asking *ask, struct arena *a, const struct json *envelope,
			size_t rows, struct err *e)
{
	struct str annotation = json_text(envelope, S("@" ODATA_COOKIE));
	struct str inner = { 0 };

	if (annotation.n == 0 && rows == 0)
		return err_set(e, ERR_NETWORK,
			       "the server promises more rows, but page %u is empty",
			       ask->fetch.page);
	if (annotation.n > 0 && !fetch_cookie_from_annotation(a, annotation, &inner))
		return err_set(e, ERR_NETWORK, "page %u came with a paging cookie that is none",
			       ask->fetch.page);
	if (inner.n > 0 && str_eq(inner, buf_str(ask->cookie)))
		return err_set(e, ERR_NETWORK, "the server repeats a page: %u and %u are the same",
			       ask->fetch.page - 1, ask->fetch.page);
	buf_clear(ask->cookie);
	buf_add(ask->cookie, inner);
	return buf_check(ask->cookie, "the paging cookie", e);
}

static bool read_page(struct asking *ask, bool *more, struct err *e)
{
	DEFER(buf_release) struct buf xml = buf_make(0);
	DEFER(buf_release) struct buf url = buf_make(0);
	DEFER(json_rows_release) struct json_rows rows =
		json_rows_make(ask->page, "the answer", take_row, ask);
	struct arena_mark mark = arena_mark(ask->page);
	struct json envelope;

	ask->fetch.cookie = buf_str(ask->cookie);
	fetch_format(&xml, &ask->fetch);
	odata_fetch_url(&url, ask->table, buf_str(&xml));
	if (!get(ask->reader, buf_str(&url), ask->annotations, &rows.sink, e) ||
	    !json_rows_finish(&rows, ask->page, &envelope, e))
		return false;
	*more = ask->fetch.top == 0 && json_flag(&envelope, S("@" ODATA_MORE));
	if (*more && !take_cookie(ask, ask->page, &envelope, rows.rows, e))
		return false;
	arena_rewind(ask->page, mark);
	return true;
}

bool read_rows(struct reader *r, const struct table *t, const struct fetch *query,
	       const struct column *const *columns, size_t n,
	       bool (*row)(void *context, const struct read_row *row, struct err *e), void *context,
	       struct err *e)
{
	DEFER(arena_release) struct arena scratch = arena_make(0);
	DEFER(arena_release) struct arena page = arena_make(0);
	DEFER(buf_release) struct buf cookie = buf_make(LIMIT_FILTER);
	struct asking ask = { .reader = r,
			      .table = t,
			      .columns = columns,
			      .n = n,
			      .row = row,
			      .context = context,
			      .page = &page,
			      .cookie = &cookie };
	bool more = true;

	if (t->entity_set.n == 0)
		return err_set(e, ERR_INPUT, "reading %.*s: the Web API does not offer this table",
			       STR_ARG(t->name));
	prepare(&scratch, &ask, query);
	while (more) {
		if (ask.fetch.top == 0)
			ask.fetch.page++;
		if (!read_page(&ask, &more, e))
			return err_wrap(e, "reading %.*s from %s", STR_ARG(t->name),
					r->service->label);
	}
	return true;
}

bool read_rows_by_id(struct reader *r, const struct table *t, struct str column,
		     const struct guid *ids, size_t nids, const struct column *const *columns,
		     size_t n, bool (*row)(void *, const struct read_row *, struct err *),
		     void *context, struct err *e)
{
	DEFER(arena_release) struct arena scratch = arena_make(0);

	for (size_t at = 0; at < nids; at += IDS_PER_REQUEST) {
		size_t some = nids - at < IDS_PER_REQUEST ? nids - at : IDS_PER_REQUEST;
		struct str *values = arena_array(&scratch, struct str, some);
		for (size_t i = 0; i < some; i++)
			values[i] = guid_text(&scratch, ids[at + i]);
		struct fetch_condition condition = { .attribute = column,
						     .op = FETCH_IN,
						     .op_name = S("in"),
						     .values = values,
						     .nvalues = some };
		struct fetch_filter filter = { .conditions = &condition, .nconditions = 1 };
		struct fetch query = {
			.entity = { .table = t->name, .filters = &filter, .nfilters = 1 }
		};
		if (!read_rows(r, t, &query, columns, n, row, context, e))
			return false;
		arena_reset(&scratch);
	}
	return true;
}
