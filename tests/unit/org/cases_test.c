/* SPDX-License-Identifier: MIT */
/*
 * The cases of tests/cases/fetchxml and tests/cases/odata (README.md there tells their form), one test per
 * file. Each file gets an
 * organization of its own; its rows are written into it as any program may write them, past all rules.
 */
#include "served.h"

#include <ctype.h>
#include <dirent.h>
#include <strings.h>

#include "base/vec.h"
#include "io/db.h"

/* One file and the organization that it is run in. */
struct run {
	struct served s;
	const char *name;
	struct json file;
	struct str caller, unit, organization; /* their ids */
	size_t failures;
};

static struct str one_text(struct run *r, struct db *db, const char *sql)
{
	DEFER(stmt_close) struct stmt *st = NULL;
	bool row;

	served_must(&r->s, db_prepare(db, str_from(sql), &st, &r->s.e));
	served_must(&r->s, stmt_step(st, &row, &r->s.e));
	assert_true(row);
	return str_dup(&r->s.arena, stmt_str(st, 0));
}

static struct str id_of(struct run *r, struct str name)
{
	uint64_t number;

	if (str_eq(name, S("caller")))
		return r->caller;
	if (str_eq(name, S("unit")))
		return r->unit;
	if (str_eq(name, S("organization")))
		return r->organization;
	if (!str_parse_u64(name, &number))
		fail_msg("%s: \"%.*s\" is no id", r->name, STR_ARG(name));
	return str_fmt(&r->s.arena, "00000000-0000-4000-8000-%012llu", (unsigned long long)number);
}

static bool has_column(struct run *r, struct db *db, struct str table, struct str column)
{
	DEFER(stmt_close) struct stmt *st = NULL;
	bool row;

	served_must(&r->s, db_prepare(db, S("select 1 from pragma_table_info(?1) where name = ?2"),
				      &st, &r->s.e));
	stmt_bind_str(st, 1, table);
	stmt_bind_str(st, 2, column);
	served_must(&r->s, stmt_step(st, &row, &r->s.e));
	return row;
}

/* update table set column = value where key = id */
static void set_value(struct run *r, struct db *db, const struct str *where, struct str column,
		      const struct json *v)
{
	DEFER(buf_release) struct buf sql = buf_make(0);
	DEFER(stmt_close) struct stmt *st = NULL;

	buf_add(&sql, S("update "));
	db_quote(&sql, where[0]);
	buf_add(&sql, S(" set "));
	db_quote(&sql, column);
	buf_add(&sql, S(" = ?1 where "));
	db_quote(&sql, where[1]);
	buf_add(&sql, S(" = ?2"));
	served_must(&r->s, db_prepare(db, buf_str(&sql), &st, &r->s.e));
	if (v->kind == JSON_NULL)
		stmt_bind_null(st, 1);
	else if (v->kind == JSON_BOOL)
		stmt_bind_i64(st, 1, v->yes);
	else if (v->kind == JSON_OBJECT)
		stmt_bind_str(st, 1, id_of(r, v->members[0].value.text));
	else
		stmt_bind_str(st, 1, v->text);
	stmt_bind_str(st, 2, where[2]);
	served_must(&r->s, stmt_run(st, &r->s.e));
}

static void put_row(struct run *r, struct db *db, struct str table, struct str key,
		    const struct json_member *row)
{
	DEFER(buf_release) struct buf sql = buf_make(0);
	DEFER(stmt_close) struct stmt *st = NULL;
	const struct str where[] = { table, key, id_of(r, row->name) };

	buf_add(&sql, S("insert or ignore into "));
	db_quote(&sql, table);
	buf_add(&sql, S("("));
	db_quote(&sql, key);
	buf_add(&sql, S(", versionnumber) values(?1, 1)"));
	served_must(&r->s, db_prepare(db, buf_str(&sql), &st, &r->s.e));
	stmt_bind_str(st, 1, where[2]);
	served_must(&r->s, stmt_run(st, &r->s.e));
	for (size_t i = 0; i < row->value.n; i++) {
		const struct json_member *m = &row->value.members[i];
		struct str type = str_fmt(&r->s.arena, "%.*stype", STR_ARG(m->name));
		struct json target = { .kind = JSON_STRING };

		set_value(r, db, where, m->name, &m->value);
		if (m->value.kind != JSON_OBJECT || !has_column(r, db, table, type))
			continue;
		target.text = m->value.members[0].name;
		set_value(r, db, where, type, &target);
	}
}

