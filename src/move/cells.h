/* SPDX-License-Identifier: MIT */
/*
 * The values of one row as one blob, in the order of its table's columns in the run file. The form has a
 * number (CELLS_FORM); a run file with another one is refused.
 */
#ifndef FERRY_MOVE_CELLS_H
#define FERRY_MOVE_CELLS_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "dv/value.h"

#define CELLS_FORM 1

void cells_pack(struct buf *out, const struct value *values, size_t n);
/* Slices point into `blob`. ERR_INTERNAL when the blob is damaged or holds another number of values. */
MUST_CHECK bool cells_unpack(struct str blob, struct value *values, size_t n, struct err *e);
/* How many values a blob holds. */
MUST_CHECK bool cells_count(struct str blob, size_t *n, struct err *e);

#endif
