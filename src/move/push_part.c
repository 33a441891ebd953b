/* SPDX-License-Identifier: MIT */
/*
 * Changes put into words. A create carries its id, an update the version that was read: what changed meanwhile is
 * refused by the service, not overwritten.
 */
#include "move/push_part.h"

#include "base/limits.h"
#include "dv/batch.h"
#include "dv/odata.h"
#include "move/cells.h"
#include "move/skip.h"

#include "base/banned.h"

bool push_part_known(struct job *j, const struct change *c, struct run_row *row, bool *found,
		     struct err *e)
{
	return run_get_row(j->run, SIDE_AFTER, c->tab, c->id, row, found, e) &&
	       (*found || run_get_row(j->run, SIDE_TARGET, c->tab, c->id, row, found, e));
}

bool push_part_version(struct job *j, const struct change *c, struct str *etag, struct err *e)
{
	struct run_row row;
	bool found = false;

	if (c->kind == CHANGE_UPDATE && !push_part_known(j, c, &row, &found, e))
		return false;
	*etag = found && row.version.n > 0 ? str_dup(j->page, row.version) : S("*");
	return true;
}

size_t push_part_headers(const struct job *j, struct header out[PUSH_HEADERS])
{
	static const struct str logic[] = {
		[0] = STR_INIT(""),
		[BYPASS_SYNC] = STR_INIT("CustomSync"),
		[BYPASS_ASYNC] = STR_INIT("CustomAsync"),
		[BYPASS_SYNC | BYPASS_ASYNC] = STR_INIT("CustomSync,CustomAsync"),
	};
	struct str skipped = logic[j->bypass & (BYPASS_SYNC | BYPASS_ASYNC)];
	size_t n = 0;

	out[n++] = (struct header){ S("Content-Type"), S("application/json") };
	if (skipped.n > 0)
		out[n++] = (struct header){ S("MSCRM.BypassBusinessLogicExecution"), skipped };
	if (j->bypass & BYPASS_FLOWS)
		out[n++] = (struct header){ S("MSCRM.SuppressCallbackRegistrationExpanderJob"),
					    S("true") };
	return n;
}

static void add_part(struct job *j, struct buf *out, enum method method, struct str target,
		     struct str etag, struct str json)
{
	struct header headers[PUSH_HEADERS + 1];
	size_t n = push_part_headers(j, headers);

	if (etag.n > 0)
		headers[n++] = (struct header){ S("If-Match"), etag };

	struct request r = {
		.method = method, .target = target, .headers = headers, .nheaders = n, .body = json
	};
	batch_write_request(out, S(PUSH_BOUNDARY), S(""), &r);
}

/* What a create or update writes: the columns of the change's mask, from the wanted side. */
struct writing {
	const struct column **columns;
	struct value *values;
	size_t n;
};

static bool wanted(struct job *j, const struct change *c, struct writing *out, struct err *e)
{
	struct tab *t = &j->tabs.p[c->tab];
	struct value *values = arena_array(j->page, struct value, t->ncolumns);
	const struct column **columns = arena_array(j->page, const struct column *, t->ncolumns);
	struct run_row row;
	bool found;
	size_t n = 0;

	if (!run_get_row(j->run, SIDE_WANTED, c->tab, c->id, &row, &found, e))
		return false;
	if (!found)
		return err_set(e, ERR_INTERNAL, "run file: %.*s: a change without its row",
			       STR_ARG(t->table->name));
	if (!cells_unpack(row.cells, values, t->ncolumns, e))
		return false;
	for (size_t i = 0; i < t->ncolumns; i++) {
		if (!c->columns.p[i])
			continue;
		columns[n] = t->columns[i].column;
		values[n++] = values[i];
	}
	*out = (struct writing){ columns, values, n };
	return true;
}

