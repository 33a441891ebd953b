/* SPDX-License-Identifier: MIT */
/*
 * What people write about environments: a connection string, a URL, a command line, a section of the configuration file. A
 * profile that was read has one URL form, passes its own check, and is read back as it was from the section it makes.
 */
#include "fuzz.h"

#include "io/process.h"
#include "remote/profile.h"

#include "base/banned.h"

static void check_url(struct arena *a, struct str url)
{
	struct str again;
	struct err e;
	bool ok = profile_url(a, url, &again, &e);

	assert(ok && (str_starts(url, S("https://")) || profile_is_loopback(url)));
	fuzz_check_same(again, url);
}

static struct str section_of(struct arena *a, const struct profile *p)
{
	const struct ini_pair *pairs;
	struct str out;
	struct err e;
	size_t n = profile_pairs(a, p, &pairs);
	bool ok = ini_put(a, S(""), "text", S("x"), pairs, n, &out, &e);

	assert(ok);
	return out;
}

static void check_profile(struct arena *a, const struct profile *p)
{
	struct str text = section_of(a, p);
	struct profile again;
	struct ini ini;
	struct err e;
	bool ok = profile_check(p, &e) && ini_parse(a, text, "text", &ini, &e) &&
		  profile_read(a, &ini, "text", S("x"), &again, &e);

	assert(ok);
	check_url(a, p->url);
	fuzz_check_same(section_of(a, &again), text);
}

static void read_sections(struct arena *a, struct str text)
{
	struct ini ini;
	struct err e;

	if (!ini_parse(a, text, "text", &ini, &e))
		return;
	for (size_t i = 0; i < ini.n && i < 8; i++) {
		struct profile p;

		if (profile_read(a, &ini, "text", ini.lines[i].section, &p, &e))
			check_profile(a, &p);
		else
			assert(e.kind == ERR_INPUT);
	}
}

static void read_words(struct arena *a, struct str text)
{
	const char *const *words;
	struct err e;

	if (process_words(a, text, &words, &e))
		assert(words[0] && words[0][0]);
	else
		assert(e.kind == ERR_USAGE);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	DEFER(arena_release) struct arena a = arena_make(0);
	struct str text = fuzz_text(data, size);
	struct credential c;
	struct profile p;
	struct str url;
	struct err e;

	if (connection_string_read(&a, text, &p, &e)) {
		assert(p.secret.source == CREDENTIAL_NONE || p.secret.source == CREDENTIAL_GIVEN);
		check_url(&a, p.url);
	} else {
		assert(e.kind == ERR_USAGE);
	}
	if (profile_url(&a, text, &url, &e))
		check_url(&a, url);
	if (!credential_parse(text, &c, &e))
		assert(e.kind == ERR_USAGE);
	read_sections(&a, text);
	read_words(&a, text);
	return 0;
}
