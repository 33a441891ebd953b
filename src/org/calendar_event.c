/* SPDX-License-Identifier: MIT */
/*
 * What is documented as a Boolean or an Integer may stand in quotes: the documentation's own examples have it
 * both ways.
 */
#include "org/calendar_event.h"

#include "base/limits.h"
#include "io/json.h"
#include "org/code.h"

#include "base/banned.h"

#define MINUTE (60 * DATETIME_SECOND)
#define DAY_MINUTES 1440

static bool fail(struct err *e, const char *what)
{
	return err_set_code(e, ERR_BAD_REQUEST, CODE_PLUGIN, "%s", what);
}

static bool fail_member(struct err *e, struct str name, const char *what)
{
	return err_set_code(e, ERR_BAD_REQUEST, CODE_PLUGIN, "CalendarEventInfo: %.*s %s",
			    STR_ARG(name), what);
}

static bool fail_format(struct err *e)
{
	return fail(e, "There was an error deserializing the object of type "
		       "Microsoft.Dynamics.UCICalendar.Plugins.SaveCalendarContract+"
		       "CalendarEventInfo. The input source is not correctly formatted.");
}

/* members */

static bool is_absent(const struct json *v)
{
	return !v || v->kind == JSON_NULL;
}

static bool read_flag(const struct json *o, struct str name, bool *out, struct err *e)
{
	const struct json *v = json_get(o, name);

	*out = false;
	if (is_absent(v))
		return true;
	if (v->kind == JSON_BOOL) {
		*out = v->yes;
		return true;
	}
	if (v->kind != JSON_STRING ||
	    (!str_eq_ascii_nocase(v->text, S("true")) && !str_eq_ascii_nocase(v->text, S("false"))))
		return fail_format(e);
	*out = str_eq_ascii_nocase(v->text, S("true"));
	return true;
}

static bool read_int(const struct json *o, struct str name, bool *there, int64_t *out,
		     struct err *e)
{
	const struct json *v = json_get(o, name);

	*there = !is_absent(v);
	if (!*there)
		return true;
	if ((v->kind != JSON_NUMBER && v->kind != JSON_STRING) || !str_parse_i64(v->text, out))
		return fail_format(e);
	return true;
}

static bool read_guid(const struct json *o, struct str name, bool *there, struct guid *out,
		      struct err *e)
{
	const struct json *v = json_get(o, name);

	*there = !is_absent(v) && !(v->kind == JSON_STRING && v->text.n == 0);
	if (!*there)
		return true;
	if (v->kind != JSON_STRING || !guid_parse(v->text, out))
		return fail_format(e);
	return true;
}

static bool read_moment(const struct json *o, struct str name, struct datetime *out, struct err *e)
{
	const struct json *v = json_get(o, name);
	enum datetime_zone zone;

	if (is_absent(v))
		return fail_member(e, name, "is missing");
	if (v->kind != JSON_STRING || !datetime_parse_iso(v->text, out, &zone))
		return fail_format(e);
	return true;
}

static bool read_list(const struct json *o, struct str name, const struct json **out, struct err *e)
{
	*out = json_get(o, name);
	if (is_absent(*out))
		return fail_member(e, name, "is missing");
	if ((*out)->kind != JSON_ARRAY)
		return fail_format(e);
	return (*out)->n > 0 || fail_member(e, name, "is empty");
}

/* times */

static bool read_kind(const struct json *rule, enum calendar_kind *out, struct err *e)
{
	static const enum calendar_kind kinds[] = { CALENDAR_WORK, CALENDAR_BREAK, CALENDAR_OFF,
						    CALENDAR_LEAVE };
	int64_t number = 0;
	bool there;

	if (!read_int(rule, S("WorkHourType"), &there, &number, e))
		return false;
	if (!there)
		return fail_member(e, S("WorkHourType"), "is missing");
	if (number < 0 || number >= (int64_t)COUNT_OF(kinds))
		return fail_member(e, S("WorkHourType"), "is none of 0, 1, 2 and 3");
	*out = kinds[number];
	return true;
}

static bool read_effort(struct arena *a, const struct json *rule, enum calendar_kind kind,
			struct str *out, struct err *e)
{
	int64_t number = 1;
	bool there;

	if (!read_int(rule, S("Effort"), &there, &number, e))
		return false;
	if (there && (number < 0 || number > 1000000000))
		return fail_member(e, S("Effort"), "is no whole number from 0 on");
	*out = kind == CALENDAR_WORK ? str_from_i64(a, number) : S("");
	return true;
}

static struct datetime midnight(struct datetime t)
{
	struct civil c = datetime_to_civil(t);
	bool ok;

