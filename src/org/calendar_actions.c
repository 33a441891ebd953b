/* SPDX-License-Identifier: MIT */
/*
 * From what is asked for to entries of a calendar. Every part is done on the calendar as the one before it left it.
 */
#include "org/calendar_actions.h"

#include "base/limits.h"
#include "io/json.h"
#include "dv/zone_code.h"
#include "org/access.h"
#include "org/calendar_closures.h"
#include "org/calendar_event.h"
#include "org/calendar_overlap.h"
#include "org/caller.h"
#include "org/code.h"
#include "org/ids.h"
#include "org/parameter.h"
#include "org/row.h"

#include "base/banned.h"

#define ONE_DAY S("FREQ=DAILY;INTERVAL=1;COUNT=1")

/* Tables whose rows have a calendar that may be written (6.9). */
static bool check_entity(const struct call *c, struct str entity, struct err *e)
{
	static const struct str enabled[] = {
		STR_INIT("bookableresource"),
		STR_INIT("msdyn_resourcerequirement"),
		STR_INIT("msdyn_workhourtemplate"),
		STR_INIT("msdyn_project"),
	};
	bool hours = c->store->variants.operating_hours == OPERATING_HOURS_TAKEN;

	for (size_t i = 0; i < COUNT_OF(enabled); i++) {
		if (str_eq(enabled[i], entity))
			return true;
	}
	if (hours && str_eq(entity, S("msdyn_operatinghour")))
		return true;
	return err_set_code(e, ERR_BAD_REQUEST, CODE_PLUGIN,
			    "The calendar API is not enabled for given entity logical name: %.*s.",
			    STR_ARG(str_sub(entity, 0, 100)));
}

/* A parameter that is a text. */
static bool read_text(const struct json *body, struct str name, struct str *out, struct err *e)
{
	const struct json *v = json_get(body, name);

	if (!v || v->kind != JSON_STRING || v->text.n == 0)
		return err_set_code(e, ERR_BAD_REQUEST, CODE_PAYLOAD,
				    "the parameter '%.*s' is missing, or is no text",
				    STR_ARG(name));
	*out = v->text;
	return true;
}

/* ["...", "..."] */
static struct str list_of(struct call *c, const struct ids *ids)
{
	DEFER(buf_release) struct buf b = buf_make(0);

	buf_add_char(&b, '[');
	for (size_t i = 0; i < ids->list.n; i++)
		buf_add_fmt(&b, "%s\"%.*s\"", i > 0 ? ", " : "",
			    STR_ARG(guid_text(c->arena, ids->list.p[i])));
	buf_add_char(&b, ']');
	return str_dup(c->arena, buf_str(&b));
}

static bool answer_ids(struct call *c, struct str response, const struct ids *ids, struct err *e)
{
	call_json(c, 200);

	DEFER(json_writer_release) struct json_writer w = json_writer_make(call_sink(c));

	json_object(&w);
	json_key(&w, S("@odata.context"));
	json_str(&w, call_context(c, response));
	json_key(&w, S("InnerCalendarIds"));
	json_str(&w, list_of(c, ids));
	json_object_end(&w);
	return json_writer_finish(&w, e);
}

/* saving */

struct saving {
	struct call *call;
	struct calendar_event event;
	struct ids ids;
};

static bool find_zone(struct call *c, struct calendar_event *event, struct err *e)
{
	struct caller caller = caller_make(c->store, c->arena);

	if (!event->has_zone && !caller_zone_code(&caller, &event->zone, e))
		return false;
	return zone_code_name(event->zone) ||
	       err_set_code(e, ERR_BAD_REQUEST, CODE_PLUGIN,
			    "CalendarEventInfo: there is no time zone with the code %lld",
			    (long long)event->zone);
}

static struct calendar_entry entry_of(struct arena *a, const struct calendar_event *event,
				      const struct calendar_part *part)
{
	bool week = part->days != 0;
	bool work = part->kind == CALENDAR_WORK;
	struct str single = part->kind == CALENDAR_LEAVE ? S("Time Off Rule") : S("Not Working");

	return (struct calendar_entry){
		.rank = week ? CALENDAR_RANK_WEEK : CALENDAR_RANK_DAY,
		.extent = work ? CALENDAR_REPLACES : CALENDAR_CUTS,
		.pattern = week ? calendar_pattern(a, part->days) : ONE_DAY,
		.days = part->days,
		.start = part->day,
		.end = week ? event->end : datetime_add(part->day, part->span * DATETIME_DAY),
		.minutes = week ? 0 : part->minutes,
		.zone = event->zone,
		.varied = event->varied,
		.group = week ? CALENDAR_WEEK_GROUP : S(""),
		.description = week ? S("Weekly Single Rule") : (work ? S("") : single),
		.reason = part->kind == CALENDAR_LEAVE ? event->reason : S(""),
		.leaves = part->leaves,
		.nleaves = part->nleaves,
	};
}

