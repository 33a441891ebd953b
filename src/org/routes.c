/* SPDX-License-Identifier: MIT */
/*
 * The routes, as a table. What the platform knows and we do not yet answers 501 and says what it is; what
 * the platform does not know either answers as the platform does.
 */
#include "org/routes.h"

#include "base/limits.h"
#include "org/actions.h"
#include "org/code.h"
#include "org/metadata_api.h"
#include "org/multipart.h"
#include "org/reading.h"
#include "org/writing.h"

#include "base/banned.h"

static bool refuse_method(struct call *c, struct err *e);

#define ROUTE_SEGMENTS 3
#define ROUTE_OPTIONS 3

/* The option "@" stands for every parameter alias. A segment of a path: a name, or "*" for an entity set or navigation; with "()" when it has a key. */
struct route {
	enum method method;
	const char *path[ROUTE_SEGMENTS];
	/* one of the two; `write` runs in a transaction */
	bool (*read)(struct call *c, struct err *e);
	bool (*write)(struct call *c, struct err *e);
	const char *options[ROUTE_OPTIONS];
};

static const struct route ROUTES[] = {
	{ METHOD_POST, { "$batch" }, multipart_answer, NULL, { NULL } },
	{ METHOD_GET, { "WhoAmI" }, action_who_am_i, NULL, { NULL } },
	{ METHOD_GET, { "WhoAmI()" }, action_who_am_i, NULL, { NULL } },
	{ METHOD_GET, { "RetrieveTotalRecordCount()" }, action_total_record_count, NULL, { "@" } },
	{ METHOD_GET,
	  { "EntityDefinitions" },
	  metadata_tables,
	  NULL,
	  { "$select", "$expand", "$filter" } },
	{ METHOD_GET, { "EntityDefinitions()" }, metadata_table, NULL, { "$select", "$expand" } },
	{ METHOD_GET, { "*" }, read_set, NULL, { "fetchXml" } },
	{ METHOD_POST, { "*" }, NULL, write_create, { "$select" } },
	{ METHOD_PATCH, { "*" }, NULL, refuse_method, { NULL } },
	{ METHOD_DELETE, { "*" }, NULL, refuse_method, { NULL } },
	{ METHOD_GET, { "*()" }, read_row, NULL, { "$select" } },
	{ METHOD_PATCH, { "*()" }, NULL, write_update, { "$select" } },
	{ METHOD_DELETE, { "*()" }, NULL, write_delete, { NULL } },
	{ METHOD_POST, { "*()" }, NULL, refuse_method, { NULL } },
	{ METHOD_POST, { "*()", "*", "$ref" }, NULL, write_link, { NULL } },
	{ METHOD_DELETE, { "*()", "*()", "$ref" }, NULL, write_unlink, { NULL } },
	{ METHOD_DELETE, { "*()", "*", "$ref" }, NULL, write_unlink, { "$id" } },
};

/* Names at the root that are no entity sets. */
static const struct str UNBUILT[] = {
	STR_INIT("$metadata"),
	STR_INIT("EntityDefinitions"),
	STR_INIT("RelationshipDefinitions"),
	STR_INIT("GlobalOptionSetDefinitions"),
	STR_INIT("ManagedPropertyDefinitions"),
	STR_INIT("RetrieveMetadataChanges"),
	STR_INIT("RetrieveTotalRecordCount"),
	STR_INIT("RetrieveCurrentOrganization"),
	STR_INIT("WhoAmI"),
};

/* Query options of the platform. */
static const struct str OPTIONS[] = {
	STR_INIT("$select"),    STR_INIT("$filter"),     STR_INIT("$expand"),
	STR_INIT("$orderby"),   STR_INIT("$top"),        STR_INIT("$count"),
	STR_INIT("$apply"),     STR_INIT("$skiptoken"),  STR_INIT("$deltatoken"),
	STR_INIT("savedQuery"), STR_INIT("userQuery"),   STR_INIT("fetchXml"),
	STR_INIT("sql"),        STR_INIT("annotations"),
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

static bool knows_option(const struct route *r, struct str name)
{
	for (size_t i = 0; i < ROUTE_OPTIONS; i++) {
		struct str known = str_from(r->options[i]);

		if (known.n > 0 && str_eq(known, str_starts(name, S("@")) ? S("@") : name))
			return true;
	}
	return is_among(name, WITHOUT_EFFECT, COUNT_OF(WITHOUT_EFFECT));
}

static bool check_options(const struct call *c, const struct route *r, struct err *e)
{
	for (size_t i = 0; i < c->url.noptions; i++) {
		struct str name = c->url.options[i].name;

		if (knows_option(r, name))
			continue;
		if (str_starts(name, S("@")) || is_among(name, OPTIONS, COUNT_OF(OPTIONS)))
			return err_set(e, ERR_UNSUPPORTED,
				       "a local organization does not know the query option "
				       "'%.*s' here yet",
				       STR_ARG(name));
		return err_set_code(e, ERR_BAD_REQUEST, CODE_ODATA,
				    "the query parameter '%.*s' is not supported", STR_ARG(name));
	}
	return true;
}

static bool run(struct call *c, struct err *e)
{
	const struct route *r = NULL;

	if (c->request->body.n > LIMIT_BODY)
		return err_set(e, ERR_TOO_LARGE, "the body has %zu bytes; at most %zu are allowed",
			       c->request->body.n, LIMIT_BODY);
	if (!url_parse(c->arena, c->request->target, &c->url, e) || !find_route(c, &r, e) ||
	    !check_options(c, r, e))
		return false;
	call_header(c, S("OData-Version"), S("4.0"));
	return r->write ? call_write(c, r->write, e) : r->read(c, e);
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
