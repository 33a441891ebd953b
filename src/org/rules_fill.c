/* SPDX-License-Identifier: MIT */
/*
 * What the platform fills in by itself. It only ever fills places where nothing was told: a null that
 * was asked for stays one.
 */
#include "org/rules.h"

#include "base/decimal.h"

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
			fill_text(row, c->name, str_fmt(a, "%d", (int)c->default_value));
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

static bool has_money(const struct row *row)
{
	for (size_t i = 0; i < row->table->ncolumns; i++) {
		if (row->table->columns[i].type == COLUMN_MONEY &&
		    row->values[i].kind == VALUE_TEXT)
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

/* Amounts in the base currency, as long as one unit of the row's currency is one of the base's. */
static bool fill_base_amounts(struct arena *a, const struct row *row, const struct value *rate,
			      struct err *e)
{
	struct str exact;
	bool is_one = rate && rate->kind == VALUE_TEXT && decimal_parse(a, rate->text, &exact) &&
		      decimal_cmp(exact, S("1")) == 0;

	for (size_t i = 0; i < row->table->ncolumns; i++) {
		const struct column *c = &row->table->columns[i];
		struct str name = str_fmt(a, "%.*s_base", STR_ARG(c->name));
		struct value *base;

		if (c->type != COLUMN_MONEY || row->values[i].kind == VALUE_ABSENT)
			continue;
		base = open_place(row, name);
		if (!base)
			continue;
		*base = row->values[i];
		if (!is_one)
			*base = (struct value){ .kind = VALUE_NULL };
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
	if (has_money(row))
		fill_reference(a, row, S("transactioncurrencyid"), S("transactioncurrency"),
			       s->currency);
	return fill_moment(a, row, S("createdon"), created, e) &&
	       fill_moment(a, row, S("modifiedon"), now, e) && follow_owner(s, a, row, e) &&
	       fill_rate(s, a, row, e) &&
	       fill_base_amounts(a, row, row_value(row, S("exchangerate")), e);
}

bool rules_fill_changed(struct store *s, struct arena *a, struct row *row, struct err *e)
{
	const struct value *rate = row_value(row, S("exchangerate"));
	struct value stored;

	fill_reference(a, row, S("modifiedby"), S("systemuser"), s->caller);
	if (!fill_moment(a, row, S("modifiedon"), now_text(s, a), e) ||
	    !follow_owner(s, a, row, e) || !fill_rate(s, a, row, e))
		return false;
	if (!has_money(row))
		return true;
	if (rate && rate->kind == VALUE_ABSENT) {
		if (!row_read(s, a, row->table, row->id, S("exchangerate"), &stored, e))
			return false;
		rate = &stored;
	}
	return fill_base_amounts(a, row, rate, e);
}
