/* SPDX-License-Identifier: MIT */
/*
 * RetrieveMetadataChanges: definitions that fit an EntityQueryExpression, and, after a version that the client
 * knows, only those that changed since, with what was deleted. The query is turned into the options that a URL
 * would have.
 */
#include "org/metadata_api.h"

#include <inttypes.h>

#include "base/vec.h"
#include "org/code.h"
#include "org/parameter.h"
#include "org/metadata_put.h"
#include "org/store_alter.h"

#include "base/banned.h"

#define EARLIEST_VERSION 1

struct changes {
	struct call *call;
	struct metadata_options options;
	int64_t since; /* 0: everything */
	int64_t version;
	struct str deleted_filter; /* "Entity,Attribute"; empty: nothing is told */
};

static bool invalid(struct err *e, const char *what)
{
	return err_set_code(e, ERR_BAD_REQUEST, CODE_INVALID_ARGUMENT, "Query: %s", what);
}

/* Without quotes what is no text. */
static void add_text(struct buf *out, const struct json *v, struct str type)
{
	bool bare = v->kind == JSON_NUMBER || str_eq(type, S("System.Boolean")) ||
		    str_eq(type, S("System.Int32")) || str_eq(type, S("System.Guid"));
	struct str_splitter parts = str_splitter(v->text);
	bool first = true;

	buf_add(out, bare ? S("") : S("'"));
	for (struct str part; str_split(&parts, '\'', &part); first = false) {
		buf_add(out, first ? S("") : S("''"));
		buf_add(out, part);
	}
	buf_add(out, bare ? S("") : S("'"));
}

/* a value of a condition as a literal of $filter */
static bool add_literal(struct buf *out, const struct json *v)
{
	struct str type = json_text(v, S("Type"));

	if (v && v->kind == JSON_OBJECT)
		v = json_get(v, S("Value"));
	if (!v || v->kind == JSON_NULL) {
		buf_add(out, S("null"));
		return true;
	}
	if (v->kind == JSON_BOOL) {
		buf_add(out, v->yes ? S("true") : S("false"));
		return true;
	}
	if (v->kind != JSON_NUMBER && v->kind != JSON_STRING)
		return false;
	add_text(out, v, type);
	return true;
}

/* A property's name becomes part of a filter. */
static bool is_identifier(struct str name)
{
	for (size_t i = 0; i < name.n; i++) {
		char c = name.p[i];

		if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9')))
			return false;
	}
	return name.n > 0;
}

static bool add_in(struct buf *out, struct str name, const struct json *value, bool not,
		   struct err *e)
{
	const struct json *list = value;

	if (list && list->kind == JSON_OBJECT)
		list = json_get(list, S("Value"));
	if (!list || list->kind != JSON_ARRAY || list->n == 0)
		return invalid(e, "a condition with In needs a list of values");
	buf_add(out, not? S("not (") : S("("));
	for (size_t i = 0; i < list->n; i++) {
		buf_add_fmt(out, "%s%.*s eq ", i > 0 ? " or " : "", STR_ARG(name));
		if (!add_literal(out, &list->items[i]))
			return invalid(e, "a value is neither text, number nor flag");
	}
	buf_add_char(out, ')');
	return true;
}

static bool add_condition(struct buf *out, const struct json *condition, struct err *e)
{
	static const struct {
		struct str name, word;
	} operators[] = {
		{ STR_INIT("Equals"), STR_INIT("eq") },
		{ STR_INIT("NotEquals"), STR_INIT("ne") },
		{ STR_INIT("GreaterThan"), STR_INIT("gt") },
		{ STR_INIT("LessThan"), STR_INIT("lt") },
	};
	struct str name = json_text(condition, S("PropertyName"));
	struct str word = json_text(condition, S("ConditionOperator"));
	const struct json *value = json_get(condition, S("Value"));

	if (!is_identifier(name))
		return invalid(e, "a condition has no PropertyName");
	if (str_eq(word, S("In")) || str_eq(word, S("NotIn")))
		return add_in(out, name, value, str_eq(word, S("NotIn")), e);
	for (size_t i = 0; i < COUNT_OF(operators); i++) {
		if (!str_eq(operators[i].name, word))
			continue;
		buf_add_fmt(out, "%.*s %.*s ", STR_ARG(name), STR_ARG(operators[i].word));
		return add_literal(out, value) ||
		       invalid(e, "a value is neither text, number nor flag");
	}
	return invalid(e, "a ConditionOperator is none of Equals, NotEquals, In, NotIn, "
			  "GreaterThan, LessThan");
}

static size_t array_of(const struct json *o, struct str name, const struct json **items)
{
	const struct json *v = json_get(o, name);

	*items = v && v->kind == JSON_ARRAY ? v->items : NULL;
	return *items ? v->n : 0;
}

