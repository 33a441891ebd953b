/* SPDX-License-Identifier: MIT */
/*
 * BulkDelete: rows that queries find are deleted by a system job (facts/webapi.md 3.2). The job is done before it is
 * answered; its row of asyncoperation tells how it went.
 */
#ifndef FERRY_ORG_BULK_DELETE_H
#define FERRY_ORG_BULK_DELETE_H

#include "org/call.h"

/*
 * POST BulkDelete {"QuerySet":[{"EntityName":...,"Criteria":{...}}],"JobName":...}; 200 {"JobId":...}. Rows that
 * cannot be deleted are left, and the job has failed.
 */
MUST_CHECK bool bulk_delete_queries(struct call *c, struct err *e);

#endif
