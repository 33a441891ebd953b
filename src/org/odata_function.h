/* SPDX-License-Identifier: MIT */
/*
 * Query functions: Microsoft.Dynamics.CRM.<name>(PropertyName=...,PropertyValues=[...]) (facts/webapi.md 4.2).
 */
#ifndef FERRY_ORG_ODATA_FUNCTION_H
#define FERRY_ORG_ODATA_FUNCTION_H

#include "base/err.h"
#include "dv/fetchxml.h"
#include "org/odata_expr.h"

/* The operator that a function and its values stand for; `not` is refused where it has no counterpart. */
MUST_CHECK bool odata_function(const struct odata_expr *x, bool negated, enum fetch_op *op,
			       struct err *e);

#endif
