/* SPDX-License-Identifier: MIT */
/*
 * URLs that name a row in bodies and options: @odata.bind, @odata.id, $id (facts/webapi.md 1.6, 3.1).
 */
#ifndef FERRY_ORG_ROW_URL_H
#define FERRY_ORG_ROW_URL_H

#include "org/row_key.h"

/* What the earlier requests of a change set made or changed, by their Content-ID. */
struct content_id {
	struct str id;
	const struct table *table;
	struct guid row;
};
struct content_ids {
	struct content_id *p;
	size_t n, cap; /* grows by VEC_PUSH */
};
/* "$1" names one; 400 0x80060888 when there is none of it in the change set so far. */
MUST_CHECK bool content_id_find(const struct content_ids *ids, struct str reference,
				struct content_id *out, struct err *e);

/*
 * <set>(<key>), relative, host-relative or absolute; or $<content id> of the store's change set.
 * 400 0x80060888.
 */
MUST_CHECK bool row_url_parse(struct store *s, struct arena *a, struct str url,
			      const struct table **t, struct row_key *key, struct err *e);
/* And the row's id; 404 when no row has the alternate key. */
MUST_CHECK bool row_url_resolve(struct store *s, struct str url, const struct table **t,
				struct guid *id, struct err *e);

#endif
