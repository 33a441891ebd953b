/* SPDX-License-Identifier: MIT */
/*
 * The routes, as a table. What the platform knows and we do not yet answers 501 and says what it is; what
 * the platform does not know either answers as the platform does.
 */
#include "org/routes.h"

#include "base/limits.h"
#include "org/calendar.h"
#include "org/code.h"
#include "org/csdl.h"
#include "org/file_requests.h"
#include "org/messages.h"
#include "org/metadata_api.h"
#include "org/multipart.h"
#include "org/navigation_read.h"
#include "org/property_write.h"
#include "org/reading.h"
#include "org/reference.h"
#include "org/service_document.h"
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
	OPT_FILE = 1 << 12,    /* of uploads and downloads */
	OPT_DELTA = 1 << 13,   /* changes since a token */
	/* what OData says about the rows of a set */
	OPT_ROWS = OPT_SELECT | OPT_EXPAND | OPT_FILTER | OPT_ORDERBY | OPT_TOP | OPT_COUNT |
		   OPT_APPLY | OPT_SKIPTOKEN | OPT_ALIASES,
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
	{ METHOD_GET, { NULL }, service_document_read, NULL, 0, NULL },
	{ METHOD_GET, { "$metadata" }, csdl_read, NULL, OPT_ANNOTATIONS, NULL },
	{ METHOD_POST, { "$batch" }, NULL, NULL, 0, multipart_answer },
	{ METHOD_GET, { "*" }, read_set, NULL, OPT_FETCH | OPT_ROWS | OPT_DELTA, NULL },
	{ METHOD_GET,
	  { "*", "$count" },
	  read_count,
	  NULL,
	  OPT_FILTER | OPT_ALIASES | OPT_DELTA,
	  NULL },
	{ METHOD_POST, { "*" }, NULL, write_create, OPT_SELECT | OPT_EXPAND, NULL },
	{ METHOD_PATCH, { "*" }, NULL, refuse_method, 0, NULL },
	{ METHOD_DELETE, { "*" }, NULL, refuse_method, 0, NULL },
	{ METHOD_GET, { "*()" }, read_row, NULL, OPT_SELECT | OPT_EXPAND, NULL },
	{ METHOD_PATCH, { "*()" }, NULL, write_update, OPT_SELECT | OPT_EXPAND, NULL },
	{ METHOD_DELETE, { "*()" }, NULL, write_delete, 0, NULL },
	{ METHOD_POST, { "*()" }, NULL, refuse_method, 0, NULL },
	{ METHOD_PUT, { "*" }, NULL, refuse_method, 0, NULL },
	{ METHOD_PUT, { "*()" }, NULL, refuse_method, 0, NULL },
	{ METHOD_PUT, { "*()", "*" }, NULL, property_put, 0, NULL },
	{ METHOD_PATCH, { "*()", "*" }, NULL, files_upload, OPT_FILE, NULL },
	{ METHOD_DELETE, { "*()", "*" }, NULL, property_delete, 0, NULL },
	{ METHOD_POST, { "*()", "*", "$ref" }, NULL, reference_add, 0, NULL },
	{ METHOD_PUT, { "*()", "*", "$ref" }, NULL, reference_set, 0, NULL },
	{ METHOD_DELETE, { "*()", "*()", "$ref" }, NULL, reference_remove, 0, NULL },
	{ METHOD_DELETE, { "*()", "*", "$ref" }, NULL, reference_remove, OPT_ID, NULL },
	{ METHOD_GET,
	  { "*", "$ref" },
	  navigation_read_set_references,
	  NULL,
	  OPT_FILTER | OPT_TOP | OPT_SKIPTOKEN | OPT_ALIASES,
	  NULL },
	{ METHOD_GET, { "*()", "*", "$ref" }, navigation_read_references, NULL, OPT_ROWS, NULL },
	{ METHOD_GET,
	  { "*()", "*", "$count" },
	  navigation_read_count,
	  NULL,
	  OPT_FILTER | OPT_ALIASES,
	  NULL },
	{ METHOD_GET, { "*()", "*", "$value" }, navigation_read_text, NULL, OPT_FILE, NULL },
	{ METHOD_GET,
	  { "*()", "*" },
	  navigation_read,
	  NULL,
	  OPT_ROWS | OPT_FETCH | OPT_FILE,
	  NULL },
	{ METHOD_GET, { "*()", "*()" }, navigation_read, NULL, OPT_ROWS, NULL },
	{ METHOD_GET,
	  { "*()", "*", "*", "$ref" },
	  navigation_read_references,
	  NULL,
	  OPT_ROWS,
	  NULL },
	{ METHOD_GET,
	  { "*()", "*", "*", "$count" },
	  navigation_read_count,
	  NULL,
	  OPT_FILTER | OPT_ALIASES,
	  NULL },
	{ METHOD_GET, { "*()", "*", "*", "$value" }, navigation_read_text, NULL, OPT_FILE, NULL },
	{ METHOD_GET, { "*()", "*", "*" }, navigation_read, NULL, OPT_ROWS | OPT_FETCH, NULL },
	{ METHOD_GET, { "*()", "*()", "*" }, navigation_read, NULL, OPT_ROWS, NULL },
};

