/* SPDX-License-Identifier: MIT */
/*
 * The endpoints as a table, and what is the same for all of them.
 */
#include "server/sign_in.h"

#include "org/reality_answer.h"
#include "server/sign_in_flow.h"

#include "base/banned.h"

#define GET (1u << METHOD_GET)
#define POST (1u << METHOD_POST)

struct endpoint {
	struct str path; /* without the first '/'; * in its first part stands for a tenant */
	unsigned methods;
	bool v1;
	bool page; /* refusals are pages, too */
	bool (*answer)(struct turn *t);
};

static const struct endpoint ENDPOINTS[] = {
	{ STR_INIT("common/discovery/instance"), GET, false, false, instance_endpoint },
	{ STR_INIT("discovery/keys"), GET, true, false, keys_endpoint },
	{ STR_INIT("devicelogin"), GET | POST, false, true, device_page_endpoint },
	{ STR_INIT("metadata/identity/oauth2/token"), GET, true, false, machine_endpoint },
	{ STR_INIT("msi/token"), GET, true, false, app_service_endpoint },
	{ STR_INIT("federation/github"), GET, false, false, github_endpoint },
	{ STR_INIT("federation/azure-pipelines"), POST, false, false, pipelines_endpoint },
	{ STR_INIT("*/oauth2/v2.0/token"), POST, false, false, token_endpoint },
	{ STR_INIT("*/oauth2/token"), POST, true, false, token_endpoint },
	{ STR_INIT("*/oauth2/v2.0/devicecode"), POST, false, false, device_endpoint },
	{ STR_INIT("*/oauth2/devicecode"), POST, true, false, device_endpoint },
	{ STR_INIT("*/oauth2/v2.0/authorize"), GET | POST, false, true, authorize_endpoint },
	{ STR_INIT("*/oauth2/authorize"), GET | POST, true, true, authorize_endpoint },
	{ STR_INIT("*/oauth2/v2.0/revoke"), POST, false, false, revoke_endpoint },
	{ STR_INIT("*/v2.0/.well-known/openid-configuration"), GET, false, false,
	  configuration_endpoint },
	{ STR_INIT("*/.well-known/openid-configuration"), GET, true, false,
	  configuration_endpoint },
	{ STR_INIT("*/discovery/v2.0/keys"), GET, false, false, keys_endpoint },
	{ STR_INIT("*/discovery/keys"), GET, true, false, keys_endpoint },
};

static struct str path_of(struct str target)
{
	struct str path = str_sub(target, 0, str_find_char(target, '?'));

	/* some clients write one more '/' */
	return str_ends(path, S("/")) ? str_sub(path, 0, path.n - 1) : path;
}

static const struct endpoint *find(struct str path)
{
	struct str rest = str_skip(path, str_find_char(path, '/'));

	for (size_t i = 0; i < COUNT_OF(ENDPOINTS); i++) {
		const struct endpoint *e = &ENDPOINTS[i];
		bool tenant = e->path.p[0] == '*';

		if (str_eq(tenant ? str_skip(e->path, 1) : e->path, tenant ? rest : path))
			return e;
	}
	return NULL;
}

bool sign_in_accept(struct job *j, struct str target)
{
	if (!j->sign_in || !find(path_of(target)))
		return false;
	/* with its '/': no target of the Web API begins so */
	j->request.target = str_of(target.p - 1, target.n + 1);
	return true;
}

/* ---- what endpoints need ---- */

struct json_writer *turn_json(struct turn *t)
{
	struct job *j = t->job;

	buf_clear(&j->body);
	j->headers.n = 0;
	t->sink = buf_sink_make(&j->body);
	json_writer_release(&t->json);
	t->json = json_writer_make(&t->sink.sink);
	return &t->json;
}

void turn_answer(struct turn *t, int status)
{
	struct err ignored;

	/* into memory without an end */
	(void)!json_writer_finish(&t->json, &ignored);
	t->job->status = status;
	job_header(t->job, S("Content-Type"), S("application/json; charset=utf-8"));
	job_header(t->job, S("Cache-Control"), S("no-store, no-cache"));
	job_header(t->job, S("Pragma"), S("no-cache"));
	job_header(t->job, S("Expires"), S("-1"));
	job_header(t->job, S("x-ms-request-id"), guid_text(t->arena, t->trace));
}

void turn_member(struct turn *t, struct str name, struct str value)
{
	json_key(&t->json, name);
	json_str(&t->json, value);
}

struct str turn_header(const struct turn *t, struct str name)
{
	const struct request *r = &t->job->request;
	const struct str *value = header_find(r->headers, r->nheaders, name);

