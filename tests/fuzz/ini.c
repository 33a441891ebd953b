/* SPDX-License-Identifier: MIT */
/*
 * Settings as INI text. A section that is put in is read back as it was given, beside all that was there, and
 * taken out again leaves the other settings as they were.
 */
#include "fuzz.h"

#include "io/ini.h"

#include "base/banned.h"

static void add_all(struct buf *out, const struct ini *ini, struct str but)
{
	for (size_t i = 0; i < ini->n; i++) {
		const struct ini_line *l = &ini->lines[i];

		if (!str_eq(l->section, but))
			buf_add_fmt(out, "%.*s]%.*s=%.*s\n", STR_ARG(l->section), STR_ARG(l->key),
				    STR_ARG(l->value));
	}
}

/* The settings of both are the same, but for that section. */
static void check_same_but(struct arena *a, struct str before, struct str after, struct str section)
{
	DEFER(buf_release) struct buf x = buf_make(0);
	DEFER(buf_release) struct buf y = buf_make(0);
	struct ini one, other;
	struct err e;
	bool read = ini_parse(a, before, "before", &one, &e) &&
		    ini_parse(a, after, "after", &other, &e);

	assert(read);
	add_all(&x, &one, section);
	add_all(&y, &other, section);
	fuzz_check_same(buf_str(&x), buf_str(&y));
}

static void check_changes(struct arena *a, struct str text, struct str section)
{
	static const struct ini_pair pairs[] = { { STR_INIT("k"), STR_INIT("a ; b") },
						 { STR_INIT("url"), STR_INIT("") } };
	struct str with, without;
	struct ini ini;
	struct err e;

	if (!ini_put(a, text, "text", section, pairs, COUNT_OF(pairs), &with, &e))
		return;
	check_same_but(a, text, with, section);

	bool done = ini_parse(a, with, "with", &ini, &e) &&
		    ini_remove(a, with, "with", section, &without, &e);

	assert(done);
	for (size_t i = 0; i < COUNT_OF(pairs); i++) {
		const struct ini_line *l = ini_get(&ini, section, pairs[i].key);

		assert(l);
		fuzz_check_same(l->value, pairs[i].value);
	}
	check_same_but(a, with, without, section);
	done = ini_parse(a, without, "without", &ini, &e);
	assert(done && !ini_has(&ini, section));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	DEFER(arena_release) struct arena a = arena_make(0);
	struct str text = fuzz_text(data, size);
	struct ini ini;
	struct err e;

	if (!ini_parse(&a, text, "text", &ini, &e)) {
		assert(e.kind == ERR_INPUT);
		return 0;
	}
	check_changes(&a, text, S("new one"));
	for (size_t i = 0; i < ini.n && i < 8; i++)
		check_changes(&a, text, ini.lines[i].section);
	return 0;
}
