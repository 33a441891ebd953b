/* SPDX-License-Identifier: MIT */
/*
 * A path is followed from row to row: all but its last segment lead to one row each.
 */
#include "org/navigation_read.h"

#include <ctype.h>

#include "io/json.h"
#include "org/access.h"
#include "org/access_query.h"
#include "org/calendar.h"
#include "org/code.h"
#include "org/cookie.h"
#include "org/odata_bind.h"
#include "org/property.h"
#include "org/reading.h"
#include "org/row.h"
#include "org/skiptoken.h"
#include "org/sqlgen.h"

#include "base/banned.h"

/* A row of the path, and the property of it that the next segment names. */
struct step {
	const struct table *table;
	struct guid id;
	struct str id_text;
	struct navigation navigation;
};

static bool fail_missing(const struct table *t, struct str id, struct err *e)
{
	return err_set_code(e, ERR_NOT_FOUND, CODE_ROW_MISSING,
			    "Entity '%.*s' With Id = %.*s Does Not Exist", STR_ARG(t->name),
			    STR_ARG(id));
}

static bool find_row(struct call *c, struct step *s, struct err *e)
{
	int64_t version;

	s->id_text = guid_text(c->arena, s->id);
	if (!row_version(c->store, s->table, s->id, &version, e))
		return false;
	if (version < 0)
		return fail_missing(s->table, s->id_text, e);
	return access_row(c->store, s->table, s->id, RIGHT_READ, e);
}

/* What a lookup points to; *found is false when it is null, or points to another of its tables. */
static bool follow_lookup(struct call *c, const struct step *s, struct step *next, bool *found,
			  struct err *e)
{
	struct value v;
	struct str table;

	if (!row_read(c->store, c->arena, s->table, s->id, s->navigation.column->name, &v, e))
		return false;
	table = v.table.n > 0 ? v.table : s->navigation.target;
	*found = v.kind == VALUE_REF && navigation_leads_to(&s->navigation, table);
	if (!*found)
		return true;
	if (!guid_parse(v.text, &next->id) || !store_table(c->store, table, &next->table, e))
		return err_set(e, ERR_INTERNAL, "the lookup '%.*s' holds no id",
			       STR_ARG(s->navigation.column->name));
	return next->table || err_set(e, ERR_UNSUPPORTED,
				      "'%.*s' leads to table '%.*s', which this organization does "
				      "not have",
				      STR_ARG(s->navigation.column->name), STR_ARG(table));
}

static bool find_other_table(struct call *c, const struct navigation *n, const struct table **out,
			     struct err *e)
{
	if (!store_table(c->store, n->target, out, e))
		return false;
	if (!*out)
		return err_set(e, ERR_UNSUPPORTED,
			       "this organization does not have the table '%.*s'",
			       STR_ARG(n->target));
	return calendar_check_link(c->store, *out, e);
}

/* Whether a row stands in the collection. */
static bool check_member(struct call *c, const struct step *s, const struct step *next,
			 struct err *e)
{
	DEFER(sql_release) struct sql sql = sql_make(c->arena);
	DEFER(stmt_close) struct stmt *st = NULL;
	const struct odata_options everything = { 0 };
	const struct odata_place everywhere = { 0 };
	const struct navigation itself = { .kind = NAVIGATION_LOOKUP };
	struct query *q;
	bool row;

	if (!odata_bind(c->store, c->arena, next->table, &everything, &everywhere, &q, e))
		return false;
	related_restrict(c->arena, q, s->table, &s->navigation, s->id_text);
	related_restrict(c->arena, q, next->table, &itself, guid_text(c->arena, next->id));
	if (!access_query(c->store, q, e))
		return false;
	sql_count(&sql, q, 1);
	if (!sql_prepare(&sql, c->store->db, &st, e) || !stmt_step(st, &row, e))
		return false;
	return stmt_i64(st, 0) > 0 || fail_missing(next->table, guid_text(c->arena, next->id), e);
}

