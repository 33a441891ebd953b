/* SPDX-License-Identifier: MIT */
/*
 * One node answers, so the affinity cookie is always the same; a secure one would not come back over HTTP.
 */
#include "server/platform.h"

#include "org/reality_answer.h"

#include "base/banned.h"

#define NODE "5e1a0c8f3b7d4926a1f0c3d2b4e5968778695a4b3c2d1e0f6c7b8a9d0e1f2a3b"

static struct str new_id(struct job *j, struct rng *rng)
{
	return guid_text(job_arena(j), guid_random(rng));
}

void platform_headers(struct job *j, struct rng *rng)
{
	struct arena *a = job_arena(j);
	struct str id = new_id(j, rng);

	job_header(j, S("Cache-Control"), S("no-cache"));
	job_header(j, S("Expires"), S("-1"));
	job_header(j, S("Allow"), S("OPTIONS,GET,HEAD,POST"));
	job_header(j, S("Public"), S("OPTIONS,GET,HEAD,POST"));
	job_header(j, S("x-ms-service-request-id"), id);
	job_header(j, S("REQ_ID"), id);
	job_header(j, S("CRM.ServiceId"), S("CRMAppPool"));
	job_header(j, S("AuthActivityId"), new_id(j, rng));
	job_header(j, S("X-Source"), S(NODE));
	job_header(j, S("Set-Cookie"), S("ARRAffinity=" NODE "; path=/; HttpOnly"));
	job_header(j, S("Set-Cookie"),
		   str_fmt(a, "ReqClientId=%.*s; path=/; HttpOnly", STR_ARG(new_id(j, rng))));
}

struct str platform_challenge(const struct job *j, struct guid tenant)
{
	struct arena *a = job_arena(j);
	struct str fault = S("");
	char text[GUID_TEXT_SIZE];

	guid_format(tenant, text);
	if (j->token_fault)
		fault = str_fmt(a, "error=\"invalid_token\", error_description=\"%s\", ",
				j->token_fault);
	return str_fmt(a,
		       "Bearer %.*sauthorization_uri=%.*s/%s/oauth2/authorize, resource_id=%.*s/",
		       STR_ARG(fault), STR_ARG(j->base), text, STR_ARG(j->base));
}

struct httpd_answer platform_refusal(struct arena *a, int status, const char *message)
{
	struct response r = reality_error(a, status, CODE_ODATA_LAYER, message);
	struct httpd_header *headers = arena_array(a, struct httpd_header, r.nheaders);

	for (size_t i = 0; i < r.nheaders; i++)
		headers[i] = (struct httpd_header){ r.headers[i].name, r.headers[i].value };
	return (struct httpd_answer){
		.status = r.status, .headers = headers, .nheaders = r.nheaders, .body = r.body
	};
}
