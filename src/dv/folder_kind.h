/* SPDX-License-Identifier: MIT */
/*
 * What a value is, by looking at it: the extension of the file that it becomes in the git-friendly folder.
 */
#ifndef FERRY_DV_FOLDER_KIND_H
#define FERRY_DV_FOLDER_KIND_H

#include "base/arena.h"
#include "base/str.h"

/* xml, html, json, liquid, css, js, txt; the column's name tells where the text cannot. */
const char *folder_text_kind(struct arena *scratch, struct str column, struct str text);
/* png, jpg, gif, webp, ico, pdf, zip; for text what folder_text_kind says; else bin. */
const char *folder_bytes_kind(struct arena *scratch, struct str column, struct str bytes);

#endif