	c.hour = c.minute = c.second = c.ticks = 0;
	ok = datetime_from_civil(c, &t);
	assert(ok);
	return t;
}

/* From midnight to midnight, or within one day. */
static bool check_span(int64_t start, int64_t end, struct err *e)
{
	if (end <= start)
		return fail(e, "StartTime cannot be greater or equal to EndTime.");
	if (start == 0 && end % DAY_MINUTES == 0)
		return end / DAY_MINUTES <= LIMIT_CALENDAR_DAYS ||
		       fail(e, "an all-day occurrence is longer than five years");
	return end <= DAY_MINUTES ||
	       fail(e, "an occurrence has to start and end within the same day");
}

static bool read_leaf(struct arena *a, const struct json *rule, struct calendar_part *part,
		      bool first, struct calendar_leaf *out, struct err *e)
{
	struct datetime start = { 0 }, end = { 0 };

	if (rule->kind != JSON_OBJECT)
		return fail_format(e);
	if (!read_moment(rule, S("StartTime"), &start, e) ||
	    !read_moment(rule, S("EndTime"), &end, e) || !read_kind(rule, &out->kind, e) ||
	    !read_effort(a, rule, out->kind, &out->effort, e))
		return false;
	if (first)
		part->day = midnight(start);
	out->start = (start.ticks - part->day.ticks) / MINUTE;
	out->minutes = (end.ticks - part->day.ticks) / MINUTE - out->start;
	if (out->start < 0 || out->start >= DAY_MINUTES)
		return fail(e, "the rules of one recurrence have to begin on the same day");
	return check_span(out->start, out->start + out->minutes, e);
}

static void sort_leaves(struct calendar_leaf *p, size_t n)
{
	for (size_t i = 1; i < n; i++) {
		struct calendar_leaf leaf = p[i];
		size_t k = i;

		for (; k > 0 && p[k - 1].start > leaf.start; k--)
			p[k] = p[k - 1];
		p[k] = leaf;
	}
}

static int64_t end_of(const struct calendar_leaf *leaf)
{
	return leaf->start + leaf->minutes;
}

/* Which kinds stand beside each other; the kind of the whole. */
static bool check_kinds(struct calendar_part *part, struct err *e)
{
	bool work = false;
	bool pause = false;

	part->kind = CALENDAR_WORK;
	for (size_t i = 0; i < part->nleaves; i++) {
		const struct calendar_leaf *leaf = &part->leaves[i];

		work = work || leaf->kind == CALENDAR_WORK;
		pause = pause || leaf->kind == CALENDAR_BREAK;
		if (leaf->kind != CALENDAR_WORK && leaf->kind != CALENDAR_BREAK)
			part->kind = leaf->kind;
		if (i > 0 && leaf->start < end_of(leaf - 1))
			return fail(e, "StartTime cannot be greater or equal to EndTime.");
	}
	if (pause && !work)
		return fail(e, "a break can only be between two working hours");
	if (part->kind != CALENDAR_WORK && part->nleaves > 1)
		return fail(e, "non-working hours and time off stand alone");
	return part->kind == CALENDAR_WORK || part->days == 0 ||
	       fail(e, "non-working hours and time off cannot recur");
}

/*
 * Work before and behind a break becomes one time with the break above it, as the platform keeps them: both have
 * the same effort and no gap between.
 */
static void join_work(struct calendar_part *part)
{
	struct calendar_leaf *work = NULL;
	int64_t reached = 0;
	bool pause = false;
	size_t n = 0;

	for (size_t i = 0; i < part->nleaves; i++) {
		struct calendar_leaf leaf = part->leaves[i];
		bool joins = leaf.kind == CALENDAR_WORK && work && pause && leaf.start == reached &&
			     str_eq(work->effort, leaf.effort);

		if (joins) {
			work->minutes = end_of(&leaf) - work->start;
		} else {
			part->leaves[n] = leaf;
			if (leaf.kind == CALENDAR_WORK)
				work = &part->leaves[n];
			n++;
		}
		pause = leaf.kind == CALENDAR_BREAK && leaf.start == reached;
		reached = end_of(&leaf);
	}
	part->nleaves = n;
}

static bool read_rules(struct arena *a, const struct json *item, struct calendar_part *part,
		       struct err *e)
{
	const struct json *rules;
	int64_t end = 0;

