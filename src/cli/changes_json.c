/* SPDX-License-Identifier: MIT */
/*
 * Changes as JSON, one after the other.
 */
#include "cli/changes_json.h"

#include "cli/changes_text.h"

#include "base/banned.h"

struct writing {
	struct json_writer *w;
	const struct job *j;
};

static void text(struct json_writer *w, const char *key, struct str value)
{
	json_key(w, str_from(key));
	json_str(w, value);
}

static void row(struct json_writer *w, struct str table, struct str id, struct str name)
{
	json_object(w);
	text(w, "table", table);
	text(w, "id", id);
	text(w, "name", name);
	json_object_end(w);
}

static void numbers(struct json_writer *w, struct str list)
{
	struct str_splitter parts = str_splitter(list);

	json_array(w);
	for (struct str part; str_split(&parts, ',', &part);)
		json_num(w, part);
	json_array_end(w);
}

static void value(struct json_writer *w, const struct column *c, const struct value *v)
{
	if (!v || value_is_empty(v)) {
		json_null(w);
		return;
	}
	if (v->kind == VALUE_REF) {
		row(w, v->table, v->text, v->name);
		return;
	}
	if (!c) {
		json_str(w, v->text);
		return;
	}
	switch (c->type) {
	case COLUMN_MULTISELECT:
		numbers(w, v->text);
		return;
	case COLUMN_MANAGED:
		json_bool(w, str_eq(v->text, S("1")));
		return;
	case COLUMN_PARTYLIST:
	case COLUMN_IMAGE:
	case COLUMN_VIRTUAL:
		json_str(w, v->text);
		return;
	case COLUMN_FILE:
		json_str(w, v->name.n > 0 ? v->name : v->text);
		return;
	case COLUMN_STRING:
	case COLUMN_MEMO:
	case COLUMN_ENTITY_NAME:
	case COLUMN_INTEGER:
	case COLUMN_BIGINT:
	case COLUMN_DECIMAL:
	case COLUMN_DOUBLE:
	case COLUMN_MONEY:
	case COLUMN_BOOLEAN:
	case COLUMN_DATETIME:
	case COLUMN_PICKLIST:
	case COLUMN_STATE:
	case COLUMN_STATUS:
	case COLUMN_LOOKUP:
	case COLUMN_CUSTOMER:
	case COLUMN_OWNER:
	case COLUMN_GUID:
		break;
	}
	value_to_json(w, c, v);
}

static void flag(struct json_writer *w, const char *key)
{
	json_key(w, str_from(key));
	json_bool(w, true);
}

static void column(struct json_writer *w, enum told_kind kind, const struct told_column *c)
{
	const struct tab_column *of = c->column;

	json_object(w);
	text(w, "name", of->name);
	if (c->secret) {
		flag(w, "secret");
		json_object_end(w);
		return;
	}
	if (kind != TOLD_CREATE) {
		json_key(w, S("before"));
		value(w, of->column, c->before);
	}
	if (kind != TOLD_DELETE) {
		json_key(w, S("after"));
		value(w, of->column, c->after);
	}
	if (kind == TOLD_UPDATE && c->after && value_is_empty(c->after))
		flag(w, "cleared");
	json_object_end(w);
}

static void row_members(struct json_writer *w, const struct told_change *t)
{
	if (!guid_eq(t->id, t->origin))
		json_guid(w, S("origin"), t->origin);
	text(w, "name", t->name);
	if (t->how.n > 0)
		text(w, "how", t->how);
}

static void pair_members(struct json_writer *w, const struct told_change *t)
{
	char other[GUID_TEXT_SIZE];

	text(w, "name", t->name);
	text(w, "relationship", t->relationship);
	json_key(w, S("other"));
	row(w, t->other_table, guid_format(t->other, other), t->other_name);
}

static const char *state_of(enum change_state state)
{
	switch (state) {
	case CHANGE_PLANNED:
		return "planned";
	case CHANGE_SENT:
		return "sent";
	case CHANGE_DONE:
		return "done";
	case CHANGE_FAILED:
		return "failed";
	case CHANGE_SKIPPED:
		return "skipped";
	}
	return "";
}

static bool change(void *context, const struct told_change *t, struct err *e)
{
	const struct writing *to = context;
	struct json_writer *w = to->w;

	(void)e;
	json_object(w);
	text(w, "kind", str_from(changes_word(t->kind)));
	text(w, "table", t->table);
	json_guid(w, S("id"), t->id);
	if (t->relationship.n > 0)
		pair_members(w, t);
	else
		row_members(w, t);
	if (to->j->head.phase != RUN_PLANNED)
		text(w, "state", str_from(state_of(t->state)));
	if (t->relationship.n == 0) {
		json_key(w, S("columns"));
		json_array(w);
		for (size_t i = 0; i < t->ncolumns; i++)
			column(w, t->kind, &t->columns[i]);
		json_array_end(w);
	}
	json_object_end(w);
	return true;
}

bool changes_json(struct json_writer *w, struct job *j, struct err *e)
{
	struct writing to = { w, j };

	json_key(w, S("changes"));
	json_array(w);
	if (!changes_each(j, change, &to, e))
		return false;
	json_array_end(w);
	return true;
}
