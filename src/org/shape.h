/* SPDX-License-Identifier: MIT */
/*
 * What shapes an organization's file as a whole: its tables as a list, tables from definitions, copies, and the
 * way back to how it was made. Each function opens the file and closes it.
 */
#ifndef FERRY_ORG_SHAPE_H
#define FERRY_ORG_SHAPE_H

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"

struct shape_table {
	struct str name, entity_set, display_name;
	struct str ownership; /* UserOwned ... */
	struct str type;      /* Standard, Elastic */
	bool custom;          /* made here */
	bool intersect;
	size_t columns;
	int64_t rows;
};
/* Sorted by name, on the arena. */
MUST_CHECK bool shape_tables(const char *path, struct arena *a, struct shape_table **out, size_t *n,
			     struct err *e);

/* A definition: its text, and what messages call it. */
struct shape_source {
	struct str text;
	const char *what;
};
/*
 * Adds all tables or none. A text is one table, or an array of them, as metadata/README.md describes it or as
 * the Web API writes an EntityMetadata; they may point to each other. A table that exists is an error, unless
 * `replace` and it has no rows. *names: of the tables. ERR_INPUT.
 */
MUST_CHECK bool shape_add(const char *path, struct arena *a, const struct shape_source *sources,
			  size_t nsources, bool replace, struct str **names, size_t *n,
			  struct err *e);

/* A consistent copy, also of a file that is in use; it appears complete or not at all, and replaces. */
MUST_CHECK bool shape_snapshot(const char *path, const char *out, struct err *e);

/*
 * The organization as it was made, with the sample of then, and the same ids when it was seeded. With
 * `keep_tables` the tables that were added since stay, without rows. ERR_INPUT when it is being served.
 */
MUST_CHECK bool shape_reset(const char *path, bool keep_tables, struct err *e);

#endif
