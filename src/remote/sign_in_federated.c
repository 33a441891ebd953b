/* SPDX-License-Identifier: MIT */
/*
 * Workloads that another issuer knows: its token is the assertion with which the application proves itself
 * (facts/webapi.md 7). It is got anew each time, because it lives for minutes.
 */
#include "remote/sign_in_parts.h"

#include "base/codec.h"
#include "base/file.h"
#include "base/limits.h"
#include "io/json.h"

#include "base/banned.h"

#define PIPELINES_VERSION "7.1"

static bool take_assertion(struct sign_in *s, const char *what, struct str text, struct token *out,
			   struct err *e)
{
	text = str_trim(text);
	if (!token_is_text(text))
		return err_set(e, ERR_AUTH, "%s holds no token", what);
	return sign_in_assert(s, text, out, e);
}

bool sign_in_by_token_file(struct sign_in *s, struct token *out, struct err *e)
{
	struct str named = s->profile->token_file;
	const char *path;
	struct str text;

	if (named.n == 0)
		named = sign_in_variable(s, "AZURE_FEDERATED_TOKEN_FILE");
	if (named.n == 0)
		return err_set(e, ERR_AUTH,
			       "the file with the workload's token is not named: set "
			       "AZURE_FEDERATED_TOKEN_FILE, or token-file in the profile");
	path = str_cstr(&s->scratch, named);
	if (!file_read(&s->scratch, path, LIMIT_CREDENTIAL_FILE, &text, e)) {
		e->kind = ERR_AUTH;
		return err_wrap(e, "the workload's token");
	}
	return take_assertion(s, path, text, out, e);
}

/* ---- jobs ---- */

struct issuer {
	const char *name;   /* for messages */
	const char *member; /* of its answer */
	const char *remedy; /* of a refusal */
	struct ask ask;
};

static struct http_header bearer(struct sign_in *s, struct str token)
{
	return (struct http_header){ S("Authorization"),
				     str_fmt(&s->scratch, "Bearer %.*s", STR_ARG(token)) };
}

static struct str add_query(struct sign_in *s, struct str url, const struct field *fields, size_t n)
{
	struct str query = sign_in_form(&s->scratch, fields, n);

	return str_fmt(&s->scratch, "%.*s%s%.*s", STR_ARG(url),
		       str_find_char(url, '?') == STR_NONE ? "?" : "&", STR_ARG(query));
}

static bool by_issuer(struct sign_in *s, const struct issuer *i, struct token *out, struct err *e)
{
	struct ask_answer r;
	struct json tree;
	struct err ignored;

	if (!ask_for(&s->asker, &s->scratch, &i->ask, &r, e))
		return err_wrap(e, "asking %s who this job is", i->name);
	/* 302, 203: where a person would sign in */
	if (r.status >= 300 && r.status < 500 && r.status != 429)
		return err_set(e, ERR_AUTH, "%s does not say who this job is (status %d): %s",
			       i->name, r.status, i->remedy);
	if (r.status != 200 || !json_parse(&s->scratch, r.body, "the answer", &tree, &ignored))
		return sign_in_strange(i->ask.url, &r, e);
	return take_assertion(s, i->name, json_text(&tree, str_from(i->member)), out, e);
}

static struct str exchange_audience(const struct sign_in *s)
{
	const struct cloud *cloud = cloud_of_login(profile_host(s->authority.base));

	return (cloud ? cloud : cloud_of_login(S("login.microsoftonline.com")))->exchange;
}

bool sign_in_by_github(struct sign_in *s, struct token *out, struct err *e)
{
	struct str url = sign_in_variable(s, "ACTIONS_ID_TOKEN_REQUEST_URL");
	struct str token = sign_in_variable(s, "ACTIONS_ID_TOKEN_REQUEST_TOKEN");
	const struct field audience = { "audience", exchange_audience(s) };

	if (url.n == 0 || token.n == 0)
		return err_set(
			e, ERR_AUTH,
			"ACTIONS_ID_TOKEN_REQUEST_URL and ACTIONS_ID_TOKEN_REQUEST_TOKEN are not "
			"set: give the job \"permissions: id-token: write\"");

	const struct http_header headers[] = { bearer(s, token),
					       { S("Accept"), S("application/json") } };
	struct issuer i = {
		.name = "GitHub",
		.member = "value",
		.remedy = "give the job \"permissions: id-token: write\"",
		.ask = { .method = S("GET"),
			 .url = add_query(s, url, &audience, 1),
			 .headers = headers,
			 .nheaders = COUNT_OF(headers) },
	};

	return by_issuer(s, &i, out, e);
}

bool sign_in_by_pipelines(struct sign_in *s, struct token *out, struct err *e)
{
	struct str url = sign_in_variable(s, "SYSTEM_OIDCREQUESTURI");
	struct str token = sign_in_variable(s, "SYSTEM_ACCESSTOKEN");
	struct str connection = s->profile->service_connection;

	if (connection.n == 0)
		connection = profile_service_connection(s->options.in.variable);
	if (url.n == 0)
		return err_set(
			e, ERR_AUTH,
			"SYSTEM_OIDCREQUESTURI is not set: this is no job of Azure Pipelines");
	if (token.n == 0)
		return err_set(
			e, ERR_AUTH,
			"SYSTEM_ACCESSTOKEN is not set: give the step \"env: SYSTEM_ACCESSTOKEN: "
			"$(System.AccessToken)\"");
	if (connection.n == 0)
		return err_set(
			e, ERR_AUTH,
			"the service connection is not named: set service-connection in the profile, or "
			"AZURESUBSCRIPTION_SERVICE_CONNECTION_ID in the job");

	const struct field fields[] = { { "api-version", S(PIPELINES_VERSION) },
					{ "serviceConnectionId", connection } };
	const struct http_header headers[] = { bearer(s, token),
					       { S("Accept"), S("application/json") },
					       { S("Content-Type"), S("application/json") },
					       { S("X-TFS-FedAuthRedirect"), S("Suppress") } };
	struct issuer i = {
		.name = "Azure Pipelines",
		.member = "oidcToken",
		.remedy =
			"see that the job may use the service connection of the profile, and that "
			"SYSTEM_ACCESSTOKEN is its own",
		.ask = { .method = S("POST"),
			 .url = add_query(s, url, fields, COUNT_OF(fields)),
			 .headers = headers,
			 .nheaders = COUNT_OF(headers) },
	};

	return by_issuer(s, &i, out, e);
}
