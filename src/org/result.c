/* SPDX-License-Identifier: MIT */
/*
 * The envelope around rows, and when it is complete.
 */
#include "org/result.h"

#include <ctype.h>

#include "base/limits.h"
#include "io/json.h"
#include "dv/odata.h"
#include "org/code.h"
#include "org/cookie.h"
#include "org/sqlgen.h"

#include "base/banned.h"

#define TOTAL "Microsoft.Dynamics.CRM.totalrecordcount"
#define TOTAL_EXCEEDED "Microsoft.Dynamics.CRM.totalrecordcountlimitexceeded"

/* An answer that is being written. */
struct rows {
	const struct result *r;
	struct cells cells;
	struct json_writer w;
	struct stmt *st;
	struct cookie_column *cookie; /* one per order */
	uint32_t n;
};

static void rows_close(struct rows *rows)
{
	stmt_close(&rows->st);
	cells_close(&rows->cells);
	json_writer_release(&rows->w);
}

/* #queues(name,queueid), or #queues for all columns */
static void write_context(const struct rows *rows, struct json_writer *w, struct str suffix)
{
	const struct query *q = rows->r->query;
	DEFER(buf_release) struct buf b = buf_make(0);
	char between = '(';

	buf_add(&b, rows->r->root);
	buf_add(&b, S("$metadata#"));
	buf_add(&b, q->root.table->entity_set);
	for (size_t i = 0; i < q->columns.n && !q->all_columns; i++) {
		if (q->columns.p[i].field.node != &q->root)
			continue;
		buf_add_char(&b, between);
		buf_add(&b, q->columns.p[i].property);
		between = ',';
	}
	buf_add(&b, between == ',' ? S(")") : S(""));
	buf_add(&b, suffix);
	json_key(w, S("@odata.context"));
	json_str(w, buf_str(&b));
}

static bool rows_open(struct rows *rows, struct sql *sql, struct err *e)
{
	const struct result *r = rows->r;

	rows->cookie = arena_array(r->arena, struct cookie_column, r->query->orders.n);
	sql_query(sql, r->query);
	return cells_make(r, &rows->cells, e) && sql_prepare(sql, r->store->db, &rows->st, e);
}

/* Ids in cookies are in upper case and braces. */
static struct str cookie_text(const struct rows *rows, const struct query_order *order)
{
	struct arena *a = rows->r->arena;
	struct str text = stmt_str(rows->st, order->at);

	if (query_form(order->field.column) != FORM_ID)
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

		c->name = order->field.column->name;
		*(first ? &c->first_null : &c->last_null) = null;
		*(first ? &c->first : &c->last) = null ? S("") : cookie_text(rows, order);
	}
}

/* *more: a row stands behind the last one of the page. */
static bool write_rows(struct rows *rows, bool *more, struct err *e)
{
	const struct query *q = rows->r->query;
	bool row;

	for (;;) {
		if (!stmt_step(rows->st, &row, e))
			return false;
		if (!row || rows->n == q->limit || rows->w.failed)
			break;
		rows->n++;
		if (rows->n == 1)
			remember_place(rows, true);
		if (rows->n == q->limit)
			remember_place(rows, false);
		json_object(&rows->w);
		if (!cells_write(&rows->cells, &rows->w, rows->st, e))
			return false;
		json_object_end(&rows->w);
	}
	*more = row && !rows->w.failed;
	return true;
}

static void write_cookie(struct rows *rows)
{
	const struct query *q = rows->r->query;
	DEFER(buf_release) struct buf inner = buf_make(0);
	DEFER(buf_release) struct buf outer = buf_make(0);

	cookie_write(&inner, q->page, rows->cookie, q->orders.n);
	fetch_cookie_to_annotation(&outer, q->page + 1, buf_str(&inner));
	json_key(&rows->w, S("@" ODATA_COOKIE));
	json_str(&rows->w, buf_str(&outer));
}

/* On the last page the annotations are absent when asked for by name, and false under "*". */
static void write_more(struct rows *rows, bool more)
{
	const struct prefer *p = rows->r->prefer;

	if (more && rows->r->query->has_cookie && prefer_annotation(p, S(ODATA_COOKIE)))
		write_cookie(rows);
	if (!p->everything && !(more && prefer_annotation(p, S(ODATA_MORE))))
		return;
	json_key(&rows->w, S("@" ODATA_MORE));
	json_bool(&rows->w, more);
}

static bool count_rows(const struct result *r, int64_t *out, struct err *e)
{
	DEFER(sql_release) struct sql sql = sql_make(r->arena);
	DEFER(stmt_close) struct stmt *st = NULL;
	bool row;

	sql_count(&sql, r->query, LIMIT_PAGE_ROWS + 1);
	if (!sql_prepare(&sql, r->store->db, &st, e) || !stmt_step(st, &row, e))
		return false;
	*out = stmt_i64(st, 0);
	return true;
}

/* -1 unless the query asks for it (facts/webapi.md 1.2, 4.3). */
static bool write_total(struct rows *rows, struct err *e)
{
	int64_t total = -1;
	bool asked = rows->r->query->total_count;

	if (!prefer_annotation(rows->r->prefer, S(TOTAL)))
		return true;
	if (asked && !count_rows(rows->r, &total, e))
		return false;
	json_key(&rows->w, S("@" TOTAL));
	json_i64(&rows->w, total > LIMIT_PAGE_ROWS ? LIMIT_PAGE_ROWS : total);
	json_key(&rows->w, S("@" TOTAL_EXCEEDED));
	json_bool(&rows->w, total > LIMIT_PAGE_ROWS);
	return true;
}

bool result_rows(const struct result *r, struct sink *into, struct err *e)
{
	DEFER(sql_release) struct sql sql = sql_make(r->arena);
	DEFER(rows_close) struct rows rows = { .r = r, .w = json_writer_make(into) };
	bool more;

	if (!rows_open(&rows, &sql, e))
		return false;
	json_object(&rows.w);
	write_context(&rows, &rows.w, S(""));
	if (!write_total(&rows, e))
		return false;
	json_key(&rows.w, S("value"));
	json_array(&rows.w);
	if (!write_rows(&rows, &more, e))
		return false;
	json_array_end(&rows.w);
	if (r->query->pages)
		write_more(&rows, more);
	json_object_end(&rows.w);
	return json_writer_finish(&rows.w, e);
}

bool result_row(const struct result *r, struct sink *into, struct err *e)
{
	DEFER(sql_release) struct sql sql = sql_make(r->arena);
	DEFER(rows_close) struct rows rows = { .r = r, .w = json_writer_make(into) };
	const struct table *t = r->query->root.table;
	bool row;

	if (!rows_open(&rows, &sql, e) || !stmt_step(rows.st, &row, e))
		return false;
	if (!row) {
		struct str id = r->query->root.filter.tests[0].params[0].text;

		return err_set_code(e, ERR_NOT_FOUND, CODE_ROW_MISSING,
				    "no row of table '%.*s' has the id %.*s", STR_ARG(t->name),
				    STR_ARG(id));
	}
	json_object(&rows.w);
	write_context(&rows, &rows.w, S("/$entity"));
	if (!cells_write(&rows.cells, &rows.w, rows.st, e))
		return false;
	json_object_end(&rows.w);
	return json_writer_finish(&rows.w, e);
}
