/* SPDX-License-Identifier: MIT */
/*
 * The grammar of $filter, by recursive descent: or binds least, then and, then not. What stands on either
 * side of a comparison is an operand: a path, a literal, or an alias for one of them.
 */
#include "org/odata_expr.h"

#include <string.h>

#include "base/limits.h"
#include "base/vec.h"
#include "org/code.h"
#include "org/odata_scan.h"

#include "base/banned.h"

/* What was read so far, in the whole filter. */
struct counts {
	unsigned conditions;
	size_t values; /* in lists */
};

struct parser {
	struct odata_scan scan;
	const struct url *aliases;
	struct counts *counts;
	unsigned depth; /* of parentheses, not and lambdas around what is read */
	bool aliased;   /* what is read stands for an alias */
};

struct operand {
	const struct odata_expr *expr; /* NULL: a path, or a literal when that has no parts */
	struct odata_path path;
	struct odata_literal literal;
};

static bool parse_or(struct parser *p, const struct odata_expr **out, struct err *e);
static bool parse_operand(struct parser *p, struct operand *out, struct err *e);

static struct odata_expr *expr_new(struct parser *p, enum odata_expr_kind kind)
{
	struct odata_expr *x = arena_new(p->scan.arena, struct odata_expr);

	x->kind = kind;
	x->at = p->scan.at;
	return x;
}

static bool refuse(struct err *e, const char *what, struct str name)
{
	return err_set_code(e, ERR_BAD_REQUEST, CODE_ODATA, "%s '%.*s' is not supported", what,
			    STR_ARG(str_sub(name, 0, 200)));
}

static bool enter(struct parser *p, struct err *e)
{
	if (p->depth == LIMIT_FILTER_DEPTH)
		return err_set_code(e, ERR_BAD_REQUEST, CODE_ODATA,
				    "The recursion limit of %d has been exceeded at position %zu.",
				    LIMIT_FILTER_DEPTH, p->scan.at);
	p->depth++;
	return true;
}

static bool count_condition(struct parser *p, struct err *e)
{
	if (p->counts->conditions == LIMIT_CONDITIONS)
		return err_set_code(e, ERR_BAD_REQUEST, CODE_CONDITIONS,
				    "the filter has more than %d conditions", LIMIT_CONDITIONS);
	p->counts->conditions++;
	return true;
}

static bool count_values(struct parser *p, size_t n, struct err *e)
{
	p->counts->values += n;
	return p->counts->values <= LIMIT_FILTER_VALUES ||
	       err_set_code(e, ERR_BAD_REQUEST, CODE_ODATA,
			    "the lists of the filter have more than %d values",
			    LIMIT_FILTER_VALUES);
}

/* any(v:...), all(v:...), any(); the word is read, the parenthesis is there. */
static bool parse_lambda(struct parser *p, struct odata_path path, enum odata_expr_kind kind,
			 struct operand *out, struct err *e)
{
	struct odata_expr *x = expr_new(p, kind);

	x->path = path;
	out->expr = x;
	if (!count_condition(p, e) || !enter(p, e))
		return false;
	scan_take(&p->scan, '(');
	if (kind == EXPR_ANY && scan_take(&p->scan, ')')) {
		p->depth--;
		return true;
	}
	x->variable = scan_name(&p->scan);
	if (x->variable.n == 0 || !scan_take(&p->scan, ':'))
		return scan_expected(&p->scan, "A range variable and ':'", e);
	if (!parse_or(p, &x->left, e))
		return false;
	p->depth--;
	return scan_take(&p->scan, ')') || scan_expected(&p->scan, "')'", e);
}

/* contains(path,literal); the name is read. */
static bool parse_text(struct parser *p, struct str word, struct operand *out, struct err *e)
{
	struct odata_expr *x = expr_new(p, EXPR_TEXT);
	struct operand column = { 0 }, value = { 0 };

	x->word = word;
	if (!count_condition(p, e))
		return false;
	if (!scan_take(&p->scan, '('))
		return scan_expected(&p->scan, "'('", e);
	if (!parse_operand(p, &column, e))
		return false;
	if (!scan_take(&p->scan, ','))
		return scan_expected(&p->scan, "','", e);
	if (!parse_operand(p, &value, e))
		return false;
	if (!scan_take(&p->scan, ')'))
		return scan_expected(&p->scan, "')'", e);
	if (column.expr || column.path.n == 0 || value.expr || value.path.n > 0)
		return err_set_code(e, ERR_BAD_REQUEST, CODE_ODATA,
				    "the function '%.*s' takes a property and a literal",
				    STR_ARG(word));
	x->path = column.path;
	x->literal = value.literal;
	out->expr = x;
	return true;
}

