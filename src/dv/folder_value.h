/* SPDX-License-Identifier: MIT */
/*
 * One row of a package as files of the git-friendly folder: what becomes of each value.
 */
#ifndef FERRY_DV_FOLDER_VALUE_H
#define FERRY_DV_FOLDER_VALUE_H

#include "base/arena.h"
#include "base/err.h"
#include "dv/event.h"
#include "dv/schema.h"

/* Writes <dir>/<stem>.xml and the files beside it. `entity` may be NULL: then every value stays as it is. */
MUST_CHECK bool folder_write_row(struct arena *page, const char *dir, struct str stem,
				 const struct schema_entity *entity, const struct package_event *ev,
				 struct err *e);
/* The decoded value of a column of this row; empty when absent. For the stem. */
struct str folder_row_text(struct arena *page, const struct package_event *ev, struct str column);

/* The place of a relationship among those of its table: links of one row stand in this order. */
size_t folder_link_rank(const struct schema_entity *entity, struct str relationship);

/* Attributes of a field that the folder adds, and how a foreign one of the same name is written. */
#define FOLDER_TEXT "text"
#define FOLDER_FILE "file"
#define FOLDER_AS "as"
#define FOLDER_FOREIGN "attr."
bool folder_is_own_attr(struct str name);

#endif
