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

/* An answer that is none of the platform's, or says that it had no time. */
static bool is_passing(int status)
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
	return is_passing(q->status) ? perhaps_done(q) : RETRY_NO;
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
