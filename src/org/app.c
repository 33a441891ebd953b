/* SPDX-License-Identifier: MIT */
/*
 * The organization as a service of width 1: a request is answered while it is submitted, and its answer
 * kept until the next one.
 */
#include "org/app.h"

#include "org/behaviours.h"
#include "org/reality_answer.h"
#include "org/routes.h"
#include "org/sql_function.h"
#include "org/store_shared.h"

#include "base/banned.h"

struct org {
	struct service service;
	struct store store;
	struct arena page; /* of the request and its answer */
	struct answer answer;
	uint64_t tag;
	bool pending; /* an answer waits for next */
	bool failed;  /* it broke after bytes went out */
	struct err err;
	struct arena place; /* of root */
	struct str root;
	struct guid user;
	struct surroundings around;
};

static void forget_answer(struct org *o, struct sink *into)
{
	answer_release(&o->answer);
	o->answer = answer_make(into);
}

static bool answer_request(struct org *o, const struct request *r, struct err *e)
{
	struct call c = { .store = &o->store,
			  .root = o->root,
			  .arena = &o->page,
			  .request = r,
			  .scope = CALL_ALONE,
			  .answer = &o->answer };

	o->store.caller = o->user;
	return behaviours_turn(&o->store, e) && route_request(&c, e);
}

static void wait_for(const struct org *o, uint64_t ms)
{
	if (ms > 0)
		o->around.wait(o->around.context, ms);
}

/* What an answer is in the end: the caller's sink gets what it would have got without accidents. */
static bool deliver(struct org *o, const struct request *r, const struct verdict *v, struct err *e)
{
	struct buf *body = &o->answer.body;
	bool good = o->answer.status >= 200 && o->answer.status < 300;

	if (v->effect == EFFECT_SLOW)
		wait_for(o, body->n * 1000 / v->rate);
	if (v->effect == EFFECT_LOST || v->effect == EFFECT_CUT_AFTER_HEADERS ||
	    v->effect == EFFECT_CUT_MID_BODY)
		return err_set(e, ERR_NETWORK, "the connection was cut (fault \"%s\")", v->fault);
	if (v->effect == EFFECT_TRUNCATE)
		buf_truncate(body, body->n / 2);
	if (!good || !r->into)
		return true;

	bool arrived = sink_write(r->into, buf_str(body), e);

	buf_clear(body);
	return arrived;
}

static bool stand_in(struct org *o, const struct verdict *v, struct err *e)
{
	struct str challenge = str_fmt(&o->page, "Bearer resource_id=%.*s", STR_ARG(o->root));

	if (v->effect == EFFECT_CUT)
		return err_set(e, ERR_NETWORK, "the connection was cut (fault \"%s\")", v->fault);

	struct response r = reality_answer(&o->page, v, challenge);

	o->answer.status = r.status;
	for (size_t i = 0; i < r.nheaders; i++)
		*VEC_PUSH(&o->page, &o->answer.headers) = r.headers[i];
	buf_add(&o->answer.body, r.body);
	return true;
}

static bool carry_out(struct org *o, const struct request *r, const struct verdict *v,
		      struct err *e)
{
	if (!effect_runs(v->effect))
		return stand_in(o, v, e);
	if (!answer_request(o, r, e))
		return false;
	if (v->effect != EFFECT_DUPLICATE)
		return true;
	forget_answer(o, NULL);
	return answer_request(o, r, e);
}

/* The answer is collected first, and goes to the caller's sink when it is clear what becomes of it. */
static bool answer_in_reality(struct org *o, const struct request *r, struct err *e)
{
	const struct surroundings *s = &o->around;
	struct arrival arrival = { .method = r->method, .target = r->target, .user = o->user };

	wait_for(o, reality_way_there(s->reality));
	arrival.now = s->now(s->context);

	struct verdict v = reality_arrive(s->reality, &arrival);

	forget_answer(o, NULL);
	o->store.touched = 0;

	bool ok = carry_out(o, r, &v, e);
	uint64_t rows = o->store.touched;
	int64_t now = s->now(s->context);

	if (v.counted)
		reality_leave(s->reality, o->user, now,
			      (uint64_t)(now - arrival.now) + reality_row_time(s->reality, rows));
	wait_for(o, reality_way_back(s->reality, rows));
	return ok && deliver(o, r, &v, e);
}

static bool org_submit(struct service *service, const struct request *r, uint64_t tag,
		       struct err *e)
{
	struct org *o = CONTAINER_OF(service, struct org, service);

	(void)e; /* taking a request never fails */
	assert(!o->pending);
	forget_answer(o, r->into);
	arena_reset(&o->page);
	o->store.touched = 0;
	o->failed = !(o->around.reality ? answer_in_reality(o, r, &o->err)
					: answer_request(o, r, &o->err));
	o->tag = tag;
	o->pending = true;
	return true;
}

static bool org_next(struct service *service, uint64_t *tag, struct response *out, struct err *e)
{
	struct org *o = CONTAINER_OF(service, struct org, service);

	assert(o->pending);
	o->pending = false;
	*tag = o->tag;
	if (o->failed) {
		*e = o->err;
		return false;
	}
	*out = answer_response(&o->answer);
	return true;
}

/* The store is open and stays where it is. */
static bool begin(struct org *o, struct arena *a, const char *path, struct err *e)
{
	if (!sql_register(&o->store, e)) {
		store_close(&o->store);
		return false;
	}
	behaviours_attach(&o->store);
	o->page = arena_make(0);
	o->place = arena_make(0);
	o->root = S(ORG_ROOT);
	o->user = o->store.admin;
	o->answer = answer_make(NULL);
	o->service = (struct service){
		.submit = org_submit,
		.next = org_next,
		.width = 1,
		.label = str_cstr(a, str_fmt(a, "local:%s", path)),
	};
	return true;
}

bool org_open(struct org **out, struct arena *a, const char *path, bool write, struct err *e)
{
	struct org *o = arena_new(a, struct org);

	if (!store_open(&o->store, a, path, write, e) || !begin(o, a, path, e))
		return false;
	*out = o;
	return true;
}

bool org_open_shared(struct org **out, struct arena *a, const char *path,
		     const struct db_gate *gate, struct err *e)
{
	struct org *o = arena_new(a, struct org);

	if (!store_open_shared(&o->store, a, path, gate, e) || !begin(o, a, path, e))
		return false;
	*out = o;
	return true;
}

bool org_settle(const char *path, struct err *e)
{
	return store_settle(path, e);
}

void org_close(struct org **org)
{
	struct org *o = *org;

	if (!o)
		return;
	answer_release(&o->answer);
	arena_release(&o->page);
	arena_release(&o->place);
	store_close(&o->store);
	*org = NULL;
}

void org_set_origin(struct org *org, const struct origin *origin)
{
	struct str root = origin->root.n > 0 ? origin->root : S(ORG_ROOT);

	if (!str_eq(root, org->root)) {
		arena_reset(&org->place);
		org->root = str_dup(&org->place, root);
	}
	org->user = origin->has_user ? origin->user : org->store.admin;
}

void org_set_surroundings(struct org *org, const struct surroundings *s)
{
	org->around = *s;
}

void org_interrupt(struct org *org)
{
	db_interrupt(org->store.db);
}

struct guid org_id(const struct org *org)
{
	return org->store.organization;
}

uint64_t org_rows(const struct org *org)
{
	return org->store.touched;
}

struct service *org_service(struct org *org)
{
	return &org->service;
}
