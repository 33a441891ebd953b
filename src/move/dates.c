/* SPDX-License-Identifier: MIT */
/*
 * Moving dates. That weeks and days are rounded down is not stated anywhere (facts/cmt-format.md 5.8, GUESS); it keeps the weekday, and
 * nothing lands in the future that was in the past of the export. The clock of a value in UTC moves by whole days of 24 hours: where
 * summer time lies between, the hour that a person sees is another, as it is with the Configuration Migration Tool.
 */
#include "move/dates.h"

#include "base/datetime.h"
#include "dv/value_form.h"

#include "base/banned.h"

#define WEEK (7 * DATETIME_DAY)

enum date_mode dates_mode(const struct schema *s, const struct schema_field *f)
{
	enum date_mode mode = f->date_mode == DATE_MODE_UNSET ? s->date_mode : f->date_mode;

	if (f->type != CMT_DATETIME || mode == DATE_MODE_UNSET)
		return DATE_MODE_ABSOLUTE;
	return mode;
}

bool dates_any(const struct schema *s)
{
	for (size_t i = 0; i < s->nentities; i++)
		for (size_t k = 0; k < s->entities[i].nfields; k++)
			if (dates_mode(s, &s->entities[i].fields[k]) != DATE_MODE_ABSOLUTE)
				return true;
	return false;
}

/* Both forms that packages have (facts/cmt-format.md 3.2). The old one told the clock of some machine: it is taken for UTC. */
static bool parse(struct str text, struct datetime *out)
{
	enum datetime_zone zone;

	return datetime_parse_iso(text, out, &zone) || datetime_parse_us(text, out);
}

const char *dates_make(struct str timestamp, struct str now, struct dates *out)
{
	struct datetime from, to;

	if (timestamp.n == 0)
		return "data.xml tells no timestamp";
	if (!parse(timestamp, &from))
		return "the timestamp of data.xml is no date and time";
	if (!parse(now, &to))
		return "the moment of the import is not told";

	int64_t passed = to.ticks > from.ticks ? to.ticks - from.ticks : 0;

	*out = (struct dates){ .relative = passed - passed % WEEK,
			       .daily = passed - passed % DATETIME_DAY };
	return NULL;
}

struct str dates_move(const struct dates *d, struct arena *a, enum date_mode mode,
		      struct str stored)
{
	enum moment_kind kind;
	struct datetime moment;
	int64_t by = mode == DATE_MODE_RELATIVE ? d->relative : d->daily;

	if (mode == DATE_MODE_ABSOLUTE || by == 0 || !form_moment_read(stored, &moment, &kind))
		return stored;
	return form_moment_write(a, datetime_add(moment, by), kind);
}
