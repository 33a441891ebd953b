/* SPDX-License-Identifier: MIT */
/*
 * The settings, as a table: a local organization has no place where one could be changed.
 */
#include "org/settings.h"

#include "io/json.h"
#include "org/code.h"
#include "org/parameter.h"

#include "base/banned.h"

/* DataType of a setting. */
enum { SETTING_NUMBER, SETTING_STRING, SETTING_BOOLEAN };

struct setting {
	struct str name;
	struct str value;
	int type;
};

/* In alphabetical order. */
static const struct setting SETTINGS[] = {
	{ STR_INIT("AllowNewAppChannelDefault"), STR_INIT("true"), SETTING_BOOLEAN },
	{ STR_INIT("AsyncOnLoad"), STR_INIT("false"), SETTING_BOOLEAN },
	{ STR_INIT("AsyncOnSave"), STR_INIT("false"), SETTING_BOOLEAN },
	{ STR_INIT("EnableNLGridSearch"), STR_INIT("false"), SETTING_BOOLEAN },
	{ STR_INIT("HideShowAs"), STR_INIT("false"), SETTING_BOOLEAN },
	{ STR_INIT("PowerAppsModernGridControl"), STR_INIT("true"), SETTING_BOOLEAN },
};

static void write_setting(struct json_writer *w, const struct setting *s)
{
	json_object(w);
	json_key(w, S("Name"));
	json_str(w, s->name);
	json_key(w, S("Value"));
	json_str(w, s->value);
	json_key(w, S("DataType"));
	json_i64(w, s->type);
	json_object_end(w);
}

bool function_setting_list(struct call *c, struct err *e)
{
	call_json(c, 200);

	DEFER(json_writer_release) struct json_writer w = json_writer_make(call_sink(c));

	json_object(&w);
	json_key(&w, S("@odata.context"));
	json_str(&w, call_context(c, S("Microsoft.Dynamics.CRM.RetrieveSettingListResponse")));
	json_key(&w, S("SettingDetailCollection"));
	json_array(&w);
	for (size_t i = 0; i < COUNT_OF(SETTINGS); i++)
		write_setting(&w, &SETTINGS[i]);
	json_array_end(&w);
	json_object_end(&w);
	return json_writer_finish(&w, e);
}

static const struct setting *find_setting(struct str name)
{
	for (size_t i = 0; i < COUNT_OF(SETTINGS); i++) {
		if (str_eq_ascii_nocase(SETTINGS[i].name, name))
			return &SETTINGS[i];
	}
	return NULL;
}

bool function_setting(struct call *c, struct err *e)
{
	const struct setting *found;
	struct str name;

	if (!message_parameter_text(c, S("SettingName"), &name, e))
		return false;
	found = find_setting(name);
	if (!found)
		return err_set_code(e, ERR_NOT_FOUND, CODE_ROW_MISSING,
				    "there is no setting '%.*s'", STR_ARG(str_sub(name, 0, 100)));
	call_json(c, 200);

	DEFER(json_writer_release) struct json_writer w = json_writer_make(call_sink(c));

	json_object(&w);
	json_key(&w, S("@odata.context"));
	json_str(&w, call_context(c, S("Microsoft.Dynamics.CRM.RetrieveSettingResponse")));
	json_key(&w, S("SettingDetail"));
	write_setting(&w, found);
	json_object_end(&w);
	return json_writer_finish(&w, e);
}
