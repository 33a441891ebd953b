/* SPDX-License-Identifier: MIT */
/*
 * Reads the git-friendly folder (dv/folder_write.h) as the events of a package. A folder is hostile input like any
 * other: only regular files inside it are read, symbolic links are refused, names lead nowhere else. Rows
 * come in the order of the folder's order files, else in that of SQL Server's GUIDs; files that an order does
 * not name come last.
 */
#ifndef FERRY_DV_FOLDER_READ_H
#define FERRY_DV_FOLDER_READ_H

#include "base/arena.h"
#include "base/err.h"
#include "dv/event.h"
#include "dv/schema.h"

struct folder_reader;

/* Whether a folder is such a one: ferry.xml stands in it. */
bool folder_is_one(const char *path);

/* ERR_INPUT with "table/file.xml:line: ..." inside the folder. `path` and `schema` live as long as the reader. */
MUST_CHECK bool folder_reader_open(struct folder_reader **out, struct arena *a, const char *path,
				   const struct schema *schema, struct err *e);
void folder_reader_close(struct folder_reader **r); /* fits DEFER; *r may be NULL */
MUST_CHECK bool folder_reader_next(struct folder_reader *r, struct arena *page,
				   struct package_event *ev, struct err *e);
const struct package_form *folder_reader_form(const struct folder_reader *r);

/* Entries beside the three, by their names in a zip, sorted; and the path of one, NULL when absent. */
const struct str *folder_reader_extras(const struct folder_reader *r, size_t *n);
const char *folder_reader_extra(const struct folder_reader *r, struct str name);

#endif