/* The old entry gives way to the new one, whose id is told. */
static bool replace(struct saving *x, const struct calendar_entries *entries,
		    const struct calendar_part *part, const struct calendar_entry *old,
		    struct calendar_entry *new, struct err *e)
{
	struct store *s = x->call->store;
	struct arena *a = x->call->arena;
	bool week = part->days != 0;

	if (x->event.edit && x->event.split && old->days != 0 &&
	    new->start.ticks > old->start.ticks)
		return calendar_set_end(s, a, old, new->start, e) &&
		       calendar_add(s, a, entries->calendar, new, e);
	if (!x->event.edit && !week && s->variants.one_day == ONE_DAY_STANDS_BESIDE)
		return calendar_add(s, a, entries->calendar, new, e);
	if (x->event.edit ? !x->event.split : !week) {
		new->rule = old->rule;
		new->inner = old->inner;
		return calendar_replace(s, a, entries->calendar, new, e);
	}
	return calendar_drop(s, a, old, e) && calendar_add(s, a, entries->calendar, new, e);
}

static bool observe_closures(struct saving *x, struct err *e)
{
	struct store *s = x->call->store;
	struct calendar_entry entry = {
		.rank = CALENDAR_RANK_HOLIDAYS,
		.extent = CALENDAR_CUTS,
		.pattern = S("FREQ=YEARLY;INTERVAL=1"),
		.end = x->event.end,
		.zone = x->event.zone,
		.description = S("Holiday Rule"),
	};

	if (!calendar_closure_calendar(s, x->call->arena, &entry.inner, e))
		return false;
	entry.start = x->event.parts[0].day;
	return calendar_add(s, x->call->arena, x->event.calendar, &entry, e);
}

static bool save_part(struct saving *x, const struct calendar_part *part, struct err *e)
{
	struct store *s = x->call->store;
	struct arena *a = x->call->arena;
	struct calendar_entry entry = entry_of(a, &x->event, part);
	const struct calendar_entry *old = NULL;
	struct calendar_entries entries;
	const struct table *calendars;

	if (!calendar_read(s, a, x->event.calendar, &entries, e) ||
	    !store_table(s, S("calendar"), &calendars, e) ||
	    !access_row(s, calendars, x->event.calendar, RIGHT_WRITE, e))
		return false;
	if (part->has_inner)
		old = calendar_find(&entries, part->inner);
	if (part->has_inner && !old)
		return row_fail_missing(calendars, part->inner, e);
	if (x->event.varied && part->action == PART_DELETE)
		return !old || calendar_drop(s, a, old, e);
	if (old ? !replace(x, &entries, part, old, &entry, e)
		: !calendar_add(s, a, entries.calendar, &entry, e))
		return false;
	ids_add(&x->ids, entry.inner);
	if (!x->event.v2)
		return true;
	return calendar_read(s, a, x->event.calendar, &entries, e) &&
	       calendar_overlap(s, a, &entries, &entry, e);
}

bool calendar_save(struct call *c, struct err *e)
{
	struct saving x = { .call = c, .ids = { .arena = c->arena } };
	bool week = false;
	struct json body;
	struct str text;

	if (!message_body(c, &body, e) || !read_text(&body, S("CalendarEventInfo"), &text, e) ||
	    !calendar_event_read(c->arena, text, &x.event, e) ||
	    !check_entity(c, x.event.entity, e) || !find_zone(c, &x.event, e))
		return false;
	for (size_t i = 0; i < x.event.nparts; i++) {
		week = week || x.event.parts[i].days != 0;
		if (!save_part(&x, &x.event.parts[i], e))
			return false;
	}
	if (week && x.event.observe && !observe_closures(&x, e))
		return false;
	return calendar_touch(c->store, c->arena, x.event.calendar, e) &&
	       answer_ids(c, S("Microsoft.Dynamics.CRM.msdyn_SaveCalendarResponse"), &x.ids, e);
}

/* deleting */

/* Parts of one recurrence whose days differ. */
static bool goes_with(const struct calendar_entry *x, const struct calendar_entry *y)
{
	return x->varied && y->varied && str_eq(x->group, y->group);
}

