/* SPDX-License-Identifier: MIT */
/*
 * Preparing: each expanded property becomes a query for the rows at its other end with one parameter, the
 * row that they belong to.
 */
#include "org/expand.h"

#include <ctype.h>

#include "base/codec.h"
#include "base/limits.h"
#include "org/expand_parts.h"
#include "org/expand_rules.h"
#include "org/access_query.h"
#include "org/odata_bind.h"
#include "org/related.h"
#include "org/sqlgen.h"

#include "base/banned.h"

/* Stands for the row until there is one. */
static const char nobody[] = "(nobody)";
#define NOBODY str_of(nobody, sizeof(nobody) - 1)

/* Tables whose rows a set gives only when each is asked for alone (facts/webapi.md 6). */
static const struct str DEFERRED[] = { STR_INIT("calendarrule") };

static bool is_deferred(struct str table)
{
	for (size_t i = 0; i < COUNT_OF(DEFERRED); i++) {
		if (str_eq(DEFERRED[i], table))
			return true;
	}
	return false;
}

/* options */

static bool is_selected(const struct odata_options *o, struct str name)
{
	for (size_t i = 0; i < o->nselect; i++) {
		if (str_eq(o->select[i], name))
			return true;
	}
	return !o->has_select;
}

/* A copy of the options with one more name in $select, unless it is there or everything is. */
static void add_select(struct arena *a, struct odata_options *o, struct str name)
{
	if (is_selected(o, name))
		return;

	struct str *names = arena_array(a, struct str, o->nselect + 1);

	for (size_t i = 0; i < o->nselect; i++)
		names[i] = o->select[i];
	names[o->nselect] = name;
	o->select = names;
	o->nselect++;
}

bool expand_options(struct call *c, const struct table *t, struct odata_options *o, struct err *e)
{
	for (size_t i = 0; i < o->nexpand; i++) {
		struct navigation n;

		if (!o->expand[i].reference)
			continue;
		if (!navigation_find(c->store, c->arena, t, o->expand[i].navigation, &n, e))
			return false;
		if (n.kind == NAVIGATION_LOOKUP)
			add_select(c->arena, o, query_property(c->arena, n.column));
	}
	return true;
}

/* links */

/* Text that was decoded, as part of a URL's query: what has a meaning there keeps it. */
static void encode_option(struct buf *out, struct str text)
{
	static const struct str kept = STR_INIT("$=,()/@:'!*;");
	size_t from = 0;

	for (size_t i = 0; i <= text.n; i++) {
		if (i < text.n && str_find_char(kept, text.p[i]) == STR_NONE)
			continue;
		url_encode(out, str_sub(text, from, i - from));
		if (i < text.n)
			buf_add_char(out, text.p[i]);
		from = i + 1;
	}
}

/* /nav?$select=...&$filter=... */
static struct str link_path(struct arena *a, const struct odata_expand *x)
{
	DEFER(buf_release) struct buf b = buf_make(0);
	struct odata_splitter parts = { .rest = x->text };
	char between = '?';

	buf_add_char(&b, '/');
	buf_add(&b, x->navigation);
	for (struct str part; odata_split(&parts, ';', &part);) {
		if (part.n == 0)
			continue;
		buf_add_char(&b, between);
		encode_option(&b, part);
		between = '&';
	}
	return str_dup(a, buf_str(&b));
}

/* A GUID in braces, in lower case. */
static bool lower_guid(char *p, size_t n)
{
	struct guid id;

	if (n < GUID_TEXT_SIZE + 1 || p[GUID_TEXT_SIZE] != '}' ||
	    !guid_parse(str_of(p + 1, GUID_TEXT_SIZE - 1), &id))
		return false;
	for (size_t i = 1; i < GUID_TEXT_SIZE; i++)
		p[i] = (char)tolower((unsigned char)p[i]);
	return true;
}

struct str expand_cookie(struct arena *a, struct str cookie, uint32_t records)
{
	size_t end = str_find_char(cookie, '>');

	if (end == STR_NONE)
		return cookie;

