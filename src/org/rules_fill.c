/* SPDX-License-Identifier: MIT */
/*
 * What the platform fills in by itself. It only ever fills places where nothing was told: a null that
 * was asked for stays one.
 */
#include "org/rules.h"

#include "base/decimal.h"
#include "org/auto_number.h"

#include "base/banned.h"

/* The solution that holds what is not managed; the same in every organization. */
#define ACTIVE_SOLUTION "fd140aae-4df4-11dd-bd17-0019b9312238"

/* The place of a column that is still open; NULL when there is none, or not one of this type. */
static struct value *open_place(const struct row *row, struct str column)
{
	struct value *v = row_value(row, column);

	if (str_eq(column, row->table->primary_id))
		return NULL;
	return v && v->kind == VALUE_ABSENT ? v : NULL;
}

static void fill_text(const struct row *row, struct str column, struct str text)
{
	struct value *v = open_place(row, column);

	if (v)
		*v = (struct value){ .kind = VALUE_TEXT, .text = text };
}

/* The column is a lookup on most tables and a bare GUID on some. */
static void fill_reference(struct arena *a, const struct row *row, struct str column,
			   struct str table, struct guid id)
{
	const struct column *c = table_column(row->table, column);
	struct value *v = open_place(row, column);

	if (!v)
		return;
	*v = (struct value){ .kind = VALUE_TEXT, .text = guid_text(a, id) };
	if (column_is_lookup(c)) {
		v->kind = VALUE_REF;
		v->table = table;
	}
}

/* Who really asks, on behalf of the caller; nobody, when he asks for himself. */
static void fill_delegate(struct store *s, struct arena *a, const struct row *row,
			  struct str column)
{
	struct value *v = open_place(row, column);

	if (!guid_is_null(s->delegate))
		fill_reference(a, row, column, S("systemuser"), s->delegate);
	else if (v)
		v->kind = VALUE_NULL;
}

static bool fill_moment(struct arena *a, const struct row *row, struct str column, struct str text,
			struct err *e)
{
	fill_text(row, column, text);

	struct value *v = row_value(row, column);

	return !v || value_adapt(a, table_column(row->table, column), v, e);
}

static void fill_defaults(struct arena *a, const struct row *row)
{
	for (size_t i = 0; i < row->table->ncolumns; i++) {
		const struct column *c = &row->table->columns[i];

		if (c->has_default && store_has_column(c))
			fill_text(row, c->name, str_from_i64(a, c->default_value));
	}
}

/* What a component of a solution has, and values without a default in the metadata. */
static void fill_constants(struct store *s, struct arena *a, const struct row *row)
{
	static const struct {
		struct str column;
		enum column_type type;
		struct str text;
	} constants[] = {
		{ STR_INIT("componentstate"), COLUMN_PICKLIST, STR_INIT("0") },
		{ STR_INIT("overwritetime"), COLUMN_DATETIME, STR_INIT("1900-01-01T00:00:00Z") },
		{ STR_INIT("solutionid"), COLUMN_GUID, STR_INIT(ACTIVE_SOLUTION) },
		{ STR_INIT("ishidden"), COLUMN_MANAGED, STR_INIT("0") },
		{ STR_INIT("userlicensetype"), COLUMN_INTEGER, STR_INIT("0") },
	};

	for (size_t i = 0; i < COUNT_OF(constants); i++) {
		const struct column *c = table_column(row->table, constants[i].column);

		if (c && c->type == constants[i].type)
			fill_text(row, c->name, constants[i].text);
	}
	for (size_t i = 0; i < row->table->ncolumns; i++) {
		const struct column *c = &row->table->columns[i];

		if (c->type == COLUMN_MANAGED)
			fill_text(row, c->name, S("1"));
		if (c->type == COLUMN_BOOLEAN && c->required == REQUIRED_SYSTEM && !c->create)
			fill_text(row, c->name, S("0"));
		if (c->type == COLUMN_GUID && (str_eq(c->name, S("componentidunique")) ||
					       str_eq(c->name, S("workflowidunique"))))
			fill_text(row, c->name, guid_text(a, guid_random(&s->rng)));
	}
}

static void fill_references(struct store *s, struct arena *a, const struct row *row)
{
	const struct column *unit = table_column(row->table, S("businessunitid"));

	fill_reference(a, row, S("createdby"), S("systemuser"), s->caller);
	fill_reference(a, row, S("modifiedby"), S("systemuser"), s->caller);
	if (!guid_is_null(s->delegate)) {
		fill_delegate(s, a, row, S("createdonbehalfby"));
		fill_delegate(s, a, row, S("modifiedonbehalfby"));
	}
	fill_reference(a, row, S("organizationid"), S("organization"), s->organization);
	if (row->table->user_owned)
		fill_reference(a, row, S("ownerid"), S("systemuser"), s->caller);
	if (unit && column_is_lookup(unit) && unit->required == REQUIRED_SYSTEM)
		fill_reference(a, row, unit->name, S("businessunit"), s->root_unit);
	if (str_eq(row->table->name, S("team")))
		fill_reference(a, row, S("administratorid"), S("systemuser"), s->caller);
}

