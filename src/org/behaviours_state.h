/* SPDX-License-Identifier: MIT */
/*
 * What an organization has chosen, for the two that read and write it: behaviours.c and behaviours_choice.c.
 */
#ifndef FERRY_ORG_BEHAVIOURS_STATE_H
#define FERRY_ORG_BEHAVIOURS_STATE_H

#include "org/behaviours.h"

#define BEHAVIOURS_MAX 64

bool behaviour_is_off(const struct behaviour *b, unsigned variant);
/* The variant of each, as the file says. */
MUST_CHECK bool behaviours_read(struct store *s, unsigned char *variants, struct err *e);

#endif
