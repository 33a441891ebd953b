/* SPDX-License-Identifier: MIT */
/*
 * Writing. A create carries its id, an update the version that was read: what changed meanwhile is
 * refused by the service, not overwritten.
 */
#include "move/push.h"

#include "base/limits.h"
#include "dv/batch.h"
#include "dv/odata.h"
#include "move/cells.h"
#include "move/journal.h"
#include "move/skip.h"

#include "base/banned.h"

#define BOUNDARY "batch_ferry"
/* A batch is closed when its body passes this. */
#define BATCH_BYTES (4 * LIMIT_MIB)
/* The platform's answer to an N:N pair that exists already (facts/webapi.md 2.5). */
#define CODE_DUPLICATE 0x80040237u

struct pushing {
	struct job *j;
	struct buf body;
	struct change *changes; /* of the open batch; columns on the page */
	size_t n;
	uint64_t done, total; /* of the wave */
};

static void add_part(struct pushing *p, enum method method, struct str target, struct str etag,
		     struct str json)
{
	struct header headers[2] = { { S("Content-Type"), S("application/json") },
				     { S("If-Match"), etag } };
	struct request r = { .method = method,
			     .target = target,
			     .headers = headers,
			     .nheaders = etag.n > 0 ? 2 : 1,
			     .body = json };
	batch_write_request(&p->body, S(BOUNDARY), S(""), &r);
}

/* The version of a row as it was read last; "*" for one that was not there. */
static bool version_of(struct job *j, const struct change *c, struct str *etag, struct err *e)
{
	static const enum side sides[] = { SIDE_AFTER, SIDE_TARGET };
	struct run_row row;
	bool found;

	*etag = S("*");
	if (c->kind == CHANGE_STATE)
		return true;
	for (size_t i = 0; i < COUNT_OF(sides); i++) {
		if (!run_get_row(j->run, sides[i], c->tab, c->id, &row, &found, e))
			return false;
		if (!found)
			continue;
		if (row.version.n > 0)
			*etag = str_dup(j->page, row.version);
		return true;
	}
	return true;
}

/* The JSON of a create or update: the columns of the change's mask, from the wanted side. */
static bool row_body(struct job *j, const struct change *c, struct buf *out, struct err *e)
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
	struct buf_sink sink = buf_sink_make(out);
	DEFER(json_writer_release) struct json_writer w = json_writer_make(&sink.sink);
	const struct guid *id = c->kind == CHANGE_CREATE ? &c->id : NULL;
	return odata_row_write(&w, j->catalog, t->table, id, columns, values, n, e) &&
	       json_writer_finish(&w, e);
}

static bool add_row(struct pushing *p, const struct change *c, struct err *e)
{
	const struct table *table = p->j->tabs.p[c->tab].table;
	DEFER(buf_release) struct buf json = buf_make(LIMIT_BODY);
	DEFER(buf_release) struct buf url = buf_make(LIMIT_URL);
	struct str etag;

	if (!row_body(p->j, c, &json, e))
		return false;
	if (c->kind == CHANGE_CREATE) {
		add_part(p, METHOD_POST, table->entity_set, S(""), buf_str(&json));
		return true;
	}
	if (!version_of(p->j, c, &etag, e))
		return false;
	odata_row_url(&url, table, c->id);
	add_part(p, METHOD_PATCH, buf_str(&url), etag, buf_str(&json));
	return true;
}

static bool add_link(struct pushing *p, const struct change *c, struct err *e)
{
	const struct tab_relationship *rel = change_relationship(p->j, c);
	const struct many_to_many *mm = rel->link;
	const struct table *from = change_tab(p->j, c)->table;
	const struct table *to =
		catalog_find(p->j->catalog, rel->source_is_first ? mm->table2 : mm->table1);
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
	add_part(p, METHOD_POST, buf_str(&url), S(""), buf_str(&json));
	return true;
}

/* A change that cannot be put into words fails alone. */
static bool add_change(struct pushing *p, const struct change *c, struct err *e)
{
	struct err unfit = { .kind = ERR_NONE };
	bool added = c->kind == CHANGE_LINK ? add_link(p, c, &unfit) : add_row(p, c, &unfit);

	if (!added && unfit.kind != ERR_INPUT) {
		*e = unfit;
		return false;
	}
	if (!added)
		return fail_change(p->j, c, &unfit, e);
	p->changes[p->n++] = *c;
	return journal_set_state(p->j->run, c->number, CHANGE_SENT, e);
}

static bool take_answer(struct pushing *p, const struct change *c, const struct response *r,
			struct err *e)
{
	struct err why;

	if (r->status >= 200 && r->status < 300)
		return journal_set_state(p->j->run, c->number, CHANGE_DONE, e);
	(void)odata_error_read(r->status, r->body, &why);
	if (c->kind == CHANGE_LINK && why.code == CODE_DUPLICATE)
		return journal_set_state(p->j->run, c->number, CHANGE_DONE, e);
	return fail_change(p->j, c, &why, e);
}

