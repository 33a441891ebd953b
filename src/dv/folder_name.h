/* SPDX-License-Identifier: MIT */
/*
 * Names of files in the git-friendly folder: a name that a person recognises and that every file system
 * takes. Letters and digits of any script stay (by ranges of Unicode, no locale), everything else becomes
 * one '-'. A row's stem ends with the first eight hex digits of its id; where another row of the table has the
 * same eight, with the whole id; so stems differ without regard to what a file system thinks of case.
 */
#ifndef FERRY_DV_FOLDER_NAME_H
#define FERRY_DV_FOLDER_NAME_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/guid.h"
#include "base/str.h"

#define FOLDER_STEM_MAX ((size_t)80)  /* bytes of a stem */
#define FOLDER_NAME_MAX ((size_t)120) /* bytes of a whole file name */

/* At most max bytes, cut between characters; may be empty. `also` are ASCII characters that stay. */
struct str folder_safe(struct arena *a, struct str name, const char *also, size_t max);

/* A set of numbers that grows. */
struct number_set {
	struct buf slots;
	size_t n, cap;
	bool zero; /* 0 is in it */
};
void number_set_release(struct number_set *s);
/* False when it was there already. */
bool number_set_put(struct number_set *s, uint64_t v);

/* The stems of one table. */
struct stems {
	struct number_set prefixes; /* first eight digits that were given */
	struct number_set ids;      /* hashes of whole ids that were given */
	uint64_t rows;
};
void stems_release(struct stems *s); /* empty again */
struct str stem_next(struct stems *s, struct arena *a, struct str name, struct guid id);

/* Whether a name that a folder's file tells is one of a file in it: no way to another place. */
bool folder_is_plain_name(struct str name);

#endif
