/* SPDX-License-Identifier: MIT */
/*
 * A list with counts. It keeps a bounded number: a file of nothing but mistakes must not take the memory.
 */
#include "dv/findings.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/limits.h"
#include "base/vec.h"

#include "base/banned.h"

struct str finding_severity_word(enum finding_severity s)
{
	static const struct str words[] = {
		[FINDING_ERROR] = STR_INIT("error"),
		[FINDING_WARNING] = STR_INIT("warning"),
		[FINDING_NOTE] = STR_INIT("note"),
	};

	return words[s];
}

struct findings findings_make(struct arena *a, const char *name)
{
	return (struct findings){ .arena = a, .name = name };
}

static void put(struct findings *f, enum finding_severity severity, struct place at,
		struct str message)
{
	f->counts[severity]++;
	if (f->n >= LIMIT_FINDINGS)
		return;
	f->p = vec_room(f->arena, f->p, f->n, &f->cap, sizeof(*f->p));
	f->p[f->n] = (struct finding){ .severity = severity,
				       .line = at.line,
				       .table = at.table,
				       .column = at.column,
				       .message = str_dup(f->arena, message),
				       .number = f->n };
	f->n++;
}

void findings_add(struct findings *f, enum finding_severity severity, struct place at,
		  const char *fmt, ...)
{
	char message[1024];
	va_list args;

	va_start(args, fmt);
	vsnprintf(message, sizeof(message), fmt, args);
	va_end(args);
	put(f, severity, at, str_from(message));
}

/* Takes "12: " or "12:3: " off the front. */
static bool take_line(struct str *message, unsigned *line)
{
	uint64_t number;
	size_t end = str_find(*message, S(": "));
	struct str place = str_sub(*message, 0, end);

	if (end == STR_NONE)
		return false;
	place = str_sub(place, 0, str_find_char(place, ':'));
	if (!str_parse_u64(place, &number) || number > UINT32_MAX)
		return false;
	*line = (unsigned)number;
	*message = str_skip(*message, end + 2);
	return true;
}

void findings_add_err(struct findings *f, struct place at, const char *before, const struct err *e)
{
	struct str message = str_from(e->msg);
	struct str name = str_from(f->name);

	if (str_starts(message, name) && str_starts(str_skip(message, name.n), S(":"))) {
		struct str rest = str_skip(message, name.n + 1);

		if (take_line(&rest, &at.line))
			message = rest;
	}
	findings_add(f, FINDING_ERROR, at, "%s%.*s", before, STR_ARG(message));
}

static int compare(const void *a, const void *b)
{
	const struct finding *x = a, *y = b;

	if (x->line != y->line)
		return x->line < y->line ? -1 : 1;
	return x->number < y->number ? -1 : x->number > y->number;
}

void findings_sort(struct findings *f)
{
	if (f->n > 0)
		qsort(f->p, f->n, sizeof(*f->p), compare);
}
