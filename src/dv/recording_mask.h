/* SPDX-License-Identifier: MIT */
/*
 * Private to this room: what of a conversation may stand in a recording. Headers are kept by a list, values of secret
 * columns are replaced where the name of their column stands: in JSON, in the parts of a batch, in the options and keys of a
 * URL, in FetchXML, in the body of a request for the column itself (PUT rows(id)/column); and what a request told of them, in
 * the error that answers it. What was masked has nothing more to be masked.
 */
#ifndef FERRY_DV_RECORDING_MASK_H
#define FERRY_DV_RECORDING_MASK_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/map.h"
#include "base/vec.h"
#include "dv/service.h"

struct mask {
	/* of a name in lower case; NULL: none but those known here */
	bool (*secret)(void *context, struct str column);
	void *context;
};

/* A request and its answer while they are looked through, the request first. */
struct masking {
	const struct mask *mask;
	struct arena *arena;
	struct map known;        /* of them, by name */
	VEC(struct str) columns; /* secret ones that a value was seen of, in lower case */
	VEC(struct str) aliases; /* what the request calls a secret in its answer, in lower case */
	VEC(struct str)
	values; /* of secrets, as the request has them; only when they are collected */
	bool collect;
	bool ordered; /* by a secret: where a page ends is told by its value */
	bool hidden;  /* a part of the request is for a secret column itself */
};
struct masking masking_make(const struct mask *m, struct arena *a);
/* By its name, in whatever case. */
bool masking_column(struct masking *k, struct str column);
/* The column of that name was seen with this value. */
void masking_saw(struct masking *k, struct str column, struct str value);

bool mask_keeps_header(struct str name);
bool mask_is_url_header(struct str name); /* its value is a URL */
/* Tokens in whatever text there are URLs in. */
void mask_url(struct buf *out, struct str text);
/* One URL, or what of it stands below the root. */
void mask_target(struct buf *out, struct masking *k, struct str url);
/* The column itself is asked for, and it is a secret. */
bool mask_hides_target(struct masking *k, struct str target);
/* What is no JSON is copied as far as it is not a secret's value. */
void mask_json(struct buf *out, struct masking *k, struct str json);
/* By its Content-Type. False: a batch that cannot be read, which nothing is kept of. */
MUST_CHECK bool mask_body(struct buf *out, struct masking *k, struct str type, struct str body);
/* The body of an error, without the values that were collected. */
void mask_told(struct buf *out, const struct masking *k, struct str body);

#endif
