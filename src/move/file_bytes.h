/* SPDX-License-Identifier: MIT */
/*
 * Bytes of files on their way into the run file and out of it. Under which hash they belong is known only at their end: until
 * then they stand there under the name of who takes them in. A few bytes of memory per file, however large it is.
 */
#ifndef FERRY_MOVE_FILE_BYTES_H
#define FERRY_MOVE_FILE_BYTES_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/sink.h"
#include "move/run.h"

struct crypto_digest;

struct file_intake {
	struct sink sink; /* where they are written to, once it is begun */
	struct run *run;
	struct str key; /* while they come; of each intake another one */
	struct arena arena;
	struct crypto_digest *digest;
	struct buf part;
	uint32_t parts;
	bool broken; /* it could not begin again: told at the next byte, or the end */
};

struct file_intake file_intake_make(struct run *r, struct str key);
void file_intake_release(struct file_intake *in); /* fits DEFER */
/* What came before, and was not ended, is forgotten. */
MUST_CHECK bool file_intake_begin(struct file_intake *in, struct err *e);
/* *hash on the arena. */
MUST_CHECK bool file_intake_end(struct file_intake *in, struct arena *a, struct str *hash,
				struct err *e);
/* After the end, instead of the next begin: the bytes stay in the run file under their hash. */
MUST_CHECK bool file_intake_keep(struct file_intake *in, struct str hash, struct err *e);
/* Or they do not. */
MUST_CHECK bool file_intake_drop(struct file_intake *in, struct err *e);

/* Bytes that are in memory. *hash on the arena. */
MUST_CHECK bool file_bytes_put(struct run *r, struct arena *a, struct str bytes, struct str *hash,
			       struct err *e);

/* Reads them once: ERR_INPUT when they are not there, or are others. *size: how many. */
MUST_CHECK bool file_bytes_check(struct run *r, struct str hash, uint64_t *size, struct err *e);
/* n bytes from `from` on, which have to be there, appended as base64. */
MUST_CHECK bool file_bytes_base64(struct run *r, struct str hash, uint64_t from, uint64_t n,
				  struct buf *out, struct err *e);

#endif
