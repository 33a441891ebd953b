/* SPDX-License-Identifier: MIT */
/*
 * Parameters as HTML forms and URLs write them: name=value&name=value.
 */
#ifndef FERRY_SERVER_FORM_H
#define FERRY_SERVER_FORM_H

#include "base/buf.h"
#include "base/vec.h"

struct form_field {
	struct str name, value;
};

struct form {
	VEC(struct form_field) fields;
	bool repeated; /* a name came twice */
};

/* On the arena; false: a bad escape, text that is not UTF-8, or more fields than LIMIT_URL_OPTIONS. */
MUST_CHECK bool form_read(struct arena *a, struct str text, struct form *out);
/* The empty slice when there is none. */
struct str form_get(const struct form *f, struct str name);
/* Appends name=value, with the '&' that it needs in a form of one or more fields. */
void form_add(struct buf *out, struct str name, struct str value);

#endif
