/* SPDX-License-Identifier: MIT */
/*
 * Names of properties, and the types that OData gives them.
 */
#include "org/odata_names.h"

#include "base/guid.h"
#include "org/code.h"
#include "org/query_filter.h"

#include "base/banned.h"

/* [?] An id may stand in quotes, as text; older versions of the platform refused it. */
static const bool TEXT_IS_ID = true;

const struct column *odata_property(const struct table *t, struct str name)
{
	bool lookup = str_starts(name, S("_")) && str_ends(name, S("_value")) && name.n > 7;
	const struct column *c = NULL;

	if (lookup)
		c = table_column(t, str_sub(name, 1, name.n - 7));
	if (!c || !column_is_lookup(c)) {
		c = table_column(t, name);
		if (!c || column_is_lookup(c))
			return NULL;
	}
	return c->read && query_form(c) != FORM_NOTHING ? c : NULL;
}

const struct many_to_one *odata_navigation(const struct table *t, struct str name)
{
	for (size_t i = 0; i < t->nmany_to_one; i++) {
		if (str_eq(t->many_to_one[i].navigation, name))
			return &t->many_to_one[i];
	}
	return NULL;
}

const struct many_to_many *odata_collection(const struct table *t, struct str name, bool *first)
{
	for (size_t i = 0; i < t->nmany_to_many; i++) {
		const struct many_to_many *mm = &t->many_to_many[i];

		*first = str_eq(mm->table1, t->name) && str_eq(mm->navigation1, name);
		if (*first || (str_eq(mm->table2, t->name) && str_eq(mm->navigation2, name)))
			return mm;
	}
	return NULL;
}

bool odata_fail_property(const struct table *t, struct str name, struct err *e)
{
	return err_set_code(e, ERR_BAD_REQUEST, CODE_ODATA,
			    "Could not find a property named '%.*s' on type "
			    "'Microsoft.Dynamics.CRM.%.*s'.",
			    STR_ARG(str_sub(name, 0, 200)), STR_ARG(t->name));
}

static const char *literal_type(const struct odata_literal *l)
{
	int64_t whole;

	switch (l->kind) {
	case LITERAL_NULL:
		return "Edm.Null";
	case LITERAL_BOOLEAN:
		return "Edm.Boolean";
	case LITERAL_NUMBER:
		if (!str_parse_i64(l->text, &whole))
			return "Edm.Double";
		return whole >= INT32_MIN && whole <= INT32_MAX ? "Edm.Int32" : "Edm.Int64";
	case LITERAL_STRING:
		return "Edm.String";
	case LITERAL_GUID:
		return "Edm.Guid";
	case LITERAL_DATE:
		return str_find_char(l->text, ':') == STR_NONE ? "Edm.Date" : "Edm.DateTimeOffset";
	case LITERAL_ENUM:
		return "Edm.EnumType";
	}
	return "Edm.Untyped";
}

static bool fits(const struct column *c, const struct odata_literal *l)
{
	struct guid id;

	switch (query_form(c)) {
	case FORM_INTEGER:
		if (c->type == COLUMN_BOOLEAN || c->type == COLUMN_MANAGED)
			return l->kind == LITERAL_BOOLEAN;
		return l->kind == LITERAL_NUMBER;
	case FORM_REAL:
	case FORM_DECIMAL:
		return l->kind == LITERAL_NUMBER;
	case FORM_TEXT:
	case FORM_SET:
		return l->kind == LITERAL_STRING;
	case FORM_MOMENT:
		return l->kind == LITERAL_DATE;
	case FORM_ID:
		return l->kind == LITERAL_GUID ||
		       (TEXT_IS_ID && l->kind == LITERAL_STRING && guid_parse(l->text, &id));
	case FORM_OPAQUE:
	case FORM_NOTHING:
		return false;
	}
	return false;
}

static const struct {
	struct str word;
	const char *name;
} KINDS[] = {
	{ STR_INIT("eq"), "Equal" },       { STR_INIT("ne"), "NotEqual" },
	{ STR_INIT("gt"), "GreaterThan" }, { STR_INIT("ge"), "GreaterThanOrEqual" },
	{ STR_INIT("lt"), "LessThan" },    { STR_INIT("le"), "LessThanOrEqual" },
};

bool odata_check_literal(const struct column *c, const struct odata_literal *l, struct str word,
			 struct err *e)
{
	const char *kind = "Equal";

	if (l->kind == LITERAL_NULL || fits(c, l))
		return true;
	for (size_t i = 0; i < COUNT_OF(KINDS); i++) {
		if (str_eq(KINDS[i].word, word))
			kind = KINDS[i].name;
	}
	return err_set_code(e, ERR_BAD_REQUEST, CODE_ODATA,
			    "A binary operator with incompatible types was detected. Found operand "
			    "types '%s' and '%s' for operator kind '%s'.",
			    column_edm_type(c), literal_type(l), kind);
}
