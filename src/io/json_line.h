/* SPDX-License-Identifier: MIT */
/*
 * Where in a text the values of its document stand: for what a reader has to tell the person who wrote it.
 */
#ifndef FERRY_IO_JSON_LINE_H
#define FERRY_IO_JSON_LINE_H

#include "io/json.h"

/*
 * The line, from 1, on which a value begins: `value` is somewhere in the tree `root` that was parsed from
 * `text`. 0 when it is not.
 */
size_t json_line(struct str text, const struct json *root, const struct json *value);

#endif
