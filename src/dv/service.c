/* SPDX-License-Identifier: MIT */
/*
 * What every service has in common: the names of methods, headers, and one request alone.
 */
#include "dv/service.h"

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
	*out = answer;
	return true;
}
