/* SPDX-License-Identifier: MIT */
/*
 * HTML references as .NET's WebUtility writes and reads them, percent-encoding, base64. Each copies
 * what it need not change in one piece. Bytes that are not UTF-8 pass unchanged.
 */
#include "base/codec.h"

#include <stdlib.h>
#include <string.h>

#include "base/banned.h"

struct entity {
	char name[9];
	uint16_t code_point;
};

/* HTML 4.01 section 24 and apos, sorted by bytes. */
static const struct entity entities[] = {
	{ "AElig", 198 },    { "Aacute", 193 },  { "Acirc", 194 },    { "Agrave", 192 },
	{ "Alpha", 913 },    { "Aring", 197 },   { "Atilde", 195 },   { "Auml", 196 },
	{ "Beta", 914 },     { "Ccedil", 199 },  { "Chi", 935 },      { "Dagger", 8225 },
	{ "Delta", 916 },    { "ETH", 208 },     { "Eacute", 201 },   { "Ecirc", 202 },
	{ "Egrave", 200 },   { "Epsilon", 917 }, { "Eta", 919 },      { "Euml", 203 },
	{ "Gamma", 915 },    { "Iacute", 205 },  { "Icirc", 206 },    { "Igrave", 204 },
	{ "Iota", 921 },     { "Iuml", 207 },    { "Kappa", 922 },    { "Lambda", 923 },
	{ "Mu", 924 },       { "Ntilde", 209 },  { "Nu", 925 },       { "OElig", 338 },
	{ "Oacute", 211 },   { "Ocirc", 212 },   { "Ograve", 210 },   { "Omega", 937 },
	{ "Omicron", 927 },  { "Oslash", 216 },  { "Otilde", 213 },   { "Ouml", 214 },
	{ "Phi", 934 },      { "Pi", 928 },      { "Prime", 8243 },   { "Psi", 936 },
	{ "Rho", 929 },      { "Scaron", 352 },  { "Sigma", 931 },    { "THORN", 222 },
	{ "Tau", 932 },      { "Theta", 920 },   { "Uacute", 218 },   { "Ucirc", 219 },
	{ "Ugrave", 217 },   { "Upsilon", 933 }, { "Uuml", 220 },     { "Xi", 926 },
	{ "Yacute", 221 },   { "Yuml", 376 },    { "Zeta", 918 },     { "aacute", 225 },
	{ "acirc", 226 },    { "acute", 180 },   { "aelig", 230 },    { "agrave", 224 },
	{ "alefsym", 8501 }, { "alpha", 945 },   { "amp", 38 },       { "and", 8743 },
	{ "ang", 8736 },     { "apos", 39 },     { "aring", 229 },    { "asymp", 8776 },
	{ "atilde", 227 },   { "auml", 228 },    { "bdquo", 8222 },   { "beta", 946 },
	{ "brvbar", 166 },   { "bull", 8226 },   { "cap", 8745 },     { "ccedil", 231 },
	{ "cedil", 184 },    { "cent", 162 },    { "chi", 967 },      { "circ", 710 },
	{ "clubs", 9827 },   { "cong", 8773 },   { "copy", 169 },     { "crarr", 8629 },
	{ "cup", 8746 },     { "curren", 164 },  { "dArr", 8659 },    { "dagger", 8224 },
	{ "darr", 8595 },    { "deg", 176 },     { "delta", 948 },    { "diams", 9830 },
	{ "divide", 247 },   { "eacute", 233 },  { "ecirc", 234 },    { "egrave", 232 },
	{ "empty", 8709 },   { "emsp", 8195 },   { "ensp", 8194 },    { "epsilon", 949 },
	{ "equiv", 8801 },   { "eta", 951 },     { "eth", 240 },      { "euml", 235 },
	{ "euro", 8364 },    { "exist", 8707 },  { "fnof", 402 },     { "forall", 8704 },
	{ "frac12", 189 },   { "frac14", 188 },  { "frac34", 190 },   { "frasl", 8260 },
	{ "gamma", 947 },    { "ge", 8805 },     { "gt", 62 },        { "hArr", 8660 },
	{ "harr", 8596 },    { "hearts", 9829 }, { "hellip", 8230 },  { "iacute", 237 },
	{ "icirc", 238 },    { "iexcl", 161 },   { "igrave", 236 },   { "image", 8465 },
	{ "infin", 8734 },   { "int", 8747 },    { "iota", 953 },     { "iquest", 191 },
	{ "isin", 8712 },    { "iuml", 239 },    { "kappa", 954 },    { "lArr", 8656 },
	{ "lambda", 955 },   { "lang", 9001 },   { "laquo", 171 },    { "larr", 8592 },
	{ "lceil", 8968 },   { "ldquo", 8220 },  { "le", 8804 },      { "lfloor", 8970 },
	{ "lowast", 8727 },  { "loz", 9674 },    { "lrm", 8206 },     { "lsaquo", 8249 },
	{ "lsquo", 8216 },   { "lt", 60 },       { "macr", 175 },     { "mdash", 8212 },
	{ "micro", 181 },    { "middot", 183 },  { "minus", 8722 },   { "mu", 956 },
	{ "nabla", 8711 },   { "nbsp", 160 },    { "ndash", 8211 },   { "ne", 8800 },
	{ "ni", 8715 },      { "not", 172 },     { "notin", 8713 },   { "nsub", 8836 },
	{ "ntilde", 241 },   { "nu", 957 },      { "oacute", 243 },   { "ocirc", 244 },
	{ "oelig", 339 },    { "ograve", 242 },  { "oline", 8254 },   { "omega", 969 },
	{ "omicron", 959 },  { "oplus", 8853 },  { "or", 8744 },      { "ordf", 170 },
	{ "ordm", 186 },     { "oslash", 248 },  { "otilde", 245 },   { "otimes", 8855 },
	{ "ouml", 246 },     { "para", 182 },    { "part", 8706 },    { "permil", 8240 },
	{ "perp", 8869 },    { "phi", 966 },     { "pi", 960 },       { "piv", 982 },
	{ "plusmn", 177 },   { "pound", 163 },   { "prime", 8242 },   { "prod", 8719 },
	{ "prop", 8733 },    { "psi", 968 },     { "quot", 34 },      { "rArr", 8658 },
	{ "radic", 8730 },   { "rang", 9002 },   { "raquo", 187 },    { "rarr", 8594 },
	{ "rceil", 8969 },   { "rdquo", 8221 },  { "real", 8476 },    { "reg", 174 },
	{ "rfloor", 8971 },  { "rho", 961 },     { "rlm", 8207 },     { "rsaquo", 8250 },
	{ "rsquo", 8217 },   { "sbquo", 8218 },  { "scaron", 353 },   { "sdot", 8901 },
	{ "sect", 167 },     { "shy", 173 },     { "sigma", 963 },    { "sigmaf", 962 },
	{ "sim", 8764 },     { "spades", 9824 }, { "sub", 8834 },     { "sube", 8838 },
	{ "sum", 8721 },     { "sup", 8835 },    { "sup1", 185 },     { "sup2", 178 },
	{ "sup3", 179 },     { "supe", 8839 },   { "szlig", 223 },    { "tau", 964 },
	{ "there4", 8756 },  { "theta", 952 },   { "thetasym", 977 }, { "thinsp", 8201 },
	{ "thorn", 254 },    { "tilde", 732 },   { "times", 215 },    { "trade", 8482 },
	{ "uArr", 8657 },    { "uacute", 250 },  { "uarr", 8593 },    { "ucirc", 251 },
	{ "ugrave", 249 },   { "uml", 168 },     { "upsih", 978 },    { "upsilon", 965 },
	{ "uuml", 252 },     { "weierp", 8472 }, { "xi", 958 },       { "yacute", 253 },
	{ "yen", 165 },      { "yuml", 255 },    { "zeta", 950 },     { "zwj", 8205 },
	{ "zwnj", 8204 },
};

