/* SPDX-License-Identifier: MIT */
/*
 * Values against their columns: from JSON and to it, checked for a column, compared. One row per column
 * type says how.
 */
#include "dv/value.h"

#include "base/decimal.h"
#include "base/guid.h"
#include "dv/party.h"
#include "dv/value_form.h"

#include "base/banned.h"

#define YEAR_MIN 1753 /* facts/webapi.md 2.6 */

/* How much of a number counts when its column does not tell: the platform's scale of that type. */
#define DECIMAL_PRECISION 10
#define MONEY_PRECISION 4

/* What a JSON value has to be. */
enum wire { WIRE_TEXT, WIRE_NUMBER, WIRE_BOOL, WIRE_MANAGED, WIRE_NONE };

struct type_row {
	enum wire wire;
	/* From any text to the stored form of this column, checked as far as the type alone goes. */
	bool (*form)(struct arena *a, struct str text, struct str *out, struct err *e);
	/* The column's own rules, on the stored form; may be NULL. */
	bool (*check)(struct arena *a, const struct column *c, struct str *text, struct err *e);
	/* Of texts that differ; both are not empty. NULL: then they differ. */
	bool (*equal)(struct arena *a, const struct column *c, struct str x, struct str y);
};

/* Texts may be large: no copy. */
static bool form_text(struct arena *a, struct str text, struct str *out, struct err *e)
{
	(void)a;
	(void)e;
	*out = text;
	return true;
}

static bool form_none(struct arena *a, struct str text, struct str *out, struct err *e)
{
	(void)a;
	(void)text;
	(void)out;
	return err_set(e, ERR_INPUT, "a column of this type holds nothing that can be written");
}

/* As .NET and the platform count: UTF-16 code units. */
static size_t utf16_length(struct str s)
{
	size_t n = 0;

	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];

		n += ((c & 0xc0) != 0x80) + (size_t)(c >= 0xf0);
	}
	return n;
}

static bool check_length(struct arena *a, const struct column *c, struct str *text, struct err *e)
{
	char quoted[FORM_QUOTE_SIZE];

	(void)a;
	/* no text has more code units than bytes */
	if (c->max_length == 0 || text->n <= c->max_length)
		return true;

	size_t n = utf16_length(*text);

	if (n <= c->max_length)
		return true;
	return err_set(e, ERR_INPUT, "%s is %zu characters long, the column holds %u",
		       form_quote(*text, quoted), n, c->max_length);
}

static bool fail_range(struct str text, const char *than, struct str limit, struct err *e)
{
	return err_set(e, ERR_INPUT, "%.*s is %s than %.*s", STR_ARG(text), than, STR_ARG(limit));
}

static bool check_decimal_range(const struct column *c, struct str text, struct err *e)
{
	if (c->has_min && decimal_cmp(text, c->min) < 0)
		return fail_range(text, "less", c->min, e);
	if (c->has_max && decimal_cmp(text, c->max) > 0)
		return fail_range(text, "more", c->max, e);
	return true;
}

static bool check_decimal(struct arena *a, const struct column *c, struct str *text, struct err *e)
{
	struct str rounded = *text;

	if (c->precision >= 0)
		rounded = decimal_round(a, rounded, (unsigned)c->precision);
	if (!check_decimal_range(c, rounded, e))
		return false;
	*text = rounded;
	return true;
}

static bool check_bigint(struct arena *a, const struct column *c, struct str *text, struct err *e)
{
	(void)a;
	return check_decimal_range(c, *text, e);
}

static bool check_small(const struct str *text, int32_t *out, struct err *e)
{
	int64_t v;

	if (!str_parse_i64(*text, &v) || v < INT32_MIN || v > INT32_MAX)
		return err_set(e, ERR_INPUT, "%.*s is out of range, from -2147483648 to 2147483647",
			       STR_ARG(*text));
	*out = (int32_t)v;
	return true;
}

static bool check_integer(struct arena *a, const struct column *c, struct str *text, struct err *e)
{
	int32_t v;

	(void)a;
	return check_small(text, &v, e) && check_decimal_range(c, *text, e);
}

static bool check_double(struct arena *a, const struct column *c, struct str *text, struct err *e)
{
	double v, limit;

	(void)a;
	if (!str_parse_double(*text, &v))
		return err_set(e, ERR_INPUT, "%.*s is not a number", STR_ARG(*text));
	if (c->has_min && str_parse_double(c->min, &limit) && v < limit)
		return fail_range(*text, "less", c->min, e);
	if (c->has_max && str_parse_double(c->max, &limit) && v > limit)
		return fail_range(*text, "more", c->max, e);
	return true;
}

/* A column whose choices are not known takes any. */
static bool is_option(const struct column *c, int32_t v, struct err *e)
{
	if (c->noptions == 0 || column_option(c, v))
		return true;
	return err_set(e, ERR_INPUT, "%d is none of the column's %zu choices", v, c->noptions);
}

