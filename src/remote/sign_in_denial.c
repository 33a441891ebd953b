/* SPDX-License-Identifier: MIT */
/*
 * The numbers are Entra's ("Microsoft Entra authentication and authorization error codes"). A number that is not in the table
 * is told with the name of the error, which RFC 6749 and 8628 define.
 */
#include "remote/sign_in_denial.h"

#include "base/guid.h"
#include "io/json.h"

#include "base/banned.h"

/* What a remedy tells beside its words. */
enum detail { PLAIN, CLIENT, TENANT, RESOURCE, CERTIFICATE, CLOCK };

#define AGAIN "sign in again"
#define SECRET "make a new one among the application's certificates and secrets"
#define TRUST "compare the application's federated credentials with this workload"

static const struct known {
	int number;
	enum detail detail;
	const char *what, *remedy;
} KNOWN[] = {
	{ 7000215, PLAIN, "the client secret is wrong", "give its value, not its id, or " SECRET },
	{ 7000222, PLAIN, "the client secret has expired", SECRET },
	{ 7000218, PLAIN, "the application has to prove itself",
	  "choose a kind with a secret or a certificate, or allow public client flows for it" },
	{ 700025, PLAIN, "the application is a public client, which has no secret",
	  "sign in as a person, or use another application" },
	{ 7000112, CLIENT, "the application is disabled", "enable it, or use another one" },
	{ 700016, TENANT, "the tenant knows no application with this client id",
	  "check client id and tenant" },
	{ 700027, CERTIFICATE, "the certificate is not accepted",
	  "register this certificate with the application, and see that it has not expired" },
	{ 700024, CLOCK, "the assertion is not within its valid time", "set this machine's clock" },
	{ 700021, PLAIN, "the assertion is not of this application",
	  "check the client id, and add a federated credential if it is a workload's token" },
	{ 700023, PLAIN, "the assertion is meant for another authority",
	  "check authority and tenant of the profile" },
	{ 50027, PLAIN, "the assertion is no token",
	  "check where the workload's token comes from" },
	{ 700211, PLAIN, "the application trusts no workload of this issuer", TRUST },
	{ 700212, PLAIN, "the application trusts no workload token for this audience", TRUST },
	{ 700213, PLAIN, "the application does not trust this workload (its subject)", TRUST },
	{ 70021, PLAIN, "the application does not trust this workload", TRUST },
	{ 90002, TENANT, "there is no such tenant", "check its id or name, and the cloud" },
	{ 50059, PLAIN, "the tenant is not named", "name the tenant in the profile" },
	{ 500011, RESOURCE, "the tenant knows no such environment",
	  "check the URL and the tenant" },
	{ 500341, PLAIN, "the account was deleted from the tenant", "use another account" },
	{ 50034, PLAIN, "the tenant knows no such user", "check the account and the tenant" },
	{ 50020, PLAIN, "the account is of another tenant",
	  "name the tenant, or be invited to it" },
	{ 50055, PLAIN, "the account's password has expired", "change it in a browser" },
	{ 50057, PLAIN, "the account is disabled", "use another account" },
	{ 50105, PLAIN, "the account is not assigned to the application",
	  "let an administrator assign it" },
	{ 50126, PLAIN, "user name or password are wrong", AGAIN },
	{ 50076, PLAIN, "a second factor is wanted", AGAIN },
	{ 50079, PLAIN, "a second factor has to be set up first", AGAIN " in a browser" },
	{ 53000, PLAIN, "this device does not comply with a conditional access policy",
	  "sign in from one that does" },
	{ 53003, PLAIN, "a conditional access policy blocks the sign-in",
	  "ask an administrator which one, or sign in from another place or device" },
	{ 65001, CLIENT, "nobody has consented that the application acts in the environment",
	  "let an administrator consent to it" },
	{ 65004, PLAIN, "the person declined", AGAIN },
	{ 50173, PLAIN, "the sign-in was revoked", AGAIN },
	{ 50078, PLAIN, "the second factor has expired", AGAIN },
	{ 700082, PLAIN, "the sign-in has expired because it was not used", AGAIN },
	{ 700084, PLAIN, "the sign-in has expired", AGAIN },
	{ 70008, PLAIN, "the sign-in has expired", AGAIN },
	{ 70043, PLAIN, "the sign-in has expired", AGAIN },
	{ 54005, PLAIN, "the code was used already", AGAIN },
	{ 50011, CLIENT, "the redirect is none of the application's",
	  "add http://localhost as redirect of a public client, or sign in by device code" },
	{ 70011, RESOURCE, "the scope is not valid", "check the resource of the profile" },
	{ 90033, PLAIN, "the authority is not available for a moment", "try again" },
};

static const struct named {
	const char *error, *what, *remedy;
} NAMED[] = {
	{ "invalid_client", "the application's credential is not accepted",
	  "check client id and credential" },
	{ "unauthorized_client", "the application may not sign in this way", "check its settings" },
	{ "invalid_grant", "the sign-in is not valid any more", AGAIN },
	{ "interaction_required", "a person is wanted", AGAIN },
	{ "login_required", "a person is wanted", AGAIN },
	{ "consent_required", "consent is wanted", "let an administrator consent" },
	{ "access_denied", "the sign-in was declined", AGAIN },
	{ "authorization_declined", "the person declined", AGAIN },
	{ "expired_token", "the code has expired before it was entered", AGAIN },
	{ "bad_verification_code", "the code is not known", AGAIN },
	{ "invalid_scope", "the scope is not valid", "check the resource of the profile" },
	{ "invalid_resource", "the tenant knows no such environment",
	  "check the URL and the tenant" },
	{ "temporarily_unavailable", "the authority is not available for a moment", "try again" },
	{ "server_error", "the authority failed", "try again" },
};

