/* SPDX-License-Identifier: MIT */
/*
 * What signing in and protected environments ask of the person at the terminal. Without a terminal nobody is asked.
 */
#ifndef FERRY_CLI_ENV_PERSON_H
#define FERRY_CLI_ENV_PERSON_H

#include "cli/command.h"
#include "cli/env.h"

/* Somebody can read what is written to standard error. */
bool env_person_is_there(void);
/* And has a browser in front of them. */
bool env_person_has_display(struct program *p);
/* Of remote/sign_in.h; the context is the program. */
void env_person_device(void *program, struct str url, struct str code, unsigned seconds);
bool env_person_browse(void *program, const char *url);

/* True when the profile is not protected, or its name was typed or is the value of --confirm. ERR_USAGE. */
MUST_CHECK bool env_person_confirms(struct program *p, const struct env *env, struct err *e);
/* A question that is answered with yes or no; no without a terminal. */
bool env_person_agrees(struct program *p, const char *question);
bool env_person_can_answer(void);

#endif
