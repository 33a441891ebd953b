/* SPDX-License-Identifier: MIT */
/*
 * Duplicate detection (facts/webapi.md 3.3): published rules of the table duplicaterule say which rows are
 * taken for the same. Off unless a request's header says MSCRM.SuppressDuplicateDetection: false.
 */
#ifndef FERRY_ORG_DUPLICATES_H
#define FERRY_ORG_DUPLICATES_H

#include "base/vec.h"
#include "org/call.h"

struct duplicate {
	struct str table;
	struct guid id, rule;
	struct str rule_name;
};
struct duplicates {
	struct duplicate *p;
	size_t n, cap; /* grows by VEC_PUSH */
};

/*
 * The rows that published rules call the same as one; or, when `id` is null, the rows of the table that
 * have another like them. Of the rules that look into the table `matching`; empty: into any. Each once, at
 * most `max`.
 */
MUST_CHECK bool duplicates_find(struct store *s, struct arena *a, const struct table *t,
				struct guid id, struct str matching, size_t max,
				struct duplicates *out, struct err *e);

/* Of a row that was just written: 412 0x80040333 when a rule finds another one like it. */
MUST_CHECK bool duplicates_check(struct call *c, const struct table *t, struct guid id,
				 struct err *e);

/* duplicaterules(<id>)/Microsoft.Dynamics.CRM.PublishDuplicateRule: 200 with the job that did it. */
MUST_CHECK bool action_publish_rule(struct call *c, struct err *e);
/* UnpublishDuplicateRule {"DuplicateRuleId":...}: 204 */
MUST_CHECK bool action_unpublish_rule(struct call *c, struct err *e);
/*
 * RetrieveDuplicates(BusinessEntity=@p1,MatchingEntityName=@p2,PagingInfo=@p3) of a row that exists, or of one
 * that might be created: 200 with the rows like it. In a transaction that writes, and leaves nothing.
 */
MUST_CHECK bool function_duplicates(struct call *c, struct err *e);
/* BulkDetectDuplicates {"Query":...,"JobName":...}: 200 {"JobId":...} */
MUST_CHECK bool action_detect_duplicates(struct call *c, struct err *e);

#endif
