/* SPDX-License-Identifier: MIT */
/*
 * Reading XML: the events of a document, whatever the size of the chunks in which it comes, and what is said
 * about documents that are broken or hostile.
 */
#include "io/xml.h"

#include "../base/expect.h"
#include "base/limits.h"

/* A document that comes in pieces of `step` bytes. */
struct pieces {
	struct source source;
	struct str rest;
	size_t step;
};

static bool read_piece(struct source *s, char *p, size_t n, size_t *got, struct err *e)
{
	struct pieces *pieces = CONTAINER_OF(s, struct pieces, source);
	struct str piece = str_sub(pieces->rest, 0, pieces->step < n ? pieces->step : n);

	(void)e;
	if (piece.n > 0)
		memcpy(p, piece.p, piece.n);
	pieces->rest = str_skip(pieces->rest, piece.n);
	*got = piece.n;
	return true;
}

struct doc {
	struct arena arena;
	struct pieces pieces;
	struct xml *xml;
};

static void doc_close(struct doc *d)
{
	xml_close(&d->xml);
	arena_release(&d->arena);
}

static void doc_open(struct doc *d, struct str text, size_t step)
{
	struct err e;

	*d = (struct doc){ .arena = arena_make(0), .pieces = { { read_piece }, text, step } };
	assert_true(xml_open(&d->xml, &d->arena, &d->pieces.source, "t.xml", &e));
}

static void trace_event(struct buf *out, const struct xml_event *ev)
{
	buf_add_fmt(out, "%u", ev->line);
	if (ev->kind == XML_TEXT)
		buf_add_fmt(out, "'%.*s'", STR_ARG(ev->text));
	if (ev->kind == XML_CLOSE)
		buf_add_fmt(out, "</%.*s>", STR_ARG(ev->name));
	if (ev->kind != XML_OPEN)
		return;
	buf_add_fmt(out, "<%.*s", STR_ARG(ev->name));
	for (size_t i = 0; i < ev->nattrs; i++)
		buf_add_fmt(out, " %.*s=[%.*s]", STR_ARG(ev->attrs[i].name),
			    STR_ARG(ev->attrs[i].value));
	buf_add(out, ev->empty ? S("/>") : S(">"));
}

/* Each event as "line<tag>", "line</tag>" or "line'text'"; an error as "!message". */
static void trace(struct buf *out, struct str text, size_t step)
{
	DEFER(doc_close) struct doc d;
	struct xml_event ev;
	struct err e;

	doc_open(&d, text, step);
	for (;;) {
		if (!xml_next(d.xml, &ev, &e)) {
			buf_add_fmt(out, "!%s", e.msg);
			assert_int_equal(e.kind, ERR_INPUT);
			break;
		}
		if (ev.kind == XML_END)
			break;
		trace_event(out, &ev);
	}
}

static void expect_trace(const char *text, const char *want)
{
	for (size_t step = 1; step < 40; step += 6) {
		DEFER(buf_release) struct buf got = buf_make(0);

		trace(&got, str_from(text), step);
		expect_str(buf_str(&got), want);
	}
}

/* Events before the error may have come or not: that depends on the chunks. */
static void expect_error(struct str text, const char *want)
{
	for (size_t step = 1; step < 40; step += 19) {
		DEFER(buf_release) struct buf got = buf_make(0);

		trace(&got, text, step);
		size_t at = str_find_char(buf_str(&got), '!');

		assert_int_not_equal(at, STR_NONE);
		struct str message = str_skip(buf_str(&got), at + 1);

		if (!str_starts(message, str_from(want)))
			expect_str(message, want);
	}
}

static void events_come_in_order_with_their_lines(void **state)
{
	(void)state;
	expect_trace("\r\n<entities>\r\n  <entity name=\"contact\">\r\n    <x />\r\n  </entity>\n"
		     "</entities>",
		     "2<entities>2'\n  '3<entity name=[contact]>3'\n    '4<x/>4</x>4'\n  '"
		     "5</entity>5'\n'6</entities>");
}

