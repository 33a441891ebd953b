/* SPDX-License-Identifier: MIT */
/*
 * The definition of a rule set, and of a contract, as far as the platform looks into them (facts/routing.md c.4).
 */
#ifndef FERRY_ORG_RULE_DEFINITION_H
#define FERRY_ORG_RULE_DEFINITION_H

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"

/* A text inside a rule. */
struct rule_text {
	struct str rule_id, rule_name;
	struct str element; /* lhs, rhs, value, orderby ... */
	bool condition;     /* it stands in a condition */
	struct str text;    /* trimmed */
};
/* In the order of the document. ERR_INPUT "name:line: ..." when it is no XML whose root is <decision>. */
MUST_CHECK bool rule_texts(struct arena *a, struct str definition, const char *name,
			   struct rule_text **out, size_t *n, struct err *e);

/* A variable that a contract declares: <complex key="..."><variable name="...">; name empty: the complex alone. */
struct contract_variable {
	struct str complex, name;
};
MUST_CHECK bool contract_variables(struct arena *a, struct str definition, const char *name,
				   struct contract_variable **out, size_t *n, struct err *e);

#endif
