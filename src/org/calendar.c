/* SPDX-License-Identifier: MIT */
/*
 * Which message a request comes to, and that the table does not know it.
 */
#include "org/calendar.h"

#include "org/code.h"

#include "base/banned.h"

#define TABLE S("calendarrule")
#define SET S("calendarrules")

static bool refuse(const char *message, struct err *e)
{
	return err_set_code(e, ERR_BAD_REQUEST, CODE_NO_MESSAGE,
			    "The '%s' method does not support entities of type 'calendarrule'. "
			    "MessageProcessorCache returned MessageProcessor.Empty.",
			    message);
}

static const char *message_of(enum method method, bool keyed)
{
	switch (method) {
	case METHOD_GET:
		return keyed ? "Retrieve" : "RetrieveMultiple";
	case METHOD_DELETE:
		return "Delete";
	case METHOD_PATCH:
	case METHOD_PUT:
		return "Update";
	case METHOD_POST:
		break;
	}
	return "Create";
}

bool calendar_check_request(enum method method, struct str set, bool keyed, struct err *e)
{
	return !str_eq(set, SET) || refuse(message_of(method, keyed), e);
}

bool calendar_check_link(const struct store *s, const struct table *t, struct err *e)
{
	if (!str_eq(t->name, TABLE) || s->variants.rule_reads == RULES_BY_LINKS_TOO)
		return true;
	return refuse("RetrieveMultiple", e);
}

bool calendar_check_nested(const struct store *s, const struct table *t, struct err *e)
{
	if (!str_eq(t->name, TABLE) || s->variants.nested_rules == NESTED_RULES_TAKEN)
		return true;
	return refuse("Create", e);
}
