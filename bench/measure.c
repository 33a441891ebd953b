/* SPDX-License-Identifier: MIT */
/*
 * One thing done so many times in this process, without a socket; the milliseconds of each on a line:
 *     measure get FILE TARGET TIMES            a GET of a local organization
 *     measure post FILE TARGET BODY TIMES      a POST with the bytes of the file BODY
 *     measure insert FILE TABLE BODY TIMES     the rows of BODY's "Targets" by one prepared INSERT, in one transaction
 * Opening the file, and reading BODY, are not measured.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/buf.h"
#include "base/file.h"
#include "base/limits.h"
#include "io/db.h"
#include "io/json.h"
#include "org/app.h"

#include "base/banned.h"

static double now(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static void must(bool ok, const struct err *e)
{
	if (ok)
		return;
	(void)fprintf(stderr, "measure: %s\n", e->msg);
	exit(1);
}

static void request(const char *file, const struct request *r, unsigned long times)
{
	DEFER(arena_release) struct arena a = arena_make(0);
	DEFER(org_close) struct org *org = NULL;
	struct err e;

	must(org_open(&org, &a, file, r->method != METHOD_GET, &e), &e);
	for (unsigned long i = 0; i < times; i++) {
		struct response answer;
		double began = now();

		must(service_call(org_service(org), r, &answer, &e), &e);

		double took = now() - began;

		if (answer.status >= 300) {
			(void)fprintf(stderr, "measure: %d: %.*s\n", answer.status,
				      STR_ARG(answer.body));
			exit(1);
		}
		printf("%.3f\n", took);
	}
}

static bool is_column(const struct json_member *m)
{
	return str_find_char(m->name, '@') == STR_NONE;
}

/* The columns are those of the first row. */
static struct str statement(struct arena *a, const char *table, const struct json *row)
{
	DEFER(buf_release) struct buf sql = buf_make(0);
	DEFER(buf_release) struct buf values = buf_make(0);

	buf_add(&sql, S("INSERT INTO "));
	db_quote(&sql, str_from(table));
	for (size_t i = 0, n = 0; i < row->n; i++) {
		if (!is_column(&row->members[i]))
			continue;
		buf_add(&sql, n > 0 ? S(",") : S("("));
		buf_add(&values, n++ > 0 ? S(",?") : S("?"));
		db_quote(&sql, row->members[i].name);
	}
	buf_add(&sql, S(") VALUES ("));
	buf_add(&sql, buf_str(&values));
	buf_add(&sql, S(")"));
	return str_dup(a, buf_str(&sql));
}

static void put(struct stmt *st, const struct json *row)
{
	struct err e;
	int at = 0;

	for (size_t i = 0; i < row->n; i++) {
		const struct json *v = &row->members[i].value;
		int64_t whole;

		if (!is_column(&row->members[i]))
			continue;
		at++;
		if (v->kind == JSON_BOOL)
			stmt_bind_i64(st, at, v->yes);
		else if (v->kind == JSON_NUMBER && str_parse_i64(v->text, &whole))
			stmt_bind_i64(st, at, whole);
		else
			stmt_bind_str(st, at, v->text);
	}
	must(stmt_run(st, &e), &e);
}

static void insert(const char *file, const char *table, struct str body, unsigned long times)
{
	DEFER(arena_release) struct arena a = arena_make(0);
	DEFER(db_close) struct db *db = NULL;
	DEFER(stmt_close) struct stmt *st = NULL;
	struct json json;
	struct err e;

	must(json_parse(&a, body, "the body", &json, &e), &e);

	const struct json *rows = json_get(&json, S("Targets"));

	must(db_open(&db, &a, file, DB_WRITE, &e), &e);
	must(db_prepare(db, statement(&a, table, &rows->items[0]), &st, &e), &e);
	for (unsigned long i = 0; i < times; i++) {
		DEFER(buf_release) struct buf sql = buf_make(0);
		double began = now();

		must(db_begin(db, &e), &e);
		for (size_t k = 0; k < rows->n; k++)
			put(st, &rows->items[k]);
		must(db_commit(db, &e), &e);
		printf("%.3f\n", now() - began);
		buf_add(&sql, S("DELETE FROM "));
		db_quote(&sql, str_from(table));
		buf_add_char(&sql, 0);
		must(db_exec(db, sql.p, &e), &e);
	}
}

int main(int argc, char **argv)
{
	DEFER(arena_release) struct arena a = arena_make(0);
	uint64_t times = 1;
	struct str body = S("");
	struct err e;
	bool get = argc == 5 && strcmp(argv[1], "get") == 0;

	if (!get && argc != 6) {
		(void)fprintf(stderr,
			      "measure: get FILE TARGET TIMES, post FILE TARGET BODY TIMES or "
			      "insert FILE TABLE BODY TIMES\n");
		return 2;
	}
	if (!str_parse_u64(str_from(argv[argc - 1]), &times))
		return 2;
	if (!get)
		must(file_read(&a, argv[4], LIMIT_BODY, &body, &e), &e);
	if (strcmp(argv[1], "insert") == 0) {
		insert(argv[2], argv[3], body, times);
		return 0;
	}

	struct request r = { .method = get ? METHOD_GET : METHOD_POST,
			     .target = str_from(argv[3]),
			     .body = body };

	request(argv[2], &r, times);
	return 0;
}
