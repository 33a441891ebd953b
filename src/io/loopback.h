/* SPDX-License-Identifier: MIT */
/*
 * A listener on 127.0.0.1 for what a browser is sent back with: requests come one after the other, each is answered with
 * one page and its connection closed. Browsers open connections in advance and never use them: several are listened to at once.
 * Plain sockets and poll, no thread.
 */
#ifndef FERRY_IO_LOOPBACK_H
#define FERRY_IO_LOOPBACK_H

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"

struct loopback;

/* port 0: any that is free. ERR_USAGE: it is taken. */
MUST_CHECK bool loopback_open(struct loopback **out, struct arena *a, unsigned port, struct err *e);
void loopback_close(struct loopback **l); /* fits DEFER; *l may be NULL */
unsigned loopback_port(const struct loopback *l);

/* The target of the next GET, at most LIMIT_LOOPBACK, until the next call. False: none came within `ms`. */
MUST_CHECK bool loopback_next(struct loopback *l, unsigned ms, struct str *target);
/* To the request that was given last. */
void loopback_answer(struct loopback *l, int status, struct str html);

#endif
