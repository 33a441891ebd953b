/* SPDX-License-Identifier: MIT */
/*
 * Bodies of requests that change metadata.
 */
#include "org/metadata_body.h"

#include "org/choices.h"
#include "org/code.h"

#include "base/banned.h"

bool metadata_body(struct call *c, struct json *out, struct err *e)
{
	struct err why;

	if (!json_parse(c->arena, c->request->body, "the body", out, &why))
		return err_set_code(e, ERR_BAD_REQUEST, CODE_PAYLOAD, "%s", why.msg);
	if (out->kind != JSON_OBJECT)
		return err_set_code(e, ERR_BAD_REQUEST, CODE_PAYLOAD, "the body is not an object");
	return true;
}

bool metadata_done(struct call *c)
{
	c->answer->status = 204;
	return true;
}

bool metadata_made(struct call *c, struct str path)
{
	call_header(c, S("OData-EntityId"),
		    str_fmt(c->arena, "%.*s%.*s", STR_ARG(c->root), STR_ARG(path)));
	return metadata_done(c);
}

struct str metadata_path(struct call *c, const char *set, struct guid id)
{
	char text[GUID_TEXT_SIZE];

	return str_fmt(c->arena, "%s(%.*s)", set, STR_ARG(guid_format(id, text)));
}

struct str metadata_echo(struct call *c)
{
	DEFER(buf_release) struct buf path = buf_make(0);

	for (size_t i = 0; i < c->url.nsegments; i++) {
		const struct url_segment *s = &c->url.segments[i];

		buf_add_fmt(&path, "%s%.*s", i > 0 ? "/" : "", STR_ARG(s->name));
		if (s->has_key)
			buf_add_fmt(&path, "(%.*s)", STR_ARG(s->key));
	}
	return str_dup(c->arena, buf_str(&path));
}

static bool is_name_character(char c, bool first)
{
	bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');

	return letter || c == '_' || (!first && c >= '0' && c <= '9');
}

bool metadata_name(const char *what, struct str schema_name, struct err *e)
{
	size_t prefix = str_find_char(schema_name, '_');

	if (schema_name.n == 0)
		return err_set_code(e, ERR_BAD_REQUEST, CODE_INVALID_ARGUMENT,
				    "%s needs a SchemaName", what);
	for (size_t i = 0; i < schema_name.n; i++) {
		if (!is_name_character(schema_name.p[i], i == 0) || schema_name.n > 128)
			return err_set_code(e, ERR_BAD_REQUEST, CODE_INVALID_ARGUMENT,
					    "the SchemaName '%.*s' of %s is invalid: letters, "
					    "digits and underscores, at most 128",
					    STR_ARG(str_sub(schema_name, 0, 200)), what);
	}
	if (prefix == STR_NONE || prefix < 2 || prefix > 8)
		return err_set_code(e, ERR_BAD_REQUEST, CODE_INVALID_ARGUMENT,
				    "the SchemaName '%.*s' of %s does not begin with a publisher's "
				    "prefix like new_",
				    STR_ARG(schema_name), what);
	return true;
}

struct str metadata_text(struct call *c, const struct json *o, struct str name)
{
	return str_dup(c->arena, json_text(o, name));
}

void metadata_relabel(struct call *c, const struct json *o, struct str member, struct str *label)
{
	const struct json *v = json_get(o, member);
	struct str text;

	if (!v || v->kind != JSON_OBJECT)
		return;
	text = definition_read_label(c->arena, o, member);
	if (text.n > 0)
		*label = text;
}

bool metadata_table_named(struct call *c, struct str name, const struct table **out, struct err *e)
{
	if (!store_table(c->store, name, out, e))
		return false;
	if (*out)
		return true;
	return err_set_code(e, ERR_BAD_REQUEST, CODE_TABLE_UNKNOWN, "there is no table '%.*s'",
			    STR_ARG(str_sub(name, 0, 200)));
}

/* /GlobalOptionSetDefinitions(<id>) or (Name='x') */
static bool find_global(struct call *c, struct str url, struct definition_choice *out,
			struct err *e)
{
	size_t open = str_find_char(url, '(');
	struct str key = open == STR_NONE ? S("") : str_skip(url, open + 1);
	struct metadata_list all;
	struct metadata_item item;

	if (!str_ends(key, S(")")) || str_find(url, S("GlobalOptionSetDefinitions")) == STR_NONE)
		return err_set_code(e, ERR_BAD_REQUEST, CODE_ODATA,
				    "'%.*s' is no address of a global choice",
				    STR_ARG(str_sub(url, 0, 200)));
	key.n--;
	if (!metadata_root(c->store, c->arena, S("GlobalOptionSetDefinitions"), &all, e) ||
	    !metadata_pick(c->store, &all, key, &item, e))
		return false;
	*out = item.choice;
	return true;
}

