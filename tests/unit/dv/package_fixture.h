/* SPDX-License-Identifier: MIT */
/*
 * What the tests of packages share: a directory to put packages into, and short ways.
 */
#ifndef FERRY_TESTS_UNIT_DV_PACKAGE_FIXTURE_H
#define FERRY_TESTS_UNIT_DV_PACKAGE_FIXTURE_H

#include "package_sample.h"
#include "shared.h"

#include "base/limits.h"
#include "dv/package.h"
#include "io/zip.h"

#include "../folder.h"

/* A new directory, removed by fixture_release. */
struct fixture {
	struct arena arena;
	char dir[64];
};

static inline struct fixture fixture_make(void)
{
	struct fixture f = { .arena = arena_make(0) };

	assert_non_null(test_folder(f.dir, sizeof(f.dir)));
	return f;
}

static inline void fixture_release(struct fixture *f)
{
	struct err e;

	(void)!file_remove(f->dir, &e);
	arena_release(&f->arena);
}

static inline const char *path_in(struct fixture *f, const char *name)
{
	return str_fmt(&f->arena, "%s/%s", f->dir, name).p;
}

static inline void put_file(const char *path, const char *text)
{
	struct file_sink f;
	struct err e = { 0 };

	if (!file_sink_open(&f, path, 0600, &e) || !sink_write(&f.sink, str_from(text), &e) ||
	    !file_sink_finish(&f, &e))
		fail_msg("%s", e.msg);
}

static inline const char *folder_of(struct fixture *f, const char *data, const char *schema)
{
	const char *path = path_in(f, "p");
	struct err e = { 0 };

	assert_true(file_remove(path, &e));
	assert_true(file_make_directory(path, 0700, &e));
	if (data)
		put_file(path_in(f, "p/data.xml"), data);
	if (schema)
		put_file(path_in(f, "p/data_schema.xml"), schema);
	return path;
}

static inline struct guid guid_of(const char *text)
{
	struct guid g = { 0 };

	assert_true(guid_parse(str_from(text), &g));
	return g;
}

/* 2022-09-30T20:37:52.2231694Z */
static inline struct datetime sample_time(void)
{
	struct datetime d = { 0 };

	assert_true(datetime_from_civil((struct civil){ 2022, 9, 30, 20, 37, 52, 2231694 }, &d));
	return d;
}

static inline struct str contents(struct fixture *f, const char *path)
{
	struct str text = { 0 };
	struct err e = { 0 };

	if (!file_read(&f->arena, path, LIMIT_SCHEMA_FILE, &text, &e))
		fail_msg("%s", e.msg);
	return text;
}

static inline void next_of(struct package *p, struct arena *page, struct package_event *ev)
{
	struct err e = { 0 };

	if (!package_next(p, page, ev, &e))
		fail_msg("%s", e.msg);
}

#endif
