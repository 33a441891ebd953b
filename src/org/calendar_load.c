/* SPDX-License-Identifier: MIT */
/*
 * The answers; calendar_days.h tells what is in them.
 */
#include "org/calendar_load.h"

#include <inttypes.h>

#include "base/limits.h"
#include "io/json.h"
#include "org/access.h"
#include "org/calendar_days.h"
#include "org/code.h"
#include "org/ids.h"
#include "org/parameter.h"

#include "base/banned.h"

static bool fail(struct err *e, const char *what)
{
	return err_set_code(e, ERR_BAD_REQUEST, CODE_PLUGIN, "LoadCalendarsInput: %s", what);
}

struct loading {
	struct datetime from, to;
	struct ids calendars;
};

static bool read_moment(const struct json *o, struct str name, struct datetime *out, struct err *e)
{
	enum datetime_zone zone;

	return datetime_parse_iso(json_text(o, name), out, &zone) ||
	       err_set_code(e, ERR_BAD_REQUEST, CODE_PLUGIN,
			    "LoadCalendarsInput: %.*s is no date and time", STR_ARG(name));
}

static bool read_ids(const struct json *o, struct loading *x, struct err *e)
{
	const struct json *ids = json_get(o, S("CalendarIds"));
	struct guid id;

	if (!ids || ids->kind != JSON_ARRAY || ids->n == 0)
		return fail(e, "CalendarIds is missing or empty");
	if (ids->n > LIMIT_CALENDARS)
		return fail(e, "CalendarIds has too many items");
	for (size_t i = 0; i < ids->n; i++) {
		if (ids->items[i].kind != JSON_STRING || !guid_parse(ids->items[i].text, &id))
			return fail(e, "CalendarIds has an item that is no id");
		ids_add(&x->calendars, id);
	}
	return true;
}

static bool read_input(struct call *c, struct loading *x, struct err *e)
{
	struct json body, input;
	struct err why;
	struct str text;

	if (!message_body(c, &body, e))
		return false;
	text = json_text(&body, S("LoadCalendarsInput"));
	if (text.n == 0)
		return err_set_code(e, ERR_BAD_REQUEST, CODE_PAYLOAD,
				    "the parameter 'LoadCalendarsInput' is missing, or is no text");
	if (!json_parse(c->arena, text, "LoadCalendarsInput", &input, &why) ||
	    input.kind != JSON_OBJECT)
		return fail(e, "the input source is not correctly formatted");
	return read_moment(&input, S("StartDate"), &x->from, e) &&
	       read_moment(&input, S("EndDate"), &x->to, e) && read_ids(&input, x, e);
}

/* As WCF writes dates. */
static void put_date(struct call *c, struct json_writer *w, struct str key, struct datetime t)
{
	json_key(w, key);
	json_str(w, str_fmt(c->arena, "/Date(%" PRId64 ")/", t.ticks / (DATETIME_SECOND / 1000)));
}

static void put_codes(struct json_writer *w, enum calendar_kind kind)
{
	static const int time_codes[] = { 0, 2, 2, 2, 2, 3 };
	static const int sub_codes[] = { 1, 4, 0, 6, 5, 10 };

	json_key(w, S("TimeCode"));
	json_i64(w, time_codes[kind]);
	json_key(w, S("SubCode"));
	json_i64(w, sub_codes[kind]);
}

static void put_effort(struct json_writer *w, struct str effort)
{
	json_key(w, S("Effort"));
	json_num(w, effort.n > 0 ? effort : S("0"));
}

static void put_event(struct call *c, struct json_writer *w, struct guid calendar,
		      const struct calendar_event_time *t)
{
	json_object(w);
	json_guid(w, S("CalendarId"), calendar);
	json_guid(w, S("InnerCalendarId"), t->inner);
	put_date(c, w, S("Start"), t->start);
	put_date(c, w, S("End"), t->end);
	put_effort(w, t->effort);
	put_codes(w, t->kind);
	json_object_end(w);
}

static bool put_calendar(struct call *c, struct json_writer *w, const struct loading *x,
			 struct guid calendar, struct err *e)
{
	const struct table *calendars;
	struct calendar_times times;

	if (!calendar_times_read(c->store, c->arena, calendar, x->from, x->to, &times, e) ||
	    !store_table(c->store, S("calendar"), &calendars, e) ||
	    !access_row(c->store, calendars, calendar, RIGHT_READ, e))
		return false;
	json_key(w, guid_text(c->arena, calendar));
	json_array(w);
	for (size_t i = 0; i < times.list.n; i++)
		put_event(c, w, calendar, &times.list.p[i]);
	json_array_end(w);
	return true;
}

