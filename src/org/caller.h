/* SPDX-License-Identifier: MIT */
/*
 * Who asks, as far as queries need to know: his unit, teams and reports, his language and time zone. All is
 * looked up when it is first wanted.
 */
#ifndef FERRY_ORG_CALLER_H
#define FERRY_ORG_CALLER_H

#include "io/zone.h"
#include "org/fiscal.h"
#include "org/ids.h"
#include "org/store.h"

struct caller {
	struct store *store;
	struct arena *arena;
	struct zone *zone;
	bool has_fiscal;
	struct fiscal fiscal;
};

struct caller caller_make(struct store *s, struct arena *a);
void caller_close(struct caller *c); /* fits DEFER */

/* usersettings.timezonecode; without it, that of UTC. */
MUST_CHECK bool caller_zone_code(struct caller *c, int64_t *out, struct err *e);
/* The zone of that code. Belongs to the caller. */
MUST_CHECK bool caller_zone(struct caller *c, const struct zone **out, struct err *e);
MUST_CHECK bool caller_fiscal(struct caller *c, const struct fiscal **out, struct err *e);
/* usersettings.uilanguageid; without it, that of the organization. */
MUST_CHECK bool caller_language(struct caller *c, int64_t *out, struct err *e);
/* Each adds to the list: the business unit (of a user without one: none) ... */
MUST_CHECK bool caller_add_unit(struct caller *c, struct ids *out, struct err *e);
/* ... the user and everybody below him by parentsystemuserid ... */
MUST_CHECK bool caller_add_reports(struct caller *c, struct ids *out, struct err *e);
/* ... the teams of the user, or of him and of everybody below him. */
MUST_CHECK bool caller_add_teams(struct caller *c, bool reports, struct ids *out, struct err *e);

#endif