/* Options that are no global choice's: numbers that are missing are given, as the platform does. */
static bool number_options(struct call *call, struct column *c, struct err *e)
{
	int32_t next;

	if (!choices_first_value(call->store, S(""), &next, e))
		return false;
	for (size_t i = 0; i < c->noptions; i++) {
		if (c->options[i].value >= next)
			next = c->options[i].value + 1;
	}
	for (size_t i = 0; i < c->noptions && c->type != COLUMN_BOOLEAN; i++) {
		if (c->options[i].value == 0 && i > 0)
			c->options[i].value = next++;
		for (size_t j = 0; j < i; j++) {
			if (c->options[j].value == c->options[i].value)
				return err_set_code(e, ERR_BAD_REQUEST, CODE_INVALID_ARGUMENT,
						    "column '%.*s' has the option value %d twice",
						    STR_ARG(c->name), (int)c->options[i].value);
		}
	}
	return true;
}

static bool take_options(struct call *c, const struct json *o, struct column *col, struct err *e)
{
	struct str url = json_text(o, S("GlobalOptionSet@odata.bind"));
	struct str name = json_text(json_get(o, S("OptionSet")), S("Name"));
	bool global = json_flag(json_get(o, S("OptionSet")), S("IsGlobal"));
	struct definition_choice choice = { 0 };

	if (!definition_has_choice(col))
		return true;
	if (url.n > 0) {
		if (!find_global(c, url, &choice, e))
			return false;
	} else if (global && !choices_find(c->store, c->arena, name, &choice, e)) {
		return false;
	}
	col->choice = S("");
	if (choice.column) {
		col->choice = choice.name;
		col->options = choice.column->options;
		col->noptions = choice.column->noptions;
		return true;
	}
	if (global)
		return err_set_code(e, ERR_BAD_REQUEST, CODE_METADATA_MISSING,
				    "there is no global choice '%.*s'", STR_ARG(name));
	return number_options(c, col, e);
}

static void usual_range(struct column *c, const char *min, const char *max)
{
	if (!c->has_min)
		c->min = str_from(min);
	if (!c->has_max)
		c->max = str_from(max);
	c->has_min = c->has_max = true;
}

/* What the platform takes when the client does not tell. */
static void usual_limits(struct column *c)
{
	switch (c->type) {
	case COLUMN_STRING:
		if (c->max_length == 0)
			c->max_length = 100;
		break;
	case COLUMN_MEMO:
		if (c->max_length == 0)
			c->max_length = 2000;
		break;
	case COLUMN_INTEGER:
		usual_range(c, "-2147483648", "2147483647");
		break;
	case COLUMN_DECIMAL:
	case COLUMN_DOUBLE:
		usual_range(c, "-100000000000", "100000000000");
		c->precision = c->precision < 0 ? 2 : c->precision;
		break;
	case COLUMN_MONEY:
		usual_range(c, "-922337203685477", "922337203685477");
		c->precision = c->precision < 0 ? 2 : c->precision;
		break;
	case COLUMN_BIGINT:
	case COLUMN_ENTITY_NAME:
	case COLUMN_BOOLEAN:
	case COLUMN_DATETIME:
	case COLUMN_PICKLIST:
	case COLUMN_MULTISELECT:
	case COLUMN_STATE:
	case COLUMN_STATUS:
	case COLUMN_LOOKUP:
	case COLUMN_CUSTOMER:
	case COLUMN_OWNER:
	case COLUMN_PARTYLIST:
	case COLUMN_GUID:
	case COLUMN_IMAGE:
	case COLUMN_FILE:
	case COLUMN_MANAGED:
	case COLUMN_VIRTUAL:
		break;
	}
}

static bool is_makeable(enum column_type type)
{
	static const enum column_type makeable[] = {
		COLUMN_STRING,   COLUMN_MEMO,     COLUMN_INTEGER,     COLUMN_BIGINT,
		COLUMN_DECIMAL,  COLUMN_DOUBLE,   COLUMN_MONEY,       COLUMN_BOOLEAN,
		COLUMN_DATETIME, COLUMN_PICKLIST, COLUMN_MULTISELECT, COLUMN_LOOKUP,
		COLUMN_CUSTOMER, COLUMN_IMAGE,    COLUMN_FILE,
	};

	for (size_t i = 0; i < COUNT_OF(makeable); i++) {
		if (makeable[i] == type)
			return true;
	}
	return false;
}

