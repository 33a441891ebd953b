/* SPDX-License-Identifier: MIT */
/*
 * The envelope around rows, and when it is complete.
 */
#include "org/result.h"

#include <ctype.h>
#include <inttypes.h>

#include "base/decimal.h"
#include "base/limits.h"
#include "io/json.h"
#include "dv/odata.h"
#include "org/access_query.h"
#include "org/code.h"
#include "org/cookie.h"
#include "org/result_context.h"
#include "org/sql_function.h"
#include "org/sqlgen.h"
#include "org/store_alter.h"

#include "base/banned.h"

#define CRM "Microsoft.Dynamics.CRM."
#define TOTAL CRM "totalrecordcount"
#define TOTAL_EXCEEDED CRM "totalrecordcountlimitexceeded"
#define METADATA_VERSION CRM "globalmetadataversion"
#define LINKED_BY "OData.Community.Display.V1.CurrentEntityField"

/* An answer that is being written. */
struct rows {
	const struct result *r;
	struct cells cells;
	struct json_writer w;
	struct stmt *st;
	struct cookie_column *cookie; /* one per order */
	bool placed;                  /* the cookie is complete, and `more` known */
	bool more;                    /* a row stands behind the last one of the page */
	uint32_t n;
};

static void rows_close(struct rows *rows)
{
	*rows->r->store->parts = (struct date_parts){ 0 };
	stmt_close(&rows->st);
	cells_close(&rows->cells);
	json_writer_release(&rows->w);
}

/* Dates are grouped on the caller's clock and the organization's calendar. */
static bool set_date_parts(struct rows *rows, struct err *e)
{
	const struct query *q = rows->r->query;
	struct date_parts *parts = rows->r->store->parts;
	bool any = false;

	for (size_t i = 0; i < q->columns.n; i++)
		any = any || q->columns.p[i].part != FETCH_BY_VALUE;
	return !any || (caller_zone(&rows->cells.caller, &parts->zone, e) &&
			caller_fiscal(&rows->cells.caller, &parts->fiscal, e));
}

static bool rows_open(struct rows *rows, struct sql *sql, struct err *e)
{
	const struct result *r = rows->r;

	rows->cookie = arena_array(r->arena, struct cookie_column, r->query->orders.n);
	sql_query(sql, r->query);
	return cells_make(r, &rows->cells, e) && set_date_parts(rows, e) &&
	       sql_prepare(sql, r->store->db, &rows->st, e);
}

/* places */

/* Ids in cookies are in upper case and braces. */
static struct str cookie_text(const struct rows *rows, const struct query_order *order)
{
	struct arena *a = rows->r->arena;
	enum query_form form = query_form(order->field.column);
	char number[DOUBLE_TEXT_SIZE];

	if (form == FORM_REAL)
		return str_dup(a, double_format(stmt_double(rows->st, order->at), number));

	struct str text = stmt_str(rows->st, order->at);

	if (form != FORM_ID || order->by != ORDER_RAW)
		return str_dup(a, text);

	char *upper = arena_alloc(a, text.n + 2);

	upper[0] = '{';
	for (size_t i = 0; i < text.n; i++)
		upper[i + 1] = (char)toupper((unsigned char)text.p[i]);
	upper[text.n + 1] = '}';
	return str_of(upper, text.n + 2);
}

static void remember_place(struct rows *rows, bool first)
{
	const struct query *q = rows->r->query;

	for (size_t i = 0; i < q->orders.n && q->has_cookie; i++) {
		const struct query_order *order = &q->orders.p[i];
		struct cookie_column *c = &rows->cookie[i];
		bool null = stmt_is_null(rows->st, order->at);

		c->name = order->name;
		*(first ? &c->first_null : &c->last_null) = null;
		*(first ? &c->first : &c->last) = null ? S("") : cookie_text(rows, order);
	}
}

/* Steps to the next row of the page; *row is false behind its last one, and rows->more then known. */
static bool next_row(struct rows *rows, bool *row, struct err *e)
{
	if (!stmt_step(rows->st, row, e))
		return false;
	if (*row && rows->n == rows->r->query->limit) {
		rows->more = true;
		*row = false;
	}
	rows->n += *row ? 1 : 0;
	return true;
}

/* Goes through the page without writing it. */
static bool look_ahead(struct rows *rows, struct err *e)
{
	struct arena *a = rows->r->arena;
	struct arena_mark mark = arena_mark(a);
	bool row;

	for (;;) {
		if (!next_row(rows, &row, e))
			return false;
		if (!row)
			break;
		if (rows->n == 1) {
			remember_place(rows, true);
			mark = arena_mark(a);
		}
		arena_rewind(a, mark);
		remember_place(rows, false);
	}
	rows->placed = true;
	rows->n = 0;
	stmt_reset(rows->st);
	return true;
}

