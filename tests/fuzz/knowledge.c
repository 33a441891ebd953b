/* SPDX-License-Identifier: MIT */
/*
 * A knowledge.xml of somebody's own.
 */
#include "fuzz.h"

#include "move/knowledge.h"

#include "base/banned.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	DEFER(arena_release) struct arena a = arena_make(0);
	struct knowledge k;
	struct err e;

	if (!knowledge_read(&a, fuzz_text(data, size), "knowledge.xml", &k, &e)) {
		assert(e.kind == ERR_INPUT);
		return 0;
	}
	for (size_t i = 0; i < k.ntables; i++) {
		const struct known_table *t = &k.tables[i];

		assert(knowledge_table(&k, t->name) == t);
		for (size_t j = 0; j < t->ncolumns; j++)
			assert(knowledge_column(t, t->columns[j].name) == t->columns[j].rule);
	}
	return 0;
}
