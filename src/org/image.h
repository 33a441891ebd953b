/* SPDX-License-Identifier: MIT */
/*
 * Image columns (facts/webapi.md 2.7). The column holds the picture as base64: it serves as its own thumbnail.
 * Beside it stand <column>id, <column>_timestamp and <column>_url; where the column keeps full-sized
 * images the bytes stand among the files, too (files.h).
 */
#ifndef FERRY_ORG_IMAGE_H
#define FERRY_ORG_IMAGE_H

#include "org/row.h"

/*
 * The images of a row that is about to be written: checked, with what stands beside them. 400 0x80072553 for
 * what is no gif, jpeg, tiff, bmp or png, or too large; 0x80090487 for a new row with an image that is
 * not the table's primary one. A file cannot be told of in a row at all: 400 0x80040203.
 */
MUST_CHECK bool image_settle(struct store *s, struct arena *a, struct row *row, bool is_new,
			     struct err *e);

/* "image/png"; empty when it is none of the five formats. */
struct str image_mime_type(struct str bytes);

#endif
