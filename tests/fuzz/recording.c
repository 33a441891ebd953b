/* SPDX-License-Identifier: MIT */
/*
 * A recording as a file, and what is taken out of a body before it is written into one. The first line is a content type,
 * the rest a recording, and a body of that type. Every exchange that was read is found by its own request; what was masked
 * has nothing more to be masked, and is still a JSON where it was one; errors do not quote a value.
 */
#include "fuzz.h"

#include "dv/recording.h"
#include "dv/recording_mask.h"
#include "io/json.h"

#include "base/banned.h"

static bool is_secret(void *context, struct str column)
{
	(void)context;
	return str_starts(column, S("s"));
}

static void check_recording(struct arena *a, struct str text)
{
	struct recording r;
	struct err e;

	if (!recording_read(a, fuzz_file(text), &r, &e)) {
		assert(e.kind == ERR_INPUT);
		return;
	}
	for (size_t i = 0; i < r.n; i++) {
		struct response composed;

		if (i % 2 == 0)
			(void)!recording_compose(&r, a, &r.exchanges[i].request, &composed);
		assert(recording_find(&r, &r.exchanges[i].request));
	}
}

static void check_mask(struct arena *a, struct str type, struct str body)
{
	static const struct mask mask = { is_secret, NULL };
	DEFER(buf_release) struct buf once = buf_make(0);
	DEFER(buf_release) struct buf twice = buf_make(0);
	struct masking k = masking_make(&mask, a), l = masking_make(&mask, a);
	struct json v;
	struct err e;
	bool json;

	if (!mask_body(&once, &k, type, body))
		return;

	bool again = mask_body(&twice, &l, type, buf_str(&once));

	assert(again);
	fuzz_check_same(buf_str(&once), buf_str(&twice));
	json = body.n > 0 && body.p[0] == '{' && json_parse(a, body, "body", &v, &e);
	assert(!json || json_parse(a, buf_str(&once), "masked", &v, &e));
}

static void check_target(struct arena *a, struct str url)
{
	static const struct mask mask = { is_secret, NULL };
	DEFER(buf_release) struct buf once = buf_make(0);
	DEFER(buf_release) struct buf twice = buf_make(0);
	struct masking k = masking_make(&mask, a), l = masking_make(&mask, a);
	size_t n = 0;

	/* others are not sent */
	while (n < url.n && (unsigned char)url.p[n] > ' ')
		n++;
	url = str_sub(url, 0, n);
	k.collect = l.collect = true;
	mask_target(&once, &k, url);
	mask_target(&twice, &l, buf_str(&once));
	/* no value is left */
	for (size_t i = 0; i < l.values.n; i++)
		assert(str_eq(l.values.p[i], S(RECORDING_SECRET)));
}

/* What an error quotes is not in it any more. */
static void check_told(struct arena *a, struct str value, struct str body)
{
	static const struct mask mask = { is_secret, NULL };
	DEFER(buf_release) struct buf out = buf_make(0);
	struct masking k = masking_make(&mask, a);

	k.collect = true;
	masking_saw(&k, S("s"), value);
	mask_told(&out, &k, body);
	assert(value.n < 12 || str_find(buf_str(&out), value) == STR_NONE);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	DEFER(arena_release) struct arena a = arena_make(0);
	struct str rest = fuzz_text(data, size);
	struct str type = fuzz_take(&rest, '\n');

	check_recording(&a, rest);
	check_mask(&a, type, rest);
	check_target(&a, rest);
	check_target(&a, type);
	check_told(&a, type, rest);
	return 0;
}
