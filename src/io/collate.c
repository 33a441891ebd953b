/* SPDX-License-Identifier: MIT */
/*
 * The platform's text comparison, by ICU: primary strength where accents do not count, secondary where they
 * do; punctuation always counts. Text of plain ASCII takes a short way with a table of ranks taken from
 * ICU's own sort keys; it exists only where the language has no letters made of two ("ch", "aa").
 *
 * LIKE compares character by character, a character being a code point with the combining marks behind it.
 * Each becomes a key, the first bytes of its ICU sort key, so that equality and ranges are comparisons of
 * bytes; keys of single code points are kept in a small cache.
 */
#include "io/collate.h"

#include <string.h>

#include <unicode/uchar.h>
#include <unicode/ucol.h>
#include <unicode/uloc.h>
#include <unicode/uset.h>
#include <unicode/ustring.h>

#include "base/banned.h"

#define KEY_SIZE 24
#define CACHE_SIZE 2048 /* a power of two */
#define UNIT_MAX 32     /* code units of one character; marks beyond are not looked at */

struct key {
	uint8_t b[KEY_SIZE];
};

struct cached {
	uint32_t code_point; /* 0: empty */
	struct key key;
};

struct collate {
	UCollator *icu;
	bool short_way;
	uint8_t rank[128]; /* of ASCII characters; 0: not on the short way */
	struct cached *cache;
};

/* facts/webapi.md 4.7: the languages in which accents count. */
static bool accents_count(int lcid)
{
	static const short lcids[] = { 1035, 1048, 1050, 1051, 1053, 1054, 1057, 1058, 1061,
				       1062, 1063, 1066, 1069, 1081, 1086, 1087, 1110, 2074 };

	for (size_t i = 0; i < COUNT_OF(lcids); i++) {
		if (lcids[i] == lcid)
			return true;
	}
	return false;
}

static struct key key_of(const struct collate *c, const UChar *text, int32_t n)
{
	uint8_t whole[256];
	struct key key = { { 0 } };
	int32_t size = ucol_getSortKey(c->icu, text, n, whole, sizeof(whole));

	if (size > 1)
		memcpy(key.b, whole, (size_t)size - 1 < KEY_SIZE ? (size_t)size - 1 : KEY_SIZE);
	return key;
}

static bool key_is_empty(struct key k)
{
	return k.b[0] <= 1; /* 1 separates levels: nothing at the first */
}

static int key_cmp(struct key a, struct key b)
{
	return memcmp(a.b, b.b, KEY_SIZE);
}

/* Are there letters that consist of several ASCII characters? In the root there are none. */
static bool has_ascii_pairs(const UCollator *icu)
{
	UErrorCode status = U_ZERO_ERROR;
	USet *set = ucol_getTailoredSet(icu, &status);
	bool found = false;

	int32_t n = U_SUCCESS(status) ? uset_getItemCount(set) : 0;

	for (int32_t i = 0; i < n && !found; i++) {
		UChar text[UNIT_MAX];
		UChar32 start = 0;
		UChar32 end = 0;
		int32_t len = uset_getItem(set, i, &start, &end, text, UNIT_MAX, &status);
		bool ascii = len > 1 && U_SUCCESS(status);

		for (int32_t k = 0; ascii && k < len; k++)
			ascii = text[k] < 0x80;
		found = ascii;
	}
	uset_close(set);
	return found || U_FAILURE(status);
}

static void rank_ascii(struct collate *c)
{
	struct key keys[128];

	for (UChar i = 0; i < 128; i++)
		keys[i] = key_of(c, &i, 1);
	for (size_t i = 0; i < COUNT_OF(keys); i++) {
		uint8_t smaller = 1;

		for (size_t k = 0; k < COUNT_OF(keys); k++)
			smaller = (uint8_t)(smaller + (key_cmp(keys[k], keys[i]) < 0));
		c->rank[i] = key_is_empty(keys[i]) ? 0 : smaller;
	}
	c->short_way = !has_ascii_pairs(c->icu);
}