/* What the service did not answer for. */
static bool fail_rest(struct pushing *p, size_t from, const struct err *why, struct err *e)
{
	for (size_t i = from; i < p->n; i++)
		if (!fail_change(p->j, &p->changes[i], why, e))
			return false;
	return true;
}

static bool take_parts(struct pushing *p, struct str body, struct str boundary, struct err *e)
{
	struct batch_reader reader = batch_reader_make(body, boundary);
	struct err why;

	for (size_t i = 0; i < p->n; i++) {
		struct batch_part part;
		struct response r;
		bool more;
		if (!batch_next(&reader, p->j->page, &part, &more, &why) ||
		    (more && !batch_read_response(p->j->page, part.body, &r, &why)))
			return fail_rest(p, i, &why, e);
		if (!more) {
			(void)err_set(&why, ERR_NETWORK,
				      "the service gave no answer for this change");
			return fail_rest(p, i, &why, e);
		}
		if (!take_answer(p, &p->changes[i], &r, e))
			return false;
	}
	return true;
}

static bool take_batch(struct pushing *p, const struct response *r, struct err *e)
{
	const struct str *type = header_find(r->headers, r->nheaders, S("Content-Type"));
	struct str boundary;
	struct err why;

	if (type && str_starts(*type, S("multipart/")) && batch_boundary(*type, &boundary, &why))
		return take_parts(p, r->body, boundary, e);
	(void)odata_error_read(r->status, r->body, &why);
	if (r->status >= 200 && r->status < 300)
		(void)err_set(&why, ERR_NETWORK,
			      "the service answered a $batch without a multipart body");
	return fail_rest(p, 0, &why, e);
}

static bool send_batch(struct pushing *p, struct err *e)
{
	static const struct header headers[] = {
		{ STR_INIT("Content-Type"),
		  STR_INIT("multipart/mixed; boundary=\"" BOUNDARY "\"") },
		{ STR_INIT("Prefer"), STR_INIT("odata.continue-on-error") },
	};
	struct response answer;

	if (p->n == 0)
		return true;
	batch_write_end(&p->body, S(BOUNDARY));
	if (!buf_check(&p->body, "a batch", e) || !run_commit(p->j->run, e))
		return false;
	struct request r = { .method = METHOD_POST,
			     .target = S("$batch"),
			     .headers = headers,
			     .nheaders = COUNT_OF(headers),
			     .body = buf_str(&p->body) };
	p->j->run->writes++;
	if (!service_call(p->j->service, &r, &answer, e))
		return err_wrap(e, "writing to %s", p->j->service->label);
	if (!take_batch(p, &answer, e) || !run_commit(p->j->run, e))
		return false;
	p->done += p->n;
	p->n = 0;
	buf_clear(&p->body);
	return true;
}

static bool go_on(struct pushing *p, struct str table, struct err *e)
{
	const struct progress *progress = p->j->progress;

	if (progress && progress->step)
		progress->step(progress->context, "writing", table, p->done, p->total);
	if (progress && progress->cancelled && progress->cancelled(progress->context))
		return err_set(e, ERR_CANCELLED,
			       "cancelled; what was written stays, run the import again to go on");
	return true;
}

/* `a` lives as long as the wave. */
static bool push_numbers(struct pushing *p, struct arena *a, const int64_t *numbers, size_t n,
			 struct err *e)
{
	struct job *j = p->j;
	struct arena_mark mark = arena_mark(j->page);

	p->changes = arena_array(a, struct change, j->batch_size);
	for (size_t i = 0; i < n; i++) {
		struct change c;
		if (!journal_get_change(j->run, numbers[i], &c, e))
			return false;
		c.columns = str_dup(j->page, c.columns);
		if (!add_change(p, &c, e))
			return false;
		if (i + 1 < n && p->n < j->batch_size && p->body.n < BATCH_BYTES)
			continue;
		if (!go_on(p, change_tab(j, &c)->table->name, e) || !send_batch(p, e))
			return false;
		arena_rewind(j->page, mark);
	}
	return true;
}

static bool push_wave(struct job *j, uint32_t wave, struct err *e)
{
	DEFER(arena_release) struct arena a = arena_make(0);
	struct pushing p = { .j = j, .body = buf_make(LIMIT_BODY) };
	int64_t *numbers;
	size_t n;

	if (!skip_dependants(j, wave, e) || !change_numbers(j, wave, &a, &numbers, &n, e))
		return false;
	p.total = n;
	bool ok = push_numbers(&p, &a, numbers, n, e);
	buf_release(&p.body);
	return ok;
}

bool push_waves(struct job *j, uint32_t first, uint32_t last, struct err *e)
{
	for (uint32_t wave = first; wave <= last; wave++)
		if (!push_wave(j, wave, e))
			return false;
	return true;
}