/* Who owns a row decides which user, team and unit it belongs to. */
static bool follow_owner(struct store *s, struct arena *a, const struct row *row, struct err *e)
{
	const struct value *owner = row_value(row, S("ownerid"));
	const struct table *principal;
	struct value unit = { .kind = VALUE_ABSENT };
	struct guid id;

	if (!owner || owner->kind != VALUE_REF)
		return true;

	bool is_team = str_eq(owner->table, S("team"));
	struct value *user = open_place(row, S("owninguser"));
	struct value *team = open_place(row, S("owningteam"));
	bool ok = guid_parse(owner->text, &id);

	assert(ok);
	if (user)
		user->kind = VALUE_NULL;
	if (team)
		team->kind = VALUE_NULL;
	if (is_team ? team != NULL : user != NULL)
		*(is_team ? team : user) = *owner;
	if (!store_table(s, owner->table, &principal, e))
		return false;
	if (principal && !row_read(s, a, principal, id, S("businessunitid"), &unit, e))
		return false;
	if (unit.kind != VALUE_REF || !guid_parse(unit.text, &id))
		id = s->root_unit;
	fill_reference(a, row, S("owningbusinessunit"), S("businessunit"), id);
	return true;
}

/* Whether amounts are told, or at least that there are none. */
static bool has_money(const struct row *row, bool or_null)
{
	for (size_t i = 0; i < row->table->ncolumns; i++) {
		enum value_kind kind = row->values[i].kind;

		if (row->table->columns[i].type == COLUMN_MONEY &&
		    (kind == VALUE_TEXT || (or_null && kind == VALUE_NULL)))
			return true;
	}
	return false;
}

/* The rate of the currency that the row is about to point to. */
static bool fill_rate(struct store *s, struct arena *a, const struct row *row, struct err *e)
{
	const struct value *currency = row_value(row, S("transactioncurrencyid"));
	struct value *place = open_place(row, S("exchangerate"));
	const struct table *t;
	struct value rate;
	struct guid id;

	if (!place || !currency || currency->kind != VALUE_REF)
		return true;
	if (!store_table(s, S("transactioncurrency"), &t, e))
		return false;
	if (!t || !guid_parse(currency->text, &id))
		return true;
	if (!row_read(s, a, t, id, S("exchangerate"), &rate, e))
		return false;
	if (rate.kind != VALUE_TEXT)
		return true;
	*place = rate;
	return value_adapt(a, table_column(row->table, S("exchangerate")), place, e);
}

#define AMOUNT_SCALE 4 /* of money; facts/webapi.md 2.2 */
#define RATE_SCALE 12
#define BASE_SCALE 10

__extension__ typedef __int128 wide;

/* The digits of a decimal with so many after its point, as a number. */
static bool widen(struct arena *a, struct str exact, unsigned scale, wide *out)
{
	struct str text = decimal_rescale(a, exact, scale);
	bool negative = str_starts(text, S("-"));
	wide n = 0;
	size_t digits = 0;

	for (size_t i = negative; i < text.n; i++) {
		if (text.p[i] == '.')
			continue;
		/* 38 digits of amount and scales together fit */
		if (++digits > 20)
			return false;
		n = n * 10 + (text.p[i] - '0');
	}
	*out = negative ? -n : n;
	return true;
}

static struct str narrow(struct arena *a, wide n)
{
	char digits[48];
	size_t at = sizeof(digits);
	bool negative = n < 0;
	unsigned places = 0;

	if (negative)
		n = -n;
	for (; n > 0 || places <= BASE_SCALE; places++) {
		if (places == BASE_SCALE)
			digits[--at] = '.';
		digits[--at] = (char)('0' + (int)(n % 10));
		n /= 10;
	}
	if (negative)
		digits[--at] = '-';
	return str_dup(a, str_of(digits + at, sizeof(digits) - at));
}

/* amount / rate, rounded half away from zero; false when there is no such number. */
static bool divide(struct arena *a, struct str amount, struct str rate, struct str *out)
{
	struct str exact_amount, exact_rate;
	wide n = 0;
	wide r = 0;

	if (!decimal_parse(a, amount, &exact_amount) || !decimal_parse(a, rate, &exact_rate) ||
	    !widen(a, exact_amount, AMOUNT_SCALE, &n) || !widen(a, exact_rate, RATE_SCALE, &r) ||
	    r <= 0)
		return false;
	for (unsigned i = 0; i < BASE_SCALE + RATE_SCALE - AMOUNT_SCALE; i++)
		n *= 10;
	*out = decimal_strip(a, narrow(a, (n + (n < 0 ? -r / 2 : r / 2)) / r));
	return true;
}

