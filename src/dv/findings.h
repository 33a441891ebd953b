/* SPDX-License-Identifier: MIT */
/*
 * What is wrong with a file that a person wrote: collected, not stopped at, and told in the order of lines.
 */
#ifndef FERRY_DV_FINDINGS_H
#define FERRY_DV_FINDINGS_H

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"

enum finding_severity { FINDING_ERROR, FINDING_WARNING, FINDING_NOTE };
#define FINDING_SEVERITIES 3
struct str finding_severity_word(enum finding_severity s);

struct finding {
	enum finding_severity severity;
	unsigned line; /* 0: of the file as a whole */
	struct str table, column;
	struct str message;
	size_t number; /* in the order found */
};

struct findings {
	struct arena *arena;
	const char *name; /* of the file, as messages of others start with it */
	struct finding *p;
	size_t n, cap;                     /* at most LIMIT_FINDINGS */
	size_t counts[FINDING_SEVERITIES]; /* all, also those beyond the limit */
};
struct findings findings_make(struct arena *a, const char *name);

/* Where a finding belongs. */
struct place {
	unsigned line;
	struct str table, column;
};
void findings_add(struct findings *f, enum finding_severity severity, struct place at,
		  const char *fmt, ...) PRINTF_LIKE(4, 5);
/* An error whose message may start with "name:line: " or "name:line:column: ": that becomes the line. */
void findings_add_err(struct findings *f, struct place at, const char *before, const struct err *e);
void findings_sort(struct findings *f); /* by line, then as they were found */

#endif