	struct str out =
		str_fmt(a, "%.*s countOfRecords=\"%u\"%.*s", STR_ARG(str_sub(cookie, 0, end)),
			records, STR_ARG(str_skip(cookie, end)));
	char *p = arena_alloc(a, out.n);

	for (size_t i = 0; i < out.n; i++)
		p[i] = out.p[i];
	for (size_t i = 0; i < out.n; i++) {
		if (p[i] == '{')
			(void)lower_guid(p + i, out.n - i);
	}
	return str_of(p, out.n);
}

/* queries */

/* The result column of a field: one that a property has already, or one of its own. */
static bool find_column(struct arena *a, struct query *q, const struct column *c, int *at,
			int *type_at, struct err *e)
{
	struct query_field field = { &q->root, c };
	const struct query_extra *extra;

	for (size_t i = 0; i < q->columns.n; i++) {
		const struct query_column *known = &q->columns.p[i];

		if (known->field.node != &q->root || known->field.column != c || known->aggregate ||
		    known->group)
			continue;
		*at = known->at;
		*type_at = known->type_at;
		return true;
	}
	if (!query_add_extra(q, a, field, &extra, e))
		return false;
	*at = extra->at;
	*type_at = extra->type_at;
	return true;
}

static enum expand_form form_of(const struct expand *x, const struct expand_item *item)
{
	if (item->source->reference)
		return EXPAND_REFERENCE;
	if (item->nav.kind == NAVIGATION_LOOKUP)
		return str_eq(item->nav.target, S("owner")) ? EXPAND_PRINCIPAL : EXPAND_ONE;
	return x->of == EXPAND_SET && is_deferred(item->nav.target) ? EXPAND_DEFERRED : EXPAND_MANY;
}

/* The options, and what the platform adds to $select by itself. */
static bool complete_options(struct expand *x, const struct expand_item *item,
			     struct odata_options *o, struct err *e)
{
	struct call *c = x->call;

	*o = item->source->options;
	if (item->nav.kind == NAVIGATION_CHILDREN && x->of == EXPAND_SET && !x->nested)
		add_select(c->arena, o, query_property(c->arena, item->nav.column));
	return expand_options(c, item->table, o, e);
}

static bool bind_rows(struct expand *x, struct expand_item *item, struct err *e)
{
	struct call *c = x->call;
	struct odata_place place = { .page_size = x->nested && item->form == EXPAND_MANY
							  ? x->page_size
							  : 0 };
	struct odata_options o;
	struct query *q;

	if (!complete_options(x, item, &o, e) ||
	    !odata_bind(c->store, c->arena, item->table, &o, &place, &q, e))
		return false;
	q->pages = false;
	related_restrict(c->arena, q, x->table, &item->nav, NOBODY);
	item->query = q;
	return true;
}

/* Lookups and links of a set come without the row's version when columns are chosen. */
static bool has_etag(const struct expand *x, const struct expand_item *item)
{
	bool joined = x->of == EXPAND_SET && item->source->options.has_select;

	return !x->nested && !(item->form == EXPAND_ONE && joined);
}

static int find_parameter(const struct sql *sql)
{
	for (size_t i = 0; i < sql->params.n; i++) {
		if (sql->params.p[i].kind == PARAM_TEXT && sql->params.p[i].text.p == nobody)
			return (int)i + 1;
	}
	return 0;
}

static bool prepare_statement(struct expand *x, struct expand_item *item, struct err *e)
{
	struct call *c = x->call;
	DEFER(sql_release) struct sql sql = sql_make(c->arena);

	item->result = (struct result){ .store = c->store,
					.arena = c->arena,
					.query = item->query,
					.prefer = &c->prefer,
					.root = c->root,
					.hook = expand_hook(item->below),
					.no_etag = !has_etag(x, item) };
	if (!access_query(c->store, item->query, e))
		return false;
	sql_query(&sql, item->query);
	item->parameter = find_parameter(&sql);
	assert(item->parameter > 0);
	return cells_make(&item->result, &item->cells, e) &&
	       sql_prepare(&sql, c->store->db, &item->st, e);
}

