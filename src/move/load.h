/* SPDX-License-Identifier: MIT */
/*
 * Package -> source side.
 */
#ifndef FERRY_MOVE_LOAD_H
#define FERRY_MOVE_LOAD_H

#include "dv/package.h"
#include "move/job.h"

/*
 * Every row and pair of the package into SIDE_SOURCE. A value that does not fit its type fails its row:
 * an outcome and a problem. Rows of a table that the schema lacks, a second row with the same id, and
 * columns of a type that is not carried are problems too. The package is read to its end, so its CRC has been checked.
 */
MUST_CHECK bool load_package(struct job *j, struct package *p, struct err *e);

#endif
