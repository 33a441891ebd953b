/* SPDX-License-Identifier: MIT */
/*
 * What every service has in common: the names of methods, headers, and one request alone.
 */
#include "dv/service.h"

#include "dv/odata.h"

#include "base/banned.h"

static const struct str METHODS[] = {
	[METHOD_GET] = STR_INIT("GET"),       [METHOD_POST] = STR_INIT("POST"),
	[METHOD_PATCH] = STR_INIT("PATCH"),   [METHOD_PUT] = STR_INIT("PUT"),
	[METHOD_DELETE] = STR_INIT("DELETE"),
};

struct str method_name(enum method m)
{
	return METHODS[m];
}

bool method_parse(struct str name, enum method *out)
{
	for (size_t i = 0; i < COUNT_OF(METHODS); i++) {
		if (str_eq(name, METHODS[i])) {
			*out = (enum method)i;
			return true;
		}
	}
	return false;
}

const struct str *header_find(const struct header *headers, size_t n, struct str name)
{
	for (size_t i = 0; i < n; i++) {
		if (str_eq_ascii_nocase(headers[i].name, name))
			return &headers[i].value;
	}
	return NULL;
}

bool service_call(struct service *s, const struct request *r, struct response *out, struct err *e)
{
	uint64_t tag = 0;
	struct response answer;
	if (!s->submit(s, r, tag, e) || !s->next(s, &tag, &answer, e))
		return false;
	assert(tag == 0); /* nothing else is in flight */
	if (answer.fate != FATE_ANSWERED) {
		if (!answer.failure)
			return err_set(e, ERR_NETWORK, "the request got no answer");
		*e = *answer.failure;
		return false;
	}
	*out = answer;
	return true;
}

bool service_refused(const struct response *r, struct err *e)
{
	const struct str *id = header_find(r->headers, r->nheaders, S("x-ms-service-request-id"));
	struct err said;

	if (!id)
		id = header_find(r->headers, r->nheaders, S("REQ_ID"));
	if (!id) /* ours */
		id = header_find(r->headers, r->nheaders, S("x-ms-client-request-id"));
	(void)odata_error_read(r->status, r->body, &said);
	if (!id) {
		*e = said;
		return false;
	}
	/* the id is what may not be cut off */
	return err_set_code(e, said.kind, said.code, "%.1800s (request id %.*s)", said.msg,
			    STR_ARG(str_sub(*id, 0, 100)));
}
