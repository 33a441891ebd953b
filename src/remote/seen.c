/* SPDX-License-Identifier: MIT */
/*
 * Hashes are kept, of ids that are random: no answer that is new looks old in the life of a person.
 */
#include "remote/seen.h"

#include "base/map.h"

#include "base/banned.h"

#define NEVER_NONE ((uint64_t)1)

/* What makes two requests the same; 0: a write is like no other, not even itself. */
static uint64_t request_of(const struct request *r)
{
	uint64_t target = hash_bytes(r->target) * 5 + (uint64_t)r->method;

	if (r->method != METHOD_GET && !r->repeatable)
		return 0;
	return (target ^ hash_bytes(r->body) * 3) | NEVER_NONE;
}

static struct str header_of(const struct seen_answer *a, struct str name)
{
	for (size_t i = 0; i < a->nheaders; i++) {
		if (str_eq_ascii_nocase(a->headers[i].name, name))
			return a->headers[i].value;
	}
	return S("");
}

/* A success that somebody else may have told. A page has its own message (intake.h). */
static bool is_strange(struct seen *s, const struct seen_answer *a, struct str id)
{
	struct str page = S("text/html");
	bool *numbered = &s->numbered[a->request->method];

	if (a->status < 200 || a->status > 299)
		return false;
	if (id.n > 0 || header_of(a, S("REQ_ID")).n > 0) {
		*numbered = true;
		return false;
	}
	return *numbered && a->tries < SEEN_BELIEVED &&
	       !str_eq_ascii_nocase(str_sub(header_of(a, S("Content-Type")), 0, page.n), page);
}

bool seen_is_ours(struct seen *s, const struct seen_answer *a)
{
	struct str id = header_of(a, S("x-ms-service-request-id"));
	uint64_t answer = hash_bytes(id), request = request_of(a->request);
	size_t i = 0;

	if (is_strange(s, a, id))
		return false;
	if (id.n == 0)
		return true;
	while (i < s->n && s->p[i].connection != a->connection)
		i++;
	if (i < s->n && s->p[i].answer == answer)
		return request != 0 && request == s->p[i].request;
	if (i == s->n) {
		i = s->next;
		s->next = (s->next + 1) % SEEN_CONNECTIONS;
		s->n = s->n < SEEN_CONNECTIONS ? s->n + 1 : s->n;
	}
	s->p[i].connection = a->connection;
	s->p[i].answer = answer;
	s->p[i].request = request;
	return true;
}
