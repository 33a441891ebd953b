/* SPDX-License-Identifier: MIT */
/*
 * Managed identities, in the two forms in which clients meet them: the metadata service of a virtual machine, and
 * the endpoint of App Service. Their errors have shapes of their own.
 */
#include "server/sign_in_flow.h"

#include "base/banned.h"

/* As 2018-02-01: the date of a version of the interface. */
static bool is_version(struct str s)
{
	struct datetime when;
	enum datetime_zone zone;

	return s.n == 10 && datetime_parse_iso(s, &when, &zone);
}

static bool is_of(const struct managed *m, struct turn *t)
{
	struct str client = form_get(&t->form, S("client_id"));
	struct str object = form_get(&t->form, S("object_id"));
	struct str principal = form_get(&t->form, S("principal_id"));
	struct str resource = form_get(&t->form, S("mi_res_id"));
	struct guid id;

	if (resource.n == 0)
		resource = form_get(&t->form, S("msi_res_id"));
	if (object.n == 0)
		object = principal;
	if (client.n == 0 && object.n == 0 && resource.n == 0)
		return m->of_machine;
	if (client.n > 0 && !(guid_parse(client, &id) && guid_eq(id, m->client)))
		return false;
	if (object.n > 0 && !(guid_parse(object, &id) && guid_eq(id, m->object)))
		return false;
	return resource.n == 0 || str_eq_ascii_nocase(resource, m->resource);
}

static const struct managed *find(struct turn *t)
{
	const struct identity *i = t->s->identity;

	for (size_t n = 0; n < i->managed.n; n++) {
		if (is_of(&i->managed.p[n], t))
			return &i->managed.p[n];
	}
	return NULL;
}

static bool issue(struct turn *t, const struct managed *m, struct scope *scope,
		  struct issued *issued)
{
	struct grantee g = grantee_of_managed(m);

	return scope_resource(t, form_get(&t->form, S("resource")), &scope->resource) &&
	       issue_token(t, &g, scope, S(""), issued);
}

static void add_time(struct turn *t, const char *name, int64_t seconds)
{
	turn_member(t, str_from(name), str_from_i64(t->arena, seconds));
}

static void answer_token(struct turn *t, const struct managed *m, const struct scope *scope,
			 const struct issued *i, bool machine)
{
	json_object(turn_json(t));
	turn_member(t, S("access_token"), i->token);
	turn_member(t, S("client_id"), guid_text(t->arena, m->client));
	if (machine) {
		add_time(t, "expires_in", i->until - i->from - 1);
		add_time(t, "ext_expires_in", i->until - i->from - 1);
		add_time(t, "not_before", i->from);
	}
	add_time(t, "expires_on", i->until);
	turn_member(t, S("resource"), scope->resource);
	turn_member(t, S("token_type"), S("Bearer"));
	json_object_end(&t->json);
	turn_answer(t, 200);
}

/* ---- the machine ---- */

static bool answer_machine_error(struct turn *t, int status, const char *error, const char *text)
{
	json_object(turn_json(t));
	turn_member(t, S("error"), str_from(error));
	turn_member(t, S("error_description"), str_from(text));
	json_object_end(&t->json);
	turn_answer(t, status);
	return true;
}

bool machine_endpoint(struct turn *t)
{
	struct scope scope = { .by_default = true };
	const struct managed *m = find(t);
	struct issued issued;

	if (!str_eq_ascii_nocase(turn_header(t, S("Metadata")), S("true")))
		return answer_machine_error(t, 400, "invalid_request",
					    "The header Metadata: true is missing");
	if (turn_header(t, S("X-Forwarded-For")).n > 0)
		return answer_machine_error(t, 400, "invalid_request",
					    "Requests that come through a proxy are refused");
	if (!is_version(form_get(&t->form, S("api-version"))))
		return answer_machine_error(t, 400, "invalid_request",
					    "The query has no valid api-version");
	if (form_get(&t->form, S("resource")).n == 0)
		return answer_machine_error(t, 400, "invalid_request", "The query has no resource");
	if (!m)
		return answer_machine_error(t, 400, "invalid_request", "Identity not found");
	if (!issue(t, m, &scope, &issued))
		return false;
	answer_token(t, m, &scope, &issued, true);
	return true;
}

/* ---- App Service ---- */

static bool answer_service_error(struct turn *t, int status, const char *text)
{
	json_object(turn_json(t));
	json_key(&t->json, S("statusCode"));
	json_i64(&t->json, status);
	turn_member(t, S("message"), str_from(text));
	json_object_end(&t->json);
	turn_answer(t, status);
	return true;
}

bool app_service_endpoint(struct turn *t)
{
	struct scope scope = { .by_default = true };
	struct str header = t->s->identity->header;
	const struct managed *m = find(t);
	struct issued issued;

	if (header.n == 0 || !crypto_same(header, turn_header(t, S("X-IDENTITY-HEADER"))))
		return answer_service_error(t, 401, "X-IDENTITY-HEADER is missing or wrong");
	if (!str_eq(form_get(&t->form, S("api-version")), S("2019-08-01")))
		return answer_service_error(t, 400, "The api-version is not 2019-08-01");
	if (form_get(&t->form, S("resource")).n == 0)
		return answer_service_error(t, 400, "The query has no resource");
	if (!m)
		return answer_service_error(t, 400, "No managed identity fits the request");
	if (!issue(t, m, &scope, &issued))
		return answer_service_error(t, 400, t->refusal.text);
	answer_token(t, m, &scope, &issued, false);
	return true;
}