static bool follow_member(struct call *c, const struct step *s, struct str key, struct step *next,
			  struct err *e)
{
	struct row_key k;

	return find_other_table(c, &s->navigation, &next->table, e) &&
	       row_key_parse(c->store, c->arena, next->table, key, &k, e) &&
	       row_key_resolve(c->store, next->table, &k, &next->id, e) &&
	       check_member(c, s, next, e);
}

/* *found stays false when the way ends at a lookup that is null. */
static bool follow(struct call *c, struct step *s, const struct url_segment *segment, bool *found,
		   struct err *e)
{
	struct step next = { 0 };

	if (!navigation_find(c->store, c->arena, s->table, segment->name, &s->navigation, e))
		return false;

	bool lookup = s->navigation.kind == NAVIGATION_LOOKUP;

	if (s->navigation.kind == NAVIGATION_NONE || lookup == segment->has_key)
		return property_fail_segment(segment->name, e);
	*found = true;
	if (!(lookup ? follow_lookup(c, s, &next, found, e)
		     : follow_member(c, s, segment->key, &next, e)))
		return false;
	if (!*found)
		return true;
	*s = next;
	return find_row(c, s, e);
}

/* To the row that segment `last` - 1 leads to; its navigation property is that of segment `last`. */
static bool walk(struct call *c, size_t last, struct step *s, bool *found, struct err *e)
{
	*s = (struct step){ 0 };
	*found = true;
	if (!call_row(c, &s->table, &s->id, e) || !find_row(c, s, e))
		return false;
	for (size_t i = 1; i < last && *found; i++) {
		if (!follow(c, s, &c->url.segments[i], found, e))
			return false;
	}
	return !*found || navigation_find(c->store, c->arena, s->table, c->url.segments[last].name,
					  &s->navigation, e);
}

static bool answer_nothing(struct call *c)
{
	c->answer->status = 204;
	return true;
}

static bool refuse_options(struct call *c, struct err *e)
{
	for (size_t i = 0; i < c->url.noptions; i++) {
		struct str name = c->url.options[i].name;

		if (str_starts(name, S("$")))
			return err_set_code(e, ERR_BAD_REQUEST, CODE_ODATA,
					    "The query parameter '%.*s' is not supported here.",
					    STR_ARG(name));
	}
	return true;
}

/* Options of a list that mean nothing for one row. */
static bool refuse_list_options(struct call *c, struct err *e)
{
	static const struct str names[] = { STR_INIT("$filter"), STR_INIT("$orderby"),
					    STR_INIT("$top"), STR_INIT("$count"),
					    STR_INIT("$skiptoken") };

	for (size_t i = 0; i < COUNT_OF(names); i++) {
		if (url_option(&c->url, names[i]))
			return err_set_code(e, ERR_BAD_REQUEST, CODE_ODATA,
					    "The query parameter '%.*s' is not supported for a "
					    "single row.",
					    STR_ARG(names[i]));
	}
	return true;
}

static bool read_lookup(struct call *c, const struct step *s, struct err *e)
{
	struct step other = { 0 };
	bool found;

	if (!refuse_list_options(c, e) || !follow_lookup(c, s, &other, &found, e))
		return false;
	return found ? read_written(c, other.table, other.id, 200, e) : answer_nothing(c);
}

static struct read_within within_of(const struct step *s)
{
	return (struct read_within){ s->table, &s->navigation, s->id_text };
}

bool navigation_read(struct call *c, struct err *e)
{
	size_t last = c->url.nsegments - 1;
	const struct url_segment *segment = &c->url.segments[last];
	const struct table *other;
	struct step s;
	bool found;

	if (!walk(c, last, &s, &found, e))
		return false;
	if (!found)
		return answer_nothing(c);
	if (segment->has_key)
		return follow(c, &s, segment, &found, e) && refuse_list_options(c, e) &&
		       read_written(c, s.table, s.id, 200, e);
	if (s.navigation.kind == NAVIGATION_NONE)
		return refuse_options(c, e) && property_read(c, s.table, s.id, segment->name, e);
	if (s.navigation.kind == NAVIGATION_LOOKUP)
		return read_lookup(c, &s, e);

	struct read_within within = within_of(&s);

	return find_other_table(c, &s.navigation, &other, e) && read_set_rows(c, other, &within, e);
}

