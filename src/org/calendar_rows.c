/* SPDX-License-Identifier: MIT */
/*
 * Rows of calendar and calendarrule. They are written past the rules of crud.h about what a caller may set: no caller
 * writes them himself.
 */
#include "org/calendar_rows.h"

#include "org/crud.h"
#include "org/row.h"
#include "org/rules.h"

#include "base/banned.h"

#define INNER S("-1") /* calendar.type */
#define DAY_MINUTES 1440

static const struct {
	enum calendar_kind kind;
	const char *time_code, *sub_code;
} CODES[] = {
	{ CALENDAR_WORK, "0", "1" },  { CALENDAR_BREAK, "2", "4" },   { CALENDAR_OFF, "2", "0" },
	{ CALENDAR_LEAVE, "2", "6" }, { CALENDAR_HOLIDAY, "2", "5" }, { CALENDAR_OTHER, "3", "10" },
};

static const struct str DAYS[] = { STR_INIT("SU"), STR_INIT("MO"), STR_INIT("TU"), STR_INIT("WE"),
				   STR_INIT("TH"), STR_INIT("FR"), STR_INIT("SA") };

struct datetime calendar_open_end(void)
{
	struct civil c = { .year = 9999, .month = 12, .day = 30 };
	struct datetime out = { 0 };
	bool ok = datetime_from_civil(c, &out);

	assert(ok);
	return out;
}

unsigned calendar_days(struct str text)
{
	struct str_splitter parts = str_splitter(text);
	unsigned out = 0;

	for (struct str part; str_split(&parts, ',', &part);) {
		size_t i = 0;

		while (i < COUNT_OF(DAYS) && !str_eq(DAYS[i], part))
			i++;
		if (i == COUNT_OF(DAYS))
			return 0;
		out |= 1u << i;
	}
	return out;
}

struct str calendar_pattern(struct arena *a, unsigned days)
{
	DEFER(buf_release) struct buf b = buf_make(0);

	buf_add(&b, CALENDAR_WEEKLY);
	for (size_t i = 0; i < COUNT_OF(DAYS); i++) {
		if (!(days & 1u << i))
			continue;
		if (b.n > CALENDAR_WEEKLY.n)
			buf_add_char(&b, ',');
		buf_add(&b, DAYS[i]);
	}
	return str_dup(a, buf_str(&b));
}

/* reading */

static struct datetime read_time(struct str text, struct datetime otherwise)
{
	enum datetime_zone zone;
	struct datetime out;

	return datetime_parse_iso(text, &out, &zone) ? out : otherwise;
}

static enum calendar_kind kind_of(int64_t time_code, int64_t sub_code)
{
	if (time_code == 0)
		return CALENDAR_WORK;
	if (time_code != 2)
		return CALENDAR_OTHER;
	switch (sub_code) {
	case 4:
		return CALENDAR_BREAK;
	case 5:
		return CALENDAR_HOLIDAY;
	case 6:
		return CALENDAR_LEAVE;
	default:
		return CALENDAR_OFF;
	}
}

static bool read_leaves(struct store *s, struct arena *a, struct calendar_entry *entry,
			struct err *e)
{
	VEC(struct calendar_leaf) leaves = { 0 };
	struct stmt *st;
	bool row;

	if (!store_statement(s,
			     S("select \"offset\", duration, timecode, subcode, effort from "
			       "calendarrule where calendarid = ?1 and innercalendarid is null "
			       "and \"offset\" is not null order by \"offset\", versionnumber"),
			     &st, e))
		return false;
	stmt_bind_str(st, 1, guid_text(a, entry->inner));
	while (true) {
		if (!stmt_step(st, &row, e))
			return false;
		if (!row)
			break;
		*VEC_PUSH(a, &leaves) = (struct calendar_leaf){
			.kind = kind_of(stmt_i64(st, 2), stmt_i64(st, 3)),
			.start = stmt_i64(st, 0),
			.minutes = stmt_i64(st, 1),
			.effort = str_dup(a, stmt_str(st, 4)),
		};
	}
	entry->leaves = leaves.p;
	entry->nleaves = leaves.n;
	return true;
}

static void read_entry(struct arena *a, struct stmt *st, struct calendar_entry *out)
{
	struct datetime never = { 0 };

	*out = (struct calendar_entry){
		.rank = stmt_i64(st, 2),
		.extent = stmt_i64(st, 3),
		.pattern = str_dup(a, stmt_str(st, 4)),
		.start = read_time(stmt_str(st, 5), never),
		.end = read_time(stmt_str(st, 6), calendar_open_end()),
		.minutes = stmt_i64(st, 7),
		.zone = stmt_i64(st, 8),
		.varied = stmt_i64(st, 9) != 0,
		.group = str_dup(a, stmt_str(st, 10)),
		.description = str_dup(a, stmt_str(st, 11)),
		.modified = str_dup(a, stmt_str(st, 12)),
		.reason = str_dup(a, stmt_str(st, 13)),
	};
	if (!guid_parse(stmt_str(st, 0), &out->rule) || !guid_parse(stmt_str(st, 1), &out->inner))
		out->rank = -1; /* no row that we can speak of */
	if (str_starts(out->pattern, CALENDAR_WEEKLY))
		out->days = calendar_days(str_skip(out->pattern, CALENDAR_WEEKLY.n));
}

