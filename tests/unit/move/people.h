/* SPDX-License-Identifier: MIT */
/*
 * For tests about whose rows are whose: users of the target, and packages that tell by what the rows outside them are known.
 */
#ifndef FERRY_TESTS_UNIT_MOVE_PEOPLE_H
#define FERRY_TESTS_UNIT_MOVE_PEOPLE_H

#include "engine.h"

/* Packages that tell by what the rows outside them are known. */
#define KEY(column, value) "<key column=\"" column "\" value=\"" value "\"/>"
#define KEY_TO(column, id, table)                                                                  \
	"<key column=\"" column "\" value=\"" id "\" table=\"" table "\"/>"
#define KNOWN(id, name, keys) "<row id=\"" id "\" name=\"" name "\">" keys "</row>"
#define OF(table, rows) "<table name=\"" table "\">" rows "</table>"

static inline void tells(struct engine *w, const char *references)
{
	must(w, file_make_directory(in_folder(w, "package"), 0700, &w->e));
	must(w, file_make_directory(in_folder(w, "package/ferry"), 0700, &w->e));
	write_file(w, in_folder(w, "package/ferry/references.xml"),
		   str_fmt(&w->a, "<references version=\"1\">%s</references>", references));
}

/* A user of the target. */
static inline void have_user(struct engine *w, const char *id, const char *name, const char *mail)
{
	const char *unit = query_file(w, w->path,
				      "SELECT businessunitid FROM businessunit"
				      " WHERE parentbusinessunitid IS NULL");

	alter(w, str_fmt(&w->a,
			 "INSERT INTO systemuser(systemuserid, domainname, fullname, firstname,"
			 " internalemailaddress, businessunitid, isdisabled, accessmode,"
			 " versionnumber) VALUES('%s', '%s', '%s', '%s', '%s', '%s', 0, 0, 1)",
			 id, mail, name, name, mail, unit)
			 .p);
}

/* A queue of the source whose primary user is that one. */
#define OWNED QUEUE(LOOKUP("primaryuserid", "systemuser"))
#define OWNED_BY(id, name)                                                                         \
	ROWS("queue", ROW(ID("01"), IS("name", "Q") REF("primaryuserid", id, "systemuser", name)))

static inline void import_owned(struct engine *w, const char *keys)
{
	tells(w, str_fmt(&w->a, OF("systemuser", KNOWN(ID("99"), "Mia", "%s")), keys).p);
	import(w, OWNED, OWNED_BY(ID("99"), "Mia"));
}

#endif
