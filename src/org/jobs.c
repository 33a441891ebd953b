/* SPDX-License-Identifier: MIT */
/*
 * Jobs: the table of those that are open, and the rows by which clients see them.
 */
#include "org/jobs.h"

#include "base/vec.h"
#include "org/crud.h"
#include "org/row.h"

#include "base/banned.h"

#define OPERATION "asyncoperation"
#define SYSTEM_EVENT "1"

/* statecode, statuscode */
#define READY "0", "0"
#define SUCCEEDED "3", "30"
#define FAILED "3", "31"

struct job_due {
	int64_t number;
	struct str behaviour, table;
	struct guid id, operation;
};

static struct value text_value(const char *text)
{
	return (struct value){ .kind = VALUE_TEXT, .text = str_from(text) };
}

static void put(struct row *row, struct str column, struct value v)
{
	struct value *place = row_value(row, column);

	if (place)
		*place = v;
}

static struct value moment(struct store *s, struct arena *a)
{
	char text[DATETIME_TEXT_SIZE];

	return (struct value){ .kind = VALUE_TEXT,
			       .text = str_dup(a, datetime_format_iso(store_now(s), text)) };
}

/* The lookup takes only what the metadata says. */
static bool takes(const struct table *operations, struct str table)
{
	const struct column *c = table_column(operations, S("regardingobjectid"));

	for (size_t i = 0; c && i < c->ntargets; i++) {
		if (str_eq(c->targets[i], table))
			return true;
	}
	return false;
}

/* Not by crud.h: the row may be one that is being created. */
static bool regard(struct store *s, struct arena *a, const struct table *operations,
		   struct guid operation, const struct table *t, struct guid id, struct err *e)
{
	struct row row = row_make(a, operations, operation);

	if (!takes(operations, t->name))
		return true;
	put(&row, S("regardingobjectid"),
	    (struct value){ .kind = VALUE_REF, .text = guid_text(a, id), .table = t->name });
	return row_update(s, &row, e);
}

static bool add_operation(struct store *s, struct arena *a, struct str behaviour,
			  const struct table *t, struct guid id, struct guid *operation,
			  struct err *e)
{
	const struct table *operations;
	struct payload p;

	*operation = (struct guid){ 0 };
	if (!store_table(s, S(OPERATION), &operations, e))
		return false;
	if (!operations)
		return true;
	p = payload_make(a, operations);
	payload_put(&p, table_column(operations, S("name")),
		    &(struct value){ .kind = VALUE_TEXT, .text = behaviour });
	payload_put(&p, table_column(operations, S("operationtype")),
		    &(struct value){ .kind = VALUE_TEXT, .text = S(SYSTEM_EVENT) });
	return crud_create(s, a, operations, &p, operation, e) &&
	       regard(s, a, operations, *operation, t, id, e);
}

bool jobs_add(struct store *s, struct arena *a, struct str behaviour, const struct table *t,
	      struct guid id, struct err *e)
{
	char row[GUID_TEXT_SIZE], operation_text[GUID_TEXT_SIZE];
	struct datetime due = store_now(s);
	struct guid operation;
	struct stmt *st;

	due.ticks += JOB_SECONDS * DATETIME_SECOND;
	if (!add_operation(s, a, behaviour, t, id, &operation, e) ||
	    !store_statement(s,
			     S("insert into ferry_job(behaviour, table_name, id, operation, "
			       "requests, due) values(?1, ?2, ?3, ?4, ?5, ?6)"),
			     &st, e))
		return false;
	stmt_bind_str(st, 1, behaviour);
	stmt_bind_str(st, 2, t->name);
	stmt_bind_str(st, 3, guid_format(id, row));
	stmt_bind_str(st, 4, guid_format(operation, operation_text));
	stmt_bind_i64(st, 5, JOB_REQUESTS);
	stmt_bind_i64(st, 6, due.ticks);
	return stmt_run(st, e);
}

bool jobs_any(struct store *s, bool *any, struct err *e)
{
	struct stmt *st;

	if (!store_statement(s, S("select 1 from ferry_job limit 1"), &st, e) ||
	    !stmt_step(st, any, e))
		return false;
	stmt_reset(st);
	return true;
}