static bool check_choice(struct arena *a, const struct column *c, struct str *text, struct err *e)
{
	int32_t v;

	(void)a;
	return check_small(text, &v, e) && is_option(c, v, e);
}

static bool check_choices(struct arena *a, const struct column *c, struct str *text, struct err *e)
{
	struct str_splitter parts = str_splitter(*text);

	for (struct str part; str_split(&parts, ',', &part);) {
		if (!check_choice(a, c, &part, e))
			return false;
	}
	return true;
}

/* The same moment as this kind of date column stores it (facts/cmt-format.md 3.4). */
static struct str moment_for(struct arena *a, const struct column *c, struct datetime d)
{
	switch (c->behavior) {
	case DATE_ONLY:
		return form_moment_write(a, d, MOMENT_DATE);
	case DATE_ZONE_INDEPENDENT:
		return form_moment_write(a, d, MOMENT_CLOCK);
	case DATE_USER_LOCAL:
		break;
	}
	/* a clock without zone is UTC */
	return form_moment_write(a, d, MOMENT_UTC);
}

static bool check_moment(struct arena *a, const struct column *c, struct str *text, struct err *e)
{
	enum moment_kind kind;
	struct datetime d;

	if (!form_moment_read(*text, &d, &kind))
		return err_set(e, ERR_INPUT, "%.*s is not a date", STR_ARG(*text));
	if (datetime_to_civil(d).year < YEAR_MIN)
		return err_set(e, ERR_INPUT, "%.*s is before the year %d, the first that is stored",
			       STR_ARG(*text), YEAR_MIN);
	*text = moment_for(a, c, d);
	return true;
}

/* The next byte of a text in which CR LF and CR count as LF; -1 at the end. */
static int next_folded(struct str s, size_t *i)
{
	if (*i >= s.n)
		return -1;

	char c = s.p[(*i)++];

	if (c != '\r')
		return (unsigned char)c;
	if (*i < s.n && s.p[*i] == '\n')
		(*i)++;
	return '\n';
}

static bool equal_text(struct arena *a, const struct column *c, struct str x, struct str y)
{
	size_t i = 0;
	size_t j = 0;
	int byte;

	(void)a;
	(void)c;
	do {
		byte = next_folded(x, &i);
		if (byte != next_folded(y, &j))
			return false;
	} while (byte >= 0);
	return true;
}

static unsigned precision_of(const struct column *c)
{
	int most = c->type == COLUMN_MONEY ? MONEY_PRECISION : DECIMAL_PRECISION;

	return (unsigned)(c->precision >= 0 && c->precision < most ? c->precision : most);
}

/* Doubles too: their texts are decimals, unless one is beyond all columns. */
static bool equal_decimal(struct arena *a, const struct column *c, struct str x, struct str y)
{
	unsigned precision = precision_of(c);

	if (!decimal_parse(a, x, &x) || !decimal_parse(a, y, &y))
		return false;
	return decimal_cmp(decimal_round(a, x, precision), decimal_round(a, y, precision)) == 0;
}

/* To the second: the platform keeps no fraction; of a column without times to the day. */
static bool equal_moment(struct arena *a, const struct column *c, struct str x, struct str y)
{
	enum moment_kind kind;
	struct datetime dx, dy;

	(void)a;
	if (!form_moment_read(x, &dx, &kind) || !form_moment_read(y, &dy, &kind))
		return false;

	struct civil cx = datetime_to_civil(dx);
	struct civil cy = datetime_to_civil(dy);

	if (c->behavior == DATE_ONLY)
		return cx.year == cy.year && cx.month == cy.month && cx.day == cy.day;
	return dx.ticks - cx.ticks == dy.ticks - cy.ticks;
}

static bool equal_choices(struct arena *a, const struct column *c, struct str x, struct str y)
{
	struct err ignored;

	(void)c;
	return form_options(a, x, &x, &ignored) && form_options(a, y, &y, &ignored) && str_eq(x, y);
}

static bool equal_guid(struct arena *a, const struct column *c, struct str x, struct str y)
{
	(void)a;
	(void)c;
	return str_eq_ascii_nocase(x, y);
}

static bool equal_parties(struct arena *a, const struct column *c, struct str x, struct str y)
{
	(void)a;
	(void)c;
	return party_lists_equal(x, y);
}

