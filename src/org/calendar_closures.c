/* SPDX-License-Identifier: MIT */
/*
 * Seen live: a closure is a rule without inner calendar, with the zone -1, which begins at the UTC moment of the
 * local midnight and is as long as its duration tells.
 */
#include "org/calendar_closures.h"

#include "org/calendar_rows.h"
#include "org/crud.h"
#include "org/row.h"
#include "org/rules.h"

#include "base/banned.h"

#define MINUTE (60 * DATETIME_SECOND)
#define NAME S("Business Closure Calendar")

static struct value text_value(struct str text)
{
	return (struct value){ .kind = VALUE_TEXT, .text = text };
}

static void set(const struct row *row, const char *column, struct str text)
{
	struct value *v = row_value(row, str_from(column));

	if (v)
		*v = text_value(text);
}

static bool known_calendar(struct store *s, struct guid *out, struct err *e)
{
	struct stmt *st;
	bool row;

	if (!store_statement(s,
			     S("select c.calendarid from organization o join calendar c "
			       "on c.calendarid = o.businessclosurecalendarid"),
			     &st, e) ||
	    !stmt_step(st, &row, e))
		return false;
	if (!row || !guid_parse(stmt_str(st, 0), out))
		*out = (struct guid){ 0 };
	stmt_reset(st);
	return true;
}

static bool make_calendar(struct store *s, struct arena *a, struct guid *out, struct err *e)
{
	const struct table *calendars, *organizations;

	if (!store_table(s, S("calendar"), &calendars, e) ||
	    !store_table(s, S("organization"), &organizations, e))
		return false;
	*out = guid_random(&s->rng);

	struct row calendar = row_make(a, calendars, *out);
	struct row organization = row_make(a, organizations, s->organization);

	set(&calendar, "name", NAME);
	set(&calendar, "type", S("0"));
	set(&calendar, "isshared", S("0"));
	set(&organization, "businessclosurecalendarid", guid_text(a, *out));
	return rules_fill_new(s, a, &calendar, e) && row_insert(s, &calendar, e) &&
	       rules_fill_changed(s, a, &organization, e) && row_update(s, &organization, e);
}

bool calendar_closure_calendar(struct store *s, struct arena *a, struct guid *out, struct err *e)
{
	if (!known_calendar(s, out, e))
		return false;
	return !guid_is_null(*out) || make_calendar(s, a, out, e);
}

bool calendar_closures_read(struct store *s, struct arena *a, struct guid calendar,
			    struct calendar_closures *out, struct err *e)
{
	struct stmt *st;
	bool row;

	*out = (struct calendar_closures){ .calendar = calendar };
	if (!store_statement(s,
			     S("select starttime, duration from calendarrule where "
			       "calendarid = ?1 and innercalendarid is null and timecode = 2 and "
			       "starttime is not null and duration > 0 order by starttime"),
			     &st, e))
		return false;
	stmt_bind_str(st, 1, guid_text(a, calendar));
	while (true) {
		struct calendar_closure c;
		enum datetime_zone zone;

		if (!stmt_step(st, &row, e))
			return false;
		if (!row)
			return true;
		if (!datetime_parse_iso(stmt_str(st, 0), &c.start, &zone))
			continue;
		c.end = datetime_add(c.start, stmt_i64(st, 1) * MINUTE);
		*VEC_PUSH(a, &out->list) = c;
	}
}

bool calendar_closure_add(struct store *s, struct arena *a, struct str name,
			  const struct calendar_closure *closure, struct err *e)
{
	int64_t minutes = (closure->end.ticks - closure->start.ticks) / MINUTE;
	const struct table *rules;
	char text[DATETIME_TEXT_SIZE];
	struct guid calendar;

	if (!calendar_closure_calendar(s, a, &calendar, e) ||
	    !store_table(s, S("calendarrule"), &rules, e))
		return false;

	struct row row = row_make(a, rules, guid_random(&s->rng));
	struct value *lookup = row_value(&row, S("calendarid"));

	*lookup = (struct value){ .kind = VALUE_REF,
				  .text = guid_text(a, calendar),
				  .table = S("calendar") };
	if (name.n > 0)
		set(&row, "name", name);
	set(&row, "starttime", str_dup(a, datetime_format_iso(closure->start, text)));
	set(&row, "duration", str_from_i64(a, minutes));
	set(&row, "timezonecode", S("-1"));
	set(&row, "timecode", S("2"));
	set(&row, "subcode", S("5"));
	set(&row, "rank", S("0"));
	set(&row, "extentcode", S("1"));
	set(&row, "pattern", S("FREQ=DAILY;INTERVAL=1;COUNT=1"));
	set(&row, "description", S("Holiday Rule"));
	return rules_fill_new(s, a, &row, e) && row_insert(s, &row, e) &&
	       calendar_touch(s, a, calendar, e);
}

bool calendar_closure_drop(struct store *s, struct arena *a, struct guid rule, struct err *e)
{
	const struct table *rules;
	struct guid calendar;
	struct value v;

	if (!known_calendar(s, &calendar, e) || !store_table(s, S("calendarrule"), &rules, e) ||
	    !row_read(s, a, rules, rule, S("calendarid"), &v, e))
		return false;
	if (v.kind != VALUE_REF || guid_is_null(calendar) ||
	    !str_eq(v.text, guid_text(a, calendar)))
		return row_fail_missing(rules, rule, e);
	return crud_delete(s, a, rules, rule, CRUD_IF_EXISTS, 0, e) &&
	       calendar_touch(s, a, calendar, e);
}
