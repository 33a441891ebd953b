/* SPDX-License-Identifier: MIT */
/*
 * Party lists on the wire: one array of rows of activityparty for all party list columns of an activity, told when it is created
 * inside its body, and later as a collection that is put in place of the one that is there (facts/webapi.md 1.6).
 */
#ifndef FERRY_DV_ODATA_PARTIES_H
#define FERRY_DV_ODATA_PARTIES_H

#include "io/json.h"
#include "dv/catalog.h"
#include "dv/value.h"

/*
 * [{"partyid_contact@odata.bind":"/contacts(<id>)","participationtypemask":2},...]: the parties of those columns that are party
 * lists; the others are passed over. The catalog has activityparty. ERR_INPUT: a party is of a table that cannot take part; on
 * failure some of it is written.
 */
MUST_CHECK bool odata_parties_write(struct json_writer *w, struct catalog *catalog,
				    const struct column *const *columns, const struct value *values,
				    size_t n, struct err *e);

#endif
