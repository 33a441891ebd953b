/* SPDX-License-Identifier: MIT */
/*
 * Lists of ids.
 */
#include "org/ids.h"

#include "base/banned.h"

void ids_add(struct ids *ids, struct guid id)
{
	*VEC_PUSH(ids->arena, &ids->list) = id;
}

bool ids_read(struct ids *ids, struct stmt *st, struct err *e)
{
	for (;;) {
		struct guid id;
		bool row;

		if (!stmt_step(st, &row, e))
			return false;
		if (!row)
			return true;
		if (guid_parse(stmt_str(st, 0), &id))
			ids_add(ids, id);
	}
}

struct str ids_json(const struct ids *ids)
{
	DEFER(buf_release) struct buf b = buf_make(0);

	buf_add_char(&b, '[');
	for (size_t i = 0; i < ids->list.n; i++) {
		buf_add(&b, i > 0 ? S(",\"") : S("\""));
		buf_add(&b, guid_text(ids->arena, ids->list.p[i]));
		buf_add_char(&b, '"');
	}
	buf_add_char(&b, ']');
	return str_dup(ids->arena, buf_str(&b));
}
