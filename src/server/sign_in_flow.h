/* SPDX-License-Identifier: MIT */
/*
 * What happens at the endpoints of the sign-in, each in a file of its own: clients, scopes, tokens, pages. A
 * function that returns false has noted the refusal in the turn.
 */
#ifndef FERRY_SERVER_SIGN_IN_FLOW_H
#define FERRY_SERVER_SIGN_IN_FLOW_H

#include "server/sign_in_parts.h"

/* ---- sign_in_client.c ---- */

/* The application that client_id names. */
MUST_CHECK bool client_find(struct turn *t, const struct application **out);
/* And it has shown that it is that: how is 0 (a public client, by nothing), 1 (secret), 2 (assertion). */
MUST_CHECK bool client_prove(struct turn *t, const struct application **out, int *how);

/* ---- sign_in_scope.c ---- */

struct scope {
	struct str resource; /* this server, as the client wrote it, without the last '/' */
	bool by_default;     /* /.default */
	bool openid, profile, email, offline;
};

/* Of scope= or resource=. */
MUST_CHECK bool scope_read(struct turn *t, struct scope *out);
MUST_CHECK bool scope_resource(struct turn *t, struct str resource, struct str *out);
struct str scope_write(struct arena *a, const struct scope *s); /* as one text; and back: */
struct scope scope_parse(struct str resource, struct str text);

/* ---- sign_in_user.c ---- */

/* Who a token is for. */
struct grantee {
	bool is_application;
	struct guid client;
	struct str name;      /* of the account */
	struct str reference; /* of the organization's user; empty: by client or name */
	struct guid object;   /* told beforehand, or null */
	int how;              /* client_prove */
};

struct found_user {
	bool found, administrator, disabled;
	struct guid id, object;
	struct str full_name;
};

/* The organization's user; an answer that says "none" is no failure. */
MUST_CHECK bool user_find(struct org *org, struct arena *a, const struct grantee *g,
			  struct found_user *out, struct err *e);

/* ---- sign_in_issue.c ---- */

struct grantee grantee_of_application(const struct application *app, int how);
struct grantee grantee_of_account(const struct application *app, const struct account *account,
				  int how);
struct grantee grantee_of_managed(const struct managed *managed);

struct issued {
	struct str token, id_token;
	int64_t from, until;
	struct guid object;
};

MUST_CHECK bool issue_token(struct turn *t, const struct grantee *g, const struct scope *scope,
			    struct str nonce, struct issued *out);
/* The answer of a token endpoint; `refresh` is empty where there is none. */
void issue_answer(struct turn *t, const struct issued *i, const struct scope *scope,
		  struct str refresh, bool user);
/* Any claims, signed: a token of a federated issuer. */
MUST_CHECK bool issue_signed(struct turn *t, struct str claims, struct str *out);
/* A user's tokens, with a refresh token where one was asked for, as the answer. */
MUST_CHECK bool issue_to_account(struct turn *t, const struct application *app,
				 const struct account *account, int how, const struct scope *scope,
				 struct str nonce);

/* ---- the endpoints ---- */

MUST_CHECK bool token_endpoint(struct turn *t);
MUST_CHECK bool revoke_endpoint(struct turn *t);
MUST_CHECK bool authorize_endpoint(struct turn *t);
MUST_CHECK bool device_endpoint(struct turn *t);
MUST_CHECK bool device_page_endpoint(struct turn *t);
MUST_CHECK bool machine_endpoint(struct turn *t);
MUST_CHECK bool app_service_endpoint(struct turn *t);
MUST_CHECK bool github_endpoint(struct turn *t);
MUST_CHECK bool pipelines_endpoint(struct turn *t);
MUST_CHECK bool configuration_endpoint(struct turn *t);
MUST_CHECK bool keys_endpoint(struct turn *t);
MUST_CHECK bool instance_endpoint(struct turn *t);

/* ---- sign_in_device.c, for the token endpoint ---- */

MUST_CHECK bool device_redeem(struct turn *t, const struct application *app, struct device *out);

/* ---- sign_in_page.c ---- */

/* Answers with a page; `body` is HTML. */
void page_answer(struct turn *t, int status, const char *title, struct str body);
void page_answer_error(struct turn *t);
/* A form that posts to the URL `action`, with a button for each account and one to decline. */
void page_choose(struct turn *t, const char *title, struct str action, struct str extra_fields);
/* What was chosen there: an account, or SIGN_IN_DECLINED. */
MUST_CHECK bool page_chosen(struct turn *t, const struct account **out);
/* A POST of a page comes from a page of this server. */
MUST_CHECK bool page_is_own(struct turn *t);

#endif