static bool prepare(struct call *c, const struct table *t, struct query *q,
		    const struct odata_options *o, const struct expand *like, struct expand **out,
		    struct err *e);

/* Rows of its own: what is expanded in them comes before their SQL. */
static bool prepare_rows(struct expand *x, struct expand_item *item, struct err *e)
{
	struct call *c = x->call;
	int ignored;

	if (!store_table(c->store, item->nav.target, &item->table, e))
		return false;
	assert(item->table); /* expand_check */
	return bind_rows(x, item, e) &&
	       find_column(c->arena, item->query, table_primary(item->table), &item->key_at,
			   &ignored, e) &&
	       prepare(c, item->table, item->query, &item->source->options, x, &item->below, e) &&
	       prepare_statement(x, item, e);
}

/* A lookup that stands there because of /$ref alone is not among what was asked for. */
static void hide_lookup(struct query *q, const struct column *c, const struct odata_options *o)
{
	for (size_t i = 0; i < q->columns.n; i++) {
		struct query_column *known = &q->columns.p[i];

		if (known->field.node == &q->root && known->field.column == c)
			known->implied = !is_selected(o, known->property);
	}
}

static bool prepare_item(struct expand *x, struct query *q, const struct odata_options *o,
			 struct expand_item *item, struct err *e)
{
	struct call *c = x->call;

	if (!navigation_find(c->store, c->arena, x->table, item->source->navigation, &item->nav, e))
		return false;
	item->form = form_of(x, item);
	item->link_key =
		str_fmt(c->arena, "%.*s@odata.nextLink", STR_ARG(item->source->navigation));
	item->link_path = link_path(c->arena, item->source);
	if (item->nav.kind == NAVIGATION_LOOKUP &&
	    !find_column(c->arena, q, item->nav.column, &item->at, &item->type_at, e))
		return false;
	if (item->form == EXPAND_REFERENCE) {
		hide_lookup(q, item->nav.column, o);
		return store_table(c->store, item->nav.target, &item->table, e);
	}
	return (item->form != EXPAND_ONE && item->form != EXPAND_MANY) || prepare_rows(x, item, e);
}

static bool prepare(struct call *c, const struct table *t, struct query *q,
		    const struct odata_options *o, const struct expand *like, struct expand **out,
		    struct err *e)
{
	DEFER(expand_close) struct expand *x = NULL;
	int ignored;

	if (o->nexpand == 0)
		return true;
	x = arena_new(c->arena, struct expand);
	*x = *like;
	x->table = t;
	x->scratch = buf_make(0);
	x->n = o->nexpand;
	x->items = arena_array(c->arena, struct expand_item, x->n);
	if (!find_column(c->arena, q, table_primary(t), &x->key_at, &ignored, e))
		return false;
	for (size_t i = 0; i < x->n; i++) {
		x->items[i].source = &o->expand[i];
		if (!prepare_item(x, q, o, &x->items[i], e))
			return false;
	}
	*out = x;
	x = NULL;
	return true;
}

bool expand_prepare(struct call *c, struct query *q, const struct odata_options *o,
		    enum expand_of of, uint32_t page_size, struct expand **out, struct err *e)
{
	struct expand like = { .call = c, .of = of, .page_size = page_size };

	*out = NULL;
	return expand_check(c, q->root.table, o, of, &like.nested, e) &&
	       prepare(c, q->root.table, q, o, &like, out, e);
}

void expand_close(struct expand **x)
{
	struct expand *closed = *x;

	if (!closed)
		return;
	for (size_t i = 0; i < closed->n; i++) {
		struct expand_item *item = &closed->items[i];

		stmt_close(&item->st);
		if (item->cells.result)
			cells_close(&item->cells);
		expand_close(&item->below);
	}
	buf_release(&closed->scratch);
	*x = NULL;
}

bool expand_is_nested(const struct expand *x)
{
	return x && x->nested;
}
