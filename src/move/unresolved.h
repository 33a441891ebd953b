/* SPDX-License-Identifier: MIT */
/*
 * What happens to a reference whose row is nowhere, as --on-unresolved says it.
 */
#ifndef FERRY_MOVE_UNRESOLVED_H
#define FERRY_MOVE_UNRESOLVED_H

#include "move/job.h"

/* ERR_USAGE: a rule names a table or column that the package does not have. */
MUST_CHECK bool unresolved_check(struct job *j, struct err *e);
/* For a column of a table; of a pair the relationship, whose names are both taken. The closest rule counts, then the last. */
enum on_unresolved unresolved_rule_for(const struct decisions *d, struct str table,
				       struct str column, struct str other_name);

#endif
