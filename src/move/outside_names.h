/* SPDX-License-Identifier: MIT */
/*
 * Finding rows outside the package by their id, and those of which only a name is told by that.
 */
#ifndef FERRY_MOVE_OUTSIDE_NAMES_H
#define FERRY_MOVE_OUTSIDE_NAMES_H

#include "move/outside_keys.h"

/* Rows with the same id, for those that are not found yet: with the answers it is decided. */
void outside_ids_ask(struct sought_rows *s, struct read_queries *queries);

/*
 * System rows, and vocabulary, whose key is the name: the single one of that name, for rows that are not found yet and of which
 * no key is told. Such rows are named in the language of their environment: a key that found nothing is not made up for by a name.
 */
void outside_names_ask(struct sought_rows *s, struct read_queries *queries);
void outside_names_decide(struct sought_rows *s);

#endif
