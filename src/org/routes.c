/* SPDX-License-Identifier: MIT */
/*
 * The routes, as a table. What the platform knows and we do not yet answers 501 and says what it is; what
 * the platform does not know either answers as the platform does.
 */
#include "org/routes.h"

#include "base/limits.h"
#include "org/code.h"
#include "org/messages.h"
#include "org/metadata_api.h"
#include "org/multipart.h"
#include "org/reading.h"
#include "org/writing.h"

#include "base/banned.h"

static bool refuse_method(struct call *c, struct err *e);

#define ROUTE_SEGMENTS 5

/* Query options that a route takes. */
enum {
	OPT_SELECT = 1 << 0,
	OPT_EXPAND = 1 << 1,
	OPT_FILTER = 1 << 2,
	OPT_ORDERBY = 1 << 3,
	OPT_TOP = 1 << 4,
	OPT_COUNT = 1 << 5,
	OPT_APPLY = 1 << 6,
	OPT_SKIPTOKEN = 1 << 7,
	OPT_FETCH = 1 << 8,
	OPT_ID = 1 << 9,
	OPT_ANNOTATIONS = 1 << 10,
	OPT_ALIASES = 1 << 11, /* @p1 */
};

/*
 * A segment of a path is a name, or "*" for an entity set, navigation or property; with "()" when it
 * has a key or parameters. The first route that fits is taken.
 */
struct route {
	enum method method;
	const char *path[ROUTE_SEGMENTS];
	/* one of the three: in a transaction that reads or writes, or with transactions of its own */
	bool (*read)(struct call *c, struct err *e);
	bool (*write)(struct call *c, struct err *e);
	unsigned options;
	bool (*many)(struct call *c, struct err *e);
};

static const struct route ROUTES[] = {
	{ METHOD_POST, { "$batch" }, NULL, NULL, 0, multipart_answer },
	{ METHOD_GET,
	  { "EntityDefinitions" },
	  metadata_tables,
	  NULL,
	  OPT_SELECT | OPT_EXPAND | OPT_FILTER,
	  NULL },
	{ METHOD_GET,
	  { "EntityDefinitions()" },
	  metadata_table,
	  NULL,
	  OPT_SELECT | OPT_EXPAND,
	  NULL },
	{ METHOD_GET, { "*" }, read_set, NULL, OPT_FETCH, NULL },
	{ METHOD_POST, { "*" }, NULL, write_create, OPT_SELECT, NULL },
	{ METHOD_PATCH, { "*" }, NULL, refuse_method, 0, NULL },
	{ METHOD_DELETE, { "*" }, NULL, refuse_method, 0, NULL },
	{ METHOD_GET, { "*()" }, read_row, NULL, OPT_SELECT, NULL },
	{ METHOD_PATCH, { "*()" }, NULL, write_update, OPT_SELECT, NULL },
	{ METHOD_DELETE, { "*()" }, NULL, write_delete, 0, NULL },
	{ METHOD_POST, { "*()" }, NULL, refuse_method, 0, NULL },
	{ METHOD_POST, { "*()", "*", "$ref" }, NULL, write_link, 0, NULL },
	{ METHOD_DELETE, { "*()", "*()", "$ref" }, NULL, write_unlink, 0, NULL },
	{ METHOD_DELETE, { "*()", "*", "$ref" }, NULL, write_unlink, OPT_ID, NULL },
};

/* Names at the root that are no entity sets. */
static const struct str UNBUILT[] = {
	STR_INIT("$metadata"),
	STR_INIT("EntityDefinitions"),
	STR_INIT("RelationshipDefinitions"),
	STR_INIT("GlobalOptionSetDefinitions"),
	STR_INIT("ManagedPropertyDefinitions"),
};

/* Query options of the platform. A route without the bit does not know the option. */
static const struct {
	struct str name;
	unsigned bit;
} OPTIONS[] = {
	{ STR_INIT("$select"), OPT_SELECT },
	{ STR_INIT("$expand"), OPT_EXPAND },
	{ STR_INIT("$filter"), OPT_FILTER },
	{ STR_INIT("$orderby"), OPT_ORDERBY },
	{ STR_INIT("$top"), OPT_TOP },
	{ STR_INIT("$count"), OPT_COUNT },
	{ STR_INIT("$apply"), OPT_APPLY },
	{ STR_INIT("$skiptoken"), OPT_SKIPTOKEN },
	{ STR_INIT("fetchXml"), OPT_FETCH },
	{ STR_INIT("$id"), OPT_ID },
	{ STR_INIT("annotations"), OPT_ANNOTATIONS },
	{ STR_INIT("$deltatoken"), 0 },
	{ STR_INIT("savedQuery"), 0 },
	{ STR_INIT("userQuery"), 0 },
	{ STR_INIT("sql"), 0 },
};

/* And those that change nothing here. */
static const struct str WITHOUT_EFFECT[] = { STR_INIT("tag"), STR_INIT("partitionId") };

