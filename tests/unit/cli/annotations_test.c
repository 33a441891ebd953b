/* SPDX-License-Identifier: MIT */
/*
 * Workflow commands: what a text says never becomes a command, a property or another line. Expected lines follow the rules
 * that GitHub and Azure document.
 */
#include "cli/annotations.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void expect(enum annotation_form form, enum severity severity, const char *title,
		   const char *message, const char *line)
{
	DEFER(buf_release) struct buf b = buf_make(0);

	annotation_put(&b, form, severity, str_from(title), str_from(message));
	buf_add_char(&b, '\0');
	assert_string_equal(b.p, line);
}

static void github_gets_a_command_with_title_and_message(void **state)
{
	(void)state;
	expect(ANNOTATION_GITHUB, SEVERITY_ERROR, "ferry import queue", "no, not this: that",
	       "::error title=ferry import queue::no, not this: that");
	expect(ANNOTATION_GITHUB, SEVERITY_WARNING, "a:b,c", "100%\r\n::error::x",
	       "::warning title=a%3Ab%2Cc::100%25%0D%0A::error::x");
	expect(ANNOTATION_GITHUB, SEVERITY_NOTE, "t%", "m", "::notice title=t%25::m");
}

static void azure_gets_a_logging_command(void **state)
{
	(void)state;
	expect(ANNOTATION_AZURE, SEVERITY_ERROR, "ferry import", "a;b]c",
	       "##vso[task.logissue type=error]ferry import: a;b]c");
	expect(ANNOTATION_AZURE, SEVERITY_WARNING, "t\n", "50%\r\n##vso[task.complete]",
	       "##vso[task.logissue type=warning]t%0A: 50%AZP25%0D%0A##vso[task.complete]");
}

static void elsewhere_nothing_is_written(void **state)
{
	(void)state;
	expect(ANNOTATION_NONE, SEVERITY_ERROR, "t", "m", "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(github_gets_a_command_with_title_and_message),
		cmocka_unit_test(azure_gets_a_logging_command),
		cmocka_unit_test(elsewhere_nothing_is_written),
	};

	return cmocka_run_group_tests_name("annotations", tests, NULL, NULL);
}
