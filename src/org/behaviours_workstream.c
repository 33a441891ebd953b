/* SPDX-License-Identifier: MIT */
/*
 * Workstreams (facts/routing.md d.3, f.1): what the platform fills in, and overwrites a moment later.
 */
#include "org/behaviour_parts.h"

#include "base/banned.h"

#define SOURCE_RECORDS "192350000"
#define SOURCE_VOICE "192440000"
#define BY_PROFILE "192360000"
#define WORKSTREAM "msdyn_liveworkstream"

/* How what the platform wants and what the caller tells meet. */
enum { FILL_OVERWRITES_LATER, FILL_OVERWRITES, FILL_IF_NONE };

struct wanted {
	struct str column;
	struct value value;
};

static bool is_told(const struct happening *h, const struct wanted *w)
{
	const struct value *told = happening_told(h, w->column);

	return told && told->text.n > 0;
}

/* What the caller told is put back a moment later. */
static bool overwrite(const struct happening *h, const struct wanted *wanted, size_t n,
		      struct err *e)
{
	struct draft d;

	if (!draft_begin(h, S(WORKSTREAM), &d, e))
		return false;
	for (size_t i = 0; i < n; i++)
		draft_put(&d, wanted[i].column, wanted[i].value);
	return draft_change(h, &d, h->id, e);
}

/* Before the row is written; *again: something is to be overwritten later. */
static void fill(const struct happening *h, const struct wanted *wanted, size_t n, bool *again)
{
	*again = false;
	for (size_t i = 0; i < n; i++) {
		bool told = is_told(h, &wanted[i]);

		if (!told || h->variant == FILL_OVERWRITES)
			happening_put(h, wanted[i].column, wanted[i].value);
		else if (h->variant == FILL_OVERWRITES_LATER)
			*again = true;
	}
}

static bool fill_or_overwrite(const struct happening *h, const struct wanted *wanted, size_t n,
			      struct err *e)
{
	bool again;

	if (h->event == ON_LATER)
		return overwrite(h, wanted, n, e);
	fill(h, wanted, n, &again);
	return !again || happening_postpone(h, e);
}

static const char contract_definition[] =
	"<contract version=\"1\">"
	"<entity logical-name=\"msdyn_ocliveworkitem\" key=\"msdyn_ocliveworkitem\" />"
	"<complex key=\"liveworkitemcontext\"></complex></contract>";

bool act_workstream_contract(struct happening *h, struct err *e)
{
	struct wanted w = { .column = S("msdyn_routingcontractid") };
	bool made = h->event == ON_LATER || h->variant == FILL_OVERWRITES || !is_told(h, &w);
	struct guid id;

	if (made && !make_contract(h, str_from(contract_definition), &id, e))
		return false;
	if (made)
		w.value = value_to(h->a, S("msdyn_decisioncontract"), id);
	return fill_or_overwrite(h, &w, 1, e);
}

static bool is_of(const struct happening *h, struct str source, bool *out, struct err *e)
{
	struct value v;

	if (!happening_value(h, S("msdyn_streamsource"), &v, e))
		return false;
	*out = v.kind == VALUE_TEXT && str_eq(v.text, source);
	return true;
}

bool act_workstream_templates(struct happening *h, struct err *e)
{
	static const struct {
		struct str column, chat, record;
	} templates[] = {
		{ STR_INIT("msdyn_sessiontemplate_default"), STR_INIT("msdyn_chat_session"),
		  STR_INIT("msdyn_entityrecords_session") },
		{ STR_INIT("msdyn_notificationtemplate_incoming_auth"),
		  STR_INIT("msdyn_chat_incoming_authenticated"),
		  STR_INIT("msdyn_entityrecords_assignment") },
		{ STR_INIT("msdyn_notificationtemplate_incoming_unauth"),
		  STR_INIT("msdyn_chat_incoming_unauthenticated"),
		  STR_INIT("msdyn_entityrecords_assignment") },
		{ STR_INIT("msdyn_notificationtemplate_consult"), STR_INIT("msdyn_chat_consult"),
		  STR_INIT("msdyn_entityrecords_assignment") },
		{ STR_INIT("msdyn_notificationtemplate_transfer"), STR_INIT("msdyn_chat_transfer"),
		  STR_INIT("msdyn_entityrecords_assignment") },
		{ STR_INIT("msdyn_notificationtemplate_supervisorassign"),
		  STR_INIT("msdyn_chat_supervisorassign"),
		  STR_INIT("msdyn_entityrecords_assignment") },
	};
	struct wanted wanted[COUNT_OF(templates)];
	bool record;

	if (!is_of(h, S(SOURCE_RECORDS), &record, e))
		return false;
	for (size_t i = 0; i < COUNT_OF(templates); i++) {
		wanted[i].column = templates[i].column;
		wanted[i].value = value_text(record ? templates[i].record : templates[i].chat);
	}
	return fill_or_overwrite(h, wanted, COUNT_OF(wanted), e);
}

