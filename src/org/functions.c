/* SPDX-License-Identifier: MIT */
/*
 * Each makes a small document out of the organization's row and the address that the caller used.
 */
#include "org/functions.h"

#include "io/json.h"
#include "org/code.h"
#include "org/parameter.h"
#include "org/row.h"

#include "base/banned.h"

#define NAMESPACE "Microsoft.Dynamics.CRM."

static void put_text(struct json_writer *w, struct str key, struct str text)
{
	json_key(w, key);
	json_str(w, text);
}

static void put_id(struct json_writer *w, struct str key, struct guid id)
{
	char text[GUID_TEXT_SIZE];

	put_text(w, key, guid_format(id, text));
}

/* The name of the message that the URL calls. */
static struct str called(const struct call *c)
{
	return c->url.segments[c->url.nsegments - 1].name;
}

static void open_answer(struct call *c, struct json_writer *w)
{
	struct str type = str_fmt(c->arena, NAMESPACE "%.*sResponse", STR_ARG(called(c)));

	json_object(w);
	put_text(w, S("@odata.context"), call_context(c, type));
}

bool function_version(struct call *c, struct err *e)
{
	call_json(c, 200);

	DEFER(json_writer_release) struct json_writer w = json_writer_make(call_sink(c));

	open_answer(c, &w);
	put_text(&w, S("Version"), ORG_VERSION);
	json_object_end(&w);
	return json_writer_finish(&w, e);
}

/* RetrieveCurrentOrganization */

/* Default, Internet or Intranet: all of them lead to the same place. */
static bool check_access(struct call *c, struct err *e)
{
	static const struct str known[] = { STR_INIT("'Default'"), STR_INIT("'Internet'"),
					    STR_INIT("'Intranet'") };
	struct str text;

	if (!message_parameter(c, S("AccessType"), &text, e))
		return false;
	if (str_starts(text, S(NAMESPACE "EndpointAccessType"))) {
		text = str_skip(text, S(NAMESPACE "EndpointAccessType").n);
		for (size_t i = 0; i < COUNT_OF(known); i++) {
			if (str_eq(known[i], text))
				return true;
		}
	}
	return err_set_code(e, ERR_BAD_REQUEST, CODE_ODATA,
			    "the parameter 'AccessType' is none of " NAMESPACE
			    "EndpointAccessType'Default', 'Internet' and 'Intranet'");
}

/* http://localhost:8080 of http://localhost:8080/api/data/v9.2/ */
static struct str origin(struct str root)
{
	size_t scheme = str_find(root, S("://"));
	size_t from = scheme == STR_NONE ? 0 : scheme + 3;
	size_t path = str_find_char(str_skip(root, from), '/');

	return str_sub(root, 0, path == STR_NONE ? root.n : from + path);
}

/* The first label of the host. */
static struct str url_name(struct str root)
{
	struct str host = origin(root);
	size_t scheme = str_find(host, S("://"));
	size_t n = 0;

	host = str_skip(host, scheme == STR_NONE ? 0 : scheme + 3);
	if (host.n > 0 && host.p[0] >= '0' && host.p[0] <= '9')
		return S("localhost");
	while (n < host.n && host.p[n] != '.' && host.p[n] != ':')
		n++;
	return str_sub(host, 0, n);
}

/* "unq" and the digits of the id, as unique names of environments are. */
static struct str unique_name(struct call *c)
{
	DEFER(buf_release) struct buf b = buf_make(0);
	struct str_splitter groups = str_splitter(guid_text(c->arena, c->store->organization));

	buf_add(&b, S("unq"));
	for (struct str group; str_split(&groups, '-', &group);)
		buf_add(&b, group);
	return str_sub(str_dup(c->arena, buf_str(&b)), 0, 32);
}

static void put_endpoints(struct call *c, struct json_writer *w)
{
	static const struct {
		struct str name;
		const char *path;
	} ends[] = {
		{ STR_INIT("WebApplication"), "/" },
		{ STR_INIT("OrganizationService"), "/XRMServices/2011/Organization.svc" },
		{ STR_INIT("OrganizationDataService"), "/XRMServices/2011/OrganizationData.svc" },
	};
	struct str base = origin(c->root);

	json_key(w, S("Endpoints"));
	json_object(w);
	json_key(w, S("Count"));
	json_i64(w, (int64_t)COUNT_OF(ends));
	json_key(w, S("IsReadOnly"));
	json_bool(w, false);
	json_key(w, S("Keys"));
	json_array(w);
	for (size_t i = 0; i < COUNT_OF(ends); i++)
		json_str(w, ends[i].name);
	json_array_end(w);
	json_key(w, S("Values"));
	json_array(w);
	for (size_t i = 0; i < COUNT_OF(ends); i++)
		json_str(w, str_fmt(c->arena, "%.*s%s", STR_ARG(base), ends[i].path));
	json_array_end(w);
	json_object_end(w);
}

static bool read_name(struct call *c, struct str *out, struct err *e)
{
	const struct table *t;
	struct value v;

	if (!store_table(c->store, S("organization"), &t, e))
		return false;
	assert(t); /* store_finish */
	if (!row_read(c->store, c->arena, t, c->store->organization, S("name"), &v, e))
		return false;
	*out = v.kind == VALUE_TEXT ? v.text : S("");
	return true;
}

bool function_organization(struct call *c, struct err *e)
{
	struct guid id = c->store->organization;
	struct str name;

	if (!check_access(c, e) || !read_name(c, &name, e))
		return false;
	call_json(c, 200);

	DEFER(json_writer_release) struct json_writer w = json_writer_make(call_sink(c));

	open_answer(c, &w);
	json_key(&w, S("Detail"));
	json_object(&w);
	put_id(&w, S("OrganizationId"), id);
	put_text(&w, S("FriendlyName"), name);
	put_text(&w, S("OrganizationVersion"), ORG_VERSION);
	put_id(&w, S("EnvironmentId"), id);
	put_id(&w, S("DatacenterId"), (struct guid){ 0 });
	put_text(&w, S("Geo"), S("NA"));
	put_id(&w, S("TenantId"), id); /* as the challenge of a 401 names it */
	put_text(&w, S("UrlName"), url_name(c->root));
	put_text(&w, S("UniqueName"), unique_name(c));
	put_endpoints(c, &w);
	put_text(&w, S("State"), S("Enabled"));
	json_object_end(&w);
	json_object_end(&w);
	return json_writer_finish(&w, e);
}

/* languages */

/* The property is called as the message is, but for one of them. */
static struct str list_name(const struct call *c)
{
	return str_eq(called(c), S("RetrieveAvailableLanguages")) ? S("LocaleIds") : called(c);
}

static bool answer_languages(struct call *c, bool any, struct err *e)
{
	call_json(c, 200);

	DEFER(json_writer_release) struct json_writer w = json_writer_make(call_sink(c));

	open_answer(c, &w);
	json_key(&w, list_name(c));
	json_array(&w);
	if (any)
		json_i64(&w, c->store->lcid);
	json_array_end(&w);
	json_object_end(&w);
	return json_writer_finish(&w, e);
}

bool function_languages(struct call *c, struct err *e)
{
	return answer_languages(c, true, e);
}

bool function_no_languages(struct call *c, struct err *e)
{
	return answer_languages(c, false, e);
}

bool function_encryption(struct call *c, struct err *e)
{
	call_json(c, 200);

	DEFER(json_writer_release) struct json_writer w = json_writer_make(call_sink(c));

	open_answer(c, &w);
	json_key(&w, S("IsActive"));
	json_bool(&w, true);
	json_object_end(&w);
	return json_writer_finish(&w, e);
}
