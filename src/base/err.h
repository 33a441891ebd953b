/* SPDX-License-Identifier: MIT */
/*
 * The one error type. A function that can fail returns bool, takes `struct err *e` last, and on
 * failure returns false with *e filled and its other outputs untouched. `kind` is what code
 * branches on; `msg` is for people: lower case, no full stop, says what, where, why and what to do.
 */
#ifndef FERRY_BASE_ERR_H
#define FERRY_BASE_ERR_H

#include "base/base.h"

enum err_kind {
	ERR_NONE,
	/* of a run, in the order of the exit statuses 1..9 */
	ERR_ROWS,      /* some rows failed or still differ */
	ERR_USAGE,     /* the command line */
	ERR_AUTH,      /* sign-in or privilege */
	ERR_NETWORK,   /* network or server */
	ERR_INPUT,     /* invalid package, schema, plan, file; table missing */
	ERR_CONFLICT,  /* ambiguous match, conflict, unresolved reference */
	ERR_STALE,     /* the target changed since the plan was made */
	ERR_CANCELLED, /* by the person */
	ERR_INTERNAL,  /* a bug or an exhausted machine */
	/* of a service, each with an HTTP status */
	ERR_BAD_REQUEST,  /* 400 */
	ERR_FORBIDDEN,    /* 403 */
	ERR_NOT_FOUND,    /* 404 */
	ERR_NOT_ALLOWED,  /* 405 */
	ERR_PRECONDITION, /* 412 */
	ERR_TOO_LARGE,    /* 413 */
	ERR_UNSUPPORTED,  /* 501 */
};

struct err {
	enum err_kind kind;
	uint32_t code;  /* the platform's error code (0x80040217 ...), 0 if there is none */
	char msg[2048]; /* cut with "..." when longer, at a UTF-8 boundary */
};

/* Fill *e and return false, so that `return err_set(e, ...)` reads as one step. */
bool err_set(struct err *e, enum err_kind kind, const char *fmt, ...) PRINTF_LIKE(3, 4);
bool err_set_code(struct err *e, enum err_kind kind, uint32_t code, const char *fmt, ...)
	PRINTF_LIKE(4, 5);

/* Put "context: " before the message, keep kind and code, return false. */
bool err_wrap(struct err *e, const char *fmt, ...) PRINTF_LIKE(2, 3);

#ifdef __clang_analyzer__
/* The analyzer reads one file at a time and has to be told that these return false. */
#define err_set(...) (err_set(__VA_ARGS__), false)
#define err_set_code(...) (err_set_code(__VA_ARGS__), false)
#define err_wrap(...) (err_wrap(__VA_ARGS__), false)
#endif

/* 0 for ERR_NONE, 1..9 as in product.md "Exit codes"; kinds of a service count as 4 or 3. */
int err_exit_status(enum err_kind kind);

/* The HTTP status of a service kind; 500 for every kind that is not one. */
int err_http_status(enum err_kind kind);

#endif