static void put_rows(struct run *r)
{
	DEFER(db_close) struct db *db = NULL;
	const struct json *rows = json_get(&r->file, S("rows"));
	const struct json *now = json_get(&r->file, S("now"));
	const struct str clock[] = { S("ferry_header"), S("name"), S("clock") };

	served_must(&r->s, db_open(&db, &r->s.arena, r->s.path, DB_WRITE, &r->s.e));
	r->caller = one_text(r, db, "select value from ferry_header where name = 'admin'");
	r->unit = one_text(r, db, "select value from ferry_header where name = 'root_unit'");
	r->organization =
		one_text(r, db, "select value from ferry_header where name = 'organization'");
	if (now)
		set_value(r, db, clock, S("value"), now);
	for (size_t i = 0; i < rows->n; i++) {
		struct str table = rows->members[i].name;
		const struct json *facts = json_get(json_get(&r->file, S("tables")), table);
		struct str key = json_text(facts, S("key"));

		assert_true(key.n > 0);
		for (size_t k = 0; k < rows->members[i].value.n; k++)
			put_row(r, db, table, key, &rows->members[i].value.members[k]);
	}
}

/* ${1}, ${caller} ... */
static struct str fill_ids(struct run *r, struct str text)
{
	DEFER(buf_release) struct buf b = buf_make(0);

	for (;;) {
		size_t at = str_find(text, S("${"));

		if (at == STR_NONE)
			break;

		size_t end = str_find_char(str_skip(text, at), '}');

		assert_true(end != STR_NONE);
		buf_add(&b, str_sub(text, 0, at));
		buf_add(&b, id_of(r, str_sub(text, at + 2, end - 2)));
		text = str_skip(text, at + end + 1);
	}
	buf_add(&b, text);
	return str_dup(&r->s.arena, buf_str(&b));
}

static struct str query_of(struct run *r, const struct json *c, struct str key)
{
	struct str table = json_text(c, S("table"));
	struct str text = json_text(c, S("fetch"));

	if (text.n == 0)
		text = str_fmt(&r->s.arena,
			       "<fetch><entity name='%.*s'><attribute name='%.*s'/><filter>%.*s"
			       "</filter></entity></fetch>",
			       STR_ARG(table), STR_ARG(key), STR_ARG(json_text(c, S("filter"))));
	return fill_ids(r, text);
}

static void complain(struct run *r, const struct json *c, const char *what, struct str got)
{
	r->failures++;
	print_error("%s: %.*s: %s%.*s\n", r->name, STR_ARG(json_text(c, S("name"))), what,
		    STR_ARG(got));
}

static int by_text(const void *a, const void *b)
{
	return str_cmp(*(const struct str *)a, *(const struct str *)b);
}

static struct str join_ids(struct run *r, struct str *ids, size_t n, bool ordered)
{
	DEFER(buf_release) struct buf b = buf_make(0);

	if (!ordered && n > 0)
		qsort(ids, n, sizeof(*ids), by_text);
	for (size_t i = 0; i < n; i++) {
		/* the last digits tell enough */
		buf_add(&b, str_starts(ids[i], S("00000000-0000-4000-8000-")) ? str_skip(ids[i], 32)
									      : ids[i]);
		buf_add_char(&b, ' ');
	}
	return str_dup(&r->s.arena, buf_str(&b));
}

static void check_ids(struct run *r, const struct json *c, const struct json *wanted,
		      const struct json *rows, struct str key)
{
	bool ordered = json_flag(c, S("ordered"));
	VEC(struct str) got = { 0 };
	VEC(struct str) want = { 0 };

	for (size_t i = 0; i < wanted->n; i++)
		*VEC_PUSH(&r->s.arena, &want) = id_of(r, wanted->items[i].text);
	for (size_t i = 0; i < rows->n; i++)
		*VEC_PUSH(&r->s.arena, &got) = json_text(&rows->items[i], key);

	struct str is = join_ids(r, got.p, got.n, ordered);
	struct str should = join_ids(r, want.p, want.n, ordered);

	if (!str_eq(is, should))
		complain(r, c, "finds ",
			 str_fmt(&r->s.arena, "%.*sinstead of %.*s", STR_ARG(is), STR_ARG(should)));
}

static bool same_value(struct run *r, const struct json *want, const struct json *got)
{
	if (want->kind == JSON_NULL || !got || got->kind == JSON_NULL)
		return want->kind == JSON_NULL && (!got || got->kind == JSON_NULL);
	if (want->kind == JSON_BOOL || got->kind == JSON_BOOL)
		return want->kind == got->kind && want->yes == got->yes;
	return str_eq(fill_ids(r, want->text), got->text);
}