static bool is_repeated(const struct ids *ids, size_t i)
{
	for (size_t k = 0; k < i; k++) {
		if (guid_eq(ids->list.p[k], ids->list.p[i]))
			return true;
	}
	return false;
}

static bool write_events(struct call *c, const struct loading *x, struct buf *out, struct err *e)
{
	struct buf_sink sink = buf_sink_make(out);
	DEFER(json_writer_release) struct json_writer w = json_writer_make(&sink.sink);

	json_object(&w);
	for (size_t i = 0; i < x->calendars.list.n; i++) {
		if (!is_repeated(&x->calendars, i) &&
		    !put_calendar(c, &w, x, x->calendars.list.p[i], e))
			return false;
	}
	json_object_end(&w);
	return json_writer_finish(&w, e);
}

bool calendar_load(struct call *c, struct err *e)
{
	struct loading x = { .calendars = { .arena = c->arena } };
	DEFER(buf_release) struct buf events = buf_make(LIMIT_JSON_ROW);

	if (!read_input(c, &x, e) || !write_events(c, &x, &events, e))
		return false;
	call_json(c, 200);

	DEFER(json_writer_release) struct json_writer w = json_writer_make(call_sink(c));

	json_object(&w);
	json_key(&w, S("@odata.context"));
	json_str(&w, call_context(c, S("Microsoft.Dynamics.CRM.msdyn_LoadCalendarsResponse")));
	json_key(&w, S("CalendarEvents"));
	json_str(&w, buf_str(&events));
	json_object_end(&w);
	return json_writer_finish(&w, e);
}

static void put_moment(struct json_writer *w, struct str key, struct datetime t)
{
	char text[DATETIME_TEXT_SIZE];

	json_key(w, key);
	json_str(w, datetime_format_iso(t, text));
}

/* TimeCode and SubCode are enumerations there: by name. */
static void put_names(struct json_writer *w, enum calendar_kind kind)
{
	static const struct str times[] = {
		STR_INIT("Available"),   STR_INIT("Unavailable"), STR_INIT("Unavailable"),
		STR_INIT("Unavailable"), STR_INIT("Unavailable"), STR_INIT("Filter"),
	};
	static const struct str subs[] = {
		STR_INIT("Schedulable"), STR_INIT("Break"),   STR_INIT("Unspecified"),
		STR_INIT("Vacation"),    STR_INIT("Holiday"), STR_INIT("ResourceCapacity"),
	};

	json_key(w, S("TimeCode"));
	json_str(w, times[kind]);
	json_key(w, S("SubCode"));
	json_str(w, subs[kind]);
}

static void put_block(struct json_writer *w, struct guid calendar,
		      const struct calendar_event_time *t)
{
	json_object(w);
	put_moment(w, S("Start"), t->start);
	put_moment(w, S("End"), t->end);
	put_names(w, t->kind);
	json_guid(w, S("SourceId"), (struct guid){ 0 });
	json_guid(w, S("CalendarId"), calendar);
	json_key(w, S("SourceTypeCode"));
	json_i64(w, 0);
	json_key(w, S("IsActivity"));
	json_bool(w, false);
	json_key(w, S("ActivityStatusCode"));
	json_i64(w, -1);
	put_effort(w, t->effort);
	json_key(w, S("DisplayText"));
	json_str(w, S(""));
	json_object_end(w);
}

bool calendar_expand(struct call *c, struct err *e)
{
	struct calendar_times times;
	struct datetime from, to;
	const struct table *t;
	struct guid id;

	if (!call_row(c, &t, &id, e))
		return false;
	if (!str_eq(t->name, S("calendar")))
		return err_set_code(e, ERR_NOT_FOUND, CODE_ODATA,
				    "Resource not found for the segment 'ExpandCalendar'.");
	if (!message_parameter_moment(c, S("Start"), &from, e) ||
	    !message_parameter_moment(c, S("End"), &to, e) ||
	    !calendar_times_read(c->store, c->arena, id, from, to, &times, e) ||
	    !access_row(c->store, t, id, RIGHT_READ, e))
		return false;
	call_json(c, 200);

	DEFER(json_writer_release) struct json_writer w = json_writer_make(call_sink(c));

	json_object(&w);
	json_key(&w, S("@odata.context"));
	json_str(&w, call_context(c, S("Microsoft.Dynamics.CRM.ExpandCalendarResponse")));
	json_key(&w, S("result"));
	json_array(&w);
	for (size_t i = 0; i < times.list.n; i++)
		put_block(&w, id, &times.list.p[i]);
	json_array_end(&w);
	json_object_end(&w);
	return json_writer_finish(&w, e);
}
