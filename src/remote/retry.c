/* SPDX-License-Identifier: MIT */
/*
 * The one place that knows what a failure means. The statuses are those that Microsoft's own clients repeat
 * (facts/webapi.md 3.5); what they repeat blindly for writes is looked at first here.
 */
#include "remote/retry.h"

#include "base/datetime.h"

#include "base/banned.h"

#define FIRST_WAIT_MS 500
#define LONGEST_WAIT_MS 30000

static bool is_harmless(const struct retry_question *q)
{
	return q->request->method == METHOD_GET || q->request->repeatable;
}

bool retry_is_passing(int status)
{
	return status == 408 || status == 502 || status == 503 || status == 504;
}

static enum verdict perhaps_done(const struct retry_question *q)
{
	if (!is_harmless(q))
		return RETRY_CHECK;
	return q->tries < RETRY_TRIES ? RETRY_AGAIN : RETRY_NO;
}

static enum verdict answered(const struct retry_question *q)
{
	if (q->status == 429)
		return RETRY_AGAIN;
	return q->foreign || retry_is_passing(q->status) ? perhaps_done(q) : RETRY_NO;
}

enum verdict retry_verdict(const struct retry_question *q)
{
	switch (q->outcome) {
	case HTTP_ANSWERED:
		return answered(q);
	case HTTP_NOT_SENT:
		if (q->hopeless)
			return RETRY_BROKEN;
		return q->tries < RETRY_TRIES ? RETRY_AGAIN : RETRY_NO;
	case HTTP_PERHAPS_SENT:
	case HTTP_ANSWER_BROKEN:
		return q->hopeless ? RETRY_BROKEN : perhaps_done(q);
	case HTTP_TOO_LARGE:
	case HTTP_SINK_FAILED:
	case HTTP_CANCELLED:
		return RETRY_BROKEN;
	}
	return RETRY_BROKEN;
}

int64_t retry_wait_ms(unsigned tries, struct rng *rng)
{
	unsigned doublings = tries > 0 ? tries - 1 : 0;
	uint64_t whole = LONGEST_WAIT_MS;

	if (doublings < 16 && (uint64_t)FIRST_WAIT_MS << doublings < LONGEST_WAIT_MS)
		whole = (uint64_t)FIRST_WAIT_MS << doublings;

	uint64_t half = whole / 2;

	return (int64_t)(half + rng_next(rng) % (whole - half + 1));
}

static bool read_number(struct str s, int *out)
{
	uint64_t n;

	/* a sign is no digit */
	if (str_starts(s, S("+")) || !str_parse_u64(s, &n) || n > 9999)
		return false;
	*out = (int)n;
	return true;
}

/* 1 for Jan; 0: none. */
static int month_of(struct str name)
{
	struct str months = S("JanFebMarAprMayJunJulAugSepOctNovDec");
	size_t at = name.n == 3 ? str_find(months, name) : STR_NONE;

	return at == STR_NONE || at % 3 != 0 ? 0 : (int)(at / 3) + 1;
}

/* Sun, 06 Nov 1994 08:49:37 GMT: the one form that is still to be sent (RFC 9110 5.6.7). */
bool retry_http_date(struct str s, int64_t *seconds)
{
	struct civil c = { 0 };
	struct datetime d;

	if (s.n != 29 || !str_eq(str_sub(s, 3, 2), S(", ")) || !str_ends(s, S(" GMT")) ||
	    s.p[19] != ':' || s.p[22] != ':')
		return false;
	c.month = month_of(str_sub(s, 8, 3));
	if (!read_number(str_sub(s, 5, 2), &c.day) || !read_number(str_sub(s, 12, 4), &c.year) ||
	    !read_number(str_sub(s, 17, 2), &c.hour) ||
	    !read_number(str_sub(s, 20, 2), &c.minute) ||
	    !read_number(str_sub(s, 23, 2), &c.second) || !datetime_from_civil(c, &d))
		return false;
	*seconds = d.ticks / DATETIME_SECOND;
	return true;
}

int64_t retry_after_ms(struct str header, int64_t now)
{
	struct str text = str_trim(header);
	int64_t most = RETRY_AFTER_MAX_MS / 1000;
	int64_t at;
	uint64_t seconds;

	if (str_parse_u64(text, &seconds))
		return (seconds < (uint64_t)most ? (int64_t)seconds : most) * 1000;
	if (!retry_http_date(text, &at))
		return -1;
	if (at <= now)
		return 0;
	return (at - now < most ? at - now : most) * 1000;
}