static const char hex_upper[] = "0123456789ABCDEF";

static const char *markup_reference(char c)
{
	switch (c) {
	case '<':
		return "&lt;";
	case '>':
		return "&gt;";
	case '&':
		return "&amp;";
	case '"':
		return "&quot;";
	case '\'':
		return "&#39;";
	default:
		return NULL;
	}
}

/*
 * How many bytes at s are a character that becomes a decimal reference: U+00A0..U+00FF are two bytes
 * from C2 A0 to C3 BF, supplementary characters are four. 0 when it stays as it is.
 */
static size_t referenced_length(struct str s)
{
	unsigned char first = (unsigned char)s.p[0];
	size_t n = 0;

	if (first == 0xc2 && s.n >= 2 && (unsigned char)s.p[1] >= 0xa0)
		n = 2;
	else if (first == 0xc3)
		n = 2;
	else if (first >= 0xf0)
		n = 4;
	return n != 0 && n <= s.n && str_is_utf8(str_of(s.p, n)) ? n : 0;
}

void html_encode(struct buf *out, struct str s)
{
	size_t plain = 0; /* where what is to be copied unchanged starts */
	size_t i = 0;

	while (i < s.n) {
		const char *reference = markup_reference(s.p[i]);
		size_t n = reference ? 1 : referenced_length(str_skip(s, i));

		if (n == 0) {
			i++;
			continue;
		}
		buf_add(out, str_sub(s, plain, i - plain));
		plain = i + n;
		if (reference)
			buf_add(out, str_from(reference));
		else
			buf_add_fmt(out, "&#%u;", (unsigned)str_next_code_point(s, &i));
		i = plain;
	}
	buf_add(out, str_skip(s, plain));
}

