/* SPDX-License-Identifier: MIT */
/*
 * Full metadata of rows.
 */
#include "org/cells_full.h"

#include "dv/odata.h"

#include "base/banned.h"

struct str cells_full_type(const struct column *c)
{
	switch (c->type) {
	case COLUMN_BIGINT:
		return S("#Int64");
	case COLUMN_DECIMAL:
	case COLUMN_MONEY:
		return S("#Decimal");
	case COLUMN_DATETIME:
		return c->behavior == DATE_ONLY ? S("#Date") : S("#DateTimeOffset");
	case COLUMN_LOOKUP:
	case COLUMN_CUSTOMER:
	case COLUMN_OWNER:
	case COLUMN_GUID:
	case COLUMN_FILE:
		return S("#Guid");
	case COLUMN_IMAGE:
		return S("#Binary");
	case COLUMN_STRING:
	case COLUMN_MEMO:
	case COLUMN_ENTITY_NAME:
	case COLUMN_INTEGER:
	case COLUMN_DOUBLE:
	case COLUMN_BOOLEAN:
	case COLUMN_PICKLIST:
	case COLUMN_MULTISELECT:
	case COLUMN_STATE:
	case COLUMN_STATUS:
	case COLUMN_PARTYLIST:
	case COLUMN_MANAGED:
	case COLUMN_VIRTUAL:
		break;
	}
	return S("");
}

static int key_at(const struct query *q)
{
	for (size_t i = 0; i < q->columns.n && q->version_at >= 0; i++) {
		if (query_is_key(q, q->columns.p[i].field))
			return q->columns.p[i].at;
	}
	return -1;
}

void cells_full_row(const struct result *r, struct json_writer *w, const struct stmt *st)
{
	const struct table *t = r->query->root.table;
	DEFER(buf_release) struct buf url = buf_make(0);
	int at = key_at(r->query);
	struct guid id;

	if (at < 0 || !guid_parse(stmt_str(st, at), &id))
		return;
	odata_row_url(&url, t, id);

	struct str row = buf_str(&url);

	json_key(w, S("@odata.type"));
	json_str(w, str_fmt(r->arena, "#Microsoft.Dynamics.CRM.%.*s", STR_ARG(t->name)));
	json_key(w, S("@odata.id"));
	json_str(w, str_fmt(r->arena, "%.*s%.*s", STR_ARG(r->root), STR_ARG(row)));
	json_key(w, S("@odata.editLink"));
	json_str(w, row);
}
