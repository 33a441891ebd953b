/* SPDX-License-Identifier: MIT */
/*
 * Answers, and the transactions that writes run in.
 */
#include "org/call.h"

#include "base/limits.h"
#include "dv/odata.h"
#include "org/behaviours.h"
#include "org/code.h"
#include "org/call_identity.h"
#include "org/store_shared.h"

#include "base/banned.h"

#define JSON_TYPE "application/json; odata.metadata=minimal"

static const struct str JSON_TYPES[] = {
	[METADATA_MINIMAL] = STR_INIT(JSON_TYPE),
	[METADATA_NONE] = STR_INIT("application/json; odata.metadata=none"),
	[METADATA_FULL] = STR_INIT("application/json; odata.metadata=full"),
};

static bool answer_write(struct sink *sink, struct str bytes, struct err *e)
{
	struct answer *a = CONTAINER_OF(sink, struct answer, sink);

	if (a->into) {
		a->started = true;
		return a->into->write(a->into, bytes, e);
	}
	buf_add(&a->body, bytes);
	if (a->body.full)
		return err_set(e, ERR_TOO_LARGE,
			       "the answer is larger than %zu bytes; ask for fewer rows",
			       a->body.max);
	return true;
}

struct answer answer_make(struct sink *into)
{
	return (struct answer){ .into = into,
				.sink = { .write = answer_write },
				.body = buf_make(LIMIT_BODY) };
}

void answer_release(struct answer *a)
{
	buf_release(&a->body);
}

static void add_header(struct answer *a, struct arena *arena, struct str name, struct str value)
{
	*VEC_PUSH(arena, &a->headers) =
		(struct header){ str_dup(arena, name), str_dup(arena, value) };
}

void answer_error(struct answer *a, struct arena *arena, const struct err *e)
{
	a->headers.n = 0;
	a->status = err_http_status(e->kind);
	buf_clear(&a->body);
	add_header(a, arena, S("OData-Version"), S("4.0"));
	add_header(a, arena, S("Content-Type"), S(JSON_TYPE));
	odata_error_write(&a->body, e);
}

struct response answer_response(const struct answer *a)
{
	return (struct response){ .status = a->status,
				  .headers = a->headers.p,
				  .nheaders = a->headers.n,
				  .body = buf_str(&a->body) };
}

struct sink *call_sink(struct call *c)
{
	return &c->answer->sink;
}

struct str call_context(const struct call *c, struct str rest)
{
	return str_fmt(c->arena, "%.*s$metadata#%.*s", STR_ARG(c->root), STR_ARG(rest));
}

void call_header(struct call *c, struct str name, struct str value)
{
	add_header(c->answer, c->arena, name, value);
}

void call_json(struct call *c, int status)
{
	c->answer->status = status;
	call_header(c, S("Content-Type"), JSON_TYPES[c->prefer.metadata]);
	if (c->prefer.annotations.n > 0)
		call_header(c, S("Preference-Applied"),
			    str_fmt(c->arena, "odata.include-annotations=\"%.*s\"",
				    STR_ARG(c->prefer.annotations)));
	if (c->prefer.page_size > 0)
		call_header(c, S("Preference-Applied"),
			    str_fmt(c->arena, "odata.maxpagesize=%u", c->prefer.page_size));
}

const struct str *call_find_header(const struct call *c, struct str name)
{
	return header_find(c->request->headers, c->request->nheaders, name);
}

/* What others have changed of the metadata and the behaviours is known from here on. */
static bool refresh(struct store *s, struct err *e)
{
	return store_refresh(s, e) && behaviours_refresh(s, e);
}

/* The work, in the name of whoever the request is for. */
static bool run_as(struct call *c, bool (*work)(struct call *, struct err *), struct err *e)
{
	struct identity was;

	if (!refresh(c->store, e) || !identity_assume(c, &was, e))
		return false;

	bool ok = work(c, e);

	identity_return(c->store, &was);
	return ok;
}

/* A failed read has nothing to undo, and may be answered by a batch that goes on. */
static bool read_alone(struct call *c, bool (*read)(struct call *, struct err *), struct err *e)
{
	struct db *db = c->store->db;

	if (db_in_transaction(db))
		return run_as(c, read, e);
	if (!db_begin_read(db, e))
		return false;

	/* to commit keeps what was learnt about keys (row_key.h); a batch ends what it begins by itself */
	if (run_as(c, read, e) && db_commit(db, e))
		return true;
	db_rollback(db);
	return false;
}

/* Nobody's query keeps a worker for ever. */
bool call_read(struct call *c, bool (*read)(struct call *, struct err *), struct err *e)
{
	struct db *db = c->store->db;

	db_limit(db, LIMIT_QUERY_STEPS);

	bool ok = read_alone(c, read, e);

	db_limit(db, 0);
	if (!ok && e->code == DB_TOO_LONG)
		e->code = CODE_SQL_TIMEOUT;
	if (!ok && e->code == DB_TOO_COMPLEX)
		e->code = CODE_SQL;
	return ok;
}

static bool write_alone(struct call *c, bool (*write)(struct call *, struct err *), struct err *e)
{
	struct db *db = c->store->db;

	if (!store_begin(c->store, e))
		return false;
	if (run_as(c, write, e) && db_commit(db, e))
		return true;
	db_rollback(db);
	return false;
}

static bool write_part(struct call *c, bool (*write)(struct call *, struct err *), struct err *e)
{
	static const char savepoint[] = "part";
	struct db *db = c->store->db;

	if (!db_savepoint(db, savepoint, e))
		return false;
	if (run_as(c, write, e))
		return db_release(db, savepoint, e);
	/* should the transaction be lost with it, the batch finds out */
	db_rollback_to(db, savepoint);
	return false;
}

bool call_write(struct call *c, bool (*write)(struct call *, struct err *), struct err *e)
{
	if (!c->store->writable)
		return err_set_code(e, ERR_FORBIDDEN, CODE_READ_ONLY,
				    "the organization %s was opened for reading only",
				    c->store->path);
	switch (c->scope) {
	case CALL_ALONE:
		return write_alone(c, write, e);
	case CALL_PART:
		return write_part(c, write, e);
	case CALL_IN_CHANGE_SET:
		return run_as(c, write, e);
	}
	return false;
}

bool call_table(struct call *c, const struct table **out, struct err *e)
{
	struct str set = c->url.segments[0].name;
	const struct table *t;

	if (!store_table_of_set(c->store, set, &t, e))
		return false;
	if (!t)
		return err_set_code(e, ERR_NOT_FOUND, CODE_ODATA,
				    "resource not found for the segment '%.*s': no table has that "
				    "entity set",
				    STR_ARG(set));
	*out = t;
	return true;
}

bool call_key(struct call *c, const struct table **t, struct row_key *key, struct err *e)
{
	const struct url_segment *first = &c->url.segments[0];

	return call_table(c, t, e) && row_key_parse(c->store, c->arena, *t, first->key, key, e);
}

bool call_row(struct call *c, const struct table **t, struct guid *id, struct err *e)
{
	struct row_key key;

	return call_key(c, t, &key, e) && row_key_resolve(c->store, *t, &key, id, e);
}
