/* SPDX-License-Identifier: MIT */
/*
 * Writing XML: the bytes of the Configuration Migration Tool (facts/cmt-format.md 3.1, 3.3, 3.5), and that what
 * is written is read again.
 */
#include "io/xml.h"

#include "../base/expect.h"

struct page {
	struct buf bytes;
	struct buf_sink sink;
	struct xml_writer w;
	struct err e;
};

static void page_open(struct page *p)
{
	p->bytes = buf_make(0);
	p->sink = buf_sink_make(&p->bytes);
	p->w = xml_writer_make(&p->sink.sink);
}

static void page_close(struct page *p)
{
	xml_writer_release(&p->w);
	buf_release(&p->bytes);
}

static void begin(struct page *p, const char *name)
{
	assert_true(xml_write_open(&p->w, str_from(name), &p->e));
}

static void attr(struct page *p, const char *name, const char *value)
{
	assert_true(xml_write_attr(&p->w, str_from(name), str_from(value), &p->e));
}

static void text(struct page *p, const char *value)
{
	assert_true(xml_write_text(&p->w, str_from(value), &p->e));
}

static void end(struct page *p, const char *name)
{
	assert_true(xml_write_close(&p->w, str_from(name), &p->e));
}

static void expect_bytes(struct page *p, const char *want)
{
	assert_true(xml_write_flush(&p->w, &p->e));
	expect_str(buf_str(&p->bytes), want);
}

static void a_package_looks_as_the_tool_writes_it(void **state)
{
	DEFER(page_close) struct page p;

	(void)state;
	page_open(&p);
	begin(&p, "entities");
	attr(&p, "timestamp", "t");
	begin(&p, "entity");
	attr(&p, "name", "contact");
	begin(&p, "records");
	begin(&p, "record");
	attr(&p, "id", "1");
	end(&p, "record");
	end(&p, "records");
	begin(&p, "m2mrelationships");
	begin(&p, "targetid");
	text(&p, "g");
	end(&p, "targetid");
	end(&p, "m2mrelationships");
	begin(&p, "m2mrelationships");
	end(&p, "m2mrelationships");
	end(&p, "entity");
	end(&p, "entities");
	expect_bytes(&p, "\r\n<entities timestamp=\"t\">\r\n"
			 "  <entity name=\"contact\">\r\n"
			 "    <records>\r\n"
			 "      <record id=\"1\" />\r\n"
			 "    </records>\r\n"
			 "    <m2mrelationships>\r\n"
			 "      <targetid>g</targetid>\r\n"
			 "    </m2mrelationships>\r\n"
			 "    <m2mrelationships />\r\n"
			 "  </entity>\r\n"
			 "</entities>");
}

static void line_end_and_indent_can_be_chosen(void **state)
{
	DEFER(page_close) struct page p;

	(void)state;
	page_open(&p);
	p.w.line_end = S("\n");
	p.w.indent = S("\t");
	assert_true(xml_write_raw(&p.w, S("<?xml version=\"1.0\"?>"), &p.e));
	begin(&p, "a");
	begin(&p, "b");
	end(&p, "b");
	end(&p, "a");
	expect_bytes(&p, "<?xml version=\"1.0\"?>\n<a>\n\t<b />\n</a>");
}

static void nothing_is_indented_inside_an_element_with_text(void **state)
{
	DEFER(page_close) struct page p;

	(void)state;
	page_open(&p);
	begin(&p, "a");
	begin(&p, "b");
	text(&p, "x");
	begin(&p, "c");
	begin(&p, "d");
	end(&p, "d");
	end(&p, "c");
	text(&p, "y");
	end(&p, "b");
	begin(&p, "e");
	assert_true(xml_write_raw(&p.w, S("<raw/>"), &p.e));
	end(&p, "e");
	end(&p, "a");
	expect_bytes(&p, "\r\n<a>\r\n  <b>x<c><d /></c>y</b>\r\n  <e><raw/></e>\r\n</a>");
}

