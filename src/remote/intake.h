/* SPDX-License-Identifier: MIT */
/*
 * Private to this room: a body on its way to the caller's sink. It is looked at as it passes: what is no
 * answer of a Web API does not go there, and what HTTP calls complete may still be half of a JSON or of a
 * batch. A copy is kept for a record.
 */
#ifndef FERRY_REMOTE_INTAKE_H
#define FERRY_REMOTE_INTAKE_H

#include "base/buf.h"
#include "io/http.h"
#include "dv/service.h"

#define INTAKE_TAIL                                                                                \
	300 /* of a batch, in which its end has to be: boundaries have at most 70 characters */

enum intake_kind { INTAKE_OTHER, INTAKE_JSON, INTAKE_BATCH };

struct intake {
	struct sink sink;  /* in front of the caller's */
	struct sink *into; /* the caller's; NULL: the body is collected */
	uint64_t received; /* that went there */
	struct buf *copy;  /* NULL: none is kept; its maximum is the longest that is */
	enum intake_kind kind;
	int depth; /* of a JSON */
	bool in_string, escaped;
	char boundary[72]; /* with its dashes */
	char tail[INTAKE_TAIL];
	size_t ntail;
};

void intake_begin(struct intake *i, struct sink *into, struct buf *copy);
/* For http_request.takes; the context is the intake. */
bool intake_takes(void *intake, const struct http_header *headers, size_t n);
/* The body of this answer is none of the service's: html. */
bool intake_is_foreign(const struct http_answer *a);
/* Everything arrived, by what the body itself says. */
bool intake_is_whole(struct intake *i, const struct http_answer *a);

#endif
