/* SPDX-License-Identifier: MIT */
/*
 * Definitions for ferry org add-table: all of their tables are added, or none; those that are can be listed.
 */
#include "fuzz.h"

#include "org/shape.h"

#include "organization.h"

#include "base/banned.h"

static bool is_listed(const struct shape_table *tables, size_t n, struct str name)
{
	for (size_t i = 0; i < n; i++) {
		if (str_eq(tables[i].name, name))
			return true;
	}
	return false;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	DEFER(arena_release) struct arena a = arena_make(0);
	struct shape_source source = { fuzz_text(data, size), "the definition" };
	const char *path = fuzz_organization();
	struct shape_table *tables = NULL;
	struct str *names = NULL;
	size_t ntables = 0, n = 0;
	struct err e;
	bool added = shape_add(path, &a, &source, 1, false, &names, &n, &e);

	assert(added || (e.kind == ERR_INPUT && e.msg[0]));

	bool listed = shape_tables(path, &a, &tables, &ntables, &e);

	assert(listed);
	for (size_t i = 0; added && i < n; i++)
		assert(is_listed(tables, ntables, names[i]));
	return 0;
}