/* ---- reading ---- */

static struct str clean_name(struct str s)
{
	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];

		if (!(c >= 'a' && c <= 'z') && !(c >= '0' && c <= '9') && c != '_')
			return S("");
	}
	return s.n <= 40 ? s : S("");
}

static int64_t number_in(struct str text)
{
	struct str mark = S("AADSTS");
	size_t at = str_find(text, mark);
	struct str rest = at == STR_NONE ? S("") : str_skip(text, at + mark.n);
	size_t n = 0;
	int64_t number;

	while (n < rest.n && n < 9 && rest.p[n] >= '0' && rest.p[n] <= '9')
		n++;
	return str_parse_i64(str_sub(rest, 0, n), &number) ? number : 0;
}

static struct str guid_behind(struct arena *a, struct str text, struct str mark)
{
	size_t at = str_find(text, mark);
	struct guid id;

	if (at == STR_NONE || !guid_parse(str_sub(str_skip(text, at + mark.n), 0, 36), &id))
		return S("");
	return guid_text(a, id);
}

struct denial denial_of(struct arena *a, struct str error, struct str description)
{
	return (struct denial){ .error = str_dup(a, clean_name(error)),
				.number = number_in(description),
				.correlation = guid_behind(a, description, S("Correlation ID: ")) };
}

bool denial_read(struct arena *a, struct str body, struct denial *out)
{
	const struct json *codes;
	struct json tree;
	struct denial d;
	struct guid id;
	struct err ignored;

	if (!json_parse(a, body, "the refusal", &tree, &ignored) ||
	    json_text(&tree, S("error")).n == 0)
		return false;
	d = denial_of(a, json_text(&tree, S("error")), json_text(&tree, S("error_description")));
	codes = json_get(&tree, S("error_codes"));
	if (codes && codes->kind == JSON_ARRAY && codes->n > 0 &&
	    codes->items[0].kind == JSON_NUMBER && !str_parse_i64(codes->items[0].text, &d.number))
		d.number = 0;
	if (guid_parse(json_text(&tree, S("correlation_id")), &id))
		d.correlation = guid_text(a, id);
	*out = d;
	return true;
}

bool denial_is(const struct denial *d, const char *error)
{
	return str_eq(d->error, str_from(error));
}

bool denial_wants_person(const struct denial *d)
{
	return denial_is(d, "invalid_grant") || denial_is(d, "interaction_required") ||
	       denial_is(d, "login_required") || denial_is(d, "consent_required");
}

/* ---- telling ---- */

static void add_clock(struct buf *b, int64_t ahead)
{
	if (ahead == 0)
		return;
	buf_add_fmt(b, " (it is %lld seconds %s the authority's)",
		    (long long)(ahead > 0 ? ahead : -ahead), ahead > 0 ? "ahead of" : "behind");
}

static void add_detail(struct buf *b, enum detail detail, const struct denial_context *c)
{
	struct str value = S("");

	switch (detail) {
	case PLAIN:
		return;
	case CLIENT:
		value = c->client;
		break;
	case TENANT:
		buf_add_fmt(b, " (client %.*s, tenant %.*s)", STR_ARG(c->client),
			    STR_ARG(c->tenant));
		return;
	case RESOURCE:
		value = c->resource;
		break;
	case CERTIFICATE:
		value = c->certificate;
		break;
	case CLOCK:
		add_clock(b, c->ahead);
		return;
	}
	if (value.n > 0)
		buf_add_fmt(b, " (%.*s)", STR_ARG(value));
}

static const struct known *find_known(int64_t number)
{
	for (size_t i = 0; i < COUNT_OF(KNOWN); i++) {
		if (KNOWN[i].number == number)
			return &KNOWN[i];
	}
	return NULL;
}

static struct named find_named(struct str error)
{
	for (size_t i = 0; i < COUNT_OF(NAMED); i++) {
		if (str_eq(str_from(NAMED[i].error), error))
			return NAMED[i];
	}
	return (struct named){ "", "the sign-in was refused", "look the number up" };
}

bool denial_tell(const struct denial *d, const struct denial_context *c, struct err *e)
{
	DEFER(buf_release) struct buf b = buf_make(0);
	const struct known *known = find_known(d->number);
	struct named named = find_named(d->error);

	buf_add_fmt(&b, "%.*s: %s", STR_ARG(c->host), known ? known->what : named.what);
	buf_add(&b, S(" ["));
	if (d->number > 0)
		buf_add_fmt(&b, "AADSTS%lld", (long long)d->number);
	else
		buf_add(&b, d->error.n > 0 ? d->error : S("no number"));
	if (d->correlation.n > 0)
		buf_add_fmt(&b, ", correlation id %.*s", STR_ARG(d->correlation));
	buf_add(&b, S("]; "));
	buf_add(&b, str_from(known ? known->remedy : named.remedy));
	if (known)
		add_detail(&b, known->detail, c);
	return err_set(e, ERR_AUTH, "%.*s", STR_ARG(buf_str(&b)));
}
