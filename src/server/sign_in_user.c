/* SPDX-License-Identifier: MIT */
/*
 * From a token to a user of the organization: asked of the organization itself, as its administrator, so that what
 * changes there holds from the next request on.
 */
#include "server/sign_in.h"

#include "base/codec.h"
#include "org/reality_answer.h"
#include "server/sign_in_flow.h"

#include "base/banned.h"

#define CODE_DISABLED 0x80040225u
#define CODE_UNKNOWN 0x80072560u
#define CODE_UNEXPECTED 0x80040216u

/* 'text' with its quotes doubled. */
static void add_literal(struct buf *b, struct str s)
{
	buf_add_char(b, '\'');
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] == '\'')
			buf_add_char(b, '\'');
		buf_add_char(b, s.p[i]);
	}
	buf_add_char(b, '\'');
}

static struct str filter_of(struct arena *a, const struct grantee *g)
{
	DEFER(buf_release) struct buf b = buf_make(0);
	struct guid id;

	if (g->reference.n == 0 && g->is_application) {
		struct str client = guid_text(a, g->client);

		return str_fmt(a, "applicationid eq %.*s", STR_ARG(client));
	}
	if (g->reference.n > 0 && guid_parse(g->reference, &id)) {
		struct str text = guid_text(a, id);

		return str_fmt(a, "systemuserid eq %.*s or applicationid eq %.*s", STR_ARG(text),
			       STR_ARG(text));
	}
	buf_add(&b, S("domainname eq "));
	add_literal(&b, g->reference.n > 0 ? g->reference : g->name);
	return str_dup(a, buf_str(&b));
}

static struct str target_of(struct arena *a, const struct grantee *g)
{
	DEFER(buf_release) struct buf b = buf_make(0);

	buf_add(&b, S("systemusers?$select=systemuserid,isdisabled,azureactivedirectoryobjectid,"
		      "fullname&$top=1&$filter="));
	url_encode(&b, filter_of(a, g));
	return str_dup(a, buf_str(&b));
}

static void read_row(struct arena *a, const struct json *row, struct found_user *out)
{
	out->found = guid_parse(json_text(row, S("systemuserid")), &out->id);
	out->disabled = json_flag(row, S("isdisabled"));
	out->full_name = str_dup(a, json_text(row, S("fullname")));
	if (!guid_parse(json_text(row, S("azureactivedirectoryobjectid")), &out->object))
		out->object = (struct guid){ 0 };
}

bool user_find(struct org *org, struct arena *a, const struct grantee *g, struct found_user *out,
	       struct err *e)
{
	struct origin nobody = { .has_user = false };
	struct request request = { .method = METHOD_GET, .target = target_of(a, g) };
	struct found_user user = { 0 };
	struct response response;
	struct json answer;

	if (str_eq(g->reference, S(IDENTITY_ADMINISTRATOR))) {
		*out = (struct found_user){ .found = true, .administrator = true };
		return true;
	}
	org_set_origin(org, &nobody);
	if (!service_call(org_service(org), &request, &response, e))
		return false;
	if (!json_parse(a, str_dup(a, response.body), "the users", &answer, e))
		return false;
	if (response.status != 200)
		return err_set(e, ERR_INTERNAL, "the users: %.*s",
			       STR_ARG(json_text(json_get(&answer, S("error")), S("message"))));

	const struct json *rows = json_get(&answer, S("value"));

	if (rows && rows->kind == JSON_ARRAY && rows->n > 0)
		read_row(a, &rows->items[0], &user);
	*out = user;
	return true;
}

/* Of a principal, as a token tells it, by what the identity says now. */
static struct grantee grantee_of(const struct identity *i, const struct principal *p)
{
	struct grantee g = { .is_application = p->is_application,
			     .client = p->client,
			     .name = p->name };
	const struct application *app = identity_application(i, p->client);
	const struct managed *managed = identity_managed(i, p->client);
	const struct account *account = identity_account(i, p->name);

	if (!p->is_application)
		g.reference = account ? account->user : S("");
	else if (app)
		g.reference = app->user;
	else if (managed)
		g.reference = managed->user;
	return g;
}

static bool answer_refusal(struct job *j, int status, uint32_t code, const char *message)
{
	struct response r = reality_error(job_arena(j), status, code, message);

	job_answer(j, &r);
	return false;
}

bool sign_in_enter(struct job *j, struct org *org)
{
	struct grantee g;
	struct found_user user;
	struct err e;

	if (!j->principal.known)
		return true;
	g = grantee_of(j->sign_in->identity, &j->principal);
	if (!user_find(org, job_arena(j), &g, &user, &e))
		return answer_refusal(j, 500, CODE_UNEXPECTED, e.msg);
	if (!user.found)
		return answer_refusal(j, 403, CODE_UNKNOWN,
				      "who signed in is no user of this organization; an "
				      "application needs an application user with its id");
	if (user.disabled)
		return answer_refusal(j, 403, CODE_DISABLED,
				      "the user of this token is disabled in this organization");
	j->has_user = !user.administrator;
	j->user = user.id;
	return true;
}
