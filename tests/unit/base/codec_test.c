/* SPDX-License-Identifier: MIT */
/*
 * The text forms that input travels in. The expected texts of HTML references are what .NET's
 * System.Net.WebUtility answers; code points of names are those of Python's html.entities.
 */
#include "base/codec.h"

#include "expect.h"

static struct str encoded(struct buf *b, struct str s)
{
	buf_clear(b);
	html_encode(b, s);
	return buf_str(b);
}

static struct str decoded(struct buf *b, struct str s)
{
	buf_clear(b);
	html_decode(b, s);
	return buf_str(b);
}

static void text_values_are_encoded_as_the_old_tool_does(void **state)
{
	static const char *const cases[][2] = {
		{ "", "" },
		{ "plain", "plain" },
		{ "<b a=\"x\">&'</b>", "&lt;b a=&quot;x&quot;&gt;&amp;&#39;&lt;/b&gt;" },
		{ "\xc3\xa9", "&#233;" },
		{ "\xc2\x80\xc2\x9f", "\xc2\x80\xc2\x9f" },
		{ "\xc2\xa0\xc3\xbf", "&#160;&#255;" },
		{ "\xc4\x80\xc4\x8d\xe2\x82\xac", "\xc4\x80\xc4\x8d\xe2\x82\xac" },
		{ "\xf0\x9f\x92\x9a - Low", "&#128154; - Low" },
		{ "\xf0\x90\x80\x80\xf4\x8f\xbf\xbf", "&#65536;&#1114111;" },
		{ "a\tb\r\nc", "a\tb\r\nc" },
		{ "&amp;", "&amp;amp;" },
	};
	DEFER(buf_release) struct buf b = buf_make(0);

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++)
		expect_str(encoded(&b, str_from(cases[i][0])), cases[i][1]);
}

static void bytes_that_are_not_utf8_pass_the_encoder(void **state)
{
	static const char *const texts[] = { "\xc3",      "\xc2",  "\xf0\x9f\x92",
					     "a\xff\xfe", "\xc3(", "\xf8\x88\x80\x80" };
	DEFER(buf_release) struct buf b = buf_make(0);

	(void)state;
	for (size_t i = 0; i < COUNT_OF(texts); i++)
		expect_str(encoded(&b, str_from(texts[i])), texts[i]);
}

/* "name code-point ..." of all 253 */
static const char entity_names[] =
	"AElig 198 Aacute 193 Acirc 194 Agrave 192 Alpha 913 Aring 197 Atilde 195 "
	"Auml 196 Beta 914 Ccedil 199 Chi 935 Dagger 8225 Delta 916 ETH 208 Eacute 201 "
	"Ecirc 202 Egrave 200 Epsilon 917 Eta 919 Euml 203 Gamma 915 Iacute 205 "
	"Icirc 206 Igrave 204 Iota 921 Iuml 207 Kappa 922 Lambda 923 Mu 924 Ntilde 209 "
	"Nu 925 OElig 338 Oacute 211 Ocirc 212 Ograve 210 Omega 937 Omicron 927 "
	"Oslash 216 Otilde 213 Ouml 214 Phi 934 Pi 928 Prime 8243 Psi 936 Rho 929 "
	"Scaron 352 Sigma 931 THORN 222 Tau 932 Theta 920 Uacute 218 Ucirc 219 "
	"Ugrave 217 Upsilon 933 Uuml 220 Xi 926 Yacute 221 Yuml 376 Zeta 918 aacute 225 "
	"acirc 226 acute 180 aelig 230 agrave 224 alefsym 8501 alpha 945 amp 38 and 8743 "
	"ang 8736 apos 39 aring 229 asymp 8776 atilde 227 auml 228 bdquo 8222 beta 946 "
	"brvbar 166 bull 8226 cap 8745 ccedil 231 cedil 184 cent 162 chi 967 circ 710 "
	"clubs 9827 cong 8773 copy 169 crarr 8629 cup 8746 curren 164 dArr 8659 "
	"dagger 8224 darr 8595 deg 176 delta 948 diams 9830 divide 247 eacute 233 "
	"ecirc 234 egrave 232 empty 8709 emsp 8195 ensp 8194 epsilon 949 equiv 8801 "
	"eta 951 eth 240 euml 235 euro 8364 exist 8707 fnof 402 forall 8704 frac12 189 "
	"frac14 188 frac34 190 frasl 8260 gamma 947 ge 8805 gt 62 hArr 8660 harr 8596 "
	"hearts 9829 hellip 8230 iacute 237 icirc 238 iexcl 161 igrave 236 image 8465 "
	"infin 8734 int 8747 iota 953 iquest 191 isin 8712 iuml 239 kappa 954 lArr 8656 "
	"lambda 955 lang 9001 laquo 171 larr 8592 lceil 8968 ldquo 8220 le 8804 "
	"lfloor 8970 lowast 8727 loz 9674 lrm 8206 lsaquo 8249 lsquo 8216 lt 60 macr 175 "
	"mdash 8212 micro 181 middot 183 minus 8722 mu 956 nabla 8711 nbsp 160 "
	"ndash 8211 ne 8800 ni 8715 not 172 notin 8713 nsub 8836 ntilde 241 nu 957 "
	"oacute 243 ocirc 244 oelig 339 ograve 242 oline 8254 omega 969 omicron 959 "
	"oplus 8853 or 8744 ordf 170 ordm 186 oslash 248 otilde 245 otimes 8855 ouml 246 "
	"para 182 part 8706 permil 8240 perp 8869 phi 966 pi 960 piv 982 plusmn 177 "
	"pound 163 prime 8242 prod 8719 prop 8733 psi 968 quot 34 rArr 8658 radic 8730 "
	"rang 9002 raquo 187 rarr 8594 rceil 8969 rdquo 8221 real 8476 reg 174 "
	"rfloor 8971 rho 961 rlm 8207 rsaquo 8250 rsquo 8217 sbquo 8218 scaron 353 "
	"sdot 8901 sect 167 shy 173 sigma 963 sigmaf 962 sim 8764 spades 9824 sub 8834 "
	"sube 8838 sum 8721 sup 8835 sup1 185 sup2 178 sup3 179 supe 8839 szlig 223 "
	"tau 964 there4 8756 theta 952 thetasym 977 thinsp 8201 thorn 254 tilde 732 "
	"times 215 trade 8482 uArr 8657 uacute 250 uarr 8593 ucirc 251 ugrave 249 "
	"uml 168 upsih 978 upsilon 965 uuml 252 weierp 8472 xi 958 yacute 253 yen 165 "
	"yuml 255 zeta 950 zwj 8205 zwnj 8204 ";

