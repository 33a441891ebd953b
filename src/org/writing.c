/* SPDX-License-Identifier: MIT */
/*
 * Writes as HTTP tells them: conditions from headers, rows and links from URLs and bodies, the new row's
 * address back.
 */
#include "org/writing.h"

#include "io/json.h"
#include "dv/odata.h"
#include "org/code.h"
#include "org/crud.h"
#include "org/payload.h"
#include "org/reading.h"
#include "org/result.h"

#include "base/banned.h"

struct condition {
	enum crud_match match;
	int64_t version;
};

/* W/"123" or "123" */
static bool parse_etag(struct str text, int64_t *out, struct err *e)
{
	struct str s = text;

	if (str_starts(s, S("W/")))
		s = str_skip(s, 2);

	bool quoted = s.n > 2 && s.p[0] == '"' && s.p[s.n - 1] == '"';

	if (!quoted || !str_parse_i64(str_sub(s, 1, s.n - 2), out))
		return err_set_code(e, ERR_BAD_REQUEST, CODE_ODATA,
				    "If-Match: '%.*s' is neither * nor a version like W/\"123\"",
				    STR_ARG(text));
	return true;
}

/* The header's value; empty when it is absent or the word null, which some clients send to say nothing. */
static struct str condition_text(const struct call *c, struct str name)
{
	const struct str *value = call_find_header(c, name);
	struct str text = value ? str_trim(*value) : S("");

	return str_eq(text, S("null")) ? S("") : text;
}

static bool read_condition(const struct call *c, struct condition *out, struct err *e)
{
	struct str match = condition_text(c, S("If-Match"));
	struct str none = condition_text(c, S("If-None-Match"));

	*out = (struct condition){ .match = CRUD_UPSERT };
	if (match.n > 0 && none.n > 0)
		return err_set_code(e, ERR_BAD_REQUEST, CODE_ODATA,
				    "If-Match and If-None-Match exclude each other");
	if (none.n > 0 && !str_eq(none, S("*")))
		return err_set_code(e, ERR_BAD_REQUEST, CODE_ODATA,
				    "If-None-Match of a write can only be *, not '%.*s'",
				    STR_ARG(none));
	if (none.n > 0)
		out->match = CRUD_IF_MISSING;
	if (match.n == 0)
		return true;
	out->match = CRUD_IF_EXISTS;
	if (str_eq(match, S("*")))
		return true;
	out->match = CRUD_IF_VERSION;
	return parse_etag(match, &out->version, e);
}

/* 204 and where the row is, or the row itself. */
static bool tell_row(struct call *c, const struct table *t, struct guid id, int status,
		     struct err *e)
{
	DEFER(buf_release) struct buf url = buf_make(0);

	buf_add(&url, c->root);
	odata_row_url(&url, t, id);
	if (c->scope != CALL_ALONE)
		call_header(c, S("Location"), buf_str(&url));
	call_header(c, S("OData-EntityId"), buf_str(&url));
	c->answer->status = 204;
	if (!c->prefer.representation)
		return true;
	call_header(c, S("Preference-Applied"), S("return=representation"));
	return read_written(c, t, id, status, e);
}

static bool read_payload(struct call *c, const struct table *t, struct payload *out, struct err *e)
{
	if (t->is_intersect)
		return err_set_code(e, ERR_BAD_REQUEST, CODE_INVALID_ARGUMENT,
				    "rows of the intersect table '%.*s' are written only by "
				    "$ref on its relationship",
				    STR_ARG(t->name));
	return payload_read(c->store, c->arena, t, c->request->body, out, e);
}

bool write_create(struct call *c, struct err *e)
{
	const struct table *t;
	struct payload p;
	struct guid id;

	if (!call_table(c, &t, e) || !read_payload(c, t, &p, e) ||
	    !crud_create(c->store, c->arena, t, &p, &id, e))
		return false;
	return tell_row(c, t, id, 201, e);
}

bool write_update(struct call *c, struct err *e)
{
	const struct table *t;
	struct condition condition;
	struct payload p;
	struct guid id;
	bool created;

	if (!call_row(c, &t, &id, e) || !read_condition(c, &condition, e) ||
	    !read_payload(c, t, &p, e) ||
	    !crud_update(c->store, c->arena, t, id, condition.match, condition.version, &p,
			 &created, e))
		return false;
	return tell_row(c, t, id, created ? 201 : 200, e);
}

bool write_delete(struct call *c, struct err *e)
{
	const struct table *t;
	struct condition condition;
	struct guid id;

	if (!call_row(c, &t, &id, e) || !read_condition(c, &condition, e))
		return false;
	if (t->is_intersect)
		return err_set_code(e, ERR_BAD_REQUEST, CODE_INVALID_ARGUMENT,
				    "rows of the intersect table '%.*s' are deleted only by $ref "
				    "on its relationship",
				    STR_ARG(t->name));
	if (condition.match != CRUD_IF_VERSION)
		condition.match = CRUD_IF_EXISTS;
	if (!crud_delete(c->store, c->arena, t, id, condition.match, condition.version, e))
		return false;
	c->answer->status = 204;
	return true;
}

