/* SPDX-License-Identifier: MIT */
/*
 * Functions and actions about metadata that change nothing by themselves, or one number.
 */
#ifndef FERRY_ORG_METADATA_ACTIONS_H
#define FERRY_ORG_METADATA_ACTIONS_H

#include "org/call.h"

MUST_CHECK bool metadata_publish(struct call *c, struct err *e); /* PublishXml, PublishAllXml */
MUST_CHECK bool metadata_seed(struct call *c, struct err *e);    /* SetAutoNumberSeed */
/* CanBeReferenced, CanBeReferencing, CanManyToMany {EntityName} */
MUST_CHECK bool metadata_can_relate(struct call *c, struct err *e);
/*
 * GetValidManyToMany(), GetValidReferencedEntities(ReferencingEntityName='x'),
 * GetValidReferencingEntities(ReferencedEntityName='x'): {"EntityNames":[...]}
 */
MUST_CHECK bool metadata_valid_tables(struct call *c, struct err *e);

#endif
