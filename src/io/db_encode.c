/* SPDX-License-Identifier: MIT */
/*
 * Names and texts as SQL.
 */
#include "io/db.h"

#include "base/banned.h"

static void add_between(struct buf *out, struct str text, char quote)
{
	assert(str_find_char(text, '\0') == STR_NONE);
	struct str q = str_of(&quote, 1);

	buf_add(out, q);
	for (size_t at = str_find_char(text, quote); at != STR_NONE;
	     at = str_find_char(text, quote)) {
		buf_add(out, str_sub(text, 0, at + 1));
		buf_add(out, q);
		text = str_skip(text, at + 1);
	}
	buf_add(out, text);
	buf_add(out, q);
}

void db_quote(struct buf *out, struct str name)
{
	add_between(out, name, '"');
}

void db_literal(struct buf *out, struct str text)
{
	add_between(out, text, '\'');
}
