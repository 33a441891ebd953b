/* SPDX-License-Identifier: MIT */
/*
 * Private to match*.c: conflicts as people read them, with every row that takes part. Texts are on the job's page.
 */
#ifndef FERRY_MOVE_MATCH_TELL_H
#define FERRY_MOVE_MATCH_TELL_H

#include "move/match_row.h"

/* `id "name"`, of a row of a side; the name only where the run has it. */
MUST_CHECK bool match_label(struct matching *m, enum side side, struct guid id, struct str *out,
			    struct err *e);
/* `id "name", id "name" and 3 more`: of `n` rows the first `most` stand in ids. */
MUST_CHECK bool match_list(struct matching *m, enum side side, const struct guid *ids, size_t most,
			   size_t n, struct str *out, struct err *e);
/* "at least " before a number of rows that run_list_keyed has not counted to the end. */
const char *match_at_least(size_t n);
/* `"a", "b"` */
struct str match_values(struct arena *a, const struct value *parts, size_t n);
/* ` "name"` of the row, or nothing. */
struct str match_row_name(const struct deciding *d);

/* A conflict of this table; `id` may be empty. Counts it. */
MUST_CHECK bool match_tell(struct matching *m, struct str id, struct str message, struct str remedy,
			   struct err *e);
/* One of a row that is decided: several of one row count once. */
MUST_CHECK bool match_tell_row(struct deciding *d, struct str message, struct str remedy,
			       struct err *e);

MUST_CHECK bool match_tell_disagreement(struct deciding *d, struct err *e);
MUST_CHECK bool match_tell_several(struct deciding *d, const struct key_text *text, struct err *e);
/* A queue, workstream or widget is known by its id: an equal name is another thing, or was made by hand. */
MUST_CHECK bool match_tell_namesake(struct deciding *d, const struct key_text *text, struct err *e);
MUST_CHECK bool match_tell_folded(struct deciding *d, const struct key_text *text,
				  const struct guid *ids, size_t n, struct err *e);
MUST_CHECK bool match_tell_missing(struct deciding *d, struct err *e);

#endif
