/* SPDX-License-Identifier: MIT */
/*
 * Loads samples/<name>.json (samples/README.md tells the form) into an organization's file.
 */
#ifndef FERRY_ORG_SAMPLE_H
#define FERRY_ORG_SAMPLE_H

#include "base/arena.h"
#include "base/err.h"
#include "org/store.h"

/*
 * The texts of one or more samples as one: references may cross from one to another. `names[i]` names
 * texts[i] in messages. In one transaction of its own. ERR_INPUT with sample, row and column.
 */
MUST_CHECK bool sample_load(struct store *s, const struct str *texts, const char *const *names,
			    size_t n, struct str org_name, struct err *e);

#endif
