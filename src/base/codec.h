/* SPDX-License-Identifier: MIT */
/*
 * The one encoder and the one decoder for each text form that input travels in.
 */
#ifndef FERRY_BASE_CODEC_H
#define FERRY_BASE_CODEC_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/str.h"

/*
 * .NET's WebUtility.HtmlEncode, which CMT applies to every string value (facts/cmt-format.md 3.5):
 * < > & " become &lt; &gt; &amp; &quot;, ' becomes &#39;, U+00A0..U+00FF and supplementary characters
 * become decimal references, everything else stays.
 */
void html_encode(struct buf *out, struct str s);
/*
 * WebUtility.HtmlDecode: &name; for the 253 names of HTML 4 and apos, &#n;, &#xn;. What is not a valid
 * reference stays as it is, as .NET leaves it (unknown name, no semicolon, out of range, surrogate).
 */
void html_decode(struct buf *out, struct str s);

/* Percent-encoding of one component: everything but A-Z a-z 0-9 - . _ ~ */
void url_encode(struct buf *out, struct str s);
void url_lower_escapes(char *p, size_t n); /* %3C becomes %3c, as the platform writes it */
/* '+' stays '+' unless plus_is_blank. False on a bad escape or a NUL. */
MUST_CHECK bool url_decode(struct buf *out, struct str s, bool plus_is_blank);

void base64_encode(struct buf *out, struct str bytes);
MUST_CHECK bool base64_decode(struct buf *out, struct str s); /* padding needed; no white space */
/* RFC 4648 section 5, as JWTs have it: - and _ instead of + and /, no padding. */
void base64url_encode(struct buf *out, struct str bytes);
MUST_CHECK bool base64url_decode(struct buf *out, struct str s);

#endif