bool collate_open(struct collate **out, struct arena *a, int lcid, struct err *e)
{
	UErrorCode status = U_ZERO_ERROR;
	char locale[ULOC_FULLNAME_CAPACITY] = "root";
	int32_t n = lcid > 0 ? uloc_getLocaleForLCID((uint32_t)lcid, locale, sizeof(locale) - 1,
						     &status)
			     : 0;
	struct collate *c = arena_new(a, struct collate);

	/* Without a locale ICU would take that of the process. */
	if (U_FAILURE(status) || n <= 0)
		memcpy(locale, "root", sizeof("root"));
	status = U_ZERO_ERROR;
	c->icu = ucol_open(locale, &status);
	if (U_FAILURE(status))
		return err_set(e, ERR_INTERNAL, "opening the text comparison of language %d: %s",
			       lcid, u_errorName(status));
	ucol_setStrength(c->icu, accents_count(lcid) ? UCOL_SECONDARY : UCOL_PRIMARY);
	ucol_setAttribute(c->icu, UCOL_ALTERNATE_HANDLING, UCOL_NON_IGNORABLE, &status);
	ucol_setAttribute(c->icu, UCOL_NORMALIZATION_MODE, UCOL_ON, &status);
	if (U_FAILURE(status)) {
		ucol_close(c->icu);
		return err_set(e, ERR_INTERNAL, "setting the text comparison of language %d: %s",
			       lcid, u_errorName(status));
	}
	c->cache = arena_array(a, struct cached, CACHE_SIZE);
	rank_ascii(c);
	*out = c;
	return true;
}

void collate_close(struct collate **collate)
{
	if (*collate)
		ucol_close((*collate)->icu);
	*collate = NULL;
}

static struct str without_trailing_blanks(struct str s)
{
	while (s.n > 0 && s.p[s.n - 1] == ' ')
		s.n--;
	return s;
}

/* All characters have a rank. */
static bool is_ranked(const struct collate *c, struct str s)
{
	for (size_t i = 0; i < s.n; i++) {
		unsigned char byte = (unsigned char)s.p[i];

		if (byte >= 0x80 || c->rank[byte] == 0)
			return false;
	}
	return c->short_way;
}

static int compare_ranks(const struct collate *c, struct str a, struct str b)
{
	size_t n = a.n < b.n ? a.n : b.n;

	for (size_t i = 0; i < n; i++) {
		int difference = c->rank[(unsigned char)a.p[i]] - c->rank[(unsigned char)b.p[i]];

		if (difference != 0)
			return difference;
	}
	return (a.n > n) - (b.n > n);
}

static int32_t icu_length(struct str s)
{
	return s.n > INT32_MAX ? INT32_MAX : (int32_t)s.n;
}

int collate_compare(const struct collate *c, struct str a, struct str b)
{
	UErrorCode status = U_ZERO_ERROR;

	a = without_trailing_blanks(a);
	b = without_trailing_blanks(b);
	if (str_eq(a, b))
		return 0;
	if (is_ranked(c, a) && is_ranked(c, b))
		return compare_ranks(c, a, b);
	UCollationResult order = ucol_strcollUTF8(c->icu, a.p ? a.p : "", icu_length(a),
						  b.p ? b.p : "", icu_length(b), &status);

	return order == UCOL_LESS ? -1 : order == UCOL_GREATER ? 1 : 0;
}

struct str collate_key(const struct collate *c, struct arena *a, struct str s)
{
	UErrorCode status = U_ZERO_ERROR;
	int32_t length = 0;

	s = without_trailing_blanks(s);
	/* A byte of UTF-8 gives at most one code unit. */
	UChar *text = arena_array(a, UChar, s.n + 1);
	u_strFromUTF8WithSub(text, icu_length(s) + 1, &length, s.p ? s.p : "", icu_length(s),
			     0xfffd, NULL, &status);
	int32_t size = ucol_getSortKey(c->icu, text, length, NULL, 0);
	uint8_t *key = arena_alloc(a, (size_t)size);
	ucol_getSortKey(c->icu, text, length, key, size);
	return str_of((const char *)key, (size_t)size);
}

/* A text or pattern being walked through. */
struct walk {
	const struct collate *c;
	struct str s;
	bool ranked; /* bytes are characters, ranks are keys */
};

static bool is_mark(uint32_t cp)
{
	return cp >= 0x300 && (U_GET_GC_MASK((UChar32)cp) & U_GC_M_MASK) != 0;
}

static struct key cached_key(const struct collate *c, uint32_t cp)
{
	struct cached *slot = &c->cache[cp & (CACHE_SIZE - 1)];

