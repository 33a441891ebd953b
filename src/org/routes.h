/* SPDX-License-Identifier: MIT */
/*
 * Which function answers which request.
 */
#ifndef FERRY_ORG_ROUTES_H
#define FERRY_ORG_ROUTES_H

#include "org/call.h"

/*
 * Answers c->request into c->answer; store, arena, request, scope and answer are set. An error becomes
 * the answer; false only when it comes after bytes went out.
 */
MUST_CHECK bool route_request(struct call *c, struct err *e);

#endif
