/* SPDX-License-Identifier: MIT */
/*
 * One line for each request, in the common log format, with the milliseconds that it took and what fault
 * befell it. No header is written, and so no token; values of parameters that are secrets are left out.
 */
#ifndef FERRY_SERVER_ACCESS_LOG_H
#define FERRY_SERVER_ACCESS_LOG_H

#include "base/datetime.h"
#include "base/sink.h"
#include "server/job.h"

/* The line for a request that ended now; `j` may be NULL: it was too large to be looked at. */
void access_log_line(struct buf *out, const struct exchange *x, const struct job *j,
		     struct datetime now, int64_t ms);

#endif
