/* SPDX-License-Identifier: MIT */
/*
 * The organization as a service of width 1: a request is answered while it is submitted, and its answer
 * kept until the next one.
 */
#include "org/app.h"

#include "org/routes.h"
#include "org/sqlgen.h"
#include "org/store.h"

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
	struct str root;
	struct guid user;
};

static bool org_submit(struct service *service, const struct request *r, uint64_t tag,
		       struct err *e)
{
	struct org *o = CONTAINER_OF(service, struct org, service);

	(void)e; /* taking a request never fails */
	assert(!o->pending);
	answer_release(&o->answer);
	arena_reset(&o->page);
	o->answer = answer_make(r->into);

	o->store.caller = o->user;

	struct call c = { .store = &o->store,
			  .root = o->root,
			  .arena = &o->page,
			  .request = r,
			  .scope = CALL_ALONE,
			  .answer = &o->answer };

	o->failed = !route_request(&c, &o->err);
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

bool org_open(struct org **out, struct arena *a, const char *path, bool write, struct err *e)
{
	struct org *o = arena_new(a, struct org);

	if (!store_open(&o->store, a, path, write, e))
		return false;
	if (!sql_register(&o->store, e)) {
		store_close(&o->store);
		return false;
	}
	o->page = arena_make(0);
	o->root = S(ORG_ROOT);
	o->user = o->store.admin;
	o->answer = answer_make(NULL);
	o->service = (struct service){
		.submit = org_submit,
		.next = org_next,
		.width = 1,
		.label = str_cstr(a, str_fmt(a, "local:%s", path)),
	};
	*out = o;
	return true;
}

void org_close(struct org **org)
{
	struct org *o = *org;

	if (!o)
		return;
	answer_release(&o->answer);
	arena_release(&o->page);
	store_close(&o->store);
	*org = NULL;
}

void org_set_origin(struct org *org, const struct origin *origin)
{
	struct str root = origin->root.n > 0 ? origin->root : S(ORG_ROOT);

	if (!str_eq(root, org->root))
		org->root = str_dup(org->store.arena, root);
	org->user = origin->has_user ? origin->user : org->store.admin;
}

struct service *org_service(struct org *org)
{
	return &org->service;
}
