/* SPDX-License-Identifier: MIT */
/*
 * The handful of attributes and macros that every file of ferry may use.
 */
#ifndef FERRY_BASE_BASE_H
#define FERRY_BASE_BASE_H

#include <assert.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The caller has to look at the result. */
#define MUST_CHECK __attribute__((warn_unused_result))

/* Parameter `fmt` is a printf format, its arguments start at parameter `args`. */
#define PRINTF_LIKE(fmt, args) __attribute__((format(printf, fmt, args)))

/*
 * Calls release(&variable) when the variable goes out of scope:
 *     DEFER(buf_release) struct buf b = buf_make(LIMIT_MESSAGE);
 * For what holds an OS handle or a growing buffer; never mixed with goto unwinding.
 */
#define DEFER(release) __attribute__((cleanup(release)))

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

/* The struct of the given type whose member `member` stands at `ptr`. */
#define CONTAINER_OF(ptr, type, member) ((type *)(void *)((char *)(ptr) - offsetof(type, member)))

#endif