/* Nesting ends with that of the JSON. */
static bool add_criteria(struct buf *out, const struct json *criteria, struct err *e)
{
	const char *join =
		str_eq(json_text(criteria, S("FilterOperator")), S("Or")) ? " or " : " and ";
	const struct json *conditions, *filters;
	size_t nconditions = array_of(criteria, S("Conditions"), &conditions);
	size_t nfilters = array_of(criteria, S("Filters"), &filters);
	size_t start = out->n;

	for (size_t i = 0; i < nconditions; i++) {
		buf_add(out, out->n > start ? str_from(join) : S(""));
		if (!add_condition(out, &conditions[i], e))
			return false;
	}
	for (size_t i = 0; i < nfilters; i++) {
		size_t before = out->n;

		buf_add(out, out->n > start ? str_from(join) : S(""));
		buf_add_char(out, '(');

		size_t inside = out->n;

		if (!add_criteria(out, &filters[i], e))
			return false;
		if (out->n == inside)
			buf_truncate(out, before);
		else
			buf_add_char(out, ')');
	}
	return true;
}

/* Criteria and Properties, as every part of the query has them. */
static bool read_part(struct arena *a, const struct json *part, struct metadata_options *out,
		      struct err *e)
{
	DEFER(buf_release) struct buf filter = buf_make(0);
	const struct json *properties = json_get(part, S("Properties"));
	const struct json *names;
	size_t n = array_of(properties, S("PropertyNames"), &names);
	VEC(struct str) select = { 0 };

	if (!add_criteria(&filter, json_get(part, S("Criteria")), e))
		return false;
	if (filter.n > 0 &&
	    !metadata_filter_read(a, NULL, str_dup(a, buf_str(&filter)), &out->filter, e))
		return false;
	if (json_flag(properties, S("AllProperties")))
		return true;
	for (size_t i = 0; i < n; i++)
		*VEC_PUSH(a, &select) = names[i].text;
	/* the platform always tells what it is of */
	*VEC_PUSH(a, &select) = S("MetadataId");
	*VEC_PUSH(a, &select) = S("HasChanged");
	out->select = (struct definition_select){ select.p, select.n };
	return true;
}

static bool is_chosen(const struct metadata_options *options, struct str name)
{
	for (size_t i = 0; i < options->select.n; i++) {
		if (str_eq(options->select.names[i], name))
			return true;
	}
	return options->select.n == 0;
}

/* Attributes, keys and relationships are properties of the query, lists of the definition. */
static bool read_query(struct changes *x, const struct json *query, struct err *e)
{
	static const struct {
		struct str list, part;
	} parts[] = {
		{ STR_INIT("Attributes"), STR_INIT("AttributeQuery") },
		{ STR_INIT("Keys"), STR_INIT("KeyQuery") },
		{ STR_INIT("ManyToOneRelationships"), STR_INIT("RelationshipQuery") },
		{ STR_INIT("OneToManyRelationships"), STR_INIT("RelationshipQuery") },
		{ STR_INIT("ManyToManyRelationships"), STR_INIT("RelationshipQuery") },
	};
	struct arena *a = x->call->arena;
	struct metadata_options *o = &x->options;
	VEC(struct metadata_expand) expand = { 0 };

	if (query->kind != JSON_OBJECT)
		return invalid(e, "is not an EntityQueryExpression");
	if (!read_part(a, query, o, e))
		return false;
	for (size_t i = 0; i < COUNT_OF(parts); i++) {
		const struct json *part = json_get(query, parts[i].part);
		bool wanted = is_chosen(o, parts[i].list) || (part && part->kind == JSON_OBJECT);
		struct metadata_expand *to;

		if (!wanted)
			continue;
		to = VEC_PUSH(a, &expand);
		to->name = parts[i].list;
		if (part && part->kind == JSON_OBJECT && !read_part(a, part, &to->options, e))
			return false;
	}
	o->expand = expand.p;
	o->nexpand = expand.n;
	return true;
}

/* The stamp is ours: "<version>!<anything>". */
static bool read_stamp(struct changes *x, struct str stamp, struct err *e)
{
	if (str_starts(stamp, S("'")) && str_ends(stamp, S("'")) && stamp.n >= 2)
		stamp = str_sub(stamp, 1, stamp.n - 2);
	if (stamp.n == 0 || str_eq(stamp, S("null")))
		return true;
	if (!str_parse_i64(str_sub(stamp, 0, str_find_char(stamp, '!')), &x->since) ||
	    x->since < EARLIEST_VERSION || x->since > x->version)
		return err_set_code(e, ERR_BAD_REQUEST, CODE_VERSION_STAMP,
				    "the version stamp '%.*s' is not, or no longer, known: read "
				    "everything anew",
				    STR_ARG(str_sub(stamp, 0, 100)));
	return true;
}