static bool read_rules(struct store *s, struct arena *a, struct calendar_entries *out,
		       struct err *e)
{
	struct stmt *st;
	bool row;

	if (!store_statement(
		    s,
		    S("select r.calendarruleid, r.innercalendarid, r.\"rank\", r.extentcode, "
		      "r.pattern, r.starttime, r.effectiveintervalend, r.duration, "
		      "r.timezonecode, r.isvaried, r.groupdesignator, r.description, "
		      "r.modifiedon, c.name from calendarrule r left join calendar c "
		      "on c.calendarid = r.innercalendarid where r.calendarid = ?1 and "
		      "r.innercalendarid is not null order by r.versionnumber, r.calendarruleid"),
		    &st, e))
		return false;
	stmt_bind_str(st, 1, guid_text(a, out->calendar));
	while (true) {
		struct calendar_entry entry;

		if (!stmt_step(st, &row, e))
			return false;
		if (!row)
			return true;
		read_entry(a, st, &entry);
		if (entry.rank >= 0)
			*VEC_PUSH(a, &out->list) = entry;
	}
}

bool calendar_read(struct store *s, struct arena *a, struct guid calendar,
		   struct calendar_entries *out, struct err *e)
{
	const struct table *t;
	int64_t version;

	*out = (struct calendar_entries){ .calendar = calendar };
	if (!store_table(s, S("calendar"), &t, e))
		return false;
	assert(t); /* calendar_tables */
	if (!row_version(s, t, calendar, &version, e))
		return false;
	if (version < 0)
		return row_fail_missing(t, calendar, e);
	if (!read_rules(s, a, out, e))
		return false;
	for (size_t i = 0; i < out->list.n; i++) {
		if (!read_leaves(s, a, &out->list.p[i], e))
			return false;
	}
	return true;
}

struct calendar_entry *calendar_find(const struct calendar_entries *entries, struct guid inner)
{
	for (size_t i = 0; i < entries->list.n; i++) {
		if (guid_eq(entries->list.p[i].inner, inner))
			return &entries->list.p[i];
	}
	return NULL;
}

/* writing */

static void set(const struct row *row, const char *column, struct str text)
{
	struct value *v = row_value(row, str_from(column));

	if (v)
		*v = text.n > 0 ? (struct value){ .kind = VALUE_TEXT, .text = text }
				: (struct value){ .kind = VALUE_NULL };
}

static void set_number(struct arena *a, const struct row *row, const char *column, int64_t number)
{
	set(row, column, str_from_i64(a, number));
}

static void set_time(struct arena *a, const struct row *row, const char *column,
		     struct datetime when)
{
	char text[DATETIME_TEXT_SIZE];

	set(row, column, str_dup(a, datetime_format_iso(when, text)));
}

static void point_to(struct arena *a, const struct row *row, const char *column, struct guid id)
{
	struct value *v = row_value(row, str_from(column));

	if (v)
		*v = (struct value){ .kind = VALUE_REF,
				     .text = guid_text(a, id),
				     .table = S("calendar") };
}

static bool tables(struct store *s, const struct table **calendars, const struct table **rules,
		   struct err *e)
{
	return store_table(s, S("calendar"), calendars, e) &&
	       store_table(s, S("calendarrule"), rules, e);
}

static bool insert(struct store *s, struct arena *a, struct row *row, struct err *e)
{
	return rules_fill_new(s, a, row, e) && row_insert(s, row, e);
}

static bool add_leaf(struct store *s, struct arena *a, const struct table *rules,
		     const struct calendar_entry *entry, const struct calendar_leaf *leaf,
		     struct err *e)
{
	struct row row = row_make(a, rules, guid_random(&s->rng));

	point_to(a, &row, "calendarid", entry->inner);
	set_number(a, &row, "offset", leaf->start);
	set_number(a, &row, "duration", leaf->minutes);
	for (size_t i = 0; i < COUNT_OF(CODES); i++) {
		if (CODES[i].kind != leaf->kind)
			continue;
		set(&row, "timecode", str_from(CODES[i].time_code));
		set(&row, "subcode", str_from(CODES[i].sub_code));
	}
	if (leaf->effort.n > 0)
		set(&row, "effort", leaf->effort);
	set(&row, "rank", S("0"));
	set_number(a, &row, "timezonecode", entry->zone);
	set(&row, "issimple", S("1"));
	set(&row, "isselected", S("1"));
	return insert(s, a, &row, e);
}

