/* SPDX-License-Identifier: MIT */
/*
 * Lists. A call is used again, so that memory grows with those that are under way at once, not with all.
 */
#include "remote/remote_call.h"

#include "base/banned.h"

struct calls calls_make(struct arena *a)
{
	return (struct calls){ .arena = a };
}

void calls_release(struct calls *c)
{
	for (size_t i = 0; i < c->all.n; i++)
		buf_release(&c->all.p[i]->copy);
}

static void append(struct calls *c, struct call *call)
{
	call->next = NULL;
	if (!c->first)
		c->end = &c->first;
	*c->end = call;
	c->end = &call->next;
}

struct call *calls_add(struct calls *c, const struct request *r, uint64_t tag)
{
	struct call *call = c->unused;
	uint64_t number;

	if (call) {
		c->unused = call->next;
		number = call->number;
	} else {
		call = arena_new(c->arena, struct call);
		number = c->all.n;
		*VEC_PUSH(c->arena, &c->all) = call;
	}
	*call = (struct call){ .request = *r, .tag = tag, .number = number };
	c->pending++;
	append(c, call);
	return call;
}

void calls_return(struct calls *c, struct call *call)
{
	call->under_way = false;
	buf_release(&call->copy);
	call->next = c->unused;
	c->unused = call;
	c->pending--;
}

void calls_put_first(struct calls *c, struct call *call)
{
	call->under_way = false;
	if (!c->first)
		c->end = &call->next;
	call->next = c->first;
	c->first = call;
}

void calls_put_waiting(struct calls *c, struct call *call, int64_t until)
{
	call->not_before = until;
	call->under_way = false;
	call->next = c->waiting;
	c->waiting = call;
}

static struct call *take_waiting(struct calls *c, int64_t now)
{
	struct call **found = NULL;

	for (struct call **at = &c->waiting; *at; at = &(*at)->next) {
		if ((*at)->not_before <= now &&
		    (!found || (*at)->not_before < (*found)->not_before))
			found = at;
	}
	if (!found)
		return NULL;

	struct call *call = *found;

	*found = call->next;
	return call;
}

struct call *calls_take(struct calls *c, int64_t now)
{
	struct call *call = take_waiting(c, now);

	if (call || !c->first)
		return call;
	call = c->first;
	c->first = call->next;
	return call;
}

struct call *calls_take_any(struct calls *c)
{
	return calls_take(c, INT64_MAX);
}

bool calls_ready(const struct calls *c, int64_t now, int64_t *wait)
{
	if (c->first)
		return true;
	for (const struct call *call = c->waiting; call; call = call->next) {
		if (call->not_before <= now)
			return true;
		if (call->not_before - now < *wait)
			*wait = call->not_before - now;
	}
	return false;
}

bool call_is_answered(void *context, unsigned connection, int status,
		      const struct http_header *headers, size_t n)
{
	struct call *call = context;
	struct seen_answer a = { .connection = connection,
				 .status = status,
				 .headers = headers,
				 .nheaders = n,
				 .request = &call->request,
				 .tries = call->tries };

	return seen_is_ours(call->seen, &a);
}

bool call_start_again(struct call *call)
{
	if (call->intake.received == 0)
		return true;
	if (!call->request.again)
		return false;
	call->request.again(call->request.again_context);
	return true;
}
