/* SPDX-License-Identifier: MIT */
/*
 * The text forms that strings travel in: each encoder's inverse is its decoder.
 */
#include "fuzz.h"

#include "base/codec.h"

#include "base/banned.h"

static void check_html(struct str text)
{
	DEFER(buf_release) struct buf encoded = buf_make(0);
	DEFER(buf_release) struct buf decoded = buf_make(0);

	html_encode(&encoded, text);
	for (size_t i = 0; i < encoded.n; i++)
		assert(encoded.p[i] != '<' && encoded.p[i] != '>' && encoded.p[i] != '"');
	html_decode(&decoded, buf_str(&encoded));
	assert(str_eq(buf_str(&decoded), text));
}

static void check_html_decode(struct str text)
{
	DEFER(buf_release) struct buf decoded = buf_make(0);

	html_decode(&decoded, text);
	assert(decoded.n <= text.n);
	assert(!str_is_utf8(text) || str_is_utf8(buf_str(&decoded)));
}

static void check_url(struct str text)
{
	DEFER(buf_release) struct buf encoded = buf_make(0);
	DEFER(buf_release) struct buf decoded = buf_make(0);

	(void)!url_decode(&decoded, text, true);
	buf_clear(&decoded);
	url_encode(&encoded, text);
	bool fine = url_decode(&decoded, buf_str(&encoded), true);

	/* A NUL is refused. */
	assert(fine == (str_find_char(text, '\0') == STR_NONE));
	assert(!fine || str_eq(buf_str(&decoded), text));
}

static void check_base64(struct str text)
{
	DEFER(buf_release) struct buf encoded = buf_make(0);
	DEFER(buf_release) struct buf decoded = buf_make(0);

	(void)!base64_decode(&decoded, text);
	buf_clear(&decoded);
	base64_encode(&encoded, text);
	bool fine = base64_decode(&decoded, buf_str(&encoded));

	assert(fine && str_eq(buf_str(&decoded), text));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str text = fuzz_text(data, size);

	check_html(text);
	check_html_decode(text);
	check_url(text);
	check_base64(text);
	return 0;
}