static bool changed_tables(struct changes *x, struct metadata_list *list, struct err *e)
{
	struct arena *a = x->call->arena;
	VEC(struct metadata_item) items = { 0 };

	for (size_t i = 0; i < list->n; i++) {
		struct stmt *st;
		bool row;

		if (!store_statement(x->call->store,
				     S("select 1 from ferry_metadata_change where version > ?1 and "
				       "name = ?2 and not deleted limit 1"),
				     &st, e))
			return false;
		stmt_bind_i64(st, 1, x->since - EARLIEST_VERSION);
		stmt_bind_str(st, 2, list->items[i].name);
		if (!stmt_step(st, &row, e))
			return false;
		stmt_reset(st);
		if (row)
			*VEC_PUSH(a, &items) = list->items[i];
	}
	list->items = items.p;
	list->n = items.n;
	return true;
}

/* Ids of what was deleted, by kind. */
static bool put_deleted(struct changes *x, struct json_writer *w, struct err *e)
{
	static const char *const kinds[] = { "Entity", "Attribute", "Relationship", "OptionSet" };
	DEFER(stmt_close) struct stmt *st = NULL;
	bool row = false;

	json_key(w, S("DeletedMetadata"));
	if (x->since == 0 || x->deleted_filter.n == 0) {
		json_null(w);
		return true;
	}
	json_object(w);
	json_key(w, S("Count"));
	json_i64(w, COUNT_OF(kinds));
	json_key(w, S("IsReadOnly"));
	json_bool(w, false);
	json_key(w, S("Keys"));
	json_array(w);
	for (size_t i = 0; i < COUNT_OF(kinds); i++)
		json_str(w, str_from(kinds[i]));
	json_array_end(w);
	json_key(w, S("Values"));
	json_array(w);
	if (!db_prepare(x->call->store->db,
			S("select id from ferry_metadata_change where version > ?1 and kind = ?2 "
			  "and deleted order by version"),
			&st, e))
		return false;
	for (size_t i = 0; i < COUNT_OF(kinds); i++) {
		stmt_reset(st);
		stmt_bind_i64(st, 1, x->since - EARLIEST_VERSION);
		stmt_bind_str(st, 2, str_from(kinds[i]));
		json_object(w);
		json_key(w, S("Items"));
		json_array(w);
		for (;;) {
			if (!stmt_step(st, &row, e))
				return false;
			if (!row)
				break;
			json_str(w, stmt_str(st, 0));
		}
		json_array_end(w);
		json_object_end(w);
	}
	json_array_end(w);
	json_object_end(w);
	return true;
}

static bool answer(struct changes *x, const struct metadata_list *list, struct err *e)
{
	struct call *c = x->call;
	DEFER(json_writer_release) struct json_writer w = json_writer_make(call_sink(c));
	char now[DATETIME_TEXT_SIZE];

	call_json(c, 200);
	json_object(&w);
	json_key(&w, S("@odata.context"));
	json_str(&w, call_context(c, S("Microsoft.Dynamics.CRM.RetrieveMetadataChangesResponse")));
	json_key(&w, S("ServerVersionStamp"));
	json_str(&w, str_fmt(c->arena, "%" PRId64 "!%.*s", x->version,
			     STR_ARG(datetime_format_iso(store_now(c->store), now))));
	if (!put_deleted(x, &w, e))
		return false;
	json_key(&w, S("EntityMetadata"));
	json_array(&w);
	if (!metadata_put_list(c->store, &w, list, &x->options, e))
		return false;
	json_array_end(&w);
	json_object_end(&w);
	return json_writer_finish(&w, e);
}

/* A parameter that may be missing. */
static struct str optional(const struct call *c, struct str name)
{
	struct err missing;
	struct str text;

	return message_parameter(c, name, &text, &missing) ? text : S("");
}

bool metadata_changes(struct call *c, struct err *e)
{
	struct changes x = { .call = c };
	struct metadata_list list;
	struct json query = { .kind = JSON_OBJECT };
	struct str text = optional(c, S("Query"));
	struct err why;

	if (text.n > 0 && !json_parse(c->arena, text, "Query", &query, &why))
		return err_set_code(e, ERR_BAD_REQUEST, CODE_INVALID_ARGUMENT, "%s", why.msg);
	if (!alter_version(c->store, &x.version, e))
		return false;
	x.version += EARLIEST_VERSION;
	x.deleted_filter = optional(c, S("DeletedMetadataFilters"));
	if (!read_stamp(&x, optional(c, S("ClientVersionStamp")), e) ||
	    !read_query(&x, &query, e) ||
	    !metadata_root(c->store, c->arena, S("EntityDefinitions"), &list, e) ||
	    (x.since > 0 && !changed_tables(&x, &list, e)) ||
	    !metadata_check(c->store, c->arena, &list, &x.options, e))
		return false;
	return answer(&x, &list, e);
}