static void every_named_reference_is_decoded(void **state)
{
	DEFER(arena_release) struct arena a = arena_make(0);
	DEFER(buf_release) struct buf b = buf_make(0);
	DEFER(buf_release) struct buf want = buf_make(0);
	struct str_splitter sp = str_splitter(str_trim(str_from(entity_names)));
	struct str name, number;
	size_t n = 0;

	(void)state;
	while (str_split(&sp, ' ', &name) && str_split(&sp, ' ', &number)) {
		uint64_t cp = 0;

		assert_true(str_parse_u64(number, &cp));
		buf_clear(&want);
		buf_add_code_point(&want, (uint32_t)cp);
		buf_add_fmt(&want, "&%.*s", STR_ARG(name));
		expect_str(decoded(&b, str_fmt(&a, "&%.*s;&%.*s", STR_ARG(name), STR_ARG(name))),
			   str_cstr(&a, buf_str(&want)));
		n++;
	}
	assert_int_equal(n, 253);
}

static void numbered_references_are_decoded_and_the_rest_is_left(void **state)
{
	static const char *const cases[][2] = {
		{ "&#65;&#x41;&#X41;&#x6a;&#x6A;", "AAAjj" },
		{ "&#000065;", "A" },
		{ "&#x1F49A;&#128154;", "\xf0\x9f\x92\x9a\xf0\x9f\x92\x9a" },
		{ "&# 65 ;", "A" },
		{ "&#+65;", "A" },
		{ "&#1114111;", "\xf4\x8f\xbf\xbf" },
		{ "&amp;lt;", "&lt;" },
		{ "&&amp;;", "&&;" },
		{ "a & b; c", "a & b; c" },
	};
	static const char *const left[] = {
		"&",
		"&amp",
		"&;",
		"&#;",
		"&#x;",
		"&#99999999;",
		"&#4294967361;",
		"&#x110000;",
		"&nosuch;",
		"&LT;",
		"&#xD800;",
		"&#57343;",
		"&#-65;",
		"&#x 41;",
		"&#x+41;",
		"&#6 5;",
		"&#xG;",
		"& lt;",
		"&lt ;",
		"&thetasymm;",
		"&#x100000041;",
		"&#12a;",
		"&#+;",
	};
	DEFER(buf_release) struct buf b = buf_make(0);

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++)
		expect_str(decoded(&b, str_from(cases[i][0])), cases[i][1]);
	for (size_t i = 0; i < COUNT_OF(left); i++)
		expect_str(decoded(&b, str_from(left[i])), left[i]);
	assert_true(str_eq(decoded(&b, S("&#0;")), str_of("\0", 1)));
}

static void every_character_survives_encoding_and_decoding(void **state)
{
	DEFER(buf_release) struct buf text = buf_make(0);
	DEFER(buf_release) struct buf there = buf_make(0);
	DEFER(buf_release) struct buf back = buf_make(0);

	(void)state;
	for (uint32_t cp = 1; cp <= 0x10ffff; cp = cp < 0x11000 ? cp + 1 : cp + 97) {
		if (cp < 0xd800 || cp > 0xdfff)
			buf_add_code_point(&text, cp);
	}
	html_encode(&there, buf_str(&text));
	html_decode(&back, buf_str(&there));
	assert_true(str_eq(buf_str(&back), buf_str(&text)));
}

static void url_parts_are_escaped_but_for_unreserved_characters(void **state)
{
	DEFER(buf_release) struct buf b = buf_make(0);

	(void)state;
	url_encode(&b, S("AZaz09-._~ /?#&='+%\xc3\xa9"));
	expect_str(buf_str(&b), "AZaz09-._~%20%2F%3F%23%26%3D%27%2B%25%C3%A9");
}