/* An alias in a function's argument; its text is read instead. */
static bool open_alias(struct parser *p, struct parser *out, struct err *e)
{
	size_t begin = p->scan.at++;
	struct str name = scan_name(&p->scan);
	struct str alias = str_sub(p->scan.text, begin, name.n + 1);

	if (name.n == 0)
		return scan_fail(&p->scan, e);
	if (!p->aliases || p->aliased)
		return refuse(e, "a parameter alias here:", alias);

	const struct str *text = url_option(p->aliases, alias);

	*out = *p;
	out->aliased = true;
	out->scan.text = text ? *text : S("null");
	out->scan.at = 0;
	return true;
}

static bool finished(struct parser *p, struct err *e)
{
	return scan_peek(&p->scan) == 0 || scan_fail(&p->scan, e);
}

static bool split_path(struct parser *p, struct str text, struct odata_path *out)
{
	VEC(struct str) parts = { 0 };
	struct str_splitter splitter = str_splitter(text);

	for (struct str part; str_split(&splitter, '/', &part);)
		*VEC_PUSH(p->scan.arena, &parts) = part;
	*out = (struct odata_path){ parts.p, parts.n };
	return parts.n > 0;
}

static bool parse_argument_value(struct parser *p, struct str name, struct odata_expr *x,
				 struct err *e)
{
	struct odata_literal l;
	bool found;

	if (scan_peek(&p->scan) == '@') {
		struct parser alias;

		return open_alias(p, &alias, e) && parse_argument_value(&alias, name, x, e) &&
		       finished(&alias, e);
	}
	if (str_eq(name, S("PropertyValues")))
		return scan_values(&p->scan, &x->values, &x->nvalues, e) &&
		       count_values(p, x->nvalues, e);
	if (!scan_literal(&p->scan, &l, &found, e))
		return false;
	if (!found || l.kind == LITERAL_ENUM)
		return scan_expected(&p->scan, "A literal", e);
	if (str_eq(name, S("PropertyName")))
		return split_path(p, l.text, &x->other) || scan_expected(&p->scan, "A name", e);

	/* PropertyValue, PropertyValue1, PropertyValue2 */
	struct str *values = arena_array(p->scan.arena, struct str, x->nvalues + 1);

	for (size_t i = 0; i < x->nvalues; i++)
		values[i] = x->values[i];
	values[x->nvalues++] = l.kind == LITERAL_NULL ? S("") : l.text;
	x->values = values;
	return true;
}

/* (PropertyName='a',PropertyValue=1) */
static bool parse_arguments(struct parser *p, struct odata_expr *x, struct err *e)
{
	if (!scan_take(&p->scan, '('))
		return scan_expected(&p->scan, "'('", e);
	for (bool more = scan_peek(&p->scan) != ')'; more; more = scan_take(&p->scan, ',')) {
		struct str name = scan_name(&p->scan);

		if (!str_starts(name, S("Property")) || x->nvalues == 2)
			return scan_expected(&p->scan, "PropertyName or PropertyValue", e);
		if (!scan_take(&p->scan, '='))
			return scan_expected(&p->scan, "'='", e);
		if (!parse_argument_value(p, name, x, e))
			return false;
	}
	if (!scan_take(&p->scan, ')'))
		return scan_expected(&p->scan, "')' or ','", e);
	if (x->other.n == 0)
		return err_set_code(e, ERR_BAD_REQUEST, CODE_ODATA,
				    "the function '%.*s' needs the parameter PropertyName",
				    STR_ARG(x->word));
	return true;
}

#define NAMESPACE "Microsoft.Dynamics.CRM."

static bool parse_query_function(struct parser *p, struct odata_path path, struct str name,
				 struct operand *out, struct err *e)
{
	struct odata_expr *x = expr_new(p, EXPR_FUNCTION);

	x->word = str_skip(name, strlen(NAMESPACE));
	x->path = path;
	out->expr = x;
	return count_condition(p, e) && parse_arguments(p, x, e);
}

/* OData's own functions, which the platform's parser knows and its queries do not. */
static bool is_canonical(struct str name)
{
	static const char *const names[] = {
		"cast",
		"ceiling",
		"concat",
		"date",
		"day",
		"floor",
		"hour",
		"indexof",
		"isof",
		"length",
		"minute",
		"month",
		"now",
		"round",
		"second",
		"substring",
		"time",
		"tolower",
		"trim",
		"toupper",
		"year",
		"maxdatetime",
		"mindatetime",
		"fractionalseconds",
		"totaloffsetminutes",
		"totalseconds",
	};

	for (size_t i = 0; i < COUNT_OF(names); i++) {
		if (str_eq(name, str_from(names[i])))
			return true;
	}
	return false;
}

