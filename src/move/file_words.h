/* SPDX-License-Identifier: MIT */
/*
 * The requests that bring a file or an image to its column (facts/webapi.md 2.7), and take it away. A file that is no larger than a
 * block goes in one request, a larger one in blocks, so that memory does not grow with it; an image goes as the value of
 * its column, in base64.
 */
#ifndef FERRY_MOVE_FILE_WORDS_H
#define FERRY_MOVE_FILE_WORDS_H

#include "base/buf.h"
#include "dv/service.h"
#include "move/job.h"
#include "move/push_part.h"

enum file_step {
	FILE_WHOLE,  /* a small file */
	FILE_IMAGE,  /* an image */
	FILE_REMOVE, /* what stands there */
	FILE_BEGIN,  /* of a large file: then its blocks, and the end */
	FILE_BLOCK,
	FILE_COMMIT
};

struct file_upload {
	const struct tab *t;
	const struct column *column;
	struct guid id;
	struct str hash, name; /* hash empty: to be removed */
	uint64_t size;
	uint32_t block;   /* the next one */
	struct str token; /* of the upload; on whoever's arena */
	struct buf url, body;
	struct header headers[PUSH_HEADERS + 1];
};

void file_upload_init(struct file_upload *u);
void file_upload_release(struct file_upload *u);

/* What comes first. */
enum file_step file_words_first(const struct file_upload *u);
/* What comes next; *done: nothing, the file is there. Of a block that is one further. */
enum file_step file_words_next(struct file_upload *u, enum file_step step, bool *done);
/* Into url, body and headers, which the request's slices are of. */
MUST_CHECK bool file_words(struct job *j, struct file_upload *u, enum file_step step,
			   struct request *out, struct err *e);
/* Bytes that the request takes in memory, about. */
uint64_t file_words_weight(const struct file_upload *u);
/* The token out of the answer to FILE_BEGIN, on the arena. */
MUST_CHECK bool file_words_token(struct arena *a, struct str body, struct str *token,
				 struct err *e);

#endif
