/* SPDX-License-Identifier: MIT */
/*
 * People and what belongs to them: names, calendars, mailboxes, queues; and operating hours, which have a
 * calendar, too (facts/routing.md a.10, e, f.1).
 */
#include "org/behaviour_parts.h"

#include "base/banned.h"

#define UTC 92 /* of the platform's time zones */

/* calendars */

static bool make_one(const struct happening *h, struct str name, int type, struct guid *id,
		     struct err *e)
{
	struct draft d;

	if (!draft_begin(h, S("calendar"), &d, e))
		return false;
	draft_put(&d, S("name"), value_text(name));
	draft_put(&d, S("type"), value_number(h->a, type));
	draft_put(&d, S("isshared"), value_text(S("0")));
	draft_put(&d, S("businessunitid"), value_to(h->a, S("businessunit"), h->s->root_unit));
	return draft_create(h, &d, id, e);
}

static void put_span(const struct happening *h, struct draft *d, struct guid calendar, int offset,
		     int minutes)
{
	draft_put(d, S("calendarid"), value_to(h->a, S("calendar"), calendar));
	draft_put(d, S("rank"), value_text(S("0")));
	draft_put(d, S("offset"), value_number(h->a, offset));
	draft_put(d, S("duration"), value_number(h->a, minutes));
}

bool make_calendar(const struct happening *h, struct str name, int64_t zone, struct guid *id,
		   struct err *e)
{
	struct guid inner, rule;
	struct draft days, hours;

	if (!make_one(h, name, 0, id, e) || !make_one(h, name, -1, &inner, e) ||
	    !draft_begin(h, S("calendarrule"), &days, e) ||
	    !draft_begin(h, S("calendarrule"), &hours, e))
		return false;
	put_span(h, &days, *id, 0, 24 * 60);
	draft_put(&days, S("rank"), value_text(S("2")));
	draft_put(&days, S("starttime"), value_text(S("2000-01-01T00:00:00Z")));
	draft_put(&days, S("effectiveintervalend"), value_text(S("9999-12-30T00:00:00Z")));
	draft_put(&days, S("groupdesignator"),
		  value_text(S("FC5769FC-4DE9-445D-8F4E-6E9869E60857")));
	draft_put(&days, S("pattern"),
		  value_text(S("FREQ=WEEKLY;INTERVAL=1;BYDAY=MO,TU,WE,TH,FR")));
	draft_put(&days, S("timezonecode"), value_number(h->a, zone));
	draft_put(&days, S("extentcode"), value_text(S("1")));
	draft_put(&days, S("innercalendarid"), value_to(h->a, S("calendar"), inner));
	put_span(h, &hours, inner, 8 * 60, 9 * 60);
	draft_put(&hours, S("timecode"), value_text(S("0")));
	draft_put(&hours, S("subcode"), value_text(S("1")));
	draft_put(&hours, S("effort"), value_text(S("1")));
	return draft_create(h, &days, &rule, e) && draft_create(h, &hours, &rule, e);
}

enum { CALENDAR_IS_OURS, CALENDAR_IF_NONE };

bool act_hours_calendar(struct happening *h, struct err *e)
{
	const struct value *name = happening_told(h, S("msdyn_name"));
	const struct value *told = happening_told(h, S("msdyn_timezone"));
	int64_t zone = UTC;
	struct guid id;

	if (h->variant == CALENDAR_IF_NONE && happening_told(h, S("msdyn_calendarid")))
		return true;
	if (told && !str_parse_i64(told->text, &zone))
		zone = UTC;
	if (!make_calendar(h, name ? name->text : S("Operating hours"), zone, &id, e))
		return false;
	happening_put(h, S("msdyn_calendarid"), value_text(guid_text(h->a, id)));
	return true;
}

/* names */

