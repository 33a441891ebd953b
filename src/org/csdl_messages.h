/* SPDX-License-Identifier: MIT */
/*
 * Functions and actions in $metadata, and the types of what they take and return.
 */
#ifndef FERRY_ORG_CSDL_MESSAGES_H
#define FERRY_ORG_CSDL_MESSAGES_H

#include "base/arena.h"
#include "base/err.h"
#include "io/xml.h"

/* Inside the schema: enumerations, complex types, functions and actions. */
MUST_CHECK bool csdl_write_messages(struct xml_writer *w, struct arena *a, struct err *e);
/* Inside the entity container: what is not bound to a row or a set. */
MUST_CHECK bool csdl_write_imports(struct xml_writer *w, struct arena *a, struct err *e);

#endif
