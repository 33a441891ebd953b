/* SPDX-License-Identifier: MIT */
/*
 * The metadata API (facts/webapi.md 5.1): EntityDefinitions, RelationshipDefinitions,
 * GlobalOptionSetDefinitions and everything below them.
 */
#ifndef FERRY_ORG_METADATA_API_H
#define FERRY_ORG_METADATA_API_H

#include "org/call.h"

/* Whether the first segment of a URL is one of theirs: metadata_read answers its GET, metadata_write the rest. */
bool metadata_is_api(const struct url *url);
MUST_CHECK bool metadata_read(struct call *c, struct err *e);
MUST_CHECK bool metadata_write(struct call *c, struct err *e);

/* RetrieveMetadataChanges(Query=@p1,ClientVersionStamp='...') */
MUST_CHECK bool metadata_changes(struct call *c, struct err *e);

#endif
