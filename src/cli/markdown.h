/* SPDX-License-Identifier: MIT */
/*
 * Text of others inside Markdown as GitHub and Azure DevOps read it, which is HTML as well.
 */
#ifndef FERRY_CLI_MARKDOWN_H
#define FERRY_CLI_MARKDOWN_H

#include "base/buf.h"
#include "base/str.h"

/*
 * The one encoder: what it adds shows as the text and is nothing else, in a line, in a cell of a table and between tags: no
 * mark-up, link or mention, and no end of the line (which is shown as a sign). At most `most` bytes of the text are shown.
 */
void markdown_text(struct buf *out, struct str text, size_t most);
/* The same as a piece of code. */
void markdown_code(struct buf *out, struct str text, size_t most);

#endif
