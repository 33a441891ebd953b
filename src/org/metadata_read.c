/* SPDX-License-Identifier: MIT */
/*
 * Reading metadata: a path leads through lists and items to what is answered.
 */
#include "org/metadata_api.h"

#include "io/json.h"
#include "org/code.h"
#include "org/metadata_put.h"
#include "org/result.h"

#include "base/banned.h"

#define NAMESPACE "Microsoft.Dynamics.CRM."

/* Where a path has led. */
struct place {
	enum { PLACE_LIST, PLACE_ITEM, PLACE_VALUE, PLACE_TEXT } kind;
	struct metadata_list list; /* the list, or that in which the item stands */
	struct metadata_item item;
	struct json value;
	struct buf context; /* of the list or value */
	struct str
		key; /* of the item; in contexts it stands behind its list when the path goes on, */
	size_t key_at; /* here */
};

bool metadata_is_api(const struct url *url)
{
	return url->nsegments > 0 && metadata_is_root(url->segments[0].name);
}

static bool nothing_there(const struct url_segment *s, struct err *e)
{
	return err_set_code(e, ERR_NOT_FOUND, CODE_ODATA,
			    "resource not found for the segment '%.*s'", STR_ARG(s->name));
}

/* LogicalName='account' and MetadataId=<id> stand without their names in contexts. */
static void add_key(struct call *c, struct place *p)
{
	size_t equals = str_find_char(p->key, '=');
	struct str value = equals == STR_NONE ? p->key : str_skip(p->key, equals + 1);
	struct str tail = str_dup(c->arena, str_skip(buf_str(&p->context), p->key_at));

	if (p->key.n == 0)
		return;
	buf_truncate(&p->context, p->key_at);
	buf_add_fmt(&p->context, "(%.*s)", STR_ARG(str_trim(value)));
	buf_add(&p->context, tail);
	p->key = S("");
}

/* The key of a segment picks an item. */
static bool enter_list(struct call *c, struct place *p, const struct url_segment *s, struct err *e)
{
	p->kind = PLACE_LIST;
	buf_add(&p->context, s->name);
	if (!s->has_key)
		return true;
	if (!metadata_pick(c->store, &p->list, s->key, &p->item, e))
		return false;
	p->kind = PLACE_ITEM;
	p->key = s->key;
	p->key_at = p->context.n;
	return true;
}

static bool cast_list(struct call *c, struct place *p, const struct url_segment *s, struct err *e)
{
	if (!metadata_cast(c->arena, &p->list, s->name, e))
		return false;
	buf_add_char(&p->context, '/');
	return enter_list(c, p, s, e);
}

static bool cast_item(struct call *c, struct place *p, const struct url_segment *s, struct err *e)
{
	struct metadata_list one = p->list;

	one.items = &p->item;
	one.n = 1;
	if (!metadata_cast(c->arena, &one, s->name, e))
		return false;
	if (one.n == 0 || s->has_key)
		return nothing_there(s, e);
	p->list = one;
	buf_add_fmt(&p->context, "/%.*s", STR_ARG(s->name));
	return true;
}

/* A property; a path may go on inside of it. */
static bool enter_property(struct call *c, struct place *p, const struct url_segment *s,
			   struct err *e)
{
	if (s->has_key || !metadata_has(&p->list, s->name))
		return nothing_there(s, e);
	buf_add_fmt(&p->context, "/%.*s", STR_ARG(s->name));
	p->kind = PLACE_VALUE;
	return metadata_property(c->arena, &p->item, s->name, &p->value, e);
}

static bool enter_value(struct place *p, const struct url_segment *s, struct err *e)
{
	const struct json *member = json_get(&p->value, s->name);

	if (str_eq(s->name, S("$value"))) {
		p->kind = PLACE_TEXT;
		return p->value.kind < JSON_ARRAY || nothing_there(s, e);
	}
	if (!member || s->has_key)
		return nothing_there(s, e);
	buf_add_fmt(&p->context, "/%.*s", STR_ARG(s->name));
	p->value = *member;
	return true;
}

static bool enter_item(struct call *c, struct place *p, const struct url_segment *s, struct err *e)
{
	if (str_starts(s->name, S(NAMESPACE)))
		return cast_item(c, p, s, e);
	add_key(c, p);
	if (metadata_is_single(&p->item, s->name)) {
		p->item = metadata_single(c->arena, &p->item, s->name);
		p->list = (struct metadata_list){ .kind = METADATA_CHOICE };
		buf_add_fmt(&p->context, "/%.*s", STR_ARG(s->name));
		return p->item.choice.column || nothing_there(s, e);
	}
	if (!metadata_is_list(&p->item, s->name))
		return enter_property(c, p, s, e);
	buf_add_char(&p->context, '/');
	return metadata_children(c->store, c->arena, &p->item, s->name, &p->list, e) &&
	       enter_list(c, p, s, e);
}

