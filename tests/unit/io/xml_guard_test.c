/* SPDX-License-Identifier: MIT */
/*
 * The bytes that the guard hands to the parser: nothing half, nothing that the parser would change.
 */
#include "io/xml_guard.h"

#include "../base/expect.h"

/* All bytes handed over, fed in steps; a '|' between what was handed over separately. */
static void feed(struct buf *out, struct str text, size_t step, bool bars)
{
	DEFER(xml_guard_release) struct xml_guard g;
	struct err e;

	xml_guard_init(&g, "t");
	for (size_t i = 0; i <= text.n; i += step) {
		struct str piece = str_sub(text, i, step);

		assert_true(piece.n > 0 ? xml_guard_feed(&g, piece, &e) : true);
		struct str ready = xml_guard_ready(&g);

		buf_add(out, ready);
		if (bars && ready.n > 0)
			buf_add_char(out, '|');
		xml_guard_take(&g, ready.n);
	}
	assert_true(xml_guard_end(&g, &e));
	buf_add(out, xml_guard_ready(&g));
}

static void expect_fed(const char *text, const char *want)
{
	for (size_t step = 1; step < 8; step++) {
		DEFER(buf_release) struct buf got = buf_make(0);

		feed(&got, str_from(text), step, false);
		expect_str(buf_str(&got), want);
	}
}

static void ordinary_bytes_pass_unchanged(void **state)
{
	(void)state;
	expect_fed("<a b='1 2' c=\"'\">x é 💚 &amp; y\r\n</a >\n",
		   "<a b='1 2' c=\"'\">x é 💚 &amp; y\r\n"
		   "</a >\n");
}

static void blanks_inside_values_become_references(void **state)
{
	(void)state;
	expect_fed("<a\tb='\t\r\n'\n/>", "<a\tb='&#9;&#13;&#10;'\n/>");
}

static void cdata_becomes_text(void **state)
{
	(void)state;
	expect_fed("<a><![CDATA[a<b>&amp;]]&#93;]]]></a>",
		   "<a>a&lt;b&gt;&amp;amp;&#93;&#93;&amp;#93;&#93;</a>");
}

static void comments_and_instructions_keep_only_their_line_ends(void **state)
{
	(void)state;
	expect_fed("<a><!-- x\n <b> \n --><?pi x?y\n?></a>", "<a><!--\n\n--><?pi \n?></a>");
}

static void markup_is_handed_over_whole(void **state)
{
	DEFER(buf_release) struct buf got = buf_make(0);

	(void)state;
	feed(&got, S("<a>&lt;é<b c='d'/></a>"), 1, true);
	expect_str(buf_str(&got), "<a>|&lt;|é|<b c='d'/>|</a>|");
}

static void each_tag_leaves_a_mark(void **state)
{
	DEFER(xml_guard_release) struct xml_guard g;
	struct xml_mark m;
	struct err e;

	(void)state;
	xml_guard_init(&g, "t");
	assert_true(xml_guard_feed(&g, S("<a>\n<b\n/>\n</a>"), &e));
	assert_true(xml_guard_next_mark(&g, &m));
	assert_true(m.at.line == 1 && m.end_line == 1 && !m.empty);
	xml_guard_take(&g, xml_guard_ready(&g).n);
	assert_true(xml_guard_next_mark(&g, &m));
	assert_true(m.at.line == 2 && m.at.column == 1 && m.end_line == 3 && m.empty);
	assert_true(xml_guard_next_mark(&g, &m));
	assert_true(m.at.line == 4 && m.end_line == 4 && !m.empty);
	assert_false(xml_guard_next_mark(&g, &m));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ordinary_bytes_pass_unchanged),
		cmocka_unit_test(blanks_inside_values_become_references),
		cmocka_unit_test(cdata_becomes_text),
		cmocka_unit_test(comments_and_instructions_keep_only_their_line_ends),
		cmocka_unit_test(markup_is_handed_over_whole),
		cmocka_unit_test(each_tag_leaves_a_mark),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