/* An amount in the base currency: so much of the row's currency is one unit of the base's. */
static struct value in_base(struct arena *a, const struct value *amount, const struct value *rate)
{
	struct value base = { .kind = VALUE_TEXT };

	if (amount->kind != VALUE_TEXT || !rate || rate->kind != VALUE_TEXT ||
	    !divide(a, amount->text, rate->text, &base.text))
		base.kind = VALUE_NULL;
	return base;
}

/* The row's amount as it will be: told, or when the rate changes as it is stored. */
static bool read_amount(struct store *s, struct arena *a, const struct row *row, size_t i,
			bool rate_changes, struct value *out, struct err *e)
{
	*out = row->values[i];
	if (out->kind != VALUE_ABSENT || !rate_changes)
		return true;
	return row_read(s, a, row->table, row->id, row->table->columns[i].name, out, e);
}

/* Amounts in the base currency, of those that are told or, when the rate changes, of all. */
static bool fill_base_amounts(struct store *s, struct arena *a, const struct row *row,
			      const struct value *rate, bool rate_changes, struct err *e)
{
	for (size_t i = 0; i < row->table->ncolumns; i++) {
		const struct column *c = &row->table->columns[i];
		struct str name;
		struct value amount;
		struct value *base;

		if (c->type != COLUMN_MONEY ||
		    (row->values[i].kind == VALUE_ABSENT && !rate_changes))
			continue;
		name = str_fmt(a, "%.*s_base", STR_ARG(c->name));
		base = open_place(row, name);
		if (!base)
			continue;
		if (!read_amount(s, a, row, i, rate_changes, &amount, e))
			return false;
		if (amount.kind == VALUE_ABSENT)
			continue;
		*base = in_base(a, &amount, rate);
		if (!value_adapt(a, table_column(row->table, name), base, e))
			return false;
	}
	return true;
}

static struct str now_text(const struct store *s, struct arena *a)
{
	char text[DATETIME_TEXT_SIZE];

	return str_dup(a, datetime_format_iso(store_now(s), text));
}

bool rules_fill_new(struct store *s, struct arena *a, struct row *row, struct err *e)
{
	const struct value *overridden = row_value(row, S("overriddencreatedon"));
	struct str now = now_text(s, a);
	struct str created = row_has(row, S("overriddencreatedon")) ? overridden->text : now;

	fill_defaults(a, row);
	fill_constants(s, a, row);
	fill_references(s, a, row);
	if (has_money(row, false))
		fill_reference(a, row, S("transactioncurrencyid"), S("transactioncurrency"),
			       s->currency);
	return fill_moment(a, row, S("createdon"), created, e) &&
	       fill_moment(a, row, S("modifiedon"), now, e) && follow_owner(s, a, row, e) &&
	       auto_number_fill(s, a, row, e) && fill_rate(s, a, row, e) &&
	       fill_base_amounts(s, a, row, row_value(row, S("exchangerate")), false, e);
}

/* The first amount of a row brings the base currency. */
static bool fill_currency(struct store *s, struct arena *a, const struct row *row, struct err *e)
{
	struct value stored;

	if (!has_money(row, false) || !open_place(row, S("transactioncurrencyid")))
		return true;
	if (!row_read(s, a, row->table, row->id, S("transactioncurrencyid"), &stored, e))
		return false;
	if (stored.kind == VALUE_NULL)
		fill_reference(a, row, S("transactioncurrencyid"), S("transactioncurrency"),
			       s->currency);
	return true;
}

bool rules_fill_changed(struct store *s, struct arena *a, struct row *row, struct err *e)
{
	const struct value *rate = row_value(row, S("exchangerate"));
	struct value stored;

	fill_reference(a, row, S("modifiedby"), S("systemuser"), s->caller);
	fill_delegate(s, a, row, S("modifiedonbehalfby"));
	if (!fill_moment(a, row, S("modifiedon"), now_text(s, a), e) ||
	    !follow_owner(s, a, row, e) || !fill_currency(s, a, row, e) || !fill_rate(s, a, row, e))
		return false;

	bool rate_changes = rate && rate->kind != VALUE_ABSENT;

	if (!rate_changes && !has_money(row, true))
		return true;
	if (rate && !rate_changes) {
		if (!row_read(s, a, row->table, row->id, S("exchangerate"), &stored, e))
			return false;
		rate = &stored;
	}
	return fill_base_amounts(s, a, row, rate, rate_changes, e);
}
