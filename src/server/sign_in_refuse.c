/* SPDX-License-Identifier: MIT */
/*
 * Refusals: noted where they are found, told at the end of the turn, in Entra's shape.
 */
#include "server/sign_in_parts.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/banned.h"

#undef sign_in_refuse

bool sign_in_refuse(struct turn *t, enum sign_in_error error, const char *fmt, ...)
{
	va_list args;

	t->refusal.error = error;
	va_start(args, fmt);
	vsnprintf(t->refusal.text, sizeof(t->refusal.text), fmt, args);
	va_end(args);
	return false;
}

/* 2026-01-31 12:00:00Z */
static struct str moment(struct arena *a, int64_t now)
{
	struct civil c = datetime_to_civil((struct datetime){ now * DATETIME_SECOND });

	return str_fmt(a, "%04d-%02d-%02d %02d:%02d:%02dZ", c.year, c.month, c.day, c.hour,
		       c.minute, c.second);
}

/* A text that was cut in the middle of a character, or holds bytes of the client. */
static struct str clean(const char *text)
{
	struct str s = str_from(text);

	while (!str_is_utf8(s) && s.n > 0)
		s.n--;
	return s;
}

struct str sign_in_error_text(const struct turn *t)
{
	const struct sign_in_known *k = sign_in_known(t->refusal.error);
	struct str detail = clean(t->refusal.text);
	char trace[GUID_TEXT_SIZE];
	char correlation[GUID_TEXT_SIZE];

	guid_format(t->trace, trace);
	guid_format(t->correlation, correlation);
	return str_fmt(t->arena,
		       "AADSTS%d: %s%s%.*s. Trace ID: %s Correlation ID: %s Timestamp: %.*s",
		       k->number, k->text, detail.n ? ": " : "", STR_ARG(detail), trace,
		       correlation, STR_ARG(moment(t->arena, t->now)));
}

void sign_in_answer_error(struct turn *t)
{
	const struct sign_in_known *k = sign_in_known(t->refusal.error);
	struct json_writer *w = turn_json(t);

	json_object(w);
	json_key(w, S("error"));
	json_str(w, k->name);
	json_key(w, S("error_description"));
	json_str(w, sign_in_error_text(t));
	json_key(w, S("error_codes"));
	json_array(w);
	json_i64(w, k->number);
	json_array_end(w);
	json_key(w, S("timestamp"));
	json_str(w, moment(t->arena, t->now));
	json_key(w, S("trace_id"));
	json_str(w, guid_text(t->arena, t->trace));
	json_key(w, S("correlation_id"));
	json_str(w, guid_text(t->arena, t->correlation));
	json_object_end(w);
	turn_answer(t, k->status);
}
