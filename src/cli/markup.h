/* SPDX-License-Identifier: MIT */
/*
 * XML and HTML onto a sink. What is not a literal of the program goes through the encoder of io/xml.h; errors of the
 * sink are sticky and told at the end.
 */
#ifndef FERRY_CLI_MARKUP_H
#define FERRY_CLI_MARKUP_H

#include "base/buf.h"
#include "base/err.h"
#include "base/sink.h"
#include "base/str.h"

struct markup {
	struct sink *out;
	struct buf buf; /* flushed when it has grown */
	bool failed;
	struct err err;
};

struct markup markup_make(struct sink *out);
void markup_release(struct markup *m); /* fits DEFER */

void markup_raw(struct markup *m, const char *literal);
/* Of literals and numbers alone. */
void markup_fmt(struct markup *m, const char *fmt, ...) PRINTF_LIKE(2, 3);
void markup_text(struct markup *m, struct str text);
/* The beginning of a long one, and how long it is. */
void markup_clipped(struct markup *m, struct str text, size_t most);
/* ` name="value"` */
void markup_attr(struct markup *m, const char *name, struct str value);
/* Written by another of this kind. */
void markup_part(struct markup *m, const struct buf *part);
MUST_CHECK bool markup_finish(struct markup *m, struct err *e);

#endif