/* The customer is the contact with the e-mail address that the conversation tells. */
bool act_workstream_identification(struct happening *h, struct err *e)
{
	static const char rule[] =
		"<RecordIdentificationRuleSet><RecordIdentificationRule>"
		"<PrimaryEntity name=\"contact\" /><fetch version=\"1.0\" mapping=\"logical\">"
		"<entity name=\"contact\"><attribute name=\"fullname\" /><filter type=\"and\">"
		"<condition attribute=\"emailaddress1\" operator=\"eq\" value=\"${Email}\" />"
		"</filter></entity></fetch><ContextKey name=\"Email\" isPreferred=\"true\" />"
		"</RecordIdentificationRule></RecordIdentificationRuleSet>";
	struct wanted w = { S("msdyn_recordidentificationrule"), value_text(str_from(rule)) };

	return fill_or_overwrite(h, &w, 1, e);
}

enum { CAPACITY_OF_ALL, CAPACITY_OF_VOICE };

/* A workstream by profiles begins with the platform's own. */
bool act_workstream_capacity(struct happening *h, struct err *e)
{
	const struct condition_value by_name = { S("msdyn_uniquename"),
						 S("msdyn_voice_inbound_profile"), false };
	const struct value *format = happening_told(h, S("msdyn_capacityformat"));
	struct found profile;
	struct draft d;
	struct guid id;
	bool voice;

	if (!is_of(h, S(SOURCE_VOICE), &voice, e))
		return false;
	if ((!voice && h->variant == CAPACITY_OF_VOICE) || !format ||
	    !str_eq(format->text, S(BY_PROFILE)))
		return true;
	if (!find_rows(h, S("msdyn_capacityprofile"), &by_name, 1, &profile, e))
		return false;
	if (profile.n == 0)
		return true;
	if (!draft_begin(h, S("msdyn_liveworkstreamcapacityprofile"), &d, e))
		return false;
	draft_put(&d, S("msdyn_name"),
		  value_text(str_fmt(h->a, "Voice - inbound-%.*s",
				     STR_ARG(guid_text(h->a, profile.ids[0])))));
	draft_put(&d, S("msdyn_workstream_id"), value_to(h->a, S(WORKSTREAM), h->id));
	draft_put(&d, S("msdyn_capacityprofile_id"),
		  value_to(h->a, S("msdyn_capacityprofile"), profile.ids[0]));
	return draft_create(h, &d, &id, e);
}

bool act_workstream_routing(struct happening *h, struct err *e)
{
	const struct value *name = happening_told(h, S("msdyn_name"));
	struct draft d;
	struct guid id;
	struct str id_text = guid_text(h->a, h->id);
	struct str plain = str_fmt(h->a, "RC - Workstream: (%.*s)", STR_ARG(id_text));
	struct str full = plain;

	if (name)
		full = str_fmt(h->a, "RC - Workstream: %.*s (%.*s)", STR_ARG(name->text),
			       STR_ARG(id_text));
	if (!draft_begin(h, S("msdyn_routingconfiguration"), &d, e))
		return false;
	/* the column takes 100 characters */
	draft_put(&d, S("msdyn_name"), value_text(full.n > 100 ? plain : full));
	draft_put(&d, S("msdyn_liveworkstreamid"), value_to(h->a, S(WORKSTREAM), h->id));
	draft_put(&d, S("msdyn_isactiveconfiguration"), value_text(S("1")));
	return draft_create(h, &d, &id, e);
}

enum { MODE_IS_REFUSED, MODE_IS_KEPT };

bool act_workstream_mode(struct happening *h, struct err *e)
{
	struct str column = S("msdyn_workdistributionmode");
	struct value stored;

	if (!happening_tells(h, column))
		return true;
	if (!happening_stored(h, column, &stored, e))
		return false;
	if (stored.kind != VALUE_TEXT || str_eq(row_value(h->row, column)->text, stored.text))
		return true;
	if (h->variant == MODE_IS_REFUSED)
		return happening_refuse(e, "the work distribution mode of a workstream cannot be "
					   "changed after it was created");
	happening_put(h, column, stored);
	return true;
}

/* Its variant "disabled" is the only one that acts. */
bool act_asynchronous(struct happening *h, struct err *e)
{
	if (h->variant == 0)
		return true;
	return happening_refuse(e, "the workstream cannot be created: asynchronous processing is "
				   "disabled in this organization");
}
