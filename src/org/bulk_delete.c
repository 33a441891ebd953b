/* SPDX-License-Identifier: MIT */
/*
 * Each row is deleted in a savepoint of its own.
 */
#include "org/bulk_delete.h"

#include <inttypes.h>

#include "base/limits.h"
#include "io/json.h"
#include "org/access.h"
#include "org/access_query.h"
#include "org/bind.h"
#include "org/code.h"
#include "org/crud.h"
#include "org/ids.h"
#include "org/parameter.h"
#include "org/query_expression.h"
#include "org/row.h"
#include "org/rules.h"
#include "org/sqlgen.h"

#include "base/banned.h"

#define NAME_MAX 256

struct deletion {
	struct call *call;
	struct ids rows; /* of the query at hand */
	int64_t deleted, failed;
	struct err first; /* of what failed */
};

/* Every row that the query finds and the caller may see. */
static bool find_rows(struct deletion *d, const struct table *t, const struct fetch *f,
		      struct err *e)
{
	struct store *s = d->call->store;
	DEFER(sql_release) struct sql sql = sql_make(d->call->arena);
	DEFER(stmt_close) struct stmt *st = NULL;
	struct query *q;
	bool row;

	if (!bind_fetch(s, d->call->arena, t, f, &q, e))
		return false;
	q->limit = LIMIT_BULK_DELETE;
	if (!access_query(s, q, e))
		return false;
	sql_query(&sql, q);
	if (!sql_prepare(&sql, s->db, &st, e))
		return false;
	while (true) {
		struct guid id;

		if (!stmt_step(st, &row, e))
			return false;
		if (!row)
			return true;
		if (guid_parse(stmt_str(st, q->columns.p[0].at), &id))
			ids_add(&d->rows, id);
	}
}

/* Not an error: what cannot be deleted stays. */
static bool delete_row(struct deletion *d, const struct table *t, struct guid id, struct err *e)
{
	static const char savepoint[] = "bulk_delete";
	struct store *s = d->call->store;
	struct err why;
	bool there;

	if (!crud_exists(s, t, id, &there, e))
		return false;
	if (!there) /* it went with another one */
		return true;
	if (!db_savepoint(s->db, savepoint, e))
		return false;
	if (crud_delete(s, d->call->arena, t, id, CRUD_IF_EXISTS, 0, &why)) {
		d->deleted++;
		return db_release(s->db, savepoint, e);
	}
	db_rollback_to(s->db, savepoint);
	if (d->failed == 0)
		d->first = why;
	d->failed++;
	return true;
}

static bool run_query(struct deletion *d, const struct json *query, struct err *e)
{
	struct store *s = d->call->store;
	struct fetch_attribute key;
	const struct table *t;
	struct fetch f;

	if (query->kind != JSON_OBJECT)
		return err_set_code(e, ERR_BAD_REQUEST, CODE_PAYLOAD,
				    "QuerySet has an item that is no QueryExpression");
	if (!query_expression_read(d->call->arena, query, &f, e) ||
	    !store_table(s, f.entity.table, &t, e))
		return false;
	if (!t)
		return err_set_code(e, ERR_BAD_REQUEST, CODE_TABLE_UNKNOWN,
				    "there is no table '%.*s'",
				    STR_ARG(str_sub(f.entity.table, 0, 100)));
	key = (struct fetch_attribute){ .name = t->primary_id };
	f.entity.attributes = &key;
	f.entity.nattributes = 1;
	d->rows = (struct ids){ .arena = d->call->arena };
	if (!find_rows(d, t, &f, e))
		return false;
	for (size_t i = 0; i < d->rows.list.n; i++) {
		if (!delete_row(d, t, d->rows.list.p[i], e))
			return false;
	}
	return true;
}

/* the job */

static void set(const struct row *row, const char *column, struct str text)
{
	struct value *v = row_value(row, str_from(column));

	if (v && text.n > 0)
		*v = (struct value){ .kind = VALUE_TEXT, .text = text };
}

static struct str now_text(struct call *c)
{
	char text[DATETIME_TEXT_SIZE];

	return str_dup(c->arena, datetime_format_iso(store_now(c->store), text));
}

static bool add_job(struct deletion *d, struct str name, struct guid *job, struct err *e)
{
	struct call *c = d->call;
	const struct table *operations;

	if (!store_table(c->store, S("asyncoperation"), &operations, e))
		return false;
	*job = guid_random(&c->store->rng);
	if (!operations)
		return true;

	struct row row = row_make(c->arena, operations, *job);
	struct str what =
		str_fmt(c->arena, "%" PRId64 " deleted, %" PRId64 " failed%s%s", d->deleted,
			d->failed, d->failed > 0 ? ": " : "", d->failed > 0 ? d->first.msg : "");

	set(&row, "name", name.n > 0 ? name : S("Bulk Delete"));
	set(&row, "operationtype", S("13"));
	set(&row, "messagename", S("BulkDelete"));
	set(&row, "statecode", S("3"));
	set(&row, "statuscode", d->failed > 0 ? S("31") : S("30"));
	set(&row, "message", what);
	set(&row, "friendlymessage", what);
	set(&row, "startedon", now_text(c));
	set(&row, "completedon", now_text(c));
	return rules_fill_new(c->store, c->arena, &row, e) && row_insert(c->store, &row, e);
}

static bool read_name(const struct json *body, struct str *out, struct err *e)
{
	*out = json_text(body, S("JobName"));
	return out->n <= NAME_MAX ||
	       err_set_code(e, ERR_BAD_REQUEST, CODE_TEXT_LENGTH,
			    "the parameter 'JobName' is longer than %d", NAME_MAX);
}

bool bulk_delete_queries(struct call *c, struct err *e)
{
	struct deletion d = { .call = c };
	const struct json *queries;
	struct guid job;
	struct json body;
	struct str name;

	if (!access_privilege(c->store, S("prvBulkDelete"), e) || !message_body(c, &body, e) ||
	    !read_name(&body, &name, e))
		return false;
	queries = json_get(&body, S("QuerySet"));
	if (!queries || queries->kind != JSON_ARRAY || queries->n == 0)
		return err_set_code(e, ERR_BAD_REQUEST, CODE_PAYLOAD,
				    "the parameter 'QuerySet' is missing, or is no array of "
				    "queries");
	for (size_t i = 0; i < queries->n; i++) {
		if (!run_query(&d, &queries->items[i], e))
			return false;
	}
	if (!add_job(&d, name, &job, e))
		return false;
	call_json(c, 200);

	DEFER(json_writer_release) struct json_writer w = json_writer_make(call_sink(c));

	json_object(&w);
	json_key(&w, S("@odata.context"));
	json_str(&w, call_context(c, S("Microsoft.Dynamics.CRM.BulkDeleteResponse")));
	json_key(&w, S("JobId"));
	json_str(&w, guid_text(c->arena, job));
	json_object_end(&w);
	return json_writer_finish(&w, e);
}