	if (!read_list(item, S("Rules"), &rules, e))
		return false;
	part->leaves = arena_array(a, struct calendar_leaf, rules->n);
	part->nleaves = rules->n;
	for (size_t i = 0; i < rules->n; i++) {
		if (!read_leaf(a, &rules->items[i], part, i == 0, &part->leaves[i], e))
			return false;
	}
	sort_leaves(part->leaves, part->nleaves);
	if (!check_kinds(part, e))
		return false;
	join_work(part);
	for (size_t i = 0; i < part->nleaves; i++) {
		if (end_of(&part->leaves[i]) > end)
			end = end_of(&part->leaves[i]);
	}
	part->minutes = end - part->leaves[0].start;
	part->span = (end + DAY_MINUTES - 1) / DAY_MINUTES;
	return part->days == 0 || end <= DAY_MINUTES || fail(e, "whole days cannot recur");
}

static bool read_pattern(const struct json *item, struct calendar_part *part, struct err *e)
{
	const struct json *v = json_get(item, S("RecurrencePattern"));

	if (is_absent(v) || (v->kind == JSON_STRING && v->text.n == 0))
		return true;
	if (v->kind != JSON_STRING)
		return fail_format(e);
	part->pattern = v->text;
	if (str_starts(v->text, CALENDAR_WEEKLY))
		part->days = calendar_days(str_skip(v->text, CALENDAR_WEEKLY.n));
	return part->days != 0 || fail(e, "Invalid recurrence pattern. Please refer to the "
					  "documentation for supported patterns.");
}

static bool read_part(struct arena *a, const struct json *item, struct calendar_part *part,
		      struct err *e)
{
	bool there;

	if (item->kind != JSON_OBJECT)
		return fail_format(e);
	if (!read_pattern(item, part, e) ||
	    !read_guid(item, S("InnerCalendarId"), &part->has_inner, &part->inner, e) ||
	    !read_int(item, S("Action"), &there, &part->action, e))
		return false;
	if (there && (part->action < PART_ADD || part->action > PART_OTHER))
		return fail_member(e, S("Action"), "is none of 1, 2, 3 and 4");
	return read_rules(a, item, part, e);
}

/* the whole */

/* Until eight in the morning the day before is meant (documentation of RecurrenceEndDate). */
static bool read_end(const struct json *o, struct calendar_event *out, struct err *e)
{
	struct datetime end;

	out->end = calendar_open_end();
	if (is_absent(json_get(o, S("RecurrenceEndDate"))))
		return true;
	if (!read_moment(o, S("RecurrenceEndDate"), &end, e))
		return false;
	if (end.ticks - midnight(end).ticks <= (int64_t)8 * 60 * MINUTE)
		end = midnight(end);
	if (end.ticks < out->end.ticks)
		out->end = end;
	return true;
}

static bool read_document(struct arena *a, struct str text, struct json *out, struct err *e)
{
	struct err why;

	if (!json_parse(a, text, "CalendarEventInfo", out, &why) || out->kind != JSON_OBJECT)
		return fail_format(e);
	return true;
}

static bool read_head(const struct json *o, struct calendar_event *out, struct err *e)
{
	bool there;

	*out = (struct calendar_event){ .entity = json_text(o, S("EntityLogicalName")) };
	if (out->entity.n == 0)
		return fail_member(e, S("EntityLogicalName"), "is missing");
	if (!read_guid(o, S("CalendarId"), &there, &out->calendar, e))
		return false;
	if (!there)
		return fail_member(e, S("CalendarId"), "is missing");
	return read_flag(o, S("IsVaried"), &out->varied, e) &&
	       read_flag(o, S("UseV2"), &out->v2, e);
}

bool calendar_event_read(struct arena *a, struct str text, struct calendar_event *out,
			 struct err *e)
{
	const struct json *parts;
	struct json o;

	if (!read_document(a, text, &o, e) || !read_head(&o, out, e) ||
	    !read_flag(&o, S("IsEdit"), &out->edit, e) ||
	    !read_flag(&o, S("RecurrenceSplit"), &out->split, e) ||
	    !read_flag(&o, S("ObserveClosure"), &out->observe, e) ||
	    !read_int(&o, S("TimeZoneCode"), &out->has_zone, &out->zone, e) ||
	    !read_end(&o, out, e) || !read_list(&o, S("RulesAndRecurrences"), &parts, e))
		return false;
	out->reason = json_text(&o, S("InnerCalendarDescription"));
	out->parts = arena_array(a, struct calendar_part, parts->n);
	out->nparts = parts->n;
	for (size_t i = 0; i < parts->n; i++) {
		if (!read_part(a, &parts->items[i], &out->parts[i], e))
			return false;
	}
	return true;
}

bool calendar_deletion_read(struct arena *a, struct str text, struct calendar_event *out,
			    struct err *e)
{
	struct json o;
	bool there;

	if (!read_document(a, text, &o, e) || !read_head(&o, out, e) ||
	    !read_guid(&o, S("InnerCalendarId"), &there, &out->inner, e))
		return false;
	return there || fail_member(e, S("InnerCalendarId"), "is missing");
}