/* Everything below EntityDefinitions and its like: they have paths of their own. */
static const struct route METADATA_READ = { METHOD_GET, { NULL }, metadata_read, NULL, ~0u, NULL };
static const struct route METADATA_WRITE = { METHOD_POST, { NULL }, NULL, metadata_write, 0, NULL };

/* Names at the root that are no entity sets. */
static const struct str UNBUILT[] = {
	STR_INIT("$metadata"),
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
	{ STR_INIT("sessiontoken"), OPT_FILE },
	{ STR_INIT("x-ms-file-name"), OPT_FILE },
	{ STR_INIT("size"), OPT_FILE },
	{ STR_INIT("$deltatoken"), OPT_DELTA },
	{ STR_INIT("savedQuery"), OPT_FETCH },
	{ STR_INIT("userQuery"), OPT_FETCH },
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

	if (metadata_is_api(&c->url)) {
		*out = c->request->method == METHOD_GET ? &METADATA_READ : &METADATA_WRITE;
		return true;
	}
	for (size_t i = 0; i < COUNT_OF(ROUTES); i++) {
		const char *first = ROUTES[i].path[0];
		bool any = first && first[0] == '*';

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
	if (!known && !call_table(c, &t, e))
		return false;
	/* nothing stands behind a document or a whole set */
	if (c->url.nsegments > 1 && !c->url.segments[0].has_key)
		return err_set_code(e, ERR_NOT_FOUND, CODE_ODATA,
				    "Resource not found for the segment '%.*s'.",
				    STR_ARG(str_sub(c->url.segments[1].name, 0, 200)));
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
		if (str_eq(name, S("$skip")))
			return err_set_code(e, ERR_BAD_REQUEST, CODE_ODATA,
					    "Skip Clause is not supported in CRM");
		if (!option_bit(name, &bit))
			return err_set_code(e, ERR_BAD_REQUEST, CODE_ODATA,
					    "the query parameter '%.*s' is not supported",
					    STR_ARG(name));
		if (bit & ~(unsigned)OPT_ROWS & ~known)
			return err_set_code(e, ERR_BAD_REQUEST, CODE_ODATA,
					    "the query parameter '%.*s' is not supported here",
					    STR_ARG(name));
		if (bit & OPT_ROWS & ~known)
			return err_set_code(
				e, ERR_BAD_REQUEST, CODE_ODATA,
				"The query parameter '%.*s' is not supported here. Query "
				"options $filter, $orderby, $count, $skip, and $top can be "
				"applied only on collections.",
				STR_ARG(name));
		if (!(known & bit))
			return err_set(e, ERR_UNSUPPORTED,
				       "a local organization does not know the query option "
				       "'%.*s' here yet",
				       STR_ARG(name));
	}
	return true;
}

/* That there is nothing of this name says more than that it has no such option. */
static bool check_route(struct call *c, const struct route *r, struct err *e)
{
	const char *first = r->path[0];
	const struct table *t;
	struct err why;

	if (check_options(c, r->options, &why))
		return true;
	if (first && first[0] == '*' && !call_table(c, &t, e))
		return false;
	*e = why;
	return false;
}

static bool check_set(const struct call *c, struct err *e)
{
	const struct url_segment *first = c->url.segments;

	return c->url.nsegments == 0 ||
	       calendar_check_request(c->request->method, first->name, first->has_key, e);
}

static bool run_route(struct call *c, struct err *e)
{
	const struct route *r = NULL;

	if (!find_route(c, &r, e))
		return false;
	assert(r);
	if (!check_route(c, r, e) || !check_set(c, e))
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
