/* SPDX-License-Identifier: MIT */
/*
 * Labels, dates and numbers for people.
 */
#include "org/format.h"

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
static void format_moment(struct buf *out, struct str stored)
{
	struct datetime d;
	enum moment_kind kind;

	if (!form_moment_read(stored, &d, &kind))
		return;

	struct civil c = datetime_to_civil(d);
	int hour = c.hour % 12 == 0 ? 12 : c.hour % 12;

	buf_add_fmt(out, "%d/%d/%04d", c.month, c.day, c.year);
	if (kind != MOMENT_DATE)
		buf_add_fmt(out, " %d:%02d %s", hour, c.minute, c.hour < 12 ? "AM" : "PM");
}

void format_value(struct buf *out, const struct column *c, struct str stored)
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
		format_moment(out, stored);
		break;
	case COLUMN_INTEGER:
	case COLUMN_BIGINT:
	case COLUMN_DECIMAL:
	case COLUMN_DOUBLE:
	case COLUMN_MONEY:
		buf_add(out, stored);
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