static void a_tag_over_several_lines_starts_at_its_first(void **state)
{
	(void)state;
	expect_trace("<a>\n<b\n c='1'\n/>\n</a>", "1<a>1'\n'2<b c=[1]/>4</b>4'\n'5</a>");
}

static void namespace_attributes_are_ordinary_attributes_in_their_order(void **state)
{
	(void)state;
	expect_trace("<e xmlns:xsd='u' timestamp='t' xmlns='v'><x:y z:w='1'></x:y></e>",
		     "1<e xmlns:xsd=[u] timestamp=[t] xmlns=[v]>1<x:y z:w=[1]>1</x:y>1</e>");
}

static void tabs_and_line_ends_in_values_survive(void **state)
{
	(void)state;
	expect_trace("<a v=\"1\t2\r\n3\n4&#xD;&#xA;5&#9;6  7\"/>",
		     "1<a v=[1\t2\r\n3\n4\r\n5\t6  7]/>3</a>");
}

static void references_are_decoded_once(void **state)
{
	(void)state;
	expect_trace("<a v='&amp;lt;&#233;&#x1F49A;&quot;&apos;'>&lt;&amp;gt;</a>",
		     "1<a v=[&lt;é💚\"']>1'<&gt;'1</a>");
}

static void text_comes_as_one_event_with_cdata_and_without_comments(void **state)
{
	(void)state;
	expect_trace("<a>one<!-- two -->three<![CDATA[<four>&]]]]><?five six?>é</a>",
		     "1<a>1'onethree<four>&]]é'1</a>");
}

static void a_declaration_and_a_byte_order_mark_are_fine(void **state)
{
	(void)state;
	expect_trace("\xef\xbb\xbf<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<a/>\n",
		     "2<a/>2</a>");
}

static void lines_stay_right_behind_comments_and_values_with_line_ends(void **state)
{
	(void)state;
	expect_trace("<a><!-- \n\n --><b v='\n\n'/><![CDATA[\n]]><?x\n?><c/></a>",
		     "1<a>3<b v=[\n\n]/>5</b>5'\n'7<c/>7</c>7</a>");
}

