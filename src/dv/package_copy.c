/* SPDX-License-Identifier: MIT */
/*
 * One package into another: event by event, then the entries beside data.xml.
 */
#include "dv/package.h"

#include "base/buf.h"
#include "base/limits.h"

#include "base/banned.h"

#define CHUNK (64 * LIMIT_KIB)

static bool copy_extra(struct package *p, struct package_writer *w, struct str name,
		       struct buf *chunk, struct err *e)
{
	struct source *in;
	struct sink *out;
	size_t got = 1;

	if (!package_extra(p, name, &in, e) || !package_write_extra(w, name, &out, e))
		return false;
	while (got > 0) {
		buf_clear(chunk);
		if (!in->read(in, buf_grow(chunk, CHUNK), CHUNK, &got, e) ||
		    !sink_write(out, str_of(chunk->p, got), e))
			return false;
	}
	return true;
}

static bool copy_extras(struct package *p, struct package_writer *w, struct err *e)
{
	DEFER(buf_release) struct buf chunk = buf_make(0);
	size_t n;
	const struct str *names = package_extras(p, &n);

	for (size_t i = 0; i < n; i++) {
		if (!copy_extra(p, w, names[i], &chunk, e))
			return false;
	}
	return true;
}

static bool copy_events(struct package *p, struct package_writer *w, struct arena *page,
			struct package_event *ev, const struct package_progress *progress,
			struct err *e)
{
	uint64_t rows = 0;

	while (ev->kind != PACKAGE_END) {
		rows = ev->kind == PACKAGE_TABLE ? 0 : rows + (ev->kind == PACKAGE_ROW);
		if (!package_put(w, ev, e))
			return false;
		if (progress && !progress->step(progress->context, ev->table, rows, e))
			return false;
		arena_reset(page);
		if (!package_next(p, page, ev, e))
			return false;
	}
	return true;
}

bool package_copy(struct arena *a, struct package *p, const char *path,
		  const struct package_progress *progress, struct err *e)
{
	DEFER(arena_release) struct arena page = arena_make(0);
	DEFER(package_writer_close) struct package_writer *w = NULL;
	struct package_event ev;

	return package_next(p, &page, &ev, e) &&
	       package_create(&w, a, path, package_schema(p), package_form(p), e) &&
	       copy_events(p, w, &page, &ev, progress, e) && copy_extras(p, w, e) &&
	       package_finish(w, e);
}
