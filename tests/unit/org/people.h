/* SPDX-License-Identifier: MIT */
/*
 * The people of the sample contoso, who may do different things, and what is theirs (samples/contoso.json).
 */
#ifndef FERRY_TESTS_PEOPLE_H
#define FERRY_TESTS_PEOPLE_H

#include "served.h"

#define READER "b3f0c9d2-64e5-4f0b-9d0c-2a5d1c7e8f31" /* reads what belongs to the unit EMEA */
#define EMRE                                                                                       \
	"c4a1dae3-75f6-401c-8e1d-3b6e2d8f9042" /* moves configuration, acts on behalf of others */
#define BERTA "d5b2ebf4-8607-412d-9f2e-4c7f3e90a153" /* in Berlin, below EMEA: a basic user */
#define BERTA_OBJECT "5a7d3a36-9f0c-4c14-8d1f-6f2b1f0d3c13"
#define MIA "df49b63a-278e-4093-8bdf-7411b69bd1e1"  /* an agent */
#define GONE "cc4dca3e-6c22-40e6-bb50-28d785b70a89" /* disabled */
#define NOBODY "99999999-2222-4333-8444-555555555599"

#define EMEA "6d0f6d5e-8a1f-4c43-9a52-0f4c8f2b7a10"
#define TEAM "08e51e27-b93a-4450-8251-7fa261c3d486" /* of EMEA: Emre and Berta */
#define READER_ROLE "19f62f38-ca4b-4561-9362-80b372d4e597"

#define OF_ADMIN "3b18415a-ec6d-4783-b584-a2d594f607b9" /* accounts */
#define OF_EMRE "4c29526b-fd7e-4894-8695-b3e6a50718ca"
#define OF_BERTA "5d3a637c-0e8f-49a5-97a6-c4f7b61829db"

#define CALL "Microsoft.Dynamics.CRM."

/* From now on requests come from this user; NULL: from the administrator. */
static inline void as(struct served *s, const char *user)
{
	struct origin origin = { .has_user = user != NULL };

	assert_true(!user || guid_parse(str_from(user), &origin.user));
	org_set_origin(s->org, &origin);
}

static inline int people_setup(void **state)
{
	return served_setup_with(state, "contoso");
}

#endif
