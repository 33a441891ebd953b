/* SPDX-License-Identifier: MIT */
/*
 * Files that are part of the program: metadata, samples, knowledge, plans. The table is generated at
 * build time from the project's folders; names are paths from the project's root ("metadata/queue.json").
 */
#ifndef FERRY_BASE_ASSET_H
#define FERRY_BASE_ASSET_H

#include "base/base.h"
#include "base/str.h"

struct asset {
	struct str name;
	struct str bytes;
};

/* All of them, sorted by name. */
const struct asset *asset_all(size_t *n);

/* By exact name. False when there is none. */
bool asset_find(struct str name, struct str *bytes);

#endif
