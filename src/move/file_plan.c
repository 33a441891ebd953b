/* SPDX-License-Identifier: MIT */
/*
 * One change per column: whichever fails, the others are written.
 */
#include "move/file_plan.h"

#include <string.h>

#include "move/file_cell.h"
#include "move/journal.h"

#include "base/banned.h"

static bool plan(struct run *r, const struct tab *t, const struct run_row *row, size_t column,
		 struct err *e)
{
	DEFER(buf_release) struct buf mask = buf_make(0);
	struct change c = {
		.kind = CHANGE_FILE, .tab = t->number, .id = row->id, .origin = row->origin
	};

	for (size_t i = 0; i < t->ncolumns; i++)
		buf_add_char(&mask, i == column);
	c.columns = buf_str(&mask);
	return journal_put_change(r, &c, e);
}

bool file_plan(struct run *r, const struct tab *t, const struct run_row *row, char *mask,
	       struct err *e)
{
	for (size_t i = 0; i < t->nfields; i++) {
		if (!mask[i] || !file_cell_is(t->columns[i].column))
			continue;
		if (!plan(r, t, row, i, e))
			return false;
		mask[i] = 0;
	}
	return true;
}

bool file_plan_new(struct run *r, const struct tab *t, const struct run_row *row,
		   const struct value *wanted, char *mask, struct err *e)
{
	memset(mask, 0, t->ncolumns);
	for (size_t i = 0; i < t->nfields; i++)
		mask[i] = t->columns[i].compare && file_cell_is(t->columns[i].column) &&
			  !value_is_empty(&wanted[i]);
	return file_plan(r, t, row, mask, e);
}