bool navigation_read_count(struct call *c, struct err *e)
{
	size_t last = c->url.nsegments - 2;
	const struct table *other;
	struct step s;
	bool found;

	if (!walk(c, last, &s, &found, e))
		return false;
	if (!found || s.navigation.kind == NAVIGATION_NONE ||
	    s.navigation.kind == NAVIGATION_LOOKUP)
		return property_fail_segment(S("$count"), e);

	struct read_within within = within_of(&s);

	return find_other_table(c, &s.navigation, &other, e) && read_number(c, other, &within, e);
}

bool navigation_read_text(struct call *c, struct err *e)
{
	size_t last = c->url.nsegments - 2;
	struct step s;
	bool found;

	if (!walk(c, last, &s, &found, e) || !refuse_options(c, e))
		return false;
	if (!found)
		return answer_nothing(c);
	return property_read_text(c, s.table, s.id, c->url.segments[last].name, e);
}

/* references */

static void write_reference(struct call *c, struct json_writer *w, const struct table *t,
			    struct str id)
{
	struct str url = str_fmt(c->arena, "%.*s%.*s(%.*s)", STR_ARG(c->root),
				 STR_ARG(t->entity_set), STR_ARG(id));

	json_key(w, S("@odata.id"));
	json_str(w, url);
}

static bool answer_reference(struct call *c, const struct step *s, struct err *e)
{
	struct step other = { 0 };
	bool found;

	if (!refuse_options(c, e) || !follow_lookup(c, s, &other, &found, e))
		return false;
	if (!found)
		return answer_nothing(c);
	call_json(c, 200);

	DEFER(json_writer_release) struct json_writer w = json_writer_make(call_sink(c));

	json_object(&w);
	json_key(&w, S("@odata.context"));
	json_str(&w, call_context(c, S("$ref")));
	write_reference(c, &w, other.table, guid_text(c->arena, other.id));
	json_object_end(&w);
	return json_writer_finish(&w, e);
}

/* A list of references, in the order of the rows' ids. */
struct references {
	struct call *call;
	const struct table *table;
	struct query *query;
	struct stmt *st;
	struct json_writer w;
	struct guid first, last;
	uint32_t n;
	bool more;
};

static void references_close(struct references *r)
{
	stmt_close(&r->st);
	json_writer_release(&r->w);
}

static bool bind_references(struct call *c, const struct table *t, const struct read_within *within,
			    struct query **out, struct err *e)
{
	const struct str *text = url_option(&c->url, S("$skiptoken"));
	struct skiptoken token = { 0 };
	struct odata_options o;

	if (!odata_options_read(c->arena, &c->url, &o, e))
		return false;
	if (o.norders > 0 || o.nexpand > 0 || o.has_select || o.count)
		return err_set_code(e, ERR_BAD_REQUEST, CODE_ODATA,
				    "References take no $select, $expand, $orderby and $count.");
	if (text && !skiptoken_read(c->arena, *text, &token, e))
		return false;

	struct odata_place place = { .page_size = c->prefer.page_size,
				     .page = token.page,
				     .cookie = token.cookie };

	o.has_select = true;
	o.select = arena_new(c->arena, struct str);
	o.select[0] = t->primary_id;
	o.nselect = 1;
	if (!odata_bind(c->store, c->arena, t, &o, &place, out, e))
		return false;
	if (within)
		related_restrict(c->arena, *out, within->parent, within->navigation, within->id);
	return true;
}

