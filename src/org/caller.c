/* SPDX-License-Identifier: MIT */
/*
 * What the organization knows of the user who asks.
 */
#include "org/caller.h"

#include "dv/zone_code.h"

#include "base/banned.h"

#define REPORTS                                                                                    \
	"with recursive report(id) as (select ?1 union select u.systemuserid from systemuser u "   \
	"join report on u.parentsystemuserid = report.id) "

struct caller caller_make(struct store *s, struct arena *a)
{
	return (struct caller){ .store = s, .arena = a };
}

void caller_close(struct caller *c)
{
	zone_close(&c->zone);
}

/* The statement with the caller's id as its one parameter. */
static bool ask(struct caller *c, struct str sql, struct stmt **out, struct err *e)
{
	if (!store_statement(c->store, sql, out, e))
		return false;
	stmt_bind_str(*out, 1, guid_text(c->arena, c->store->caller));
	return true;
}

/* A file may be older than the table. */
static bool has_table(struct caller *c, struct str name, bool *out, struct err *e)
{
	const struct table *t;

	if (!store_table(c->store, name, &t, e))
		return false;
	*out = t != NULL;
	return true;
}

/* A number of the caller's settings; `missing` where there is none. */
static bool setting(struct caller *c, struct str sql, int64_t missing, int64_t *out, struct err *e)
{
	bool row, there;
	struct stmt *st;

	*out = missing;
	if (!has_table(c, S("usersettings"), &there, e))
		return false;
	if (!there)
		return true;
	if (!ask(c, sql, &st, e) || !stmt_step(st, &row, e))
		return false;
	if (row && !stmt_is_null(st, 0))
		*out = stmt_i64(st, 0);
	stmt_reset(st);
	return true;
}

bool caller_zone_code(struct caller *c, int64_t *out, struct err *e)
{
	return setting(c, S("select timezonecode from usersettings where systemuserid = ?1"),
		       ZONE_CODE_UTC, out, e);
}

bool caller_zone(struct caller *c, const struct zone **out, struct err *e)
{
	int64_t code;

	if (!c->zone) {
		if (!caller_zone_code(c, &code, e))
			return false;

		const char *name = zone_code_name(code);

		if (!zone_open(&c->zone, c->arena, name ? name : zone_code_name(ZONE_CODE_UTC), e))
			return false;
	}
	*out = c->zone;
	return true;
}

bool caller_fiscal(struct caller *c, const struct fiscal **out, struct err *e)
{
	if (!c->has_fiscal && !fiscal_read(c->store, &c->fiscal, e))
		return false;
	c->has_fiscal = true;
	*out = &c->fiscal;
	return true;
}

bool caller_language(struct caller *c, int64_t *out, struct err *e)
{
	int64_t lcid;

	if (!setting(c, S("select uilanguageid from usersettings where systemuserid = ?1"), 0,
		     &lcid, e))
		return false;
	*out = lcid != 0 ? lcid : c->store->lcid; /* 0: whatever the organization speaks */
	return true;
}

bool caller_add_unit(struct caller *c, struct ids *out, struct err *e)
{
	struct stmt *st;

	return ask(c,
		   S("select businessunitid from systemuser where systemuserid = ?1 and "
		     "businessunitid is not null"),
		   &st, e) &&
	       ids_read(out, st, e);
}

bool caller_add_reports(struct caller *c, struct ids *out, struct err *e)
{
	struct stmt *st;

	return ask(c, S(REPORTS "select id from report"), &st, e) && ids_read(out, st, e);
}

bool caller_add_teams(struct caller *c, bool reports, struct ids *out, struct err *e)
{
	bool there;
	struct stmt *st;
	struct str sql = reports ? S(REPORTS "select distinct m.teamid from teammembership m "
					     "join report on m.systemuserid = report.id")
				 : S("select teamid from teammembership where systemuserid = ?1");

	if (!has_table(c, S("teammembership"), &there, e))
		return false;
	return !there || (ask(c, sql, &st, e) && ids_read(out, st, e));
}