static bool fail_function(struct str name, struct err *e)
{
	if (is_canonical(name))
		return err_set_code(e, ERR_BAD_REQUEST, CODE_HTTP,
				    "The \"%.*s\" function isn't supported.", STR_ARG(name));
	return err_set_code(e, ERR_BAD_REQUEST, CODE_ODATA,
			    "An unknown function with name '%.*s' was found. This may also be a "
			    "function import or a key lookup on a navigation property, which is "
			    "not allowed.",
			    STR_ARG(str_sub(name, 0, 200)));
}

/* A name and a parenthesis behind it: a call, or a lambda when a path stands before. */
static bool parse_call(struct parser *p, struct odata_path before, struct str name,
		       struct operand *out, struct err *e)
{
	if (str_starts(name, S(NAMESPACE)))
		return parse_query_function(p, before, name, out, e);
	if (before.n > 0 && str_eq(name, S("any")))
		return parse_lambda(p, before, EXPR_ANY, out, e);
	if (before.n > 0 && str_eq(name, S("all")))
		return parse_lambda(p, before, EXPR_ALL, out, e);
	if (before.n == 0 && (str_eq(name, S("contains")) || str_eq(name, S("startswith")) ||
			      str_eq(name, S("endswith"))))
		return parse_text(p, name, out, e);
	return fail_function(name, e);
}

static bool parse_path(struct parser *p, struct operand *out, struct err *e)
{
	VEC(struct str) parts = { 0 };

	do {
		struct str name = scan_name(&p->scan);

		if (name.n == 0)
			return parts.n > 0 || scan_peek(&p->scan)
				       ? scan_fail(&p->scan, e)
				       : scan_expected(&p->scan, "Expression", e);
		if (scan_peek(&p->scan) == '(') {
			struct odata_path before = { parts.p, parts.n };

			return parse_call(p, before, name, out, e);
		}
		*VEC_PUSH(p->scan.arena, &parts) = name;
	} while (scan_take(&p->scan, '/'));
	out->path = (struct odata_path){ parts.p, parts.n };
	return true;
}

static bool parse_operand(struct parser *p, struct operand *out, struct err *e)
{
	bool found;

	*out = (struct operand){ 0 };
	if (scan_peek(&p->scan) == '@') {
		struct parser alias;

		if (!open_alias(p, &alias, e) || !parse_operand(&alias, out, e) ||
		    !finished(&alias, e))
			return false;
		return !out->expr ||
		       refuse(e, "a condition as the value of an alias:", alias.scan.text);
	}
	if (!scan_literal(&p->scan, &out->literal, &found, e))
		return false;
	return found || parse_path(p, out, e);
}

static const struct {
	struct str word, swapped;
} COMPARISONS[] = {
	{ STR_INIT("eq"), STR_INIT("eq") }, { STR_INIT("ne"), STR_INIT("ne") },
	{ STR_INIT("gt"), STR_INIT("lt") }, { STR_INIT("ge"), STR_INIT("le") },
	{ STR_INIT("lt"), STR_INIT("gt") }, { STR_INIT("le"), STR_INIT("ge") },
};

static const struct str REFUSED[] = {
	STR_INIT("add"), STR_INIT("sub"), STR_INIT("mul"), STR_INIT("div"),
	STR_INIT("mod"), STR_INIT("in"),  STR_INIT("has"), STR_INIT("divby"),
};

/* The index of the comparison that stands here; -1 when there is none. */
static bool take_comparison(struct parser *p, int *out, struct err *e)
{
	*out = -1;
	for (size_t i = 0; i < COUNT_OF(REFUSED); i++) {
		if (scan_word(&p->scan, REFUSED[i]))
			return refuse(e, "The operator", REFUSED[i]);
	}
	for (size_t i = 0; i < COUNT_OF(COMPARISONS) && *out < 0; i++) {
		if (scan_word(&p->scan, COMPARISONS[i].word))
			*out = (int)i;
	}
	return true;
}

/* contains(...) eq false */
static bool compare_truth(struct parser *p, const struct odata_expr *left, int comparison,
			  const struct odata_expr **out, struct err *e)
{
	struct operand right = { 0 };

	if (!parse_operand(p, &right, e))
		return false;
	if (comparison > 1 || right.expr || right.path.n > 0 ||
	    right.literal.kind != LITERAL_BOOLEAN)
		return err_set_code(e, ERR_BAD_REQUEST, CODE_ODATA,
				    "a condition can only be compared with true or false, by eq "
				    "or ne, at position %zu",
				    p->scan.at);

	struct odata_expr *not = expr_new(p, EXPR_NOT);

	not->left = left;
	*out = (comparison == 0) == str_eq(right.literal.text, S("true")) ? left : not;
	return true;
}

