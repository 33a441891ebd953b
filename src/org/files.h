/* SPDX-License-Identifier: MIT */
/*
 * What stands in file columns (facts/webapi.md 2.7), and full-sized images. The column holds the file's id and
 * <column>_name its name (an image's id stands in <column>id); the bytes stand here in parts.
 *
 * Tables of ours: ferry_file(id, table_name, row, column_name, name, mime_type, size, complete, created_on), where
 * complete = 0 is an upload that goes on; ferry_file_part(file, start, block, bytes): the bytes from
 * `start` on; blocks that have no place yet stand at negative ones.
 */
#ifndef FERRY_ORG_FILES_H
#define FERRY_ORG_FILES_H

#include "base/arena.h"
#include "base/err.h"
#include "base/guid.h"
#include "base/sink.h"
#include "dv/table.h"
#include "org/store.h"

/* A place for a file: a column of a row. */
struct file_place {
	const struct table *table;
	struct guid row;
	const struct column *column;
};

struct file {
	struct guid id;
	struct file_place place; /* its table or column is NULL when it is no longer there */
	struct str name;
	struct str mime_type;
	int64_t size;
	bool complete;
};

/* The complete file of a place, or any file by its id; *found says whether there is one. */
MUST_CHECK bool files_find(struct store *s, struct arena *a, const struct file_place *place,
			   struct file *out, bool *found, struct err *e);
MUST_CHECK bool files_by_id(struct store *s, struct arena *a, struct guid id, struct file *out,
			    bool *found, struct err *e);

/* A new upload; f->id is set. The place's file stays until the upload is committed. */
MUST_CHECK bool files_begin(struct store *s, struct file *f, struct err *e);
/* Bytes at the end of what is there; f->size grows. 0x80044a02 when the column takes no such size. */
MUST_CHECK bool files_append(struct store *s, struct file *f, struct str bytes, struct err *e);
/* A block whose place is told by files_arrange; the same name again replaces it. */
MUST_CHECK bool files_put_block(struct store *s, struct file *f, struct str block, struct str bytes,
				struct err *e);
/* The file is these blocks in this order; others are dropped. 400 for one that was not sent. */
MUST_CHECK bool files_arrange(struct store *s, struct file *f, const struct str *blocks, size_t n,
			      struct err *e);
/* With f's name and type; the file that the row tells of is gone. The caller writes f's id into the row. */
MUST_CHECK bool files_complete(struct store *s, struct file *f, struct err *e);

/* Writes the bytes from `from` on, at most n. */
MUST_CHECK bool files_read(struct store *s, const struct file *f, int64_t from, int64_t n,
			   struct sink *into, struct err *e);

MUST_CHECK bool files_remove(struct store *s, struct guid id, struct err *e);
/* The place's file, if it has one. */
MUST_CHECK bool files_clear(struct store *s, const struct file_place *place, struct err *e);
/* All of a row. */
MUST_CHECK bool files_forget(struct store *s, const struct table *t, struct guid row,
			     struct err *e);

/* All of a table. */
MUST_CHECK bool files_forget_table(struct store *s, struct str table, struct err *e);

/* By the name's extension; application/octet-stream for one that is not known. */
struct str files_mime_type(struct str name);
/* Bytes that the column takes. */
int64_t files_limit(const struct column *c);

#endif
