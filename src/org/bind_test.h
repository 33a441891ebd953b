/* SPDX-License-Identifier: MIT */
/*
 * One condition while it is bound: what the files that bind conditions share. Private to bind_filter.c and
 * its parts. Each part is for its own operators, finds t->field filled, and says what is wrong with 400.
 */
#ifndef FERRY_ORG_BIND_TEST_H
#define FERRY_ORG_BIND_TEST_H

#include "dv/fetchxml.h"
#include "org/caller.h"
#include "org/query.h"

struct binding {
	struct arena *a;
	const struct query *q;
	const struct query_node *node; /* whose filters they are */
	struct caller caller;
};

/* The values of t->op, each between `before` and `after`: patterns are made of values. */
MUST_CHECK bool bind_values(struct binding *b, const struct fetch_condition *c, const char *before,
			    const char *after, struct query_test *t, struct err *e);
/* 0x80041120: the operator is not for columns of this type. */
bool bind_refuse(const struct fetch_condition *c, const struct query_test *t, struct err *e);
/* 0x80040203: what is wrong is a value; `e` tells what. */
bool bind_bad_value(const struct fetch_condition *c, struct err *e);

bool bind_is_time(enum fetch_op op);
MUST_CHECK bool bind_time(struct binding *b, const struct fetch_condition *c, struct query_test *t,
			  struct err *e);
/* Users, teams, units, languages, hierarchies. Negation is the caller's: t->negated. */
bool bind_is_who(enum fetch_op op);
MUST_CHECK bool bind_who(struct binding *b, const struct fetch_condition *c, struct query_test *t,
			 struct err *e);

#endif
