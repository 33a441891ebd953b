/* SPDX-License-Identifier: MIT */
/*
 * Labels, dates and numbers for people.
 */
#include "org/format.h"

#include "base/decimal_sum.h"
#include "dv/value_form.h"

#include "base/banned.h"

bool format_applies(const struct column *c)
{
	switch (c->type) {
	case COLUMN_INTEGER:
	case COLUMN_BIGINT:
	case COLUMN_DECIMAL:
	case COLUMN_DOUBLE:
	case COLUMN_MONEY:
	case COLUMN_BOOLEAN:
	case COLUMN_MANAGED:
	case COLUMN_DATETIME:
	case COLUMN_PICKLIST:
	case COLUMN_MULTISELECT:
	case COLUMN_STATE:
	case COLUMN_STATUS:
		return true;
	case COLUMN_STRING:
	case COLUMN_MEMO:
	case COLUMN_ENTITY_NAME:
	case COLUMN_LOOKUP:
	case COLUMN_CUSTOMER:
	case COLUMN_OWNER:
	case COLUMN_PARTYLIST:
	case COLUMN_GUID:
	case COLUMN_IMAGE:
	case COLUMN_FILE:
	case COLUMN_VIRTUAL:
		return false;
	}
	return false;
}

static struct str label_of(const struct column *c, struct str number)
{
	int64_t v;

	if (!str_parse_i64(number, &v) || v < INT32_MIN || v > INT32_MAX)
		return S("");

	const struct option *o = column_option(c, (int32_t)v);

	return o ? str_trim(o->label) : S("");
}

static void format_set(struct buf *out, const struct column *c, struct str stored)
{
	struct str_splitter numbers = str_splitter(stored);
	bool first = true;

	for (struct str number; str_split(&numbers, ',', &number); first = false) {
		struct str label = label_of(c, number);

		buf_add(out, first ? S("") : S("; "));
		buf_add(out, label.n > 0 ? label : number);
	}
}

static void format_flag(struct buf *out, const struct column *c, struct str stored)
{
	struct str label = label_of(c, stored);

	if (label.n == 0)
		label = str_eq(stored, S("1")) ? S("Yes") : S("No");
	buf_add(out, label);
}

/* 4/7/2023 9:59 PM */
static void format_moment(struct buf *out, const struct format *f, const struct column *column,
			  struct str stored)
{
	struct datetime d;
	enum moment_kind kind;

	if (!form_moment_read(stored, &d, &kind))
		return;
	if (f->zone && column->behavior == DATE_USER_LOCAL)
		d = zone_to_local(f->zone, d);

	struct civil c = datetime_to_civil(d);
	int hour = c.hour % 12 == 0 ? 12 : c.hour % 12;

	buf_add_fmt(out, "%d/%d/%04d", c.month, c.day, c.year);
	if (kind != MOMENT_DATE && !str_eq(column->format, S("DateOnly")))
		buf_add_fmt(out, " %d:%02d %s", hour, c.minute, c.hour < 12 ? "AM" : "PM");
}

/* 1234567.5 as 1,234,567.5 */
static void add_grouped(struct buf *out, struct str digits)
{
	size_t point = str_find_char(digits, '.');
	size_t whole = point == STR_NONE ? digits.n : point;

	for (size_t i = 0; i < whole; i++) {
		if (i > 0 && (whole - i) % 3 == 0)
			buf_add_char(out, ',');
		buf_add_char(out, digits.p[i]);
	}
	buf_add(out, str_skip(digits, whole));
}

/* `digits` after the point; below zero: as they are. */
static struct str rounded(struct str stored, int digits, char text[DECIMAL_SUM_SIZE])
{
	struct decimal_sum number = { 0 };

	if (digits < 0 || !decimal_sum_add(&number, stored))
		return stored;
	return decimal_sum_text(&number, 1, (unsigned)digits, false, text);
}

static void format_number(struct buf *out, struct str stored, int digits)
{
	char text[DECIMAL_SUM_SIZE];
	struct str number = rounded(stored, digits, text);
	bool negative = str_starts(number, S("-"));

	buf_add(out, negative ? S("-") : S(""));
	add_grouped(out, str_skip(number, negative ? 1 : 0));
}

/* $1,234.50 and ($1,234.50) */
static void format_money(struct buf *out, const struct format *f, struct str stored)
{
	char text[DECIMAL_SUM_SIZE];
	struct str number = rounded(stored, f->currency ? f->currency->precision : 2, text);
	bool negative = str_starts(number, S("-"));

	buf_add(out, negative ? S("(") : S(""));
	if (f->currency)
		buf_add(out, f->currency->symbol);
	add_grouped(out, str_skip(number, negative ? 1 : 0));
	buf_add(out, negative ? S(")") : S(""));
}

void format_value(struct buf *out, const struct format *f, const struct column *c,
		  struct str stored)
{
	switch (c->type) {
	case COLUMN_PICKLIST:
	case COLUMN_STATE:
	case COLUMN_STATUS:
		buf_add(out, label_of(c, stored));
		break;
	case COLUMN_BOOLEAN:
	case COLUMN_MANAGED:
		format_flag(out, c, stored);
		break;
	case COLUMN_MULTISELECT:
		format_set(out, c, stored);
		break;
	case COLUMN_DATETIME:
		format_moment(out, f, c, stored);
		break;
	case COLUMN_INTEGER:
	case COLUMN_BIGINT:
		format_number(out, stored, 0);
		break;
	case COLUMN_DECIMAL:
	case COLUMN_DOUBLE:
		format_number(out, stored, c->precision);
		break;
	case COLUMN_MONEY:
		format_money(out, f, stored);
		break;
	case COLUMN_STRING:
	case COLUMN_MEMO:
	case COLUMN_ENTITY_NAME:
	case COLUMN_LOOKUP:
	case COLUMN_CUSTOMER:
	case COLUMN_OWNER:
	case COLUMN_PARTYLIST:
	case COLUMN_GUID:
	case COLUMN_IMAGE:
	case COLUMN_FILE:
	case COLUMN_VIRTUAL:
		break;
	}
}