/* A pair of an N:N relationship, seen from the row that the URL names. */
struct link {
	const struct many_to_many *mm;
	bool first; /* that row is of the relationship's first table */
	struct guid own;
	struct guid other;
	struct str other_table;
};

static bool find_navigation(const struct table *t, struct str name, struct link *out, struct err *e)
{
	for (size_t i = 0; i < t->nmany_to_many; i++) {
		const struct many_to_many *mm = &t->many_to_many[i];
		bool first = str_eq(mm->table1, t->name) && str_eq(mm->navigation1, name);
		bool second = str_eq(mm->table2, t->name) && str_eq(mm->navigation2, name);

		if (!first && !second)
			continue;
		out->mm = mm;
		out->first = first;
		out->other_table = first ? mm->table2 : mm->table1;
		return true;
	}
	for (size_t i = 0; i < t->nmany_to_one; i++) {
		if (str_eq(t->many_to_one[i].navigation, name))
			return err_set(e, ERR_UNSUPPORTED,
				       "a local organization sets the lookup '%.*s' by @odata.bind "
				       "only; $ref is not there yet",
				       STR_ARG(name));
	}
	return err_set_code(e, ERR_NOT_FOUND, CODE_ODATA,
			    "resource not found for the segment '%.*s': table '%.*s' has no N:N "
			    "navigation of that name (case counts)",
			    STR_ARG(name), STR_ARG(t->name));
}

static bool read_link(struct call *c, struct link *out, struct err *e)
{
	const struct table *t;

	return call_row(c, &t, &out->own, e) && find_navigation(t, c->url.segments[1].name, out, e);
}

/* The row at the other end by its URL. */
static bool read_other(struct call *c, struct str url, struct link *link, struct err *e)
{
	const struct table *t;

	if (!payload_row_url(c->store, url, &t, &link->other, e))
		return false;
	if (!str_eq(t->name, link->other_table))
		return err_set_code(e, ERR_BAD_REQUEST, CODE_ODATA,
				    "'%.*s' is a row of table '%.*s'; the relationship links to "
				    "table '%.*s'",
				    STR_ARG(url), STR_ARG(t->name), STR_ARG(link->other_table));
	return true;
}

/* By the key behind the navigation. */
static bool read_other_key(struct call *c, struct str key, struct link *link, struct err *e)
{
	const struct table *t;

	if (!store_table(c->store, link->other_table, &t, e))
		return false;
	if (!t)
		return err_set_code(e, ERR_NOT_FOUND, CODE_TABLE_UNKNOWN,
				    "there is no table '%.*s'", STR_ARG(link->other_table));
	return url_row_id(t, key, &link->other, e);
}

static bool read_reference(struct call *c, struct link *link, struct err *e)
{
	struct json body;

	if (!json_parse(c->arena, c->request->body, "the body", &body, e)) {
		e->kind = ERR_BAD_REQUEST;
		e->code = CODE_PAYLOAD;
		return false;
	}

	struct str url = json_text(&body, S("@odata.id"));

	if (url.n == 0)
		return err_set_code(e, ERR_BAD_REQUEST, CODE_PAYLOAD,
				    "the body must be {\"@odata.id\":\"<set>(<id>)\"}");
	return read_other(c, url, link, e);
}

bool write_link(struct call *c, struct err *e)
{
	struct link link;

	if (!read_link(c, &link, e) || !read_reference(c, &link, e))
		return false;
	c->answer->status = 204;
	return link.first ? crud_link(c->store, c->arena, link.mm, link.own, link.other, e)
			  : crud_link(c->store, c->arena, link.mm, link.other, link.own, e);
}

bool write_unlink(struct call *c, struct err *e)
{
	const struct url_segment *segment = &c->url.segments[1];
	const struct str *url = url_option(&c->url, S("$id"));
	struct link link;

	if (!read_link(c, &link, e))
		return false;
	if (segment->has_key == (url != NULL))
		return err_set_code(e, ERR_BAD_REQUEST, CODE_ODATA,
				    "tell which link to remove, either as '%.*s(<id>)/$ref' or by "
				    "$id=",
				    STR_ARG(segment->name));
	if (url && !read_other(c, *url, &link, e))
		return false;
	if (!url && !read_other_key(c, segment->key, &link, e))
		return false;
	c->answer->status = 204;
	return link.first ? crud_unlink(c->store, c->arena, link.mm, link.own, link.other, e)
			  : crud_unlink(c->store, c->arena, link.mm, link.other, link.own, e);
}
