/* SPDX-License-Identifier: MIT */
/*
 * data.xml through the package reader: the input stands in a zip beside a schema that is in order.
 */
#include "fuzz.h"

#include "dv/package.h"

#include "base/banned.h"

static const char schema[] =
	"<entities >\r\n"
	"  <entity name=\"queue\" primaryidfield=\"queueid\">\r\n"
	"    <fields>\r\n"
	"      <field name=\"queueid\" type=\"guid\" primaryKey=\"true\" />\r\n"
	"      <field name=\"name\" type=\"string\" />\r\n"
	"    </fields>\r\n"
	"  </entity>\r\n"
	"</entities>";

static void check_event(const struct package_event *ev)
{
	assert(ev->line > 0 || ev->kind == PACKAGE_END);
	assert(ev->nfields == 0 || ev->kind == PACKAGE_ROW);
	assert(ev->ntargets == 0 || ev->kind == PACKAGE_LINK);
	for (size_t i = 0; i < ev->nfields; i++)
		assert(ev->fields[i].name.n > 0 && ev->fields[i].line >= ev->line);
	if (ev->kind == PACKAGE_LINK)
		assert(ev->relationship.n > 0 && ev->target_table.n > 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct stored_entry entries[] = {
		{ S("data.xml"), fuzz_text(data, size) },
		{ S("data_schema.xml"), str_from(schema) },
	};
	DEFER(arena_release) struct arena a = arena_make(0);
	DEFER(arena_release) struct arena page = arena_make(0);
	DEFER(buf_release) struct buf zip = buf_make(0);
	DEFER(package_close) struct package *p = NULL;
	struct package_event ev = { 0 };
	struct err e;

	stored_zip(&zip, entries, COUNT_OF(entries));
	if (!package_open(&p, &a, fuzz_file(buf_str(&zip)), &e))
		return 0;
	do {
		arena_reset(&page);
		if (!package_next(p, &page, &ev, &e)) {
			assert(e.kind == ERR_INPUT);
			return 0;
		}
		check_event(&ev);
	} while (ev.kind != PACKAGE_END);
	return 0;
}
