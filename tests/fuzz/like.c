/* SPDX-License-Identifier: MIT */
/*
 * LIKE: the first line is the pattern, the rest the text. Where both are of the plainest characters a table of
 * all prefixes against all prefixes says what the answer is.
 */
#include "fuzz.h"

#include <string.h>

#include "io/collate.h"

#include "base/banned.h"

#define TABLE_MAX 512

static bool is_plain(struct str s)
{
	for (size_t i = 0; i < s.n; i++) {
		if (!memchr("abcdefghijklmnopqrstuvwxyz0123456789%_", s.p[i], 38))
			return false;
	}
	return s.n < TABLE_MAX;
}

/* row[t]: the pattern up to here matches the first t characters of the text. */
static bool matches(struct str text, struct str pattern)
{
	bool row[TABLE_MAX + 1] = { true };

	for (size_t p = 0; p < pattern.n; p++) {
		char c = pattern.p[p];
		bool before = row[0];

		row[0] = before && c == '%';
		for (size_t t = 0; t < text.n; t++) {
			bool diagonal = before;

			before = row[t + 1];
			if (c == '%')
				row[t + 1] = before || row[t];
			else
				row[t + 1] = diagonal && (c == '_' || c == text.p[t]);
		}
	}
	return row[text.n];
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct arena a;
	static struct collate *english, *swedish;
	struct str text = fuzz_text(data, size);
	struct str pattern = fuzz_take(&text, '\n');
	struct err e;
	bool open = english ||
		    (collate_open(&english, &a, 1033, &e) && collate_open(&swedish, &a, 1053, &e));

	assert(open);
	bool like = collate_like(english, text, pattern);

	(void)collate_like(swedish, text, pattern);
	if (is_plain(text) && is_plain(pattern))
		assert(like == matches(text, pattern));
	return 0;
}
