/* SPDX-License-Identifier: MIT */
/*
 * Writes of rows as HTTP tells them: conditions from headers, rows from URLs and bodies, the row's address
 * back.
 */
#include "org/writing.h"

#include "dv/odata.h"
#include "org/code.h"
#include "org/duplicates.h"
#include "org/payload.h"
#include "org/reading.h"
#include "org/row.h"

#include "base/banned.h"

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

bool write_condition(const struct call *c, struct condition *out, struct err *e)
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

/* The row's address: a keyed one as the caller wrote it (facts/webapi.md 2.3). */
static void add_url(struct buf *url, const struct call *c, const struct table *t, struct guid id,
		    bool by_key)
{
	struct str target = c->request->target;

	buf_add(url, c->root);
	if (!by_key) {
		odata_row_url(url, t, id);
		return;
	}
	target = str_sub(target, 0, str_find_char(target, '?'));
	while (str_starts(target, S("/")))
		target = str_skip(target, 1);
	buf_add(url, target);
}

/* The row itself, as it is now. */
static bool represent(struct call *c, const struct table *t, struct guid id, int status,
		      struct err *e)
{
	int64_t version;

	if (!row_version(c->store, t, id, &version, e))
		return false;
	call_header(c, S("Preference-Applied"), S("return=representation"));
	call_header(c, S("ETag"), str_fmt(c->arena, "W/\"%lld\"", (long long)version));
	return read_written(c, t, id, status, e);
}

/* 204 and where the row is, or the row itself. */
static bool tell_row(struct call *c, const struct table *t, struct guid id, bool by_key, int status,
		     struct err *e)
{
	DEFER(buf_release) struct buf url = buf_make(0);

	c->written.table = t;
	c->written.id = id;
	add_url(&url, c, t, id, by_key);
	if (c->scope != CALL_ALONE)
		call_header(c, S("Location"), buf_str(&url));
	call_header(c, S("OData-EntityId"), buf_str(&url));
	c->answer->status = 204;
	return !c->prefer.representation || represent(c, t, id, status, e);
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
	    !crud_create(c->store, c->arena, t, &p, &id, e) || !duplicates_check(c, t, id, e))
		return false;
	return tell_row(c, t, id, false, 201, e);
}

bool write_update(struct call *c, struct err *e)
{
	const struct table *t;
	struct condition condition;
	struct row_key key;
	struct payload p;
	struct guid id;
	bool created;

	if (!call_key(c, &t, &key, e) || !write_condition(c, &condition, e) ||
	    !read_payload(c, t, &p, e) ||
	    !crud_upsert(c->store, c->arena, t, &key, condition.match, condition.version, &p, &id,
			 &created, e) ||
	    !duplicates_check(c, t, id, e))
		return false;
	return tell_row(c, t, id, key.key != NULL, created ? 201 : 200, e);
}

bool write_delete(struct call *c, struct err *e)
{
	const struct table *t;
	struct condition condition;
	struct guid id;

	if (!call_row(c, &t, &id, e) || !write_condition(c, &condition, e))
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
