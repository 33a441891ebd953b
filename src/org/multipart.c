/* SPDX-License-Identifier: MIT */
/*
 * Batches. The answer is collected before it is sent, because its status is that of the first part that
 * failed; what is malformed undoes everything, what fails undoes itself alone.
 */
#include "org/multipart.h"

#include "base/limits.h"
#include "base/rng.h"
#include "base/vec.h"
#include "dv/batch.h"
#include "dv/odata.h"
#include "org/code.h"
#include "org/store_shared.h"
#include "org/row_url.h"

#include "base/banned.h"

struct batch {
	struct call *call;
	struct buf out;
	struct str boundary, inner; /* of the answer, and of its change sets */
	size_t parts;
	struct content_ids ids; /* of the change set that is being answered */
	bool began;             /* its transaction; a batch of reads has none */
	int failure;            /* status of the first part that failed; 0: none did */
};

static void batch_release(struct batch *b)
{
	buf_release(&b->out);
}

/* Boundaries that no body holds by accident, the same for the same batch. */
static void make_boundaries(struct batch *b)
{
	struct rng rng = rng_from_seed(hash_bytes(b->call->request->body));
	struct arena *a = b->call->arena;
	char text[GUID_TEXT_SIZE];

	b->boundary =
		str_fmt(a, "batchresponse_%.*s", STR_ARG(guid_format(guid_random(&rng), text)));
	b->inner =
		str_fmt(a, "changesetresponse_%.*s", STR_ARG(guid_format(guid_random(&rng), text)));
}

static bool read_boundary(const struct call *c, struct str *out, struct err *e)
{
	const struct str *type = call_find_header(c, S("Content-Type"));

	if (!type || !batch_boundary(*type, out, e))
		return err_set_code(e, ERR_BAD_REQUEST, CODE_PAYLOAD,
				    "a batch needs Content-Type: multipart/mixed with a boundary");
	return true;
}

static bool malformed(struct err *e)
{
	if (e->code == 0)
		e->code = CODE_PAYLOAD;
	return false;
}

static bool count_part(struct batch *b, struct err *e)
{
	if (++b->parts > LIMIT_BATCH_PARTS)
		return err_set_code(e, ERR_BAD_REQUEST, CODE_PAYLOAD,
				    "the batch has more than %d requests", LIMIT_BATCH_PARTS);
	return true;
}

static bool is_taken(const struct batch *b, struct str content_id)
{
	for (size_t i = 0; i < b->ids.n; i++) {
		if (str_eq(b->ids.p[i].id, content_id))
			return true;
	}
	return false;
}

/* "$1/lastname?x" begins with a Content-ID; "$metadata" and the like do not. */
static bool is_reference(const struct batch *b, struct str target, size_t end)
{
	if (!str_starts(target, S("$")) || target.n < 2)
		return false;
	return (target.p[1] >= '0' && target.p[1] <= '9') ||
	       is_taken(b, str_sub(target, 1, end - 1));
}

/* The row's own URL in place of the Content-ID at the start of the target. */
static bool resolve_reference(struct batch *b, struct request *r, struct err *e)
{
	DEFER(buf_release) struct buf url = buf_make(LIMIT_URL);
	struct content_id found;
	size_t end = 1;

	while (end < r->target.n && r->target.p[end] != '/' && r->target.p[end] != '?')
		end++;
	if (!is_reference(b, r->target, end))
		return true;
	if (!content_id_find(&b->ids, str_sub(r->target, 0, end), &found, e))
		return false;
	odata_row_url(&url, found.table, found.row);
	buf_add(&url, str_skip(r->target, end));
	if (!buf_check(&url, "the URL of a part", e))
		return false;
	r->target = str_dup(b->call->arena, buf_str(&url));
	return true;
}

