/* SPDX-License-Identifier: MIT */
/*
 * Changes put into words. A create carries its id, an update the version that was read: what changed meanwhile is
 * refused by the service, not overwritten. So does a removal, unless the run itself changes the row as well.
 */
#include "move/push_part.h"

#include "base/limits.h"
#include "dv/batch.h"
#include "dv/odata.h"
#include "move/cells.h"
#include "move/graph.h"
#include "move/parties.h"
#include "move/skip.h"

#include "base/banned.h"

bool push_part_known(struct job *j, const struct change *c, struct run_row *row, bool *found,
		     struct err *e)
{
	return run_get_row(j->run, SIDE_AFTER, c->tab, c->id, row, found, e) &&
	       (*found || run_get_row(j->run, SIDE_TARGET, c->tab, c->id, row, found, e));
}

static bool keeps_version(struct job *j, const struct change *c, bool *yes, struct err *e)
{
	uint64_t changes;

	*yes = c->kind == CHANGE_UPDATE;
	if (c->kind != CHANGE_DELETE && c->kind != CHANGE_DEACTIVATE)
		return true;
	if (!graph_count_changes(j->run, c->tab, c->id, &changes, e))
		return false;
	*yes = changes == 1;
	return true;
}

bool push_part_version(struct job *j, const struct change *c, struct str *etag, struct err *e)
{
	struct run_row row;
	bool keeps, found = false;

	if (!keeps_version(j, c, &keeps, e) || (keeps && !push_part_known(j, c, &row, &found, e)))
		return false;
	*etag = found && row.version.n > 0 ? str_dup(j->page, row.version) : S("*");
	return true;
}

/* A state has a status of its own by default. */
static int32_t status_of(const struct table *t, const struct option *state)
{
	const struct column *statuses = table_column(t, S("statuscode"));

	if (!statuses || state->default_status > 0)
		return statuses ? state->default_status : -1;
	for (size_t i = 0; i < statuses->noptions; i++)
		if (statuses->options[i].state == state->value)
			return statuses->options[i].value;
	return -1;
}

bool push_part_inactive(const struct table *t, int32_t *state, int32_t *status)
{
	const struct column *states = table_column(t, S("statecode"));

	if (!states || !states->update)
		return false;
	if (states->noptions == 0) {
		*state = 1;
		*status = -1;
		return true;
	}
	for (size_t i = 0; i < states->noptions; i++) {
		if (states->options[i].value == 0)
			continue;
		*state = states->options[i].value;
		*status = status_of(t, &states->options[i]);
		return true;
	}
	return false;
}

unsigned push_part_bypass(const struct job *j, const struct tab *t)
{
	bool asked = t->entity->disable_plugins && !j->execution.disable_steps;

	return j->execution.bypass | (asked ? BYPASS_SYNC | BYPASS_ASYNC : 0);
}

size_t push_part_headers(const struct job *j, const struct tab *t, struct header out[PUSH_HEADERS])
{
	static const struct str logic[] = {
		[0] = STR_INIT(""),
		[BYPASS_SYNC] = STR_INIT("CustomSync"),
		[BYPASS_ASYNC] = STR_INIT("CustomAsync"),
		[BYPASS_SYNC | BYPASS_ASYNC] = STR_INIT("CustomSync,CustomAsync"),
	};
	unsigned bypass = push_part_bypass(j, t);
	struct str skipped = logic[bypass & (BYPASS_SYNC | BYPASS_ASYNC)];
	size_t n = 0;

	out[n++] = (struct header){ S("Content-Type"), S("application/json") };
	if (skipped.n > 0)
		out[n++] = (struct header){ S("MSCRM.BypassBusinessLogicExecution"), skipped };
	if (bypass & BYPASS_FLOWS)
		out[n++] = (struct header){ S("MSCRM.SuppressCallbackRegistrationExpanderJob"),
					    S("true") };
	return n;
}

