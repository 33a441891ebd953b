/* SPDX-License-Identifier: MIT */
/*
 * Items of metadata as JSON, with what $select, $filter and $expand leave of them.
 */
#ifndef FERRY_ORG_METADATA_PUT_H
#define FERRY_ORG_METADATA_PUT_H

#include "org/metadata_item.h"

/* Whether the list knows every property that the options name, at every level. 400 0x80060888. */
MUST_CHECK bool metadata_check(struct store *s, struct arena *a, const struct metadata_list *list,
			       const struct metadata_options *options, struct err *e);
/* One object; `context`, when it is not empty, is its first member. */
MUST_CHECK bool metadata_put_item(struct store *s, struct json_writer *w, struct str context,
				  struct metadata_item item, bool typed,
				  const struct metadata_options *options, struct err *e);
/* The items that the filter lets through, as values of an array that is open. */
MUST_CHECK bool metadata_put_list(struct store *s, struct json_writer *w,
				  const struct metadata_list *list,
				  const struct metadata_options *options, struct err *e);
/* The value of one property. */
MUST_CHECK bool metadata_property(struct arena *a, const struct metadata_item *item,
				  struct str property, struct json *out, struct err *e);

#endif