static bool check_request(struct batch *b, struct request *r, bool in_change_set, struct err *e)
{
	if (str_starts(r->target, S("$batch")))
		return err_set_code(e, ERR_BAD_REQUEST, CODE_PAYLOAD,
				    "a batch cannot hold another batch");
	if (in_change_set && r->method == METHOD_GET)
		return err_set_code(e, ERR_BAD_REQUEST, CODE_ODATA,
				    "a change set cannot hold a GET request");
	return resolve_reference(b, r, e);
}

/* Before the first write, and asked again before each other: a full disk can end a transaction. */
static bool begin(struct batch *b, struct err *e)
{
	struct db *db = b->call->store->db;

	if (!b->call->store->writable)
		return true; /* each write answers 403 */
	if (b->began && !db_in_transaction(db))
		return err_set(e, ERR_INTERNAL,
			       "the batch was undone: %s could not be written to the end, as on "
			       "a full disk",
			       b->call->store->path);
	if (!b->began && !store_begin(b->call->store, e))
		return false;
	b->began = true;
	return true;
}

static bool commit(struct batch *b, struct err *e)
{
	return !b->began || (begin(b, e) && db_commit(b->call->store->db, e));
}

/* Later parts of the change set may refer to the row. */
static void remember_row(struct batch *b, struct str content_id, const struct call *part)
{
	if (part->written.table && part->answer->status < 400)
		*VEC_PUSH(b->call->arena, &b->ids) =
			(struct content_id){ content_id, part->written.table, part->written.id };
}

/* One request, answered into `a`. */
static bool answer_part(struct batch *b, const struct batch_part *p, enum call_scope scope,
			struct answer *a, struct err *e)
{
	struct request request;
	struct err refused;
	struct call part = *b->call;

	if (!count_part(b, e) || !batch_read_request(b->call->arena, p->body, &request, e))
		return malformed(e);
	request.into = NULL;
	part.request = &request;
	part.outer = b->call->request;
	part.scope = scope;
	part.answer = a;
	if (!check_request(b, &request, scope == CALL_IN_CHANGE_SET, &refused)) {
		answer_error(a, b->call->arena, &refused);
		return true;
	}
	if (request.method != METHOD_GET && !begin(b, e))
		return false;
	if (!part.dispatch(&part, e))
		return false;
	if (scope == CALL_IN_CHANGE_SET)
		remember_row(b, p->content_id, &part);
	return true;
}

static void note_failure(struct batch *b, int status)
{
	if (status >= 400 && b->failure == 0)
		b->failure = status;
}

static bool answer_single(struct batch *b, const struct batch_part *part, struct err *e)
{
	DEFER(answer_release) struct answer a = answer_make(NULL);

	if (!str_eq(part->content_type, S("application/http")))
		return err_set_code(e, ERR_BAD_REQUEST, CODE_PAYLOAD,
				    "a part of the batch is of type '%.*s'; it must be "
				    "application/http or a multipart/mixed change set",
				    STR_ARG(part->content_type));
	if (!answer_part(b, part, CALL_PART, &a, e))
		return false;

	struct response r = answer_response(&a);

	batch_write_response(&b->out, b->boundary, part->content_id, &r);
	note_failure(b, r.status);
	return true;
}

/*
 * The parts of a change set up to the first that fails. Their answers go to `out`; `failed` gets that of
 * the failure.
 */
static bool answer_members(struct batch *b, const struct batch_part *set, struct buf *out,
			   struct answer *failed, struct err *e)
{
	struct batch_reader reader = batch_reader_make(set->body, set->boundary);

	for (;;) {
		DEFER(answer_release) struct answer a = answer_make(NULL);
		struct batch_part part;
		bool more;

		if (!batch_next(&reader, b->call->arena, &part, &more, e))
			return malformed(e);
		if (!more)
			return true;
		if (part.content_id.n == 0 || !str_eq(part.content_type, S("application/http")))
			return err_set_code(e, ERR_BAD_REQUEST, CODE_ODATA,
					    "each part of a change set must be application/http "
					    "with a Content-ID");
		if (is_taken(b, part.content_id))
			return err_set_code(e, ERR_BAD_REQUEST, CODE_ODATA,
					    "two parts of a change set have the Content-ID '%.*s'",
					    STR_ARG(str_sub(part.content_id, 0, 100)));
		if (!answer_part(b, &part, CALL_IN_CHANGE_SET, &a, e))
			return false;
		if (a.status >= 400) {
			*failed = a;
			a = (struct answer){ 0 };
			return true;
		}

		struct response r = answer_response(&a);

		batch_write_response(out, b->inner, part.content_id, &r);
	}
}

