/* SPDX-License-Identifier: MIT */
/*
 * The names of zones are ours: "(GMT+01:00) Berlin", of the offset in winter and the town that the zone is called
 * after.
 */
#include "org/functions_time.h"

#include <inttypes.h>

#include "io/json.h"
#include "io/zone.h"
#include "dv/zone_code.h"
#include "org/code.h"
#include "org/parameter.h"

#include "base/banned.h"

#define MINUTE (60 * DATETIME_SECOND)

static bool read_number(struct call *c, struct str name, int64_t *out, struct err *e)
{
	struct str text;

	return message_parameter(c, name, &text, e) &&
	       (str_parse_i64(text, out) ||
		err_set_code(e, ERR_BAD_REQUEST, CODE_ODATA,
			     "the parameter '%.*s' is no whole number", STR_ARG(name)));
}

static int64_t offset_at(const struct zone *z, int month)
{
	struct civil c = { .year = 2024, .month = month, .day = 1 };
	struct datetime t = { 0 };
	bool ok = datetime_from_civil(c, &t);

	assert(ok);
	return (zone_to_local(z, t).ticks - t.ticks) / MINUTE;
}

/* Without summer time, on either half of the earth. */
static int64_t standard_offset(const struct zone *z)
{
	int64_t january = offset_at(z, 1);
	int64_t july = offset_at(z, 7);

	return january < july ? january : july;
}

static struct str town(struct arena *a, const char *name)
{
	struct str rest = str_from(name);
	size_t slash = str_find_char(rest, '/');
	char *p;

	if (str_eq(rest, S("Etc/UTC")))
		return S("Coordinated Universal Time");
	if (str_starts(rest, S("Etc/")))
		return S("Coordinated Universal Time, shifted");
	while (slash != STR_NONE) {
		rest = str_skip(rest, slash + 1);
		slash = str_find_char(rest, '/');
	}
	p = arena_alloc(a, rest.n);
	for (size_t i = 0; i < rest.n; i++)
		p[i] = rest.p[i] == '_' ? ' ' : rest.p[i];
	return str_of(p, rest.n);
}

static bool put_zone(struct call *c, struct json_writer *w, int64_t code, struct err *e)
{
	DEFER(zone_close) struct zone *z = NULL;
	const char *name = zone_code_name(code);
	int64_t offset;

	if (!zone_open(&z, c->arena, name, e))
		return false;
	offset = standard_offset(z);

	int64_t minutes = offset < 0 ? -offset : offset;

	json_object(w);
	json_key(w, S("timezonecode"));
	json_i64(w, code);
	json_key(w, S("userinterfacename"));
	json_str(w, str_fmt(c->arena, "(GMT%c%02" PRId64 ":%02" PRId64 ") %.*s",
			    offset < 0 ? '-' : '+', minutes / 60, minutes % 60,
			    STR_ARG(town(c->arena, name))));
	json_object_end(w);
	return true;
}

bool function_zones(struct call *c, struct err *e)
{
	int64_t code, locale;

	if (!read_number(c, S("LocaleId"), &locale, e))
		return false;
	call_json(c, 200);

	DEFER(json_writer_release) struct json_writer w = json_writer_make(call_sink(c));

	json_object(&w);
	json_key(&w, S("@odata.context"));
	json_str(&w, call_context(c, S("timezonedefinitions")));
	json_key(&w, S("value"));
	json_array(&w);
	for (size_t i = 0; zone_code_at(i, &code); i++) {
		if (!put_zone(c, &w, code, e))
			return false;
	}
	json_array_end(&w);
	json_object_end(&w);
	return json_writer_finish(&w, e);
}

static bool find_code(struct str wanted, int64_t *code)
{
	char name[ZONE_WINDOWS_SIZE];

	for (size_t i = 0; zone_code_at(i, code); i++) {
		struct str known = zone_windows_name(zone_code_name(*code), name);

		if (str_eq_ascii_nocase(known, wanted))
			return true;
	}
	return false;
}

bool function_zone_code(struct call *c, struct err *e)
{
	int64_t code, locale;
	struct str name;

	if (!message_parameter_text(c, S("LocalizedStandardName"), &name, e) ||
	    !read_number(c, S("LocaleId"), &locale, e))
		return false;
	if (!find_code(name, &code))
		return err_set_code(e, ERR_BAD_REQUEST, CODE_INVALID_ARGUMENT,
				    "there is no time zone '%.*s'", STR_ARG(str_sub(name, 0, 100)));
	call_json(c, 200);

	DEFER(json_writer_release) struct json_writer w = json_writer_make(call_sink(c));

	json_object(&w);
	json_key(&w, S("@odata.context"));
	json_str(&w,
		 call_context(c,
			      S("Microsoft.Dynamics.CRM.GetTimeZoneCodeByLocalizedNameResponse")));
	json_key(&w, S("TimeZoneCode"));
	json_i64(&w, code);
	json_object_end(&w);
	return json_writer_finish(&w, e);
}

static bool open_zone(struct call *c, struct zone **out, struct err *e)
{
	const char *name;
	int64_t code;

	if (!read_number(c, S("TimeZoneCode"), &code, e))
		return false;
	name = zone_code_name(code);
	if (!name)
		return err_set_code(e, ERR_BAD_REQUEST, CODE_INVALID_ARGUMENT,
				    "there is no time zone with the code %" PRId64, code);
	return zone_open(out, c->arena, name, e);
}

static bool answer_time(struct call *c, struct str response, struct str name, struct datetime t,
			struct err *e)
{
	char text[DATETIME_TEXT_SIZE];

	call_json(c, 200);

	DEFER(json_writer_release) struct json_writer w = json_writer_make(call_sink(c));

	json_object(&w);
	json_key(&w, S("@odata.context"));
	json_str(&w, call_context(c, response));
	json_key(&w, name);
	json_str(&w, datetime_format_iso(t, text));
	json_object_end(&w);
	return json_writer_finish(&w, e);
}

bool function_local_time(struct call *c, struct err *e)
{
	DEFER(zone_close) struct zone *z = NULL;
	struct datetime t;

	return open_zone(c, &z, e) && message_parameter_moment(c, S("UtcTime"), &t, e) &&
	       answer_time(c, S("Microsoft.Dynamics.CRM.LocalTimeFromUtcTimeResponse"),
			   S("LocalTime"), zone_to_local(z, t), e);
}

bool function_utc_time(struct call *c, struct err *e)
{
	DEFER(zone_close) struct zone *z = NULL;
	struct datetime t;

	return open_zone(c, &z, e) && message_parameter_moment(c, S("LocalTime"), &t, e) &&
	       answer_time(c, S("Microsoft.Dynamics.CRM.UtcTimeFromLocalTimeResponse"),
			   S("UtcTime"), zone_to_utc(z, t), e);
}