static void check_rows(struct run *r, const struct json *c, const struct json *wanted,
		       const struct json *rows)
{
	if (wanted->n != rows->n)
		complain(r, c, "another number of rows: ", r->s.answer.body);
	for (size_t i = 0; i < wanted->n && i < rows->n; i++) {
		const struct json *w = &wanted->items[i];

		for (size_t k = 0; k < w->n; k++) {
			const struct json_member *m = &w->members[k];

			if (!same_value(r, &m->value, json_get(&rows->items[i], m->name)))
				complain(r, c, "another value: ", r->s.answer.body);
		}
	}
}

static void check_error(struct run *r, const struct json *c, int status, struct str code)
{
	const struct json *error = json_get(answer_json(&r->s), S("error"));
	struct str got = json_text(error, S("code"));

	/* hexadecimal digits are letters in either case */
	bool same = code.n == got.n && strncasecmp(code.p, got.p, code.n) == 0;

	if (status != 400 || (code.n > 0 && !same))
		complain(r, c, "refused otherwise: ", r->s.answer.body);
}

/* OData: the URL as it is written in the file is made one that can be sent. */

static bool is_plain(char c)
{
	return isalnum((unsigned char)c) || (c && strchr("%&=?/$()',:;@*-._~[]!", c));
}

static struct str target_of(struct run *r, const struct json *c, struct str set, struct str key)
{
	DEFER(buf_release) struct buf b = buf_make(0);
	struct str text = json_text(c, S("odata"));

	if (text.n == 0)
		text = str_fmt(&r->s.arena, "%.*s?$select=%.*s&$filter=%.*s", STR_ARG(set),
			       STR_ARG(key), STR_ARG(json_text(c, S("where"))));
	text = fill_ids(r, text);
	for (size_t i = 0; i < text.n; i++) {
		if (is_plain(text.p[i]))
			buf_add_char(&b, text.p[i]);
		else
			url_encode(&b, str_sub(text, i, 1));
	}
	return str_dup(&r->s.arena, buf_str(&b));
}

/* One page; *target becomes the next one's, or empty. */
static int ask_page(struct run *r, const struct json *c, struct str *target)
{
	int64_t size = json_int(c, S("page"), 0);
	int status;

	if (size > 0)
		with_header(&r->s, "Prefer",
			    str_cstr(&r->s.arena,
				     str_fmt(&r->s.arena, "odata.maxpagesize=%d", (int)size)));
	status = ask_str(&r->s, METHOD_GET, *target, NULL);
	*target = S("");
	if (status == 200 && !json_get(c, S("text"))) {
		struct str link = json_text(answer_json(&r->s), S("@odata.nextLink"));
		size_t at = str_find(link, S("/v9.2/"));

		*target = at == STR_NONE ? S("") : str_skip(link, at + strlen("/v9.2/"));
	}
	return status;
}

static void check_count(struct run *r, const struct json *c)
{
	int64_t wanted = json_int(c, S("count"), -1);

	if (json_int(answer_json(&r->s), S("@odata.count"), -1) != wanted)
		complain(r, c, "another count: ", r->s.answer.body);
}

/* Each row that is wanted is there, wherever. */
static void check_rows_anywhere(struct run *r, const struct json *c, const struct json *wanted,
				const struct json *rows)
{
	if (wanted->n != rows->n)
		complain(r, c, "another number of rows: ", r->s.answer.body);
	for (size_t i = 0; i < wanted->n; i++) {
		bool found = false;

		for (size_t k = 0; k < rows->n && !found; k++) {
			found = true;
			for (size_t m = 0; m < wanted->items[i].n && found; m++) {
				const struct json_member *w = &wanted->items[i].members[m];

				found = same_value(r, &w->value,
						   json_get(&rows->items[k], w->name));
			}
		}
		if (!found)
			complain(r, c, "a row is not there: ", r->s.answer.body);
	}
}