static const struct type_row rows[] = {
	[COLUMN_STRING] = { WIRE_TEXT, form_text, check_length, equal_text },
	[COLUMN_MEMO] = { WIRE_TEXT, form_text, check_length, equal_text },
	[COLUMN_ENTITY_NAME] = { WIRE_TEXT, form_text, NULL, NULL },
	[COLUMN_INTEGER] = { WIRE_NUMBER, form_whole, check_integer, NULL },
	[COLUMN_BIGINT] = { WIRE_NUMBER, form_whole, check_bigint, NULL },
	[COLUMN_DECIMAL] = { WIRE_NUMBER, form_decimal, check_decimal, equal_decimal },
	[COLUMN_DOUBLE] = { WIRE_NUMBER, form_double, check_double, equal_decimal },
	[COLUMN_MONEY] = { WIRE_NUMBER, form_decimal, check_decimal, equal_decimal },
	[COLUMN_BOOLEAN] = { WIRE_BOOL, form_boolean, NULL, NULL },
	[COLUMN_DATETIME] = { WIRE_TEXT, form_moment, check_moment, equal_moment },
	[COLUMN_PICKLIST] = { WIRE_NUMBER, form_whole, check_choice, NULL },
	[COLUMN_MULTISELECT] = { WIRE_TEXT, form_options, check_choices, equal_choices },
	[COLUMN_STATE] = { WIRE_NUMBER, form_whole, check_choice, NULL },
	[COLUMN_STATUS] = { WIRE_NUMBER, form_whole, check_choice, NULL },
	[COLUMN_LOOKUP] = { WIRE_TEXT, form_guid, NULL, equal_guid },
	[COLUMN_CUSTOMER] = { WIRE_TEXT, form_guid, NULL, equal_guid },
	[COLUMN_OWNER] = { WIRE_TEXT, form_guid, NULL, equal_guid },
	[COLUMN_PARTYLIST] = { WIRE_NONE, form_none, NULL, equal_parties },
	[COLUMN_GUID] = { WIRE_TEXT, form_guid, NULL, equal_guid },
	[COLUMN_IMAGE] = { WIRE_TEXT, form_base64, NULL, NULL },
	[COLUMN_FILE] = { WIRE_TEXT, form_guid, NULL, equal_guid },
	[COLUMN_MANAGED] = { WIRE_MANAGED, form_boolean, NULL, NULL },
	[COLUMN_VIRTUAL] = { WIRE_NONE, form_none, NULL, NULL },
};

static const char *json_kind_name(enum json_kind kind)
{
	static const char *const names[] = {
		[JSON_NULL] = "null",     [JSON_BOOL] = "a boolean", [JSON_NUMBER] = "a number",
		[JSON_STRING] = "a text", [JSON_ARRAY] = "an array", [JSON_OBJECT] = "an object",
	};

	return names[kind];
}

/* The boolean of a managed property, which a request may also tell bare. */
static const struct json *unmanaged(const struct json *v)
{
	const struct json *inside = json_get(v, S("Value"));

	return inside ? inside : v;
}

/* Whether the JSON value is of the kind for this type, and its text. */
static bool wire_text(const struct column *c, const struct json *v, struct str *out)
{
	bool is_number = v->kind == JSON_NUMBER;
	bool is_text = v->kind == JSON_STRING;

	switch (rows[c->type].wire) {
	case WIRE_TEXT:
		*out = v->text;
		return is_text;
	case WIRE_NUMBER:
		*out = v->text;
		/* IEEE754Compatible=true makes texts of those that a double cannot hold */
		return is_number ||
		       (is_text && (c->type == COLUMN_BIGINT || c->type == COLUMN_DECIMAL ||
				    c->type == COLUMN_MONEY));
	case WIRE_BOOL:
	case WIRE_MANAGED:
		*out = v->yes ? S("1") : S("0");
		return v->kind == JSON_BOOL;
	case WIRE_NONE:
		break;
	}
	return false;
}

bool value_from_json(struct arena *a, const struct column *c, const struct json *v,
		     struct value *out, struct err *e)
{
	struct value result = { .kind = column_is_lookup(c) ? VALUE_REF : VALUE_TEXT };
	struct str text;

	if (!v || rows[c->type].wire == WIRE_NONE) {
		*out = (struct value){ .kind = VALUE_ABSENT };
		return true;
	}
	if (rows[c->type].wire == WIRE_MANAGED)
		v = unmanaged(v);
	if (v->kind == JSON_NULL) {
		*out = (struct value){ .kind = VALUE_NULL };
		return true;
	}
	if (!wire_text(c, v, &text))
		return err_set(e, ERR_INPUT, "%s where a value of %.*s has to be",
			       json_kind_name(v->kind), STR_ARG(column_type_name(c->type)));
	if (text.n > 0 && !rows[c->type].form(a, text, &result.text, e))
		return false;
	if (c->type == COLUMN_DATETIME && text.n > 0 && !check_moment(a, c, &result.text, e))
		return false;
	if (result.text.p == text.p)
		result.text = str_dup(a, text);
	if (result.text.n == 0)
		result.kind = VALUE_NULL;
	*out = result;
	return true;
}

