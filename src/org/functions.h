/* SPDX-License-Identifier: MIT */
/*
 * Functions that tell what the organization is: its version, address and languages (facts/webapi.md 5.3).
 */
#ifndef FERRY_ORG_FUNCTIONS_H
#define FERRY_ORG_FUNCTIONS_H

#include "org/call.h"

/* What RetrieveVersion answers: of the platform whose ways these are. */
#define ORG_VERSION S("9.2.25064.00182")

MUST_CHECK bool function_version(struct call *c, struct err *e);
/* RetrieveCurrentOrganization(AccessType=Microsoft.Dynamics.CRM.EndpointAccessType'Default') */
MUST_CHECK bool function_organization(struct call *c, struct err *e);
/* RetrieveProvisionedLanguages, RetrieveInstalledLanguagePacks, RetrieveAvailableLanguages: the base language. */
MUST_CHECK bool function_languages(struct call *c, struct err *e);
/* RetrieveDeprovisionedLanguages: none */
MUST_CHECK bool function_no_languages(struct call *c, struct err *e);
MUST_CHECK bool function_encryption(struct call *c, struct err *e);

#endif