	if (slot->code_point != cp || cp == 0) {
		UChar text[2];
		int32_t n = 0;

		if (cp > 0xffff) {
			text[n++] = (UChar)(0xd7c0 + (cp >> 10));
			text[n++] = (UChar)(0xdc00 | (cp & 0x3ff));
		} else {
			text[n++] = (UChar)cp;
		}
		slot->code_point = cp;
		slot->key = key_of(c, text, n);
	}
	return slot->key;
}

/* The character at *pos, which is moved behind it. *pos < s.n */
static struct str next_character(const struct walk *w, size_t *pos)
{
	size_t from = *pos;
	size_t end = from + 1;

	if (!w->ranked) {
		(void)str_next_code_point(w->s, pos);
		end = *pos;
		while (*pos < w->s.n && is_mark(str_next_code_point(w->s, pos)))
			end = *pos;
	}
	*pos = end;
	return str_sub(w->s, from, end - from);
}

static struct key next_key(const struct walk *w, size_t *pos)
{
	struct str character = next_character(w, pos);
	UErrorCode status = U_ZERO_ERROR;
	UChar text[UNIT_MAX];
	int32_t n = 0;
	size_t end = 0;

	if (w->ranked)
		return (struct key){ { w->c->rank[(unsigned char)character.p[0]] } };
	uint32_t cp = str_next_code_point(character, &end);

	if (end == character.n)
		return cached_key(w->c, cp);
	u_strFromUTF8(text, UNIT_MAX, &n, character.p, icu_length(character), &status);
	return key_of(w->c, text, n < UNIT_MAX ? n : UNIT_MAX);
}

/*
 * The set that begins at *pos, behind its '['; *pos is moved behind its ']'. False when it does not end.
 * *in says whether the key is in it.
 */
static bool match_set(const struct walk *pattern, size_t *pos, struct key key, bool *in)
{
	struct str p = pattern->s;
	bool inverse = *pos < p.n && p.p[*pos] == '^';
	bool found = false;

	if (inverse)
		(*pos)++;
	while (*pos < p.n && p.p[*pos] != ']') {
		struct key low = next_key(pattern, pos);
		struct key high = low;

		if (*pos + 1 < p.n && p.p[*pos] == '-' && p.p[*pos + 1] != ']') {
			(*pos)++;
			high = next_key(pattern, pos);
		}
		found = found || (key_cmp(low, key) <= 0 && key_cmp(key, high) <= 0);
	}
	if (*pos == p.n)
		return false;
	(*pos)++;
	*in = found != inverse;
	return true;
}

/* One character of the text against one place of the pattern; both positions are moved. */
static bool match_one(const struct walk *text, size_t *t, const struct walk *pattern, size_t *p)
{
	char meaning = pattern->s.p[*p];
	bool in = false;

	if (meaning == '_') {
		(*p)++;
		(void)next_character(text, t);
		return true;
	}
	if (meaning == '[') {
		(*p)++;
		return match_set(pattern, p, next_key(text, t), &in) && in;
	}
	if (text->ranked)
		return text->c->rank[(unsigned char)text->s.p[(*t)++]] ==
		       text->c->rank[(unsigned char)pattern->s.p[(*p)++]];
	struct key key = next_key(text, t);

	return key_cmp(next_key(pattern, p), key) == 0;
}

/* Where it fails behind a '%', the '%' takes one character more; an earlier '%' need not change. */
static bool match(const struct walk *text, const struct walk *pattern)
{
	size_t t = 0;
	size_t p = 0;
	size_t retry_t = 0;
	size_t retry_p = STR_NONE;

	for (;;) {
		if (p < pattern->s.n && pattern->s.p[p] == '%') {
			retry_p = ++p;
			retry_t = t;
			if (p == pattern->s.n)
				return true;
			continue;
		}
		if (t == text->s.n && p == pattern->s.n)
			return true;
		if (t < text->s.n && p < pattern->s.n && match_one(text, &t, pattern, &p))
			continue;
		if (retry_p == STR_NONE || retry_t == text->s.n)
			return false;
		(void)next_character(text, &retry_t);
		t = retry_t;
		p = retry_p;
	}
}

bool collate_like(const struct collate *c, struct str text, struct str pattern)
{
	bool ranked = is_ranked(c, text) && is_ranked(c, pattern);

	if (!ranked && (!str_is_utf8(text) || !str_is_utf8(pattern)))
		return false;
	struct walk t = { c, text, ranked };
	struct walk p = { c, pattern, ranked };

	return match(&t, &p);
}
