/* SPDX-License-Identifier: MIT */
/*
 * Messages that end rows.
 */
#include "org/closing.h"

#include "base/limits.h"
#include "io/json.h"
#include "org/code.h"
#include "org/crud.h"
#include "org/parameter.h"
#include "org/row.h"

#include "base/banned.h"

struct ending {
	struct str parameter; /* the activity that tells of it */
	struct str activity;  /* and its table */
	struct str lookup;    /* by which that points to what ends */
	struct str table;
	const char *state;
};

static const struct ending WON = { STR_INIT("OpportunityClose"), STR_INIT("opportunityclose"),
				   STR_INIT("opportunityid"), STR_INIT("opportunity"), "1" };
static const struct ending LOST = { STR_INIT("OpportunityClose"), STR_INIT("opportunityclose"),
				    STR_INIT("opportunityid"), STR_INIT("opportunity"), "2" };
static const struct ending RESOLVED = { STR_INIT("IncidentResolution"),
					STR_INIT("incidentresolution"), STR_INIT("incidentid"),
					STR_INIT("incident"), "1" };

/* The row that ends; the activity is bound to it. */
static bool ended_row(const struct ending *x, const struct payload *p, struct guid *out,
		      const struct table *activities, struct err *e)
{
	const struct column *lookup = table_column(activities, x->lookup);
	const struct value *v = lookup ? payload_value(p, lookup) : NULL;

	if (v && v->kind == VALUE_REF && guid_parse(v->text, out))
		return true;
	return err_set_code(e, ERR_BAD_REQUEST, CODE_INVALID_ARGUMENT,
			    "the parameter '%.*s' does not tell by '%.*s' which row ends",
			    STR_ARG(x->parameter), STR_ARG(x->lookup));
}

static bool put_today(struct call *c, struct payload *p, const struct table *t, struct str column,
		      struct err *e)
{
	const struct column *at = table_column(t, column);
	char text[DATETIME_TEXT_SIZE];
	struct value v = { .kind = VALUE_TEXT };

	if (!at)
		return true;
	v.text = str_dup(c->arena, datetime_format_date(store_now(c->store), text));
	if (!value_adapt(c->arena, at, &v, e))
		return false;
	payload_put(p, at, &v);
	return true;
}

static bool end_row(struct call *c, const struct ending *x, struct guid id, int64_t status,
		    struct err *e)
{
	const struct table *t;
	bool created;

	if (!message_table(c, x->table, &t, e))
		return false;

	struct payload p = payload_make(c->arena, t);

	payload_put_text(&p, t, S("statecode"), str_from(x->state));
	if (status != -1)
		payload_put_text(&p, t, S("statuscode"), str_from_i64(c->arena, status));
	return put_today(c, &p, t, S("actualclosedate"), e) &&
	       crud_update(c->store, c->arena, t, id, CRUD_IF_EXISTS, 0, &p, &created, e);
}

static bool close_row(struct call *c, const struct ending *x, struct err *e)
{
	const struct table *activities;
	const struct json *told;
	struct payload p;
	struct json body;
	struct guid activity, id;

	if (!message_table(c, x->activity, &activities, e) || !message_body(c, &body, e))
		return false;
	told = json_get(&body, x->parameter);
	if (!told || told->kind != JSON_OBJECT)
		return err_set_code(e, ERR_BAD_REQUEST, CODE_PAYLOAD,
				    "the parameter '%.*s' is missing, or is no row",
				    STR_ARG(x->parameter));
	if (!payload_from_json(c->store, c->arena, activities, told, &p, e) ||
	    !ended_row(x, &p, &id, activities, e))
		return false;
	c->answer->status = 204;
	return end_row(c, x, id, json_int(&body, S("Status"), -1), e) &&
	       crud_create(c->store, c->arena, activities, &p, &activity, e);
}

bool action_win_opportunity(struct call *c, struct err *e)
{
	return close_row(c, &WON, e);
}

bool action_lose_opportunity(struct call *c, struct err *e)
{
	return close_row(c, &LOST, e);
}

bool action_close_incident(struct call *c, struct err *e)
{
	return close_row(c, &RESOLVED, e);
}

static bool add_minutes(struct call *c, const struct table *t, struct guid id, int64_t *total,
			struct err *e)
{
	DEFER(buf_release) struct buf sql = buf_make(LIMIT_SQL_TEXT);
	struct stmt *st;
	bool row;

	buf_add(&sql, S("select coalesce(sum(actualdurationminutes), 0) from "));
	db_quote(&sql, t->name);
	buf_add(&sql, S(" where regardingobjectid = ?1 and statecode = 1"));
	if (!store_statement(c->store, buf_str(&sql), &st, e))
		return false;
	stmt_bind_str(st, 1, guid_text(c->arena, id));
	if (!stmt_step(st, &row, e))
		return false;
	*total += stmt_i64(st, 0);
	stmt_reset(st);
	return true;
}

static bool has_minutes(const struct table *t)
{
	return t->is_activity && table_column(t, S("actualdurationminutes")) &&
	       table_column(t, S("regardingobjectid")) && table_column(t, S("statecode"));
}

bool function_total_time(struct call *c, struct err *e)
{
	const struct table *t;
	struct str *names;
	struct guid id;
	int64_t total = 0;
	bool there;
	size_t n;

	if (!call_row(c, &t, &id, e) || !crud_exists(c->store, t, id, &there, e) ||
	    !store_table_names(c->store, c->arena, &names, &n, e))
		return false;
	if (!str_eq(t->name, S("incident")))
		return message_fail_unknown(c, e);
	if (!there)
		return row_fail_missing(t, id, e);
	for (size_t i = 0; i < n; i++) {
		if (!store_table(c->store, names[i], &t, e) ||
		    (has_minutes(t) && !add_minutes(c, t, id, &total, e)))
			return false;
	}
	call_json(c, 200);

	DEFER(json_writer_release) struct json_writer w = json_writer_make(call_sink(c));

	json_object(&w);
	json_key(&w, S("@odata.context"));
	json_str(&w,
		 call_context(c, S("Microsoft.Dynamics.CRM.CalculateTotalTimeIncidentResponse")));
	json_key(&w, S("TotalTime"));
	json_i64(&w, total);
	json_object_end(&w);
	return json_writer_finish(&w, e);
}
