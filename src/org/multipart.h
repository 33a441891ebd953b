/* SPDX-License-Identifier: MIT */
/*
 * POST $batch (facts/webapi.md 3.1): the parts are answered in order. Outside change sets each stands for
 * itself; a change set is done whole or not at all. All of it is one transaction of the file.
 */
#ifndef FERRY_ORG_MULTIPART_H
#define FERRY_ORG_MULTIPART_H

#include "org/call.h"

MUST_CHECK bool multipart_answer(struct call *c, struct err *e);

#endif
