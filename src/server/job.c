/* SPDX-License-Identifier: MIT */
/*
 * The answer of a job.
 */
#include "server/job.h"

#include "base/banned.h"

struct arena *job_arena(const struct job *j)
{
	return exchange_arena(j->exchange);
}

void job_header(struct job *j, struct str name, struct str value)
{
	struct arena *a = job_arena(j);

	*VEC_PUSH(a, &j->headers) =
		(struct httpd_header){ .name = str_dup(a, name), .value = str_dup(a, value) };
}

void job_answer(struct job *j, const struct response *r)
{
	j->status = r->status;
	j->headers.n = 0;
	for (size_t i = 0; i < r->nheaders; i++)
		job_header(j, r->headers[i].name, r->headers[i].value);
	buf_clear(&j->body);
	buf_add(&j->body, r->body);
}