/* A yes/no without names for its answers. */
static void usual_answers(struct arena *a, struct column *c)
{
	if (c->type != COLUMN_BOOLEAN || c->noptions > 0)
		return;
	c->options = arena_array(a, struct option, 2);
	c->options[0] = (struct option){ .value = 1, .label = S("Yes") };
	c->options[1] = (struct option){ .value = 0, .label = S("No") };
	c->noptions = 2;
}

/* A flag of a definition that holds unless it is denied. */
static bool allowed(const struct json *o, struct str name)
{
	const struct json *v = json_get(o, name);

	return !v || v->kind != JSON_BOOL || v->yes;
}

struct json metadata_named(struct call *c, const struct json *o, struct str logical_name)
{
	struct json named = *o;

	named.members = arena_array(c->arena, struct json_member, o->n + 1);
	named.n = 0;
	for (size_t i = 0; i < o->n; i++) {
		if (!str_eq(o->members[i].name, S("LogicalName")))
			named.members[named.n++] = o->members[i];
	}
	named.members[named.n++] =
		(struct json_member){ S("LogicalName"),
				      { .kind = JSON_STRING, .text = logical_name } };
	return named;
}

bool metadata_new_column(struct call *c, const struct json *o, struct str table, struct column *out,
			 struct err *e)
{
	struct str schema_name = metadata_text(c, o, S("SchemaName"));
	struct json named;
	struct column col;
	struct err why;

	if (!metadata_name("a column", schema_name, e))
		return false;
	named = metadata_named(c, o, str_lower_ascii(c->arena, schema_name));
	if (!definition_read_column(c->arena, &named, table, &col, &why))
		return err_set_code(e, ERR_BAD_REQUEST, CODE_PAYLOAD, "%s", why.msg);
	if (!is_makeable(col.type))
		return err_set_code(e, ERR_BAD_REQUEST, CODE_INVALID_ARGUMENT,
				    "column '%.*s': a column of this type cannot be created",
				    STR_ARG(col.name));
	col.create = allowed(o, S("IsValidForCreate"));
	col.update = allowed(o, S("IsValidForUpdate"));
	col.read = allowed(o, S("IsValidForRead"));
	col.unmanaged = true;
	usual_limits(&col);
	usual_answers(c->arena, &col);
	if (!take_options(c, o, &col, e))
		return false;
	*out = col;
	return true;
}

/* A word of CascadeType that we know; the rest are the platform's to refuse. */
static struct str event(struct call *c, const struct json *o, struct str name)
{
	return metadata_text(c, json_get(o, S("CascadeConfiguration")), name);
}

bool metadata_new_lookup(struct call *c, const struct json *o, const struct column *c1,
			 struct many_to_one *out, struct err *e)
{
	const struct table *target;
	struct many_to_one r = {
		.schema_name = metadata_text(c, o, S("SchemaName")),
		.column = c1->name,
		.target = metadata_text(c, o, S("ReferencedEntity")),
		.navigation = metadata_text(c, o, S("ReferencingEntityNavigationPropertyName")),
		.collection = metadata_text(c, o, S("ReferencedEntityNavigationPropertyName")),
		.on_assign = event(c, o, S("Assign")),
		.on_share = event(c, o, S("Share")),
		.on_unshare = event(c, o, S("Unshare")),
		.on_reparent = event(c, o, S("Reparent")),
		.on_merge = event(c, o, S("Merge")),
		.hierarchical = json_flag(o, S("IsHierarchical")),
		.unmanaged = true,
	};
	struct str word = event(c, o, S("Delete"));

	if (!metadata_name("a relationship", r.schema_name, e) ||
	    !metadata_table_named(c, r.target, &target, e))
		return false;
	if (word.n > 0 && !cascade_parse(word, &r.on_delete))
		return err_set_code(e, ERR_BAD_REQUEST, CODE_PAYLOAD,
				    "'%.*s' is no value of CascadeType", STR_ARG(word));
	r.target_column = str_dup(c->arena, target->primary_id);
	if (r.collection.n == 0)
		r.collection = r.schema_name;
	/* one that may point to several tables has a property for each */
	if (r.navigation.n == 0)
		r.navigation = c1->ntargets > 1 || c1->type == COLUMN_CUSTOMER
				       ? str_fmt(c->arena, "%.*s_%.*s", STR_ARG(c1->schema_name),
						 STR_ARG(r.target))
				       : c1->schema_name;
	*out = r;
	return true;
}
