/* SPDX-License-Identifier: MIT */
/*
 * From HTTP to the organization's service and back. The version that the client uses stands in the URLs of
 * its answers, too.
 */
#include "server/data_api.h"

#include "org/reality_answer.h"
#include "server/sign_in.h"

#include "base/banned.h"

#define CODE_UNEXPECTED 0x80040216u

/* v9.2, v9.0.2, ... */
static bool is_version(struct str s)
{
	struct str_splitter parts = str_splitter(str_skip(s, 1));
	size_t n = 0;

	if (!str_starts(s, S("v9.")) || s.n > 16)
		return false;
	for (struct str part; str_split(&parts, '.', &part); n++) {
		uint64_t number;

		if (!str_parse_u64(part, &number))
			return false;
	}
	return n <= 4;
}

bool data_api_accept(struct job *j, struct str target)
{
	size_t end = 0;

	while (end < target.n && target.p[end] != '/' && target.p[end] != '?')
		end++;

	struct str version = str_sub(target, 0, end);

	if (!is_version(version))
		return false;
	j->root = str_fmt(job_arena(j), "%.*s" DATA_API_PREFIX "%.*s/", STR_ARG(j->base),
			  STR_ARG(version));
	if (end < target.n && target.p[end] == '/')
		end++;
	j->request.target = str_skip(target, end);
	return true;
}

void data_api_answer(struct job *j, struct org *org)
{
	struct response response;
	struct err e;

	if (!sign_in_enter(j, org))
		return;

	struct origin origin = { .root = j->root, .has_user = j->has_user, .user = j->user };

	org_set_origin(org, &origin);
	if (!service_call(org_service(org), &j->request, &response, &e))
		response = reality_error(job_arena(j), 500, CODE_UNEXPECTED, e.msg);
	job_answer(j, &response);
	j->rows += org_rows(org);
}
