/* SPDX-License-Identifier: MIT */
/*
 * Look-up in the table of embedded files, which script/embed writes at build time, sorted by name.
 */
#include "base/asset.h"

#include "base/banned.h"

bool asset_find(struct str name, struct str *bytes)
{
	size_t n;
	const struct asset *all = asset_all(&n);
	size_t low = 0;

	while (low < n) {
		size_t middle = low + (n - low) / 2;
		int order = str_cmp(all[middle].name, name);

		if (order == 0) {
			*bytes = all[middle].bytes;
			return true;
		}
		if (order < 0)
			low = middle + 1;
		else
			n = middle;
	}
	return false;
}
