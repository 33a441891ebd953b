/* SPDX-License-Identifier: MIT */
/*
 * The changes of a run for programs: the member "changes" of the document, an array. An item is a row,
 *     {"kind": "update", "table", "id", "origin", "name", "how", "state", "columns": [{"name", "before", "after", "cleared"}]}
 * or a pair,
 *     {"kind": "link", "table", "id", "name", "relationship", "other": {"table", "id", "name"}, "state"}
 * "origin" is there where the source has another id, "how" where the row was adopted, "state" of a run that was written, "before"
 * and "after" where there is such a side, "cleared": true where an update makes a column empty. A secret column has "secret":
 * true and no values. Values are those of the Web API, but a choice of several is an array of numbers and a lookup {"table",
 * "id", "name"}.
 */
#ifndef FERRY_CLI_CHANGES_JSON_H
#define FERRY_CLI_CHANGES_JSON_H

#include "base/err.h"
#include "io/json.h"
#include "move/changes.h"

/* Into an open object. */
MUST_CHECK bool changes_json(struct json_writer *w, struct job *j, struct err *e);

#endif