static bool join(const struct happening *h, const struct str *parts, size_t n, struct str *out,
		 struct err *e)
{
	*out = S("");
	for (size_t i = 0; i < n; i++) {
		struct value v;

		if (!happening_value(h, parts[i], &v, e))
			return false;
		if (v.kind != VALUE_TEXT || v.text.n == 0)
			continue;
		*out = out->n > 0 ? str_fmt(h->a, "%.*s %.*s", STR_ARG(*out), STR_ARG(v.text))
				  : v.text;
	}
	return true;
}

/* As many whole characters as the column takes. */
static struct str cut(struct str s, size_t max)
{
	size_t pos = 0, end = 0;

	for (size_t n = 0; n < max && pos < s.n; n++) {
		(void)str_next_code_point(s, &pos);
		end = pos;
	}
	return str_sub(s, 0, end);
}

static bool put_name(const struct happening *h, struct str whole, const struct str *parts, size_t n,
		     struct err *e)
{
	const struct column *c = table_column(h->table, whole);
	struct str text;
	bool told = false;

	for (size_t i = 0; i < n; i++)
		told = told || happening_tells(h, parts[i]);
	if (!c || !told)
		return true;
	if (!join(h, parts, n, &text, e))
		return false;
	if (c->max_length > 0)
		text = cut(text, (size_t)c->max_length);
	happening_put(h, whole, text.n > 0 ? value_text(text) : value_null());
	return true;
}

bool act_full_name(struct happening *h, struct err *e)
{
	static const struct str plain[] = { STR_INIT("firstname"), STR_INIT("lastname") };
	static const struct str yomi[] = { STR_INIT("yomifirstname"), STR_INIT("yomilastname") };

	return put_name(h, S("fullname"), plain, COUNT_OF(plain), e) &&
	       put_name(h, S("yomifullname"), yomi, COUNT_OF(yomi), e);
}

/* companions */

static bool is_open(const struct happening *h, struct str column)
{
	return table_column(h->table, column) && !happening_told(h, column);
}

static bool add_calendar(const struct happening *h, struct str name, struct err *e)
{
	struct guid id;

	if (!is_open(h, S("calendarid")))
		return true;
	if (!make_calendar(h, name, UTC, &id, e))
		return false;
	happening_put(h, S("calendarid"), value_to(h->a, S("calendar"), id));
	return true;
}

static bool add_mailbox(const struct happening *h, struct str name, struct err *e)
{
	const struct value *address = happening_told(h, S("internalemailaddress"));
	struct draft d;
	struct guid id;

	if (!is_open(h, S("defaultmailbox")))
		return true;
	if (!draft_begin(h, S("mailbox"), &d, e))
		return false;
	draft_put(&d, S("name"), value_text(name));
	if (address)
		draft_put(&d, S("emailaddress"), *address);
	if (!draft_create(h, &d, &id, e))
		return false;
	happening_put(h, S("defaultmailbox"), value_to(h->a, S("mailbox"), id));
	return true;
}

static bool add_queue(const struct happening *h, struct str name, struct err *e)
{
	struct draft d;
	struct guid id;

	if (!is_open(h, S("queueid")))
		return true;
	if (!draft_begin(h, S("queue"), &d, e))
		return false;
	draft_put(&d, S("name"), value_text(str_fmt(h->a, "<%.*s>", STR_ARG(cut(name, 150)))));
	draft_put(&d, S("queueviewtype"), value_text(S("1")));
	if (!draft_create(h, &d, &id, e))
		return false;
	happening_put(h, S("queueid"), value_to(h->a, S("queue"), id));
	return true;
}

bool act_companions(struct happening *h, struct err *e)
{
	bool user = str_eq(h->table->name, S("systemuser"));
	struct str name;

	if (user) {
		static const struct str parts[] = { STR_INIT("firstname"), STR_INIT("lastname") };

		if (!join(h, parts, COUNT_OF(parts), &name, e))
			return false;
	} else {
		const struct value *told = happening_told(h, S("name"));

		name = told ? told->text : S("");
	}
	name = cut(name, 100);
	return add_calendar(h, name, e) && add_mailbox(h, name, e) && add_queue(h, name, e);
}