static void write_moment(struct json_writer *w, const struct column *c, struct str stored)
{
	/* the Z of a zone independent value says nothing (facts/webapi.md 2.6) */
	if (c->behavior == DATE_ONLY || str_ends(stored, S("Z"))) {
		json_str(w, stored);
		return;
	}

	char text[DATETIME_TEXT_SIZE];
	enum moment_kind kind;
	struct datetime d;

	json_str(w, form_moment_read(stored, &d, &kind) ? datetime_format_iso(d, text) : stored);
}

static void write_managed(struct json_writer *w, const struct column *c, bool yes)
{
	json_object(w);
	json_key(w, S("Value"));
	json_bool(w, yes);
	json_key(w, S("CanBeChanged"));
	json_bool(w, true);
	json_key(w, S("ManagedPropertyLogicalName"));
	json_str(w, c->name);
	json_object_end(w);
}

void value_to_json(struct json_writer *w, const struct column *c, const struct value *v)
{
	if (v->kind == VALUE_NULL || v->kind == VALUE_ABSENT) {
		json_null(w);
		return;
	}
	switch (rows[c->type].wire) {
	case WIRE_TEXT:
		if (c->type == COLUMN_DATETIME)
			write_moment(w, c, v->text);
		else
			json_str(w, v->text);
		break;
	case WIRE_NUMBER:
		json_num(w, v->text);
		break;
	case WIRE_BOOL:
		json_bool(w, str_eq(v->text, S("1")));
		break;
	case WIRE_MANAGED:
		write_managed(w, c, str_eq(v->text, S("1")));
		break;
	case WIRE_NONE:
		json_null(w);
		break;
	}
}

/* A reference may only point where its column does, if both tell. */
static bool check_target(const struct column *c, const struct value *v, struct err *e)
{
	if (v->table.n == 0 || c->ntargets == 0)
		return true;
	for (size_t i = 0; i < c->ntargets; i++) {
		if (str_eq(c->targets[i], v->table))
			return true;
	}
	return err_set(e, ERR_INPUT, "a reference to %.*s, but the column points to %.*s%s",
		       STR_ARG(v->table), STR_ARG(c->targets[0]),
		       c->ntargets > 1 ? " and others" : "");
}

/* What a value of this column tells beside its text. */
static void forget_parts(const struct column *c, struct value *v)
{
	if (v->text.n == 0) {
		*v = (struct value){ .kind = VALUE_NULL };
	} else if (column_is_lookup(c)) {
		v->kind = VALUE_REF;
	} else {
		v->kind = VALUE_TEXT;
		v->table = str_of(NULL, 0);
		if (c->type != COLUMN_FILE)
			v->name = str_of(NULL, 0);
	}
}

/* What its text says besides being of the column's form. */
static bool check_parts(struct arena *a, const struct column *c, struct value *result,
			struct err *e)
{
	const struct type_row *row = &rows[c->type];

	if (result->text.n > 0 && row->check && !row->check(a, c, &result->text, e))
		return false;
	if (column_is_lookup(c) && !check_target(c, result, e))
		return false;
	forget_parts(c, result);
	return true;
}

bool value_adapt(struct arena *a, const struct column *c, struct value *v, struct err *e)
{
	struct value result = *v;

	if (v->kind == VALUE_ABSENT || v->kind == VALUE_NULL)
		return true;
	if (v->kind == VALUE_REF && !column_is_lookup(c) && c->type != COLUMN_GUID)
		return err_set(e, ERR_INPUT,
			       "a reference to %.*s %.*s, but the column is no lookup",
			       STR_ARG(v->table), STR_ARG(v->text));
	if (v->text.n > 0 && !rows[c->type].form(a, v->text, &result.text, e))
		return false;
	if (!check_parts(a, c, &result, e))
		return false;
	*v = result;
	return true;
}

bool value_check(struct arena *a, const struct column *c, struct value *v, struct err *e)
{
	return v->kind == VALUE_ABSENT || v->kind == VALUE_NULL || check_parts(a, c, v, e);
}

bool value_equal(const struct column *c, const struct value *a, const struct value *b)
{
	DEFER(arena_release) struct arena scratch = arena_make(0);

	if (a->kind == VALUE_ABSENT || b->kind == VALUE_ABSENT)
		return false;
	if (value_is_empty(a) || value_is_empty(b))
		return value_is_empty(a) && value_is_empty(b);
	if (a->table.n > 0 && b->table.n > 0 && !str_eq(a->table, b->table))
		return false;
	if (str_eq(a->text, b->text))
		return true;
	return rows[c->type].equal && rows[c->type].equal(&scratch, c, a->text, b->text);
}

bool value_is_empty(const struct value *v)
{
	return v->kind == VALUE_ABSENT || v->kind == VALUE_NULL || v->text.n == 0;
}
