/* SPDX-License-Identifier: MIT */
/*
 * Stopping.
 */
#include "remote/remote_stop.h"

#include "base/banned.h"

static bool writes_under_way(const struct calls *calls)
{
	for (size_t i = 0; i < calls->all.n; i++) {
		const struct call *call = calls->all.p[i];

		if (call->under_way && call->request.method != METHOD_GET &&
		    !call->request.repeatable)
			return true;
	}
	return false;
}

enum stop_step stop_next(struct stopping *s, bool cancelled, struct calls *calls, int64_t now,
			 struct call **call)
{
	if (s->over || !(cancelled || s->asked))
		return STOP_NOT;
	if (!s->asked)
		s->since = now;
	s->asked = true;
	if (!writes_under_way(calls) || now - s->since >= STOP_MS) {
		s->over = true;
		return STOP_OVER;
	}
	*call = calls_take_any(calls);
	return *call ? STOP_GIVE : STOP_WAIT;
}

void stop_drop(struct calls *calls, struct http *http)
{
	struct call *call;

	for (size_t i = 0; i < calls->all.n; i++) {
		call = calls->all.p[i];
		if (!call->under_way)
			continue;
		http_cancel(http, call->number);
		calls_return(calls, call);
	}
	for (call = calls_take_any(calls); call; call = calls_take_any(calls))
		calls_return(calls, call);
}
