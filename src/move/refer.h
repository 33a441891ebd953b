/* SPDX-License-Identifier: MIT */
/*
 * ferry/references.xml and the run file, both ways: a package tells by what the rows outside it are known in
 * every environment, so that an import finds them under other ids.
 */
#ifndef FERRY_MOVE_REFER_H
#define FERRY_MOVE_REFER_H

#include "base/sink.h"
#include "dv/package.h"
#include "move/job.h"

/* For an export: notes what a row of the package points to. The source side is complete. */
MUST_CHECK bool refer_collect(struct job *j, const struct tab *t, const struct value *values,
			      struct err *e);
/*
 * After that was called for every row: the rows outside the package that its lookups, N:N pairs
 * and text references point to, as far as the knowledge has rules for their tables. Without such a row the
 * package gets no entry. The tables of the package have been written.
 */
MUST_CHECK bool refer_write(struct job *j, struct package_writer *out, struct err *e);

/* For an import, before references are resolved. `name` stands in messages. */
MUST_CHECK bool refer_load(struct job *j, struct source *in, const char *name, struct err *e);

/*
 * The same from the source itself, of a job whose service that is: names and keys of the rows that references in its run point
 * to. For packages that do not tell them.
 */
MUST_CHECK bool refer_ask(struct job *j, struct err *e);

#endif