static void url_parts_are_read_and_bad_escapes_refused(void **state)
{
	static const char *const bad[] = { "%", "a%2", "%2x", "%x2", "ok%00", "%%", "%\xc3\xa9" };
	DEFER(buf_release) struct buf b = buf_make(0);

	(void)state;
	assert_true(url_decode(&b, S("a%20b%2f%2F+%C3%A9"), false));
	expect_str(buf_str(&b), "a b//+\xc3\xa9");
	buf_clear(&b);
	assert_true(url_decode(&b, S("a+b%2B"), true));
	expect_str(buf_str(&b), "a b+");
	for (size_t i = 0; i < COUNT_OF(bad); i++) {
		assert_false(url_decode(&b, str_from(bad[i]), true));
		expect_str(buf_str(&b), "a b+");
	}
	assert_false(url_decode(&b, str_of("a\0b", 3), false));
	assert_true(url_decode(&b, S(""), false));
}

static void base64_is_that_of_rfc_4648(void **state)
{
	static const char *const cases[][2] = {
		{ "", "" },
		{ "f", "Zg==" },
		{ "fo", "Zm8=" },
		{ "foo", "Zm9v" },
		{ "foob", "Zm9vYg==" },
		{ "fooba", "Zm9vYmE=" },
		{ "foobar", "Zm9vYmFy" },
		{ "\xff\xef\xbe", "/+++" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		DEFER(buf_release) struct buf b = buf_make(0);

		base64_encode(&b, str_from(cases[i][0]));
		expect_str(buf_str(&b), cases[i][1]);
		buf_clear(&b);
		assert_true(base64_decode(&b, str_from(cases[i][1])));
		expect_str(buf_str(&b), cases[i][0]);
	}
}

static void damaged_base64_is_refused_and_adds_nothing(void **state)
{
	static const char *const bad[] = { "Z",      "Zg",   "Zg=",      "Zm9vZ", "====",
					   "=Zm9",   "Z===", "Zg==Zm9v", "Zm=v",  "Zm9 ",
					   "Zm9v\n", "Zm-_", "Zm9v====" };
	DEFER(buf_release) struct buf b = buf_make(0);

	(void)state;
	buf_add(&b, S("before"));
	for (size_t i = 0; i < COUNT_OF(bad); i++) {
		assert_false(base64_decode(&b, str_from(bad[i])));
		expect_str(buf_str(&b), "before");
	}
}

static void base64url_has_no_padding_and_other_signs(void **state)
{
	static const char *const cases[][2] = {
		{ "", "" },
		{ "f", "Zg" },
		{ "fo", "Zm8" },
		{ "foo", "Zm9v" },
		{ "foob", "Zm9vYg" },
		{ "\xff\xef\xbe", "_---" },
		{ "\xff\xff", "__8" },
	};
	static const char *const bad[] = { "Zg==", "Zg=", "/+++", "Z", "Zm9vY", "Zm9 ", "Zm.v" };
	DEFER(buf_release) struct buf b = buf_make(0);

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		buf_clear(&b);
		base64url_encode(&b, str_from(cases[i][0]));
		expect_str(buf_str(&b), cases[i][1]);
		buf_clear(&b);
		assert_true(base64url_decode(&b, str_from(cases[i][1])));
		expect_str(buf_str(&b), cases[i][0]);
	}
	buf_clear(&b);
	buf_add(&b, S("+/="));
	for (size_t i = 0; i < COUNT_OF(bad); i++)
		assert_false(base64url_decode(&b, str_from(bad[i])));
	base64url_encode(&b, S("\xff\xff"));
	expect_str(buf_str(&b), "+/=__8");
}

static void a_full_buffer_is_told_by_the_buffer(void **state)
{
	DEFER(buf_release) struct buf b = buf_make(4);
	struct err e;

	(void)state;
	assert_true(base64_decode(&b, S("Zm9vYmFy")));
	assert_false(buf_check(&b, "the file", &e));
	buf_clear(&b);
	html_encode(&b, S("<<"));
	assert_false(buf_check(&b, "the text", &e));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(text_values_are_encoded_as_the_old_tool_does),
		cmocka_unit_test(bytes_that_are_not_utf8_pass_the_encoder),
		cmocka_unit_test(every_named_reference_is_decoded),
		cmocka_unit_test(numbered_references_are_decoded_and_the_rest_is_left),
		cmocka_unit_test(every_character_survives_encoding_and_decoding),
		cmocka_unit_test(url_parts_are_escaped_but_for_unreserved_characters),
		cmocka_unit_test(url_parts_are_read_and_bad_escapes_refused),
		cmocka_unit_test(base64_is_that_of_rfc_4648),
		cmocka_unit_test(damaged_base64_is_refused_and_adds_nothing),
		cmocka_unit_test(base64url_has_no_padding_and_other_signs),
		cmocka_unit_test(a_full_buffer_is_told_by_the_buffer),
	};

	return cmocka_run_group_tests_name("codec", tests, NULL, NULL);
}