static bool request_row(struct job *j, const struct change *c, struct buf *out, struct err *e)
{
	const struct table *table = j->tabs.p[c->tab].table;
	bool create = c->kind == CHANGE_CREATE;
	DEFER(buf_release) struct buf json = buf_make(LIMIT_BODY);
	DEFER(buf_release) struct buf url = buf_make(LIMIT_URL);
	struct buf_sink sink = buf_sink_make(&json);
	DEFER(json_writer_release) struct json_writer w = json_writer_make(&sink.sink);
	struct writing row;
	struct str etag;

	if (!wanted(j, c, &row, e) ||
	    !odata_row_write(&w, j->catalog, table, create ? &c->id : NULL, row.columns, row.values,
			     row.n, e) ||
	    !json_writer_finish(&w, e))
		return false;
	if (create) {
		add_part(j, out, METHOD_POST, table->entity_set, S(""), buf_str(&json));
		return true;
	}
	if (!push_part_version(j, c, &etag, e))
		return false;
	odata_row_url(&url, table, c->id);
	add_part(j, out, METHOD_PATCH, buf_str(&url), etag, buf_str(&json));
	return true;
}

static bool request_link(struct job *j, const struct change *c, struct buf *out, struct err *e)
{
	const struct tab_relationship *rel = change_relationship(j, c);
	const struct many_to_many *mm = rel->link;
	const struct table *from = change_tab(j, c)->table;
	const struct table *to =
		catalog_find(j->catalog, rel->source_is_first ? mm->table2 : mm->table1);
	struct str navigation = rel->source_is_first ? mm->navigation1 : mm->navigation2;
	DEFER(buf_release) struct buf url = buf_make(LIMIT_URL);
	DEFER(buf_release) struct buf id = buf_make(LIMIT_URL);
	DEFER(buf_release) struct buf json = buf_make(LIMIT_BODY);

	if (!to)
		return err_set(e, ERR_INPUT, "%.*s: the target has no table at its other end",
			       STR_ARG(mm->schema_name));
	odata_row_url(&url, from, c->id);
	buf_add_fmt(&url, "/%.*s/$ref", STR_ARG(navigation));
	odata_row_url(&id, to, c->other);
	struct buf_sink sink = buf_sink_make(&json);
	DEFER(json_writer_release) struct json_writer w = json_writer_make(&sink.sink);
	json_object(&w);
	json_key(&w, S("@odata.id"));
	json_str(&w, buf_str(&id));
	json_object_end(&w);
	if (!json_writer_finish(&w, e))
		return false;
	add_part(j, out, METHOD_POST, buf_str(&url), S(""), buf_str(&json));
	return true;
}

bool push_part_request(struct job *j, const struct change *c, struct buf *out, struct err *e)
{
	return c->kind == CHANGE_LINK ? request_link(j, c, out, e) : request_row(j, c, out, e);
}

static bool write_target(struct job *j, const struct change *c, struct json_writer *w,
			 struct err *e)
{
	const struct table *table = j->tabs.p[c->tab].table;
	char id[GUID_TEXT_SIZE];
	struct writing row;

	if (!wanted(j, c, &row, e))
		return false;
	json_object(w);
	json_key(w, S("@odata.type"));
	json_str(w, str_fmt(j->page, "Microsoft.Dynamics.CRM.%.*s", STR_ARG(table->name)));
	json_key(w, table->primary_id);
	json_str(w, guid_format(c->id, id));
	for (size_t i = 0; i < row.n; i++)
		if (row.columns[i] != table_primary(table) &&
		    !odata_members_write(w, j->catalog, table, &row.columns[i], &row.values[i], 1,
					 e))
			return false;
	json_object_end(w);
	return json_writer_finish(w, e);
}

bool push_part_target(struct job *j, const struct change *c, struct buf *out, struct err *e)
{
	DEFER(buf_release) struct buf json = buf_make(LIMIT_BODY);
	struct buf_sink sink = buf_sink_make(&json);
	DEFER(json_writer_release) struct json_writer w = json_writer_make(&sink.sink);

	if (!write_target(j, c, &w, e))
		return false;
	buf_add(out, buf_str(&json));
	return true;
}
