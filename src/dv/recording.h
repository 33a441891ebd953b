/* SPDX-License-Identifier: MIT */
/*
 * A conversation with an environment as a file: one JSON object per line, in the order in which answers came.
 *   {"ferry":"recording","version":1,"service":"https://...","at":"..."}
 *   {"request":{"method":"GET","target":"queues?$top=3","headers":{...},"body":...},
 *    "response":{"status":200,"headers":{...},"body":...},"ms":12,"tries":1}
 * A body that is UTF-8 is a text, another is {"base64":"..."}; of one that was too long only {"leftOut":BYTES} is there, and a status
 * of 0 is a request that got no answer. Headers of one name are joined with commas. Credentials
 * (Authorization, cookies, every header that is not on the list of those kept) are not in it, and the values
 * of secret columns are replaced: in JSON bodies and parts of a batch the name of a member decides, in whatever form a column
 * has there (_x_value, x@odata.bind, alias.x); in URLs that of a condition, a key, or the column that is asked for; in errors
 * what the request told. A line that had any has "hidden":[columns], by which a request with the true values is found again.
 */
#ifndef FERRY_DV_RECORDING_H
#define FERRY_DV_RECORDING_H

#include "base/arena.h"
#include "base/err.h"
#include "base/map.h"
#include "base/sink.h"
#include "dv/service.h"

#define RECORDING_SECRET "(secret)"

struct recorder;
/* A file that begins as a recording does. */
bool recording_is(const char *path);
/*
 * The file is made anew, mode 0600. `secret` tells whether a column of that name, in lower case, is never shown. ERR_USAGE: another
 * program writes a recording there.
 */
MUST_CHECK bool recorder_open(struct recorder **out, struct arena *a, const char *path,
			      struct str service, bool (*secret)(void *context, struct str column),
			      void *context, struct err *e);
/* The body of an answer, wherever it went. */
struct recorded_body {
	struct str bytes;
	uint64_t left_out; /* not 0: so many bytes were too many to be kept */
};
/* These bytes, a token, are never written, wherever they stand. */
void recorder_hide(struct recorder *r, struct str credential);
/*
 * A request that got no answer has status 0; it counts, because whoever asks it again in a replay must be left
 * alone in the same way. What cannot be written (a full disk) is told by recorder_close and hinders nobody.
 */
void recorder_add(struct recorder *r, const struct request *request,
		  const struct response *response, const struct recorded_body *body, unsigned tries,
		  int64_t ms);
/* ERR_INTERNAL: it is not complete. *r may be NULL, and is NULL afterwards. */
MUST_CHECK bool recorder_close(struct recorder **r, struct err *e);

struct recorded {
	struct request request;
	struct response response;
	int64_t ms;
	unsigned line;
	bool left_out; /* the answer's body is not in the file */
	bool given;
	uint64_t key;        /* of the request: what makes two the same */
	size_t next;         /* the next with this key, by its number from 1; 0: none */
	size_t unused, last; /* of the first with a key: what is given next, what was given last */
};
struct recording {
	struct recorded *exchanges; /* in order */
	size_t n;
	struct str service;
	unsigned
		cut; /* not 0: the last line, which is not whole and not here: its writer was ended */
	struct map by_key, secrets;   /* secrets: columns whose values were taken out */
	struct recorded_parts *parts; /* NULL: not yet looked for */
	struct arena *arena;
};
/* ERR_INPUT names file and line. A last line without its end is left out. */
MUST_CHECK bool recording_read(struct arena *a, const char *path, struct recording *out,
			       struct err *e);
/*
 * The next exchange that was not given and has this request: method, target (whatever the order of its
 * options) and body (JSON compared by value, without secrets; in batches, boundaries do not count). When there
 * is none left, the last one again for GET and for a batch that only reads; else NULL.
 */
const struct recorded *recording_find(struct recording *r, const struct request *request);

/*
 * How many rows go into one request depends on how fast the answers come: what was recorded in one batch, or
 * in one CreateMultiple, may be asked for in two. The answer to such a request is put together from the
 * answers to its parts, wherever they were recorded. False: there is none for one of them.
 */
MUST_CHECK bool recording_compose(struct recording *r, struct arena *a,
				  const struct request *request, struct response *out);
/* An exchange was given as a whole, and its parts with it. */
void recording_parts_given(struct recording *r, const struct recorded *x);

#endif
