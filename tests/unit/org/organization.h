/* SPDX-License-Identifier: MIT */
/*
 * A small organization in a folder of its own for the tests of this room, and short ways to work on it.
 */
#ifndef FERRY_TESTS_ORGANIZATION_H
#define FERRY_TESTS_ORGANIZATION_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/limits.h"
#include "org/crud.h"
#include "org/sample.h"
#include "org/store.h"

#include "../folder.h"

#define ADMIN "aaaaaaaa-0000-4000-8000-000000000001"
#define ROOT_UNIT "aaaaaaaa-0000-4000-8000-000000000002"
#define ORGANIZATION "aaaaaaaa-0000-4000-8000-000000000003"
#define CURRENCY "aaaaaaaa-0000-4000-8000-000000000004"
#define TEAM "aaaaaaaa-0000-4000-8000-000000000005"
#define HOURS "aaaaaaaa-0000-4000-8000-000000000006"

static const char system_rows[] =
	"{\"rows\":["
	"{\"table\":\"systemuser\",\"ref\":\"user.admin\",\"id\":\"" ADMIN "\",\"values\":{"
	"\"domainname\":\"admin\",\"internalemailaddress\":\"a@example.com\","
	"\"businessunitid\":\"${unit}\"}},"
	"{\"table\":\"businessunit\",\"ref\":\"unit\",\"id\":\"" ROOT_UNIT "\","
	"\"values\":{\"name\":\"${org.name}\"}},"
	"{\"table\":\"organization\",\"id\":\"" ORGANIZATION "\",\"values\":{\"name\":\"x\"}},"
	"{\"table\":\"transactioncurrency\",\"ref\":\"currency.base\",\"id\":\"" CURRENCY "\","
	"\"values\":{\"currencyname\":\"Euro\",\"isocurrencycode\":\"EUR\",\"currencysymbol\":\"E\","
	"\"currencyprecision\":2,\"exchangerate\":1}},"
	"{\"table\":\"team\",\"ref\":\"team\",\"id\":\"" TEAM "\",\"values\":{\"name\":\"All\"}},"
	"{\"table\":\"msdyn_operatinghour\",\"id\":\"" HOURS "\",\"values\":{\"msdyn_name\":\"H\"}}"
	"]}";

struct organization {
	char folder[64];
	const char *path;
	struct arena arena;
	struct store store;
	struct err e;
};

static inline void expect_ok(struct organization *o, bool ok)
{
	if (!ok)
		fail_msg("%s", o->e.msg);
}

static inline bool load(struct organization *o, const char *text)
{
	struct str texts[] = { str_from(text) };
	const char *const names[] = { "test.json" };

	return sample_load(&o->store, texts, names, 1, S("Contoso"), &o->e);
}

static inline void organization_make(struct organization *o)
{
	struct store_options options = { .seeded = true, .seed = 7, .lcid = 1033 };

	*o = (struct organization){ .arena = arena_make(0) };
	assert_non_null(test_folder(o->folder, sizeof(o->folder)));
	o->path = str_cstr(&o->arena, str_fmt(&o->arena, "%s/org.db", o->folder));
	expect_ok(o, store_create(&o->store, &o->arena, o->path, &options, &o->e));
}

static inline void organization_release(struct organization *o)
{
	store_close(&o->store);
	expect_ok(o, file_remove(o->folder, &o->e));
	arena_release(&o->arena);
	free(o);
}

/* The small organization is made once in a program, and copied for every test. */
static inline void organization_copy(struct organization *o, struct str bytes)
{
	*o = (struct organization){ .arena = arena_make(0) };
	assert_non_null(test_folder(o->folder, sizeof(o->folder)));
	o->path = str_cstr(&o->arena, str_fmt(&o->arena, "%s/org.db", o->folder));
	expect_ok(o, file_write(o->path, 0600, bytes, &o->e));
	expect_ok(o, store_open(&o->store, &o->arena, o->path, true, &o->e));
}

static inline int organization_setup(void **state)
{
	static struct arena kept;
	static struct str bytes; /* lives as long as the program */
	struct organization *o = calloc(1, sizeof(*o));

	assert_non_null(o);
	*state = o;
	if (bytes.n == 0) {
		organization_make(o);
		expect_ok(o, load(o, system_rows));
		expect_ok(o, store_finish(&o->store, &o->e));
		expect_ok(o, file_read(&kept, o->path, 64 * LIMIT_MIB, &bytes, &o->e));
		store_close(&o->store);
		expect_ok(o, file_remove(o->folder, &o->e));
		arena_release(&o->arena);
	}
	organization_copy(o, bytes);
	return 0;
}

static inline int organization_teardown(void **state)
{
	organization_release(*state);
	return 0;
}

static inline struct guid guid_of(const char *text)
{
	struct guid g;

	assert_true(guid_parse(str_from(text), &g));
	return g;
}

/* The first column of the first row, as text; "(no row)" and "(null)" tell the rest. */
static inline const char *query(struct organization *o, const char *sql)
{
	DEFER(stmt_close) struct stmt *st = NULL;
	bool row;

	expect_ok(o, db_prepare(o->store.db, str_from(sql), &st, &o->e));
	expect_ok(o, stmt_step(st, &row, &o->e));
	if (!row)
		return "(no row)";
	if (stmt_is_null(st, 0))
		return "(null)";
	return str_cstr(&o->arena, stmt_str(st, 0));
}

static inline const struct table *table_of(struct organization *o, const char *name)
{
	const struct table *t;

	expect_ok(o, store_table(&o->store, str_from(name), &t, &o->e));
	if (!t)
		fail_msg("no table %s", name);
	return t;
}

static inline void end(struct organization *o, bool ok)
{
	struct err ignored;

	if (!ok)
		db_rollback(o->store.db);
	else
		expect_ok(o, db_commit(o->store.db, &ignored));
}

/* In a transaction of its own. */
static inline bool create(struct organization *o, const char *table, const char *body,
			  struct guid *id)
{
	const struct table *t = table_of(o, table);
	struct payload p;

	expect_ok(o, db_begin(o->store.db, &o->e));

	bool ok = payload_read(&o->store, &o->arena, t, str_from(body), &p, &o->e) &&
		  crud_create(&o->store, &o->arena, t, &p, id, &o->e);

	end(o, ok);
	return ok;
}

static inline bool update(struct organization *o, const char *table, const char *id,
			  enum crud_match match, int64_t version, const char *body, bool *created)
{
	const struct table *t = table_of(o, table);
	struct payload p;

	expect_ok(o, db_begin(o->store.db, &o->e));

	bool ok = payload_read(&o->store, &o->arena, t, str_from(body), &p, &o->e) &&
		  crud_update(&o->store, &o->arena, t, guid_of(id), match, version, &p, created,
			      &o->e);

	end(o, ok);
	return ok;
}

static inline bool delete(struct organization *o, const char *table, const char *id)
{
	const struct table *t = table_of(o, table);

	expect_ok(o, db_begin(o->store.db, &o->e));

	bool ok = crud_delete(&o->store, &o->arena, t, guid_of(id), CRUD_IF_EXISTS, 0, &o->e);

	end(o, ok);
	return ok;
}

static inline void expect_error(const struct organization *o, bool ok, enum err_kind kind,
				uint32_t code)
{
	assert_false(ok);
	if (o->e.kind != kind || o->e.code != code)
		fail_msg("kind %d, code 0x%08x: %s", o->e.kind, o->e.code, o->e.msg);
}

#endif