static int cmp_entity(const void *key, const void *element)
{
	const struct str *name = key;
	const struct entity *entity = element;

	return str_cmp(*name, str_from(entity->name));
}

static bool named_code_point(struct str name, uint32_t *out)
{
	const struct entity *found =
		bsearch(&name, entities, COUNT_OF(entities), sizeof(entities[0]), cmp_entity);

	if (!found)
		return false;
	*out = found->code_point;
	return true;
}

static bool add_digit(uint32_t *v, uint32_t base, int digit)
{
	return digit >= 0 && !__builtin_mul_overflow(*v, base, v) &&
	       !__builtin_add_overflow(*v, (uint32_t)digit, v);
}

/* What stands between &# and ; as .NET's uint.TryParse reads it: blanks around and a sign are fine. */
static bool numeric_value(struct str s, uint32_t *out)
{
	bool hex = s.n > 0 && (s.p[0] == 'x' || s.p[0] == 'X');
	bool negative = false;
	uint32_t v = 0;

	if (hex) {
		s = str_skip(s, 1);
	} else {
		s = str_trim(s);
		negative = str_starts(s, S("-"));
		s = str_skip(s, negative || str_starts(s, S("+")));
	}
	if (s.n == 0)
		return false;
	for (size_t i = 0; i < s.n; i++) {
		int digit = str_hex_value(s.p[i]);

		if (!add_digit(&v, hex ? 16 : 10, hex || digit < 10 ? digit : -1))
			return false;
	}
	if (negative && v != 0)
		return false;
	*out = v;
	return true;
}

/* The code point of the reference whose text between & and ; is s. */
static bool reference_code_point(struct str s, uint32_t *out)
{
	uint32_t v;

	if (s.n < 2 || s.p[0] != '#')
		return named_code_point(s, out);
	if (!numeric_value(str_skip(s, 1), &v) || v > 0x10ffff || (v >= 0xd800 && v <= 0xdfff))
		return false;
	*out = v;
	return true;
}

/* Bytes up to the next ';' or '&', whichever comes first; s.n when there is none. */
static size_t reference_length(struct str s)
{
	size_t n = 0;

	while (n < s.n && s.p[n] != ';' && s.p[n] != '&')
		n++;
	return n;
}

void html_decode(struct buf *out, struct str s)
{
	for (;;) {
		size_t at = str_find_char(s, '&');

		if (at == STR_NONE)
			break;
		buf_add(out, str_sub(s, 0, at));
		s = str_skip(s, at);

		struct str inner = str_skip(s, 1);
		size_t n = reference_length(inner);
		uint32_t cp = 0;

		if (n < inner.n && inner.p[n] == ';' &&
		    reference_code_point(str_sub(inner, 0, n), &cp)) {
			buf_add_code_point(out, cp);
			n++;
		} else {
			buf_add(out, str_sub(s, 0, 1 + n));
		}
		s = str_skip(inner, n);
	}
	buf_add(out, s);
}

static bool is_unreserved(char c)
{
	return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
	       c == '-' || c == '.' || c == '_' || c == '~';
}

void url_encode(struct buf *out, struct str s)
{
	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];

		if (is_unreserved(s.p[i])) {
			buf_add_char(out, s.p[i]);
			continue;
		}
		buf_add_char(out, '%');
		buf_add_char(out, hex_upper[c >> 4]);
		buf_add_char(out, hex_upper[c & 15]);
	}
}