static int key_at(const struct query *q)
{
	for (size_t i = 0; i < q->columns.n; i++) {
		if (query_is_key(q, q->columns.p[i].field))
			return q->columns.p[i].at;
	}
	return -1;
}

static bool write_references(struct references *r, struct err *e)
{
	int at = key_at(r->query);

	assert(at >= 0); /* it was selected */
	for (;;) {
		bool row;

		if (!stmt_step(r->st, &row, e))
			return false;
		r->more = row && r->n == r->query->limit;
		if (!row || r->more || r->w.failed)
			return true;
		if (!guid_parse(stmt_str(r->st, at), &r->last))
			return err_set(e, ERR_INTERNAL, "a row of table '%.*s' has no id",
				       STR_ARG(r->table->name));
		r->first = r->n == 0 ? r->last : r->first;
		r->n++;
		json_object(&r->w);
		write_reference(r->call, &r->w, r->table, stmt_str(r->st, at));
		json_object_end(&r->w);
	}
}

static struct str cookie_id(struct arena *a, struct guid id)
{
	struct str text = guid_text(a, id);
	char *upper = arena_alloc(a, text.n + 2);

	upper[0] = '{';
	for (size_t i = 0; i < text.n; i++)
		upper[i + 1] = (char)toupper((unsigned char)text.p[i]);
	upper[text.n + 1] = '}';
	return str_of(upper, text.n + 2);
}

static void write_next(struct references *r)
{
	DEFER(buf_release) struct buf cookie = buf_make(0);
	DEFER(buf_release) struct buf url = buf_make(0);
	struct call *c = r->call;
	struct cookie_column key = { .name = r->table->primary_id,
				     .first = cookie_id(c->arena, r->first),
				     .last = cookie_id(c->arena, r->last) };

	if (!r->query->pages || !r->more)
		return;
	cookie_write(&cookie, r->query->page, &key, 1);
	skiptoken_link(&url, c->root, c->request->target, r->query->page + 1, buf_str(&cookie));
	json_key(&r->w, S("@odata.nextLink"));
	json_str(&r->w, buf_str(&url));
}

static bool read_references(struct call *c, const struct table *t, const struct read_within *within,
			    struct err *e)
{
	DEFER(sql_release) struct sql sql = sql_make(c->arena);
	DEFER(references_close) struct references r = { .call = c,
							.table = t,
							.w = json_writer_make(call_sink(c)) };

	if (!bind_references(c, t, within, &r.query, e))
		return false;
	if (!access_query(c->store, r.query, e))
		return false;
	sql_query(&sql, r.query);
	if (!sql_prepare(&sql, c->store->db, &r.st, e))
		return false;
	call_json(c, 200);
	json_object(&r.w);
	json_key(&r.w, S("@odata.context"));
	json_str(&r.w, call_context(c, S("Collection($ref)")));
	json_key(&r.w, S("value"));
	json_array(&r.w);
	if (!write_references(&r, e))
		return false;
	json_array_end(&r.w);
	write_next(&r);
	json_object_end(&r.w);
	return json_writer_finish(&r.w, e);
}

bool navigation_read_references(struct call *c, struct err *e)
{
	size_t last = c->url.nsegments - 2;
	const struct table *other;
	struct step s;
	bool found;

	if (!walk(c, last, &s, &found, e))
		return false;
	if (!found)
		return answer_nothing(c);
	if (s.navigation.kind == NAVIGATION_NONE)
		return property_fail_segment(c->url.segments[last].name, e);
	if (s.navigation.kind == NAVIGATION_LOOKUP)
		return answer_reference(c, &s, e);

	struct read_within within = within_of(&s);

	return find_other_table(c, &s.navigation, &other, e) &&
	       read_references(c, other, &within, e);
}

bool navigation_read_set_references(struct call *c, struct err *e)
{
	const struct table *t;

	return call_table(c, &t, e) && read_references(c, t, NULL, e);
}
