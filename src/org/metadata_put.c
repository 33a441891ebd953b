/* SPDX-License-Identifier: MIT */
/*
 * Writes items. What a filter looks at is written into a text of its own and read back as a tree.
 */
#include "org/metadata_put.h"

#include "org/code.h"

#include "base/banned.h"

static bool unknown(const struct metadata_list *list, struct str name, struct err *e)
{
	return err_set_code(e, ERR_BAD_REQUEST, CODE_ODATA,
			    "could not find a property named '%.*s' on type "
			    "'Microsoft.Dynamics.CRM.%.*s'",
			    STR_ARG(str_sub(name, 0, 200)), STR_ARG(metadata_class_name(list)));
}

static bool check_names(const struct metadata_list *list, const struct definition_select *names,
			struct err *e)
{
	for (size_t i = 0; i < names->n; i++) {
		if (!metadata_has(list, names->names[i]))
			return unknown(list, names->names[i], e);
	}
	return true;
}

/* The kind of list or object that an expansion gives; its items do not matter. */
static bool expanded_kind(const struct metadata_list *list, struct str name,
			  struct metadata_list *out)
{
	static const struct {
		struct str name;
		enum metadata_kind kind;
	} below_tables[] = {
		{ STR_INIT("Attributes"), METADATA_COLUMN },
		{ STR_INIT("Keys"), METADATA_KEY },
		{ STR_INIT("ManyToOneRelationships"), METADATA_LOOKUP },
		{ STR_INIT("OneToManyRelationships"), METADATA_LOOKUP },
		{ STR_INIT("ManyToManyRelationships"), METADATA_LINK },
	};

	*out = (struct metadata_list){ 0 };
	for (size_t i = 0; list->kind == METADATA_TABLE && i < COUNT_OF(below_tables); i++) {
		out->kind = below_tables[i].kind;
		if (str_eq(below_tables[i].name, name))
			return true;
	}
	out->kind = METADATA_CHOICE;
	/* only choices have one: the class tells */
	return list->kind == METADATA_COLUMN && list->class != &definition_attributes &&
	       (str_eq(name, S("OptionSet")) || str_eq(name, S("GlobalOptionSet")));
}

bool metadata_check(struct store *s, struct arena *a, const struct metadata_list *list,
		    const struct metadata_options *options, struct err *e)
{
	if (!check_names(list, &options->select, e))
		return false;
	if (options->filter) {
		struct definition_select names = metadata_filter_properties(a, options->filter);

		if (!check_names(list, &names, e))
			return false;
	}
	for (size_t i = 0; i < options->nexpand; i++) {
		const struct metadata_expand *x = &options->expand[i];
		struct metadata_list below;

		if (!expanded_kind(list, x->name, &below))
			return unknown(list, x->name, e);
		if (!metadata_check(s, a, &below, &x->options, e))
			return false;
	}
	return true;
}

static bool as_tree(struct arena *a, const struct metadata_item *item,
		    const struct definition_select *select, struct json *out, struct err *e)
{
	DEFER(buf_release) struct buf text = buf_make(0);
	struct buf_sink sink = buf_sink_make(&text);
	DEFER(json_writer_release) struct json_writer w = json_writer_make(&sink.sink);

	json_object(&w);
	metadata_members(&w, item, true, select);
	json_object_end(&w);
	return json_writer_finish(&w, e) && json_parse(a, buf_str(&text), "definition", out, e);
}

bool metadata_property(struct arena *a, const struct metadata_item *item, struct str property,
		       struct json *out, struct err *e)
{
	struct definition_select select = { &property, 1 };
	const struct json *value;
	struct json all;

	if (!as_tree(a, item, &select, &all, e))
		return false;
	value = json_get(&all, property);
	*out = value ? *value : (struct json){ .kind = JSON_NULL };
	return true;
}

static bool passes(const struct metadata_item *item, const struct metadata_filter *filter,
		   bool *out, struct err *e)
{
	DEFER(arena_release) struct arena scratch = arena_make(0);
	struct json tree;

	*out = true;
	if (!filter)
		return true;

	struct definition_select names = metadata_filter_properties(&scratch, filter);

	if (!as_tree(&scratch, item, &names, &tree, e))
		return false;
	*out = metadata_matches(filter, &tree);
	return true;
}

