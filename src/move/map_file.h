/* SPDX-License-Identifier: MIT */
/*
 * Which row of the target stands for which of the source, as a person has written it down.
 *
 *     <map version="1">
 *       <table name="systemuser" default="anna@contoso.com">
 *         <row source="0b1f..." name="Ben Old" target="ben@contoso.com"/>
 *
 * `source`: an id, or what the row is called in the source: its primary name, or of a user its domain name or e-mail. `target`: an
 * id, or a key or name in the target; empty: not decided yet. `default`: for every row of the table that nothing else answers.
 * CMT's user map is read as well (facts/cmt-format.md 4).
 */
#ifndef FERRY_MOVE_MAP_FILE_H
#define FERRY_MOVE_MAP_FILE_H

#include "base/arena.h"
#include "base/err.h"
#include "base/sink.h"
#include "base/str.h"

struct map_entry {
	struct str table;
	struct str source, name, target;
	struct str note; /* written as a comment above the row, for people; not read */
	unsigned line;
};

struct map_default {
	struct str table, target;
	unsigned line;
};

struct map_file {
	const char *name; /* for messages */
	struct map_entry *entries;
	size_t n;
	struct map_default *defaults;
	size_t ndefaults;
};

/* ERR_INPUT with name:line. */
MUST_CHECK bool map_file_read(struct arena *a, const char *path, struct map_file *out,
			      struct err *e);
/* In the form above. */
MUST_CHECK bool map_file_write(struct sink *out, const struct map_file *m, struct err *e);

#endif
