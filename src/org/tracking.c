/* SPDX-License-Identifier: MIT */
/*
 * Links to changes, and the deletions that they tell of. A row that was deleted and made again is told once,
 * as it is.
 */
#include "org/tracking.h"

#include <inttypes.h>

#include "base/codec.h"
#include "base/limits.h"
#include "org/code.h"

#include "base/banned.h"

#define VERSION S("versionnumber")

static bool fail(struct err *e, const char *why)
{
	return err_set_code(e, ERR_BAD_REQUEST, CODE_ODATA, "%s", why);
}

/* "919042!08/22/2017 08:10:44" */
static bool read_token(struct str text, int64_t *since)
{
	size_t mark = str_find_char(text, '!');

	return mark != STR_NONE && str_parse_i64(str_sub(text, 0, mark), since) && *since >= 0;
}

static bool check_options(const struct call *c, struct err *e)
{
	static const struct str others[] = { STR_INIT("$filter"), STR_INIT("$orderby"),
					     STR_INIT("$expand"), STR_INIT("$top"),
					     STR_INIT("$apply"),  STR_INIT("$skiptoken") };

	for (size_t i = 0; i < COUNT_OF(others); i++) {
		if (url_option(&c->url, others[i]))
			return err_set_code(e, ERR_BAD_REQUEST, CODE_ODATA,
					    "the query option '%.*s' cannot be used with change "
					    "tracking",
					    STR_ARG(others[i]));
	}
	return true;
}

bool tracking_read(struct call *c, const struct table *t, struct tracking *out, struct err *e)
{
	const struct str *token = url_option(&c->url, S("$deltatoken"));
	struct tracking x = { .table = t, .call = c };

	x.delta = token != NULL;
	x.wanted = x.delta || c->prefer.track_changes;
	if (x.wanted && (!t->change_tracking || !table_column(t, VERSION)))
		return err_set_code(e, ERR_BAD_REQUEST, CODE_ODATA,
				    "change tracking is not enabled for the table %.*s",
				    STR_ARG(t->name));
	if (x.delta && !read_token(*token, &x.since))
		return fail(e, "the $deltatoken is not one that this organization gave");
	if (x.wanted && !check_options(c, e))
		return false;
	*out = x;
	return true;
}

void tracking_restrict(struct arena *a, struct query *q, const struct tracking *x)
{
	if (!x->wanted)
		return;
	q->limit = UINT32_MAX;
	q->pages = false;
	if (!x->delta)
		return;

	struct query_filter *before = arena_new(a, struct query_filter);
	struct query_filter f = { .tests = arena_array(a, struct query_test, 1),
				  .ntests = 1,
				  .filters = before,
				  .nfilters = 1 };
	struct query_param *since = arena_new(a, struct query_param);

	*since = (struct query_param){ .kind = PARAM_INTEGER, .integer = x->since };
	f.tests[0] = (struct query_test){ .field = { &q->root, table_column(x->table, VERSION) },
					  .op = QUERY_GT,
					  .params = since,
					  .nparams = 1 };
	*before = q->root.filter;
	q->root.filter = f;
}

/* The version of the row that was written last. */
static bool read_version(struct store *s, int64_t *out, struct err *e)
{
	struct stmt *st;
	bool row;

	if (!store_statement(s, S("select value from ferry_header where name = 'version'"), &st,
			     e) ||
	    !stmt_step(st, &row, e))
		return false;
	*out = row ? stmt_i64(st, 0) : 0;
	stmt_reset(st);
	return true;
}

/* As the platform writes it, with small letters in its escapes. */
static struct str token_of(const struct tracking *x, int64_t version)
{
	DEFER(buf_release) struct buf out = buf_make(0);
	struct civil t = datetime_to_civil(store_now(x->call->store));

	url_encode(&out, str_fmt(x->call->arena, "%" PRId64 "!%02d/%02d/%04d %02d:%02d:%02d",
				 version, t.month, t.day, t.year, t.hour, t.minute, t.second));
	return str_lower_ascii(x->call->arena, buf_str(&out));
}

static bool is_token(struct str option)
{
	return str_starts(option, S("$deltatoken=")) || str_starts(option, S("%24deltatoken="));
}

/* The request's own address with the new token. */
static struct str link_of(const struct tracking *x, int64_t version)
{
	DEFER(buf_release) struct buf out = buf_make(0);
	struct str target = x->call->request->target;
	size_t mark = str_find_char(target, '?');
	struct str_splitter options =
		str_splitter(mark == STR_NONE ? S("") : str_skip(target, mark + 1));
	char between = '?';

	buf_add(&out, x->call->root);
	buf_add(&out, str_sub(target, 0, mark));
	for (struct str option; str_split(&options, '&', &option);) {
		if (option.n == 0 || is_token(option))
			continue;
		buf_add_char(&out, between);
		buf_add(&out, option);
		between = '&';
	}
	buf_add_char(&out, between);
	buf_add(&out, S("$deltatoken="));
	buf_add(&out, token_of(x, version));
	return str_dup(x->call->arena, buf_str(&out));
}

/* The ids of rows that are gone, each in its first column. */
static bool gone_statement(const struct tracking *x, struct str what, struct stmt **out,
			   struct err *e)
{
	DEFER(buf_release) struct buf sql = buf_make(LIMIT_SQL_TEXT);

	buf_add(&sql, S("select "));
	buf_add(&sql, what);
	buf_add(&sql, S(" from ferry_tombstone g where g.table_name = ?1 and g.version > ?2 and "
			"not exists (select 1 from "));
	db_quote(&sql, x->table->name);
	buf_add(&sql, S(" t where t."));
	db_quote(&sql, x->table->primary_id);
	buf_add(&sql, S(" = g.id)"));
	if (!db_prepare(x->call->store->db, buf_str(&sql), out, e))
		return false;
	stmt_bind_str(*out, 1, x->table->name);
	stmt_bind_i64(*out, 2, x->since);
	return true;
}

static bool write_deleted(void *context, struct json_writer *w, struct err *e)
{
	const struct tracking *x = context;
	DEFER(stmt_close) struct stmt *st = NULL;
	struct str set =
		str_fmt(x->call->arena, "%.*s/$deletedEntity", STR_ARG(x->table->entity_set));
	bool row;

	if (!x->delta)
		return true;
	if (!gone_statement(x, S("g.id"), &st, e))
		return false;
	for (;;) {
		if (!stmt_step(st, &row, e))
			return false;
		if (!row)
			return true;
		json_object(w);
		json_key(w, S("@odata.context"));
		json_str(w, call_context(x->call, set));
		json_key(w, S("id"));
		json_str(w, stmt_str(st, 0));
		json_key(w, S("reason"));
		json_str(w, S("deleted"));
		json_object_end(w);
	}
}

bool tracking_prepare(const struct tracking *x, struct result *r, struct err *e)
{
	int64_t version;

	if (!x->wanted)
		return true;
	if (!read_version(x->call->store, &version, e))
		return false;
	r->delta = link_of(x, version);
	r->more.write = write_deleted;
	r->more.context = (void *)(uintptr_t)x;
	if (x->call->prefer.track_changes)
		call_header(x->call, S("Preference-Applied"), S("odata.track-changes"));
	return true;
}

bool tracking_count(const struct tracking *x, int64_t *out, struct err *e)
{
	DEFER(stmt_close) struct stmt *st = NULL;
	bool row;

	*out = 0;
	if (!x->delta)
		return true;
	if (!gone_statement(x, S("count(*)"), &st, e) || !stmt_step(st, &row, e))
		return false;
	*out = stmt_i64(st, 0);
	return true;
}
