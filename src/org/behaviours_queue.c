/* SPDX-License-Identifier: MIT */
/*
 * Queues (facts/routing.md d.1, d.2, f.1).
 */
#include "org/behaviour_parts.h"

#include "base/banned.h"

#define TYPE_ENTITY "192350001"

enum { CONTRACT_OVERWRITES, CONTRACT_IS_ORPHAN, CONTRACT_IF_NONE };

static struct str contract_definition(const struct happening *h)
{
	const struct value *type = happening_told(h, S("msdyn_queuetype"));
	bool record = type && str_eq(type->text, S(TYPE_ENTITY));
	const char *table = record ? "incident" : "msdyn_ocliveworkitem";

	return str_fmt(h->a,
		       "<contract version=\"1\"><entity logical-name=\"%s\" key=\"%s\" />"
		       "<complex key=\"agent\">"
		       "<variable name=\"lastSessionAssignedOn\" data-type=\"datetime\" />"
		       "<variable name=\"basePresenceStatus\" data-type=\"number\" />"
		       "<variable name=\"availableCapacity\" data-type=\"number\" />"
		       "</complex></contract>",
		       table, table);
}

bool act_queue_contract(struct happening *h, struct err *e)
{
	const struct value *omnichannel = happening_told(h, S("msdyn_isomnichannelqueue"));
	bool given = happening_told(h, S("msdyn_assignmentinputcontractid"));
	struct guid contract;

	if (!omnichannel || !value_is_true(omnichannel) ||
	    (given && h->variant == CONTRACT_IF_NONE))
		return true;
	if (!make_contract(h, contract_definition(h), &contract, e))
		return false;
	if (!given || h->variant == CONTRACT_OVERWRITES)
		happening_put(h, S("msdyn_assignmentinputcontractid"),
			      value_to(h->a, S("msdyn_decisioncontract"), contract));
	return true;
}

enum { TYPE_NEVER, TYPE_NO_OTHER };

bool act_queue_type(struct happening *h, struct err *e)
{
	struct value stored;

	if (!happening_tells(h, S("msdyn_queuetype")))
		return true;
	if (!happening_stored(h, S("msdyn_queuetype"), &stored, e))
		return false;
	if (h->variant == TYPE_NO_OTHER &&
	    str_eq(row_value(h->row, S("msdyn_queuetype"))->text, stored.text))
		return true;
	return happening_refuse(e, "the type of a queue is set when it is created: an update of a "
				   "queue must not tell msdyn_queuetype");
}

bool act_default_queue(struct happening *h, struct err *e)
{
	struct value is_default;

	if (!happening_stored(h, S("msdyn_isdefaultqueue"), &is_default, e))
		return false;
	if (!value_is_true(&is_default))
		return true;
	if (h->event == ON_DELETING)
		return happening_refuse(e, "a default queue cannot be deleted");
	for (size_t i = 0; i < h->table->ncolumns; i++) {
		struct str name = h->table->columns[i].name;

		if (h->row->values[i].kind != VALUE_ABSENT &&
		    !str_eq(name, S("msdyn_assignmentstrategy")))
			return happening_refuse(e,
						"a default queue cannot be edited, but for its "
						"assignment method: %.*s",
						STR_ARG(name));
	}
	return true;
}

enum { MARK_IS_IGNORED, MARK_IS_REFUSED };

bool act_default_mark(struct happening *h, struct err *e)
{
	struct str column = str_eq(h->table->name, S("queue")) ? S("msdyn_isdefaultqueue")
							       : S("msdyn_isdefault");
	struct value stored = { .kind = VALUE_TEXT, .text = S("0") };
	const struct value *told = happening_told(h, column);

	if (!happening_tells(h, column))
		return true;
	if (h->event == ON_CHANGING && !happening_stored(h, column, &stored, e))
		return false;
	if ((told && value_is_true(told)) == value_is_true(&stored))
		return true;
	if (h->variant == MARK_IS_REFUSED)
		return happening_refuse(e, "which %.*s is a default is the platform's: %.*s",
					STR_ARG(h->table->name), STR_ARG(column));
	happening_put(h, column, stored.kind == VALUE_TEXT ? stored : value_null());
	return true;
}

/* hours */

