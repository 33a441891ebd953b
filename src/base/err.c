/* SPDX-License-Identifier: MIT */
/*
 * Errors: filling, wrapping, and what each kind means outside. A message is built in a buffer of its
 * own first, because the arguments of err_set may point into the very error that is being filled.
 */
#include "base/err.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/banned.h"

/* What the analyzer is told by the header. */
#undef err_set
#undef err_set_code
#undef err_wrap

#define MSG_SIZE sizeof(((struct err *)0)->msg)

/* Like vsnprintf, but returns how many bytes of `out` are in use even when that fails. */
static size_t format(char *out, size_t size, const char *fmt, va_list args) PRINTF_LIKE(3, 0);
static size_t format(char *out, size_t size, const char *fmt, va_list args)
{
	memset(out, 0, size);
	int n = vsnprintf(out, size, fmt, args);

	if (n < 0) /* longer than INT_MAX: what was written so far has to do */
		return strnlen(out, size - 1);
	return (size_t)n < size ? (size_t)n : size;
}

/* Takes n bytes of text as the message; text may be longer than what fits. */
static void set_msg(struct err *e, const char *text, size_t n)
{
	static const char dots[] = "...";

	if (n < MSG_SIZE) {
		memcpy(e->msg, text, n);
		e->msg[n] = '\0';
		return;
	}
	n = MSG_SIZE - sizeof(dots);
	while (n > 0 && ((unsigned char)text[n] & 0xc0) == 0x80)
		n--;
	memcpy(e->msg, text, n);
	memcpy(e->msg + n, dots, sizeof(dots));
}

static void fill(struct err *e, enum err_kind kind, uint32_t code, const char *fmt, va_list args)
	PRINTF_LIKE(4, 0);
static void fill(struct err *e, enum err_kind kind, uint32_t code, const char *fmt, va_list args)
{
	char text[MSG_SIZE];
	size_t n = format(text, sizeof(text), fmt, args);

	e->kind = kind;
	e->code = code;
	set_msg(e, text, n);
}

bool err_set(struct err *e, enum err_kind kind, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	fill(e, kind, 0, fmt, args);
	va_end(args);
	return false;
}

bool err_set_code(struct err *e, enum err_kind kind, uint32_t code, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	fill(e, kind, code, fmt, args);
	va_end(args);
	return false;
}

bool err_wrap(struct err *e, const char *fmt, ...)
{
	char text[2 * MSG_SIZE + 2];
	va_list args;

	va_start(args, fmt);
	size_t n = format(text, MSG_SIZE, fmt, args);
	va_end(args);

	if (n < MSG_SIZE) {
		size_t msg = strnlen(e->msg, MSG_SIZE - 1);

		memcpy(text + n, ": ", 2);
		memcpy(text + n + 2, e->msg, msg);
		n += 2 + msg;
	}
	set_msg(e, text, n);
	return false;
}

int err_exit_status(enum err_kind kind)
{
	switch (kind) {
	case ERR_NONE:
		return 0;
	case ERR_ROWS:
		return 1;
	case ERR_USAGE:
		return 2;
	case ERR_AUTH:
	case ERR_FORBIDDEN:
		return 3;
	case ERR_NETWORK:
	case ERR_BAD_REQUEST:
	case ERR_NOT_FOUND:
	case ERR_NOT_ALLOWED:
	case ERR_PRECONDITION:
	case ERR_TOO_LARGE:
	case ERR_UNSUPPORTED:
		return 4;
	case ERR_INPUT:
		return 5;
	case ERR_CONFLICT:
		return 6;
	case ERR_STALE:
		return 7;
	case ERR_CANCELLED:
		return 8;
	case ERR_INTERNAL:
		return 9;
	}
	return 9;
}

int err_http_status(enum err_kind kind)
{
	switch (kind) {
	case ERR_BAD_REQUEST:
		return 400;
	case ERR_FORBIDDEN:
		return 403;
	case ERR_NOT_FOUND:
		return 404;
	case ERR_NOT_ALLOWED:
		return 405;
	case ERR_PRECONDITION:
		return 412;
	case ERR_TOO_LARGE:
		return 413;
	case ERR_UNSUPPORTED:
		return 501;
	case ERR_NONE:
	case ERR_ROWS:
	case ERR_USAGE:
	case ERR_AUTH:
	case ERR_NETWORK:
	case ERR_INPUT:
	case ERR_CONFLICT:
	case ERR_STALE:
	case ERR_CANCELLED:
	case ERR_INTERNAL:
		return 500;
	}
	return 500;
}