static bool add_leaves(struct store *s, struct arena *a, const struct table *rules,
		       const struct calendar_entry *entry, struct err *e)
{
	for (size_t i = 0; i < entry->nleaves; i++) {
		if (!add_leaf(s, a, rules, entry, &entry->leaves[i], e))
			return false;
	}
	return true;
}

static void fill_rule(struct arena *a, struct row *row, struct guid calendar,
		      const struct calendar_entry *entry)
{
	point_to(a, row, "calendarid", calendar);
	point_to(a, row, "innercalendarid", entry->inner);
	set(row, "pattern", entry->pattern);
	set_number(a, row, "rank", entry->rank);
	set_number(a, row, "extentcode", entry->extent);
	set_time(a, row, "starttime", entry->start);
	set_time(a, row, "effectiveintervalend", entry->end);
	set_number(a, row, "duration", entry->minutes > 0 ? entry->minutes : DAY_MINUTES);
	set_number(a, row, "timezonecode", entry->zone);
	set(row, "isvaried", entry->varied ? S("1") : S("0"));
	set(row, "isselected", S("1"));
	set(row, "groupdesignator", entry->group);
	set(row, "description", entry->description);
}

static bool add_inner(struct store *s, struct arena *a, const struct table *calendars,
		      const struct calendar_entry *entry, struct err *e)
{
	struct row row = row_make(a, calendars, entry->inner);

	set(&row, "type", INNER);
	set(&row, "name", entry->reason);
	set(&row, "isshared", S("0"));
	return insert(s, a, &row, e);
}

bool calendar_add(struct store *s, struct arena *a, struct guid calendar,
		  struct calendar_entry *entry, struct err *e)
{
	const struct table *calendars, *rules;
	bool own = guid_is_null(entry->inner);

	if (!tables(s, &calendars, &rules, e))
		return false;
	if (own)
		entry->inner = guid_random(&s->rng);
	if (own && (!add_inner(s, a, calendars, entry, e) || !add_leaves(s, a, rules, entry, e)))
		return false;
	entry->rule = guid_random(&s->rng);

	struct row row = row_make(a, rules, entry->rule);

	fill_rule(a, &row, calendar, entry);
	return insert(s, a, &row, e);
}

static bool update(struct store *s, struct arena *a, struct row *row, struct err *e)
{
	return rules_fill_changed(s, a, row, e) && row_update(s, row, e);
}

/* The times of an inner calendar. */
static bool drop_leaves(struct store *s, struct arena *a, struct guid inner, struct err *e)
{
	struct stmt *st;

	if (!store_statement(s, S("delete from calendarrule where calendarid = ?1"), &st, e))
		return false;
	stmt_bind_str(st, 1, guid_text(a, inner));
	return stmt_run(st, e);
}

bool calendar_replace(struct store *s, struct arena *a, struct guid calendar,
		      const struct calendar_entry *entry, struct err *e)
{
	const struct table *calendars, *rules;

	if (!tables(s, &calendars, &rules, e) || !drop_leaves(s, a, entry->inner, e) ||
	    !add_leaves(s, a, rules, entry, e))
		return false;

	struct row inner = row_make(a, calendars, entry->inner);
	struct row rule = row_make(a, rules, entry->rule);

	set(&inner, "name", entry->reason);
	fill_rule(a, &rule, calendar, entry);
	return update(s, a, &inner, e) && update(s, a, &rule, e);
}

static bool is_used(struct store *s, struct arena *a, struct guid inner, bool *out, struct err *e)
{
	struct stmt *st;

	if (!store_statement(s,
			     S("select 1 from calendarrule where innercalendarid = ?1 union all "
			       "select 1 from organization where businessclosurecalendarid = ?1"),
			     &st, e))
		return false;
	stmt_bind_str(st, 1, guid_text(a, inner));
	if (!stmt_step(st, out, e))
		return false;
	stmt_reset(st);
	return true;
}

bool calendar_drop(struct store *s, struct arena *a, const struct calendar_entry *entry,
		   struct err *e)
{
	const struct table *calendars, *rules;
	bool used;

	if (!tables(s, &calendars, &rules, e) ||
	    !crud_delete(s, a, rules, entry->rule, CRUD_IF_EXISTS, 0, e) ||
	    !is_used(s, a, entry->inner, &used, e))
		return false;
	return used || crud_delete(s, a, calendars, entry->inner, CRUD_IF_EXISTS, 0, e);
}

bool calendar_set_end(struct store *s, struct arena *a, const struct calendar_entry *entry,
		      struct datetime end, struct err *e)
{
	const struct table *calendars, *rules;

	if (!tables(s, &calendars, &rules, e))
		return false;

	struct row rule = row_make(a, rules, entry->rule);

	set_time(a, &rule, "effectiveintervalend", end);
	return update(s, a, &rule, e);
}

bool calendar_touch(struct store *s, struct arena *a, struct guid calendar, struct err *e)
{
	const struct table *calendars, *rules;

	if (!tables(s, &calendars, &rules, e))
		return false;

	struct row row = row_make(a, calendars, calendar);

	return update(s, a, &row, e);
}