static bool count_down(struct store *s, struct err *e)
{
	struct stmt *st;

	return store_statement(s, S("update ferry_job set requests = requests - 1"), &st, e) &&
	       stmt_run(st, e);
}

static bool find_due(struct store *s, struct arena *a, struct job_due **out, size_t *n,
		     struct err *e)
{
	VEC(struct job_due) due = { 0 };
	struct stmt *st;
	bool row;

	if (!store_statement(s,
			     S("select number, behaviour, table_name, id, operation from ferry_job "
			       "where requests < 1 or due <= ?1 order by number"),
			     &st, e))
		return false;
	stmt_bind_i64(st, 1, s->fixed_clock ? INT64_MIN : store_now(s).ticks);
	for (;;) {
		struct job_due *j;

		if (!stmt_step(st, &row, e))
			return false;
		if (!row)
			break;
		j = VEC_PUSH(a, &due);
		j->number = stmt_i64(st, 0);
		j->behaviour = str_dup(a, stmt_str(st, 1));
		j->table = str_dup(a, stmt_str(st, 2));
		if (!guid_parse(stmt_str(st, 3), &j->id) ||
		    !guid_parse(stmt_str(st, 4), &j->operation))
			return err_set(e, ERR_INTERNAL, "%s: ferry_job holds an id that is none",
				       s->path);
	}
	*out = due.p;
	*n = due.n;
	return true;
}

/* How it ended, for who looks at it. */
static bool end_operation(struct store *s, struct arena *a, const struct job_due *j,
			  const struct err *failure, struct err *e)
{
	static const char *const ends[][2] = { { SUCCEEDED }, { FAILED } };
	const struct table *operations;
	bool there = false;

	if (!store_table(s, S(OPERATION), &operations, e) ||
	    (operations && !crud_exists(s, operations, j->operation, &there, e)))
		return false;
	if (!there)
		return true;

	struct row row = row_make(a, operations, j->operation);
	struct value now = moment(s, a);

	put(&row, S("statecode"), text_value(ends[failure != NULL][0]));
	put(&row, S("statuscode"), text_value(ends[failure != NULL][1]));
	put(&row, S("startedon"), now);
	put(&row, S("completedon"), now);
	if (failure) {
		struct value why = { .kind = VALUE_TEXT, .text = str_from(failure->msg) };

		put(&row, S("message"), why);
		put(&row, S("friendlymessage"), why);
	}
	return row_update(s, &row, e);
}

static bool forget(struct store *s, int64_t number, struct err *e)
{
	struct stmt *st;

	if (!store_statement(s, S("delete from ferry_job where number = ?1"), &st, e))
		return false;
	stmt_bind_i64(st, 1, number);
	return stmt_run(st, e);
}

typedef bool job_run(struct store *s, struct arena *a, struct str behaviour, const struct table *t,
		     struct guid id, struct err *e);

static bool run_one(struct store *s, struct arena *a, const struct job_due *j, job_run *run,
		    struct err *e)
{
	static const char savepoint[] = "job";
	const struct table *t;
	struct err failure;
	bool there = false;

	if (!store_table(s, j->table, &t, e) || (t && !crud_exists(s, t, j->id, &there, e)))
		return false;
	/* the row was deleted meanwhile: there is nothing left to do */
	if (!there)
		return end_operation(s, a, j, NULL, e) && forget(s, j->number, e);
	if (!db_savepoint(s->db, savepoint, e))
		return false;

	bool ok = run(s, a, j->behaviour, t, j->id, &failure);

	if (ok && !db_release(s->db, savepoint, e))
		return false;
	if (!ok)
		db_rollback_to(s->db, savepoint);
	return end_operation(s, a, j, ok ? NULL : &failure, e) && forget(s, j->number, e);
}

bool jobs_turn(struct store *s, job_run *run, struct err *e)
{
	DEFER(arena_release) struct arena scratch = arena_make(0);
	struct job_due *due = NULL;
	size_t n = 0;

	if (!count_down(s, e) || !find_due(s, &scratch, &due, &n, e))
		return false;
	for (size_t i = 0; i < n; i++) {
		if (!run_one(s, &scratch, &due[i], run, e))
			return false;
	}
	return true;
}
