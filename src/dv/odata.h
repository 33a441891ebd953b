/* SPDX-License-Identifier: MIT */
/*
 * The wire: rows as the Web API sends and takes them, URLs of rows, error bodies
 * (facts/webapi.md 1.6, 2, 4.6).
 */
#ifndef FERRY_DV_ODATA_H
#define FERRY_DV_ODATA_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/guid.h"
#include "io/json.h"
#include "dv/catalog.h"
#include "dv/table.h"
#include "dv/value.h"

#define ODATA_FORMATTED "OData.Community.Display.V1.FormattedValue"
#define ODATA_LOOKUP_TABLE "Microsoft.Dynamics.CRM.lookuplogicalname"
#define ODATA_NAVIGATION "Microsoft.Dynamics.CRM.associatednavigationproperty"
#define ODATA_COOKIE "Microsoft.Dynamics.CRM.fetchxmlpagingcookie"
#define ODATA_MORE "Microsoft.Dynamics.CRM.morerecords"

void odata_row_url(struct buf *out, const struct table *t, struct guid id); /* queues(<guid>) */
/* <set>?fetchXml=<encoded> */
void odata_fetch_url(struct buf *out, const struct table *t, struct str fetchxml);
/*
 * What of a link stands below the service root, whatever its version and host; all of one that is relative.
 * False: it leads elsewhere.
 */
MUST_CHECK bool odata_below_root(struct str link, struct str *below);

/*
 * One row of an answer into values[i] for columns[i]. A property that is not there is VALUE_NULL, because
 * FetchXML answers leave nulls out. Lookups take table and name from the annotations; the table of one that
 * has a single target need not be told. *etag is W/"..."
 * or empty; all on the arena. ERR_INPUT names the column.
 */
MUST_CHECK bool odata_row_read(struct arena *a, const struct table *t,
			       const struct column *const *columns, size_t n,
			       const struct json *row, struct guid *id, struct str *etag,
			       struct value *values, struct err *e);

/*
 * The body of a create or update: one member per value that is not ABSENT. Lookups become
 * <navigation>@odata.bind with the target's entity set from the catalog, null lookups
 * <navigation>@odata.bind: null. ERR_INPUT when a target table has no relationship or is not in the
 * catalog. Party lists are left out (odata_parties.h). `id`, when not NULL, adds the primary key.
 */
MUST_CHECK bool odata_row_write(struct json_writer *w, struct catalog *catalog,
				const struct table *t, const struct guid *id,
				const struct column *const *columns, const struct value *values,
				size_t n, struct err *e);
/* Its members alone, into an object that is open; on failure some are written. */
MUST_CHECK bool odata_members_write(struct json_writer *w, struct catalog *catalog,
				    const struct table *t, const struct column *const *columns,
				    const struct value *values, size_t n, struct err *e);

/* {"error":{"code":"0x80040217","message":"..."}} both ways. Reading fills e and returns false always. */
void odata_error_write(struct buf *out, const struct err *e);
bool odata_error_read(int status, struct str body, struct err *e);

#endif
