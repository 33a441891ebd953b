/* SPDX-License-Identifier: MIT */
/*
 * Chat widgets and their survey questions (facts/routing.md d.4, d.7).
 */
#include "org/behaviour_parts.h"

#include "base/banned.h"

/* app id and snippet */

enum { APP_IS_OURS, APP_MAY_BE_TOLD };

#define APP "msdyn_widgetappid"
#define SNIPPET "msdyn_widgetsnippet"

static struct str snippet(const struct happening *h, struct str app)
{
	return str_fmt(h->a,
		       "<script id=\"Microsoft_Omnichannel_LCWidget\" "
		       "src=\"https://oc-cdn.contoso.example/livechatwidget/scripts/"
		       "LiveChatBootstrapper.js\" data-app-id=\"%.*s\" data-org-id=\"%.*s\" "
		       "data-org-url=\"https://org.contoso.example\"></script>",
		       STR_ARG(app), STR_ARG(guid_text(h->a, h->s->organization)));
}

bool act_widget_app(struct happening *h, struct err *e)
{
	const struct value *told = happening_told(h, S(APP));
	struct str app;

	(void)e; /* nothing can go wrong */
	if (h->event == ON_CHANGING) {
		if (h->variant == APP_IS_OURS) {
			happening_put(h, S(APP), (struct value){ .kind = VALUE_ABSENT });
			happening_put(h, S(SNIPPET), (struct value){ .kind = VALUE_ABSENT });
		}
		return true;
	}
	app = told && h->variant == APP_MAY_BE_TOLD ? told->text
						    : guid_text(h->a, guid_random(&h->s->rng));
	happening_put(h, S(APP), value_text(app));
	if (h->variant == APP_IS_OURS || !happening_told(h, S(SNIPPET)))
		happening_put(h, S(SNIPPET), value_text(snippet(h, app)));
	return true;
}

/* messages */

#define MESSAGE "msdyn_ocsystemmessage"
#define TEXTS "msdyn_oclocalizationdata"

/* The columns of a row that a copy has, too. */
static bool copy_columns(const struct happening *h, struct guid from, const struct str *columns,
			 size_t n, struct draft *d, struct err *e)
{
	for (size_t i = 0; i < n; i++) {
		struct value v;

		if (!row_read(h->s, h->a, d->table, from, columns[i], &v, e))
			return false;
		if (v.kind == VALUE_TEXT || v.kind == VALUE_REF)
			draft_put(d, columns[i], v);
	}
	return true;
}

static bool copy_text(const struct happening *h, struct guid from, struct guid message,
		      struct err *e)
{
	static const struct str columns[] = {
		STR_INIT("msdyn_customerlanguageid"), STR_INIT("msdyn_defaultlocalizedtext"),
		STR_INIT("msdyn_entitycolumnname"),   STR_INIT("msdyn_entityname"),
		STR_INIT("msdyn_isdefault"),          STR_INIT("msdyn_languagecode"),
		STR_INIT("msdyn_localizedtext"),
	};
	struct draft d;
	struct guid id;

	if (!draft_begin(h, S(TEXTS), &d, e) ||
	    !copy_columns(h, from, columns, COUNT_OF(columns), &d, e))
		return false;
	draft_put(&d, S("msdyn_systemmessageid"), value_to(h->a, S(MESSAGE), message));
	draft_put(&d, S("msdyn_entityrecordid"), value_text(guid_text(h->a, message)));
	return draft_create(h, &d, &id, e);
}

static bool copy_texts(const struct happening *h, struct guid from, struct guid message,
		       struct err *e)
{
	const struct condition_value of = { S("msdyn_systemmessageid"), guid_text(h->a, from),
					    false };
	struct found texts;

	if (!find_rows(h, S(TEXTS), &of, 1, &texts, e))
		return false;
	for (size_t i = 0; i < texts.n; i++) {
		if (!copy_text(h, texts.ids[i], message, e))
			return false;
	}
	return true;
}

static bool copy_message(const struct happening *h, struct guid from, struct err *e)
{
	static const struct str columns[] = {
		STR_INIT("msdyn_defaultlanguage"),
		STR_INIT("msdyn_messagedescription"),
		STR_INIT("msdyn_messagereceiver"),
		STR_INIT("msdyn_messagetemplatetrigger"),
		STR_INIT("msdyn_messagetext"),
		STR_INIT("msdyn_messagetype"),
		STR_INIT("msdyn_name"),
		STR_INIT("msdyn_streamsource"),
		STR_INIT("msdyn_systemmessageeventtype"),
	};
	const struct value *type;
	struct draft d;
	struct guid id;

	if (!draft_begin(h, S(MESSAGE), &d, e) ||
	    !copy_columns(h, from, columns, COUNT_OF(columns), &d, e))
		return false;
	type = payload_value(&d.payload, table_column(d.table, S("msdyn_systemmessageeventtype")));
	draft_put(&d, S("msdyn_widgetid"), value_to(h->a, S("msdyn_livechatconfig"), h->id));
	draft_put(&d, S("msdyn_instanceid"),
		  value_text(str_fmt(h->a, "widget_%.*s_%.*s", STR_ARG(guid_text(h->a, h->id)),
				     STR_ARG(type ? type->text : S("")))));
	return draft_create(h, &d, &id, e) && copy_texts(h, from, id, e);
}

/* The default messages of the channel, as the widget's own. */
bool act_widget_messages(struct happening *h, struct err *e)
{
	const struct condition_value defaults[] = {
		{ S("msdyn_streamsource"), S("192360000"), false },
		{ .column = S("msdyn_widgetid"), .null = true },
	};
	struct found messages;

	if (!find_rows(h, S(MESSAGE), defaults, COUNT_OF(defaults), &messages, e))
		return false;
	for (size_t i = 0; i < messages.n; i++) {
		if (!copy_message(h, messages.ids[i], e))
			return false;
	}
	return true;
}

/* survey questions */

enum { VARIABLE_IS_KEPT, VARIABLE_FAILS };

bool act_question_variable(struct happening *h, struct err *e)
{
	const struct value *stream = happening_told(h, S("msdyn_liveworkstreamtochatquestion"));
	const struct value *name = happening_told(h, S("msdyn_name"));
	struct str table = S("msdyn_ocliveworkstreamcontextvariable");
	struct found same;
	struct draft d;
	struct guid id;

	if (!stream || !name)
		return true;

	const struct condition_value by_name[] = {
		{ S("msdyn_liveworkstreamid"), stream->text, false },
		{ S("msdyn_name"), name->text, false },
	};

	if (!find_rows(h, table, by_name, COUNT_OF(by_name), &same, e))
		return false;
	if (same.n > 0 && h->variant == VARIABLE_IS_KEPT)
		return true;
	if (same.n > 0 && h->variant == VARIABLE_FAILS)
		return happening_refuse(e,
					"the workstream has a context variable \"%.*s\" already: "
					"the survey question cannot make one of that name",
					STR_ARG(str_sub(name->text, 0, 100)));
	if (!draft_begin(h, table, &d, e))
		return false;
	draft_put(&d, S("msdyn_name"), *name);
	draft_put(&d, S("msdyn_displayname"), *name);
	draft_put(&d, S("msdyn_datatype"), value_text(S("192350000")));
	draft_put(&d, S("msdyn_liveworkstreamid"), *stream);
	return draft_create(h, &d, &id, e);
}
