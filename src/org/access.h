/* SPDX-License-Identifier: MIT */
/*
 * Who may do what: privileges come from the roles of a user and of his teams, each as deep as the role says
 * (facts/webapi.md 2.5, 5.3). Looked up when it is first asked, and remembered for one request: what one
 * request changes in roles and memberships is true for the next one on every connection. A store without
 * `access` lets everything pass: for the administrator nothing is ever asked.
 */
#ifndef FERRY_ORG_ACCESS_H
#define FERRY_ORG_ACCESS_H

#include "base/vec.h"
#include "dv/privilege.h"
#include "org/payload.h"
#include "org/row.h"
#include "org/store.h"

enum right {
	RIGHT_CREATE,
	RIGHT_READ,
	RIGHT_WRITE,
	RIGHT_DELETE,
	RIGHT_ASSIGN,
	RIGHT_SHARE,
	RIGHT_APPEND,
	RIGHT_APPEND_TO
};
#define RIGHTS 8

/* Bits of roleprivileges.privilegedepthmask. */
enum { DEPTH_BASIC = 1, DEPTH_LOCAL = 2, DEPTH_DEEP = 4, DEPTH_GLOBAL = 8 };

/* A user or a team with the roles that count for it. */
struct actor {
	VEC(struct actor_role) roles;
	VEC(struct guid) owners; /* whose rows are its own: itself and its teams */
	struct guid id;
	bool is_team;
	bool everything; /* has the role of system administrators */
};
struct actor_role {
	struct guid role;
	struct guid unit; /* of the user, or of the team that brings the role */
};
MUST_CHECK bool actor_read(struct store *s, struct arena *a, struct guid id, bool is_team,
			   struct actor *out, struct err *e);

/* How far one privilege of an actor reaches. */
struct reach {
	VEC(struct guid) units;
	bool any;    /* he has it; then rows of his own are within reach */
	bool global; /* all rows are */
	int depth;   /* the deepest bit */
};
MUST_CHECK bool actor_reach(struct store *s, struct arena *a, const struct actor *who,
			    struct guid privilege, struct reach *out, struct err *e);

/* Two actors: whoever acts on behalf of another may do only what both may. */
struct access *access_new(struct store *s, struct arena *a, const struct actor *actors, size_t n);

/* All of them: 403, when the caller may not. The first ask for the right on any row at all. */
MUST_CHECK bool access_table(struct store *s, const struct table *t, enum right right,
			     struct err *e);
MUST_CHECK bool access_row(struct store *s, const struct table *t, struct guid id, enum right right,
			   struct err *e);
MUST_CHECK bool access_privilege(struct store *s, struct str name, struct err *e);
/* Whether one has it, of no table. */
MUST_CHECK bool access_has(struct store *s, struct arena *a, const struct actor *who,
			   struct str privilege, bool *out, struct err *e);
/* Which of the rights, as bits, an actor has on a row. */
MUST_CHECK bool access_rights(struct store *s, struct arena *a, const struct actor *who,
			      const struct table *t, struct guid id, unsigned *out, struct err *e);

/* Before a row comes into being, when it is known whose it is, and before one is changed. */
MUST_CHECK bool access_create(struct store *s, const struct table *t, const struct payload *p,
			      struct err *e);
MUST_CHECK bool access_created(struct store *s, const struct row *row, struct err *e);
MUST_CHECK bool access_update(struct store *s, const struct table *t, struct guid id,
			      const struct payload *p, struct err *e);
/* Before two rows are paired or parted. */
MUST_CHECK bool access_pair(struct store *s, const struct many_to_many *mm, struct guid id1,
			    struct guid id2, struct err *e);

#endif