static void values_and_texts_are_encoded_as_dotnet_does(void **state)
{
	DEFER(page_close) struct page p;

	(void)state;
	page_open(&p);
	begin(&p, "a");
	attr(&p, "b", "<&>\"'\t\r\n&lt;é");
	text(&p, "<&>\"'\t&lt;é");
	end(&p, "a");
	expect_bytes(&p, "\r\n<a b=\"&lt;&amp;&gt;&quot;'\t&#xD;&#xA;&amp;lt;é\">"
			 "&lt;&amp;&gt;\"'\t&amp;lt;é</a>");
}

static void characters_that_xml_cannot_hold_are_refused(void **state)
{
	DEFER(page_close) struct page p;
	DEFER(buf_release) struct buf b = buf_make(0);

	(void)state;
	page_open(&p);
	begin(&p, "a");
	assert_false(xml_write_attr(&p.w, S("name"), S("x\vy"), &p.e));
	assert_int_equal(p.e.kind, ERR_INPUT);
	expect_str(str_from(p.e.msg),
		   "the attribute name holds the character U+000B, which XML cannot hold");
	assert_false(xml_write_text(&p.w, S("x\xef\xbf\xbf"), &p.e));
	expect_str(str_from(p.e.msg), "the text holds the character U+FFFF, which XML cannot hold");
	xml_encode_text(&b, S("a\x01"
			      "b\xef\xbf\xbe"
			      "c\xef\xbf\xbd"));
	expect_str(buf_str(&b), "a\xef\xbf\xbd"
				"b\xef\xbf\xbd"
				"c\xef\xbf\xbd");
}

static bool refuse(struct sink *s, struct str bytes, struct err *e)
{
	(void)s, (void)bytes;
	return err_set(e, ERR_INTERNAL, "disk full");
}

static void an_error_of_the_sink_is_passed_on(void **state)
{
	struct sink sink = { refuse };
	DEFER(xml_writer_release) struct xml_writer w = xml_writer_make(&sink);
	char big[100000];
	struct err e;

	(void)state;
	memset(big, 'x', sizeof(big));
	assert_true(xml_write_open(&w, S("a"), &e));
	assert_false(xml_write_attr(&w, S("b"), str_of(big, sizeof(big)), &e));
	expect_str(str_from(e.msg), "disk full");
	assert_false(xml_write_flush(&w, &e));
}

static void every_value_that_is_written_is_read_again(void **state)
{
	DEFER(page_close) struct page p;
	DEFER(arena_release) struct arena a = arena_make(0);
	char all[1024];
	size_t n = 0;
	struct str_source source;
	DEFER(xml_close) struct xml *x = NULL;
	struct xml_event ev;

	(void)state;
	for (int c = 0x20; c < 0x7f; c++)
		all[n++] = (char)c;
	memcpy(all + n, "\t\r\n\r\t\né💚", 13);
	n += 12;
	page_open(&p);
	begin(&p, "a");
	assert_true(xml_write_attr(&p.w, S("v"), str_of(all, n), &p.e));
	end(&p, "a");
	assert_true(xml_write_flush(&p.w, &p.e));
	source = str_source_make(buf_str(&p.bytes));
	assert_true(xml_open(&x, &a, &source.source, "t", &p.e));
	assert_true(xml_next(x, &ev, &p.e));
	assert_true(str_eq(*xml_attr(&ev, S("v")), str_of(all, n)));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_package_looks_as_the_tool_writes_it),
		cmocka_unit_test(line_end_and_indent_can_be_chosen),
		cmocka_unit_test(nothing_is_indented_inside_an_element_with_text),
		cmocka_unit_test(values_and_texts_are_encoded_as_dotnet_does),
		cmocka_unit_test(characters_that_xml_cannot_hold_are_refused),
		cmocka_unit_test(an_error_of_the_sink_is_passed_on),
		cmocka_unit_test(every_value_that_is_written_is_read_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
