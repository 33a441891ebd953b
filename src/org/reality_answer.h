/* SPDX-License-Identifier: MIT */
/*
 * The answers that a reality gives in the place of the organization.
 */
#ifndef FERRY_ORG_REALITY_ANSWER_H
#define FERRY_ORG_REALITY_ANSWER_H

#include "org/reality.h"

/*
 * Of a request that is not carried out: THROTTLE, STATUS, EXPIRE_TOKEN, HTML; on the arena. `challenge` is
 * the WWW-Authenticate header of a 401.
 */
struct response reality_answer(struct arena *a, const struct verdict *v, struct str challenge);
/* 401 without an expired token: none, or an unknown one. */
struct response reality_challenge(struct arena *a, struct str challenge);
/* {"error":...} with the platform's code. */
struct response reality_error(struct arena *a, int status, uint32_t code, const char *message);

#endif