static bool compare_operands(struct parser *p, const struct operand *left, int comparison,
			     struct odata_expr *x, struct err *e)
{
	struct operand right = { 0 };

	if (!parse_operand(p, &right, e))
		return false;
	if (right.expr || (left->path.n == 0 && right.path.n == 0))
		return err_set_code(e, ERR_BAD_REQUEST, CODE_ODATA,
				    "a comparison needs a property and a literal or another "
				    "property, at position %zu in '%.*s'",
				    x->at, STR_ARG(str_sub(p->scan.text, 0, 1000)));

	bool swap = left->path.n == 0;

	x->word = swap ? COMPARISONS[comparison].swapped : COMPARISONS[comparison].word;
	x->path = swap ? right.path : left->path;
	x->literal = swap ? left->literal : right.literal;
	if (!swap)
		x->other = right.path;
	return true;
}

/* An operand and what it is compared with. */
static bool parse_condition(struct parser *p, const struct odata_expr **out, struct err *e)
{
	struct odata_expr *x = expr_new(p, EXPR_COMPARE);
	struct operand left = { 0 };
	int comparison;

	if (!parse_operand(p, &left, e) || !take_comparison(p, &comparison, e))
		return false;
	*out = left.expr ? left.expr : x;
	if (left.expr)
		return comparison < 0 || compare_truth(p, left.expr, comparison, out, e);
	if (!count_condition(p, e))
		return false;
	if (comparison >= 0)
		return compare_operands(p, &left, comparison, x, e);
	if (left.path.n == 0) {
		if (left.literal.kind != LITERAL_BOOLEAN)
			return scan_fail(&p->scan, e);
		x->kind = EXPR_LITERAL;
		x->literal = left.literal;
		return true;
	}
	x->path = left.path;
	x->word = S("eq");
	x->literal = (struct odata_literal){ LITERAL_BOOLEAN, S("true") };
	return true;
}

static bool parse_group(struct parser *p, const struct odata_expr **out, struct err *e)
{
	int comparison;

	if (!scan_take(&p->scan, '('))
		return parse_condition(p, out, e);
	if (!enter(p, e) || !parse_or(p, out, e))
		return false;
	p->depth--;
	if (!scan_take(&p->scan, ')'))
		return scan_expected(&p->scan, "')'", e);
	if (!take_comparison(p, &comparison, e))
		return false;
	return comparison < 0 || compare_truth(p, *out, comparison, out, e);
}

static bool parse_not(struct parser *p, const struct odata_expr **out, struct err *e)
{
	struct odata_expr *x;

	if (!scan_word(&p->scan, S("not")))
		return parse_group(p, out, e);
	x = expr_new(p, EXPR_NOT);
	*out = x;
	if (!enter(p, e) || !parse_not(p, &x->left, e))
		return false;
	p->depth--;
	return true;
}

static bool parse_and(struct parser *p, const struct odata_expr **out, struct err *e)
{
	if (!parse_not(p, out, e))
		return false;
	while (scan_word(&p->scan, S("and"))) {
		struct odata_expr *x = expr_new(p, EXPR_AND);

		x->left = *out;
		*out = x;
		if (!parse_not(p, &x->right, e))
			return false;
	}
	return true;
}

static bool parse_or(struct parser *p, const struct odata_expr **out, struct err *e)
{
	if (!parse_and(p, out, e))
		return false;
	while (scan_word(&p->scan, S("or"))) {
		struct odata_expr *x = expr_new(p, EXPR_OR);

		x->left = *out;
		*out = x;
		if (!parse_and(p, &x->right, e))
			return false;
	}
	return true;
}

bool odata_expr_parse(struct arena *a, struct str text, const struct url *aliases,
		      const struct odata_expr **out, struct err *e)
{
	struct counts counts = { 0 };
	struct parser p = { .scan = { .arena = a, .text = text },
			    .aliases = aliases,
			    .counts = &counts };
	const struct odata_expr *x = NULL;

	if (!parse_or(&p, &x, e) || !finished(&p, e))
		return false;
	*out = x;
	return true;
}

bool odata_path_parse(struct arena *a, struct str text, const struct url *aliases,
		      struct odata_path *out, struct err *e)
{
	struct counts counts = { 0 };
	struct parser p = { .scan = { .arena = a, .text = text },
			    .aliases = aliases,
			    .counts = &counts };
	struct operand o = { 0 };

	if (!parse_operand(&p, &o, e) || !finished(&p, e))
		return false;
	if (o.expr || o.path.n == 0)
		return err_set_code(e, ERR_BAD_REQUEST, CODE_ODATA,
				    "The query node of '%.*s' is not supported: only properties "
				    "are",
				    STR_ARG(str_sub(text, 0, 200)));
	*out = o.path;
	return true;
}
