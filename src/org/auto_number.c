/* SPDX-License-Identifier: MIT */
/*
 * Autonumber columns. The last number of each stands in the file's header.
 */
#include "org/auto_number.h"

#include <inttypes.h>

#include "base/limits.h"
#include "org/store_file.h"

#include "base/banned.h"

#define FIRST_NUMBER 1000
#define DIGITS_MAX 20
#define RANDOM_MAX 6

static struct str counter_name(struct arena *a, struct str table, struct str column)
{
	return str_fmt(a, "autonumber.%.*s.%.*s", STR_ARG(table), STR_ARG(column));
}

bool auto_number_seed(struct store *s, struct str table, struct str column, int64_t next,
		      struct err *e)
{
	DEFER(arena_release) struct arena scratch = arena_make(0);

	return store_header_put(s, counter_name(&scratch, table, column),
				str_fmt(&scratch, "%" PRId64, next - 1), e);
}

static bool next_number(struct store *s, struct str counter, int64_t *out, struct err *e)
{
	struct stmt *st;
	bool row;

	if (!store_statement(s,
			     S("insert into ferry_header(name, value) values(?1, ?2) "
			       "on conflict(name) do update set value = value + 1 returning value"),
			     &st, e))
		return false;
	stmt_bind_str(st, 1, counter);
	stmt_bind_i64(st, 2, FIRST_NUMBER);
	if (!stmt_step(st, &row, e))
		return false;
	*out = row ? stmt_i64(st, 0) : FIRST_NUMBER;
	stmt_reset(st);
	return true;
}

static int length_of(struct str option, int most)
{
	int64_t n;

	if (!str_parse_i64(option, &n) || n < 1)
		return 1;
	return n > most ? most : (int)n;
}

static void add_random(struct store *s, struct buf *out, int n)
{
	struct str letters = S("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789");

	for (int i = 0; i < n; i++)
		buf_add_char(out, letters.p[guid_random(&s->rng).b[0] % letters.n]);
}

/* .NET's custom format, as far as dates are numbered: runs of y M d H h m s. */
static void add_moment(struct store *s, struct buf *out, struct str format)
{
	struct civil now = datetime_to_civil(store_now(s));

	for (size_t i = 0; i < format.n;) {
		char letter = format.p[i];
		size_t run = 1;
		int value;

		while (i + run < format.n && format.p[i + run] == letter)
			run++;
		switch (letter) {
		case 'y':
			value = run > 2 ? now.year : now.year % 100;
			break;
		case 'M':
			value = now.month;
			break;
		case 'd':
			value = now.day;
			break;
		case 'H':
			value = now.hour;
			break;
		case 'h':
			value = (now.hour + 11) % 12 + 1;
			break;
		case 'm':
			value = now.minute;
			break;
		case 's':
			value = now.second;
			break;
		default:
			value = -1;
			break;
		}
		if (value < 0)
			buf_add(out, str_sub(format, i, run));
		else
			buf_add_fmt(out, "%0*d", run > 4 ? 4 : (int)run, value);
		i += run;
	}
}

/* What stands between the braces. */
static bool add_token(struct store *s, struct buf *out, struct str token, struct str counter,
		      struct err *e)
{
	size_t colon = str_find_char(token, ':');
	struct str name = str_sub(token, 0, colon);
	struct str option = colon == STR_NONE ? S("") : str_skip(token, colon + 1);
	int64_t n;

	if (str_eq_ascii_nocase(name, S("SEQNUM"))) {
		if (!next_number(s, counter, &n, e))
			return false;
		buf_add_fmt(out, "%0*" PRId64, length_of(option, DIGITS_MAX), n);
	} else if (str_eq_ascii_nocase(name, S("RANDSTRING"))) {
		add_random(s, out, length_of(option, RANDOM_MAX));
	} else if (str_eq_ascii_nocase(name, S("DATETIMEUTC"))) {
		add_moment(s, out, option);
	} else {
		buf_add_char(out, '{');
		buf_add(out, token);
		buf_add_char(out, '}');
	}
	return true;
}

static bool make_text(struct store *s, struct arena *a, struct str format, struct str counter,
		      struct str *out, struct err *e)
{
	DEFER(buf_release) struct buf text = buf_make(LIMIT_MESSAGE);

	while (format.n > 0) {
		size_t open = str_find_char(format, '{');
		size_t close = str_find_char(format, '}');

		if (open == STR_NONE || close == STR_NONE || close < open)
			break;
		buf_add(&text, str_sub(format, 0, open));
		if (!add_token(s, &text, str_sub(format, open + 1, close - open - 1), counter, e))
			return false;
		format = str_skip(format, close + 1);
	}
	buf_add(&text, format);
	if (!buf_check(&text, "an autonumber", e))
		return false;
	*out = str_dup(a, buf_str(&text));
	return true;
}

bool auto_number_fill(struct store *s, struct arena *a, struct row *row, struct err *e)
{
	for (size_t i = 0; i < row->table->ncolumns; i++) {
		const struct column *c = &row->table->columns[i];
		struct value *v = &row->values[i];

		if (c->auto_number.n == 0 || c->type != COLUMN_STRING || v->kind != VALUE_ABSENT)
			continue;
		v->kind = VALUE_TEXT;
		if (!make_text(s, a, c->auto_number, counter_name(a, row->table->name, c->name),
			       &v->text, e) ||
		    !value_adapt(a, c, v, e))
			return false;
	}
	return true;
}
