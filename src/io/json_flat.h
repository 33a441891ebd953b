/* SPDX-License-Identifier: MIT */
/*
 * The common form of a row, parsed in one pass; private to this room.
 */
#ifndef FERRY_IO_JSON_FLAT_H
#define FERRY_IO_JSON_FLAT_H

#include "io/json.h"

/*
 * An object whose members are texts, numbers and words, without anything unusual: *out is what json_parse gives. False for
 * everything else, right or wrong, which is then json_parse's to judge. The text is UTF-8.
 */
MUST_CHECK bool json_flat_parse(struct arena *a, struct str text, struct json *out);

#endif