static bool drop_entries(struct call *c, const struct calendar_event *event, struct ids *ids,
			 struct err *e)
{
	struct store *s = c->store;
	bool all = event->varied && s->variants.varied_delete == VARIED_DELETE_ALL;
	struct calendar_entries entries;
	const struct calendar_entry *named;
	const struct table *calendars;

	if (!calendar_read(s, c->arena, event->calendar, &entries, e) ||
	    !store_table(s, S("calendar"), &calendars, e) ||
	    !access_row(s, calendars, event->calendar, RIGHT_WRITE, e))
		return false;
	named = calendar_find(&entries, event->inner);
	if (!named)
		return row_fail_missing(calendars, event->inner, e);
	for (size_t i = 0; i < entries.list.n; i++) {
		const struct calendar_entry *entry = &entries.list.p[i];

		if (entry != named && !(all && goes_with(entry, named)))
			continue;
		if (!calendar_drop(s, c->arena, entry, e))
			return false;
		ids_add(ids, entry->inner);
	}
	return calendar_touch(s, c->arena, event->calendar, e);
}

bool calendar_delete(struct call *c, struct err *e)
{
	struct ids ids = { .arena = c->arena };
	struct calendar_event event;
	struct json body;
	struct str text;

	if (!message_body(c, &body, e) || !read_text(&body, S("CalendarEventInfo"), &text, e) ||
	    !calendar_deletion_read(c->arena, text, &event, e) ||
	    !check_entity(c, event.entity, e) || !drop_entries(c, &event, &ids, e))
		return false;
	return answer_ids(c, S("Microsoft.Dynamics.CRM.msdyn_DeleteCalendarResponse"), &ids, e);
}

/* closures */

/* Whoever may write a calendar at all: that of the organization may not be there yet. */
static bool check_writer(struct call *c, struct err *e)
{
	const struct table *calendars;

	return store_table(c->store, S("calendar"), &calendars, e) &&
	       access_table(c->store, calendars, RIGHT_WRITE, e);
}

#define NAME_MAX 160

static bool check_name(struct str name, struct err *e)
{
	size_t n = 0;

	for (size_t at = 0; at < name.n; n++)
		(void)str_next_code_point(name, &at);
	return n <= NAME_MAX ||
	       err_set_code(e, ERR_BAD_REQUEST, CODE_TEXT_LENGTH,
			    "the parameter 'Name' is longer than %d characters", NAME_MAX);
}

static bool read_moment(const struct json *body, struct str name, struct datetime *out,
			struct err *e)
{
	enum datetime_zone zone;
	struct str text;

	if (!read_text(body, name, &text, e))
		return false;
	return datetime_parse_iso(text, out, &zone) ||
	       err_set_code(e, ERR_BAD_REQUEST, CODE_PLUGIN,
			    "the parameter '%.*s' is no date and time", STR_ARG(name));
}

bool calendar_closure_save(struct call *c, struct err *e)
{
	struct calendar_closure closure;
	struct json body;
	struct str name;

	if (!check_writer(c, e) || !message_body(c, &body, e) ||
	    !read_text(&body, S("Name"), &name, e) || !check_name(name, e) ||
	    !read_moment(&body, S("Start"), &closure.start, e) ||
	    !read_moment(&body, S("End"), &closure.end, e))
		return false;
	if (closure.end.ticks <= closure.start.ticks)
		return err_set_code(e, ERR_BAD_REQUEST, CODE_PLUGIN,
				    "StartTime cannot be greater or equal to EndTime.");
	if (closure.end.ticks - closure.start.ticks > LIMIT_CALENDAR_DAYS * DATETIME_DAY)
		return err_set_code(e, ERR_BAD_REQUEST, CODE_PLUGIN,
				    "a closure is longer than five years");
	if (!calendar_closure_add(c->store, c->arena, name, &closure, e))
		return false;
	c->answer->status = 204;
	return true;
}

bool calendar_closure_delete(struct call *c, struct err *e)
{
	struct json body;
	struct guid rule;
	struct str text;

	if (!check_writer(c, e) || !message_body(c, &body, e) ||
	    !read_text(&body, S("Ids"), &text, e))
		return false;
	if (!guid_parse(str_trim(text), &rule))
		return err_set_code(e, ERR_BAD_REQUEST, CODE_PLUGIN,
				    "the parameter 'Ids' is no id of a calendar rule");
	if (!calendar_closure_drop(c->store, c->arena, rule, e))
		return false;
	c->answer->status = 204;
	return true;
}