/*
 * Of a choice that is expanded in one column: where it stands below the column. `context` is the column's:
 * <root>$metadata#EntityDefinitions(<id>)/Attributes/<class>(...)/$entity.
 */
static void put_below(struct json_writer *w, struct str context, const struct metadata_item *item,
		      const struct metadata_expand *x)
{
	static const struct str list = STR_INIT("/Attributes/");
	DEFER(buf_release) struct buf out = buf_make(0);
	DEFER(buf_release) struct buf key = buf_make(0);
	size_t at = str_find(context, list);
	char id[GUID_TEXT_SIZE];

	if (at == STR_NONE)
		return;

	struct str class = str_skip(context, at + list.n);

	buf_add(&out, str_sub(context, 0, at));
	buf_add(&out, S("/Attributes("));
	buf_add(&out, guid_format(metadata_id(item), id));
	buf_add(&out, S(")/"));
	buf_add(&out, str_sub(class, 0, str_find_char(class, '(')));
	buf_add_char(&out, '/');
	buf_add(&out, x->name);
	metadata_options_context(&out, &x->options);
	buf_add(&out, S("/$entity"));
	buf_add(&key, x->name);
	buf_add(&key, S("@odata.context"));
	json_key(w, buf_str(&key));
	json_str(w, buf_str(&out));
}

static bool put_expanded(struct store *s, struct json_writer *w, struct str context,
			 struct metadata_item *item, const struct metadata_expand *x, struct err *e)
{
	DEFER(arena_release) struct arena scratch = arena_make(0);
	struct metadata_list below;

	if (context.n > 0 && metadata_is_single(item, x->name) &&
	    metadata_single(&scratch, item, x->name).choice.column)
		put_below(w, context, item, x);
	json_key(w, x->name);
	if (metadata_is_single(item, x->name)) {
		struct metadata_item one = metadata_single(&scratch, item, x->name);

		if (one.choice.column)
			return metadata_put_item(s, w, S(""), one, false, &x->options, e);
		json_null(w);
		return true;
	}
	/* of a class that may have a choice, a column that has none */
	if (item->kind != METADATA_TABLE) {
		json_null(w);
		return true;
	}
	if (!metadata_children(s, &scratch, item, x->name, &below, e))
		return false;
	json_array(w);
	if (!metadata_put_list(s, w, &below, &x->options, e))
		return false;
	json_array_end(w);
	return true;
}

bool metadata_put_item(struct store *s, struct json_writer *w, struct str context,
		       struct metadata_item item, bool typed,
		       const struct metadata_options *options, struct err *e)
{
	json_object(w);
	if (context.n > 0) {
		json_key(w, S("@odata.context"));
		json_str(w, context);
	}
	metadata_members(w, &item, typed, &options->select);
	for (size_t i = 0; i < options->nexpand; i++) {
		if (!put_expanded(s, w, context, &item, &options->expand[i], e))
			return false;
	}
	json_object_end(w);
	return true;
}

/* A filter that only names tables need not load the others. */
static bool is_named(const struct str *names, size_t n, struct str name)
{
	for (size_t i = 0; i < n; i++) {
		if (str_eq(names[i], name))
			return true;
	}
	return false;
}

bool metadata_put_list(struct store *s, struct json_writer *w, const struct metadata_list *list,
		       const struct metadata_options *options, struct err *e)
{
	DEFER(arena_release) struct arena scratch = arena_make(0);
	const struct metadata_filter *filter = options->filter;
	struct str *names = NULL;
	size_t n = 0;
	bool named = list->kind == METADATA_TABLE && filter &&
		     metadata_filter_names(&scratch, filter, S("LogicalName"), &names, &n);

	for (size_t i = 0; i < list->n; i++) {
		struct metadata_item item = list->items[i];
		bool wanted;

		if (named && !is_named(names, n, item.name))
			continue;
		if (!metadata_load(s, &item, e) ||
		    !passes(&item, named ? NULL : filter, &wanted, e))
			return false;
		if (wanted && !metadata_put_item(s, w, S(""), item, list->typed, options, e))
			return false;
	}
	return true;
}