static bool follow_path(struct call *c, struct place *p, struct err *e)
{
	const struct url_segment *s = c->url.segments;

	if (!metadata_root(c->store, c->arena, s[0].name, &p->list, e) ||
	    !enter_list(c, p, &s[0], e))
		return false;
	for (size_t i = 1; i < c->url.nsegments; i++) {
		bool ok = false;

		switch (p->kind) {
		case PLACE_LIST:
			ok = cast_list(c, p, &s[i], e);
			break;
		case PLACE_ITEM:
			ok = enter_item(c, p, &s[i], e);
			break;
		case PLACE_VALUE:
			ok = enter_value(p, &s[i], e);
			break;
		case PLACE_TEXT:
			ok = nothing_there(&s[i], e);
			break;
		}
		if (!ok)
			return false;
	}
	return true;
}

/* Metadata is not paged, sorted or counted. */
static bool check_options(const struct call *c, const struct place *p, struct err *e)
{
	static const struct str refused[] = { STR_INIT("$top"),     STR_INIT("$skip"),
					      STR_INIT("$orderby"), STR_INIT("$count"),
					      STR_INIT("$apply"),   STR_INIT("$skiptoken") };

	for (size_t i = 0; i < COUNT_OF(refused); i++) {
		if (url_option(&c->url, refused[i]))
			return err_set_code(e, ERR_BAD_REQUEST, CODE_ODATA,
					    "the query parameter %.*s is not supported on metadata",
					    STR_ARG(refused[i]));
	}
	if (p->list.kind == METADATA_CHOICE && p->kind == PLACE_LIST &&
	    url_option(&c->url, S("$filter")))
		return err_set_code(e, ERR_BAD_REQUEST, CODE_ODATA,
				    "the query parameter $filter is not supported on "
				    "GlobalOptionSetDefinitions");
	return true;
}

static bool write_list(struct call *c, const struct place *p,
		       const struct metadata_options *options, struct json_writer *w, struct err *e)
{
	json_object(w);
	json_key(w, S("@odata.context"));
	json_str(w, call_context(c, buf_str(&p->context)));
	json_key(w, S("value"));
	json_array(w);
	if (!metadata_put_list(c->store, w, &p->list, options, e))
		return false;
	json_array_end(w);
	json_object_end(w);
	return true;
}

static bool write_value(struct call *c, const struct place *p, struct json_writer *w)
{
	json_object(w);
	json_key(w, S("@odata.context"));
	json_str(w, call_context(c, buf_str(&p->context)));
	if (p->value.kind == JSON_OBJECT) {
		for (size_t i = 0; i < p->value.n; i++) {
			json_key(w, p->value.members[i].name);
			json_tree(w, &p->value.members[i].value);
		}
	} else {
		json_key(w, S("value"));
		json_tree(w, &p->value);
	}
	json_object_end(w);
	return true;
}

static bool answer_text(struct call *c, const struct place *p, struct err *e)
{
	struct str text = p->value.text;

	if (p->value.kind == JSON_NULL) {
		c->answer->status = 204;
		return true;
	}
	if (p->value.kind == JSON_BOOL)
		text = p->value.yes ? S("true") : S("false");
	c->answer->status = 200;
	call_header(c, S("Content-Type"), S("text/plain; charset=utf-8"));
	return sink_write(call_sink(c), text, e);
}

static bool answer(struct call *c, struct place *p, const struct metadata_options *options,
		   struct err *e)
{
	DEFER(json_writer_release) struct json_writer w = json_writer_make(call_sink(c));
	bool ok = false;

	call_json(c, 200);
	switch (p->kind) {
	case PLACE_LIST:
		metadata_options_context(&p->context, options);
		ok = write_list(c, p, options, &w, e);
		break;
	case PLACE_ITEM:
		metadata_options_context(&p->context, options);
		buf_add(&p->context, S("/$entity"));
		ok = metadata_put_item(c->store, &w, call_context(c, buf_str(&p->context)), p->item,
				       p->list.typed, options, e);
		break;
	case PLACE_VALUE:
	case PLACE_TEXT:
		ok = write_value(c, p, &w);
		break;
	}
	return ok && json_writer_finish(&w, e);
}

bool metadata_read(struct call *c, struct err *e)
{
	struct place p = { .context = buf_make(0) };
	struct metadata_options options;
	bool ok;

	ok = follow_path(c, &p, e) && check_options(c, &p, e);
	if (ok && p.kind == PLACE_TEXT)
		ok = answer_text(c, &p, e);
	else if (ok)
		ok = metadata_options_read(c->arena, &c->url, &options, e) &&
		     metadata_check(c->store, c->arena, &p.list, &options, e) &&
		     answer(c, &p, &options, e);
	buf_release(&p.context);
	return ok;
}
