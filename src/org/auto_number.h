/* SPDX-License-Identifier: MIT */
/*
 * Autonumber columns: texts made of a format like WID-{SEQNUM:5}-{RANDSTRING:6}-{DATETIMEUTC:yyyyMMdd}. A
 * column that the caller fills keeps what it was given.
 */
#ifndef FERRY_ORG_AUTO_NUMBER_H
#define FERRY_ORG_AUTO_NUMBER_H

#include "org/row.h"

/* The row is new. Inside a transaction that writes. */
MUST_CHECK bool auto_number_fill(struct store *s, struct arena *a, struct row *row, struct err *e);
/* The next number of a column (SetAutoNumberSeed). */
MUST_CHECK bool auto_number_seed(struct store *s, struct str table, struct str column, int64_t next,
				 struct err *e);

#endif