static void add_part(struct job *j, const struct change *c, struct buf *out, enum method method,
		     struct str target, struct str etag, struct str json)
{
	struct header headers[PUSH_HEADERS + 1];
	size_t n = push_part_headers(j, change_tab(j, c), headers);

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

/* The members of a new row, with its parties. */
static bool write_new(struct job *j, const struct change *c, const struct writing *row,
		      struct json_writer *w, struct err *e)
{
	const struct tab *t = &j->tabs.p[c->tab];
	char id[GUID_TEXT_SIZE];

	json_object(w);
	json_key(w, t->table->primary_id);
	json_str(w, guid_format(c->id, id));
	for (size_t i = 0; i < row->n; i++)
		if (row->columns[i] != table_primary(t->table) &&
		    !odata_members_write(w, j->catalog, t->table, &row->columns[i], &row->values[i],
					 1, e))
			return false;
	if (!parties_write_member(j, t, row->columns, row->values, row->n, w, e))
		return false;
	json_object_end(w);
	return true;
}

static bool write_body(struct job *j, const struct change *c, const struct writing *row,
		       struct json_writer *w, struct err *e)
{
	const struct tab *t = &j->tabs.p[c->tab];

	if (c->kind == CHANGE_CREATE && t->parties)
		return write_new(j, c, row, w, e);
	return odata_row_write(w, j->catalog, t->table, c->kind == CHANGE_CREATE ? &c->id : NULL,
			       row->columns, row->values, row->n, e);
}

/* Parties of columns that the change is not about stay as they were read last. */
static bool request_parties(struct job *j, const struct change *c, struct buf *out, struct err *e)
{
	struct tab *t = &j->tabs.p[c->tab];
	struct value *wanted = arena_array(j->page, struct value, t->ncolumns);
	struct value *is = arena_array(j->page, struct value, t->ncolumns);
	DEFER(buf_release) struct buf json = buf_make(LIMIT_BODY);
	DEFER(buf_release) struct buf url = buf_make(LIMIT_URL);
	struct buf_sink sink = buf_sink_make(&json);
	DEFER(json_writer_release) struct json_writer w = json_writer_make(&sink.sink);
	struct run_row row, known;
	bool found, has_known;

	if (!run_get_row(j->run, SIDE_WANTED, c->tab, c->id, &row, &found, e))
		return false;
	if (!found)
		return err_set(e, ERR_INTERNAL, "run file: %.*s: a change without its row",
			       STR_ARG(t->table->name));
	if (!cells_unpack(row.cells, wanted, t->ncolumns, e) ||
	    !push_part_known(j, c, &known, &has_known, e) ||
	    (has_known && !cells_unpack(known.cells, is, t->ncolumns, e)) ||
	    !parties_write(j, t, c->columns, wanted, has_known ? is : wanted, &w, e) ||
	    !json_writer_finish(&w, e))
		return false;
	parties_url(&url, t, c->id);
	add_part(j, c, out, METHOD_PUT, buf_str(&url), S(""), buf_str(&json));
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

	if (!wanted(j, c, &row, e) || !write_body(j, c, &row, &w, e) || !json_writer_finish(&w, e))
		return false;
	if (create) {
		add_part(j, c, out, METHOD_POST, table->entity_set, S(""), buf_str(&json));
		return true;
	}
	if (!push_part_version(j, c, &etag, e))
		return false;
	odata_row_url(&url, table, c->id);
	add_part(j, c, out, METHOD_PATCH, buf_str(&url), etag, buf_str(&json));
	return true;
}

/* <set>(<id>)/<the relationship's property there> */
static void add_pairs_url(struct job *j, const struct change *c, struct buf *url)
{
	const struct tab_relationship *rel = change_relationship(j, c);
	struct str navigation =
		rel->source_is_first ? rel->link->navigation1 : rel->link->navigation2;

	odata_row_url(url, change_tab(j, c)->table, c->id);
	buf_add_fmt(url, "/%.*s", STR_ARG(navigation));
}

static bool request_link(struct job *j, const struct change *c, struct buf *out, struct err *e)
{
	const struct tab_relationship *rel = change_relationship(j, c);
	const struct many_to_many *mm = rel->link;
	const struct table *to =
		catalog_find(j->catalog, rel->source_is_first ? mm->table2 : mm->table1);
	DEFER(buf_release) struct buf url = buf_make(LIMIT_URL);
	DEFER(buf_release) struct buf id = buf_make(LIMIT_URL);
	DEFER(buf_release) struct buf json = buf_make(LIMIT_BODY);

	if (!to)
		return err_set(e, ERR_INPUT, "%.*s: the target has no table at its other end",
			       STR_ARG(mm->schema_name));
	add_pairs_url(j, c, &url);
	buf_add(&url, S("/$ref"));
	odata_row_url(&id, to, c->other);
	struct buf_sink sink = buf_sink_make(&json);
	DEFER(json_writer_release) struct json_writer w = json_writer_make(&sink.sink);
	json_object(&w);
	json_key(&w, S("@odata.id"));
	json_str(&w, buf_str(&id));
	json_object_end(&w);
	if (!json_writer_finish(&w, e))
		return false;
	add_part(j, c, out, METHOD_POST, buf_str(&url), S(""), buf_str(&json));
	return true;
}

static void request_unlink(struct job *j, const struct change *c, struct buf *out)
{
	DEFER(buf_release) struct buf url = buf_make(LIMIT_URL);
	char id[GUID_TEXT_SIZE];

	add_pairs_url(j, c, &url);
	buf_add_fmt(&url, "(%.*s)/$ref", STR_ARG(guid_format(c->other, id)));
	add_part(j, c, out, METHOD_DELETE, buf_str(&url), S(""), S(""));
}

static bool request_delete(struct job *j, const struct change *c, struct buf *out, struct err *e)
{
	DEFER(buf_release) struct buf url = buf_make(LIMIT_URL);
	struct str etag;

	if (!push_part_version(j, c, &etag, e))
		return false;
	odata_row_url(&url, j->tabs.p[c->tab].table, c->id);
	add_part(j, c, out, METHOD_DELETE, buf_str(&url), str_eq(etag, S("*")) ? S("") : etag,
		 S(""));
	return true;
}

static struct value number_value(struct job *j, int32_t number)
{
	return (struct value){ .kind = VALUE_TEXT, .text = str_fmt(j->page, "%d", (int)number) };
}

static bool request_deactivate(struct job *j, const struct change *c, struct buf *out,
			       struct err *e)
{
	const struct table *table = j->tabs.p[c->tab].table;
	const struct column *columns[] = { table_column(table, S("statecode")),
					   table_column(table, S("statuscode")) };
	DEFER(buf_release) struct buf url = buf_make(LIMIT_URL);
	DEFER(buf_release) struct buf json = buf_make(LIMIT_BODY);
	struct buf_sink sink = buf_sink_make(&json);
	DEFER(json_writer_release) struct json_writer w = json_writer_make(&sink.sink);
	struct value values[COUNT_OF(columns)];
	int32_t state, status;
	struct str etag;

