/* SPDX-License-Identifier: MIT */
/*
 * data_schema.xml, and the filters in it.
 */
#include "fuzz.h"

#include "dv/fetchxml.h"
#include "dv/schema.h"

#include "base/banned.h"

static void check_entity(struct arena *a, const struct schema *s, const struct schema_entity *en)
{
	struct fetch fetch;
	struct err e;

	assert(schema_entity(s, en->name) == en);
	for (size_t i = 0; i < en->nfields; i++)
		assert(schema_field(en, en->fields[i].name) == &en->fields[i]);
	if (en->filter.n > 0)
		(void)!fetch_parse(a, en->filter, s->name, en->filter_line, &fetch, &e);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	DEFER(arena_release) struct arena a = arena_make(0);
	struct schema s;
	struct err e;

	if (!schema_read(&a, fuzz_text(data, size), "data_schema.xml", &s, &e)) {
		assert(e.kind == ERR_INPUT);
		return 0;
	}
	for (size_t i = 0; i < s.nentities; i++)
		check_entity(&a, &s, &s.entities[i]);
	return 0;
}
