/* SPDX-License-Identifier: MIT */
/*
 * A conversation with an environment as a file: one JSON object per line, in the order in which answers came.
 *   {"ferry":"recording","version":1,"service":"https://...","at":"..."}
 *   {"request":{"method":"GET","target":"queues?$top=3","headers":{...},"body":...},
 *    "response":{"status":200,"headers":{...},"body":...},"ms":12,"tries":1}
 * A body that is UTF-8 is a text, another is {"base64":"..."}. Credentials (Authorization, cookies, every header that is not on the
 * list of those kept) are not in it, and the values of secret columns are replaced in JSON bodies, in parts of a batch, and in
 * answers: the name of a member decides.
 */
#ifndef FERRY_DV_RECORDING_H
#define FERRY_DV_RECORDING_H

#include "base/arena.h"
#include "base/err.h"
#include "base/sink.h"
#include "dv/service.h"

#define RECORDING_SECRET "(secret)"

struct recorder;
/* The file is made anew, mode 0600. `secret` tells whether a column of that name is never shown. */
MUST_CHECK bool recorder_open(struct recorder **out, struct arena *a, const char *path,
			      struct str service, bool (*secret)(void *context, struct str column),
			      void *context, struct err *e);
/* What cannot be written (a full disk) is told by recorder_close and hinders nobody. */
void recorder_add(struct recorder *r, const struct request *request,
		  const struct response *response, struct str body, unsigned tries, int64_t ms);
/* ERR_INTERNAL: it is not complete. *r may be NULL, and is NULL afterwards. */
MUST_CHECK bool recorder_close(struct recorder **r, struct err *e);

struct recorded {
	struct request request;
	struct response response;
	int64_t ms;
	unsigned line;
};
struct recording {
	struct recorded *exchanges; /* in order */
	size_t n;
	struct str service;
};
/* ERR_INPUT names file and line. */
MUST_CHECK bool recording_read(struct arena *a, const char *path, struct recording *out,
			       struct err *e);
/*
 * The next exchange that was not used and has this request: method, target (as bytes, then with the order of options ignored) and
 * body (JSON compared by value; in batches, boundaries do not count). NULL: there is none left; then the last used one with this request is
 * given for GET.
 */
const struct recorded *recording_find(struct recording *r, const struct request *request);

#endif
