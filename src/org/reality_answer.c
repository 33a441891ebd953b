/* SPDX-License-Identifier: MIT */
/*
 * Answers of those who stand before an organization: of the limits, of proxies, of the sign-in.
 */
#include "org/reality_answer.h"

#include "dv/odata.h"

#include "base/banned.h"

#define JSON_TYPE "application/json; odata.metadata=minimal"
#define PAGE                                                                                       \
	"<!DOCTYPE html>\r\n<html><head><title>Sign in</title></head>\r\n"                         \
	"<body><h1>Please wait</h1><p>This page was asked for with a fault.</p></body></html>\r\n"

static struct response answer_of(struct arena *a, int status, struct str body,
				 const struct header *headers, size_t n)
{
	struct header *copy = arena_array(a, struct header, n);

	for (size_t i = 0; i < n; i++)
		copy[i] = headers[i];
	return (struct response){ .status = status, .headers = copy, .nheaders = n, .body = body };
}

static struct str error_body(struct arena *a, uint32_t code, const char *message)
{
	DEFER(buf_release) struct buf b = buf_make(0);
	struct err e;

	err_set_code(&e, ERR_BAD_REQUEST, code, "%s", message);
	odata_error_write(&b, &e);
	return str_dup(a, buf_str(&b));
}

struct response reality_error(struct arena *a, int status, uint32_t code, const char *message)
{
	struct header headers[] = { { S("Content-Type"), S(JSON_TYPE) },
				    { S("OData-Version"), S("4.0") } };

	return answer_of(a, status, error_body(a, code, message), headers, COUNT_OF(headers));
}

struct response reality_challenge(struct arena *a, struct str challenge)
{
	struct header headers[] = { { S("WWW-Authenticate"), challenge } };

	return answer_of(a, 401, S(""), headers, COUNT_OF(headers));
}

static struct response refusal(struct arena *a, const struct verdict *v)
{
	struct header headers[] = { { S("Content-Type"), S(JSON_TYPE) },
				    { S("OData-Version"), S("4.0") },
				    { S("Retry-After"), str_fmt(a, "%d", v->retry_after) } };
	size_t n = COUNT_OF(headers) - (v->retry_after < 0);

	return answer_of(a, v->status, error_body(a, v->code, v->reason), headers, n);
}

struct response reality_answer(struct arena *a, const struct verdict *v, struct str challenge)
{
	struct header page[] = { { S("Content-Type"), S("text/html; charset=utf-8") } };

	assert(!effect_runs(v->effect) && v->effect != EFFECT_CUT);
	if (v->effect == EFFECT_HTML)
		return answer_of(a, 200, S(PAGE), page, COUNT_OF(page));
	if (v->effect == EFFECT_EXPIRE_TOKEN || v->status == 401)
		return reality_challenge(a, challenge);
	return refusal(a, v);
}
