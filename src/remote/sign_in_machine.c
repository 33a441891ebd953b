/* SPDX-License-Identifier: MIT */
/*
 * Managed identities (facts/webapi.md 7): App Service and its kin say in two variables where to ask, with a header that only
 * what runs there knows; a virtual machine asks the metadata service on its link, or the one that
 * AZURE_POD_IDENTITY_AUTHORITY_HOST names, as Azure's own libraries do.
 */
#include "remote/sign_in_parts.h"

#include "base/codec.h"
#include "io/json.h"

#include "base/banned.h"

#define METADATA_SERVICE "http://169.254.169.254"
#define METADATA_PATH "/metadata/identity/oauth2/token"
#define METADATA_VERSION "2018-02-01"
#define SERVICE_VERSION "2019-08-01"
#define TRY_SECONDS 10
#define SECONDS 100 /* the metadata service may be updated for 70 s */
#define TRIES 6

struct machine {
	struct str url; /* with the query's mark */
	struct str version;
	struct http_header header;
	const char *resource_name; /* of identity_resource in the query */
	const char *object_name;
	bool service;
};

static bool find_machine(struct sign_in *s, struct machine *out, struct err *e)
{
	struct str endpoint = sign_in_variable(s, "IDENTITY_ENDPOINT");
	struct str header = sign_in_variable(s, "IDENTITY_HEADER");
	struct str host = sign_in_variable(s, "AZURE_POD_IDENTITY_AUTHORITY_HOST");

	if (endpoint.n > 0 && header.n == 0)
		return err_set(
			e, ERR_AUTH,
			"IDENTITY_ENDPOINT is set without IDENTITY_HEADER: this kind of machine "
			"(Azure Arc) is not known; sign in with a certificate");
	if (endpoint.n > 0) {
		*out = (struct machine){
			endpoint,    S(SERVICE_VERSION), { S("X-IDENTITY-HEADER"), header },
			"mi_res_id", "principal_id",     true
		};
		return true;
	}
	while (str_ends(host, S("/")))
		host.n--;
	if (host.n == 0)
		host = S(METADATA_SERVICE);
	*out = (struct machine){ str_fmt(&s->scratch, "%.*s" METADATA_PATH, STR_ARG(host)),
				 S(METADATA_VERSION),
				 { S("Metadata"), S("true") },
				 "msi_res_id",
				 "object_id",
				 false };
	return true;
}

/* Those that the metadata service documents as passing, beside 429 and 5xx. */
static bool passes(int status)
{
	return status == 404 || status == 410;
}

/* In no shape that both have: what of it is a reason, and harmless. */
static bool refused(struct sign_in *s, const struct machine *m, const struct ask_answer *r,
		    struct err *e)
{
	const struct profile *p = s->profile;
	bool named =
		p->identity_client.n > 0 || p->identity_object.n > 0 || p->identity_resource.n > 0;
	struct denial d;
	struct json tree;
	struct err ignored;

	if (r->status == 401 && m->service)
		return err_set(e, ERR_AUTH,
			       "the identity endpoint does not accept IDENTITY_HEADER");
	if (r->status == 404 || r->status == 410)
		return err_set(e, ERR_NETWORK,
			       "the metadata service at %.*s has no identities (status %d)",
			       STR_ARG(profile_host(m->url)), r->status);
	if (r->status < 400 || r->status >= 500 || r->status == 429 ||
	    !json_parse(&s->scratch, r->body, "the refusal", &tree, &ignored))
		return sign_in_strange(m->url, r, e);
	if (!denial_read(&s->scratch, r->body, &d))
		d = (struct denial){ .number = 0 };
	return err_set(
		e, ERR_AUTH, "%.*s gives no token for %.*s (status %d%s%.*s): %s",
		STR_ARG(profile_host(m->url)), STR_ARG(s->authority.resource), r->status,
		d.error.n > 0 ? ", " : "", STR_ARG(d.error),
		named ? "see that the identity of the profile is assigned to this machine"
		      : "see that this machine has an identity of its own, or name an assigned "
			"one in the profile");
}

static bool ask_machine(struct sign_in *s, const struct machine *m, struct ask_answer *out,
			struct str *url, struct err *e)
{
	const struct profile *p = s->profile;
	const struct field fields[] = {
		{ "api-version", m->version },
		{ "resource", s->authority.resource },
		{ "client_id", p->identity_client },
		{ m->object_name, p->identity_object },
		{ m->resource_name, p->identity_resource },
	};
	struct str query = sign_in_form(&s->scratch, fields, COUNT_OF(fields));
	bool marked = str_find_char(m->url, '?') != STR_NONE;
	struct ask q = {
		.method = S("GET"),
		.url = str_fmt(&s->scratch, "%.*s%s%.*s", STR_ARG(m->url), marked ? "&" : "?",
			       STR_ARG(query)),
		.headers = &m->header,
		.nheaders = 1,
		.seconds = SECONDS,
		.try_seconds = TRY_SECONDS,
		.tries = TRIES,
		.on_link = true,
		.passes = m->service ? NULL : passes,
	};

	*url = q.url;
	if (ask_for(&s->asker, &s->scratch, &q, out, e))
		return true;
	if (e->kind != ERR_NETWORK)
		return false;
	return err_wrap(e,
			"asking for the managed identity of this machine (is this one in Azure?)");
}

bool sign_in_by_machine(struct sign_in *s, struct token *out, struct err *e)
{
	struct ask_answer r;
	struct machine m;
	struct json tree;
	struct str url;
	struct err ignored;

	if (!find_machine(s, &m, e) || !ask_machine(s, &m, &r, &url, e))
		return false;
	if (r.status != 200)
		return refused(s, &m, &r, e);
	if (!json_parse(&s->scratch, r.body, "the answer", &tree, &ignored))
		return sign_in_strange(url, &r, e);

	struct token_moment at = sign_in_moment(s, &r);

	if (token_of_json(&s->scratch, &tree, &at, out, e))
		return true;
	e->kind = ERR_NETWORK;
	return err_wrap(e, "the answer of %.*s", STR_ARG(profile_host(url)));
}
