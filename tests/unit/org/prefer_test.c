/* SPDX-License-Identifier: MIT */
/*
 * The Prefer header, as clients write it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "org/prefer.h"

static struct prefer read_value(const char *value)
{
	struct header header = { S("prefer"), str_from(value) };
	struct request r = { .headers = &header, .nheaders = 1 };

	return prefer_read(&r);
}

static void annotations_are_asked_for_by_name_and_pattern(void **state)
{
	struct prefer p = read_value("odata.include-annotations=\"Microsoft.Dynamics.CRM.*,a.b\"");

	(void)state;
	assert_true(prefer_annotation(&p, S("Microsoft.Dynamics.CRM.morerecords")));
	assert_true(prefer_annotation(&p, S("a.b")));
	assert_false(prefer_annotation(&p, S("a.b.c")));
	assert_false(prefer_annotation(&p, S("OData.Community.Display.V1.FormattedValue")));
	assert_false(p.everything);
	p = read_value("odata.include-annotations=*");
	assert_true(prefer_annotation(&p, S("anything")));
	assert_true(p.everything);
	p = read_value("");
	assert_false(prefer_annotation(&p, S("anything")));
}

static void preferences_come_in_one_header_or_in_several(void **state)
{
	struct prefer p = read_value("return=representation,odata.maxpagesize=3, "
				     "odata.include-annotations=\"a,b\" , odata.continue-on-error");
	struct header headers[] = {
		{ S("Prefer"), S("return=representation") },
		{ S("Accept"), S("odata.continue-on-error") },
		{ S("PREFER"), S("odata.include-annotations=\"*\"") },
	};
	struct request r = { .headers = headers, .nheaders = 3 };

	(void)state;
	assert_true(p.representation);
	assert_true(p.continue_on_error);
	assert_true(prefer_annotation(&p, S("b")));
	p = prefer_read(&r);
	assert_true(p.representation);
	assert_true(p.everything);
	assert_false(p.continue_on_error);
	p = read_value("return=minimal;x,odata.continue-on-error=false");
	assert_false(p.representation);
	assert_false(p.continue_on_error);
}

static void a_page_has_at_most_5000_rows(void **state)
{
	(void)state;
	assert_int_equal(read_value("odata.maxpagesize=3").page_size, 3);
	assert_int_equal(read_value("odata.maxpagesize=\"10\", x").page_size, 10);
	assert_int_equal(read_value("odata.maxpagesize=5001").page_size, 5000);
	assert_int_equal(read_value("odata.maxpagesize=0").page_size, 0);
	assert_int_equal(read_value("odata.maxpagesize=-1").page_size, 0);
	assert_int_equal(read_value("odata.maxpagesize=x").page_size, 0);
	assert_int_equal(read_value("maxpagesize=3").page_size, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(annotations_are_asked_for_by_name_and_pattern),
		cmocka_unit_test(a_page_has_at_most_5000_rows),
		cmocka_unit_test(preferences_come_in_one_header_or_in_several),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