static bool write_rows(struct rows *rows, struct err *e)
{
	bool keep = rows->r->next.write && !rows->placed;
	bool row;

	for (;;) {
		if (!next_row(rows, &row, e))
			return false;
		if (!row || rows->w.failed)
			return true;
		if (keep && rows->n == 1)
			remember_place(rows, true);
		if (keep && rows->n == rows->r->query->limit)
			remember_place(rows, false);
		json_object(&rows->w);
		if (!cells_write(&rows->cells, &rows->w, rows->st, e))
			return false;
		json_object_end(&rows->w);
	}
}

/* The inner cookie; empty when there is none. */
static void add_cookie(const struct rows *rows, struct buf *out)
{
	const struct query *q = rows->r->query;

	if (!q->has_cookie || rows->cookie[0].name.n == 0) /* or a page without rows */
		return;
	cookie_write(out, q->page, rows->cookie, q->orders.n);
	if (out->n > LIMIT_COOKIE) /* it would not fit into a URL again: pages are then counted */
		buf_clear(out);
}

/* annotations of the envelope */

static bool is_wanted(const struct rows *rows, const char *annotation)
{
	return prefer_annotation(rows->r->prefer, str_from(annotation));
}

bool result_count(const struct result *r, uint32_t max, int64_t *out, struct err *e)
{
	DEFER(sql_release) struct sql sql = sql_make(r->arena);
	DEFER(stmt_close) struct stmt *st = NULL;
	bool row;

	if (!access_query(r->store, r->query, e))
		return false;
	sql_count(&sql, r->query, max);
	if (!sql_prepare(&sql, r->store->db, &st, e) || !stmt_step(st, &row, e))
		return false;
	*out = stmt_i64(st, 0);
	return true;
}

/* -1 unless the query asks for it (facts/webapi.md 1.2, 4.3). */
static bool write_total(struct rows *rows, struct err *e)
{
	const struct result *r = rows->r;
	int64_t total = -1;
	bool asked = r->count || (r->query->total_count && is_wanted(rows, TOTAL));

	if (asked && !result_count(r, LIMIT_PAGE_ROWS + 1, &total, e))
		return false;

	int64_t told = total > LIMIT_PAGE_ROWS ? LIMIT_PAGE_ROWS : total;

	if (r->count) {
		json_key(&rows->w, S("@odata.count"));
		json_i64(&rows->w, told);
	}
	if (is_wanted(rows, TOTAL)) {
		json_key(&rows->w, S("@" TOTAL));
		json_i64(&rows->w, told);
	}
	if (is_wanted(rows, TOTAL_EXCEEDED)) {
		json_key(&rows->w, S("@" TOTAL_EXCEEDED));
		json_bool(&rows->w, total > LIMIT_PAGE_ROWS);
	}
	return true;
}

static void write_cookie(struct rows *rows)
{
	const struct query *q = rows->r->query;
	DEFER(buf_release) struct buf inner = buf_make(0);
	DEFER(buf_release) struct buf outer = buf_make(0);

	add_cookie(rows, &inner);
	if (inner.n == 0)
		return;
	fetch_cookie_to_annotation(&outer, q->page + (rows->more ? 1 : 0), buf_str(&inner));
	json_key(&rows->w, S("@" ODATA_COOKIE));
	json_str(&rows->w, buf_str(&outer));
}

/*
 * On the last page the annotations are absent when asked for by name; under "*" they are there
 * (facts/webapi.md 4.6). Rows of OData's options have @odata.nextLink instead.
 */
static bool write_more(struct rows *rows, struct err *e)
{
	const struct query *q = rows->r->query;
	bool all = rows->r->prefer->everything;

	if (!q->pages || q->odata ||
	    !(is_wanted(rows, ODATA_MORE) || is_wanted(rows, ODATA_COOKIE)))
		return true;
	if (!look_ahead(rows, e))
		return false;
	if (!all && !rows->more)
		return true;
	if (is_wanted(rows, ODATA_MORE)) {
		json_key(&rows->w, S("@" ODATA_MORE));
		json_bool(&rows->w, rows->more);
	}
	if (is_wanted(rows, ODATA_COOKIE))
		write_cookie(rows);
	return true;
}

