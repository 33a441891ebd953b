/* SPDX-License-Identifier: MIT */
/*
 * /api/data/v9.x/...: the Web API of the organization.
 */
#ifndef FERRY_SERVER_DATA_API_H
#define FERRY_SERVER_DATA_API_H

#include "server/job.h"

#define DATA_API_PREFIX "/api/data/"

bool data_api_accept(struct job *j, struct str target);
void data_api_answer(struct job *j, struct org *org);

#endif
