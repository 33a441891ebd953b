/* SPDX-License-Identifier: MIT */
/*
 * Reads a package through: counts tables, rows, links, values, and tries every value against the type that
 * the schema gives its column. Memory does not grow with the number of rows.
 */
#ifndef FERRY_DV_PACKAGE_CHECK_H
#define FERRY_DV_PACKAGE_CHECK_H

#include "base/arena.h"
#include "base/err.h"
#include "dv/package.h"

struct package_count {
	struct str name;
	uint64_t n;      /* rows; pairs of a relationship */
	uint64_t values; /* of a table */
};

/* One finding; error: a value that does not fit; else a warning. */
struct package_finding {
	bool error;
	struct str table, id, column;
	struct str message;
};

struct package_check {
	/* the caller's; false, with *e, stops */
	bool (*found)(void *context, const struct package_finding *f, struct err *e);
	bool (*step)(void *context, struct str table, uint64_t rows, struct err *e);
	void *context;
	/* the result, also of a package that could not be read to its end */
	struct package_count *tables; /* in the order of data.xml */
	size_t ntables;
	struct package_count *relationships;
	size_t nrelationships;
	uint64_t bad; /* values */
};

MUST_CHECK bool package_check(struct arena *a, struct package *p, struct package_check *c,
			      struct err *e);

#endif
