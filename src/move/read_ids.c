/* SPDX-License-Identifier: MIT */
/*
 * Rows by id: so many ids per request that their conditions fit into one.
 */
#include "move/read.h"

#include "base/banned.h"

/* One request's part of the ids, on the arena. */
static struct fetch *query_for(struct arena *a, struct str table, struct str key,
			       const struct guid *ids, size_t n)
{
	struct fetch *query = arena_new(a, struct fetch);
	struct fetch_filter *filter = arena_new(a, struct fetch_filter);
	struct fetch_condition *condition = arena_new(a, struct fetch_condition);
	struct str *values = arena_array(a, struct str, n);

	for (size_t i = 0; i < n; i++)
		values[i] = guid_text(a, ids[i]);
	*condition = (struct fetch_condition){
		.attribute = key, .op = FETCH_IN, .op_name = S("in"), .values = values, .nvalues = n
	};
	*filter = (struct fetch_filter){ .conditions = condition, .nconditions = 1 };
	*query = (struct fetch){ .entity = { .table = table, .filters = filter, .nfilters = 1 } };
	return query;
}

size_t read_id_queries_count(size_t nids)
{
	return (nids + READ_IDS - 1) / READ_IDS;
}

void read_id_queries(struct arena *a, const struct read_query *query, struct str key,
		     const struct guid *ids, size_t nids, struct read_query *out)
{
	for (size_t at = 0; at < nids; at += READ_IDS, out++) {
		size_t some = nids - at < READ_IDS ? nids - at : READ_IDS;

		*out = *query;
		out->fetch = query_for(a, query->table->name, key, ids + at, some);
	}
}

static bool read_some(struct reader *r, const struct read_query *query, struct str key,
		      const struct guid *ids, size_t nids, struct err *e)
{
	DEFER(arena_release) struct arena scratch = arena_make(0);
	struct read_query queries[READ_AT_ONCE];

	read_id_queries(&scratch, query, key, ids, nids, queries);
	return read_many(r, queries, read_id_queries_count(nids), NULL, e);
}

bool read_by_id(struct reader *r, const struct read_query *query, struct str key,
		const struct guid *ids, size_t nids, struct err *e)
{
	for (size_t at = 0; at < nids; at += READ_IDS_AT_ONCE) {
		size_t some = nids - at < READ_IDS_AT_ONCE ? nids - at : READ_IDS_AT_ONCE;

		if (!read_some(r, query, key, ids + at, some, e))
			return false;
	}
	return true;
}

bool read_rows_by_id(struct reader *r, const struct table *t, struct str column,
		     const struct guid *ids, size_t nids, const struct column *const *columns,
		     size_t n, bool (*row)(void *, const struct read_row *, struct err *),
		     void *context, struct err *e)
{
	struct read_query q = {
		.table = t, .columns = columns, .n = n, .row = row, .context = context
	};

	return read_by_id(r, &q, column, ids, nids, e);
}
