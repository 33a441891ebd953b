/* SPDX-License-Identifier: MIT */
/*
 * Cells of file and image columns. What stands there is known by its content: so that two sides are compared by comparing cells, as
 * in every other column. Such a cell is a VALUE_TEXT in one of two forms:
 *   told    the hex text of the content's SHA-256; of a file a blank and its name behind it. The bytes are in the run file
 *           (run_get_file), unless they equal those of another side
 *   raw     what a service's row or a package tells: an id, with a file's name in `name`; the content was not looked at yet
 */
#ifndef FERRY_MOVE_FILE_CELL_H
#define FERRY_MOVE_FILE_CELL_H

#include "base/arena.h"
#include "base/str.h"
#include "dv/table.h"
#include "dv/value.h"

#define FILE_HASH_TEXT 64

bool file_cell_is(const struct column *c); /* FILE, IMAGE; false for NULL */

/* The column that tells whether a row has something there, and what it is: an image's id, for which its bytes need not come. */
const struct column *file_cell_asked(const struct table *t, const struct column *c);
/* What was read of the column above, as a raw cell. */
void file_cell_set_raw(const struct column *c, struct value *v);

bool file_cell_is_raw(const struct value *v); /* and not empty */
bool file_cell_is_told(const struct value *v);
struct value file_cell_make(struct arena *a, struct str hash, struct str name);
/* Of a told one. */
struct str file_cell_hash(const struct value *v);
struct str file_cell_name(const struct value *v); /* empty: an image */

/*
 * The id by which a package knows a file's bytes, on the arena. CMT writes the id of the environment's file; ours is made of the
 * content, so that packages of the same content are the same, whatever environment they came from.
 */
struct str file_cell_id(struct arena *a, struct str hash);
/* files/<id>.bin: facts/cmt-format.md 1.6. */
struct str file_cell_entry(struct arena *a, struct str id);

#endif
