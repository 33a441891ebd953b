/* SPDX-License-Identifier: MIT */
/*
 * The text of $filter, and of the other query options, as trees: shown again with every parenthesis.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "base/buf.h"
#include "org/odata_expr.h"
#include "org/odata_options.h"

static void show_path(struct buf *out, const struct odata_path *p)
{
	for (size_t i = 0; i < p->n; i++) {
		buf_add(out, i > 0 ? S("/") : S(""));
		buf_add(out, p->parts[i]);
	}
}

static void show_literal(struct buf *out, const struct odata_literal *l)
{
	static const char kinds[] = "zbnsgde";

	buf_add_char(out, kinds[l->kind]);
	buf_add_char(out, ':');
	buf_add(out, l->text);
}

static void show(struct buf *out, const struct odata_expr *x);

static void show_both(struct buf *out, const struct odata_expr *x, const char *word)
{
	buf_add_char(out, '(');
	show(out, x->left);
	buf_add_fmt(out, " %s ", word);
	show(out, x->right);
	buf_add_char(out, ')');
}

static void show_lambda(struct buf *out, const struct odata_expr *x, const char *word)
{
	show_path(out, &x->path);
	buf_add_fmt(out, "/%s(%.*s", word, STR_ARG(x->variable));
	if (x->left) {
		buf_add_char(out, ':');
		show(out, x->left);
	}
	buf_add_char(out, ')');
}

static void show_function(struct buf *out, const struct odata_expr *x)
{
	show_path(out, &x->path);
	buf_add_fmt(out, "!%.*s(", STR_ARG(x->word));
	show_path(out, &x->other);
	for (size_t i = 0; i < x->nvalues; i++)
		buf_add_fmt(out, ",%.*s", STR_ARG(x->values[i]));
	buf_add_char(out, ')');
}

static void show(struct buf *out, const struct odata_expr *x)
{
	switch (x->kind) {
	case EXPR_AND:
		show_both(out, x, "and");
		break;
	case EXPR_OR:
		show_both(out, x, "or");
		break;
	case EXPR_NOT:
		buf_add(out, S("not "));
		show(out, x->left);
		break;
	case EXPR_COMPARE:
	case EXPR_TEXT:
		show_path(out, &x->path);
		buf_add_fmt(out, " %.*s ", STR_ARG(x->word));
		if (x->other.n > 0)
			show_path(out, &x->other);
		else
			show_literal(out, &x->literal);
		break;
	case EXPR_ANY:
		show_lambda(out, x, "any");
		break;
	case EXPR_ALL:
		show_lambda(out, x, "all");
		break;
	case EXPR_FUNCTION:
		show_function(out, x);
		break;
	case EXPR_LITERAL:
		show_literal(out, &x->literal);
		break;
	}
}

struct wanted {
	const char *text, *tree;
};

static void expect_trees(const struct wanted *cases, size_t n, const struct url *aliases)
{
	DEFER(arena_release) struct arena a = arena_make(0);

	for (size_t i = 0; i < n; i++) {
		DEFER(buf_release) struct buf b = buf_make(0);
		const struct odata_expr *x;
		struct err e;

		if (!odata_expr_parse(&a, str_from(cases[i].text), aliases, &x, &e))
			fail_msg("%s: %s", cases[i].text, e.msg);
		show(&b, x);
		if (!str_eq(buf_str(&b), str_from(cases[i].tree)))
			fail_msg("%s: %.*s instead of %s", cases[i].text, STR_ARG(buf_str(&b)),
				 cases[i].tree);
	}
}

#define GUID "a0dbf27c-8efb-e511-80d2-00155db07c77"

static void not_binds_tighter_than_and_and_and_tighter_than_or(void **state)
{
	static const struct wanted cases[] = {
		{ "a eq 1 or b eq 2 and c eq 3", "(a eq n:1 or (b eq n:2 and c eq n:3))" },
		{ "(a eq 1 or b eq 2) and c eq 3", "((a eq n:1 or b eq n:2) and c eq n:3)" },
		{ "not a eq 1 and b eq 2", "(not a eq n:1 and b eq n:2)" },
		{ "not (a eq 1 and b eq 2)", "not (a eq n:1 and b eq n:2)" },
		{ "not not a eq 1", "not not a eq n:1" },
		{ "a eq 1 and b eq 2 and c eq 3", "((a eq n:1 and b eq n:2) and c eq n:3)" },
		{ "  ( ( a  eq\t1 ) )\n", "a eq n:1" },
		{ "not(a eq 1)", "not a eq n:1" },
	};

	(void)state;
	expect_trees(cases, COUNT_OF(cases), NULL);
}

static void literals_have_the_type_that_they_are_written_in(void **state)
{
	static const struct wanted cases[] = {
		{ "a eq null", "a eq z:null" },
		{ "a eq true", "a eq b:true" },
		{ "a eq -1.5e3", "a eq n:-1.5e3" },
		{ "a eq 'O''Bryan'", "a eq s:O'Bryan" },
		{ "a eq ''", "a eq s:" },
		{ "a eq '''x'''", "a eq s:'x'" },
		{ "a eq " GUID, "a eq g:" GUID },
		{ "a eq 00000000-0000-0000-0000-000000000001",
		  "a eq g:00000000-0000-0000-0000-000000000001" },
		{ "a eq 2024-02-29", "a eq d:2024-02-29" },
		{ "a ge 2024-02-29T12:00:00Z", "a ge d:2024-02-29T12:00:00Z" },
		{ "a ge 2024-02-29T12:00:00.5+01:00", "a ge d:2024-02-29T12:00:00.5+01:00" },
		{ "a eq Microsoft.Dynamics.CRM.OwnershipTypes'UserOwned'", "a eq e:UserOwned" },
		{ "nullable eq trueish", "nullable eq trueish" },
		{ "a/b/c eq d/e", "a/b/c eq d/e" },
		{ "5 lt a", "a gt n:5" },
		{ "null ne a", "a ne z:null" },
		{ "true", "b:true" },
		{ "creditonhold", "creditonhold eq b:true" },
	};

	(void)state;
	expect_trees(cases, COUNT_OF(cases), NULL);
}

static void functions_and_lambdas_are_conditions(void **state)
{
	static const struct wanted cases[] = {
		{ "contains(a,'x')", "a contains s:x" },
		{ "startswith( a/b , '%x' )", "a/b startswith s:%x" },
		{ "endswith(a,'x') eq false", "not a endswith s:x" },
		{ "contains(a,'x') eq true and b eq 1", "(a contains s:x and b eq n:1)" },
		{ "(contains(a,'x') or b eq 1) ne true", "not (a contains s:x or b eq n:1)" },
		{ "c/any()", "c/any()" },
		{ "c/any(o:o/a eq 1 and o/d/any(p:p/b eq 2))",
		  "c/any(o:(o/a eq n:1 and o/d/any(p:p/b eq n:2)))" },
		{ "not c/all(o: o/a eq 1)", "not c/all(o:o/a eq n:1)" },
		{ "Microsoft.Dynamics.CRM.Today(PropertyName='createdon')", "!Today(createdon)" },
		{ "Microsoft.Dynamics.CRM.LastXDays(PropertyName='a',PropertyValue=7)",
		  "!LastXDays(a,7)" },
		{ "Microsoft.Dynamics.CRM.In(PropertyName='a',PropertyValues=[\"5\",\"2000\"])",
		  "!In(a,5,2000)" },
		{ "Microsoft.Dynamics.CRM.In(PropertyName='a',PropertyValues=['x,y','\"', 3])",
		  "!In(a,x,y,\",3)" },
		{ "Microsoft.Dynamics.CRM.In(PropertyName='a',PropertyValues=[\"\\u0041\\\"\"])",
		  "!In(a,A\")" },
		{ "Microsoft.Dynamics.CRM.InFiscalPeriodAndYear(PropertyName='a',PropertyValue1=2,"
		  "PropertyValue2=2024)",
		  "!InFiscalPeriodAndYear(a,2,2024)" },
		{ "c/any(o:o/Microsoft.Dynamics.CRM.Today(PropertyName='a'))",
		  "c/any(o:o!Today(a))" },
	};

	(void)state;
	expect_trees(cases, COUNT_OF(cases), NULL);
}

static void aliases_stand_for_values_and_for_names(void **state)
{
	struct url_option options[] = {
		{ S("@name"), S("'Contoso'") },
		{ S("@column"), S("name") },
		{ S("@list"), S("[\"1\",\"2\"]") },
	};
	struct url u = { .options = options, .noptions = COUNT_OF(options) };
	static const struct wanted cases[] = {
		{ "name eq @name", "name eq s:Contoso" },
		{ "@column eq @name", "name eq s:Contoso" },
		{ "name eq @unassigned", "name eq z:null" },
		{ "contains(@column,@name)", "name contains s:Contoso" },
		{ "Microsoft.Dynamics.CRM.In(PropertyName=@name,PropertyValues=@list)",
		  "!In(Contoso,1,2)" },
	};

	(void)state;
	expect_trees(cases, COUNT_OF(cases), &u);
}

static void what_is_wrong_is_told_with_its_place(void **state)
{
	static const struct wanted cases[] = {
		{ "lastname eq 'O'Bryan'",
		  "There is an unterminated literal at position 21 in 'lastname eq 'O'Bryan''." },
		{ "a eq", "position 4" },
		{ "a", NULL },
		{ "", "position 0" },
		{ "a eq 1 b", "Syntax error at position 7" },
		{ "(a eq 1", "')' expected at position 7" },
		{ "a eq 1)", "position 6" },
		{ "a eq 'x", "unterminated literal at position 7" },
		{ "a add 1 eq 2", "'add' is not supported" },
		{ "a in (1,2)", "'in' is not supported" },
		{ "lower(a) eq 'x'", "unknown function with name 'lower'" },
		{ "1 eq 1", "a comparison needs a property" },
		{ "a eq @p", "alias" },
		{ "a eq contains(b,'c')", "a comparison needs a property" },
		{ "contains('x',a)", "takes a property and a literal" },
		{ "a eq 12x", "Unrecognized literal '12x'" },
		{ "c/$count gt 2", "Syntax error" },
		{ "c/any(o/a eq 1)", "range variable" },
		{ "Microsoft.Dynamics.CRM.In(PropertyName='a',PropertyValues=[\"1\" \"2\"])",
		  "Invalid JSON. A comma character ',' was expected in scope 'Array'" },
		{ "Microsoft.Dynamics.CRM.In(PropertyName='a',PropertyValues=['O''Bryan'])",
		  "Invalid JSON. A comma character ',' was expected in scope 'Array'" },
		{ "Microsoft.Dynamics.CRM.Today()", "needs the parameter PropertyName" },
	};
	DEFER(arena_release) struct arena a = arena_make(0);

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		const struct odata_expr *x;
		struct err e = { 0 };
		bool ok = odata_expr_parse(&a, str_from(cases[i].text), NULL, &x, &e);

		if (ok != (cases[i].tree == NULL) ||
		    (!ok && (e.code != 0x80060888 || !strstr(e.msg, cases[i].tree))))
			fail_msg("%s: %s", cases[i].text, ok ? "it passed" : e.msg);
	}
}

static struct str repeated(struct arena *a, const char *head, const char *unit, const char *tail,
			   int n)
{
	DEFER(buf_release) struct buf b = buf_make(0);

	for (int i = 0; i < n; i++)
		buf_add(&b, str_from(head));
	buf_add(&b, str_from(unit));
	for (int i = 0; i < n; i++)
		buf_add(&b, str_from(tail));
	return str_dup(a, buf_str(&b));
}

static void depth_and_number_of_conditions_are_limited(void **state)
{
	DEFER(arena_release) struct arena a = arena_make(0);
	const struct odata_expr *x;
	struct err e;

	(void)state;
	assert_true(odata_expr_parse(&a, repeated(&a, "(", "a eq 1", ")", 100), NULL, &x, &e));
	assert_false(odata_expr_parse(&a, repeated(&a, "(", "a eq 1", ")", 101), NULL, &x, &e));
	assert_false(odata_expr_parse(&a, repeated(&a, "not ", "a eq 1", "", 20000), NULL, &x, &e));
	assert_true(
		odata_expr_parse(&a, repeated(&a, "", "a eq 1", " or a eq 1", 499), NULL, &x, &e));
	assert_false(
		odata_expr_parse(&a, repeated(&a, "", "a eq 1", " or a eq 1", 500), NULL, &x, &e));
	assert_int_equal(e.code, 0x8004430C);
}

static bool read_options(struct arena *a, const char *name, const char *value,
			 struct odata_options *out, struct err *e)
{
	struct url_option option = { str_from(name), str_from(value) };
	struct url u = { .options = &option, .noptions = 1 };

	return odata_options_read(a, &u, out, e);
}

static void expand_is_read_with_its_own_options(void **state)
{
	DEFER(arena_release) struct arena a = arena_make(0);
	struct odata_options o;
	struct err e;

	(void)state;
	assert_true(read_options(
		&a, "$expand",
		"parentaccountid($select = createdon, name),Account_Tasks($filter=subject eq "
		"'a;b,c)(';$orderby=subject desc;$top=2;$expand=owninguser($select=fullname)),"
		"primarycontactid/$ref, ownerid",
		&o, &e));
	assert_int_equal(o.nexpand, 4);
	assert_int_equal(o.expand[0].options.nselect, 2);
	assert_true(str_eq(o.expand[0].options.select[1], S("name")));

	const struct odata_options *tasks = &o.expand[1].options;

	assert_true(str_eq(tasks->filter->literal.text, S("a;b,c)(")));
	assert_true(tasks->orders[0].descending);
	assert_true(tasks->has_top);
	assert_int_equal(tasks->top, 2);
	assert_true(str_eq(tasks->expand[0].navigation, S("owninguser")));
	assert_true(o.expand[2].reference);
	assert_false(o.expand[3].reference);
	assert_true(str_eq(odata_expand_context(&a, &o),
			   S("parentaccountid(createdon,name),Account_Tasks(owninguser(fullname)),"
			     "primarycontactid,primarycontactid/$ref(),ownerid()")));
}

static void options_are_refused_with_the_reason(void **state)
{
	static const struct {
		const char *name, *value;
	} cases[] = {
		{ "$top", "-1" },
		{ "$top", "x" },
		{ "$count", "yes" },
		{ "$orderby", "name up" },
		{ "$orderby", "contains(a,'b')" },
		{ "$orderby", "'a'" },
		{ "$expand", "a($skip=1)" },
		{ "$expand", "a($count=true)" },
		{ "$expand", "a($levels=2)" },
		{ "$expand", "a($search=x)" },
		{ "$expand", "a b" },
		{ "$expand", "a(" },
		{ "$expand", "a($filter=b eq @p)" },
		{ "$select", "a b" },
		{ "$filter", "" },
	};
	DEFER(arena_release) struct arena a = arena_make(0);

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct odata_options o;
		struct err e;

		if (read_options(&a, cases[i].name, cases[i].value, &o, &e))
			fail_msg("%s=%s passed", cases[i].name, cases[i].value);
		assert_int_equal(e.code, 0x80060888);
		assert_int_equal(e.kind, ERR_BAD_REQUEST);
	}
}

static void names_in_select_come_once_and_commas_too_many_are_passed_over(void **state)
{
	DEFER(arena_release) struct arena a = arena_make(0);
	struct odata_options o;
	struct err e;

	(void)state;
	assert_true(read_options(&a, "$select", "name, accountid,name,", &o, &e));
	assert_int_equal(o.nselect, 2);
	assert_true(o.has_select);
	assert_true(read_options(&a, "$select", "*", &o, &e));
	assert_false(o.has_select);
	assert_true(read_options(&a, "$orderby", "a,b/c desc, d asc", &o, &e));
	assert_int_equal(o.norders, 3);
	assert_int_equal(o.orders[1].path.n, 2);
	assert_true(o.orders[1].descending);
	assert_false(o.orders[2].descending);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(not_binds_tighter_than_and_and_and_tighter_than_or),
		cmocka_unit_test(literals_have_the_type_that_they_are_written_in),
		cmocka_unit_test(functions_and_lambdas_are_conditions),
		cmocka_unit_test(aliases_stand_for_values_and_for_names),
		cmocka_unit_test(what_is_wrong_is_told_with_its_place),
		cmocka_unit_test(depth_and_number_of_conditions_are_limited),
		cmocka_unit_test(expand_is_read_with_its_own_options),
		cmocka_unit_test(options_are_refused_with_the_reason),
		cmocka_unit_test(names_in_select_come_once_and_commas_too_many_are_passed_over),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
