/* SPDX-License-Identifier: MIT */
/*
 * What messages are given: parameters of functions in the URL, of actions in the body; and answers that many give.
 */
#ifndef FERRY_ORG_PARAMETER_H
#define FERRY_ORG_PARAMETER_H

#include "org/call.h"

/*
 * A function's parameter by its name: inline, or through an alias among the query's options, as text in
 * OData's literal form. 400 when it is missing.
 */
MUST_CHECK bool message_parameter(const struct call *c, struct str name, struct str *out,
				  struct err *e);

/* An action's parameters: the body, which is one JSON object. 400 0x80048d19. */
MUST_CHECK bool message_body(struct call *c, struct json *out, struct err *e);
/*
 * A parameter that is a row, {"@odata.type":"Microsoft.Dynamics.CRM.account","accountid":...} or
 * {"@odata.id":url}: its table and id.
 */
MUST_CHECK bool message_row(struct call *c, const struct json *body, struct str name,
			    const struct table **t, struct guid *id, struct err *e);
/* The table that @odata.type names, with or without '#'; 400 0x80048d19 when it names none. */
MUST_CHECK bool message_type(struct store *s, const struct json *item, const struct table **out,
			     struct err *e);

/* And one that is a row: {'@odata.id':'accounts(<id>)'}, or its type and its id, with quotes of either kind. */
MUST_CHECK bool message_parameter_row(struct call *c, struct str name, const struct table **t,
				      struct guid *id, struct err *e);
MUST_CHECK bool message_parameter_json(struct call *c, struct str name, struct json *out,
				       struct err *e);
/* Without the quotes that stand around a text. */
MUST_CHECK bool message_parameter_text(struct call *c, struct str name, struct str *out,
				       struct err *e);

MUST_CHECK bool message_parameter_moment(struct call *c, struct str name, struct datetime *out,
					 struct err *e);

/* A table that a message is about; 400 0x80041102 when the organization does not have it. */
MUST_CHECK bool message_table(struct call *c, struct str name, const struct table **out,
			      struct err *e);
/* A parameter is not what it has to be: false, 400 0x80060888. */
bool message_fail_parameter(struct str name, const char *wanted, struct err *e);
/* There is no such message on what the URL names: false, 404 0x80060888. */
bool message_fail_unknown(struct call *c, struct err *e);
/* 200 {"@odata.context":"...#Microsoft.Dynamics.CRM.<type>","<member>":"<id>"} */
MUST_CHECK bool message_answer_id(struct call *c, struct str type, struct str member,
				  struct guid id, struct err *e);

#endif