static void run_odata(struct run *r, const struct json *c, struct str set, struct str key)
{
	struct str target = target_of(r, c, set, key);
	const struct json *error = json_get(c, S("error"));
	const struct json *ids = json_get(c, S("ids"));
	VEC(struct json) rows = { 0 };
	int64_t pages = 0;

	do {
		int status = ask_page(r, c, &target);

		if (error) {
			check_error(r, c, status, error->text);
			return;
		}
		if (status != 200) {
			complain(r, c, "is refused: ", r->s.answer.body);
			return;
		}
		if (json_get(c, S("text"))) {
			if (!str_eq(json_text(c, S("text")), r->s.answer.body))
				complain(r, c, "is ", r->s.answer.body);
			return;
		}

		const struct json *value = json_get(answer_json(&r->s), S("value"));

		check_count(r, c);
		for (size_t i = 0; i < value->n; i++)
			*VEC_PUSH(&r->s.arena, &rows) = value->items[i];
		pages++;
	} while (target.n > 0 && pages < 100);

	struct json all = { .kind = JSON_ARRAY, .items = rows.p, .n = rows.n };

	if (pages != json_int(c, S("pages"), 1))
		complain(r, c, "another number of pages: ", r->s.answer.body);
	if (ids)
		check_ids(r, c, ids, &all, key);
	else
		check_rows_anywhere(r, c, json_get(c, S("rows")), &all);
}

static void run_case(struct run *r, const struct json *c)
{
	struct str table = json_text(c, S("table"));
	const struct json *facts = json_get(json_get(&r->file, S("tables")), table);
	struct str key = json_text(facts, S("key"));
	struct str set = json_text(facts, S("set"));
	const struct json *error = json_get(c, S("error"));
	const struct json *ids = json_get(c, S("ids"));

	assert_true(set.n > 0 && key.n > 0);
	if (json_get(c, S("odata")) || json_get(c, S("where"))) {
		run_odata(r, c, set, key);
		return;
	}

	int status = fetch(&r->s, str_cstr(&r->s.arena, set),
			   str_cstr(&r->s.arena, query_of(r, c, key)));

	if (error) {
		check_error(r, c, status, error->text);
		return;
	}
	if (status != 200) {
		complain(r, c, "is refused: ", r->s.answer.body);
		return;
	}

	const struct json *rows = json_get(answer_json(&r->s), S("value"));

	if (ids)
		check_ids(r, c, ids, rows, key);
	else
		check_rows(r, c, json_get(c, S("rows")), rows);
}

static void every_case_is_answered_as_it_says(void **state)
{
	const char *path = *(const char **)*state;
	void *served = NULL;
	struct str text;

	assert_int_equal(served_setup(&served), 0);

	/* served_setup's own struct is only a part of ours */
	struct run r = { .s = *(struct served *)served, .name = strrchr(path, '/') + 1 };
	const struct json *cases;

	org_close(&r.s.org);
	served_must(&r.s, file_read(&r.s.arena, path, 1 << 20, &text, &r.s.e));
	served_must(&r.s, json_parse(&r.s.arena, text, path, &r.file, &r.s.e));
	put_rows(&r);
	served_open(&r.s, false);
	cases = json_get(&r.file, S("cases"));
	assert_true(cases->n > 0);
	for (size_t i = 0; i < cases->n; i++)
		run_case(&r, &cases->items[i]);

	size_t failures = r.failures;

	*(struct served *)served = r.s;
	served_teardown(&served);
	assert_int_equal(failures, 0);
}

static int is_case_file(const struct dirent *d)
{
	return str_ends(str_from(d->d_name), S(".json"));
}

struct case_files {
	VEC(struct CMUnitTest) tests;
	struct arena arena;
};

static bool add_folder(struct case_files *out, const char *folder)
{
	const char *root = getenv("FERRY_SOURCE_ROOT");
	struct str path = str_fmt(&out->arena, "%s/tests/cases/%s", root ? root : ".", folder);
	struct dirent **files;
	int n = scandir(str_cstr(&out->arena, path), &files, is_case_file, alphasort);

	for (int i = 0; i < n; i++) {
		struct CMUnitTest *test = VEC_PUSH(&out->arena, &out->tests);
		const char **state = arena_new(&out->arena, const char *);
		struct str name = str_fmt(&out->arena, "%s/%s", folder, files[i]->d_name);

		*state = str_cstr(&out->arena,
				  str_fmt(&out->arena, "%.*s/%s", STR_ARG(path), files[i]->d_name));
		test->name = str_cstr(&out->arena, name);
		test->test_func = every_case_is_answered_as_it_says;
		test->initial_state = state;
		free(files[i]);
	}
	if (n >= 0)
		free(files);
	return n > 0;
}

int main(void)
{
	struct case_files all = { .arena = arena_make(0) };
	bool found = add_folder(&all, "fetchxml") && add_folder(&all, "odata");
	int failed =
		found ? _cmocka_run_group_tests("cases", all.tests.p, all.tests.n, NULL, NULL) : 1;

	arena_release(&all.arena);
	return failed;
}