static void broken_documents_are_refused_with_line_and_column(void **state)
{
	static const struct {
		const char *text, *want;
	} cases[] = {
		{ "<a>\n</b>", "t.xml:2:5: not well formed: <a> ends with </b>" },
		/* the tabs and comments before it are not what the parser is given */
		{ "<a>\n <!--c--> <b c='\t' d=1/></a>", "t.xml:2:11: not well formed: AttValue" },
		{ "PK", "t.xml:1:1: not well formed: there is no element in it" },
		{ "<a/><b/>", "t.xml:1:5: not well formed: Extra content" },
		{ "<a b='1' b='2'/>", "t.xml:1:15: not well formed: Attribute b redefined" },
		{ "<a>\n&nbsp;</a>", "t.xml:2:7: not well formed: Entity 'nbsp' not defined" },
		{ "<a>x & y</a>", "t.xml:1:7: \"&\" begins no reference" },
		{ "<a>&xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx;</a>",
		  "t.xml:1:69: \"&\" begins no reference" },
		{ "<a b='<'/>", "t.xml:1:7: not well formed: Unescaped '<'" },
		{ "<a>]]></a>", "t.xml:1:4: not well formed: Sequence ']]>'" },
		{ "<a/>]", "t.xml:1:5: not well formed: Extra content" },
		{ "<a><!-- -- --></a>", "t.xml:1:11: \"--\" inside a comment" },
		{ "<a b=1/>", "t.xml:1:6: not well formed: AttValue" },
		{ "<a>\n\x01</a>", "t.xml:2:1: the control character U+0001" },
		{ "<a>\xc3</a>", "t.xml:1:5: the document is not UTF-8" },
		{ "<a>\xed\xa0\x80</a>", "t.xml:1:6: the document is not UTF-8" },
		{ "<a b='\xff'/>", "t.xml:1:7: the document is not UTF-8" },
		{ "<a>\xef\xbf\xbe</a>", "t.xml:1:6: the characters U+FFFE" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++)
		expect_error(str_from(cases[i].text), cases[i].want);
}

static void a_document_that_is_cut_off_anywhere_is_refused(void **state)
{
	struct str whole = S("<?xml version='1.0'?><a b='1'>é<!--c--><c/>&amp;<![CDATA[x]]></a>");

	(void)state;
	expect_error(S(""), "t.xml: the document is empty");
	for (size_t n = 1; n < whole.n; n++) {
		DEFER(buf_release) struct buf got = buf_make(0);

		trace(&got, str_sub(whole, 0, n), 5);
		assert_true(str_find_char(buf_str(&got), '!') != STR_NONE);
	}
	expect_error(S("<a>\n<b>"), "t.xml:2:3: the document ends too early, with 2 elements");
}

static void a_doctype_is_refused(void **state)
{
	(void)state;
	expect_error(
		S("<?xml version='1.0'?>\n<!DOCTYPE a [<!ENTITY x SYSTEM 'file:///etc/passwd'>]>"
		  "<a>&x;</a>"),
		"t.xml:2:1: the document has a DOCTYPE");
	expect_error(S("<a><!ENTITY x 'y'></a>"), "t.xml:1:4: \"<!\" begins neither");
}

static void other_encodings_are_refused(void **state)
{
	(void)state;
	expect_error(S("<?xml version='1.0' encoding='utf-16'?><a/>"),
		     "t.xml:1:1: the document says that its encoding is \"utf-16\"");
	expect_error(S("<?xml version='1.0' encoding = \"windows-1252\"?><a/>"),
		     "t.xml:1:1: the document says that its encoding is \"windows-1252\"");
	expect_error(S("\xff\xfe<\0a\0/\0>\0"), "t.xml:1:1: the document is UTF-16");
	expect_error(S("\xfe\xff\0<\0a\0/\0>"), "t.xml:1:1: the document is UTF-16");
	expect_error(S("<\0a\0/\0>\0"), "t.xml:1:2: the document is UTF-16");
}

/* head, then n times middle, then tail */
static void repeat(struct buf *b, const char *head, const char *middle, size_t n, const char *tail)
{
	buf_add(b, str_from(head));
	for (size_t i = 0; i < n; i++)
		buf_add(b, str_from(middle));
	buf_add(b, str_from(tail));
}

static void expect_limit(const char *head, const char *middle, size_t n, const char *tail,
			 const char *want)
{
	DEFER(buf_release) struct buf b = buf_make(0);

	repeat(&b, head, middle, n, tail);
	expect_error(buf_str(&b), want);
}

static void what_is_too_deep_or_too_much_is_refused(void **state)
{
	(void)state;
	expect_limit("", "<a>", LIMIT_XML_DEPTH + 1, "",
		     "t.xml:1:193: elements are inside each other more than 64 deep");
	expect_limit("<a", " b=''", LIMIT_XML_ATTRIBUTES + 1, "/>",
		     "t.xml:1:1: an element has more than 1000 attributes");
	expect_limit("<a", " b", 100 * LIMIT_XML_ATTRIBUTES, "/>",
		     "t.xml:1:1: an element has more than 1000 attributes");
	expect_limit("<", "a", LIMIT_XML_NAME + 1, "/>", "t.xml:1:514: a name is longer than 512");
	expect_limit("<a ", "b", LIMIT_XML_NAME + 1, "=''/>",
		     "t.xml:1:516: a name is longer than 512");
	expect_limit("<a></", "a", LIMIT_XML_NAME + 1, ">",
		     "t.xml:1:518: a name is longer than 512");
}

static void what_is_just_within_the_limits_is_read(void **state)
{
	DEFER(buf_release) struct buf b = buf_make(0);
	DEFER(buf_release) struct buf got = buf_make(0);

	(void)state;
	repeat(&b, "", "<a>", LIMIT_XML_DEPTH, "");
	repeat(&b, "", "</a>", LIMIT_XML_DEPTH, "");
	trace(&got, buf_str(&b), 1000);
	assert_true(str_find_char(buf_str(&got), '!') == STR_NONE);
	buf_clear(&b);
	buf_clear(&got);
	buf_add(&b, S("<a"));
	for (int i = 0; i < LIMIT_XML_ATTRIBUTES; i++)
		buf_add_fmt(&b, " b%d=''", i);
	buf_add(&b, S("/>"));
	trace(&got, buf_str(&b), 1000);
	assert_true(str_find_char(buf_str(&got), '!') == STR_NONE);
}

/* Were any step quadratic, these would not end while somebody waits. */
static void a_large_value_comes_whole_and_in_linear_time(void **state)
{
	static const struct {
		const char *head, *middle, *tail;
	} cases[] = {
		{ "<a b='", "0123456\t", "'/>" },      { "<a>", "0123456\n", "</a>" },
		{ "<a>", "]]]]]]]]", "</a>" },         { "<a><![CDATA[", "<&>]]x-?", "]]></a>" },
		{ "<a><!--", "- ? > <\n", "--></a>" }, { "<a>", "&amp;xyz", "</a>" },
		{ "<a><?x ", "?-] > <\n", "?></a>" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		DEFER(buf_release) struct buf b = buf_make(0);
		DEFER(doc_close) struct doc d;
		struct xml_event ev;
		struct err e;
		size_t bytes = 0;

		repeat(&b, cases[i].head, cases[i].middle, 1000000, cases[i].tail);
		doc_open(&d, buf_str(&b), 1000);
		do {
			assert_true(xml_next(d.xml, &ev, &e));
			bytes += ev.text.n + (ev.nattrs > 0 ? ev.attrs[0].value.n : 0);
		} while (ev.kind != XML_END);
		assert_int_equal(bytes, i == 4 || i == 6 ? 0 : i == 5 ? 4000000 : 8000000);
	}
}

static void the_end_and_an_error_come_again_and_again(void **state)
{
	DEFER(doc_close) struct doc good;
	DEFER(doc_close) struct doc bad;
	struct xml_event ev;
	struct err e;

	(void)state;
	doc_open(&good, S("<a/>"), 100);
	for (int i = 0; i < 5; i++)
		assert_true(xml_next(good.xml, &ev, &e));
	assert_int_equal(ev.kind, XML_END);
	doc_open(&bad, S("<a></b>"), 100);
	assert_true(xml_next(bad.xml, &ev, &e));
	for (int i = 0; i < 3; i++) {
		e.msg[0] = 0;
		assert_false(xml_next(bad.xml, &ev, &e));
		expect_str(str_from(e.msg), "t.xml:1:8: not well formed: <a> ends with </b>");
	}
}

static bool read_nothing(struct source *s, char *p, size_t n, size_t *got, struct err *e)
{
	(void)s, (void)p, (void)n, (void)got;
	return err_set(e, ERR_NETWORK, "the line went dead");
}

static void an_error_of_the_source_is_passed_on_as_it_is(void **state)
{
	DEFER(arena_release) struct arena a = arena_make(0);
	struct source source = { read_nothing };
	DEFER(xml_close) struct xml *x = NULL;
	struct xml_event ev;
	struct err e;

	(void)state;
	assert_true(xml_open(&x, &a, &source, "t.xml", &e));
	assert_false(xml_next(x, &ev, &e));
	assert_int_equal(e.kind, ERR_NETWORK);
	expect_str(str_from(e.msg), "the line went dead");
}

static void an_element_can_be_skipped_with_all_that_is_in_it(void **state)
{
	DEFER(doc_close) struct doc d;
	struct xml_event ev;
	struct err e;

	(void)state;
	doc_open(&d, S("<a><b><c>x</c><d/>y</b><e/></a>"), 3);
	assert_true(xml_next(d.xml, &ev, &e) && xml_next(d.xml, &ev, &e));
	expect_str(ev.name, "b");
	assert_true(xml_skip(d.xml, &e));
	assert_true(xml_next(d.xml, &ev, &e));
	expect_str(ev.name, "e");
	assert_true(xml_skip(d.xml, &e));
	assert_true(xml_next(d.xml, &ev, &e));
	assert_int_equal(ev.kind, XML_CLOSE);
	expect_str(ev.name, "a");
}

static void inner_text_is_all_text_of_an_element_without_children(void **state)
{
	DEFER(doc_close) struct doc d;
	struct xml_event ev;
	struct str text;
	struct err e;

	(void)state;
	doc_open(&d, S("<a><b>x<!-- -->y</b><b></b><b/><b>\nx<c/></b></a>"), 3);
	assert_true(xml_next(d.xml, &ev, &e));
	for (int i = 0; i < 3; i++) {
		assert_true(xml_next(d.xml, &ev, &e));
		assert_true(xml_inner_text(d.xml, &d.arena, 2, &text, &e));
		expect_str(text, i == 0 ? "xy" : "");
	}
	assert_true(xml_next(d.xml, &ev, &e));
	assert_false(xml_inner_text(d.xml, &d.arena, 2, &text, &e));
	expect_str(str_from(e.msg), "t.xml:2: element \"c\" stands where only text belongs");
}

static void inner_text_beyond_its_maximum_is_refused(void **state)
{
	DEFER(doc_close) struct doc d;
	struct xml_event ev;
	struct str text;
	struct err e;

	(void)state;
	doc_open(&d, S("<a>xyz</a>"), 100);
	assert_true(xml_next(d.xml, &ev, &e));
	assert_false(xml_inner_text(d.xml, &d.arena, 2, &text, &e));
	expect_str(str_from(e.msg), "t.xml:1: the text is longer than 2 bytes");
}

static void attributes_are_found_by_name(void **state)
{
	DEFER(doc_close) struct doc d;
	struct xml_event ev;
	struct err e;

	(void)state;
	doc_open(&d, S("<a b='1' B=''/>"), 100);
	assert_true(xml_next(d.xml, &ev, &e));
	expect_str(*xml_attr(&ev, S("b")), "1");
	expect_str(*xml_attr(&ev, S("B")), "");
	assert_null(xml_attr(&ev, S("c")));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(events_come_in_order_with_their_lines),
		cmocka_unit_test(a_tag_over_several_lines_starts_at_its_first),
		cmocka_unit_test(namespace_attributes_are_ordinary_attributes_in_their_order),
		cmocka_unit_test(tabs_and_line_ends_in_values_survive),
		cmocka_unit_test(references_are_decoded_once),
		cmocka_unit_test(text_comes_as_one_event_with_cdata_and_without_comments),
		cmocka_unit_test(a_declaration_and_a_byte_order_mark_are_fine),
		cmocka_unit_test(lines_stay_right_behind_comments_and_values_with_line_ends),
		cmocka_unit_test(broken_documents_are_refused_with_line_and_column),
		cmocka_unit_test(a_document_that_is_cut_off_anywhere_is_refused),
		cmocka_unit_test(a_doctype_is_refused),
		cmocka_unit_test(other_encodings_are_refused),
		cmocka_unit_test(what_is_too_deep_or_too_much_is_refused),
		cmocka_unit_test(what_is_just_within_the_limits_is_read),
		cmocka_unit_test(a_large_value_comes_whole_and_in_linear_time),
		cmocka_unit_test(the_end_and_an_error_come_again_and_again),
		cmocka_unit_test(an_error_of_the_source_is_passed_on_as_it_is),
		cmocka_unit_test(an_element_can_be_skipped_with_all_that_is_in_it),
		cmocka_unit_test(inner_text_is_all_text_of_an_element_without_children),
		cmocka_unit_test(inner_text_beyond_its_maximum_is_refused),
		cmocka_unit_test(attributes_are_found_by_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