static bool run_change_set(struct batch *b, const struct batch_part *set, struct buf *out,
			   struct answer *failed, struct err *e)
{
	static const char savepoint[] = "change_set";
	struct store *s = b->call->store;
	struct db *db = s->db;

	if (!begin(b, e) || (b->began && !db_savepoint(db, savepoint, e)))
		return false;
	b->ids = (struct content_ids){ 0 };
	s->content_ids = &b->ids;

	bool whole = answer_members(b, set, out, failed, e);

	s->content_ids = NULL;
	b->ids = (struct content_ids){ 0 };
	if (!whole)
		return false; /* the whole batch is undone */
	if (b->began && failed->status != 0) {
		db_rollback_to(db, savepoint);
		return true;
	}
	return !b->began || db_release(db, savepoint, e);
}

/* A failed change set is answered by the one error alone. */
static bool answer_change_set(struct batch *b, const struct batch_part *set, struct err *e)
{
	DEFER(buf_release) struct buf out = buf_make(LIMIT_BODY);
	DEFER(answer_release) struct answer failed = { 0 };

	if (!run_change_set(b, set, &out, &failed, e))
		return false;
	if (failed.status != 0) {
		struct response r = answer_response(&failed);

		batch_write_response(&b->out, b->boundary, S(""), &r);
		note_failure(b, r.status);
		return true;
	}
	batch_write_changeset(&b->out, b->boundary, b->inner);
	buf_add(&b->out, buf_str(&out));
	batch_write_end(&b->out, b->inner);
	b->out.full = b->out.full || out.full;
	return true;
}

static bool answer_parts(struct batch *b, struct str boundary, struct err *e)
{
	struct call *c = b->call;
	struct batch_reader reader = batch_reader_make(c->request->body, boundary);

	while (b->failure == 0 || c->prefer.continue_on_error) {
		struct arena_mark mark = arena_mark(c->arena);
		struct batch_part part;
		bool more;

		if (!batch_next(&reader, c->arena, &part, &more, e))
			return malformed(e);
		if (!more)
			break;
		if (!(part.boundary.n > 0 ? answer_change_set(b, &part, e)
					  : answer_single(b, &part, e)))
			return false;
		if (b->out.full)
			return err_set(e, ERR_TOO_LARGE,
				       "the answers of the batch are larger than %zu bytes; send "
				       "fewer requests at once",
				       b->out.max);
		arena_rewind(c->arena, mark);
	}
	batch_write_end(&b->out, b->boundary);
	return true;
}

bool multipart_answer(struct call *c, struct err *e)
{
	DEFER(batch_release) struct batch b = { .call = c, .out = buf_make(LIMIT_BODY) };
	struct db *db = c->store->db;
	struct str boundary = S("");

	if (!read_boundary(c, &boundary, e))
		return false;
	make_boundaries(&b);
	if (!answer_parts(&b, boundary, e) || !commit(&b, e)) {
		db_rollback(db);
		return false;
	}
	c->answer->status = b.failure != 0 && !c->prefer.continue_on_error ? b.failure : 200;
	call_header(c, S("Content-Type"),
		    str_fmt(c->arena, "multipart/mixed; boundary=%.*s", STR_ARG(b.boundary)));
	if (c->answer->status != 200) {
		buf_add(&c->answer->body, buf_str(&b.out));
		return true;
	}
	return sink_write(call_sink(c), buf_str(&b.out), e);
}
