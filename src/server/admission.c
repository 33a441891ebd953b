/* SPDX-License-Identifier: MIT */
/*
 * The order: a name that is known, a part of the server that answers, a token where one is needed.
 */
#include "server/admission.h"

#include "server/handlers.h"
#include "server/sign_in.h"

#include "base/banned.h"

/* /path?query, also of a target that is a whole URL; its host must be that of the header. */
static bool own_target(struct job *j, struct str scheme, struct str host, struct str *out)
{
	struct str target = exchange_target(j->exchange);

	if (str_starts(target, scheme))
		target = str_skip(target, scheme.n);
	else
		host.n = 0;
	if (!str_eq_ascii_nocase(str_sub(target, 0, host.n), host))
		return false;
	*out = str_skip(target, host.n);
	return str_starts(*out, S("/"));
}

static bool may_ask(struct job *j, const struct guard *g, const struct httpd_header *headers,
		    size_t n)
{
	bool needed = g->token.n > 0 || sign_in_is_needed(j->sign_in);
	struct str token;

	if (!needed)
		return true;
	if (!guard_bearer(headers, n, &token))
		return false;
	if (guard_token(g, token))
		return true;
	return sign_in_is_needed(j->sign_in) &&
	       sign_in_check(j->sign_in, j, token, &j->token_fault);
}

void admission_look(struct job *j, const struct guard *g, const struct httpd_header *headers,
		    size_t n)
{
	struct str scheme = g->tls ? S("https://") : S("http://");
	struct str host, target;

	if (!guard_host(g, headers, n, &host) || !own_target(j, scheme, host, &target))
		return;
	j->host_known = true;
	j->base = str_fmt(job_arena(j), "%.*s%.*s", STR_ARG(scheme), STR_ARG(host));
	j->handler = handlers_find(j, target);
	j->let_in = (j->handler && j->handler->open) || may_ask(j, g, headers, n);
}