/* "@a.OData...": by which column the link's rows are there. */
static void write_links(struct rows *rows)
{
	const struct query *q = rows->r->query;

	for (size_t i = 1; i < q->nodes.n; i++) {
		const struct query_node *node = q->nodes.p[i];

		if (node->hidden || node->alias.n == 0 || q->odata)
			continue;
		json_key(&rows->w,
			 str_fmt(rows->r->arena, "@%.*s.%s", STR_ARG(node->alias), LINKED_BY));
		json_str(&rows->w, node->to->name);
	}
}

/* A number as text (facts/webapi.md 1.2). */
static bool write_metadata_version(struct rows *rows, struct err *e)
{
	const struct result *r = rows->r;
	int64_t stamp;

	if (!is_wanted(rows, METADATA_VERSION))
		return true;
	if (!alter_stamp(r->store, &stamp, e))
		return false;
	json_key(&rows->w, S("@" METADATA_VERSION));
	json_str(&rows->w, str_fmt(r->arena, "%" PRId64, stamp));
	return true;
}

static bool write_annotations(struct rows *rows, struct err *e)
{
	if (!write_total(rows, e) || !write_metadata_version(rows, e) || !write_more(rows, e))
		return false;
	if (is_wanted(rows, LINKED_BY))
		write_links(rows);
	return true;
}

static bool write_next(struct rows *rows, struct err *e)
{
	const struct result *r = rows->r;
	DEFER(buf_release) struct buf inner = buf_make(0);
	DEFER(buf_release) struct buf url = buf_make(0);

	if (!r->next.write || !r->query->pages || !rows->more)
		return true;
	add_cookie(rows, &inner);
	if (!r->next.write(r->next.context, &url, r->query->page + 1, buf_str(&inner), e))
		return false;
	json_key(&rows->w, S("@odata.nextLink"));
	json_str(&rows->w, buf_str(&url));
	return true;
}

static bool check_source(const struct result *r, struct err *e)
{
	DEFER(sql_release) struct sql sql = sql_make(r->arena);
	DEFER(stmt_close) struct stmt *st = NULL;
	uint32_t max = r->query->max_source;
	bool row;

	if (!r->query->aggregate)
		return true;
	sql_count_source(&sql, r->query, max + 1);
	if (!sql_prepare(&sql, r->store->db, &st, e) || !stmt_step(st, &row, e))
		return false;
	return stmt_i64(st, 0) <= max ||
	       err_set_code(e, ERR_BAD_REQUEST, CODE_AGGREGATE_ROWS,
			    "the aggregate would read more than %u rows; filter them first", max);
}

bool result_rows(const struct result *r, struct sink *into, struct err *e)
{
	DEFER(sql_release) struct sql sql = sql_make(r->arena);
	DEFER(rows_close) struct rows rows = { .r = r, .w = json_writer_make(into) };

	if (!access_query(r->store, r->query, e) || !check_source(r, e) ||
	    !rows_open(&rows, &sql, e))
		return false;
	json_object(&rows.w);
	result_context(r, &rows.w, r->delta.n > 0 ? S("/$delta") : S(""));
	if (r->delta.n > 0) {
		json_key(&rows.w, S("@odata.deltaLink"));
		json_str(&rows.w, r->delta);
	}
	if (!write_annotations(&rows, e))
		return false;
	json_key(&rows.w, S("value"));
	json_array(&rows.w);
	if (!write_rows(&rows, e) || (r->more.write && !r->more.write(r->more.context, &rows.w, e)))
		return false;
	json_array_end(&rows.w);
	if (!write_next(&rows, e))
		return false;
	json_object_end(&rows.w);
	return json_writer_finish(&rows.w, e);
}

bool result_row(const struct result *r, struct sink *into, struct err *e)
{
	DEFER(sql_release) struct sql sql = sql_make(r->arena);
	DEFER(rows_close) struct rows rows = { .r = r, .w = json_writer_make(into) };
	const struct table *t = r->query->root.table;
	bool row;

	if (!access_query(r->store, r->query, e) || !rows_open(&rows, &sql, e) ||
	    !stmt_step(rows.st, &row, e))
		return false;
	if (!row) {
		struct str id = r->query->root.filter.tests[0].params[0].text;

		return err_set_code(e, ERR_NOT_FOUND, CODE_ROW_MISSING,
				    "no row of table '%.*s' has the id %.*s", STR_ARG(t->name),
				    STR_ARG(id));
	}
	json_object(&rows.w);
	result_context(r, &rows.w, S("/$entity"));
	if (!cells_write(&rows.cells, &rows.w, rows.st, e))
		return false;
	json_object_end(&rows.w);
	return json_writer_finish(&rows.w, e);
}
