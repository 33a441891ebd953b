/* SPDX-License-Identifier: MIT */
/*
 * An environment on a server while a command works with it: signed in, recorded.
 */
#ifndef FERRY_CLI_ENV_SESSION_H
#define FERRY_CLI_ENV_SESSION_H

#include "cli/env.h"

struct sign_in;
struct env_session;

/* Nothing is asked for yet. */
MUST_CHECK bool env_session_open(struct env_session **out, struct program *p, const struct env *env,
				 struct err *e);
struct service *env_session_service(struct env_session *s);
struct sign_in *env_session_sign_in(struct env_session *s);
void env_session_counts(const struct env_session *s, uint64_t *throttled, uint64_t *retried);
/* ERR_INTERNAL: the record is not complete. */
MUST_CHECK bool env_session_finish(struct env_session *s, struct err *e);
void env_session_close(struct env_session **s); /* fits DEFER */

/* A credential, got now; `what` names it in errors. As credential_get of remote/credential.h. */
MUST_CHECK bool env_session_credential(struct program *p, const struct credential *c,
				       const char *what, struct str *out, struct err *e);

#endif