static bool is_among(struct str s, const struct str *words, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (str_eq(s, words[i]))
			return true;
	}
	return false;
}

static bool matches_segment(const char *pattern, const struct url_segment *s)
{
	struct str name = str_from(pattern);
	bool keyed = str_ends(name, S("()"));

	if (keyed)
		name.n -= 2;
	return keyed == s->has_key && (str_eq(name, S("*")) || str_eq(name, s->name));
}

static bool matches(const struct route *r, const struct call *c)
{
	if (r->method != c->request->method)
		return false;
	for (size_t i = 0; i < ROUTE_SEGMENTS; i++) {
		bool there = i < c->url.nsegments;

		if (!r->path[i])
			return !there;
		if (!there || !matches_segment(r->path[i], &c->url.segments[i]))
			return false;
	}
	return c->url.nsegments <= ROUTE_SEGMENTS;
}

static bool refuse_method(struct call *c, struct err *e)
{
	struct str method = method_name(c->request->method);

	return err_set_code(e, ERR_NOT_ALLOWED, CODE_ODATA, "%.*s is not allowed on '%.*s'",
			    STR_ARG(method), STR_ARG(str_sub(c->request->target, 0, 200)));
}

static void unsupported(const struct call *c, struct err *e)
{
	struct str method = method_name(c->request->method);

	err_set(e, ERR_UNSUPPORTED, "a local organization does not know %.*s '%.*s' yet",
		STR_ARG(method), STR_ARG(str_sub(c->request->target, 0, 200)));
}

static bool find_route(struct call *c, const struct route **out, struct err *e)
{
	const struct table *t;

	for (size_t i = 0; i < COUNT_OF(ROUTES); i++) {
		bool any = ROUTES[i].path[0][0] == '*';

		if (!matches(&ROUTES[i], c))
			continue;
		if (any && is_among(c->url.segments[0].name, UNBUILT, COUNT_OF(UNBUILT)))
			break;
		*out = &ROUTES[i];
		return true;
	}

	bool known = c->url.nsegments == 0 ||
		     is_among(c->url.segments[0].name, UNBUILT, COUNT_OF(UNBUILT));

	/* 404 when not even the set exists */
	if (known || call_table(c, &t, e))
		unsupported(c, e);
	return false;
}

/* The bit of an option of the platform; false when it is none. */
static bool option_bit(struct str name, unsigned *bit)
{
	if (str_starts(name, S("@"))) {
		*bit = OPT_ALIASES;
		return true;
	}
	for (size_t i = 0; i < COUNT_OF(OPTIONS); i++) {
		if (!str_eq(name, OPTIONS[i].name))
			continue;
		*bit = OPTIONS[i].bit;
		return true;
	}
	return false;
}

static bool check_options(const struct call *c, unsigned known, struct err *e)
{
	for (size_t i = 0; i < c->url.noptions; i++) {
		struct str name = c->url.options[i].name;
		unsigned bit = 0;

		if (is_among(name, WITHOUT_EFFECT, COUNT_OF(WITHOUT_EFFECT)))
			continue;
		if (!option_bit(name, &bit))
			return err_set_code(e, ERR_BAD_REQUEST, CODE_ODATA,
					    "the query parameter '%.*s' is not supported",
					    STR_ARG(name));
		if (!(known & bit))
			return err_set(e, ERR_UNSUPPORTED,
				       "a local organization does not know the query option "
				       "'%.*s' here yet",
				       STR_ARG(name));
	}
	return true;
}

static bool run_route(struct call *c, struct err *e)
{
	const struct route *r = NULL;

	if (!find_route(c, &r, e) || !check_options(c, r->options, e))
		return false;
	if (r->many)
		return r->many(c, e);
	return r->write ? call_write(c, r->write, e) : call_read(c, r->read, e);
}

static bool run(struct call *c, struct err *e)
{
	const struct message *m;

	if (c->request->body.n > LIMIT_BODY)
		return err_set(e, ERR_TOO_LARGE, "the body has %zu bytes; at most %zu are allowed",
			       c->request->body.n, LIMIT_BODY);
	if (!url_parse(c->arena, c->request->target, &c->url, e))
		return false;
	call_header(c, S("OData-Version"), S("4.0"));
	m = message_find(c);
	if (!m)
		return run_route(c, e);
	if (!check_options(c, OPT_ALIASES | OPT_SELECT | OPT_EXPAND, e))
		return false;
	return m->write ? call_write(c, m->write, e) : call_read(c, m->read, e);
}

bool route_request(struct call *c, struct err *e)
{
	struct err failure;

	c->prefer = prefer_read(c->request);
	c->dispatch = route_request;
	if (run(c, &failure))
		return true;
	if (c->answer->started) {
		*e = failure;
		return false;
	}
	answer_error(c->answer, c->arena, &failure);
	return true;
}