static bool find_contract(const struct happening *h, struct str name, struct found *out,
			  struct err *e)
{
	const struct condition_value by_name = { S("msdyn_uniquename"), name, false };

	return find_rows(h, S("msdyn_decisioncontract"), &by_name, 1, out, e);
}

static bool put_contract(const struct happening *h, struct draft *d, struct str column,
			 struct str name, struct err *e)
{
	struct found contract;

	if (!find_contract(h, name, &contract, e))
		return false;
	if (contract.n > 0)
		draft_put(d, column, value_to(h->a, S("msdyn_decisioncontract"), contract.ids[0]));
	return true;
}

/* The conversation ends. */
static bool make_overflow_action(const struct happening *h, struct guid *id, struct err *e)
{
	struct draft d;

	if (!draft_begin(h, S("msdyn_overflowactionconfig"), &d, e))
		return false;
	draft_put(
		&d, S("msdyn_name"),
		value_text(str_fmt(h->a, "EndConversation_%.*s", STR_ARG(guid_text(h->a, h->id)))));
	draft_put(&d, S("msdyn_overflowactiontype"), value_text(S("192350001")));
	draft_put(&d, S("msdyn_overflowactiondata"), value_text(S("{}")));
	return draft_create(h, &d, id, e);
}

static struct str overflow_definition(const struct happening *h, struct guid action)
{
	return str_fmt(
		h->a,
		"<decision hit-policy=\"first\" version=\"1\"><rules>"
		"<rule id=\"%.*s\" name=\"Outside operating hours\"><logical operator=\"AND\">"
		"<condition operator=\"==\">"
		"<lhs type=\"attribute\">queue_prequeue.iswithinoperatinghour</lhs>"
		"<rhs type=\"staticvalue\">false</rhs></condition></logical><action><setattribute>"
		"<lhs type=\"attribute\">"
		"overflowaction.msdyn_overflowactionconfig.msdyn_overflowactionconfigid</lhs>"
		"<rhs type=\"staticvalue\">{%.*s}</rhs></setattribute></action></rule></rules>"
		"</decision>",
		STR_ARG(guid_text(h->a, guid_random(&h->s->rng))),
		STR_ARG(guid_text(h->a, action)));
}

static bool make_overflow_rules(const struct happening *h, struct guid *id, struct err *e)
{
	struct str name = str_fmt(h->a, "queue_prequeue_%.*s", STR_ARG(guid_text(h->a, h->id)));
	struct guid action;
	struct draft d;

	if (!make_overflow_action(h, &action, e) ||
	    !draft_begin(h, S("msdyn_decisionruleset"), &d, e) ||
	    !put_contract(h, &d, S("msdyn_inputcontractid"), S("msdyn_queueoverflowrulesetinput"),
			  e) ||
	    !put_contract(h, &d, S("msdyn_outputcontractid"), S("msdyn_queueoverflowrulesetoutput"),
			  e))
		return false;
	draft_put(&d, S("msdyn_name"), value_text(name));
	draft_put(&d, S("msdyn_uniquename"), value_text(name));
	draft_put(&d, S("msdyn_rulesettype"), value_text(S("192350000")));
	draft_put(&d, S("msdyn_authoringmode"), value_text(S("192350000")));
	draft_put(&d, S("msdyn_rulesetdefinition"), value_text(overflow_definition(h, action)));
	return draft_create(h, &d, id, e);
}

bool act_queue_overflow(struct happening *h, struct err *e)
{
	struct value hours = value_null(), rules;
	struct guid id;

	if (!happening_told(h, S("msdyn_operatinghourid")))
		return true;
	if (h->event == ON_CHANGING && !happening_stored(h, S("msdyn_operatinghourid"), &hours, e))
		return false;
	if (hours.kind == VALUE_REF)
		return true;
	if (!happening_value(h, S("msdyn_prequeueoverflowrulesetid"), &rules, e))
		return false;
	if (rules.kind == VALUE_REF)
		return true;
	if (!make_overflow_rules(h, &id, e))
		return false;
	happening_put(h, S("msdyn_prequeueoverflowrulesetid"),
		      value_to(h->a, S("msdyn_decisionruleset"), id));
	return true;
}

/* Members are told to the services that route, a moment later; no row shows it. */
bool act_queue_member(struct happening *h, struct err *e)
{
	return h->event == ON_LATER || happening_postpone(h, e);
}