	if (!push_part_inactive(table, &state, &status))
		return err_set(e, ERR_INPUT, "rows of %.*s have no state that is not active",
			       STR_ARG(table->name));
	values[0] = number_value(j, state);
	values[1] = number_value(j, status);
	if (!odata_row_write(&w, j->catalog, table, NULL, columns, values, status < 0 ? 1 : 2, e) ||
	    !json_writer_finish(&w, e) || !push_part_version(j, c, &etag, e))
		return false;
	odata_row_url(&url, table, c->id);
	add_part(j, c, out, METHOD_PATCH, buf_str(&url), etag, buf_str(&json));
	return true;
}

bool push_part_request(struct job *j, const struct change *c, struct buf *out, struct err *e)
{
	switch (c->kind) {
	case CHANGE_LINK:
		return request_link(j, c, out, e);
	case CHANGE_UNLINK:
		request_unlink(j, c, out);
		return true;
	case CHANGE_DELETE:
		return request_delete(j, c, out, e);
	case CHANGE_DEACTIVATE:
		return request_deactivate(j, c, out, e);
	case CHANGE_UPDATE:
		if (parties_are_all(&j->tabs.p[c->tab], c->columns))
			return request_parties(j, c, out, e);
		break;
	case CHANGE_CREATE:
	case CHANGE_STATE:
	case CHANGE_FILE:
		break;
	}
	return request_row(j, c, out, e);
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
