/* SPDX-License-Identifier: MIT */
/*
 * A whole export: schema and service to package, by way of the run file.
 */
#ifndef FERRY_MOVE_EXPORT_H
#define FERRY_MOVE_EXPORT_H

#include "base/arena.h"
#include "base/datetime.h"
#include "base/err.h"
#include "dv/service.h"
#include "move/knowledge.h"
#include "move/progress.h"
#include "move/run.h"

struct export_options {
	const char *schema; /* path */
	const char *out;    /* path; an existing one is replaced: the caller has decided */
	bool plain;         /* without ferry/references.xml and ferry/origin.xml */
	bool secrets;
	bool skip_missing;           /* columns that the environment lacks are left out, and told */
	const char *metadata_folder; /* where definitions are kept between runs; NULL: nowhere */
	struct datetime now;
};
struct export_table {
	struct str name;
	uint64_t rows;
};
struct export_result {
	struct export_table *tables; /* every entity of the schema, in its order */
	size_t ntables;
	struct export_table *relationships;
	size_t nrelationships;
};
MUST_CHECK bool export_run(struct arena *a, struct run *r, struct service *from,
			   const struct knowledge *k, const struct export_options *o,
			   const struct progress *progress, struct export_result *out,
			   struct err *e);

#endif
