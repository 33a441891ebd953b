/* SPDX-License-Identifier: MIT */
/*
 * Watching. The list stands in the run file's header, one line for each table: "name because version".
 */
#include "move/watch.h"

#include "base/buf.h"
#include "base/vec.h"
#include "move/journal.h"
#include "move/read.h"
#include "move/row.h"

#include "base/banned.h"

#define HEADER "watched tables"

static bool take_version(void *context, const struct read_row *row, struct err *e)
{
	int64_t *version = context, is = row_etag_version(row->version);

	(void)e;
	if (is > *version)
		*version = is;
	return true;
}

/* The question for the newest row of a table; *out NULL: the environment has no such table, or no versions there. */
static bool newest(struct job *j, struct str name, int64_t *version, struct read_query **out,
		   struct err *e)
{
	const struct table *t;
	const struct column **key;
	struct fetch_order *order;
	struct fetch *fetch;

	*out = NULL;
	if (!read_definitions(&j->reader, j->catalog, &name, 1, e))
		return false;
	t = catalog_find(j->catalog, name);
	if (!t || !table_column(t, S("versionnumber")) || !table_primary(t))
		return true;
	key = arena_array(j->page, const struct column *, 1);
	order = arena_new(j->page, struct fetch_order);
	fetch = arena_new(j->page, struct fetch);
	*out = arena_new(j->page, struct read_query);
	key[0] = table_primary(t);
	*order = (struct fetch_order){ .attribute = S("versionnumber"), .descending = true };
	*fetch = (struct fetch){ .top = 1,
				 .entity = { .table = name, .orders = order, .norders = 1 } };
	**out = (struct read_query){ .table = t,
				     .fetch = fetch,
				     .columns = key,
				     .n = 1,
				     .row = take_version,
				     .context = version };
	return true;
}

/* 0: there is no such table, or it is empty. */
static bool ask_version(struct job *j, struct str name, int64_t *version, struct err *e)
{
	struct arena_mark mark = arena_mark(j->page);
	struct read_query *query;

	*version = 0;
	if (!newest(j, name, version, &query, e))
		return false;

	bool ok = !query || read_many(&j->reader, query, 1, NULL, e);

	arena_rewind(j->page, mark);
	return ok;
}

static bool has_creates(struct job *j, const struct tab *t, bool *yes, struct err *e)
{
	uint64_t n;

	if (!journal_count_tab(j->run, CHANGE_CREATE, t->number, CHANGE_PLANNED, &n, e))
		return false;
	*yes = n > 0;
	return true;
}

static bool is_listed(struct str list, struct str name)
{
	struct str_splitter lines = str_splitter(list);

	for (struct str line; str_split(&lines, '\n', &line);)
		if (str_starts(line, name) && line.n > name.n && line.p[name.n] == ' ')
			return true;
	return false;
}

bool watch_begin(struct job *j, struct err *e)
{
	DEFER(buf_release) struct buf list = buf_make(0);

	for (size_t i = 0; i < j->tabs.n; i++) {
		const struct tab *t = &j->tabs.p[i];
		bool creates = false;

		if (t->known && t->known->nmakes > 0 && !has_creates(j, t, &creates, e))
			return false;
		for (size_t k = 0; creates && k < t->known->nmakes; k++) {
			struct str name = t->known->makes[k];
			int64_t version;

			if (is_listed(buf_str(&list), name))
				continue;
			if (!ask_version(j, name, &version, e))
				return err_wrap(e, "%.*s", STR_ARG(name));
			buf_add_fmt(&list, "%.*s %.*s %lld\n", STR_ARG(name),
				    STR_ARG(t->table->name), (long long)version);
		}
	}
	return run_set_header(j->run, S(HEADER), buf_str(&list), e);
}

bool watch_list(struct run *r, struct arena *a, struct watched **out, size_t *n, struct err *e)
{
	VEC(struct watched) list = { 0 };
	struct str text = { 0 };
	bool found;

	if (!run_get_header(r, a, S(HEADER), &text, &found, e))
		return false;

	struct str_splitter lines = str_splitter(text);

	for (struct str line; str_split(&lines, '\n', &line);) {
		struct str_splitter words = str_splitter(line);
		struct watched w = { 0 };
		struct str version = { 0 };

		if (str_split(&words, ' ', &w.table) && str_split(&words, ' ', &w.because) &&
		    str_split(&words, ' ', &version) && str_parse_i64(version, &w.version))
			*VEC_PUSH(a, &list) = w;
	}
	*out = list.p;
	*n = list.n;
	return true;
}

bool watch_end(struct job *j, struct err *e)
{
	struct arena_mark mark = arena_mark(j->page);
	struct watched *watched;
	VEC(struct read_query) queries = { 0 };
	size_t n;

	if (!watch_list(j->run, j->page, &watched, &n, e))
		return false;
	for (size_t i = 0; i < j->tabs.n + n; i++) {
		struct str name =
			i < j->tabs.n ? j->tabs.p[i].table->name : watched[i - j->tabs.n].table;
		struct read_query *query;

		if (!newest(j, name, &j->head.version, &query, e))
			return false;
		if (query)
			*VEC_PUSH(j->page, &queries) = *query;
	}

	bool ok = read_many(&j->reader, queries.p, queries.n, NULL, e);

	arena_rewind(j->page, mark);
	return ok;
}
