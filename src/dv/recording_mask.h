/* SPDX-License-Identifier: MIT */
/*
 * Private to this room: what of a conversation may stand in a recording. Headers are kept by a list, values of secret
 * members are replaced where their name stands, in JSON, in the parts of a batch, and in the body of a request for the column
 * itself (PUT rows(id)/column).
 */
#ifndef FERRY_DV_RECORDING_MASK_H
#define FERRY_DV_RECORDING_MASK_H

#include "base/buf.h"
#include "dv/service.h"

struct mask {
	bool (*secret)(void *context, struct str column); /* NULL: none but those known here */
	void *context;
};

bool mask_keeps_header(struct str name);
/* A session token in a URL is replaced. */
void mask_url(struct buf *out, struct str url);
/* The column itself is asked for, and it is a secret. */
bool mask_hides_target(const struct mask *m, struct str target);
/* What is no JSON is copied as far as it is not a secret's value. */
void mask_json(struct buf *out, const struct mask *m, struct str json);
/* By its Content-Type. False: a batch that cannot be read, which nothing is kept of. */
MUST_CHECK bool mask_body(struct buf *out, const struct mask *m, struct str type, struct str body);

#endif