/* The two hex digits at s.p[at] as a byte, or -1. */
static int escaped_byte(struct str s, size_t at)
{
	if (s.n < 2 || at > s.n - 2)
		return -1;

	int high = str_hex_value(s.p[at]);
	int low = str_hex_value(s.p[at + 1]);

	return high < 0 || low < 0 ? -1 : high * 16 + low;
}

bool url_decode(struct buf *out, struct str s, bool plus_is_blank)
{
	size_t before = out->n;

	for (size_t i = 0; i < s.n; i++) {
		int c = (unsigned char)s.p[i];

		if (c == '%') {
			c = escaped_byte(s, i + 1);
			i += 2;
		} else if (c == '+' && plus_is_blank) {
			c = ' ';
		}
		if (c <= 0) {
			buf_truncate(out, before);
			return false;
		}
		buf_add_char(out, (char)c);
	}
	return true;
}

static const char base64_digits[] =
	"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

void base64_encode(struct buf *out, struct str bytes)
{
	const unsigned char *in = (const unsigned char *)bytes.p;
	size_t groups = bytes.n / 3 + (bytes.n % 3 != 0);
	char *p = groups > SIZE_MAX / 4 ? NULL : buf_grow(out, groups * 4);

	if (!p)
		return;
	for (size_t i = 0; i < bytes.n; i += 3, p += 4) {
		size_t left = bytes.n - i;
		uint32_t v = (uint32_t)in[i] << 16;

		if (left > 1)
			v |= (uint32_t)in[i + 1] << 8;
		if (left > 2)
			v |= in[i + 2];
		p[0] = base64_digits[v >> 18];
		p[1] = base64_digits[v >> 12 & 63];
		p[2] = left > 1 ? base64_digits[v >> 6 & 63] : '=';
		p[3] = left > 2 ? base64_digits[v & 63] : '=';
	}
}

/* The value of a base64 digit, or -1. */
static int base64_value(char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	if (c == '+')
		return 62;
	return c == '/' ? 63 : -1;
}

/* The n digits at p (2, 3 or 4 of a group) become n - 1 bytes. */
static bool decode_group(const char *p, size_t n, char *bytes)
{
	uint32_t v = 0;

	for (size_t i = 0; i < 4; i++) {
		int digit = i < n ? base64_value(p[i]) : 0;

		if (digit < 0)
			return false;
		v = v << 6 | (uint32_t)digit;
	}
	for (size_t i = 0; i + 1 < n; i++)
		bytes[i] = (char)(v >> (16 - 8 * i) & 0xff);
	return true;
}

bool base64_decode(struct buf *out, struct str s)
{
	size_t before = out->n;

	if (s.n % 4 != 0)
		return false;

	size_t pad = (size_t)str_ends(s, S("=")) + (size_t)str_ends(s, S("=="));
	char *p = buf_grow(out, s.n / 4 * 3 - pad);

	if (!p) /* full, which the caller asks the buffer for */
		return true;
	for (size_t i = 0; i < s.n; i += 4, p += 3) {
		bool last = i + 4 == s.n;

		if (!decode_group(s.p + i, last ? 4 - pad : 4, p)) {
			buf_truncate(out, before);
			return false;
		}
	}
	return true;
}

void base64url_encode(struct buf *out, struct str bytes)
{
	size_t before = out->n;

	base64_encode(out, bytes);
	for (size_t i = before; i < out->n; i++) {
		if (out->p[i] == '+')
			out->p[i] = '-';
		if (out->p[i] == '/')
			out->p[i] = '_';
	}
	while (out->n > before && out->p[out->n - 1] == '=')
		buf_truncate(out, out->n - 1);
}

bool base64url_decode(struct buf *out, struct str s)
{
	DEFER(buf_release) struct buf usual = buf_make(0);

	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];

		if (c == '+' || c == '/' || c == '=')
			return false;
		buf_add_char(&usual, c == '-' ? '+' : c == '_' ? '/' : c);
	}
	while (usual.n % 4 != 0)
		buf_add_char(&usual, '=');
	return base64_decode(out, buf_str(&usual));
}

void url_lower_escapes(char *p, size_t n)
{
	for (size_t i = 0; i + 2 < n; i++) {
		if (p[i] != '%')
			continue;
		for (size_t k = i + 1; k <= i + 2; k++) {
			if (p[k] >= 'A' && p[k] <= 'F')
				p[k] = (char)(p[k] - 'A' + 'a');
		}
	}
}