	return value ? *value : S("");
}

bool turn_need(struct turn *t, const char *name, struct str *out)
{
	*out = form_get(&t->form, str_from(name));
	return out->n > 0 || sign_in_refuse(t, SIGN_IN_MISSING_PARAMETER, "%s", name);
}

struct str turn_tenant(const struct turn *t)
{
	return guid_text(t->arena, t->s->tenant);
}

struct str turn_issuer(const struct turn *t, bool v1)
{
	return str_fmt(t->arena, "%.*s/%.*s/%s", STR_ARG(t->job->base), STR_ARG(turn_tenant(t)),
		       v1 ? "" : "v2.0");
}

/* ---- one request ---- */

static bool check_tenant(struct turn *t)
{
	struct guid id;

	if (guid_parse(t->tenant, &id) && guid_eq(id, t->s->tenant))
		return true;
	if (str_eq(t->tenant, S("common")) || str_eq(t->tenant, S("organizations")))
		return true;
	for (size_t i = 0; i < t->s->identity->names.n; i++) {
		if (str_eq_ascii_nocase(t->tenant, t->s->identity->names.p[i]))
			return true;
	}
	return sign_in_refuse(t, SIGN_IN_UNKNOWN_TENANT, "%.*s", STR_ARG(t->tenant));
}

/* Of a POST the body, and of any other the query. Pages read their queries themselves. */
static bool read_form(struct turn *t, struct str query)
{
	const struct request *r = &t->job->request;
	struct str type = str_from("application/x-www-form-urlencoded");
	struct str text = query;

	if (r->method == METHOD_POST) {
		struct str given = turn_header(t, S("Content-Type"));

		text = r->body;
		if (text.n > 0 && !str_eq_ascii_nocase(str_sub(given, 0, type.n), type))
			return sign_in_refuse(t, SIGN_IN_BAD_REQUEST,
					      "the body's Content-Type is not %s", type.p);
	}
	if (!form_read(t->arena, text, &t->form))
		return sign_in_refuse(t, SIGN_IN_BAD_REQUEST, "the parameters cannot be read");
	return !t->form.repeated ||
	       sign_in_refuse(t, SIGN_IN_BAD_REQUEST, "a parameter is repeated");
}

static bool carry_out(struct turn *t, const struct endpoint *at, struct str query)
{
	bool tenant = at->path.p[0] == '*';

	if (!(at->methods & 1u << t->job->request.method))
		return sign_in_refuse(t, SIGN_IN_ONLY_POST, "%s",
				      at->methods == GET ? "not this one, which takes GET" : "");
	return (!tenant || check_tenant(t)) && read_form(t, query) && at->answer(t);
}

static struct turn turn_of(struct job *j, struct org *org)
{
	struct turn t = { .job = j, .s = j->sign_in, .org = org, .arena = job_arena(j) };
	struct str asked;

	t.path = path_of(str_skip(j->request.target, 1));
	t.tenant = str_sub(t.path, 0, str_find_char(t.path, '/'));
	t.now = datetime_now().ticks / DATETIME_SECOND;
	t.trace = sign_in_new_id();
	t.correlation = t.trace;
	asked = turn_header(&t, S("client-request-id"));
	if (asked.n > 0 && !guid_parse(asked, &t.correlation))
		t.correlation = t.trace;
	return t;
}

void sign_in_answer(struct job *j, struct org *org)
{
	struct turn t = turn_of(j, org);
	const struct endpoint *at = find(t.path);
	size_t query = str_find_char(j->request.target, '?');

	t.v1 = at->v1;
	if (!carry_out(&t, at,
		       query == STR_NONE ? S("") : str_skip(j->request.target, query + 1))) {
		if (at->page)
			page_answer_error(&t);
		else
			sign_in_answer_error(&t);
	}
	json_writer_release(&t.json);
}

void sign_in_stand_in(struct job *j)
{
	struct turn t = turn_of(j, NULL);
	const struct verdict *v = &j->verdict;

	if (v->effect == EFFECT_HTML) {
		struct response r = reality_answer(t.arena, v, S(""));

		job_answer(j, &r);
		return;
	}
	sign_in_refuse(&t, SIGN_IN_BUSY, "this answer was asked for with a fault");
	sign_in_answer_error(&t);
	j->status = v->effect == EFFECT_EXPIRE_TOKEN ? 401 : v->status;
	if (v->retry_after >= 0)
		job_header(j, S("Retry-After"), str_fmt(t.arena, "%d", v->retry_after));
	json_writer_release(&t.json);
}
