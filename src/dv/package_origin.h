/* SPDX-License-Identifier: MIT */
/*
 * ferry/origin.xml: where a package comes from and how far its reader saw. Other tools pass it over. From it follow the rail that
 * source and target differ, that a column without a value is empty in the source and not unknown, and that a row that the
 * package lacks is not there.
 *
 *     <origin version="1" organization="..." environment="https://..." user="..." exported="2026-01-31T12:00:00Z">
 *       <table name="queue" rows="complete" columns="name description"/>
 */
#ifndef FERRY_DV_PACKAGE_ORIGIN_H
#define FERRY_DV_PACKAGE_ORIGIN_H

#include "base/arena.h"
#include "base/err.h"
#include "base/guid.h"
#include "base/map.h"
#include "base/sink.h"

#define ORIGIN_ENTRY "ferry/origin.xml"

struct package_origin_table {
	struct str name;
	bool complete;       /* the reader could see every row that the filter lets through */
	struct str *columns; /* that the reader could see in every row: no value means empty */
	size_t ncolumns;
	struct map by_column;
};

struct package_origin {
	struct guid organization, user;
	struct str environment; /* its label; no credential */
	struct str exported;    /* ISO 8601 in UTC */
	struct package_origin_table *tables;
	size_t ntables;
	struct map by_name;
};

MUST_CHECK bool package_origin_write(struct sink *out, const struct package_origin *o,
				     struct err *e);
/* ERR_INPUT with name:line:column. */
MUST_CHECK bool package_origin_read(struct arena *a, struct source *in, const char *name,
				    struct package_origin *out, struct err *e);
const struct package_origin_table *package_origin_find(const struct package_origin *o,
						       struct str name); /* or NULL */
/* Whether a row without a value there tells that it is empty; `t` may be NULL. */
bool package_origin_tells(const struct package_origin_table *t, struct str column);

#endif
